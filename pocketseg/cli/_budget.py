"""What a recipe's steps may train on, as options of a command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pocketseg.cli._photos import masks_unturned_option, named_data, split_file_option

if TYPE_CHECKING:
    from compress import Budget

_OPTIONS = (
    click.option(
        "--data",
        default="",
        metavar="FORMAT:PATH",
        callback=named_data,
        help=(
            "Photos with masks for training and choosing in the steps (default: the embedded ones; never test photos)."
        ),
    ),
    masks_unturned_option,
    split_file_option,
    click.option(
        "--epochs",
        type=click.IntRange(min=0),
        default=None,
        help="Passes over the training photos per step (default: 5; 0: no training).",
    ),
    click.option(
        "--set",
        "changes",
        multiple=True,
        metavar="NAME=VALUE",
        help="Change a training setting of the steps, as in train.",
    ),
    click.option(
        "--teacher", "teachers", multiple=True, metavar="MODEL", help="A trained model that steps learn from, too."
    ),
)


def budget_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --data, --masks-unturned, --split-file, --epochs, --set and --teacher to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def budget_of(
    data: str,
    split_file: Path | None,
    epochs: int | None,
    changes: tuple[str, ...],
    teachers: tuple[str, ...],
    max_drop: float | None = None,
) -> Budget:
    """Return what the options say; None stands for the budget's own default. Raises UsageError."""
    from compress import Budget
    from pocketseg.training.recipe import parse_changes

    said = {k: v for k, v in (("epochs", epochs), ("max_drop", max_drop)) if v is not None}
    return Budget(data=data, split_file=split_file, settings=parse_changes(changes), teachers=teachers, **said)  # type: ignore[arg-type]
