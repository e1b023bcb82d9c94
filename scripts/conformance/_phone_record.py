"""A small record as an app on a phone writes it: the basis for cases of records."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from typing import Any

import numpy as np

from benchmark import intervals, method
from benchmark.yardstick import Reading

_BEST = {"integer_ms": 0.4, "memory_ms": 0.75}
_CONFUSION = [[5000, 120, 3], [90, 900, 0], [0, 0, 0]]  # no label holds the last class
_NAMES = ("background", "upper/lower", "hat~")
_ABSENT = "this system does not say"


def document() -> dict[str, Any]:
    """Return the document of a file that ran on a phone, not yet sealed."""
    turns = [_turn(number) for number in range(5)]
    made: dict[str, Any] = {
        "schema_version": "1.4",
        "seal": "0" * 64,
        "kind": "android",
        "status": "ok",
        "reason": "",
        "run": {
            "id": "0123456789abcdef" * 2,
            "place": 1,
            "files": 2,
            "group": 0,
            "started_at": "2026-01-02T03:04:05.678Z",
            "seed": 4294967295,
        },
        "program": {
            "name": "harness",
            "version": "0.1.0",
            "commit": None,
            "build_type": "release",
            "launch": "app",
            "debugger": False,
        },
        "artifact": {
            "sha256": "a1" * 32,
            "manifest_sha256": "b2" * 32,
            "file": "tiny-w8a8-64x96.tflite",
            "model": "tiny",
            "recipe": "prune:0.3+w8a8",
            "precision": "w8a8",
            "target": "tflite",
            "output": "logits",
            "size_bytes": 65945,
            "input_height_px": 64,
            "input_width_px": 96,
            "checkpoint_sha256": "c3" * 32,
            "split_hash": "df886911c2603b04",
        },
        "runtime": {
            "name": "litert",
            "tool": "com.google.ai.edge.litert",
            "version": "2.3.0",
            "build": "with-gpu",
            "threads_asked": 4,
            "threads": 4,
            "label": "",
            "desktop_version": "2.2.0",
        },
        "device": {
            "maker": "M\u00fcller & S\u00f6hne",
            "model": "\u624b\u673a \U0001f4f1",
            "soc": "SM8650",
            "cpu": None,
            "cpu_features": ["asimd", "fp16"],
            "cores": 8,
            "memory_bytes": 1125899906842624,
            "os": "Android 16",
            "python": None,
            "machine": "arm64",
            "matrix_tiles": None,
            "simulator": False,
            "browser": None,
        },
        "accelerator": {
            "asked": "gpu",
            "obtained": None,
            "nodes": 66,
            "nodes_delegated": 60,
            "fallback": None,
            "arithmetic": "float16",
            "planned": {"cpu": 6, "gpu": 60, "npu": 0},
        },
        "state": {"start": _state("2026-01-02T03:04:05.678Z", 31.5), "end": _state("2026-01-02T03:05:05Z", 36.0)},
        "conditions": {
            "others_before": None,
            "others_during": 0.05,
            "others_after": None,
            "stolen": None,
            "swapped_bytes": None,
        },
        "load": {
            "cold_ms": 512.25,
            "warm_ms": 20.5,
            "first_inference_ms": 31.125,
            "cold_means": "a fresh process",
            "state": "first",
            "compile_ms": 1280.5,
        },
        "memory": {
            "before_bytes": 40_000_000,
            "loaded_bytes": 45_000_000,
            "peak_bytes": 50_000_000,
            "runs": 3,
            "metric": "pss",
        },
        "warm_up_runs": 10,
        "clock": {"step_ms": 0.005},
        "yardstick": {"version": "kotlin-1", "best": {**_BEST, "reached_at": None}},
        "turns": turns,
        "end_to_end": [{"at_s": 60.0, "pre_ms": 12.5, "execute_ms": 8.25, "post_ms": 9.75}],
        "golden": {"status": "passed", "reason": "", "values": 64, "max_abs_error": 0.0625, "tolerance": 0.5},
        "quality": {
            "data": "embedded",
            "split": "test",
            "data_hash": "d4" * 8,
            "classes": list(_NAMES),
            "argmax_agreement": 0.9921875,
            "photos": [{"photo_sha256": "e5" * 32, "label_sha256": "f6" * 32, "confusion": _CONFUSION}],
        },
        "statistics": _statistics(turns),
        "verdict": "UNSTABLE",
        "verdict_reasons": ["5 turns; 12 are wanted"],
        "bundle": {
            "sha256": "07" * 32,
            "job": "fedcba9876543210" * 2,
            "run": 1,
            "photos": [
                {
                    "original_sha256": "e5" * 32,
                    "bundled_sha256": "18" * 32,
                    "map_sha256": "29" * 32,
                    "agreement": 0.998,
                },
                {"original_sha256": "3a" * 32, "bundled_sha256": "3a" * 32, "map_sha256": None, "agreement": None},
            ],
        },
        "unknown": {
            "/program/commit": "the app does not know it",
            "/device/cpu": _ABSENT,
            "/device/python": "no Python drove it",
            "/device/matrix_tiles": "phones have none",
            "/device/browser": "an app ran it, not a page",
            "/accelerator/obtained": _ABSENT,
            "/accelerator/fallback": "what was asked may have run it",
            "/conditions/others_before": _ABSENT,
            "/conditions/others_after": _ABSENT,
            "/conditions/stolen": _ABSENT,
            "/conditions/swapped_bytes": _ABSENT,
            "/state/start/load_1min": _ABSENT,
            "/state/end/load_1min": _ABSENT,
            "/state/start/governor": _ABSENT,
            "/state/end/governor": _ABSENT,
            "/turns/*/others_ms": _ABSENT,
            "/turns/*/stolen_ms": "no host steals",
            "/turns/*/device/power": _ABSENT,
            "/turns/3/device/cores": "its threads were gone",
            "/turns/3/device/frequency_share": "its threads were gone",
            "/turns/3/cpu_ms": "the clock was not read",
            "/yardstick/best/reached_at": "it was measured for this run",
            "/bundle/photos/*/map_sha256": "it was not run",
            "/bundle/photos/1/agreement": "it was not run",
        },
    }
    made["unknown"] |= {f"/statistics/{k}": "too few" for k, v in made["statistics"].items() if v is None}
    made["unknown"]["/statistics/iou/hat~0"] = "no label is of this class"
    return made


def without_result() -> dict[str, Any]:
    """Return the document of a file that could not run."""
    absent = ("load", "memory", "golden", "quality", "statistics", "verdict", "yardstick", "accelerator", "conditions")
    made = {**document(), "status": "failed", "reason": "loading: out of memory", "turns": [], "end_to_end": []}
    made |= {**dict.fromkeys(absent), "verdict_reasons": []}
    gone = (*absent, "turns")
    made["unknown"] = {k: v for k, v in made["unknown"].items() if k.split("/")[1] not in gone}
    made["unknown"] |= {f"/{name}": "it did not run" for name in absent}
    return made


def sealed(content: dict[str, Any], indent: int | None = None) -> str:
    """Seal any content, as a program would that does not check what it writes."""
    separators = None if indent else (",", ":")
    first = {"schema_version": content.get("schema_version"), "seal": "0" * 64}
    text = json.dumps({**first, **content, "seal": "0" * 64}, ensure_ascii=False, indent=indent, separators=separators)
    return text.replace("0" * 64, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), 1)


def _turn(number: int) -> dict[str, Any]:
    execute_ms = [8.25 + 0.125 * number, 8.375]
    wall_ms = sum(execute_ms) + 0.75
    return {
        "number": number,
        "started_s": 1.5 * number,
        "before": dict(_BEST),
        "after": dict(_BEST),
        "wall_ms": wall_ms,
        "cpu_ms": None if number == 3 else 4 * wall_ms,
        "waited_ms": 0.0625,
        "others_ms": None,
        "stolen_ms": None,
        "switches": number,
        "batch": 1,
        "at_ms": [0.25, execute_ms[0] + 0.5],
        "pre_ms": [0.125, 0.125],
        "execute_ms": execute_ms,
        "post_ms": [0.0625, 0.0625],
        "device": _looked_at(number),
    }


def _looked_at(number: int) -> dict[str, Any]:
    """Return the state of the device in a turn; in one of them its cores are not known."""
    is_known = number != 3
    return {
        "battery_c": 31.5 + number / 4,
        "power": None,
        "thermal": "",
        "cores": [4, 7] if is_known else None,
        "frequency_share": [0.5, 1.0] if is_known else None,
        "foreground": True,
    }


def _state(at: str, battery_c: float) -> dict[str, Any]:
    return {
        "at": at,
        "power": "battery",
        "battery_c": battery_c,
        "thermal": "",
        "low_power": False,
        "foreground": True,
        "busy_cores": 0.5,
        "load_1min": None,
        "frequency_share": 0.875,
        "governor": None,
    }


def _statistics(turns: list[dict[str, Any]]) -> dict[str, Any]:
    left = {"batch", "pre_ms", "post_ms", "device"}
    taken = []
    for turn in turns:
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in turn.items() if k not in left}
        readings = {when: Reading(**turn[when]) for when in ("before", "after")}
        taken.append(method.Turn(**{**values, **readings}))
    found = {k: _rounded(v) for k, v in dataclasses.asdict(method.statistics_of(taken, Reading(**_BEST), 4)).items()}
    matrix = np.array(_CONFUSION)
    scores = dict(zip(_NAMES, map(_rounded, intervals.iou(matrix)), strict=True))
    miou = {"miou": _rounded(intervals.miou(matrix)), "miou_low": None, "miou_high": None}
    return {**found, "end_to_end_ms": 30.5, **miou, "iou": scores}


def _rounded(value: Any) -> Any:
    """Round so that differences between machines in the last digit do not show."""
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 6)
    return value
