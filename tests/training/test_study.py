"""The study of annotations: planned before it runs, killed at will, and the same in the end."""

from __future__ import annotations

import dataclasses
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from _data_folders import dresscode_folder
from _training import Data, Killed
from click.testing import CliRunner
from PIL import Image

from pocketseg.cli.main import cli
from pocketseg.core.alone import alone_in
from pocketseg.core.errors import DataError, SplitError, UnknownNameError, UsageError
from pocketseg.core.files import write_json
from pocketseg.data.photos import digest, open_photos
from pocketseg.data.split import Split, to_json
from pocketseg.study import plan as planned
from pocketseg.study import records, runs
from pocketseg.study.folds import deal
from pocketseg.study.plan import ARMS, CONTROL, FOLDS, Arm, Plan, chosen_arms, recipe_of
from pocketseg.study.plan_file import check_same, read_plan
from pocketseg.study.prepared import StudyData, load, open_plan
from pocketseg.study.runs import Places, do_runs, folds_of, network_of
from pocketseg.study.scoring import others
from pocketseg.training import loop
from pocketseg.training.state import Progress

STEPS = 3
OF = {arm.name: arm for arm in ARMS}


def _quiet(*anything: Any) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def signals(data: Data, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    path = tmp_path_factory.mktemp("signals") / "poses.npz"
    ids = [i for part in ("train", "val") for i in data.split.ids(part)]
    keypoints = np.random.default_rng(1).random((len(ids), 17, 3), np.float32) * 0.5 + 0.5
    keypoints[0] = np.nan  # nobody
    np.savez(path, ids=np.array(ids), keypoints=keypoints)
    return (f"poses={path}",)


@pytest.fixture(scope="module")
def study(data: Data, signals: tuple[str, ...]) -> StudyData:
    plan, photos, source = open_plan(data.spec, signals, data.split_file, _quiet, STEPS)
    return load(plan, photos, source, _quiet)


def _run(study: StudyData, arm: str, out: Path, report: Callable[[Progress, int, int], None] = _quiet) -> Path:
    places = Places(work=out / "work", records=out / "records")
    torch.set_num_threads(1)
    (path,) = do_runs(study, [OF[arm]], [2], places, _quiet, report)
    return path


def _lasting(path: Path) -> dict[str, Any]:
    found = records.read(path)
    return {k: v for k, v in found.items() if k not in ("seconds", "processor_s_a_step")}


@pytest.fixture(scope="module")
def whole(study: StudyData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _run(study, "skeleton_in", tmp_path_factory.mktemp("whole"))


# ---- the plan --------------------------------------------------------------------------------------------------------


def test_arms_differ_from_the_control_in_their_signal_alone() -> None:
    control = dataclasses.asdict(recipe_of(OF[CONTROL]))
    for arm in ARMS[1:]:
        recipe = dataclasses.asdict(recipe_of(arm))
        differing = {name for name, value in recipe.items() if value != control[name]}
        assert differing == set(arm.changes) and len(differing) == 1
    assert not recipe_of(OF[CONTROL]).takes_signals() and control["fine_weight"] == 0


def test_an_arm_with_a_teacher_is_refused() -> None:
    with pytest.raises(UsageError, match="teacher"):
        recipe_of(Arm(name="taught", about="", changes={"teacher_weight": 1.0}))


def test_another_constant_is_another_plan(study: StudyData, monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = {study.plan.hash, dataclasses.replace(study.plan, steps=STEPS + 1).hash,
              dataclasses.replace(study.plan, signals={"poses": "other"}).hash,
              dataclasses.replace(study.plan, folds=study.plan.folds[::-1]).hash}  # fmt: skip
    for name, value in (("SEEDS", (9, 8, 7, 6, 5)), ("BASE", {**planned.BASE, "lr": 2e-3}),
                        ("RULE", {**planned.RULE, "alpha": 0.1})):  # fmt: skip
        with monkeypatch.context() as changed:
            changed.setattr(planned, name, value)
            hashes.add(study.plan.hash)
    assert len(hashes) == 7


def test_a_written_plan_binds(study: StudyData, tmp_path: Path) -> None:
    content = {"hash": study.plan.hash, **study.plan.to_json(), "measured": {"steps": 1}}
    path = write_json(tmp_path / "plan.json", content)
    assert read_plan(path)["hash"] == study.plan.hash
    check_same(path, study.plan)
    with pytest.raises(UsageError, match=r"differ in data\.signals\.poses, steps"):
        check_same(path, dataclasses.replace(study.plan, steps=9, signals={"poses": "x"}))
    write_json(path, {**content, "steps": 9})
    with pytest.raises(DataError, match="its content gives"):
        read_plan(path)


def test_folds_hold_each_photo_once_look_alikes_together_and_kinds_evenly() -> None:
    groups = [tuple(f"{g}-{k}" for k in range(1 + g % 3)) for g in range(60)]
    strata = {i: "12"[g % 2] for g, group in enumerate(groups) for i in group}
    folds = deal(groups, strata, 5, 1)
    assert sorted(group for fold in folds for group in fold) == sorted(groups)
    assert folds == deal(groups[::-1], strata, 5, 1), "the order of the groups says nothing"
    for stratum in "12":
        counts = [sum(strata[i] == stratum for group in fold for i in group) for fold in folds]
        assert max(counts) - min(counts) <= 3
    with pytest.raises(SplitError, match="too few"):
        deal(groups[:4], strata, 5, 1)


def test_no_test_photo_is_in_a_fold_or_opened(data: Data, signals: tuple[str, ...], study: StudyData) -> None:
    (test,) = data.split.ids("test")
    assert test not in study.ids
    path = open_photos(data.spec).image_path(test)
    kept = path.read_bytes()
    path.write_bytes(b"no photo")
    try:
        assert open_plan(data.spec, signals, data.split_file, _quiet, STEPS)[0] == study.plan
    finally:
        path.write_bytes(kept)
    for fold in range(1, FOLDS + 1):
        held_out, learnt = set(study.plan.held_out(fold)), set(study.plan.learnt(fold))
        assert not held_out & learnt and held_out | learnt == set(study.ids)


def test_arms_and_folds_that_there_are_not_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'skeleton_in'"):
        chosen_arms(["skeletn_in"])
    with pytest.raises(UsageError, match="no fold 6"):
        folds_of([6])
    assert [a.name for a in chosen_arms(["labels_target", "photo"])] == ["photo", "labels_target"]


# ---- runs ------------------------------------------------------------------------------------------------------------


def test_all_arms_of_a_seed_begin_with_one_network(study: StudyData) -> None:
    first = network_of(study, recipe_of(OF[CONTROL]), 101).state_dict()
    for arm in ARMS[1:]:
        found = network_of(study, recipe_of(arm), 101).state_dict()
        for name, value in first.items():
            own = next(v for k, v in found.items() if k == name or k.endswith(f"network.{name}"))
            assert torch.equal(own[:, :3] if own.shape != value.shape else own, value), (arm.name, name)


@pytest.mark.parametrize("step", [1, 2, STEPS])
def test_a_run_killed_after_any_step_ends_with_the_same_record(
    step: int, study: StudyData, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SAVE_EVERY_S", -1.0)

    def stop(state: Progress, epoch: int, total: int) -> None:
        if state.step == step:
            raise Killed

    with pytest.raises(Killed):
        _run(study, "skeleton_in", tmp_path, stop)
    assert not (tmp_path / "records").exists(), "half a run leaves no record"
    assert _lasting(_run(study, "skeleton_in", tmp_path)) == _lasting(whole)
    maps = [np.load(p.with_suffix(".maps.npz"))["maps"] for p in (whole, tmp_path / "records" / whole.name)]
    assert np.array_equal(*maps)


def test_a_run_killed_before_its_record_is_scored_again_alike(
    study: StudyData, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*anything: Any) -> None:
        raise Killed

    with monkeypatch.context() as broken, pytest.raises(Killed):
        broken.setattr(records, "write", die)
        _run(study, "skeleton_in", tmp_path)
    assert _lasting(_run(study, "skeleton_in", tmp_path)) == _lasting(whole)


def test_a_finished_run_is_not_done_again_and_a_foreign_record_is_no_result(
    study: StudyData, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "network_of", None)
    before = whole.read_bytes()
    assert _run(study, "skeleton_in", whole.parent.parent) == whole and whole.read_bytes() == before
    other = dataclasses.replace(study, plan=dataclasses.replace(study.plan, steps=STEPS + 1))
    with pytest.raises(UsageError, match="another plan is another study"):
        _run(other, "skeleton_in", whole.parent.parent)


def test_a_record_holds_what_the_answer_is_made_of(study: StudyData, whole: Path) -> None:
    found = records.read(whole)
    assert found["plan"] == study.plan.hash and found["steps"] == STEPS and found["seed"] == planned.SEEDS[1]
    counts = records.confusions(found)
    assert set(counts) == {"given", "absent", "misplaced"}
    photos = open_photos("folder:" + str(study.photos.root))
    for kind in counts.values():
        assert sorted(kind) == list(study.plan.held_out(2))
        for photo_id, matrix in kind.items():
            assert matrix.sum() == (photos.mask(photo_id) != 255).sum(), "every counted pixel of the photo, once"
    assert whole.stat().st_size < 100_000
    maps = np.load(whole.with_suffix(".maps.npz"))["maps"]
    assert maps.shape == (len(study.plan.held_out(2)), study.spec.height_px, study.spec.width_px)


@pytest.mark.parametrize("arm", [a.name for a in ARMS if a.name != "skeleton_in"])
def test_every_arm_runs_where_the_silhouettes_are_missing_altogether(
    arm: str, study: StudyData, tmp_path: Path
) -> None:
    found = records.read(_run(study, arm, tmp_path))
    kinds = set(found["confusions"])
    assert kinds == ({"given", "absent", "misplaced"} if OF[arm].takes_signals else {"given"})
    if arm == "silhouette_in":  # there is none: given is absent
        assert found["confusions"]["given"] == found["confusions"]["absent"]


def test_every_arm_runs_on_dress_codes_own_folders(tmp_path: Path) -> None:
    ids = [f"{k:06}" for k in range(7)]
    dresscode_folder(tmp_path / "data", ids)
    noise = np.random.default_rng(1)
    for item in ids:  # photos that differ, of one size with their maps
        path = tmp_path / f"data/upper_body/images/{item}_0.jpg"
        with Image.open(path) as photo:
            size = photo.size[::-1]
        Image.fromarray(noise.integers(0, 255, (*size, 3), np.uint8)).save(path)
    photos = open_photos(f"dresscode:{tmp_path / 'data'}")
    parts = {"train": photos.ids[1:-1], "val": photos.ids[:1], "test": photos.ids[-1:]}
    digests = {p: {i: digest(photos.image_path(i)) for i in members} for p, members in parts.items()}
    split = write_json(tmp_path / "split.json", to_json(Split(name="own", photos=digests, never={}, made_with={})))
    plan, photos, source = open_plan(f"dresscode:{tmp_path / 'data'}", ["data"], split, _quiet, 1)
    study = load(plan, photos, source, _quiet)
    assert study.arrays.signals is not None and bool(study.arrays.signals.found.all())
    planned_as = write_json(tmp_path / "plan.json", {"hash": plan.hash, **plan.to_json()})
    kept = ["--plan", str(planned_as), "--records", str(tmp_path / "records")]
    call = ["study", "annotations", "--data", f"dresscode:{tmp_path / 'data'}", "--signals", "data", "--split-file",
            str(split), "--steps", "1", "--folds", "1", "--threads", "1", "--work", str(tmp_path / "work")]  # fmt: skip
    done = CliRunner().invoke(cli, [*call, *kept], catch_exceptions=False, standalone_mode=False)
    assert done.output.count("-fold1.json written") == len(ARMS)
    given = records.read(records.path_of(tmp_path / "records", "silhouette_in", 1))["confusions"]
    assert sorted(given) == ["absent", "given", "misplaced"]
    CliRunner().invoke(cli, ["study", "report", *kept, "--out", str(tmp_path / "page")], catch_exceptions=False)
    page = (tmp_path / "page/annotations.md").read_text(encoding="utf-8")
    assert f"{len(ARMS)} of {len(ARMS) * FOLDS} runs are done" in page, "one fold decides nothing"


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"plan": 1}', b"\xff\x00"])
def test_a_damaged_record_is_an_error_and_not_a_result(damage: bytes, whole: Path, tmp_path: Path) -> None:
    path = tmp_path / whole.name
    path.write_bytes(damage)
    with pytest.raises(DataError, match="not a record of a study's run"):
        records.is_done(tmp_path, "any", "skeleton_in", 2)


@pytest.mark.parametrize("name", ["plan", "arm", "fold", "stage", "seed", "steps", "seconds", "processor_s_a_step",
                                  "classes", "environment", "confusions"])  # fmt: skip
def test_a_record_with_a_fact_of_another_kind_is_refused(name: str, whole: Path, tmp_path: Path) -> None:
    content = json.loads(whole.read_text())
    for value in ("a", [1], {"a": "b"}):
        if isinstance(value, type(content[name])) and name == "environment":
            continue
        path = tmp_path / whole.name
        path.write_text(json.dumps(content | {name: value}))
        with pytest.raises((DataError, UsageError)):
            records.is_done(tmp_path, content["plan"], "skeleton_in", 2)


@pytest.mark.parametrize("count", [10**30, -1, 12.7, "3", None], ids=repr)
def test_a_count_that_is_none_is_refused_and_not_cut(count: object, whole: Path, tmp_path: Path) -> None:
    content = json.loads(whole.read_text())
    next(iter(content["confusions"]["given"].values()))[0] = count
    (tmp_path / whole.name).write_text(json.dumps(content))
    with pytest.raises(DataError, match="not a record of a study's run"):
        records.read(tmp_path / whole.name)


def test_training_waits_while_the_pause_file_is_there(study: StudyData, whole: Path, tmp_path: Path) -> None:
    pause, said = tmp_path / "pause", list[str]()
    pause.touch()
    places = Places(work=tmp_path / "work", records=tmp_path / "records", pause=pause)
    torch.set_num_threads(1)
    thread = threading.Thread(target=do_runs, args=(study, [OF["skeleton_in"]], [2], places, said.append))
    thread.start()
    while not any("waiting" in s for s in said):
        time.sleep(0.05)
    assert thread.is_alive() and not (tmp_path / "records").exists()
    pause.unlink()
    thread.join()
    assert _lasting(tmp_path / "records" / whole.name) == _lasting(whole)


def test_two_processes_do_not_work_in_one_folder(study: StudyData, tmp_path: Path) -> None:
    work = tmp_path / "work" / study.plan.hash
    with alone_in(work, who="a test", hint=""), pytest.raises(UsageError, match="another study is already at work"):
        _run(study, CONTROL, tmp_path)


def test_misplaced_signals_are_those_of_another_group() -> None:
    groups = [("a", "b"), ("c",), ("d", "e", "f")]
    ids = [i for group in groups for i in group]
    group_of = {i: g for g, group in enumerate(groups) for i in group}
    assert all(group_of[ids[k]] != group_of[i] for i, k in zip(ids, others(ids, groups), strict=True))
    assert others(["a"], [("a",)]) == [0]


# ---- the committed plan ----------------------------------------------------------------------------------------------


@pytest.mark.documents
def test_the_committed_plan_is_the_codes_and_its_page_says_it() -> None:
    from scripts.annotations_plan import PAGE, PLAN, page

    content = read_plan(PLAN)
    data = content["data"]
    folds = tuple(tuple(tuple(group) for group in fold) for fold in data["folds"])
    plan = Plan(data_format=data["format"], split_hash=data["split_hash"], signals=data["signals"], folds=folds)
    assert plan.hash == content["hash"], "code and committed plan have drifted apart"
    assert json.loads(json.dumps(plan.to_json())) == {k: v for k, v in content.items() if k not in ("hash", "measured")}
    assert PAGE.read_text(encoding="utf-8") == page(content)
