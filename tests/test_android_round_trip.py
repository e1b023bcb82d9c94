"""The app itself in a round trip over a real adb: on this computer's JVM, with the runtimes of phones, in one table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from pocketseg import api
from pocketseg.core.errors import DataError
from pocketseg.devices.job import Job
from scripts import adb_loopback
from scripts.android import jvm_app, trip
from scripts.android.given import Given
from scripts.android.maven import copy_harness
from scripts.android.natives.__main__ import folder as natives
from scripts.android.tools import missing, tools

pytestmark = [pytest.mark.android, pytest.mark.timeout(1500), pytest.mark.xdist_group("android-trip")]
NEAR = 0.01  # of mIoU, where a file's class maps are the desktop's but for some pixels


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A compiled harness, what it is given, and the two files."""

    harness: Path
    given: Given
    files: list[Path]


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Compile the app in a copy of its sources."""
    for lacks in (missing(), adb_loopback.missing()):
        if lacks:
            pytest.skip(f"NOT VERIFIED: {lacks}")
    folder = tmp_path_factory.mktemp("app")
    try:
        adb_loopback.tools()
        libraries = natives()
        harness = jvm_app.compile_tests(tools(), copy_harness(folder / "android_harness"))
    except DataError as error:
        if "Could not" in error.message or "cannot fetch" in error.message:
            pytest.skip(f"NOT VERIFIED: {error.message[-300:]}")
        raise
    files = trip.exported(folder / "files")
    return Bench(harness=harness, given=Given(bundle=folder / "none", natives=libraries, lacks=""), files=files)


def test_the_app_runs_what_is_pushed_and_its_records_join_the_desktops_table(bench: Bench, tmp_path: Path) -> None:
    found = trip.trip(tmp_path, bench.files, bench.harness, bench.given)
    assert "STAND-IN" in found.said, "what is no phone must say so"
    assert [row.status for row in (*found.here, *found.app)] == ["ok"] * 4
    for row in found.app:
        document = row.document
        assert document is not None
        assert document["program"]["launch"] == "test"
        assert document["verdict"] == "INVALID", "no time of a test counts"
        assert document["runtime"]["label"] == "", "the phone's runtime, and no recording"
    words = [row.document["golden"]["status"] for row in found.app if row.document is not None]
    assert words[0] == "passed"  # of the other the check may see that the runtime's version is not the desktop's
    equal, near = zip(found.here, found.app, strict=True)
    assert [(row.target, row.precision) for row in found.here] == [(row.target, row.precision) for row in found.app]
    assert equal[0].miou == equal[1].miou and equal[0].iou == equal[1].iou
    assert near[0].miou is not None and near[1].miou is not None
    assert near[1].miou == pytest.approx(near[0].miou, abs=NEAR)
    page = (tmp_path / "table" / "report.html").read_text(encoding="utf-8")
    assert len(re.findall("INVALID", page)) >= len(found.app)


def test_a_bundle_that_is_damaged_on_the_phone_is_refused_by_the_app_with_its_reason_at_the_desktop(
    bench: Bench, tmp_path: Path
) -> None:
    made = api.bundle(bench.files[:1], tmp_path / "bundle", photos=1, job=Job(passes=1))
    spoil = f'printf x | dd of="{{bundle}}" bs=1 seek={made.size_bytes // 2} conv=notrunc; exec "$@"'
    starts = ["sh", "-c", spoil, "sh", *jvm_app.command(bench.harness, bench.given)]
    words = ("device", "run", made.archive, "--on", "android", "--out", tmp_path / "results")
    done = trip.phone(tmp_path, starts, *words)
    assert done.returncode != 0, done.stderr
    assert re.search("the app refused the job: .*(CRC|hash|damaged)", done.stderr), done.stderr
    assert not list((tmp_path / "results").rglob("[0-9]*.json")), "nothing was run"
