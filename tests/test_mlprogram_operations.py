"""Each operation of the evaluator against what coremltools documents of it, with torch or NumPy as oracle.

All cases of an operation set are one program, whose operations stay as the builder makes them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from _mlprograms import built, results

from pocketseg.core.errors import RuntimeFailedError
from pocketseg.mlprogram.loading import load_program
from pocketseg.mlprogram.operations import OPERATIONS

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(2, 6, 7, 5)).astype(np.float32)
Y = RANDOM.uniform(0.1, 0.9, (2, 6, 7, 5)).astype(np.float32)
TX, TY = torch.from_numpy(X), torch.from_numpy(Y)
W = RANDOM.normal(size=(4, 6, 3, 3)).astype(np.float32)
W2 = RANDOM.normal(size=(4, 3, 3, 2)).astype(np.float32)
WT = RANDOM.normal(size=(6, 2, 3, 3)).astype(np.float32)
B = RANDOM.normal(size=(4,)).astype(np.float32)
C1, C2 = (RANDOM.uniform(0.5, 1.5, 6).astype(np.float32) for _ in range(2))
ZERO = np.arange(1, 7).astype(np.int8)

Case = tuple[Callable[[Any, Any, Any], Any], Callable[[], Any]]  # (builder, x, y) -> results; the oracle


def t(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array)


def channels(values: np.ndarray) -> torch.Tensor:
    return t(values).reshape(1, -1, 1, 1)


def unary(name: str, oracle: Callable[[torch.Tensor], torch.Tensor], value: torch.Tensor = TX, **more: Any) -> Case:
    return (lambda mb, x, y: getattr(mb, name)(x=x if value is TX else y, **more)), lambda: oracle(value)


def binary(name: str, oracle: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> Case:
    return (lambda mb, x, y: getattr(mb, name)(x=x, y=y)), lambda: oracle(TX, TY)


def samples(size: int, target: int, mode: str) -> np.ndarray:
    """Where coremltools' documentation of resize_bilinear takes its samples."""
    i = np.arange(target)
    if mode == "STRICT_ALIGN_CORNERS":
        grid = i * (size - 1) / (target - 1)
    elif mode == "DEFAULT":
        grid = i * (size - size / target) / (target - 1)
    elif mode == "OFFSET_CORNERS":
        delta = max(1, size - 1) / target
        grid = 0.5 * delta + i * ((target - 1) * delta) / (target - 1)
    else:
        grid = i * size / target + 0.5 * size / target - 0.5
    return np.clip(grid, 0, size - 1)


def resized(mode: str, height: int, width: int) -> np.ndarray:
    """X at those samples, with NumPy's interpolation, rows then columns."""
    rows = np.apply_along_axis(lambda v: np.interp(samples(7, height, mode), np.arange(7), v), 2, X)
    return np.apply_along_axis(lambda v: np.interp(samples(5, width, mode), np.arange(5), v), 3, rows)


def transpose_same() -> torch.Tensor:
    """The `same` transposed convolution: the whole result cut to stride times size, one less before than after."""
    whole = F.conv_transpose2d(TX, t(WT), stride=2)
    return whole[:, :, 0:14, 0:10]


