"""Each fault of an iPhone behind devicectl is one clear error, and the second try is clean."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from _ios_faults import FAULTS, Fault, play


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_a_fault_is_said_and_the_second_try_is_clean(fault: Fault, tmp_path: Path) -> None:
    played = play(fault, tmp_path)
    said = f"{played.message} {played.hint}"
    assert re.search(fault.says, said, re.S), said
    assert played.hint, "it must say what to do"
    assert played.records_kept == fault.records_kept
    assert (played.again.state, played.again.records, played.again.runs) == ("finished", 2, 2)
    assert not list(tmp_path.rglob("pwned"))
