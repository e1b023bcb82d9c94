"""Thousands of damaged files: Swift refuses what Python does, by the names that a second implementation gives."""

from __future__ import annotations

import collections
import random
from pathlib import Path

import pytest
from _contract_fuzz import EITHER, KINDS, named_by, takes
from _ios import checked

pytestmark = [pytest.mark.ios, pytest.mark.timeout(600), pytest.mark.xdist_group("ios-fuzz")]
COUNT = 2000


@pytest.mark.parametrize("name", KINDS)
def test_swift_gives_damaged_files_the_names_of_errors_that_python_gives(name: str, tmp_path: Path) -> None:
    kind, ends = KINDS[name], collections.Counter[str]()
    files = [kind.make(random.Random(f"{name} {seed}")) for seed in range(COUNT)]
    for number, (data, said) in enumerate(zip(files, checked(kind.asked, files, tmp_path), strict=True)):
        wanted = named_by(kind.second, data)
        assert said == wanted or (said, wanted) in EITHER, data
        assert takes(kind.product, tmp_path / f"{kind.asked}-{number}") == (said == "read"), (said, data)
        ends[said] += 1
    assert COUNT - ends["read"] >= COUNT // 4 and len(ends) >= 5, ends
