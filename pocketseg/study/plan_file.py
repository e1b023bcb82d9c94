"""Reads a plan that was written down, and refuses to run another one in its place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pocketseg.core.errors import DataError, UsageError
from pocketseg.core.outside import read_json
from pocketseg.study.plan import Plan, hash_of

_MOST_BYTES = 16 << 20


def read_plan(path: Path) -> dict[str, Any]:
    """Return a plan as plain values. Raises DataError for a file that is not a plan, or was changed by hand."""
    try:
        found = read_json(path, _MOST_BYTES)
        if not isinstance(found, dict) or not isinstance(found.get("hash"), str):
            raise ValueError("it has no hash")
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is not a plan of a study ({error})", hint="restore it", path=path) from error
    if hash_of(found) != found["hash"]:
        raise DataError(
            f"{path} says its hash is {found['hash']}, but its content gives {hash_of(found)}",
            hint="a plan must not change after the first run: restore the file",
            path=path,
        )
    return found


def check_same(path: Path, plan: Plan) -> None:
    """Refuse to run where code and data make another plan than the file's. Raises UsageError, DataError."""
    found, now = read_plan(path), plan.to_json()
    if found["hash"] != plan.hash:
        differing = ", ".join(_differing(found, now))
        raise UsageError(
            f"{path} is plan {found['hash']}, but code and data give {plan.hash}: they differ in {differing}",
            hint="give the data, signals and split that it was written for, and use the code of that time",
        )


def _differing(a: Mapping[str, Any], b: Mapping[str, Any], before: str = "") -> list[str]:
    found: list[str] = []
    for name in sorted({*a, *b} - {"hash", "measured"}):
        one, other = a.get(name), b.get(name)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            found += _differing(one, other, f"{before}{name}.")
        elif one != other:
            found.append(f"{before}{name}")
    return found
