"""Which photos a network was trained on, as far as its file or a known split tells, and what scores on them mean."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pocketseg.core.classes import CLASSES
from pocketseg.core.errors import CheckpointError, UsageError
from pocketseg.core.outside import parse_json
from pocketseg.data.embedded import sample_split
from pocketseg.data.photos import PhotoSet, digest
from pocketseg.data.prepared import source_digests
from pocketseg.data.split import Split, committed_splits, own_split, read_split

PHOTOS = "photos"  # metadata of a weights file: the digests of photos that it was trained or chosen on


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Digests of photos.

    Attributes:
        train: trained on, with masks.
        unlabelled: trained on without masks.
        val: photos on which the best epoch was chosen.
        unknown: hashes of splits whose photos are not known.
    """

    train: frozenset[str] = frozenset()
    unlabelled: frozenset[str] = frozenset()
    val: frozenset[str] = frozenset()
    unknown: tuple[str, ...] = ()

    def __or__(self, other: Seen) -> Seen:
        return Seen(
            train=self.train | other.train,
            unlabelled=self.unlabelled | other.unlabelled,
            val=self.val | other.val,
            unknown=tuple(dict.fromkeys((*self.unknown, *other.unknown))),
        )

    def to_text(self) -> str:
        """Return the text that a weights file keeps."""
        return json.dumps({name: sorted(getattr(self, name)) for name in _LISTS})


_LISTS = ("train", "unlabelled", "val", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """How many of the scored photos a network was trained or chosen on; None where that cannot be known.

    note: a sentence for the user, empty where there is nothing to say.
    """

    train: int | None
    val: int | None
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the counts as plain values."""
        return {"train": self.train, "val": self.val}


def learnt_from(photos: PhotoSet, split: Split, ids: Sequence[str], unlabelled: Sequence[str]) -> Seen:
    """Return what a run sees: training photos, photos without masks, and the split's validation photos.

    A copy made by `data prepare` also counts as the photo that it was made from.
    """
    made_from = source_digests(photos)

    def known(chosen: Sequence[str], digests: Mapping[str, str]) -> frozenset[str]:
        return frozenset(d for i in chosen for d in (digests[i], *made_from.get(i, ())))

    return Seen(
        train=known(ids, split.photos["train"]),
        unlabelled=known(unlabelled, {i: digest(photos.image_path(i)) for i in unlabelled}),
        val=known(split.ids("val"), split.photos["val"]),
    )


def seen_by(metadata: Mapping[str, str], splits: Iterable[Split] = (), source: object = "the weights") -> Seen:
    """Return what a network has seen: as its file says, else the photos of the split whose hash it names.

    splits: known ones beside the committed ones. Raises CheckpointError for a damaged record.
    """
    if PHOTOS in metadata:
        try:
            content = parse_json(metadata[PHOTOS])
            lists = [content[name] for name in _LISTS]
            if not all(isinstance(v, list) and all(isinstance(x, str) for x in v) for v in lists):
                raise TypeError("its entries are not lists of texts")
        except (ValueError, KeyError, TypeError) as error:
            raise CheckpointError(
                f"the record of photos in {source} is damaged: {error}", hint="make it again"
            ) from error
        train, unlabelled, val, unknown = lists
        return Seen(
            train=frozenset(train), unlabelled=frozenset(unlabelled), val=frozenset(val), unknown=tuple(unknown)
        )
    named = metadata.get("split_hash", "")
    if not named:
        return Seen()
    for split in (*splits, *map(read_split, committed_splits()), sample_split()):
        if split.hash == named:
            return Seen(train=frozenset(split.photos["train"].values()), val=frozenset(split.photos["val"].values()))
    return Seen(unknown=(named,))


def overlap(metadata: Mapping[str, str], photos: PhotoSet, ids: Sequence[str], split: Split | None) -> Overlap:
    """Compare the photos that are scored with those that a network has seen, byte for byte.

    A copy made by `data prepare` is known by the bytes that it was made from.

    Args:
        metadata: of the weights file.
        photos: the data set that is scored.
        ids: of the photos that are scored.
        split: the one that chose the photos, None where all are scored.
    """
    beside = own_split(photos)
    seen = seen_by(metadata, [*([split] if split else []), *([read_split(beside)] if beside else [])])
    made_from = source_digests(photos)
    found = [{digest(photos.image_path(i)), *made_from.get(i, ())} for i in ids]
    train, val = (sum(bool(known & digests) for known in found) for digests in (seen.train | seen.unlabelled, seen.val))
    if seen.unknown and not train:
        return Overlap(
            train=None,
            val=None,
            note=(
                f"it was trained on split {', '.join(seen.unknown)}, which is not available here: whether any of "
                "these photos is among its training photos cannot be known"
            ),
        )
    said = []
    if train:
        said.append(f"it was trained on {_of(train, len(ids))} photos, so its scores are optimistic")
    if val and not (split is not None and set(ids) <= set(split.photos["val"])):
        said.append(f"it was chosen on {_of(val, len(ids))} photos")
    return Overlap(train=train, val=val, note="; ".join(said))


def learnt_held_out(metadata: Mapping[str, str], photos: PhotoSet, split: Split) -> str:
    """Return how many validation and test photos of a split a network was trained on.

    The text reads `3 of the 8 validation photos of split NAME`; it is empty where there are none, or where that is not
    known. No photo is opened: the split has their digests.
    """
    seen = seen_by(metadata, [split])
    learnt, made_from = seen.train | seen.unlabelled, source_digests(photos)
    said = []
    for part, name in (("val", "validation"), ("test", "test")):
        held_out = split.photos[part]
        if count := sum(bool({d, *made_from.get(i, ())} & learnt) for i, d in held_out.items()):
            said.append(f"{count} of the {len(held_out)} {name} photos")
    return f"{' and '.join(said)} of split {split.name}" if said else ""


def _of(count: int, total: int) -> str:
    return f"these {total}" if count == total else f"{count} of these {total}"


def is_of_garments(classes: Sequence[str], metadata: Mapping[str, str]) -> bool:
    """Return whether the embedded garment photos are like those that a network was made for.

    It has the garment classes, and nothing says that it was trained on photos other than those of a committed split.
    """
    if tuple(classes) != CLASSES:
        return False
    known = {d for s in map(read_split, committed_splits()) for part in s.photos.values() for d in part.values()}
    seen = seen_by(metadata)
    return not seen.unknown and seen.train <= known


def need_garments(name: str, classes: Sequence[str], metadata: Mapping[str, str], recipe: str) -> None:
    """Refuse to calibrate a network of other photos on the embedded ones unless asked to. Raises UsageError."""
    if not is_of_garments(classes, metadata):
        raise UsageError(
            f"{recipe} takes number ranges from photos, but the embedded photos show garments, on which {name} was "
            "not trained",
            hint=(
                "give some of its own training photos: --calibration FORMAT:PATH --split-file SPLIT.json (or "
                "--data);\n--calibration embedded uses the garment photos anyway"
            ),
        )
