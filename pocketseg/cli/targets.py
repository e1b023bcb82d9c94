"""`pocketseg targets`: what can be exported in which precisions, why not in the others, and which runtimes open it."""

from __future__ import annotations

from pathlib import Path

import click

HELP = """List the targets: file, runtime, precisions, the oldest release that opens them, what is missing and why.

Which release opens a precision was determined with the quick start's files. With FILEs, the same is reported for each
of them, and whether the apps for phones open it. The exit code is 0 whenever every FILE could be read."""
EXAMPLES = {
    "pocketseg targets": "all of them",
    "pocketseg targets exported": "which releases open this file",
}


@click.command("targets", help=HELP)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
def command(files: tuple[Path, ...]) -> int:
    """Print one paragraph per target, or one line per file; nothing heavy is imported here."""
    return _files(files) if files else _targets()


def _targets() -> int:
    import export
    from benchmark import runtimes
    from pocketseg.core.precisions import PRECISIONS
    from pocketseg.inspect.needs import on_iphones
    from pocketseg.inspect.needs.table import opened_by

    for name in export.targets():
        engine = export.facts(name, "RUNTIME")
        reason = runtimes.runtime(engine).refusal()
        click.echo(f"{name:12} {export.facts(name, 'SUFFIX'):11} {engine}: {reason or 'runs here'}")
        own = export.facts(name, "PRECISIONS")
        click.echo(f"  has {' '.join(p for p in PRECISIONS if p in own)}")
        for line in (*opened_by(name), *on_iphones(name)):
            click.echo(f"  {line}")
        if methods := export.facts(name, "CALIBRATIONS"):
            click.echo(f"  calibrates w8a8 by {', '.join(methods)}")
        refusals: dict[str, list[str]] = {}
        for precision, sentence in export.facts(name, "REFUSALS").items():
            refusals.setdefault(sentence, []).append(precision)
        for sentence, precisions in refusals.items():
            click.echo(f"  not {' '.join(precisions)}: {sentence}")
    return 0


def _files(files: tuple[Path, ...]) -> int:
    from pocketseg.cli._progress import busy, tell
    from pocketseg.core.errors import RuntimeFailedError
    from pocketseg.inspect import located
    from pocketseg.inspect.needs import openings

    named = [located(file) for file in files]
    with busy(f"reading {len(named)} files" if len(named) > 1 else f"reading {named[0][0].name}"):
        found = openings(named)
    code = 0
    for (path, _), opening in zip(named, found, strict=True):
        if isinstance(opening, RuntimeFailedError):
            tell(str(opening))
            code = opening.exit_code
        else:
            click.echo(f"{path}: {opening.sentence}")
            if opening.on_iphones:
                click.echo(f"  {opening.on_iphones}")
            if opening.way_out:
                click.echo(f"  {opening.way_out}")
    return code
