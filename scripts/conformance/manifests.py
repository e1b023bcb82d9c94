"""Cases of manifest.json: a valid one for each target, and damaged ones with the error each must cause."""

from __future__ import annotations

import copy
import json
from typing import Any

from pocketseg.core.classes import CLASSES, COLORS_RGB
from pocketseg.core.manifest import SCHEMA_VERSION
from scripts.conformance.arrays import Store

ERRORS = {
    "not-json": "it is no UTF-8 text, or no JSON",
    "other-version": "its schema_version is not 2",
    "missing": "an entry is not there",
    "unknown-entry": "an entry that this version does not know",
    "wrong-type": "a text for a number, a list for a table...",
    "out-of-bounds": "a number, a text or a list is too small or too large",
    "bad-value": "a text is none of those that may stand there, or has not their form",
    "does-not-print": "a name has a control character, a line's end, a byte order mark",
    "file-name": "`file` is no plain name",
    "classes": "a class has a name twice, or no name",
    "colours-not-classes": "colours are not as many as classes",
    "classes-not-channels": "of output `logits`, the first output has more or fewer channels than there are classes",
    "sizes-differ": "an input is not of input_height_px and input_width_px",
    "golden": "golden values are not as many as their places",
}
_HEIGHT, _WIDTH = 64, 96
_RULE = {
    "mean_rgb": [0.485, 0.456, 0.406], "std_rgb": [0.229, 0.224, 0.225], "orientation": "exif", "color_order": "RGB",
    "resize": "stretch", "resampling": "pillow-bilinear", "value_range": [0.0, 255.0],
}  # fmt: skip
_GOLDEN = {
    "photo": "0062.jpg",
    "output_indices": [0, 24575],
    "output_values": [2.5, -1.25],
    "class_pixels": [6000, 144],
}


def cases(store: Store) -> dict[str, Any]:
    """Return the cases."""
    return {
        "about": "conformance/schema/manifest.schema.json, and conformance/README.md for what no schema says",
        "errors": ERRORS,
        "cases": [{"name": name, "manifest": manifest} for name, manifest in valid().items()],
        "refused": [
            *({"name": name, "manifest": manifest, "error": error} for name, manifest, error in damaged()),
            *({"name": name, "bytes": data.hex(), "error": error} for name, data, error in _no_json()),
        ],
    }


def valid() -> dict[str, dict[str, Any]]:
    """Return a manifest for each target, as an export writes it."""
    planes, pixels = [1, 4, _HEIGHT, _WIDTH], [1, _HEIGHT, _WIDTH, 4]
    return {
        "tflite": _manifest("tflite", ".tflite", _input("NHWC"), _tensor("logits", pixels, "NHWC")),
        "onnx": _manifest("onnx", ".onnx", _input("NCHW"), _tensor("logits", planes, "NCHW")),
        "executorch": _manifest("executorch", ".pte", _input("NCHW"), _tensor("logits", planes, "NCHW")),
        "torchmobile": _manifest("torchmobile", ".ptl", _input("NCHW"), _tensor("logits", planes, "NCHW")),
        "coreml": _manifest("coreml", ".mlpackage", _input("NHWC", "image"), _tensor("logits", planes, "NCHW")),
        "class-map": _manifest(
            "onnx",
            ".onnx",
            _input("NCHW"),
            _tensor("classmap", [1, _HEIGHT, _WIDTH], "NHW", "uint8"),
            output="classmap",
            golden={},
        ),
        "quantised": _manifest(
            "tflite",
            ".tflite",
            {**_input("NHWC", "int8"), "scale": 1.0, "zero_point": -128},
            {**_tensor("logits", pixels, "NHWC", "int8"), "scale": 0.07, "zero_point": -23},
            precision="w8a8",
            recipe="prune:0.3+w8a8",
        ),
        "defaults-left-out": _without_defaults(),
        "names-in-any-script": _manifest(
            "onnx",
            ".onnx",
            _input("NCHW"),
            _tensor("\u51fa\u529b", planes, "NCHW"),
            classes=["Hintergrund", "\u4e0a\u8863", "\u0442\u0435\u043b\u043e", '\U0001f457 it\'s "full"'],
        ),
    }


def _without_defaults() -> dict[str, Any]:
    found = _manifest("onnx", ".onnx", _input("NCHW"), _tensor("logits", [1, 4, _HEIGHT, _WIDTH], "NCHW"))
    for name in ("facts", "golden"):
        del found[name]
    for name in ("scale", "zero_point", "value_range", "normalization"):
        del found["outputs"][0][name]
    found["parity"] = {"status": "not measured here"}
    return found


