"""Makes a split of a data set: hashes the photos, groups near-duplicates, stratifies by class and deals; or imports
one."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from pocketseg.core.errors import DataError, SplitError
from pocketseg.data.duplicates import THRESHOLD, Thumbnail, groups, near_duplicates, thumbnail
from pocketseg.data.labelled import check_labelled
from pocketseg.data.photos import PhotoSet, digest, read_image
from pocketseg.data.spec import format_module
from pocketseg.data.split import SPLITS, Split, assign, stratum

Progress = Callable[[str, int, int], None]
Group = tuple[str, ...]


def _quiet(what: str, done: int, total: int) -> None:
    """Show no progress."""


def _unsaid(note: str) -> None:
    """Drop a note."""


def _digests(photos: PhotoSet) -> dict[str, str]:
    """Return the digest of every photo's file, unlabelled ones included."""
    return {i: digest(photos.image_path(i)) for i in (*photos.ids, *photos.unlabelled_ids)}


def look_alikes(
    photos: PhotoSet,
    digests: Mapping[str, str],
    known_pairs: Sequence[tuple[str, str]],
    progress: Progress,
    ids: Sequence[str] | None = None,
) -> list[Group]:
    """Return groups of photos such that near-duplicates share a group; most groups hold one photo.

    Args:
        photos: the data set.
        digests: of the photos' files, by id.
        known_pairs: ids that show the same shot or scene, beyond what thumbnails find.
        progress: called as the work goes on.
        ids: the photos, all of which have a digest; others are not opened. None: all, unlabelled ones included.
    """
    everything = [*photos.ids, *photos.unlabelled_ids] if ids is None else list(ids)
    small: list[Thumbnail] = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(lambda i: thumbnail(read_image(photos.image_path(i))), everything):
            small.append(found)
            progress("comparing photos", len(small), len(everything))
    pairs = [(everything[a], everything[b]) for a, b, _ in near_duplicates(small)]
    first: dict[str, str] = {}
    for photo_id in everything:  # a photo without contrast resembles nothing, not even its copy
        pairs.append((first.setdefault(digests[photo_id], photo_id), photo_id))
    return groups(everything, [*pairs, *known_pairs])


def make_split(
    photos: PhotoSet,
    *,
    name: str,
    ratios: tuple[float, float, float],
    seed: int,
    known_pairs: Sequence[tuple[str, str]] = (),
    progress: Progress = _quiet,
    note: Callable[[str], None] = _unsaid,
) -> Split:
    """Return a split of every labelled photo; unlabelled near-duplicates of val or test photos are listed as `never`.

    `note` is called where no mask holds anything that training could use.
    """
    if not photos.ids:
        raise SplitError(f"{photos.root} holds no labelled photo", hint="only photos with masks can be split")
    digests = _digests(photos)
    linked = look_alikes(photos, digests, known_pairs, progress)
    parts = _deal(photos, linked, ratios, seed, progress, note)
    made_with = {
        "format": photos.format,
        "ratios": list(ratios),
        "seed": seed,
        "near_duplicate_threshold": THRESHOLD,
        "known_pairs": [list(p) for p in known_pairs],
    }
    return _frozen(digests, set(photos.ids), name, parts, linked, made_with)


def known_pairs(photos: PhotoSet, file: Path | None) -> list[tuple[str, str]]:
    """Return pairs of ids that belong together: those that the format knows, and those in a file's lines."""
    present = {*photos.ids, *photos.unlabelled_ids}
    built_in = getattr(format_module(photos.format), "SAME_SCENE", ())
    pairs = [(a, b) for a, b in built_in if a in present and b in present]
    if file is None:
        return pairs
    for number, ids in enumerate((x.split() for x in _lines(file)), start=1):
        for photo_id in ids:
            if photo_id not in present:
                raise SplitError(
                    f"{file} line {number}: no photo {photo_id!r}", hint="write ids of the data", path=file, line=number
                )
        pairs.extend((ids[0], other) for other in ids[1:])
    return pairs


