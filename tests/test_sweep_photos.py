"""Which photos sweeps and searches take number ranges from, and what makes a kept row stale."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
from _commands import Call
from _shop import PARTS, fill, open_shop, split
from PIL import Image

import models
from compress import _budget
from pocketseg.artifacts.key import key_facts
from pocketseg.core.errors import UnknownNameError, UsageError
from pocketseg.core.files import write_json
from pocketseg.data.calibration import Part, calibration_for
from pocketseg.data.photos import digest
from pocketseg.data.split import to_json
from pocketseg.sweep.plan import Sweep, cells, read_toml, request


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return open_shop(tmp_path)


def _sweep(shop: Path, **changes: object) -> Sweep:
    said = {
        "models": (str(shop / "mine.safetensors"),), "recipes": ("prune:0.3+fp32",), "targets": ("onnx",),
        "data": f"folder:{shop / 'mugs'}", "split_file": shop / "split.json", **changes,
    }  # fmt: skip
    return Sweep(**said)  # type: ignore[arg-type]


def _key(sweep: Sweep) -> str:
    _budget._opened.cache_clear()  # a command is a process of its own
    return cells(sweep)[0].key


@pytest.mark.parametrize("part", ["train", "val"])
def test_mended_masks_that_steps_learn_from_or_choose_on_make_another_row(shop: Path, part: str) -> None:
    before = _key(_sweep(shop))
    mask = shop / f"mugs/masks/{min(PARTS[part]):02}.png"
    Image.fromarray(1 - np.asarray(Image.open(mask))).save(mask)
    assert _key(_sweep(shop)) != before


def test_photos_without_masks_that_steps_learn_from_make_another_row(shop: Path) -> None:
    before = _key(_sweep(shop))
    Image.fromarray(np.zeros((48, 32, 3), np.uint8)).save(shop / "mugs/images/more.png")
    assert _key(_sweep(shop)) != before


def test_mended_masks_of_test_photos_change_no_row(shop: Path) -> None:
    before = _key(_sweep(shop))
    Image.fromarray(np.zeros((48, 32), np.uint8)).save(shop / "mugs/masks/11.png")
    assert _key(_sweep(shop)) == before, "test scores are kept apart"


# ---- which photos calibrate ------------------------------------------------------------------------------------------


def test_a_sweep_takes_all_photos_of_another_folder_but_those_that_it_scores(shop: Path) -> None:
    other = fill(shop / "other")
    for number, of in ((20, 9), (21, 7), (22, 0)):
        shutil.copy(shop / f"mugs/images/{of:02}.png", other / f"images/{number}.png")
    shutil.rmtree(other / "masks")
    (other / "masks").mkdir()
    shutil.copy(shop / "mugs/masks/00.png", other / "masks/22.png")
    for number in range(12):  # other noise
        Image.fromarray(np.full((48, 32, 3), number, np.uint8)).save(other / f"images/{number:02}.png")
    found = _sweep(shop, calibration=f"folder:{other}", calibration_split=Part.ALL.value).photos()
    assert {file.stem for file in found.files} == {*(f"{n:02}" for n in range(12)), "22"}
    assert any("2 photos" in note and "left out" in note for note in found.notes)


def test_originals_of_held_out_copies_do_not_calibrate(shop: Path) -> None:
    originals, copy = shop / "mugs", shop / "copy"
    shutil.copytree(originals, copy)
    lines = []
    for number in range(12):
        image = copy / f"images/{number:02}.png"
        source = digest(image)
        Image.open(image).resize((16, 24)).save(image)
        lines.append(f'{{"id": "{number:02}", "key": "", "files": [], "sources": ["{source}"]}}\n')
    (copy / "prepared.jsonl").write_text("".join(lines))
    write_json(copy / "split.json", to_json(split(copy)))
    shutil.rmtree(originals / "masks")
    (originals / "masks").mkdir()
    found = calibration_for(f"folder:{originals}", f"folder:{copy}", None)
    assert [file.stem for file in found.files] == [f"{n:02}" for n in PARTS["train"]]


def test_photos_that_a_sweep_scores_are_never_all_taken(shop: Path) -> None:
    with pytest.raises(UsageError, match="that the files are scored on"):
        _sweep(shop, calibration_split="all")


def test_a_split_file_may_be_of_the_calibration_photos_alone(shop: Path) -> None:
    sweep = _sweep(shop, data="", calibration=f"folder:{shop / 'mugs'}")
    assert [file.stem for file in sweep.photos().files] == [f"{n:02}" for n in PARTS["train"]]
    assert sweep.budget.split_file is None
    with pytest.raises(UsageError, match="--split-file needs --data"):
        _ = _sweep(shop, data="").budget


def test_a_sweeps_file_says_which_photos_calibrate_and_an_unknown_word_is_refused(shop: Path) -> None:
    file = shop / "sweep.toml"
    file.write_text('models = ["u2netp"]\nrecipes = ["fp32"]\ntargets = ["onnx"]\ncalibration_split = "all"\n')
    assert read_toml(file)["calibration_split"] == "all"
    with pytest.raises(UnknownNameError, match="'train'"):
        _sweep(shop, calibration_split="trian")


@pytest.mark.parametrize(
    "command",
    [
        ("sweep", "--models", "mine.safetensors", "--recipes", "w8a8", "--targets", "onnx"),
        ("tune", "--model", "mine.safetensors", "--target", "onnx", "--goal", "size"),
    ],
)
def test_the_cure_that_unsplit_calibration_photos_are_told_is_an_option(
    pocketseg: Call, shop: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    if command[0] == "tune":
        pytest.importorskip("optuna", reason="the extra `tune` is not installed")
    monkeypatch.chdir(shop)
    fill(shop / "other")
    for number in range(12):  # other photos under the same names
        Image.fromarray(np.full((48, 32, 3), number, np.uint8)).save(shop / f"other/images/{number:02}.png")
    own = ("--data", "folder:mugs", "--split-file", "split.json")
    refused = pocketseg(*command, *own, "--calibration", "folder:other", "--out", "out")
    assert refused.code == 3 and "--calibration-split all" in refused.err and "other/split.json" in refused.err
    same = pocketseg(*command, *own, "--calibration-split", "all", "--out", "out")
    assert same.code == 2 and "that the files are scored on" in same.err
    assert not (shop / "out").exists()


def test_an_option_goes_before_a_sweeps_file(pocketseg: Call, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop)
    Path("sweep.toml").write_text(
        'models = ["mine.safetensors"]\nrecipes = ["w8a8"]\ntargets = ["onnx"]\ndata = "folder:mugs"\n'
        'split_file = "split.json"\ncalibration_split = "all"\n'
    )
    assert "that the files are scored on" in pocketseg("sweep", "sweep.toml", "--out", "out").err
    held = pocketseg("sweep", "sweep.toml", "--calibration-split", "train", "--data", "folder:gone", "--out", "out")
    assert "that the files are scored on" not in held.err and "gone" in held.err


def test_the_same_photos_under_another_split_make_another_file_which_says_so(shop: Path) -> None:
    one = _sweep(shop, recipes=("w8a8",))
    asked = request(cells(one)[0], one)
    other = dataclasses.replace(asked, calibration=dataclasses.replace(asked.calibration, split_hash="another"))
    loaded = models.open_model(asked.model)
    assert key_facts(asked, loaded) != key_facts(other, loaded)
