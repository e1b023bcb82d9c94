"""`pocketseg targets`: what can be exported, in which precisions, and whether it can run here."""

from __future__ import annotations

import click

HELP = "List the targets: file, precisions, runtime, and whether this host can run it."


@click.command("targets", help=HELP)
def command() -> None:
    """Print one line a target."""
    import export
    from benchmark import runtimes

    for name in export.targets():
        engine = export.facts(name, "RUNTIME")
        reason = runtimes.runtime(engine).refusal()
        click.echo(
            f"{name:12} {export.facts(name, 'SUFFIX'):11} {' '.join(export.facts(name, 'PRECISIONS')):11} "
            f"{engine:17} {'runs here' if reason is None else reason}"
        )
