"""The golden check: a second implementation calls the same maps near, and tells rounding at edges from a block."""

from __future__ import annotations

from typing import Any

import pytest
from _conformance import array, cases
from _conformance_golden import allowed, edges, judged

FOUND = cases("golden")


def test_what_may_differ_follows_from_the_edges() -> None:
    for case in FOUND["allowed"]:
        golden = array(case["golden"])
        assert len(edges(golden)) == case["edge_pixels"]
        assert {name: allowed(golden, name) for name in case["is"]} == {
            name: pytest.approx(share, abs=1e-6) for name, share in case["is"].items()
        }


@pytest.mark.parametrize("case", FOUND["cases"], ids=lambda case: case["name"])
def test_a_map_is_near_or_not(case: dict[str, Any]) -> None:
    agreement, is_near = judged(array(case["found"]), array(case["golden"]), case["allowed"])
    assert agreement == pytest.approx(case["agreement"], abs=1e-6) and is_near is case["is_near"]
    assert all(wrong is not case["is_near"] for wrong in case["faults"].values())


def test_each_fault_shows_and_no_case_is_a_matter_of_rounding() -> None:
    assert {fault for case in FOUND["cases"] for fault in case["faults"]} == set(FOUND["faults"])
    assert {case["is_near"] for case in FOUND["cases"]} == {True, False}
    for case in FOUND["cases"]:
        off = 1 - case["agreement"]
        assert off == 0 or abs(off - case["allowed"]) > 1e-5 or case["name"].startswith("sixteen")
