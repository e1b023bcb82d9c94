"""`pocketseg targets`: what can be exported in which precisions, why not in the others, and whether it can run here."""

from __future__ import annotations

import click

HELP = "List the targets: file, runtime, precisions, and the reason where one is missing."


@click.command("targets", help=HELP)
def command() -> None:
    """Print a paragraph a target; nothing heavy is imported."""
    import export
    from benchmark import runtimes
    from pocketseg.core.precisions import PRECISIONS

    for name in export.targets():
        engine = export.facts(name, "RUNTIME")
        reason = runtimes.runtime(engine).refusal()
        click.echo(f"{name:12} {export.facts(name, 'SUFFIX'):11} {engine}: {reason or 'runs here'}")
        own = export.facts(name, "PRECISIONS")
        click.echo(f"  has {' '.join(p for p in PRECISIONS if p in own)}")
        if methods := export.facts(name, "CALIBRATIONS"):
            click.echo(f"  calibrates w8a8 by {', '.join(methods)}")
        refusals: dict[str, list[str]] = {}
        for precision, sentence in export.facts(name, "REFUSALS").items():
            refusals.setdefault(sentence, []).append(precision)
        for sentence, precisions in refusals.items():
            click.echo(f"  not {' '.join(precisions)}: {sentence}")
