"""The parent's end of a measuring process: start it, ask it, say why it failed, end it."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from pocketseg.core.cache import ROOT
from pocketseg.core.errors import RuntimeFailedError
from pocketseg.core.files import disk_faults

# engines and their maths libraries read these when they load
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
_LOG_LINES = 2
_LOG_LINE_LENGTH = 200
_LOG_TAIL_BYTES = 8192


class Worker:
    """One process that holds one file. Every failure is a RuntimeFailedError, after which the process is gone."""

    def __init__(self, log: Path, threads: int) -> None:
        """Start the process; `log` takes what it prints."""
        environment = {**os.environ, **dict.fromkeys(_THREAD_VARIABLES, str(threads)), "PYTHONWARNINGS": "ignore"}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
        self.log = log
        self._pending = b""
        self._answers, write = os.pipe()
        try:
            with disk_faults(log), log.open("wb") as stream:
                self.process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "benchmark._worker", str(write)],
                    bufsize=0,
                    stdin=subprocess.PIPE,
                    stdout=stream,
                    stderr=subprocess.STDOUT,
                    pass_fds=(write,),
                    env=environment,
                )
        finally:
            os.close(write)

    def ask(self, request: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        """Send one request and wait for its answer, asleep."""
        try:
            assert self.process.stdin is not None
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
        except (BrokenPipeError, ValueError):
            pass  # it is gone: the answer's end says why
        line = self._read_line(time.monotonic() + timeout_s)
        if line is None:
            self.kill()
            raise RuntimeFailedError(f"no answer within {timeout_s:g} s" + self._said())
        if not line:
            raise RuntimeFailedError(self._ending())
        try:
            answer: dict[str, Any] = json.loads(line)
        except ValueError as error:
            self.kill()
            raise RuntimeFailedError(f"its answer is no JSON: {line[:80]!r}") from error
        if "error" in answer:
            self.kill()
            raise RuntimeFailedError(" ".join(str(answer["error"]).split()))
        return answer

    def kill(self) -> None:
        """End the process now; nothing of it is left to save."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """End the process and release the pipes; no thread may still be asking."""
        self.kill()
        if self.process.stdin is not None:
            self.process.stdin.close()
        os.close(self._answers)

    def _read_line(self, deadline: float) -> bytes | None:
        """Give the next line, empty at the end, None when the deadline passes."""
        poll = select.poll()
        poll.register(self._answers, select.POLLIN)
        while b"\n" not in self._pending:
            left_s = deadline - time.monotonic()
            if left_s <= 0 or not poll.poll(left_s * 1e3):
                return None
            part = os.read(self._answers, 1 << 16)
            if not part:
                return b""
            self._pending += part
        line, _, self._pending = self._pending.partition(b"\n")
        return line

    def _ending(self) -> str:
        """Say how the process ended: by which signal, with which last words."""
        try:
            code = self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.kill()
            return "it closed its answers without ending" + self._said()
        if code >= 0:
            return f"its process ended with status {code}" + self._said()
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = str(-code)
        memory = ", perhaps for want of memory" if -code == signal.SIGKILL else ""
        return f"its process was ended by signal {name}{memory}" + self._said()

    def _said(self) -> str:
        with self.log.open("rb") as stream:
            stream.seek(max(0, self.log.stat().st_size - _LOG_TAIL_BYTES))
            lines = stream.read().decode("utf-8", "replace").split("\n")
        last = [line.strip()[:_LOG_LINE_LENGTH] for line in lines if line.strip()][-_LOG_LINES:]
        return f"; it said: {' | '.join(last)}" if last else ""
