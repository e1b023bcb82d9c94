"""The work of `serve`: serves a bundle and the page to browsers, and imports their measurements into one table."""

from __future__ import annotations

import errno
import queue
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pocketseg.core import bundle
from pocketseg.core.bundle import open_bundle
from pocketseg.core.errors import UsageError
from pocketseg.core.files import make_folder
from pocketseg.devices.adb import chosen
from pocketseg.web._kept import check_free
from pocketseg.web.addresses import lan_addresses
from pocketseg.web.certificate import TlsFiles, tls_files
from pocketseg.web.connection import (
    DEFAULT_PORT,
    EVERYWHERE,
    EVERYWHERE_6,
    LOOPBACK,
    LOOPBACK_NAMES,
    Connection,
    Reached,
    limits,
    links,
)
from pocketseg.web.forwarding import forwarded
from pocketseg.web.inbox import Arrived, Inbox
from pocketseg.web.page import licences, page_files, runtime_files
from pocketseg.web.server import Server, check_port
from pocketseg.web.session import BUNDLE_URL, Mode, session
from pocketseg.web.session import NAME as SESSION
from pocketseg.web.site import IMMUTABLE, NO_CACHE, Served, Site, mime_of
from pocketseg.web.token import draw

Note = Callable[[str], None]
RESULTS = "browser"  # in the folder of the table
LICENCES = "licences.txt"
_HASHED = re.compile(r"^assets/.+-[A-Za-z0-9_-]{8}\.(js|css)$")  # named by its content, as the page's build names it
_TRIED_PORTS = 20
_LOOKED_EVERY_S = 0.2


def site_of(folder: Path, sha256: str, mode: Mode) -> Site:
    """Return everything that is served for the bundle in a folder, and nothing else. Raises DataError, BundleError."""
    site = page_site()
    site |= {url: _public(path, IMMUTABLE) for url, path in runtime_files().items()}  # their folders name the version
    site[LICENCES] = Served(content=licences(), mime=mime_of(LICENCES), is_private=False, cache=NO_CACHE)
    site[SESSION] = Served(content=session(sha256, mode), mime=mime_of(SESSION), is_private=False, cache=NO_CACHE)
    with open_bundle(folder) as opened:
        names = [bundle.NAME, *(entry["name"] for entry in opened.content["files"])]
    for name in names:
        site[BUNDLE_URL + name] = Served(content=folder / name, mime=mime_of(name), is_private=True, cache=NO_CACHE)
    return {**site, "": site["index.html"]}


def page_site() -> dict[str, Served]:
    """Return the page's own files; those with a hash in their name may be cached for good. Raises DataError."""
    return {url: _public(path, IMMUTABLE if _HASHED.search(url) else NO_CACHE) for url, path in page_files().items()}


def _public(path: Path, cache: str) -> Served:
    return Served(content=path, mime=mime_of(path.name), is_private=False, cache=cache)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A way to reach the page, checked before any long work.

    Attributes:
        listened: the address that the server listens on.
        shown: hosts as written in links, the likeliest first.
        hosts: names that a request may give as its host.
    """

    connection: Connection
    listened: str
    shown: tuple[str, ...]
    hosts: tuple[str, ...]
    tls: TlsFiles | None


def prepare(connection: Connection, cache: Path) -> Prepared:
    """Check that a connection is possible: a network, a certificate, a phone on a cable, the port that was named.

    cache: where the certificate is kept, so that a phone has to trust it only once. Raises UsageError, DeviceError,
    StorageError.
    """
    addresses = lan_addresses() if connection.lan else []
    if connection.adb is not None:
        chosen(connection.adb or None)
        shown = ["localhost"]
    else:
        shown = [address.in_url for address in addresses] or [LOOPBACK]
    listened = LOOPBACK if not connection.lan else EVERYWHERE_6 if any(":" in name for name in shown) else EVERYWHERE
    names = [*(address.text for address in addresses), *LOOPBACK_NAMES]
    if connection.port is not None:
        check_port(listened, connection.port)
    return Prepared(
        connection=connection,
        listened=listened,
        shown=tuple(shown),
        hosts=tuple(dict.fromkeys([*shown, *LOOPBACK_NAMES])),
        tls=tls_files(cache / "tls", names) if connection.tls else None,
    )


def check_out(out: Path) -> None:
    """Refuse the folder of a table to which another `serve` is writing rows. Raises UsageError, StorageError."""
    check_free(out / RESULTS)


@contextmanager
def serving(
    folder: Path, sha256: str, out: Path, way: Prepared, *, note: Note, heard: Callable[[Arrived], None]
) -> Iterator[Reached]:
    """Serve the bundle in a folder until the end of the block; records go into the table in `out`.

    Records that an earlier `serve` of it received and did not finish are imported first.

    Args:
        heard: called with what arrives, by threads of the server.

    Raises:
        UsageError: if the port is taken.
        DeviceError: if there is no such phone on a cable, or its port is taken.
        DataError: if the table, the page or its runtimes cannot be used.
        StorageError: if the disk fails.
    """
    site, token, connection = site_of(folder, sha256, "serve"), draw(), way.connection
    with ExitStack() as kept:
        inbox = kept.enter_context(closing(Inbox(folder, make_folder(out / RESULTS), out, heard=heard)))
        for row in inbox.catch_up(note=note):
            note(f"{row.artifact}: its record arrived before and is in the table now")
        server = kept.enter_context(_server(site, inbox, token, way, note))
        if connection.adb is not None:
            phone = kept.enter_context(forwarded(connection.adb or None, server.port, note=note))
            note(f"port {server.port} of {phone.shown} is forwarded until you stop this command")
        yield Reached(
            links=links(connection, way.shown, server.port, token),
            limits=limits(connection),
            fingerprint=way.tls.fingerprint if way.tls else "",
        )


def _server(site: Site, inbox: Inbox, token: str, way: Prepared, note: Note) -> Server:
    """Return a server on the port that was named or, if none was, on the next free one. Raises UsageError."""
    first = way.connection.port
    usual = range(DEFAULT_PORT, DEFAULT_PORT + _TRIED_PORTS)
    for port in usual if first is None else (first,):
        try:
            server = Server(site, inbox, token, host=way.listened, port=port, tls=way.tls, hosts=way.hosts, note=note)
        except UsageError as error:
            is_taken = isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.EADDRINUSE
            if first is None and is_taken and port != usual[-1]:
                continue
            raise
        if first is None and port != DEFAULT_PORT:
            note(
                f"port {DEFAULT_PORT} is taken, perhaps by another `serve`, so {port} is used: a browser takes that "
                f"for another page, and does not send what it measured at port {DEFAULT_PORT}"
            )
        return server
    raise AssertionError("the last port was served or refused")


def follow(arrived: queue.Queue[Arrived], stop: threading.Event, told: Callable[[Arrived], None]) -> None:
    """Pass on what arrives, in the calling thread, until `stop` is set and everything is passed on."""
    while True:
        try:
            what = arrived.get(timeout=_LOOKED_EVERY_S)
        except queue.Empty:
            if stop.is_set():
                return
            continue
        try:
            told(what)
        except KeyboardInterrupt:  # which may have come before anything of it was said
            told(what)
            raise
