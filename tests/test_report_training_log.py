"""The training log is made from runs, and from nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pocketseg.core.errors import DataError
from pocketseg.report import training_log


def _run(folder: Path, scores: list[tuple[int, float]], *, finished: bool = True) -> Path:
    folder.mkdir()
    config = {
        "network": "u2netp", "recipe": {"epochs": 9, "lr": 0.5, "stages": []}, "seed": 7, "precision": "32-true",
        "split_hash": "abc", "teachers": ["x"], "unlabelled": 3,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    rows = [f"{e},{h},32,{s},0.25,60" for e, (h, s) in enumerate(scores, start=1)]
    (folder / "log.csv").write_text("\n".join(["epoch,height_px,width_px,val_miou,loss,seconds", *rows]) + "\n")
    if finished:
        (folder / "result.json").write_text("{}")
    return folder


def test_the_best_epoch_is_that_of_the_last_input_size(tmp_path: Path) -> None:
    text = training_log.page([training_log.record(_run(tmp_path / "a", [(32, 0.9), (64, 0.41), (64, 0.4)]))])
    assert "| a | u2netp | 3 (9) | 0.4100 | 2 | 64 x 32 | 1 |" in text
    assert "lr 0.5" in text and "Teachers: 1; unlabelled photos: 3." in text and "stages" not in text


def test_runs_stand_best_first(tmp_path: Path) -> None:
    records = [training_log.record(_run(tmp_path / n, [(64, s)])) for n, s in (("low", 0.2), ("high", 0.6))]
    text = training_log.page(records)
    assert text.index("| high |") < text.index("| low |")


@pytest.mark.parametrize("spoil", ["config.json", "log.csv"])
def test_a_folder_that_is_no_run_is_named(spoil: str, tmp_path: Path) -> None:
    run = _run(tmp_path / "a", [(64, 0.4)])
    (run / spoil).unlink()
    with pytest.raises(DataError, match="is no training run"):
        training_log.record(run)


def test_the_committed_page_is_that_of_the_committed_records() -> None:
    records = [json.loads(p.read_text()) for p in sorted(training_log.RECORDS.glob("*.json"))]
    assert records and training_log.PAGE.read_text() == training_log.page(records)
