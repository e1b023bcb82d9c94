"""Photos never mix: whatever a folder holds and whatever it is called, nothing held out is learnt from or chosen on."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pocketseg.core.errors import DataError, SplitError, UsageError
from pocketseg.core.files import write_json
from pocketseg.data.calibration import (
    EMBEDDED,
    Calibration,
    Part,
    calibration_for,
    evenly,
    open_calibration,
    parity_photos,
)
from pocketseg.data.embedded import sample_ids, sample_photos, sample_split, sample_split_hash
from pocketseg.data.photos import digest, open_photos
from pocketseg.data.seen import learnt_from, overlap
from pocketseg.data.split import Split, own_split, read_split, to_json
from pocketseg.data.training_photos import training_photos, unlabelled_photos
from pocketseg.training.start import share_of

HELD_OUT = ("val", "test", "never")
PARTS = ("train", *HELD_OUT, "none")


@dataclass(frozen=True)
class World:
    """A folder, the split of its originals, and what each file's photo is: a part, or none. copies: encoded anew."""

    root: Path
    split_file: Path
    part_of: dict[str, str]  # by file name without suffix

    @property
    def spec(self) -> str:
        return f"folder:{self.root}"


def _photo(name: str, version: str = "original") -> bytes:
    return f"{name} {version}".encode()  # nothing here decodes a photo


# Each photo: its part, whether it has a mask, and the forms in which its folder holds it.
PHOTOS = st.lists(
    st.tuples(st.sampled_from(PARTS), st.booleans(), st.sets(st.sampled_from(("plain", "renamed")), min_size=1)),
    min_size=4,
    max_size=12,
)


@contextmanager
def world(photos: list[tuple[str, bool, set[str]]], *, prepared: bool, own: bool) -> Iterator[World]:
    """Make a folder. prepared: a copy whose bytes are others, with its log; own: its split lies in it."""
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "data"
        (root / "images").mkdir(parents=True)
        (root / "masks").mkdir()
        by_part: dict[str, dict[str, str]] = {part: {} for part in PARTS}
        copies: dict[str, dict[str, str]] = {part: {} for part in PARTS}
        part_of, log = {}, []
        for number, (part, labelled, forms) in enumerate(photos):
            name = f"shop/{number:02}" if prepared else f"{number:02}"
            original = Path(place) / "original"
            original.write_bytes(_photo(name))
            masked = (labelled or part in ("train", "val", "test")) and part != "never"
            by_part[part][name] = digest(original)
            for form in sorted(
                forms | ({"plain"} if own and part != "none" else set())
            ):  # what its split names is there
                stem = name.replace("/", "-") if form == "plain" else f"other-{number:02}"
                file = root / "images" / f"{stem}.jpg"
                file.write_bytes(_photo(name, "copy" if prepared else "original"))
                part_of[stem] = part
                if masked and form == "plain":
                    (root / "masks" / f"{stem}.png").write_bytes(b"")
                    copies[part][stem] = digest(file)
                elif part == "never":
                    copies[part][stem] = digest(file)
                log.append(json.dumps({"id": stem, "key": "", "files": [], "sources": [digest(original)]}))
        if prepared:
            (root / "prepared.jsonl").write_text("\n".join(log) + "\n")
        split = _split(by_part)
        if own:
            write_json(root / "split.json", to_json(_split(copies, prepared_from=split.hash)))
        yield World(root, write_json(Path(place) / "split.json", to_json(split)), part_of)


def _split(by_part: dict[str, dict[str, str]], **made_with: str) -> Split:
    photos = {part: by_part[part] for part in ("train", "val", "test")}
    return Split(name="own", photos=photos, never=by_part["never"], made_with={"format": "folder", **made_with})


def _parts(found: Calibration, there: World) -> set[str]:
    return {there.part_of[file.stem] for file in found.files}


def _or_nothing(choose: Callable[[], Calibration]) -> Calibration | None:
    """Choose; a refusal chooses nothing, and is one of those that are said."""
    try:
        return choose()
    except (DataError, UsageError) as error:
        assert error.hint
        return None


