"""The process that reads what files need: `python -m pocketseg.inspect.needs._worker WORK`."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

from pocketseg.core.child import REQUEST, end_with_parent, leave, leave_error
from pocketseg.core.errors import RuntimeFailedError
from pocketseg.core.files import storage_error
from pocketseg.inspect._worker import read_or_error
from pocketseg.inspect.needs import ANSWER

MOST_BYTES = 2 << 30  # the limit of the flatbuffer format
IMPORTS = ("pocketseg.inspect.needs.*",)


def answer(path: Path, target: str, shown: str) -> dict[str, Any]:
    """Return what a file needs, or {"error": what it was}."""

    def read() -> dict[str, Any]:
        if path.is_file() and path.stat().st_size > MOST_BYTES:
            raise RuntimeFailedError(f"{shown} has {path.stat().st_size:,} bytes, but at most {MOST_BYTES:,} are read")
        found: dict[str, Any] = importlib.import_module(f"pocketseg.inspect.needs.{target}").read(path)
        return found

    return read_or_error(read, shown, path.suffix)


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
