"""One call of a program on this computer: a list of arguments, a time limit, and no more output than is asked for."""

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
    """What a program said, and its exit code."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """What it said, as text."""
        return self.out.decode("utf-8", "replace")


class TooLongError(Exception):
    """The program was not done in time, and was stopped."""


class TooMuchError(Exception):
    """The program said more than it may, and was stopped."""


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
            into += chunk[: most - len(into)]

    assert process.stdout is not None and process.stderr is not None
    readers = [
        threading.Thread(target=read, args=(process.stdout, out, most_bytes, over), daemon=True),
        threading.Thread(target=read, args=(process.stderr, err, _MOST_ERROR_BYTES, None), daemon=True),
    ]
    for reader in readers:
        reader.start()
    try:
        code = process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        raise TooLongError(f"not done within {timeout_s:g} s") from None
    finally:
        process.kill()
        process.wait()
        for reader in readers:
            reader.join(_CLOSING_S)
    if over.is_set():
        raise TooMuchError(f"more than {most_bytes:,} bytes")
    return Answer(code=code, out=bytes(out), err=err.decode("utf-8", "replace"))
