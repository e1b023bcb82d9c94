"""The option `--on`, which says where files run."""

from __future__ import annotations

import click

from pocketseg.devices.places import Place, place


class _PlaceType(click.ParamType[Place]):
    name = "KIND[:SERIAL]"

    def convert(self, value: str | Place, param: click.Parameter | None, ctx: click.Context | None) -> Place:
        return value if isinstance(value, Place) else place(value)


on_option = click.option(
    "--on",
    "where",
    type=_PlaceType(),
    required=True,
    metavar="KIND[:SERIAL]",
    help="Which phone: android, or android:SERIAL where there is more than one.",
)
