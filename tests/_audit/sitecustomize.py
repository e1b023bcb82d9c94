"""Imported by every Python process whose PYTHONPATH holds this folder: writes down what it opens and imports.

POCKETSEG_AUDIT_LOG: the file that gets each photo or mask. POCKETSEG_CODE_LOG: the file that gets each module that is
looked for, and each file below POCKETSEG_CODE_ROOT.
"""

import os
import sys
import time

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".mat")
_log, _code = os.environ.get("POCKETSEG_AUDIT_LOG"), os.environ.get("POCKETSEG_CODE_LOG")
_APPEND = os.O_APPEND | os.O_CREAT | os.O_WRONLY

if _log:
    _stream = os.open(_log, _APPEND, 0o644)

    def _hook(event: str, arguments: tuple[object, ...]) -> None:
        if event != "open" or not isinstance(arguments[0], str | bytes | os.PathLike):
            return
        path = os.fsdecode(arguments[0])
        if path.lower().endswith(_SUFFIXES):
            os.write(_stream, f"{time.monotonic_ns()} {os.path.realpath(path)}\n".encode())

    sys.addaudithook(_hook)

if _code:
    _lines, _root = os.open(_code, _APPEND, 0o644), os.environ["POCKETSEG_CODE_ROOT"] + os.sep

    class _Finder:
        @staticmethod
        def find_spec(name: str, path: object = None, target: object = None) -> None:
            os.write(_lines, f"module {name}\n".encode())

    sys.meta_path.insert(0, _Finder)  # type: ignore[arg-type]

    def _seen(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
            path = os.path.realpath(os.fsdecode(arguments[0]))
            if path.startswith(_root):
                os.write(_lines, f"file {path}\n".encode())

    sys.addaudithook(_seen)
