"""A compact copy of a data set in the plain-folder format: scaled photos, palette masks, split, and where each came
from.

It serves to move data to another machine, and to train without decoding large photos. Every file is written whole or
not at all; a photo whose copy exists and was made from the same bytes with the same settings is not copied again.
"""

from __future__ import annotations

import io
import json
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pocketseg import __version__
from pocketseg.core.classes import colors
from pocketseg.core.errors import DataError, SplitError, UsageError
from pocketseg.core.files import make_folder, sha256_json, write_bytes, write_json
from pocketseg.core.outside import parse_json, read_json
from pocketseg.data.mapping import ClassMapping
from pocketseg.data.photos import PhotoSet, Pixels, check_pair, digest, read_image
from pocketseg.data.prepared import LOG, copy_name, source_digests
from pocketseg.data.spec import Masks
from pocketseg.data.split import SPLITS, Split, to_json

QUALITIES = (92, 85, 75, 65, 50)  # of JPEG, the best first
_SAMPLE = 24  # photos from which the size of the copy is estimated
_MIB = 1 << 20
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What was written."""

    folder: Path
    labelled: int
    unlabelled: int
    made: int
    quality: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One photo's files, by their path in the copy."""

    sources: tuple[str, ...]  # digests of the file that it was made from, and of that file's own source
    files: dict[str, bytes]


def prepare(
    photos: PhotoSet,
    out: Path,
    *,
    long_side_px: int,
    split: Split | None,
    max_mib: float | None = None,
    progress: Progress = lambda done, total: None,
) -> Prepared:
    """Write the copy.

    Args:
        photos: the data set.
        out: the folder for the copy.
        long_side_px: of the copied photos.
        split: of the source; the copy's own split.json has the copies' digests.
        max_mib: the largest size of the copy.
        progress: called as the work goes on.

    Raises:
        UsageError: where the copy cannot fit max_mib, or `out` holds another one.
        DataError: for a fault of the data.
    """
    if long_side_px < 64:
        raise UsageError(f"a long side of {long_side_px} px is too small", hint="give at least 64")
    if out.resolve() == photos.root.resolve():
        raise UsageError(f"{out} is the data set itself", hint="give another --out")
    ids = [*photos.ids, *photos.unlabelled_ids]
    names = {copy_name(i) for i in ids}
    if len(names) < len(ids):
        raise DataError(f"two ids of {photos.root} would have the same file name", hint="rename one of the photos")
    quality = QUALITIES[0] if max_mib is None else _fitting(photos, ids, long_side_px, max_mib)
    settings = {
        "from": photos.format,
        "classes": list(photos.classes),
        "labels": list(photos.mapping.labels),
        "mapping": {name: list(members) for name, members in photos.mapping.members.items()},
        "ignored": list(photos.mapping.ignored),
        "masks_as": _read_as(photos.mapping),
        "long_side_px": long_side_px,
        "quality": quality,
        "source_split_hash": split.hash if split else None,
    }
    _same_settings(out, settings)
    finer = photos.mapping.labels != photos.classes
    make_folder(out)
    write_json(out / "provenance.json", {"settings": settings, "pocketseg": __version__, "root": photos.root.name})
    for part in ("images", "masks", *(["labels"] if finer else [])):
        for left in make_folder(out / part).glob(".*.tmp"):  # left unfinished by a run that was killed
            left.unlink()
    if finer or not photos.assumption:  # a copy does not name classes that were only assumed
        write_json(out / "classes.json", list(photos.classes))
    if finer:
        write_json(out / "labels.json", list(photos.mapping.labels))
    made = _copy_all(photos, ids, out, long_side_px, quality, progress)
    if split is not None:
        write_json(out / "split.json", to_json(_moved(split, out, set(photos.ids))))
    size = sum(p.stat().st_size for p in out.rglob("*") if p.is_file())
    if max_mib is not None and size > max_mib * _MIB:
        raise UsageError(
            f"the copy in {out} has {size / _MIB:.1f} MiB, more than {max_mib:g}",
            hint=f"its photos compress worse than the sample suggested: give a --long-side below {long_side_px}",
        )
    return Prepared(
        folder=out,
        labelled=len(photos.ids),
        unlabelled=len(photos.unlabelled_ids),
        made=made,
        quality=quality,
        size_bytes=size,
    )


def _read_as(mapping: ClassMapping) -> dict[str, Any] | None:
    """Return how mask files are read, where their values are not read directly: copies read differently are never
    mixed."""
    said = {"values": mapping.values, "colors": mapping.colors, "masks": mapping.masks}
    plain = not (mapping.values or mapping.colors) and mapping.masks is Masks.UPRIGHT
    return None if plain else json.loads(json.dumps(said))


def scaled(image: Pixels, long_side_px: int) -> tuple[int, int]:
    """Return width and height of a copy: the long side at most long_side_px, never enlarged."""
    height, width = image.shape[:2]
    factor = min(1.0, long_side_px / max(height, width))
    return max(1, round(width * factor)), max(1, round(height * factor))