@settings(deadline=None, max_examples=100)
@given(photos=PHOTOS, prepared=st.booleans(), own=st.booleans(), named=st.booleans(), count=st.integers(1, 9))
def test_what_calibrates_and_compares_is_never_held_out(
    photos: list[tuple[str, bool, set[str]]], prepared: bool, own: bool, named: bool, count: int
) -> None:
    if not any(part in ("train", "val", "test") for part, _, _ in photos):
        photos = [*photos, ("train", True, {"plain"})]
    with world(photos, prepared=prepared, own=own) as there:
        split_file = there.split_file if named else None
        found = _or_nothing(lambda: open_calibration(there.spec, count, split_file))
        if found is None:
            return
        labelled = set(open_photos(there.spec).ids)
        if named or own:
            assert not _parts(found, there) & set(HELD_OUT)
            assert all(there.part_of[f.stem] == "train" for f in found.files if f.stem in labelled)
        else:
            assert not labelled, "labelled photos without a split were taken"
        assert len(found.files) <= count and list(found.digests) == [digest(f) for f in found.files]
        assert set(parity_photos(found).digests) <= set(found.digests)


@settings(deadline=None, max_examples=60)
@given(photos=PHOTOS, prepared=st.booleans(), own=st.booleans())
def test_photos_without_masks_that_a_run_learns_from_are_never_copies_of_held_out_ones(
    photos: list[tuple[str, bool, set[str]]], prepared: bool, own: bool
) -> None:
    photos = [*photos, ("train", True, {"plain"})]
    with world(photos, prepared=prepared, own=own) as there:
        data = open_photos(there.spec)
        split = read_split(own_split(data) or there.split_file)
        found = unlabelled_photos(data, split)
        assert not {there.part_of[i] for i in found} & set(HELD_OUT)
        if own or not prepared:
            seen = learnt_from(data, split, split.ids("train"), found)
            for part in ("val", "test"):
                held = [i for i in split.ids(part) if (there.root / f"images/{i}.jpg").is_file()]
                assert overlap({"photos": seen.to_text()}, data, held, split).train == 0


@settings(deadline=None, max_examples=60)
@given(photos=PHOTOS)
def test_photos_of_another_folder_that_the_split_of_the_data_holds_out_do_not_calibrate(
    photos: list[tuple[str, bool, set[str]]],
) -> None:
    photos = [*photos, ("train", True, {"plain"}), ("test", True, {"plain"})]
    with world(photos, prepared=False, own=True) as data, tempfile.TemporaryDirectory() as place:
        other = Path(place) / "images"
        other.mkdir()
        for number, file in enumerate(sorted((data.root / "images").iterdir())):
            (other / f"x{number:02}.jpg").write_bytes(file.read_bytes())
        spec = f"folder:{place}"  # no mask in it
        found = _or_nothing(lambda: calibration_for(spec, data.spec, data.split_file))
        held_out = {digest(f) for f in (data.root / "images").iterdir() if data.part_of[f.stem] in HELD_OUT}
        assert found is None or not set(found.digests) & held_out


def test_the_embedded_photos_do_not_calibrate_where_the_split_of_the_data_holds_them_out(tmp_path: Path) -> None:
    sample = sample_photos()
    (tmp_path / "images").mkdir()
    (tmp_path / "masks").mkdir()
    names = sample_ids("train")[:6]
    for name in names:
        (tmp_path / f"images/{name}.jpg").write_bytes(sample.image_path(name).read_bytes())
        (tmp_path / f"masks/{name}.png").write_bytes(b"")
    found = {i: digest(tmp_path / f"images/{i}.jpg") for i in names}
    parts = {"train": names[:2], "val": names[2:4], "test": names[4:]}
    split = Split(
        name="own", photos={p: {i: found[i] for i in ids} for p, ids in parts.items()}, never={}, made_with={}
    )
    file = write_json(tmp_path / "s.json", to_json(split))
    taken = calibration_for(EMBEDDED, f"folder:{tmp_path}", file)
    assert set(taken.digests) == {digest(sample.image_path(i)) for i in sample_ids("train")} - {
        found[i] for i in names[2:]
    }


