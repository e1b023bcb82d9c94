"""`pocketseg study annotations`: the same network with and without joints, silhouettes and finer labels."""

from __future__ import annotations

from pathlib import Path

import click

from pocketseg.cli._cache import pass_cache_dir
from pocketseg.cli._photos import masks_unturned_option, named_data, split_file_option

HELP = "Train with and without skeletons, silhouettes and finer labels, on folds; continues where it stopped."
EXAMPLES = {
    "pocketseg study annotations --data ccp:PATH --signals poses=poses.npz --plan plan.json --records records": "",
}


@click.command("annotations", help=HELP)
@click.option("--data", required=True, metavar="FORMAT:PATH", callback=named_data,
              help="Photos with masks, e.g. ccp:PATH.")  # fmt: skip
@masks_unturned_option
@split_file_option
@click.option("--signals", multiple=True, required=True, metavar="poses=FILE|persons=FILE|data",
              help="Skeletons (.npz) and silhouettes (.zip) of the photos; `data`: the data's own.")  # fmt: skip
@click.option("--plan", "plan_file", type=click.Path(path_type=Path), metavar="PLAN.json",
              help="The plan written down before: refuse to run where code or data give another one.")  # fmt: skip
@click.option("--records", type=click.Path(path_type=Path), default=Path("docs/runs/annotations"), show_default=True,
              help="Folder for one record per finished run.")  # fmt: skip
@click.option("--work", type=click.Path(path_type=Path),
              help="Folder for checkpoints of unfinished runs (default: in the cache).")  # fmt: skip
@click.option("--arms", default="", metavar="A,B", help="Only these arms (default: all).")
@click.option("--folds", multiple=True, type=int, help="Only these folds (default: all of the stage).")
@click.option("--stage", type=click.IntRange(1, 2), default=1, show_default=True,
              help="2: the control and the best two arms of a finished stage 1, on a pretrained network.")  # fmt: skip
@click.option(
    "--steps",
    type=click.IntRange(min=1),
    help="Number of steps of each run other than planned, for a trial; this makes it a different plan.",
)
@click.option("--threads", type=click.IntRange(min=1), default=None, help="CPU threads (default: all).")
@click.option("--pause-file", type=click.Path(path_type=Path), help="Pause between steps while this file exists.")
@pass_cache_dir
def command(
    cache_dir: Path, data: str, split_file: Path | None, signals: tuple[str, ...], plan_file: Path | None,
    records: Path, work: Path | None, arms: str, folds: tuple[int, ...], stage: int, steps: int | None,
    threads: int | None, pause_file: Path | None,
) -> None:  # fmt: skip
    """Run everything that has no record yet, and say where the records are."""
    import torch

    from pocketseg.cli._progress import phases, tell
    from pocketseg.cli._training import TrainingDisplay
    from pocketseg.study.plan import Stage, chosen_arms
    from pocketseg.study.plan_file import check_same
    from pocketseg.study.prepared import load, open_plan
    from pocketseg.study.runs import Places, do_runs, folds_of, start_of
    from pocketseg.study.second import arms_of

    of = Stage(stage)
    wanted = chosen_arms([name.strip() for name in arms.split(",") if name.strip()])
    numbers = folds_of(folds, of)
    start_of(of)  # missing weights are an error before photos are read
    if threads:
        torch.set_num_threads(threads)
    with phases() as progress:
        plan, photos, source = open_plan(data, signals, split_file, progress, steps)
        if plan_file is not None:
            check_same(plan_file, plan)
        if of is Stage.SECOND:
            wanted = arms_of(records, plan, wanted if arms else ())
        loaded = load(plan, photos, source, progress, of)
    places = Places(work=work or cache_dir / "study" / "annotations", records=records, pause=pause_file)
    with TrainingDisplay("study") as display:
        for path in do_runs(loaded, wanted, numbers, places, tell, display.report):
            click.echo(path)
