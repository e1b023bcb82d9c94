"""The answer of a study from records alone: verdicts, what lacks, what is refused, and the page that says it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _study import CHOSEN, GAINS, SECOND_STEPS, ids_of, plan_of, write_run, write_stage
from click.testing import CliRunner

from pocketseg.cli.main import cli
from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError, UsageError
from pocketseg.core.files import write_json
from pocketseg.study import cost, gallery, kinds, records
from pocketseg.study.analysis import HARMS, HELPS, NO_DIFFERENCE, PAYS, PAYS_NOT, UNDECIDED, UNTRIED, best_arms
from pocketseg.study.answer import answer
from pocketseg.study.answer_page import FIGURE, page, sentence
from pocketseg.study.plan import ARMS, SEEDS, Plan, Stage
from pocketseg.study.plan_file import read_plan
from pocketseg.study.published import PAGE, VALUES, drawn_gallery, figure, publish
from pocketseg.study.results import need_all, read_all
from pocketseg.study.second import arms_of
from scripts import front_page


@pytest.fixture(scope="module")
def plan() -> dict[str, Any]:
    return plan_of()


@pytest.fixture(scope="module")
def folder(plan: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished study."""
    out = tmp_path_factory.mktemp("records")
    write_stage(out, plan, GAINS)
    write_stage(out, plan, CHOSEN, Stage.SECOND)
    kept = {"bags": ids_of(plan, 1)[:4], "coats over dresses": ids_of(plan, 2)[:4], "hidden limbs": []}
    kinds.keep(out, plan["data"]["split_hash"], kept)
    return out


@pytest.fixture(scope="module")
def found(folder: Path, plan: dict[str, Any]) -> dict[str, Any]:
    return answer(folder, plan)


# ---- verdicts --------------------------------------------------------------------------------------------------------


def test_each_arm_has_the_verdict_that_its_records_were_made_with(found: dict[str, Any]) -> None:
    verdicts = {name: arm["verdict"] for name, arm in found["arms"].items()}
    assert verdicts == {
        "skeleton_in": HELPS, "silhouette_in": NO_DIFFERENCE, "keypoints_target": HELPS,
        "silhouette_target": NO_DIFFERENCE, "labels_target": HARMS,
    }  # fmt: skip
    for arm in found["arms"].values():
        assert arm["mean"] == pytest.approx(np.mean(arm["difference"])) and len(arm["difference"]) == len(SEEDS)
        assert arm["p"] <= arm["p_holm"] and arm["t_interval"][0] <= arm["mean"] <= arm["t_interval"][1]
        for key in ("groups_interval", "both_interval"):
            assert arm[key][0] < arm[key][1]


def test_an_input_pays_by_the_second_stage_and_a_target_costs_nothing(
    found: dict[str, Any], plan: dict[str, Any], tmp_path: Path
) -> None:
    assert found["chosen"] == ["skeleton_in", "keypoints_target"] and list(found["second"]) == list(CHOSEN)
    assert {n: a.get("pays") for n, a in found["arms"].items()} == {
        "skeleton_in": PAYS, "silhouette_in": PAYS_NOT, "keypoints_target": None, "silhouette_target": None,
        "labels_target": None,
    }  # fmt: skip
    write_stage(tmp_path, plan, GAINS)
    assert answer(tmp_path, plan)["arms"]["skeleton_in"]["pays"] == UNDECIDED
    write_stage(tmp_path, plan, CHOSEN | {"skeleton_in": -0.1}, Stage.SECOND)
    assert answer(tmp_path, plan)["arms"]["skeleton_in"]["pays"] == PAYS_NOT
    text = page(answer(tmp_path, plan), plan)
    assert "- `skeleton_in`: the direction does not hold (" in text and "`skeleton_in`: was not shown to pay" in text


