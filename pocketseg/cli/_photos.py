"""Which photos a command scores: the embedded ones, or a part of the user's own."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import click

_UNTURNED = "pocketseg.masks_unturned"
Spec = TypeVar("Spec", str, "str | None")


def _remember(context: click.Context, option: click.Parameter, value: bool) -> None:
    context.meta[_UNTURNED] = value


def named_data(context: click.Context, option: click.Parameter, value: Spec) -> Spec:
    """Return a data set's name as --masks-unturned changes it: the callback of every option that names one."""
    if not context.meta.get(_UNTURNED):
        return value
    from pocketseg.core.errors import UsageError
    from pocketseg.data.spec import unturned

    if not value:
        hint = "a sweep file states it in its data: FORMAT+unturned:PATH" if value is None else "name your own photos"
        raise UsageError("--masks-unturned needs --data", hint=hint)
    return unturned(value)


masks_unturned_option = click.option(
    "--masks-unturned",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_remember,
    help="Masks lie over the photos' stored pixels: turn them as EXIF turns the photos.",
)
data_argument = click.argument("data", metavar="FORMAT:PATH", callback=named_data)
data_option = click.option(
    "--data",
    "spec",
    default="",
    metavar="FORMAT:PATH",
    callback=named_data,
    help="Photos with masks, e.g. ccp:PATH (default: the embedded ones).",
)
part_option = click.option("--split", "part", default="test", show_default=True, help="train, val, test, or all.")
split_file_option = click.option(
    "--split-file", type=click.Path(path_type=Path), help="Split of the data (default: the committed one)."
)
signals_option = click.option(
    "--signals",
    multiple=True,
    metavar="poses=FILE|persons=FILE|data",
    help="Signals of the photos, for a model that takes them beside the photo; see docs/signals.md.",
)

CALIBRATION = (
    "Training photos for w8a8 and for the comparison (default: those of --data, else the embedded ones; `embedded` "
    "names these)."
)
calibration_split_option = click.option(
    "--calibration-split",
    type=click.Choice(["train", "all"]),
    default="train",
    show_default=True,
    help="Which labelled photos: the training photos of their split, or all, if none of them will ever be scored.",
)


def is_default(option: str) -> bool:
    """Return whether an option of the running command was left at its default."""
    source = click.get_current_context().get_parameter_source(option)
    return source is click.core.ParameterSource.DEFAULT
