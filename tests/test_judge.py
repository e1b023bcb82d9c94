"""The golden check tells what rounding does to a class map from what a fault does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from benchmark.judge import ARITHMETICS, allowed_share, arithmetic_of, coarser, edges, judge

SIZE = (160, 120)
Map = npt.NDArray[Any]


def garment(shift: int = 0) -> Map:
    """Return a map like a person's: an upper and a lower body before background, H,W uint8."""
    found = np.zeros(SIZE, np.uint8)
    found[20 + shift : 80 + shift, 30:90] = 1
    found[80 + shift : 150 + shift, 40:80] = 2
    return found


def with_noise_on_edges(share: float) -> Map:
    """Return the map with a share of its edge pixels, evenly, taken for the class beside them."""
    golden = garment()
    rows, columns = np.nonzero(edges(golden))
    chosen = np.linspace(0, len(rows) - 1, int(share * len(rows))).astype(int)
    found = golden.copy()
    for row, column in zip(rows[chosen], columns[chosen], strict=True):
        around = golden[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
        found[row, column] = next(c for c in np.unique(around) if c != golden[row, column])
    return found


@pytest.mark.parametrize(
    ("arithmetic", "share", "is_near"),
    [("float32", 0.02, True), ("float32", 0.1, False), ("float16", 0.08, True), ("float16", 0.2, False),
     ("int8", 0.15, True), ("int8", 0.4, False)],
)  # fmt: skip
def test_edges_may_move_the_more_the_coarser_the_numbers(arithmetic: str, share: float, is_near: bool) -> None:
    golden = garment()
    assert judge(with_noise_on_edges(share), golden, allowed_share(golden, arithmetic)).is_near is is_near


def test_a_block_is_no_rounding_where_as_many_pixels_of_edges_are() -> None:
    golden = garment()
    allowed = allowed_share(golden, "int8")
    count = int(0.8 * allowed * golden.size)
    side = int(count**0.5)
    block = golden.copy()
    block[120 : 120 + side, 95 : 95 + side] = 3  # in the background, far from every edge
    scattered = with_noise_on_edges(count / int(edges(golden).sum()))
    assert (block != golden).sum() <= (scattered != golden).sum() <= allowed * golden.size
    assert judge(scattered, golden, allowed).is_near and not judge(block, golden, allowed).is_near


@pytest.mark.parametrize(
    ("fault", "likely"),
    [
        (lambda golden: golden[:, ::-1], "mirrored"),
        (lambda golden: golden[::-1], "upside down"),
        (lambda golden: golden[::-1, ::-1], "turned by 180 degrees"),
        (np.zeros_like, "class 0 everywhere"),
        (lambda golden: (2 - golden).astype(np.uint8), "classes are exchanged"),
        (lambda golden: np.roll(golden, (2, -1), (0, 1)), "moved by 2 rows and -1 columns"),
        (lambda golden: golden[:100], "not (160, 120)"),
    ],
)
def test_what_a_wrong_map_looks_like_is_said(fault: Callable[[Map], Map], likely: str) -> None:
    golden = garment()
    golden[20:60, 30:60] = 0  # nothing of it is symmetric
    judged = judge(fault(golden), golden, allowed_share(golden, "float16"))
    assert not judged.is_near and likely in judged.likely


def test_the_map_of_the_photo_before_is_known_again() -> None:
    before, golden = garment(shift=5), garment()
    assert judge(before, golden, 0.001, before).likely == "it is the map of the photo before it"


def test_equal_maps_are_near_whatever_is_allowed() -> None:
    judged = judge(garment(), garment(), 0.0)
    assert judged.is_near and judged.agreement == 1.0


def test_arithmetic_is_the_coarser_of_file_and_processor_and_unknown_is_half() -> None:
    assert [arithmetic_of(p, "tflite") for p in ("fp32", "fp16", "w8", "w8a8:qat", "w8dyn")] == [
        "float32", "float16", "float32", "int8", "int8",
    ]  # fmt: skip
    assert arithmetic_of("pal6", "coreml") == "float16"
    assert [coarser(a, None) for a in ARITHMETICS] == ["float16", "float16", "int8"]
    assert coarser("float16", "float32") == "float16" and coarser("float32", "int8") == "int8"
