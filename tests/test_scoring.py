"""Scores apart from timing: the same numbers as beside it, made once, kept, and taken by what times a file."""

from __future__ import annotations

import dataclasses
import errno
import functools
import importlib.metadata
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _engines import HEIGHT, PACKAGE, QUICK, WIDTH, write_entry, write_photos, write_runtimes

from benchmark import scoring, shared
from benchmark.accuracy import Score
from benchmark.engine import measure
from benchmark.entry import Entry
from benchmark.photos import ScoredPhotos
from benchmark.scoring import Scorer
from benchmark.worker import stop_workers
from pocketseg.core.cache import Cache
from pocketseg.core.errors import RuntimeFailedError
from pocketseg.core.types import Artifact
from pocketseg.data.photos import Pixels


@pytest.fixture(scope="module")
def _runtimes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    root = tmp_path_factory.mktemp("runtimes")
    write_runtimes(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(root))
        patch.setenv("PYTHONPATH", str(root))
        patch.setattr(scoring.runtimes, "tool", lambda name: "numpy")
        patch.setattr(scoring, "code", lambda *_: scoring.Code(modules=("benchmark.accuracy",), used={}))
        yield


@pytest.fixture
def entry(tmp_path: Path, _runtimes: None) -> Callable[..., Entry]:
    """Write a file with its manifest: entry(NAME, runtime=..., **facts)."""
    return functools.partial(write_entry, tmp_path)


@pytest.fixture
def data(tmp_path: Path) -> ScoredPhotos:
    return write_photos(tmp_path / "data")


class References:
    """Yields class maps of which the left half is right on half of the photos, and counts how often it began."""

    def __init__(self) -> None:
        self.began = 0

    def __call__(self, artifact: Artifact) -> Iterator[Pixels]:
        return self._maps()

    def _maps(self) -> Iterator[Pixels]:
        self.began += 1
        for number in range(10):
            wanted = np.zeros((2 * HEIGHT, 2 * WIDTH), np.uint8)
            wanted[:, :WIDTH] = number < 5
            yield wanted


def scorer(data: ScoredPhotos, folder: Path, **more: Any) -> Scorer:
    return Scorer(data, Cache(folder / "cache"), threads=1, runtimes_package=PACKAGE, **more)


def no_process(*given: Any) -> None:
    raise AssertionError("a process was started")


@pytest.mark.parametrize("held_bytes", [shared.MOST_HELD_BYTES, 0])
def test_a_score_apart_from_timing_is_the_one_that_timing_makes(
    held_bytes: int, entry: Callable[..., Entry], data: ScoredPhotos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "MOST_HELD_BYTES", held_bytes)
    entries = [entry("a"), entry("b", runtime="evaluator")]
    rows = measure(entries, data=data, reference=References(), effort=QUICK, runtimes_package=PACKAGE)
    with scorer(data, tmp_path, reference=References()) as apart:
        found = [apart.score(made).score for made in entries]
    for row, score in zip(rows, found, strict=True):
        assert row.document is not None
        assert [dataclasses.asdict(photo) for photo in score.photos] == row.document["quality"]["photos"]
        assert (score.miou(), score.iou()) == (row.miou, row.iou)
        assert score.argmax_agreement == row.argmax_agreement == 0.75


def test_a_known_score_is_taken_and_the_file_is_only_timed(
    entry: Callable[..., Entry], data: ScoredPhotos, tmp_path: Path
) -> None:
    journals = [tmp_path / "scored", tmp_path / "known"]
    entries = [entry(f"file-{path.name}", journal=str(path)) for path in journals]
    with scorer(data, tmp_path) as apart:
        known = apart.score(entries[1]).score
    journals[1].unlink()
    scored, timed = measure(entries, data=data, scores=[None, known], effort=QUICK, runtimes_package=PACKAGE)
    runs = [len(path.read_text().split()) for path in journals]
    more = [len(row.document["end_to_end"]) for row in (scored, timed) if row.document]
    assert runs[0] - more[0] == runs[1] - more[1] + len(data.ids)
    assert (scored.miou, scored.iou, scored.photos) == (timed.miou, timed.iou, timed.photos) and timed.photos == 10
    assert timed.p50_ms is not None and timed.split == "test"


