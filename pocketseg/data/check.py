"""Reads a whole data set and names every fault in it, with what it holds: counts, class shares, sizes,
near-duplicates."""

from __future__ import annotations

import dataclasses
import fnmatch
import os
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pocketseg.core.classes import IGNORE_INDEX
from pocketseg.core.errors import DataError, UnknownNameError
from pocketseg.data.duplicates import THRESHOLD, Thumbnail, groups, near_duplicates, thumbnail
from pocketseg.data.faults import Kind, MaskFault, reported
from pocketseg.data.labelled import nothing_labelled, unnamed_classes
from pocketseg.data.listing import is_hidden
from pocketseg.data.mask_facts import MaskFacts, facts, verdict
from pocketseg.data.pairing import named
from pocketseg.data.photos import PhotoSet, check_pair, open_named, read_image
from pocketseg.data.spec import format_module, parse_spec
from pocketseg.data.split import SPLITS, Split, held_out_elsewhere, in_no_part, read_split, split_faults

_AHEAD = 64  # photos in work at once: enough to keep every core busy, few enough to limit memory
_ALWAYS_EXPECTED = ("README*", "LICENSE*", "*.toml")
_LARGEST_NOTE = 20  # names in one note
_UNKNOWN_NAMED = 3  # unknown files of one suffix


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPhoto:
    """What was found about one photo; None where it could not be read."""

    id: str
    faults: tuple[DataError, ...]
    size_px: tuple[int, int] | None = None  # height, width
    thumbnail: Thumbnail | None = field(default=None, repr=False)
    mask: MaskFacts | None = None


@dataclass(kw_only=True)
class Checked:
    """A data set's report: faults to repair, and notes to read."""

    spec: str
    faults: list[DataError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    classes: tuple[str, ...] = ()
    labelled: int = 0
    unlabelled: int = 0
    class_pixels: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(256, np.int64))
    class_photos: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(256, np.int64))
    sizes_px: Counter[tuple[int, int]] = field(default_factory=Counter)
    look_alikes: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not self.faults

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        counted = int(self.class_pixels[: len(self.classes)].sum())
        return {
            "data": self.spec,
            "clean": self.clean,
            "photos": {"labelled": self.labelled, "unlabelled": self.unlabelled},
            "classes": [
                {
                    "name": name,
                    "pixel_share": float(self.class_pixels[k] / counted) if counted else None,
                    "photos": int(self.class_photos[k]),
                }
                for k, name in enumerate(self.classes)
            ],
            "ignored_pixels": int(self.class_pixels[IGNORE_INDEX]),
            "sizes_px": [
                {"height": h, "width": w, "photos": n} for (h, w), n in sorted(self.sizes_px.items())
            ],
            "near_duplicates": [list(group) for group in self.look_alikes],
            "faults": [
                {"file": str(f.path) if f.path else None, "line": f.line, "what": f.message, "mend": f.hint}
                for f in self.faults
            ],
            "notes": self.notes,
        }  # fmt: skip