CASES: dict[str, Case] = {
    # elementwise
    "abs": unary("abs", torch.abs), "acos": unary("acos", torch.acos, TY), "asin": unary("asin", torch.asin, TY),
    "atan": unary("atan", torch.atan), "atanh": unary("atanh", torch.atanh, TY), "ceil": unary("ceil", torch.ceil),
    "cos": unary("cos", torch.cos), "cosh": unary("cosh", torch.cosh), "erf": unary("erf", torch.erf),
    "exp": unary("exp", torch.exp), "exp2": unary("exp2", torch.exp2), "floor": unary("floor", torch.floor),
    "round": unary("round", torch.round), "sign": unary("sign", torch.sign), "sin": unary("sin", torch.sin),
    "sinh": unary("sinh", torch.sinh), "sqrt": unary("sqrt", torch.sqrt, TY), "square": unary("square", torch.square),
    "tan": unary("tan", torch.tan, TY), "tanh": unary("tanh", torch.tanh),
    "identity": unary("identity", lambda x: x),
    "inverse": unary("inverse", lambda x: 1 / (x + 0.5), TY, epsilon=0.5),
    "log": unary("log", lambda x: (x + 0.25).log(), TY, epsilon=0.25),
    "rsqrt": unary("rsqrt", lambda x: (x + 0.5) ** -0.5, TY, epsilon=0.5),
    "clip": unary("clip", lambda x: x.clamp(-0.5, 0.7), alpha=-0.5, beta=0.7),
    "threshold": unary("threshold", lambda x: x.clamp(min=0.3), alpha=0.3),
    "add": binary("add", torch.add), "sub": binary("sub", torch.sub), "mul": binary("mul", torch.mul),
    "real_div": binary("real_div", torch.div), "floor_div": binary("floor_div", lambda x, y: (x / y).floor()),
    "mod": binary("mod", lambda x, y: t(np.mod(X, Y))), "maximum": binary("maximum", torch.maximum),
    "minimum": binary("minimum", torch.minimum),
    "pow": ((lambda mb, x, y: mb.pow(x=y, y=x)), lambda: TY**TX),
    "broadcast": ((lambda mb, x, y: mb.add(x=x, y=C1.reshape(6, 1, 1))), lambda: TX + channels(C1)),
    "cast to int": ((lambda mb, x, y: mb.cast(x=x, dtype="int32")), lambda: TX.trunc().int()),
    "cast to bool": ((lambda mb, x, y: mb.cast(x=x, dtype="bool")), lambda: TX != 0),
    # comparisons and logic
    **{
        name: binary(name, function)
        for name, function in {
            "equal": torch.eq, "greater": torch.gt, "greater_equal": torch.ge, "less": torch.lt,
            "less_equal": torch.le, "not_equal": torch.ne,
        }.items()
    },
    **{
        f"logical_{name}": (
            lambda mb, x, y, name=name: getattr(mb, f"logical_{name}")(
                x=mb.greater(x=x, y=0.0), y=mb.greater(x=y, y=0.5)
            ),
            lambda name=name: getattr(torch, f"logical_{name}")(TX > 0, TY > 0.5),
        )
        for name in ("and", "or", "xor")
    },
    "logical_not": ((lambda mb, x, y: mb.logical_not(x=mb.greater(x=x, y=0.0))), lambda: TX <= 0),
    "select": (
        (lambda mb, x, y: mb.select(cond=mb.greater(x=x, y=0.0), a=x, b=y)), lambda: torch.where(TX > 0, TX, TY),
    ),
    # activations
    "relu": unary("relu", torch.relu), "relu6": unary("relu6", lambda x: x.clamp(0, 6)),
    "sigmoid": unary("sigmoid", torch.sigmoid), "silu": unary("silu", F.silu),
    "softplus": unary("softplus", F.softplus), "softsign": unary("softsign", F.softsign),
    "elu": unary("elu", lambda x: F.elu(x, 0.7), alpha=0.7),
    "leaky_relu": unary("leaky_relu", lambda x: F.leaky_relu(x, 0.2), alpha=0.2),
    "linear_activation": unary("linear_activation", lambda x: 2 * x + 3, alpha=2.0, beta=3.0),
    "sigmoid_hard": unary("sigmoid_hard", lambda x: (0.3 * x + 0.4).clamp(0, 1), alpha=0.3, beta=0.4),
    "scaled_tanh": unary("scaled_tanh", lambda x: 2 * torch.tanh(3 * x), alpha=2.0, beta=3.0),
    "thresholded_relu": unary("thresholded_relu", lambda x: torch.where(x >= 0.5, x, 0.0 * x), alpha=0.5),
    "clamped_relu": unary(
        "clamped_relu", lambda x: torch.minimum(torch.tensor(0.8), torch.where(x >= 0, x, 0.5 * x)), alpha=0.5, beta=0.8
    ),
    "gelu": unary("gelu", F.gelu, mode="EXACT"),
    "gelu tanh": unary("gelu", lambda x: F.gelu(x, approximate="tanh"), mode="TANH_APPROXIMATION"),
    "gelu sigmoid": unary("gelu", lambda x: x * torch.sigmoid(1.702 * x), mode="SIGMOID_APPROXIMATION"),
    "prelu": unary("prelu", lambda x: F.prelu(x, t(C1)), alpha=C1),
    "softplus_parametric": unary(
        "softplus_parametric", lambda x: channels(C1) * torch.log1p(torch.exp(channels(C2) * x)), alpha=C1, beta=C2
    ),
    "softmax": unary("softmax", lambda x: x.softmax(1), axis=1),
    # convolutions
    "conv": unary("conv", lambda x: F.conv2d(x, t(W), t(B)), weight=W, bias=B),
    "conv padded": unary(
        "conv", lambda x: F.conv2d(F.pad(x, (3, 4, 1, 2)), t(W), stride=(2, 1)),
        weight=W, strides=[2, 1], pad_type="custom", pad=[1, 2, 3, 4],
    ),
    "conv same": unary(
        "conv", lambda x: F.conv2d(F.pad(x, (1, 1, 1, 1)), t(W), stride=2), weight=W, strides=[2, 2], pad_type="same"
    ),
    "conv same, even kernel": unary(
        "conv", lambda x: F.conv2d(F.pad(x, (0, 1, 1, 1)), t(W2), groups=2), weight=W2, groups=2, pad_type="same"
    ),
    "conv same_lower": unary(
        "conv", lambda x: F.conv2d(F.pad(x, (1, 0, 1, 1)), t(W2), groups=2), weight=W2, groups=2, pad_type="same_lower"
    ),
    "conv dilated": unary(
        "conv", lambda x: F.conv2d(x, t(W), dilation=2, padding=2),
        weight=W, dilations=[2, 2], pad_type="custom", pad=[2, 2, 2, 2],
    ),
    "conv depthwise": unary(
        "conv", lambda x: F.conv2d(x, t(W[:2].reshape(12, 1, 3, 3)), groups=6), weight=W[:2].reshape(12, 1, 3, 3),
        groups=6,
    ),
    "conv_transpose": unary(
        "conv_transpose", lambda x: F.conv_transpose2d(x, t(WT), stride=2, groups=2),
        weight=WT, strides=[2, 2], groups=2,
    ),
    "conv_transpose padded": unary(
        "conv_transpose", lambda x: F.conv_transpose2d(x, t(WT), t(B[:2]), stride=2, padding=1),
        weight=WT, bias=B[:2], strides=[2, 2], pad_type="custom", pad=[1, 1, 1, 1],
    ),
    "conv_transpose same": (
        (lambda mb, x, y: mb.conv_transpose(x=x, weight=WT, strides=[2, 2], pad_type="same")), transpose_same,
    ),
    "conv_transpose to a shape": unary(
        "conv_transpose", lambda x: F.conv_transpose2d(x, t(WT), stride=2, padding=1, output_padding=1),
        weight=WT, strides=[2, 2], pad_type="custom", pad=[1, 1, 1, 1], output_shape=[2, 2, 14, 10],
    ),
    # pooling
    "max_pool": unary(
        "max_pool", lambda x: F.max_pool2d(x, 3, 2, 1), kernel_sizes=[3, 3], strides=[2, 2], pad_type="custom",
        pad=[1, 1, 1, 1],
    ),
    "max_pool ceil": unary(
        "max_pool", lambda x: F.max_pool2d(x, 2, 2, 0, ceil_mode=True), kernel_sizes=[2, 2], strides=[2, 2],
        pad_type="valid", ceil_mode=True,
    ),
    "avg_pool": unary("avg_pool", lambda x: F.avg_pool2d(x, (3, 2)), kernel_sizes=[3, 2], strides=[3, 2],
                      pad_type="valid"),
    "avg_pool padded": unary(
        "avg_pool", lambda x: F.avg_pool2d(x, 3, 2, 1), kernel_sizes=[3, 3], strides=[2, 2], pad_type="custom",
        pad=[1, 1, 1, 1],
    ),
    "avg_pool excluding": unary(
        "avg_pool", lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False), kernel_sizes=[3, 3], strides=[2, 2],
        pad_type="custom", pad=[1, 1, 1, 1], exclude_padding_from_average=True,
    ),
    "avg_pool ceil": unary(
        "avg_pool", lambda x: F.avg_pool2d(x, 2, 2, 0, ceil_mode=True), kernel_sizes=[2, 2], strides=[2, 2],
        pad_type="valid", ceil_mode=True,
    ),
    "l2_pool": unary(
        "l2_pool", lambda x: F.lp_pool2d(x.abs(), 2.0, 2), kernel_sizes=[2, 2], strides=[2, 2], pad_type="valid"
    ),
    # resizing
    **{
        f"resize_bilinear {mode}": (
            lambda mb, x, y, mode=mode: mb.resize_bilinear(
                x=x, target_size_height=11, target_size_width=4, sampling_mode=mode
            ),
            lambda mode=mode: resized(mode, 11, 4),
        )
        for mode in ("DEFAULT", "STRICT_ALIGN_CORNERS", "OFFSET_CORNERS", "UNALIGN_CORNERS")
    },
    **{
        f"resize {mode}": (
            lambda mb, x, y, mode=mode: mb.resize(
                x=x, shape=[11, 4], resized_dims=np.uint32(2), sampling_mode=mode, interpolation_mode="LINEAR"
            ),
            lambda mode=mode: resized(mode, 11, 4),
        )
        for mode in ("DEFAULT", "UNALIGN_CORNERS")
    },
    "resize nearest": (
        lambda mb, x, y: mb.resize(
            x=x, shape=[14, 0], resized_dims=np.uint32(2), interpolation_mode="NEAREST_NEIGHBOR"
        ),
        lambda: F.interpolate(TX, (14, 5), mode="nearest"),
    ),
    "resize_nearest_neighbor": unary(
        "resize_nearest_neighbor", lambda x: F.interpolate(x, (10, 3), mode="nearest"),
        target_size_height=10, target_size_width=3,
    ),
    "upsample_nearest_neighbor": unary(
        "upsample_nearest_neighbor", lambda x: F.interpolate(x, scale_factor=(2, 3), mode="nearest"),
        scale_factor_height=2, scale_factor_width=3,
    ),
    "upsample_bilinear": unary(
        "upsample_bilinear", lambda x: F.interpolate(x, (14, 15), mode="bilinear", align_corners=False),
        scale_factor_height=2.0, scale_factor_width=3.0, align_corners=False,
    ),
    "upsample_bilinear by default": unary(
        "upsample_bilinear", lambda x: F.interpolate(x, (14, 15), mode="bilinear", align_corners=True),
        scale_factor_height=2.0, scale_factor_width=3.0,
    ),
    "crop": unary("crop", lambda x: x[..., 1:5, 1:5], crop_height=[1, 2], crop_width=[1, 0]),
    # matrices
    "matmul": (
        (lambda mb, x, y: mb.matmul(x=x, y=y, transpose_y=True)), lambda: TX @ TY.transpose(-1, -2),
    ),
    "matmul transposed": (
        (lambda mb, x, y: mb.matmul(x=x, y=y, transpose_x=True)), lambda: TX.transpose(-1, -2) @ TY,
    ),
    "linear": (
        (lambda mb, x, y: mb.linear(x=mb.reshape(x=x, shape=[84, 5]), weight=W[:, :5, 0, 0], bias=B)),
        lambda: F.linear(TX.reshape(84, 5), t(W[:, :5, 0, 0]), t(B)),
    ),
    "einsum": (
        (lambda mb, x, y: mb.einsum(values=(x, mb.transpose(x=y, perm=[0, 3, 2, 1])), equation="nchw,nwhr->nchr")),
        lambda: torch.einsum("nchw,nwhr->nchr", TX, TY.permute(0, 3, 2, 1)),
    ),
    "attention": (
        (lambda mb, x, y: mb.scaled_dot_product_attention(query=x, key=y, value=y)),
        lambda: F.scaled_dot_product_attention(TX, TY, TY),
    ),
    # normalisation
    "batch_norm": unary(
        "batch_norm", lambda x: F.batch_norm(x, t(C1), t(C2), t(C2), t(C1), eps=1e-3),
        mean=C1, variance=C2, gamma=C2, beta=C1, epsilon=1e-3,
    ),
    "instance_norm": unary(
        "instance_norm", lambda x: F.instance_norm(x, weight=t(C1), bias=t(C2), eps=1e-3), gamma=C1, beta=C2,
        epsilon=1e-3,
    ),
    "layer_norm": unary("layer_norm", lambda x: F.layer_norm(x, (7, 5), eps=1e-3), axes=[2, 3], epsilon=1e-3),
    "layer_norm by channel": unary(
        "layer_norm", lambda x: F.layer_norm(x.movedim(1, -1), (6,), t(C1), t(C2), 1e-3).movedim(-1, 1),
        axes=[1], gamma=C1, beta=C2, epsilon=1e-3,
    ),
    "l2_norm": unary("l2_norm", lambda x: x / ((x * x).sum((1, 2, 3), keepdim=True) + 0.5).sqrt(), epsilon=0.5),
    "local_response_norm": unary(
        "local_response_norm", lambda x: F.local_response_norm(x, 3, 0.3, 0.6, 1.5), size=3, alpha=0.3, beta=0.6, k=1.5
    ),
    # reductions
    **{
        f"reduce_{name}": unary(f"reduce_{name}", oracle, value, axes=[1, -1], keep_dims=keep)
        for name, oracle, value, keep in (
            ("sum", lambda x: x.sum((1, 3)), TX, False), ("mean", lambda x: x.mean((1, 3), True), TX, True),
            ("max", lambda x: x.amax((1, 3)), TX, False), ("min", lambda x: x.amin((1, 3)), TX, False),
            ("prod", lambda x: x.prod(3).prod(1), TY, False), ("l1_norm", lambda x: x.abs().sum((1, 3)), TX, False),
            ("l2_norm", lambda x: x.norm(dim=(1, 3)), TX, False), ("log_sum", lambda x: x.sum((1, 3)).log(), TY, False),
            ("log_sum_exp", lambda x: x.logsumexp((1, 3)), TX, False),
            ("sum_square", lambda x: (x * x).sum((1, 3)), TX, False),
        )
    },
    "reduce_argmax": unary("reduce_argmax", lambda x: x.argmax(1).int(), axis=1),
    "reduce_argmin": unary("reduce_argmin", lambda x: x.argmin(-1, True).int(), axis=-1, keep_dims=True),
    "cumsum": unary("cumsum", lambda x: x.cumsum(2), axis=2),
    "cumsum backwards": unary(
        "cumsum", lambda x: x.flip(2).cumsum(2).flip(2) - x, axis=2, exclusive=True, reverse=True
    ),
    "argsort": unary("argsort", lambda x: x.argsort(1, descending=True).int(), axis=1),
    "topk": (
        (lambda mb, x, y: mb.topk(x=x, k=2, axis=1, ascending=True)),
        lambda: (lambda top: (top.values, top.indices.int()))(TX.topk(2, 1, largest=False)),
    ),
    # shapes
    "reshape": unary("reshape", lambda x: x.reshape(2, 42, 5), shape=[2, -1, 5]),
    "reshape from the right": unary("reshape", lambda x: x.reshape(1, 12, 7, 5), shape=[1, -1, 0, 0]),
    "transpose": unary("transpose", lambda x: x.permute(0, 3, 1, 2), perm=[0, -1, 1, 2]),
    "expand_dims": (
        (lambda mb, x, y: mb.expand_dims(x=mb.reduce_max(x=x, axes=[1]), axes=[0, -1])),
        lambda: TX.amax(1)[None, ..., None],
    ),
    "squeeze": (
        (lambda mb, x, y: mb.squeeze(x=mb.expand_dims(x=x, axes=[2]), axes=[2, 3])), lambda: TX,
    ),
    "concat": ((lambda mb, x, y: mb.concat(values=[x, y, x], axis=1)), lambda: torch.cat([TX, TY, TX], 1)),
    "concat interleaved": (
        (lambda mb, x, y: mb.concat(values=[x, y], axis=1, interleave=True)),
        lambda: torch.stack([TX, TY], 2).reshape(2, 12, 7, 5),
    ),
    "stack": ((lambda mb, x, y: mb.stack(values=[x, y], axis=-1)), lambda: torch.stack([TX, TY], -1)),
    "split": unary("split", lambda x: x.split(3, 1), num_splits=2, axis=1),
    "split unevenly": unary("split", lambda x: x.split([1, 4, 2], 2), split_sizes=[1, 4, 2], axis=2),
    "tile": unary("tile", lambda x: x.repeat(1, 2, 1, 3), reps=[1, 2, 1, 3]),
    "pad": unary("pad", lambda x: F.pad(x, (3, 4, 1, 2), value=0.5), pad=[1, 2, 3, 4], constant_val=0.5),
    "pad reflect": unary("pad", lambda x: F.pad(x, (3, 4, 1, 2), mode="reflect"), pad=[1, 2, 3, 4], mode="reflect"),
    "pad replicate": unary("pad", lambda x: F.pad(x, (3, 4, 1, 2), mode="replicate"), pad=[1, 2, 3, 4],
                           mode="replicate"),
    "reverse": unary("reverse", lambda x: x.flip((1, 3)), axes=[1, 3]),
    "flatten2d": unary("flatten2d", lambda x: x.reshape(12, 35), axis=2),
    "slice_by_index": unary(
        "slice_by_index", lambda x: x[:, 1:5:2, 3, -3:], begin=[0, 1, 3, -3], end=[2, 5, 0, 0], stride=[1, 2, 1, 1],
        begin_mask=[True, False, False, False], end_mask=[False, False, False, True],
        squeeze_mask=[False, False, True, False],
    ),
    "slice backwards": unary(
        "slice_by_index", lambda x: t(X[:, 4:0:-2].copy()), begin=[0, 4, 0, 0], end=[2, 0, 7, 5], stride=[1, -2, 1, 1]
    ),
    "slice_by_size": unary("slice_by_size", lambda x: x[:, 2:5, 3:], begin=[0, 2, 3, 0], size=[2, 3, -1, 5]),
    "slice_update": (
        (lambda mb, x, y: mb.slice_update(
            x=x, update=mb.slice_by_size(x=y, begin=[0, 0, 0, 0], size=[2, 3, 7, 5]), begin=[0, 0, 0, 0],
            end=[2, 6, 7, 5], stride=[1, 2, 1, 1])),
        lambda: torch.cat([torch.stack([TY[:, i], TX[:, 2 * i + 1]], 1) for i in range(3)], 1),
    ),
    "gather": unary("gather", lambda x: x[:, [[2, 0], [5, 5]]], indices=np.int32([[2, 0], [5, 5]]), axis=1),
    "gather_along_axis": (
        (lambda mb, x, y: mb.gather_along_axis(x=x, indices=mb.reduce_argmax(x=x, axis=1, keep_dims=True), axis=1)),
        lambda: TX.amax(1, True),
    ),
    "gather_nd": unary("gather_nd", lambda x: x[[0, 1], [5, 2]], indices=np.int32([[0, 5], [1, 2]])),
    "one_hot": (
        (lambda mb, x, y: mb.one_hot(indices=mb.reduce_argmax(x=x, axis=1), one_hot_vector_size=6, axis=1, on_value=2.0,
                                     off_value=0.5)),
        lambda: 0.5 + 1.5 * F.one_hot(TX.argmax(1), 6).movedim(-1, 1),
    ),
    "pixel_shuffle": (
        (lambda mb, x, y: mb.pixel_shuffle(x=mb.concat(values=[x, y], axis=1), upscale_factor=2)),
        lambda: F.pixel_shuffle(torch.cat([TX, TY], 1), 2),
    ),
    "pixel_unshuffle": (
        (lambda mb, x, y: mb.pixel_unshuffle(x=mb.slice_by_size(x=x, begin=[0, 0, 0, 0], size=[2, 6, 6, 4]),
                                             downscale_factor=np.uint32(2))),
        lambda: F.pixel_unshuffle(TX[:, :, :6, :4], 2),
    ),
    "depth there and back": (
        (lambda mb, x, y: mb.depth_to_space(x=mb.space_to_depth(
            x=mb.slice_by_size(x=x, begin=[0, 0, 0, 0], size=[2, 6, 6, 4]), block_size=2), block_size=2)),
        lambda: TX[:, :, :6, :4],
    ),
    "space_to_depth": (
        (lambda mb, x, y: mb.space_to_depth(
            x=mb.slice_by_size(x=x, begin=[0, 0, 0, 0], size=[2, 6, 6, 4]), block_size=2)),
        lambda: torch.cat([TX[:, :, i:6:2, j:4:2] for i in (0, 1) for j in (0, 1)], 1),
    ),
    "band_part": unary("band_part", lambda x: x.tril(1).triu(-2), lower=2, upper=1),
    "fill_like": ((lambda mb, x, y: mb.fill_like(ref_tensor=x, value=2.5)), lambda: torch.full_like(TX, 2.5)),
    # quantised activations
    "quantize": (
        (lambda mb, x, y: mb.cast(x=mb.quantize(input=x, scale=np.float32(0.02), zero_point=np.uint8(100),
                                                output_dtype="uint8"), dtype="int32")),
        lambda: ((TX / 0.02).round() + 100).clamp(0, 255).int(),
    ),
    "quantize by channel": (
        (lambda mb, x, y: mb.cast(x=mb.quantize(input=x, scale=C1 / 50, output_dtype="int8", axis=1), dtype="int32")),
        lambda: (TX / channels(C1 / 50)).round().clamp(-128, 127).int(),
    ),
    "dequantize": (
        (lambda mb, x, y: mb.dequantize(input=mb.quantize(input=x, scale=C1 / 50, zero_point=ZERO, output_dtype="int8",
                                                    axis=1), scale=C1 / 50, zero_point=ZERO, axis=1)),
        lambda: torch.fake_quantize_per_channel_affine(TX, t(C1 / 50), t(ZERO).int(), 1, -128, 127),
    ),
}  # fmt: skip
TESTED_ELSEWHERE = {"fill", "range_1d", "reshape_like", "shape"}  # folded by the builder, or only with dynamic shapes


