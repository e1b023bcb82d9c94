"""Scores photo by photo: boundary bands, intervals, and the table that keeps them."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import models
from pocketseg.core.metrics import confusion
from pocketseg.data.embedded import sample_ids, sample_photos
from pocketseg.training.scores import (
    PhotoScore,
    Scores,
    band,
    bootstrap,
    boundary,
    interval,
    iou,
    paired_bootstrap,
    score,
)  # fmt: skip

CLASSES = ("background", "upper_body", "lower_body", "full_body")


def _matrices(count: int = 30, good: float = 0.8, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, (count, 500))
    guesses = np.where(rng.random(labels.shape) < good, labels, rng.integers(0, 4, labels.shape))
    return np.stack(
        [confusion(g.astype(np.uint8), t.astype(np.uint8), 4) for g, t in zip(guesses, labels, strict=True)]
    )


def test_iou_of_a_confusion_matrix_is_intersection_over_union_and_nan_where_a_class_is_absent() -> None:
    label = np.array([[0, 0, 1, 1], [0, 0, 1, 255]], np.uint8)
    guess = np.array([[0, 1, 1, 1], [0, 0, 0, 1]], np.uint8)
    found = iou(confusion(guess, label, 3))
    assert found[:2].tolist() == [3 / 5, 2 / 4] and math.isnan(found[2])


def test_a_class_that_no_photo_s_label_holds_counts_for_no_network_and_in_no_resampling() -> None:
    labels, guesses = np.zeros((2, 4, 4), np.uint8), np.zeros((2, 4, 4), np.uint8)
    labels[0, :2] = guesses[0, :2] = 1  # class 1 is in the first photo alone
    guesses[:, 3] = 2  # class 2 is in no label
    matrices = np.stack([confusion(g, t, 3) for g, t in zip(guesses, labels, strict=True)])
    whole = iou(matrices.sum(0))
    assert whole[1] == 1 and math.isnan(whole[2])
    drawn = bootstrap(matrices, rounds=50)
    assert np.isnan(drawn[:, 2]).all()
    assert np.isnan(drawn[:, 1]).any() and not np.isnan(drawn[:, 1]).all(), "some rounds lack the first photo"
    photos = tuple(
        PhotoScore(id=str(k), confusion=m, boundary=np.ones((3, 2), np.int64)) for k, m in enumerate(matrices)
    )
    said = Scores(classes=("background", "top", "cape"), photos=photos).summary("val", "")
    assert said["iou"]["cape"] is None and said["iou_interval"]["cape"] is None and said["boundary_iou"]["cape"] is None
    assert said["miou"] == pytest.approx(np.nanmean(whole))


@given(st.integers(1, 9), st.integers(0, 40), st.integers(0, 40), st.integers(1, 30), st.integers(1, 30))
def test_a_band_is_the_mask_without_its_erosion(width: int, top: int, left: int, high: int, wide: int) -> None:
    mask = np.zeros((50, 45), bool)
    mask[top : top + high, left : left + wide] = True
    eroded = np.zeros_like(mask)
    for y in range(50):
        for x in range(45):
            window = mask[max(0, y - width) : y + width + 1, max(0, x - width) : x + width + 1]
            whole = y >= width and x >= width and y + width < 50 and x + width < 45
            eroded[y, x] = whole and bool(window.all())
    assert np.array_equal(band(mask, width), mask & ~eroded)


def test_boundary_iou_falls_faster_than_iou_where_only_the_edge_is_wrong() -> None:
    label = np.zeros((200, 200), np.uint8)
    label[40:160, 40:160] = 1
    guess = np.zeros_like(label)
    guess[44:156, 44:156] = 1
    whole = iou(confusion(guess, label, 2))[1]
    hit, either = boundary(guess, label, 2)[1]
    assert 0 < hit / either < whole < 1
    assert boundary(label, label, 2)[:, 0].tolist() == boundary(label, label, 2)[:, 1].tolist()


def test_intervals_hold_the_figure_and_narrow_with_more_photos() -> None:
    few, many = _matrices(10), _matrices(400)
    for matrices in (few, many):
        low, high = interval(np.nanmean(bootstrap(matrices), axis=1)) or (1, 0)
        assert low < np.nanmean(iou(matrices.sum(0))) < high
    width = [np.subtract(*reversed(interval(np.nanmean(bootstrap(m), axis=1)) or [0, 0])) for m in (few, many)]
    assert width[1] < width[0] / 3
    assert np.array_equal(bootstrap(few), bootstrap(few)), "the seed decides"


def test_a_paired_interval_is_narrower_than_two_apart_and_zero_for_one_network() -> None:
    first = _matrices(60)
    second = first.copy()
    second[:, 0, 1] -= np.minimum(first[:, 0, 1], 2)  # a little better, on each of the same photos
    difference = interval(paired_bootstrap(first, second)) or [0, 0]
    assert 0 < difference[0] <= difference[1]
    assert interval(paired_bootstrap(first, first)) == [0, 0]
    a, b = (np.nanmean(bootstrap(m, seed=s), axis=1) for m, s in ((first, 1), (second, 2)))
    apart = interval(b - a) or [0, 0]
    assert apart[1] - apart[0] > 2 * (difference[1] - difference[0])


def test_the_table_has_a_row_a_photo_and_says_nothing_of_absent_classes() -> None:
    matrix = confusion(np.zeros((4, 4), np.uint8), np.zeros((4, 4), np.uint8), 4)
    photo = PhotoScore(id="a,b", confusion=matrix, boundary=np.array([[3, 4], [0, 0], [0, 0], [0, 0]]))
    rows = list(csv.DictReader(io.StringIO(Scores(classes=CLASSES, photos=(photo,)).table())))
    assert [r["id"] for r in rows] == ["a,b"] and rows[0]["iou_background"] == "1.000000"
    assert rows[0]["boundary_iou_background"] == "0.750000" and rows[0]["iou_full_body"] == ""
    summary = Scores(classes=CLASSES, photos=(photo,)).summary("val", "")
    assert summary["miou"] == 1 and summary["iou"]["upper_body"] is None and summary["split_hash"] is None


class _Red(nn.Module):
    """Calls class 1 what is redder than grey."""

    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        red = x[:, 0] - x[:, 2]
        return torch.stack([-red, red, red * 0 - 99, red * 0 - 99], 1)


def test_every_photo_is_scored_at_its_own_resolution() -> None:
    photos, ids = sample_photos(), sample_ids("val")[:3]
    seen: list[int] = []
    scores = score(_Red().eval(), models.spec("u2netp"), photos, ids, lambda done, total: seen.append(done))
    assert [p.id for p in scores.photos] == list(ids) and seen == [1, 2, 3]
    for photo in scores.photos:
        assert photo.confusion.sum() == photos.mask(photo.id).size
    assert scores.summary("val", "x")["photos"] == 3
