"""The comparison of U2Net with TopFormer: its page is the generated one, and says what is missing and what differs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from _side_by_side import RECIPE, comparison, epochs, kept_files, model, pair, run, two

from pocketseg.core.cache import ROOT
from pocketseg.core.outside import read_json
from scripts import front_page, kept_rows, readme
from scripts.u2net_or_topformer import page
from scripts.u2net_or_topformer.answer import sentence
from scripts.u2net_or_topformer.kept import TITLES, read
from scripts.u2net_or_topformer.learning import EARLIER, NONE, NOT_RECORDED, differs, learning

STARTED = {"step": "pretrained", "package": "p", "version": "1", "learnt_from": "10 photos", "licence": "MIT",
           "source": "a page", "difference": 1e-5, "difference_after": 1e-5, "photos": 4}  # fmt: skip
BEST = "b" * 64


@pytest.mark.documents
def test_the_page_is_made_from_committed_files() -> None:
    made = page.text(read(), readme.compression_rows())
    assert (ROOT / page.PAGE).read_text(encoding="utf-8") == made, "python -m scripts.u2net_or_topformer page"


def test_networks_that_were_not_compared_yet_have_their_place_on_the_page(tmp_path: Path) -> None:
    record = run("small", "topformer_tiny")
    content = comparison([model("topformer_tiny", "topformer_tiny", 0.6, 4.0, record)], [])
    sources = read(kept_files(tmp_path, content, [record]))
    made = page.text(sources, ())
    assert "| U2Net | 44,051,452 | not made yet |" in made and "| TopFormer Base | 5,025,124 | not made yet |" in made
    assert "Not answered yet" in made and "Not measured yet." in made and "Not compared yet: U2Net, U2NetP" in made
    assert sentence(sources) is None


def test_of_two_whole_networks_of_a_family_the_released_one_is_meant_and_the_other_named(tmp_path: Path) -> None:
    record, again = run("first", "u2netp"), run("u2netp_again", "u2netp", epochs=epochs(rise=0.1))
    models = [model("u2netp_again", "u2netp", 0.7, 4.0, again), model("u2netp", "u2netp", 0.6, 4.0, record)]
    sources = read(kept_files(tmp_path, comparison(models, []), [record, again]))
    assert [n.title for n in sources.networks] == ["U2NetP", "U2NetP (u2netp_again)"]
    assert [n.names for n in sources.networks] == [("u2netp", "u2netp"), ("u2netp_again",)]
    meant = sources.whole("u2netp")
    assert meant is not None and meant.name == "u2netp"


def test_what_both_began_from_is_the_same_pretraining_in_whichever_package_it_lay(tmp_path: Path) -> None:
    first, second = ({"initial": {"sha256": p, "lineage": [{**STARTED, "package": p}]}} for p in ("a", "b"))
    made = page.text(read(two(tmp_path, first=first, second=second)), ())
    assert "They were trained alike" in made and "| its weights from | a 1 | b 1 |" in made


@pytest.mark.parametrize(
    ("changes", "pairs", "wanted"),
    [
        ({}, [("u2net", "again", 0.01, 0.03), ("u2netp", "again", -0.04, 0.01), ("u2net", "u2netp", 0.02, 0.05)], (
            "- U2Net less U2NetP (again), with the same pretraining, photos, images and steps: +0.020 mIoU (95 % "
            "interval +0.010 to +0.030).",
            "- U2NetP (again) less U2NetP, whose weights began at random: +0.015 mIoU (95 % interval -0.010 to +0.040)"
            ", which these photos do not tell from none.",
            "- U2Net less U2NetP, whose weights began at random: +0.035 mIoU",
            "beside the networks: nothing that records say.")),
        ({"recipe": {**RECIPE, "lr": 0.5}}, [], (
            "U2Net and U2NetP (again), with the same pretraining, photos, images and steps, were not compared.",
            "beside the networks: optimizer and rate (adam, 0.001; adam, 0.5).")),
        ({"initial": None}, [], ()),
        ({"epochs": epochs(steps=30, rise=0.1)}, [], ()),
        ({"split_hash": "another"}, [], ()),
    ],
    ids=["alike", "another rate", "no pretraining", "more steps", "other photos"],
)  # fmt: skip
def test_a_u2netp_with_u2nets_pretraining_tells_what_the_pretraining_gave(
    changes: dict[str, Any], pairs: list[tuple[str, str, float, float]], wanted: tuple[str, ...], tmp_path: Path
) -> None:
    started = {"initial": {"sha256": "a", "lineage": [STARTED]}}
    large = run("large", "u2net", **started)
    again = run("again", "u2netp", **{**started, "epochs": epochs(rise=0.1), **changes})
    first = run("first", "u2netp", epochs=epochs(rise=0.2))
    models = [model("u2net", "u2net", 0.7, 9.0, large), model("again", "u2netp", 0.6, 4.0, again),
              model("u2netp", "u2netp", 0.6, 4.0, first)]  # fmt: skip
    content = comparison(models, [pair(*one) for one in pairs])
    made = page.text(read(kept_files(tmp_path, content, [large, again, first])), ())
    assert ("## Is it the pretraining?" in made) == bool(wanted)
    for words in wanted:
        assert words in made


def test_without_its_record_u2net_has_no_answer(tmp_path: Path) -> None:
    root = two(tmp_path)
    (root / "docs/runs/big.json").unlink()
    sources = read(root)
    assert sentence(sources) is None
    assert "how one of them was trained is not recorded" in page.text(sources, ())


@pytest.mark.parametrize(
    ("low", "high", "p50s", "wanted"),
    [
        (0.01, 0.05, (1240.0, 4.0), (
            "U2Net (44 million parameters) to be better than TopFormer Tiny (1.4 million): +0.030 mIoU, 95 % interval "
            "+0.010 to +0.050.", "U2Net takes 310 times as long (1,240 against 4.00 ms, fp32 `.onnx` here).",
            "Start with TopFormer Tiny; take U2Net where quality decides.")),
        (-0.01, 0.05, (1240.0, 4.0), ("156 test photos show no difference in quality between U2Net (44 million",
                                      "Start with TopFormer Tiny.")),
        (-0.05, -0.01, (1240.0, 4.0), ("to be worse than TopFormer Tiny", "Take TopFormer Tiny.")),
        (0.01, 0.05, (None, 4.0), ("Their times were not measured.", "Where quality decides, take U2Net.")),
        (-0.01, 0.05, (None, None), ("Their times were not measured.", "Try both.")),
    ],
)  # fmt: skip
def test_the_answer_follows_from_quality_and_time(
    low: float, high: float, p50s: tuple[float | None, ...], wanted: tuple[str, ...], tmp_path: Path
) -> None:
    found = sentence(read(two(tmp_path, low, high, p50s=p50s))) or ""
    for words in wanted:
        assert words in found


def test_a_pair_that_is_kept_the_other_way_round_is_turned(tmp_path: Path) -> None:
    root = two(tmp_path, 0.01, 0.05)
    path = root / "docs/comparison/compare.json"
    text = path.read_text()
    text = text.replace('"first": "u2net", "second": "topformer_tiny"', '"first": "topformer_tiny", "second": "u2net"')
    path.write_text(text)
    assert "to be worse than TopFormer Tiny (1.4 million): -0.030 mIoU" in (sentence(read(root)) or "")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"initial": {"sha256": "x", "lineage": [STARTED]}}, "pretraining (10 photos; none)"),
        ({"initial": {"sha256": "0123456789abcdef", "lineage": []}}, "pretraining (weights 0123456789ab; none)"),
        ({"teachers": 1, "teachers_sha256": ["0123456789abcdef"]}, "teachers (weights 0123456789ab (not kept); none)"),
        ({"teachers": 1, "teachers_sha256": [BEST], "best": {"sha256": BEST}}, "teachers (big; none)"),
        ({"teachers": 2}, "teachers (2 more of earlier runs, not recorded; none)"),
        ({"precision": "bf16-mixed"}, "number format (bf16-mixed; 32-true)"),
        ({"recipe": {**RECIPE, "fine_weight": 0.5}}, "finer labels as a further target, weight (0.5; none)"),
        ({"epochs": epochs(size=(160, 96))}, "gigapixels (0.01; 0.06)"),
        ({"unlabelled": 7}, "training photos without masks (7; 0)"),
        ({"split_hash": "another"}, "training photos with masks (not recorded; 591)"),
        ({"recipe": {**RECIPE, "lr": 0.25}}, "optimizer and rate (adam, 0.25; "),
        ({"recipe": {**RECIPE, "photos_share": 0.5}}, "training photos with masks (296; 591)"),
        ({"recipe": {**RECIPE, "batch_size": 24}}, "images (1,920; 960)"),
        ({"epochs": epochs(steps=30)}, "steps (240; 80)"),
    ],
)  # fmt: skip
def test_what_differs_in_training_is_named_and_the_answer_holds_as_trained(
    changes: dict[str, Any], named: str, tmp_path: Path
) -> None:
    sources = read(two(tmp_path, first=changes))
    made = page.text(sources, ())
    assert named in made and "This holds for the two as trained here." in made
    assert (sentence(sources) or "").startswith("As trained here, ")


def test_networks_that_were_trained_alike_need_no_caution(tmp_path: Path) -> None:
    sources = read(two(tmp_path))
    made = page.text(sources, ())
    assert "They were trained alike" in made and "as trained here" not in made
    assert (sentence(sources) or "").startswith("156 test photos show")


@pytest.mark.parametrize(
    ("low", "high", "p50_ms", "wanted"),
    [
        (-0.01, 0.03, 620.0, "is not told apart from U2Net in quality and 2.0 times as fast."),
        (-0.05, -0.01, 620.0, "is better than U2Net and 2.0 times as fast."),
        (0.01, 0.03, 620.0, ""),
        (-0.01, 0.03, 1300.0, ""),
    ],
    ids=["alike", "better", "worse", "slower"],
)
def test_a_faster_network_that_is_as_good_as_u2net_is_named(
    low: float, high: float, p50_ms: float, wanted: str, tmp_path: Path
) -> None:
    root = two(tmp_path)
    path = root / "docs/comparison/compare.json"
    content = json.loads(path.read_text())
    content["models"] += [model(name, "u2netp", 0.65, p50_ms, run(name, "u2netp")) for name in ("u2netp", "again")]
    content["pairs"].append(pair("u2net", "again", low, high))
    content["verdict"].append(["a verdict."])
    path.write_text(json.dumps(content))
    said = sentence(read(root)) or ""
    assert said.endswith(f"U2NetP (again, 1.1 million) {wanted}" if wanted else "where quality decides.")


def test_a_time_that_cannot_be_trusted_says_so_wherever_it_stands(tmp_path: Path) -> None:
    root = two(tmp_path)
    path = root / "docs/comparison/compare.json"
    content = json.loads(path.read_text())
    content["models"][1]["latency"]["verdict"] = "UNSTABLE"
    path.write_text(json.dumps(content))
    sources = read(root)
    assert "fp32 `.onnx` here; UNSTABLE)." in (sentence(sources) or "")
    assert "| 1240 |" in page.text(sources, ()) and "| 4.00 UNSTABLE |" in page.text(sources, ())


def test_the_page_says_how_well_published_weights_were_taken_over_and_what_runs_note(tmp_path: Path) -> None:
    step = {**STARTED, "difference": 2e-5, "difference_after": 3e-5}
    changes = {"initial": {"sha256": "a", "lineage": [step]}, "notes": "It was cut short."}
    made = page.text(read(two(tmp_path, first=changes)), ())
    assert "at most 2.0e-05 from the published file's, and by 3.0e-05 after 4 training photos" in made
    assert "- U2Net, big: It was cut short." in made and "- TopFormer Tiny, small:" not in made


def test_a_training_whose_validation_still_rose_is_named(tmp_path: Path) -> None:
    rising = {"epochs": epochs(16, rise=0.01)}
    made = page.text(read(two(tmp_path, first=rising)), ())
    assert "Validation of U2Net still rose when its training ended" in made
    assert "Validation of TopFormer Tiny still rose" not in made


def test_runs_that_began_from_one_another_count_together() -> None:
    first = run("first", "u2net", epochs=epochs(steps=100))
    second = run(
        "second", "u2net", initial={"sha256": "1" * 64}, teachers_sha256=["2" * 64], environment={"threads": 2}
    )
    found = learning(second, {}, {"1" * 64: first}, None, {"2" * 64: "small"})
    assert found.runs == ("first", "second") and found.steps == 880 and found.images == 880 * 12
    assert found.pretraining == NONE and found.teachers == ("small",) and found.minutes == 16
    assert found.core_hours is None, "the first run does not say how many threads it had"
    assert learning(second, {}, {}, None, {}).core_hours == pytest.approx(8 / 60 * 2)
    assert found.gigapixels == pytest.approx(880 * 12 * 320 * 192 / 1e9)


def test_a_run_that_began_from_a_released_network_counts_that_ones_runs_too(tmp_path: Path) -> None:
    released = {"sha256": BEST, "name": "u2net", "network": "u2net", "teachers": [], "initial": None,
                "log": [{"val_miou": str(row["val_miou"])} for row in epochs(rise=0.1)]}  # fmt: skip
    changes = {"initial": {"sha256": BEST, "lineage": []}, "epochs": epochs(4)}
    root = two(tmp_path, first=changes)
    (root / "docs/runs/before.json").write_text(json.dumps(run("before", "u2net", epochs=epochs(rise=0.1))))
    (root / "models/released").mkdir(parents=True)
    (root / "models/released/u2net.json").write_text(json.dumps(released))
    network = read(root).whole("u2net")
    assert network is not None and network.learning is not None
    assert network.learning.runs == ("before", "big") and network.learning.steps == 120


def test_scores_on_the_strict_subset_have_a_column_where_a_card_holds_them(tmp_path: Path) -> None:
    root = two(tmp_path)
    assert "| strict subset |" not in page.text(read(root), ())
    strict = {"photos": 120, "miou": 0.6, "miou_interval": [0.55, 0.65]}
    card: dict[str, Any] = {"sha256": "u2net-sha", "name": "u2net", "network": "u2net", "teachers": [], "initial": None,
            "test_strict": strict}  # fmt: skip
    path = root / "docs/runs/big.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"card": card}))
    made = page.text(read(root), ())
    assert "| 0.6000 (0.5500 to 0.6500; 120 photos) | 1240 |" in made
    assert "| not measured | 4.00 |" in made, "TopFormer Tiny's card has none"


def test_runs_from_before_records_named_their_start_are_not_taken_for_untrained_ones() -> None:
    old = {k: v for k, v in run("topformer_tiny_taught2", "topformer_tiny", teachers=3).items() if k != "initial"}
    before = {k: v for k, v in run("topformer_tiny_taught", "topformer_tiny", teachers=2).items() if k != "initial"}
    card = {"teachers": ["1" * 64], "initial": "9" * 64}
    found = learning(old, {r["name"]: r for r in (old, before)}, {}, card, {})
    assert found.runs == ("topformer_tiny_taught", "topformer_tiny_taught2") and found.pretraining == NOT_RECORDED
    assert (found.teachers, found.unnamed_teachers) == ((f"weights {'1' * 12} (not kept)",), 2)
    assert len(differs(found, found)) == 2, "what is not recorded never matches"


@pytest.mark.documents
@pytest.mark.parametrize(("name", "before"), EARLIER.items())
def test_earlier_runs_say_in_their_notes_what_they_began_from(name: str, before: str) -> None:
    record = read_json(ROOT / "docs" / "runs" / f"{name}.json")
    assert f"Began from {before}'s" in record["notes"] and "initial" not in record


@pytest.mark.documents
def test_the_front_page_takes_the_answer_when_there_is_one() -> None:
    kept, content = kept_rows.kept(), read_json(readme.COMPARISON)
    today = front_page.guide(kept, content).splitlines()
    answered = front_page.guide(kept, content, "An answer.").splitlines()
    assert len(today) == len(answered) and today[1:] == answered[1:]
    assert answered[0].startswith("- **Network**: U2Net or TopFormer? An answer. [The whole comparison](docs/")
    assert len(TITLES) == 5
