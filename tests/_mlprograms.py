"""Small ML Programs for tests: built with coremltools' own builder, or converted from torch, and saved as packages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from pocketseg.mlprogram.loading import load_program


def built(
    path: Path, shapes: Sequence[tuple[int, ...]], body: Callable[..., Any], *, ios: int = 18, half: bool = False
) -> Path:
    """Save a program with fp32 (or fp16) inputs of the given shapes, its operations exactly as `body` makes them."""
    import coremltools as ct
    from coremltools.converters.mil import Builder as mb
    from coremltools.converters.mil.mil import types

    kind = types.fp16 if half else types.fp32
    specs = [mb.TensorSpec(shape=shape, dtype=kind) for shape in shapes]
    target = getattr(ct.target, f"iOS{ios}")
    program = mb.program(input_specs=specs, opset_version=target)(body)  # inputs are named as its arguments are
    model = ct.convert(
        program, convert_to="mlprogram", minimum_deployment_target=target, skip_model_load=True,
        compute_precision=ct.precision.FLOAT32, pass_pipeline=ct.PassPipeline.EMPTY,
    )  # fmt: skip
    model.save(str(path))
    return path


def converted(
    path: Path, network: nn.Module, inputs: Sequence[torch.Tensor], *, half: bool = False, ios: int = 16
) -> Any:
    """Save a torch network as a package, as the exporter converts it; return coremltools' model."""
    import coremltools as ct

    with torch.no_grad():
        program = torch.export.export(network.eval(), tuple(inputs)).run_decompositions({})
    model = ct.convert(
        program, convert_to="mlprogram", minimum_deployment_target=getattr(ct.target, f"iOS{ios}"),
        compute_precision=ct.precision.FLOAT16 if half else ct.precision.FLOAT32, skip_model_load=True,
        outputs=[ct.TensorType(name="result")],
    )  # fmt: skip
    model.save(str(path))
    return model


def results(path: Path, *values: np.ndarray | torch.Tensor) -> list[np.ndarray]:
    """Return a package's outputs for the values, which are in the order of its inputs."""
    program = load_program(path)
    given = {port.name: np.asarray(v) for port, v in zip(program.inputs, values, strict=True)}
    found = program.run(given)
    return [found[name] for name in program.outputs]
