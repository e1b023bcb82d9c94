"""Soft labels: trained networks' predictions for the training photos, unlabelled ones included, stored for a student.

Soft targets (Hinton, Vinyals, Dean, arXiv:1503.02531) of whole photos are computed once a run and moved along with each
photo's zoom and mirroring, so even a large teacher adds nothing to the cost of a student's step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

import models
from pocketseg.core.errors import UsageError
from pocketseg.core.files import sha256_json
from pocketseg.core.npy import write_npy
from pocketseg.data.mapping import check_classes
from pocketseg.data.photos import PhotoSet, digest, read_image
from pocketseg.data.seen import learnt_held_out
from pocketseg.data.split import Split, is_within
from pocketseg.inference import network_input

Probabilities = npt.NDArray[np.uint8]  # N,C,h,w; 0 to 255
_BATCH = 4


def open_teachers(refs: Sequence[str], photos: PhotoSet, split: Split) -> list[models.Loaded]:
    """Open released names or weights files.

    Raises UsageError where one has other classes or was trained on another split.
    """
    teachers = [models.open_model(ref) for ref in refs]
    for ref, teacher in zip(refs, teachers, strict=True):
        check_classes(ref, teacher.spec.classes, str(photos.root), photos.classes)
        seen = teacher.metadata.get("split_hash", "")
        if seen and not is_within(split, seen):
            raise UsageError(
                f"{ref} was trained on split {seen}, but this run uses {split.hash}",
                hint="its training photos may be validation or test photos here: train the teacher on this split",
            )
        if learnt := learnt_held_out(teacher.metadata, photos, split):
            raise UsageError(
                f"{ref} has learnt from {learnt}",
                hint="it would pass on what it saw there: train the teacher on this split alone",
            )
    return teachers


def soft_labels(
    teachers: Sequence[models.Loaded],
    photos: PhotoSet,
    ids: Sequence[str],
    height_px: int,
    width_px: int,
    folder: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Probabilities:
    """Return the teachers' mean class probabilities, averaged with those
    of mirrored photos: N,C,height,width, 255 is 1.

    They are stored in `folder`, so a resumed run does not compute them again.
    """
    digests = [digest(photos.image_path(i)) for i in ids]
    total = len(teachers) * len(ids)
    mean = np.zeros((len(ids), len(photos.classes), height_px, width_px), np.float32)
    for number, teacher in enumerate(teachers):
        key = sha256_json([teacher.sha256, digests, height_px, width_px])[:16]
        file = folder / f"teacher-{key}.npy"
        if file.is_file():
            mean += np.load(file, allow_pickle=False) / np.float32(255 * len(teachers))
            progress((number + 1) * len(ids), total)
            continue
        said = np.empty(mean.shape, np.uint8)
        for start in range(0, len(ids), _BATCH):
            images = [read_image(photos.image_path(i)) for i in ids[start : start + _BATCH]]
            said[start : start + _BATCH] = _ask(teacher, images, height_px, width_px)
            progress(number * len(ids) + min(start + _BATCH, len(ids)), total)
        write_npy(file, said)
        mean += said / np.float32(255 * len(teachers))
    return (mean * 255).round().astype(np.uint8)


def _ask(teacher: models.Loaded, images: Sequence[npt.NDArray[np.uint8]], height_px: int, width_px: int) -> Tensor:
    batch = network_input(images, teacher.spec)
    with torch.inference_mode():
        probabilities = (teacher.module(batch).softmax(1) + teacher.module(batch.flip(-1)).softmax(1).flip(-1)) / 2
        small = functional.interpolate(probabilities, size=(height_px, width_px), mode="area")
    return (small * 255).round().to(torch.uint8)


def resized(targets: Tensor, size: torch.Size) -> Tensor:
    """Resize a teacher's prediction, N,C,h,w, to the size of the student's."""
    if targets.shape[-2:] == size:
        return targets
    return functional.interpolate(targets, size=size, mode="bilinear", align_corners=False)


def teacher_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the cross-entropy against soft targets.

    Both are N,C,H,W; a pixel's targets sum to 1, or to 0 to be ignored.
    """
    weight = targets.sum(1)
    loss = -(targets * logits.float().log_softmax(1)).sum(1)
    return loss.sum() / weight.sum().clamp(min=1.0)
