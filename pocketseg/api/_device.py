"""Bundles for phones: make one, run it on this computer, import the records of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pocketseg.api._benchmark import entries_of, networks_of, seen
from pocketseg.api._common import Note, PathLike, Progress, silent, still

if TYPE_CHECKING:
    from benchmark.entry import Entry
    from models import Given
    from pocketseg.core.types import Artifact, BenchmarkRow
    from pocketseg.data.photos import Pixels
    from pocketseg.devices.job import Job
    from pocketseg.devices.make import Made
    from pocketseg.devices.openable import File
    from pocketseg.devices.places import Place

EMBEDDED_PHOTOS = 16


def bundle(
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
) -> Made:
    """Write a bundle of exported files for phones: a folder `out`, and `out`.zip beside it.

    What an app that runs some of the files cannot open or refuses is noted: a bundle serves other places, too.

    Args:
        files: exported files or their folders.
        out: the folder.
        data, split, split_file, model, given: as in `benchmark`.
        photos: how many, evenly spaced over those of the split; None: all of `data`, or 16 of the embedded ones.
        job: what a phone is asked to do.
        note, progress: as in `benchmark`.

    Raises:
        ManifestError, UsageError, DataError: before any work.
        RefusedError, RuntimeFailedError: for a file that does not run here.
    """
    import dataclasses

    import models
    from benchmark.accuracy import reference_key
    from benchmark.entry import check_photos
    from benchmark.photos import scored_photos
    from pocketseg.core.errors import UsageError
    from pocketseg.data.calibration import evenly
    from pocketseg.devices.job import Job
    from pocketseg.devices.make import make
    from pocketseg.devices.openable import any_runs, kinds_with_runtimes, refused_there, unopenable
    from pocketseg.inference import class_maps

    entries = entries_of([Path(file) for file in files])
    job, asked = job or Job(), _files_of(entries)
    runs_on = []
    for kind in kinds_with_runtimes(asked):
        too_new = unopenable(asked, kind, note)
        for sentence, way_out in too_new:
            note(f"{sentence}; {way_out}")
        for sentence in refused_there(asked, job.accelerators, kind):
            note(sentence)
        if not too_new and any_runs(asked, job.accelerators, kind):
            runs_on.append(kind)
    scored = scored_photos(data, split, Path(split_file) if split_file else None)
    if photos is not None and photos < 1:
        raise UsageError(f"a bundle of {photos} photos proves nothing", hint="give --photos 1 or more")
    wanted = photos if photos is not None else None if data else EMBEDDED_PHOTOS
    if photos is not None and photos > len(scored.ids):
        note(f"there are {len(scored.ids)} photos; the bundle holds them all")
    if wanted is not None:
        scored = dataclasses.replace(scored, ids=tuple(evenly(scored.ids, wanted)))
    networks = networks_of(entries, model, given or models.Given(), note)
    for sentence in seen(entries, networks, scored):
        note(sentence)
    check_photos(entries, scored, progress, note)

    def reference(artifact: Artifact) -> Iterator[Pixels] | None:
        loaded = networks[reference_key(artifact)]
        return None if loaded is None else class_maps(loaded, scored.photos, scored.ids)

    made = make(entries, scored, reference, Path(out), job, progress=progress)
    return dataclasses.replace(made, runs_on=tuple(runs_on))


def benchmark_on(
    where: Place,
    files: Sequence[PathLike],
    out: PathLike,
    *,
    data: str = "",
    split: str = "test",
    split_file: PathLike | None = None,
    model: str | None = None,
    given: Given | None = None,
    job: Job | None = None,
    resume: str | None = None,
    note: Note = silent,
    progress: Progress = still,
) -> list[BenchmarkRow]:
    """Measure exported files on a phone, from bundle to import; return all rows of the table.

    All photos of the split are scored.

    Args:
        where: which phone.
        files: exported files or their folders.
        out: folder of the table, which also holds the bundle and the phone's results.
        resume: a job that was started before, whose bundle lies in `out`.
        data, split, split_file, model, given, job, note, progress: as in `bundle`.

    Raises:
        DeviceError, RecordError: and whatever `bundle` raises.
    """
    from pocketseg.core.errors import UsageError
    from pocketseg.core.interrupted import when_interrupted
    from pocketseg.data.embedded import sample_ids
    from pocketseg.devices import measuring

    folder = Path(out)
    archive, results = folder / "bundle.zip", folder / "results"
    max_temp_c = job.max_temp_c if job else None
    if resume is None:
        photos = None if data else len(sample_ids(split)) if split != "all" else 1000
        with when_interrupted("nothing was started on the phone; run the same command again"):
            measuring.check(where, results, max_temp_c)  # bundling takes minutes: a missing phone is reported first
            _check_files(files, where.kind, note)
            bundle(
                files, folder / "bundle", data=data, split=split, split_file=split_file, photos=photos, model=model,
                given=given, job=job, note=note, progress=progress,
            )  # fmt: skip
    elif not archive.is_file():
        raise UsageError(
            f"{archive} does not exist, so the job cannot go on", hint="give the --out that the job was started with"
        )
    plan = measuring.planned(where, archive, results, max_temp_c)
    if resume is None:
        measuring.measure(plan, note=note, progress=progress)
    else:
        measuring.resume(plan, resume, note=note, progress=progress)
    with when_interrupted(f"the phone's results are in {results}: add them with `pocketseg device import`"):
        return import_records([results], archive, folder, note=note)


def _check_files(files: Sequence[PathLike], kind: str, note: Note) -> None:
    """Refuse files that the app on the phone cannot open. Raises RefusedError, ManifestError, UsageError."""
    from pocketseg.devices.openable import check_openable

    check_openable(_files_of(entries_of([Path(file) for file in files])), kind, note, "or leave it out")


def _files_of(entries: Sequence[Entry]) -> list[File]:
    """Return exported files in the form that the check against the phone's app takes."""
    from pocketseg.devices.openable import File

    return [File(name=str(entry.path), path=entry.path, target=entry.artifact.target) for entry in entries]


