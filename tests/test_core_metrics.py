"""Scores and agreement, against those computed by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pocketseg.core.classes import CLASSES, IGNORE_INDEX
from pocketseg.core.metrics import IouMeter, agreement, confusion


def _by_hand(pairs: list[tuple[np.ndarray, np.ndarray]], count: int) -> list[float | None]:
    values: list[float | None] = []
    for c in range(count):
        both = either = labelled = 0
        for predicted, label in pairs:
            counted = label != IGNORE_INDEX
            p, t = (predicted == c) & counted, (label == c) & counted
            both += int((p & t).sum())
            either += int((p | t).sum())
            labelled += int(t.sum())
        values.append(both / either if labelled else None)
    return values


@pytest.mark.parametrize("classes", [CLASSES, ("background", "a"), (*CLASSES, "hat", "never")])
def test_iou_sums_over_photos_without_ignored_pixels(classes: tuple[str, ...]) -> None:
    rng = np.random.default_rng(2)
    used = len(classes) - (classes[-1] == "never")
    pairs = []
    for shape in ((7, 5), (3, 11), (1, 1)):
        label = rng.integers(0, used, shape).astype(np.uint8)
        label[rng.random(shape) < 0.2] = IGNORE_INDEX
        pairs.append((rng.integers(0, used, shape).astype(np.uint8), label))
    meter = IouMeter(classes)
    for predicted, label in pairs:
        meter.add(predicted, label)
    want = _by_hand(pairs, len(classes))
    assert list(meter.iou()) == list(classes)
    assert list(meter.iou().values()) == [None if v is None else pytest.approx(v, abs=1e-6) for v in want]
    present = [v for v in want if v is not None]
    assert meter.miou() == pytest.approx(sum(present) / len(present), abs=1e-6)
    assert np.array_equal(meter.confusion.numpy(), sum(confusion(p, t, len(classes)) for p, t in pairs))
    assert int(meter.confusion.sum()) == sum(int((t != IGNORE_INDEX).sum()) for _, t in pairs)


def test_scores_are_torchmetrics_own_to_the_last_bit() -> None:
    from torchmetrics.classification import MulticlassJaccardIndex  # two seconds

    rng = np.random.default_rng(4)
    meter = IouMeter(CLASSES)
    theirs = MulticlassJaccardIndex(num_classes=len(CLASSES), average="none", ignore_index=IGNORE_INDEX)
    for _ in range(3):
        label = rng.choice([0, 0, 0, 1, 3, IGNORE_INDEX], (211, 307)).astype(np.uint8)
        predicted = np.where(rng.random(label.shape) < 0.7, label % IGNORE_INDEX, 3).astype(np.uint8)
        meter.add(predicted, label)
        theirs.update(torch.from_numpy(predicted.astype(np.int64)), torch.from_numpy(label.astype(np.int64)))
        assert torch.equal(meter.confusion, theirs.confmat)
        assert [v or 0.0 for v in meter.iou().values()] == theirs.compute().tolist()


@pytest.mark.filterwarnings("ignore:The ``compute`` method")  # the counts are not its own
def test_scores_of_many_pixels_are_torchmetrics_own_to_the_last_bit() -> None:
    from torchmetrics.classification import MulticlassJaccardIndex  # two seconds

    rng = np.random.default_rng(3)
    for _ in range(20):
        counts = rng.integers(0, 1 << 28, (4, 4))  # beyond what single precision holds
        meter, theirs = IouMeter(CLASSES), MulticlassJaccardIndex(num_classes=4, average="none")
        meter._counts += counts
        theirs.confmat += torch.from_numpy(counts)
        assert list(meter.iou().values()) == theirs.compute().tolist()


def test_a_label_beyond_the_classes_is_no_score() -> None:
    with pytest.raises(ValueError, match="beyond the 4"):
        IouMeter(CLASSES).add(np.array([[0]]), np.array([[4]]))


def test_a_class_that_never_occurs_has_no_iou_and_one_that_is_missed_has_zero() -> None:
    meter = IouMeter(CLASSES)
    meter.add(np.array([[0, 0, 0]]), np.array([[0, 1, 255]]))
    assert meter.iou() == {"background": 0.5, "upper_body": 0.0, "lower_body": None, "full_body": None}
    assert meter.miou() == 0.25


def test_a_class_without_a_label_pixel_does_not_count_although_it_is_predicted() -> None:
    meter = IouMeter(CLASSES)
    meter.add(np.array([[0, 0, 3, 3]]), np.array([[0, 0, 0, 1]]))
    assert meter.iou() == {
        "background": pytest.approx(2 / 3), "upper_body": 0.0, "lower_body": None, "full_body": None,
    }  # fmt: skip
    assert meter.miou() == pytest.approx(1 / 3)


def test_a_photo_that_is_ignored_throughout_counts_nothing() -> None:
    meter = IouMeter(CLASSES)
    meter.add(np.zeros((2, 2), np.uint8), np.full((2, 2), 255, np.uint8))
    assert meter.miou() == 0.0 and set(meter.iou().values()) == {None}


def test_agreement_counts_all_pixels_and_garment_pixels() -> None:
    a, b = np.array([[0, 0, 1, 2]]), np.array([[0, 3, 1, 1]])
    assert agreement(a, b) == (2, 4, 1, 3)
    assert agreement(a * 0, a * 0) == (4, 4, 0, 0)
