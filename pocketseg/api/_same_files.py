"""The rows of two runs by the names of their files, and which of several runs of a file counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

from benchmark.repeats import latest_of, scored_on
from benchmark.where import where
from pocketseg.api._common import PathLike
from pocketseg.core.errors import UsageError
from pocketseg.core.types import BenchmarkRow
from pocketseg.report.places import Places

Key = tuple[str, str, str, str, str]  # model, recipe, target, output; where it was measured, as far as that is needed
Runs = dict[Key, list[BenchmarkRow]]  # of each file, the latest first


def named_alike(
    before: Sequence[BenchmarkRow], after: Sequence[BenchmarkRow], first: PathLike, second: PathLike
) -> tuple[Runs, Runs]:
    """Return two runs' rows by name.

    The name says where a file was measured only as far as either run needs that: the accelerator that was asked for,
    and the device, where there are several. Raises UsageError where a folder holds two files of one name, or one file
    twice in one run.
    """
    places = Places([*before, *after])

    def asked(row: BenchmarkRow) -> str:
        place = where(row)
        return "" if place is None else f"{place.asked} asked" if place.asked not in ("", "cpu") else place.asked

    def everywhere(row: BenchmarkRow) -> str:
        device = places.device(row)
        return ", ".join(filter(None, ("" if device is None else places.devices[device], asked(row))))

    for say in (lambda row: "", asked, everywhere):
        found = _by_name(before, say), _by_name(after, say)
        if all(_is_one_file(rows) for runs in found for rows in runs.values()):
            return found
    path, twice = next(
        (path, name)
        for path, runs in zip((first, second), found, strict=True)
        for name, rows in runs.items()
        if not _is_one_file(rows)
    )
    said = " ".join(filter(None, twice if places.shown else twice[:-1]))
    raise UsageError(f"{path} holds {said} twice", hint="use a run that has each file once")


def of_the_same_photos(
    first: Sequence[BenchmarkRow], second: Sequence[BenchmarkRow]
) -> tuple[BenchmarkRow, BenchmarkRow]:
    """Return the latest runs of a file in both lists that were not scored on different photos, else the latest."""
    for a, b in sorted(product(range(len(first)), range(len(second))), key=sum):
        photos = {scored_on(first[a]), scored_on(second[b])} - {None}  # a run that failed was not scored
        if len(photos) < 2:
            return first[a], second[b]
    return first[0], second[0]


def several(runs: Sequence[BenchmarkRow], name: str) -> list[str]:
    """Return a note that a folder holds several runs of a file; empty where it holds one."""
    return [f"{name} has {len(runs)} runs of it: the latest on the same photos is taken"] if len(runs) > 1 else []


def _by_name(rows: Sequence[BenchmarkRow], say: Callable[[BenchmarkRow], str]) -> Runs:
    found: Runs = {}
    for row in rows:
        found.setdefault((row.model, row.recipe, row.target, row.output, say(row)), []).append(row)
    return {name: _latest_first(own) for name, own in found.items()}


def _latest_first(rows: Sequence[BenchmarkRow]) -> list[BenchmarkRow]:
    left, found = list(rows), list[BenchmarkRow]()
    while left:
        found.append(latest_of(left))
        left = [row for row in left if row is not found[-1]]
    return found


def _is_one_file(rows: Sequence[BenchmarkRow]) -> bool:
    """Return whether all rows are runs of the same file in one place: separate runs, and the same bytes."""
    if len(rows) == 1:
        return True
    runs = [row.record.partition("/")[0] for row in rows]
    places = {None if (place := where(row)) is None else (place.device, place.asked) for row in rows}
    hashes = {row.artifact_sha256 for row in rows}
    return all(runs) and len(set(runs)) == len(runs) and len(places) == len(hashes) == 1 and "" not in hashes
