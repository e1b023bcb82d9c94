"""Valid records, for the tests of the code that writes, reads, judges and shows them."""

from __future__ import annotations

import copy
import random
from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmark import intervals, method
from benchmark.yardstick import Reading

RUN = "0123456789abcdef" * 2
STARTED = "2026-01-02T03:04:05.678Z"
CLASSES = ("background", "mug")
BEST = {"integer_ms": 0.3, "memory_ms": 0.5}
_NO_PHONE = "this computer does not say"


def document(
    *, p50_ms: float = 4.0, run: str = RUN, place: int = 0, files: int = 2, turns: int = 20, runs: int = 8,
    photos: int = 12, wrong: float = 0.1, seed: int = 0, **changes: Any,
) -> dict[str, Any]:  # fmt: skip
    """Return a whole document of kind `host`, VALID, whose seal is 64 zeros, with `changes` to its entries.

    p50_ms: about what its runs take, in `turns` turns of `runs` runs. wrong: share of the pixels of its `photos` photos
    that get another class. seed: of the scatter of both. changes: values by name; a table is merged into the existing
    one: `artifact={"model": "u2net"}`.
    """
    chance = random.Random(f"{seed} {p50_ms} {wrong}")
    taken = [_turn(number, p50_ms, runs, chance) for number in range(turns)]
    scored = [_photo(number, wrong, chance) for number in range(photos)]
    made: dict[str, Any] = {
        "schema_version": "1.0", "seal": "0" * 64, "kind": "host", "status": "ok", "reason": "",
        "run": {"id": run, "place": place, "files": files, "started_at": STARTED, "seed": 0},
        "program": {"name": "pocketseg", "version": "0.1.0", "commit": None, "build_type": "release"},
        "artifact": {
            "sha256": "a" * 64, "manifest_sha256": "b" * 64, "file": "m-fp32.tflite", "model": "m", "recipe": "fp32",
            "precision": "fp32", "target": "tflite", "output": "classmap", "size_bytes": 2_000_000,
            "input_height_px": 64, "input_width_px": 64, "checkpoint_sha256": "c" * 64, "split_hash": "",
        },
        "runtime": {
            "name": "litert", "tool": "ai-edge-litert", "version": "2.3.0", "threads_asked": 1, "threads": 1,
            "label": "",
        },
        "device": {
            "maker": None, "model": None, "soc": None, "cpu": "A", "cpu_features": ["avx2", "sse2"], "cores": 2,
            "memory_bytes": 8 << 30, "os": "Linux", "python": "3.11.9", "machine": "x86_64", "matrix_tiles": "none",
        },
        "accelerator": {"asked": "cpu", "obtained": "cpu", "nodes": None, "nodes_delegated": None, "fallback": None},
        "state": {"start": _state(STARTED), "end": _state("2026-01-02T03:05:05Z")},
        "conditions": {
            "others_before": 0.02, "others_during": 0.01, "others_after": 0.02, "stolen": 0.0, "swapped_bytes": 0,
        },
        "load": {
            "cold_ms": 9.0, "warm_ms": 5.0, "first_inference_ms": p50_ms * 2, "cold_means": "the file was in no cache",
        },
        "memory": {"before_bytes": 40_000_000, "loaded_bytes": 45_000_000, "peak_bytes": 50_000_000, "runs": 3},
        "warm_up_runs": 50,
        "yardstick": {"version": "python-1", "best": {**BEST, "reached_at": STARTED}},
        "turns": taken,
        "end_to_end": [
            {"at_s": 60.0 + k, "pre_ms": 2.0, "execute_ms": p50_ms, "post_ms": 1.0 + k / 10} for k in range(5)
        ],
        "golden": {"status": "passed", "reason": "", "values": 64, "max_abs_error": 0.0, "tolerance": 0.001},
        "quality": {
            "data": "embedded", "split": "test", "data_hash": "d" * 16, "classes": list(CLASSES), "photos": scored,
            "argmax_agreement": 0.99,
        },
        "statistics": {**_times(taken), "end_to_end_ms": p50_ms + 3.2, **_scores(scored)},
        "verdict": "VALID", "verdict_reasons": [],
        "unknown": {
            "/program/commit": "it was installed from a wheel", "/device/maker": _NO_PHONE, "/device/model": _NO_PHONE,
            "/device/soc": _NO_PHONE, "/accelerator/nodes": "the processor delegates nothing",
            "/accelerator/nodes_delegated": "the processor delegates nothing",
            "/accelerator/fallback": "what was asked was obtained",
            **{f"/state/{when}/{name}": _NO_PHONE for when in ("start", "end") for name in (
                "battery_c", "thermal", "low_power", "foreground", "frequency_share",
            )},
            "/turns/*/pre_ms": "the input was made before", "/turns/*/post_ms": "the output was read at once",
        },
    }  # fmt: skip
    _explain(made)
    return merged(made, changes)


