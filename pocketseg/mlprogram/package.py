"""Opens the folder of a .mlpackage: its manifest, its model's protobuf, and the weight files that the model names.

Nothing in it is trusted: a path that leaves the package, by `..` or by a link, is an error before anything is opened.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import stat
import sys
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pocketseg.core.errors import RuntimeFailedError
from pocketseg.core.installation import complete_environment

IMPORTS = ()  # imports only parts of coremltools and protobuf
READS = ()
MOST_MANIFEST_BYTES = 1 << 20
MOST_MODEL_BYTES = (1 << 31) - 1  # the limit of protobuf
_MODEL_PATH = "@model_path/"
_HINT = "export it again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package on disk. model: coremltools' Model message; folder: the model's folder, from which weights are
    named."""

    root: Path
    folder: Path
    model: Any

    def weight_file(self, name: str) -> Path:
        """Return the file that a constant names, such as `@model_path/weights/weight.bin`. Raises
        RuntimeFailedError."""
        if not name.startswith(_MODEL_PATH):
            raise RuntimeFailedError(f"{self.root}: weights at {name[:80]!r} do not lie beside the model", hint=_HINT)
        return inside(self.root, self.folder, name.removeprefix(_MODEL_PATH))


def open_package(root: Path) -> Package:
    """Return the package `root` with its manifest and model. Raises RuntimeFailedError for anything wrong."""
    if not root.is_dir():
        raise RuntimeFailedError(f"{root} is not a Core ML package (expected a folder containing Manifest.json)")
    relative = _model_path(root)
    path = inside(root, root / "Data", relative)
    content = read_file(path, MOST_MODEL_BYTES)
    model = model_class()()
    try:
        model.ParseFromString(content)
    except (_decode_error(), ValueError, RuntimeError) as error:
        raise RuntimeFailedError(f"{path} is not a Core ML model: {str(error)[:200]}", hint=_HINT) from error
    if model.WhichOneof("Type") != "mlProgram":
        kind = model.WhichOneof("Type") or "nothing"
        raise RuntimeFailedError(f"{path} holds {kind}; the reference evaluator runs ML Programs", hint=_HINT)
    return Package(root=root, folder=path.parent, model=model)


def _model_path(root: Path) -> str:
    """Return the path of the model, which the manifest gives relative to Data/."""
    path = inside(root, root, "Manifest.json")
    try:
        manifest = json.loads(read_file(path, MOST_MANIFEST_BYTES))
        relative = manifest["itemInfoEntries"][manifest["rootModelIdentifier"]]["path"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RuntimeFailedError(f"{path} does not say where the model is: {error!r:.200}", hint=_HINT) from error
    if not isinstance(relative, str):
        raise RuntimeFailedError(f"{path} gives {relative!r:.80} as the model's path", hint=_HINT)
    return relative


def inside(root: Path, folder: Path, relative: str) -> Path:
    """Return folder/relative, a regular file within `root` with all links followed. Raises RuntimeFailedError."""
    parts = relative.split("/")
    if not relative or "\0" in relative or "\\" in relative or relative.startswith("/") or ".." in parts:
        raise RuntimeFailedError(f"{root}: the path {relative[:80]!r} leaves the package", hint=_HINT)
    path = folder / relative
    try:
        if not path.resolve().is_relative_to(root.resolve()):
            raise RuntimeFailedError(f"{root}: the path {relative[:80]!r} leaves the package", hint=_HINT)
        regular = stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: a loop of links
        reason = getattr(error, "strerror", None) or error
        raise RuntimeFailedError(f"{root}: there is no file {relative[:80]!r}: {reason!s:.100}", hint=_HINT) from error
    if not regular:
        raise RuntimeFailedError(f"{root}: {relative[:80]!r} is not a regular file", hint=_HINT)
    return path


def read_file(path: Path, most_bytes: int) -> bytes:
    """Return the bytes of a file of at most `most_bytes`. Raises RuntimeFailedError."""
    try:
        with path.open("rb") as stream:
            content = stream.read(most_bytes + 1)
    except OSError as error:
        raise RuntimeFailedError(f"{path} cannot be read: {error.strerror or error}") from error
    if len(content) > most_bytes:
        raise RuntimeFailedError(f"{path} is larger than {most_bytes} bytes", hint=_HINT)
    return content


def model_class() -> Any:
    """Return the class of Core ML's Model message.

    Importing coremltools itself takes ten seconds and several frameworks; its generated protobuf modules need none of
    them, so they are imported as a separate package.
    """
    name = f"{__package__}._coreml_proto"
    if name not in sys.modules:
        found = importlib.util.find_spec("coremltools")
        if found is None or found.origin is None:
            raise RuntimeFailedError("the Python package coremltools is not installed", hint=complete_environment())
        package = types.ModuleType(name)
        package.__path__ = [str(Path(found.origin).parent / "proto")]
        sys.modules[name] = package
    return importlib.import_module(f"{name}.Model_pb2").Model


def _decode_error() -> Any:
    return importlib.import_module("google.protobuf.message").DecodeError
