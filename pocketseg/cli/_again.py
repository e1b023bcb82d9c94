"""`pocketseg train --again`: the run of a record, trained anew and compared with what came out then."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from click.core import ParameterSource

from pocketseg.cli._progress import phases, tell
from pocketseg.cli._training import run_job, say_next
from pocketseg.core.errors import UsageError

_OF_THE_RECORD = {
    "epochs": "--epochs", "batch_size": "--batch-size", "size": "--size", "changes": "--set", "variant": "--recipe",
    "seed": "--seed", "devices": "--devices", "precision": "--precision",
}  # fmt: skip


def train_again(
    record: Path,
    network: str | None,
    data: str,
    out: Path,
    *,
    split_file: Path | None,
    initial: Path | None,
    teachers: Sequence[str],
    signals: tuple[str, ...],
    threads: int | None,
    accelerator: str,
    name: str,
) -> None:
    """Train the run that a record describes, and say how what came out compares. Raises UsageError for options that
    only the record may decide."""
    context = click.get_current_context()
    for parameter, option in _OF_THE_RECORD.items():
        if context.get_parameter_source(parameter) is ParameterSource.COMMANDLINE:
            raise UsageError(f"{option} cannot be combined with --again: the record decides it", hint="leave it out")
    import models
    from pocketseg.core.interrupted import when_interrupted
    from pocketseg.training.again import compared, job_again
    from pocketseg.training.origin import read_origin

    origin = read_origin(record)
    if network not in (None, origin.network):
        raise UsageError(f"{record} is of {origin.network}, not {network}", hint="leave out the network")
    if initial == Path("imagenet"):
        initial = models.pretrained(origin.network)
    with when_interrupted("a start that was not ready is not kept: it is made anew"), phases() as progress:
        job = job_again(
            origin, data, out, split_file=split_file, initial=initial, teachers=teachers, signals=signals,
            threads=threads, accelerator=accelerator, name=name, say=tell,
            progress=lambda done, total: progress("measuring batch norms", done, total),
        )  # fmt: skip
    best = run_job(job)
    if best is not None:  # of several processes, only the first one prints
        for sentence in compared(origin, out):
            click.echo(sentence)
        say_next(best, data, split_file, signals if job.recipe.input_signals else ())
