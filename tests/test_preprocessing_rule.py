"""docs/preprocessing.md is enough to reach the same bytes: a second implementation of it, held against inference.py."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from pocketseg.core.types import PREPROCESSING, Preprocessing
from pocketseg.data.embedded import sample_ids, sample_photos
from pocketseg.data.photos import read_image
from pocketseg.inference import class_map, model_input

PAGE = Path(__file__).parents[1] / "docs" / "preprocessing.md"
Bytes = npt.NDArray[np.uint8]


def one_pass(values: Bytes, size: int) -> Bytes:
    """Bring the last axis but one of (..., n, 3) to `size` values, as the page says."""
    count = values.shape[-2]
    if count == size:
        return values
    scale = count / size
    wide = max(scale, 1.0)
    out = np.empty((*values.shape[:-2], size, 3), np.uint8)
    for i in range(size):
        center = (i + 0.5) * scale
        first, last = max(0, math.trunc(center - wide + 0.5)), min(count, math.trunc(center + wide + 0.5))
        weights = [max(0.0, 1 - abs((j - center + 0.5) * (1 / wide))) for j in range(first, last)]
        whole = sum(weights)
        fixed = np.array([math.floor(w / whole * (1 << 22) + 0.5) for w in weights], np.int64)
        total = (1 << 21) + np.einsum("...jc,j->...c", values[..., first:last, :].astype(np.int64), fixed)
        out[..., i, :] = np.clip(total >> 22, 0, 255)
    return out


def resized(image: Bytes, height: int, width: int) -> Bytes:
    less_height, less_width = image.shape[0] - height, image.shape[1] - width
    if less_height > max(0, 2 * less_width):
        return one_pass(_turned(one_pass(_turned(image), height)), width)
    return _turned(one_pass(_turned(one_pass(image, width)), height))


def _turned(image: Bytes) -> Bytes:
    return image.transpose(1, 0, 2)


@pytest.mark.parametrize(
    ("height", "width", "to"),
    [
        (97, 61, (32, 32)),
        (40, 30, (64, 48)),
        (31, 200, (64, 64)),
        (64, 50, (64, 32)),
        (33, 32, (40, 32)),
        (5, 7, (64, 96)),
        (97, 61, (32, 40)),
        (120, 33, (70, 148)),
    ],
)
def test_a_photo_is_resized_bit_for_bit_as_the_page_says(height: int, width: int, to: tuple[int, int]) -> None:
    image = np.random.default_rng(height).integers(0, 256, (height, width, 3)).astype(np.uint8)
    assert np.array_equal(resized(image, *to), model_input(image, *to))


def test_a_real_photo_is_resized_bit_for_bit_as_the_page_says() -> None:
    image = read_image(sample_photos().image_path(sample_ids("val")[0]))
    assert np.array_equal(resized(image, 224, 160), model_input(image, 224, 160))


def test_scores_come_back_by_half_pixel_centres_and_class_maps_by_the_nearest_pixel() -> None:
    scores = np.random.default_rng(1).normal(size=(3, 6, 5)).astype(np.float32)
    height, width = 17, 9

    def along(values: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:
        place = np.clip((np.arange(size) + 0.5) * values.shape[-1] / size - 0.5, 0, None)
        low = np.minimum(place.astype(int), values.shape[-1] - 1)
        high = np.minimum(low + 1, values.shape[-1] - 1)
        return values[..., low] * (1 - (place - low)) + values[..., high] * (place - low)

    back = along(along(scores.astype(np.float64), width).transpose(0, 2, 1), height).transpose(0, 2, 1)
    assert np.array_equal(back.argmax(0), class_map(scores, height, width))
    classes = scores.argmax(0).astype(np.uint8)
    rows, columns = ((np.arange(n) + 0.5) * m // n for n, m in ((height, 6), (width, 5)))
    assert np.array_equal(classes[rows.astype(int)][:, columns.astype(int)], class_map(classes, height, width))


@pytest.mark.documents
def test_the_page_names_every_field_of_the_rule_with_its_value() -> None:
    page = PAGE.read_text(encoding="utf-8")
    rows = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")} | {"std_rgb"}
    assert {f.name for f in dataclasses.fields(Preprocessing)} <= rows
    for name, value in PREPROCESSING.items():
        shown = list(map(int, value)) if isinstance(value, tuple) else value
        assert f"| `{name}` | `{shown}` |" in page, name