def check(
    spec: str, split: Split | Path | None, progress: Callable[[int, int], None] = lambda done, total: None
) -> Checked:
    """Read every photo and everything that belongs to it. Raises an error only where the folder is not such a data set
    at all."""
    result = Checked(spec=spec)
    parsed = parse_spec(spec)
    if isinstance(split, Path):
        file, split = split, None
        with reported(result.faults.append):
            split = read_split(file)
    try:
        photos = open_named(parsed, result.faults.append)
    except UnknownNameError as error:  # in the mapping file; the folder is examined without it
        result.faults.append(DataError(f"{error.message} in {parsed.mapping}", hint=error.hint, path=parsed.mapping))
        photos = open_named(dataclasses.replace(parsed, mapping=None), result.faults.append)
    except DataError as fault:
        result.faults.append(fault)
        return result
    result.classes = photos.classes
    result.labelled, result.unlabelled = len(photos.ids), len(photos.unlabelled_ids)
    everything = [*photos.ids, *photos.unlabelled_ids]
    labelled = set(photos.ids)
    thumbnails: dict[str, Thumbnail] = {}
    masks: list[MaskFacts] = []
    for done, found in enumerate(_ordered(lambda i: check_photo(photos, i, i in labelled), everything), start=1):
        result.faults.extend(found.faults)
        if found.size_px is not None:
            result.sizes_px[found.size_px] += 1
        if found.thumbnail is not None:
            thumbnails[found.id] = found.thumbnail
        if found.mask is not None:
            masks.append(found.mask)
            for index, pixels in found.mask.held.items():
                result.class_pixels[index] += pixels
                result.class_photos[index] += 1
        progress(done, len(everything))
    ids = list(thumbnails)
    pairs = ((ids[a], ids[b]) for a, b, _ in near_duplicates(list(thumbnails.values())))
    result.look_alikes = [g for g in groups(ids, pairs) if len(g) > 1]
    said = verdict(photos, masks, result.faults, str(photos.root))
    result.faults[:] = [*said.faults] or [*_without_labels(photos)]  # a fault of the structure already says why
    unnamed = unnamed_classes(photos)
    if unnamed is not None and not any(_asks_for_names(fault) for fault in result.faults):
        result.faults.append(unnamed)
        result.notes.extend(note for note in said.notes if note != photos.assumption)
    else:
        result.notes.extend(said.notes)
    result.notes.extend(_empty_notes(photos, masks))
    if split is not None:
        result.notes.extend(_empty_parts(split, photos, masks))
        result.faults.extend(split_faults(split, photos, SPLITS))
        result.notes.extend([*held_out_elsewhere(split), *in_no_part(split, photos)])
    absent = [name for k, name in enumerate(photos.classes) if not result.class_photos[k]]
    if absent and any(m.objects for m in masks):
        result.notes.append(f"no photo holds {', '.join(absent)}")
    result.notes.extend(_look_alike_notes(result.look_alikes, split, result.faults.append))
    result.notes.extend(_unknown_notes(unknown_files(spec)))
    return result


def _asks_for_names(fault: DataError) -> bool:
    """Return whether what mends a fault of masks is a mapping file, which then names the classes too."""
    return isinstance(fault, MaskFault) and fault.kind in (Kind.VALUES, Kind.COLOURS)


def _unknown_notes(unknown: Sequence[Path]) -> Iterator[str]:
    """Yield notes on unknown files: one for many of a suffix, else one for each."""
    kinds: dict[str, list[Path]] = {}
    for path in unknown:
        kinds.setdefault(path.suffix.lower(), []).append(path)
    notes: list[str] = []
    for suffix, paths in kinds.items():
        if len(paths) <= _UNKNOWN_NAMED:
            notes.extend(f"unknown file {path}" for path in paths)
        else:
            kind = f"*{suffix}" if suffix else "without a suffix"
            notes.append(f"{len(paths)} unknown files {kind}: {named([str(p) for p in paths], _UNKNOWN_NAMED)}")
    yield from notes[:_LARGEST_NOTE]
    if len(notes) > _LARGEST_NOTE:
        yield f"{len(notes) - _LARGEST_NOTE} more notes on unknown files"


def _without_labels(photos: PhotoSet) -> Iterator[DataError]:
    """Yield the fault of a set without any labelled photo."""
    fault = nothing_labelled(photos)
    if fault is not None and photos.unlabelled_ids:  # a set without any photo was reported when it was opened
        yield fault


def _empty_notes(photos: PhotoSet, masks: Sequence[MaskFacts]) -> Iterator[str]:
    """Yield notes on masks that hold only the first class, or only that and ignored pixels."""
    bare = [m for m in masks if not (m.objects or m.filled)]
    if len(bare) == len(masks):  # a fault says so
        return
    if empty := [m.id for m in bare if not m.ignored]:
        what = "1 mask is" if len(empty) == 1 else f"{len(empty)} masks are"
        yield f"{what} {photos.classes[0]} only: {named(empty, _LARGEST_NOTE)}"
    if ignoring := [m.id for m in bare if m.ignored]:
        what = "1 mask holds" if len(ignoring) == 1 else f"{len(ignoring)} masks hold"
        yield f"{what} only {photos.classes[0]} and ignored pixels: {named(ignoring, _LARGEST_NOTE)}"


