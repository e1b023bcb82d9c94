"""Refuses, before any work, to train on or to score photos whose labels are missing or do not mean what they seem
to."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from pocketseg.core.errors import DataError
from pocketseg.core.files import sha256_file, sha256_json
from pocketseg.data.exif import read_stored
from pocketseg.data.layouts import looks_like
from pocketseg.data.mask_facts import MaskFacts, Verdict, class_order_fault, facts, verdict
from pocketseg.data.photos import PhotoSet, check_pair

CLASSES_HINT = (
    'write classes.json beside images/ and masks/, a list of names by mask value, e.g. ["background", "mug"]; or name '
    "the data folder:PATH@MAPPING.toml"
)


def nothing_labelled(photos: PhotoSet) -> DataError | None:
    """Return the fault of a data set without a single labelled photo."""
    if photos.ids:
        return None
    said = looks_like(photos.root)
    return DataError(
        f"{photos.root} holds no labelled photo ({len(photos.unlabelled_ids)} without labels)",
        hint=said or _EXPECTED.get(photos.format, "its photos have no labels: is it the right folder?"),
        path=photos.root,
    )


_EXPECTED = {
    "folder": "masks belong into masks/NAME.png, beside images/NAME.jpg",
    "ccp": "labels belong into annotations/pixel-level/NNNN.mat",
    "imaterialist": "train.csv has no row for a photo in train: is it the right train.csv?",
}


def part_name(part: str) -> str:
    """Return how sentences refer to a part of a data set, or to all of its labelled photos."""
    return "these photos" if part == "all" else f"the {part} part"


def labels_hash(photos: PhotoSet, ids: Sequence[str]) -> str:
    """Return a hash of everything besides code that decides the labels of photos: files, table, and how masks lie."""
    files = dict.fromkeys(path for i in ids for path in (photos.labelled_at(i)[0], photos.mask_path(i)))
    said = [sha256_file(path) if path.is_file() else "" for path in files]
    return sha256_json({"files": said, "mapping": dataclasses.asdict(photos.mapping)})[:16]


def need_labels(photos: PhotoSet) -> None:
    """Refuse a data set without any labelled photo. Raises DataError."""
    fault = nothing_labelled(photos)
    if fault is not None:
        raise fault


def unnamed_classes(photos: PhotoSet) -> DataError | None:
    """Return the fault of classes that are only assumed: training and `data check` name it, scoring does not."""
    if not photos.assumption:
        return None
    names = ", ".join(f'"{c}"' for c in photos.classes)
    return DataError(
        f"{photos.assumption}; training needs named classes",
        hint=f"{CLASSES_HINT}; for the garment classes, write [{names}]",
        path=photos.root,
    )


def need_named_classes(photos: PhotoSet) -> None:
    """Refuse to train where nothing is labelled, or where the classes are assumed or in a doubtful order.

    Raises DataError.
    """
    need_labels(photos)
    fault = class_order_fault(photos) or unnamed_classes(photos)
    if fault is not None:
        raise fault


def check_labelled(
    photos: PhotoSet,
    ids: Sequence[str],
    where: str = "these photos",
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[str, ...]:
    """Read the masks of photos, not the photos themselves, and return the notes on them.

    Args:
        photos: the data set.
        ids: of the photos whose masks are read.
        where: what errors call these photos.
        progress: called as the work goes on.

    Raises:
        DataError: for the first fault (masks of one kind of fault share one), and where every labelled pixel is of the
            first class.
    """
    found: list[MaskFacts] = []
    faults: list[DataError] = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            for done, one in enumerate(pool.map(lambda i: _look(photos, i), ids), start=1):
                if isinstance(one, DataError):
                    faults.append(one)
                else:
                    found.append(one)
                progress(done, len(ids))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return raised(verdict(photos, found, faults, where))


def check_parts(photos: PhotoSet, parts: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the notes on the masks of some parts of a split, each once. Raises DataError, part by part."""
    said = [note for part, ids in parts.items() for note in check_labelled(photos, ids, part_name(part))]
    return tuple(dict.fromkeys(said))


def raised(said: Verdict) -> tuple[str, ...]:
    """Return the notes of a verdict. Raises its first fault."""
    for fault in said.faults:
        raise fault
    return said.notes


def _look(photos: PhotoSet, photo_id: str) -> MaskFacts | DataError:
    """Read one mask, and its photo's header: their sizes must agree."""
    path = photos.image_path(photo_id)
    try:
        mask = photos.mask(photo_id)
        stored = read_stored(path)
        if stored is not None:
            where, line = photos.labelled_at(photo_id)
            check_pair(photo_id, stored.upright_px, mask, where, line, path)
    except DataError as fault:
        return fault
    return facts(photos, photo_id, mask)
