"""The quick start: each file is scored as soon as it is made, its line says so, and its stages are written down."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchmark.accuracy import Score
from benchmark.entry import Entry
from benchmark.scoring import Scored, Scorer
from pocketseg.artifacts.produce import Produced
from pocketseg.cli.quickstart import _line
from pocketseg.core.cache import Cache
from pocketseg.core.classes import CLASSES
from pocketseg.core.errors import ExportError, PocketSegError, RuntimeFailedError, StorageError
from pocketseg.core.manifest import write_manifest
from pocketseg.core.types import Artifact, BenchmarkRow, Parity, Preprocessing, TensorSpec
from pocketseg.data.embedded import sample_ids
from pocketseg.data.exif import read_stored
from pocketseg.workflows import quickstart, stages
from pocketseg.workflows.quickstart import Cell, Outcome, gallery, grid, make_all, open_scorer
from pocketseg.workflows.stages import Stages

SHAPE = (8, 6)


@pytest.fixture
def cells(tmp_path: Path) -> list[Cell]:
    return grid(tmp_path / "out")[:4]


def made(cell: Cell, folder: Path, **changes: Any) -> Produced:
    """Write a file that nothing can run, with its manifest."""
    folder.mkdir(parents=True)
    (folder / "f.x").write_bytes(b"12345")
    artifact = Artifact(
        target=cell.request.target, model=cell.loaded.name, recipe=str(cell.request.recipe),
        precision=cell.request.recipe.precision, output="logits", file="f.x",
        sha256="5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5", size_bytes=5, input_height_px=8,
        input_width_px=6, inputs=(TensorSpec(name="image", shape=(1, 3, *SHAPE), layout="NCHW", dtype="float32"),),
        outputs=(TensorSpec(name="logits", shape=(1, 4, *SHAPE), layout="NCHW", dtype="float32"),), classes=CLASSES,
        colors_rgb=((0, 0, 0),) * 4, checkpoint_sha256=cell.loaded.sha256, lineage=(), split_hash="", calibration={},
        parity=Parity(status="measured", argmax_agreement=0.99875), tools={}, facts={},
        preprocessing=Preprocessing(mean_rgb=(0.5, 0.5, 0.5), std_rgb=(0.5, 0.5, 0.5)), **changes,
    )  # fmt: skip
    write_manifest(folder, artifact)
    return Produced(artifact=artifact, folder=folder, reused=False, seconds={"converting": 2.0})


def scored(score: Score | None = None) -> Scored:
    found = score or Score(CLASSES)
    if score is None:
        found.add(np.eye(4, dtype=np.uint8), np.ones((4, 4), np.uint8), None, ("p", "l"))
    return Scored(score=found, maps={})


def produces(monkeypatch: pytest.MonkeyPatch, outcomes: Sequence[Produced | PocketSegError]) -> None:
    """Let conversions end in these outcomes, each in a thread of its own, the last first."""

    def produce_all(
        requests: Sequence[Any], cache: Cache, loaded: Sequence[Any],
        *, done: Callable[[int, Produced | PocketSegError], None], stop: Callable[[], None],
    ) -> None:  # fmt: skip
        for place in reversed(range(len(requests))):
            thread = threading.Thread(target=done, args=(place, outcomes[place]))
            thread.start()
            thread.join()

    monkeypatch.setattr(quickstart, "produce_all", produce_all)


def test_a_file_is_scored_as_soon_as_it_is_made_and_an_error_costs_its_own_cell(
    cells: list[Cell], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [made(cell, tmp_path / str(place)) for place, cell in enumerate(cells)]
    produces(monkeypatch, [files[0], ExportError("no such operator"), files[2], files[3]])
    asked: list[tuple[Path, str, int]] = []

    def score(self: Scorer, entry: Entry) -> Scored:
        asked.append((entry.path, entry.runtime, torch.get_num_threads()))
        if entry.path.parent == cells[2].folder:
            raise RuntimeFailedError("it crashed")
        return scored()

    monkeypatch.setattr(Scorer, "_scored", score)
    heard: list[tuple[str, int, int]] = []
    with open_scorer(cells, Cache(tmp_path / "cache"), 1) as scorer:
        outcomes = make_all(
            cells, Cache(tmp_path / "cache"), lambda o, done, total: heard.append((o.cell.title, done, total)), scorer
        )
    assert [outcome.cell for outcome in outcomes] == cells
    assert heard == [(cell.title, 4 - place, 4) for place, cell in reversed(list(enumerate(cells)))]
    assert [path for path, _, _ in asked] == [cells[place].folder / "f.x" for place in (3, 2, 0)]
    assert {threads for _, _, threads in asked} == {1}, "two at work share the cores"
    assert [bool(outcome.scored) for outcome in outcomes] == [True, False, False, True]
    assert [list(outcome.seconds) for outcome in outcomes] == [
        ["converting", "scoring"], [], ["converting"], ["converting", "scoring"],
    ]  # fmt: skip
    assert outcomes[1].error is not None and not cells[1].folder.exists()


def test_what_is_there_already_takes_no_stage(
    cells: list[Cell], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = cells[:1]
    file = made(cells[0], tmp_path / "file")
    score = Score(CLASSES)
    for _ in sample_ids("test"):
        score.add(np.eye(4, dtype=np.uint8), np.ones((4, 4), np.uint8), None, ("p", "l"))
    monkeypatch.setattr(Scorer, "_scored", lambda self, entry: scored(score))
    for kept in (False, True):
        produces(monkeypatch, [dataclasses.replace(file, reused=kept, seconds={} if kept else file.seconds)])
        with open_scorer(cells, Cache(tmp_path / "cache"), 1) as scorer:
            scorer._digests = {}  # no maps
            (outcome,) = make_all(cells, Cache(tmp_path / "cache"), lambda *heard: None, scorer)
        assert bool(outcome.seconds) is not kept and outcome.scored is not None


def test_nothing_is_told_of_a_file_whose_scoring_was_ended(
    cells: list[Cell], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, ended = made(cells[0], tmp_path / "file"), list[bool]()

    def interrupted(*given: Any, done: Callable[..., None], stop: Callable[[], None]) -> None:
        monkeypatch.setattr(Scorer, "_scored", lambda self, entry: stop() or scored())
        done(0, file)
        raise KeyboardInterrupt

    monkeypatch.setattr(quickstart, "produce_all", interrupted)
    monkeypatch.setattr(quickstart, "stop_workers", lambda: ended.append(True))
    with open_scorer(cells, Cache(tmp_path / "cache"), 1) as scorer, pytest.raises(KeyboardInterrupt):
        make_all(cells[:1], Cache(tmp_path / "cache"), pytest.fail, scorer)
    assert ended == [True]


def test_a_folder_of_other_files_costs_its_own_cell(
    cells: list[Cell], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells[1].folder.mkdir(parents=True)
    (cells[1].folder / "notes.txt").write_text("mine")

    def make(requests: Sequence[Any], *more: Any, done: Callable[[int, Produced], None], **rest: Any) -> None:
        for place in range(len(requests)):
            done(place, made(cells[place], tmp_path / f"made-{place}"))

    monkeypatch.setattr(quickstart, "produce_all", make)
    outcomes = make_all(cells, Cache(tmp_path / "cache"), lambda *heard: None)
    assert [outcome.error is None for outcome in outcomes] == [True, False, True, True]
    assert "notes.txt" in _line(outcomes[1]) and (cells[1].folder / "notes.txt").read_text() == "mine"


def test_a_full_disk_ends_everything(cells: list[Cell], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: Any, **more: Any) -> None:
        raise StorageError("cannot write: no space")

    monkeypatch.setattr(quickstart, "produce_all", full)
    with pytest.raises(StorageError):
        make_all(cells, Cache(tmp_path / "cache"), lambda *heard: None)


def test_a_line_says_size_tensors_parity_score_and_seconds(cells: list[Cell], tmp_path: Path) -> None:
    file = made(cells[0], tmp_path / "file")
    outcome = Outcome(cell=cells[0], produced=file, scored=scored(), seconds={"converting": 2.0, "scoring": 1.4})
    title = cells[0].title
    assert _line(outcome) == (
        f"{title}: 0.00 MB; image 1x3x8x6 float32 -> logits 1x4x8x6 float32; 99.875% of pixels agree; mIoU 0.2500; 3 s"
    )
    unscored = dataclasses.replace(outcome, scored=None, unscored="its process ended")
    assert "; not scored: its process ended; 3 s" in _line(unscored)
    assert _line(Outcome(cell=cells[0], error=ExportError("no such operator"))) == f"{title}: failed: no such operator"


def test_the_page_shows_the_class_maps_that_scoring_made(cells: list[Cell], tmp_path: Path) -> None:
    cells = cells[:2]
    with open_scorer(cells, Cache(tmp_path / "cache"), 1) as scorer:
        ids = tuple(scorer._digests)
        sizes = {i: read_stored(scorer._data.photos.image_path(i)).upright_px for i in ids}  # type: ignore[union-attr]
        maps = {i: np.full(size, 2, np.uint8) for i, size in sizes.items()}
        outcomes = [
            Outcome(
                cell=cell, produced=made(cell, tmp_path / cell.title), scored=Scored(score=Score(CLASSES), maps=maps)
            )
            for cell in cells
        ]
        row: dict[str, Any] = {"model": "m", "recipe": "r", "target": "t", "precision": "p", "runtime": "x"}
        rows = [BenchmarkRow(**row, status="ok"), BenchmarkRow(**row, status="failed")]
        photos = gallery(outcomes, rows, scorer)
    assert [photo.photo_id for photo in photos] == list(ids) and len(ids) == 4
    assert all(list(photo.masks) == [cells[0].title] for photo in photos), "a file that failed has none"
    assert all((photo.masks[cells[0].title] == 2).all() for photo in photos)


def test_stages_add_up_and_a_phase_that_is_entered_again_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Stages()
    now = [clock._began]
    monkeypatch.setattr(stages.time, "time", lambda: now[0])
    for phase, seconds in (("a", 1.0), ("a", 2.0), ("b", 4.0), ("a", 8.0)):
        clock.enter(phase)
        now[0] += seconds
    said = json.loads(clock.write(tmp_path, {"u2netp onnx fp32": {"converting": 1.23456}}).read_text())
    assert said["phases"] == [
        {"name": stages.STARTING, "seconds": 0.0}, {"name": "a", "seconds": 11.0}, {"name": "b", "seconds": 4.0},
    ]  # fmt: skip
    assert said["seconds"] == 15.0 == sum(phase["seconds"] for phase in said["phases"])
    assert said["files"] == [{"name": "u2netp onnx fp32", "stages": {"converting": 1.235}}]
