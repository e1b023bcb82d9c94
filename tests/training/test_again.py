"""A run on record is trained again from its record alone, and what came out is compared."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from _commands import Call
from _saliency import NETWORK, Saliency, pin
from _training import TINY, Data, tiny_job, train

import models
from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError, PocketSegError, UsageError
from pocketseg.core.files import sha256_file, write_json
from pocketseg.training import again
from pocketseg.training.again import compared, job_again
from pocketseg.training.origin import facts, read_origin
from pocketseg.training.pretrained import make_start
from pocketseg.training.recipe import load_recipe
from pocketseg.training.run_record import record
from pocketseg.training.start import TrainingJob


def _kept(run: Path, path: Path, **changes: Any) -> Path:
    """Keep a run's record as `python -m scripts.training_log` does."""
    return write_json(path, record(run) | facts(run) | changes)


def _again(data: Data, path: Path, out: Path, **options: Any) -> TrainingJob:
    return job_again(read_origin(path), data.spec, out, split_file=data.split_file, accelerator="cpu", **options)


@pytest.fixture
def kept(finished: Path, tmp_path: Path) -> Path:
    return _kept(finished, tmp_path / "run.json")


def test_a_run_trained_again_from_its_record_has_the_same_bytes(
    finished: Path, kept: Path, data: Data, tmp_path: Path, pocketseg: Call
) -> None:
    out = tmp_path / "again"
    words = ("train", "--again", kept, "--data", data.spec, "--split-file", data.split_file, "--out", out)
    answer = pocketseg(*words, "--accelerator", "cpu")
    assert answer.code == 0, answer.err
    sha256 = sha256_file(finished / "best.safetensors")
    assert f"the same file as run: sha256 {sha256}" in answer.out and sha256_file(out / "best.safetensors") == sha256
    said = json.loads((out / "again.json").read_text())
    assert said["same_file"] and said["same_weights"] and said["environment_differs"] == {}
    once_more = pocketseg(*words, "--accelerator", "cpu")
    assert once_more.code == 0 and once_more.out == answer.out, "a finished run is only reported"


@pytest.mark.parametrize("given", [frozenset(), frozenset({"warmup_steps"})], ids=["fitted", "as given"])
def test_a_warm_up_is_fitted_again_or_not_as_then(given: frozenset[str], data: Data, tmp_path: Path) -> None:
    job = dataclasses.replace(tiny_job(data, tmp_path / "run", warmup_steps=1500, epochs=1), given=given, name="mine")
    best = train(job)
    path = _kept(tmp_path / "run", tmp_path / "run.json")
    assert json.loads(path.read_text())["fitted_from"] == ({} if given else {"warmup_steps": 1500})
    asked = _again(data, path, tmp_path / "again")
    assert asked.name == "mine" and asked.recipe == job.recipe and asked.threads == 1
    assert train(asked).read_bytes() == best.read_bytes()


