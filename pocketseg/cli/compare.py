"""`pocketseg compare`: which of several networks to choose, and whether the photos tell them apart."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pocketseg.cli._cache import pass_cache_dir
from pocketseg.cli._network import model_options, say_assumed
from pocketseg.cli._photos import data_option, masks_unturned_option, signals_option, split_file_option

if TYPE_CHECKING:
    import models

HELP = "Compare models on the same photos: scores with paired 95 % intervals, cost, latency, a verdict in words."
EXAMPLES = {
    "pocketseg compare u2netp topformer_tiny --out comparison": "two released models",
    "pocketseg compare runs/a/best.safetensors runs/b/best.safetensors --data folder:PATH": "two trainings",
}


@click.command("compare", help=HELP)
@click.argument("refs", nargs=-1, required=True, metavar="MODEL MODEL...")
@data_option
@masks_unturned_option
@click.option("--split", "part", default="val", show_default=True, help="val, for choosing; test, train, or all.")
@split_file_option
@model_options
@signals_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("compared"),
    show_default=True,
    help="Folder for compare.md, compare.html, compare.json; the same command continues where it stopped.",
)
@click.option("--json", "as_json", is_flag=True, help="Print only JSON: models, pairs, verdict...")
@click.option(
    "--threads", type=click.IntRange(min=1), default=1, show_default=True, help="Threads for each file that is timed."
)
@click.option("--no-latency", is_flag=True, help="Do not export and time the models.")
@pass_cache_dir
def command(
    cache_dir: Path, refs: tuple[str, ...], spec: str, part: str, split_file: Path | None, given: models.Given,
    signals: tuple[str, ...], out: Path, as_json: bool, threads: int, no_latency: bool,
) -> None:  # fmt: skip
    """Check everything, score and time, write the three files, print the verdict."""
    import models
    from benchmark.photos import scored_photos
    from pocketseg.cli._progress import phases, stderr
    from pocketseg.core.cache import Cache
    from pocketseg.core.files import make_folder
    from pocketseg.data.labelled import check_labelled, part_name
    from pocketseg.data.seen import overlap
    from pocketseg.report.comparison import summary, write_comparison
    from pocketseg.training.signal_inputs import open_scored, unfound
    from pocketseg.workflows.compare import compare, open_candidates

    data = scored_photos(spec, part, split_file)
    if signals:
        taken = [models.signals_in(models.read_metadata(path), path) for path in map(models.locate, refs)]
        data = dataclasses.replace(data, signals=open_scored(signals, data.photos, taken))
        for note in unfound(data.signals, data.ids, taken):
            stderr().print(f"note: {note}", markup=False)
    candidates = open_candidates(refs, data, given)
    for candidate in candidates:
        say_assumed(candidate.name, candidate.loaded.assumed)
    for note in check_labelled(data.photos, data.ids, part_name(part)):
        stderr().print(f"note: {note}", markup=False)
    seen = [overlap(candidate.loaded.metadata, data.photos, data.ids, data.chosen_by) for candidate in candidates]
    for candidate, found in zip(candidates, seen, strict=True):
        if found.note:
            stderr().print(f"note: {candidate.name}: {found.note}", markup=False)
    make_folder(out)
    with phases() as progress:
        made = compare(
            candidates, data, out, Cache(cache_dir), seen=seen, threads=None if no_latency else threads,
            progress=progress,
        )  # fmt: skip
    paths = write_comparison(out, made.content, made.gallery)
    if as_json:
        click.echo(json.dumps(made.content, allow_nan=False))
        return
    click.echo(summary(made.content))
    for path in paths:
        click.echo(f"{path}")
