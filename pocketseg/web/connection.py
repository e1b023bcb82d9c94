"""The ways in which a browser reaches the page: the links to print, and the limits of each way with a remedy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pocketseg.core.errors import UsageError

DEFAULT_PORT = 8765
LOOPBACK = "127.0.0.1"
EVERYWHERE, EVERYWHERE_6 = "0.0.0.0", "::"
LOOPBACK_NAMES = (LOOPBACK, "localhost")
_LEAST_PORT, _MOST_PORT = 1024, 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How the page is reached.

    Attributes:
        lan: by others on this network, not only by this computer.
        tls: over https, with a self-signed certificate.
        adb: by an Android phone on a cable with this serial; an empty serial means the only one connected, None no
            phone.
        port: None for the usual one or the next that is free, 0 for any that is free.
    """

    lan: bool = False
    tls: bool = False
    adb: str | None = None
    port: int | None = None

    def __post_init__(self) -> None:
        if self.adb is not None and self.lan:
            raise UsageError("--adb and --lan cannot be used together", hint="--adb needs no network: leave out --lan")
        if self.adb is not None and self.tls:
            raise UsageError(
                "--adb and --tls cannot be used together",
                hint="leave out --tls: a phone on a cable opens localhost, which browsers treat as secure",
            )
        if self.port and not _LEAST_PORT <= self.port <= _MOST_PORT:
            raise UsageError(f"port {self.port} cannot be used", hint=f"give one of {_LEAST_PORT} to {_MOST_PORT}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Where the page is, once it is served.

    Attributes:
        links: the likeliest first.
        limits: sentences on what this way cannot do.
        fingerprint: SHA-256 of the certificate, as browsers show it; empty without TLS.
    """

    links: tuple[str, ...]
    limits: tuple[str, ...]
    fingerprint: str = ""


def links(connection: Connection, hosts: Sequence[str], port: int, token: str) -> tuple[str, ...]:
    """Return a link for each host. The token is in the fragment, which browsers never send."""
    scheme = "https" if connection.tls else "http"
    return tuple(f"{scheme}://{host}:{port}/#token={token}" for host in hosts)


def limits(connection: Connection) -> tuple[str, ...]:
    """Return sentences on what a browser that comes this way cannot do and why, each with a remedy."""
    if connection.adb is not None:
        return ("over the cable nothing is restricted: to the phone this is its own localhost",)
    if not connection.lan:
        return ("only this computer can open it; --lan is for phones on the same network, --adb for one on a cable",)
    if connection.tls:
        return (
            "the certificate is self-signed, so a browser shows a warning once, before the page: on an iPhone tap Show "
            "Details, visit this website, Visit Website; in Chrome tap Advanced, Proceed",
            "anyone on this network who has the link can open the page until you stop this command",
        )
    return (
        "over plain http on a network a browser has one thread, no GPU, no camera and a coarse clock, and the screen "
        "may go dark; --tls gives all of these, and so does --adb for an Android phone on a cable",
        "anyone listening on this network can read the link, the files and the photos; --tls prevents that",
    )
