"""Kept files of a made-up comparison of U2Net with TopFormer, for the tests of its page. No number here is a result."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scripts.u2net_or_topformer.kept import parameters_of

SPLIT = "df886911c2603b04"  # the committed one of ccp
CLASSES = ("background", "upper_body", "lower_body", "full_body")
RECIPE = {"optimizer": "adam", "lr": 0.001, "batch_size": 12, "epochs": 8, "unlabelled_share": 0.0, "photos_share": 1.0}


def epochs(
    count: int = 8, steps: int = 10, rise: float = 0.0, size: tuple[int, int] = (320, 192)
) -> list[dict[str, float]]:
    """Return the log of a run: as many steps each epoch, its validation rising steadily under a zigzag."""
    return [
        {
            "epoch": float(n), "step": float(n * steps), "height_px": float(size[0]), "width_px": float(size[1]),
            "lr": 0.1, "loss": 1.0, "val_miou": 0.5 + rise * n + 0.001 * (n % 2), "seconds": 60.0 * n,
            "images_per_s": 2.0,
        }
        for n in range(1, count + 1)
    ]  # fmt: skip


def run(name: str, network: str, **changes: Any) -> dict[str, Any]:
    """Return a run's record, as docs/runs keeps it."""
    return {
        "name": name, "network": network, "recipe": RECIPE, "seed": 1, "precision": "32-true", "split_hash": SPLIT,
        "teachers": [], "unlabelled": 0, "finished": True, "notes": "", "initial": None, "epochs": epochs(),
        **changes,
    }  # fmt: skip


def model(name: str, network: str, miou: float, p50_ms: float | None, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a model of compare.json, trained by a run."""
    return {
        "name": name, "network": network, "sha256": f"{name}-sha", "height_px": 320, "width_px": 192,
        "parameters": parameters_of(network), "weights_bytes": 88_000_000, "gmacs": 40.0 if network == "u2net" else 0.1,
        "training": {"curve": [dict(row) for row in record["epochs"]]},
        "scores": {
            "miou": miou, "miou_interval": [miou - 0.03, miou + 0.03], "boundary_iou": dict.fromkeys(CLASSES, 0.4),
        },
        "latency": {"p50_ms": p50_ms},
    }  # fmt: skip


def pair(first: str, second: str, low: float, high: float) -> dict[str, Any]:
    """Return a pair of compare.json."""
    told_apart = low > 0 or high < 0
    found = {"difference": (low + high) / 2, "interval": [low, high], "told_apart": told_apart}
    return {"first": first, "second": second, "miou": found}


def comparison(models: Sequence[Mapping[str, Any]], pairs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what compare.json holds."""
    return {
        "data": {"name": "ccp", "split": "test", "split_hash": SPLIT, "photos": 156},
        "classes": list(CLASSES),
        "models": list(models),
        "pairs": list(pairs),
        "verdict": [[f"{p['first']} and {p['second']}: a verdict."] for p in pairs],
        "latency": {"target": "onnx", "precision": "fp32", "threads": 1, "device": {"cpu": "a chip"}},
    }


def kept_files(
    root: Path,
    content: Mapping[str, Any],
    records: Sequence[Mapping[str, Any]],
    targets: Mapping[str, Any] | None = None,
) -> Path:
    """Write kept files below a folder, and return it."""
    for name in ("docs/comparison", "docs/runs"):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "docs/comparison/compare.json").write_text(json.dumps(content))
    for record in records:
        (root / "docs/runs" / f"{record['name']}.json").write_text(json.dumps(record))
    if targets is not None:
        (root / "docs/comparison/targets.json").write_text(json.dumps(targets))
    return root


def two(root: Path, low: float = 0.01, high: float = 0.05, *, p50s: Sequence[float | None] = (1240.0, 4.0),
        first: Mapping[str, Any] | None = None, second: Mapping[str, Any] | None = None,
        targets: Mapping[str, Any] | None = None) -> Path:  # fmt: skip
    """Write the comparison of U2Net with TopFormer Tiny. first, second: changes to their records."""
    records = [run("big", "u2net", **(first or {})), run("small", "topformer_tiny", **(second or {}))]
    models = [
        model("u2net", "u2net", 0.64, p50s[0], records[0]),
        model("topformer_tiny", "topformer_tiny", 0.61, p50s[1], records[1]),
    ]
    return kept_files(root, comparison(models, [pair("u2net", "topformer_tiny", low, high)]), records, targets)
