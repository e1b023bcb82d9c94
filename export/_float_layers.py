"""Layers that must stay float in an int8 file, found in it again by their weights."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from export._readback import Contents, Weight
from pocketseg.core.errors import ExportError

# As a fraction of a layer's largest weight, by its type in the file: batch norms are folded in another order there, and
# float16 rounds more.
_TOLERANCES = {"float32": 1e-4, "float16": 1e-3}


def without_floats(contents: Contents, wanted: Mapping[str, npt.NDArray[Any]]) -> Contents:
    """Return a file's contents without the layers that must stay float.

    wanted: by path, their weights with batch norms folded in. Each format orders a layer's weights differently, so the
    sorted values are compared. Raises ExportError for a layer whose floats the file does not hold.
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
            f"{len(missing)} of {len(wanted)} layers that must stay float are not in the file as floats: "
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
