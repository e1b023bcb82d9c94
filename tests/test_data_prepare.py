"""The compact copy of a data set: scaled photos, masks, names, split; and what is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from _commands import Call
from _copies import DATA, LONG_SIDE, check_copy, files_of, small_ccp, small_folder, split_of
from PIL import Image

from pocketseg.core.errors import DataError, UsageError
from pocketseg.data.check import check
from pocketseg.data.formats import ccp, imaterialist
from pocketseg.data.photos import open_photos, read_image
from pocketseg.data.prepare import QUALITIES, prepare
from pocketseg.data.split import SPLITS, check_bytes, find_split, read_split


def test_a_copy_of_a_folder_holds_scaled_photos_masks_and_names(tmp_path: Path) -> None:
    photos = small_folder(tmp_path / "data")
    done = prepare(photos, tmp_path / "out", long_side_px=LONG_SIDE, split=None)
    assert (done.labelled, done.unlabelled, done.made, done.quality) == (6, 2, 8, QUALITIES[0])
    assert done.size_bytes == sum(len(b) for b in files_of(tmp_path / "out").values())
    check_copy(photos, tmp_path / "out", finer=False)


def test_a_copy_holds_no_file_that_the_report_does_not_know(tmp_path: Path) -> None:
    photos = small_folder(tmp_path / "data", 3, 0)
    prepare(photos, tmp_path / "out", long_side_px=LONG_SIDE, split=split_of(photos))
    assert not [n for n in check(f"folder:{tmp_path / 'out'}", None).notes if "unknown file" in n]


def test_a_copy_of_ccp_holds_its_59_labels_too(tmp_path: Path) -> None:
    photos = small_ccp(tmp_path / "data")
    done = prepare(photos, tmp_path / "out", long_side_px=LONG_SIDE, split=None)
    assert (done.labelled, done.unlabelled) == (5, 1)
    check_copy(photos, tmp_path / "out", finer=True)
    assert json.loads((tmp_path / "out/labels.json").read_text()) == list(ccp.LABELS)


def test_a_copy_of_imaterialist_holds_its_labels_too(tmp_path: Path) -> None:
    photos = open_photos(f"imaterialist:{DATA / 'imaterialist'}")
    done = prepare(photos, tmp_path / "out", long_side_px=LONG_SIDE, split=None)
    assert (done.labelled, done.unlabelled) == (6, 0)
    check_copy(photos, tmp_path / "out", finer=True)
    assert json.loads((tmp_path / "out/labels.json").read_text()) == list(imaterialist.LABELS)


def test_a_copy_of_dress_code_joins_category_and_number(tmp_path: Path) -> None:
    photos = open_photos(f"dresscode:{DATA / 'dresscode'}")
    prepare(photos, tmp_path / "out", long_side_px=128, split=None)  # an eighth: no pixel's centre is on a border
    copy = check_copy(photos, tmp_path / "out", finer=True, long_side=128)
    assert tuple(copy.ids) == ("dresses-000407", "lower_body-000253", "upper_body-000185")


def test_a_small_photo_is_never_enlarged(tmp_path: Path) -> None:
    for part in ("images", "masks"):
        (tmp_path / "data" / part).mkdir(parents=True)
    Image.new("RGB", (40, 1), (9, 9, 9)).save(tmp_path / "data/images/a.png")
    Image.new("L", (40, 1), 2).save(tmp_path / "data/masks/a.png")
    Image.new("RGB", (1000, 2), (9, 9, 9)).save(tmp_path / "data/images/b.png")
    Image.new("L", (1000, 2), 3).save(tmp_path / "data/masks/b.png")
    prepare(open_photos(f"folder:{tmp_path / 'data'}"), tmp_path / "out", long_side_px=LONG_SIDE, split=None)
    copy = open_photos(f"folder:{tmp_path / 'out'}")
    assert read_image(copy.image_path("a")).shape == (1, 40, 3) and copy.mask("a").tolist() == [[2] * 40]
    assert read_image(copy.image_path("b")).shape == (1, 96, 3) and copy.mask("b").tolist() == [[3] * 96]


def test_the_copys_split_has_the_same_photos_and_the_copies_digests(tmp_path: Path) -> None:
    photos = small_ccp(tmp_path / "data")
    split = split_of(photos)
    prepare(photos, tmp_path / "out", long_side_px=LONG_SIDE, split=split)
    copy = open_photos(f"folder:{tmp_path / 'out'}")
    moved = find_split(copy, None, SPLITS)
    assert moved == read_split(tmp_path / "out/split.json")
    assert [moved.ids(p) for p in SPLITS] == [split.ids(p) for p in SPLITS]
    for part in SPLITS:
        for photo_id, found in moved.photos[part].items():
            content = (tmp_path / "out/images" / f"{photo_id}.jpg").read_bytes()
            assert found == hashlib.sha256(content).hexdigest()[:32]
    check_bytes(moved, copy, SPLITS)
    assert moved.hash != split.hash and moved.made_with["prepared_from"] == split.hash


def test_unlabelled_copies_of_held_out_photos_stay_barred_in_the_copy(tmp_path: Path) -> None:
    photos = small_folder(tmp_path / "data", 6, 0)
    for photo_id in photos.ids:
        with Image.open(photos.image_path(photo_id)) as image:
            image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "data/images" / f"m{photo_id}.jpg")
    photos = open_photos(f"folder:{tmp_path / 'data'}")
    split = split_of(photos)
    assert split.never
    prepare(photos, tmp_path / "out", long_side_px=LONG_SIDE, split=split)
    moved = find_split(open_photos(f"folder:{tmp_path / 'out'}"), None, SPLITS)
    assert set(moved.never) == set(split.never)
    assert moved.never == {
        i: hashlib.sha256((tmp_path / "out/images" / f"{i}.jpg").read_bytes()).hexdigest()[:32] for i in split.never
    }


def _mib(folder: Path) -> float:
    return sum(len(b) for b in files_of(folder).values()) / (1 << 20)


def test_max_mib_lowers_the_quality_until_the_copy_fits(tmp_path: Path) -> None:
    photos = small_folder(tmp_path / "data")
    prepare(photos, tmp_path / "best", long_side_px=256, split=None)
    best = _mib(tmp_path / "best")
    done = prepare(photos, tmp_path / "small", long_side_px=256, split=None, max_mib=best * 0.7)
    assert done.quality in QUALITIES[1:] and _mib(tmp_path / "small") <= best * 0.7
    assert prepare(photos, tmp_path / "roomy", long_side_px=256, split=None, max_mib=best * 2).quality == QUALITIES[0]


def test_max_mib_that_no_quality_meets_is_refused_with_a_long_side_that_fits(tmp_path: Path) -> None:
    photos = small_folder(tmp_path / "data")
    prepare(photos, tmp_path / "best", long_side_px=512, split=None)
    limit = _mib(tmp_path / "best") / 6
    long_side = 512
    for _ in range(3):  # its advice, taken at most three times, leads to a copy that fits
        try:
            prepare(photos, tmp_path / "out", long_side_px=long_side, split=None, max_mib=limit)
        except UsageError as error:
            assert "more than" in error.message and not (tmp_path / "out").exists()
            suggested = int(error.hint.split("--long-side ")[1])
            assert 64 <= suggested < long_side
            long_side = suggested
    assert 64 < long_side < 512 and _mib(tmp_path / "out") <= limit


def test_a_limit_below_the_smallest_copy_never_suggests_what_was_just_refused(tmp_path: Path) -> None:
    photos = small_folder(tmp_path / "data", 4, 0)
    with pytest.raises(UsageError, match="more than") as caught:
        prepare(photos, tmp_path / "out", long_side_px=64, split=None, max_mib=0.001)
    assert "--long-side 64" not in caught.value.hint


@pytest.mark.parametrize("what", ["long side", "mapping", "split", "classes"])
def test_another_copy_in_the_same_folder_is_refused(what: str, tmp_path: Path) -> None:
    photos, out = small_ccp(tmp_path / "data"), tmp_path / "out"
    prepare(photos, out, long_side_px=LONG_SIDE, split=None)
    before = files_of(out)
    long_side, split = LONG_SIDE, None
    if what == "long side":
        long_side = 128
    elif what == "mapping":
        (tmp_path / "m.toml").write_text('ignore = ["bag"]\n[classes]\nbackground = []\nshoes = ["boots"]\n')
        photos = open_photos(f"ccp:{tmp_path / 'data'}@{tmp_path / 'm.toml'}")
    elif what == "split":
        split = split_of(photos)
    else:
        photos = small_folder(tmp_path / "other")
    with pytest.raises(UsageError, match="made with other settings") as caught:
        prepare(photos, out, long_side_px=long_side, split=split)
    assert "--out" in caught.value.hint and files_of(out) == before


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    photos = small_folder(tmp_path / "data", 3, 0)
    (tmp_path / "out").mkdir()
    prepare(photos, tmp_path / "out", long_side_px=LONG_SIDE, split=None)  # an empty one will do
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds other files"):
        prepare(photos, tmp_path / "mine", long_side_px=LONG_SIDE, split=None)
    assert files_of(tmp_path / "mine") == {"thesis.txt": b"mine"}


def test_the_data_set_itself_is_no_place_for_its_copy(tmp_path: Path) -> None:
    photos = small_folder(tmp_path / "data", 3, 0)
    before = files_of(tmp_path / "data")
    for out in (tmp_path / "data", tmp_path / "x/../data"):
        with pytest.raises(UsageError, match="is the data set itself"):
            prepare(photos, out, long_side_px=LONG_SIDE, split=None)
    assert files_of(tmp_path / "data") == before


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"settings": []}', '{"settings": null}', '{"settings": "x"}'])
def test_a_damaged_record_of_the_settings_is_named(text: str, tmp_path: Path) -> None:
    photos, out = small_folder(tmp_path / "data", 3, 0), tmp_path / "out"
    prepare(photos, out, long_side_px=LONG_SIDE, split=None)
    (out / "provenance.json").write_text(text)
    with pytest.raises(DataError, match=r"provenance\.json"):
        prepare(photos, out, long_side_px=LONG_SIDE, split=None)


FAULTS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "photo cut": ("images/{}.jpg", lambda p: p.write_bytes(p.read_bytes()[:3000])),
    "photo text": ("images/{}.jpg", lambda p: p.write_text("no photo")),
    "mask cut": ("masks/{}.png", lambda p: p.write_bytes(p.read_bytes()[:200])),
    "mask of another size": ("masks/{}.png", lambda p: Image.new("L", (9, 9)).save(p)),
    "mask out of range": ("masks/{}.png", lambda p: Image.new("L", Image.open(p).size, 77).save(p)),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_one_photo_names_it_and_leaves_no_half_written_file(fault: str, tmp_path: Path) -> None:
    photos, out = small_folder(tmp_path / "data"), tmp_path / "out"
    bad = photos.ids[3]
    place, spoil = FAULTS[fault]
    good = (tmp_path / "data" / place.format(bad)).read_bytes()
    spoil(tmp_path / "data" / place.format(bad))
    with pytest.raises(DataError, match=bad):
        prepare(photos, out, long_side_px=LONG_SIDE, split=None)
    assert not [p for p in files_of(out) if bad in p or p.endswith(".tmp")] and not (out / "split.json").exists()
    for path in (*out.rglob("*.jpg"), *out.rglob("*.png")):
        with Image.open(path) as image:
            image.load()
    (tmp_path / "data" / place.format(bad)).write_bytes(good)
    prepare(photos, out, long_side_px=LONG_SIDE, split=None)
    prepare(photos, tmp_path / "whole", long_side_px=LONG_SIDE, split=None)
    assert files_of(out, but=["prepared.jsonl"]) == files_of(tmp_path / "whole", but=["prepared.jsonl"])


def test_the_command_says_what_it_made_and_that_there_is_no_split(data_command: Call, tmp_path: Path) -> None:
    small_folder(tmp_path / "data", 4, 1)
    done = data_command("prepare", f"folder:{tmp_path / 'data'}", "--out", tmp_path / "out", "--long-side", 64)
    assert done.code == 0 and "3 labelled photos, 1 unlabelled, 4 made now" in done.out
    assert "note: the copy has no split" in done.err and "next: pocketseg data split folder:" in done.out
    wrong = data_command("prepare", f"folder:{tmp_path / 'data'}", "--out", tmp_path / "out", "--long-side", 63)
    assert wrong.code == 2 and "63" in wrong.err
    missing = data_command(
        "prepare", f"folder:{tmp_path / 'data'}", "--out", tmp_path / "o2", "--split-file", tmp_path / "no.json"
    )
    assert missing.code == 3 and "no.json does not exist" in missing.err and not (tmp_path / "o2").exists()
