"""Makes a bundle: files, photos and the desktop runtimes' outputs for them, as a folder and as one zip of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.accuracy import Reference
from benchmark.entry import Entry
from benchmark.photos import ScoredPhotos
from pocketseg.core import bundle
from pocketseg.core._schema import printable
from pocketseg.core.archive import write_archive
from pocketseg.core.errors import ParityError, UsageError
from pocketseg.core.files import atomic_folder, sha256_path, size_bytes, write_text
from pocketseg.devices._content import LONGEST_NAME, Content, Progress, input_size
from pocketseg.devices.golden import GoldenMaps
from pocketseg.devices.job import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A bundle that was made: its folder and zip, its hash, and its content.

    runs_on: kinds of phones on which `device run` is not known to refuse it, or to yield no measurement.
    """

    folder: Path
    archive: Path
    sha256: str
    size_bytes: int
    artifacts: int
    photos: int
    runs_on: tuple[str, ...] = ("android",)


def make(
    entries: Sequence[Entry],
    data: ScoredPhotos,
    reference: Reference,
    out: Path,
    job: Job | None = None,
    *,
    progress: Progress = lambda what, done, total: None,
) -> Made:
    """Write the bundle of these files and photos as the folder `out`, and as `out`.zip beside it.

    reference: the fp32 class maps of a file's network; None in it where the network is not available.

    Raises:
        UsageError: where `out` is something else.
        RefusedError: where a file's runtime cannot run on this host.
        RuntimeFailedError: where a file does not run.
    """
    if not entries or not data.ids:
        raise UsageError("a bundle needs a file and a photo")
    out = out.absolute()
    archive = _archive_beside(out)
    _check_inputs(entries, len(data.ids))
    with atomic_folder(out) as folder:
        content = Content(folder, entries, data, job or Job(), progress)
        content.photos()
        content.artifacts()
        content.networks(reference)
        text = content.document(printable(out.name, LONGEST_NAME) or "bundle")
        write_text(folder / bundle.NAME, text)
        with bundle.open_bundle(folder) as opened:  # what we would refuse is not handed out
            for place, entry in enumerate(entries):
                opened.artifact(place)
                _check_like_network(opened, place, entry)
        names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
        write_archive(archive, {name: folder / name for name in names})  # before the folder takes its place, or neither
    return Made(
        folder=out, archive=archive, sha256=sha256_path(out / bundle.NAME), size_bytes=size_bytes(archive),
        artifacts=len(entries), photos=len(data.ids),
    )  # fmt: skip


def _archive_beside(out: Path) -> Path:
    """Return the zip's name. Raises UsageError where something that is not a bundle would be replaced."""
    if out.name in ("", "..") or out.suffix == ".zip":
        raise UsageError(
            f"{out} cannot be the name of a bundle's folder", hint="give a new folder; the .zip is put beside it"
        )
    archive = out.with_name(f"{out.name}.zip")
    for path in (out, archive):
        if path.is_symlink():
            raise UsageError(f"{path} is a link, which would be replaced", hint="give a new folder: --out DIR")
    if out.is_dir() and not any(out.iterdir()):
        pass
    elif out.exists() and not bundle.is_bundle(out):
        raise UsageError(
            f"{out} exists and is not a bundle, or holds other files too", hint="give a new folder: --out DIR"
        )
    if archive.exists() and not bundle.is_bundle(archive):
        raise UsageError(f"{archive} exists and is not a bundle", hint="give another folder: --out DIR")
    return archive


def _check_inputs(entries: Sequence[Entry], photos: int) -> None:
    """Refuse more photos than a phone can read at once. Raises UsageError."""
    for height_px, width_px in {input_size(entry) for entry in entries}:
        if (size := photos * height_px * width_px * 3) > bundle.MOST_PART_BYTES:
            raise UsageError(
                f"{photos:,} photos at {height_px} x {width_px} are {size:,} bytes, but a bundle's file has at most "
                f"{bundle.MOST_PART_BYTES:,}",
                hint=f"give at most {bundle.MOST_PART_BYTES // (height_px * width_px * 3):,}: --photos N",
            )


def _check_like_network(opened: bundle.Bundle, place: int, entry: Entry) -> None:
    """Refuse a file that does not agree with its network. Raises ParityError."""
    check = GoldenMaps(opened, place, "cpu", "float32")
    for photo, name in enumerate(opened.content["golden"][place]["maps"]):
        check.add(photo, opened.class_map(name, photo))
    if (found := check.golden()).status != "passed":
        raise ParityError(
            f"{entry.path} is refused: {found.reason}",
            hint="export it again, or give the --model that it was made from",
        )
