"""Keep a benchmark's rows of one network's files in docs/compression, and README's table of them up to date.

`python -m pocketseg.report.published RESULTS.json --network NAME`: rows of the targets that RESULTS has replace those
kept before, so that what stands side by side in a target was measured in one run. Paths are shortened to the files'.
"""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any

import click

from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError, PocketSegError
from pocketseg.core.files import write_json, write_text
from pocketseg.report import readme


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--network", required=True, metavar="NAME", help="Released network whose files these are, made of it.")
def main(results: Path, network: str) -> None:
    """Keep the rows of RESULTS, a benchmark's results.json over test photos, in docs/compression."""
    try:
        path = publish(results, network)
        page = ROOT / "README.md"
        table = readme.compression_table(readme.compression_rows())
        write_text(page, readme.replace_block(page.read_text(encoding="utf-8"), "compression", table))
    except PocketSegError as error:
        raise SystemExit(f"error: {error.message}\n  {error.hint}") from None
    click.echo(f"{path}\n{page}")


def publish(results: Path, network: str) -> Path:
    """Keep the rows of these results. Raises DataError where they are not of one run of this network's files on test
    photos."""
    try:
        rows = json.loads(results.read_text(encoding="utf-8"))["rows"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{results} cannot be read: {error}", hint="give the results.json of a benchmark") from error
    foreign = [r["model"] for r in rows if r["model"] != network and not r["model"].startswith(f"{network}-")]
    other = [f"{r['model']} {r['recipe']}: {r['reason'] or r['split']}" for r in rows if not _counts(r)]
    if foreign or other or not rows:
        named = ", ".join([*foreign, *other]) or "it has no rows"
        raise DataError(f"{results} is not of {network}'s files over test photos: {named}")
    path = readme.COMPRESSION / f"{network}-results.json"
    before = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.is_file() else []
    measured = {row["target"] for row in rows}
    kept = [row for row in before if row["target"] not in measured] + [_shortened(row) for row in rows]
    kept.sort(key=lambda row: (row["model"], row["target"], row["recipe"]))
    return write_json(path, {"rows": kept})


def _counts(row: dict[str, Any]) -> bool:
    return row["status"] == "ok" and row["split"] == "test" and bool(row["miou"])


def _shortened(row: dict[str, Any]) -> dict[str, Any]:
    """Leave out where files and photos lay on the machine that measured."""
    file = PurePosixPath(row["artifact"])
    return {**row, "data": row["data"].partition(":")[0], "artifact": "/".join(file.parts[-2:])}


if __name__ == "__main__":
    main()
