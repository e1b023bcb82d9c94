"""What served pages do, shown on stderr: one line per page on a terminal, rewritten in place; one line per file
elsewhere."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import Progress, TaskID, TextColumn
from rich.table import Column

from pocketseg.cli._progress import stderr, tell

if TYPE_CHECKING:
    from pocketseg.core.types import BenchmarkRow
    from pocketseg.web.inbox import Arrived

_RUNNING = "running"
_BEYOND = re.compile(r"pass [0-9]{1,6} beyond the plan, ")  # how pages begin their text for such a turn


@contextmanager
def followed(out: Path) -> Iterator[Callable[[Arrived], None]]:
    """Show what arrives; the yielded function takes each item. out: the folder of the table."""
    console, seen, further = stderr(), set[tuple[str, int, str]](), set[str]()
    if not console.is_terminal:

        def say(arrived: Arrived) -> None:
            for line in (*events(arrived, out, seen), *beyond(arrived, further)):
                tell(line)

        yield say
        return
    # few refreshes, as for all bars: the browser may be on this computer
    column = TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis"))
    lines = Progress(column, console=console, transient=True, refresh_per_second=2)
    tasks: dict[str, TaskID] = {}

    def show(arrived: Arrived) -> None:
        for line in beyond(arrived, further):
            lines.console.print(line, markup=False, highlight=False, soft_wrap=True)
        if arrived.row is None and arrived.state == _RUNNING:
            lines.start()  # not earlier, so that the link is printed by then; again where it was stopped
            if arrived.job not in tasks:
                tasks[arrived.job] = lines.add_task("", total=None)
            lines.update(tasks[arrived.job], description=now_line(arrived, time.strftime("%H:%M:%S")))
            return
        if arrived.row is None and arrived.job in tasks:
            lines.remove_task(tasks.pop(arrived.job))
            lines.refresh()
            if not tasks:
                lines.stop()
        for line in results(arrived, out):
            lines.console.print(line, markup=False, highlight=False, soft_wrap=True)

    try:
        yield show
    finally:
        lines.stop()


def beyond(arrived: Arrived, seen: set[str]) -> list[str]:
    """Return a note, once per job, that a job goes on after its planned passes; `seen` records the jobs already
    noted."""
    if arrived.row is not None or arrived.job in seen or not _BEYOND.match(arrived.phase):
        return []
    seen.add(arrived.job)
    return [f"{arrived.job[:8]}  more passes than planned: some figures are not certain enough yet"]


def is_under_way(arrived: Arrived, before: set[str]) -> set[str]:
    """Return the jobs that have begun and not ended, after one more item arrived."""
    if arrived.row is not None:
        return before
    return before | {arrived.job} if arrived.state == _RUNNING else before - {arrived.job}


def ending(rows: int, under_way: int) -> list[str]:
    """Return the first sentence after a link has closed.

    Args:
        rows: of the table.
        under_way: jobs that had not ended.
    """
    if not under_way:
        return ["the link is over" + ("" if rows else "; nothing was measured")]
    runs, pages = ("a run was", "its page keeps") if under_way == 1 else (f"{under_way} runs were", "their pages keep")
    return [(
        f"the link is over, and {runs} under way: {pages} what was measured, and "
        f"{'sends' if under_way == 1 else 'send'} it when opened by the next link to the same files"
    )]  # fmt: skip


def now_line(arrived: Arrived, clock: str) -> str:
    """Return what a page does, with the time of its last message: a page that has vanished sends none."""
    from pocketseg.core.record import printable

    place = f"file {arrived.run + 1} of {arrived.runs}" if arrived.runs else ""
    return f"{clock}  {arrived.job[:8]}  {printable(': '.join(part for part in (place, arrived.phase) if part))}"


def results(arrived: Arrived, out: Path) -> list[str]:
    """Return the lasting part of what arrived: a row, or how a job ended."""
    from pocketseg.core.record import printable

    if arrived.row is None and arrived.state == _RUNNING:
        return []
    ended = arrived.state + (f": {arrived.reason}" if arrived.reason else "")
    return [f"{arrived.job[:8]}  {printable(ended if arrived.row is None else _result(arrived.row, out))}"]


def events(arrived: Arrived, out: Path, seen: set[tuple[str, int, str]]) -> list[str]:
    """Return the lines for something that arrived from a page; `seen` records the progress already shown.

    A page reports more than is worth reading here: each file and each state of a job is shown once.
    """
    from pocketseg.core.record import printable

    job = arrived.job[:8]
    if arrived.row is not None:
        return [f"{job}  {printable(_result(arrived.row, out))}"]
    lines = (
        []
        if any(said[0] == arrived.job for said in seen)
        else [f"{job}  a browser has opened the page and is starting"]
    )
    key = (arrived.job, arrived.run if arrived.runs else -1, arrived.state)
    is_new = key not in seen
    seen.add(key)
    if not is_new or (arrived.state == "running" and not arrived.runs):
        return lines
    text, more = arrived.state, arrived.reason
    if arrived.state == "running":
        text = f"file {arrived.run + 1} of {arrived.runs}"
        more = arrived.phase.partition(": ")[0] if ": " in arrived.phase else ""
    return [*lines, f"{job}  {printable(': '.join(part for part in (text, more) if part))}"]


def _result(row: BenchmarkRow, out: Path) -> str:
    from benchmark.where import where
    from pocketseg.report.numbers import ms_digits

    place = where(row)
    facts = [row.artifact] if row.status == "ok" else [row.artifact, row.status]
    if row.status == "ok":
        facts += [] if row.p50_ms is None else [f"p50 {row.p50_ms:.{ms_digits(row.p50_ms)}f} ms"]
        facts += [] if row.miou is None else [f"mIoU {row.miou:.3f}"]
        facts += [row.verdict] if row.verdict else []
    facts += [row.reason] if row.reason else []
    return ", ".join([*facts, *([place.text] if place else []), f"in {out / 'results.csv'}"])
