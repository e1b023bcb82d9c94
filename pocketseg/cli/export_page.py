"""`pocketseg export-page`: the page as a folder for any web host, without a server of ours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pocketseg.cli._cache import pass_cache_dir
from pocketseg.cli._network import network_options, reference_option
from pocketseg.cli._photos import data_option, masks_unturned_option, part_option, split_file_option
from pocketseg.cli._served import (
    artifacts_argument,
    browser_accelerator_option,
    demo_option,
    files_or_demo,
    passes_option,
)

if TYPE_CHECKING:
    import models

HELP = "Write a folder for any web host whose page measures exported files in a browser."
EXAMPLES = {
    "pocketseg export-page exported --out page": "a folder to upload",
}


@click.command("export-page", help=HELP)
@pass_cache_dir
@artifacts_argument
@demo_option
@click.option(
    "--photos", type=click.IntRange(1, 10_000), help="How many photos (default: 16 embedded, or all of --data)."
)
@data_option
@masks_unturned_option
@part_option
@split_file_option
@reference_option
@network_options
@click.option("--threads", type=click.IntRange(1, 64), default=1, show_default=True)
@browser_accelerator_option
@passes_option
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A new or empty folder.")
def command(
    cache_dir: Path, artifacts: tuple[Path, ...], demo: bool, photos: int | None, spec: str, part: str,
    split_file: Path | None, model: str | None, given: models.Given, threads: int, accelerators: tuple[str, ...],
    passes: int, out: Path,
) -> None:  # fmt: skip
    """Check everything, run the files here, write the folder."""
    import tempfile

    from pocketseg import api
    from pocketseg.cli._progress import phases, say_note
    from pocketseg.core.files import size_bytes
    from pocketseg.core.interrupted import when_interrupted
    from pocketseg.devices.job import Job

    job = Job(accelerators=accelerators, threads=threads, passes=passes)
    with (
        phases() as progress,
        when_interrupted("nothing is kept: a page is written whole or not at all"),
        tempfile.TemporaryDirectory(prefix="pocketseg-demo-") as work,
    ):
        files = files_or_demo(artifacts, demo, Path(work), cache_dir, progress)
        made = api.export_page(
            files, out, data=spec, split=part, split_file=split_file, photos=photos, model=model, given=given, job=job,
            note=say_note, progress=progress,
        )  # fmt: skip
    click.echo(
        f"{made}  {size_bytes(made) / 1000000.0:.1f} MB; the headers that it needs are listed in {made / 'README.txt'}"
    )
    click.echo("it contains the files and the photos: anyone who opens the page can read them")