def listed(found: Any) -> list[np.ndarray]:
    return [np.asarray(f) for f in (found if isinstance(found, (tuple, list)) else [found])]


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[np.ndarray]]:
    """One program with every case in it, run once: the results of each case."""
    from coremltools.converters.mil import Builder as mb
    from coremltools.converters.mil.mil import types

    counts: list[int] = []

    def body(x: Any, y: Any) -> list[Any]:
        outputs = []
        for build, _ in CASES.values():
            made = build(mb, x, y)
            parts = list(made) if isinstance(made, (tuple, list)) else [made]
            # Core ML has no outputs that are bool
            outputs += [mb.cast(x=part, dtype="int32") if part.dtype == types.bool else part for part in parts]
            counts.append(len(parts))
        return outputs

    path = built(tmp_path_factory.mktemp("all") / "all.mlpackage", [X.shape, Y.shape], body)
    found = iter(results(path, X, Y))
    return {name: [next(found) for _ in range(count)] for name, count in zip(CASES, counts, strict=True)}


@pytest.mark.parametrize("name", CASES)
def test_operation_does_what_is_documented_of_it(name: str, everything: dict[str, list[np.ndarray]]) -> None:
    wanted = listed(CASES[name][1]())
    assert len(wanted) == len(everything[name])
    for got, want in zip(everything[name], wanted, strict=True):
        want = want.astype(np.int32) if want.dtype == bool else want
        assert (got.dtype.kind, got.shape) == (want.dtype.kind, want.shape)
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5)


