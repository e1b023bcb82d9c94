"""Rows of a made-up sweep, for the tests of how they are chosen and shown."""

from __future__ import annotations

from typing import Any

from pocketseg.core.types import BenchmarkRow

WHEN = "2026-01-02T03:04:05+00:00"
SCORES = {"fp32": (0.60, 9.0), "w8": (0.58, 9.5), "w8a8": (0.59, 4.0)}  # mIoU on validation photos, p50 in ms


def row(recipe: str = "fp32", **changes: Any) -> BenchmarkRow:
    miou, p50_ms = SCORES.get(recipe, (0.5, 5.0))
    given = {
        "model": "m", "recipe": recipe, "target": "onnx", "precision": "fp32", "runtime": "ort", "status": "ok",
        "split": "val", "miou": miou, "iou": {"background": 0.9, "mug": miou}, "p50_ms": p50_ms, "photos": 24,
        "size_bytes": 2_000_000, "device": {"cpu": "A", "timed_at": "once"}, "artifact_sha256": recipe,
        "artifact": f"out/{recipe}.onnx", **changes,
    }  # fmt: skip
    return BenchmarkRow(**given)
