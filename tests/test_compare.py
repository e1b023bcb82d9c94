"""Comparisons: paired intervals, verdicts in words, resuming, the files. No number here is a result."""

from __future__ import annotations

import copy
import dataclasses
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from _ranks import BEFORE, measured
from torch import nn

import models
import pocketseg.workflows.compare as work
import pocketseg.workflows.compared_scores as kept_scores
from benchmark.photos import ScoredPhotos, photos_hash, sample_part
from pocketseg.cli.main import main
from pocketseg.core.cache import Cache
from pocketseg.core.classes import CLASSES
from pocketseg.core.errors import ExportError, UsageError
from pocketseg.core.files import sha256_file
from pocketseg.data.embedded import sample_ids, sample_photos, sample_split_hash
from pocketseg.report.comparison import markdown, page, summary
from pocketseg.report.trained import trained
from pocketseg.report.verdict import cautions, verdict
from pocketseg.training.paired import LEAST_PHOTOS, difference, most_different
from pocketseg.training.scores import PhotoScore, Scores
from pocketseg.workflows.times_apart import times_apart

HOSTILE = "<b>a|b`$x"
PHOTOS = 12


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """Tiny networks on a busy machine: threads that wait for one another take longer than the work."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def weights(folder: Path, seed: int, name: str) -> Path:
    torch.manual_seed(seed)
    network = models.build("topformer_tiny")
    nn.init.normal_(network.get_parameter("decode_head.conv_seg.weight"), std=3.0)  # so that every class occurs
    spec = dataclasses.replace(models.spec("topformer_tiny"), height_px=64, width_px=64, classes=CLASSES)
    path = folder / f"{name}.safetensors"
    models.save_weights(network, spec, path, dtype="fp32", metadata={"split_hash": sample_split_hash()})
    return path


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("weights")
    return [str(weights(folder, seed, name)) for seed, name in enumerate(("one", "two", HOSTILE))]


@pytest.fixture(scope="module")
def few() -> ScoredPhotos:
    ids = sample_ids("val")[:PHOTOS]
    return ScoredPhotos(photos=sample_photos(), ids=ids, name="embedded", split="val", hash=sample_split_hash())


@pytest.fixture(scope="module")
def made(three: list[str], few: ScoredPhotos, tmp_path_factory: pytest.TempPathFactory) -> work.Comparison:
    folder = tmp_path_factory.mktemp("compared")
    return work.compare(work.open_candidates(three, few), few, folder, Cache(folder / "cache"), threads=None)


def scores_of(hits: list[int]) -> Scores:
    """Photos of two classes, 100 pixels each; of the second's 50 pixels so many are found."""
    photos = [
        PhotoScore(id=str(k), confusion=np.array([[50, 0], [50 - n, n]]), boundary=np.ones((2, 2), np.int64))
        for k, n in enumerate(hits)
    ]
    return Scores(classes=("background", "garment"), photos=tuple(photos))


# ---- paired numbers --------------------------------------------------------------------------------------------------


def test_a_constant_advantage_is_told_apart_although_photos_vary_more_than_it() -> None:
    hits = [5 + 3 * k for k in range(12)]
    good, poor = scores_of([n + 2 for n in hits]), scores_of(hits)
    found = difference(good, poor)
    assert found["miou"]["told_apart"] and found["miou"]["interval"][0] > 0
    assert found["first_better"] == 1 and found["second_better"] == found["equal"] == 0
    assert found["miou"]["difference"] == pytest.approx(good.miou() - poor.miou())
    other_way = difference(poor, good)
    assert other_way["miou"]["difference"] == -found["miou"]["difference"]
    assert other_way["miou"]["interval"] == pytest.approx([-end for end in reversed(found["miou"]["interval"])])


