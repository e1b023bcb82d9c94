"""Options of commands on phones: which phone, by `--on`, and a job's id."""

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
    help="Which phone: android or ios; android:SERIAL or ios:UDID where several are connected.",
)
instead_option = click.option(
    "--on",
    "where",
    type=_PlaceType(),
    metavar="KIND[:SERIAL]",
    help=(
        "Measure on a phone instead of here: android or ios, android:SERIAL or ios:UDID where several are "
        "connected; needs --out."
    ),
)
any_option = click.option(
    "--on",
    "where",
    type=_PlaceType(),
    metavar="KIND[:SERIAL]",
    help="Only phones of this kind: android or ios (default: all).",
)
app_option = click.option(
    "--app", metavar="ID", help="Bundle id of the app on an iPhone, where you signed it with your own."
)
max_temp_option = click.option(
    "--max-temp-c",
    type=FiniteRange(min=0, max=100),
    metavar="C",
    help="Start only when the phone's battery is no warmer than this; waits up to half an hour.",
)
accelerator_option = click.option(
    "--accelerator",
    "accelerators",
    multiple=True,
    default=("cpu",),
    show_default=True,
    metavar="NAME",
    help="cpu, gpu or npu: what a phone is asked to use; repeat the option for a second run of every file.",
)