def test_an_input_that_helps_but_was_not_chosen_is_said_to_be_untried(plan: dict[str, Any], tmp_path: Path) -> None:
    write_stage(tmp_path, plan, GAINS | {"silhouette_in": 0.04, "keypoints_target": 0.06})
    for stage in (None, {"photo": 0.0, "skeleton_in": 0.1, "keypoints_target": 0.05}):
        if stage is not None:
            write_stage(tmp_path, plan, stage, Stage.SECOND)
        found = answer(tmp_path, plan)
        assert found["arms"]["silhouette_in"]["verdict"] == HELPS and "silhouette_in" not in found["chosen"]
        assert found["arms"]["silhouette_in"]["pays"] == UNTRIED
        said = sentence(found, plan)
        assert ("the second stage decides: the drawn skeleton as further input." in said) == (stage is None)
        assert "was shown to be worth" not in said


def test_the_best_arms_are_those_of_the_largest_mean_and_ties_keep_the_plans_order(
    plan: dict[str, Any], tmp_path: Path
) -> None:
    for fold in Stage.FIRST.folds:
        counts = records.confusions(records.read(write_run(tmp_path / "one", plan, "photo", fold)))
        for arm in ARMS:
            states = dict.fromkeys(
                ("given", "absent", "misplaced") if arm.takes_signals else ("given",), counts["given"]
            )
            path = write_run(tmp_path, plan, arm.name, fold)
            records.write(tmp_path, {k: v for k, v in records.read(path).items() if k != "confusions"}, states,
                          np.zeros((1, 1, 1), np.uint8))  # fmt: skip
    first = read_all(tmp_path, plan, Stage.FIRST, list(plan["arms"]))
    assert best_arms(first) == ["skeleton_in", "silhouette_in"]
    found = answer(tmp_path, plan)["arms"]
    assert {(a["mean"], a["p"], a["verdict"]) for a in found.values()} == {(0.0, 1.0, NO_DIFFERENCE)}


def test_the_answer_does_not_depend_on_when_or_where_runs_were_done(
    folder: Path, plan: dict[str, Any], found: dict[str, Any], tmp_path: Path
) -> None:
    for path in sorted(folder.glob("*.json"), reverse=True):
        content = json.loads(path.read_bytes())
        write_json(
            tmp_path / path.name, dict(reversed(content.items())) | ({"seconds": 1.0} if "arm" in content else {})
        )
    again = answer(tmp_path, plan)
    assert {k: v for k, v in again.items() if k != "time"} == {k: v for k, v in found.items() if k != "time"}


def test_what_is_looked_at_besides_is_what_the_records_hold(found: dict[str, Any], plan: dict[str, Any]) -> None:
    explored = found["explored"]
    assert set(explored["states"]) == {"skeleton_in", "silhouette_in"}
    states = explored["states"]["skeleton_in"]
    assert states["given"] == pytest.approx(found["arms"]["skeleton_in"]["mean"]) and states["absent"] < 0.02
    assert set(explored["kinds"]) == {"bags", "coats over dresses"}, "a kind without photos says nothing"
    assert explored["kinds"]["bags"]["photos"] == 4
    assert explored["kinds"]["bags"]["arms"]["skeleton_in"]["difference"] > 0.05
    photos = explored["photos"]["labels_target"]
    assert photos["worse"] > 0.9 and photos["better"] + photos["worse"] <= 1
    assert set(photos["gains"]) <= {i for fold in range(1, 6) for i in ids_of(plan, fold)}
    assert all(len(v) == len(SEEDS) for v in explored["classes"]["labels_target"].values())


# ---- what lacks, what is refused -------------------------------------------------------------------------------------


def test_an_unfinished_study_says_what_lacks_and_draws_no_verdict(plan: dict[str, Any], tmp_path: Path) -> None:
    write_stage(tmp_path, plan, GAINS)
    records.path_of(tmp_path, "keypoints_target", 4).unlink()
    records.path_of(tmp_path, "photo", 5).unlink()
    found = answer(tmp_path, plan)
    assert found["stages"] == {"1": {"planned": 30, "lacking": [["keypoints_target", 4], ["photo", 5]]}}
    assert not {"arms", "chosen", "second", "explored"} & set(found)
    text = page(found, plan)
    assert (
        "28 of 30 runs are done" in text and "- `keypoints_target`: fold 4\n" in text and "- `photo`: fold 5\n" in text
    )
    for word in (HARMS, "p, corrected", "annotations.svg", "+0.", "better masks"):
        assert word not in text
    written, said = publish(tmp_path, plan, tmp_path / "out")
    assert sorted(p.name for p in written) == ["annotations.json", "annotations.md"] and "28 of 30" in said


