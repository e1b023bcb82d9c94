"""`pocketseg quickstart`: every network x target x precision, from weights to the measured table."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pocketseg.cli._cache import pass_cache_dir

if TYPE_CHECKING:
    from pocketseg.workflows.quickstart import Outcome

HELP = "Export both trained networks to every target and measure every file on the embedded photos."
EXAMPLES = {
    "pocketseg quickstart --out runs/quickstart": "both networks, every target",
}


@click.command("quickstart", help=HELP)
@click.option("--out", type=click.Path(path_type=Path), default=Path("runs/quickstart"), show_default=True)
@click.option("--threads", type=int, default=1, show_default=True, help="Threads for every runtime.")
@pass_cache_dir
def command(cache_dir: Path, out: Path, threads: int) -> int:
    """Export and measure what is missing, print the table and where everything is."""
    from pocketseg.cli._next import TRAIN, data_words, line, say, unused
    from pocketseg.cli._progress import counted, phases, stderr
    from pocketseg.cli._table import print_table
    from pocketseg.core.cache import Cache
    from pocketseg.core.files import make_folder
    from pocketseg.core.installation import in_checkout
    from pocketseg.data.embedded import FOLDER
    from pocketseg.report import write_all
    from pocketseg.workflows.quickstart import gallery, grid, make_all, measure_all

    began = time.monotonic()
    console = stderr()
    cache = Cache(cache_dir)
    make_folder(out)
    cells = grid(out)
    with counted(f"exporting {len(cells)} files (each is run and compared)") as progress:

        def made(outcome: Outcome, done: int, total: int) -> None:
            progress(done, total)
            if outcome.error is not None:
                console.print(f"{outcome.cell.title}: failed: {outcome.error}", markup=False)
            elif outcome.produced is not None and not outcome.produced.reused:
                parity = outcome.produced.artifact.parity
                agreed = "" if parity.argmax_agreement is None else f"{parity.argmax_agreement:.3%} of pixels agree"
                console.print(f"{outcome.cell.title}: {agreed or parity.status}", markup=False)

        outcomes = make_all(cells, cache, made)
    reused = sum(o.produced is not None and o.produced.reused for o in outcomes)
    with phases() as show:
        quiet = reused < len(outcomes)  # our own conversions have just ended: that load is expected
        rows, kept = measure_all(
            outcomes, cache, threads, show, lambda sentence: None if quiet else console.print(sentence, markup=False)
        )
    pictures = gallery(outcomes, rows, out)
    paths = write_all(rows, out, gallery=pictures)
    print_table(rows)
    click.echo("")
    for name in ("results.csv", "results.json", "report.html"):
        click.echo(f"{paths[name]}")
    click.echo(f"{out / 'artifacts'}  one folder per file, with its manifest.json")
    click.echo(
        f"{len(rows)} rows in {time.monotonic() - began:.0f} s; {reused} files and {kept} measurements kept from "
        "earlier runs"
    )
    shell = "after `. .venv/bin/activate`, " if in_checkout() else ""
    click.echo(f"\n{shell}where YOUR_DATA is a folder of images/, masks/ and classes.json:")
    name = outcomes[0].cell.loaded.name
    photos = Path(os.path.relpath(FOLDER)) / "images"
    exported, mine, split = unused(Path("runs/exported")), unused(Path("runs/mine")), unused(Path("split.json"))
    one_photo = next(iter(sorted(photos.glob("*.jpg"))), photos)
    say(
        line("segment", one_photo, "--model", name, "--out", "runs/masks"),
        line("export", name, "--target", "tflite", "--precision", "w8a8", "--out", exported),
        line("benchmark", exported),
        line("data", "split", "folder:YOUR_DATA", "--out", split),
        line(*TRAIN, *data_words("folder:YOUR_DATA", split), "--out", mine),
    )
    return 0 if all(r.status != "failed" for r in rows) else 7
