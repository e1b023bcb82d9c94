"""What a .mlpackage needs: the iOS and macOS that have its operations; and the number types that these compute in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

_FLOATS = {10: "float16", 11: "float32", 12: "float64"}  # MIL.proto's DataType
_NO_COMPUTING = ("const", "cast")


def read(path: Path) -> dict[str, Any]:
    """Return the package's version, which follows the systems', and the declared precision of its operations."""
    from pocketseg.mlprogram.package import open_package
    from pocketseg.mlprogram.systems import least_ios, least_systems

    model = open_package(path).model
    found = {_FLOATS[kind] for kind in _outputs(model.mlProgram) if kind in _FLOATS}
    return {
        "least_os": least_systems(model.specificationVersion),
        "least_ios": least_ios(model.specificationVersion),
        "computes_in": " and ".join(sorted(found)) or "whole numbers",
    }


def _outputs(program: Any) -> Iterator[int]:
    """Return the types of a program's operations' outputs."""
    for function in program.functions.values():
        for block in function.block_specializations.values():
            for operation in block.operations:
                if operation.type not in _NO_COMPUTING and not operation.type.startswith("constexpr"):
                    yield from (output.type.tensorType.dataType for output in operation.outputs)
