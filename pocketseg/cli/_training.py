"""A training run on the command line: a bar on a terminal, one line per epoch elsewhere, and what came out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from pocketseg.cli._progress import phases, stderr
from pocketseg.core.outside import read_json

if TYPE_CHECKING:
    from pocketseg.training.start import TrainingJob
    from pocketseg.training.state import Progress as TrainingState


def run_job(job: TrainingJob) -> Path | None:
    """Train to the end, with progress; print and return the best weights, None in all processes but the first."""
    from pocketseg.training.start import start

    with phases() as progress, TrainingDisplay(job.network) as display:
        best = start(
            job,
            lambda done, total: progress("reading photos", done, total),
            lambda done, total: progress("asking the teachers", done, total),
            display.report,
            lambda sentence: stderr().print(sentence, markup=False),
        )
    if best is not None:
        result = read_json(job.out / "result.json")
        click.echo(f"{best}  best validation mIoU {result['best_val_miou']:.4f}")
    return best


def say_next(best: Path, data: str, split_file: Path | None, signals: Sequence[str] = ()) -> None:
    """Print what to do with trained weights. signals: those that the network takes beside the photo."""
    import models
    from pocketseg.cli._next import data_words, line, say, unused

    needed = [word for named in signals for word in ("--signals", named)]
    say(
        line("evaluate", best, *data_words(data, split_file), "--split", "val", *needed),
        line("export", best, "--target", "tflite", "--out", unused(Path(f"exported-{models.called(str(best))[0]}"))),
    )


class TrainingDisplay:
    """A context manager whose `report` takes the loop's state after every step."""

    def __init__(self, network: str) -> None:
        self._console = stderr()
        self._epochs_shown = 0
        self._bar = Progress(
            TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            TimeRemainingColumn(), console=self._console, disable=not self._console.is_terminal,
        )  # fmt: skip
        self._task = self._bar.add_task(network, total=None)
        self._network = network

    def __enter__(self) -> TrainingDisplay:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def report(self, state: TrainingState, steps_per_epoch: int, total_steps: int) -> None:
        """Move the bar; print each epoch's validation once."""
        loss = state.loss_sum / max(1, state.loss_count)
        text = f"{self._network} loss {loss:.3f}" if state.loss_count else self._network
        self._bar.update(self._task, completed=state.step, total=total_steps, description=text)
        for row in state.rows[self._epochs_shown :]:
            validated = "" if row["val_miou"] is None else f"val mIoU {row['val_miou']:.4f}  "
            self._console.print(
                f"epoch {row['epoch']}/{total_steps // steps_per_epoch}  loss {row['loss']:.4f}  "
                f"{validated}{row['images_per_s']:.1f} images/s",
                markup=False,
            )
        self._epochs_shown = len(state.rows)