def test_every_operation_that_is_known_has_a_case(tmp_path: Path) -> None:
    from coremltools.converters.mil import Builder as mb

    used: set[str] = set()

    class Spy:
        def __getattr__(self, name: str) -> Any:
            used.add(name)
            return lambda *args, **named: None

    for build, _ in CASES.values():
        build(Spy(), None, None)
    assert set(OPERATIONS) - used == TESTED_ELSEWHERE
    assert all(hasattr(mb, name) for name in OPERATIONS)


def test_operations_that_builders_fold_follow_numpy() -> None:
    from pocketseg.mlprogram.arguments import Arguments

    def run(name: str, result: tuple[int, ...], **values: Any) -> np.ndarray:
        return np.asarray(OPERATIONS[name](Arguments(values, [result])))

    assert run("fill", (2, 3), shape=torch.tensor([2, 3]), value=torch.tensor(1.5)).tolist() == [[1.5] * 3] * 2
    three = {"start": torch.tensor(1), "end": torch.tensor(8), "step": torch.tensor(3)}
    assert run("range_1d", (3,), **three).tolist() == np.arange(1, 8, 3).tolist()
    assert run("shape", (4,), x=TX).tolist() == [2, 6, 7, 5]
    begins, ends = [torch.tensor(0), torch.tensor(2)], [torch.tensor(2), torch.tensor(0)]
    masks = [torch.tensor(False), torch.tensor(True)]
    parts = {"ref_tensors": [TX, TY], "begins": begins, "ends": ends, "end_masks": masks}
    assert run("reshape_like", (2, 6, 7, 5), x=TX.reshape(-1), **parts).shape == (2, 6, 7, 5)


