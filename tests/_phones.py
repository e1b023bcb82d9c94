"""Made-up rows as phones would send them back: no phone was measured, and no number here is a result."""

from __future__ import annotations

from typing import Any

from _ranks import measured
from _records import merged

from benchmark.rows import row_of
from pocketseg.core.types import BenchmarkRow

PIXEL = {"maker": "Google", "model": "Pixel 8", "soc": "Tensor G3", "cpu": None, "cores": 9, "machine": "arm64"}
OTHER_PIXEL = {**PIXEL, "soc": "Tensor G3X"}  # of the same name
IPHONE = {"maker": "Apple", "model": "iPhone15,4", "soc": None, "cpu": None, "cores": 6, "machine": "arm64"}
RUN_OF = {"Tensor G3": "1" * 32, "Tensor G3X": "2" * 32, None: "3" * 32}


def phone(
    recipe: str = "fp32", *, device: dict[str, Any] | None = None, asked: str = "cpu", obtained: str | None = "",
    **changes: Any,
) -> BenchmarkRow:  # fmt: skip
    """Return a row of a phone. obtained: the same as asked where empty, None where it is not known."""
    facts = {**(device or PIXEL), "cpu_features": None, "python": None, "os": "Android 14"}
    facts["os"] = "iOS 17.5" if facts["maker"] == "Apple" else facts["os"]
    ran = {"asked": asked, "obtained": asked if obtained == "" else obtained}
    unknown = {f"/device/{name}": "the phone does not say" for name, value in facts.items() if value is None}
    unknown |= {} if ran["obtained"] else {"/accelerator/obtained": "the runtime does not say"}
    given = {
        "kind": "ios" if facts["maker"] == "Apple" else "android", "device": facts, "accelerator": ran,
        "run": RUN_OF.get(facts["soc"], "4" * 32), "unknown": unknown,
    }  # fmt: skip
    return measured(recipe, **merged(given, changes))


def evaluated(recipe: str = "fp32", **changes: Any) -> BenchmarkRow:
    """Return the row of a file that an evaluator scored on this computer, without times."""
    label = {"name": "coreml_reference", "label": "reference evaluator, not a device"}
    return measured(recipe, kind="reference", runtime=label, turns=0, artifact={"target": "coreml"}, **changes)


def gpu_of_unknown_outcome(recipe: str = "fp32", **changes: Any) -> BenchmarkRow:
    """Return a row that asked for a GPU, where it is not known whether the GPU ran the file."""
    why = {"verdict": "INVALID", "verdict_reasons": ["gpu was asked and what ran it is not known"]}
    return phone(recipe, asked="gpu", obtained=None, **{**why, **changes})


def everywhere() -> list[BenchmarkRow]:
    """Return rows of this computer, an evaluator on it, two phones of one name, and a third."""
    return [
        measured("fp32", p50_ms=8.0, size_bytes=5_000_000),
        measured("w8a8", p50_ms=4.0, wrong=0.101, place=1),
        evaluated(place=2),
        phone("fp32", p50_ms=30.0, size_bytes=5_000_000),
        phone("w8a8", p50_ms=12.0, wrong=0.101, place=1),
        phone("fp32", p50_ms=9.0, place=2, asked="gpu", size_bytes=5_000_000),
        gpu_of_unknown_outcome("w8a8", p50_ms=2.0, place=3),
        phone("fp32", p50_ms=45.0, device=OTHER_PIXEL, size_bytes=5_000_000),
        phone("w8a8", p50_ms=20.0, wrong=0.101, place=1, device=OTHER_PIXEL),
        phone("fp32", p50_ms=6.0, device=IPHONE, artifact={"target": "coreml"}, asked="npu", size_bytes=5_000_000),
        phone("w8a8", p50_ms=5.0, device=IPHONE, artifact={"target": "coreml"}, asked="npu", obtained="gpu", place=1,
              verdict="INVALID", verdict_reasons=["npu was asked and gpu obtained"]),
    ]  # fmt: skip


def row_again(row: BenchmarkRow, **changes: Any) -> BenchmarkRow:
    """Return the row of a row's record with changes to its entries."""
    assert row.document is not None
    return row_of(merged(row.document, changes), row.artifact)
