"""Kept rows: made once for equal bytes and tools, and called what the file at hand is called."""

from __future__ import annotations

import dataclasses
import importlib.metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _records import document, merged

from benchmark import kept
from benchmark.accuracy import Score
from benchmark.entry import Entry
from benchmark.photos import ScoredPhotos
from benchmark.rows import row_of
from benchmark.scoring import Scored, Scorer
from pocketseg.core.cache import Cache
from pocketseg.core.types import Artifact, BenchmarkRow, Parity, Preprocessing
from pocketseg.data.embedded import sample_ids, sample_photos

MEASURED = document(turns=6)
DATA = ScoredPhotos(photos=sample_photos(), ids=sample_ids("val")[:1], name="one photo")


def entry(recipe: str) -> Entry:
    """Return a file of the same bytes whatever its recipe: w8a8:mixed that keeps no layer in floats is w8a8's."""
    artifact = Artifact(
        target="onnx", model="topformer_tiny", recipe=recipe, precision=recipe, output="logits",
        file=f"{recipe[:4]}.onnx", sha256="a" * 64, size_bytes=1, input_height_px=8, input_width_px=8, inputs=(),
        outputs=(), classes=("a", "b"), colors_rgb=((0, 0, 0),) * 2, checkpoint_sha256="c" * 64, lineage=(),
        split_hash="", calibration={}, parity=Parity(status="measured"), tools={}, facts={"network": "topformer_tiny"},
        preprocessing=Preprocessing(mean_rgb=(0.5, 0.5, 0.5), std_rgb=(0.5, 0.5, 0.5)),
    )  # fmt: skip
    return Entry(artifact=artifact, path=Path(recipe) / artifact.file, runtime="ort")


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Measure by a stand-in; return the row of an entry, and what was measured so far."""
    done: list[str] = []

    def measure(entries: list[Entry], **rest: Any) -> list[BenchmarkRow]:
        done.extend(e.artifact.recipe for e in entries)
        return [row_of(merged(MEASURED, {"artifact": {"recipe": e.artifact.recipe}}), str(e.path)) for e in entries]

    monkeypatch.setattr(kept, "measure", measure)

    def rows(*recipes: str) -> tuple[list[BenchmarkRow], list[str]]:
        found, _ = kept.measure_missing(
            [entry(recipe) for recipe in recipes], Cache(tmp_path), data=DATA, reference=lambda artifact: None,
            threads=1, progress=lambda *now: None, warn=lambda sentence: None,
        )  # fmt: skip
        return found, done

    return rows


def test_a_row_of_equal_bytes_is_kept_and_named_by_the_recipe_at_hand(measured: Any) -> None:
    measured("w8a8")
    (found,), done = measured("w8a8:mixed")
    assert done == ["w8a8"], "the same bytes are measured once"
    assert (found.recipe, found.precision, found.artifact) == ("w8a8:mixed", "w8a8:mixed", "w8a8:mixed/w8a8.onnx")


@pytest.mark.parametrize("tool", ["onnxruntime", "pillow", "numpy"])
def test_another_version_of_what_runs_a_file_or_resizes_its_photos_measures_anew(
    tool: str, measured: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured("w8a8")
    version = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "999" if name == tool else version(name))
    assert measured("w8a8")[1] == ["w8a8", "w8a8"]


def test_a_score_that_was_made_apart_is_passed_on_to_the_measurement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    score, passed = Score(DATA.photos.classes), []
    score.add(np.eye(4, dtype=np.uint8), np.ones((4, 4), np.uint8), None, ("p", "l"))

    def measure(entries: list[Entry], **given: Any) -> list[BenchmarkRow]:
        passed.append(given["scores"])
        return [row_of(MEASURED, str(e.path)) for e in entries]

    monkeypatch.setattr(kept, "measure", measure)
    monkeypatch.setattr(Scorer, "_scored", lambda self, entry: Scored(score=score, maps={}))
    given: Any = {"data": DATA, "reference": lambda artifact: None, "threads": 1}
    Scorer(DATA, Cache(tmp_path), threads=1).score(entry("fp32"))
    other = dataclasses.replace(entry("fp32"), artifact=dataclasses.replace(entry("fp32").artifact, sha256="b" * 64))
    kept.measure_missing(
        [other, entry("fp32")], Cache(tmp_path), progress=lambda *now: None, warn=lambda said: None, **given
    )
    assert passed == [[None, score]]
