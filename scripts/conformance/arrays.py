"""How cases hold arrays: type, shape and hash; their bytes in hex or, for larger ones, in a separate file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FOLDER = Path(__file__).parents[2] / "conformance" / "cases"
MOST_HEX_BYTES = 480  # of an array whose bytes stand in the JSON itself
Array = npt.NDArray[Any]
Faults = Mapping[str, Array]


@dataclass(slots=True)
class Store:
    """The binary files of one set of cases, by their path below conformance/cases."""

    name: str
    files: dict[str, bytes] = field(default_factory=dict)

    def given(self, array: Array, name: str) -> dict[str, Any]:
        """Return the description of an array that a case starts from; its bytes are always included."""
        said = wanted(array)
        if "hex" in said:
            return said
        path = f"{self.name}/{name}.bin"
        if self.files.setdefault(path, packed(array)) != packed(array):
            raise ValueError(f"two arrays are called {path}")
        return {**said, "file": path}

    def bytes_of(self, data: bytes, name: str, suffix: str) -> str:
        """Keep a whole file, such as a photo, and return its path."""
        path = f"{self.name}/{name}{suffix}"
        self.files[path] = data
        return path


def wanted(array: Array) -> dict[str, Any]:
    """Return the description of an array that a case ends with: its hash, and its bytes where they are few."""
    data = packed(array)
    said: dict[str, Any] = {
        "dtype": array.dtype.name, "shape": list(array.shape), "sha256": hashlib.sha256(data).hexdigest()
    }  # fmt: skip
    return {**said, "hex": data.hex()} if len(data) <= MOST_HEX_BYTES else said


def packed(array: Array) -> bytes:
    """Return an array's bytes, row-major and little endian, without gaps between its rows."""
    return np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False).tobytes()


def faults_of(right: Array, faults: Faults) -> dict[str, Any]:
    """Return what the usual faults give, except those that give the right result in this case."""
    return {name: wanted(array) for name, array in faults.items() if packed(array) != packed(right)}


def text_of(value: Any) -> str:
    """Return a set of cases as the text of its file."""
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
