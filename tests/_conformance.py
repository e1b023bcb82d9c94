"""Reads conformance/cases as any language would: arrays as bytes, and the likely cause of a wrong result."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "conformance" / "cases"
CODES = {
    "uint8": "B", "int8": "b", "int16": "h", "int32": "i", "int64": "q", "float16": "e", "float32": "f", "float64": "d",
}  # fmt: skip


@dataclass(frozen=True)
class Array:
    """A type, a shape, and values in row-major order."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes

    @property
    def values(self) -> tuple[Any, ...]:
        return unpacked(self.dtype, self.data)


@cache
def cases(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator, validators

    kinds = Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    )
    return validators.extend(Draft202012Validator, type_checker=kinds)


def errors(schema: dict[str, Any], found: Any) -> Iterator[Any]:
    """Yield the errors that a published schema finds; a whole number is written without a fraction."""
    yield from _validator()(schema).iter_errors(found)


def array(said: dict[str, Any]) -> Array:
    """Return an array that a case starts from, after checking it."""
    data = bytes.fromhex(said["hex"]) if "hex" in said else (FOLDER / said["file"]).read_bytes()
    assert hashlib.sha256(data).hexdigest() == said["sha256"]
    count = 1
    for side in said["shape"]:
        count *= side
    assert len(data) == count * struct.calcsize(CODES[said["dtype"]])
    return Array(said["dtype"], tuple(said["shape"]), data)


def made(dtype: str, shape: tuple[int, ...], values: Any) -> Array:
    return Array(dtype, shape, packed(dtype, values))


def packed(dtype: str, values: Any) -> bytes:
    values = list(values)
    return struct.pack(f"<{len(values)}{CODES[dtype]}", *values)


def unpacked(dtype: str, data: bytes) -> tuple[Any, ...]:
    code = CODES[dtype]
    return struct.unpack(f"<{len(data) // struct.calcsize(code)}{code}", data)


def expect(found: Array, case: dict[str, Any], wanted: str = "is") -> None:
    """Fail where a result differs from the case's, naming the fault that would explain it."""
    said = case[wanted]
    if (found.dtype, list(found.shape)) == (said["dtype"], said["shape"]) and sha256(found) == said["sha256"]:
        assert "hex" not in said or found.data.hex() == said["hex"]
        return
    raise AssertionError(f"{case.get('name', '')}: not as it must be; {cause(found, case)}")


def cause(found: Array, case: dict[str, Any]) -> str:
    """Return the usual fault that explains a wrong result."""
    named = [name for name, said in case["faults"].items() if said["sha256"] == sha256(found)]
    return f"this is what {' or '.join(named)} gives" if named else "no usual fault gives this"


def sha256(found: Array) -> str:
    return hashlib.sha256(found.data).hexdigest()