def without_result(status: str = "failed", reason: str = "timing: it crashed", **changes: Any) -> dict[str, Any]:
    """Return the document of a file that was refused or failed."""
    absent = ("load", "memory", "golden", "quality", "statistics", "verdict")
    made = {
        **document(), "status": status, "reason": reason, "turns": [], "end_to_end": [], **dict.fromkeys(absent),
    }  # fmt: skip
    kept = {k: v for k, v in made["unknown"].items() if k.split("/")[1] not in (*absent, "turns")}
    made["unknown"] = {**kept, **{f"/{name}": "it was not measured" for name in absent}}
    return merged(made, changes)


def merged(made: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a document with changes merged into its tables."""
    found = copy.deepcopy(dict(made))
    for name, value in changes.items():
        both = isinstance(value, Mapping) and isinstance(found.get(name), dict)
        found[name] = merged(found[name], value) if both else copy.deepcopy(value)
    return found


def _turn(number: int, p50_ms: float, runs: int, chance: random.Random) -> dict[str, Any]:
    execute_ms = [round(p50_ms * chance.uniform(0.99, 1.01), 4) for _ in range(runs)]
    ends = np.cumsum(execute_ms)
    return {
        "number": number, "started_s": float(number), "before": dict(BEST), "after": dict(BEST),
        "wall_ms": round(float(ends[-1]), 4), "cpu_ms": round(float(ends[-1]), 4), "waited_ms": 0.0, "others_ms": 0.0,
        "stolen_ms": 0.0, "switches": 0, "batch": 1, "at_ms": [round(float(ends[k] - execute_ms[k]), 4) for k in
        range(runs)], "pre_ms": None, "execute_ms": execute_ms, "post_ms": None,
    }  # fmt: skip


def _photo(number: int, wrong: float, chance: random.Random) -> dict[str, Any]:
    missed, added = (round(1000 * wrong * chance.uniform(0.5, 1.5)) for _ in range(2))
    return {
        "photo_sha256": f"{number:064x}", "label_sha256": f"{number + 1000:064x}",
        "confusion": [[3000 - added, added], [missed, 1000 - missed]],
    }  # fmt: skip


def _state(at: str) -> dict[str, Any]:
    return {
        "at": at, "power": "mains", "battery_c": None, "thermal": None, "low_power": None, "foreground": None,
        "busy_cores": 0.02, "load_1min": 0.1, "frequency_share": None, "governor": "",
    }  # fmt: skip


def _times(taken: list[dict[str, Any]]) -> dict[str, Any]:
    left = {"batch", "pre_ms", "post_ms"}
    turns = [
        method.Turn(**{
            **{k: tuple(v) if isinstance(v, list) else v for k, v in turn.items() if k not in left},
            "before": Reading(**turn["before"]), "after": Reading(**turn["after"]),
        })
        for turn in taken
    ]  # fmt: skip
    found = method.statistics_of(turns, Reading(**BEST), 1, 0.0)
    return {name: getattr(found, name) for name in method.Statistics.__dataclass_fields__}


def _scores(scored: list[dict[str, Any]]) -> dict[str, Any]:
    if not scored:
        return {"miou": None, "miou_low": None, "miou_high": None, "iou": None}
    all_photos = np.array([photo["confusion"] for photo in scored])
    low, high = (None if np.isnan(v) else v for v in intervals.miou_interval(all_photos))
    total = all_photos.sum(0)
    union = total.sum(0) + total.sum(1) - total.diagonal()
    iou = {name: float(total[k, k] / union[k]) for k, name in enumerate(CLASSES)}
    return {"miou": intervals.miou(total), "miou_low": low, "miou_high": high, "iou": iou}


def _explain(made: dict[str, Any]) -> None:
    """Add a reason for each statistic that is null."""
    for name, value in made["statistics"].items():
        if value is None:
            made["unknown"][f"/statistics/{name}"] = "there are too few samples"
