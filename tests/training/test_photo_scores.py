"""Scores kept photo by photo give every figure without the weights, in a release and in the record of its run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _training import Data
from click.testing import CliRunner

from pocketseg.core.errors import DataError
from pocketseg.core.files import write_json
from pocketseg.training.origin import read_origin
from pocketseg.training.photo_scores import TABLES, read_scores, scores_of, tables, write_scored
from pocketseg.training.release import release
from pocketseg.training.scores import PhotoScore, Scores
from scripts import kept_scores, training_log


@pytest.fixture(scope="session")
def _released(finished: Path, data: Data, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("released")
    return release(finished, data.spec, data.split_file, "tiny", out, lambda done, total: None).parent


@pytest.fixture
def released(_released: Path, tmp_path: Path) -> Path:
    return shutil.copytree(_released, tmp_path / "released")


@pytest.fixture
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of records and a page of its own."""
    monkeypatch.setattr(training_log, "ROOT", tmp_path)
    monkeypatch.setattr(training_log, "RECORDS", tmp_path / "records")
    monkeypatch.setattr(training_log, "PAGE", tmp_path / "page.md")
    return tmp_path / "records"


def test_a_release_keeps_the_counts_from_which_its_card_was_made(released: Path, data: Data) -> None:
    card = json.loads((released / "tiny.json").read_text())
    content = json.loads((released / "tiny.scores.json").read_text())
    assert {k: content[k] for k in ("sha256", "classes", "network")} == {
        k: card[k] for k in ("sha256", "classes", "network")
    }
    for part, found in read_scores(released / "tiny.scores.json").items():
        assert tuple(p.id for p in found.photos) == data.split.ids(part)
        assert found.summary(part, data.split.hash) == card[part]
    assert str(data.split_file.parent) not in (released / "tiny.scores.json").read_text(), "no path of this machine"


def _scores(count: int) -> Scores:
    random = np.random.default_rng(count)
    photos = [
        PhotoScore(id=f'"{i}" ü', confusion=random.integers(0, 9, (3, 3)), boundary=random.integers(0, 9, (3, 2)))
        for i in range(count)
    ]
    return Scores(classes=("background", "a", "b"), photos=tuple(photos))


@pytest.mark.parametrize("counts", [{"val": 2, "test": 3}, {"val": 0, "test": 1}, {"test": 1}])
def test_counts_come_back_as_written_and_each_photo_is_a_line(counts: dict[str, int], tmp_path: Path) -> None:
    scores = {part: _scores(count) for part, count in counts.items()}
    content = {"name": "x", "classes": ["background", "a", "b"], "more": {"nested": [1, 2]}, **tables(scores)}
    path = write_scored(tmp_path / "x.json", content)
    assert json.loads(path.read_text()) == content
    lines = path.read_text().splitlines()
    assert sum("ü" in line for line in lines) == 2 * sum(counts.values())
    back = read_scores(path)
    assert list(back) == list(scores)
    for part, found in back.items():
        assert tables({part: found}) == tables({part: scores[part]})
    plain = write_json(tmp_path / "plain.json", {"a": 1})
    assert write_scored(tmp_path / "y.json", {"a": 1}).read_bytes() == plain.read_bytes()


@pytest.mark.parametrize(
    "wrong",
    [
        {"confusions": {"val": {"a": [1] * 8}}},
        {"confusions": {"val": {"a": [-1] * 9}}},
        {"confusions": {"val": {"a": [0.5] * 9}}},
        {"confusions": {"val": {"a": [True] * 9}}},
        {"confusions": {"val": {"a": [2**70] * 9}}},
        {"confusions": {"val": {"a": None}}},
        {"confusions": {"val": {"b": [1] * 9}}},
        {"confusions": {"val": 3}},
        {"confusions": []},
        {"boundaries": {}},
        {"classes": 3},
    ],
)
def test_what_cannot_be_counts_is_named(wrong: dict[str, Any]) -> None:
    whole = {"classes": ["x", "y", "z"], "confusions": {"val": {"a": [1] * 9}}, "boundaries": {"val": {"a": [1] * 6}}}
    assert scores_of(whole, "it")["val"].miou() == pytest.approx(1 / 5)
    with pytest.raises(DataError, match="it does not hold scores photo by photo"):
        scores_of(whole | wrong, "it")


def test_a_runs_record_takes_card_and_scores_and_can_still_be_trained_again(
    finished: Path, released: Path, records: Path
) -> None:
    answer = CliRunner().invoke(kept_scores.main, [str(finished), str(released / "tiny.json")])
    assert answer.exit_code == 0, answer.output
    path = records / "run.json"
    kept, card = json.loads(path.read_text()), json.loads((released / "tiny.json").read_text())
    assert kept["card"] == {k: v for k, v in card.items() if k != "log"} and len(kept["epochs"]) == 2
    assert kept["card"]["size_bytes"] == (released / "tiny.safetensors").stat().st_size
    assert tables(scores_of(kept, path)) == {
        k: json.loads((released / "tiny.scores.json").read_text())[k] for k in TABLES
    }
    assert read_origin(path).name == "run" and "| run |" in (records.parent / "page.md").read_text()
    before = path.read_bytes()
    training_log.keep([finished])
    assert path.read_bytes() == before, "the log, made again, keeps card and scores"


def _changed(path: Path, **changes: Any) -> None:
    write_json(path, {**json.loads(path.read_text()), **changes})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda folder: _changed(folder / "tiny.json", seed=99), "seed differ"),
        (lambda folder: _changed(folder / "tiny.json", epoch_of_best=77), "epoch of the best weights differ"),
        (lambda folder: _changed(folder / "tiny.scores.json", sha256="ab"), "scores differ"),
        (lambda folder: (folder / "tiny.safetensors").write_bytes(b"x"), "weights differ"),
        (lambda folder: (folder / "tiny.safetensors").unlink(), "weights differ"),
        (lambda folder: (folder / "tiny.scores.json").unlink(), "cannot be read"),
        (lambda folder: _changed(folder / "tiny.json", val={"miou": 0.99}), "do not give the card's mIoU of val"),
    ],
)
def test_a_card_of_other_weights_is_not_kept(
    change: Any, message: str, finished: Path, released: Path, records: Path
) -> None:
    change(released)
    answer = CliRunner().invoke(kept_scores.main, [str(finished), str(released / "tiny.json")])
    assert answer.exit_code == DataError.exit_code and message in answer.output and not records.exists()
