"""What is no weights file is called by its name, and a pipe is refused before anyone waits for it."""

from __future__ import annotations

import gzip
import os
import socket
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from _commands import Call

import models
from models._checkpoints import read_metadata, read_state_dict
from pocketseg.core.errors import CheckpointError

FLATBUFFER = b"\x1c\x00\x00\x00%s" + b"\0" * 64
EXPORTED = "`pocketseg segment --model`, `benchmark` and `inspect` take exported files"


@pytest.mark.parametrize(
    ("name", "content", "kind", "hint"),
    [
        ("m.tflite", FLATBUFFER % b"TFL3", "a TensorFlow Lite model", EXPORTED),
        ("renamed.pth", FLATBUFFER % b"TFL3", "a TensorFlow Lite model", EXPORTED),
        ("m.pte", FLATBUFFER % b"ET12", "an ExecuTorch program", EXPORTED),
        ("m.onnx", b"\x08\x08\x12\x07pytorch" + b"\0" * 64, "an ONNX model", EXPORTED),
        ("M.ONNX", b"\x08\x08\x12\x07pytorch" + b"\0" * 64, "an ONNX model", EXPORTED),
        ("renamed.pt", b"\x08\x08\x12\x07pytorch" + b"\0" * 64, "an ONNX or Core ML model", EXPORTED),
        ("m.mlmodel", b"\x08\x05\x12\x10" + b"\0" * 64, "a Core ML model", "PyTorch weights"),
        ("k.h5", b"\x89HDF\r\n\x1a\n" + b"\0" * 64, "an HDF5 file", "PyTorch weights"),
        ("renamed.pth", b"\x89HDF\r\n\x1a\n" + b"\0" * 64, "an HDF5 file", "PyTorch weights"),
        ("frozen.pb", b"\n\x10" + b"\1" * 64, "a TensorFlow graph", "PyTorch weights"),
        ("model.ckpt", b"\0" * 64 + b"\x57\xfb\x80\x8b\x24\x75\x47\xdb", "a TensorFlow checkpoint", "PyTorch weights"),
        ("model.ckpt.data-00000-of-00001", b"\1" * 64, "a TensorFlow checkpoint", "PyTorch weights"),
        ("u2net.pth", b"<!DOCTYPE html><html><title>Google Drive</title>", "a web page", "open the address"),
        ("u2net.pth", b"\n  <html>", "a web page", "open the address"),
        ("u2net.onnx", b"<html>", "a web page", "open the address"),
        ("my.ckpt.onnx", b"\x08\x08\x12\x07pytorch" + b"\0" * 64, "an ONNX model", EXPORTED),
        ("w.safetensors", b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS", "git lfs pull"),
        ("w.bin.index.json", b'{"weight_map": {}}', "a JSON text", "PyTorch weights"),
        ("w.pth.gz", gzip.compress(b"weights", mtime=0), "a gzip archive", "unpack it"),
        ("photo.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 64, "a JPEG picture", "PyTorch weights"),
        ("noise.pth", b"\x01\x02\x03\x04" * 20, "neither in PyTorch's format nor safetensors", "download"),
    ],
)
def test_another_kind_of_file_is_called_by_its_name(
    name: str, content: bytes, kind: str, hint: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    for read in (models.open_model, models.locate, read_state_dict):
        with pytest.raises(CheckpointError) as caught:
            read(str(tmp_path / name))
        assert kind in caught.value.message and name in caught.value.message and hint in caught.value.hint


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_zip_archive_that_torch_did_not_write_is_called_by_its_name(tmp_path: Path) -> None:
    torch.jit.script(torch.nn.Linear(2, 2))._save_for_lite_interpreter(str(tmp_path / "m.ptl"))  # type: ignore[no-untyped-call]
    np.savez(tmp_path / "w.npz", a=np.zeros(3))
    for name, inside in (("w.zip", "u2net.pth"), ("w.keras", "model.weights.h5")):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr(inside, b"weights")
    kinds = {"m.ptl": "a PyTorch Mobile model", "w.npz": "NumPy arrays", "w.zip": "a zip archive",
             "w.keras": "a Keras model"}  # fmt: skip
    for name, kind in kinds.items():
        with pytest.raises(CheckpointError, match=f"{kind}, not a weights file"):
            read_state_dict(tmp_path / name)


def test_a_folder_is_called_by_its_name(tmp_path: Path) -> None:
    for folder, inside in (("m.mlpackage", "Manifest.json"), ("exported", "manifest.json"), ("tf", "saved_model.pb"),
                           ("run", "best.safetensors"), ("empty", "notes.txt")):  # fmt: skip
        (tmp_path / folder).mkdir()
        (tmp_path / folder / inside).touch()
    said = {"m.mlpackage": "a Core ML package", "exported": "the folder of an export",
            "tf": "a TensorFlow SavedModel", "empty": "is a folder"}  # fmt: skip
    for folder, words in said.items():
        with pytest.raises(CheckpointError, match=words):
            models.open_model(str(tmp_path / folder))
    with pytest.raises(CheckpointError) as caught:
        models.open_model(str(tmp_path / "run"))
    assert str(tmp_path / "run" / "best.safetensors") in caught.value.hint


def test_a_name_of_another_kind_that_leads_nowhere_is_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"there is no file absent\.onnx"):
        models.open_model("absent.onnx")


# ---- pipes -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe.pth")
    return tmp_path / "pipe.pth"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("read", [models.open_model, models.locate, models.read_spec, read_state_dict, read_metadata])
def test_a_named_pipe_is_refused_before_it_is_opened(read: Callable[[str], object], pipe: Path) -> None:
    link = pipe.with_name("link.safetensors")
    link.symlink_to(pipe)
    for path in (pipe, link):
        with pytest.raises(CheckpointError, match="is a named pipe, not a weights file"):
            read(str(path))


@pytest.mark.timeout(60)
def test_a_device_and_a_socket_are_refused() -> None:
    with pytest.raises(CheckpointError, match="is a device"):
        models.open_model("/dev/zero")
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as end:  # its path must be short
        end.bind(f"{short}/s")
        with pytest.raises(CheckpointError, match="is a socket"):
            models.open_model(f"{short}/s")


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "arguments",
    [
        ("evaluate", "PIPE", "--data", "folder:DATA"),
        ("segment", "DATA/images/a.jpg", "--model", "PIPE", "--out", "OUT"),
        ("export", "PIPE", "--target", "onnx", "--out", "OUT"),
        ("compare", "topformer_tiny", "PIPE", "--out", "OUT"),
        ("compress", "PIPE", "--recipe", "prune:0.5", "--out", "OUT.safetensors"),
        ("compress", "topformer_tiny", "--recipe", "distil:PIPE", "--out", "OUT.safetensors"),
        ("compress", "topformer_tiny", "--recipe", "prune:0.5", "--teacher", "PIPE", "--out", "OUT.safetensors"),
        ("sweep", "--models", "PIPE", "--recipes", "fp32", "--targets", "onnx", "--out", "OUT"),
        ("sweep", "--models", "topformer_tiny", "--recipes", "prune:0.5", "--targets", "onnx", "--teacher", "PIPE",
         "--out", "OUT"),
        ("tune", "--model", "PIPE", "--target", "onnx", "--goal", "size", "--out", "OUT"),
        ("train", "u2netp", "--data", "folder:DATA", "--init", "PIPE", "--out", "OUT"),
    ],
)  # fmt: skip
def test_every_command_refuses_a_pipe_as_a_model(
    arguments: tuple[str, ...], pipe: Path, tmp_path: Path, pocketseg: Call
) -> None:
    from pocketseg.data.embedded import FOLDER, sample_ids

    photo = FOLDER / "images" / f"{sample_ids('test')[0]}.jpg"
    places = {"PIPE": str(pipe), "OUT": str(tmp_path / "out"), "DATA/images/a.jpg": str(photo), "DATA": str(FOLDER)}

    def filled(text: str) -> str:
        for word, place in places.items():
            text = text.replace(word, place)
        return text

    answer = pocketseg(*map(filled, arguments))
    assert answer.code == 4 and "is a named pipe, not a weights file" in answer.err and "Traceback" not in answer.err
    assert not (tmp_path / "out").exists() and not (tmp_path / "out.safetensors").exists()
