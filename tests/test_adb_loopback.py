"""A real adb and a real adbd, Debian's, on loopback: a round trip, and faults of the connection; no phone is in it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from _bundles import bundle
from _loopback_faults import FAULTS

from pocketseg.core.bundle import open_bundle
from pocketseg.core.errors import DataError
from pocketseg.devices.importing import import_records
from pocketseg.devices.make import Made
from pocketseg.devices.replay import replay
from scripts import adb_loopback

ROOT = Path(__file__).parents[1]


def test_what_is_fetched_for_it_is_pinned() -> None:
    pinned = json.loads(adb_loopback.PINNED.read_text())
    files = [package["file"] for package in pinned["packages"]]
    assert len(files) == len(set(files))
    for name in ("adb", "adbd", "libc6", "libstdc++6"):
        assert any(Path(file).name.startswith(f"{name}_") for file in files), name
    for package in pinned["packages"]:
        assert re.fullmatch(r"[0-9a-f]{64}", package["sha256"]) and 0 < package["size_bytes"] < 8 << 20


def test_other_bytes_than_the_pinned_ones_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.deb").write_bytes(b"other")
    package = {"file": "a.deb", "size_bytes": 5, "sha256": "0" * 64}
    with pytest.raises(DataError, match="the bytes are not those that are pinned"):
        adb_loopback._fetched(package, [tmp_path.as_uri(), (tmp_path / "gone").as_uri()])


def _far_side(phone: Path, *command: object) -> subprocess.CompletedProcess[str]:
    """Run a command beside an adbd on loopback; skip, and say why, where that cannot be."""
    if lacks := adb_loopback.missing():
        pytest.skip(f"NOT VERIFIED: {lacks}")
    try:
        adb_loopback.tools()
    except DataError as error:
        pytest.skip(f"NOT VERIFIED: {error.message}")
    words = [sys.executable, "-m", "scripts.adb_loopback", "--phone", phone, "--", *command]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    return subprocess.run(words, check=False, capture_output=True, text=True, env=environment, cwd=ROOT)


@pytest.fixture(scope="session")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Play everything once, in one pair of namespaces."""
    folder = tmp_path_factory.mktemp("loopback")
    program = ROOT / "tests" / "_loopback_faults.py"
    done = _far_side(folder / "phone", sys.executable, program, folder / "seen.json")
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads((folder / "seen.json").read_text())
    return found


@pytest.mark.phones
@pytest.mark.xdist_group("loopback")
def test_push_run_and_pull_go_through_a_real_adbd(seen: dict[str, Any]) -> None:
    trip = seen["round_trip"]
    assert trip["code"] == 0, trip["err"]
    assert "STAND-IN" in trip["err"], "what is no phone must say so"
    assert [f for f in trip["files"] if not f.startswith("maps/")] == ["0.json", "1.json", "progress.json"]
    assert sum(f.startswith("maps/") for f in trip["files"]) == 2
    assert len(trip["left"]) == 1 and re.fullmatch(r"[0-9a-f]{64}\.zip", trip["left"][0])


@pytest.mark.phones
@pytest.mark.xdist_group("loopback")
@pytest.mark.parametrize("number", range(len(FAULTS)), ids=[fault.name.replace(" ", "-") for fault in FAULTS])
def test_a_fault_of_a_real_connection_is_said_and_the_second_try_is_clean(number: int, seen: dict[str, Any]) -> None:
    fault, played = FAULTS[number], seen["faults"][number]
    assert played["name"] == fault.name
    said = f"{played['message']} {played['hint']}"
    assert re.search(fault.says, said, re.S), said
    assert played["hint"] and played["records_kept"] == fault.records_kept
    assert played["again"] == ["finished", 2, 2] and played["maps"] == 2
    assert len(played["left"]) == 1 and played["left"][0].endswith(".zip"), "no half of a bundle stays"
    assert played["jobs_left"] == 0


@pytest.mark.phones
@pytest.mark.xdist_group("loopback")
def test_a_real_bundle_is_replayed_behind_a_real_adbd_and_imported(
    converted: Callable[..., Any], tmp_path: Path
) -> None:
    made = bundle(converted, tmp_path)
    out = tmp_path / "results"
    run = ("device", "run", made.archive, "--on", "android", "--out", out, "--clean")
    done = _far_side(tmp_path / "phone", sys.executable, "-m", "pocketseg", *run)
    assert done.returncode == 0, done.stderr
    (row,) = import_records([out], made.archive, tmp_path / "table")
    assert row.status == "ok" and row.photos == made.photos and row.document is not None
    assert row.document["golden"]["status"] == "passed" and row.document["golden"]["max_abs_error"] == 0
    (here,) = import_records([_replayed_here(made, tmp_path / "here")], made.archive, tmp_path / "other")
    assert (row.miou, row.iou) == (here.miou, here.iou) and row.miou is not None
    assert not list((tmp_path / "phone" / "tmp" / "pocketseg").iterdir()), "--clean leaves no bundle"


def _replayed_here(made: Made, folder: Path) -> Path:
    with open_bundle(made.archive) as opened:
        replay(opened, folder)
    return folder
