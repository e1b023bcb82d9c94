"""Signs that the times in a record do not come from a device of the kind that it names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_LAUNCHES = {  # /program/launch by /kind, where it must be said: docs/record.md
    "android": ("app", "shell"),
    "ios": ("app",),
    "browser": ("page",),
}
_OWN_YARDSTICKS = {
    "host": "python",
    "reference": "python",
    "emulated": "python",
    "android": "kotlin",
    "ios": "swift",
    "browser": "javascript",
}
_NO_DEVICE = re.compile(r"\b(recorded|emulat\w+|evaluator|imitat\w+|no(t a)? device)\b", re.IGNORECASE)


def strange(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the reasons why a record's times cannot come from its kind of device; none if they can.

    Tests, debug builds and simulators are judged in verdict.py.
    """
    kind, launch, label = document["kind"], document["program"].get("launch"), document["runtime"]["label"]
    found = []
    if kind in _LAUNCHES and launch not in (*_LAUNCHES[kind], "test"):
        ways = " or ".join(f"`{way}`" for way in _LAUNCHES[kind])
        said = "does not say what ran it" if launch is None else f"says that a `{launch}` ran it"
        found.append(f"it {said}, and what runs on {kind} is {ways}")
    if _NO_DEVICE.search(label):
        found.append(f"its runtime is none of a device: {label}")
    version = (document["yardstick"] or {}).get("version")
    if version is not None and not _is_own(kind, version.partition("-")[0]):
        found.append(f"its yardstick {version} is that of another kind of place than {kind}")
    return tuple(found)


def _is_own(kind: str, implementation: str) -> bool:
    own = _OWN_YARDSTICKS.get(kind)
    return implementation not in _OWN_YARDSTICKS.values() if own is None else implementation == own
