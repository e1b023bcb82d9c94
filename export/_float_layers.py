"""Layers that were to stay float in an int8 file: found in it again, by their weights."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from export._readback import Contents, Weight
from pocketseg.core.errors import ExportError

# Of a layer's largest weight, by its type in the file: folding a batch norm rounds in its own order, halves round more.
_TOLERANCES = {"float32": 1e-4, "float16": 1e-3}


def without_floats(contents: Contents, wanted: Mapping[str, npt.NDArray[Any]]) -> Contents:
    """Take the layers that were to stay float out of a file's contents.

    wanted: by path, their weights with batch norms folded in. Files order a layer's weights in ways of their own, so
    what is compared is the sorted values. Raises ExportError for a layer whose floats the file does not hold.
    """
    floats = [w for w in contents.weights if w.kind in _TOLERANCES and w.compute == "float"]
    found: list[Weight] = []
    missing = []
    for name, values in wanted.items():
        same = next((w for w in floats if not any(w is f for f in found) and _same(w, values)), None)
        if same is None:
            missing.append(name)
        else:
            found.append(same)
    if missing:
        raise ExportError(
            f"{len(missing)} of {len(wanted)} layers were to stay float and are not in the file as floats: "
            + ", ".join(missing[:5]),
            hint="the file is not kept; this target's quantizer has ignored them",
        )
    rest = tuple(w for w in contents.weights if not any(w is f for f in found))
    return dataclasses.replace(contents, weights=rest)


def _same(weight: Weight, values: npt.NDArray[Any]) -> bool:
    if weight.codes.size != values.size:
        return False
    off = np.abs(np.sort(weight.codes.ravel()).astype(np.float64) - np.sort(values.ravel())).max()
    return bool(off <= _TOLERANCES[weight.kind] * np.abs(values).max())
