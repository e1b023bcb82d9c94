"""The tensor contract of every target: one photo in, values 0..255 and normalised inside; scores or a class map out.

A network that takes signals beside the photo has a second input for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pocketseg.core.types import ModelSpec, OutputKind, TensorSpec
from pocketseg.data.signals.channels import channel_names, channels

SIGNALS = "signals"  # the second input's name


def photo_tensor(spec: ModelSpec, layout: str, dtype: str = "float32") -> TensorSpec:
    """Return the input `image` of a file: 1,3,H,W (NCHW) or 1,H,W,3 (NHWC); dtype `image` takes a picture itself."""
    sides = (spec.height_px, spec.width_px)
    return TensorSpec(
        name="image",
        shape=(1, 3, *sides) if layout == "NCHW" else (1, *sides, 3),
        layout=layout,
        dtype=dtype,
        value_range=(0.0, 255.0),
        normalization="inside",
    )


def mask_tensor(spec: ModelSpec, output: OutputKind, layout: str, map_dtype: str = "uint8") -> TensorSpec:
    """Return the output of a file: float32 `logits` of C classes in `layout`, or the `classmap` 1,H,W of map_dtype."""
    sides, count = (spec.height_px, spec.width_px), len(spec.classes)
    if output is OutputKind.CLASSMAP:
        return TensorSpec(name="classmap", shape=(1, *sides), layout="NHW", dtype=map_dtype)
    shape = (1, count, *sides) if layout == "NCHW" else (1, *sides, count)
    return TensorSpec(name="logits", shape=shape, layout=layout, dtype="float32")


def signals_tensor(spec: ModelSpec, signals: Sequence[str], layout: str) -> TensorSpec:
    """Return the input `signals` of a file: 1,C,H,W (NCHW) or 1,H,W,C (NHWC), 0 to 1, 0 where absent."""
    sides, count = (spec.height_px, spec.width_px), channels(signals)
    return TensorSpec(
        name=SIGNALS,
        shape=(1, count, *sides) if layout == "NCHW" else (1, *sides, count),
        layout=layout,
        dtype="float32",
        value_range=(0.0, 1.0),
    )


def signals_facts(signals: Sequence[str]) -> dict[str, Any]:
    """Return what a manifest says of the second input: the signals, and each channel's meaning in order."""
    if not signals:
        return {}
    return {"signals": {"input": SIGNALS, "names": list(signals), "channels": list(channel_names(signals))}}