def _empty_parts(split: Split, photos: PhotoSet, masks: Sequence[MaskFacts]) -> Iterator[str]:
    """Yield the parts of a split that hold only the first class: nothing can be trained or scored on them."""
    holding = {m.id for m in masks if m.objects}
    for part in SPLITS if holding else ():
        if split.photos[part] and not holding.intersection(split.photos[part]):
            yield f"no pixel of any class but {photos.classes[0]} is labelled in the {part} part of split {split.name}"


def check_photo(photos: PhotoSet, photo_id: str, labelled: bool) -> CheckedPhoto:
    """Read one photo, its labels and what else belongs to it."""
    faults: list[DataError] = []
    size, small, held = None, None, None
    path = photos.image_path(photo_id)
    with reported(faults.append):
        image = read_image(path)
        size, small = (int(image.shape[0]), int(image.shape[1])), thumbnail(image)
    if labelled:
        with reported(faults.append):
            before = len(faults)
            labels = photos.labels(photo_id, faults.append)
            if len(faults) == before:
                if size is not None:
                    check_pair(photo_id, size, labels, *photos.labelled_at(photo_id), path)
                with suppress(DataError):  # a mask beside finer labels: check_extras reports it
                    mask = photos.mapping.table()[labels] if photos.mapping.members else photos.mask(photo_id)
                    held = facts(photos, photo_id, mask)
    with reported(faults.append):
        photos.check_extras(photo_id, size, faults.append)
    return CheckedPhoto(id=photo_id, faults=tuple(faults), size_px=size, thumbnail=small, mask=held)


def _ordered(work: Callable[[str], CheckedPhoto], ids: Sequence[str]) -> Iterator[CheckedPhoto]:
    """Do the work on every core and yield results in order, a few photos ahead."""
    waiting: deque[Future[CheckedPhoto]] = deque()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for photo_id in ids:
            waiting.append(pool.submit(work, photo_id))
            if len(waiting) >= _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _look_alike_notes(
    found: Sequence[tuple[str, ...]], split: Split | None, report: Callable[[DataError], None]
) -> Iterator[str]:
    """Yield near-duplicates as notes; near-duplicates in different parts of the data's split are a fault."""
    part_of = {i: part for part in SPLITS for i in split.photos[part]} if split else {}
    for group in found:
        parts = sorted({part_of[i] for i in group if i in part_of}, key=SPLITS.index)
        if split is not None and len(parts) > 1:
            places = ", ".join(f"{i} ({part_of.get(i, 'in no part')})" for i in group)
            report(
                DataError(
                    f"near-duplicates are in different parts of split {split.name}: {places}",
                    hint="keep them in one part: make the split again, or remove one of them",
                )
            )
        else:
            yield f"near-duplicates (thumbnails correlate by {THRESHOLD} or more): {named(group, _LARGEST_NOTE)}"


def unknown_files(spec: str) -> list[Path]:
    """Return the files in the folder that belong to no part of the format."""
    parsed = parse_spec(spec)
    expected = (*format_module(parsed.format).EXPECTED, *_ALWAYS_EXPECTED)
    found = []
    for folder, inner, files in os.walk(parsed.root):
        inner[:] = [name for name in inner if not is_hidden(name)]
        for file in files:
            relative = (Path(folder) / file).relative_to(parsed.root)
            if is_hidden(file):
                continue
            if not any(_matches(relative, pattern) for pattern in expected):
                found.append(relative)
    return sorted(found)


def _matches(path: Path, pattern: str) -> bool:
    parts = pattern.split("/")
    return len(parts) == len(path.parts) and all(
        fnmatch.fnmatch(part.lower(), p.lower()) for part, p in zip(path.parts, parts, strict=True)
    )
