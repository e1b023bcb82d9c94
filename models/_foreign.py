"""Recognises a file that does not hold weights of ours by its first bytes, its last ones and its name."""

from __future__ import annotations

import re
import stat
import zipfile
from pathlib import Path

from pocketseg.core.errors import CheckpointError

_WEIGHTS = "a .pth, .pt or .safetensors file is expected"
_EXPORTED = (
    "`pocketseg segment --model`, `benchmark` and `inspect` take exported files; here use the weights that it was "
    f"made from: {_WEIGHTS}"
)
_OTHER = f"PocketSeg opens PyTorch weights: {_WEIGHTS}"
_UNPACK = "unpack it and use the weights inside"

_KINDS = {
    stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device",
}  # fmt: skip
_AT_START = (  # offset, bytes, what it is, what to do
    (4, b"TFL3", "a TensorFlow Lite model", _EXPORTED),
    (4, b"ET12", "an ExecuTorch program", _EXPORTED),
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file of Keras", _OTHER),
    (0, b"\x93NUMPY", "a NumPy array", _OTHER),
    (0, b"GGUF", "a GGUF file", _OTHER),
    (0, b"version https://git-lfs", "a pointer of Git LFS", "fetch it: git lfs pull"),
    (0, b"\x1f\x8b", "a gzip archive", _UNPACK),
    (0, b"BZh", "a bzip2 archive", _UNPACK),
    (0, b"\xfd7zXZ\x00", "an xz archive", _UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (0, b"Rar!", "a RAR archive", _UNPACK),
    (257, b"ustar", "a tar archive", _UNPACK),
    (0, b"\xff\xd8\xff", "a JPEG picture", _OTHER),
    (0, b"\x89PNG", "a PNG picture", _OTHER),
)
_BY_NAME = {  # formats without a signature of their own
    ".onnx": ("an ONNX model", _EXPORTED),
    ".ort": ("an ONNX Runtime model", _OTHER),
    ".mlmodel": ("a Core ML model", _OTHER),
    ".tflite": ("a TensorFlow Lite model", _EXPORTED),
    ".pte": ("an ExecuTorch program", _EXPORTED),
    ".ptl": ("a PyTorch Mobile model", _EXPORTED),
    ".mlpackage": ("a Core ML package", _EXPORTED),
    ".h5": ("an HDF5 file of Keras", _OTHER),
    ".hdf5": ("an HDF5 file of Keras", _OTHER),
    ".keras": ("a Keras model", _OTHER),
    ".pb": ("a TensorFlow graph", _OTHER),
    ".msgpack": ("a Flax checkpoint", _OTHER),
    ".xml": ("the description of an OpenVINO model", _OTHER),
    ".param": ("the description of an ncnn model", _OTHER),
    ".mnn": ("an MNN model", _OTHER),
    ".caffemodel": ("a Caffe model", _OTHER),
    ".pdparams": ("a PaddlePaddle checkpoint", _OTHER),
    ".engine": ("a TensorRT engine", _OTHER),
}
SUFFIXES = tuple(_BY_NAME)
_TENSORFLOW_TABLE = b"\x57\xfb\x80\x8b\x24\x75\x47\xdb"  # at the end of the tables of TensorFlow checkpoints
_HEAD_BYTES = 512
_IN_ZIP = (  # the end of an entry's name
    ("/bytecode.pkl", "a PyTorch Mobile model", _EXPORTED),
    (".npy", "an archive of NumPy arrays", _OTHER),
    ("model.weights.h5", "a Keras model", _OTHER),
    ("archive_format", "a program of torch.export", _OTHER),
    ("serialized_exported_program.json", "a program of torch.export", _OTHER),
)


def check_regular(path: Path) -> None:
    """Refuse a path that exists and is not a regular file, before opening it: reading a pipe would block for ever.

    Raises CheckpointError, and OSError where the path cannot be examined.
    """
    mode = path.stat().st_mode
    if stat.S_ISREG(mode):
        return
    if stat.S_ISDIR(mode):
        raise _folder(path)
    kind = _KINDS.get(stat.S_IFMT(mode), "not a regular file")
    raise _not_weights(path, kind, "use a regular file; write the data of a pipe to one first")


def _folder(path: Path) -> CheckpointError:
    """Return what kind of folder was given in place of a weights file."""
    for name, kind in (("manifest.json", "the folder of an export"), ("saved_model.pb", "a TensorFlow SavedModel")):
        if (path / name).is_file() and path.suffix != ".mlpackage":
            hint = _EXPORTED if name == "manifest.json" else _OTHER
            return _not_weights(path, kind, hint)
    if path.suffix == ".mlpackage":
        return _not_weights(path, "a Core ML package", _EXPORTED)
    inside = sorted(p.name for p in path.glob("*.safetensors")) or sorted(p.name for p in path.glob("*.pth"))
    hint = f"use the file inside it: {path / inside[0]}" if inside else "use the file inside it"
    return _not_weights(path, "a folder", hint)


def foreign(path: Path) -> CheckpointError:
    """Return the error for a file that is neither PyTorch's nor safetensors: what it is, and which commands take it."""
    if (found := _kind_of(path)) is None:
        return CheckpointError(
            f"{path} is not a weights file: it is neither in PyTorch's format nor safetensors",
            hint=f"download or copy it again; {_WEIGHTS}",
        )
    return _not_weights(path, *found)


def _not_weights(path: Path, kind: str, hint: str) -> CheckpointError:
    return CheckpointError(f"{path} is {kind}, not a weights file", hint=hint)


def _kind_of(path: Path) -> tuple[str, str] | None:
    """Return what a file is and what to do about it; None where nothing tells."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        file.seek(max(0, path.stat().st_size - len(_TENSORFLOW_TABLE)))
        tail = file.read()
    for place, mark, kind, hint in _AT_START:
        if head[place : place + len(mark)] == mark:
            return kind, hint
    if tail == _TENSORFLOW_TABLE or re.search(r"\.ckpt.*\.(index|meta|data-[0-9]+-of-[0-9]+)$", path.name):
        return "a part of a TensorFlow checkpoint", _OTHER
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return (
            "a web page",
            "the download returned a page instead of the file: open the address in a browser, and save it",
        )
    if (found := _BY_NAME.get(path.suffix.lower())) is not None:
        return found
    if text.startswith((b"{", b"[")):
        return "a JSON text", _OTHER
    if head[:1] == b"\x08" and head[1:2] <= b"\x20" and head[2:3] in (b"\x12", b":"):  # a version, a producer, a graph
        return "an ONNX or Core ML model", _EXPORTED
    return None


def archive(path: Path) -> CheckpointError | None:
    """Return the error for a zip archive that torch did not write; None for one that it did write, or that is
    damaged."""
    try:
        with zipfile.ZipFile(path) as file:
            names = file.namelist()
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return None
    for end, kind, hint in _IN_ZIP:
        if any(name.endswith(end) for name in names):
            return _not_weights(path, kind, hint)
    if not names or any(name.endswith("data.pkl") for name in names):
        return None
    return _not_weights(path, "a zip archive", _UNPACK)
