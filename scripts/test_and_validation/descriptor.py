"""How alike two photos' backdrops and outfits are, from pixels alone: no network, no mask, no skeleton.

The person of a street photo stands in the middle. What lies beside it describes the backdrop: directions of edges, the
layout of colours, and which colours there are. The middle describes the outfit: its colours, from head to foot. Each
photo is reduced to 192 x 128 px first; of two photos one may be mirrored.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from pocketseg.data.photos import Pixels

HEIGHT_PX, WIDTH_PX = 192, 128
CELL_PX, DIRECTIONS = 16, 8
LAYOUT_WEIGHT, COLOUR_WEIGHT = 0.5, 2.0  # against edges at 1
_BINS = 8, 9, 9  # of lightness and the two chroma axes
_BANDS = 6  # of the person, from head to foot
_NOISE = 3.0  # keeps cells without edges near zero
Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """Descriptions of N photos, and of their mirror images where that differs.

    Attributes:
        edges: N,cells * directions, centred and of length 1. layout: N,pixels * 3, likewise. colours: N,bins, square
            roots of shares. outfit: N,bands * bins, square roots of shares of each band.
    """

    edges: Array
    mirrored_edges: Array
    layout: Array
    mirrored_layout: Array
    colours: Array
    outfit: Array


def reduced(image: Pixels) -> Pixels:
    """Return a photo (H,W,3 uint8) at 192 x 128 px."""
    return np.asarray(Image.fromarray(image).resize((WIDTH_PX, HEIGHT_PX), Image.Resampling.BOX))


def describe(small: Sequence[Pixels], mean_edges: Array | None = None) -> Described:
    """Describe reduced photos. mean_edges: what `edge_mean` gives for the photos that set the scale."""
    stacked = np.stack(small)
    mirrored = np.ascontiguousarray(stacked[:, :, ::-1])
    lab = np.stack([_lab(photo) for photo in stacked])
    mean = np.float32(0) if mean_edges is None else mean_edges
    return Described(
        edges=_unit(_edges(stacked) - mean),
        mirrored_edges=_unit(_edges(mirrored) - mean),
        layout=_layout(lab),
        mirrored_layout=_layout(lab[:, :, ::-1]),
        colours=_colours(lab, _beside(*lab.shape[1:3]))[:, 0],
        outfit=_colours(lab, *_bands(*lab.shape[1:3])).reshape(len(lab), -1),
    )


def edge_mean(small: Sequence[Pixels]) -> Array:
    """Return the mean edge description of reduced photos: what most photos share, such as a vertical person."""
    mean: Array = _edges(np.stack(small)).mean(0)
    return mean


def backdrop(a: Described, b: Described) -> Array:
    """Return how alike the backdrops of two sets of photos are, (len(a), len(b)); 1.5 for the same photo."""
    straight = a.edges @ b.edges.T + LAYOUT_WEIGHT * (a.layout @ b.layout.T)
    turned = a.edges @ b.mirrored_edges.T + LAYOUT_WEIGHT * (a.layout @ b.mirrored_layout.T)
    return np.maximum(straight, turned) + COLOUR_WEIGHT * (a.colours @ b.colours.T - 1)


def outfit(a: Described, b: Described) -> Array:
    """Return how alike the outfits' colours are, (len(a), len(b)), 0 to 1."""
    similarity: Array = a.outfit @ b.outfit.T / np.float32(_BANDS)
    return similarity


