"""A port of a phone on a cable that leads to this computer: `adb reverse`, taken back at the end.

The phone then opens http://localhost, which browsers hold for secure: camera, threads and WebGPU are there without TLS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pocketseg.core.errors import DeviceError
from pocketseg.devices import adb
from pocketseg.devices.phone import PhoneLostError

_OPTION = "--adb=SERIAL"


@contextmanager
def forwarded(
    serial: str | None, port: int, *, note: Callable[[str], None] = lambda sentence: None
) -> Iterator[adb.Phone]:
    """Let a port of the phone lead to the same port here; give the phone. None: the only one that is plugged in.

    note: hears where it could not be taken back. Raises DeviceError where there is no such phone, or its port is taken.
    """
    try:
        phone = adb.chosen(serial)
    except DeviceError as error:
        raise DeviceError(error.message, hint=error.hint.replace("android:SERIAL", _OPTION)) from error
    renew(phone, port)
    try:
        yield phone
    finally:
        try:
            adb.end_reverse(phone.serial, port)
        except PhoneLostError:  # it ended when the phone was unplugged
            pass
        except DeviceError as error:
            note(
                f"port {port} of the phone still leads here: {error.message}; "
                f"`adb -s {phone.shown.split(' ')[0]} reverse --remove tcp:{port}`"
            )


def renew(phone: adb.Phone, port: int) -> None:
    """Let the phone's port lead here, anew where it was unplugged. Raises DeviceError where its port is another's."""
    there = adb.reversed_ports(phone.serial).get(f"tcp:{port}")
    if there == f"tcp:{port}":  # of a `serve` that was killed
        return
    if there is not None:
        raise DeviceError(
            f"port {port} of the phone {phone.shown} already leads to {there} of this computer",
            hint=f"give another --port, or `adb -s {phone.shown.split(' ')[0]} reverse --remove tcp:{port}`",
        )
    adb.reverse(phone.serial, port)
