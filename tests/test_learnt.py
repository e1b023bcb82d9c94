"""Who has learnt from photos that are scored or chosen on is told, or refused, wherever numbers come of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from _commands import Call
from _shop import open_shop, split, write_weights

import models
from compress import Budget
from compress._budget import check_fits, open_budget
from pocketseg.core.errors import UsageError
from pocketseg.core.files import write_json
from pocketseg.data.photos import open_photos
from pocketseg.data.seen import PHOTOS, Seen, learnt_from, learnt_held_out
from pocketseg.data.split import Split, read_split, to_json
from pocketseg.report.verdict import cautions
from pocketseg.sweep.photos import seen_notes
from pocketseg.sweep.plan import Sweep, cells
from pocketseg.training.teacher import open_teachers

LATER = {"train": (*range(3), *range(6, 8), 9), "val": (3, 4, 8), "test": (5, 10, 11)}  # dealt anew
OWN = ("--data", "folder:mugs", "--split-file", "split.json")
AGAIN = ("--data", "folder:mugs", "--split-file", "later.json")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a shop whose photos were dealt anew in later.json, after `first.safetensors` learnt under split.json."""
    monkeypatch.chdir(open_shop(tmp_path))
    before, later = split(tmp_path / "mugs"), split(tmp_path / "mugs", LATER, "later")
    write_json(tmp_path / "later.json", to_json(later))
    seen = learnt_from(open_photos("folder:mugs"), before, before.ids("train"), [])
    write_weights(Path("first.safetensors"), {"split_hash": before.hash, PHOTOS: seen.to_text()})
    write_weights(
        Path("both.safetensors"), {"split_hash": later.hash, PHOTOS: seen.to_text()}
    )  # trained on, under later
    return tmp_path


TOLD = "2 of the 3 validation photos and 1 of the 3 test photos of split later"


def test_held_out_photos_that_were_learnt_from_are_counted_without_opening_one(shop: Path) -> None:
    photos = open_photos("folder:mugs")
    for number in range(12):
        (shop / f"mugs/images/{number:02}.png").write_bytes(b"")  # the splits below knew them before
    before, later = Seen(train=frozenset(_digests(shop, "split", "train"))), _read(shop, "later")
    assert learnt_held_out({PHOTOS: before.to_text()}, photos, later) == TOLD
    assert learnt_held_out({PHOTOS: before.to_text()}, photos, _read(shop, "split")) == ""
    assert learnt_held_out({}, photos, later) == ""


def _read(shop: Path, name: str) -> Split:
    return read_split(shop / f"{name}.json")


def _digests(shop: Path, name: str, part: str) -> list[str]:
    return list(_read(shop, name).photos[part].values())


def test_steps_and_teachers_that_learnt_from_held_out_photos_are_refused(shop: Path) -> None:
    photos = open_budget(Budget(data="folder:mugs", split_file=shop / "later.json"))
    with pytest.raises(UsageError, match=TOLD):
        check_fits(models.open_model("both.safetensors"), photos)
    with pytest.raises(UsageError, match=TOLD):
        open_teachers(("both.safetensors",), photos.photos, photos.split)
    check_fits(models.open_model("mine.safetensors"), photos)


def test_training_from_weights_that_learnt_from_validation_photos_says_so(pocketseg: Call, shop: Path) -> None:
    short = ("--epochs", "1", "--size", "64x64", "--batch-size", "2", "--threads", "1", "--accelerator", "cpu")
    ran = pocketseg("train", "topformer_tiny", "--init", "first.safetensors", *AGAIN, *short, "--out", "runs/a")
    assert ran.code == 0, ran.err
    assert TOLD in ran.err
    assert "learnt from" not in pocketseg(
        "train", "topformer_tiny", "--init", "first.safetensors", *OWN, *short, "--out", "runs/b"
    ).err  # fmt: skip


def test_a_sweep_knows_which_networks_learnt_from_what_it_scores(shop: Path) -> None:
    write_weights(Path("gone.safetensors"), {"split_hash": "0123456789abcdef"})
    names = ("both.safetensors", "mine.safetensors", "gone.safetensors")
    sweep = Sweep(
        models=names, recipes=("fp32",), targets=("onnx",), data="folder:mugs", split_file=Path("later.json")
    )  # fmt: skip
    both, gone = seen_notes(sweep, cells(sweep))
    assert both == f"both has learnt from {TOLD}, so scores on those are optimistic"
    assert gone.startswith("gone was trained on split 0123456789abcdef, which is not available here")


@pytest.mark.slow
@pytest.mark.parametrize(("model", "told"), [("both.safetensors", TOLD), ("mine.safetensors", "")])
def test_a_sweep_says_which_networks_learnt_from_what_it_scores(
    pocketseg: Call, shop: Path, model: str, told: str
) -> None:
    ran = pocketseg("sweep", "--models", model, "--recipes", "fp32", "--targets", "onnx", *AGAIN, "--out", "s")
    assert ran.code == 0, ran.err
    page = Path("s/report.html").read_text()
    assert ("learnt from" in ran.err) == ("learnt from" in page) == bool(told) and told in ran.err and told in page


@pytest.mark.slow
def test_a_benchmark_says_what_its_networks_learnt_from(
    pocketseg: Call, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmark.engine.measure", lambda *_, **__: [])  # what is said comes before
    assert pocketseg("export", "first.safetensors", "--target", "onnx", "--out", "out").code == 0

    def said(*options: str) -> str:
        ran = pocketseg("benchmark", "out", *options, "--json")
        assert ran.code == 0, ran.err
        return ran.err

    assert "first: it was trained on these 6 photos" in said(*OWN, "--split", "train")
    assert "was trained" not in said(*OWN)
    assert "is not available here" in said(*AGAIN)
    assert "first: it was trained on 1 of these 3 photos" in said(*AGAIN, "--model", "first.safetensors")
    assert "trained on 6 of these 12 photos" in said(
        "--data", "folder:mugs", "--split", "all", "--model", "first.safetensors"
    )


def test_a_comparison_cautions_of_what_each_network_learnt_from(pocketseg: Call, shop: Path) -> None:
    ran = pocketseg("compare", "first.safetensors", "mine.safetensors", *AGAIN, "--no-latency", "--out", "c")
    assert ran.code == 0, ran.err
    assert "note: first: it was trained on 2 of these 3 photos" in ran.err
    assert "first: it was trained on 2 of these 3 photos" in ran.out and "mine: it" not in ran.out


def test_a_comparison_on_the_validation_photos_of_a_split_says_that_they_chose_the_epoch() -> None:
    latency = {"p50_ms": None, "status": "not asked for", "reason": ""}
    models_ = [
        {"name": n, "latency": latency, "training": {"split_hash": None}, "seen_photos": seen}
        for n, seen in (("a", {"train": 0, "val": 3, "note": ""}), ("b", {"train": 0, "val": 0, "note": ""}))
    ]
    found = cautions({"data": {"split": "val", "split_hash": "x"}, "models": models_, "pairs": [{"iou": {}}]})
    assert any(s.startswith("The kept epoch of a was chosen") for s in found)
