"""Bundle, replay and import files of both networks for every target, beside a benchmark of them: sizes and seconds.

`python -m scripts.round_trip [OUT.json]`. The files are those of the quick start (fp32 and w8a8), taken from the cache
where they are there. Nothing is timed but the steps themselves.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import export
from benchmark.engine import measure
from benchmark.photos import sample_part
from benchmark.timing import Effort
from pocketseg import api
from pocketseg.api._benchmark import entries_of
from pocketseg.data.calibration import evenly
from pocketseg.devices.make import Job

NETWORKS = ("u2netp", "topformer_tiny")
RECIPES = ("fp32", "w8a8")
PHOTOS = 8
_SCORED = Effort(passes=1, ceiling_s=0.0, least_wall_s=0.0)


def round_trip(folder: Path) -> dict[str, Any]:
    """Make, run and take in a bundle of all files; return what each step took, and every file's mIoU by both ways."""
    seconds: dict[str, float] = {}
    with _timed(seconds, "export"):
        files = [
            api.export(model, target=target, recipe=recipe, out=folder / "files" / f"{model}-{target}-{recipe}").file
            for model in NETWORKS
            for target in export.targets()
            for recipe in RECIPES
        ]
    with _timed(seconds, "bundle"):
        made = api.bundle(files, folder / "bundle", photos=PHOTOS, job=Job(passes=1))
    with _timed(seconds, "replay"):
        api.replay(made.archive, folder / "results")
    with _timed(seconds, "import"):
        rows = api.import_records([folder / "results"], made.archive, folder / "table")
    with _timed(seconds, "benchmark"):
        part = sample_part("test")
        data = replace(part, ids=tuple(evenly(part.ids, PHOTOS)))
        scored = measure(entries_of(files), data=data, effort=_SCORED)
    return {
        "photos": PHOTOS,
        "bytes": {
            "files": sum(row.size_bytes or 0 for row in rows),
            "bundle": made.size_bytes,
            "results": sum(path.stat().st_size for path in (folder / "results").rglob("*") if path.is_file()),
        },
        "seconds": {name: round(value, 1) for name, value in seconds.items()},
        "rows": [
            {
                "file": Path(one.artifact).name, "target": one.target, "status": [one.status, other.status],
                "miou": [one.miou, other.miou], "golden": one.document["golden"] if one.document else None,
            }
            for one, other in zip(rows, scored, strict=True)
        ],
    }  # fmt: skip


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    start = time.monotonic()
    yield
    seconds[name] = time.monotonic() - start


def main() -> None:
    """Print what was found, and write it where a name is given."""
    with tempfile.TemporaryDirectory(prefix="pocketseg-round-trip-") as folder:
        found = round_trip(Path(folder))
    text = json.dumps(found, indent=1) + "\n"
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
