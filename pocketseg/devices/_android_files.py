"""Reads one file of a job on an Android phone: from the app's media folder, or its provider where that is closed."""

from __future__ import annotations

from pocketseg.core.errors import DeviceError
from pocketseg.devices import adb
from pocketseg.devices._android_paths import job_folder, job_uri

_READ_S = 120.0
_ABSENT = ("No such file", "FileNotFoundException")
_CLOSED = ("Permission denied", "Operation not permitted")


def read_file(serial: str, job: str, name: str, most_bytes: int) -> bytes | None:
    """Return the bytes of a job's file; None where there is none yet. Raises DeviceError, PhoneLostError.

    `name` is one of ours: progress.json, or a number or a hash with its suffix.
    """
    found = adb.shell(serial, "cat", f"{job_folder(job)}/{name}", timeout_s=_READ_S, most_bytes=most_bytes)
    if found.code == 0:
        return found.out
    if _says(found.err, _ABSENT):
        return None
    if _says(found.err, _CLOSED):
        return _provided(serial, job, name, most_bytes)
    raise DeviceError(f"{name} of the job cannot be read on the phone: {adb.said(found)}")


def _provided(serial: str, job: str, name: str, most_bytes: int) -> bytes | None:
    uri = job_uri(job, name)
    found = adb.shell(serial, "content", "read", "--uri", uri, timeout_s=_READ_S, most_bytes=most_bytes)
    if found.code == 0 and not found.err.strip():
        return found.out
    if _says(found.err, _ABSENT):
        return None
    hint = "the shell cannot read the app's media folder either: install the app of this version"
    raise DeviceError(f"the app does not hand out {name}: {adb.said(found)}", hint=hint)


def _says(error: str, sentences: tuple[str, ...]) -> bool:
    return any(sentence in error for sentence in sentences)
