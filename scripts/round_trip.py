"""Bundles, replays and imports files of both networks for every target, beside a benchmark of them: sizes and seconds.

`python -m scripts.round_trip [FOLDER]` writes docs/round-trip.json, and its table into docs/bundle.md. The files are
those of the quick start (fp32 and w8a8), or all exports in FOLDER; seconds are those of each step.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import export
from benchmark.device import cpu_model, usable_cores
from benchmark.engine import measure
from benchmark.photos import sample_part
from benchmark.timing import Effort
from pocketseg import api
from pocketseg.api._benchmark import entries_of
from pocketseg.core.cache import ROOT
from pocketseg.core.files import write_json, write_text
from pocketseg.data.calibration import evenly
from pocketseg.devices.job import Job

PATH, PAGE = ROOT / "docs" / "round-trip.json", ROOT / "docs" / "bundle.md"
BEGIN, END = "<!-- round trip: begin -->", "<!-- round trip: end -->"
NETWORKS = ("u2netp", "topformer_tiny")
RECIPES = ("fp32", "w8a8")
PHOTOS = 8
_SCORED = Effort(passes=1, ceiling_s=0.0, least_wall_s=0.0)


def exported(folder: Path, networks: Sequence[str] = NETWORKS) -> list[Path]:
    """Export networks to every target in fp32 and w8a8, each into a folder of its own; return the files."""
    return [
        api.export(model, target=target, recipe=recipe, out=folder / f"{model}-{target}-{recipe}").file
        for model in networks
        for target in export.targets()
        for recipe in RECIPES
    ]


def round_trip(folder: Path, files: Sequence[Path], photos: int = PHOTOS) -> dict[str, Any]:
    """Make, run and import a bundle of files; return what each step took, and every file's mIoU by both ways."""
    seconds: dict[str, float] = {}
    with _timed(seconds, "bundle"):
        made = api.bundle(files, folder / "bundle", photos=photos, job=Job(passes=1))
    with _timed(seconds, "replay"):
        api.replay(made.archive, folder / "results")
    with _timed(seconds, "import"):
        rows = api.import_records([folder / "results"], made.archive, folder / "table")
    with _timed(seconds, "benchmark"):
        part = sample_part("test")
        data = replace(part, ids=tuple(evenly(part.ids, photos)))
        scored = measure(entries_of(files), data=data, effort=_SCORED)
    return {
        "photos": photos,
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


def table(found: dict[str, Any]) -> str:
    """Return the Markdown of the results, for docs/bundle.md."""
    seconds, rows, sizes = found["seconds"], found["rows"], {k: _mb(v) for k, v in found["bytes"].items()}
    equal = sum(row["miou"][0] == row["miou"][1] and row["status"] == ["ok", "ok"] for row in rows)
    exact = sum(row["golden"]["status"] == "passed" and row["golden"]["max_abs_error"] == 0 for row in rows)
    lines = [
        f"{len(rows)} files, {found['photos']} photos, on {found['cpu']}, {found['cores']} cores; by "
        "`python -m scripts.round_trip`:",
        "",
        "| step | seconds | result |",
        "|---|---|---|",
        f"| `device bundle` | {seconds['bundle']} | {sizes['bundle']} in one zip, of {sizes['files']} of files |",
        f"| `device replay`, not timed | {seconds['replay']} | {sizes['results']} of records and class maps; "
        f"{exact} of {len(rows)} as the bundle's golden maps, pixel for pixel |",
        f"| `device import` | {seconds['import']} | {equal} of {len(rows)} with exactly the mIoU of `benchmark` |",
        f"| `benchmark` of the same, not timed | {seconds['benchmark']} | |",
    ]
    return "\n".join(lines)


def _mb(count: int) -> str:
    return f"{count / 1e6:.1f} MB"


def main() -> None:
    """Write the results, and their table."""
    with tempfile.TemporaryDirectory(prefix="pocketseg-round-trip-") as folder:
        files = sorted(Path(sys.argv[1]).iterdir()) if sys.argv[1:] else exported(Path(folder) / "files")
        found = {**round_trip(Path(folder), files), "cpu": cpu_model(), "cores": usable_cores()}
    write_json(PATH, found)
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    write_text(PAGE, f"{before}{BEGIN}\n{table(found)}\n{END}{rest.split(END)[1]}")


if __name__ == "__main__":
    main()
