"""What a manifest's JSON may hold: types and bounds of every entry, checked before anything is built from them.

schema/manifest.schema.json says the same for other programs; the tests run both on the same damaged manifests.
"""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Any

from pocketseg.core._unprintable import UNPRINTABLE
from pocketseg.core.errors import UsageError
from pocketseg.core.types import LARGEST_INPUT_PX, Artifact, OutputKind, Parity, Preprocessing, TensorSpec

MOST_CLASSES = 255  # class maps are 8-bit, and 255 is ignored
MOST_TENSORS = 64
MOST_GOLDEN = 100_000  # output values that a manifest keeps
LARGEST_VALUE = 1e30  # for a number that its unit does not bound
MOST_PHOTOS = 100_000  # photos that a manifest names
MOST_ELEMENTS = LARGEST_INPUT_PX * LARGEST_INPUT_PX * 4  # of one tensor
LONGEST_TEXT = 4096
LONGEST_NAME_BYTES = 255
_DTYPES = ("image", "bool", "float16", "float32", "float64", "int8", "uint8", "int16", "uint16", "int32", "int64")
_TEXTS = ("target", "model", "recipe", "precision", "output", "file", "sha256", "checkpoint_sha256", "split_hash")
_TABLES = ("calibration", "tools", "facts", "golden")
_BYTE_ORDER_MARK = "\ufeff"
_SHA256 = re.compile(r"[0-9a-f]{64}")


def artifact_of(content: Any, version: int) -> Artifact:
    """Return the Artifact that a manifest's JSON value describes. Raises ValueError, KeyError, TypeError."""
    values = dict(_table("it", content))
    if values["schema_version"] != version:
        raise ValueError(f"schema_version {str(values['schema_version'])[:20]}, this version reads {version}")
    extra = sorted(set(values) - {f.name for f in dataclasses.fields(Artifact)})
    if extra:
        raise ValueError(f"unknown entries {', '.join(extra)[:200]}")
    for name in _TEXTS:
        _text(name, values[name])
    for name in _TABLES:
        _table(name, values.get(name, {}))
    _check_file(values["file"])
    if not _SHA256.fullmatch(values["sha256"]):
        raise ValueError("sha256 is not 64 digits in hex")
    if values["output"] not in [kind.value for kind in OutputKind]:
        raise ValueError(f"output is {values['output'][:40]!r}")
    _whole("size_bytes", values["size_bytes"], 0, 1 << 50)
    height, width = (_whole(n, values[n], 1, LARGEST_INPUT_PX) for n in ("input_height_px", "input_width_px"))
    classes = tuple(_name("a class", c) for c in _list("classes", values["classes"], MOST_CLASSES))
    if not classes or len(set(classes)) < len(classes):
        raise ValueError("classes must be names, each once")
    colors = tuple(_color(c) for c in _list("colors_rgb", values["colors_rgb"], MOST_CLASSES))
    if len(colors) != len(classes):
        raise ValueError(f"{len(colors)} colours for {len(classes)} classes")
    inputs = tuple(_tensor(t) for t in _list("inputs", values["inputs"], MOST_TENSORS))
    outputs = tuple(_tensor(t) for t in _list("outputs", values["outputs"], MOST_TENSORS))
    if not inputs or not outputs:
        raise ValueError("inputs and outputs must have a tensor each")
    for given in inputs:
        _check_size(given, height, width)
    _check_signals(inputs, values.get("facts", {}).get("signals"))
    if values["output"] == OutputKind.LOGITS.value:
        _check_channels(outputs[0], len(classes))
    lineage = tuple(_text("a part of lineage", part) for part in _list("lineage", values["lineage"], MOST_TENSORS))
    parts = {"classes": classes, "colors_rgb": colors, "inputs": inputs, "outputs": outputs, "lineage": lineage}
    checked = {"parity": _parity(values["parity"]), "preprocessing": _preprocessing(values["preprocessing"])}
    _check_golden(values.get("golden", {}))
    return Artifact(**{**values, **parts, **checked})


def _check_size(given: TensorSpec, height: int, width: int) -> None:
    """Refuse an input whose size differs from the manifest's own."""
    places = {"NCHW": (2, 3), "NHWC": (1, 2)}.get(given.layout)
    if places is None or len(given.shape) != 4:
        return  # a wrong layout is refused where a photo is encoded
    found = tuple(given.shape[k] for k in places)
    if found != (height, width):
        raise ValueError(
            f"input {given.name} is {found[0]} x {found[1]} px, input_height_px and _width_px say otherwise"
        )


def _check_signals(inputs: tuple[TensorSpec, ...], signals: Any) -> None:
    """Refuse a statement on signals that is not of the second input."""
    if signals is None:
        if len(inputs) > 1:
            raise ValueError(f"it has {len(inputs)} inputs, and no signals say what the second takes")
        return
    names = [_name("a signal", n) for n in _list("names of signals", _table("signals", signals)["names"], MOST_TENSORS)]
    channels = [_name("a channel", c) for c in _list("channels of signals", signals["channels"], MOST_CLASSES)]
    if not names or len(inputs) != 2 or _text("input of signals", signals["input"]) != inputs[1].name:
        raise ValueError("signals must name the second of two inputs")
    if list(dict.fromkeys(channel.partition(".")[0] for channel in channels)) != names:
        raise ValueError("the channels of signals are not those of its names, in their order")
    place = {"NCHW": 1, "NHWC": 3}.get(inputs[1].layout)
    if place is not None and len(inputs[1].shape) == 4 and inputs[1].shape[place] != len(channels):
        raise ValueError(f"input {inputs[1].name} has {inputs[1].shape[place]} channels, not {len(channels)}")