def test_a_start_from_published_weights_is_made_again_first(small: Saliency, data: Data, tmp_path: Path) -> None:
    recipe = load_recipe(NETWORK, {**TINY, "epochs": 1})
    with pytest.MonkeyPatch.context() as place:
        pin(small, place)
        place.setattr(again, "make_start", lambda *words, **options: make_start(*words, **options, source=small.file))
        start = make_start(NETWORK, data.spec, tmp_path / "elsewhere", split_file=data.split_file, source=small.file,
                           count=3).path  # fmt: skip
        job = dataclasses.replace(tiny_job(data, tmp_path / "run"), network=NETWORK, recipe=recipe, initial=start)
        best = train(job)
        path = _kept(tmp_path / "run", tmp_path / "run.json")
        asked = _again(data, path, tmp_path / "again")
        assert asked.initial == tmp_path / "again/start.safetensors"
        assert asked.initial.read_bytes() == start.read_bytes(), "from as many photos"
        with mock.patch.object(again, "make_start", side_effect=AssertionError("it is there")):
            assert _again(data, path, tmp_path / "again") == asked
        assert train(asked).read_bytes() == best.read_bytes()
        assert compared(read_origin(path), tmp_path / "again")[0].startswith("the same file")
        assert _again(data, path, tmp_path / "new", initial=start).initial == start
        rounded = make_start(NETWORK, data.spec, tmp_path / "more", split_file=data.split_file, source=small.file)
        with pytest.raises(UsageError, match="is not what the run began from"):
            _again(data, path, tmp_path / "new", initial=rounded.path)
        said: list[str] = []
        other = _kept(tmp_path / "run", tmp_path / "other.json", initial={**json.loads(path.read_text())["initial"],
                                                                         "sha256": "ab" * 32})  # fmt: skip
        _again(data, other, tmp_path / "again", say=said.append)
        assert "rounded otherwise here" in said[-1], "made alike on another machine, it is taken"
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine/start.safetensors").write_bytes(rounded.path.read_bytes())
        with pytest.raises(UsageError, match="is not what run began from"):
            _again(data, path, tmp_path / "mine")
        assert (tmp_path / "mine/start.safetensors").read_bytes() == rounded.path.read_bytes(), "it is the user's"
        before = sorted((tmp_path / "run").iterdir())
        with pytest.raises(UsageError, match="holds another run"):
            _again(data, path, tmp_path / "run")
        assert sorted((tmp_path / "run").iterdir()) == before, "nothing was fetched into it"
    with pytest.raises(UsageError, match="published weights that this version does not fetch"):
        _again(data, path, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_released_weights_and_teachers_are_found_by_their_hash(
    finished: Path, data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "RELEASED_FOLDER", tmp_path / "released")
    (tmp_path / "released").mkdir()
    hashes = {}
    for name in ("one", "two", "three"):
        file = tmp_path / "released" / f"{name}.safetensors"
        network = models.build(
            "topformer_tiny", len(models.open_model(str(finished / "best.safetensors")).spec.classes)
        )
        models.save_weights(network, models.spec("topformer_tiny"), file, dtype="fp16", metadata={})
        hashes[name] = sha256_file(file)
    changes = {
        "initial": {"sha256": hashes["three"], "lineage": []}, "teachers_sha256": [hashes["two"], hashes["one"]],
    }  # fmt: skip
    path = _kept(finished, tmp_path / "run.json", **changes)
    asked = _again(data, path, tmp_path / "out")
    assert asked.teachers == ("two", "one") and asked.initial == Path("three")
    shutil.move(tmp_path / "released/two.safetensors", tmp_path / "two.safetensors")
    with pytest.raises(UsageError, match="had teachers that are not released") as caught:
        _again(data, path, tmp_path / "out")
    assert hashes["two"][:12] in caught.value.message and hashes["one"][:12] not in caught.value.message
    asked = _again(data, path, tmp_path / "out", teachers=(str(tmp_path / "two.safetensors"),))
    assert asked.teachers == (str(tmp_path / "two.safetensors"), "one")
    with pytest.raises(UsageError, match="did not teach this run"):
        _again(data, path, tmp_path / "out", teachers=("three",))
    shutil.move(tmp_path / "two.safetensors", tmp_path / "released/two.safetensors")
    (tmp_path / "released/three.safetensors").unlink()
    with pytest.raises(UsageError, match=f"began from weights with sha256 {hashes['three'][:12]}"):
        _again(data, path, tmp_path / "out")
    with pytest.raises(UsageError, match="one is not what the run began from"):
        _again(data, path, tmp_path / "out", initial=Path("one"))
    assert not (tmp_path / "out").exists()


def test_what_came_out_otherwise_is_said_with_both_scores(finished: Path, tmp_path: Path) -> None:
    run = shutil.copytree(finished, tmp_path / "run")
    found = facts(finished)
    best = found["best"] | {"sha256": "ab" * 32}
    path = _kept(finished, tmp_path / "same.json", best=best)
    assert compared(read_origin(path), run) == [
        "the same weights as run, bit for bit; the files differ in what they say of themselves"
    ]
    environment = found["environment"] | {"threads": 96, "packages": {**found["environment"]["packages"], "numpy": "1"}}
    path = _kept(finished, tmp_path / "other.json", environment=environment,
                 best=best | {"tensors_sha256": "cd" * 32, "val_miou": 0.75, "epoch": 7})  # fmt: skip
    first, second = compared(read_origin(path), run)
    miou = json.loads((run / "result.json").read_text())["best_val_miou"]
    assert f"validation mIoU {miou:.4f} (epoch" in first and "now, 0.7500 (epoch 7) then" in first
    assert "threads 96 then, 1 now" in second and "numpy 1 then" in second and "torch" not in second
    said = json.loads((run / "again.json").read_text())
    assert not said["same_weights"] and said["then"]["epoch"] == 7 and said["environment_differs"]["threads"] == [96, 1]


# ---- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--epochs", "3"), "--epochs cannot be combined with --again"),
        (("--seed", "1"), "--seed cannot be combined with --again"),
        (("--set", "lr=1"), "--set cannot be combined with --again"),
        (("--size", "64x64"), "--size cannot be combined with --again"),
        (("--recipe", "published"), "--recipe cannot be combined with --again"),
        (("--init", "topformer_tiny"), "the run began from random weights"),
        (("--teacher", "topformer_tiny"), "topformer_tiny did not teach this run"),
        (("u2netp",), "is of topformer_tiny, not u2netp"),
        (("--data", "ccp:/nowhere"), "the run was trained on data of format folder, not ccp"),
    ],
)
def test_what_only_the_record_decides_is_refused(
    words: tuple[str, ...], message: str, kept: Path, data: Data, tmp_path: Path, pocketseg: Call
) -> None:
    common = ("train", "--again", kept, "--data", data.spec, "--split-file", data.split_file, "--out", tmp_path / "out")
    answer = pocketseg(*common, *words)
    assert answer.code in (2, 3) and message in answer.err and not (tmp_path / "out").exists(), answer.err


