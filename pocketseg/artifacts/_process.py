"""The conversion process: `python -m pocketseg.artifacts._process WORK` reads WORK/request.json and fills WORK/out.

With status 0, WORK/out holds the file and its manifest; otherwise WORK/error.json says what was wrong.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import sys
from pathlib import Path

from pocketseg.core.child import REQUEST, end_with_parent, leave, leave_error
from pocketseg.core.errors import ExportError, PocketSegError, StorageError
from pocketseg.core.files import storage_error

_FULL_BYTES = 1 << 20  # a disk with less room counts as full: converters write more than that


def main(work: Path) -> int:
    """Convert what WORK/request.json asks for."""
    end_with_parent()
    from pocketseg.artifacts.convert import convert  # imported late: it takes seconds

    out = work / "out"
    out.mkdir()
    try:
        convert(json.loads((work / REQUEST).read_text(encoding="utf-8")), out)
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
    """Return whether a full disk made a conversion fail; native code does not say so."""
    return shutil.disk_usage(work).free < _FULL_BYTES


def _full(work: Path) -> StorageError:
    return storage_error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), work)


def _say(work: Path, error: PocketSegError) -> int:
    """Leave the error for the parent; return the exit status."""
    shutil.rmtree(work / "out", ignore_errors=True)  # make room for the message
    return leave_error(work, error)


if __name__ == "__main__":
    leave(main(Path(sys.argv[1])))
