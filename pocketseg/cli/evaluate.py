"""`pocketseg evaluate`: the torch network's own scores on a data set."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pocketseg.cli._photos import masks_unturned_option, named_data, split_file_option

HELP = "Score a model's network on photos with masks: IoU, boundary IoU, confusion, 95 % intervals."


@click.command("evaluate", help=HELP)
@click.argument("model")
@click.option("--data", required=True, metavar="FORMAT:PATH", callback=named_data,
              help="Photos with masks, e.g. ccp:PATH.")  # fmt: skip
@masks_unturned_option
@click.option("--split", "part", default="test", show_default=True, help="train, val, test, or all.")
@split_file_option
@click.option("--height", type=click.IntRange(32, 4096), help="Input height in pixels (default: the model's).")
@click.option("--width", type=click.IntRange(32, 4096), help="Input width in pixels (default: the model's).")
@click.option(
    "--fit", type=click.Choice(["stretch", "letterbox"]), help="How photos come to that size (default: the model's)."
)
@click.option("--network", default=None, help="What the checkpoint holds, where its keys do not say.")
@click.option("--classes", type=int, default=None, help="Its class count, where its keys do not say.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder for metrics.csv, one row a photo, and summary.json."
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print only JSON: miou, iou, intervals, boundary_iou, confusion..."
)
def command(
    model: str, data: str, part: str, split_file: Path | None, height: int | None, width: int | None, fit: str | None,
    network: str | None, classes: int | None, out: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Run the network photo by photo and print its scores at the photos' own resolution."""
    import models
    from pocketseg.cli._progress import counted, stderr
    from pocketseg.core.files import make_folder, write_json, write_text
    from pocketseg.data.inputs import Fit
    from pocketseg.data.labelled import check_labelled, need_labels, part_name
    from pocketseg.data.mapping import check_classes
    from pocketseg.data.photos import open_photos
    from pocketseg.data.split import part_ids
    from pocketseg.training.evaluate import fit_of
    from pocketseg.training.scores import score

    loaded = models.open_model(model, network=network, classes=classes, height_px=height, width_px=width)
    photos = open_photos(data)
    need_labels(photos)
    ids, split_hash = part_ids(photos, part, split_file)
    check_classes(model, loaded.spec.classes, data, photos.classes)
    trained_on = loaded.metadata.get("split_hash", "")
    notes = [*check_labelled(photos, ids, part_name(part))]
    if seen := _seen(trained_on, part, split_hash):
        notes.append(seen)
    for note in notes:
        stderr().print(f"note: {note}", markup=False)
    if out is not None:
        make_folder(out)
    way = Fit(fit) if fit else fit_of(loaded)
    with counted(f"scoring {loaded.name} on {len(ids)} photos") as progress:
        scores = score(loaded.module, loaded.spec, photos, ids, way, progress)
    answer = {
        **scores.summary(part, split_hash),
        "model": loaded.name,
        "sha256": loaded.sha256,
        "height_px": loaded.spec.height_px,
        "width_px": loaded.spec.width_px,
        "fit": way.value,
        "notes": notes,
    }
    if out is not None:
        write_text(out / "metrics.csv", scores.table())
        write_json(out / "summary.json", answer)
    if as_json:
        click.echo(json.dumps(answer, allow_nan=False))
        return
    wide = max(12, *(len(name) for name in answer["iou"]))
    click.echo(f"{'class':{wide}} {'IoU':>7}  {'95 % interval':17} {'boundary IoU':>12}")
    for name, value in answer["iou"].items():
        click.echo(
            f"{name:{wide}} "
            + ("does not occur" if value is None else f"{value:7.4f}  {_between(answer['iou_interval'][name])} ")
            + ("" if answer["boundary_iou"][name] is None else f"{answer['boundary_iou'][name]:12.4f}")
        )
    click.echo(
        f"{'mIoU':{wide}} {answer['miou']:7.4f}  {_between(answer['miou_interval'])}  {len(ids)} photos of {part}"
        + (f", split {split_hash}" if split_hash else "")
    )
    spread = answer["photo_miou"]
    click.echo(
        f"photo by photo: median {spread['p50']:.4f}, from {spread['p5']:.4f} (5 %) to {spread['p95']:.4f} (95 %)"
    )
    if out is not None:
        click.echo(f"written to {out}")


def _seen(trained_on: str, part: str, split_hash: str) -> str:
    """Say where a model may be scored on photos that it learnt from; nothing where it is not, or says no split."""
    if not trained_on:
        return ""
    if part == "all":
        return (
            f"it was trained on split {trained_on}: its training photos are among all photos of that data, "
            "and scores flatter"
        )
    if trained_on != split_hash:
        return f"it was trained on split {trained_on}, whose training photos may be among these of split {split_hash}"
    return "it was trained on these very photos: their scores flatter" if part == "train" else ""


def _between(interval: list[float] | None) -> str:
    return " " * 17 if interval is None else f"{interval[0]:.4f} to {interval[1]:.4f}"
