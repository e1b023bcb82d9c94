"""Networks that take signals beside the photo, as weights files: trained, kept, scored, and refused elsewhere."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from _data_folders import dresscode_folder
from _signals import widened
from _training import Data, tiny_job, train
from PIL import Image

import models
from pocketseg import api
from pocketseg.core.errors import CheckpointError, DataError, RefusedError, UsageError
from pocketseg.core.files import write_json
from pocketseg.data.photos import digest, open_photos, read_image
from pocketseg.data.signals.channels import INPUTS, channel_names, channels
from pocketseg.data.signals.joints import JOINTS
from pocketseg.data.signals.source import SignalFiles
from pocketseg.data.split import Split, to_json
from pocketseg.inference import network_output
from pocketseg.training.settings import INPUT_SIGNALS
from pocketseg.training.signal_inputs import (
    Figure,
    SignalInputs,
    figure_or_nobody,
    inputs_for,
    signals_hash,
)

SKELETON = ("skeleton",)


@pytest.fixture(scope="module")
def poses(data: Data, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Poses of the photos: the first shows nobody, the second half a person, the third two people."""
    ids = list(open_photos(data.spec).ids)
    keypoints = np.random.default_rng(1).random((len(ids), 17, 2), np.float32) * 0.6 + 0.2
    keypoints[0] = np.nan
    keypoints[1, 5:] = np.nan
    rows, names = [*keypoints, keypoints[2] * 0.3], [*ids, ids[2]]
    path = tmp_path_factory.mktemp("poses") / "poses.npz"
    np.savez(path, ids=np.array(names), keypoints=np.stack(rows))
    return f"poses={path}"


