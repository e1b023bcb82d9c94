"""`pocketseg benchmark`: IoU against latency of exported files, each on the runtime that it ships to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pocketseg.cli._cache import pass_cache_dir
from pocketseg.cli._network import network_options, reference_option
from pocketseg.cli._numbers import FiniteRange
from pocketseg.cli._photos import (
    data_option,
    is_default,
    masks_unturned_option,
    part_option,
    signals_option,
    split_file_option,
)  # fmt: skip
from pocketseg.cli._places import accelerator_option, app_option, instead_option, max_temp_option

if TYPE_CHECKING:
    import models
    from pocketseg.devices.job import Job
    from pocketseg.devices.places import Place

HELP = "Measure exported files: IoU, agreement with fp32, latency, load time, memory."
EXAMPLES = {
    "pocketseg benchmark exported --out measured": "on the embedded test photos",
    "pocketseg benchmark exported --data folder:PATH --split-file split.json --out measured": "on your own test photos",
    "pocketseg benchmark exported --on android --out measured": "on the phone at the end of the cable",
    "pocketseg benchmark --latency-only detector.tflite": "another network that an app runs first, timed alone",
}


@click.command("benchmark", help=HELP)
@pass_cache_dir
@click.argument("artifacts", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="ARTIFACT...")
@data_option
@masks_unturned_option
@part_option
@split_file_option
@reference_option
@network_options
@signals_option
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
@click.option(
    "--wait",
    "wait_s",
    type=FiniteRange(min=0),
    default=0.0,
    metavar="SECONDS",
    help="Wait for a quiet machine before timing, at most this long (default: not at all).",
)
@click.option(
    "--latency-only", is_flag=True, help="For .tflite files that are not segmentation networks: time them, no score."
)
@instead_option
@app_option
@accelerator_option
@max_temp_option
@click.option(
    "--resume", "job_id", metavar="JOB", help="Go on with a job on a phone, e.g. after the cable was unplugged."
)
@click.option("--json", "as_json", is_flag=True, help='Print only JSON: {"rows": [...]}.')
@click.option("--out", type=click.Path(path_type=Path), help="Folder for rows.jsonl, results.csv and the report.")
def command(
    cache_dir: Path, artifacts: tuple[Path, ...], spec: str, part: str, split_file: Path | None, model: str | None,
    given: models.Given, signals: tuple[str, ...], threads: int, wait_s: float, latency_only: bool, where: Place | None,
    app: str | None,
    accelerators: tuple[str, ...], max_temp_c: float | None, job_id: str | None, as_json: bool, out: Path | None,
) -> int:  # fmt: skip
    """Check everything, measure, print; exit status 7 where a file failed."""
    if latency_only:
        from pocketseg.cli import _latency

        return _latency.latency_only(artifacts, threads, as_json, out, cache_dir)

    from benchmark.rows import columns
    from pocketseg import api
    from pocketseg.cli._progress import phases, say_note, tell
    from pocketseg.devices.places import with_app

    if where is None:
        _refuse_phone_options(app, max_temp_c, job_id)
    else:
        where = with_app(where, app)
        _refuse_options_of_here(signals)
    with phases() as progress:
        if where is None:
            rows = api.benchmark(
                artifacts, data=spec, split=part, split_file=split_file, model=model, given=given, signals=signals,
                threads=threads, wait_s=wait_s, out=out, cache=cache_dir, note=say_note, progress=progress,
            )  # fmt: skip
        else:
            rows = api.benchmark_on(
                where, artifacts, _needed(out), data=spec, split=part, split_file=split_file, model=model, given=given,
                job=_job(threads, accelerators, max_temp_c), resume=job_id, note=say_note, progress=progress,
            )  # fmt: skip
    if as_json:
        click.echo(json.dumps({"rows": [columns(row) for row in rows]}, allow_nan=False))
    else:
        from pocketseg.cli._table import print_table

        print_table(rows)
        if out is not None:
            click.echo(f"written to {out}")
    failed = [row for row in rows if row.status == "failed"]
    for row in failed if as_json else []:  # the table shows it too
        tell(f"failed: {row.artifact}: {row.reason}")
    return 7 if failed else 0


def _refuse_phone_options(app: str | None, max_temp_c: float | None, job_id: str | None) -> None:
    """Refuse options that apply to a phone where none is named."""
    from pocketseg.core.errors import UsageError

    given = {
        "--app": app,
        "--accelerator": not is_default("accelerators"),
        "--max-temp-c": max_temp_c,
        "--resume": job_id,
    }
    for option, value in given.items():
        if value not in (None, False):
            where = "ios" if option == "--app" else "android or ios"
            raise UsageError(f"{option} applies only to a phone", hint=f"name the phone: --on {where}")


def _refuse_options_of_here(signals: tuple[str, ...]) -> None:
    """Refuse options that apply to this computer where the files run on a phone."""
    from pocketseg.core.errors import UsageError

    if signals:
        hint = "leave it out; files that take signals beside the photo do not run in the apps"
        raise UsageError("--signals applies only to this computer, but --on measures on a phone", hint=hint)
    if not is_default("wait_s"):
        hint = "leave it out; to let a phone cool down first: --max-temp-c C"
        raise UsageError("--wait applies only to this computer, but --on measures on a phone", hint=hint)


def _needed(out: Path | None) -> Path:
    """Return the folder for a phone's results. Raises UsageError where it is missing."""
    from pocketseg.core.errors import UsageError

    if out is None:
        raise UsageError("--on needs --out", hint="name a folder, where a phone's records are kept")
    return out


def _job(threads: int, accelerators: tuple[str, ...], max_temp_c: float | None) -> Job:
    from pocketseg.devices.job import Job

    return Job(threads=threads, accelerators=accelerators, max_temp_c=max_temp_c)
