"""Forwards a port of a phone on a cable to this computer by `adb reverse`, until the command ends.

The phone then opens http://localhost, which browsers treat as secure: camera, threads and WebGPU are available without
TLS.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pocketseg.core.errors import DeviceError
from pocketseg.devices import adb
from pocketseg.devices.phone import READY, PhoneLostError

_OPTION = "--adb=SERIAL"
_LOOKED_EVERY_S = 3.0


@contextmanager
def forwarded(
    serial: str | None,
    port: int,
    *,
    note: Callable[[str], None] = lambda sentence: None,
    looked_every_s: float = _LOOKED_EVERY_S,
) -> Iterator[adb.Phone]:
    """Forward a port of the phone to the same port here; yield the phone. serial: None for the only one connected.

    A phone that is unplugged loses the forwarding; once it is back, its port is forwarded again. Raises DeviceError if
    there is no such phone, or its port is taken.

    note: called when the phone is gone or back, and if the forwarding could not be ended.
    """
    try:
        phone = adb.chosen(serial)
    except DeviceError as error:
        raise DeviceError(error.message, hint=error.hint.replace("android:SERIAL", _OPTION)) from error
    renew(phone, port)
    is_over = threading.Event()
    kept = threading.Thread(target=_keep, args=(phone, port, note, is_over, looked_every_s), daemon=True)
    kept.start()
    try:
        yield phone
    finally:
        is_over.set()
        kept.join()
        try:
            adb.end_reverse(phone.serial, port)
        except PhoneLostError:  # it ended when the phone was unplugged
            pass
        except DeviceError as error:
            note(
                f"port {port} of the phone is still forwarded: {error.message}; end it with "
                f"`adb -s {phone.shown.split(' ')[0]} reverse --remove tcp:{port}`"
            )


def _keep(
    phone: adb.Phone, port: int, note: Callable[[str], None], is_over: threading.Event, looked_every_s: float
) -> None:
    """Forward again when the phone was plugged in again. Only adb's list is read, which does not disturb the phone."""
    plugged: str | None = phone.facts.get("transport_id", "")
    said = ""
    while not is_over.wait(looked_every_s):
        try:
            there = [one for one in adb.devices() if one.serial == phone.serial and one.state == READY]
            now = there[0].facts.get("transport_id", "") if there else None
            if now is not None and now != plugged:
                renew(phone, port)
                note(f"the phone {phone.shown} is back, and its port {port} is forwarded again")
            elif now is None and plugged is not None:
                note(
                    f"the phone {phone.shown} is gone; once it is plugged in again, its port {port} is forwarded again"
                )
            plugged, said = now, ""
        except DeviceError as error:  # it is tried again, and said once
            if error.message != said:
                note(f"port {port} of the phone is not forwarded: {error.message}; {error.hint}")
            said = error.message


def renew(phone: adb.Phone, port: int) -> None:
    """Forward the phone's port, unless it is still forwarded.

    Raises DeviceError if something else uses the port.
    """
    there = adb.reversed_ports(phone.serial).get(f"tcp:{port}")
    if there == f"tcp:{port}":  # of a `serve` that was killed
        return
    if there is not None:
        raise DeviceError(
            f"port {port} of the phone {phone.shown} is already forwarded to {there} of this computer",
            hint=f"give another --port, or `adb -s {phone.shown.split(' ')[0]} reverse --remove tcp:{port}`",
        )
    adb.reverse(phone.serial, port)