def _manifest(
    target: str, suffix: str, given: dict[str, Any], given_back: dict[str, Any], **more: Any
) -> dict[str, Any]:
    return {
        "target": target,
        "model": "tiny",
        "recipe": "fp32",
        "precision": "fp32",
        "output": "logits",
        "file": f"tiny-fp32-{_HEIGHT}x{_WIDTH}{suffix}",
        "sha256": "5f" * 32,
        "size_bytes": 65945,
        "input_height_px": _HEIGHT,
        "input_width_px": _WIDTH,
        "preprocessing": _RULE,
        "inputs": [given],
        "outputs": [given_back],
        "classes": list(CLASSES),
        "colors_rgb": [list(color) for color in COLORS_RGB],
        "checkpoint_sha256": "c3" * 32,
        "lineage": ["tiny@c3c3c3c3c3c3c3c3", f"{target}:fp32"],
        "split_hash": "df886911c2603b04",
        "calibration": {},
        "parity": {
            "status": "measured",
            "reason": "",
            "source": "embedded training photos",
            "digests": ["e8" * 16],
            "images": 1,
            "max_abs_error": 7.62939453125e-06,
            "argmax_agreement": 1.0,
            "argmax_agreement_garment": None,
        },
        "tools": {"torch": "2.13.0"},
        "facts": {"parameters": 1370820},
        "golden": _GOLDEN,
        "schema_version": SCHEMA_VERSION,
        **more,
    }


def _input(layout: str, dtype: str = "float32") -> dict[str, Any]:
    shape = [1, 3, _HEIGHT, _WIDTH] if layout == "NCHW" else [1, _HEIGHT, _WIDTH, 3]
    return {**_tensor("image", shape, layout, dtype), "value_range": [0.0, 255.0], "normalization": "inside"}


def _tensor(name: str, shape: list[int], layout: str, dtype: str = "float32") -> dict[str, Any]:
    return {
        "name": name, "shape": shape, "layout": layout, "dtype": dtype, "scale": None, "zero_point": None,
        "value_range": None, "normalization": "none",
    }  # fmt: skip


# ---- damaged ---------------------------------------------------------------------------------------------------------


