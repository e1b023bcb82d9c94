"""Installed into an environment as its sitecustomize.py: logs each process, and what it opens below a folder."""

import os
import sys

_log = os.environ.get("POCKETSEG_AUDIT_LOG")
if _log:
    _folders = tuple(f"{f}{os.sep}" for f in os.environ["POCKETSEG_AUDIT_FOLDERS"].split(os.pathsep))
    _except = f"{os.environ['POCKETSEG_AUDIT_EXCEPT']}{os.sep}"
    _stream = os.open(_log, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o644)

    def _note(word: str, what: str) -> None:
        os.write(_stream, f"{word} {os.getpid()} {what}\n".encode(errors="backslashreplace"))

    def _hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in ("open", "os.listdir", "os.scandir", "ctypes.dlopen"):
            path = arguments[0]
        elif event == "import":
            path = arguments[1]  # of an extension module; other sources are opened
        else:
            return
        if isinstance(path, str | bytes | os.PathLike):
            found = f"{os.path.realpath(path)}{os.sep}"
            if found.startswith(_folders) and not found.startswith(_except):
                _note("opened", found.rstrip(os.sep))

    _note("process", " ".join(sys.orig_argv[1:4]).replace("\n", " "))
    sys.addaudithook(_hook)