@pytest.fixture(scope="module")
def trained(data: Data, poses: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    job = tiny_job(data, tmp_path_factory.mktemp("runs") / "skeleton", input_signals=list(SKELETON))
    return train(dataclasses.replace(job, signals=(poses,)))


# ---- kept ------------------------------------------------------------------------------------------------------------


def test_a_trained_network_says_in_its_file_what_it_takes_beside_the_photo(trained: Path) -> None:
    loaded = models.open_any_model(str(trained))
    assert loaded.input_signals == SKELETON and "narrow" not in loaded.metadata
    assert models.input_channels(loaded.module) == 3 + channels(SKELETON)
    first = next(m for m in loaded.module.modules() if isinstance(m, torch.nn.Conv2d))
    assert first.weight[:, 3:].abs().max() > 0, "the weights over the signals have learnt"
    assert "seconds" in json.loads((trained.parent / "result.json").read_text())


def test_what_a_network_takes_survives_saving_and_naming_it_again(trained: Path, data: Data, poses: str) -> None:
    before = models.open_any_model(str(trained))
    job = tiny_job(data, trained.parent, input_signals=list(SKELETON))
    again = train(dataclasses.replace(job, signals=(poses,), name="called"))  # finished: only renamed
    after = models.open_any_model(str(again))
    assert after.name == "called" and after.input_signals == SKELETON
    assert all(torch.equal(v, after.module.state_dict()[k]) for k, v in before.module.state_dict().items())
    again_opened = models.open_handed_over(models.handed_over(after))
    assert again_opened.input_signals == SKELETON


@pytest.mark.parametrize("text", ['["skeletons"]', '"skeleton"', "[1]", "{", '["skeleton", "skeleton"]', "[[]]"])
def test_damaged_metadata_of_signals_is_refused(text: str, trained: Path, tmp_path: Path) -> None:
    loaded = models.open_any_model(str(trained))
    state = {k: v.clone() for k, v in loaded.module.state_dict().items()}
    path = tmp_path / "damaged.safetensors"
    path.write_bytes(safetensors.torch.save(state, metadata={**loaded.metadata, "input_signals": text}))
    with pytest.raises(CheckpointError, match="damaged"):
        models.open_any_model(str(path))


def test_weights_without_the_channels_that_they_promise_are_refused(tmp_path: Path) -> None:
    plain = models.open_model("topformer_tiny")
    path = tmp_path / "plain.safetensors"
    state = {k: v.clone() for k, v in plain.module.state_dict().items()}
    path.write_bytes(safetensors.torch.save(state, metadata={**plain.metadata, "input_signals": '["skeleton"]'}))
    with pytest.raises(CheckpointError, match="does not fit"):
        models.open_any_model(str(path))


def test_a_network_with_a_skeleton_starts_from_one_without_and_from_its_own(
    trained: Path, data: Data, poses: str, tmp_path: Path
) -> None:
    one = {"epochs": 1, "input_signals": list(SKELETON), "lr": 1e-9, "ema_decay": 0.0}
    for start in (Path("topformer_tiny"), trained):
        job = tiny_job(data, tmp_path / start.stem, **one)
        made = models.open_any_model(str(train(dataclasses.replace(job, signals=(poses,), initial=start))))
        wanted, found = (
            next(m for m in x.module.modules() if isinstance(m, torch.nn.Conv2d)).weight
            for x in (models.open_any_model(str(start)), made)
        )
        assert torch.allclose(found[:, : wanted.shape[1]], wanted, atol=1e-5)
        assert wanted.shape[1] == found.shape[1] or found[:, 3:].abs().max() < 1e-5


def test_first_weights_of_a_network_with_other_signals_are_refused(
    trained: Path, data: Data, poses: str, tmp_path: Path
) -> None:
    plain = dataclasses.replace(tiny_job(data, tmp_path / "plain"), initial=trained)
    other = tiny_job(data, tmp_path / "other", input_signals=["keypoints"])
    for job in (plain, dataclasses.replace(other, initial=trained, signals=(poses,))):
        with pytest.raises(UsageError, match="skeleton beside the photo"):
            train(job)


# ---- what cannot be trained ------------------------------------------------------------------------------------------


def test_ids_that_are_none_of_the_datas_are_refused(data: Data, tmp_path: Path) -> None:
    path = tmp_path / "poses.npz"
    np.savez(path, ids=np.array(["elsewhere"]), keypoints=np.zeros((1, 17, 2)))
    job = tiny_job(data, tmp_path / "run", input_signals=list(SKELETON))
    with pytest.raises(DataError, match="none of the 5 training photos"):
        train(dataclasses.replace(job, signals=(f"poses={path}",)))


def test_photos_without_a_person_are_counted_in_a_note(data: Data, poses: str, tmp_path: Path) -> None:
    from _training import QUIET

    from pocketseg.training.start import start

    said: list[str] = []
    job = tiny_job(data, tmp_path / "run", input_signals=list(SKELETON), epochs=1)
    start(dataclasses.replace(job, signals=(poses,)), report=lambda *a: None, say=said.append, **QUIET)
    train_ids, nobody = data.split.ids("train"), open_photos(data.spec).ids[0]
    expected = nobody in train_ids
    assert any("found on 4 of 5 training photos" in s for s in said) == expected


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"input_signals": ["skeleton"], "fake_quant": "w8a8"}, "below fp16"),
        ({"input_signals": ["dense_pose"]}, "data's own folders"),
        ({"target_signals": ["dense_pose"]}, "data's own folders"),
    ],
)
def test_signals_with_which_nothing_can_be_trained_are_refused(
    changes: dict[str, object], said: str, data: Data, poses: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=said):
        train(dataclasses.replace(tiny_job(data, tmp_path / "run", **changes), signals=(poses,)))


# ---- scored ----------------------------------------------------------------------------------------------------------


def test_evaluate_gives_a_network_its_signals(data: Data, poses: str, tmp_path: Path) -> None:
    path = str(widened(tmp_path / "telling.safetensors", SKELETON).source)
    found = api.evaluate(path, data.spec, split="all", signals=[poses], out=tmp_path / "scores").to_json()
    assert found["input_signals"] == ["skeleton"] and len(found["iou"]) == 4
    empty = tmp_path / "nobody.npz"
    np.savez(empty, ids=np.array([], "<U1"), keypoints=np.zeros((0, 17, 2)))
    notes: list[str] = []
    without = api.evaluate(path, data.spec, split="all", signals=[f"poses={empty}"], note=notes.append).to_json()
    assert any("no skeleton for any of the 7 scored photos" in note for note in notes)
    assert without["confusion"] != found["confusion"], "the skeleton changes what it says"


