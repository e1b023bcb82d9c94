"""On how many pixels the phone's runtimes agree with the desktop's class maps, as the app's own tests found on this
host.

`python -m scripts.android.agreement`, after `make test-android`, writes android_harness/agreement.json and its table
into android_harness/README.md. `... trip` runs scripts/android/trip.py first and includes its rows.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pocketseg.core.errors import DataError
from pocketseg.core.files import write_json, write_text
from pocketseg.core.record import read_record
from pocketseg.core.runs import decode
from scripts.android import jvm_app, trip
from scripts.android.given import given
from scripts.android.maven import HARNESS
from scripts.android.tools import tools

LEFT = HARNESS / "app" / "target" / "agreement"  # by AllRunsTest
PATH, PAGE = HARNESS / "agreement.json", HARNESS / "README.md"
BEGIN, END = "<!-- agreement: begin -->", "<!-- agreement: end -->"


def rows(folder: Path) -> list[dict[str, Any]]:
    """Return what a job's records say of each file. Raises DataError where there are none, RecordError."""
    files = sorted(folder.glob("[0-9]*.json"), key=lambda path: int(path.stem))
    if not files:
        raise DataError(f"{folder} holds no records", hint="make test-android")
    return [row(read_record(file.read_bytes()), folder / "maps") for file in files]


def row(record: dict[str, Any], maps: Path) -> dict[str, Any]:
    """Return one file's line: the shares of equal pixels of the worst photo and of all, and the golden
    check's status.
    """
    photos = record["bundle"]["photos"]
    pixels = [decode((maps / f"{photo['map_sha256']}.runs").read_bytes()).size for photo in photos]
    equal = sum(photo["agreement"] * count for photo, count in zip(photos, pixels, strict=True))
    runtime, artifact = record["runtime"], record["artifact"]
    return {
        "network": artifact["model"],
        "target": artifact["target"],
        "precision": artifact["precision"],
        "runtime": runtime["tool"],
        "version": runtime["version"],
        "desktop_version": runtime.get("desktop_version"),
        "photos": len(photos),
        "worst": min(photo["agreement"] for photo in photos),
        "all": round(equal / sum(pixels), 8),
        "golden": record["golden"]["status"],
        "reason": record["golden"]["reason"],
    }


def table(found: dict[str, Any]) -> str:
    """Return the Markdown table of it."""
    lines = [
        "| file | runtime of the app | desktop's | worst photo | all photos | golden check |",
        "|---|---|---|---|---|---|",
    ]
    for each in found["files"]:
        name = f"{each['network']} {each['precision']} {each['target']}"
        version = f"{each['runtime']} {each['version'] or 'of an unstated version'}"
        shares = f"{_percent(each['worst'])} | {_percent(each['all'])}"
        lines.append(f"| {name} | {version} | {each['desktop_version'] or ''} | {shares} | {each['golden']} |")
    lines += ["", f"Shares of the pixels of {found['files'][0]['photos']} photos at their own size."]
    if made := found["trip"]:
        said = "; ".join(f"{one['file']}: {one['desktop']:.6f} here, {one['app']:.6f} in the app" for one in made)
        lines += ["", f"mIoU after push, run, pull and import over adb, of {trip.PHOTOS} photos: {said}."]
    return "\n".join(lines)


def _percent(share: float) -> str:
    """Return a share in percent; one below 1 is never rounded up to 100 %."""
    return "100 %" if share == 1 else f"{min(share, 0.99999) * 100:.3f} %"


def _trip() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="pocketseg-trip-") as scratch:
        folder = Path(scratch)
        found = trip.trip(folder, trip.exported(folder / "files"), jvm_app.compile_tests(tools()), given())
    return [
        {"file": f"{one.model} {one.precision} {one.target}", "desktop": one.miou, "app": other.miou}
        for one, other in zip(found.here, found.app, strict=True)
    ]


def write(words: Sequence[str]) -> dict[str, Any]:
    """Write what was found, and its table."""
    earlier = json.loads(PATH.read_text(encoding="utf-8"))["trip"] if PATH.is_file() else []
    found = {"files": rows(LEFT), "trip": _trip() if "trip" in words else earlier}
    write_json(PATH, found)
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    write_text(PAGE, f"{before}{BEGIN}\n{table(found)}\n{END}{rest.split(END)[1]}")
    return found


if __name__ == "__main__":
    write(sys.argv[1:])
