"""The photos that a command line names: files, folders of photos, and patterns that the shell has not expanded."""

from __future__ import annotations

import glob
import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pocketseg.core.errors import DataError, UsageError

SUFFIXES = (
    ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".heic", ".heif",
    ".hif", ".avif", ".jp2",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Attributes: paths are in the order given, folders sorted, each photo once; notes say what was left out of
    folders."""

    paths: tuple[Path, ...]
    notes: tuple[str, ...]


def find_photos(given: Sequence[Path], out: Path, made: Sequence[str]) -> Found:
    """Return the photos that files, folders (one level) and patterns name.

    Args:
        given: files, folders and patterns.
        out: the folder for results.
        made: suffixes of result names: results of photos that lie in the photos' own folder are not photos.

    Raises:
        DataError: for a folder or pattern without photos. A path that does not exist is reported by its reader.
    """
    paths: dict[Path, Path] = {}
    notes = []
    for path in (p for text in given for p in _expanded(text)):
        if path.is_dir():
            inside, left = _photos_in(path, made if _same(path, out) else ())
            notes += left
        else:
            inside = [path]
        for photo in inside:
            paths.setdefault(Path(os.path.realpath(photo)), photo)
    return Found(paths=tuple(paths.values()), notes=tuple(notes))


def check_names(photos: Sequence[Path], out: Path, made: Sequence[str]) -> None:
    """Refuse photos whose results would have the same name, or the name of a photo. Raises UsageError.

    Names that differ only in case count as equal, as they are on the disks of Macs and Windows.
    """
    stems: dict[str, Path] = {}
    for path in photos:
        key = unicodedata.normalize("NFC", path.stem).casefold()
        if key in stems:
            raise UsageError(
                f"{stems[key]} and {path} would write files of the same name",
                hint="rename one, or use two --out folders",
            )
        stems[key] = path
    places = {os.path.realpath(p): p for p in photos}
    for path in photos:
        for end in made:
            taken = places.get(os.path.realpath(out / f"{path.stem}{end}"))
            if taken is not None:
                raise UsageError(f"the result of {path} would overwrite {taken}", hint="give another --out")


def _expanded(path: Path) -> list[Path]:
    """Return the paths that a pattern matches, as a shell would; a path that exists stands for itself."""
    text = str(path)
    if os.path.lexists(path) or not glob.has_magic(text):
        return [path]
    found = sorted(Path(p) for p in glob.glob(text, recursive=True))  # noqa: PTH207 - any pattern, of any root
    if not found:
        raise DataError(f"no file matches {text}", hint="check the pattern", path=path)
    return found


def _photos_in(folder: Path, made: Sequence[str]) -> tuple[list[Path], list[str]]:
    """Return a folder's photos by suffix, without hidden files, and a note on what else was left out."""
    try:
        entries = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    except OSError as error:
        raise DataError(f"folder {folder} cannot be read ({error.strerror})", hint="check it", path=folder) from error
    folders = [p for p in entries if p.is_dir()]
    files = [p for p in entries if p not in set(folders)]
    photos = [p for p in files if p.suffix.lower() in SUFFIXES]
    stems = {p.stem for p in photos}
    results = {p for p in photos if any(p.name.endswith(end) and p.name.removesuffix(end) in stems for end in made)}
    photos = [p for p in photos if p not in results]
    if not photos:
        inside = f"; name the folders in it ({len(folders)}) one by one" if folders else ""
        raise DataError(f"{folder} holds no photo{inside}", hint=f"photos end in {', '.join(SUFFIXES)}", path=folder)
    left = {
        "files of other kinds": len(files) - len(photos) - len(results),
        "results of an earlier run": len(results),
        "folders": len(folders),
    }
    said = ", ".join(f"{what} ({count})" for what, count in left.items() if count)
    return photos, [f"left out in {folder}: {said}"] if said else []


def _same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