def test_a_study_without_any_record_has_a_page_too(plan: dict[str, Any], tmp_path: Path) -> None:
    text = page(answer(tmp_path / "none", plan), plan)
    assert "0 of 30 runs are done" in text and "No run is finished yet." in text
    assert "- `photo`: folds 1, 2, 3, 4 and 5\n" in text


def test_an_unfinished_second_stage_says_what_lacks(plan: dict[str, Any], tmp_path: Path) -> None:
    write_stage(tmp_path, plan, GAINS)
    write_run(tmp_path, plan, "photo", 1, stage=Stage.SECOND)
    found = answer(tmp_path, plan)
    assert len(found["stages"]["2"]["lacking"]) == 8 and "second" not in found
    assert "8 of 9 runs have no record yet" in page(found, plan)


def test_the_second_stage_waits_for_the_whole_first(plan: dict[str, Any], tmp_path: Path) -> None:
    write_stage(tmp_path, plan, GAINS)
    records.path_of(tmp_path, "photo", 5).unlink()
    with pytest.raises(UsageError, match=r"stage 1 is unfinished: 1 of 30 runs have no record \(photo fold 5\)"):
        need_all(read_all(tmp_path, plan, Stage.FIRST, list(plan["arms"])))


def test_the_second_stage_has_the_chosen_arms_alone(plan: dict[str, Any], folder: Path) -> None:
    folds = tuple(tuple(tuple(group) for group in fold) for fold in plan["data"]["folds"])
    of = Plan(data_format="ccp", split_hash="split", signals={}, folds=folds, steps=3, second_steps=SECOND_STEPS)
    assert [a.name for a in arms_of(folder, of)] == ["photo", "skeleton_in", "keypoints_target"]
    assert [a.name for a in arms_of(folder, of, [ARMS[1]])] == ["skeleton_in"]
    with pytest.raises(UsageError, match="no arm labels_target") as caught:
        arms_of(folder, of, [ARMS[-1]])
    assert caught.value.hint == "the first stage chose photo, skeleton_in, keypoints_target"


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"seed": 9}, "it has seed 9, but the plan has 102"), ({"steps": 9}, "it has steps 9, but the plan has 3"),
     ({"classes": ["a", "b", "c", "d"]}, "its classes are not those of the other runs")],
)  # fmt: skip
def test_a_record_of_another_run_is_refused(
    changes: dict[str, Any], message: str, plan: dict[str, Any], tmp_path: Path
) -> None:
    write_run(tmp_path, plan, "photo", 1)
    write_run(tmp_path, plan, "photo", 2, **changes)
    with pytest.raises(DataError, match=message):
        answer(tmp_path, plan)


@pytest.mark.parametrize(
    ("change", "message"),
    [(lambda photos, first: photos.pop(first), "does not hold the photos of its fold"),
     (lambda photos, first: photos.update({first: [-1] * 16}), "a count is not a whole number"),
     (lambda photos, first: photos.update({first: [9] * 16}), "labels are not those of the fold's other runs"),
     (lambda photos, first: photos.update({first: [9]}), "not a record of a study's run")],
)  # fmt: skip
def test_scores_of_other_photos_or_labels_are_refused(
    change: Any, message: str, plan: dict[str, Any], tmp_path: Path
) -> None:
    write_run(tmp_path, plan, "photo", 1)
    path = write_run(tmp_path, plan, "labels_target", 1)
    content = json.loads(path.read_bytes())
    change(content["confusions"]["given"], ids_of(plan, 1)[0])
    write_json(path, content)
    with pytest.raises(DataError, match=message):
        answer(tmp_path, plan)


