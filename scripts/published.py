"""Keep a benchmark's rows of one network's files in docs/compression, and README's table of them up to date.

`python -m scripts.published RESULTS.json --network NAME`: rows of the targets that RESULTS has replace those
kept before, so that what stands side by side in a target was measured in one run. Paths are shortened to the files'.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path, PurePosixPath
from typing import Any

import click

from benchmark.rows import read_results, to_json
from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError, PocketSegError
from pocketseg.core.files import write_json, write_text
from scripts import readme


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--network", required=True, metavar="NAME", help="Released network whose files these are, made of it.")
def main(results: Path, network: str) -> None:
    """Keep the rows of RESULTS, a benchmark's results.json over test photos, in docs/compression."""
    try:
        kept = merged(results, network)
        others = [r for r in readme.compression_rows() if not readme.is_of(r["model"], network)]
        page = ROOT / "README.md"
        table = readme.compression_table(sorted([*others, *kept], key=_order))
        text = readme.replace_block(page.read_text(encoding="utf-8"), "compression", table)
        path = write_json(readme.COMPRESSION / f"{network}-results.json", {"rows": kept})
        write_text(page, text)
    except PocketSegError as error:
        raise SystemExit(f"error: {error.message}" + (f"\n  {error.hint}" if error.hint else "")) from None
    click.echo(f"{path}\n{page}")


def merged(results: Path, network: str) -> list[dict[str, Any]]:
    """Give the rows that are kept with those of `results`.

    Raises DataError where these are not one run of this network's files, its fp32 file of each target among them, over
    the photos of the rows that stay.
    """
    rows, kept = read_results(results), readme.COMPRESSION / f"{network}-results.json"
    before = read_results(kept) if kept.is_file() else []
    faults = [f"{r.model} is not {network}'s" for r in rows if not readme.is_of(r.model, network)]
    faults += [f"{r.model} {r.recipe}: {r.reason or r.status}" for r in rows if r.status != "ok" or not r.miou]
    measured = {row.target for row in rows}
    whole = {row.target for row in rows if (row.model, row.recipe) == (network, "fp32")}
    faults += [f"{target} has no fp32 file of {network}" for target in sorted(measured - whole)]
    names = [(row.model, row.target, row.recipe) for row in rows]
    faults += [f"{' '.join(name)} stands there twice" for name in sorted(set(names)) if names.count(name) > 1]
    stays = [row for row in before if row.target not in measured]
    several: dict[str, set[Any]] = {
        "photos": {(_name(r.data), r.data_hash, r.split, r.photos) for r in [*rows, *stays]},
        "threads": {r.threads for r in rows},
    }
    for target in sorted(measured):
        several[f"times of {target}"] = {r.device.get("timed_at") for r in rows if r.target == target}
    for what, values in several.items():
        if len(values) > 1:
            faults.append(f"several {what}: {', '.join(sorted(map(str, values)))}")
    if faults or not rows or rows[0].split != "test":
        said = "; ".join(faults) or "it has no rows over test photos"
        raise DataError(f"{results} is not one run of {network}'s files over test photos: {said}")
    shortened = [dataclasses.replace(row, data=_name(row.data), artifact=_file(row.artifact)) for row in rows]
    return sorted((to_json(row) for row in [*stays, *shortened]), key=_order)


def _name(data: str) -> str:
    """Leave out where photos lay on the machine that measured."""
    return data.partition(":")[0]


def _file(artifact: str) -> str:
    return "/".join(PurePosixPath(artifact).parts[-2:])


def _order(row: dict[str, Any]) -> tuple[str, str, str]:
    return (row["model"], row["target"], row["recipe"])


if __name__ == "__main__":
    main()
