"""Results of a job that the Kotlin core wrote join a table on the desktop, which finds the same figures in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from _android_core import core_target

from pocketseg.devices.importing import import_records
from pocketseg.devices.progress import read_progress

pytestmark = [pytest.mark.android, pytest.mark.timeout(1500), pytest.mark.xdist_group("android-core")]
JOB = "fedcba9876543210" * 2


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return core_target(tmp_path_factory.getbasetemp())


def test_a_job_that_kotlin_wrote_is_imported_and_says_nothing_that_the_desktop_does_not_find(
    target: Path, tmp_path: Path
) -> None:
    notes: list[str] = []
    rows = import_records([target / "job" / JOB], target / "job/bundle.zip", tmp_path / "table", note=notes.append)
    assert not notes, "statistics, agreement and golden check came out alike"
    assert [(row.status, row.kind) for row in rows] == [("ok", "android"), ("refused", "android")]
    assert rows[0].p50_ms is not None and rows[0].miou is not None
    assert rows[1].reason == "gpu was asked; this runtime has none"


def test_the_progress_that_kotlin_wrote_is_read(target: Path) -> None:
    found = read_progress((target / "job" / JOB / "progress.json").read_bytes(), job=JOB, bundle=None)
    assert (found.state, found.run, found.runs) == ("finished", 2, 2)
