"""A checkup as text for a terminal of any width: one line per group for what is present, one line each for the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pocketseg.api import Checkup, Finding, Status

_MARKS = {
    Status.OK: ("ok", "green"),
    Status.MISSING: ("missing", "bold red"),
    Status.OPTIONAL: ("absent", "yellow"),
    Status.ELSEWHERE: ("-", "dim"),
    Status.DOUBT: ("doubt", "bold yellow"),
    Status.UNKNOWN: ("?", "dim"),
}


def render(found: Checkup) -> Group:
    """Return the text of all groups, the worst last: present state, and what to do."""
    return Group(*_parts(found))


def _parts(found: Checkup) -> Iterator[RenderableType]:
    device = found.device
    commit = f" at {found.commit[:12]}" if found.commit else ""
    cores = f"{device['cores']} core{'' if device['cores'] == 1 else 's'}"
    yield Text.assemble((f"pocketseg {found.version}", "bold"), commit)
    names = (device["maker"], device["model"], device["cpu"], cores, device["os"])
    yield Text(", ".join(str(name) for name in names if name))
    yield _group("It runs on", [*_merged(found.installed, "")])
    yield _group(
        "It can",
        [*_merged(found.export, "export"), *_merged(found.run, "run"), *_merged(found.score, "score"),
         *_merged(found.extras, "extras"), *_merged(found.drive, "drive")],
    )  # fmt: skip
    yield _group("A measurement just now", [*_present(found.present)])
    yield Text()
    yield _last(found)


def _merged(findings: Sequence[Finding], name: str) -> Iterator[Finding]:
    """Return the findings, with those present and without remarks merged into one line of that name."""
    plain = [finding for finding in findings if name and finding.status is Status.OK]
    if plain:
        yield Finding(name=name, said=", ".join(_short(finding) for finding in plain))
    yield from (finding for finding in findings if finding not in plain)


def _short(finding: Finding) -> str:
    return f"{finding.name} ({finding.said})" if finding.said else finding.name


def _present(findings: Sequence[Finding]) -> Iterator[Finding]:
    unknown = [finding.name for finding in findings if finding.status is Status.UNKNOWN]
    yield from (finding for finding in findings if finding.status is not Status.UNKNOWN)
    if unknown:
        yield Finding(name="not shown", status=Status.UNKNOWN, said=f"by this system: {', '.join(unknown)}")


def _group(title: str, findings: Sequence[Finding]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        word, style = _MARKS[finding.status]
        said = Text(finding.said)
        if finding.remedy:
            said.append(f"{'; ' if finding.said else ''}get it: " if _is_absent(finding) else "; ", "default")
            said.append(finding.remedy, "cyan")
        table.add_row(Text(f"  {word}", style), finding.name, said)
    return Group(Text(f"\n{title}", "bold"), table)


def _is_absent(finding: Finding) -> bool:
    return finding.status in (Status.MISSING, Status.OPTIONAL)


def _last(found: Checkup) -> Text:
    """Return a sentence that sums up."""
    groups = (found.installed, found.export, found.run, found.score)
    missing = [f.name for group in groups for f in group if f.status is Status.MISSING]
    doubts = [f.name for f in (*found.installed, *found.present) if f.status is Status.DOUBT]
    ready = f"Missing: {', '.join(missing)}." if missing else "Everything that it needs is there."
    fit = f"A latency measured now would be in doubt: {', '.join(doubts)}." if doubts else "Ready to measure."
    return Text(f"{ready} {fit}", "bold")
