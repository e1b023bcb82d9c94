"""Times set-up, quick start, rerun and a sweep of two checkouts, in turns, for docs/speed.md.

    python -m scripts.speed run --before DIR --after DIR --work DIR    append to docs/speed.json what it lacks
    python -m scripts.speed page                                       write the tables of docs/speed.md from it

Each checkout's committed state is cloned into the work folder; nothing else is changed. Every command begins with an
empty cache, and a set-up with no .venv. Rounds alternate which checkout comes first. The computer should have nothing
else to do. Runs that the file has are not made again: a stopped command goes on where it was.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from pocketseg.core.errors import PocketSegError
from scripts.speed import page, results
from scripts.speed.tasks import TASKS, cloned


@click.group()
def main() -> None:
    """Time set-up, quick start, rerun and a sweep of two checkouts, in turns."""


@main.command()
@click.option("--before", required=True, type=click.Path(path_type=Path, exists=True), help="A git checkout.")
@click.option("--after", required=True, type=click.Path(path_type=Path, exists=True), help="Another one.")
@click.option("--work", required=True, type=click.Path(path_type=Path), help="Folder for clones and caches.")
@click.option("--task", "tasks", multiple=True, type=click.Choice(list(TASKS)), help="Only this (default: all).")
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=results.PATH, show_default="docs/speed.json")
def run(before: Path, after: Path, work: Path, tasks: tuple[str, ...], rounds: int, out: Path) -> None:
    """Make the runs that OUT lacks, each in a clone of a checkout's committed state."""
    try:
        clones = {"before": cloned(before, work), "after": cloned(after, work)}
        for side, clone in clones.items():
            results.check(out, side, clone.revision)
        for task in tasks or tuple(TASKS):
            for number in range(1, rounds + 1):
                for side in ("before", "after") if number % 2 else ("after", "before"):
                    clone = clones[side]
                    if results.has(out, side, clone.revision, task, number):
                        continue
                    click.echo(f"{datetime.now(UTC):%H:%M:%S} {task}, round {number}, {side}")
                    for name, found in TASKS[task](clone).items():
                        results.add(out, side, clone.revision, name, number, found)
                        click.echo(f"{datetime.now(UTC):%H:%M:%S} {name}: {found['wall_s']:.1f} s")
    except PocketSegError as error:
        raise SystemExit(f"{error.message}\n{error.hint}") from error


@main.command("page")
def write_page() -> None:
    """Write the tables of docs/speed.md."""
    page.write()


if __name__ == "__main__":
    main()
