"""The training log is made from runs, and from nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pocketseg.core.errors import DataError, UsageError
from scripts import training_log


def _run(folder: Path, scores: list[tuple[int, float]], *, finished: bool = True, **recipe: float) -> Path:
    folder.mkdir()
    config = {
        "network": "u2netp", "recipe": {"epochs": 9, "lr": 0.5, "stages": []} | recipe, "seed": 7,
        "precision": "32-true", "split_hash": "abc", "teachers": ["x"], "unlabelled": 3,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    rows = [f"{e},{10 * e},{h},32,{s},0.25,60" for e, (h, s) in enumerate(scores, start=1)]
    (folder / "log.csv").write_text("\n".join(["epoch,step,height_px,width_px,val_miou,loss,seconds", *rows]) + "\n")
    if finished:
        (folder / "result.json").write_text("{}")
    return folder


def test_the_best_epoch_is_that_of_the_last_input_size(tmp_path: Path) -> None:
    text = training_log.page([training_log.record(_run(tmp_path / "a", [(32, 0.9), (64, 0.41), (64, 0.4)]))])
    assert "| a | u2netp | 3 (9) | 0.4100 | 2 | 64 x 32 | 1 |" in text
    assert "lr 0.5" in text and "Teachers: 1; unlabelled photos: 3." in text and "stages" not in text


def test_a_width_alone_makes_another_input_size(tmp_path: Path) -> None:
    run = _run(tmp_path / "a", [(64, 0.41), (64, 0.4)])
    log = run / "log.csv"
    log.write_text(log.read_text().replace("1,10,64,32", "1,10,64,96"))
    assert "| 0.4000 | 2 | 64 x 32 |" in training_log.page([training_log.record(run)])


def test_runs_stand_best_first(tmp_path: Path) -> None:
    records = [training_log.record(_run(tmp_path / n, [(64, s)])) for n, s in (("low", 0.2), ("high", 0.6))]
    text = training_log.page(records)
    assert text.index("| high |") < text.index("| low |")


def test_a_change_in_one_setting_alone_is_set_beside_what_it_changed(tmp_path: Path) -> None:
    runs = [
        _run(tmp_path / "base", [(64, 0.40)]),
        _run(tmp_path / "fast", [(64, 0.35)], lr=0.9),
        _run(tmp_path / "long", [(64, 0.42)], epochs=12, color=0.5),  # color: a setting that the others do not know
        _run(tmp_path / "two", [(64, 0.10)], lr=0.7, epochs=5),
        _run(tmp_path / "stopped", [(64, 0.20)], lr=0.1, finished=False),
    ]
    text = training_log.page([training_log.record(r) for r in runs])
    table = text[text.index("## One change") : text.index("\n## b")]
    assert "| u2netp | base | 0.4000 | lr 0.5 to 0.9 | 0.3500 | -0.0500 |" in table
    assert "| u2netp | base | 0.4000 | epochs 9 to 12 | 0.4200 | +0.0200 |" in table
    assert len(table.splitlines()) == 8 and "0.7" not in table and "0.1" not in table


def test_runs_on_shares_of_the_photos_make_a_learning_curve(tmp_path: Path) -> None:
    runs = [
        _run(tmp_path / "half", [(64, 0.3)], photos_share=0.5, epochs=18),
        _run(tmp_path / "all", [(64, 0.4)], photos_share=1.0),
        _run(tmp_path / "other", [(64, 0.2)], photos_share=0.5, lr=0.1),
    ]
    text = training_log.page([training_log.record(r) for r in runs])
    table = text[text.index("## How much") : text.index("\n## all")]
    rows = [line for line in table.splitlines() if line.startswith("| u2netp")]
    assert rows == ["| u2netp | 50% | 18 | 10 | 0.3000 |", "| u2netp | 100% | 9 | 10 | 0.4000 |"]


@pytest.mark.parametrize("spoil", ["config.json", "log.csv"])
def test_a_folder_that_is_no_run_is_named(spoil: str, tmp_path: Path) -> None:
    run = _run(tmp_path / "a", [(64, 0.4)])
    (run / spoil).unlink()
    with pytest.raises(DataError, match="is not a training run"):
        training_log.record(run)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of records and a page of its own."""
    monkeypatch.setattr(training_log, "ROOT", tmp_path)
    monkeypatch.setattr(training_log, "RECORDS", tmp_path / "records")
    monkeypatch.setattr(training_log, "PAGE", tmp_path / "page.md")
    return tmp_path / "records"


def test_another_run_of_the_same_name_does_not_take_a_records_place(tmp_path: Path, kept: Path) -> None:
    (tmp_path / "x").mkdir()
    first, second = _run(tmp_path / "run", [(64, 0.4)]), _run(tmp_path / "x" / "run", [(64, 0.5)], lr=0.9)
    assert training_log.keep([first]) == "page.md  1 runs"
    before = (kept / "run.json").read_bytes()
    for runs in ([second], [first, second]):
        with pytest.raises(UsageError, match=r"run\.json is of another run than .*its recipe differ") as caught:
            training_log.keep(runs)
        assert "rename the run's folder" in caught.value.hint and (kept / "run.json").read_bytes() == before
    log = first / "log.csv"
    log.write_text(log.read_text() + "2,20,64,32,0.45,0.2,120\n")
    training_log.keep([first])
    assert len(json.loads((kept / "run.json").read_text())["epochs"]) == 2, "the same run, further on"


def test_a_run_given_as_the_current_folder_has_its_folders_name(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(_run(tmp_path / "mine", [(64, 0.4)]))
    training_log.keep([Path()])
    assert [p.name for p in kept.iterdir()] == ["mine.json"]


@pytest.mark.parametrize(("file", "content"), [("config.json", "{}"), ("log.csv", "epoch,step\n"), ("log.csv", "")])
def test_a_run_without_settings_or_epochs_is_one_message_and_leaves_no_record(
    file: str, content: str, tmp_path: Path, kept: Path
) -> None:
    good, bad = _run(tmp_path / "good", [(64, 0.4)]), _run(tmp_path / "bad", [(64, 0.4)])
    (bad / file).write_text(content)
    answer = CliRunner().invoke(training_log.main, [str(good), str(bad)])
    assert answer.exit_code == DataError.exit_code and answer.stderr.startswith(f"error: {bad}")
    assert "Traceback" not in answer.output and not list(kept.iterdir())


@pytest.mark.documents
def test_the_committed_page_is_that_of_the_committed_records() -> None:
    records = [json.loads(p.read_text()) for p in sorted(training_log.RECORDS.glob("*.json"))]
    assert records and training_log.PAGE.read_text() == training_log.page(records)