def test_signals_are_refused_where_none_are_taken_and_asked_for_where_they_are(
    trained: Path, data: Data, poses: str
) -> None:
    with pytest.raises(UsageError, match="no signals are given") as missing:
        api.evaluate(str(trained), data.spec, split="all")
    assert "--signals" in (missing.value.hint or "")
    with pytest.raises(UsageError, match="no file of --signals holds"):
        inputs_for("it", ["dense_pose"], SignalFiles())
    with pytest.raises(UsageError, match="photo alone"):
        api.evaluate("topformer_tiny", data.spec, split="all", signals=[poses])


def test_validation_in_training_is_what_evaluate_says(trained: Path, data: Data, poses: str) -> None:
    found = api.evaluate(str(trained), data.spec, split="val", split_file=data.split_file, signals=[poses])
    assert found.scores.miou() == pytest.approx(float(found.network.metadata["val_miou"]), abs=1e-6)


def test_compare_sets_a_network_with_a_skeleton_beside_one_without(
    trained: Path, data: Data, poses: str, tmp_path: Path
) -> None:
    from benchmark.photos import scored_photos
    from pocketseg.core.cache import Cache
    from pocketseg.data.signals.source import open_signals
    from pocketseg.workflows.compare import compare, open_candidates

    photos = scored_photos(data.spec, "val", data.split_file)
    refs = ["topformer_tiny", str(trained)]
    with pytest.raises(UsageError, match="no signals are given"):
        open_candidates(refs, photos)
    given = dataclasses.replace(photos, signals=open_signals([poses], photos.photos))
    candidates = open_candidates(refs, given)
    found = compare(candidates, given, tmp_path / "out", Cache(tmp_path / "cache"), threads=None).content
    assert [m.get("input_signals") for m in found["models"]] == [None, ["skeleton"]]
    said = api.evaluate(str(trained), data.spec, split="val", split_file=data.split_file, signals=[poses])
    assert found["models"][1]["scores"]["miou"] == pytest.approx(said.scores.miou())


# ---- elsewhere -------------------------------------------------------------------------------------------------------


def _segment(path: Path, folder: Path) -> None:
    api.segment([folder / "photo.jpg"], model=str(path), out=folder / "masks")


def _compress(path: Path, folder: Path) -> None:
    from click.testing import CliRunner

    from pocketseg.cli.compress import command

    options = [str(path), "--recipe", "prune:0.3", "--out", str(folder / "small.safetensors")]
    raised = CliRunner().invoke(command, options, obj=folder / "cache").exception
    assert raised is not None
    raise raised


def _teach(path: Path, folder: Path) -> None:
    from pocketseg.training.teacher import open_teachers

    open_teachers([str(path)], None, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("use", [_segment, _compress, _teach], ids=["segment", "compress", "teacher"])
def test_what_gives_a_network_the_photo_alone_refuses_one_that_takes_more(
    use: Callable[[Path, Path], None], trained: Path, tmp_path: Path
) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "photo.jpg")
    with pytest.raises(RefusedError, match="takes skeleton beside the photo"):
        use(trained, tmp_path)
    assert not (tmp_path / "masks").exists()


# ---- the further input -----------------------------------------------------------------------------------------------


def test_every_input_signal_has_named_channels_and_the_recipe_knows_it() -> None:
    assert tuple(INPUTS) == INPUT_SIGNALS
    names = channel_names(INPUT_SIGNALS)
    assert len(set(names)) == len(names) == channels(INPUT_SIGNALS)


def test_absent_partial_and_several_people_give_finite_scores(tmp_path: Path) -> None:
    """Nobody, a face cut off, joints outside the photo, one joint alone: no signal makes a network's output bad."""
    loaded = widened(tmp_path / "telling.safetensors", INPUT_SIGNALS)
    image = np.zeros((80, 60, 3), np.uint8)
    whole = Figure().points("")
    cropped, outside, alone, nobody = (whole.copy() for _ in range(4))
    cropped[:5] = np.nan
    outside += 0.4
    alone[1:] = np.nan
    nobody[:] = np.nan
    outputs = []
    for points in (whole, cropped, outside, alone, nobody):
        source = SignalFiles(poses={"a": points})
        maps = SignalInputs(source=source, names=INPUT_SIGNALS).maps("a", 64, 64)
        assert maps.shape == (1, channels(INPUT_SIGNALS), 64, 64) and 0 <= maps.min() <= maps.max() <= 1
        outputs.append(network_output(loaded.module, loaded.spec, image, maps))
        assert np.isfinite(outputs[-1]).all()
    assert not any(np.array_equal(a, outputs[-1]) for a in outputs[:3]) and len({o.tobytes() for o in outputs}) >= 4