def test_few_photos_claim_nothing_and_other_photos_are_refused() -> None:
    hits = [20] * (LEAST_PHOTOS - 1)
    found = difference(scores_of([n + 20 for n in hits]), scores_of(hits))
    assert found["miou"]["excludes_zero"] and not found["miou"]["told_apart"]
    with pytest.raises(UsageError, match="different photos"):
        difference(scores_of([1, 2]), scores_of([1, 2, 3]))


def test_the_photos_that_differ_most_come_from_both_sides() -> None:
    first, second = scores_of([10, 20, 30, 40, 25]), scores_of([40, 21, 30, 5, 20])
    assert most_different([first, second], 2) == ["3", "0"]
    assert most_different([first, second], 8) == ["3", "0", "4", "1"]  # where they are equal, nothing is to be seen


# ---- words -----------------------------------------------------------------------------------------------------------


def made_up(low: float, value: float, high: float, p50: tuple[float | None, float | None]) -> dict[str, Any]:
    """A comparison of `big` less `small`."""

    def claim(low: float, value: float, high: float) -> dict[str, Any]:
        apart = low > 0 or high < 0
        return {"difference": value, "interval": [low, high], "excludes_zero": apart, "told_apart": apart}

    def model(name: str, gmacs: float, ms: float | None) -> dict[str, Any]:
        latency = {"p50_ms": ms, "p90_ms": ms and ms * 1.02, "status": "ok" if ms else "failed", "reason": "no room"}
        return {"name": name, "gmacs": gmacs, "weights_bytes": 1000, "latency": latency,
                "training": {"split_hash": "abc"}}  # fmt: skip

    ratio = p50[0] / p50[1] if p50[0] and p50[1] else None
    times = {"ratio": ratio, "interval": ratio and [0.95 * ratio, 1.05 * ratio], "why": "",
             "told_apart": ratio is not None and not 0.95 <= ratio <= 1.05}  # fmt: skip
    return {
        "data": {"name": "ccp", "split": "val", "photos": 103, "split_hash": "abc"},
        "models": [model("big", 12.0, p50[0]), model("small", 0.1, p50[1])],
        "pairs": [{"first": "big", "second": "small", "miou": claim(low, value, high),
                   "iou": {"top": claim(0.01, 0.02, 0.03), "shoes": claim(-0.3, -0.2, -0.1),
                           "hat": claim(-0.1, 0.0, 0.1)}, "latency": times}],
        "latency": {"target": "onnx", "precision": "fp32", "threads": 1, "device": {"cpu": "Made-up CPU"}},
    }  # fmt: skip


def words(content: dict[str, Any]) -> str:
    return " ".join(verdict(content)[0])


def test_the_verdict_of_a_better_and_slower_model() -> None:
    said = words(made_up(0.031, 0.059, 0.087, (245.0, 3.6)))
    assert said.startswith(
        "big scores 0.059 more mIoU than small (95 % interval 0.031 to 0.087, over 103 val photos of ccp): "
        "the choice of photos does not explain the difference."
    )
    assert "small is 68 times as fast (3.6 ms against 245 ms, " in said and "on Made-up CPU" in said
    assert "; 95 % interval 64.7 to 71.5 times)." in said
    assert "big needs 120 times the multiply-adds of small (12 G against 0.1 G)." in said
    assert "big is better on top (+0.020), small is better on shoes (+0.200); hat is not told apart." in said
    assert said.endswith("Choose big where quality decides, small where time does.")


def test_the_verdict_of_a_worse_and_slower_model() -> None:
    said = words(made_up(-0.087, -0.059, -0.031, (245.0, 3.6)))
    assert "small scores 0.059 more mIoU than big (95 % interval 0.031 to 0.087" in said
    assert said.endswith("Choose small: it is better and faster.")


def test_the_verdict_of_models_that_the_photos_do_not_tell_apart() -> None:
    said = words(made_up(-0.01, 0.004, 0.018, (245.0, 3.6)))
    assert said.startswith("These photos do not tell big and small apart: the difference in mIoU is 0.004 (")
    assert "-0.010 to 0.018" in said and "includes zero" in said and "Choose" not in said
    assert said.endswith("Quality does not decide between them here; where time does, choose small.")
    same = words(made_up(-0.01, 0.004, 0.018, (3.6, 3.61)))
    assert "Their times are not told apart" in same
    assert same.endswith("Neither quality nor time decides between them here.")