def make_copy(photos: PhotoSet, photo_id: str, labelled: bool, long_side_px: int, quality: int) -> Copy:
    """Return one photo and its mask, read, scaled and encoded."""
    path = photos.image_path(photo_id)
    image = read_image(path)
    size = scaled(image, long_side_px)
    name = copy_name(photo_id)
    small = Image.fromarray(image).resize(size, Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    small.save(stream, "JPEG", quality=quality, optimize=True)
    files = {f"images/{name}.jpg": stream.getvalue()}
    if labelled:
        labels = photos.labels(photo_id)
        mask = photos.mask(photo_id)
        check_pair(photo_id, image.shape, mask, photos.mask_path(photo_id), None, path)
        files[f"masks/{name}.png"] = _palette_png(mask, size, len(photos.classes))
        if photos.mapping.labels != photos.classes:
            files[f"labels/{name}.png"] = _palette_png(labels, size, len(photos.mapping.labels))
    return Copy(sources=(digest(path), *source_digests(photos).get(photo_id, ())), files=files)


def _palette_png(indices: Pixels, size: tuple[int, int], count: int) -> bytes:
    picture = Image.fromarray(indices).resize(size, Image.Resampling.NEAREST)
    palette = np.zeros((256, 3), np.uint8)
    palette[:count] = colors(count)
    palette[255] = 255
    picture.putpalette(palette.tobytes())
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _fitting(photos: PhotoSet, ids: Sequence[str], long_side_px: int, max_mib: float) -> int:
    """Return the best quality whose copy fits, judged by a few photos evenly spaced over the ids."""
    labelled = set(photos.ids)
    step = max(1.0, len(ids) / _SAMPLE)
    sample = [ids[int(k * step)] for k in range(min(_SAMPLE, len(ids)))]
    expected = 0.0
    for quality in QUALITIES:
        copies = (make_copy(photos, i, i in labelled, long_side_px, quality) for i in sample)
        expected = sum(len(b) for c in copies for b in c.files.values()) / len(sample) * len(ids) + 300 * len(ids)
        if expected * 1.04 <= max_mib * _MIB:  # a margin, as the sample is not the whole
            return quality
    smaller = int(long_side_px * (max_mib * _MIB / expected) ** 0.5) // 32 * 32
    raise UsageError(
        f"{len(ids)} photos with a long side of {long_side_px} px take about {expected / _MIB:.3g} MiB at the lowest "
        f"quality, more than {max_mib:g}",
        hint=f"try --long-side {smaller}" if smaller >= 64 else "these photos do not fit: allow a larger size",
    )


def _same_settings(out: Path, settings: dict[str, Any]) -> None:
    """Refuse to mix two copies in one folder."""
    path = out / "provenance.json"
    if not path.exists():
        if out.is_dir() and any(out.iterdir()):
            raise UsageError(f"{out} holds other files", hint="give an empty or new folder")
        return
    try:
        found = read_json(path)["settings"]
        if not isinstance(found, dict):
            raise TypeError("its settings are not a table")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is damaged ({error})", hint=f"remove {out} and prepare it again", path=path) from error
    differing = [f"{k} {found.get(k)} there, {settings[k]} now" for k in settings if found.get(k) != settings[k]]
    if differing:
        raise UsageError(
            f"{out} holds a copy made with other settings: {'; '.join(differing)[:400]}", hint="give another --out"
        )


def _copy_all(
    photos: PhotoSet, ids: Sequence[str], out: Path, long_side_px: int, quality: int, progress: Progress
) -> int:
    """Make the copies that do not exist yet, on every core; return how many photos were copied."""
    labelled = set(photos.ids)
    log = out / LOG
    finished = _finished(log)
    if log.exists() and not log.read_bytes().endswith(b"\n"):
        with log.open("a", encoding="utf-8") as stream:
            stream.write("\n")  # ends a line that a kill cut short
    lock = threading.Lock()
    # one file may hold all masks
    shared = {p: digest(p) for p in {photos.mask_path(i) for i in ids[:2] if i in labelled}}
    made = 0

    def one(photo_id: str) -> bool:
        masks = {photos.mask_path(photo_id), photos.labelled_at(photo_id)[0]} if photo_id in labelled else set()
        paths = [photos.image_path(photo_id), *sorted(masks)]
        key = [shared.get(path) or digest(path) for path in paths]
        names = finished.get((photo_id, sha256_json(key)), [])
        if names and all((out / n).is_file() for n in names):
            return False
        copy = make_copy(photos, photo_id, photo_id in labelled, long_side_px, quality)
        for name, content in copy.files.items():
            write_bytes(out / name, content)
        entry = {"id": photo_id, "key": sha256_json(key), "files": sorted(copy.files)}
        line = json.dumps({**entry, "sources": list(copy.sources)}) + "\n"
        with lock, log.open("a", encoding="utf-8") as stream:
            stream.write(line)
        return True

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            for done, new in enumerate(pool.map(one, ids), start=1):
                made += new
                progress(done, len(ids))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return made


def _finished(log: Path) -> dict[tuple[str, str], list[str]]:
    """Return what an earlier run finished; a last line cut short by a kill does not count."""
    found: dict[tuple[str, str], list[str]] = {}
    if not log.exists():
        return found
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            entry = parse_json(line)
            names = [str(n) for n in entry["files"]]
            if all(".." not in n and not n.startswith("/") for n in names):
                found[str(entry["id"]), str(entry["key"])] = names
        except (ValueError, KeyError, TypeError):
            continue
    return found


def _moved(split: Split, out: Path, labelled: set[str]) -> Split:
    """Return the split with the copies' names and digests."""

    def copied(ids: Sequence[str]) -> dict[str, str]:
        return {copy_name(i): digest(out / "images" / f"{copy_name(i)}.jpg") for i in ids}

    missing = [i for part in SPLITS for i in split.photos[part] if i not in labelled]
    if missing:
        raise SplitError(f"photo {missing[0]} of split {split.name} is not in the data")
    return Split(
        name=split.name,
        photos={part: copied(split.ids(part)) for part in SPLITS},
        never=copied([i for i in split.never if (out / "images" / f"{copy_name(i)}.jpg").is_file()]),
        made_with={**split.made_with, "prepared_from": split.hash},
    )
