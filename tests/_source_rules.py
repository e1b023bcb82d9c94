"""Rules for the apps' sources, each a pattern that none of them may contain; the same for Kotlin and Swift."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A pattern that no source may contain, why, and example lines that break it and that keep it."""

    pattern: str
    why: str
    broken: tuple[str, ...]
    kept: tuple[str, ...] = ()
    but_in: tuple[str, ...] = ()  # files that may, since they look at the size first


def code(path: Path) -> str:
    """Return a source without its comments; line numbers stay the same."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"/\*.*?\*/", lambda found: "\n" * found[0].count("\n"), text, flags=re.DOTALL)
    return re.sub(r"(?m)(^|\s)//.*$", "", text)


def assert_no_source_breaks(rule: Rule, sources: Iterable[Path], root: Path) -> None:
    """Search all sources, and list each place that breaks the rule."""
    found = [
        f"{path.relative_to(root)}:{text[: match.start()].count(chr(10)) + 1}: {match[0]!r}"
        for path in sources
        if path.name not in rule.but_in
        for text in [code(path)]
        for match in re.finditer(rule.pattern, text)
    ]
    assert not found, f"{rule.why}:\n" + "\n".join(found)


def assert_knows_its_examples(rule: Rule) -> None:
    """Check a rule against its example lines."""
    for line in rule.broken:
        assert re.search(rule.pattern, line), line
    for line in rule.kept:
        assert not re.search(rule.pattern, line), line
