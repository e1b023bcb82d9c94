"""The open connections: limited in number; an idle one is closed to make room for one with a request."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

_SPARED_S = 1.0  # a connection that has just come may be about to ask


@dataclass(eq=False, slots=True)
class Connection:
    """One connection and its thread. idle_since: by time.monotonic(); None while a request is being answered."""

    stream: socket.socket
    thread: threading.Thread | None = None
    idle_since: float | None = field(default_factory=time.monotonic)
    is_leaving: bool = False

    def cut(self) -> None:
        """Close it from another thread, which wakes up its own."""
        with suppress(OSError):
            socket.socket.shutdown(self.stream, socket.SHUT_RDWR)  # not TLS's own, which is another thread's


class Connections:
    """The open connections of a server."""

    def __init__(self, most: int) -> None:
        self._most, self._open, self._changing = most, set[Connection](), threading.Lock()

    def take(self, stream: socket.socket) -> Connection | None:
        """Return a slot for a connection; None if busy connections occupy all."""
        with self._changing:
            staying = [one for one in self._open if not one.is_leaving]
            if len(staying) >= self._most:
                now = time.monotonic()
                idle = [one for one in staying if one.idle_since is not None and now - one.idle_since >= _SPARED_S]
                if not idle or len(self._open) >= 2 * self._most:
                    return None
                longest = min(idle, key=lambda one: one.idle_since or 0.0)
                longest.is_leaving = True
                longest.cut()
            made = Connection(stream=stream)
            self._open.add(made)
            return made

    def leave(self, one: Connection) -> None:
        """Release a slot."""
        with self._changing:
            self._open.discard(one)

    def end(self, within_s: float) -> None:
        """Close all connections, and wait up to `within_s` seconds for their threads."""
        until = time.monotonic() + within_s
        with self._changing:
            every = list(self._open)
        for one in every:
            one.cut()
        for one in every:
            if one.thread is not None:
                one.thread.join(max(0.0, until - time.monotonic()))