def test_the_verdict_claims_nothing_from_too_few_photos_or_unmeasured_times() -> None:
    content = made_up(0.2, 0.3, 0.4, (None, 3.6))
    content["data"]["photos"] = 3
    content["pairs"][0]["miou"]["told_apart"] = False
    assert "over 3 val photos of ccp, too few to tell them apart" in words(content)
    assert "times as fast" not in words(content) and "time was not measured" in words(content)
    assert any(sentence == "big has no latency: no room" for sentence in cautions(content))


def test_times_are_told_apart_only_where_that_is_shown() -> None:
    content = made_up(-0.01, 0.004, 0.018, (3.6, 4.9))
    assert "big is 1.4 times as fast (3.6 ms against 4.9 ms, " in words(content)
    assert "; 95 % interval 1.3 to 1.43 times)." in words(content)
    content["pairs"][0]["latency"] |= {"told_apart": False, "interval": None}
    assert "Their times are not told apart: 3.6 ms for big, 4.9 ms for small" in words(content)
    content["models"][0]["latency"] |= {"verdict": "INVALID", "verdict_reasons": ["it was hot", "it swapped"]}
    assert "The time of big is INVALID: it was hot; it swapped." in cautions(content)


def test_two_rows_give_the_ratio_of_their_times_with_its_interval() -> None:
    slow, fast = measured(p50_ms=8.0), measured("w8", place=1)
    found = times_apart(slow, fast, 2)
    assert found["told_apart"] and found["ratio"] == pytest.approx(2, rel=0.05)
    assert found["interval"][0] < found["ratio"] < found["interval"][1] and found["why"] == ""
    assert times_apart(slow, dataclasses.replace(fast, **BEFORE), 2) == {
        "ratio": None, "interval": None, "told_apart": False, "why": "it was measured before records were kept",
    }  # fmt: skip
    assert times_apart(slow, None, 2)["why"] == "it was not timed"


def test_an_interval_next_to_zero_is_not_rounded_to_zero() -> None:
    assert "95 % interval 0.0002 to 0.0800" in words(made_up(0.0002, 0.04, 0.08, (None, None)))


def test_cautions_name_photos_that_chose_or_trained_a_model() -> None:
    content = made_up(0.1, 0.2, 0.3, (None, None))
    assert any("chosen on these validation photos" in s for s in cautions(content))
    content["models"][0]["training"]["split_hash"] = "def"
    assert any("big (split def) trained on another split" in s for s in cautions(content))


def test_a_class_without_a_labelled_pixel_is_a_caution_and_counts_for_neither_model() -> None:
    content = made_up(0.1, 0.2, 0.3, (None, None))
    content["pairs"][0]["iou"]["hat"] = {
        "difference": None, "interval": None, "excludes_zero": False, "told_apart": False,
    }  # fmt: skip
    assert cautions(content)[0].startswith("No photo here has a labelled pixel of hat: mIoU is over the other classes")
    assert "hat" not in words(content)
    names = ("background", "garment", "cape")
    first, second = (
        Scores(classes=names, photos=tuple(
            PhotoScore(id=str(k), confusion=np.array([[50 - c, 0, c], [10, 40, 0], [0, 0, 0]]),
                       boundary=np.ones((3, 2), np.int64)) for k in range(3)
        )) for c in (0, 1)
    )  # fmt: skip
    found = difference(first, second)
    assert found["iou"]["cape"]["difference"] is None
    assert found["miou"]["difference"] == pytest.approx((50 / 60 - 49 / 60) / 2)


# ---- the work --------------------------------------------------------------------------------------------------------


