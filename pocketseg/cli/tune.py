"""`pocketseg tune`: the recipe of the cheapest file within a budget of mIoU; it may be killed and restarted at any
time."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pocketseg.cli._cache import pass_cache_dir
from pocketseg.cli._names import TARGET_HELP
from pocketseg.cli._network import model_options, say_assumed
from pocketseg.cli._numbers import FiniteRange
from pocketseg.cli._photos import (
    CALIBRATION,
    calibration_split_option,
    masks_unturned_option,
    named_data,
    split_file_option,
)

if TYPE_CHECKING:
    import models
    from pocketseg.tune.search import Winner
    from pocketseg.tune.trials import Goal

HELP = "Search for the recipe of the fastest or smallest file that loses little mIoU; continues where it stopped."
EXAMPLES = {
    "pocketseg tune --model topformer_tiny --target tflite --goal size --max-drop 0.01 --out runs/tune": "",
}


@click.command("tune", help=HELP)
@click.option("--model", required=True, help="A released name or a weights file.")
@click.option("--target", required=True, help=TARGET_HELP)
@click.option(
    "--max-drop",
    type=FiniteRange(min=0, max=1),
    default=0.01,
    show_default=True,
    help="mIoU, 0 to 1, that the file may lose on validation photos compared with the target's fp32 file.",
)
@click.option("--goal", type=click.Choice(["latency", "size"]), required=True, help="What to minimise.")
@click.option("--data", default="", metavar="FORMAT:PATH", callback=named_data,
              help="Photos with masks (default: the embedded ones).")  # fmt: skip
@masks_unturned_option
@split_file_option
@click.option(
    "--steps",
    default="prune",
    show_default=True,
    metavar="A,B",
    help="Steps to search, in this order: for a bare name the value is searched too, name:value is used or left out.",
)
@click.option("--trials", type=click.IntRange(min=2), default=20, show_default=True,
              help="Recipes to try, including earlier ones in --out.")  # fmt: skip
@click.option("--timeout", type=FiniteRange(min=0), metavar="MIN", help="Minutes after which no new trial starts.")
@click.option("--epochs", type=click.IntRange(min=0), help="Passes over the training photos for each step.")
@click.option(
    "--set", "changes", multiple=True, metavar="NAME=VALUE", help="Change a training setting of the steps, as in train."
)
@click.option("--calibration", default="", metavar="FORMAT:PATH", help=CALIBRATION)
@calibration_split_option
@model_options
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True, help="Threads for the runtime.")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder for the trials, the report and the file."
)
@pass_cache_dir
def command(
    cache_dir: Path, model: str, target: str, max_drop: float, goal: str, data: str, split_file: Path | None,
    steps: str, trials: int, timeout: float | None, epochs: int | None, changes: tuple[str, ...], calibration: str,
    calibration_split: str, given: models.Given, threads: int, out: Path,
) -> int:  # fmt: skip
    """Search, name the winner, score it on the test photos once; exit status 1 where nothing fits."""
    import models
    from pocketseg.cli._next import say_benchmark
    from pocketseg.cli._progress import phases, stderr
    from pocketseg.core.cache import Cache
    from pocketseg.core.manifest import read_manifest
    from pocketseg.core.types import Recipe
    from pocketseg.report.html import write_html
    from pocketseg.sweep.photos import seen_notes, test_photos_hash
    from pocketseg.sweep.plan import EPOCHS, Sweep, cells
    from pocketseg.sweep.results import alone
    from pocketseg.training.recipe import parse_changes
    from pocketseg.tune.files import Files
    from pocketseg.tune.search import Winner, finish, keep_settings, search
    from pocketseg.tune.space import space, untried
    from pocketseg.tune.study import Study, need_optuna
    from pocketseg.tune.trials import Goal

    need_optuna()
    began, wanted = time.monotonic(), Goal(goal)
    chosen = space(target, tuple(part.strip() for part in steps.split(",") if part.strip()))
    sweep = Sweep(
        models=(model,), recipes=("fp32",), targets=(target,), data=data, split_file=split_file,
        epochs=EPOCHS if epochs is None else epochs, settings=parse_changes(changes), calibration=calibration,
        calibration_split=calibration_split, threads=threads, given=given,
    )  # fmt: skip
    (cell,) = cells(sweep)
    say_assumed(cell.name, cell.assumed)
    console = stderr()
    seen = seen_notes(sweep, [cell])
    for note in (*sweep.photos().notes, *seen):
        console.print(f"note: {note}", markup=False)

    def say(sentence: str) -> None:
        console.print(sentence, markup=False)

    with phases() as progress, Files(sweep, cell, Cache(cache_dir), progress, lambda sentence: None, say) as files:
        files.refusal(wanted)
        with alone(out):
            settings = {"model": model, "target": target, "goal": goal, "max_drop": max_drop, "steps": chosen.steps}
            keep_settings(out, {**settings, "sweep": sweep.to_json(), "key": cell.key})
            study = Study(out, chosen, wanted, max_drop)
            seconds = None if timeout is None else 60 * timeout
            tried = search(study, files, out, trials=trials, seconds=seconds, progress=progress, say=say)
            found = finish(tried, wanted, max_drop, files, out, say, test_photos=test_photos_hash(sweep))
            note = (
                f"Scored on validation photos: a search for the least {goal} with a loss of mIoU of at most "
                f"{max_drop:g}."
            )
            rows = [t.row for t in tried if t.row is not None]
            write_html(out / "report.html", rows, notes=[note, *(f"{s}." for s in seen)])
    click.echo(f"{len(tried)} trials, {sum(t.status != 'ok' for t in tried)} of them without a file; "
               f"{time.monotonic() - began:.0f} s")  # fmt: skip
    for name in ("trials.csv", "trials.jsonl", "report.html"):
        click.echo(f"{out / name}")
    if not isinstance(found, Winner):
        if said := untried(tried, chosen):
            click.echo(said)
        click.echo(found)
        return 1
    _print(found, wanted)
    by_itself = not (model in models.released() or Recipe.parse(found.row.recipe).all_steps)
    classes = read_manifest(found.path.parent)[0].classes
    say_benchmark(found.path.parent, [(data, split_file)] if data else [], classes, model if by_itself else "")
    return 0


def _print(winner: Winner, goal: Goal) -> None:
    """Print the winner, whether its gain is shown, on which photos, and what to do next."""
    from benchmark.ranks import Outcome, compare_miou
    from benchmark.samples import sample
    from pocketseg.report.pareto import without_records

    row, base, test, fp32 = winner.row, winner.base, winner.test, winner.test_base
    side = ", timed side by side" if goal.value == "latency" else ""
    click.echo(f"{winner.path}")
    click.echo(
        f"winner: {row.model} {row.recipe}: {goal.text(row)} against {goal.text(base)} of fp32{side}; "
        f"mIoU {row.miou:.4f} against {base.miou:.4f} on {row.photos} validation photos"
    )
    found = compare_miou(sample(row), sample(base), pairs=1)
    if (drop := found.difference) is not None and not found.why:
        click.echo(
            f"mIoU minus that of fp32: {drop.value:+.4f} (95 % interval {drop.low:+.4f} to {drop.high:+.4f})"
            + ("" if drop.shown else ": no difference shown")
        )
    if winner.gain is Outcome.NOT_SHOWN:
        click.echo(f"its gain is not shown: these measurements show no difference in {goal.value} from fp32")
    elif winner.gain is None:
        click.echo(without_records([row]))
    if winner.alike:
        click.echo(f"no difference in {goal.value} is shown between it and {', '.join(winner.alike)}")
    if row.verdict not in ("", "VALID"):
        click.echo(f"warning: its measurement is {row.verdict}: {'; '.join(row.verdict_reasons)}")
    if test is None or fp32 is None:
        click.echo("the split has no test photos, so the winner has no test score")
        return
    when = f"scored before, at {winner.tested_at}, and not again" if winner.again else "scored once, now"
    click.echo(
        f"on {test.photos} test photos: mIoU {test.miou:.4f} against {fp32.miou:.4f} of fp32 "
        f"({(test.miou or 0) - (fp32.miou or 0):+.4f}); {when}"
    )
