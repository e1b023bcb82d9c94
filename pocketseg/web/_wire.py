"""A connection with time limits: a client that is gone, or slow on purpose, loses it and delays nobody else."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from contextlib import suppress

from pocketseg.web._request import END, MOST_HEAD_BYTES
from pocketseg.web.refused import Refused

CHUNK_BYTES = 128 << 10
_LINGER_S = 1.0  # how long an answer to what was not read is given to arrive
_LINGER_BYTES = 4 << 20


class GoneError(Exception):
    """The client left, or was too slow: there is nobody to answer."""


class Wire:
    """The bytes of one connection. Every wait ends at a time that the caller sets, by time.monotonic()."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream, self._read = stream, bytearray()

    def head(self, idle_until: float, head_s: float) -> bytes | None:
        """Return the next request's head; None if the client sent nothing until `idle_until`, or left.

        head_s: how long the head may take from its first byte. Raises Refused if it is too large or too slow, GoneError
        if the client leaves within it.
        """
        until = idle_until
        if self._read:
            until = time.monotonic() + head_s
        while (end := self._read.find(END)) < 0:
            if len(self._read) > MOST_HEAD_BYTES:
                break
            began = bool(self._read)
            try:
                data = self._received(until)
            except TimeoutError:
                if not began:
                    return None
                raise Refused(408, f"the request did not arrive within {head_s:g} s", "reload the page") from None
            if not data:
                if began:
                    raise GoneError
                return None
            self._read += data
            if not began:
                until = time.monotonic() + head_s
        if not 0 <= end <= MOST_HEAD_BYTES:
            raise Refused(431, f"the request's head has more than {MOST_HEAD_BYTES:,} bytes", "reload the page")
        head = bytes(self._read[:end])
        del self._read[: end + len(END)]
        return head

    def body(self, size_bytes: int, until: float) -> bytes:
        """Return the bytes of the body. Raises Refused if they are too slow, GoneError."""
        found = bytearray(self._read[:size_bytes])
        del self._read[:size_bytes]
        while len(found) < size_bytes:
            try:
                data = self._received(until, size_bytes - len(found))
            except TimeoutError:
                hint = "move closer to the Wi-Fi router, and send it again"
                raise Refused(408, f"only {len(found):,} of {size_bytes:,} bytes arrived in time", hint) from None
            if not data:
                raise GoneError
            found += data
        return bytes(found)

    def send(self, parts: Iterable[bytes | memoryview], until: float) -> None:
        """Send everything. Raises GoneError if the client left or does not receive it in time."""
        for part in parts:
            rest = memoryview(part)
            while rest:
                self._wait_at_most(until)
                try:
                    sent = self._stream.send(rest[:CHUNK_BYTES])
                except OSError as error:  # TimeoutError and the errors of TLS are of it
                    raise GoneError from error
                rest = rest[sent:]

    def linger(self) -> None:
        """Let an answer arrive although the request was not read to its end.

        If the connection closed at once, the client would discard the answer.
        """
        until, left = time.monotonic() + _LINGER_S, _LINGER_BYTES
        with suppress(OSError, GoneError, TimeoutError):
            self._stream.shutdown(socket.SHUT_WR)
            while left > 0 and (data := self._received(until)):
                left -= len(data)

    def _received(self, until: float, most_bytes: int = CHUNK_BYTES) -> bytes:
        """Return some bytes; none at the end. Raises TimeoutError, GoneError."""
        left_s = until - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        try:
            self._stream.settimeout(left_s)
            return self._stream.recv(min(most_bytes, CHUNK_BYTES))
        except TimeoutError:
            raise
        except OSError as error:
            raise GoneError from error

    def _wait_at_most(self, until: float) -> None:
        left_s = until - time.monotonic()
        if left_s <= 0:
            raise GoneError
        try:
            self._stream.settimeout(left_s)
        except OSError as error:  # closed meanwhile
            raise GoneError from error
