"""`pocketseg sweep`: networks x recipes x targets, one measured row per cell; it may be killed and restarted at any
time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import export
from pocketseg.cli._cache import pass_cache_dir
from pocketseg.cli._network import model_options, over
from pocketseg.cli._next import line, say
from pocketseg.cli._photos import (
    CALIBRATION,
    calibration_split_option,
    is_default,
    masks_unturned_option,
    named_data,
    split_file_option,
)

if TYPE_CHECKING:
    import models
    from pocketseg.core.types import BenchmarkRow
    from pocketseg.sweep.plan import Cell
    from pocketseg.sweep.results import Results

HELP = "Make and measure every network x recipe x target; continues where it stopped."

_VIEWS = ("results.csv", "results.json", "pareto.csv", "report.html")
_EARLIER = (
    "note: {out} holds {count} rows of an earlier version, which scored every file on test photos. They stay in "
    "{rows} but no table shows them: every cell is measured anew, on validation photos"
)
EXAMPLES = {
    "pocketseg sweep --models u2netp,topformer_tiny --recipes fp32,w8a8 --targets tflite,onnx --out runs/sweep": "",
}


@click.command("sweep", help=HELP)
@click.argument("file", required=False, type=click.Path(path_type=Path), metavar="[SWEEP.toml]")
@click.option("--models", "networks", metavar="A,B", help="Released names or weights files.")
@click.option("--recipes", metavar="R,S", help="e.g. w8a8,prune:0.3+w8a8")
@click.option("--targets", metavar="T,U", help=f"{', '.join(export.targets())}.")
@click.option("--data", metavar="FORMAT:PATH", callback=named_data,
              help="Photos with masks (default: the embedded ones).")  # fmt: skip
@masks_unturned_option
@split_file_option
@click.option("--epochs", type=click.IntRange(min=0), help="Passes over the training photos for each step.")
@click.option("--max-drop", type=float, metavar="SHARE", help="mIoU that w8a8:mixed may lose.")
@click.option(
    "--set", "changes", multiple=True, metavar="NAME=VALUE", help="Change a training setting of the steps, as in train."
)
@click.option(
    "--teacher", "teachers", multiple=True, metavar="MODEL", help="A trained model that steps learn from, too."
)
@click.option("--calibration", metavar="FORMAT:PATH", help=CALIBRATION)
@calibration_split_option
@model_options
@click.option("--threads", type=click.IntRange(min=1), help="Threads for every runtime.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for rows, files and the report.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes at the same time.")
@click.option("--scheduler", default="", metavar="tcp://HOST:PORT", help="Run the jobs on this Dask cluster instead.")
@click.option(
    "--resume",
    is_flag=True,
    help="States that --out may hold an earlier, unfinished sweep; it is continued either way.",
)
@click.option("--retry-failed", is_flag=True, help="Retry the cells that failed.")
@pass_cache_dir
def command(
    cache_dir: Path, file: Path | None, networks: str | None, recipes: str | None, targets: str | None,
    data: str | None, split_file: Path | None, epochs: int | None, changes: tuple[str, ...], teachers: tuple[str, ...],
    calibration: str | None, calibration_split: str, given: models.Given, threads: int | None,
    max_drop: float | None, out: Path, jobs: int, scheduler: str, resume: bool, retry_failed: bool,
) -> int:  # fmt: skip
    """Plan, say what is left, do it, print the table; exit status 7 where a cell failed."""
    from pocketseg.cli._progress import phases, stderr
    from pocketseg.core.files import write_json
    from pocketseg.sweep.photos import seen_notes, test_photos_hash
    from pocketseg.sweep.plan import Sweep, assumptions, cells, read_toml
    from pocketseg.sweep.results import ROWS, Results, alone

    began = datetime.now(UTC)
    asked: dict[str, Any] = read_toml(file) if file else {}
    asked |= {k: _listed(v) for k, v in (("models", networks), ("recipes", recipes), ("targets", targets)) if v}
    asked |= {"teachers": teachers} if teachers else {}
    named = (("data", data), ("split_file", split_file), ("epochs", epochs), ("calibration", calibration),
             ("threads", threads), ("max_drop", max_drop))  # fmt: skip
    asked |= {k: v for k, v in named if v is not None}
    if not is_default("calibration_split"):  # a sweep file may state it
        asked["calibration_split"] = calibration_split
    if changes:
        from pocketseg.training.recipe import parse_changes

        asked["settings"] = {**asked.get("settings", {}), **parse_changes(changes)}
    asked["given"] = over(asked["given"], given) if "given" in asked else given
    sweep = Sweep(**{**dict.fromkeys(("models", "recipes", "targets"), ()), **asked})
    grid = cells(sweep)
    console = stderr()
    seen = seen_notes(sweep, grid)
    for sentence in (f"note: {note}" for note in (*assumptions(grid), *sweep.photos().notes, *seen)):
        console.print(sentence, markup=False)
    with alone(out):
        results = Results(out, test_photos_hash(sweep))
        if retry_failed and (again := results.forget_failed(grid)):
            console.print(f"trying {again} failed cells again", markup=False)
        left = sum(cell not in results for cell in grid)
        open_ends = left or results.apart(grid) or results.untested(grid)
        if not open_ends and (out / "report.html").is_file():
            results.write_view(grid)
            _close(results, grid, out, began, nothing=True)
            return 7 if results.counts(grid).get("failed") else 0
        console.print(f"{len(grid)} cells, {len(grid) - left} done before", markup=False)
        if results.earlier:
            console.print(_EARLIER.format(out=out, count=len(results.earlier), rows=ROWS), markup=False)
            for view in _VIEWS if not results.rows(grid) else ():
                (out / view).unlink(missing_ok=True)
        write_json(out / "sweep.json", sweep.to_json())

        from pocketseg.cli._table import print_table
        from pocketseg.core.cache import Cache
        from pocketseg.report import write_all
        from pocketseg.report.pareto import fronts_table, write_fronts
        from pocketseg.sweep.jobs import about, notes
        from pocketseg.sweep.run import run

        with phases() as progress:
            run(
                sweep, grid, out, Cache(cache_dir), results, jobs=jobs, scheduler=scheduler, progress=progress,
                say=lambda sentence: console.print(sentence, markup=False),
            )  # fmt: skip
        rows = results.rows(grid)
        write_all(
            rows, out, notes=[*about(sweep, grid, rows), *assumptions(grid), *map(_sentence, seen), *notes(grid, out)]
        )
        write_fronts(out / "pareto.csv", rows)
    print_table(rows)
    click.echo(fronts_table(rows))
    _close(results, grid, out, began, nothing=False)
    return 7 if results.counts(grid).get("failed") else 0


def _sentence(note: str) -> str:
    return f"{note}."


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _close(results: Results, grid: Sequence[Cell], out: Path, began: datetime, *, nothing: bool) -> None:
    counts, total, seconds = results.counts(grid), len(grid), (datetime.now(UTC) - began).total_seconds()
    said = ", ".join(f"{number} {status}" for status, number in sorted(counts.items()))
    if nothing:
        click.echo(f"nothing to do: all {total} cells have their row ({said}); {seconds:.1f} s")
    else:
        click.echo(f"{total} cells: {said}; {seconds:.0f} s")
    if counts.get("ok"):
        click.echo(f"chosen on validation photos; {_tested(results.tested(grid), began)}")
    click.echo(f"{out / 'results.csv'}\n{out / 'pareto.csv'}\n{out / 'report.html'}")
    scored = [row for row in results.rows(grid) if row.status == "ok" and row.miou is not None]
    if not scored:
        again = ": --retry-failed tries failed cells again" if counts.get("failed") else ""
        click.echo(f"no file was measured, so there is none to pick{again}")
        return
    from pocketseg.report.pick import device_words

    best = max(scored, key=lambda row: row.miou or 0.0)
    least = math.floor(100 * (best.miou or 0.0)) / 100  # the best file keeps this mIoU
    words = ["pick", out, "--target", best.target, "--min-miou", f"{least:g}"]
    say(line(*words, *device_words(best, [row for row in scored if row.target == best.target])))


def _tested(rows: Sequence[BenchmarkRow], began: datetime) -> str:
    """Return how many files were scored on test photos, and when, for those that an earlier run scored."""
    if not rows:
        return "no file is scored on test photos"
    start = began.replace(microsecond=0)
    earlier = sorted(row.tested_at for row in rows if datetime.fromisoformat(row.tested_at) < start)
    when = f"{len(rows) - len(earlier)} now"
    if earlier:
        when += f", {len(earlier)} before (at {', '.join(dict.fromkeys(earlier))}) and not again"
    files = f"{len(rows)} file{'' if len(rows) == 1 else 's'} of the fronts"
    return f"scored on {rows[0].test_photos} test photos, each once: {files}, {when}"
