"""Kept results end with the code that made them: an edit of what they were computed with makes them anew."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import models
from benchmark import kept as measured
from benchmark.engine import Entry
from benchmark.photos import ScoredPhotos
from pocketseg.artifacts import key
from pocketseg.artifacts.request import Request
from pocketseg.core import cache
from pocketseg.core.types import Artifact, Parity, Preprocessing, Recipe
from pocketseg.data.calibration import open_calibration
from pocketseg.data.embedded import sample_photos

CODE = ("models", "compress", "export", "benchmark", "pocketseg")


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("code")
    for file in (f for folder in CODE for f in (cache.ROOT / folder).rglob("*.py")):
        place = root / file.relative_to(cache.ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)
    return root


@pytest.fixture
def edited(copied: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Callable[[], str]], bool]:
    """Say whether the code's hash changes with a line more in one file of a copy."""
    monkeypatch.setattr(cache, "ROOT", copied)
    monkeypatch.setattr(key, "ROOT", copied)

    def changes(name: str, code: Callable[[], str]) -> bool:
        before, text = code(), (copied / name).read_text()
        (copied / name).write_text(f"{text}\n# another line\n")
        after = code()
        (copied / name).write_text(text)
        assert code() == before
        return after != before

    return changes


@pytest.mark.parametrize(
    ("target", "file", "counts"),
    [
        ("coreml", "pocketseg/mlprogram/operations/convolution.py", True),
        ("coreml", "pocketseg/mlprogram/program.py", True),
        ("coreml", "benchmark/runtimes/coreml_reference.py", True),
        ("tflite", "pocketseg/mlprogram/program.py", False),
        ("tflite", "benchmark/runtimes/litert.py", True),
        ("tflite", "benchmark/runtimes/ort.py", False),
        ("onnx", "models/u2net.py", True),
        ("onnx", "pocketseg/inference.py", True),
        ("onnx", "pocketseg/report/html.py", False),
    ],
)
def test_a_file_is_made_again_when_what_made_or_proved_it_changes(
    target: str, file: str, counts: bool, edited: Callable[[str, Callable[[], str]], bool]
) -> None:
    request = Request(model="topformer_tiny", target=target, recipe=Recipe(), calibration=open_calibration())
    loaded = models.open_model("topformer_tiny")
    assert edited(file, lambda: str(key.key_facts(request, loaded)["code"])) is counts


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        ("models/topformer.py", True),
        ("pocketseg/mlprogram/values.py", True),
        ("pocketseg/inference.py", True),
        ("pocketseg/report/html.py", False),
    ],
)
def test_a_row_is_measured_again_when_what_measured_it_changes(
    file: str, counts: bool, edited: Callable[[str, Callable[[], str]], bool]
) -> None:
    entry = Entry(artifact=_artifact(), path=Path("x.onnx"), runtime="ort")
    data = ScoredPhotos(photos=sample_photos(), ids=(), name="none", split="test", hash="")
    assert edited(file, lambda: str(measured._facts(entry, data, [], 1)["code"])) is counts


def _artifact() -> Artifact:
    return Artifact(
        target="onnx", model="x", recipe="fp32", precision="fp32", output="logits", file="x.onnx", sha256="a" * 64,
        size_bytes=1, input_height_px=64, input_width_px=64, inputs=(), outputs=(), classes=("a", "b"),
        colors_rgb=(), checkpoint_sha256="c" * 64, lineage=(), split_hash="", calibration={},
        parity=Parity(status="measured"), tools={},
        preprocessing=Preprocessing(mean_rgb=(0.5, 0.5, 0.5), std_rgb=(0.5, 0.5, 0.5)),
    )  # fmt: skip
