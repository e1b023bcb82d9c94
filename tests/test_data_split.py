"""A split never leaks: no photo, copy or near-duplicate on two sides, and no way to edit it unnoticed."""

from __future__ import annotations

import json
import math
import shutil
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pocketseg.core.errors import DataError, SplitError, UnknownNameError, UsageError
from pocketseg.core.files import write_json
from pocketseg.data.calibration import COUNT, open_calibration
from pocketseg.data.duplicates import groups, near_duplicates, thumbnail
from pocketseg.data.embedded import FOLDER, sample_ids, sample_photos, sample_split_hash
from pocketseg.data.make_split import make_split
from pocketseg.data.photos import PhotoSet, digest, open_photos, read_image
from pocketseg.data.split import (
    SPLITS,
    Split,
    assign,
    check_bytes,
    committed_splits,
    find_split,
    part_ids,
    read_split,
    stratum,
    to_json,
)

CCP = next(p for p in committed_splits() if p.stem == "ccp")
SHARED_SHOTS = {  # the data's README: same shot, same person and clothes, same place; and a copy, byte for byte
    "0692 0732", "0594 0722", "0907 0990", "0183 0730", "0197 0671", "0078 0984", "0223 0616", "0366 0649",
    "0312 0398", "0186 0868", "0433 0470", "0311 0374", "0203 0766", "0025 1707",
}  # fmt: skip


@pytest.fixture(scope="module")
def ccp() -> Split:
    return read_split(CCP)


def _parts(split: Split) -> dict[str, str]:
    return {i: part for part in SPLITS for i in split.ids(part)}


def _split(train: dict[str, str], val: dict[str, str], test: dict[str, str]) -> Split:
    return Split(name="own", photos={"train": train, "val": val, "test": test}, never={}, made_with={})


def _folder(root: Path, ids: tuple[str, ...], *, masks: bool = True) -> PhotoSet:
    """Copy some embedded photos into a folder of their own."""
    for part, suffix in (("images", "jpg"), ("masks", "png")):
        (root / part).mkdir(parents=True, exist_ok=True)
        for photo_id in ids if masks or part == "images" else ():
            shutil.copy(FOLDER / part / f"{photo_id}.{suffix}", root / part)
    return open_photos(f"folder:{root}")


def _own(photos: PhotoSet) -> Split:
    """Two photos to train, one to validate, one to test."""
    d = {i: digest(photos.image_path(i)) for i in photos.ids}
    a, b, c, e = photos.ids
    return _split({a: d[a], b: d[b]}, {c: d[c]}, {e: d[e]})


# ---- the committed split ---------------------------------------------------------------------------------------------


def test_the_committed_split_has_its_counts_and_fits_its_hash(ccp: Split) -> None:
    content = json.loads(CCP.read_text())
    assert content["counts"] == {"train": 591, "val": 103, "test": 156} == {p: len(ccp.ids(p)) for p in SPLITS}
    assert content["hash"] == ccp.hash
    assert to_json(ccp) == content


def test_no_photo_and_no_copy_of_a_photo_is_in_two_parts_of_the_committed_split(ccp: Split) -> None:
    ids = [i for part in SPLITS for i in ccp.ids(part)]
    digests = [d for part in SPLITS for d in ccp.photos[part].values()]
    assert len(ids) == len(set(ids)) == len(set(digests)) == 850
    assert not set(ccp.never) & set(ids)


def test_known_near_duplicates_never_straddle_the_committed_split(ccp: Split) -> None:
    known = [tuple(pair) for pair in ccp.made_with["known_pairs"]]
    assert {" ".join(pair) for pair in known} == SHARED_SHOTS
    part = _parts(ccp)
    for a, b in known:
        if a in part and b in part:
            assert part[a] == part[b], f"{a} and {b} show one shot"
        else:  # an unlabelled one: usable only beside a training photo
            labelled, other = (a, b) if a in part else (b, a)
            assert part[labelled] == "train" or other in ccp.never


