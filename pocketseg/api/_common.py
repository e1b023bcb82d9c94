"""What the functions share: how a path is given, and whom sentences and progress go to."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

PathLike = str | os.PathLike[str]
Note = Callable[[str], None]  # takes a sentence that a user should read
Progress = Callable[[str, int, int], None]  # takes (what, done, total)


def silent(sentence: str) -> None:
    """Say nothing."""


def still(what: str, done: int, total: int) -> None:
    """Show nothing."""


def say_assumed(name: str, assumed: Mapping[str, str], note: Note) -> None:
    """Say what is assumed of a model; nothing where nothing is."""
    import models

    if line := models.assumed_line(name, assumed):
        note(line)