def test_half_results_are_rounded_to_half_and_each_one_is(tmp_path: Path) -> None:
    from coremltools.converters.mil import Builder as mb

    path = built(
        tmp_path / "half.mlpackage", [(1, 8)],
        lambda x: mb.sub(x=mb.add(x=x, y=np.float16(2048)), y=np.float16(2048)), half=True,
    )  # fmt: skip
    values = np.linspace(0, 9, 8, dtype=np.float32)[None]
    taken = values.astype(np.float16)
    wanted = (taken + np.float16(2048)) - np.float16(2048)
    assert results(path, values)[0].tolist() == wanted.astype(np.float32).tolist()
    assert not np.array_equal(wanted, taken)


def test_unknown_operation_is_an_error_that_names_it(tmp_path: Path) -> None:
    from coremltools.converters.mil import Builder as mb

    path = built(tmp_path / "unknown.mlpackage", [(3, 4)], lambda x: mb.non_zero(x=x))
    with pytest.raises(RuntimeFailedError, match=r"non_zero.*(dynamic shapes|does not know)"):
        load_program(path)
    path = built(
        tmp_path / "random.mlpackage", [(3, 4)],
        lambda x: mb.add(x=x, y=mb.random_uniform(shape=[3, 4], low=0.0, high=1.0)),
    )  # fmt: skip
    with pytest.raises(RuntimeFailedError, match="does not know 'random_uniform'"):
        load_program(path)


def test_inputs_that_are_not_the_programs_are_refused(tmp_path: Path) -> None:
    from coremltools.converters.mil import Builder as mb

    program = load_program(built(tmp_path / "sum.mlpackage", [(2, 3)], lambda x: mb.relu(x=x)))
    with pytest.raises(RuntimeFailedError, match=r"x is fp32\[2, 3\], not \[3, 2\]"):
        program.run({"x": np.zeros((3, 2), np.float32)})
    with pytest.raises(RuntimeFailedError, match="takes x, not z"):
        program.run({"z": np.zeros((2, 3), np.float32)})
    assert math.isclose(float(next(iter(program.run({"x": np.ones((2, 3), np.float32)}).values())).sum()), 6)
