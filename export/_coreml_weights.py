"""Smaller weights for a Core ML model: integers, palettes, and zeros that are not stored, alone or combined.

What coremltools calls joint compression (sparse and quantised, sparse and palettised) needs iOS 18.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

BITS = {"fp32": 32, "fp16": 16, "w8": 8, "w8a8": 8, "w4": 4, "pal8": 8, "pal6": 6, "pal4": 4}
_LEAST_SIZE = 64  # weights that a layer must have to be compressed
_MASK_BITS = 1.25  # bits per weight in the mask of a sparse layer, with a margin for its record


def least_zeros(precision: str) -> float:
    """Return the share of zeros above which a layer is smaller when they are not stored."""
    return _MASK_BITS / BITS[precision]


def zero_share(network: nn.Module) -> float:
    """Return the share of zeros among the weights of all convolutions and linear layers, 0 to 1."""
    from torch import nn

    weights = [m.weight for m in network.modules() if isinstance(m, nn.modules.conv._ConvNd | nn.Linear)]
    total = sum(w.numel() for w in weights)
    return sum(int((w == 0).sum()) for w in weights) / total if total else 0.0


def least_ios(precision: str, sparse: bool) -> tuple[int, str]:
    """Return the first iOS that reads such weights and, for w8a8, quantised activations; and what needs it.

    Source: coremltools' guide, "What's New", software availability of optimizations.
    """
    if sparse and precision not in ("fp32", "fp16"):
        return 18, "for weights that are sparse and small at once"
    if precision == "w4":
        return 18, "for 4-bit integers with a scale a block"
    return (17, "for quantised activations") if precision == "w8a8" else (16, "as every package made here does")


def compressed(model: Any, precision: str, sparse: bool) -> Any:
    """Return the MLModel with its weights in the given precision and, where `sparse`, without storing layers' zeros.

    For w8a8 the weights are quantised already; for all others they come as floats.
    """
    import coremltools.optimize.coreml as optimize

    if precision == "w8a8":
        if not sparse:
            return model
        # also layers in float16
        return _without_zeros(_without_zeros(model, precision, after=True), "fp16", after=False)
    if sparse:
        model = _without_zeros(model, precision, after=False)
    if precision in ("fp32", "fp16"):
        return model
    config: Any
    if precision.startswith("pal"):
        bits = BITS[precision]
        least = 4 * 2**bits  # where the palette itself would outweigh what it saves, weights stay float16
        config = optimize.OpPalettizerConfig(mode="kmeans", nbits=bits, weight_threshold=least)
        chosen = optimize.OptimizationConfig(global_config=config)
        return optimize.palettize_weights(model, chosen, joint_compression=sparse)
    if precision == "w4":
        config = optimize.OpLinearQuantizerConfig(
            mode="linear_symmetric", dtype="int4", granularity="per_block", block_size=16, weight_threshold=_LEAST_SIZE
        )
    else:
        config = optimize.OpLinearQuantizerConfig(
            mode="linear_symmetric", dtype="int8", granularity="per_channel", weight_threshold=_LEAST_SIZE
        )
    chosen = optimize.OptimizationConfig(global_config=config)
    return optimize.linear_quantize_weights(model, chosen, joint_compression=sparse)


def _without_zeros(model: Any, precision: str, after: bool) -> Any:
    """Store layers with enough zeros as a mask and the remaining weights; after: their weights are quantised
    already."""
    import coremltools.optimize.coreml as optimize

    config = optimize.OpThresholdPrunerConfig(
        threshold=1e-12, minimum_sparsity_percentile=least_zeros(precision), weight_threshold=_LEAST_SIZE
    )
    chosen = optimize.OptimizationConfig(global_config=config)
    return optimize.prune_weights(model, chosen, joint_compression=after)
