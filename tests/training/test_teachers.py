"""Learning from teachers and unlabelled photos."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from _training import Data, run_of, tiny_job, train
from PIL import Image

from pocketseg.core.errors import UsageError
from pocketseg.data.embedded import sample_split
from pocketseg.data.photos import open_photos
from pocketseg.training.augment import augment
from pocketseg.training.recipe import load_recipe
from pocketseg.training.start import TrainingJob
from pocketseg.training.teacher import open_teachers, soft_labels, teacher_loss


def _soft_job(data: Data, out: Path, teacher: Path, **changes: Any) -> TrainingJob:
    return dataclasses.replace(tiny_job(data, out, teacher_weight=1.0, **changes), teachers=(str(teacher),))


def test_teachers_say_class_probabilities_and_mirroring_mirrors_them(
    finished: Path, data: Data, tmp_path: Path
) -> None:
    photos, ids = open_photos(data.spec), data.split.ids("train")
    teachers = open_teachers((str(finished / "best.safetensors"),), photos, data.split)
    said = soft_labels(teachers, photos, ids, 32, 32, tmp_path)
    assert said.shape == (5, 4, 32, 32) and np.abs(said.astype(int).sum(1) - 255).max() <= 3
    asked: list[tuple[int, int]] = []
    again = soft_labels(teachers, photos, ids, 32, 32, tmp_path, lambda done, total: asked.append((done, total)))
    assert np.array_equal(said, again) and asked == [(5, 5)], "what was said is kept"
    images = torch.zeros(5, 40, 40, 3, dtype=torch.uint8)
    options: dict[str, Any] = {"height_px": 64, "width_px": 64, "scale": (1.0, 1.0), "color": 0.0}
    soft = torch.from_numpy(said)
    for flip, wanted in ((0.0, soft), (1.0, soft.flip(-1))):
        moved = augment(images, torch.zeros(5, 1, 40, 40), soft, flip=flip, **options, generator=torch.Generator())[2]
        assert moved is not None and torch.allclose(moved, wanted.float() / 255, atol=0.01)


def test_the_teachers_loss_is_least_where_the_student_says_the_same() -> None:
    logits = torch.randn(2, 4, 8, 8)
    targets = logits.softmax(1)
    least = teacher_loss(logits, targets)
    assert all(teacher_loss(logits + 0.5 * torch.randn_like(logits), targets) > least for _ in range(5))
    outside = targets.clone()
    outside[:, :, :4] = 0  # beyond the photo
    assert torch.allclose(teacher_loss(logits, outside), teacher_loss(logits[:, :, 4:], targets[:, :, 4:]))


def test_a_teacher_that_saw_another_split_or_has_other_classes_is_refused(
    finished: Path, data: Data, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="was trained on split"):
        open_teachers((str(finished / "best.safetensors"),), open_photos(data.spec), sample_split())
    with pytest.raises(UsageError, match="must be given together"):
        train(dataclasses.replace(tiny_job(data, tmp_path / "run"), teachers=("u2netp",)))
    with pytest.raises(UsageError, match="photos need a teacher"):
        load_recipe("topformer_tiny", {"unlabelled_share": 0.5})


def test_unlabelled_photos_fill_their_share_of_every_batch(tmp_path: Path) -> None:
    recipe = load_recipe(
        "topformer_tiny", {"batch_size": 8, "teacher_weight": 1.0, "unlabelled_share": 0.25, "epochs": 4}
    )
    run = run_of(recipe, 12, tmp_path)
    run = dataclasses.replace(run, arrays=dataclasses.replace(run.arrays, images=torch.zeros(17, 1, 1, 3)))
    assert recipe.unlabelled_a_step == 2 and run.steps_per_epoch == 2
    batches = [run.batch_ids(step).tolist() for step in range(8)]
    assert all(len(b) == 8 and sum(i >= 12 for i in b) == 2 for b in batches)
    others = [i for b in batches for i in b if i >= 12]
    assert all(sorted(others[k : k + 5]) == [12, 13, 14, 15, 16] for k in (0, 5, 10)), "each in turn"


@pytest.mark.parametrize(("batch", "share", "count"), [(4, 0.95, 4), (4, 0.1, 0)])
def test_a_share_of_unlabelled_photos_that_leaves_a_step_none_of_a_kind_is_refused(
    batch: int, share: float, count: int
) -> None:
    with pytest.raises(UsageError, match=rf"{share} is {count} photos of batch_size {batch}"):
        load_recipe("topformer_tiny", {"batch_size": batch, "teacher_weight": 1.0, "unlabelled_share": share})


def test_a_run_with_a_teacher_and_unlabelled_photos_trains_and_keeps_held_out_copies_away(
    finished: Path, data: Data, tmp_path: Path
) -> None:
    root = Path(data.spec.partition(":")[2])
    mine = tmp_path / "data"
    shutil.copytree(root, mine)
    first, held = data.split.ids("test")[0], data.split.ids("train")[0]
    photos = open_photos(data.spec)
    shutil.copy(photos.image_path(first), mine / "images" / f"copy_of_test{photos.image_path(first).suffix}")
    Image.open(photos.image_path(held)).rotate(90).save(mine / "images" / "free.png")
    job = _soft_job(data, tmp_path / "run", finished / "best.safetensors", unlabelled_share=0.5)
    train(dataclasses.replace(job, data=f"folder:{mine}"))
    config = json.loads((tmp_path / "run/config.json").read_text())
    assert config["unlabelled"] == 1 and len(config["teachers"]) == 1
