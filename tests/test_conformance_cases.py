"""The cases as a whole: not stale, small, of pictures that are not square, and each fault's result is another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from _conformance import FOLDER, array, cases

from scripts.conformance.sets import SETS, made

MOST_BYTES = 3_000_000
STALE = "run `make conformance`, and look at what has changed"
PICTURES = (
    "preprocessing",
    "exif",
    "camera",
    "yuv",
    "decode",
    "raw_memory",
    "class_maps",
    "engines",
    "confusion",
    "golden",
    "runs",
)
_PICTURE = ("is", "golden", "rgb", "map", "predicted", "classes", "scores")


@pytest.mark.parametrize("name", [name for name in SETS if name != "method"])
def test_the_cases_are_what_is_made_now(name: str) -> None:
    for path, data in made(name).items():
        assert (FOLDER / path).is_file() and (FOLDER / path).read_bytes() == data, f"{path} is stale: {STALE}"


def test_no_file_of_the_cases_belongs_to_none_and_all_are_small() -> None:
    named = {f"{name}.json" for name in names()}
    for name in names():
        arrays = {one["file"] for one in _tables(cases(name)) if "file" in one and "dtype" in one}
        named |= arrays | {case["file"] for case in cases(name).get("cases", []) if name == "decode"}
    found = {path.relative_to(FOLDER).as_posix(): path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()}
    assert set(found) == named
    assert sum(found.values()) < MOST_BYTES


def test_arrays_are_what_they_say() -> None:
    for name in names():
        for said in _tables(cases(name)):
            if "sha256" in said and said.keys() & {"hex", "file"} and "dtype" in said:
                array(said)


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_higher_than_wide_and_wider_than_high(name: str) -> None:
    assert not fault_of_sizes(list(sizes(cases(name))))


@pytest.mark.parametrize(
    "squares", [[(4, 4)], [(4, 4), (9, 9), (1, 1)], [(5, 4), (6, 6)], [(4, 5), (4, 7)], [(6, 4), (4, 8)], []]
)
def test_a_set_of_squares_only_is_refused(squares: list[tuple[int, int]]) -> None:
    assert fault_of_sizes(squares)


@pytest.mark.parametrize("name", [*PICTURES])
def test_each_fault_gives_another_result_and_is_explained(name: str) -> None:
    used = set()
    for one in _tables(cases(name)):
        for fault, wrong in one.get("faults", {}).items():
            if "sha256" in one.get("is", ()):
                used.add(fault)
                right = {one["is"]["sha256"], (one.get("scores") or {}).get("sha256")}
                assert wrong["sha256"] not in right, f"{one.get('name')}: {fault}"
    said = cases(name).get("faults", {})
    assert used <= set(said) and (used == set(said) or name in ("confusion", "golden", "engines"))
    assert all(said.values()), "each fault is a sentence"


def fault_of_sizes(found: list[tuple[int, int]]) -> str:
    """Say what a set of heights and widths lacks, nothing where it would show that they were mixed up."""
    if not any(height > width for height, width in found):
        return "no picture is higher than wide"
    if not any(width > height for height, width in found):
        return "no picture is wider than high"
    if not any(height % 2 and width % 2 for height, width in found):
        return "no picture has odd sides"
    return "" if sum(height == width for height, width in found) * 10 <= len(found) else "many pictures are square"


def sizes(content: dict[str, Any]) -> Iterator[tuple[int, int]]:
    """Yield height and width of every picture of a set."""
    for one in _tables(content):
        for name in _PICTURE:
            said = one.get(name)
            if isinstance(said, dict) and "shape" in said and len(said["shape"]) in (2, 3):
                yield tuple(
                    said["shape"][:2] if said["shape"][-1] == 3 and name in ("is", "rgb") else said["shape"][-2:]
                )  # type: ignore[misc]


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def _tables(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for inside in value:
            yield from _tables(inside)


def test_cases_are_plain_json() -> None:
    for path in FOLDER.glob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert json.loads(text, parse_constant=pytest.fail) and text.endswith("}\n")
