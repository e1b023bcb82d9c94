"""iPhones as `devicectl list devices` lists them, and what keeps one from taking commands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pocketseg.core.errors import DeviceError
from pocketseg.core.record import printable
from pocketseg.devices.devicectl import devicectl
from pocketseg.devices.phone import READY
from pocketseg.inspect.needs import IOS_LEAST

_MOST_DEVICES = 1_000
_MOST_SHOWN = 80
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{3,79}")
_PLUG_IN = "plug it in, unlock it, tap Trust if it asks, and check that `xcrun devicectl list devices` lists it"
_MENDS = {
    "not paired": "plug it in, unlock it, and tap Trust; then `xcrun devicectl manage pair --device UDID`",
    "Developer Mode is off": "on it: Settings, Privacy & Security, Developer Mode; it restarts, and asks once more",
    "not connected": _PLUG_IN,
    "not started": "start it and unlock it once",
}
NO_CABLE = "without a cable: copies are slow and break off easily, and its radio is busy; plug it in"


@dataclass(frozen=True, slots=True, kw_only=True)
class IosDevice:
    """A phone as devicectl lists it. Its texts are safe to print on a terminal."""

    udid: str
    identifier: str  # devicectl's own
    state: str  # READY, or why it takes no commands
    name: str
    model: str
    ios: str
    has_cable: bool

    @property
    def shown(self) -> str:
        """Return its UDID, and its model where devicectl knows it."""
        return f"{self.udid} ({self.model})" if self.model else self.udid

    @property
    def mend(self) -> str:
        """Return what to do where it takes no commands, or none by cable."""
        too_old = f"the app needs iOS {IOS_LEAST} or newer"
        return _MENDS.get(self.state, "" if self.state == READY else too_old)


def devices(*, timeout_s: float = 30.0) -> list[IosDevice]:
    """Return the iPhones and iPads that devicectl lists, without simulators. Raises NoWayError, DeviceError."""
    listed = devicectl(["list", "devices"], timeout_s=timeout_s).get("devices")
    if not isinstance(listed, list) or len(listed) > _MOST_DEVICES:
        raise DeviceError("devicectl's list of devices cannot be read", hint="see `xcrun devicectl list devices`")
    return [found for entry in listed if (found := _device(entry)) is not None]


def chosen(serial: str | None) -> IosDevice:
    """Return the iPhone of that UDID or identifier, or the only one. Raises DeviceError, which lists all that are
    there.
    """
    there = devices()
    if not there:
        raise DeviceError("devicectl sees no iPhone", hint=_PLUG_IN)
    listing = "there are: " + "; ".join(d.shown + ("" if d.state == READY else f", {d.state}") for d in there)
    if serial is None:
        near = [device for device in there if device.state == READY] or there
        if len(near) > 1:
            raise DeviceError(f"devicectl sees {len(near)} iPhones", hint=f"choose one with ios:UDID; {listing}")
        (device,) = near
    else:
        matching = [device for device in there if serial in (device.udid, device.identifier)]
        if len(matching) != 1:
            how = "no iPhone" if not matching else "several iPhones"
            raise DeviceError(f"devicectl sees {how} {printable(serial, _MOST_SHOWN)!r}", hint=listing)
        (device,) = matching
    if device.state != READY:
        hint = device.mend.replace("UDID", device.udid)
        raise DeviceError(f"the iPhone {device.shown} takes no commands: {device.state}", hint=hint)
    return device


def _device(entry: Any) -> IosDevice | None:
    """Return one entry as a device; None for what is not a physical iPhone or iPad."""
    if not isinstance(entry, dict):
        return None
    hardware, own, way = (
        _table(entry, name) for name in ("hardwareProperties", "deviceProperties", "connectionProperties")
    )
    if hardware.get("platform") != "iOS" or hardware.get("reality") not in (None, "physical"):
        return None
    udid, identifier = hardware.get("udid"), entry.get("identifier")
    if not all(isinstance(text, str) and _ID.fullmatch(text) for text in (udid, identifier)):
        return None
    assert isinstance(udid, str) and isinstance(identifier, str)
    ios = _text(own, "osVersionNumber")
    return IosDevice(
        udid=udid,
        identifier=identifier,
        state=_state(own, way, ios),
        name=_text(own, "name"),
        model=_text(hardware, "marketingName") or _text(hardware, "productType"),
        ios=ios,
        has_cable=way.get("transportType") == "wired",
    )


def _state(own: Mapping[str, Any], way: Mapping[str, Any], ios: str) -> str:
    """Return why it takes no commands. What devicectl does not say is not held against it: the call will show."""
    if way.get("pairingState") not in (None, "paired"):
        return "not paired"
    if way.get("tunnelState") == "unavailable":
        return "not connected"
    if own.get("bootState") not in (None, "booted"):
        return "not started"
    if own.get("developerModeStatus") == "disabled":
        return "Developer Mode is off"
    major = re.match(r"([0-9]{1,3})\b", ios)
    if major and int(major[1]) < IOS_LEAST:
        return f"it has iOS {ios}"
    return READY


def _table(entry: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = entry.get(name)
    return found if isinstance(found, dict) else {}


def _text(table: Mapping[str, Any], name: str) -> str:
    found = table.get(name)
    return printable(found, _MOST_SHOWN) if isinstance(found, str) else ""
