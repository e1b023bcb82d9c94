"""Measure files: open them in processes of their own, time them in turns, then score them; one row each.

Files that were scored before (scoring.py) are only opened, timed and checked.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import tempfile
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmark import best, checks, document
from benchmark.accuracy import Reference, Score, reference_key
from benchmark.checks import EndToEnd, Golden, OnePhoto, Subject
from benchmark.device import device_document, usable_cores
from benchmark.document import Measured, Place, Runtime
from benchmark.entry import Entry, check_entries, check_photos, check_threads
from benchmark.opening import Group
from benchmark.photos import ScoredPhotos
from benchmark.quiet import wait_until_quiet
from benchmark.rows import append_row, row_of
from benchmark.session_scores import score_all
from benchmark.state import state_document
from benchmark.timing import Effort, Run, drops_out, time_all
from benchmark.watch import Watch
from pocketseg.core.cache import Cache
from pocketseg.core.errors import RecordError
from pocketseg.core.record import printable, sealed
from pocketseg.core.types import BenchmarkRow
from pocketseg.data.embedded import sample_ids, sample_photos
from pocketseg.data.photos import Pixels, read_image

IMPORTS = ("benchmark.runtimes",)

Progress = Callable[[str, int, int], None]


def measure(
    entries: Sequence[Entry],
    *,
    data: ScoredPhotos | None = None,
    reference: Reference = lambda artifact: None,
    scores: Sequence[Score | None] = (),
    are_checked: bool = False,
    threads: int = 1,
    seed: int = 0,
    effort: Effort | None = None,
    cache: Cache | None = None,
    wait_s: float = 0.0,
    progress: Progress = lambda what, done, total: None,
    warn: Callable[[str], None] = lambda sentence: None,
    log: Path | None = None,
    runtimes_package: str = "benchmark.runtimes",
    subject: Subject | None = None,
) -> list[BenchmarkRow]:
    """Return one row per entry, in order, each with its record; each is appended to `log` when it is done.

    A file that crashes, hangs or raises gets a `failed` row. Raises UsageError and DataError before any work.

    Args:
        data: the photos to score on; None measures only latency, load and memory.
        reference: the fp32 class maps of a file's network.
        scores: those of the files, in order, on the same photos, where they are known; empty: none is.
        are_checked: whether check_photos was called with these files and photos.
        cache: keeps the best known speed of this host. Without a cache that is not known, and no latency is VALID.
        wait_s: how long to wait at most for a quiet host before the timing.
        progress: called with a phase, how much of it is done, and its total.
        warn: called with a sentence on what makes figures doubtful.
        subject: the files' input and the check of their output; None: a photo of the data, or an embedded one.
    """
    effort = effort or Effort()
    known_scores = list(scores) or [None] * len(entries)
    are_checked = are_checked or (bool(entries) and None not in known_scores)
    photo, image = _check(entries, data, threads, progress, warn, are_checked)
    subject = subject or OnePhoto(path=photo, image=image)
    runtimes = [_runtime(runtimes_package, entry.runtime) for entry in entries]
    rows: dict[int, BenchmarkRow] = {}
    place: Place | None = None
    groups = 0  # done: files of one group took turns with one another

    def done(index: int, made: dict[str, Any], reason: str = "") -> None:
        try:
            text = sealed(made)
        except RecordError as error:  # a file's figures may be beyond all bounds; the others' stand
            if made["status"] == "failed":
                raise
            return without_result(index, "failed", f"its record cannot be written: {error.message}")
        row = row_of(json.loads(text), str(entries[index].path))
        named: dict[str, Any] = {"split": data.split, "data": data.name, "data_hash": data.hash} if data else {}
        rows[index] = dataclasses.replace(row, reason=printable(reason), **named)  # its record's has no folders
        if log is not None:
            append_row(log, rows[index])

    def without_result(index: int, status: str, reason: str) -> None:
        assert place is not None
        entry = entries[index]
        done(
            index,
            document.without_result(place, index, groups, entry.artifact, entry.path, runtimes[index], status, reason),
            reason,
        )

    waiting, unusable = [], {}
    for index, entry in enumerate(entries):
        status, reason = _unusable(runtimes_package, entry.runtime)
        if status:
            unusable[index] = (status, reason)
        else:
            waiting.append(index)
    is_anything_timed = effort.passes > 1 and any(is_timed(runtimes[index].module) for index in waiting)
    known = None
    if cache is not None and is_anything_timed:
        known = best.known(cache) or (best.find(cache, progress, warn) if effort.ceiling_s else None)
    place = _place(len(entries), threads, seed, known)
    for index, (status, reason) in unusable.items():
        without_result(index, status, reason)
    waiting.sort(key=lambda i: reference_key(entries[i].artifact))  # a reference runs once for a whole group
    while waiting:
        # Left in reverse: processes end, so threads stop waiting for them, then pipes close and files go.
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pocketseg-benchmark-")))
            pipes = stack.enter_context(ExitStack())
            pool = ThreadPoolExecutor(usable_cores())
            stack.callback(pool.shutdown, cancel_futures=True)
            processes = stack.enter_context(ExitStack())
            opened = Group(
                subject=subject, threads=threads, timeout_s=effort.timeout_s, folder=folder, pool=pool,
                processes=processes, pipes=pipes,
            ).open(
                [(index, entries[index], runtimes[index]) for index in waiting],
                lambda phase, done: progress(phase, len(rows) + done, len(entries)),
            )  # fmt: skip
            group, waiting = opened.runs, opened.left
            for index, reason in opened.failures.items():
                without_result(index, "failed", f"opening: {reason}")
            runs = list(group.values())
            watch = Watch([run.worker.process.pid for run in runs])
            if is_anything_timed:
                if wait_s and not wait_until_quiet(wait_s, place.best, progress):
                    warn(f"the computer did not become quiet within {wait_s:.0f} s; measuring anyway")
                watch.before()
            watch.start()
            began = time_all(runs, effort, seed, place.best, progress)
            watch.stop()
            if is_anything_timed:
                watch.after()
            checked: dict[int, tuple[Golden, Sequence[EndToEnd]]] = {}
            for index, run in group.items():
                if not run.failure:
                    progress("checking outputs, timing photo to mask", len(checked), len(group))
                    checked[id(run)] = _checked(run, index, subject, began, folder, effort)
            for index in [i for i, run in group.items() if run.failure]:
                phase = "checking" if id(group[index]) in checked else "timing"
                without_result(index, "failed", f"{phase}: {group.pop(index).failure}")
            state_end, unknown = state_document("end")
            scored = {index: known_scores[index] for index in group}
            if data is not None and (missing := [index for index, score in scored.items() if score is None]):
                made = score_all(
                    [group[index] for index in missing], data, reference, folder, pool, effort.timeout_s,
                    lambda now, total: progress("scoring", now, total),
                )  # fmt: skip
                scored |= dict(zip(missing, made, strict=True))
            if cache is not None:
                best.reached(cache, [r for run in runs for turn in run.turns for r in (turn.before, turn.after)])
            for index, run in group.items():
                if run.failure:
                    without_result(index, "failed", f"scoring: {run.failure}")
                    continue
                golden, whole = checked[id(run)]
                found = Measured(
                    run=run,
                    golden=golden,
                    end_to_end=whole,
                    score=scored[index],
                    conditions=watch.conditions(
                        best_known=place.best is not None, golden=golden.status, golden_reason=golden.reason
                    ),
                    state_end=state_end,
                    unknown=unknown,
                )
                entry = entries[index]
                done(
                    index,
                    document.of_result(place, index, groups, entry.artifact, entry.path, runtimes[index], found, data),
                )
        groups += 1
    return [rows[index] for index in range(len(entries))]


def refused_document(entry: Entry, reason: str) -> dict[str, Any]:
    """Return the unsealed record of a file that cannot run on this host, as a run of its own."""
    runtime = _runtime("benchmark.runtimes", entry.runtime)
    place = _place(1, 1, 0, None)
    return document.without_result(place, 0, 0, entry.artifact, entry.path, runtime, "refused", reason)


def _place(files: int, threads: int, seed: int, known: best.Best | None) -> Place:
    """Return where and when this run is, and how fast the host is known to be."""
    device, unknown_device = device_document()
    state, unknown_state = state_document("start")
    return Place(
        run_id=uuid.uuid4().hex,
        files=files,
        started_at=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        seed=seed,
        threads=threads,
        device=device,
        state_start=state,
        best=known.reading if known else None,
        best_reached_at=known.reached_at if known else None,
        unknown={**unknown_device, **unknown_state},
    )


def _checked(
    run: Run, index: int, subject: Subject, began: float, folder: Path, effort: Effort
) -> tuple[Golden, Sequence[EndToEnd]]:
    """Check a file's output and time a photo from file to mask; a failure is noted in the run."""
    found: Golden = Golden(status="not checked", reason="its process failed")
    whole: Sequence[EndToEnd] = ()
    with drops_out(run):
        found = subject.check(run, index, folder, effort.timeout_s)
        if run.timed and not run.artifact.signals:  # finding the signals belongs to the way from photo to mask
            with checks.torch_threads(run.threads):
                whole = checks.end_to_end(run, subject.path, began, folder, effort.timeout_s)
    return found, whole


