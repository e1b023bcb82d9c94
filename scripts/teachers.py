"""Scores every choice of teachers on validation photos: mIoU of their averaged probabilities.

`python -m scripts.teachers topformer_tiny topformer_small u2netp u2net=runs/u2net/best.safetensors --data ccp:PATH`
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt
import torch

import models
from pocketseg.core.errors import PocketSegError, UsageError
from pocketseg.core.metrics import IouMeter
from pocketseg.data.photos import open_photos
from pocketseg.data.split import find_split
from pocketseg.inference import class_map, network_input
from pocketseg.training.evaluate import read_ahead
from pocketseg.training.teacher import open_teachers
from scripts.sentences import said
from scripts.u2net_or_topformer.measure import networks

Scores = npt.NDArray[np.float32]  # C,h,w


@click.command()
@click.argument("teachers", nargs=-1, required=True, metavar="[NAME=]MODEL...")
@click.option("--data", required=True, metavar="FORMAT:PATH")
@click.option("--split-file", type=click.Path(path_type=Path))
def main(teachers: tuple[str, ...], data: str, split_file: Path | None) -> None:
    """Print the validation mIoU of each choice of TEACHERS, the best first."""
    try:
        named = networks(teachers)
        photos = open_photos(data)
        split = find_split(photos, split_file, ("val",))
        opened = dict(zip(named, open_teachers(list(named.values()), photos, split), strict=True))
        _check_sizes(opened)
        choices = [c for n in range(1, len(named) + 1) for c in combinations(named, n)]
        meters = {choice: IouMeter(photos.classes) for choice in choices}
        for image, mask in read_ahead(photos, split.ids("val")):
            answers = {name: _probabilities(teacher, image) for name, teacher in opened.items()}
            for choice, meter in meters.items():
                meter.add(class_map(_mean([answers[name] for name in choice]), *mask.shape), mask)
    except PocketSegError as error:
        raise SystemExit(said(error)) from None
    for choice in sorted(choices, key=lambda c: -meters[c].miou()):
        click.echo(f"{meters[choice].miou():.4f}  {' '.join(choice)}")


def _probabilities(teacher: models.Loaded, image: npt.NDArray[np.uint8]) -> Scores:
    """Return a teacher's probabilities of a photo, averaged with those of the mirrored one, C,h,w."""
    batch = network_input([image], teacher.spec)
    with torch.inference_mode():
        both = teacher.module(batch).softmax(1) + teacher.module(batch.flip(-1)).softmax(1).flip(-1)
    found: Scores = (both[0] / 2).numpy()
    return found


def _check_sizes(opened: Mapping[str, models.Loaded]) -> None:
    """Refuse teachers whose probabilities cannot be averaged pixel by pixel. Raises UsageError."""
    sizes = {name: f"{teacher.spec.height_px}x{teacher.spec.width_px}" for name, teacher in opened.items()}
    if len(set(sizes.values())) > 1:
        raise UsageError(
            f"the teachers have inputs of several sizes: {', '.join(f'{name} {size}' for name, size in sizes.items())}",
            hint="give teachers of one size",
        )


def _mean(several: Sequence[Scores]) -> Scores:
    """Return the mean of probabilities of one size."""
    mean: Scores = np.mean(np.stack(several), axis=0)
    return mean


if __name__ == "__main__":
    main()
