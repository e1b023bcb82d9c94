"""What a worker of a sweep does: files of one network and target together, scored ahead where several workers run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest
from _sweep import sweep

import compress
import models
from benchmark.entry import Entry
from benchmark.photos import ScoredPhotos, photos_hash, sample_part
from pocketseg.artifacts.request import Request
from pocketseg.core.cache import Cache
from pocketseg.core.errors import DataError, ExportError, PocketSegError, RuntimeFailedError, StorageError
from pocketseg.core.types import Recipe
from pocketseg.data.photos import Pixels
from pocketseg.sweep import jobs, measure
from pocketseg.sweep.measure import Made, score_ahead
from pocketseg.sweep.plan import cells
from pocketseg.sweep.todo import Making

Outcomes = dict[str, Any]  # by recipe


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Outcomes, int], tuple[Any, list[str]]]:
    """Do the job of a network's .onnx files; return its answer, and the recipes that were scored ahead."""

    def do(outcomes: Outcomes, slots: int) -> tuple[Any, list[str]]:
        asked = sweep(recipes=tuple(outcomes), targets=("onnx",))
        grid, scored = cells(asked), list[str]()

        def produce_group(requests: list[Request], cache: Cache, loaded: models.Loaded) -> list[Any]:
            assert {(request.model, request.target) for request in requests} == {("topformer_tiny", "onnx")}
            return [outcomes[str(request.recipe)] for request in requests]

        def ahead(made: list[Made], *rest: Any) -> None:
            scored.extend(str(recipe) for _, recipe, _ in made)

        monkeypatch.setattr(jobs, "produce_group", produce_group)
        monkeypatch.setattr(jobs, "put", lambda produced, folder: folder)
        monkeypatch.setattr(jobs, "_entry", lambda cell, out: None)
        monkeypatch.setattr(jobs, "score_ahead", ahead)
        made = Making(asked, Cache(tmp_path / "cache"), tmp_path, slots).jobs(grid)
        found = [jobs.work(job.message) for job in made if job.message["kind"] == "files"]
        return [one for answer in found for one in answer["files"]], scored

    return do


def test_the_error_of_one_file_is_its_own_and_the_others_are_scored_ahead(files: Any) -> None:
    made = SimpleNamespace(reused=False)
    outcomes = {"fp32": made, "w8": ExportError("the converter fell over"), "w8a8": made}
    assert files(outcomes, slots=2) == (
        [{"reused": False}, {"error": "the converter fell over"}, {"reused": False}],
        ["fp32", "w8a8"],
    )
    _, scored = files(outcomes, slots=1)
    assert scored == [], "a single worker scores several files at a time when it measures"


# ---- scores ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def scorer(monkeypatch: pytest.MonkeyPatch) -> type:
    """A scorer that raises what a file says, and notes which it was asked for."""

    class Scorer:
        asked: ClassVar[list[Any]] = []
        closed = 0

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            type(self).asked = []

        def __enter__(self) -> Scorer:
            return self

        def __exit__(self, *error: object) -> None:
            type(self).closed += 1

        def score(self, entry: Any) -> None:
            type(self).asked.append(entry)
            if isinstance(entry, PocketSegError):
                raise entry

    monkeypatch.setattr(measure, "Scorer", Scorer)
    monkeypatch.setattr(measure, "check_photos", lambda entries, data, *rest: None)
    return Scorer


def _ahead(entries: list[Any], tmp_path: Path) -> None:
    loaded = models.open_model("topformer_tiny")
    made: list[Made] = [(loaded, Recipe.parse("fp32"), entry) for entry in entries]
    score_ahead(made, compress.Budget(), Cache(tmp_path), sample_part("val"), 1)


def test_a_file_that_cannot_be_scored_ahead_is_left_to_the_measurement(scorer: Any, tmp_path: Path) -> None:
    bad = RuntimeFailedError("it crashed")
    _ahead(["a", bad, "b"], tmp_path)
    assert scorer.asked == ["a", bad, "b"] and scorer.closed == 1


def test_a_full_disk_ends_scoring(scorer: Any, tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        _ahead(["a", StorageError("no space"), "b"], tmp_path)
    assert len(scorer.asked) == 2 and scorer.closed == 1


def test_photos_that_cannot_score_are_reported_by_the_measurement(
    scorer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(entries: list[Entry], data: ScoredPhotos, *rest: Any) -> None:
        raise DataError("a mask is damaged")

    monkeypatch.setattr(measure, "check_photos", refuse)
    scorer.asked = []
    _ahead(["a"], tmp_path)
    assert scorer.asked == []


def test_a_networks_class_maps_are_made_once_as_long_as_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def class_maps(network: models.Loaded, photos: Any, ids: tuple[str, ...]) -> Iterator[Pixels]:
        for photo_id in ids:
            made.append(photo_id)
            yield np.full((10, 10), len(made), np.uint8)

    monkeypatch.setattr(measure, "class_maps", class_maps)
    network, data = models.open_model("topformer_tiny"), sample_part("val")
    count, of_photos = len(data.ids), photos_hash(data)
    held = measure._Held()
    first = list(held.maps(network, data, of_photos))
    again = list(held.maps(network, data, of_photos))
    assert len(made) == count == len(first) and all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    list(held.maps(network, data, "other photos"))
    assert len(made) == 2 * count
    monkeypatch.setattr(measure, "_MOST_HELD_BYTES", 2 * count * 100 + 99)
    for _ in range(2):
        list(held.maps(network, data, "more than there is room for"))
    assert len(made) == 4 * count
    assert len(list(held.maps(network, data, of_photos))) == count and len(made) == 4 * count