def _check_channels(scores: TensorSpec, classes: int) -> None:
    """Refuse scores with more or fewer channels than class names: all later classes would be misnamed."""
    place = {"NCHW": 1, "NHWC": 3}.get(scores.layout)
    if place is not None and len(scores.shape) == 4 and scores.shape[place] != classes:
        raise ValueError(f"output {scores.name} has {scores.shape[place]} channels, and there are {classes} classes")


def _check_file(file: str) -> None:
    """Refuse anything but a plain name: a manifest names the file beside it."""
    if len(file.encode(errors="replace")) > LONGEST_NAME_BYTES:
        raise ValueError(f"file is a name longer than {LONGEST_NAME_BYTES} bytes")
    if file in ("", ".", "..") or "/" in file or "\\" in file:
        raise ValueError(f"it names a file outside its folder: {file!r}")
    _name("file", file)


def _tensor(content: Any) -> TensorSpec:
    values = dict(_table("a tensor", content))
    shape = tuple(_whole("a side", n, 1, MOST_ELEMENTS) for n in _list("shape", values["shape"], 8))
    if math.prod(shape) > MOST_ELEMENTS:
        raise ValueError(f"a tensor of shape {' x '.join(map(str, shape))} is too large")
    _name("the name of a tensor", values["name"])
    for name in ("layout", "dtype"):
        _text(name, values[name])
    if values["dtype"] not in _DTYPES:
        raise ValueError(f"dtype is {values['dtype'][:40]!r}")
    if values.get("scale") is not None and _number("scale", values["scale"]) <= 0:
        raise ValueError("scale must be above 0")
    if values.get("zero_point") is not None:
        _whole("zero_point", values["zero_point"], -(1 << 31), 1 << 31)
    if values.get("value_range") is not None:
        low, high = (_number("value_range", v) for v in _list("value_range", values["value_range"], 2))
        values["value_range"] = (low, high)
    _text("normalization", values.get("normalization", ""))
    return TensorSpec(**{**values, "shape": shape})


def _preprocessing(content: Any) -> Preprocessing:
    values = dict(_table("preprocessing", content))
    if absent := [f.name for f in dataclasses.fields(Preprocessing) if f.name not in values]:
        raise ValueError(f"preprocessing lacks {', '.join(absent)}")
    for name, count in (("mean_rgb", 3), ("std_rgb", 3), ("value_range", 2)):
        numbers = _list(name, values[name], count)
        if len(numbers) != count:
            raise ValueError(f"{name} of preprocessing has {len(numbers)} numbers, not {count}")
        values[name] = tuple(_number(f"{name} of preprocessing", n) for n in numbers)
    try:
        return Preprocessing(**values)
    except UsageError as error:
        raise ValueError(error.message) from error


def _parity(content: Any) -> Parity:
    values = _table("parity", content)
    for name in ("status", "reason", "source"):
        _text(name, values.get(name, ""))
    _whole("images", values.get("images", 0), 0, 1 << 31)
    for name in ("max_abs_error", "argmax_agreement", "argmax_agreement_garment"):
        if values.get(name) is not None:
            _number(name, values[name])
    digests = _list("digests of parity", values.get("digests", []), MOST_PHOTOS)
    return Parity(**{**values, "digests": tuple(_text("a digest", d) for d in digests)})


def _check_golden(golden: dict[str, Any]) -> None:
    """Refuse golden values that nothing could be compared with; an empty table is allowed."""
    if not golden:
        return
    _text("photo of golden", golden["photo"])
    places = _list("output_indices of golden", golden["output_indices"], MOST_GOLDEN)
    values = _list("output_values of golden", golden["output_values"], MOST_GOLDEN)
    if not places or len(places) != len(values):
        raise ValueError(f"golden has {len(places)} output_indices and {len(values)} output_values")
    for place in places:
        _whole("an output index of golden", place, 0, MOST_ELEMENTS)
    for value in values:
        _number("an output value of golden", value)


def _color(content: Any) -> tuple[int, int, int]:
    red, green, blue = (_whole("a colour", v, 0, 255) for v in _list("a colour", content, 3))
    return red, green, blue


def _table(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{name} must be a table")
    return value


def _list(name: str, value: Any, most: int) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{name} must be a list")
    if len(value) > most:
        raise ValueError(f"{name} has {len(value)} entries, more than {most}")
    return value


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a text")
    if len(value) > LONGEST_TEXT:
        raise ValueError(f"{name} is longer than {LONGEST_TEXT} letters")
    return value


def _name(name: str, value: Any) -> str:
    """Return a text that tables show; one with line breaks or a byte order mark is refused."""
    if not (text := _text(name, value)):
        raise ValueError(f"{name} is empty")
    if UNPRINTABLE.search(text) or _BYTE_ORDER_MARK in text:
        raise ValueError(f"{name} has characters that do not print: {text[:40]!r}")
    return text


def _whole(name: str, value: Any, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number")
    if not least <= value <= most:
        raise ValueError(f"{name} is {str(value)[:20]}, not within {least} to {most}")
    return value


def _number(name: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number")
    if not abs(value) <= LARGEST_VALUE:  # also refuses a whole number of a thousand digits, which does not fit a float
        raise ValueError(f"{name} is {str(value)[:20]}")
    return float(value)
