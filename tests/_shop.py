"""A small shop: twelve photos of noise with masks of two classes, their split, and a network of these classes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from PIL import Image

import models
from pocketseg.core.files import write_json
from pocketseg.data.photos import digest
from pocketseg.data.split import Split, to_json

PARTS: Mapping[str, Iterable[int]] = {"train": range(6), "val": range(6, 9), "test": range(9, 12)}
CLASSES = ("background", "mug")


def fill(root: Path) -> Path:
    """Write the photos 00 to 11 and their masks; return the root."""
    chance = np.random.default_rng(1)
    for part in ("images", "masks"):
        (root / part).mkdir(parents=True)
    for number in range(12):
        Image.fromarray(chance.integers(0, 255, (48, 32, 3), np.uint8)).save(root / f"images/{number:02}.png")
        Image.fromarray(chance.integers(0, 2, (48, 32), np.uint8)).save(root / f"masks/{number:02}.png")
    write_json(root / "classes.json", list(CLASSES))
    return root


def split(root: Path, parts: Mapping[str, Iterable[int]] = PARTS, name: str = "own") -> Split:
    """Return a split of a folder's photos, by their numbers."""
    photos = {p: {f"{n:02}": digest(root / f"images/{n:02}.png") for n in numbers} for p, numbers in parts.items()}
    return Split(name=name, photos=photos, never={}, made_with={})


def open_shop(place: Path) -> Path:
    """Put `mugs`, their split.json and `mine.safetensors` into a folder; return it."""
    write_json(place / "split.json", to_json(split(fill(place / "mugs"))))
    write_weights(place / "mine.safetensors", {})
    return place


def write_weights(path: Path, metadata: Mapping[str, str]) -> Path:
    """Write a network of the shop's classes with this metadata; return the path."""
    spec = dataclasses.replace(models.spec("topformer_tiny"), classes=CLASSES, height_px=64, width_px=64)
    models.save_weights(models.build("topformer_tiny", 2), spec, path, dtype="fp32", metadata=dict(metadata))
    return path