def damaged() -> list[tuple[str, Any, str]]:
    """Return damaged manifests, each with one thing wrong: name, value, error."""
    names = list(CLASSES)
    colors = [list(color) for color in COLORS_RGB]
    return [
        ("a-list", [], "wrong-type"),
        ("null", None, "wrong-type"),
        ("a-number", 2, "wrong-type"),
        *(
            _changed(*change)
            for change in (
                ("version-1", "/schema_version", 1, "other-version"),
                ("version-3", "/schema_version", 3, "other-version"),
                ("version-as-text", "/schema_version", "2", "other-version"),
                ("no-version", "/schema_version", ..., "missing"),
                ("no-hash", "/sha256", ..., "missing"),
                ("no-outputs", "/outputs", ..., "missing"),
                ("no-parity-status", "/parity/status", ..., "missing"),
                ("no-resampling", "/preprocessing/resampling", ..., "missing"),
                ("no-shape", "/inputs/0/shape", ..., "missing"),
                ("no-golden-photo", "/golden/photo", ..., "missing"),
                ("an-entry-more", "/zoom", 1, "unknown-entry"),
                ("a-tensor-entry-more", "/inputs/0/axis", 1, "unknown-entry"),
                ("a-rule-more", "/preprocessing/crop", 1, "unknown-entry"),
                ("parity-more", "/parity/psnr", 1, "unknown-entry"),
                ("a-number-as-file", "/file", 3, "wrong-type"),
                ("a-text-as-size", "/size_bytes", "9", "wrong-type"),
                ("half-a-byte", "/size_bytes", 9.5, "wrong-type"),
                ("true-as-height", "/input_height_px", True, "wrong-type"),
                ("a-table-as-classes", "/classes", {"0": "a"}, "wrong-type"),
                ("a-list-as-tools", "/tools", [], "wrong-type"),
                ("null-as-model", "/model", None, "wrong-type"),
                ("a-text-in-a-shape", "/inputs/0/shape", ["1"], "wrong-type"),
                ("a-text-as-mean", "/preprocessing/mean_rgb", ["a", 0, 0], "wrong-type"),
                ("golden-texts", "/golden/output_values", ["a", "b"], "wrong-type"),
                ("size-below-0", "/size_bytes", -1, "out-of-bounds"),
                ("height-0", "/input_height_px", 0, "out-of-bounds"),
                ("height-8193", "/input_height_px", 8193, "out-of-bounds"),
                ("side-0", "/inputs/0/shape/1", 0, "out-of-bounds"),
                ("nine-axes", "/outputs/0/shape", [1] * 9, "out-of-bounds"),
                ("no-input", "/inputs", [], "out-of-bounds"),
                ("too-large-a-tensor", "/outputs/0/shape", [1, 4, 16384, 16384], "out-of-bounds"),
                ("scale-0", "/outputs/0/scale", 0, "out-of-bounds"),
                ("scale-below-0", "/outputs/0/scale", -0.5, "out-of-bounds"),
                ("a-scale-of-400-digits", "/outputs/0/scale", 10**400, "out-of-bounds"),
                ("two-means", "/preprocessing/mean_rgb", [0.5, 0.5], "out-of-bounds"),
                ("a-deviation-of-0", "/preprocessing/std_rgb", [0.5, 0, 0.5], "out-of-bounds"),
                ("a-model-of-5000-letters", "/model", "m" * 5000, "out-of-bounds"),
                ("256-classes", "/classes", [f"c{k}" for k in range(256)], "out-of-bounds"),
                ("a-golden-place-below-0", "/golden/output_indices", [0, -1], "out-of-bounds"),
                ("a-golden-value-of-1e308", "/golden/output_values", [1e308, 0], "out-of-bounds"),
                ("a-colour-of-256", "/colors_rgb/1", [0, 256, 0], "out-of-bounds"),
                ("half-a-hash", "/sha256", "5f" * 16, "bad-value"),
                ("capitals-in-a-hash", "/sha256", "5F" * 32, "bad-value"),
                ("another-output", "/output", "heatmap", "bad-value"),
                ("another-dtype", "/inputs/0/dtype", "f4", "bad-value"),
                ("another-resampling", "/preprocessing/resampling", "opencv", "bad-value"),
                ("not-turned", "/preprocessing/orientation", "none", "bad-value"),
                ("another-range", "/preprocessing/value_range", [0, 1], "bad-value"),
                ("bgr", "/preprocessing/color_order", "BGR", "bad-value"),
                ("crlf-in-a-class", "/classes/1", "upper\r", "does-not-print"),
                ("a-line-in-a-class", "/classes/3", "a\nb", "does-not-print"),
                ("a-byte-order-mark", "/classes/0", "\ufeffbackground", "does-not-print"),
                ("turned-text", "/classes/2", "a\u202eb", "does-not-print"),
                ("a-bell-in-a-file", "/file", "a\x07.onnx", "does-not-print"),
                ("an-escape-in-a-tensor", "/outputs/0/name", "\x1b[2J", "does-not-print"),
                ("folder-above", "/file", "../net.onnx", "file-name"),
                ("a-path", "/file", "/etc/passwd", "file-name"),
                ("backslash", "/file", "..\\net.onnx", "file-name"),
                ("dots", "/file", "..", "file-name"),
                ("no-file-name", "/file", "", "file-name"),
                ("a-class-twice", "/classes/2", names[1], "classes"),
                ("no-classes", "/classes", [], "classes"),
                ("a-class-without-a-name", "/classes/1", "", "classes"),
                ("a-colour-less", "/colors_rgb", colors[:3], "colours-not-classes"),
                ("a-colour-more", "/colors_rgb", [*colors, [1, 2, 3]], "colours-not-classes"),
                ("an-input-turned", "/inputs/0/shape", [1, 3, _WIDTH, _HEIGHT], "sizes-differ"),
                ("another-height", "/input_height_px", 65, "sizes-differ"),
                ("a-golden-value-less", "/golden/output_values", [2.5], "golden"),
            )
        ),
        _labels("a-class-less", names[:3], colors[:3]),
        _labels("a-class-more", [*names, "hat"], [*colors, [1, 2, 3]]),
        _labels("without-background", names[1:], colors[1:]),
        _labels("an-empty-last-line", [*names, " "], [*colors, [0, 0, 0]]),
    ]


def _labels(name: str, classes: list[str], colors: list[list[int]]) -> tuple[str, Any, str]:
    return name, {**valid()["onnx"], "classes": classes, "colors_rgb": colors}, "classes-not-channels"


def _changed(name: str, pointer: str, value: Any, error: str) -> tuple[str, Any, str]:
    found: Any = (made := copy.deepcopy(valid()["onnx"]))
    *steps, last = [int(step) if step.isdigit() else step for step in pointer.strip("/").split("/")]
    for step in steps:
        found = found[step]
    if value is ...:
        del found[last]
    else:
        found[last] = value
    return name, made, error


def _no_json() -> list[tuple[str, bytes, str]]:
    whole = json.dumps(valid()["onnx"]).encode()
    long = b"0." + b"1" * 4299
    return [
        ("empty", b"", "not-json"),
        ("cut-short", whole[:100], "not-json"),
        ("two-documents", b"{} {}", "not-json"),
        ("not-utf-8", b"\xff\xfe{}", "not-json"),
        ("not-a-number", b'{"schema_version": NaN}', "not-json"),
        ("a-fact-of-4301-characters", whole.replace(b"1370820", long, 1), "not-json"),
        ("a-fact-of-1e999", whole.replace(b"1370820", b"1e999", 1), "out-of-bounds"),
        ("a-scale-of-1e999", whole.replace(b'"scale": null', b'"scale": 1e999', 1), "out-of-bounds"),
        ("classes-after-1e400", whole.replace(b'"classes": ', b'"classes": -1e400, "classes": ', 1), "out-of-bounds"),
    ]
