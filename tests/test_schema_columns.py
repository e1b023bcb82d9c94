"""The quick look at a document finds nothing right that jsonschema would refuse, and finds right what is."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest
from _records import document

from pocketseg.core._schema import _validator, schema
from pocketseg.core._schema_columns import surely_fit

WRONG = (None, True, 1.5, -1, 10**20, "", "a\nb", "x" * 5000, [], [None], {}, {"more": 1}, [[-1]], "nan")


def _places(value: Any, where: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [where, *(place for step, part in inside for place in _places(part, (*where, step)))]


def test_a_record_of_ours_is_seen_to_be_right() -> None:
    assert surely_fit([document(turns=6)], schema("record"))


@pytest.mark.parametrize("seed", range(4))
def test_nothing_that_jsonschema_refuses_is_seen_to_be_right(seed: int) -> None:
    draw, whole, caught = random.Random(seed), document(turns=6), 0
    for place in draw.sample(_places(whole)[1:], 150):
        changed = copy.deepcopy(whole)
        holder: Any = changed
        for step in place[:-1]:
            holder = holder[step]
        kind = draw.random()
        if kind < 0.2 and isinstance(holder, dict):
            del holder[place[-1]]
        elif kind < 0.3 and isinstance(holder, dict):
            holder["unheard of"] = 1
        else:
            holder[place[-1]] = draw.choice(WRONG)
        refused = next(_validator("record").iter_errors(changed), None) is not None
        assert not (refused and surely_fit([changed], schema("record"))), place
        caught += refused
    assert caught > 50


@pytest.mark.parametrize(
    "part", [{}, {"type": "number", "multipleOf": 2}, {"const": 1}, {"type": ["string", "number"]}]
)
def test_of_a_rule_that_it_does_not_know_it_says_nothing(part: dict[str, Any]) -> None:
    assert not surely_fit([1], part)