def _edges(photos: Pixels) -> Array:
    """Return the directions of edges in each cell beside the person, N,cells * directions."""
    grey = photos.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    down, right = np.zeros_like(grey), np.zeros_like(grey)
    down[:, 1:-1] = grey[:, 2:] - grey[:, :-2]
    right[:, :, 1:-1] = grey[:, :, 2:] - grey[:, :, :-2]
    strength = np.sqrt(np.hypot(down, right))
    which = (np.arctan2(down, right) % np.pi / np.pi * DIRECTIONS).astype(np.int8) % DIRECTIONS
    rows, columns = HEIGHT_PX // CELL_PX, WIDTH_PX // CELL_PX
    beside = np.ones((rows, columns), bool)
    beside[1:, columns // 2 - 1 : columns // 2 + 1] = False
    sums = [
        (strength * (which == k)).reshape(-1, rows, CELL_PX, columns, CELL_PX).mean((2, 4))[:, beside]
        for k in range(DIRECTIONS)
    ]
    cells = np.stack(sums, -1)
    cells /= np.linalg.norm(cells, axis=2, keepdims=True) + _NOISE
    flat: Array = cells.reshape(len(photos), -1)
    return flat


def _lab(photo: Pixels) -> Array:
    """Return lightness 0 to 1 and two chroma axes, -1 to 1, at 96 x 64 px."""
    half = Image.fromarray(photo).convert("LAB").resize((WIDTH_PX // 2, HEIGHT_PX // 2), Image.Resampling.BOX)
    values = np.asarray(half)
    chroma = values[..., 1:].view(np.int8)
    return np.concatenate((values[..., :1] / np.float32(255), chroma / np.float32(128)), -1).astype(np.float32)


def _layout(lab: Array) -> Array:
    """Return the colours of 24 x 16 places beside the person, lightness centred, of length 1."""
    count, height, width, _ = lab.shape
    places = lab.reshape(count, height // 4, 4, width // 4, 4, 3).mean((2, 4))
    beside = np.ones(places.shape[1:3], bool)
    beside[2:, 5:11] = False
    kept = places[:, beside]
    kept[..., 0] -= kept[..., 0].mean(1, keepdims=True)
    return _unit(kept.reshape(count, -1))


def _beside(height: int, width: int) -> npt.NDArray[np.bool_]:
    place = np.zeros((height, width), bool)
    place[:, np.abs(np.linspace(0, 1, width) - 0.5) > 0.18] = True
    return place


def _bands(height: int, width: int) -> Iterator[npt.NDArray[np.bool_]]:
    """Yield the middle of the photo in bands from a sixth of its height to nine tenths."""
    middle = np.abs(np.linspace(0, 1, width) - 0.5) < 0.12
    ends = np.linspace(height / 6, height * 0.9, _BANDS + 1).round().astype(int)
    for top, bottom in itertools.pairwise(ends):
        place = np.zeros((height, width), bool)
        place[top:bottom, middle] = True
        yield place


def _colours(lab: Array, *places: npt.NDArray[np.bool_]) -> Array:
    """Return square roots of the shares of colours in places of the photo, N,places,bins; neighbours share."""
    light, chroma = lab[..., 0], lab[..., 1:]
    finer_near_grey = np.sign(chroma) * np.sqrt(np.abs(chroma))
    level = np.clip((light * _BINS[0]).astype(int), 0, _BINS[0] - 1)
    axes = np.clip(np.round(finer_near_grey * 5).astype(int) + 4, 0, 8)
    index = (level * _BINS[1] + axes[..., 0]) * _BINS[2] + axes[..., 1]
    found = np.stack(
        [[np.bincount(photo[place], minlength=int(np.prod(_BINS))) for place in places] for photo in index]
    ).reshape(len(lab), len(places), *_BINS)
    counts = found.astype(np.float32)
    for axis in (2, 3, 4):
        moved = np.moveaxis(counts, axis, -1)
        spread = moved.copy()
        spread[..., 1:] += moved[..., :-1] / 2
        spread[..., :-1] += moved[..., 1:] / 2
        counts = np.moveaxis(spread, -1, axis)
    flat = counts.reshape(len(lab), len(places), -1)
    shares: Array = np.sqrt(flat / flat.sum(2, keepdims=True))
    return shares


def _unit(values: Array) -> Array:
    """Return rows of length 1; a row of zeros stays."""
    length = np.linalg.norm(values, axis=1, keepdims=True)
    unit: Array = (values / np.where(length > 0, length, 1)).astype(np.float32)
    return unit
