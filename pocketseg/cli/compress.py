"""`pocketseg compress`: apply a recipe's steps to a network and write the resulting weights."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pocketseg.cli._budget import budget_of, budget_options
from pocketseg.cli._cache import pass_cache_dir
from pocketseg.cli._network import model_options, say_assumed

if TYPE_CHECKING:
    import models

HELP = "Prune or distil a network and keep its weights, to train further or to export to several targets."
EXAMPLES = {
    "pocketseg compress u2netp --recipe prune:0.3 --data ccp:PATH --out cut.safetensors": "a third of it removed",
}


@click.command("compress", help=HELP)
@click.argument("model")
@click.option("--recipe", required=True, help=(
    "Steps joined by +, e.g. prune:0.5; see `pocketseg recipes`. fp32 alone copies a checkpoint with its "
    "description."
))  # fmt: skip
@budget_options
@model_options
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The .safetensors file to write.")
@click.option("--replace", is_flag=True, help="Overwrite an existing file.")
@pass_cache_dir
def command(
    cache_dir: Path, model: str, recipe: str, data: str, split_file: Path | None, epochs: int | None,
    changes: tuple[str, ...], teachers: tuple[str, ...], given: models.Given, out: Path, replace: bool,
) -> None:  # fmt: skip
    """Apply the steps and write the resulting weights."""
    import compress
    import models
    from pocketseg.cli._next import data_words, line, say, unused
    from pocketseg.cli._progress import phases
    from pocketseg.core.cache import Cache
    from pocketseg.core.errors import UsageError
    from pocketseg.core.files import write_bytes
    from pocketseg.core.types import Recipe

    parsed = Recipe.parse(recipe)
    if parsed.precision != "fp32":
        raise UsageError(
            f"{parsed.precision} is the precision of an exported file, but weights are written in fp32",
            hint=(
                f"leave it out here, and use it in: pocketseg export {shlex.quote(str(out))} --precision "
                f"{parsed.precision}"
            ),
        )
    if out.suffix != ".safetensors":
        raise UsageError(f"{out} does not end in .safetensors", hint="weights are written as safetensors")
    if out.exists() and not (replace and out.is_file()):
        raise UsageError(f"{out} exists already", hint="choose another name, or add --replace")
    budget = budget_of(data, split_file, epochs, changes, teachers)
    compress.need_training(parsed.steps, budget)
    loaded = models.open_model(model, given)
    say_assumed(loaded.name, loaded.assumed)
    if not parsed.steps:
        if "network" in loaded.metadata:
            raise UsageError(f"recipe {recipe} has no steps", hint="give one, e.g. --recipe prune:0.5")
        models.save_weights(loaded.module, loaded.spec, out, dtype="fp32", metadata=models.carried(loaded))
        click.echo(f"{out}  {out.stat().st_size / 1000000.0:.2f} MB: the same weights, with their description")
        return
    with phases() as progress:
        after = compress.shrink(loaded, parsed.steps, budget, Cache(cache_dir), progress)
    write_bytes(out, after.source.read_bytes())
    before, left = (compress.measured(n.module, loaded.spec) for n in (loaded, after))
    click.echo(f"{out}  {out.stat().st_size / 1e6:.2f} MB")
    for what in ("multiply_adds", "parameters"):
        share = left[what] / before[what]
        click.echo(f"{what.replace('_', '-')}: {before[what]:,} before, {left[what]:,} now ({share:.1%})")
    click.echo(f"zeros among the weights: {left['sparsity']:.1%}")
    for note in compress.notes(compress.lineage(after)[len(compress.lineage(loaded)) :]):
        click.echo(note)
    if (miou := after.metadata.get("val_miou")) is not None:
        click.echo(f"validation mIoU: {float(miou):.4f}")
    keep = ["--set", "zeros=kept"] if left["sparsity"] > before["sparsity"] + 0.01 else []
    if data:
        words = data_words(data, split_file)
        say(line("train", loaded.spec.name, "--init", out, *keep, *words, "--out", unused(Path("runs") / out.stem)))
    else:
        words = ["train", loaded.spec.name, "--init", str(out), *keep]
        click.echo(f"to train it further: {line(*words)} --data FORMAT:PATH --split-file FILE --out RUN")
    say(line("export", out, "--target", "tflite", "--out", unused(Path("exported") / out.stem)))
