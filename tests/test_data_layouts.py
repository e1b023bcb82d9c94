"""Folders as people have them: other tools' layouts, suffixes in capitals, hidden files, names that do not pair."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from _commands import Call
from PIL import Image

from pocketseg.core.errors import DataError
from pocketseg.data.check import check
from pocketseg.data.labelled import need_labels, need_named_classes
from pocketseg.data.layouts import looks_like
from pocketseg.data.photos import open_photos, read_pair

NAMES = ("a", "b", "c")


def photo(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(len(path.name) + ord(path.stem[-1])).integers(0, 256, (24, 16, 3))
    with path.open("wb") as stream:
        Image.fromarray(pixels.astype(np.uint8)).save(stream, "PNG" if path.suffix.lower() == ".png" else "JPEG")


def mask(path: Path, value: int = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((24, 16), np.uint8)
    pixels[4:20, 4:12] = value
    with path.open("wb") as stream:
        Image.fromarray(pixels).save(stream, "PNG")


def text(path: Path, content: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def folder(root: Path, image: str = "{}.jpg", label: str = "{}.png") -> str:
    for name in NAMES:
        photo(root / "images" / image.format(name))
        mask(root / "masks" / label.format(name))
    text(root / "classes.json", '["background", "mug"]')
    return f"folder:{root}"


# ---- nothing labelled ------------------------------------------------------------------------------------------------


def _photos(root: Path, *places: str) -> None:
    for place in places:
        photo(root / place)


COCO = json.dumps({"images": [], "annotations": [], "categories": []})
LABELME = json.dumps({"version": "5", "shapes": [], "imagePath": "a.jpg", "imageData": None})
LAYOUTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "COCO": (lambda r: (_photos(r, "images/a.jpg"), text(r / "annotations/instances.json", COCO)), "looks like COCO"),
    "COCO in the root": (lambda r: (_photos(r, "a.jpg"), text(r / "coco.json", COCO)), "looks like COCO"),
    "YOLO": (lambda r: (_photos(r, "images/a.jpg"), text(r / "labels/a.txt", "0 1 1 1 1")), "looks like YOLO"),
    "YOLO's parts": (
        lambda r: (_photos(r, "train/images/a.jpg"), text(r / "train/labels/a.txt"), text(r / "data.yaml")),
        "looks like YOLO",
    ),
    "VOC": (lambda r: (_photos(r, "JPEGImages/a.jpg"), mask(r / "SegmentationClass/a.png")), "looks like Pascal VOC"),
    "CVAT": (lambda r: (mask(r / "SegmentationClass/a.png"), text(r / "labelmap.txt")), "looks like CVAT"),
    "CVAT's XML": (lambda r: (_photos(r, "images/a.jpg"), text(r / "annotations.xml")), "looks like CVAT"),
    "Cityscapes": (
        lambda r: (_photos(r, "leftImg8bit/train/x/a.png"), mask(r / "gtFine/train/x/a.png")),
        "looks like Cityscapes",
    ),
    "Supervisely": (
        lambda r: (_photos(r, "ds/img/a.jpg"), text(r / "ds/ann/a.jpg.json", "{}"), text(r / "meta.json", "{}")),
        "looks like Supervisely",
    ),
    "labelme": (lambda r: (_photos(r, "images/a.jpg"), text(r / "images/a.json", LABELME)), "looks like labelme"),
    "JPEG masks": (lambda r: _photos(r, "images/a.jpg", "labels/a.jpg"), "JPEG masks lose their values"),
    "one folder": (lambda r: (_photos(r, "images/a.jpg"), mask(r / "images/a_mask.png")), "in one folder"),
    "deeper": (lambda r: (_photos(r, "mine/images/a.jpg"), mask(r / "mine/masks/a.png")), "mine: name folder:"),
    "parts": (lambda r: (_photos(r, "images/train/a.jpg"), mask(r / "masks/train/a.png")), "in folders of parts"),
    "CCP": (
        lambda r: (_photos(r, "photos/a.jpg"), (r / "annotations/pixel-level").mkdir(parents=True)),
        "name it ccp:",
    ),
    "other name": (lambda r: (_photos(r, "images/a.jpg"), mask(r / "annotations/a.png")), "annotations/ holds PNG"),
    "photos alone": (lambda r: _photos(r, "images/a.jpg"), "masks belong into masks/NAME.png"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_folder_without_labels_is_a_fault_that_names_what_it_looks_like(
    layout: str, tmp_path: Path, pocketseg: Call
) -> None:
    build, words = LAYOUTS[layout]
    build(tmp_path)
    (fault,) = check(f"folder:{tmp_path}", None).faults
    assert words in fault.hint, f"{fault.message} -> {fault.hint}"
    answer = pocketseg("data", "check", f"folder:{tmp_path}")
    assert answer.code == 3 and " labelled photos, " in answer.out and "clean" not in answer.out


@pytest.mark.parametrize("command", ["split", "evaluate", "train"])
def test_nothing_labelled_is_refused_by_commands_that_need_labels(
    command: str, tmp_path: Path, pocketseg: Call
) -> None:
    photo(tmp_path / "d/images/a.jpg")
    spec = f"folder:{tmp_path / 'd'}"
    arguments = {
        "split": ("data", "split", spec, "--out", tmp_path / "s.json"),
        "evaluate": ("evaluate", "topformer_tiny", "--data", spec, "--split", "all"),
        "train": ("train", "topformer_tiny", "--data", spec, "--out", tmp_path / "run"),
    }[command]
    answer = pocketseg(*arguments)
    assert answer.code == 3 and "holds no labelled photo" in answer.err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["d"]


def _ccp(root: Path) -> None:
    photo(root / "photos/a.jpg")
    (root / "annotations/pixel-level").mkdir(parents=True)


def _imaterialist(root: Path) -> None:
    photo(root / "train/a.jpg")
    text(root / "train.csv", "ImageId,EncodedPixels,Height,Width,ClassId\n")


@pytest.mark.parametrize(("name", "build"), [("ccp", _ccp), ("imaterialist", _imaterialist)])
def test_photos_without_labels_open_and_are_a_fault_of_the_check(
    name: str, build: Callable[[Path], None], tmp_path: Path
) -> None:
    build(tmp_path)
    photos = open_photos(f"{name}:{tmp_path}")
    assert list(photos.unlabelled_ids) == ["a"]
    with pytest.raises(DataError, match="holds no labelled photo"):
        need_labels(photos)
    assert [f.message for f in check(f"{name}:{tmp_path}", None).faults if "holds no labelled photo" in f.message]


def test_a_deep_or_large_json_is_only_looked_into(tmp_path: Path) -> None:
    photo(tmp_path / "images/a.jpg")
    text(tmp_path / "x.json", "[" * 300_000 + '"images" "annotations" "categories"')
    assert "looks like COCO" in looks_like(tmp_path)


# ---- classes ---------------------------------------------------------------------------------------------------------


def test_a_folder_without_class_names_says_what_it_takes_for_granted(tmp_path: Path, pocketseg: Call) -> None:
    spec = folder(tmp_path / "d")
    (tmp_path / "d/classes.json").unlink()
    words = "taken for the garment classes 0 background, 1 upper_body, 2 lower_body, 3 full_body"
    result, photos = check(spec, None), open_photos(spec)
    (fault,) = result.faults
    assert words in fault.message and not any(words in note for note in result.notes), "said once"
    with pytest.raises(DataError) as caught:
        need_named_classes(photos)
    assert (fault.message, fault.hint) == (caught.value.message, caught.value.hint)
    split = pocketseg("data", "split", spec, "--out", tmp_path / "s.json")
    assert split.code == 0 and words in split.err
    answer = pocketseg(
        "train", "topformer_tiny", "--data", spec, "--split-file", tmp_path / "s.json", "--out", tmp_path / "run"
    )
    assert answer.code == 3 and words in answer.err and "classes.json" in answer.err and "MAPPING.toml" in answer.err
    assert not (tmp_path / "run").exists()


def test_steps_that_train_want_class_names_too(tmp_path: Path, pocketseg: Call) -> None:
    spec = folder(tmp_path / "d")
    (tmp_path / "d/classes.json").unlink()
    answer = pocketseg(
        "compress", "topformer_tiny", "--recipe", "prune:0.3", "--data", spec, "--out", tmp_path / "x.safetensors"
    )
    assert answer.code == 3 and "training needs named classes" in answer.err


@pytest.mark.parametrize("second", ["background", "_background_", "Background", "BG"])
def test_a_background_that_is_not_the_first_class_is_a_fault(second: str, tmp_path: Path) -> None:
    spec = folder(tmp_path)
    text(tmp_path / "classes.json", json.dumps(["mug", second]))
    (fault,) = check(spec, None).faults
    assert f"the first class is mug, and {second} comes after it" in fault.message
    with pytest.raises(DataError, match="the first class is mug"):
        need_named_classes(open_photos(spec))


def test_classes_without_any_background_are_no_fault(tmp_path: Path) -> None:
    spec = folder(tmp_path)
    text(tmp_path / "classes.json", '["table", "mug"]')
    assert check(spec, None).clean


# ---- suffixes, hidden files, names -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("image", "label"), [("{}.JPG", "{}.PNG"), ("{}.jpg", "{}.Png"), ("{}.JPEG", "{}.png")])
def test_suffixes_of_a_folder_may_be_in_capitals(image: str, label: str, tmp_path: Path) -> None:
    spec = folder(tmp_path, image, label)
    photos = open_photos(spec)
    assert tuple(photos.ids) == NAMES and not photos.unlabelled_ids
    assert check(spec, None).clean and read_pair(photos, "b")[1].max() == 1


@pytest.mark.parametrize("place", ["images/a.JPG", "masks/a.PNG"])
def test_two_files_that_differ_in_case_alone_are_a_fault(place: str, tmp_path: Path) -> None:
    spec = folder(tmp_path)
    (photo if place.startswith("images") else mask)(tmp_path / place)
    (fault,) = check(spec, None).faults
    assert "have the same name" in fault.message and place in fault.message


def test_suffixes_of_clothing_co_parsing_may_be_in_capitals(tmp_path: Path) -> None:
    photo(tmp_path / "photos/0001.JPG")
    (tmp_path / "annotations/pixel-level").mkdir(parents=True)
    scipy.io.savemat(tmp_path / "x.mat", {"groundtruth": np.full((24, 16), 14, np.uint8)})
    (tmp_path / "x.mat").rename(tmp_path / "annotations/pixel-level/0001.MAT")
    assert check(f"ccp:{tmp_path}", None).clean and open_photos(f"ccp:{tmp_path}").mask("0001").max() == 3


@pytest.mark.parametrize(("file", "row"), [("a.JPG", "a.jpg"), ("a.jpg", "a.JPG"), ("a.JPG", "a.JPG")])
def test_suffixes_of_imaterialist_may_be_in_capitals(file: str, row: str, tmp_path: Path) -> None:
    photo(tmp_path / "train" / file)
    text(tmp_path / "train.csv", f"ImageId,EncodedPixels,Height,Width,ClassId\n{row},1 48,24,16,0\n")
    photos = open_photos(f"imaterialist:{tmp_path}")
    assert list(photos.ids) == ["a"] and (read_pair(photos, "a")[1] == 1).sum() == 48
    assert check(f"imaterialist:{tmp_path}", None).clean


def test_suffixes_of_dress_code_may_be_in_capitals(tmp_path: Path) -> None:
    place = tmp_path / "dresses"
    photo(place / "images/1_0.JPG")
    photo(place / "images/1_1.jpg")
    mask(place / "label_maps/1_4.PNG", 7)
    text(place / "train_pairs.txt", "1_0.jpg 1_1.JPG\n")
    photos = open_photos(f"dresscode:{tmp_path}")
    assert list(photos.ids) == ["dresses/1"] and photos.mask("dresses/1").max() == 3
    assert check(f"dresscode:{tmp_path}", None).clean


def test_hidden_files_are_neither_photos_nor_masks_nor_unknown(tmp_path: Path) -> None:
    spec = folder(tmp_path)
    for name in NAMES:
        text(tmp_path / f"images/._{name}.jpg", "no photo")
        text(tmp_path / f"masks/._{name}.png", "no mask")
    for place in (".DS_Store", "images/.DS_Store", "masks/.DS_Store", "images/Thumbs.db", ".git/config"):
        text(tmp_path / place)
    result = check(spec, None)
    assert result.clean and (result.labelled, result.unlabelled) == (3, 0)
    assert not [n for n in result.notes if "unknown file" in n]


@pytest.mark.parametrize(
    ("image", "label", "words"),
    [
        ("{}.jpg", "{}_mask.png", "masks are called NAME_mask.png, photos NAME.jpg"),
        ("img_{}.jpg", "seg_{}.png", "masks are called seg_NAME.png, photos img_NAME.jpg"),
        ("{}.jpg", "{}.jpg.png", "masks are called NAME.jpg.png, photos NAME.jpg"),
    ],
)
def test_masks_of_other_names_are_one_fault_that_says_how_they_are_called(
    image: str, label: str, words: str, tmp_path: Path
) -> None:
    for number in ("0007", "0034", "0101"):
        photo(tmp_path / "images" / image.format(number))
        mask(tmp_path / "masks" / label.format(number))
    text(tmp_path / "classes.json", '["background", "mug"]')
    result = check(f"folder:{tmp_path}", None)
    (fault,) = result.faults
    assert "3 masks have no photo" in fault.message and words in fault.hint, fault.hint
    assert (result.labelled, result.unlabelled) == (0, 3)


def test_a_photo_of_a_suffix_that_is_not_read_is_named_beside_its_mask(tmp_path: Path) -> None:
    spec = folder(tmp_path)
    (tmp_path / "images/b.jpg").rename(tmp_path / "images/b.xcf")
    (fault,) = check(spec, None).faults
    assert "b.png has no photo" in fault.message and "b.xcf in images" in fault.hint


def test_jpeg_masks_among_others_are_one_fault(tmp_path: Path) -> None:
    spec = folder(tmp_path)
    photo(tmp_path / "images/d.jpg")
    photo(tmp_path / "masks/d.jpg")
    (fault,) = check(spec, None).faults
    assert "is a JPEG" in fault.message and "export PNG" in fault.hint


@pytest.mark.parametrize(("labelled", "words"), [(True, "3 labelled photos, 0 unlabelled"), (False, "0 labelled")])
def test_the_check_always_counts_labelled_and_unlabelled_photos(
    labelled: bool, words: str, tmp_path: Path, pocketseg: Call
) -> None:
    spec = folder(tmp_path)
    if not labelled:
        for path in (tmp_path / "masks").iterdir():
            path.unlink()
    answer = pocketseg("data", "check", spec)
    assert words in answer.out and answer.code == (0 if labelled else 3)
