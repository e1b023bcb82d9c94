"""The precisions of a recipe: the one place that names and explains them."""

from __future__ import annotations

PRECISION_HELP = {
    "fp32": "32-bit floats, as the network was trained",
    "fp16": "weights as 16-bit floats: half the size; Core ML and ONNX compute in 16 bits too",
    "w8": "weights as 8-bit integers with a scale a channel, computed in floats: a quarter of the size",
    "w8dyn": "w8 with activations rounded to 8 bits as they come, by the range of each run: no calibration photos",
    "w8a8": "weights and activations as 8-bit integers, with ranges seen on calibration photos: smallest latency",
    "w8a8:qat": "w8a8 of a network that was trained on with its rounding to 8 bits: a step qat:w8a8, then w8a8",
    "w8a8:mixed": "w8a8 but for the layers that bear it worst: as few stay float as keep the mIoU within --max-drop",
    "w4": "weights as 4-bit integers: an eighth of the size, for networks that bear it",
    "pal8": "every weight is one of 256 values of its layer's palette (Core ML)",
    "pal6": "every weight is one of 64 values of its layer's palette (Core ML)",
    "pal4": "every weight is one of 16 values of its layer's palette (Core ML)",
}
PRECISIONS = tuple(PRECISION_HELP)
PRECISION_STEPS = {"w8a8:qat": ("qat:w8a8",)}  # steps that a precision takes itself, after a recipe's own
MIXED = "w8a8:mixed"

CALIBRATION_HELP = {
    "min-max": "the least and the greatest value seen",
    "histogram": "the range with the least squared error over a histogram",
    "percentile": "the range that holds all but the outermost values",
    "entropy": "the range whose rounded values are the likest in distribution (KL divergence)",
}
CALIBRATION_METHODS = tuple(CALIBRATION_HELP)