@given(st.lists(st.text("abc", min_size=1, max_size=3), unique=True, min_size=1), st.floats(0.01, 1), st.integers(1, 9))
def test_shares_and_even_choices_take_from_what_they_are_given(ids: list[str], share: float, count: int) -> None:
    assert set(share_of(ids, share)) <= set(ids) and set(evenly(ids, count)) <= set(ids)
    assert len(set(evenly(ids, count))) == min(count, len(ids))


# ---- the cures that a refusal names ----------------------------------------------------------------------------------


def test_labelled_photos_without_a_split_are_refused_with_both_cures(tmp_path: Path) -> None:
    with world([("train", True, {"plain"}), ("test", True, {"plain"})], prepared=False, own=False) as there:
        with pytest.raises(DataError, match="no split says which") as caught:
            open_calibration(there.spec)
        assert "--split-file" in caught.value.hint and "--calibration-split all" in caught.value.hint
        assert len(open_calibration(there.spec, part=Part.ALL).files) == 2
        assert [f.stem for f in open_calibration(there.spec, split_file=there.split_file).files] == ["00"]
        with pytest.raises(UsageError, match="takes every photo"):
            open_calibration(there.spec, split_file=there.split_file, part=Part.ALL)


def test_photos_without_any_mask_are_taken_as_they_are() -> None:
    with world([("none", False, {"plain"})] * 3 + [("train", True, {"plain"})], prepared=False, own=False) as there:
        (there.root / "masks/03.png").unlink()
        assert len(open_calibration(there.spec).files) == 4


def test_taking_all_photos_says_which_a_committed_split_holds_out(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for name in (*sample_ids("test")[:2], sample_ids("train")[0]):
        (tmp_path / f"images/{name}.jpg").write_bytes(sample_photos().image_path(name).read_bytes())
    found = open_calibration(f"folder:{tmp_path}", part=Part.ALL)
    assert len(found.files) == 3 and found.notes == ("2 photos are test photos of the committed split ccp",)


def test_a_training_photo_with_other_bytes_is_refused() -> None:
    with world([("train", True, {"plain"}), ("val", True, {"plain"})], prepared=False, own=False) as there:
        (there.root / "images/00.jpg").write_bytes(b"another")
        with pytest.raises(SplitError, match="is not the one that split own was made from"):
            open_calibration(there.spec, split_file=there.split_file)


def test_held_out_photos_are_not_opened_where_their_names_tell() -> None:
    with world([("train", True, {"plain"}), ("val", True, {"plain"})], prepared=False, own=False) as there:
        (there.root / "images/01.jpg").unlink()
        (there.root / "images/01.jpg").symlink_to(there.root / "nowhere")
        assert [f.stem for f in open_calibration(there.spec, split_file=there.split_file).files] == ["00"]


def test_the_embedded_split_is_read_without_its_photos(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> str:
        raise AssertionError(f"{path} was opened")

    want = {p: {i: digest(sample_photos().image_path(i)) for i in sample_ids(p)} for p in ("train", "val", "test")}
    monkeypatch.setattr("pocketseg.data.photos.digest", refuse)
    assert {p: dict(found) for p, found in sample_split().photos.items()} == want


def test_training_photos_of_the_committed_split_are_found_under_other_names(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "masks").mkdir()
    for place, part in enumerate(("train", "val", "test")):
        (tmp_path / f"images/x{place}.jpg").write_bytes(sample_photos().image_path(sample_ids(part)[0]).read_bytes())
        (tmp_path / f"masks/x{place}.png").write_bytes(b"")
    found = training_photos(open_photos(f"folder:{tmp_path}"))
    assert list(found.digests) == ["x0"] and found.split_hash == sample_split_hash()
