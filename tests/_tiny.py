"""A network of two convolutions, its photos, and real files of it, made once in each test run."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from _once import Once
from torch import nn

import export
from export._deploy import deployed
from pocketseg.core.classes import colors
from pocketseg.core.files import sha256_path, size_bytes
from pocketseg.core.types import Artifact, ModelSpec, OutputKind, Parity, Preprocessing, Recipe, Written

SPEC = ModelSpec(
    name="tiny",
    height_px=64,
    width_px=96,
    mean_rgb=(0.485, 0.456, 0.406),
    std_rgb=(0.229, 0.224, 0.225),
    classes=("background", "upper", "lower", "full"),
)
Converted = Callable[[str, str, OutputKind], tuple[Path, Written]]


def tiny() -> nn.Module:
    torch.manual_seed(0)
    up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
    stem = (nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8), nn.ReLU6())
    return nn.Sequential(*stem, nn.Conv2d(8, 4, 3, padding=1), up).eval()


def photos() -> list[npt.NDArray[np.uint8]]:
    """Return smooth made-up photos, H,W,3 uint8."""
    rows, columns = np.mgrid[0 : SPEC.height_px, 0 : SPEC.width_px] / 15
    waves = [[np.sin(rows + n + c) * np.cos(columns * (c + 1) - n) for c in range(3)] for n in range(4)]
    return [np.round(127.5 + 127.5 * np.stack(wave, -1)).astype(np.uint8) for wave in waves]


def job(precision: str, output: OutputKind, **changes: Any) -> export.ExportJob:
    """Return the request for a file of the tiny network."""
    calibration = photos() if precision.startswith("w8a8") else ()
    values = {"calibration": calibration, "network": tiny(), "spec": SPEC, "output": output, **changes}
    return export.ExportJob(recipe=Recipe(precision=precision), **values)


def in_torch(photo: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return the tiny network's logits for a photo, 1,C,H,W."""
    network = deployed(tiny(), SPEC, OutputKind.LOGITS, "NCHW")
    with torch.inference_mode():
        found: npt.NDArray[np.float32] = network(torch.from_numpy(photo).permute(2, 0, 1)[None].float()).numpy()
    return found


def conversions(once: Once) -> Converted:
    """Return a function that converts each (target, precision, output) once in the whole run."""

    @functools.cache
    def convert(target: str, precision: str, output: OutputKind) -> tuple[Path, Written]:
        exporter = export.exporter(target)

        def make(folder: Path) -> tuple[Path, Written]:
            path = folder / f"tiny{exporter.SUFFIX}"
            return path, exporter.write(job(precision, output), path)

        return once(f"tiny-{target}-{precision.replace(':', '-')}-{output.value}", make)

    return convert


def described(
    path: Path,
    written: Written,
    target: str,
    precision: str = "fp32",
    output: OutputKind = OutputKind.LOGITS,
    spec: ModelSpec = SPEC,
) -> Artifact:
    """Return the manifest of a file that an exporter wrote."""
    return Artifact(
        target=target, model=spec.name, recipe=precision, precision=precision, output=output.value, file=path.name,
        sha256=sha256_path(path), size_bytes=size_bytes(path), input_height_px=spec.height_px,
        input_width_px=spec.width_px, preprocessing=Preprocessing(mean_rgb=spec.mean_rgb, std_rgb=spec.std_rgb),
        inputs=written.inputs, outputs=written.outputs, classes=spec.classes, colors_rgb=colors(len(spec.classes)),
        checkpoint_sha256="c" * 64, lineage=(), split_hash="", calibration={}, parity=Parity(status="measured"),
        tools={},
    )  # fmt: skip