def test_a_training_needs_a_network_or_a_record(tmp_path: Path, data: Data, pocketseg: Call) -> None:
    answer = pocketseg("train", "--data", data.spec, "--out", tmp_path / "out")
    assert answer.code == 2 and "no network is named" in answer.err and "topformer_tiny" in answer.err


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"split_hash": "0" * 16}, "trained on split 0000000000000000, but"),
        ({"unlabelled": 1090}, "learnt from 1090 photos without masks; .* has 0"),
        ({"signals": {"poses": "ab" * 32}}, "learnt from signals"),
        ({"finished": False}, "was not finished"),
    ],
)
def test_other_photos_are_refused(
    changes: dict[str, Any], message: str, finished: Path, data: Data, tmp_path: Path
) -> None:
    path = _kept(finished, tmp_path / "run.json", **changes)
    with pytest.raises(PocketSegError, match=message):
        _again(data, path, tmp_path / "out")
    spec = facts(finished)["spec"]
    path = _kept(finished, tmp_path / "run.json", spec={**spec, "classes": ["background", "hat"]})
    with pytest.raises(DataError, match="the run's classes are background, hat, not"):
        _again(data, path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_record_that_lacks_something_is_refused_with_all_that_it_lacks(
    finished: Path, data: Data, tmp_path: Path, pocketseg: Call
) -> None:
    path = write_json(tmp_path / "old.json", record(finished))
    answer = pocketseg("train", "--again", path, "--data", data.spec, "--out", tmp_path / "out")
    assert answer.code == 3 and not (tmp_path / "out").exists()
    assert "it lacks fitted_from, devices, data, spec, teachers_sha256, initial, tools, best" in answer.err
    assert "python -m scripts.training_log RUN" in answer.err


@pytest.mark.documents
def test_every_committed_record_can_be_trained_again_or_says_what_it_lacks() -> None:
    paths = sorted((ROOT / "docs/runs").glob("*.json"))
    assert paths
    for path in paths:
        try:
            assert read_origin(path).network in models.names()
        except DataError as error:
            assert "it lacks " in error.message or "was not finished" in error.message


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "3", '{"network": "u2netp"}', "\0"])
def test_a_file_that_is_not_a_record_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(DataError, match=r"x\.json"):
        read_origin(tmp_path / "x.json")
    with pytest.raises(DataError, match=r"absent\.json"):
        read_origin(tmp_path / "absent.json")


@pytest.mark.parametrize(("key", "value"), [("devices", 0), ("devices", "2"), ("precision", "half"), ("seed", "1")])
def test_what_no_training_takes_is_refused_before_any_work(
    key: str, value: object, finished: Path, tmp_path: Path
) -> None:
    path = write_json(tmp_path / "run.json", {**(record(finished) | facts(finished)), key: value})
    with pytest.raises(DataError, match="is damaged"):
        read_origin(path)


@pytest.mark.parametrize("value", [None, 1, -1, "x", [], [1], {}, {"x": 1}, True], ids=repr)
def test_a_damaged_record_is_an_error_that_names_a_fault(value: Any, finished: Path, tmp_path: Path) -> None:
    whole = record(finished) | facts(finished)
    for key in whole:
        path = write_json(tmp_path / "run.json", {**whole, key: value})
        try:
            read_origin(path)
        except PocketSegError as error:
            assert error.message
