"""Which photos of a data set may be looked at before the final score: its training photos under the split in force.

The split in force is the named one, else the data's own split.json, else the committed one that knows every labelled
photo. A photo is known by its id, its bytes, or the bytes that `data prepare` made it from, so that a renamed or
re-encoded copy of a held-out photo stays held out. Held-out photos are not opened where their ids identify them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pocketseg.core.errors import DataError, SplitError
from pocketseg.data.photos import PhotoSet, digest
from pocketseg.data.prepared import source_digests
from pocketseg.data.split import Split, committed_splits, held_out_elsewhere, own_split, read_split

HELD_OUT = ("val", "test")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPhotos:
    """Photos that are in training.

    Attributes:
        digests: of the training photos' files, by id, in the order of the ids.
        split_hash: empty where no split is in force.
        notes: what a user should know about the choice.
    """

    digests: dict[str, str]
    split_hash: str
    notes: tuple[str, ...] = ()


def training_photos(
    photos: PhotoSet, split_file: Path | None = None, held_out_by: Sequence[Split] = ()
) -> TrainingPhotos:
    """Return the photos that are in training, labelled or not; never one that the split in force holds out.

    Data without any masks holds nothing out by itself.

    Args:
        photos: the data set.
        split_file: the named split, or None.
        held_out_by: splits of other data in use, whose held-out photos are left out too.

    Raises:
        DataError: where photos are labelled and no split says which of them are training photos.
        SplitError: for a split that does not fit.
    """
    files = _Files(photos)
    split, others = _in_force(files, split_file), list(held_out_by)
    if split_file is not None and (named := read_split(split_file)) != split:
        others.append(named)
    if split is None and photos.ids:
        raise DataError(
            f"{photos.root} is labelled, but no split says which of its photos are training photos",
            hint=(
                f"put one beside them ({photos.root / 'split.json'}; `pocketseg data split` makes it)"
                if held_out_by
                else "give --split-file SPLIT.json (`pocketseg data split` makes one)"
            )
            + (
                ", so that validation and test photos are left out;\nor --calibration-split all, if no photo of it "
                "will ever be scored"
            ),
            path=photos.root,
        )
    if split is None:
        others += map(read_split, committed_splits())
    chosen, left_out = _chosen(files, split, others)
    notes = list(held_out_elsewhere(split)) if split else []
    notes += _left_out(photos, left_out)
    return TrainingPhotos(digests=chosen, split_hash=split.hash if split else "", notes=tuple(notes))


def every_photo(photos: PhotoSet, held_out_by: Sequence[Split] = ()) -> TrainingPhotos:
    """Return all photos, where the user asked for them all, with a note on those that a committed split holds out.

    held_out_by: splits of other data in use: that data is scored, so its held-out photos are left out all the same.
    """
    files = _Files(photos)
    held_out = set(held_out_of(held_out_by))
    left_out = [i for i in files.ids if files.bytes_of(i) & held_out]
    found = {i: files.digest(i) for i in files.ids if i not in set(left_out)}
    notes = _left_out(photos, left_out)
    for split in map(read_split, committed_splits()):
        for part in HELD_OUT:
            if shared := [i for i in found if files.bytes_of(i) & set(split.photos[part].values())]:
                notes.append(f"{len(shared)} photos are {part} photos of the committed split {split.name}")
    return TrainingPhotos(digests=found, split_hash="", notes=tuple(notes))


def with_originals(split: Split, photos: PhotoSet) -> Split:
    """Return a split that also holds out, under other names, the files from which its held-out photos were prepared."""
    made_from = source_digests(photos)
    held_out = [*(i for part in HELD_OUT for i in split.photos[part]), *split.never]
    originals = {f"original {k} of {i}": d for i in held_out for k, d in enumerate(made_from.get(i, ()))}
    return dataclasses.replace(split, never={**split.never, **originals})


def may_be_of(split: Split, photos: PhotoSet) -> bool:
    """Return whether a split of other data can apply to these photos.

    It does where it names some of their bytes, or where none of the photos is labelled. Equal names tell nothing about
    labelled photos: every camera counts from 1.
    """
    files = _Files(photos)
    named = {d for part in split.photos.values() for d in part.values()} | set(split.never.values())
    return not photos.ids or any(files.bytes_of(i) & named for i in files.ids)


def _left_out(photos: PhotoSet, ids: Sequence[str]) -> list[str]:
    """Return a note on the photos that are left out because of another split; empty where none is."""
    if not ids:
        return []
    return [
        f"{len(ids)} photos of {photos.root} are left out, e.g. {ids[0]}: they are validation or test photos of "
        "another split"
    ]


class _Files:
    """A data set's photos; each file is hashed on first use, at most once."""

    def __init__(self, photos: PhotoSet) -> None:
        self.photos = photos
        self.ids = tuple(sorted({*photos.ids, *photos.unlabelled_ids}))
        self.labelled = frozenset(photos.ids)
        self.made_from = source_digests(photos)
        self._found: dict[str, str] = {}

    def digest(self, photo_id: str) -> str:
        if photo_id not in self._found:
            self._found[photo_id] = digest(self.photos.image_path(photo_id))
        return self._found[photo_id]

    def bytes_of(self, photo_id: str) -> set[str]:
        """Return the digests that a photo is known by: its file's, and that of the file it was prepared from."""
        return {self.digest(photo_id), *self.made_from.get(photo_id, ())}