def test_the_figure_touches_every_channel_and_every_other_photo_has_nobody() -> None:
    figure, nobody = (figure_or_nobody(INPUT_SIGNALS, place, 96, 64) for place in (0, 1))
    assert (figure.amax((2, 3)) > 0.5).all() and nobody.abs().max() == 0
    assert len(Figure().points("")) == len(JOINTS)


def test_the_hash_of_signals_is_that_of_what_is_seen() -> None:
    one, other = SignalFiles(poses={"a": Figure().points("")}), SignalFiles()
    assert signals_hash(one, ["a"], SKELETON) != signals_hash(other, ["a"], SKELETON)
    assert signals_hash(one, ["a"], ["silhouette"]) == signals_hash(other, ["a"], ["silhouette"])
    assert inputs_for("it", (), None) is None


# ---- Dress Code's own folders ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dresscode(tmp_path_factory: pytest.TempPathFactory) -> Data:
    root = tmp_path_factory.mktemp("dresscode")
    ids, noise = [f"{k:06}" for k in range(7)], np.random.default_rng(1)
    dresscode_folder(root / "data", ids)
    for item in ids:  # photos that differ, of one size with their maps
        path = root / f"data/upper_body/images/{item}_0.jpg"
        with Image.open(path) as photo:
            size = photo.size[::-1]
        Image.fromarray(noise.integers(0, 255, (*size, 3), np.uint8)).save(path)
    (root / "data/upper_body/dense/000002_5.png").unlink()
    (root / "data/upper_body/dense/000002_5_uv.npz").unlink()
    (root / "data/upper_body/keypoints/000003_2.json").unlink()
    photos = open_photos(f"dresscode:{root / 'data'}")
    parts = {"train": photos.ids[1:-1], "val": photos.ids[:1], "test": photos.ids[-1:]}
    digests = {p: {i: digest(photos.image_path(i)) for i in members} for p, members in parts.items()}
    split = write_json(root / "split.json", to_json(Split(name="own", photos=digests, never={}, made_with={})))
    return Data(spec=f"dresscode:{root / 'data'}", split_file=split)


@pytest.mark.parametrize(
    "changes",
    [
        {"input_signals": ["keypoints"]},
        {"input_signals": ["skeleton", "silhouette", "dense_pose"], "target_signals": ["keypoints"]},
        {"target_signals": ["keypoints", "silhouette", "dense_pose"], "fine_weight": 0.5},
    ],
    ids=["keypoints in", "everything in", "everything as target"],
)
def test_dress_codes_own_signals_train_a_network_although_some_photos_lack_them(
    changes: dict[str, object], dresscode: Data, tmp_path: Path
) -> None:
    job = tiny_job(dresscode, tmp_path / "run", epochs=1, **changes)
    best = models.open_any_model(str(train(dataclasses.replace(job, signals=("data",)))))
    assert best.input_signals == tuple(changes.get("input_signals", ()))  # type: ignore[arg-type]
    if best.input_signals:
        found = api.evaluate(str(best.source), dresscode.spec, split="all", signals=["data"])
        assert len(found.scores.photos) == 8
        photos = open_photos(dresscode.spec)
        inputs = inputs_for(best.name, best.input_signals, None or _own(dresscode))
        assert inputs is not None
        image = read_image(photos.image_path(photos.ids[0]))
        more = inputs.maps(photos.ids[0], 64, 64)
        assert np.isfinite(network_output(best.module, best.spec, image, more)).all()


def _own(data: Data) -> SignalFiles:
    from pocketseg.data.signals.source import open_signals

    return open_signals(["data"], open_photos(data.spec))  # type: ignore[return-value]
