"""The Kotlin core of the Android app: its own tests pass, and Python reads and refuses the records that it does."""

from __future__ import annotations

from pathlib import Path

import pytest
from _android_core import core_target, fuzzed

from pocketseg.core.errors import RecordError
from pocketseg.core.record import SCHEMA_VERSION, read_record

pytestmark = [pytest.mark.android, pytest.mark.timeout(1500), pytest.mark.xdist_group("android-core")]


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return core_target(tmp_path_factory.getbasetemp())


def test_records_that_kotlin_writes_are_records(target: Path) -> None:
    files = sorted((target / "records").iterdir())
    found = {path.stem: read_record(path.read_bytes(), path.name) for path in files}
    assert {name: document["status"] for name, document in found.items()} == {
        "few": "ok", "many": "ok", "ok": "ok", "failed": "failed", "refused": "refused",
    }  # fmt: skip
    for document in found.values():
        assert document["kind"] == "android" and document["program"]["launch"] == "test"
        assert document["schema_version"] == SCHEMA_VERSION and document["runtime"]["desktop_version"]
        assert all(turn["device"]["foreground"] for turn in document["turns"])
        assert document["status"] != "ok" or "ran in a test" in document["verdict_reasons"][0]
    assert found["ok"]["golden"]["status"] == "passed" and found["ok"]["bundle"]["photos"][0]["agreement"] == 1


@pytest.mark.parametrize("name", ["records", "documents"])
def test_kotlin_takes_the_damaged_records_that_python_takes_and_no_other(target: Path, name: str) -> None:
    taken = refused = 0
    for said, data in fuzzed(target, name):
        try:
            read_record(data)
        except RecordError:
            refused += 1
            assert said != "read", data
        else:
            taken += 1
            assert said == "read", (said, data)
    assert taken + refused == 2000 and refused > 1200
