"""Calls a program on this host: a list of arguments, a time limit, and a limit on its output."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

_READ_BYTES = 1 << 16
_MOST_ERROR_BYTES = 1 << 14
_CLOSING_S = 5.0  # how long the pipes of a program that ended may stay open, in a child that it left behind


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A program's output and exit code."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """Return its output as text."""
        return self.out.decode("utf-8", "replace")


class TooLongError(Exception):
    """The program did not finish in time, and was stopped."""


class TooMuchError(Exception):
    """The program printed more than allowed, and was stopped."""


def call(arguments: Sequence[str], *, timeout_s: float, most_bytes: int) -> Answer:
    """Run a program to its end. Raises FileNotFoundError, PermissionError, TooLongError, TooMuchError."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process: subprocess.Popen[bytes] = subprocess.Popen(list(arguments), **pipes)  # type: ignore[call-overload]
    out, err = bytearray(), bytearray()
    over = threading.Event()

    def read(stream: IO[bytes], into: bytearray, most: int, stops: threading.Event | None) -> None:
        while chunk := stream.read1(_READ_BYTES):  # type: ignore[attr-defined]
            if len(into) + len(chunk) > most and stops is not None:
                stops.set()
                process.kill()
                return
            into += chunk
            del into[: max(0, len(into) - most)]  # of errors the last ones are kept

    assert process.stdout is not None and process.stderr is not None
    readers = [
        threading.Thread(target=read, args=(process.stdout, out, most_bytes, over), daemon=True),
        threading.Thread(target=read, args=(process.stderr, err, _MOST_ERROR_BYTES, None), daemon=True),
    ]
    waiter = threading.Thread(target=process.wait, daemon=True)  # Popen.wait with a limit looks but 20 times a second
    for thread in (*readers, waiter):
        thread.start()
    try:
        waiter.join(timeout_s)
        late = waiter.is_alive()
    finally:
        process.kill()
        code = process.wait()
        for reader in readers:
            reader.join(_CLOSING_S)
    if over.is_set():
        raise TooMuchError(f"more than {most_bytes:,} bytes")
    if late:
        raise TooLongError(f"not finished within {timeout_s:g} s")
    return Answer(code=code, out=bytes(out), err=err.decode("utf-8", "replace"))
