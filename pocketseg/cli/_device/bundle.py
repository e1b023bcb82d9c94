"""`pocketseg device bundle`: exported files, photos and the expected results, for a phone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pocketseg.cli._network import network_options, reference_option
from pocketseg.cli._next import line, say
from pocketseg.cli._numbers import FiniteRange
from pocketseg.cli._photos import data_option, masks_unturned_option, part_option, split_file_option
from pocketseg.cli._places import accelerator_option
from pocketseg.cli._words import amount

if TYPE_CHECKING:
    import models

HELP = "Put exported files, photos and the expected results into one bundle for phones."
EXAMPLES = {
    "pocketseg device bundle exported --out bundle": "the file, 16 embedded photos, and what they must give",
}


@click.command("bundle", help=HELP)
@click.argument("artifacts", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="ARTIFACT...")
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
@accelerator_option
@click.option(
    "--passes", type=click.IntRange(1, 1000), default=40, show_default=True, help="Fewest turns of each file."
)
@click.option("--max-temp-c", type=FiniteRange(0, 100), help="The phone pauses above this temperature.")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder of the bundle; OUT.zip is written beside it."
)
def command(
    artifacts: tuple[Path, ...], photos: int | None, spec: str, part: str, split_file: Path | None, model: str | None,
    given: models.Given, threads: int, accelerators: tuple[str, ...], passes: int, max_temp_c: float | None, out: Path,
) -> None:  # fmt: skip
    """Check everything, run the files here, write the bundle."""
    from pocketseg import api
    from pocketseg.cli._progress import phases, say_note
    from pocketseg.core.interrupted import when_interrupted
    from pocketseg.devices.job import Job

    job = Job(accelerators=accelerators, threads=threads, passes=passes, max_temp_c=max_temp_c)
    with phases() as progress, when_interrupted("nothing is kept: a bundle is written whole or not at all"):
        made = api.bundle(
            artifacts, out, data=spec, split=part, split_file=split_file, photos=photos, model=model, given=given,
            job=job, note=say_note, progress=progress,
        )  # fmt: skip
    click.echo(f"{amount(made.artifacts, 'file')} and {amount(made.photos, 'photo')} in {made.folder}")
    click.echo(
        f"as one file: {made.archive} ({made.size_bytes / 1000000.0:.1f} MB); its sha256 is that of bundle.json:"
    )
    click.echo(made.sha256)
    for kind in made.runs_on:
        say(line("device", "run", made.archive, "--on", kind, "--out", f"{made.folder}-results"))
    say(line("device", "replay", made.archive, "--out", f"{made.folder}-replayed"))
