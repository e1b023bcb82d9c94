"""`pocketseg evaluate`: the torch network's own IoU on a data set."""

from __future__ import annotations

import json
from pathlib import Path

import click

HELP = "Score a model's network on photos with masks: mIoU and IoU per class."


@click.command("evaluate", help=HELP)
@click.argument("model")
@click.option("--data", required=True, metavar="FORMAT:PATH", help="Photos with masks, e.g. ccp:PATH.")
@click.option("--split", "part", default="test", show_default=True, help="train, val, test, or all.")
@click.option("--split-file", type=click.Path(path_type=Path), help="Split of the data (default: the committed one).")
@click.option("--network", default=None, help="What the checkpoint holds, where its keys do not say.")
@click.option("--classes", type=int, default=None, help="Its class count, where its keys do not say.")
@click.option("--json", "as_json", is_flag=True, help="Print only JSON: miou, iou, photos, split_hash.")
def command(
    model: str, data: str, part: str, split_file: Path | None, network: str | None, classes: int | None, as_json: bool
) -> None:
    """Run the network photo by photo and print its scores at the photos' own resolution."""
    import models
    from pocketseg.cli._progress import counted, stderr
    from pocketseg.data.mapping import check_classes
    from pocketseg.data.photos import open_photos
    from pocketseg.data.split import part_ids
    from pocketseg.training.evaluate import evaluate, summary

    loaded = models.open_model(model, network=network, classes=classes)
    photos = open_photos(data)
    ids, split_hash = part_ids(photos, part, split_file)
    check_classes(model, loaded.spec.classes, data, photos.classes)
    trained_on = loaded.metadata.get("split_hash", "")
    if trained_on and split_hash and trained_on != split_hash:
        note = f"it was trained on split {trained_on}, whose training photos may be among these of split {split_hash}"
        stderr().print(f"note: {note}", markup=False)
    with counted(f"scoring {loaded.name} on {len(ids)} photos") as progress:
        meter = evaluate(loaded.module, loaded.spec, photos, ids, progress)
    answer = summary(meter, len(ids), split_hash)
    if as_json:
        click.echo(json.dumps(answer, allow_nan=False))
        return
    for name, value in answer["iou"].items():
        click.echo(f"{name:12} {'does not occur' if value is None else f'{value:.4f}'}")
    click.echo(
        f"{'mIoU':12} {answer['miou']:.4f}   {len(ids)} photos of {part}"
        + (f", split {split_hash}" if split_hash else "")
    )
