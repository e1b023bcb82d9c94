"""Imported by every Python process whose PYTHONPATH holds this folder: writes down each photo or mask it opens."""

import os
import sys
import time

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".mat")
_log = os.environ.get("POCKETSEG_AUDIT_LOG")
if _log:
    _stream = os.open(_log, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o644)

    def _hook(event: str, arguments: tuple[object, ...]) -> None:
        if event != "open" or not isinstance(arguments[0], str | bytes | os.PathLike):
            return
        path = os.fsdecode(arguments[0])
        if path.lower().endswith(_SUFFIXES):
            os.write(_stream, f"{time.monotonic_ns()} {os.path.realpath(path)}\n".encode())

    sys.addaudithook(_hook)
