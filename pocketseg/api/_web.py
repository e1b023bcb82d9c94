"""Exported files measured in any browser: served by this computer, or as a folder for any web host."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pocketseg.api._benchmark import entries_of
from pocketseg.api._common import Note, PathLike, Progress, silent, still

if TYPE_CHECKING:
    import threading

    from benchmark.entry import Entry
    from models import Given
    from pocketseg.core.types import BenchmarkRow
    from pocketseg.devices.job import Job
    from pocketseg.devices.make import Made
    from pocketseg.web.connection import Connection, Reached
    from pocketseg.web.inbox import Arrived

BROWSER_PASSES = 12  # turns of each file: as many as a VALID measurement takes, in a minute or two


def serve(
    files: Sequence[PathLike],
    out: PathLike,
    *,
    data: str = "",
    split: str = "test",
    split_file: PathLike | None = None,
    photos: int | None = None,
    model: str | None = None,
    given: Given | None = None,
    job: Job | None = None,
    connection: Connection | None = None,
    stop: threading.Event | None = None,
    ready: Callable[[Reached], None] = lambda reached: None,
    heard: Callable[[Arrived], None] = lambda arrived: None,
    cache: PathLike | None = None,
    note: Note = silent,
    progress: Progress = still,
) -> list[BenchmarkRow]:
    """Serve a page that measures exported files in any browser that opens it, until `stop` is set or an interrupt.

    Returns the rows of the table in `out`, which is written whenever a record arrives.

    Args:
        files, data, split, split_file, photos, model, given, job: as in `bundle`, with 12 turns of each file.
        out: a new folder, or one that `benchmark` or an earlier `serve` wrote: it holds the table, the bundles and what
            browsers sent.
        connection: how others reach the page; by default only this computer does.
        stop: ends the server when set.
        ready: called once, with the links.
        heard: called for each thing that arrives.
        cache: where this computer's own certificate is kept.
        note, progress: as in `benchmark`.

    Raises:
        RefusedError: for files that no browser runs.
        DeviceError: where the phone on the cable fails; and whatever `bundle` raises.
    """
    import queue
    import threading

    from pocketseg.core.cache import default_folder
    from pocketseg.core.errors import StorageError
    from pocketseg.core.interrupted import Interrupted, when_interrupted
    from pocketseg.devices.table_folder import check_table
    from pocketseg.report import write_all
    from pocketseg.web.connection import Connection
    from pocketseg.web.page import runtime_files
    from pocketseg.web.serving import check_out, follow, prepare, serving

    folder, stopped = Path(out), stop or threading.Event()
    entries = _entries(files)
    check_table(folder)
    check_out(folder)
    _rows(folder)  # a damaged table is better reported now than with the first record
    runtime_files()  # if they are missing, the files need not run first
    way = prepare(connection or Connection(), Path(cache) if cache else default_folder())
    not_yet = "nothing was served yet; run the same command again"
    with when_interrupted(not_yet):
        made = _bundle(
            entries, folder, data=data, split=split, split_file=split_file, photos=photos, model=model, given=given,
            job=job, note=note, progress=progress,
        )  # fmt: skip
    arrived: queue.Queue[Arrived] = queue.Queue()
    shown: list[Reached] = []

    def told(what: Arrived) -> None:
        heard(what)
        if what.kind == "record":
            try:
                write_all(_rows(folder), folder)
            except StorageError as error:  # the record itself is kept, and others may come
                note(f"{error.message}; {error.hint}; the report is written again with the next record, and at the end")

    try:
        with serving(made.folder, made.sha256, folder, way, note=note, heard=arrived.put) as reached:
            shown.append(reached)  # first: an interrupt may come as soon as the link can be read
            ready(reached)
            follow(arrived, stopped, told)
    except KeyboardInterrupt as stop_asked:
        if not shown:
            raise Interrupted(not_yet) from stop_asked
    with when_interrupted(f"what arrived is kept in {folder}; the same command continues with it"):
        while not arrived.empty():
            heard(arrived.get())
        rows = _rows(folder)
        if rows:
            write_all(rows, folder)
    return rows


def export_page(
    files: Sequence[PathLike],
    out: PathLike,
    *,
    data: str = "",
    split: str = "test",
    split_file: PathLike | None = None,
    photos: int | None = None,
    model: str | None = None,
    given: Given | None = None,
    job: Job | None = None,
    note: Note = silent,
    progress: Progress = still,
) -> Path:
    """Write a folder for any web host whose page measures exported files in any browser that opens it; return it.

    What a browser measures is saved in that browser, for `import_records`.

    Args:
        files, data, split, split_file, photos, model, given, job, note, progress: as in `serve`.
        out: a new or empty folder, or one with such a page, which is replaced.

    Raises:
        RefusedError: for files that no browser runs; and whatever `bundle` raises.
    """
    import tempfile

    from pocketseg.core.files import make_folder
    from pocketseg.web.page import runtime_files
    from pocketseg.web.static_page import check_out, write_page

    folder = Path(out)
    entries = _entries(files)
    check_out(folder)
    runtime_files()
    make_folder(folder.absolute().parent)
    with tempfile.TemporaryDirectory(prefix="pocketseg-page-") as work:
        made = _bundle(
            entries, Path(work), data=data, split=split, split_file=split_file, photos=photos, model=model, given=given,
            job=job, note=note, progress=progress,
        )  # fmt: skip
        for sentence in write_page(made.folder, made.sha256, folder):
            note(sentence)
    return folder


def _rows(folder: Path) -> list[BenchmarkRow]:
    """Return the rows of the table in a folder; empty where there is no table yet. Raises DataError."""
    from benchmark.records import ROWS
    from benchmark.rows import read_rows

    return read_rows(folder / ROWS) if (folder / ROWS).is_file() else []


def _entries(files: Sequence[PathLike]) -> list[Entry]:
    """Return every file with its manifest; files that no browser runs are refused.

    Raises RefusedError, ManifestError, UsageError.
    """
    from pocketseg.web.refusals import check_files, check_names

    check_names([Path(file) for file in files])
    entries = entries_of([Path(file) for file in files])
    check_files([(entry.path, entry.artifact) for entry in entries])
    return entries


def _bundle(
    entries: Sequence[Entry],
    out: Path,
    *,
    data: str,
    split: str,
    split_file: PathLike | None,
    photos: int | None,
    model: str | None,
    given: Given | None,
    job: Job | None,
    note: Note,
    progress: Progress,
) -> Made:
    """Write the bundle that a page serves, below `out` and named by its hash, so that a record finds its bundle."""
    from pocketseg.api._device import bundle
    from pocketseg.devices.job import Job
    from pocketseg.devices.openable import File, refused_there
    from pocketseg.web.keeping import keep, workplace

    job = job or Job(passes=BROWSER_PASSES)
    asked = [File(name=str(e.path), path=e.path, target=e.artifact.target) for e in entries]
    for sentence in refused_there(asked, job.accelerators, "browser"):
        note(sentence)
    with workplace(out, [entry.artifact.model for entry in entries]) as place:
        made = bundle(
            [entry.path for entry in entries], place, data=data, split=split, split_file=split_file, photos=photos,
            model=model, given=given, job=job, note=note, progress=progress,
        )  # fmt: skip
        return keep(made, out)
