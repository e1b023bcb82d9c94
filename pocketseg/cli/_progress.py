"""Progress on stderr: bars and spinners on a terminal, an occasional line elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


def stderr() -> Console:
    """Return the console that progress goes to."""
    return Console(file=sys.stderr, highlight=False, soft_wrap=True)


def tell(sentence: str) -> None:
    """Print a sentence on stderr."""
    stderr().print(sentence, markup=False)


def say_note(sentence: str) -> None:
    """Print a note for the user on stderr."""
    tell(f"note: {sentence}")


@contextmanager
def busy(what: str) -> Iterator[None]:
    """Show that one long task of unknown length is running."""
    console = stderr()
    if not console.is_terminal:
        console.print(f"{what}...", markup=False)
        yield
        return
    with Progress(SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn(),
                  console=console, transient=True) as progress:  # fmt: skip
        progress.add_task(what, total=None)
        yield


@contextmanager
def counted(what: str, console: Console | None = None) -> Iterator[Callable[[int, int], None]]:
    """Show a bar; the yielded function takes (done, total).

    console: that of `stderr`, where sentences are printed on it meanwhile: they go above the bar.
    """
    console = console or stderr()
    if not console.is_terminal:
        console.print(f"{what}...", markup=False)
        yield lambda done, total: None
        return
    with Progress(TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(),
                  TimeElapsedColumn(), console=console, transient=True) as progress:  # fmt: skip
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def phases() -> Iterator[Callable[[str, int, int], None]]:
    """Show one bar per phase; the yielded function takes (phase, done, total)."""
    console = stderr()
    if not console.is_terminal:
        seen: set[str] = set()

        def say(phase: str, done: int, total: int) -> None:
            if phase not in seen:
                seen.add(phase)
                console.print(f"{phase}...", markup=False)

        yield say
        return
    # few refreshes: drawing must not disturb what is being timed
    progress = Progress(TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(),
                        TimeElapsedColumn(), console=console, transient=True, refresh_per_second=2)  # fmt: skip
    tasks: dict[str, TaskID] = {}

    def show(phase: str, done: int, total: int) -> None:
        if not tasks:
            progress.start()  # not earlier: sentences printed before the work stay intact
        if phase not in tasks:
            tasks[phase] = progress.add_task(phase, total=total)
        progress.update(tasks[phase], completed=done, total=total)

    try:
        yield show
    finally:
        progress.stop()