def test_a_comparison_holds_every_model_pair_and_photo(made: work.Comparison, three: list[str]) -> None:
    content = made.content
    assert [m["name"] for m in content["models"]] == ["one", "two", HOSTILE]
    assert [(p["first"], p["second"]) for p in content["pairs"]] == [("one", "two"), ("one", HOSTILE), ("two", HOSTILE)]
    assert all(m["parameters"] == content["models"][0]["parameters"] and m["gmacs"] > 0 for m in content["models"])
    assert content["models"][0]["weights_bytes"] == Path(three[0]).stat().st_size
    assert len(content["photos"]) == PHOTOS and 1 <= len(made.gallery) <= work.GALLERY_PHOTOS
    assert len(content["verdict"]) == len(content["pairs"])
    assert json.loads(json.dumps(content, allow_nan=False)) == content


def test_gmacs_are_the_multiply_adds_of_a_convolution() -> None:
    spec = dataclasses.replace(models.spec("topformer_tiny"), height_px=32, width_px=64)
    assert work.gmacs(nn.Conv2d(3, 8, 3, padding=1), spec) == pytest.approx(32 * 64 * 8 * 3 * 9 / 1e9)


def test_an_interrupted_comparison_goes_on_where_it_stopped(
    three: list[str], few: ScoredPhotos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_scores, "_BLOCK", 5)
    candidate = work.open_candidates(three[:2], few)[0]
    scored = partial(kept_scores.score_missing, candidate.name, candidate.loaded, few)
    seen: list[tuple[int, int]] = []

    def stop(what: str, done: int, total: int) -> None:
        seen.append((done, total))
        if done == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scored(tmp_path, "hash", stop)
    seen.clear()
    resumed = kept_scores.score_missing(
        candidate.name, candidate.loaded, few, tmp_path, "hash", lambda what, *now: seen.append(now)
    )
    assert seen[0] == (6, PHOTOS), "the first block was kept"
    seen.clear()
    again = kept_scores.score_missing(
        candidate.name, candidate.loaded, few, tmp_path, "hash", lambda what, *now: seen.append(now)
    )
    whole = kept_scores.score_missing(
        candidate.name, candidate.loaded, few, tmp_path / "other", "hash", lambda *_: None
    )
    assert seen == []
    for found in (resumed, again):
        assert np.array_equal(found.confusions(), whole.confusions())
        assert [p.id for p in found.photos] == list(few.ids)
    kept = next(tmp_path.glob("*.npz"))
    kept.write_bytes(kept.read_bytes()[:200])  # damaged: scored anew
    healed = scored(tmp_path, "hash", lambda *_: None)
    assert np.array_equal(healed.confusions(), whole.confusions())
    monkeypatch.setattr(
        kept_scores, "versions", lambda names: dict.fromkeys(names, "999")
    )  # of numpy, Pillow, torch...
    kept_scores.score_missing(
        candidate.name, candidate.loaded, few, tmp_path, "hash", lambda what, *now: seen.append(now)
    )
    assert len(seen) == PHOTOS, "other tools score anew"


SCORES = """
import dataclasses, sys
from pathlib import Path
import pocketseg.workflows.compare as work
import pocketseg.workflows.compared_scores as kept_scores
from benchmark.photos import photos_hash, sample_part
kept_scores._BLOCK = 2
data = sample_part("val")
data = dataclasses.replace(data, ids=data.ids[:4])
candidate = work.open_candidates(sys.argv[1:3], data)[0]

def stop(what, done, total):
    if done == 3:
        sys.exit()

kept_scores.score_missing(candidate.name, candidate.loaded, data,
    Path(sys.argv[3]), photos_hash(data), stop)
"""


