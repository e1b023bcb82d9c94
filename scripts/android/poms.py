"""The Maven build's description of itself: properties and dependencies of its poms, unresolved."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

from scripts.android.maven import HARNESS

_SPACE = "{http://maven.apache.org/POM/4.0.0}"
_PLACE = re.compile(r"\$\{([\w.]+)\}")


def properties(harness: Path = HARNESS) -> dict[str, str]:
    """Return the properties of the parent, where every version is pinned."""
    root = ET.parse(harness / "pom.xml").getroot()
    return {
        each.tag.removeprefix(_SPACE): (each.text or "").strip()
        for each in root.find(f"{_SPACE}properties") or ()
    }  # fmt: skip


def dependencies(module: str, harness: Path = HARNESS) -> Iterator[dict[str, str]]:
    """Yield the dependencies of a module: groupId, artifactId, version, type, scope, classifier, as far as given."""
    known = properties(harness)
    root = ET.parse(harness / module / "pom.xml").getroot()
    for each in root.find(f"{_SPACE}dependencies") or ():
        said = {part.tag.removeprefix(_SPACE): (part.text or "").strip() for part in each}
        yield {name: filled(value, known) for name, value in said.items() if name != "exclusions"}


def filled(text: str, known: dict[str, str]) -> str:
    """Return the text with properties filled in."""
    return _PLACE.sub(lambda found: known.get(found[1], found[0]), text)
