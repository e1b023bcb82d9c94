"""docs/promises.md: what is executed of each page, in place of what, and what is not and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from scripts.promises import fixtures
from scripts.promises.documents import Document, Kind, read, tracked, with_commands
from scripts.promises.parsed import checked
from scripts.promises.substitutions import FORMS, SUBSTITUTIONS, form_of

NAME = "docs/promises.md"

_PAGE = """\
# Which commands of these pages are executed

`make test-promises` executes every command and every Python block of README.md, CONTRIBUTING.md, docs/ and the pages of
the harnesses. Each page is executed from top to bottom in a folder of its own. A command must end with status 0, or
with what a comment before its block names: `<!-- exits 3 -->` or `<!-- exits 0 or 1 -->`. `pocketseg serve` runs until
it has printed its link and is then ended by Ctrl-C.

A command within a sentence is not executed, only parsed: its subcommand, options and values must exist, or the target
of its `make`, or the module of its `python -m`. `make test-documents` does that, and follows every link and anchor
within the repository.

This page is written by `python -m scripts.promises page`.

## By page

{counts}

## What stands for a reader's own files

{fixtures}

## What is executed in place of what is written

Most of these save time. They are applied from top to bottom.

{substitutions}

## What is not executed

Fenced commands of these {forms_count} forms are only parsed.

{forms}
"""


def page(root: Path) -> str:
    """Return the page's text."""
    documents = [read(root, name) for name in with_commands(tracked(root))]
    used = [d for d in documents if d.steps or any(map(checked, d.inline))]
    marked = Counter(f.name for d in used for s in d.steps if s.kind is Kind.SHELL and (f := form_of(s.text)))
    return _PAGE.format(
        counts=_table(("page", "executed", "fenced but not executed", "parsed, within sentences"), [
            *((f"[{d.name}]({_relative(d.name)})", *_counts(d)) for d in used),
            ("all", *(sum(column) for column in zip(*map(_counts, used), strict=True))),
        ]),
        fixtures=_table(("written", "what it is here"), list(fixtures.TABLE.items())),
        substitutions=_table(
            ("written (a regular expression)", "executed", "why"),
            [(_code(s.pattern), _code(s.replacement), s.why) for s in SUBSTITUTIONS],
        ),
        forms_count=len(FORMS),
        forms=_table(
            ("form", "commands like (a regular expression)", "why not", "commands"),
            [(f.name, _code(f.pattern), f.why, marked[f.name]) for f in FORMS],
        ),
    )  # fmt: skip


def _counts(document: Document) -> tuple[int, int, int]:
    """Count the commands and Python blocks that are executed, those that are marked, and those within sentences."""
    steps = [step for step in document.steps if step.kind is not Kind.FILE]
    marked = sum(form_of(step.text) is not None for step in steps)
    return len(steps) - marked, marked, sum(map(checked, document.inline))


def _relative(name: str) -> str:
    return name.removeprefix("docs/") if name.startswith("docs/") else f"../{name}"


def _code(text: str) -> str:
    return f"`{text}`".replace("|", "\\|")


def _table(titles: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> str:
    lines = [f"| {' | '.join(titles)} |", "|" + "---|" * len(titles)]
    return "\n".join([*lines, *(f"| {' | '.join(map(str, row))} |" for row in rows)])
