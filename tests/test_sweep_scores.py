"""A sweep chooses on validation photos and scores its fronts on test photos once; picking says which photos chose."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import _sweep
import numpy as np
import pytest
from _commands import Call
from _rows import SCORES, WHEN, row

import benchmark.engine
import models
from benchmark.accuracy import Score
from benchmark.entry import Entry
from benchmark.kept import FinalScore, score_once
from benchmark.photos import photos_hash, sample_part
from benchmark.rows import COLUMNS, append_line, from_json, to_json
from benchmark.scoring import Scored, Scorer
from pocketseg.core.cache import Cache
from pocketseg.core.classes import CLASSES
from pocketseg.core.errors import RuntimeFailedError, SplitError
from pocketseg.core.files import write_json
from pocketseg.core.types import Artifact, BenchmarkRow, Parity, Preprocessing
from pocketseg.data.embedded import FOLDER, sample_ids, sample_photos, sample_split
from pocketseg.data.photos import digest, read_image
from pocketseg.data.split import Split
from pocketseg.data.split import to_json as split_json
from pocketseg.report.pareto import fronts
from pocketseg.report.pick import Wanted, pick
from pocketseg.sweep import run as running
from pocketseg.sweep.jobs import about
from pocketseg.sweep.photos import photos_of
from pocketseg.sweep.plan import Cell, Sweep, cells
from pocketseg.sweep.results import ROWS, Results


def sweep(**changes: Any) -> Sweep:
    given = {"models": ("topformer_tiny",), "recipes": tuple(SCORES), "targets": ("onnx",), **changes}
    return Sweep(**given)


class Workers(_sweep.Workers):
    """Answer jobs at once and note them; what is measured has the scores above, what is tested 0.3."""

    slots = 1

    def renew(self) -> None:
        raise AssertionError("no process ended")

    def submit(self, job: dict[str, Any]) -> Future[dict[str, Any]]:
        type(self).ran.append(job)
        future: Future[dict[str, Any]] = Future()
        future.set_result(self._answer(job))
        return future

    def _answer(self, job: dict[str, Any]) -> dict[str, Any]:
        if job["kind"] == "measure":
            return {"rows": [to_json(row(c["recipe"])) for c in job["cells"]]}
        if job["kind"] == "together":
            return {"times": [to_json(row(c["recipe"])) for c in job["cells"]]}
        if job["kind"] == "test":
            tested = FinalScore(miou=0.3, iou={"background": 0.5, "mug": 0.1}, photos=32, at=WHEN)
            return {"tested": [dataclasses.asdict(tested)] * len(job["cells"])}
        return {}


@pytest.fixture
def go(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., tuple[list[str], Results]]:
    """Run a sweep; give the recipes that were scored on test photos meanwhile, and the results."""
    monkeypatch.setattr(running, "Workers", Workers)
    monkeypatch.setattr(running, "refusals", lambda cells, sweep: {})

    def call(asked: Sweep, test_photos: str = "these") -> tuple[list[str], Results]:
        Workers.ran = []
        running.run(
            asked, cells(asked), tmp_path / "out", Cache(tmp_path / "cache"), Results(tmp_path / "out", test_photos)
        )
        tested = [c["recipe"] for job in Workers.ran if job["kind"] == "test" for c in job["cells"]]
        return tested, Results(tmp_path / "out", test_photos)

    return call


# ---- which photos ----------------------------------------------------------------------------------------------------


def test_every_cell_is_scored_on_validation_photos_and_the_fronts_files_once_on_test_photos(go: Any) -> None:
    tested, results = go(sweep())
    assert sorted(tested) == ["fp32", "w8a8"], "w8 is beaten in both"
    rows = {r.recipe: r for r in results.rows(cells(sweep()))}
    assert {r.split for r in rows.values()} == {"val"} and {k: r.miou for k, r in rows.items()} == {
        k: v[0] for k, v in SCORES.items()
    }
    assert {k: (r.test_miou, r.test_photos, r.tested_at) for k, r in rows.items()} == {
        "fp32": (0.3, 32, WHEN), "w8a8": (0.3, 32, WHEN), "w8": (None, 0, ""),
    }  # fmt: skip
    assert go(sweep())[0] == [] and Workers.ran == [], "nothing is scored twice"


def test_a_grown_sweep_tests_what_is_new_on_a_front_and_keeps_what_is_known(
    go: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    go(sweep(recipes=("fp32", "w8")))
    tested, results = go(sweep())
    assert tested == ["w8a8"]
    monkeypatch.setitem(SCORES, "fp16", (0.7, 1.0))
    tested, results = go(sweep(recipes=(*SCORES,)))
    assert tested == ["fp16"]
    shown = {r.recipe: r.test_miou for r in results.rows(cells(sweep(recipes=(*SCORES,))))}
    assert shown == {"fp32": 0.3, "w8a8": 0.3, "fp16": 0.3, "w8": None}, "a beaten file keeps its score"


def test_other_test_photos_or_labels_are_another_score(go: Any) -> None:
    go(sweep())
    tested, results = go(sweep(), "mended labels")
    assert sorted(tested) == ["fp32", "w8a8"]
    assert len([line for line in (results.folder / ROWS).read_text().splitlines() if '"tested"' in line]) == 2


def test_a_split_without_test_photos_gives_no_test_scores(go: Any) -> None:
    tested, results = go(sweep(), "")
    assert tested == [] and not results.tested(cells(sweep()))


def test_test_scores_decide_nothing() -> None:
    rows = [row(recipe) for recipe in SCORES]
    turned = [dataclasses.replace(r, test_miou=1 - (r.miou or 0), test_photos=3, tested_at=WHEN) for r in rows]
    for limits in ({"max_p50_ms": 9.6}, {"min_miou": 0.55}, {"max_mb": 9.0}):
        plain, other = (pick(these, Wanted(**limits))[0] for these in (rows, turned))
        assert plain is not None and other is not None and plain.recipe == other.recipe
    assert [[r.recipe for r in front] for front in fronts(turned).values()] == [["w8a8", "fp32"]]


def test_a_sweep_wants_validation_photos_before_any_work(tmp_path: Path) -> None:
    ids = sample_ids("test")[:2]
    for folder, suffix in (("images", "jpg"), ("masks", "png")):
        (tmp_path / folder).mkdir()
        for photo_id in ids:
            name = f"{photo_id}.{suffix}"
            (tmp_path / folder / name).write_bytes((FOLDER / folder / name).read_bytes())
    digests = [digest(tmp_path / "images" / f"{i}.jpg") for i in ids]
    parts = {"train": {ids[0]: digests[0]}, "val": {}, "test": {ids[1]: digests[1]}}
    write_json(tmp_path / "split.json", split_json(Split(name="own", photos=parts, never={}, made_with={})))
    with pytest.raises(SplitError, match="split own has no validation photos"):
        cells(sweep(data=f"folder:{tmp_path}"))


def test_mended_labels_are_other_photos_to_a_score(tmp_path: Path) -> None:
    part = photos_of(sweep(), "val")
    assert photos_hash(part) == photos_hash(sample_part("val")) != photos_hash(sample_part("test"))
    mask = part.photos.labelled_at(part.ids[0])[0]

    class Mended:
        def __getattr__(self, name: str) -> Any:
            return getattr(part.photos, name)

        def labelled_at(self, photo_id: str) -> tuple[Path, int | None]:
            return (tmp_path / "mended.png", None) if photo_id == part.ids[0] else part.photos.labelled_at(photo_id)

    (tmp_path / "mended.png").write_bytes(mask.read_bytes() + b"\0")
    assert photos_hash(dataclasses.replace(part, photos=Mended())) != photos_hash(part)


def test_no_test_photo_is_timed_on() -> None:
    _, timed = benchmark.engine._check([], None, 1, lambda what, done, total: None, lambda sentence: None)
    train = read_image(sample_photos().image_path(sample_ids("train")[0]))
    assert np.array_equal(timed, train) and sample_ids("train")[0] not in sample_split().ids("test")


# ---- scored once -----------------------------------------------------------------------------------------------------


def _entry(sha256: str, model: str = "m") -> Entry:
    artifact = Artifact(
        target="onnx", model=model, recipe="fp32", precision="fp32", output="logits", file="f.onnx", sha256=sha256,
        size_bytes=1, input_height_px=64, input_width_px=64, inputs=(), outputs=(), classes=CLASSES,
        colors_rgb=(), checkpoint_sha256="c", lineage=(), split_hash="", calibration={},
        parity=Parity(status="not measured here"), tools={},
        preprocessing=Preprocessing(mean_rgb=(0.5, 0.5, 0.5), std_rgb=(0.5, 0.5, 0.5)),
    )  # fmt: skip
    return Entry(artifact=artifact, path=Path("f.onnx"), runtime="ort")


def test_the_same_file_is_never_scored_twice_on_the_same_test_photos(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def scored(self: Scorer, entry: Entry) -> Scored:
        asked.append(entry.artifact.sha256)
        if entry.artifact.sha256 == "bad":
            raise RuntimeFailedError("it crashed")
        score = Score(CLASSES)
        score.add(np.eye(2, dtype=np.uint8), np.ones((2, 2), np.uint8), None, ("photo", "label"))
        return Scored(score=score, maps={})

    monkeypatch.setattr(Scorer, "_scored", scored)
    cache, data = Cache(tmp_path), sample_part("test")
    first = score_once([_entry("a"), _entry("a", "other name"), _entry("b")], cache, data=data, threads=1)
    assert sorted(asked) == ["a", "b"] and first[0] == first[1] and first[0].miou == 0.5 and first[0].photos == 1
    again = score_once([_entry("b"), _entry("a")], cache, data=data, threads=2)
    assert first[0] == again[1] and again[0].at == first[2].at and sorted(asked) == ["a", "b"]
    with pytest.raises(RuntimeFailedError, match=r"f\.onnx: it crashed"):
        score_once([_entry("bad")], cache, data=data, threads=1)
    score_once([_entry("a")], cache, data=sample_part("val"), threads=1)
    assert asked[2:] == ["bad", "a"], "other photos are another score"


# ---- earlier sweeps --------------------------------------------------------------------------------------------------


def test_rows_of_an_earlier_sweep_are_told_apart_and_kept(go: Any, tmp_path: Path) -> None:
    grid = cells(sweep())
    old = {k: v for k, v in to_json(row(split="test", miou=0.9)).items() if not k.startswith("test")}
    for cell in grid[:2]:
        append_line(tmp_path / "out" / ROWS, {"cell": cell.key, "row": old})
    assert len(Results(tmp_path / "out").earlier) == 2 and not Results(tmp_path / "out").rows(grid)
    _, results = go(sweep())
    assert {r.split for r in results.rows(grid)} == {"val"} and len(results.earlier) == 2
    with (tmp_path / "out/results.csv").open() as stream:
        assert {line["split"] for line in csv.DictReader(stream)} == {"val"}
    results.forget_failed(grid)
    append_line(tmp_path / "out" / ROWS, {"cell": "more", "row": to_json(row(status="failed"))})
    failed = dataclasses.replace(grid[0], key="more")
    assert Results(tmp_path / "out").forget_failed([failed]) == 1
    assert len(Results(tmp_path / "out").earlier) == 2, "rewriting the file loses none"
    assert len(Results(tmp_path / "out", "these").tested(grid)) == 2


def test_a_resumed_earlier_sweep_says_what_happens_to_its_rows(pocketseg: Call, tmp_path: Path) -> None:
    append_line(tmp_path / "out" / ROWS, {"cell": "old key", "row": to_json(row(split="test"))})
    write_json(tmp_path / "out/results.json", {"rows": [to_json(row(split="test"))]})
    asked = ("sweep", "--models", "u2netp", "--recipes", "pal8", "--targets", "onnx", "--out", tmp_path / "out")
    answer = pocketseg(*asked, "--resume")
    assert answer.code == 0 and "1 rows of an earlier version, which scored every file on test photos" in answer.err
    assert {r["split"] for r in json.loads((tmp_path / "out/results.json").read_text())["rows"]} == {"val"}
    assert "old key" in (tmp_path / "out" / ROWS).read_text()


def test_a_row_without_test_scores_is_read_and_shows_empty_columns() -> None:
    old = {k: v for k, v in to_json(row()).items() if not k.startswith("test")}
    assert from_json(old) == row() and {"test_miou", "test_photos"} <= set(COLUMNS)


def test_a_page_says_that_steps_trained_only_where_a_file_came_of_it() -> None:
    asked = sweep(recipes=("fp32", "prune:0.3", "sparse_nm:2-4"), epochs=3)
    grid = cells(asked)

    def rows(*recipes: str) -> list[BenchmarkRow]:
        ok = {str(c.recipe) for c in grid if str(c.recipe) in recipes}
        return [row(str(c.recipe), model=c.name, status="ok" if str(c.recipe) in ok else "refused") for c in grid]

    assert about(asked, grid, rows("fp32", "sparse_nm:2-4+fp32")) == [], "2 of 4 are taken without training"
    assert about(asked, grid, rows("fp32", "prune:0.3+fp32")) == [
        "Steps trained for at most 3 passes over the training photos of the embedded sample."
    ]
    untrained = dataclasses.replace(asked, epochs=0)
    assert about(untrained, grid, rows("prune:0.3+fp32")) == []


# ---- names -----------------------------------------------------------------------------------------------------------


def _weights(path: Path, seed: int, **metadata: str) -> str:
    import torch

    path.parent.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    spec = dataclasses.replace(models.spec("topformer_tiny"), height_px=64, width_px=64)
    models.save_weights(models.build("topformer_tiny"), spec, path, dtype="fp16", metadata=metadata)
    return str(path)


def test_runs_of_one_file_name_are_told_apart_and_keep_their_folders_when_a_sweep_grows(tmp_path: Path) -> None:
    one, two, three = (
        _weights(tmp_path / where / "best.safetensors", seed)
        for seed, where in enumerate(("a/mine", "a/other", "b/mine"))
    )

    def grid(*refs: str) -> list[Cell]:
        return cells(sweep(models=refs, recipes=("fp32",)))

    assert [c.name for c in grid(one, two)] == ["mine", "other"]
    grown = grid(one, two, three)
    assert len({c.name for c in grown}) == 3 and all("best" not in c.folder for c in grown)
    assert grown[0].folder == grid(one, two)[0].folder and grown[0].key == grid(one, two)[0].key
    results = Results(tmp_path / "out")
    results.add(grid(one)[0], row(model="mine"))
    assert [r.model for r in results.rows(grown)] == [grown[0].name]
