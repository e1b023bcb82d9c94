"""The precisions of a recipe: the only place that names and explains them."""

from __future__ import annotations

import re

from pocketseg.core.errors import UnknownNameError

PRECISION_HELP = {
    "fp32": "32-bit floats, as the network was trained",
    "fp16": "weights as 16-bit floats: half the size; Core ML and ONNX compute in 16 bits too",
    "w8": "weights as 8-bit integers with one scale per channel, computed in floats: a quarter of the size",
    "w8dyn": "w8 with activations rounded to 8 bits at run time, by the range of each run: no calibration photos",
    "w8a8": "weights and activations as 8-bit integers, with ranges seen on calibration photos: smallest latency",
    "w8a8:qat": "w8a8 for a network that was trained further with simulated 8-bit rounding: a step qat:w8a8, then w8a8",
    "w8a8:mixed": "w8a8 except for the layers that suffer most: as few stay float as keep mIoU within --max-drop",
    "w4": "weights as 4-bit integers: an eighth of the size, for networks that tolerate it",
    "pal8": "every weight is one of 256 values of its layer's palette (Core ML)",
    "pal6": "every weight is one of 64 values of its layer's palette (Core ML)",
    "pal4": "every weight is one of 16 values of its layer's palette (Core ML)",
}
PRECISIONS = tuple(PRECISION_HELP)
PRECISION_STEPS = {"w8a8:qat": ("qat:w8a8",)}  # steps that a precision runs itself, after a recipe's own
MIXED = "w8a8:mixed"

CALIBRATION_HELP = {
    "min-max": "the least and the greatest value seen",
    "histogram": "the range with the least squared error over a histogram",
    "percentile": "the range that holds all but the outermost values",
    "entropy": "the range whose rounded values are closest in distribution (KL divergence)",
}
CALIBRATION_METHODS = tuple(CALIBRATION_HELP)

# names that other tools use, reduced to letters and digits: our name, and what it is
_FOREIGN = (
    ("int8 i8 uint8 u8 8bit qint8 quint8 static int8static staticint8 fullint8 fullinteger integer ptq a8w8 w8a8static "
     "wi8ai8 staticwi8ai8 quant quantized quantised",
     "w8a8", "w8a8 is static: 8-bit weights and activations, with calibration photos; w8 is only 8-bit weights"),
    ("dynamic int8dynamic dynamicint8 dyn drq dynamicrange w8a8dynamic w8a8dyn dynamicwi8afp32",
     "w8dyn", "w8dyn is 8-bit weights, with activations rounded at run time"),
    ("weightonly int8weightonly weightonlyint8 int8wo woq w8a16 w8a32 w8only weightonlywi8afp32",
     "w8", "w8 is 8-bit weights, computed in floats"),
    ("int4 i4 uint4 4bit w4a16 w4a32 w4a8 int4weightonly int4wo nf4 fp4 q4 gptq awq",
     "w4", "w4 is 4-bit weights, computed in floats"),
    ("float16 half f16 16bit halfprecision mixedprecision", "fp16", "fp16 is 16-bit floats"),
    ("bf16 bfloat16", "fp16", "no target here takes bfloat16; fp16 is the other 16-bit float"),
    ("fp8 float8 f8 e4m3 e5m2", "w8a8", "no target here takes 8-bit floats; w8a8 is 8-bit integers"),
    ("float32 f32 float full fullprecision 32bit single none fp64 float64 double", "fp32", "fp32 is 32-bit floats"),
    ("qat int8qat qatint8 w8a8qat", "w8a8:qat", "w8a8:qat is trained further with simulated 8-bit rounding"),
    ("mixed w8a8mixed", "w8a8:mixed", "w8a8:mixed is w8a8 except for the layers that suffer most from it"),
    ("palette palettized palettised kmeans lut", "pal8", "pal8, pal6 and pal4 are palettes of weights"),
)  # fmt: skip


def meant_by(name: str) -> tuple[str, str] | None:
    """Return our precision for another tool's name, and what it is; None for an unknown name."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    found = [(ours, what) for theirs, ours, what in _FOREIGN if plain in theirs.split()]
    return found[0] if found and name not in PRECISIONS else None


def unknown_precision(name: str) -> UnknownNameError:
    """Return the error for an unknown precision; it names ours where the name is another tool's."""
    ours, what = meant_by(name) or ("", "")
    return UnknownNameError("precision", name, PRECISIONS, meant=ours, hint=what)