def test_scores_and_class_maps_are_kept_by_what_decides_them(
    entry: Callable[..., Entry], data: ScoredPhotos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = entry("a")
    with scorer(data, tmp_path, kept_maps=data.ids[:2]) as apart:
        first = apart.score(made)
    assert set(first.maps) == set(data.ids[:2]) and all((m[:, :WIDTH] == 1).all() for m in first.maps.values())
    monkeypatch.setattr(scoring, "Worker", no_process)
    again = scorer(data, tmp_path, kept_maps=data.ids[:2]).score(made)
    assert again.score == first.score
    assert all(np.array_equal(again.maps[photo_id], found) for photo_id, found in first.maps.items())
    assert scorer(data, tmp_path).kept(made) is not None, "who needs no maps takes the score"
    assert scorer(data, tmp_path, kept_maps=data.ids[2:3]).kept(made) is None, "other maps are not there"
    assert scorer(data, tmp_path, reference=References()).kept(made) is None, "it was compared with nothing"
    assert scorer(dataclasses.replace(data, ids=data.ids[1:]), tmp_path).kept(made) is None
    assert Scorer(data, Cache(tmp_path / "cache"), threads=2).kept(made) is None
    (read,) = made.artifact.outputs
    for change in (
        {"sha256": "f" * 64},
        {"outputs": (dataclasses.replace(read, layout="NHWC"),)},
        {"classes": made.artifact.classes[::-1]},
        {"input_height_px": made.artifact.input_height_px + 1},
    ):
        changed = dataclasses.replace(made, artifact=dataclasses.replace(made.artifact, **change))
        assert scorer(data, tmp_path).kept(changed) is None, change
    version = importlib.metadata.version
    for tool in ("numpy", "pillow"):
        with monkeypatch.context() as patch:
            patch.setattr(importlib.metadata, "version", lambda name, tool=tool: "9" if name == tool else version(name))
            assert scorer(data, tmp_path).kept(made) is None, tool


def test_a_damaged_score_is_made_again(entry: Callable[..., Entry], data: ScoredPhotos, tmp_path: Path) -> None:
    made = entry("a")
    with scorer(data, tmp_path, kept_maps=data.ids[:1]) as apart:
        first = apart.score(made)
        (file,) = (tmp_path / "cache").rglob("score.json")
        (picture,) = file.parent.glob("*.runs")
        whole = json.loads(file.read_text())
        fewer, more_equal = {**whole, "photos": whole["photos"][:3]}, {**whole, "equal": whole["compared"] + 1}
        for spoilt in (
            "",
            "[]",
            json.dumps(fewer),
            json.dumps(more_equal),
            json.dumps({**whole, "photos": [{**whole["photos"][0], "confusion": [[1]]}]}),
        ):
            file.write_text(spoilt)
            assert apart.kept(made) is None
            assert apart.score(made).score == first.score
        picture.write_bytes(b"PSCM")
        assert apart.kept(made) is None
        assert np.array_equal(apart.score(made).maps[data.ids[0]], first.maps[data.ids[0]])


def test_two_that_keep_one_score_at_once_both_have_it(
    entry: Callable[..., Entry], data: ScoredPhotos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = entry("a")

    def taken(path: Path) -> AbstractContextManager[Path]:
        raise OSError(errno.ENOTEMPTY, "Directory not empty")

    with scorer(data, tmp_path) as apart:
        monkeypatch.setattr(scoring, "atomic_folder", taken)
        assert len(apart.score(made).score.photos) == len(data.ids)


def test_a_file_that_fails_says_why_and_keeps_nothing(
    entry: Callable[..., Entry], data: ScoredPhotos, tmp_path: Path
) -> None:
    with scorer(data, tmp_path) as apart:
        for does, why in (("crash", "SIGSEGV"), ("raise", "no such operator"), ("nan", "not finite")):
            with pytest.raises(RuntimeFailedError, match=why):
                apart.score(entry(does, does=does, on_run=3))
        with pytest.raises(RuntimeFailedError, match="no such chip"):
            apart.score(entry("refusing", runtime="refusing"))
        crash, good = entry("bad", does="exit", on_run=9), entry("good")
        with pytest.raises(RuntimeFailedError, match="its process ended with status 4") as caught:
            apart.score_all([crash, good])
        assert str(crash.path) in caught.value.message
        assert apart.kept(crash) is None


def test_what_is_known_leaves_out_files_that_do_not_run_and_is_not_made_again(
    entry: Callable[..., Entry], data: ScoredPhotos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [entry("good"), entry("bad", does="crash", on_run=3), entry("refusing", runtime="refusing")]
    artifact = entries[0].artifact
    facts = {**artifact.facts, "signals": {"names": ["skeleton"]}}
    told = dataclasses.replace(entries[0], artifact=dataclasses.replace(artifact, facts=facts))
    with scorer(data, tmp_path) as apart:
        good, *others = apart.known([*entries, told])
    assert good is not None and not good.reused and others == [None, None, None]
    monkeypatch.setattr(scoring, "Worker", no_process)
    (again,) = scorer(data, tmp_path).known(entries[:1])
    assert again is not None and again.reused and again.score == good.score


def test_reference_maps_are_held_where_the_photos_are_not(
    entry: Callable[..., Entry], data: ScoredPhotos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = References()
    pixels = len(data.ids) * 4 * HEIGHT * WIDTH
    monkeypatch.setattr(shared, "MOST_HELD_BYTES", 2 * pixels)
    with scorer(data, tmp_path, reference=reference) as apart:
        found = apart.known([entry("a"), entry("b")])
    assert [each.score.argmax_agreement for each in found if each] == [0.75, 0.75] and reference.began == 1


def test_a_file_whose_process_starts_only_after_another_has_failed_is_ended_too(
    entry: Callable[..., Entry], data: ScoredPhotos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = threading.Event()

    def late(self: Scorer, made: Entry) -> scoring.Scored:
        if "late" in str(made.path):
            assert failed.wait(60)
            time.sleep(0.3)  # those that run are told to stop meanwhile
        return scored(self, made)

    def stop() -> None:
        failed.set()
        stop_workers()

    scored = Scorer._scored
    monkeypatch.setattr(Scorer, "_scored", late)
    monkeypatch.setattr(scoring, "stop_workers", stop)
    began = time.monotonic()
    with scorer(data, tmp_path) as apart, pytest.raises(RuntimeFailedError, match="no such operator"):
        apart.score_all([entry("bad", does="raise"), entry("late", does="hang")])
    assert time.monotonic() - began < 60, "it hangs for five minutes"


def test_the_reference_runs_once_for_all_files_of_a_network(
    entry: Callable[..., Entry], data: ScoredPhotos, tmp_path: Path
) -> None:
    reference = References()
    with scorer(data, tmp_path, reference=reference) as apart, ThreadPoolExecutor(2) as pool:
        found = list(pool.map(apart.score, [entry(name) for name in "abc"]))
    assert [scored.score.argmax_agreement for scored in found] == [0.75] * 3
    assert reference.began == 1


def test_no_process_and_no_folder_is_left(
    entry: Callable[..., Entry], data: ScoredPhotos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Any] = []

    class Noted(scoring.Worker):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            started.append(self.process)

    monkeypatch.setattr(scoring, "Worker", Noted)
    with scorer(data, tmp_path) as apart:
        apart.score(entry("a"))
        with pytest.raises(RuntimeFailedError):
            apart.score(entry("b", does="raise"))
    assert len(started) == 2 and all(process.poll() is not None for process in started)
    assert list(Cache(tmp_path / "cache").workspace().iterdir()) == [], "what a kill leaves there is cleaned later"


def test_a_score_read_back_is_the_same() -> None:
    score = Score(("a", "b"))
    score.add(np.eye(3, dtype=np.uint8), np.ones((3, 3), np.uint8), np.zeros((3, 3), np.uint8), ("p", "l"))
    assert Score.from_json(json.loads(json.dumps(score.to_json()))) == score
    assert score.photos[0].confusion == [[0, 0], [6, 3]] and score.argmax_agreement == pytest.approx(6 / 9)
    assert Score(("a", "b")).miou() is None and Score(("a", "b")).argmax_agreement is None
