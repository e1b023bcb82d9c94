"""Measure files: open them in processes of their own, time them in turns, then score them; one row each."""

from __future__ import annotations

import importlib
import importlib.metadata
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from benchmark.accuracy import Reference, Score, reference_key, score_all
from benchmark.device import device_facts, noise, usable_cores
from benchmark.photos import ScoredPhotos
from benchmark.rows import append_row
from benchmark.timing import Effort, Run, percentile_ms, time_all
from benchmark.worker import Worker
from pocketseg.core.errors import DataError, RuntimeFailedError, UsageError
from pocketseg.core.npy import write_npy
from pocketseg.core.types import Artifact, BenchmarkRow
from pocketseg.data.embedded import sample_ids, sample_photos
from pocketseg.data.faults import reported
from pocketseg.data.labelled import part_name, raised
from pocketseg.data.mapping import check_classes
from pocketseg.data.mask_facts import MaskFacts, facts, verdict
from pocketseg.data.photos import Pixels, read_image, read_pair
from pocketseg.inference import model_input

IMPORTS = ("benchmark.runtimes",)
GROUP_FILES = 24  # held in memory at a time
SPARE_MEMORY_BYTES = 2 << 30  # a further file is opened only while this much memory is free

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file to measure: its manifest's content, its path (manifest.json beside it), its runtime's name."""

    artifact: Artifact
    path: Path
    runtime: str


def measure(
    entries: Sequence[Entry],
    *,
    data: ScoredPhotos | None = None,
    reference: Reference = lambda artifact: None,
    threads: int = 1,
    seed: int = 0,
    effort: Effort | None = None,
    progress: Progress = lambda what, done, total: None,
    warn: Callable[[str], None] = lambda sentence: None,
    log: Path | None = None,
    runtimes_package: str = "benchmark.runtimes",
) -> list[BenchmarkRow]:
    """Give one row an entry, in their order; each is appended to `log` when it is done.

    data: None measures latency, load and memory alone. reference: the fp32 class maps of a file's network.
    progress: called with a phase, what is done of it and its total. warn: called with a sentence on noise.
    A file that crashes, hangs or raises gives a `failed` row. Raises UsageError and DataError before any work.
    """
    effort = effort or Effort()
    image = _check(entries, data, threads, progress, warn)
    device = device_facts()
    rows: dict[int, BenchmarkRow] = {}
    describe = _Describe(entries, data, threads, device, runtimes_package)

    def done(index: int, row: BenchmarkRow) -> None:
        rows[index] = row
        if log is not None:
            append_row(log, row)

    waiting = []
    for index, entry in enumerate(entries):
        status, reason = _unusable(runtimes_package, entry.runtime)
        if status:
            done(index, describe.without_result(index, status, reason))
        else:
            waiting.append(index)
    waiting.sort(key=lambda i: reference_key(entries[i].artifact))  # a reference runs once for a whole group
    if waiting and (sentence := noise(device)):
        warn(sentence)
    while waiting:
        # Left in reverse: processes end, so threads stop waiting for them, then pipes close and files go.
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pocketseg-benchmark-")))
            pipes = stack.enter_context(ExitStack())
            pool = ThreadPoolExecutor(usable_cores())
            stack.callback(pool.shutdown, cancel_futures=True)
            processes = stack.enter_context(ExitStack())
            group: dict[int, Run] = {}
            while waiting and (not group or (len(group) < GROUP_FILES and _has_room())):
                index = waiting.pop(0)
                progress("opening", len(rows) + len(group), len(entries))
                worker = Worker(folder / f"log-{index}.txt", threads)
                pipes.callback(worker.close)
                processes.callback(worker.kill)
                try:
                    group[index] = _open(worker, entries[index], image, folder, threads, effort, runtimes_package)
                except RuntimeFailedError as error:
                    done(index, describe.without_result(index, "failed", f"opening: {error.message}"))
            timed_at = datetime.now(UTC).isoformat(timespec="milliseconds")
            time_all(list(group.values()), effort, seed, lambda now, total: progress("timing", now, total))
            for index in [i for i, run in group.items() if run.failure]:
                done(index, describe.without_result(index, "failed", f"timing: {group.pop(index).failure}"))
            scores: list[Score] = []
            if data is not None and group:
                scores = score_all(
                    list(group.values()), data, reference, folder, pool, effort.timeout_s,
                    lambda now, total: progress("scoring", now, total),
                )  # fmt: skip
            for place, (index, run) in enumerate(group.items()):
                if run.failure:
                    done(index, describe.without_result(index, "failed", f"scoring: {run.failure}"))
                else:
                    done(index, describe.result(index, run, scores[place] if scores else None, timed_at))
    return [rows[index] for index in range(len(entries))]


def _check(
    entries: Sequence[Entry],
    data: ScoredPhotos | None,
    threads: int,
    progress: Progress,
    warn: Callable[[str], None],
) -> Pixels:
    """Refuse what cannot be measured, before any work; give the photo that is timed, H,W,3 uint8."""
    if threads < 1:
        raise UsageError(f"{threads} threads cannot run anything", hint="give --threads 1 or more")
    if data is None:
        photos = sample_photos()
        return read_image(
            photos.image_path(sample_ids("train")[0])
        )  # times choose, and no test photo has a part in that
    if not data.ids:
        raise UsageError(f"no photo of {data.name} is to be scored")
    for entry in entries:
        check_classes(str(entry.path), entry.artifact.classes, data.name, data.photos.classes)
    masks: list[MaskFacts] = []
    faults: list[DataError] = []
    for place, photo_id in enumerate(data.ids):
        with reported(faults.append):
            _, mask = read_pair(data.photos, photo_id)
            masks.append(facts(data.photos, photo_id, mask))
        progress("checking photos", place + 1, len(data.ids))
    for note in raised(verdict(data.photos, masks, faults, part_name(data.split or "all"))):
        warn(note)
    return read_image(data.photos.image_path(data.ids[0]))


def _unusable(package: str, runtime: str) -> tuple[str, str]:
    """Give the status and the reason of a runtime that cannot be used here, two empty texts where it can."""
    try:
        reason = importlib.import_module(f"{package}.{runtime}").refusal()
    except ImportError as error:
        return "failed", f"runtime {runtime} cannot be imported: {error}"
    return ("refused", str(reason)) if reason else ("", "")


def _has_room() -> bool:
    return int(psutil.virtual_memory().available) > SPARE_MEMORY_BYTES


def _open(worker: Worker, entry: Entry, image: Pixels, folder: Path, threads: int, effort: Effort, package: str) -> Run:
    """Let a process load its file and run it once."""
    height_px, width_px = entry.artifact.input_height_px, entry.artifact.input_width_px
    photo = folder / f"photo-{height_px}x{width_px}.npy"
    if not photo.exists():
        write_npy(photo, model_input(image, height_px, width_px))
    module = f"{package}.{entry.runtime}"
    request = {"file": str(entry.path), "image": str(photo), "runtime": module, "threads": threads}
    opened = worker.ask(request, effort.timeout_s)
    return Run(artifact=entry.artifact, worker=worker, opened=opened, timed=is_timed(module))


def _label(module: str) -> dict[str, str]:
    """Give what a row must say of a runtime that is no device: an evaluator says `LABEL` in its file."""
    label = str(getattr(importlib.import_module(module), "LABEL", ""))
    return {"label": label} if label else {}


def is_timed(module: str) -> bool:
    """Say whether a runtime's speed means anything; an evaluator says `TIMED = False` in its file."""
    return bool(getattr(importlib.import_module(module), "TIMED", True))


