"""The conversion process: `python -m pocketseg.artifacts._process WORK` reads WORK/request.json and fills WORK/out.

WORK/out holds the file and its manifest when the status is 0; WORK/error.json says what was wrong otherwise.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import shutil
import signal
import sys
import threading
from pathlib import Path

from pocketseg.artifacts.convert import convert
from pocketseg.core.errors import ExportError, PocketSegError, StorageError
from pocketseg.core.files import storage_error

_PR_SET_PDEATHSIG = 1
_FULL_BYTES = 1 << 20  # a disk with less room is full: converters write more than that


def _end_with_parent() -> None:
    """End this process when the one that started it is gone: its end of our standard input closes.

    A converter that holds the interpreter would keep the watching thread waiting, so Linux is asked to see to it.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    def watch() -> None:
        sys.stdin.buffer.read()
        os._exit(3)

    threading.Thread(target=watch, daemon=True).start()


def main(work: Path) -> int:
    """Convert what WORK/request.json asks for."""
    _end_with_parent()
    out = work / "out"
    out.mkdir()
    try:
        convert(json.loads((work / "request.json").read_text(encoding="utf-8")), out)
    except PocketSegError as error:
        return _say(work, _full(work) if isinstance(error, ExportError) and _is_full(work) else error)
    except OSError as error:
        return _say(work, _storage(error, work))
    except (RuntimeError, ValueError, TypeError, KeyError, AttributeError, ImportError, AssertionError) as error:
        import traceback

        if _is_full(work):
            return _say(work, _full(work))
        with contextlib.suppress(OSError):
            traceback.print_exc()  # into the log
        return _say(work, ExportError(f"the converter failed: {type(error).__name__}: {str(error)[:500]}"))
    return 0


def _storage(error: OSError, work: Path) -> StorageError:
    return storage_error(error, Path(error.filename) if isinstance(error.filename, str) else work)


def _is_full(work: Path) -> bool:
    """Tell whether a full disk is why a conversion failed; native code has no name for it."""
    return shutil.disk_usage(work).free < _FULL_BYTES


def _full(work: Path) -> StorageError:
    return storage_error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), work)


def _say(work: Path, error: PocketSegError) -> int:
    """Leave the error for the parent; return the status to end with, which alone says it where the disk is full."""
    content = {"type": type(error).__name__, "message": error.message, "hint": error.hint}
    shutil.rmtree(work / "out", ignore_errors=True)  # leave room for the message
    with contextlib.suppress(OSError):
        (work / "error.json").write_text(json.dumps(content), encoding="utf-8")
    return error.exit_code


if __name__ == "__main__":
    status = main(Path(sys.argv[1]))
    with contextlib.suppress(OSError):  # a log on a full disk
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)  # converters leave threads that can crash while Python shuts down