def test_the_sample_is_part_of_the_committed_split_byte_for_byte(ccp: Split) -> None:
    photos = sample_photos()
    assert sample_split_hash() == ccp.hash
    assert sorted(i for part in SPLITS for i in sample_ids(part)) == sorted(photos.ids) and not photos.unlabelled_ids
    for part, count in (("train", 32), ("val", 24), ("test", 32)):
        assert len(set(sample_ids(part))) == count
        for photo_id in sample_ids(part):
            assert ccp.photos[part][photo_id] == digest(photos.image_path(photo_id))


def test_no_two_sample_photos_of_different_parts_look_alike(ccp: Split) -> None:
    photos = sample_photos()
    part = _parts(ccp)
    for a, b, likeness in near_duplicates([thumbnail(read_image(photos.image_path(i))) for i in photos.ids]):
        assert part[photos.ids[a]] == part[photos.ids[b]], f"{photos.ids[a]} {photos.ids[b]} {likeness:.2f}"


def test_an_unknown_part_of_the_sample_names_the_parts() -> None:
    with pytest.raises(UnknownNameError, match="'train'"):
        sample_ids("tran")


# ---- split files -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("edit", ["move", "drop", "digest", "never"])
def test_an_edited_split_file_is_refused(edit: str, tmp_path: Path) -> None:
    content = json.loads(CCP.read_text())
    photos = content["photos"]
    first = next(iter(photos["train"]))
    if edit == "move":
        photos["val"][first] = photos["train"].pop(first)
    elif edit == "drop":
        del photos["train"][first]
    elif edit == "digest":
        photos["train"][first] = "0" * 32
    else:
        content["never"].popitem()
    with pytest.raises(SplitError, match="frozen"):
        read_split(write_json(tmp_path / "ccp.json", content))


def test_a_photo_in_two_parts_is_refused_even_where_the_hash_was_adjusted(tmp_path: Path) -> None:
    content = json.loads(CCP.read_text())
    first = next(iter(content["photos"]["test"]))
    content["photos"]["train"][first] = content["photos"]["test"][first]
    with pytest.raises(SplitError, match=f"photo {first} is in train and in test"):
        read_split(write_json(tmp_path / "ccp.json", content))


def test_a_copy_under_another_id_in_another_part_is_refused() -> None:
    with pytest.raises(SplitError, match="photo b in test of split own is a copy of a in train"):
        _split({"a": "1" * 32}, {}, {"b": "1" * 32})
    assert _split({"a": "1" * 32, "b": "1" * 32}, {}, {}).ids("train") == ("a", "b")


def test_an_empty_split_is_refused() -> None:
    with pytest.raises(SplitError, match="is empty"):
        _split({}, {}, {})


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"photos": []}', '{"photos": {"train": {}}}', "\xff\xfe"])
def test_what_is_no_split_file_is_said_to_be_none(text: str, tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(SplitError, match="is not a split file"):
        read_split(path)


def test_a_missing_split_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SplitError, match=r"own\.json does not exist"):
        read_split(tmp_path / "own.json")


def test_a_split_file_round_trips_and_its_hash_does_not_depend_on_order(ccp: Split, tmp_path: Path) -> None:
    assert read_split(write_json(tmp_path / "a.json", to_json(ccp))) == ccp
    turned = {p: dict(reversed(ccp.photos[p].items())) for p in SPLITS}
    assert Split(name="x", photos=turned, never=dict(reversed(ccp.never.items())), made_with={}).hash == ccp.hash


# ---- a split against its data ----------------------------------------------------------------------------------------


