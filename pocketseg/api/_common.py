"""What the functions share: how paths are given, and where notes and progress go."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

PathLike = str | os.PathLike[str]
Note = Callable[[str], None]  # takes a sentence that a user should read
Progress = Callable[[str, int, int], None]  # takes (what, done, total)


def silent(sentence: str) -> None:
    """Ignore a note."""


def still(what: str, done: int, total: int) -> None:
    """Ignore progress."""


def say_assumed(name: str, assumed: Mapping[str, str], note: Note) -> None:
    """Note what is assumed about a model, if anything."""
    import models

    if line := models.assumed_line(name, assumed):
        note(line)
