"""`pocketseg`: find the command's file, run it, turn errors into one message and an exit code."""

from __future__ import annotations

import errno
import importlib
import os
import signal
import sys
from pathlib import Path
from typing import Any

import click

from pocketseg import __version__
from pocketseg._guard import check_imports
from pocketseg.core.errors import PocketSegError, UnknownNameError
from pocketseg.core.files import storage_error
from pocketseg.core.folder_registry import literal, plugin_names

_FOLDER = Path(__file__).parent
_ORDER = (
    "quickstart",
    "segment",
    "export",
    "benchmark",
    "evaluate",
    "split",
    "train",
    "release",
    "models",
    "targets",
    "cache",
)


class _Commands(click.Group):
    """Every file here but this one is a command of its name; HELP is its line in the list."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        found = [n for n in plugin_names(_FOLDER) if n != "main"]
        return sorted(found, key=lambda n: (_ORDER.index(n) if n in _ORDER else len(_ORDER), n))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(f"pocketseg.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self.list_commands(ctx):
            raise UnknownNameError("command", args[0], self.list_commands(ctx))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(n, str(literal(_FOLDER / f"{n}.py", "HELP"))) for n in self.list_commands(ctx)])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.option(
    "--cache-dir",
    type=click.Path(path_type=Path),
    help="Where finished work is kept (default: $POCKETSEG_CACHE_DIR, or pocketseg in your cache folder).",
)
@click.pass_context
def cli(ctx: click.Context, cache_dir: Path | None) -> None:
    """Export segmentation networks for phones, shrink them, and measure every file: IoU against latency."""
    from pocketseg.core.cache import default_folder

    ctx.obj = cache_dir or default_folder()


def main(args: list[str] | None = None) -> Any:
    """Run the command line and exit with its status."""
    signal.signal(signal.SIGTERM, _interrupt)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin while they wait crawl on a busy machine
    try:
        check_imports()
        status = cli.main(args=args, standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except PocketSegError as error:
        _fail(error.message, error.hint, error.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _fail("interrupted", "what was finished is kept; give the same command again", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES):
            raise
        failed = storage_error(error, Path(str(error.filename or "the output")))
        _fail(failed.message, failed.hint, failed.exit_code)


def _interrupt(number: int, frame: Any) -> None:
    raise KeyboardInterrupt


def _fail(message: str, hint: str, code: int) -> None:
    click.echo(click.style("error: ", fg="red", bold=True) + message, err=True)
    for line in hint.splitlines():
        click.echo(f"  {line}", err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
