"""The server of `pocketseg serve`: a limited number of threads, each with one connection and time limits.

It uses only the standard library. A client's error is answered in JSON or ends its connection; neither such errors nor
tracebacks reach the terminal.
"""

from __future__ import annotations

import errno
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType

from pocketseg.core.errors import UsageError
from pocketseg.core.record import printable
from pocketseg.web._connections import Connection, Connections
from pocketseg.web._content import Body
from pocketseg.web._desk import Desk
from pocketseg.web._reply import OF_TRUSTED, Reply, refusal
from pocketseg.web._request import Request, parse
from pocketseg.web._wire import GoneError, Wire
from pocketseg.web.addresses import is_of_loopback
from pocketseg.web.certificate import TlsFiles
from pocketseg.web.inbox import Inbox
from pocketseg.web.refused import Refused
from pocketseg.web.site import Site

_ENDING_S = 1.5
_BUSY = Refused(503, "too many connections at once", "reload the page in a moment")
_PLAIN_HTTP = Refused(400, "this page is served by https", "open the link that begins with https://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long and how much a client may ask for.

    A body or an answer may take base_s, and one second more for every least_in_bytes_per_s or least_out_bytes_per_s.
    """

    connections: int = 64
    handshake_s: float = 10.0
    idle_s: float = 20.0
    head_s: float = 10.0
    base_s: float = 15.0
    least_in_bytes_per_s: int = 32 << 10
    least_out_bytes_per_s: int = 128 << 10
    bodies_bytes: int = 256 << 20  # of all that are being read at once


class Server:
    """Serves from start() to close(), in its own threads. As a context manager it calls both."""

    def __init__(
        self,
        site: Site,
        inbox: Inbox,
        token: str,
        *,
        host: str,
        port: int,
        tls: TlsFiles | None,
        hosts: Collection[str],
        limits: Limits = Limits(),
        note: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        """Open the port, or any free one if it is 0; then `port` is its number.

        Raises UsageError if the port or the address is not available.

        Args:
            hosts: values of the Host header that are answered, with or without `:port`.
            note: called with a sentence on what went wrong on this side.
        """
        self._limits, self._note, self._context = limits, note, _context(tls)
        self._connections = Connections(limits.connections)
        self._bodies_bytes, self._reading = 0, threading.Lock()
        self._said_untrusted = False
        self._listener = _listener(host, port)
        self.port: int = self._listener.getsockname()[1]
        scheme = "http" if tls is None else "https"
        self._desk = Desk(site, inbox, token, hosts=hosts, port=self.port, scheme=scheme)
        self._accepting: threading.Thread | None = None
        self._is_over = threading.Event()

    def start(self) -> None:
        """Start to answer requests."""
        self._accepting = threading.Thread(target=self._accept, name="serve", daemon=True)
        self._accepting.start()

    def close(self) -> None:
        """Revoke the token and close every connection; a record that is being scored is left to the inbox."""
        self._desk.revoke()
        self._is_over.set()
        if self._accepting is not None:
            self._accepting.join(_ENDING_S)
        self._listener.close()
        self._connections.end(_ENDING_S)

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _accept(self) -> None:
        self._listener.settimeout(0.2)  # how soon close() is seen
        while not self._is_over.is_set():
            try:
                stream, address = self._listener.accept()
            except TimeoutError:
                continue
            except OSError as error:
                if not self._is_over.is_set():  # no file descriptors left, for a moment
                    self._note(f"a connection could not be accepted: {error.strerror or error}")
                    time.sleep(0.2)
                continue
            place = self._connections.take(stream)
            if place is None:
                _turn_away(stream, is_plain=self._context is None)
                continue
            place.thread = threading.Thread(target=self._work, args=(place, str(address[0])), daemon=True)
            try:
                place.thread.start()
            except RuntimeError:  # the system gives no more threads
                place.thread = None
                self._connections.leave(place)
                _turn_away(stream, is_plain=self._context is None)

    def _work(self, place: Connection, peer: str) -> None:
        """Serve one connection to its end, whatever happens on it."""
        try:
            self._serve(place, peer)
        except GoneError:
            with suppress(OSError):  # what it did not read would else wait in the system's memory
                place.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except Exception as error:  # noqa: BLE001 - a fault of ours is said in a sentence, and ends one connection alone
            self._note(f"a request met an internal error of the server: {_name(error)}")
        finally:
            with suppress(OSError):
                place.stream.close()
            self._connections.leave(place)

    def _serve(self, place: Connection, peer: str) -> None:
        with suppress(OSError):
            place.stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._context is not None and not self._shake_hands(place):
            return
        wire = Wire(place.stream)
        without = () if self._context is not None or is_of_loopback(place.stream) else OF_TRUSTED
        while not self._is_over.is_set():
            place.idle_since = time.monotonic()
            reply, request = self._next(place, wire, peer)
            if reply is None:
                return
            stays = request is not None and request.stays
            self._send(wire, reply, stays=stays, without=without)
            if reply.closes or not stays:
                wire.linger()
                return

    def _next(self, place: Connection, wire: Wire, peer: str) -> tuple[Reply | None, Request | None]:
        """Read a request and return its answer; None if the client sent no further request."""
        request = None
        try:
            head = wire.head(time.monotonic() + self._limits.idle_s, self._limits.head_s)
            place.idle_since = None
            if head is None:
                return None, None
            request = parse(head)
            self._desk.check(request)
            body = self._body(wire, request, self._desk.body_bytes(request))
        except Refused as error:
            is_head = request is not None and request.method == "HEAD"
            unread = request is None or bool(request.body_bytes) or request.method == "PUT"
            return refusal(error, is_head=is_head, closes=unread), request
        try:
            return self._desk.answer(request, body, peer), request
        except Refused as error:
            if error.status >= 500:
                self._note(error.inner)
            return refusal(error, is_head=request.method == "HEAD"), request
        except Exception as error:  # noqa: BLE001 - the client is told that it is no fault of its own
            self._note(f"a request met an internal error of the server: {_name(error)}")
            own = Refused(500, "internal error of the server", "see the terminal of `pocketseg serve`")
            return refusal(own, is_head=request.method == "HEAD", closes=True), request

    def _body(self, wire: Wire, request: Request, size_bytes: int) -> bytes:
        if size_bytes == 0:
            return b""
        with self._reading:
            if self._bodies_bytes + size_bytes > self._limits.bodies_bytes:
                raise Refused(503, "too much is being sent at once", "send it again", headers={"Retry-After": "1"})
            self._bodies_bytes += size_bytes
        try:
            until = time.monotonic() + self._limits.base_s + size_bytes / self._limits.least_in_bytes_per_s
            if request.one("expect"):
                wire.send([b"HTTP/1.1 100 Continue\r\n\r\n"], until)
            return wire.body(size_bytes, until)
        finally:
            with self._reading:
                self._bodies_bytes -= size_bytes

    def _send(self, wire: Wire, reply: Reply, *, stays: bool, without: Collection[str]) -> None:
        size = reply.body.size_bytes if isinstance(reply.body, Body) else len(reply.body or b"")
        until = time.monotonic() + self._limits.base_s + size / self._limits.least_out_bytes_per_s
        head = reply.head(stays=stays, without=without)
        if not isinstance(reply.body, Body):
            wire.send([head + (reply.body or b"")], until)
            return
        wire.send([head], until)
        try:
            wire.send(reply.body.chunks(), until)
        except (OSError, ValueError) as error:  # the file; of the client it is a GoneError
            self._note(f"what was being sent changed meanwhile: {_name(error)}")
            raise GoneError from error

    def _shake_hands(self, place: Connection) -> bool:
        """Begin TLS in the time allowed; return False if the client does not speak TLS or trust the certificate."""
        assert self._context is not None
        plain = place.stream
        try:
            plain.settimeout(self._limits.handshake_s)
            if plain.recv(1, socket.MSG_PEEK).isalpha():  # the first byte of a method; TLS begins with another
                Wire(plain).send(_whole(refusal(_PLAIN_HTTP, closes=True)), time.monotonic() + 1.0)
                Wire(plain).linger()
                return False
            wrapped = self._context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
            place.stream = wrapped
            wrapped.settimeout(self._limits.handshake_s)
            wrapped.do_handshake()
        except OSError as error:
            if "alert" in str(error).lower() and not self._said_untrusted:
                self._said_untrusted = True
                self._note("a browser has not accepted the certificate yet: on the phone, continue to the page once")
            return False
        return True


def _context(tls: TlsFiles | None) -> ssl.SSLContext | None:
    if tls is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(tls.certificate, tls.key)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the certificate {tls.certificate} cannot be used ({error})", hint="remove it; a new one is then made"
        ) from error
    return context


def check_port(host: str, port: int) -> None:
    """Refuse, before any work, a port that is not available. Raises UsageError."""
    _listener(host, port).close()


def _listener(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises UsageError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if host == "::" else 1)
        made.bind((host, port))
        made.listen(128)
    except (OSError, OverflowError) as error:
        made.close()
        code = error.errno if isinstance(error, OSError) else None
        if code == errno.EADDRINUSE:
            hint = "stop what is using it, or give another: --port N"
            raise UsageError(f"port {port} is already in use on this computer", hint=hint) from error
        if code == errno.EACCES:
            raise UsageError(f"you are not allowed to use port {port}", hint="give a --port of 1024 or more") from error
        said = f"nothing can be served at {printable(host)}, port {port} ({error})"
        raise UsageError(said, hint="give another --port, or leave out --lan") from error
    return made


def _turn_away(stream: socket.socket, *, is_plain: bool) -> None:
    """Answer that there is no room, without waiting for anything, and close the connection."""
    with suppress(OSError):
        stream.setblocking(False)
        if is_plain:
            stream.send(b"".join(_whole(refusal(_BUSY, closes=True))))
            stream.shutdown(socket.SHUT_WR)
            stream.recv(1 << 16)  # what was asked already; unread, it would tear the answer from the client's hands
    with suppress(OSError):
        stream.close()


def _whole(reply: Reply) -> list[bytes]:
    assert isinstance(reply.body, bytes)
    return [reply.head(stays=False), reply.body]


def _name(error: BaseException) -> str:
    return printable(f"{type(error).__name__}: {error}", 200)
