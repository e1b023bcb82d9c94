"""Look-alikes: what the descriptor calls alike, how a threshold is chosen, and which photos stay."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pocketseg.core.errors import DataError, SplitError
from pocketseg.data.photos import Pixels
from pocketseg.data.split import COMMITTED, Split, committed_splits, read_split
from pocketseg.data.strict import strict_ids
from scripts.test_and_validation import descriptor, kept, look_alikes
from scripts.test_and_validation.look_alikes import Photos


def _street(seed: int) -> Pixels:
    """Return a photo of blocks and stripes of random colours, 600 x 400 px, smooth enough to be scaled."""
    generator = np.random.default_rng(seed)
    small = generator.integers(0, 256, (12, 8, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize((400, 600), Image.Resampling.BICUBIC))


def _with_person(street: Pixels, colour: tuple[int, int, int]) -> Pixels:
    photo = street.copy()
    photo[90:560, 150:250] = colour
    return photo


def _backdrops(*photos: Pixels) -> descriptor.Array:
    described = descriptor.describe([descriptor.reduced(p) for p in photos])
    return descriptor.backdrop(described, described)


def test_a_backdrop_is_known_again_behind_another_person_mirrored_and_cropped() -> None:
    street = _with_person(_street(1), (200, 30, 30))
    other_person = _with_person(_street(1), (20, 20, 120))
    cropped = street[12:588, 8:392]
    elsewhere = [_with_person(_street(seed), (200, 30, 30)) for seed in range(2, 12)]
    likeness = _backdrops(street, other_person, street[:, ::-1], other_person[:, ::-1], cropped, *elsewhere)
    assert likeness[0, 0] == pytest.approx(1.5, abs=1e-4)
    assert likeness[0, 2] == pytest.approx(1.5, abs=0.01)  # a direction on the border of two bins may change
    assert likeness[0, 1:5].min() > likeness[0, 5:].max() + 0.3


def test_other_colours_make_another_backdrop() -> None:
    street = _with_person(_street(1), (90, 90, 90))
    recoloured = np.ascontiguousarray(street[..., ::-1])
    likeness = _backdrops(street, recoloured)
    assert likeness[0, 1] < likeness[0, 0] - 0.3


def test_an_outfit_is_known_again_elsewhere_and_not_in_other_colours() -> None:
    here, there = _with_person(_street(1), (200, 30, 30)), _with_person(_street(2), (200, 30, 30))
    changed = _with_person(_street(1), (20, 20, 120))
    described = descriptor.describe([descriptor.reduced(p) for p in (here, there, there[:, ::-1], changed)])
    likeness = descriptor.outfit(described, described)[0]
    assert likeness[0] == pytest.approx(1, abs=1e-4)
    assert min(likeness[1], likeness[2]) > 0.9 > 0.5 > likeness[3]


def test_a_photo_without_contrast_is_described_without_a_division_by_zero() -> None:
    plain = np.full((300, 200, 3), 128, np.uint8)
    with np.errstate(all="raise"):
        likeness = _backdrops(plain, _with_person(_street(1), (0, 0, 0)))
    assert np.isfinite(likeness).all()


def test_a_threshold_weighs_recall_and_ties_go_to_the_higher_one() -> None:
    pairs = [(0.9, True), (0.8, False), (0.7, True), (0.6, False), (0.5, False), (0.4, True)]
    found = look_alikes.choose(pairs)
    assert (found.value, found.precision, found.recall) == (0.4, 0.5, 1.0)
    assert look_alikes.choose(pairs, above=0.4).value == 0.7
    same = [(0.9, True), (0.9, True), (0.9, False)]
    assert look_alikes.choose(same).value == 0.9 and look_alikes.choose(same).precision == pytest.approx(
        2 / 3, abs=1e-4
    )
    with pytest.raises(DataError, match="judged alike"):
        look_alikes.choose([(0.9, False)])


def _photos(**streets: tuple[str, Pixels]) -> Photos:
    small = [descriptor.reduced(p) for _, p in streets.values()]
    return Photos(
        ids=tuple(streets), parts=tuple(part for part, _ in streets.values()), described=descriptor.describe(small)
    )


def _described(test: dict[str, Pixels], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    train = {f"t{k}": ("train", _with_person(_street(1), (9 * k, 40, 200 - 9 * k))) for k in range(2)}
    train["t2"] = ("train", train["t0"][1][12:588, 8:392])
    train |= {f"u{k}": ("train", _with_person(_street(20 + k), (200, 200 - 40 * k, 40 * k))) for k in range(3)}
    judged = {
        "backdrop": {"t0 t1": "alike", "t0 t2": "alike", "t1 t2": "alike", "t0 u0": "different"},
        "outfit": {"t0 t1": "alike", "t0 t2": "alike", "t1 t2": "alike", "u0 u1": "different"},
    }
    monkeypatch.setattr(kept, "JUDGED", tmp_path / "judged.json")
    (tmp_path / "judged.json").write_text(json.dumps(judged))
    photos = _photos(**train, **{i: ("test", p) for i, p in test.items()})
    parts = {part: {i: i * 8 for i, p in zip(photos.ids, photos.parts, strict=True) if p == part} for part in
             ("train", "test")}  # fmt: skip
    split = Split(name="made", photos={**parts, "val": {}}, never={}, made_with={})
    return look_alikes.strict(photos, split)


def test_test_photos_with_a_look_alike_are_left_out_and_named_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again, alone = _with_person(_street(1)[:, ::-1], (250, 250, 0)), _with_person(_street(40), (0, 250, 250))
    found = _described({"a": again, "b": alone}, tmp_path, monkeypatch)
    assert found["test"] == ["b"]
    left = found["left_out"]
    assert isinstance(left, dict) and list(left) == ["a"]
    assert left["a"]["beside"] in ("t0", "t1", "t2") and left["a"]["of"] == "train" and left["a"]["kind"] == "backdrop"


def test_a_strict_subset_may_be_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = _described({"a": _with_person(_street(1), (250, 250, 0))}, tmp_path, monkeypatch)
    assert found["test"] == []


def test_the_committed_strict_subset_is_of_test_photos_of_its_split() -> None:
    (split,) = (read_split(p) for p in committed_splits())
    ids = strict_ids(split)
    content = json.loads((COMMITTED / f"{split.name}.strict.json").read_text())
    assert ids and set(ids) | set(content["left_out"]) == set(split.ids("test"))
    assert not set(ids) & set(content["left_out"])
    for entry in content["left_out"].values():
        threshold = content["thresholds"][entry["kind"]]["value"]
        assert entry["score"] >= threshold and entry["beside"] not in split.photos["test"]
        assert entry["beside"] not in split.never


def test_a_split_without_a_file_has_no_strict_subset_and_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (split,) = (read_split(p) for p in committed_splits())
    assert strict_ids(split, tmp_path) == ()
    path = tmp_path / "some.strict.json"
    path.write_text(json.dumps({"split_hash": "another", "test": ["0007"]}))
    assert strict_ids(split, tmp_path) == ()
    for content in ("[]", "{", json.dumps({"split_hash": split.hash, "test": [1]}), json.dumps({"test": []})):
        path.write_text(content)
        with pytest.raises(SplitError, match="not a strict subset"):
            strict_ids(split, tmp_path)
    path.write_text(json.dumps({"split_hash": split.hash, "test": [split.ids("train")[0]]}))
    with pytest.raises(SplitError, match="not a test photo"):
        strict_ids(split, tmp_path)


@pytest.mark.documents
def test_thresholds_were_judged_on_training_photos_alone() -> None:
    (split,) = (read_split(p) for p in committed_splits())
    judged = json.loads(kept.JUDGED.read_text())
    named = {i for kind in look_alikes.KINDS for pair in judged[kind] for i in pair.split()}
    assert named and named <= set(split.ids("train"))