def test_photos_whose_bytes_changed_are_refused(tmp_path: Path) -> None:
    photos = _folder(tmp_path, sample_ids("train")[:4])
    own = _own(photos)
    check_bytes(own, photos, SPLITS)
    changed = photos.image_path(own.ids("val")[0])
    changed.write_bytes(changed.read_bytes() + b"\0")  # the same picture, one byte more
    check_bytes(own, photos, ("train", "test"))
    with pytest.raises(SplitError, match=f"{own.ids('val')[0]}.jpg is not the one"):
        check_bytes(own, photos, ("val",))


def test_missing_photos_are_counted_and_named(tmp_path: Path) -> None:
    photos = _folder(tmp_path, sample_ids("train")[:4])
    own = _own(photos)
    for part in ("images/{}.jpg", "masks/{}.png"):
        (tmp_path / part.format(own.ids("train")[0])).unlink()
    with pytest.raises(SplitError, match=f"1 of 2 train photos .* e.g. {own.ids('train')[0]}"):
        check_bytes(own, open_photos(f"folder:{tmp_path}"), SPLITS)


def test_a_part_needs_a_split_and_all_does_not(tmp_path: Path) -> None:
    photos = _folder(tmp_path / "data", sample_ids("train")[:4])
    assert part_ids(photos, "all", None) == (photos.ids, None)
    with pytest.raises(SplitError, match="no committed split fits") as caught:
        part_ids(photos, "test", None)
    assert "ccp: " in caught.value.hint and "--split all" in caught.value.hint
    with pytest.raises(SplitError, match="no committed split fits") as caught:
        find_split(photos, None, ("train", "val"))
    assert "--split-file" in caught.value.hint and "--split all" not in caught.value.hint, "training has no such option"
    own = _own(photos)
    file = write_json(tmp_path / "own.json", to_json(own))
    with pytest.raises(UsageError, match="takes every labelled photo"):
        part_ids(photos, "all", file)
    ids, split = part_ids(photos, "val", file)
    assert split is not None and (ids, split.hash) == (own.ids("val"), own.hash)
    assert find_split(photos, file, SPLITS) == own


def test_an_unknown_part_suggests_the_nearest(tmp_path: Path) -> None:
    photos = _folder(tmp_path, sample_ids("train")[:1])
    with pytest.raises(UnknownNameError, match="did you mean 'train'") as caught:
        part_ids(photos, "trian", None)
    assert "all" in caught.value.hint


def test_an_empty_part_is_an_error(tmp_path: Path) -> None:
    photos = _folder(tmp_path / "data", sample_ids("train")[:1])
    only = photos.ids[0]
    split = _split({only: digest(photos.image_path(only))}, {}, {})
    file = write_json(tmp_path / "own.json", to_json(split))
    with pytest.raises(SplitError, match="the test part of split own is empty"):
        part_ids(photos, "test", file)


def test_all_of_a_folder_without_masks_is_an_error(tmp_path: Path) -> None:
    photos = _folder(tmp_path, sample_ids("train")[:2], masks=False)
    with pytest.raises(SplitError, match="no labelled photo"):
        part_ids(photos, "all", None)


# ---- calibration -----------------------------------------------------------------------------------------------------


def test_calibration_without_data_takes_the_embedded_training_photos() -> None:
    files = open_calibration().files
    assert [f.stem for f in files] == list(sample_ids("train"))
    assert open_calibration().hash == open_calibration().hash != ""


def test_calibration_on_own_photos_leaves_out_held_out_ones_under_any_name(tmp_path: Path) -> None:
    _folder(tmp_path, sample_ids("train")[:3])
    for place, part in enumerate(("val", "test")):
        held_out = FOLDER / "images" / f"{sample_ids(part)[0]}.jpg"
        shutil.copy(held_out, tmp_path / "images" / f"renamed{place}.jpg")
    assert [f.stem for f in open_calibration(f"folder:{tmp_path}").files] == list(sample_ids("train")[:3])


