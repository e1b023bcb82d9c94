"""A small handmade bundle: one file that is not a network, two photos that are not photos, one of them
without a label.
"""

from __future__ import annotations

import copy
import hashlib
import json
from typing import Any

import numpy as np

from pocketseg.core import runs
from scripts.conformance import manifests
from scripts.conformance.arrays import packed
from scripts.conformance.pictures import noise

_PHOTOS = ((9, 14), (17, 5))  # height and width of each
_HEIGHT, _WIDTH = 6, 10  # of the input
_CLASSES = ["background", "upper", "lower", "full"]
COLORS = [[0, 0, 0], [230, 85, 60], [50, 120, 220], [60, 170, 90]]
Content = dict[str, Any]


def whole() -> tuple[Content, dict[str, bytes]]:
    """Return a small bundle: bundle.json, and the other files by name. It has one file and two photos, one without a
    label.
    """
    model, network = noise("model", 100).tobytes(), "c3" * 32
    maps = {f"{what}/0/{k}.runs": noise(f"{what}{k}", *size) // 86 for what in ("golden", "networks") for k, size in
            enumerate(_PHOTOS)}  # fmt: skip
    label = np.where(noise("void", *_PHOTOS[0]) < 30, 255, noise("label", *_PHOTOS[0]) // 64).astype(np.uint8)
    files: dict[str, bytes] = {
        "artifacts/0/manifest.json": json.dumps(_manifest(model)).encode(), "artifacts/0/model.onnx": model,
        "inputs/6x10.rgb": noise("inputs", 2, _HEIGHT, _WIDTH, 3).tobytes(), "photos/0.jpg": b"not really a photo",
        "photos/1.png": b"nor is this", "labels/0.runs": runs.encode(label),
        **{name: runs.encode(found) for name, found in maps.items()},
    }  # fmt: skip
    label_sha = hashlib.sha256(f"{_PHOTOS[0][0]}x{_PHOTOS[0][1]}:".encode() + packed(label)).hexdigest()
    document: Content = {
        "schema_version": "1.0",
        "name": "two photos",
        "made_by": {"name": "pocketseg", "version": "0.1.0"},
        "job": {
            "runs": [
                {"artifact": 0, "accelerator": "cpu", "threads": 4},
                {"artifact": 0, "accelerator": "gpu", "threads": 1},
            ],
            "seed": 7,
            "passes": 5,
            "limits": {"run_s": 60, "total_s": 3600, "max_temp_c": 41.5},
        },
        "data": {"name": "embedded", "split": "test", "hash": "df886911c2603b04"},
        "classes": _CLASSES,
        "colors_rgb": COLORS,
        "artifacts": [
            {
                "name": "tiny-fp32-6x10.onnx",
                "file": "artifacts/0/model.onnx",
                "manifest": "artifacts/0/manifest.json",
                "target": "onnx",
                "runtime": "ort",
                "sha256": hashlib.sha256(model).hexdigest(),
                "size_bytes": len(model),
                "height_px": _HEIGHT,
                "width_px": _WIDTH,
                "input": 0,
                "network": 0,
            }
        ],
        "inputs": [{"file": "inputs/6x10.rgb", "height_px": _HEIGHT, "width_px": _WIDTH}],
        "networks": [{"model": "tiny", "checkpoint_sha256": network, "height_px": _HEIGHT, "width_px": _WIDTH}],
        "photos": [
            {
                "file": "photos/0.jpg",
                "original_sha256": "a1" * 32,
                "bundled_sha256": sha(files["photos/0.jpg"]),
                "height_px": 9,
                "width_px": 14,
                "label": "labels/0.runs",
                "label_sha256": label_sha,
            },
            {
                "file": "photos/1.png",
                "original_sha256": "b2" * 32,
                "bundled_sha256": sha(files["photos/1.png"]),
                "height_px": 17,
                "width_px": 5,
                "label": None,
                "label_sha256": None,
            },
        ],
        "golden": [
            {
                "maps": ["golden/0/0.runs", "golden/0/1.runs"],
                "network_maps": ["networks/0/0.runs", "networks/0/1.runs"],
                "least_network_agreement": 0.999,
                "arithmetic": "float32",
                "allowed": {"float32": [0.01, 0.125], "float16": [0.0625, 0.25], "int8": [0.5, 0.75]},
            }
        ],
        "files": listed(files),
    }
    return document, files


def _manifest(model: bytes) -> Content:
    found = copy.deepcopy(manifests.valid()["onnx"])
    found |= {
        "sha256": sha(model),
        "size_bytes": len(model),
        "input_height_px": _HEIGHT,
        "input_width_px": _WIDTH,
        "golden": {},
        "file": "tiny-fp32-6x10.onnx",
        "classes": _CLASSES,
        "colors_rgb": COLORS,
    }
    found["inputs"][0]["shape"], found["outputs"][0]["shape"] = [1, 3, _HEIGHT, _WIDTH], [1, 4, _HEIGHT, _WIDTH]
    return found


def listed(files: dict[str, bytes]) -> list[Content]:
    """Return files as bundle.json lists them."""
    return [{"name": name, "sha256": sha(files[name]), "size_bytes": len(files[name])} for name in sorted(files)]


def sha(data: bytes) -> str:
    """Return a SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()
