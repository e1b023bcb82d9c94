"""What commands on phones are given: which one, by `--on`, and a job's id."""

from __future__ import annotations

import click

from pocketseg.cli._numbers import FiniteRange
from pocketseg.core.errors import DeviceError, UsageError
from pocketseg.devices._quoting import job_id
from pocketseg.devices.places import Place, place


class _PlaceType(click.ParamType[Place]):
    name = "KIND[:SERIAL]"

    def convert(self, value: str | Place, param: click.Parameter | None, ctx: click.Context | None) -> Place:
        return value if isinstance(value, Place) else place(value)


class _JobType(click.ParamType[str]):
    name = "JOB"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return job_id(value)
        except DeviceError as error:
            raise UsageError(error.message, hint=error.hint) from error


JOB = _JobType()
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
