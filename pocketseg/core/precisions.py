"""The precisions of a recipe: the one place that names and explains them."""

from __future__ import annotations

PRECISION_HELP = {
    "fp32": "32-bit floats, as the network was trained",
    "fp16": "weights as 16-bit floats: half the size; Core ML and ONNX compute in 16 bits too",
    "w8": "weights as 8-bit integers with a scale a channel, computed in floats: a quarter of the size",
    "w8dyn": "w8 with activations rounded to 8 bits as they come, by the range of each run: no calibration photos",
    "w8a8": "weights and activations as 8-bit integers, with ranges seen on calibration photos: smallest latency",
    "w4": "weights as 4-bit integers: an eighth of the size, for networks that bear it",
    "pal8": "every weight is one of 256 values of its layer's palette (Core ML)",
    "pal6": "every weight is one of 64 values of its layer's palette (Core ML)",
    "pal4": "every weight is one of 16 values of its layer's palette (Core ML)",
}
PRECISIONS = tuple(PRECISION_HELP)

CALIBRATION_HELP = {
    "min-max": "the least and the greatest value seen",
    "histogram": "the range with the least squared error over a histogram",
    "percentile": "the range that holds all but the outermost values",
    "entropy": "the range whose rounded values are the likest in distribution (KL divergence)",
}
CALIBRATION_METHODS = tuple(CALIBRATION_HELP)
