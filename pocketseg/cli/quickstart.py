"""`pocketseg quickstart`: every network x target x precision, from weights to the measured table."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pocketseg.cli._cache import pass_cache_dir

if TYPE_CHECKING:
    from pocketseg.core.types import TensorSpec
    from pocketseg.workflows.quickstart import Outcome

HELP = "Export both trained networks to every target and measure every file on the embedded photos."
EXAMPLES = {
    "pocketseg quickstart --out runs/quickstart": "both networks, every target",
}


@click.command("quickstart", help=HELP)
@click.option("--out", type=click.Path(path_type=Path), default=Path("runs/quickstart"), show_default=True)
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True, help="Threads for every runtime.")
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
    from pocketseg.workflows.quickstart import gallery, grid, make_all, measure_all, open_scorer
    from pocketseg.workflows.stages import NAME as STAGES
    from pocketseg.workflows.stages import Stages

    stages = Stages()
    console = stderr()
    cache = Cache(cache_dir)
    make_folder(out)
    stages.enter("opening the networks")
    cells = grid(out)
    with open_scorer(cells, cache, threads) as scorer:
        stages.enter("converting and scoring")
        with counted(f"exporting {len(cells)} files (each is run, compared and scored)", console) as progress:

            def made(outcome: Outcome, done: int, total: int) -> None:
                progress(done, total)
                if outcome.error is not None or outcome.seconds:
                    console.print(_line(outcome), markup=False)

            outcomes = make_all(cells, cache, made, scorer)
        reused = sum(o.produced is not None and o.produced.reused for o in outcomes)
        with phases() as show:
            quiet = reused < len(outcomes)  # our own conversions have just ended: that load is expected

            def enter(phase: str, done: int, total: int) -> None:
                stages.enter(phase)
                show(phase, done, total)

            rows, kept = measure_all(
                outcomes, cache, threads, enter, lambda note: None if quiet else console.print(note, markup=False)
            )
        stages.enter("writing the page")
        pictures = gallery(outcomes, rows, scorer)
    paths = write_all(rows, out, gallery=pictures)
    stages.write(out, {outcome.cell.title: outcome.seconds for outcome in outcomes})
    print_table(rows)
    click.echo("")
    for name in ("results.csv", "results.json", "report.html"):
        click.echo(f"{paths[name]}")
    click.echo(f"{out / STAGES}  where the time went")
    click.echo(f"{out / 'artifacts'}  one folder per file, with its manifest.json")
    click.echo(
        f"{len(rows)} rows in {stages.seconds:.0f} s; {reused} files and {kept} measurements kept from earlier runs"
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


def _line(outcome: Outcome) -> str:
    """Return what is known of a file before it is timed: size, tensors, parity, score, and how long that took."""
    title = outcome.cell.title
    if outcome.produced is None:
        return f"{title}: failed: {outcome.error}"
    artifact = outcome.produced.artifact
    parity, score = artifact.parity, outcome.scored and outcome.scored.score
    miou = score and score.miou()
    parts = [
        f"{artifact.size_bytes / 1e6:.2f} MB",
        f"{', '.join(map(_tensor, artifact.inputs))} -> {', '.join(map(_tensor, artifact.outputs))}",
        parity.status if parity.argmax_agreement is None else f"{parity.argmax_agreement:.3%} of pixels agree",
        f"not scored: {outcome.unscored or 'no pixel has a label'}" if miou is None else f"mIoU {miou:.4f}",
        f"{sum(outcome.seconds.values()):.0f} s",
    ]
    return f"{title}: {'; '.join(parts)}"


def _tensor(spec: TensorSpec) -> str:
    return f"{spec.name} {'x'.join(map(str, spec.shape))} {spec.dtype}"
