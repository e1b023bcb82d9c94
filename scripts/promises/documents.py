"""A Markdown page as the checks need it: its commands, code, files to write, links and anchors."""

from __future__ import annotations

import re
import subprocess
import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

COMMAND_LANGUAGES = ("", "sh")
_FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})\s*([\w+-]*).*$")
_EXITS = re.compile(r"<!-- exits (\d+)(?: or (\d+))? -->")
_FILE = re.compile(r"<!-- file: (\S+) -->")
_NAMED = re.compile(r"# ([\w./-]+\.\w+)$")  # the first line of a block that is a file's content
_INLINE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\](?:\([^)]*\))?)*\]\(\s*<?([^\s)>]*)>?(?:\s+[\"'][^)]*[\"'])?\s*\)")
_DEFINITION = re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)", re.MULTILINE)
_ATTRIBUTE = re.compile(r"<(?:a|img|source)\b[^>]*?\s(href|src|srcset)=[\"']([^\"']*)[\"']", re.IGNORECASE)
_ANCHOR = re.compile(r"<\w+\b[^>]*?\s(?:id|name)=[\"']([^\"']+)[\"']", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_IN_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")


class Kind(Enum):
    """What a step of a page is: a line for the shell, a Python block, or a block that is a file's content."""

    SHELL = "shell"
    PYTHON = "python"
    FILE = "file"


@dataclass(frozen=True)
class Step:
    """A step of a page from top to bottom; `target`: of a FILE, its name; `exits`: the promised exit statuses."""

    kind: Kind
    text: str
    line: int
    exits: tuple[int, ...] = (0,)
    target: str = ""


@dataclass(frozen=True)
class Inline:
    """Code within a sentence."""

    text: str
    line: int


@dataclass(frozen=True)
class Link:
    """Where a link, picture or HTML attribute points."""

    target: str
    line: int


@dataclass(frozen=True)
class Document:
    """A page, by its path within the repository."""

    name: str
    text: str
    steps: tuple[Step, ...]
    inline: tuple[Inline, ...]
    links: tuple[Link, ...]
    anchors: frozenset[str]


@dataclass(frozen=True)
class _Block:
    language: str
    before: str  # the last line before it that is not empty
    lines: tuple[str, ...]
    line: int  # of its first line of content


def tracked(root: Path) -> list[str]:
    """List the files of a checkout that git does not ignore; outside of a checkout, all files."""
    command = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    try:
        listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return sorted(p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file())
    return sorted(name for name in set(listed.split("\0")) - {""} if (root / name).is_file())


def with_commands(names: list[str]) -> list[str]:
    """Select the pages whose commands a reader may type: README, CONTRIBUTING, docs/ and the harnesses' pages.

    docs/promises.md shows regular expressions over them.
    """
    chosen = re.compile(r"(README|CONTRIBUTING)\.md|docs/(?!promises\.md).*\.md|\w+_harness/README\.md")
    return [name for name in names if chosen.fullmatch(name)]


def read(root: Path, name: str) -> Document:
    """Read a page."""
    return parse(name, (root / name).read_text(encoding="utf-8"))


def parse(name: str, text: str) -> Document:
    """Return a page's commands, links and anchors."""
    prose, blocks = _apart(text)
    visible = _COMMENT.sub(_blank, prose)
    without_code = _INLINE.sub(_blank, visible)
    return Document(
        name=name,
        text=text,
        steps=tuple(step for block in blocks for step in _steps(block)),
        inline=tuple(
            Inline(" ".join(found[2].split()), _line(visible, found.start())) for found in _INLINE.finditer(visible)
        ),
        links=tuple(_links(without_code)),
        anchors=frozenset(_anchors(visible)),
    )


def _apart(text: str) -> tuple[str, list[_Block]]:
    """Return the text with fenced blocks blanked, line for line, and the blocks."""
    prose: list[str] = []
    blocks: list[_Block] = []
    content: list[str] = []
    fence, language, before, start = "", "", "", 0
    for number, line in enumerate(text.splitlines(), 1):
        found = _FENCE.match(line)
        if fence:
            prose.append("")
            if found and found[2].startswith(fence) and not found[3]:
                lines = textwrap.dedent("\n".join(content)).splitlines()
                blocks.append(_Block(language, before, tuple(lines), start))
                fence = ""
            else:
                content.append(line)
        elif found:
            fence, language, content, start = found[2], found[3], [], number + 1
            prose.append("")
        else:
            prose.append(line)
            before = line.strip() or before
    return "\n".join(prose), blocks


def _steps(block: _Block) -> Iterator[Step]:
    exits = tuple(int(each) for each in found.groups() if each) if (found := _EXITS.search(block.before)) else (0,)
    named = _FILE.search(block.before)
    text = "\n".join(block.lines)
    if named or (block.language in ("toml", "json") and block.lines and (named := _NAMED.match(block.lines[0]))):
        yield Step(Kind.FILE, f"{text}\n", block.line, target=named[1])
    elif block.language == "python":
        yield Step(Kind.PYTHON, text, block.line, exits)
    elif block.language in COMMAND_LANGUAGES:
        for command, line in joined(block.lines):
            yield Step(Kind.SHELL, command, block.line + line, exits)


def joined(lines: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """Yield each command of a block without its comment, lines that end in a backslash joined, and its place."""
    command, first = "", 0
    for place, line in enumerate(lines):
        first = first if command else place
        part = without_comment(line).strip()
        if part.endswith("\\"):
            command = f"{command} {part[:-1].strip()}".strip()
            continue
        command = f"{command} {part}".strip()
        if command:
            yield command, first
        command = ""
    if command:
        yield command, first


def without_comment(line: str) -> str:
    """Return a shell line up to its comment, which begins at a `#` that stands alone and outside of quotes."""
    quote = ""
    for place, character in enumerate(line):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == "#" and (place == 0 or line[place - 1].isspace()):
            return line[:place].rstrip()
    return line.rstrip()


def _links(text: str) -> Iterator[Link]:
    for found in _LINK.finditer(text):
        yield Link(found[1], _line(text, found.start()))
        inner = found[0][1 : found.start(1) - found.start()]  # a picture within the link's text
        for nested in re.finditer(r"!\[[^\]]*\]\(\s*<?([^\s)>]+)", inner):
            yield Link(nested[1], _line(text, found.start()))
    for found in _DEFINITION.finditer(text):
        yield Link(found[1], _line(text, found.start()))
    for found in _ATTRIBUTE.finditer(text):
        targets = [found[2]]
        if found[1].lower() == "srcset":
            targets = [each.split()[0] for each in found[2].split(",") if each.split()]
        for target in targets:
            yield Link(target, _line(text, found.start()))


def _anchors(text: str) -> Iterator[str]:
    """Yield the names that a link's `#` may take, by GitHub's rule: a repeated heading's get -1, -2..."""
    seen: Counter[str] = Counter()
    lines = text.splitlines()
    for place, line in enumerate(lines):
        heading = found[2] if (found := _HEADING.match(line)) else None
        underlined = place + 1 < len(lines) and re.fullmatch(r" {0,3}(=+|-{2,})\s*", lines[place + 1])
        if heading is None and underlined and line.strip() and not line.lstrip().startswith(("|", "-", ">", "#")):
            heading = line.strip()
        if heading is not None:
            name = slug(heading)
            yield f"{name}-{seen[name]}" if seen[name] else name
            seen[name] += 1
    yield from _ANCHOR.findall(text)


def slug(heading: str) -> str:
    """Return GitHub's anchor of a heading: lower case, signs left out, spaces as hyphens."""
    shown = re.sub(r"<[^>]+>", "", _IN_LINK.sub(r"\1", heading))
    shown = re.sub(r"(?<!\w)_(\S.*?\S|\S)_(?!\w)", r"\1", shown.replace("`", ""))
    return _NOT_IN_SLUG.sub("", shown.strip().lower()).replace(" ", "-")


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1
