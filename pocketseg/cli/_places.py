"""The option `--on`, which says where files run."""

from __future__ import annotations

import click

from pocketseg.cli._numbers import FiniteRange
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
    help="Which phone: android or ios; android:SERIAL or ios:UDID where there is more than one.",
)
instead_option = click.option(
    "--on",
    "where",
    type=_PlaceType(),
    metavar="KIND[:SERIAL]",
    help="Measure on a phone, not here: android or ios, android:SERIAL or ios:UDID of several; needs --out.",
)
any_option = click.option(
    "--on", "where", type=_PlaceType(), metavar="KIND[:SERIAL]", help="Only these: android or ios (default: all)."
)
app_option = click.option(
    "--app", metavar="ID", help="Bundle id of the app on an iPhone, where it was signed with one of your own."
)
max_temp_option = click.option(
    "--max-temp-c",
    type=FiniteRange(min=0, max=100),
    metavar="C",
    help="Start only when the phone's battery is at most so warm; waits half an hour for it.",
)
accelerator_option = click.option(
    "--accelerator",
    "accelerators",
    multiple=True,
    default=("cpu",),
    show_default=True,
    metavar="NAME",
    help="cpu, gpu or npu: what a phone is asked to use; give it again for a second run of every file.",
)
