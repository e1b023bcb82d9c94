"""Runs a command and watches it: its time, its processors' time, its processes' memory, and when it printed what."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

LOOK_EVERY_S = 1.0  # at memory: seldom enough for what is timed meanwhile
_PR_SET_CHILD_SUBREAPER = 36

Line = tuple[float, str]  # seconds since the start, and what was printed then


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What a command took.

    Attributes:
        user_s, system_s: of its processes together.
        peak_bytes: the most that its processes held at one moment, resident; a page that two share counts twice.
        peak_process_bytes: the most that one of them held.
    """

    status: int
    wall_s: float
    user_s: float
    system_s: float
    peak_bytes: int
    peak_process_bytes: int
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """Return what it printed."""
        return "\n".join(line for _, line in self.lines)


def watch(
    command: Sequence[str], cwd: Path, environment: Mapping[str, str], look_every_s: float = LOOK_EVERY_S
) -> Watched:
    """Run a command to its end. What it leaves running is ended, and counts."""
    _adopt_orphans()
    others = {child.pid for child in psutil.Process().children()}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(
        command, cwd=cwd, env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace",
    )  # fmt: skip
    memory = _Memory(others, look_every_s)
    lines: list[Line] = []

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append((time.monotonic() - began, line.rstrip("\n")))

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        status = process.wait()
        wall_s = time.monotonic() - began
    finally:
        memory.stop()
        _end(_descendants(others))  # one that is left would hold the pipe
        process.wait()
        reader.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Watched(
        status=status,
        wall_s=wall_s,
        user_s=after.ru_utime - before.ru_utime,
        system_s=after.ru_stime - before.ru_stime,
        peak_bytes=memory.peak_bytes,
        peak_process_bytes=memory.peak_process_bytes,
        lines=tuple(lines),
    )


class _Memory:
    """Looks at the memory of a command's processes now and then. others: other children of this process."""

    def __init__(self, others: Collection[int], look_every_s: float) -> None:
        self.peak_bytes = self.peak_process_bytes = 0
        self._others = others
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, args=(look_every_s,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._done.set()
        self._thread.join()

    def _look(self, every_s: float) -> None:
        while not self._done.wait(every_s):
            held = [_resident(process) for process in _descendants(self._others)]
            self.peak_bytes = max(self.peak_bytes, sum(held))
            self.peak_process_bytes = max(self.peak_process_bytes, *held, 0)


def _resident(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.Error):  # it has ended since
        return int(process.memory_info().rss)
    return 0


def _adopt_orphans() -> None:
    """Become the parent of descendants whose parent ends, so that their processor time is counted here (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _descendants(others: Collection[int]) -> list[psutil.Process]:
    """Return the processes below this one, but for those in `others` and below them."""
    found = []
    for child in psutil.Process().children():
        if child.pid not in others:
            with contextlib.suppress(psutil.Error):  # it has ended since
                found += [child, *child.children(recursive=True)]
    return found


def _end(processes: Sequence[psutil.Process]) -> None:
    """Kill processes and wait for them, so that their processor time is counted."""
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()
    for process in processes:
        with contextlib.suppress(ChildProcessError):  # not ours, or waited for
            os.waitpid(process.pid, 0)
