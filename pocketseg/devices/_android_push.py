"""Copies a bundle onto an Android phone: beside its final path first, hashed there, and only then renamed."""

from __future__ import annotations

import re
from pathlib import Path

from pocketseg.core.errors import DeviceError
from pocketseg.core.files import sha256_file
from pocketseg.devices import adb
from pocketseg.devices._android_paths import BUNDLES, bundle_zip
from pocketseg.devices.phone import Pushed

_BYTES_A_SECOND = 1 << 20  # of a slow cable
_LEAST_S = 60.0
_SPARE_BYTES = 64 << 20
_FREE = re.compile(r"\s\d+\s+\d+\s+(\d+)\s+\d{1,3}%\s")
_SUM = re.compile(r"([0-9a-f]{64})\s")
_READABLE = "644"
_ENTERED = "755"  # by the app


def push(serial: str, zip_path: Path, bundle_sha256: str) -> Pushed:
    """Copy a bundle onto the phone, unless the same bytes are there already. Raises DeviceError, PhoneLostError."""
    adb.check_features(serial)
    name, size, wanted = bundle_zip(bundle_sha256), zip_path.stat().st_size, sha256_file(zip_path)
    if _sum(serial, name, size) == wanted:
        _allow_reading(serial, name, size)
        return Pushed(name=name, size_bytes=size, was_there=True)
    part = f"{name}.part"
    _need(serial, "mkdir", "-p", BUNDLES)
    _need(serial, "chmod", _ENTERED, BUNDLES)
    adb.shell(serial, "rm", "-f", part, name)  # of an earlier push that was cut; a wrong file of that name too
    _check_room(serial, size)
    copied = adb.push(serial, zip_path, part, timeout_s=_copying_s(size))
    if copied.code != 0:
        adb.shell(serial, "rm", "-f", part)
        full = "No space left" in copied.err + copied.text
        hint = "free some space on the phone, and run the command again" if full else "run the command again"
        raise DeviceError(f"the phone did not take the bundle: {adb.said(copied)}", hint=hint)
    found = _sum(serial, part, size)
    if found != wanted:
        adb.shell(serial, "rm", "-f", part)
        hint = "run the command again; if it happens twice, try another cable or port"
        raise DeviceError(f"the bundle arrived damaged: SHA-256 {found or 'none'} there, {wanted} here", hint=hint)
    _need(serial, "mv", part, name)
    _allow_reading(serial, name, size)
    return Pushed(name=name, size_bytes=size, was_there=False)


def _copying_s(size_bytes: int) -> float:
    return _LEAST_S + size_bytes / _BYTES_A_SECOND


def _sum(serial: str, name: str, size_bytes: int) -> str:
    """Return the SHA-256 of a file on the phone, computed by the phone; empty where there is none."""
    found = _SUM.match(adb.shell(serial, "sha256sum", name, timeout_s=_copying_s(size_bytes)).text)
    return found[1] if found else ""


def _check_room(serial: str, size_bytes: int) -> None:
    """Refuse a phone without space for the bundle and for the copy of its files that the app makes."""
    found = _FREE.search(adb.shell(serial, "df", "-Pk", BUNDLES).text + "\n")
    if found is None:
        return  # it does not say; a full disk is met on copying then
    free, needed = int(found[1]) << 10, 2 * size_bytes + _SPARE_BYTES
    if free < needed:
        raise DeviceError(
            f"the phone has {free >> 20:,} MiB free in {BUNDLES}, the bundle needs {(needed >> 20) + 1:,} MiB",
            hint="free some space on the phone, or bundle fewer files",
        )


def _allow_reading(serial: str, name: str, size_bytes: int) -> None:
    """Make the bundle readable to the app, and verify it: on some file systems `chmod` has no effect and no error."""
    _need(serial, "chmod", _READABLE, name)
    is_so = _need(serial, "stat", "-c", "%s %a", name).strip()
    if is_so != f"{size_bytes} {_READABLE}":
        raise DeviceError(
            f"{name} on the phone has size and mode {is_so[:40]!r} instead of '{size_bytes} {_READABLE}'",
            hint="run the command again",
        )


def _need(serial: str, program: str, *words: str) -> str:
    answer = adb.shell(serial, program, *words)
    if answer.code != 0:
        raise DeviceError(f"`{program}` failed on the phone: {adb.said(answer)}", hint=f"see {BUNDLES} on it")
    return answer.text
