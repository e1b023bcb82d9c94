"""The operations of ML Programs, iOS 15 to 18: one small function each, registered by its name in MIL.

A function takes the operation's Arguments and returns its results, in float32 where they are floats. Semantics are
those of coremltools' documentation (coremltools/converters/mil/mil/ops/defs). Other operations are not supported.
"""

from __future__ import annotations

from pocketseg.mlprogram.arguments import Operation
from pocketseg.mlprogram.operations import (
    activation,
    attention,
    convolution,
    elementwise,
    indexing,
    layout,
    normalization,
    pooling,
    quantization,
    reduction,
    resizing,
)

OPERATIONS: dict[str, Operation] = {
    **activation.OPERATIONS,
    **attention.OPERATIONS,
    **convolution.OPERATIONS,
    **elementwise.OPERATIONS,
    **indexing.OPERATIONS,
    **layout.OPERATIONS,
    **normalization.OPERATIONS,
    **pooling.OPERATIONS,
    **quantization.OPERATIONS,
    **reduction.OPERATIONS,
    **resizing.OPERATIONS,
}

# return only values that they were given, so that rounding their results again would change nothing
EXACT = frozenset({
    "concat", "depth_to_space", "expand_dims", "flatten2d", "gather", "gather_along_axis", "gather_nd", "identity",
    "max_pool", "pixel_shuffle", "pixel_unshuffle", "relu", "reshape", "reshape_like", "reverse", "slice_by_index",
    "slice_by_size", "space_to_depth", "split", "squeeze", "stack", "tile", "transpose", "upsample_nearest_neighbor",
})  # fmt: skip
