"""A child process that answers request after request: one line of JSON each way.

Requests go to the child's standard input. Answers come through a separate pipe, whose number is the child's argument:
whatever engines print goes into a log. An answer is {"found": ...}, or {"error": ...}, which is the last one.
"""

from __future__ import annotations

import json
import os
import queue
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketseg.core.child import end, end_with_parent, ending, last_lines, rebuilt, start, told
from pocketseg.core.errors import PocketSegError

if TYPE_CHECKING:
    import subprocess

Message = dict[str, Any]
_LOG_LINES = 2


class NoAnswer(Exception):
    """Why a child gave no answer, as a clause about its process: it hung, ended, or did not write JSON. It is gone."""


class Asked:
    """A child that answers requests. After `ask` raised an error the child has ended."""

    def __init__(self, module: str, *, log: Path, environment: Mapping[str, str], cwd: Path | None = None) -> None:
        """Start the child, in the folder `cwd`; `log` takes what it prints."""
        self.log = log
        self._pending = b""
        self._answers, write = os.pipe()
        try:
            self.process: subprocess.Popen[bytes] = start(
                module, [str(write)], log=log, environment=environment, cwd=cwd, pass_fds=(write,)
            )
        except BaseException:
            os.close(self._answers)
            raise
        finally:
            os.close(write)

    def ask(self, request: Message, timeout_s: float | None = None) -> Message:
        """Send one request and return the child's answer, asleep meanwhile; a timeout of None waits for ever.

        Raises NoAnswer, or the error that the child met: PocketSegError where its type is not in core/errors.py.
        """
        if self.process.poll() is not None:  # what its pipe may still hold answers another request
            raise NoAnswer(self._ending())
        try:
            assert self.process.stdin is not None
            left = memoryview(json.dumps(request).encode() + b"\n")
            while left:
                left = left[self.process.stdin.write(left) :]
        except (BrokenPipeError, ValueError):
            pass  # it has ended: reading the answer says why
        line = self._read_line(None if timeout_s is None else time.monotonic() + timeout_s)
        if line is None:
            self.kill()
            raise NoAnswer(f"no answer within {timeout_s:g} s" + self._said())
        if not line:
            raise NoAnswer(self._ending())
        try:
            answer = json.loads(line)
            if "found" in answer:
                found: Message = answer["found"]
                return found
            error = rebuilt(answer["error"], PocketSegError)
        except (ValueError, TypeError, KeyError) as wrong:
            self.kill()
            raise NoAnswer(f"its answer is not our JSON: {line[:80]!r}") from wrong
        self.kill()
        raise error

    def kill(self) -> None:
        """Kill the child; nothing in it needs saving."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """End the child and release the pipes; no thread may still be waiting for an answer."""
        end(self.process)
        os.close(self._answers)

    def _read_line(self, deadline: float | None) -> bytes | None:
        """Return the next line; empty at the end of the pipe, None when the deadline passes."""
        import select

        poll = select.poll()
        poll.register(self._answers, select.POLLIN)
        while b"\n" not in self._pending:
            left_ms = None if deadline is None else (deadline - time.monotonic()) * 1e3
            if (left_ms is not None and left_ms <= 0) or not poll.poll(left_ms):
                return None
            part = os.read(self._answers, 1 << 16)
            if not part:
                return b""
            self._pending += part
        line, _, self._pending = self._pending.partition(b"\n")
        return line

    def _ending(self) -> str:
        """Return how the child ended, with the last lines it printed."""
        import subprocess

        try:
            status = self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.kill()
            return "it closed its answer pipe without ending" + self._said()
        return f"its process {ending(status)}" + self._said()

    def _said(self) -> str:
        last = [line.strip() for line in last_lines(self.log, _LOG_LINES)]
        return f"; its last output: {' | '.join(last)}" if last else ""


def requests() -> Iterator[Message]:
    """Return what the parent asks, as it comes. From this call on the process ends with its parent."""
    waiting: queue.SimpleQueue[Message] = queue.SimpleQueue()
    end_with_parent(lambda line: waiting.put(json.loads(line)))
    return iter(waiting.get, None)


def answers(descriptor: int) -> tuple[Callable[[Any], None], Callable[[PocketSegError], None]]:
    """Return the functions that answer the parent: with what was found, with the error that was met."""
    os.set_inheritable(descriptor, False)
    stream = os.fdopen(descriptor, "wb")

    def write(message: Message) -> None:
        stream.write(json.dumps(message).encode() + b"\n")
        stream.flush()

    return lambda found: write({"found": found}), lambda error: write({"error": told(error)})