def replay(
    bundle: PathLike,
    out: PathLike,
    *,
    job: str | None = None,
    wait_s: float = 0.0,
    cache: PathLike | None = None,
    note: Note = silent,
    progress: Progress = still,
) -> tuple[str, list[BenchmarkRow]]:
    """Run a bundle on this computer as a phone would; return the job's id and the rows of what ran now.

    Args:
        bundle: its folder or zip.
        out: folder for the records and class maps, as an app writes them; runs with a record are not repeated.
        job: the job's id; None draws one.
        wait_s, cache, note, progress: as in `benchmark`.

    Raises:
        BundleError, UsageError, StorageError: where the bundle or the folder cannot be used.
    """
    from pocketseg.core.bundle import open_bundle
    from pocketseg.core.cache import Cache, default_folder
    from pocketseg.devices import replay as harness

    with open_bundle(Path(bundle)) as opened:
        return harness.replay(
            opened, Path(out), job=job, cache=Cache(Path(cache) if cache else default_folder()), wait_s=wait_s,
            progress=progress, warn=note,
        )  # fmt: skip


def import_records(
    records: Sequence[PathLike],
    bundle: PathLike,
    out: PathLike,
    *,
    note: Note = silent,
    progress: Progress = still,
) -> list[BenchmarkRow]:
    """Score the records of a bundle that ran elsewhere, and add them to the table in `out`; return all of its rows.

    Args:
        records: files, a job's folder, or the zip of it that the app shares.
        bundle: the bundle that was run.
        out: folder of the table.
        note, progress: as in `benchmark`.

    Raises:
        RecordError, BundleError, UsageError, StorageError: where any of them cannot be used.
    """
    from pocketseg.devices.importing import import_records as taken_in
    from pocketseg.report import write_all

    rows = taken_in([Path(record) for record in records], Path(bundle), Path(out), note=note, progress=progress)
    write_all(rows, Path(out))
    return rows
