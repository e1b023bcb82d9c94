"""The round trip with the app: push, run, pull and import over a real adb, with the app on this computer's JVM.

`python -m scripts.android.trip FOLDER` leaves in FOLDER/table one table of the same files: as this computer ran them,
and as the phone's own runtimes did in the app. The latter are runs of a test, so their times do not count.
"""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.engine import measure
from benchmark.photos import sample_part
from benchmark.timing import Effort
from pocketseg import api
from pocketseg.api._benchmark import entries_of
from pocketseg.core.cache import ROOT
from pocketseg.core.files import make_folder, write_json
from pocketseg.core.types import BenchmarkRow
from pocketseg.data.calibration import evenly
from pocketseg.devices.job import Job
from pocketseg.report import write_all
from scripts.android import jvm_app
from scripts.android.given import Given, given
from scripts.android.tools import tools

# One whose class maps are the desktop's to the pixel, and one of which some operations differ by the runtime's version.
FILES = (("topformer_tiny", "onnx", "fp32"), ("topformer_tiny", "tflite", "w8a8"))
PHOTOS = 2
_SCORED = Effort(passes=1, ceiling_s=0.0, least_wall_s=0.0)
_TRIP_S = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """The result: the desktop's rows and the app's, of the same files in order; the output of tools and app."""

    here: list[BenchmarkRow]
    app: list[BenchmarkRow]
    said: str
    log: str


def phone(folder: Path, starts: Sequence[str], *words: object) -> subprocess.CompletedProcess[str]:
    """Run `pocketseg` with these words beside an adbd on loopback whose `am` starts the app with `starts`."""
    app = write_json(folder / "app.json", list(starts))
    begin = [sys.executable, "-m", "scripts.adb_loopback", "--phone", str(folder / "phone"), "--app", str(app), "--"]
    program = [sys.executable, "-m", "pocketseg", *map(str, words)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run([*begin, *program], check=False, capture_output=True, text=True, timeout=_TRIP_S,
                          env=environment, cwd=ROOT)  # fmt: skip


def log(folder: Path) -> str:
    """Return the output of the app's JVM."""
    return (folder / "phone" / "tmp" / "stand-in-app.log").read_text(encoding="utf-8", errors="replace")


def trip(folder: Path, files: Sequence[Path], harness: Path, what: Given) -> Trip:
    """Run files here and in the app, into one table."""
    made = api.bundle(files, folder / "bundle", photos=PHOTOS, job=Job(passes=1))
    table = make_folder(folder / "table")
    part = sample_part("test")
    data = dataclasses.replace(part, ids=tuple(evenly(part.ids, PHOTOS)))
    here = measure(entries_of(files), data=data, effort=_SCORED, log=table / "rows.jsonl")
    write_all(here, table)
    words = ("device", "run", made.archive, "--on", "android", "--out", folder / "results")
    done = phone(folder, jvm_app.command(harness, what), *words)
    if done.returncode:
        raise SystemExit(f"{done.stderr[-3000:]}\n{log(folder)[-3000:]}")
    rows = api.import_records([folder / "results"], made.archive, table)
    return Trip(here=here, app=[row for row in rows if row.kind == "android"], said=done.stderr, log=log(folder))


def exported(folder: Path) -> list[Path]:
    """Export the files, from the cache where possible."""
    return [
        api.export(model, target=target, recipe=recipe, out=folder / target).file for model, target, recipe in FILES
    ]


def main() -> None:
    """Make the table."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    folder = make_folder(Path(sys.argv[1]))
    found = trip(folder, exported(folder / "files"), jvm_app.compile_tests(tools()), given())
    for one, other in zip(found.here, found.app, strict=True):
        print(f"{one.target} {one.precision}: mIoU {one.miou} here, {other.miou} in the app")


if __name__ == "__main__":
    main()
