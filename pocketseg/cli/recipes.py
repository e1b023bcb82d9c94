"""`pocketseg recipes`: how a recipe is written, and what each of its parts does."""

from __future__ import annotations

import click

HELP = "Explain recipes: steps, precisions and calibration methods."


@click.command("recipes", help=HELP)
def command() -> None:
    """Print every step, precision and calibration method with its sentence, and which targets have it."""
    import compress
    import export
    from pocketseg.core.precisions import CALIBRATION_HELP, PRECISION_HELP
    from pocketseg.core.types import Recipe

    click.echo("A recipe is any number of steps, then one precision, joined by +; without a precision it ends in fp32.")
    click.echo("\nsteps, on every target")
    for step in compress.steps():
        trains = "trains for --epochs" if compress.facts(step, "TRAINS") else "does not train"
        click.echo(f"  {step:11} {compress.facts(step, 'SUMMARY')}")
        click.echo(f"  {'':11} write {step}:{compress.facts(step, 'VALUE')}; {trains}")
    click.echo("\nprecisions")
    for precision, sentence in PRECISION_HELP.items():
        _say(precision, sentence, [t for t in export.targets() if precision in export.facts(t, "PRECISIONS")])
    static = [p for p in PRECISION_HELP if Recipe(precision=p).numbers == "w8a8"]
    click.echo(f"\ncalibration methods of {', '.join(static)}: how photos give an activation its range")
    for method, sentence in CALIBRATION_HELP.items():
        _say(method, sentence, [t for t in export.targets() if method in (export.facts(t, "CALIBRATIONS") or ())])


def _say(name: str, sentence: str, targets: list[str]) -> None:
    click.echo(f"  {name:11} {sentence}")
    click.echo(f"  {'':11} on {', '.join(targets)}")
