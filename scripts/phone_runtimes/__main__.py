"""Writes what each release of the phones' runtimes can read: `python -m scripts.phone_runtimes`.

Everything is read from a published build, fetched once: which operators a library registers, which bytecode its headers
name, what it says when it refuses. Needs `mvn`, `npm`, about 300 MB of disk and the project's environment.
"""

from __future__ import annotations

import json

from pocketseg.core.files import write_text
from pocketseg.inspect.needs.table import PATH
from scripts.phone_runtimes import _executorch, _onnx, _tflite, _torchmobile


def main() -> None:
    """Read all releases, and write the table."""
    table = {
        "tflite": _tflite.table(),
        "onnx": _onnx.table(),
        "torchmobile": _torchmobile.table(),
        "executorch": _executorch.table(),
    }
    print(write_text(PATH, json.dumps(table, indent=1) + "\n"))


if __name__ == "__main__":
    main()