def bring_in(
    photos: PhotoSet,
    lists: Sequence[Path],
    *,
    name: str,
    val_ratio: float,
    seed: int,
    known_pairs: Sequence[tuple[str, str]] = (),
    progress: Progress = _quiet,
    note: Callable[[str], None] = _unsaid,
) -> tuple[Split, list[Group]]:
    """Return a split made elsewhere, from files of ids, one per line, for train, val and test, or for train and test.

    From two files, validation photos are dealt out of the first. Photos that no file names are in no part. The
    near-duplicates that the split has in different parts are returned with it.

    Args:
        photos: the data set.
        lists: the files of ids.
        name: of the split.
        val_ratio: the share of validation photos in the first of two files.
        seed: decides which photos are dealt.
        known_pairs: ids that belong together.
        progress: called as the work goes on.
        note: called with what a user should know about the masks.

    Raises:
        SplitError: for an id that the data lacks or that occurs twice.
    """
    given: list[list[str]] = []
    origin: dict[str, Path] = {}
    for path in lists:
        given.append([])
        for photo_id, line in _ids(path, photos):
            if photo_id in origin:
                message = f"photo {photo_id} is in {origin[photo_id]} and in {path} (line {line})"
                raise SplitError(
                    message, hint="each photo belongs to one part: remove one of the lines", path=path, line=line
                )
            origin[photo_id] = path
            given[-1].append(photo_id)
    digests = _digests(photos)
    linked = look_alikes(photos, digests, known_pairs, progress)
    if len(given) == 3:
        parts = dict(zip(SPLITS, given, strict=True))
    else:
        first = set(given[0])
        kept = [tuple(i for i in group if i in first) for group in linked]
        dealt = _deal(photos, [g for g in kept if g], (1 - val_ratio, val_ratio, 0.0), seed, progress, note)
        parts = {"train": dealt["train"], "val": dealt["val"], "test": given[1]}
    made_with = {
        "format": photos.format,
        "lists": [path.name for path in lists],
        "val_ratio": val_ratio,
        "seed": seed,
        "near_duplicate_threshold": THRESHOLD,
    }
    part_of = {i: part for part in SPLITS for i in parts[part]}
    astride = [g for g in linked if len({part_of[i] for i in g if i in part_of}) > 1]
    return _frozen(digests, set(photos.ids), name, parts, linked, made_with), astride


def _lines(path: Path) -> list[str]:
    """Return the lines of a list; only a newline ends a line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise SplitError(
            f"{path} is not a readable list of ids ({error})", hint="write one id per line", path=path
        ) from error
    return [line.strip(" \t\r") for line in text.split("\n")]


def _ids(path: Path, photos: PhotoSet) -> Iterator[tuple[str, int]]:
    """Yield ids, one per line, with their line numbers; file names of photos are accepted."""
    named = Counter(photos.image_path(i).name for i in photos.ids)
    known = {photos.image_path(i).name: i for i in photos.ids if named[photos.image_path(i).name] == 1}
    labelled = set(photos.ids)
    for number, text in enumerate(_lines(path), start=1):
        if not text:
            continue
        photo_id = text if text in labelled else known.get(text, text)
        if photo_id not in labelled:
            raise SplitError(
                f"{path} line {number}: {text[:80]!r} is not a labelled photo of {photos.root}",
                hint=f"write ids such as {photos.ids[0]}, one per line" if photos.ids else "it has none",
                path=path,
                line=number,
            )
        yield photo_id, number


def _deal(
    photos: PhotoSet,
    linked: Sequence[Group],
    ratios: tuple[float, float, float],
    seed: int,
    progress: Progress,
    note: Callable[[str], None],
) -> dict[str, list[str]]:
    """Return the labelled photos of groups dealt to the parts, stratified by the classes that they hold."""
    labelled = set(photos.ids)
    kept = [tuple(i for i in group if i in labelled) for group in linked]
    ids = [i for group in kept for i in group]

    def stratum_of(photo_id: str) -> str:
        return stratum(int(c) for c in np.unique(photos.mask(photo_id)) if c < len(photos.classes))

    strata: dict[str, str] = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for photo_id, found in zip(ids, pool.map(stratum_of, ids), strict=True):
            strata[photo_id] = found
            progress("reading masks", len(strata), len(ids))
    if set(strata.values()) == {stratum(())}:  # nothing is labelled: masks of 0 and 255, say
        try:
            check_labelled(photos, ids, str(photos.root))
        except DataError as fault:
            note(f"{fault.message}; `pocketseg data check` says how to mend it")
    return assign([g for g in kept if g], strata, ratios, seed)


def _frozen(
    digests: Mapping[str, str],
    labelled: set[str],
    name: str,
    parts: dict[str, list[str]],
    linked: Sequence[Group],
    made_with: dict[str, object],
) -> Split:
    held_out = {*parts["val"], *parts["test"]}
    never = sorted(i for group in linked if held_out.intersection(group) for i in group if i not in labelled)
    return Split(
        name=name,
        photos={p: {i: digests[i] for i in parts[p]} for p in SPLITS},
        never={i: digests[i] for i in never},
        made_with=made_with,
    )
