"""Faults that are a format's own, or none: splits, decoded masks, mapping files, what is unusual and good."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import permutations
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from _commands import Call
from _data_faults import PAIRS, POINTS, cell, drop_column, gone
from _data_folders import (
    BELT,
    BUILD,
    COLUMNS,
    DRESS,
    HEIGHT,
    HOOD,
    IMAGE_LEVEL,
    PANTS,
    PIXEL_LEVEL,
    POCKET,
    SHIRT,
    SLEEVE,
    UMBRELLA,
    WIDTH,
    ccp_folder,
    dresscode_folder,
    full,
    imaterialist_folder,
    plain_folder,
    read_rows,
    write,
    write_joints,
    write_mat,
    write_photo,
    write_png,
    write_rows,
)
from _data_report import messages, spoiled, use
from PIL import Image

from pocketseg.core.classes import CLASSES
from pocketseg.core.errors import DataError, SplitError, UnknownNameError
from pocketseg.data.check import check
from pocketseg.data.embedded import FOLDER
from pocketseg.data.faults import refuse
from pocketseg.data.formats import ccp, dresscode, imaterialist
from pocketseg.data.make_split import bring_in
from pocketseg.data.mapping import to_toml
from pocketseg.data.mapping_file import read_mapping
from pocketseg.data.photos import digest, open_photos, read_pair
from pocketseg.data.rle import decode, encode
from pocketseg.data.spec import formats
from pocketseg.data.split import SPLITS, Split, part_ids, read_split, to_json

DATA = Path(__file__).parent / "data"
FORMATS = formats()


def test_a_process_of_its_own_reports_like_a_command_of_this_one(tmp_path: Path, pocketseg: Call) -> None:
    spoiled("folder", tmp_path)
    command = [sys.executable, "-m", "pocketseg.cli.main", "data", "check", f"folder:{tmp_path}"]
    done = subprocess.run(
        command, cwd=DATA.parent.parent, check=False, capture_output=True, text=True,
        env={**os.environ, "COLUMNS": "40", "TERM": "dumb"},
    )  # fmt: skip
    answer = pocketseg("data", "check", f"folder:{tmp_path}")
    assert (done.returncode, done.stdout) == (3, answer.out) and answer.code == 3
    assert "Traceback" not in done.stderr


def _remove(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder)


def test_a_csv_without_a_column_exits_3_and_names_the_column(tmp_path: Path, pocketseg: Call) -> None:
    BUILD["imaterialist"](tmp_path, ("11",))
    drop_column(tmp_path, "11")
    answer = pocketseg("data", "check", f"imaterialist:{tmp_path}", "--json")
    faults = json.loads(answer.out)["faults"]
    assert answer.code == 3 and faults[0]["line"] == 1 and "lacks Width" in faults[0]["what"]


def test_attributes_are_given_by_mask_and_a_bad_one_is_named(tmp_path: Path) -> None:
    imaterialist_folder(tmp_path, ("11",))
    photos = imaterialist.open_folder(tmp_path, None, refuse)
    assert photos.attributes("11") == [(SHIRT, ()), (PANTS, (3, 50))]
    cell("ClassId", "46_1")(tmp_path, "11")
    with pytest.raises(DataError, match="line 3: unknown category 46") as caught:
        imaterialist.open_folder(tmp_path, None, refuse).attributes("11")
    assert (caught.value.path, caught.value.line) == (tmp_path / "train.csv", 3) and caught.value.hint


@pytest.mark.parametrize("lacking", COLUMNS)
def test_each_column_of_train_csv_is_needed(lacking: str, tmp_path: Path) -> None:
    imaterialist_folder(tmp_path, ("11",))
    rows = read_rows(tmp_path)
    rows[0][COLUMNS.index(lacking)] = "Other"
    write_rows(tmp_path, rows)
    with pytest.raises(DataError, match=f"the header lacks {lacking}") as caught:
        open_photos(f"imaterialist:{tmp_path}")
    assert (
        caught.value.message.endswith(f"lacks {lacking}")
        and caught.value.line == 1
        and ",".join(COLUMNS) in caught.value.hint
    )


def test_a_photo_with_two_faults_has_both_in_the_report(tmp_path: Path) -> None:
    ccp_folder(tmp_path, ("11", "12"))
    write(tmp_path / "photos/11.jpg", "no photo")
    write_mat(tmp_path / f"{PIXEL_LEVEL}/11.mat", full(77))
    found = " | ".join(messages(check(f"ccp:{tmp_path}", None)))
    assert "11.jpg is not a readable image" in found and "11.mat holds label 77" in found


def test_a_row_with_faults_hides_no_other_row_of_its_photo(tmp_path: Path) -> None:
    imaterialist_folder(tmp_path, ("11",))
    cell("EncodedPixels", "0 1", 0)(tmp_path, "11")
    cell("ClassId", "99", 1)(tmp_path, "11")
    result = check(f"imaterialist:{tmp_path}", None)
    assert [f.line for f in result.faults] == [2, 3]
    assert "starts at 0" in result.faults[0].message and "unknown category 99" in result.faults[1].message


@pytest.mark.parametrize(
    ("name", "spoil", "message"),
    [
        ("ccp", lambda root: shutil.rmtree(root / "photos"), "no folder photos"),
        ("ccp", lambda root: shutil.rmtree(root / PIXEL_LEVEL), "no folder annotations/pixel-level"),
        ("folder", lambda root: shutil.rmtree(root / "images"), "no folder images"),
        ("imaterialist", lambda root: (root / "train.csv").unlink(), r"no train\.csv"),
        ("imaterialist", lambda root: shutil.rmtree(root / "train"), "no folder train"),
        ("dresscode", lambda root: _remove(root / "upper_body", root / "dresses"), "none of its categories"),
    ],
)
def test_a_folder_that_lacks_a_part_is_raised_and_reported(
    name: str, spoil: Callable[[Path], object], message: str, tmp_path: Path, pocketseg: Call
) -> None:
    BUILD[name](tmp_path / "data", ("11",))
    spoil(tmp_path / "data")
    with pytest.raises(DataError, match=message) as caught:
        open_photos(f"{name}:{tmp_path / 'data'}")
    assert caught.value.hint
    (found,) = check(f"{name}:{tmp_path / 'data'}", None).faults
    assert found.message == caught.value.message and found.path is not None
    answer = pocketseg("data", "check", f"{name}:{tmp_path / 'data'}")
    assert answer.code == 3 and f"fault: {found.message} -> " in answer.out


def test_a_category_given_in_place_of_dress_code_says_to_go_up(tmp_path: Path) -> None:
    dresscode_folder(tmp_path, ("11",))
    (fault,) = check(f"dresscode:{tmp_path / 'upper_body'}", None).faults
    assert "not in Dress Code's layout" in fault.message and "folder above" in fault.hint


@pytest.mark.parametrize(
    ("name", "path", "message"),
    [
        ("ccp", f"{PIXEL_LEVEL}/11.mat", r"mask .*11\.mat does not exist"),
        ("ccp", "photos/11.jpg", r"photo .*11\.jpg does not exist"),
        ("folder", "masks/11.png", r"mask .*11\.png does not exist"),
        ("folder", "images/11.jpg", r"photo .*11\.jpg does not exist"),
        ("imaterialist", "train/11.jpg", r"photo .*11\.jpg does not exist"),
        ("dresscode", "upper_body/images/11_0.jpg", r"photo .*11_0\.jpg does not exist"),
        ("dresscode", "upper_body/label_maps/11_4.png", r"label map .*11_4\.png does not exist"),
    ],
)
def test_a_file_that_goes_away_after_opening_is_named(name: str, path: str, message: str, tmp_path: Path) -> None:
    BUILD[name](tmp_path, ("11",))
    photos = open_photos(f"{name}:{tmp_path}")
    (tmp_path / path).unlink()
    with pytest.raises(DataError, match=message) as caught:
        read_pair(photos, "upper_body/11" if name == "dresscode" else "11")
    assert caught.value.path == tmp_path / path and caught.value.hint


@pytest.mark.parametrize("name", FORMATS)
def test_a_photo_that_is_a_broken_link_is_named_beside_a_split_too(name: str, tmp_path: Path, pocketseg: Call) -> None:
    BUILD[name](tmp_path / "data", ("11", "12"))
    photos = open_photos(f"{name}:{tmp_path / 'data'}")
    write(tmp_path / "s.json", json.dumps(to_json(_split(f"{name}:{tmp_path / 'data'}", train=photos.ids))))
    path = photos.image_path(photos.ids[-1])
    path.unlink()
    path.symlink_to(tmp_path / "nowhere.jpg")
    answer = pocketseg("data", "check", f"{name}:{tmp_path / 'data'}", "--split-file", tmp_path / "s.json", "--json")
    assert answer.code == 3 and answer.out.startswith("{")
    assert any(path.name in fault["what"] for fault in json.loads(answer.out)["faults"])


def test_a_file_name_that_is_no_utf8_can_be_reported(tmp_path: Path, pocketseg: Call) -> None:
    plain_folder(tmp_path, ("11",))
    for name in (b"caf\xe9.jpg", b"caf\xe9.txt"):
        Path(os.fsdecode(bytes(tmp_path / "images") + b"/" + name)).write_bytes(b"no photo")
    answer = pocketseg("data", "check", f"folder:{tmp_path}")
    assert answer.code == 3 and "fault: " in answer.out and "note: unknown file" in answer.out


def test_a_file_name_with_a_line_break_stays_on_one_line(tmp_path: Path, pocketseg: Call) -> None:
    plain_folder(tmp_path, ("11",))
    for path in ("images/a\nb.jpg", "c\nd.txt"):
        write(tmp_path / path, "no photo")
    lines = pocketseg("data", "check", f"folder:{tmp_path}").out.split("\n")
    assert sum(line.startswith("fault: ") and line.endswith("replace or remove it") for line in lines) == 1
    assert sum(line.startswith("note: unknown file ") and line.endswith("d.txt") for line in lines) == 1


def test_maps_of_finer_labels_are_checked_and_named(tmp_path: Path) -> None:
    _finer(tmp_path, ("11", "12", "13", "14"))
    spec = f"folder:{tmp_path}"
    assert check(spec, None).faults == []
    (tmp_path / "labels/11.png").unlink()
    write_png(tmp_path / "labels/12.png", full(5))
    write_png(tmp_path / "labels/13.png", full(1, 19))
    found = {f.path: f for f in check(spec, None).faults}
    assert set(found) == {tmp_path / f"labels/{i}.png" for i in ("11", "12", "13")}
    assert all(f.hint for f in found.values())


def test_a_mask_beside_finer_labels_is_checked_against_its_photo(tmp_path: Path) -> None:
    _finer(tmp_path, ("11", "12"))
    write_png(tmp_path / "masks/12.png", full(1, 19))
    with pytest.raises(DataError, match=r"14 x 20 px, its mask .* 14 x 19"):
        read_pair(open_photos(f"folder:{tmp_path}"), "12")
    assert [f.path for f in check(f"folder:{tmp_path}", None).faults] == [tmp_path / "masks/12.png"]


def _finer(root: Path, ids: Sequence[str]) -> None:
    """A folder as `data prepare` leaves it: finer labels beside the masks."""
    plain_folder(root, ids)
    write(root / "labels.json", json.dumps(["nothing", "shirt", "pants", "dress", "hat"]))
    for photo_id in ids:
        write_png(root / f"labels/{photo_id}.png", full(4))


# ---- splits ----------------------------------------------------------------------------------------------------------


def _split(spec: str, **parts: Iterable[str]) -> Split:
    photos = open_photos(spec)
    return Split(
        name="own",
        photos={part: {i: digest(photos.image_path(i)) for i in parts.get(part, ())} for part in SPLITS},
        never={},
        made_with={},
    )


@pytest.fixture
def varied(tmp_path: Path) -> Path:
    """Five photos of noise, no two alike."""
    rng = np.random.default_rng(5)
    write(tmp_path / "data/classes.json", json.dumps(CLASSES))
    for photo_id in ("11", "12", "13", "14", "15"):
        write_png(tmp_path / f"data/images/{photo_id}.png", rng.integers(0, 256, (48, 32, 3)).astype(np.uint8))
        write_png(tmp_path / f"data/masks/{photo_id}.png", full(int(photo_id) % 4, 48, 32))
    return tmp_path / "data"


def _lists(folder: Path, *texts: str) -> list[Path]:
    paths = [folder / f"{k}.txt" for k in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        write(path, text)
    return paths


LIST_FAULTS: dict[str, tuple[tuple[str, ...], str, int, int | None]] = {
    "one id in two lists": (("11\n12\n", "13\n", "14\n12\n"), r"photo 12 is in .*0\.txt and in .*2\.txt", 2, 2),
    "one id in both lists": (("11\n12\n13\n", "12\n"), r"photo 12 is in .*0\.txt and in .*1\.txt", 1, 1),
    "one id twice in a list": (("11\n\n11\n", "12\n", "13\n"), r"photo 11 is in .*0\.txt and in .*0\.txt", 0, 3),
    "file name and id": (("11\n", "12\n", "13\n11.png\n"), r"photo 11 is in .*0\.txt and in .*2\.txt", 2, 2),
    "unknown id": (("11\n", "12\n", "13\n\nnobody\n"), "line 3: 'nobody' is not a labelled photo", 2, 3),
    "no text": (("11\n", "12\n", "\xff\xfe"), r"2\.txt is not a readable list of ids", 2, None),
}


@pytest.mark.parametrize("fault", LIST_FAULTS)
def test_a_bad_list_of_ids_is_named_with_file_line_and_hint(fault: str, varied: Path, pocketseg: Call) -> None:
    texts, message, number, line = LIST_FAULTS[fault]
    paths = _lists(varied.parent, *texts)
    out = varied.parent / "s.json"
    with pytest.raises(SplitError, match=message) as caught:
        bring_in(open_photos(f"folder:{varied}"), paths, name="s", val_ratio=0.3, seed=1)
    answer = pocketseg("data", "split", f"folder:{varied}", "--out", out, "--ids", *paths)
    assert answer.code == 3 and "Traceback" not in answer.err and re.search(message, answer.err)
    assert not out.exists()
    assert caught.value.hint and (caught.value.path, caught.value.line) == (paths[number], line)


def test_identical_bytes_in_two_lists_are_refused(varied: Path, pocketseg: Call) -> None:
    shutil.copy(varied / "images/11.png", varied / "images/14.png")
    paths = _lists(varied.parent, "11\n12\n", "13\n", "14\n")
    with pytest.raises(SplitError, match="photo 14 in test of split s is a copy of 11 in train") as caught:
        bring_in(open_photos(f"folder:{varied}"), paths, name="s", val_ratio=0.3, seed=1)
    assert caught.value.hint
    answer = pocketseg("data", "split", f"folder:{varied}", "--out", varied.parent / "s.json", "--ids", *paths)
    assert answer.code == 3 and "is a copy of 11" in answer.err


def test_good_lists_become_a_split(varied: Path, pocketseg: Call) -> None:
    paths = _lists(varied.parent, "11.png\n12\n", "13", "\n14\n\n")
    out = varied.parent / "s.json"
    answer = pocketseg("data", "split", f"folder:{varied}", "--out", out, "--ids", *paths)
    assert answer.code == 0 and "1 labelled photos are in no part" in answer.out
    assert {p: read_split(out).ids(p) for p in SPLITS} == {"train": ("11", "12"), "val": ("13",), "test": ("14",)}
    assert check(f"folder:{varied}", read_split(out)).faults == []


def test_lists_without_an_id_make_no_split(varied: Path, pocketseg: Call) -> None:
    paths = _lists(varied.parent, "", "\n", "")
    answer = pocketseg("data", "split", f"folder:{varied}", "--out", varied.parent / "s.json", "--ids", *paths)
    assert answer.code == 3 and "split s is empty" in answer.err and "Traceback" not in answer.err
    with pytest.raises(SplitError, match="split s is empty") as caught:
        bring_in(open_photos(f"folder:{varied}"), paths, name="s", val_ratio=0.3, seed=1)
    assert caught.value.hint


def _content(photos: dict[str, dict[str, str]]) -> str:
    return json.dumps({"name": "own", "hash": "0", "made_with": {}, "never": {}, "photos": photos})


SPLIT_FAULTS = {
    "empty": (_content({"train": {}, "val": {}, "test": {}}), "split own is empty"),
    "one id": (
        _content({"train": {"11": "a"}, "val": {}, "test": {"11": "a"}}), "photo 11 is in train and in test of split o"
    ),
    "one content": (
        _content({"train": {"11": "a"}, "val": {"12": "a"}, "test": {}}), "photo 12 in val .* is a copy of 11 in train"
    ),
    "other hash": (_content({"train": {"11": "a"}, "val": {}, "test": {}}), "says hash 0, but its content gives"),
    "no JSON": ("{", "is not a split file"),
}  # fmt: skip


@pytest.mark.parametrize("fault", SPLIT_FAULTS)
def test_a_split_file_that_leaks_or_is_empty_is_refused(fault: str, varied: Path, pocketseg: Call) -> None:
    text, message = SPLIT_FAULTS[fault]
    path = varied.parent / "s.json"
    write(path, text)
    with pytest.raises(SplitError, match=message) as caught:
        read_split(path)
    answer = pocketseg("data", "check", f"folder:{varied}", "--split-file", path)
    assert answer.code == 3 and re.search(message, answer.out + answer.err) and "Traceback" not in answer.err
    assert caught.value.hint


def test_an_empty_part_is_refused_when_it_is_asked_for(varied: Path) -> None:
    path = varied.parent / "s.json"
    write(path, json.dumps(to_json(_split(f"folder:{varied}", train=("11", "12")))))
    with pytest.raises(SplitError, match="the test part of split own is empty") as caught:
        part_ids(open_photos(f"folder:{varied}"), "test", path)
    assert caught.value.hint


def test_a_split_of_other_photos_is_a_fault_of_the_report(varied: Path, pocketseg: Call) -> None:
    path = varied.parent / "s.json"
    write(path, json.dumps(to_json(_split(f"folder:{varied}", train=("11", "12"), test=("13",)))))
    write_png(varied / "images/13.png", np.random.default_rng(9).integers(0, 256, (48, 32, 3)).astype(np.uint8))
    answer = pocketseg("data", "check", f"folder:{varied}", "--split-file", path, "--json")
    (fault,) = json.loads(answer.out)["faults"]
    assert answer.code == 3 and "13.png is not the one that split own was made from" in fault["what"] and fault["mend"]
    assert fault["file"] == str(varied / "images/13.png")


def test_every_photo_that_does_not_fit_a_split_is_in_the_report(varied: Path, pocketseg: Call) -> None:
    path = varied.parent / "s.json"
    write(path, json.dumps(to_json(_split(f"folder:{varied}", train=("11", "12"), test=("13", "14")))))
    for photo_id in ("11", "13"):
        rng = np.random.default_rng(int(photo_id))
        write_png(varied / f"images/{photo_id}.png", rng.integers(0, 256, (48, 32, 3)).astype(np.uint8))
    for part in ("images", "masks"):
        (varied / f"{part}/14.png").unlink()
    answer = pocketseg("data", "check", f"folder:{varied}", "--split-file", path, "--json")
    found = " | ".join(fault["what"] for fault in json.loads(answer.out)["faults"])
    assert answer.code == 3 and all(name in found for name in ("11.png", "13.png", "14"))


def test_near_duplicates_are_a_note_on_one_side_and_a_fault_on_two(varied: Path, pocketseg: Call) -> None:
    mirrored = np.asarray(Image.open(varied / "images/11.png"))[:, ::-1]
    write_png(varied / "images/14.png", mirrored // 2 + 20)
    spec = f"folder:{varied}"
    for parts, code in (
        ({"train": ("11", "14"), "test": ("12",)}, 0),
        ({"train": ("11", "12"), "test": ("13",)}, 0),
        ({"train": ("11", "12"), "test": ("14",)}, 3),
    ):
        path = varied.parent / "s.json"
        write(path, json.dumps(to_json(_split(spec, **parts))))
        answer = pocketseg("data", "check", spec, "--split-file", path, "--json")
        content = json.loads(answer.out)
        assert answer.code == code and content["near_duplicates"] == [["11", "14"]]
        assert any("near-duplicates" in note and "11, 14" in note for note in content["notes"]) == (code == 0)
        found = [(fault["what"], bool(fault["mend"])) for fault in content["faults"]]
        message = "near-duplicates are in different parts of split own: 11 (train), 14 (test)"
        assert found == ([] if code == 0 else [(message, True)])
    assert pocketseg("data", "check", spec).code == 0


# ---- what is no fault ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spec", [f"imaterialist:{DATA / 'imaterialist'}", f"dresscode:{DATA / 'dresscode'}", f"folder:{FOLDER}"]
)
def test_the_data_of_the_project_is_clean(spec: str, pocketseg: Call) -> None:
    answer = pocketseg("data", "check", spec)
    assert answer.code == 0 and answer.out.endswith("\nclean\n") and "fault" not in answer.out


@pytest.mark.parametrize("name", FORMATS)
def test_unknown_files_are_notes(name: str, tmp_path: Path, pocketseg: Call) -> None:
    BUILD[name](tmp_path, ("11",))
    for path in ("odd.db", "deep/in a folder/x.bin", "README.md", "LICENSE"):
        write(tmp_path / path, "x")
    answer = pocketseg("data", "check", f"{name}:{tmp_path}")
    assert answer.code == 0 and "note: unknown file odd.db\n" in answer.out
    assert "note: unknown file deep/in a folder/x.bin\n" in answer.out and answer.out.count("unknown file") == 2


@pytest.mark.parametrize("name", FORMATS)
def test_near_duplicates_without_a_split_are_a_note(name: str, tmp_path: Path, pocketseg: Call) -> None:
    BUILD[name](tmp_path, ("11", "12"))
    photos = open_photos(f"{name}:{tmp_path}")
    noise = np.random.default_rng(2).integers(0, 256, (10, 7, 3)).astype(np.uint8)
    pair = [i for i in photos.ids if i[-2:] in ("11", "12")]
    for photo_id in pair:
        Image.fromarray(noise).resize((WIDTH, HEIGHT), Image.Resampling.NEAREST).save(photos.image_path(photo_id))
    answer = pocketseg("data", "check", f"{name}:{tmp_path}")
    assert answer.code == 0 and f": {pair[0]}, {pair[1]}\n" in answer.out
    assert "near-duplicates: 2 photos in 1 groups" in answer.out


def _empty_ccp(root: Path) -> None:
    write_mat(root / f"{PIXEL_LEVEL}/12.mat", full(0))


def _one_class(root: Path) -> None:
    for path in (root / "masks").iterdir():
        write_png(path, full(1))


def _spaces(root: Path) -> None:
    write(root / PAIRS, "11_0.jpg 11_1.jpg\r\n\n12_0.jpg   12_1.jpg\n13_0.jpg 13_1.jpg")


def _no_optional_parts(root: Path) -> None:
    for part in ("keypoints", "skeletons", "dense"):
        for category in ("upper_body", "dresses"):
            shutil.rmtree(root / category / part)


def _gaps(name: str) -> Callable[[Path], object]:
    def make(root: Path) -> None:
        shutil.rmtree(root)
        BUILD[name](root, ("0003", "0007", "1900"))

    return make


HARMLESS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "ccp, empty mask": ("ccp", _empty_ccp),
    "ccp, a photo without mask": ("ccp", lambda r: write_photo(r / "photos/14.jpg")),
    "ccp, tags": ("ccp", lambda r: write_mat(r / f"{IMAGE_LEVEL}/12.mat", full(7, 1, 4), "tags")),
    "ccp, doubles": ("ccp", lambda r: write_mat(r / f"{PIXEL_LEVEL}/12.mat", full(58, dtype=np.float64))),
    "ccp, gaps": ("ccp", _gaps("ccp")),
    "folder, empty mask": ("folder", lambda r: write_png(r / "masks/12.png", full(0))),
    "folder, absent classes": ("folder", _one_class),
    "folder, ignored pixels": ("folder", lambda r: write_png(r / "masks/12.png", full(255))),
    "folder, a photo without mask": ("folder", lambda r: write_photo(r / "images/14.jpg")),
    "folder, gaps": ("folder", _gaps("folder")),
    "imaterialist, empty runs": ("imaterialist", lambda r: cell("EncodedPixels", "", 0, 1)(r, "12")),
    "imaterialist, absent classes": ("imaterialist", lambda r: cell("ClassId", "45", 0, 1)(r, "12")),
    "imaterialist, a photo without row": ("imaterialist", lambda r: write_photo(r / "train/14.jpg")),
    "imaterialist, blank lines": (
        "imaterialist", lambda r: write(r / "train.csv", (r / "train.csv").read_text().replace("\n", "\r\n\r\n")),
    ),
    "imaterialist, BOM": (
        "imaterialist", lambda r: write(r / "train.csv", "\xef\xbb\xbf" + (r / "train.csv").read_text()),
    ),
    "imaterialist, rows of a photo apart": (
        "imaterialist", lambda r: write_rows(r, [(rows := read_rows(r))[0], *rows[:0:-2], *rows[1::2]]),
    ),
    "imaterialist, another column": (
        "imaterialist", lambda r: write_rows(r, [["x", *row] for row in read_rows(r)]),
    ),
    "imaterialist, gaps": ("imaterialist", _gaps("imaterialist")),
    "dresscode, no optional parts": ("dresscode", _no_optional_parts),
    "dresscode, no joints of one": ("dresscode", lambda r: gone(POINTS)(r, "12")),
    "dresscode, pairs by spaces": ("dresscode", _spaces),
    "dresscode, empty map": ("dresscode", lambda r: write_png(r / "upper_body/label_maps/12_4.png", full(0))),
    "dresscode, unpaired": (
        "dresscode", lambda r: write(r / "dresses/test_pairs_unpaired.txt", "99_0.jpg 99_1.jpg\n99_0.jpg 99_1.jpg"),
    ),
    "dresscode, gaps": ("dresscode", _gaps("dresscode")),
}  # fmt: skip


@pytest.mark.parametrize("case", HARMLESS)
def test_unusual_but_good_data_is_read_and_clean(case: str, tmp_path: Path, pocketseg: Call) -> None:
    name, change = HARMLESS[case]
    root = tmp_path / "data"
    BUILD[name](root, ("11", "12", "13"))
    change(root)
    use(f"{name}:{root}")
    result = check(f"{name}:{root}", None)
    assert messages(result) == [] and result.labelled == 3 + (name == "dresscode")
    assert pocketseg("data", "check", f"{name}:{root}").code == 0


def test_empty_masks_and_absent_classes_are_told_in_notes(tmp_path: Path) -> None:
    plain_folder(tmp_path, ("11", "12"))
    write_png(tmp_path / "masks/11.png", full(0))
    write_png(tmp_path / "masks/12.png", full(2))
    notes = check(f"folder:{tmp_path}", None).notes
    assert "1 mask is background only: 11" in notes and "no photo holds upper_body, full_body" in notes


def test_missing_optional_parts_are_none(tmp_path: Path) -> None:
    dresscode_folder(tmp_path, ("11",))
    _no_optional_parts(tmp_path)
    photos = open_photos(f"dresscode:{tmp_path}")
    assert photos.keypoints("upper_body/11") is None and photos.dense_pose("upper_body/11") is None


# ---- decoded masks ---------------------------------------------------------------------------------------------------


def _ccp_mask(number: str) -> npt.NDArray[np.uint8]:
    return ccp.MAPPING.table()[ccp.read_labels(DATA / f"ccp_masks/{number}.mat")]


@pytest.mark.parametrize("photo_id", ["0012", "0053", "0084", "0271", "0784", "0942"])
def test_a_decoded_imaterialist_mask_is_the_ccp_mask_pixel_for_pixel(photo_id: str) -> None:
    photos = open_photos(f"imaterialist:{DATA / 'imaterialist'}")
    image, mask = read_pair(photos, photo_id)
    want = _ccp_mask(photo_id)
    assert want.any() and np.array_equal(mask, want) and image.shape[:2] == want.shape


def test_the_imaterialist_copy_holds_the_photos_of_the_masks() -> None:
    assert tuple(open_photos(f"imaterialist:{DATA / 'imaterialist'}").ids) == (
        "0012", "0053", "0084", "0271", "0784", "0942",
    )  # fmt: skip


@pytest.mark.parametrize("photo_id", ["upper_body/000185", "lower_body/000253", "dresses/000407"])
def test_a_dress_code_mask_is_the_scaled_ccp_mask(photo_id: str) -> None:
    photos = open_photos(f"dresscode:{DATA / 'dresscode'}")
    assert set(photos.ids) == {"upper_body/000185", "lower_body/000253", "dresses/000407"}
    source = _ccp_mask(photo_id[-4:])
    width = round(source.shape[1] * 1024 / source.shape[0])
    scaled = np.asarray(Image.fromarray(source).resize((width, 1024), Image.Resampling.NEAREST))
    want = np.zeros((1024, 768), np.uint8)
    left = (768 - width) // 2
    want[:, left : left + width] = scaled
    assert want.any() and np.array_equal(photos.mask(photo_id), want)


@pytest.mark.parametrize("photo_id", ["upper_body/000185", "lower_body/000253", "dresses/000407"])
def test_keypoints_are_scaled_from_their_grid_to_the_photo(photo_id: str) -> None:
    photos = open_photos(f"dresscode:{DATA / 'dresscode'}")
    category, number = photo_id.split("/")
    rows = json.loads((DATA / f"dresscode/{category}/keypoints/{number}_2.json").read_text())["keypoints"]
    found = photos.keypoints(photo_id)
    assert found is not None and found.shape == (18, 3) and found.dtype == np.float32
    for (x, y, score, index), joint in zip(rows, found.tolist(), strict=True):
        assert np.isnan(joint).all() if index < 0 else joint == [2 * x, 2 * y, pytest.approx(score)]
    assert np.nanmax(found[:, 0]) > 384


def test_an_undetected_joint_is_nan_and_the_others_are_not(tmp_path: Path) -> None:
    shutil.copytree(DATA / "dresscode", tmp_path / "data")
    path = tmp_path / "data/dresses/keypoints/000407_2.json"
    rows = json.loads(path.read_text())["keypoints"]
    rows[4] = [0.0, 0.0, 0.0, -1.0]
    write_joints(path, rows)
    photos = open_photos(f"dresscode:{tmp_path / 'data'}")
    found = photos.keypoints("dresses/000407")
    assert [row[3] for row in rows].count(-1.0) == 2 and rows[16][3] == -1
    assert found is not None and np.flatnonzero(np.isnan(found).all(1)).tolist() == [4, 16]
    assert np.isnan(found).sum() == 6
    assert check(f"dresscode:{tmp_path / 'data'}", None).clean


def test_keypoints_follow_a_photo_of_another_shape(tmp_path: Path) -> None:
    dresscode_folder(tmp_path, ("11",))
    write_photo(tmp_path / "upper_body/images/11_0.jpg", 1024, 192)
    write_joints(tmp_path / "upper_body/keypoints/11_2.json", [[100, 50, 0.5, 0]] * 18)
    found = open_photos(f"dresscode:{tmp_path}").keypoints("upper_body/11")
    assert found is not None and found.tolist() == [[50.0, 100.0, 0.5]] * 18


def test_dense_pose_has_parts_and_places_at_the_photos_size() -> None:
    photos = open_photos(f"dresscode:{DATA / 'dresscode'}")
    for photo_id in photos.ids:
        dense = photos.dense_pose(photo_id)
        assert dense is not None
        assert dense.parts.shape == (1024, 768) and dense.uv.shape == (2, 1024, 768)
        assert 0 < int(dense.parts.max()) <= 24 and 0 < float(dense.uv.max()) <= 1


def test_runs_go_down_the_columns_from_one() -> None:
    want = [[0, 0, 0], [1, 0, 0], [1, 0, 0], [1, 0, 1]]
    assert decode("2 3 12 1", 4, 3).tolist() == want and decode("12 1 2 3", 4, 3).tolist() == want
    assert encode(np.array(want)) == "2 3 12 1" and decode("", 4, 3).sum() == 0 and encode(full(0)) == ""


def _box(top: int, bottom: int, left: int = 0, right: int = 6) -> str:
    mask = np.zeros((8, 6), np.uint8)
    mask[top:bottom, left:right] = 1
    return encode(mask)


def _laid(root: Path, rows: Sequence[tuple[int, str]]) -> npt.NDArray[np.uint8]:
    """The label map of rows (category, runs) of one photo, 6 x 8 px."""
    write_photo(root / "train/11.jpg", 8, 6)
    write_rows(root, [COLUMNS, *[("11.jpg", runs, "8", "6", str(kind)) for kind, runs in rows]])
    photos = open_photos(f"imaterialist:{root}")
    return photos.labels("11")


def test_a_belt_lies_on_the_garment_and_a_part_never_hides_it(tmp_path: Path) -> None:
    rows = [
        (DRESS, _box(0, 6)),
        (BELT, _box(2, 3)),
        (SLEEVE, _box(0, 8, 0, 1)),
        (POCKET, _box(4, 5, 3, 4)),
    ]
    want = np.zeros((8, 6), np.uint8)
    want[:, 0] = SLEEVE + 1
    want[0:6] = DRESS + 1
    want[2] = BELT + 1
    for order in permutations(rows):
        assert np.array_equal(_laid(tmp_path, order), want)


def test_a_part_hides_no_garment_even_where_it_is_the_smaller_or_the_larger(tmp_path: Path) -> None:
    for part in (_box(0, 1, 0, 1), _box(0, 8)):
        found = _laid(tmp_path, [(SHIRT, _box(0, 4)), (HOOD, part)])
        assert (found[:4] == SHIRT + 1).all()
    assert (found[4:] == HOOD + 1).all()
    found = _laid(tmp_path, [(SHIRT, _box(0, 4)), (UMBRELLA, _box(0, 1))])
    assert (found[0] == UMBRELLA + 1).all() and (found[1:4] == SHIRT + 1).all()


def test_of_equal_masks_the_later_row_lies_on_top(tmp_path: Path) -> None:
    shirt, pants = (SHIRT, _box(0, 4)), (PANTS, _box(2, 6))
    assert _laid(tmp_path, [shirt, pants])[:, 0].tolist() == [1, 1, 7, 7, 7, 7, 0, 0]
    assert _laid(tmp_path, [pants, shirt])[:, 0].tolist() == [1, 1, 1, 1, 7, 7, 0, 0]


def test_the_mapping_makes_classes_of_laid_masks(tmp_path: Path) -> None:
    _laid(tmp_path, [(SHIRT, _box(0, 2)), (PANTS, _box(2, 4)), (DRESS, _box(4, 6)), (BELT, _box(6, 7))])
    assert open_photos(f"imaterialist:{tmp_path}").mask("11")[:, 0].tolist() == [1, 1, 2, 2, 3, 3, 0, 0]


# ---- mapping files ---------------------------------------------------------------------------------------------------

OWN = 'ignore = ["bag"]\n\n[classes]\nrest = []\nlegs = ["jeans", "skirt"]\n"on feet" = ["boots", "sneakers"]\n'


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    write(tmp_path / "own.toml", OWN)
    return tmp_path / "own.toml"


def _own_table() -> npt.NDArray[np.uint8]:
    table = np.full(256, 255, np.uint8)
    for index, label in enumerate(ccp.LABELS):
        table[index] = {"bag": 255, "jeans": 1, "skirt": 1, "boots": 2, "sneakers": 2}.get(label, 0)
    return table


def test_a_mapping_file_changes_classes_and_masks(toml: Path) -> None:
    root = toml.parent / "data"
    ccp_folder(root, ("11", "12"))
    spec = f"ccp:{root}@{toml}"
    photos = open_photos(spec)
    assert photos.classes == ("rest", "legs", "on feet")
    labels = open_photos(f"ccp:{root}").labels("12")
    want = _own_table()[labels]
    assert set(np.unique(want)) == {0, 1, 2, 255} and np.array_equal(photos.mask("12"), want)
    assert not np.array_equal(photos.mask("12"), open_photos(f"ccp:{root}").mask("12"))
    result = check(spec, None)
    assert result.clean and result.classes == photos.classes
    assert result.to_json()["ignored_pixels"] == 2 * int((want == 255).sum())


@pytest.mark.parametrize("name", ["ccp", "imaterialist", "dresscode"])
def test_ignored_labels_are_255(name: str, tmp_path: Path) -> None:
    BUILD[name](tmp_path / "data", ("11",))
    labels = {"ccp": ccp.LABELS, "imaterialist": imaterialist.LABELS, "dresscode": dresscode.LABELS}[name]
    ignored = {"ccp": "wedges", "imaterialist": "shirt, blouse", "dresscode": "scarf"}[name]
    write(tmp_path / "own.toml", f"ignore = {json.dumps([ignored])}\n[classes]\na = []\nb = {json.dumps(labels[7:8])}")
    photos = open_photos(f"{name}:{tmp_path / 'data'}@{tmp_path / 'own.toml'}")
    own = photos.labels(photos.ids[-1])
    mask = photos.mask(photos.ids[-1])
    assert (own == labels.index(ignored)).any() and ((mask == 255) == (own == labels.index(ignored))).all()


@pytest.mark.parametrize("name", ["ccp", "imaterialist", "dresscode"])
def test_the_printed_mapping_reads_back_as_the_same_table(name: str, tmp_path: Path, pocketseg: Call) -> None:
    answer = pocketseg("data", "classes", "--format", name, "--toml")
    assert answer.code == 0
    write(tmp_path / "own.toml", answer.out)
    own = {"ccp": ccp, "imaterialist": imaterialist, "dresscode": dresscode}[name]
    read = read_mapping(tmp_path / "own.toml", own.LABELS)
    assert read.classes == CLASSES == own.MAPPING.classes
    assert np.array_equal(read.table(), own.MAPPING.table()) and set(read.table()) == {0, 1, 2, 3, 255}


def test_ones_own_mapping_reads_back_as_it_is(toml: Path, pocketseg: Call) -> None:
    answer = pocketseg("data", "classes", "--format", "ccp", "--mapping", toml, "--toml")
    write(toml.parent / "again.toml", answer.out)
    assert answer.code == 0
    read = read_mapping(toml.parent / "again.toml", ccp.LABELS)
    assert read == read_mapping(toml, ccp.LABELS) and np.array_equal(read.table(), _own_table())


@pytest.mark.parametrize("name", ["plain", "two words", 'a "quoted" one', "a\\b", "Größe", "a.b", "\U0001f455"])
def test_class_names_of_any_letters_read_back(name: str, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(f"[classes]\nrest = []\n{json.dumps(name, ensure_ascii=False)} = ['dress']\n", encoding="utf-8")
    mapping = read_mapping(path, ccp.LABELS)
    assert mapping.classes == ("rest", name)
    path.write_text(to_toml(mapping), encoding="utf-8")
    assert read_mapping(path, ccp.LABELS) == mapping


def test_the_classes_command_tells_each_labels_class(toml: Path, pocketseg: Call) -> None:
    content = json.loads(pocketseg("data", "classes", "--format", "ccp", "--mapping", toml, "--json").out)
    assert content["classes"] == ["rest", "legs", "on feet"]
    table = ["rest", "legs", "on feet"]
    got = {label: (table.index(c) if c is not None else 255) for label, c in content["labels"].items()}
    assert got == {label: int(_own_table()[k]) for k, label in enumerate(ccp.LABELS)}
    text = pocketseg("data", "classes", "--format", "ccp", "--mapping", toml).out
    assert "jeans (25), skirt (42)" in text and text.splitlines()[-1].split() == ["255", "ignored", "bag"]


def test_an_unknown_label_suggests_the_nearest(toml: Path, pocketseg: Call) -> None:
    write(toml, OWN.replace('"skirt"', '"skrt"'))
    root = toml.parent / "data"
    ccp_folder(root, ("11",))
    with pytest.raises(UnknownNameError, match="unknown label 'skrt'; did you mean 'skirt'") as caught:
        open_photos(f"ccp:{root}@{toml}")
    assert f"in legs of {toml}" in caught.value.hint
    answer = pocketseg("data", "classes", "--format", "ccp", "--mapping", toml)
    assert answer.code == 2 and "did you mean 'skirt'" in answer.err and str(toml) in answer.err
    (root / "photos/11.jpg").write_bytes(b"no photo")
    report = json.loads(pocketseg("data", "check", f"ccp:{root}@{toml}", "--json").out)
    assert [Path(fault["file"]).name for fault in report["faults"]] == [toml.name, "11.jpg"], (
        "the data is read all the same"
    )
    assert "did you mean 'skirt'" in report["faults"][0]["what"]


def test_a_bad_split_file_is_one_fault_of_the_report(tmp_path: Path, pocketseg: Call) -> None:
    write(tmp_path / "s.json", "no split")
    answer = pocketseg("data", "check", f"folder:{FOLDER}", "--split-file", tmp_path / "s.json", "--json")
    report = json.loads(answer.out)
    assert answer.code == 3 and report["photos"]["labelled"] == 88
    assert ["is not a split file" in fault["what"] for fault in report["faults"]] == [True]


def test_training_photos_that_a_committed_split_holds_out_are_noted(tmp_path: Path, pocketseg: Call) -> None:
    answer = pocketseg("data", "split", f"folder:{FOLDER}", "--out", tmp_path / "s.json")
    assert answer.code == 0
    assert "are test photos of the committed split ccp" in answer.err
    again = pocketseg("data", "check", f"folder:{FOLDER}", "--split-file", tmp_path / "s.json")
    assert again.code == 0 and "are val photos of the committed split ccp" in again.out


MAPPING_FAULTS = {
    "two classes": (OWN.replace('"boots"', '"jeans"'), "puts label 'jeans' into legs and into on feet"),
    "twice": (OWN.replace('"skirt"', '"jeans"'), "puts label 'jeans' into legs and into legs"),
    "class and ignored": (OWN.replace('"bag"', '"boots"'), "puts label 'boots' into on feet and into ignore"),
    "one class": ('[classes]\nlegs = ["jeans"]\n', "with 2 to 255 classes"),
    "no class": ('ignore = ["bag"]\n', "with 2 to 255 classes"),
    "too many classes": ("[classes]\n" + "".join(f"c{k} = []\n" for k in range(256)), "with 2 to 255 classes"),
    "bad TOML": (OWN.replace("rest = []", "rest = ["), r"is not a readable mapping file \(.*line 5"),
    "no UTF-8": ("\xff", "is not a readable mapping file"),
    "unknown part": ("[class]\na = []\n" + OWN.partition("\n")[2], "has a part 'class'"),
    "no list": (OWN.replace("[]", '"shirt"'), "rest in .* must be a list of label names"),
    "numbers": (OWN.replace("[]", "[3]"), "rest in .* must be a list of label names"),
    "no name": (OWN.replace("rest", '" "'), "has a class without a name"),
}


@pytest.mark.parametrize("fault", MAPPING_FAULTS)
def test_a_bad_mapping_file_is_a_clear_error(fault: str, toml: Path, pocketseg: Call) -> None:
    text, message = MAPPING_FAULTS[fault]
    write(toml, text)
    root = toml.parent / "data"
    ccp_folder(root, ("11",))
    with pytest.raises(DataError, match=message) as caught:
        open_photos(f"ccp:{root}@{toml}")
    assert caught.value.hint and str(toml) in caught.value.message
    answer = pocketseg("data", "check", f"ccp:{root}@{toml}", "--json")
    (found,) = json.loads(answer.out)["faults"]
    assert answer.code == 3 and re.search(message, found["what"]) and found["mend"]
    answer = pocketseg("data", "classes", "--format", "ccp", "--mapping", toml)
    assert answer.code == 3 and re.search(message, answer.err) and "Traceback" not in answer.err
    assert found["file"] == str(toml)


def test_a_missing_mapping_file_is_named(tmp_path: Path, pocketseg: Call) -> None:
    ccp_folder(tmp_path / "data", ("11",))
    with pytest.raises(DataError, match=r"mapping file .*none\.toml does not exist") as caught:
        open_photos(f"ccp:{tmp_path / 'data'}@{tmp_path / 'none.toml'}")
    assert "after @" in caught.value.hint
    answer = pocketseg("data", "check", f"ccp:{tmp_path / 'data'}@{tmp_path / 'none.toml'}")
    assert answer.code == 3 and "none.toml does not exist" in answer.out


def test_a_folder_that_names_its_own_classes_has_no_table_to_print(pocketseg: Call) -> None:
    answer = pocketseg("data", "classes", "--format", "folder")
    assert answer.code == 2 and "classes.json" in answer.err
