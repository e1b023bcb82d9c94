"""The process that reads one file: `python -m pocketseg.inspect._worker FILE TARGET SHAPE ANSWER` writes ANSWER."""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from export._quiet import quiet
from pocketseg.core.errors import PocketSegError

# what parsers raise at bytes that are not theirs
_FAULTS = (
    ArithmeticError, AssertionError, AttributeError, EOFError, ImportError, LookupError, MemoryError, RecursionError,
    RuntimeError, OSError, TypeError, ValueError, struct.error, subprocess.SubprocessError, zipfile.BadZipFile,
)  # fmt: skip


def answer(path: Path, target: str, shape: tuple[int, ...] | None) -> dict[str, Any]:
    """Read a file; give its Inspection as JSON, or the error's type, message and hint."""
    try:
        with quiet():
            found = importlib.import_module(f"pocketseg.inspect.{target}").read(path, shape)
        return dataclasses.asdict(found)
    except PocketSegError as error:
        return {"error": type(error).__name__, "message": error.message, "hint": error.hint}
    except _FAULTS as error:
        reason = next((line.strip() for line in str(error).splitlines() if line.strip()), "").split(". ")[0]
        return {
            "error": "RuntimeFailedError",
            "message": f"{path} cannot be read as a {path.suffix} file: {reason[:200] or type(error).__name__}",
            "hint": "it is damaged, not what its suffix says, or holds something that is not known here",
        }


if __name__ == "__main__":
    file, kind, shape_text, out = sys.argv[1:]
    given = json.loads(shape_text)
    content = answer(Path(file), kind, None if given is None else tuple(given))
    Path(out).write_text(json.dumps(content), encoding="utf-8")
    sys.stdout.flush()
    os._exit(0)  # engines leave threads that can crash while Python shuts down
