"""Made-up rows and comparisons of every kind that the report's pages show. No number here is a result."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import numpy as np
from _phones import everywhere, phone
from _ranks import INVALID, UNSTABLE, measured, three
from test_report import made_up_photo, made_up_rows

from pocketseg.core.types import BenchmarkRow
from pocketseg.report import comparison
from pocketseg.report.gallery import GalleryPhoto
from pocketseg.report.html import page

OWN_CLASSES = (
    "background", "Übergröße Jacke", "schirm mütze", "кофта", "靴", "skirt with pleats", "left-hand glove",
    "trousers_long", "tie", "belt", "scarf", "sock", "bag strap", "hair", "face", "sunglasses", "hat", "ring",
    "bracelet", "very_long_class_name_without_spaces",
)  # fmt: skip
RECIPES = ("fp32", "w8a8", "prune:0.5+w8a8", "fp16", "w4", "prune:0.3+distil+w8a8", "w8", "fp16+prune:0.2")


def of_own_classes(count: int, files: int = 8) -> list[BenchmarkRow]:
    """Return rows of a data set with so many classes of its own."""
    chance, given = random.Random(3), made_up_rows()[2]
    return [
        dataclasses.replace(
            given, recipe=RECIPES[at], p50_ms=(given.p50_ms or 0) / (at + 1), miou=0.6 - 0.01 * at,
            iou={name: None if k == 7 else chance.random() for k, name in enumerate(OWN_CLASSES[:count])},
        )
        for at in range(files)
    ]  # fmt: skip


def photo_of_own_classes(count: int, masks: int, name: str = "0007") -> GalleryPhoto:
    """Return a photo whose label and masks have each of so many classes."""
    rows, columns = np.indices((300, 200))
    label = (((rows // 75) * 5 + columns // 40) % count).astype(np.uint8)
    image = np.stack([rows % 256, columns % 256, (rows + columns) % 256], axis=2).astype(np.uint8)
    found = {f"u2netp tflite {RECIPES[k]}": np.roll(label, 9 * k, axis=1) for k in range(masks)}
    return GalleryPhoto(photo_id=name, image=image, label=label, masks=found)


def of_every_verdict() -> list[BenchmarkRow]:
    """Return rows of this computer that are VALID, UNSTABLE and INVALID."""
    return [*three(), measured("w8", place=3, p50_ms=6.0, **UNSTABLE), measured("w4", place=4, p50_ms=5.0, **INVALID)]


def of_all_devices() -> list[BenchmarkRow]:
    """Return rows of a computer, phones of both kinds and a browser."""
    browser = {"browser": "Chrome 140", "maker": "Google", "model": "Pixel 8", "soc": None}
    return [*everywhere(), phone("w8", p50_ms=50.0, kind="browser", device=browser, schema_version="1.2")]


def many(count: int = 500) -> list[BenchmarkRow]:
    """Return rows as a large sweep has them."""
    base, chance, rows = made_up_rows(), random.Random(1), []
    for at in range(count):
        row = base[at % len(base)]
        recipe = f"prune:0.{at:03d}+{row.precision}"
        if row.status != "ok" or row.p50_ms is None or row.miou is None:
            rows.append(dataclasses.replace(row, recipe=recipe))
            continue
        p50, miou = row.p50_ms * chance.uniform(0.3, 3), row.miou * chance.uniform(0.7, 1)
        verdict = chance.choice(["VALID", "VALID", "UNSTABLE", "INVALID"])
        rows.append(
            dataclasses.replace(
                row, recipe=recipe, p50_ms=p50, p50_low_ms=0.97 * p50, p50_high_ms=1.02 * p50, miou=miou,
                miou_low=miou - 0.02, miou_high=miou + 0.02, verdict=verdict, verdict_reasons=("made up",),
            )
        )  # fmt: skip
    return rows


def compared() -> dict[str, Any]:
    """Return what a comparison of three networks says."""
    names, classes = ("topformer_tiny", "u2netp", "own network-pruned"), list(OWN_CLASSES[:4])
    curve = [{"epoch": float(e), "height_px": 64.0, "width_px": 64.0, "loss": 1 / e, "val_miou": 0.1 * e, "seconds": e}
             for e in range(1, 6)]  # fmt: skip
    models = [
        {
            "name": name, "network": name, "height_px": 288, "width_px": 192, "gmacs": 0.5 + at, "parameters": 10**6,
            "weights_bytes": 4_000_000, "training": {"epochs": 5, "minutes": 9, "split_hash": "abc", "curve": curve},
            "scores": {
                "miou": 0.6 - 0.05 * at, "miou_interval": [0.5 - 0.05 * at, 0.7 - 0.05 * at],
                "iou": dict.fromkeys(classes, 0.5), "iou_interval": {name: [0.4, 0.6] for name in classes},
                "boundary_iou": dict.fromkeys(classes, 0.3),
            },
            "latency": {
                "p50_ms": 5.0 + at, "p50_low_ms": 4.9 + at, "p50_high_ms": 5.2 + at,
                "verdict": ("VALID", "UNSTABLE", "INVALID")[at],
            },
        }
        for at, name in enumerate(names)
    ]  # fmt: skip
    claim = {"difference": 0.05, "interval": [0.01, 0.09], "told_apart": True}
    pairs = [
        {"first": a, "second": b, "miou": claim, "iou": dict.fromkeys(classes, claim), "first_better": 0.6,
         "second_better": 0.4}
        for a, b in ((names[0], names[1]), (names[0], names[2]), (names[1], names[2]))
    ]  # fmt: skip
    device = {"cpu": "Made-up CPU", "cores": 2, "os": "Linux-made-up"}
    return {
        "data": {"name": "made-up data", "split": "test", "split_hash": "abc", "photos": 24}, "models": models,
        "pairs": pairs, "classes": classes, "verdict": [["One is better."]] * 3, "cautions": ["A caution."],
        "latency": {"device": device, "precision": "fp32", "target": "onnx", "threads": 1},
    }  # fmt: skip


def compared_photos() -> list[GalleryPhoto]:
    """Return photos with a mask of each network that is compared."""
    photo = photo_of_own_classes(4, 3)
    masks = dict(zip((model["name"] for model in compared()["models"]), photo.masks.values(), strict=True))
    return [dataclasses.replace(photo, masks=masks)]


def pages() -> dict[str, str]:
    """Return a page of each kind by what it is of."""
    ten = [photo_of_own_classes(20, 8, f"IMG {at} Ü.jpg") for at in range(10)]
    return {
        "targets": page(made_up_rows(), gallery=[made_up_photo(10)], notes=["Pruned files are not among them."]),
        "verdicts": page(of_every_verdict()),
        "devices": page(of_all_devices()),
        "twenty classes": page(of_own_classes(20), gallery=ten),
        "two classes": page(of_own_classes(2, 1), gallery=[photo_of_own_classes(2, 1)]),
        "refused": page(made_up_rows()[:2]),
        "nothing": page([]),
        "comparison": comparison.page(compared(), compared_photos()),
    }