def test_a_record_of_another_plan_or_stage_is_refused(plan: dict[str, Any], tmp_path: Path) -> None:
    path = write_run(tmp_path, plan, "photo", 1)
    with pytest.raises(UsageError, match="another plan is another study"):
        answer(tmp_path, plan_of(9))
    path.replace(records.path_of(tmp_path, "photo", 1, Stage.SECOND))
    with pytest.raises(DataError, match="holds the run photo, fold 1, stage 1"):
        records.is_done(tmp_path, plan["hash"], "photo", 1, Stage.SECOND)


def test_kinds_of_other_photos_are_refused(plan: dict[str, Any], tmp_path: Path) -> None:
    assert kinds.read(tmp_path, plan) == {}
    for content in ({"kinds": {}}, [], {"split_hash": "other", "kinds": {}},
                    {"split_hash": "split", "kinds": {"bags": {"about": "", "photos": ["no such"]}}}):  # fmt: skip
        write_json(tmp_path / kinds.FILE, content)
        with pytest.raises(DataError, match="does not hold kinds of photos"):
            kinds.read(tmp_path, plan)


# ---- the page --------------------------------------------------------------------------------------------------------


def test_the_page_holds_every_arm_seed_and_interval(
    folder: Path, found: dict[str, Any], plan: dict[str, Any], tmp_path: Path
) -> None:
    written, said = publish(folder, plan, tmp_path)
    text = (tmp_path / "annotations.md").read_text(encoding="utf-8")
    assert said == sentence(found, plan) and said in text and plan["hash"] in text
    for name, arm in found["arms"].items():
        assert f"| `{name}` | {plan['arms'][name]['about']} | " in text
        for value in (arm["mean"], *arm["t_interval"], *arm["groups_interval"], *arm["both_interval"]):
            assert f"{100 * value:+.2f}" in text
        assert " | ".join(f"{v:.4f}" for v in arm["miou"]) in text
    assert (
        all(f"seed {seed}" in text for seed in SEEDS)
        and "30 runs took 30.0 hours" in text
        and "differ in machine" not in text
    )
    assert json.loads((tmp_path / "annotations.json").read_bytes()) == json.loads(json.dumps(found))
    picture = ET.fromstring((tmp_path / "annotations.svg").read_text(encoding="utf-8"))
    texts = {element.text for element in picture.iter() if element.text}
    assert {*(plan["arms"][name]["about"] for name in found["arms"]), HELPS, HARMS, NO_DIFFERENCE} <= texts
    assert len(list(picture.iter("{http://www.w3.org/2000/svg}circle"))) == 1 + len(found["arms"]) * len(SEEDS)
    assert all(path.exists() for path in written)


def test_the_page_says_what_an_input_costs_once_the_networks_were_timed(plan: dict[str, Any], tmp_path: Path) -> None:
    assert "They were not timed yet" in page(answer(tmp_path, plan), plan)
    row = {"kind": "latency only", "file": "a.tflite", "size_bytes": 3e6, "multiply_adds": 4e8, "p50_ms": 5.0,
           "p50_low_ms": 4.5, "p50_high_ms": 5.5, "verdict": "VALID", "threads": 1, "device": {"cpu": "C"}}  # fmt: skip
    write_json(tmp_path / cost.FILE, {"rows": [row, row | {"file": "b.tflite"}]})
    text = page(answer(tmp_path, plan), plan)
    assert "| b.tflite | 3.00 | 400.0 | 5.00 | 4.50 to 5.50 | VALID |" in text
    assert "| together | 6.00 | 800.0 | 10.00 | | |" in text and "By LiteRT on 1 thread of C" in text
    for rows in (
        [row | {"p50_ms": None}],
        [row | {"kind": "host"}],
        [row | {"device": 1}],
        [row | {"verdict": None}],
        [{}],
        [1],
        None,
    ):
        write_json(tmp_path / cost.FILE, {"rows": rows})
        with pytest.raises(DataError, match="does not hold timed networks"):
            answer(tmp_path, plan)


