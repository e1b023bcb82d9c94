"""What `serve` and `export-page` share: files or the demo, and a job for browsers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import click

demo_option = click.option(
    "--demo",
    is_flag=True,
    help="Use the released networks in fp32 and 8 bits instead of ARTIFACT (takes minutes the first time).",
)
artifacts_argument = click.argument("artifacts", nargs=-1, type=click.Path(path_type=Path), metavar="[ARTIFACT]...")
passes_option = click.option(
    "--passes", type=click.IntRange(1, 1000), default=12, show_default=True, help="Fewest turns of each file."
)
browser_accelerator_option = click.option(
    "--accelerator",
    "accelerators",
    type=click.Choice(["cpu", "gpu"]),
    multiple=True,
    default=("cpu",),
    show_default=True,
    help="What a browser is asked to use; repeat the option for a second run of every file.",
)


def files_or_demo(
    artifacts: Sequence[Path], demo: bool, folder: Path, cache: Path, progress: Callable[[str, int, int], None]
) -> Sequence[Path]:
    """Return the named files, or those of the demo, exported below `folder`. Raises UsageError."""
    from pocketseg.core.errors import UsageError

    if demo and artifacts:
        raise UsageError("--demo uses the released networks, but files are named too", hint="give one of the two")
    if demo:
        from pocketseg.core.cache import Cache
        from pocketseg.web.demo import demo_files

        return demo_files(folder, Cache(cache), progress)
    if not artifacts:
        raise UsageError("no files are named", hint="give exported files, or --demo for the released networks")
    return artifacts
