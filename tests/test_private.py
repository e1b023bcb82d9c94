"""What a record does not tell: the folders of files, in whatever an engine, the system or Python says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.private import without_folders

FILE = Path("/srv/Alice Smith/runs of may/m fp32.tflite")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"LiteRT did not load {FILE}: bad magic", "LiteRT did not load m fp32.tflite: bad magic"),
        (f"no {FILE.parent}/manifest.json", "no manifest.json"),
        ("opening: /home/alice.smith/m.onnx is torn", "opening: m.onnx is torn"),
        ("cannot open /home/al ice/a b/m.onnx: why", "cannot open m.onnx: why"),
        ("[Errno 2] no such file: '/home/al ice/my model.onnx'", "[Errno 2] no such file: 'my model.onnx'"),
        ("can't read \"/home/o'brien/x y.bin\", nor `/opt/alice/z`", 'can\'t read "x y.bin", nor `z`'),
        ("/home/o'brien/x.bin is torn", "x.bin is torn"),
        ("see ~/notes/alice/x.log and ~alice/y.log", "see x.log and y.log"),
        ("file:///home/al%20ice/x.onnx failed", "x.onnx failed"),
        ("at 'file:///home/al ice/x.onnx'", "at 'x.onnx'"),
        (r"C:\Users\Alice Smith\m.onnx is torn", "m.onnx is torn"),
        (r"no 'C:\\Users\\Alice\\m n.onnx'; D:/alice/x", "no 'm n.onnx'; x"),
        (r"on \\server\alice\m.onnx", "on m.onnx"),
        ("cannot import name x (/home/alice/site-packages/onnx/__init__.py)", "cannot import name x (__init__.py)"),
        ("--file=/data/alice/x, folder:/data/alice/photos", "--file=x, folder:photos"),
        ("-L/home/alice/lib/y.so:12", "-Ly.so:12"),
        ("kept in /home/alice, not in /Users/alice/", "kept in ~, not in ~"),
        (r"kept in C:\Users\alice.", "kept in ~."),
        ("/a/alice/x.py:3: in /b/alice/y.py\n  /c/alice/z", "x.py:3: in y.py\n  z"),
    ],
)
def test_a_path_is_left_with_its_last_part(text: str, left: str) -> None:
    assert without_folders(text, FILE) == left


@pytest.mark.parametrize(
    "text",
    [
        "", "1/2 of 3/4", "and/or", "12 ms / 3 = 4", "I/O error", "read/write/execute", "in /tmp", "mIoU 0.5 (~3/4)",
        "see https://ai.google.dev/edge/litert/(a)/b?c=/d/e, http://localhost:80/x/y", "models/u2net.onnx is torn",
        "../up/x", "./here/x", "a\\b", "w8a8:mixed", "about ~5 ms", "it's 'x/y' 50%/s",
        "processes kept 1.90 cores busy",
    ],
)  # fmt: skip
def test_what_is_no_absolute_path_stays(text: str) -> None:
    assert without_folders(text, FILE) == text


def test_a_text_after_a_path_stays() -> None:
    assert without_folders("no /data/alice/x 1/2 and/or more", FILE) == "no x 1/2 and/or more"


def test_a_relative_file_loses_its_folders_too() -> None:
    assert without_folders("alice/m.onnx, or /x/alice/m.onnx", Path("alice/m.onnx")) == "m.onnx, or m.onnx"


def test_a_long_text_takes_no_long_time() -> None:
    for text in ("/a b" * 20_000, "/" * 100_000, "a " * 50_000 + "/", "'/" * 2_000, "~" * 50_000, "\\" * 50_000):
        without_folders(text, FILE)
