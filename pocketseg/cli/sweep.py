"""`pocketseg sweep`: networks x recipes x targets, a measured row a cell; killed and started again at will."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from pocketseg.cli._photos import masks_unturned_option, named_data, split_file_option

HELP = "Make and measure every network x recipe x target; goes on where it stopped."


@click.command("sweep", help=HELP)
@click.argument("file", required=False, type=click.Path(path_type=Path), metavar="[SWEEP.toml]")
@click.option("--models", "networks", metavar="A,B", help="Released names or weights files.")
@click.option("--recipes", metavar="R,S", help="e.g. fp32,w8a8,prune:0.3+w8a8")
@click.option("--targets", metavar="T,U", help="coreml, tflite, torchmobile, executorch, onnx.")
@click.option("--data", metavar="FORMAT:PATH", callback=named_data,
              help="Photos with masks (default: the embedded ones).")  # fmt: skip
@masks_unturned_option
@split_file_option
@click.option("--epochs", type=click.IntRange(min=0), help="Passes that each step may train.")
@click.option("--max-drop", type=float, metavar="SHARE", help="mIoU that w8a8:mixed may cost.")
@click.option("--set", "changes", multiple=True, metavar="NAME=VALUE", help="Change how steps train, as in train.")
@click.option(
    "--teacher", "teachers", multiple=True, metavar="MODEL", help="A trained model that steps learn from, too."
)
@click.option("--calibration", metavar="FORMAT:PATH", help="Training photos for w8a8 (default: the embedded ones).")
@click.option("--threads", type=click.IntRange(min=1), help="Threads of every runtime.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for rows, files and the report.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes at a time.")
@click.option("--scheduler", default="", metavar="tcp://HOST:PORT", help="Run the jobs on this Dask cluster instead.")
@click.option("--resume", is_flag=True, help="Insist that --out holds a sweep that was begun.")
@click.option("--retry-failed", is_flag=True, help="Try cells whose row says failed once more.")
@click.pass_obj
def command(
    cache_dir: Path, file: Path | None, networks: str | None, recipes: str | None, targets: str | None,
    data: str | None, split_file: Path | None, epochs: int | None, changes: tuple[str, ...], teachers: tuple[str, ...],
    calibration: str | None, threads: int | None, max_drop: float | None, out: Path, jobs: int, scheduler: str,
    resume: bool, retry_failed: bool,
) -> int:  # fmt: skip
    """Plan, say what is left, do it, print the table; status 7 where a cell failed."""
    from pocketseg.cli._progress import phases, stderr
    from pocketseg.core.errors import UsageError
    from pocketseg.core.files import write_json
    from pocketseg.sweep.plan import Sweep, cells, read_toml
    from pocketseg.sweep.results import ROWS, Results, alone

    began = time.monotonic()
    given: dict[str, Any] = read_toml(file) if file else {}
    given |= {k: _listed(v) for k, v in (("models", networks), ("recipes", recipes), ("targets", targets)) if v}
    given |= {"teachers": teachers} if teachers else {}
    named = (("data", data), ("split_file", split_file), ("epochs", epochs), ("calibration", calibration),
             ("threads", threads), ("max_drop", max_drop))  # fmt: skip
    given |= {k: v for k, v in named if v is not None}
    if changes:
        from pocketseg.training.recipe import parse_changes

        given["settings"] = {**given.get("settings", {}), **parse_changes(changes)}
    if resume and not (out / ROWS).is_file():
        raise UsageError(f"{out} holds no sweep to resume", hint="leave --resume out to begin one")
    sweep = Sweep(**{**dict.fromkeys(("models", "recipes", "targets"), ()), **given})
    grid = cells(sweep)
    console = stderr()
    with alone(out):
        results = Results(out)
        if retry_failed and (again := results.forget_failed(grid)):
            console.print(f"trying {again} failed cells again", markup=False)
        left = sum(cell not in results for cell in grid)
        if not left and not results.apart(grid) and (out / "report.html").is_file():
            results.write_view(grid)
            _close(results.counts(grid), len(grid), out, time.monotonic() - began, nothing=True)
            return 7 if results.counts(grid).get("failed") else 0
        console.print(f"{len(grid)} cells, {len(grid) - left} done before", markup=False)
        write_json(out / "sweep.json", sweep.to_json())

        from pocketseg.core.cache import Cache
        from pocketseg.report import write_all
        from pocketseg.report.pareto import fronts_table, write_fronts
        from pocketseg.report.table import print_table
        from pocketseg.sweep.jobs import notes
        from pocketseg.sweep.run import run

        with phases() as progress:
            run(
                sweep, grid, out, Cache(cache_dir), results, jobs=jobs, scheduler=scheduler, progress=progress,
                say=lambda sentence: console.print(sentence, markup=False),
            )  # fmt: skip
        rows = results.rows(grid)
        trained = f"Steps trained for at most {sweep.epochs} passes over the training photos of "
        about = trained + (f"{sweep.data}." if sweep.data else "the embedded sample.")
        write_all(rows, out, notes=[about, *notes(grid, out)])
        write_fronts(out / "pareto.csv", rows)
    print_table(rows)
    click.echo(fronts_table(rows))
    _close(results.counts(grid), len(grid), out, time.monotonic() - began, nothing=False)
    return 7 if results.counts(grid).get("failed") else 0


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _close(counts: Any, total: int, out: Path, seconds: float, *, nothing: bool) -> None:
    said = ", ".join(f"{number} {status}" for status, number in sorted(counts.items()))
    if nothing:
        click.echo(f"nothing to do: all {total} cells have their row ({said}); {seconds:.1f} s")
    else:
        click.echo(f"{total} cells: {said}; {seconds:.0f} s")
    click.echo(f"{out / 'results.csv'}\n{out / 'pareto.csv'}\n{out / 'report.html'}")
    click.echo(f"next: pocketseg pick {out} --target tflite --min-miou 0.5")
