"""Releases: a card of what was scored, whole or not at all."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from _training import FILES, Data, Killed, tiny_job, train

import models
from pocketseg.core.errors import CheckpointError, SplitError, UsageError
from pocketseg.core.files import write_json
from pocketseg.data.photos import open_photos
from pocketseg.data.signals.source import open_signals
from pocketseg.data.split import Split, to_json
from pocketseg.training import strict_scores
from pocketseg.training.card import card_text
from pocketseg.training.release import release
from pocketseg.training.scores import score
from pocketseg.training.signal_inputs import Figure, inputs_for


def test_a_released_card_holds_the_scores_of_the_released_weights(finished: Path, data: Data, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    weights = release(
        finished, data.spec, data.split_file, "tiny", tmp_path / "out", lambda done, total: seen.append((done, total))
    )
    ends = ("safetensors", "json", "md", "scores.json")
    assert {p.name for p in weights.parent.iterdir()} == {f"tiny.{end}" for end in ends}
    assert seen == [(1, 2), (2, 2)]
    card = json.loads(weights.with_suffix(".json").read_text())
    loaded = models.open_model(str(weights))
    for part in ("val", "test"):
        ids = data.split.ids(part)
        again = score(loaded.module, loaded.spec, open_photos(data.spec), ids).summary(part, data.split.hash)
        assert card[part] == again
    assert card["sha256"] == loaded.sha256 and card["size_bytes"] == weights.stat().st_size
    assert card["parameters"] == sum(p.numel() for p in loaded.module.parameters())
    text = weights.with_suffix(".md").read_text()
    for number in (f"{card['test']['miou']:.4f}", f"{card['val']['miou']:.4f}", card["sha256"], data.split.hash):
        assert number in text
    assert card["test_strict"] is None and "strict subset" not in text
    assert "Clothing Co-Parsing" not in text  # what is known of one data set's photos is said of no other's


def test_a_card_has_the_score_on_the_strict_subset_of_its_split(
    finished: Path, data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strict_scores, "strict_ids", lambda split: split.ids("test"))
    weights = release(finished, data.spec, data.split_file, "tiny", tmp_path / "out", lambda done, total: None)
    card = json.loads(weights.with_suffix(".json").read_text())
    assert card["test_strict"] == {key: card["test"][key] for key in ("photos", "miou", "miou_interval", "iou")}
    text = weights.with_suffix(".md").read_text()
    assert f"On the strict subset, {card['test']['photos']} of the test photos" in text


def test_a_network_with_signals_is_released_with_them_and_refused_before_any_work_without(
    data: Data, tmp_path: Path
) -> None:
    ids = [photo for part in ("train", "val", "test") for photo in data.split.ids(part)]
    np.savez(tmp_path / "poses.npz", ids=np.array(ids), keypoints=np.stack([Figure().points("")] * len(ids)))
    signals, out = (f"poses={tmp_path / 'poses.npz'}",), tmp_path / "out"
    job = tiny_job(data, tmp_path / "run", input_signals=["skeleton"])
    train(dataclasses.replace(job, signals=signals))
    with pytest.raises(UsageError, match="takes skeleton beside the photo, and no signals are given"):
        release(tmp_path / "run", data.spec, data.split_file, "told", out, lambda done, total: None)
    np.savez(tmp_path / "train.npz", ids=np.array(ids[:1]), keypoints=np.stack([Figure().points("")]))
    with pytest.raises(UsageError, match="has no skeleton for any of the"):
        release(
            tmp_path / "run", data.spec, data.split_file, "told", out, lambda done, total: None,
            signals=(f"poses={tmp_path / 'train.npz'}",),
        )  # fmt: skip
    assert not out.exists()
    weights = release(
        tmp_path / "run", data.spec, data.split_file, "told", out, lambda done, total: None, signals=signals
    )
    card = json.loads(weights.with_suffix(".json").read_text())
    assert card["input_signals"] == ["skeleton"] and list(card["signals"]) == ["poses"]
    assert "and, beside the photo, skeleton," in weights.with_suffix(".md").read_text()
    loaded = models.open_any_model(str(weights))
    assert loaded.input_signals == ("skeleton",) and loaded.sha256 == card["sha256"]
    photos = open_photos(data.spec)
    inputs = inputs_for("told", loaded.input_signals, open_signals(signals, photos))
    again = score(loaded.module, loaded.spec, photos, data.split.ids("val"), signals=inputs)
    assert card["val"] == again.summary("val", data.split.hash)


def test_a_card_says_what_the_weights_learnt_from(finished: Path, data: Data, tmp_path: Path) -> None:
    run = shutil.copytree(finished, tmp_path / "run")
    config = json.loads((run / "config.json").read_text())
    learnt = {"teachers": ["ab" * 32, "cd" * 32], "unlabelled": 1090, "initial": "ef" * 32}
    write_json(run / "config.json", {**config, **learnt})
    weights = release(run, data.spec, data.split_file, "mine", tmp_path / "out", lambda done, total: None)
    text = weights.with_suffix(".md").read_text()
    assert "taught by `abababababab`, `cdcdcdcdcdcd`; 1,090 photos without masks; begun from weights `efef" in text


def test_a_card_names_the_settings_that_are_not_neutral_and_no_others() -> None:
    card = json.loads((models.RELEASED_FOLDER / "topformer_tiny.json").read_text())
    empty = {"miou": 0.5, "miou_interval": None, "photos": 1, "iou": dict.fromkeys(card["classes"])}
    card |= {"val": empty, "test": empty, "teachers": [], "unlabelled_photos": 0, "initial": None}
    neutral = {"fine_weight": 0.0, "dice_weight": 0.0, "class_weights": [], "clip_norm": 0.0, "warmup_steps": 0,
               "photos_share": 1.0, "flip": 0.0, "color": 0.0, "ema_decay": 0.0, "stages": []}  # fmt: skip
    plain_text = card_text(card | {"recipe": card["recipe"] | neutral, "training_seconds": 42.4})
    low, high = card["recipe"]["scale"]
    assert f"zoom {low} to {high}.\n- 42 seconds, " in plain_text and "photos are stretched" in plain_text
    changed = {"fine_weight": 0.5, "dice_weight": 0.25, "class_weights": [1.0, 2.0], "clip_norm": 5.0,
               "warmup_steps": 100, "photos_share": 0.25}  # fmt: skip
    text = card_text(card | {"recipe": card["recipe"] | changed, "training_seconds": 60.0, "fit": "stretch"})
    for words in ("finer labels (weight 0.5)", "Dice loss (weight 0.25)", "class weights [1.0, 2.0]", "clipped at 5.0",
                  "warm-up of 100 steps", "25.0% of the training photos", "- 1 minute, "):  # fmt: skip
        assert words in text


def test_only_a_finished_run_is_released(finished: Path, data: Data, tmp_path: Path) -> None:
    for name in sorted(FILES - {"last.ckpt"}):
        run = tmp_path / name
        shutil.copytree(finished, run)
        (run / name).unlink()
        with pytest.raises(CheckpointError, match=name):
            release(run, data.spec, data.split_file, "tiny", tmp_path / "out", lambda done, total: None)
    assert not (tmp_path / "out").exists()


def _nothing(done: int, total: int) -> None:
    """Show no progress."""


def test_a_release_is_not_overwritten_unless_asked(finished: Path, data: Data, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "tiny.md").write_text("another card")
    with pytest.raises(UsageError, match=r"already holds tiny\.md") as caught:
        release(finished, data.spec, data.split_file, "tiny", out, _nothing)
    assert "--replace" in caught.value.hint and (out / "tiny.md").read_text() == "another card"
    release(finished, data.spec, data.split_file, "tiny", out, _nothing, replace=True)
    assert (out / "tiny.md").read_text().startswith("# tiny")


def test_a_release_killed_while_it_scores_leaves_the_older_one_whole(
    finished: Path, data: Data, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for suffix in ("safetensors", "json", "md"):
        (out / f"tiny.{suffix}").write_text("older")

    def kill(done: int, total: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        release(finished, data.spec, data.split_file, "tiny", out, kill, replace=True)
    assert {p.name: p.read_text() for p in out.iterdir()} == {
        "tiny.safetensors": "older", "tiny.json": "older", "tiny.md": "older",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["../evil", "a/b", "..", "", ".hidden", "a b"])
def test_a_name_that_leaves_the_folder_is_refused(name: str, finished: Path, data: Data, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a name for a model"):
        release(finished, data.spec, data.split_file, name, tmp_path / "out", _nothing)


def test_a_release_asks_for_the_runs_folder_and_names_what_its_files_lack(
    finished: Path, data: Data, tmp_path: Path
) -> None:
    with pytest.raises(CheckpointError, match="is a file") as caught:
        release(finished / "best.safetensors", data.spec, data.split_file, "tiny", tmp_path / "out", _nothing)
    assert f"give the run's folder: {finished}" in caught.value.hint
    run = shutil.copytree(finished, tmp_path / "run")
    for content, lacks in (({}, "config.json lacks split_hash"), ([], "config.json lacks split_hash")):
        write_json(run / "config.json", content)
        with pytest.raises(CheckpointError, match=lacks):
            release(run, data.spec, data.split_file, "tiny", tmp_path / "out", _nothing)


def test_a_run_is_not_released_on_another_split(finished: Path, data: Data, tmp_path: Path) -> None:
    photos = {p: dict(data.split.photos[p]) for p in ("train", "val", "test")}
    photos["test"] |= dict([photos["train"].popitem()])
    file = write_json(tmp_path / "own.json", to_json(Split(name="own", photos=photos, never={}, made_with={})))
    with pytest.raises(SplitError, match=f"was trained on split {data.split.hash}"):
        release(finished, data.spec, file, "tiny", tmp_path / "out", lambda done, total: None)
    assert not (tmp_path / "out").exists()
