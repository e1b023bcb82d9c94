"""What a test run makes once is made by one of those who ask, whole, and again where that failed."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from _once import made_once


def test_what_many_ask_for_at_once_is_made_once(tmp_path: Path) -> None:
    made: list[Path] = []

    def make(folder: Path) -> Path:
        made.append(folder)
        time.sleep(0.05)
        (folder / "file").write_text("whole")
        return folder / "file"

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: made_once(tmp_path / "run", "thing", make).read_text(), range(8)))
    assert found == {"whole"} and made == [tmp_path / "run/thing"]
    assert made_once(tmp_path / "run", "other", lambda folder: folder.name) == "other"


def test_what_failed_is_made_by_the_next_in_an_empty_folder(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").write_text("half")
        raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        made_once(tmp_path, "thing", fail)
    assert made_once(tmp_path, "thing", lambda folder: list(folder.iterdir())) == []
