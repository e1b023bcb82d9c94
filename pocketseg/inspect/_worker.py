"""The process that reads one file: `python -m pocketseg.inspect._worker WORK` does what WORK says."""

from __future__ import annotations

import dataclasses
import importlib
import json
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from export._quiet import quiet
from pocketseg.core.child import REQUEST, end_with_parent, leave, leave_error, told
from pocketseg.core.errors import PocketSegError, RuntimeFailedError
from pocketseg.core.files import storage_error
from pocketseg.inspect import ANSWER

# what parsers raise for bytes of another format
FAULTS = (
    ArithmeticError, AssertionError, AttributeError, EOFError, ImportError, LookupError, MemoryError, RecursionError,
    RuntimeError, OSError, TypeError, ValueError, struct.error, subprocess.SubprocessError, zipfile.BadZipFile,
)  # fmt: skip


def answer(path: Path, target: str, shape: tuple[int, ...] | None) -> dict[str, Any]:
    """Return the Inspection of a file as JSON, or {"error": what it was}."""

    def read() -> dict[str, Any]:
        return dataclasses.asdict(importlib.import_module(f"pocketseg.inspect.{target}").read(path, shape))

    return read_or_error(read, str(path), path.suffix)


def read_or_error(read: Callable[[], dict[str, Any]], shown: str, suffix: str) -> dict[str, Any]:
    """Return what `read` returns for a file that may hold anything, or {"error": what it was}."""
    try:
        with quiet():
            return read()
    except PocketSegError as error:
        return {"error": told(error)}
    except FAULTS as error:
        reason = next((line.strip() for line in str(error).splitlines() if line.strip()), "").split(". ")[0]
        wrong = RuntimeFailedError(
            f"{shown} cannot be read as a {suffix} file: {reason[:200] or type(error).__name__}",
            hint="it is damaged, is not what its suffix says, or holds something unknown here",
        )
        return {"error": told(wrong)}


def main(work: Path) -> int:
    """Read the file that WORK/request.json names."""
    end_with_parent()
    request = json.loads((work / REQUEST).read_text(encoding="utf-8"))
    shape = request["shape"]
    content = answer(Path(request["file"]), request["target"], None if shape is None else tuple(shape))
    try:
        (work / ANSWER).write_text(json.dumps(content), encoding="utf-8")
    except OSError as error:
        return leave_error(work, storage_error(error, work / ANSWER))
    return 0


if __name__ == "__main__":
    leave(main(Path(sys.argv[1])))