def test_the_sentence_names_what_helped_what_harmed_and_what_was_not_shown(
    found: dict[str, Any], plan: dict[str, Any]
) -> None:
    said = sentence(found, plan)
    about = {name: arm["about"] for name, arm in plan["arms"].items()}
    better, worse, even = (part for part in said.partition(". Worth")[0].split("; "))
    assert "gave better masks" in better and about["skeleton_in"] in better and about["keypoints_target"] in better
    assert "gave worse masks" in worse and about["labels_target"] in worse
    assert "no difference" in even and about["silhouette_in"] in even and about["silhouette_target"] in even
    assert said.endswith(f"Worth its cost in use, by the rule written before: {about['skeleton_in']}.")
    none = {name: arm | {"verdict": NO_DIFFERENCE} | ({"pays": PAYS_NOT} if "pays" in arm else {})
            for name, arm in found["arms"].items()}  # fmt: skip
    assert "masks" not in sentence(found | {"arms": none}, plan)
    assert sentence(found | {"arms": none}, plan).endswith("No further input was shown to be worth its cost in use.")


def test_the_command_writes_the_page_and_refuses_half_of_what_it_needs(
    folder: Path, plan: dict[str, Any], tmp_path: Path
) -> None:
    path = write_json(tmp_path / "plan.json", plan)
    call = ["study", "report", "--plan", str(path), "--records", str(folder), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(cli, call)
    assert done.exit_code == 0 and "gave better masks" in done.output
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"annotations.md", "annotations.svg", "annotations.json"}
    for more, message in ((["--gallery"], "--gallery needs the photos"), (["--data", "ccp:x"], "belong together")):
        with pytest.raises(UsageError, match=message):
            CliRunner().invoke(cli, [*call, *more], catch_exceptions=False, standalone_mode=False)


# ---- the committed page ----------------------------------------------------------------------------------------------


@pytest.mark.documents
def test_the_committed_page_is_what_the_kept_records_give() -> None:
    docs = ROOT / "docs"
    plan = read_plan(docs / "annotations-plan.json")
    found = answer(docs / "runs" / "annotations", plan)
    drawn = drawn_gallery(docs / "runs" / "annotations", plan, docs)
    assert (docs / gallery.FILE).exists() == bool(drawn), "the gallery is of other records: draw it again"
    again = "pocketseg study report --plan docs/annotations-plan.json --out docs"
    assert (docs / PAGE).read_text(encoding="utf-8") == page(found, plan, drawn), again
    kept = json.loads((docs / VALUES).read_bytes())
    assert kept["stages"] == found["stages"] and sentence(kept, plan) == sentence(found, plan), again
    assert (docs / FIGURE).exists() == ("arms" in found), again
    if "arms" in found:
        assert (docs / FIGURE).read_text(encoding="utf-8") == figure(found, plan), again
    said = front_page.study()
    assert said is None if "arms" not in found else (said or "").startswith(sentence(found, plan))


def test_readme_says_what_annotations_give_once_the_study_is_finished(
    folder: Path, plan: dict[str, Any], tmp_path: Path
) -> None:
    write_json(tmp_path / "annotations-plan.json", plan)
    publish(tmp_path / "none", plan, tmp_path)
    assert front_page.study(tmp_path) is None
    _, said = publish(folder, plan, tmp_path)
    assert (front_page.study(tmp_path) or "").startswith(said)


def test_folds_whose_runs_differ_in_machine_or_code_are_named(plan: dict[str, Any], tmp_path: Path) -> None:
    write_stage(tmp_path, plan, GAINS)
    write_run(tmp_path, plan, "photo", 2, code="another")
    write_run(tmp_path, plan, "photo", 4, environment={"machine": "m", "system": "s", "cores": 2, "threads": 1})
    found = answer(tmp_path, plan)
    assert found["time"][0]["mixed_folds"] == [2, 4]
    text = page(found, plan)
    assert "The runs of folds 2 and 4 differ in machine, threads or code" in text and "2 cores, 1 thread: 1 run" in text
