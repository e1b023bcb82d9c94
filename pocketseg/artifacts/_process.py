"""The conversion process: `python -m pocketseg.artifacts._process FD` converts one network to one target, file by file.

It uses the protocol of pocketseg/core/dialogue.py. A request names a folder, whose `out` gets the file and its
manifest. The answer holds the seconds of each stage, or an error and whether it may have spoilt this process.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import shutil
import sys
from pathlib import Path

from export._shared import Shared
from pocketseg.core.child import told
from pocketseg.core.dialogue import Message, answers, requests
from pocketseg.core.errors import ExportError, PocketSegError, StorageError
from pocketseg.core.files import storage_error

_FULL_BYTES = 1 << 20  # a disk with less room counts as full: converters write more than that
_GARBAGE = 100_000  # objects after which Python looks for cycles: converters make millions that live on


def main(descriptor: int) -> None:
    """Make the files that the parent at the other end of `descriptor` asks for, one after another."""
    asked = requests()
    answer, _ = answers(descriptor)
    gc.set_threshold(_GARBAGE)
    shared = Shared()
    for count, request in enumerate(asked):
        _empty_log()
        found = attempt(request["conversion"], Path(request["work"]), shared)
        answer({**found, "first": count == 0})


def attempt(conversion: Message, work: Path, shared: Shared) -> Message:
    """Convert into WORK/out, and return the answer. After an error there is no WORK/out.

    shared: what the files of this process share; they are of one network.
    """
    from pocketseg.artifacts.convert import convert  # late: it takes seconds

    out = work / "out"
    try:
        out.mkdir()
        return {"seconds": convert(conversion, out, shared)}
    except PocketSegError as error:
        full = isinstance(error, ExportError) and _is_full(work)
        said = _full(work) if full else error
        spoilt = error.__cause__ is not None  # what a converter raised may have left its globals changed
    except OSError as error:
        said, spoilt = storage_error(error, Path(error.filename) if isinstance(error.filename, str) else work), True
    except (RuntimeError, ValueError, TypeError, KeyError, AttributeError, ImportError, AssertionError) as error:
        import traceback

        with contextlib.suppress(OSError):
            traceback.print_exc()  # into the log
        converter = ExportError(f"the converter failed: {type(error).__name__}: {str(error)[:500]}")
        said, spoilt = _full(work) if _is_full(work) else converter, True
    shutil.rmtree(out, ignore_errors=True)
    return {"error": told(said), "spoilt": spoilt}


def _is_full(work: Path) -> bool:
    """Return whether a full disk made a conversion fail; native code does not say so."""
    return shutil.disk_usage(work).free < _FULL_BYTES


def _full(work: Path) -> StorageError:
    return storage_error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), work)


def _empty_log() -> None:
    """Empty the log, to which both output streams go: its last lines are to explain how this file failed."""
    with contextlib.suppress(OSError):  # where no log is
        os.ftruncate(1, 0)
        os.lseek(1, 0, os.SEEK_SET)


if __name__ == "__main__":
    main(int(sys.argv[1]))
