"""The files beside a .onnx that hold its weights, checked before onnx looks for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pocketseg.core.errors import RuntimeFailedError

_EXTERNAL = 1  # TensorProto.DataLocation.EXTERNAL


def check_data_files(path: Path, model: Any) -> None:
    """Refuse a model whose weights lie in files that are missing, too short or not beside it.

    Raises RuntimeFailedError. Nothing outside the model's folder is opened.
    """
    for tensor in _tensors(model.graph):
        if tensor.data_location != _EXTERNAL:
            continue
        said = {entry.key: entry.value for entry in tensor.external_data}
        name = said.get("location", "")
        file = path.parent / name
        inside = file.resolve().is_relative_to(path.parent.resolve()) if name and "\0" not in name else False
        if not inside or Path(name).is_absolute() or "\\" in name:
            raise RuntimeFailedError(
                f"{path} keeps weights in {name[:80]!r}, which is not a file beside it",
                hint="the tool that made it can save it again, with all data in one file or beside it",
            )
        if not file.is_file():
            raise RuntimeFailedError(
                f"{file}, which holds weights of {path.name}, is missing", hint=f"put it beside {path.name}"
            )
        end = _number(said.get("offset")) + _number(said.get("length"))
        if file.stat().st_size < end:
            raise RuntimeFailedError(
                f"{file} is cut short: it has {file.stat().st_size:,} bytes, but {path.name} needs {end:,}",
                hint="copy it again",
            )


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 20 else 0


def _tensors(graph: Any) -> Iterator[Any]:
    """Yield every tensor whose data may lie outside: initializers and constants, also of inner graphs."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors
            for inner in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
                yield from _tensors(inner)
