"""`pocketseg export`: one model to one file for one platform, run and compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pocketseg.cli._budget import budget_of, budget_options
from pocketseg.cli._cache import pass_cache_dir
from pocketseg.cli._names import TARGET_HELP, converters, either
from pocketseg.cli._network import model_options_with_sides
from pocketseg.cli._photos import CALIBRATION, calibration_split_option
from pocketseg.core.precisions import CALIBRATION_METHODS, PRECISIONS

if TYPE_CHECKING:
    import models

HELP = "Convert a model for a platform; the file is run and compared with its network before it is written to --out."
EXAMPLES = {
    "pocketseg export topformer_tiny --target tflite --precision w8a8 --out exported": "8-bit integers for Android",
    "pocketseg export u2netp --target coreml --precision fp16 --out exported-coreml": "half precision for iOS",
    "pocketseg export runs/mine/best.safetensors --target onnx --out exported-mine": "your own trained network",
}


@click.command("export", help=HELP)
@click.argument("model")
@click.option("--target", required=True, help=TARGET_HELP)
@click.option(
    "--precision",
    default=None,
    help=f"{either(PRECISIONS)} (default: {PRECISIONS[0]}): the last word of a recipe; see `pocketseg recipes`.",
)
@click.option("--recipe", default=None, help="The whole recipe: steps and a precision, joined by +.")
@budget_options
@click.option(
    "--max-drop", type=float, default=None, metavar="SHARE", help="mIoU that w8a8:mixed may lose (default: 0.002)."
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for the file and manifest.json.")
@click.option(
    "--name", default=None, help="Name of the network in the file (default: the model's name, its run's folder)."
)
@click.option(
    "--output",
    type=click.Choice(["logits", "classmap"]),
    default="logits",
    show_default=True,
    help="Scores per class at input size, or one class index per pixel.",
)
@click.option(
    "--calibration",
    default="",
    metavar="FORMAT:PATH",
    help=CALIBRATION,
)
@calibration_split_option
@click.option(
    "--calibration-count", type=int, default=None, metavar="N", help="Most photos for calibration (default: 32)."
)
@click.option("--calibration-method", default="", help=f"{either(CALIBRATION_METHODS)} (default: the target's first).")
@click.option("--converter", default="", help=f"{converters()}.")
@model_options_with_sides
@pass_cache_dir
def command(
    cache_dir: Path, model: str, target: str, precision: str | None, recipe: str | None, out: Path, name: str | None,
    output: str, calibration: str, calibration_split: str, calibration_count: int | None, calibration_method: str,
    converter: str, given: models.Given, data: str, split_file: Path | None, epochs: int | None,
    changes: tuple[str, ...], teachers: tuple[str, ...],
    max_drop: float | None,
) -> None:  # fmt: skip
    """Produce the artifact, write it to the folder and say how closely it matches its network."""
    import export
    import models
    from pocketseg import api
    from pocketseg.artifacts.produce import step_notes
    from pocketseg.cli._next import line, say, say_benchmark
    from pocketseg.cli._progress import phases, say_note
    from pocketseg.core.classes import foreground
    from pocketseg.core.errors import UnknownNameError, UsageError
    from pocketseg.core.precisions import MIXED
    from pocketseg.core.types import Recipe
    from pocketseg.training.run_facts import data_of_run

    if target not in export.targets():
        raise UnknownNameError("target", target, export.targets())
    if precision and recipe:
        raise UsageError("--precision and --recipe cannot be combined", hint="a recipe includes the precision")
    parsed = Recipe.parse(recipe or precision or "fp32")
    if not parsed.all_steps and (epochs is not None or changes or teachers):
        raise UsageError(
            "--epochs, --set and --teacher apply to a recipe's steps, but the recipe has none",
            hint="give one, e.g. --recipe prune:0.3+fp32",
        )
    if max_drop is not None and parsed.precision != MIXED:
        raise UsageError("--max-drop applies only to w8a8:mixed", hint="leave it out, or end the recipe in w8a8:mixed")
    budget = budget_of(data, split_file if data else None, epochs, changes, teachers, max_drop)
    with phases() as progress:
        made = api.export(
            model, target=target, out=out, recipe=str(parsed), output=output, name=name, calibration=calibration,
            calibration_split=calibration_split, calibration_count=calibration_count,
            calibration_method=calibration_method, converter=converter, split_file=split_file, budget=budget,
            given=given, cache=cache_dir, note=say_note, progress=progress,
        )  # fmt: skip
    path, a = made.file, made.artifact
    click.echo(
        f"{path}  {a.size_bytes / 1e6:.2f} MB" + ("  (unchanged since an earlier export)" if made.reused else "")
    )
    for note in step_notes(a):
        click.echo(note)
    if (said := a.facts.get("sensitivity")) is not None:
        click.echo(f"{said['sentence']}; {path.parent / said['files'][-1]}")
    if ios := a.facts.get("minimum_ios"):
        click.echo(f"needs iOS {ios} or later, {a.facts['minimum_ios_reason']}")
    p = a.parity
    if p.status == "measured":
        error = "" if p.max_abs_error is None else f", max abs error {p.max_abs_error:.2e}"
        share = p.argmax_agreement_garment  # over all classes but the first, whatever they are
        of_these = "" if share is None else f" ({share:.3%} of {foreground(a.classes)} pixels)"
        click.echo(f"parity over {p.images} photos: {p.argmax_agreement:.3%} of pixels agree{of_these}{error}")
    else:
        click.echo(f"parity {p.status}: {p.reason}")
    say(line("inspect", out))
    if a.signals:
        click.echo(
            f"its second input takes {' and '.join(a.signals)}: `pocketseg benchmark` needs --signals of the scored "
            "photos (docs/signals.md)"
        )
        return
    known = [(data, split_file)] if data else []
    known += [(calibration, split_file)] if calibration else []
    if (trained := data_of_run(made.network.source)) is not None:
        known.append(trained)
    by_itself = not (model in models.released() or parsed.all_steps)
    say_benchmark(out, known, a.classes, model if by_itself else "")
