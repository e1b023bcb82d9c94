"""The process that reads what files need: `python -m pocketseg.inspect.needs._worker WORK`."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

from export._quiet import quiet
from pocketseg.core.child import REQUEST, end_with_parent, leave, leave_error, told
from pocketseg.core.errors import PocketSegError, RuntimeFailedError
from pocketseg.core.files import storage_error
from pocketseg.inspect._worker import FAULTS
from pocketseg.inspect.needs import ANSWER

MOST_BYTES = 2 << 30  # the flatbuffers' own bound
IMPORTS = ("pocketseg.inspect.needs.*",)


def answer(path: Path, target: str, shown: str) -> dict[str, Any]:
    """Read what a file needs; return it, or {"error": what it was}."""
    try:
        if path.is_file() and path.stat().st_size > MOST_BYTES:
            raise RuntimeFailedError(f"{shown} has {path.stat().st_size:,} bytes, and at most {MOST_BYTES:,} are read")
        with quiet():
            found: dict[str, Any] = importlib.import_module(f"pocketseg.inspect.needs.{target}").read(path)
        return found
    except PocketSegError as error:
        return {"error": told(error)}
    except FAULTS as error:
        reason = next((line.strip() for line in str(error).splitlines() if line.strip()), "").split(". ")[0]
        wrong = RuntimeFailedError(
            f"{shown} cannot be read as a {path.suffix} file: {reason[:200] or type(error).__name__}",
            hint="it is damaged, not what its suffix says, or holds something that is not known here",
        )
        return {"error": told(wrong)}


def main(work: Path) -> int:
    """Read the files that WORK/request.json names."""
    end_with_parent()
    request = json.loads((work / REQUEST).read_text(encoding="utf-8"))
    content = [answer(Path(file), request["target"], shown) for file, shown in request["files"]]
    try:
        (work / ANSWER).write_text(json.dumps(content), encoding="utf-8")
    except OSError as error:
        return leave_error(work, storage_error(error, work / ANSWER))
    return 0


if __name__ == "__main__":
    leave(main(Path(sys.argv[1])))
