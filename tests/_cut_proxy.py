"""A TCP connection that can be broken: cut, or with one byte changed, after a given number of bytes to adbd."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable


class CutProxy:
    """Listens on loopback and forwards everything to a port, until a fault is due."""

    def __init__(self, to_port: int) -> None:
        self.to_port = to_port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.passed = 0  # bytes on their way to adbd since the last arming
        self.due: tuple[int, Callable[[], None] | None] | None = None
        self.open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def serial(self) -> str:
        """Return the serial of the phone behind it."""
        return f"127.0.0.1:{self.port}"

    def after(self, count: int, act: Callable[[], None] | None) -> None:
        """Do something once this many bytes have passed; None: flip a bit of the byte there."""
        self.passed, self.due = 0, (count, act)

    def cut(self) -> None:
        """Cut all connections, and accept no new one."""
        self.listener.close()
        for each in self.open:
            _end(each)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.to_port))
            self.open += [near, far]
            threading.Thread(target=self._pass, args=(near, far, self._spoil), daemon=True).start()
            threading.Thread(target=self._pass, args=(far, near, lambda data: data), daemon=True).start()

    @staticmethod
    def _pass(source: socket.socket, to: socket.socket, through: Callable[[bytes], bytes]) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                to.sendall(through(data))
        for each in (source, to):
            _end(each)

    def _spoil(self, data: bytes) -> bytes:
        before, self.passed = self.passed, self.passed + len(data)
        if self.due is None or self.passed <= self.due[0]:
            return data
        (count, act), self.due = self.due, None
        if act is not None:
            act()
            return data
        place = max(0, count - before)
        return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def _end(connection: socket.socket) -> None:
    """Close a connection on both sides; `close` would wait for the thread that reads it."""
    with contextlib.suppress(OSError):  # its other end was first
        connection.shutdown(socket.SHUT_RDWR)