def test_calibration_takes_at_most_its_count_evenly(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for k in range(2 * COUNT):
        Image.new("RGB", (8, 8), (k, 0, 0)).save(tmp_path / "images" / f"{k:03}.png")
    files = open_calibration(f"folder:{tmp_path}").files
    assert [f.stem for f in files] == [f"{k:03}" for k in range(0, 2 * COUNT, 2)]


def test_calibration_on_held_out_photos_alone_is_an_error(tmp_path: Path) -> None:
    _folder(tmp_path, sample_ids("test")[:3])
    with pytest.raises(DataError, match="no photo to calibrate on"):
        open_calibration(f"folder:{tmp_path}")


def test_calibration_in_ccp_layout_never_takes_unlabelled_copies_of_held_out_photos(ccp: Split, tmp_path: Path) -> None:
    import scipy.io

    (tmp_path / "photos").mkdir()
    (tmp_path / "annotations/pixel-level").mkdir(parents=True)
    for place, photo_id in enumerate(("0001", *ccp.never, "1999")):
        Image.new("RGB", (8, 8), (place, 0, 0)).save(tmp_path / "photos" / f"{photo_id}.jpg")
    scipy.io.savemat(tmp_path / "annotations/pixel-level/0001.mat", {"groundtruth": np.zeros((8, 8), np.uint8)})
    own = {"0001": digest(tmp_path / "photos/0001.jpg")}  # encoded anew: the copies are known by their names alone
    photos = {"train": own, "val": {}, "test": {}}
    split = Split(name="own", photos=photos, never=dict(ccp.never), made_with={"format": "ccp"})
    write_json(tmp_path / "split.json", to_json(split))
    assert [f.stem for f in open_calibration(f"ccp:{tmp_path}").files] == ["0001", "1999"]


def test_calibration_never_takes_a_renamed_copy_that_the_datas_own_split_keeps_out(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "masks").mkdir()
    for place, name in enumerate(("a", "b", "copy", "free")):
        Image.new("RGB", (8, 8), (place * 60, 0, 0)).save(tmp_path / "images" / f"{name}.png")
    for name in ("a", "b"):
        Image.new("L", (8, 8)).save(tmp_path / "masks" / f"{name}.png")
    digests = {name: digest(tmp_path / "images" / f"{name}.png") for name in ("a", "b", "copy")}
    split = Split(
        name="own",
        photos={"train": {"a": digests["a"]}, "val": {"b": digests["b"]}, "test": {}},
        never={"under_another_name": digests["copy"]},
        made_with={},
    )
    write_json(tmp_path / "split.json", to_json(split))
    assert [f.stem for f in open_calibration(f"folder:{tmp_path}").files] == ["a", "free"]


# ---- making a split --------------------------------------------------------------------------------------------------

IDS = st.lists(st.text("0123456789abc", min_size=1, max_size=4), unique=True, min_size=1, max_size=60)
RATIOS = st.tuples(*[st.integers(0, 10)] * 3).filter(any).map(lambda r: tuple(v / sum(r) for v in r))


@given(IDS, st.randoms(use_true_random=False))
def test_groups_hold_every_id_once_and_join_what_pairs_connect(ids: list[str], random: object) -> None:
    choose = random.choice  # type: ignore[attr-defined]
    pairs = [(choose(ids), choose([*ids, "elsewhere"])) for _ in range(len(ids) // 2)]
    found = groups(ids, pairs)
    assert sorted(i for group in found for i in group) == sorted(ids)
    home = {i: group for group in found for i in group}
    assert all(home[a] == home[b] for a, b in pairs if a in home and b in home)
    joined = {frozenset(p) for p in pairs if p[0] != p[1] and "elsewhere" not in p}
    assert len(found) >= len(ids) - len(joined), "unconnected ids were joined"


def test_groups_do_not_depend_on_the_order_of_pairs() -> None:
    pairs = list(pairwise("hgfedcba"))
    assert groups("abcdefghi", pairs) == groups("abcdefghi", pairs[::-1]) == [tuple("abcdefgh"), ("i",)]


@given(IDS, RATIOS, st.integers(0, 9), st.integers(1, 5), st.integers(1, 4))
def test_assign_never_loses_repeats_or_separates(
    ids: list[str], ratios: tuple[float, float, float], seed: int, size: int, kinds: int
) -> None:
    dealt = [tuple(ids[k : k + size]) for k in range(0, len(ids), size)]
    strata = {i: str((sum(map(ord, i)) + seed) % kinds) for i in ids}
    parts = assign(dealt, strata, ratios, seed)
    assert sorted(i for part in SPLITS for i in parts[part]) == sorted(ids)
    for group in dealt:
        assert any(set(group) <= set(parts[part]) for part in SPLITS)
    assert all(not parts[part] for part, ratio in zip(SPLITS, ratios, strict=True) if ratio == 0)
    assert parts == assign(dealt[::-1], strata, ratios, seed), "the order of the groups decides"


def test_assign_deals_every_stratum_by_the_ratios() -> None:
    ids = [f"{k:04}" for k in range(900)]
    strata = {i: "abc"[int(i) % 9 // 4] for i in ids}  # shares 4/9, 4/9, 1/9
    dealt = groups(ids, [(a, b) for a, b in zip(ids[:80:2], ids[1:80:2], strict=True)])
    ratios = (0.7, 0.12, 0.18)
    parts = assign(dealt, strata, ratios, 7)
    totals = Counter(strata.values())
    for part, ratio in zip(SPLITS, ratios, strict=True):
        for name, count in Counter(strata[i] for i in parts[part]).items():
            assert abs(count - totals[name] * ratio) <= 2


def test_assign_depends_on_the_seed() -> None:
    single = [(f"{k:03}",) for k in range(100)]
    strata = {g[0]: "a" for g in single}
    assert assign(single, strata, (0.5, 0.25, 0.25), 1) != assign(single, strata, (0.5, 0.25, 0.25), 2)


@pytest.mark.parametrize("ratios", [(0.5, 0.5, 0.5), (1.2, -0.1, -0.1), (0.0, 0.0, 0.0), (math.nan, 0.5, 0.5)])
def test_ratios_that_do_not_add_up_are_refused(ratios: tuple[float, float, float]) -> None:
    with pytest.raises(SplitError, match="add up to 1"):
        assign([("a",)], {"a": "x"}, ratios, 0)


def test_a_stratum_names_the_garment_classes_alone() -> None:
    assert stratum([0, 3, 1, 1]) == "13" and stratum([0]) == stratum([]) == "none"


def test_a_made_split_keeps_mirrored_copies_together_and_unlabelled_ones_out(tmp_path: Path) -> None:
    ids = sample_ids("train")[:8]
    _folder(tmp_path, ids)
    for place, photo_id in enumerate(ids[:4]):  # mirrored copies: two with a mask, two without
        with Image.open(FOLDER / "images" / f"{photo_id}.jpg") as image:
            mirrored = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        mirrored.save(tmp_path / "images" / f"copy-{photo_id}.jpg")
        if place < 2:
            shutil.copy(FOLDER / "masks" / f"{photo_id}.png", tmp_path / "masks" / f"copy-{photo_id}.png")
    photos = open_photos(f"folder:{tmp_path}")
    for seed in range(4):
        split = make_split(photos, name="own", ratios=(0.4, 0.3, 0.3), seed=seed)
        part = _parts(split)
        assert sorted(part) == sorted(photos.ids)
        for photo_id in ids[:2]:
            assert part[photo_id] == part[f"copy-{photo_id}"]
        held_out = {f"copy-{i}" for i in ids[2:4] if part[i] != "train"}
        assert set(split.never) == held_out
        check_bytes(split, photos, SPLITS)
        assert split == make_split(photos, name="own", ratios=(0.4, 0.3, 0.3), seed=seed)
