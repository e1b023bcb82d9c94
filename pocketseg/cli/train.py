"""`pocketseg train`: train a network on labelled photos; the same command resumes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from pocketseg.cli._network import sides_of, size_option
from pocketseg.cli._photos import masks_unturned_option, named_data, split_file_option
from pocketseg.training.number_formats import PRECISIONS

HELP = "Train a network on your photos; the same command continues where it stopped."
EXAMPLES = {
    "pocketseg train topformer_tiny --init topformer_tiny --data folder:PATH --out runs/mine": "from released weights",
    "pocketseg train u2netp --recipe garments --data ccp:PATH --out runs/u2netp": "the recipe of the released models",
    "pocketseg train --again docs/runs/NAME.json --data ccp:PATH --out runs/NAME": "a run on record",
}


@click.command("train", help=HELP)
@click.argument("network", required=False)
@click.option("--data", required=True, metavar="FORMAT:PATH", callback=named_data,
              help="Photos with masks, e.g. ccp:PATH.")  # fmt: skip
@click.option("--again", "record", type=click.Path(path_type=Path), metavar="RECORD.json",
              help="Train the run of a record again: network, settings, start and teachers are those of the record.",
              )  # fmt: skip
@masks_unturned_option
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the run.")
@split_file_option
@click.option("--epochs", type=int, default=None, help="Passes over the training photos (default: the recipe's).")
@click.option("--batch-size", type=int, default=None, help="Photos per step over all devices (default: the recipe's).")
@size_option
@click.option("--set", "changes", multiple=True, metavar="NAME=VALUE", help="Change any setting of the recipe.")
@click.option(
    "--teacher",
    "teachers",
    multiple=True,
    metavar="MODEL",
    help=(
        "Also learn from a trained model's predictions on these photos, with --set teacher_weight=1.0, and on "
        "photos without masks, with --set unlabelled_share=0.5."
    ),
)
@click.option(
    "--recipe",
    "variant",
    default="published",
    show_default=True,
    help="published, garments or taught: see the network's source file.",
)
@click.option(
    "--init",
    "initial",
    type=click.Path(path_type=Path),
    metavar="WEIGHTS",
    help=(
        "Start from weights (a file or a released name) of this network, its backbone or a saliency network, or "
        "from `imagenet` where an installed package has them; reports which weights were copied."
    ),
)
@click.option("--signals", multiple=True, metavar="poses=FILE|persons=FILE|data",
              help=(
                  "Joints, silhouettes or dense pose of the photos as further targets or inputs, with "
                  "--set target_signals or input_signals; see docs/signals.md."
              ))  # fmt: skip
@click.option("--name", default="", help="Name of the network in files and tables (default: its --out folder).")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--accelerator", type=click.Choice(["auto", "cpu", "cuda", "mps"]), default="auto", show_default=True)
@click.option("--devices", type=click.IntRange(min=1), default=1, show_default=True, help="GPUs, or CPU processes.")
@click.option(
    "--precision",
    type=click.Choice(PRECISIONS),
    default=PRECISIONS[0],
    show_default=True,
    help="Number format of the training.",
)
@click.option("--threads", type=click.IntRange(min=1), default=None, help="CPU threads (default: all).")
def command(
    network: str | None, data: str, out: Path, record: Path | None, split_file: Path | None, epochs: int | None,
    batch_size: int | None, size: str | None, changes: tuple[str, ...], seed: int, accelerator: str, devices: int,
    precision: str, threads: int | None, teachers: tuple[str, ...], variant: str, initial: Path | None, name: str,
    signals: tuple[str, ...],
) -> None:  # fmt: skip
    """Start or resume the run and say where its best weights are."""
    import models
    from pocketseg.core.errors import UnknownNameError, UsageError

    if network is not None and network not in models.names():
        raise UnknownNameError("network", network, models.names())
    if record is not None:
        from pocketseg.cli._again import train_again

        train_again(
            record, network, data, out, split_file=split_file, initial=initial, teachers=teachers, signals=signals,
            threads=threads, accelerator=accelerator, name=name,
        )  # fmt: skip
        return
    if network is None:
        raise UsageError(
            "no network is named", hint=f"pocketseg train NETWORK --data ...; networks: {', '.join(models.names())}"
        )
    from pocketseg.cli._progress import stderr
    from pocketseg.training.recipe import load_recipe, parse_changes

    settings = parse_changes(changes)
    if epochs is not None:
        settings["epochs"] = epochs
    if batch_size is not None:
        settings["batch_size"] = batch_size
    moved = _sized(network, variant, settings, size)
    recipe = load_recipe(network, settings | moved, variant)
    if len(moved.get("stages", ())) > 1:
        sizes = ", then ".join(f"{h} x {w}" for _, h, w in recipe.stages)
        stderr().print(f"note: the recipe's stages end at --size (height x width): {sizes}", markup=False)
    if initial == Path("imagenet"):
        initial = models.pretrained(network)

    from pocketseg.cli._training import run_job, say_next
    from pocketseg.training.start import TrainingJob

    job = TrainingJob(
        network=network, data=data, out=out, recipe=recipe, seed=seed, split_file=split_file, accelerator=accelerator,
        devices=devices, precision=precision, threads=threads, teachers=teachers, initial=initial, name=name,
        given=frozenset(settings), signals=signals,
    )  # fmt: skip
    best = run_job(job)
    if best is not None:  # of several processes, only the first one prints
        say_next(best, data, split_file, signals if recipe.input_signals else ())


def _sized(network: str, variant: str, settings: Mapping[str, Any], size: str | None) -> dict[str, Any]:
    """Return the settings that --size stands for: height and width, and the recipe's stages unless --set names them."""
    from pocketseg.core.errors import UsageError
    from pocketseg.training.recipe import at_size, load_recipe

    height_px, width_px = sides_of(size, None, None)
    if height_px is None or width_px is None:
        return {}
    if twice := [name for name in ("height_px", "width_px") if name in settings]:
        raise UsageError(f"--size and --set {twice[0]} cannot be combined", hint="--size includes height and width")
    changes = at_size(load_recipe(network, {}, variant), height_px, width_px)
    return {name: value for name, value in changes.items() if name not in settings}
