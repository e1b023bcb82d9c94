"""Options for what a weights file does not say about its network, and for the input size."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import models

_Command = Callable[..., Any]
_OPTIONS = (
    click.option("--network", metavar="NAME", help="The checkpoint's network, where the file does not say so itself."),
    click.option("--classes", type=int, metavar="N", help="Number of classes, where the file does not say so itself."),
    click.option("--mean", metavar="R,G,B", help="Mean of the colours in 0..1, where the file does not say so."),
    click.option(
        "--std", metavar="R,G,B", help="Standard deviation of the colours in 0..1, where the file does not say so."
    ),
)
reference_option = click.option(
    "--model",
    default=None,
    metavar="MODEL",
    help="The model that the files were made from, for argmax agreement (default: looked up among the released ones).",
)
size_option = click.option("--size", metavar="HxW", help="Input height x width in px, e.g. 224x160 (default: its own).")
_SIDES = (
    click.option("--height", "height_px", type=int, metavar="PX", help="Input height in px (default: its own)."),
    click.option("--width", "width_px", type=int, metavar="PX", help="Input width in px (default: its own)."),
)


def _adding(options: Sequence[Callable[[_Command], _Command]]) -> Callable[[_Command], _Command]:
    """Return a decorator that adds these options to a command and passes their values as `given`."""

    def add(command: _Command) -> _Command:
        @functools.wraps(command)
        def gathered(*args: Any, **values: Any) -> Any:
            names = ("network", "classes", "mean", "std", "size", "height_px", "width_px")
            given = _given({name: values.pop(name) for name in names if name in values})
            return command(*args, given=given, **values)

        made: _Command = gathered
        for option in reversed(options):
            made = option(made)
        return made

    return add


network_options = _adding(_OPTIONS)
model_options = _adding((*_OPTIONS, size_option))
model_options_with_sides = _adding((*_OPTIONS, size_option, *_SIDES))


def _given(said: Mapping[str, Any]) -> models.Given:
    """Return the values of the options. Raises UsageError."""
    import models

    height_px, width_px = sides_of(said.get("size"), said.get("height_px"), said.get("width_px"))
    mean, std = (None if said[name] is None else models.triple(said[name]) for name in ("mean", "std"))
    return models.Given(
        network=said["network"], classes=said["classes"], height_px=height_px, width_px=width_px, mean_rgb=mean,
        std_rgb=std,
    )  # fmt: skip


def sides_of(size: str | None, height_px: int | None, width_px: int | None) -> tuple[int | None, int | None]:
    """Return height and width in px from --size, or from the two single options. Raises UsageError where both are
    given."""
    import models
    from pocketseg.core.errors import UsageError

    if size is None:
        return height_px, width_px
    if height_px is not None or width_px is not None:
        raise UsageError("--size cannot be combined with --height or --width", hint="--size holds both: HEIGHTxWIDTH")
    return models.sides(size)


def over(given: models.Given, first: models.Given) -> models.Given:
    """Return `given` with the values that `first` sets taking precedence."""
    said = {name: value for name, value in dataclasses.asdict(first).items() if value is not None}
    return dataclasses.replace(given, **said)


def say_assumed(name: str, assumed: Mapping[str, str]) -> None:
    """Print one line on stderr on what is assumed about a model, if anything."""
    import models
    from pocketseg.cli._progress import say_note

    if line := models.assumed_line(name, assumed):
        say_note(line)