@dataclass(frozen=True, slots=True)
class _Describe:
    """Make rows: what all rows of one measurement share, and what is each one's own."""

    entries: Sequence[Entry]
    data: ScoredPhotos | None
    threads: int
    device: dict[str, Any]
    package: str

    def without_result(self, index: int, status: str, reason: str) -> BenchmarkRow:
        """Make a refused or failed row."""
        return self._row(index, status=status, reason=reason, threads=self.threads, device=self.device)

    def result(self, index: int, run: Run, score: Score | None, timed_at: str) -> BenchmarkRow:
        """Make an ok row. load_ms: until the session is loaded; device.first_run_ms: the first run after it;
        device.timed_at: one for the files that took turns with one another; device.runs_a_turn: latencies of one turn;
        device.matrix_tiles: see _tiles.py."""
        tiles = {"matrix_tiles": run.opened["matrix_tiles"]}
        device = {**self.device, **tiles, **_label(f"{self.package}.{self.entries[index].runtime}")}
        numbers: dict[str, Any] = {"threads": run.opened["threads"], "device": device}
        if run.timed:
            numbers |= {
                "latencies_ms": tuple(run.latencies_ms),
                "p50_ms": percentile_ms(run.latencies_ms, 50),
                "p90_ms": percentile_ms(run.latencies_ms, 90),
                "load_ms": run.opened["load_ms"],
                "peak_rss_bytes": run.peak_rss_bytes,
                "device": {
                    **device,
                    "first_run_ms": run.opened["first_run_ms"],
                    "timed_at": timed_at,
                    "runs_a_turn": run.runs_a_turn,
                },
            }
        if score is not None and self.data is not None:
            numbers |= {
                "miou": score.meter.miou(),
                "iou": score.meter.iou(),
                "argmax_agreement": score.argmax_agreement,
                "photos": len(self.data.ids),
            }
        return self._row(index, status="ok", **numbers)

    def _row(self, index: int, **numbers: Any) -> BenchmarkRow:
        entry = self.entries[index]
        artifact = entry.artifact
        return BenchmarkRow(
            model=artifact.model,
            recipe=artifact.recipe,
            target=artifact.target,
            precision=artifact.precision,
            runtime=entry.runtime,
            size_bytes=artifact.size_bytes,
            split=self.data.split if self.data else "",
            data=self.data.name if self.data else "",
            data_hash=self.data.hash if self.data else "",
            runtime_version=_version(f"{self.package}.{entry.runtime}"),
            artifact_sha256=artifact.sha256,
            artifact=str(entry.path),
            output=artifact.output,
            **numbers,
        )


def _version(module: str) -> str:
    """Name the distribution that a runtime runs on, with its version; empty where it is not installed."""
    try:
        tool = str(importlib.import_module(module).TOOL)
        return f"{tool} {importlib.metadata.version(tool)}"
    except (ImportError, importlib.metadata.PackageNotFoundError):
        return ""
