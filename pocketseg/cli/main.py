"""`pocketseg`: find the command's file, run it, turn errors into one message and an exit code."""

from __future__ import annotations

import io
import os
import signal
import sys
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click

from pocketseg import __version__
from pocketseg._guard import check_imports
from pocketseg.cli._commands import Commands
from pocketseg.cli._error import say_error
from pocketseg.core.errors import PocketSegError
from pocketseg.core.files import storage_error
from pocketseg.core.interrupted import Interrupted

READS = ()
_PIPE_CLOSED = 141  # 128 + SIGPIPE
_GREETING = f"""PocketSeg {__version__}: segmentation networks for phones, every file run and measured.

What to do next:

  pocketseg segment photo.jpg --model u2netp --out masks
      clothes found in a photo of your own, by a trained network

  pocketseg export topformer_tiny --target tflite --precision w8a8 --out exported
      a file for an Android phone, run and compared with its network

  pocketseg benchmark exported --out measured
      its score, latency and memory on this computer, in a table and a page

`pocketseg --help` lists every command, `pocketseg COMMAND --help` shows examples of one."""


class _Commands(Commands):
    folder = Path(__file__).parent
    package = "pocketseg.cli"
    groups = MappingProxyType({
        "Start": ("quickstart", "segment", "doctor"),
        "Make files for phones": ("export", "inspect", "models", "targets", "recipes"),
        "Measure and choose": ("benchmark", "diff", "compare", "sweep", "pick", "tune"),
        "Run them on phones": ("serve", "export-page", "device"),
        "Your own photos and networks": ("data", "pretrained", "train", "evaluate", "compress", "release", "study"),
        "Housekeeping": ("cache",),
    })  # fmt: skip

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; where what reads its output closed it, end as a shell reports that, and not with 1."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(_PIPE_CLOSED)


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.option(
    "--cache-dir",
    type=click.Path(path_type=Path),
    help="Where finished work is kept (default: $POCKETSEG_CACHE_DIR, or pocketseg in your cache folder).",
)
@click.pass_context
def cli(ctx: click.Context, cache_dir: Path | None) -> None:
    """Export segmentation networks for phones, shrink them, and measure every file: IoU against latency."""
    ctx.obj = cache_dir
    if ctx.invoked_subcommand is None:
        click.echo(_GREETING)


def main(args: list[str] | None = None) -> Any:
    """Run the command line and exit with its status."""
    signal.signal(signal.SIGTERM, _interrupt)
    for stream in (sys.stdout, sys.stderr):  # a file name that is no text must not stop the report that names it
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin while they wait crawl on a busy machine
    try:
        check_imports()
        status = cli.main(args=args, prog_name="pocketseg", standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except PocketSegError as error:
        _fail(error.message, error.hint, error.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt) as stop:
        _fail("interrupted", _kept(stop), 130)
    except OSError as error:
        if error.errno is None:  # not the system's, but a library's own
            raise
        failed = storage_error(error, Path(str(error.filename or "the output")))
        _fail(failed.message, failed.hint, failed.exit_code)


def _kept(stop: BaseException) -> str:
    """Return what the interrupted command said of itself; click makes its Abort of what it caught."""
    for said in (stop, stop.__cause__):
        if isinstance(said, Interrupted):
            return said.kept
    return "what was finished is kept; run the same command again"


def _interrupt(number: int, frame: Any) -> None:
    raise KeyboardInterrupt


def _fail(message: str, hint: str, code: int) -> None:
    say_error(message, hint)
    sys.exit(code)


if __name__ == "__main__":
    main()