def _check(
    entries: Sequence[Entry],
    data: ScoredPhotos | None,
    threads: int,
    progress: Progress,
    warn: Callable[[str], None],
    are_checked: bool = False,
) -> tuple[Path, Pixels]:
    """Refuse, before any work, what cannot be measured; return the photo to time, as its file and as H,W,3 uint8.

    are_checked: whether the photos need not be read, but that one.
    """
    check_threads(threads)
    if data is None:
        # times choose, and no test photo has a part in that
        path = sample_photos().image_path(sample_ids("train")[0])
        return path, read_image(path)
    if are_checked:
        check_entries(entries, data)
    else:
        check_photos(entries, data, progress, warn)
    path = data.photos.image_path(data.ids[0])
    return path, read_image(path)


def _unusable(package: str, runtime: str) -> tuple[str, str]:
    """Return (status, reason) of a runtime that cannot be used on this host, else two empty texts."""
    try:
        reason = importlib.import_module(f"{package}.{runtime}").refusal()
    except ImportError as error:
        return "failed", f"runtime {runtime} cannot be imported: {error}"
    return ("refused", str(reason)) if reason else ("", "")


def _runtime(package: str, name: str) -> Runtime:
    """Return a runtime's description. The file of an evaluator, which is not a device, sets `LABEL`."""
    module = f"{package}.{name}"
    try:
        label = str(getattr(importlib.import_module(module), "LABEL", ""))
        kind = "host" if is_timed(module) else "reference"
    except ImportError:  # the row says so
        label, kind = "", "host"
    return Runtime(name=name, module=module, kind=kind, label=label)


def is_timed(module: str) -> bool:
    """Return whether a runtime's speed means anything; an evaluator sets `TIMED = False` in its file."""
    return bool(getattr(importlib.import_module(module), "TIMED", True))
