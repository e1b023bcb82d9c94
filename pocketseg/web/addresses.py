"""The addresses under which others on the local network reach this computer; nothing is sent to find them."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import psutil

from pocketseg.core.errors import UsageError

# Networks that live within this computer, or lead elsewhere than to the phone beside it.
_INNER = ("docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "lxc", "lxd", "cni", "flannel", "podman", "utun", "tun",
          "tap", "wg", "tailscale", "zt", "awdl", "llw", "anpi", "bridge", "vethernet", "hyper-v", "ham")  # fmt: skip
_ELSEWHERE = (("192.0.2.1", socket.AF_INET), ("2001:db8::1", socket.AF_INET6))  # of documentation: nobody has them
_NONE = "this computer has no address on a local network"
_CONNECT = "join the Wi-Fi that the phone is in; or plug the phone in and use --adb, which needs no network"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address of this computer. interface: the system's name for the network card."""

    text: str
    interface: str

    @property
    def in_url(self) -> str:
        """Return the address as written in a URL: IPv6 in brackets."""
        return f"[{self.text}]" if ":" in self.text else self.text


def lan_addresses(*, leaving_by: Callable[[], Iterable[str]] | None = None) -> list[Address]:
    """Return the addresses under which a phone on the same network may reach this computer, the likeliest first.

    leaving_by: returns the source addresses of outgoing packets. Raises UsageError if there is no address.
    """
    outward = set((leaving_by or _leaving_by)())
    up = {name for name, said in psutil.net_if_stats().items() if said.isup}
    found = [
        Address(text=entry.address, interface=name)
        for name, entries in psutil.net_if_addrs().items()
        if name in up
        for entry in entries
        if entry.family in (socket.AF_INET, socket.AF_INET6) and _is_reachable(entry.address)
    ]
    if not found:
        raise UsageError(_NONE, hint=_CONNECT)
    return sorted(found, key=lambda one: _unlikeliness(one, outward))


def _is_reachable(text: str) -> bool:
    """Return whether others may reach an address, and a URL may contain it.

    Link-local IPv6 addresses need a zone, which browsers refuse.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified)


def _unlikeliness(one: Address, outward: set[str]) -> tuple[bool, bool, bool, bool, str, str]:
    address = ipaddress.ip_address(one.text)
    inner = one.interface.lower().startswith(_INNER)
    return inner, address.version == 6, one.text not in outward, not address.is_private, one.interface, one.text


def _leaving_by() -> list[str]:
    """Ask the system for the source addresses of outgoing packets. Connecting a datagram socket sends nothing."""
    found = []
    for target, family in _ELSEWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((target, 9))
                found.append(str(probe.getsockname()[0]))
        except OSError:  # no way out by this family
            continue
    return found


def is_of_loopback(stream: socket.socket) -> bool:
    """Return whether a client is connected to a loopback address, which browsers trust without TLS."""
    try:
        address = ipaddress.ip_address(str(stream.getsockname()[0]).partition("%")[0])
    except (OSError, ValueError):
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
