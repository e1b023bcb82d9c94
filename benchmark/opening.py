"""Opens the files of one group: engines are imported two at a time, then files are loaded one at a time, alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmark.checks import Subject
from benchmark.document import Runtime
from benchmark.entry import Entry
from benchmark.further import signals_file
from benchmark.timing import Run
from benchmark.worker import Worker
from pocketseg.core.errors import RuntimeFailedError
from pocketseg.core.npy import write_npy

IMPORTS_AT_ONCE = 2
GROUP_FILES = 24  # held in memory at a time
SPARE_MEMORY_BYTES = 2 << 30  # a further file is opened only while this much memory is free


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A group of files by their indices: those that run, why the others failed, and those left for the next group."""

    runs: dict[int, Run]
    failures: dict[int, str]
    left: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """How files are opened, and what ends their processes.

    Attributes:
        folder: for logs, and for what is passed on to the processes.
        pool: its threads wait while engines are imported.
        processes, pipes: left after the group was measured, the processes first.
    """

    subject: Subject
    threads: int
    timeout_s: float
    folder: Path
    pool: ThreadPoolExecutor
    processes: ExitStack
    pipes: ExitStack

    def open(self, files: Sequence[tuple[int, Entry, Runtime]], progress: Callable[[str, int], None]) -> Opened:
        """Open as many of the files as memory has room for, at least one. files: each with its index.

        progress: called with the phase and the number of files that are done.
        """
        started, failures = self._prepared(files, lambda done: progress("importing engines", done))
        runs: dict[int, Run] = {}
        left = [index for index, _, _ in files if index not in started and index not in failures]
        for index, entry, runtime in files:
            if index not in started:
                continue
            if runs and not has_room():
                started[index].kill()
                left.append(index)
                continue
            progress("opening", len(runs))
            try:
                opened = started[index].open(self.timeout_s)
            except RuntimeFailedError as error:
                failures[index] = error.message
                continue
            runs[index] = Run(
                artifact=entry.artifact, worker=started[index], opened=opened, timed=runtime.kind == "host"
            )
        return Opened(runs=runs, failures=failures, left=[index for index, _, _ in files if index in left])

    def _prepared(
        self, files: Sequence[tuple[int, Entry, Runtime]], progress: Callable[[int], None]
    ) -> tuple[dict[int, Worker], dict[int, str]]:
        """Start processes and let them import their engines; return them, and why others failed."""
        waiting: dict[Future[None], int] = {}
        workers: dict[int, Worker] = {}
        failures: dict[int, str] = {}

        def settle(most: int) -> None:
            """Wait until at most so many processes import."""
            while len(waiting) > most:
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    index = waiting.pop(future)
                    try:
                        future.result()
                    except RuntimeFailedError as error:
                        failures[index] = error.message
                        del workers[index]
                    progress(len(workers) - len(waiting))

        for index, entry, runtime in files:
            settle(IMPORTS_AT_ONCE - 1)
            if len(workers) == GROUP_FILES or (workers and not has_room()):
                break
            worker = workers[index] = self._started(index)
            photo = self._photo(entry.artifact.input_height_px, entry.artifact.input_width_px)
            # any person will do: what the signals show changes nothing about the time
            signals = signals_file(entry.artifact, None, [""], self.folder, f"signals-{index}")
            ready = self.pool.submit(
                worker.prepare, entry.path, runtime.module, self.threads, self.timeout_s, photo, signals
            )
            waiting[ready] = index
        settle(0)
        return workers, failures

    def _started(self, index: int) -> Worker:
        worker = Worker(self.folder / f"log-{index}.txt", self.threads)
        self.pipes.callback(worker.close)
        self.processes.callback(worker.kill)
        return worker

    def _photo(self, height_px: int, width_px: int) -> Path:
        """Return the file of the timed photo at an input's size, H,W,3 uint8."""
        path = self.folder / f"photo-{height_px}x{width_px}.npy"
        return path if path.exists() else write_npy(path, self.subject.input(height_px, width_px))


def has_room() -> bool:
    """Return whether another file may be opened."""
    return int(psutil.virtual_memory().available) > SPARE_MEMORY_BYTES
