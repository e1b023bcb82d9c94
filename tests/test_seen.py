"""What a network has learnt from travels with its weights, and a score on it says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pocketseg.core.classes import CLASSES
from pocketseg.core.errors import CheckpointError
from pocketseg.core.files import write_json
from pocketseg.data.embedded import sample_ids, sample_photos, sample_split_hash
from pocketseg.data.photos import digest, open_photos
from pocketseg.data.seen import PHOTOS, Seen, is_of_garments, overlap, seen_by
from pocketseg.data.split import Split, to_json


def _folder(root: Path, names: tuple[str, ...]) -> Split:
    """Put embedded photos into a folder; return a split that holds them all in training."""
    for part in ("images", "masks"):
        (root / part).mkdir()
    for name in names:
        (root / f"images/{name}.jpg").write_bytes(sample_photos().image_path(name).read_bytes())
        (root / f"masks/{name}.png").write_bytes(b"")
    train = {i: digest(root / f"images/{i}.jpg") for i in names}
    return Split(name="own", photos={"train": train, "val": {}, "test": {}}, never={}, made_with={})


def test_a_score_on_photos_of_a_committed_splits_training_part_says_so(tmp_path: Path) -> None:
    names = (*sample_ids("train")[:3], *sample_ids("test")[:2], sample_ids("val")[0])
    _folder(tmp_path, names)
    photos = open_photos(f"folder:{tmp_path}")
    found = overlap({"split_hash": sample_split_hash()}, photos, photos.ids, None)
    assert (found.train, found.val) == (3, 1)
    assert "trained on 3 of these 6 photos" in found.note and "chosen on 1 of these 6 photos" in found.note


def test_photos_that_a_network_never_saw_are_said_nothing_of(tmp_path: Path) -> None:
    _folder(tmp_path, sample_ids("test")[:2])
    photos = open_photos(f"folder:{tmp_path}")
    found = overlap({"split_hash": sample_split_hash()}, photos, photos.ids, None)
    assert (found.train, found.val, found.note) == (0, 0, "")


def test_where_the_split_is_not_at_hand_it_cannot_be_known(tmp_path: Path) -> None:
    split = _folder(tmp_path, sample_ids("test")[:2])
    photos = open_photos(f"folder:{tmp_path}")
    found = overlap({"split_hash": split.hash}, photos, photos.ids, None)
    assert (found.train, found.val) == (None, None) and "cannot be known" in found.note
    write_json(tmp_path / "split.json", to_json(split))
    assert overlap({"split_hash": split.hash}, photos, photos.ids, None).train == 2, "the data's own split is at hand"
    assert overlap({"split_hash": split.hash}, photos, photos.ids, split).train == 2


def test_weights_that_say_what_they_saw_need_no_split(tmp_path: Path) -> None:
    split = _folder(tmp_path, sample_ids("test")[:3])
    photos = open_photos(f"folder:{tmp_path}")
    saw = Seen(train=frozenset(list(split.photos["train"].values())[:1]), unknown=())
    found = overlap({PHOTOS: saw.to_text(), "split_hash": "another"}, photos, photos.ids, None)
    assert found.train == 1 and seen_by({PHOTOS: saw.to_text()}) == saw


def test_what_was_seen_before_a_further_training_stays_seen() -> None:
    a, b = Seen(train=frozenset("a"), val=frozenset("v"), unknown=("h",)), Seen(train=frozenset("b"), unknown=("h",))
    assert a | b == Seen(train=frozenset("ab"), val=frozenset("v"), unknown=("h",))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"train": 1}', "[" * 100_000, json.dumps({"train": [1]})])
def test_a_damaged_record_is_an_error(text: str) -> None:
    with pytest.raises(CheckpointError, match="record of photos"):
        seen_by({PHOTOS: text})


def test_only_networks_of_garment_photos_fall_back_to_the_embedded_ones() -> None:
    other = Seen(train=frozenset({"0" * 32}))
    assert is_of_garments(CLASSES, {}) and is_of_garments(CLASSES, {"split_hash": sample_split_hash()})
    assert not is_of_garments(("background", "mug"), {})
    assert not is_of_garments(CLASSES, {"split_hash": "0123456789abcdef"})
    assert not is_of_garments(CLASSES, {PHOTOS: other.to_text()})
