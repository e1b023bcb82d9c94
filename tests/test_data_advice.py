"""What a user reads who names the wrong place, writes a table without quotes, or adds photos after a split."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from _commands import Call
from PIL import Image

from pocketseg.core.errors import DataError, SplitError, UsageError
from pocketseg.data.check import check
from pocketseg.data.photos import open_photos
from pocketseg.data.spec import parse_spec
from pocketseg.data.split import in_no_part, read_split

HEIGHT, WIDTH = 48, 32


def _add(root: Path, name: str, value: int = 1, height: int = HEIGHT) -> None:
    """Write a photo of noise and its mask: a filled square of a value on 0."""
    for folder in ("images", "masks"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(ord(name[0])).integers(0, 256, (HEIGHT, WIDTH, 3))
    Image.fromarray(pixels.astype(np.uint8)).save(root / f"images/{name}.png")
    mask = np.zeros((height, WIDTH), np.uint8)
    mask[8:30, 8:24] = value
    Image.fromarray(mask).save(root / f"masks/{name}.png")


def _mugs(root: Path, value: int = 1) -> str:
    for name in "abcdefgh":
        _add(root, name, value)
    (root / "classes.json").write_text('["background", "mug"]')
    return f"folder:{root}"


# ---- photos in no part -----------------------------------------------------------------------------------------------


def test_photos_that_were_added_after_the_split_are_a_note_of_check_and_of_train(
    tmp_path: Path, pocketseg: Call
) -> None:
    spec, file = _mugs(tmp_path / "d"), tmp_path / "s.json"
    assert pocketseg("data", "split", spec, "--out", file, "--ratios", 0.5, 0, 0.5).code == 0
    assert "in no part" not in pocketseg("data", "check", spec, "--split-file", file).out
    _add(tmp_path / "d", "x")
    (note,) = in_no_part(read_split(file), open_photos(spec))
    assert note.startswith("1 labelled photo is in no part of this split")
    _add(tmp_path / "d", "y")
    words = "note: 2 labelled photos are in no part of this split and will not be used; make a new split to use them\n"
    answer = pocketseg("data", "check", spec, "--split-file", file)
    assert answer.code == 0 and answer.out.count(words) == 1 and answer.out.endswith("\nclean\n")
    trained = pocketseg(
        "train", "topformer_tiny", "--data", spec, "--split-file", file, "--out", tmp_path / "run", "--accelerator",
        "cpu",
    )  # fmt: skip
    assert trained.code == 3 and "has no validation photos" in trained.err
    assert " ".join(trained.err.split()).count(words.strip()) == 1


# ---- masks of 0 and 255 ----------------------------------------------------------------------------------------------


def test_a_split_of_masks_that_label_nothing_says_so(tmp_path: Path, pocketseg: Call) -> None:
    spec = _mugs(tmp_path / "d", 255)
    (fault,) = check(spec, None).faults
    answer = pocketseg("data", "split", spec, "--out", tmp_path / "s.json")
    assert answer.code == 0 and f"note: {fault.message}; " in " ".join(answer.err.split())
    fine = pocketseg("data", "split", _mugs(tmp_path / "e"), "--out", tmp_path / "t.json")
    assert fine.code == 0 and "note" not in fine.err


# ---- the name of the data --------------------------------------------------------------------------------------------


def test_a_path_without_a_format_is_completed_where_it_exists(tmp_path: Path) -> None:
    _mugs(tmp_path / "mine")
    with pytest.raises(UsageError) as caught:
        parse_spec(str(tmp_path / "mine"))
    assert caught.value.hint.startswith(f"write folder:{tmp_path / 'mine'}; formats: ccp, ")
    for spec in (str(tmp_path / "nosuch"), "", f"{tmp_path / 'mine'}:"):
        with pytest.raises(UsageError) as caught:
            parse_spec(spec)
        assert caught.value.hint.startswith("write FORMAT:PATH, e.g. ccp:/data/ccp; formats: ccp, ")


@pytest.mark.parametrize(("name", "holds"), [("folder", "images/ and masks/"), ("ccp", "ccp data")])
def test_a_path_that_does_not_exist_is_to_be_checked(name: str, holds: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist") as caught:
        open_photos(f"{name}:{tmp_path / 'nosuch'}")
    assert caught.value.hint == f"check the path; it must hold {holds}"


@pytest.mark.parametrize("inner", ["images", "masks"])
def test_a_folder_one_too_deep_is_named_by_its_parent(inner: str, tmp_path: Path) -> None:
    spec = _mugs(tmp_path / "mine")
    (fault,) = check(f"{spec}/{inner}", None).faults
    assert fault.hint == f"did you mean {spec}?"
    (tmp_path / "other" / inner).mkdir(parents=True)
    if inner == "masks":  # without photos beside it
        assert "did you mean" not in check(f"folder:{tmp_path / 'other' / inner}", None).faults[0].hint


# ---- files -----------------------------------------------------------------------------------------------------------

UNREAD = {
    "a value": ("[values]\n255 = mug\n", 'put names in quotes: 255 = "mug"\n'),
    "with a remark": ("[classes]\nmug = []\n\n[values]\n255 = mug # it\r\n0 = 1\n", 'quotes: 255 = "mug"\n'),
    "a colour": ('[colors]\n"#ff0000" = coffee mug\n', 'put names in quotes: "#ff0000" = "coffee mug"\n'),
    "a colon": ('[values]\n255: "mug"\n', "write [values], then lines such as 255"),
    "a colon after a colour": ('[colors]\n"#ff0000": "mug"\n', "write [colors], then lines such as"),
    "a class": ("[values]\n255 = 'mug'\n[classes]\nmug = mug\n", "write [classes], then lines such as"),
    "no part": ("255 = mug\n", "write [classes], then lines such as"),
}


@pytest.mark.parametrize("fault", UNREAD)
def test_a_line_that_is_not_toml_is_explained_by_its_own_table(fault: str, tmp_path: Path) -> None:
    text, hint = UNREAD[fault]
    (tmp_path / "m.toml").write_text(text, newline="")
    with pytest.raises(DataError, match="is not a readable mapping file") as caught:
        open_photos(f"{_mugs(tmp_path / 'd')}@{tmp_path / 'm.toml'}")
    assert hint in caught.value.hint


def test_what_is_no_split_file_is_followed_by_the_command_that_makes_one(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text(json.dumps({"train": ["a"]}))
    with pytest.raises(SplitError, match="is not a split file") as caught:
        read_split(tmp_path / "s.json")
    assert caught.value.hint == "make one with `pocketseg data split`"


def test_masks_of_another_size_are_to_be_resized_with_nearest_neighbour(tmp_path: Path) -> None:
    spec = _mugs(tmp_path)
    for name in "ab":
        _add(tmp_path, name, height=HEIGHT * 2)
    (fault,) = check(spec, None).faults
    assert "masks differ in size" in fault.message and "resize the masks with nearest neighbour" in fault.hint


def test_many_unknown_files_of_a_suffix_are_one_note(tmp_path: Path) -> None:
    spec = _mugs(tmp_path)
    for k in range(5):
        (tmp_path / f"masks/m{k}.JPG").write_bytes(b"x")
        (tmp_path / f"n{k}").write_bytes(b"x")
    for k in range(3):
        (tmp_path / f"{k}.txt").write_bytes(b"x")
    notes = [note for note in check(spec, None).notes if "unknown file" in note]
    assert sorted(notes) == [
        "5 unknown files *.jpg: masks/m0.JPG, masks/m1.JPG, masks/m2.JPG and 2 more",
        "5 unknown files without a suffix: n0, n1, n2 and 2 more",
        *(f"unknown file {k}.txt" for k in range(3)),
    ]


def test_an_empty_folder_holds_no_exported_file(tmp_path: Path, pocketseg: Call) -> None:
    (tmp_path / "empty").mkdir()
    answer = pocketseg("benchmark", tmp_path / "empty")
    assert answer.code == 6 and "empty holds no exported file" in " ".join(answer.err.split())
    assert "manifest.json" not in answer.err and "pocketseg export" in answer.err