@pytest.mark.slow
def test_another_process_goes_on_with_an_interrupted_comparison(three: list[str], tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", SCORES, *three[:2], str(tmp_path)], check=True)
    data, seen = sample_part("val"), list[int]()
    data = dataclasses.replace(data, ids=data.ids[:4])
    candidate = work.open_candidates(three[:2], data)[0]
    kept_scores.score_missing(
        candidate.name, candidate.loaded, data, tmp_path, photos_hash(data), lambda what, done, total: seen.append(done)
    )
    assert seen == [3, 4], "the first two were kept"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_that_cannot_be_made_is_a_sentence_and_an_empty_column(
    three: list[str], few: ScoredPhotos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gave_up = ExportError("the converter gave up")
    monkeypatch.setattr(work, "produce_all", lambda requests, *rest, **more: [gave_up for _ in requests])
    few = dataclasses.replace(few, ids=few.ids[:2])
    made = work.compare(work.open_candidates(three[:2], few), few, tmp_path, Cache(tmp_path / "cache"))
    assert all(m["latency"]["p50_ms"] is None for m in made.content["models"])
    assert any(s.endswith("could not be made: the converter gave up") for s in made.content["cautions"])
    assert "Times were not measured." in markdown(made.content)


@pytest.mark.slow
def test_models_are_timed_in_one_run(three: list[str], few: ScoredPhotos, tmp_path: Path) -> None:
    few = dataclasses.replace(few, ids=few.ids[:2])
    made = work.compare(work.open_candidates(three[:2], few), few, tmp_path, Cache(tmp_path / "cache"))
    for model in made.content["models"]:
        assert model["latency"]["status"] == "ok" and 0 < model["latency"]["p50_ms"] <= model["latency"]["p90_ms"]
    assert made.content["latency"]["device"]["cpu"] and 'id="latency-plot"' in page(made.content, made.gallery)


def test_models_of_one_file_name_are_told_apart_by_their_folders(three: list[str], few: ScoredPhotos) -> None:
    folder = Path(three[0]).parent
    refs = []
    for seed, run in enumerate(("run-a", "run-b")):
        (folder / run).mkdir(exist_ok=True)
        refs.append(str(weights(folder / run, seed + 9, "best")))
    assert [c.name for c in work.open_candidates(refs, few)] == ["run-a", "run-b"]


def test_training_is_known_from_the_card_of_these_bytes_or_from_the_run(tmp_path: Path) -> None:
    path = weights(tmp_path, 5, "best")
    digest = sha256_file(path)
    row = {"epoch": "2", "height_px": "64", "width_px": "64", "loss": "1.5", "val_miou": "0.25", "seconds": "90"}
    assert trained(path, digest, "topformer_tiny", {"split_hash": "abc"})["split_hash"] == "abc"
    run = {"network": "topformer_tiny", "recipe": {"epochs": 4}, "seed": 1, "precision": "32-true", "split_hash": "def"}
    (tmp_path / "config.json").write_text(json.dumps(run))
    (tmp_path / "log.csv").write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n")
    found = trained(path, digest, "topformer_tiny", {})
    assert (found["source"], found["minutes"], found["epochs"], found["planned_epochs"]) == ("run", 1.5, 2, 4)
    assert trained(path, digest, "u2net", {})["source"] == "weights", "a config.json of another network says nothing"
    card = {"sha256": digest, "log": [row], "training_seconds": 120, "recipe": {"epochs": 4}, "seed": 1,
            "data": {"split_hash": "ghi"}}  # fmt: skip
    path.with_suffix(".json").write_text(json.dumps(card))
    assert trained(path, digest, "topformer_tiny", {})["split_hash"] == "ghi"
    assert trained(path, "0" * 64, "topformer_tiny", {})["source"] == "run", "a card of other bytes says nothing"


# ---- files and the command -------------------------------------------------------------------------------------------


def test_the_page_needs_nothing_but_itself_and_escapes_names(made: work.Comparison) -> None:
    content = copy.deepcopy(made.content)
    row = {"epoch": 1.0, "height_px": 64.0, "width_px": 64.0, "loss": 1.0, "val_miou": 0.2, "seconds": 9.0}
    content["models"][2]["training"]["curve"] = [row, {**row, "epoch": 2.0, "height_px": 128.0}]
    text = page(content, made.gallery)
    assert "<b>a|b" not in text and "&lt;b&gt;a|b`$x" in text
    assert not re.search(r"""(?:src|href)=["'](?!data:|#)""", text) and "://" not in text and "@import" not in text
    assert text.count("<img") == len(made.gallery) * (2 + len(content["models"]))
    assert 'id="gmacs-plot"' in text and "Training</h2>" in text and 'class="spread"' in text
    assert "<b>" not in markdown(content) and r"a\|b\`$x" in markdown(content)


def test_numbers_in_the_text_equal_those_in_the_json(made: work.Comparison) -> None:
    content, text = made.content, markdown(made.content)
    lines = {line.split(" | ")[0].removeprefix("| "): line.split(" | ") for line in text.splitlines()
             if line.startswith("| one | 0.")}  # fmt: skip
    first = content["models"][0]
    row = next(line for line in text.splitlines() if line.startswith("| one | ") and " x " in line).split(" | ")
    assert lines and float(row[1]) == round(first["scores"]["miou"], 4)
    assert [float(v) for v in row[2].split(" to ")] == [round(v, 4) for v in first["scores"]["miou_interval"]]
    assert float(row[6]) == round(first["gmacs"], 3) and float(row[8]) == round(first["weights_bytes"] / 1e6, 2)
    pair = content["pairs"][0]
    row = next(line for line in text.splitlines() if line.startswith("| one less two | ")).split(" | ")
    figures = [float(v) for v in re.findall(r"[+-][0-9.]+", row[1])]
    assert figures == [round(v, 4) for v in (pair["miou"]["difference"], *pair["miou"]["interval"])]
    assert f"{first['scores']['miou']:.4f}" in summary(content)


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., tuple[int, str, str]]:
    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main(["--cache-dir", str(tmp_path / "cache"), "compare", *map(str, arguments)])
        return int(caught.value.code or 0), *capsys.readouterr()

    return run


def test_the_command_writes_its_three_files(
    call: Callable[..., tuple[int, str, str]], three: list[str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    code, printed, said = call(*three[:2], "--no-latency", "--out", out, "--json")
    assert code == 0 and "scoring one" in said
    content = json.loads((out / "compare.json").read_text("utf-8"))
    assert json.loads(printed) == content and content["data"]["photos"] == len(sample_ids("val"))
    assert (out / "compare.md").read_text("utf-8") == markdown(content)
    assert "PocketSeg comparison" in (out / "compare.html").read_text("utf-8")
    code, printed, said = call(*three[:2], "--no-latency", "--out", out)
    assert code == 0 and "scoring" not in said and str(out / "compare.html") in printed
    assert " ".join(content["verdict"][0]) in printed


def test_what_cannot_be_compared_is_an_error_before_any_work(
    call: Callable[..., tuple[int, str, str]], three: list[str], tmp_path: Path
) -> None:
    other = tmp_path / "other.safetensors"
    spec = dataclasses.replace(models.spec("topformer_tiny"), height_px=64, width_px=64, classes=("ground", "shirt"))
    models.save_weights(models.build("topformer_tiny", 2), spec, other, dtype="fp32", metadata={})
    copied = tmp_path / "copy.safetensors"
    copied.write_bytes(Path(three[0]).read_bytes())
    for arguments, message in (
        (three[:1], "needs at least two models"),
        ([three[0], three[0]], "are the same weights"),
        ([three[0], copied], "are the same weights"),
        ([three[0], other], "has 2 classes"),
        ([*three[:2], "--split", "vla"], "did you mean 'val'?"),
        ([*three[:2], "--split-file", "x.json"], "--split-file needs --data"),
    ):
        code, printed, said = call(*arguments, "--out", tmp_path / "out")
        assert (code, printed) == (2, "") and message in said
    code, _, said = call(*three[:2], "--data", "folder:/nowhere", "--out", tmp_path / "out")
    assert code == 3 and "does not exist" in said and not (tmp_path / "out").exists()