def _in_force(files: _Files, split_file: Path | None) -> Split | None:
    """Return the split in force, None where there is none. Raises SplitError for a damaged file."""
    named = read_split(split_file) if split_file else None
    beside = own_split(files.photos)
    own = read_split(beside) if beside else None
    if named is not None and own is not None and own.made_with.get("prepared_from") == named.hash:
        return own  # the same split, of the copies
    if named is not None and any(_knows(named, files, photo_id) for photo_id in files.ids):
        return named
    return own or _committed_for(files)


def _knows(split: Split, files: _Files, photo_id: str) -> bool:
    """Return whether a split names a photo: by its id, or by its bytes where the split does not have the id."""
    if _part_of(split, photo_id):
        return True
    return any(files.bytes_of(photo_id) & set(split.photos[part].values()) for part in split.photos)


def _committed_for(files: _Files) -> Split | None:
    """Return the committed split that knows every labelled photo: by ids, else by bytes under other names."""
    photos = files.photos
    if not photos.ids:
        return None
    for split in map(read_split, committed_splits()):
        by_id = {i: d for part in split.photos for i, d in split.photos[part].items()}
        if set(photos.ids) <= by_id.keys():
            train = [i for i in photos.ids if i in split.photos["train"]]
            if all(by_id[i] in files.bytes_of(i) for i in train):
                return split
        elif all(files.bytes_of(i) & set(by_id.values()) for i in photos.ids):
            return split
    return None


def unlabelled_photos(photos: PhotoSet, split: Split) -> list[str]:
    """Return the photos without masks that a run may train on: no copies or near-duplicates of held-out ones."""
    files = _Files(photos)
    held_out = _held_out_bytes(files, split)
    free = [i for i in photos.unlabelled_ids if i not in split.never and _part_of(split, i) not in HELD_OUT]
    return [i for i in free if not files.bytes_of(i) & held_out]


def _held_out_bytes(files: _Files, split: Split) -> set[str]:
    """Return every digest that a held-out photo is known by, including the bytes that a copy was made from."""
    ids = [i for part in HELD_OUT for i in split.photos[part]] + list(split.never)
    return {*held_out_of([split]), *(d for i in ids for d in files.made_from.get(i, ()))}


def _chosen(files: _Files, split: Split | None, others: Sequence[Split]) -> tuple[dict[str, str], list[str]]:
    """Return the training photos with their digests, and the ids that only another split holds out."""
    held_out = _held_out_bytes(files, split) if split else set[str]()
    elsewhere = set(held_out_of(others))
    train = set(split.photos["train"].values()) if split else set[str]()
    never_named = {i for s in (*others, *([split] if split else [])) if _is_of(s, files.photos) for i in s.never}
    chosen: dict[str, str] = {}
    left_out = []
    for photo_id in files.ids:
        if (split is not None and _part_of(split, photo_id) in HELD_OUT) or photo_id in never_named:
            continue
        known = files.bytes_of(photo_id)
        if known & held_out:
            continue
        if split is not None and photo_id in files.labelled and not known & train:
            if photo_id in split.photos["train"]:
                raise SplitError(
                    f"photo {files.photos.image_path(photo_id)} is not the one that split {split.name} was made from",
                    hint="its bytes differ: restore the original, or make a split of this data",
                    path=files.photos.image_path(photo_id),
                )
            continue  # labelled, and in no part
        if known & elsewhere:
            left_out.append(photo_id)
            continue
        chosen[photo_id] = files.digest(photo_id)
    return chosen, left_out


def _part_of(split: Split, photo_id: str) -> str:
    return next((part for part in split.photos if photo_id in split.photos[part]), "")


def held_out_of(splits: Iterable[Split]) -> Iterator[str]:
    """Yield the digests of every photo that one of the splits holds out."""
    for split in splits:
        for part in HELD_OUT:
            yield from split.photos[part].values()
        yield from split.never.values()


def _is_of(split: Split, photos: PhotoSet) -> bool:
    """Return whether a split's ids are names in this format, so that a re-encoded photo is recognised by its name."""
    return split.made_with.get("format") == photos.format
