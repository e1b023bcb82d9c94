"""Keeps a benchmark's rows of one network's files in docs/compression, and the table of docs/results.md up to date.

`python -m scripts.published RESULTS.json --network NAME`: rows of the targets in RESULTS replace those kept before, so
that rows side by side in a target were measured in one run. Paths are shortened to the file names. Records, with their
raw samples, are not kept; what they show of each file against fp32 is, as `against_fp32`.
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
from pocketseg.core.outside import read_json
from scripts import claims, readme


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--network", required=True, metavar="NAME", help="Released network that these files were made from.")
def main(results: Path, network: str) -> None:
    """Keep the rows of RESULTS, a benchmark's results.json over test photos, in docs/compression."""
    try:
        kept = merged(results, network)
        shown = against_fp32(results, network)
        others = [r for r in readme.compression_rows() if not readme.is_of(r["model"], network)]
        page = ROOT / "docs" / "results.md"
        by_name = {readme.name_of(entry): entry for entry in shown}
        own = [{**row, "against_fp32": by_name.get(readme.name_of(row))} for row in kept]
        table = readme.compression_table(sorted([*others, *own], key=readme.name_of))
        text = readme.replace_block(page.read_text(encoding="utf-8"), "compression", table, page.name)
        content = {"rows": kept, **({"against_fp32": shown} if shown else {})}
        path = write_json(readme.COMPRESSION / f"{network}-results.json", content)
        write_text(page, text)
    except PocketSegError as error:
        raise SystemExit(f"error: {error.message}" + (f"\n  {error.hint}" if error.hint else "")) from None
    click.echo(f"{path}\n{page}")


def merged(results: Path, network: str) -> list[dict[str, Any]]:
    """Return the kept rows together with those of `results`.

    Raises DataError where these are not one run of this network's files, with its fp32 file of each target among them,
    over the photos of the rows that stay.
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
    return sorted((to_json(row) for row in [*stays, *shortened]), key=readme.name_of)


def against_fp32(results: Path, network: str) -> list[dict[str, Any]]:
    """Return what the records of `results` show of each file against the fp32 file of its target.

    For targets that are not in `results`, what was kept stays. Intervals are at 95 % over all pairs of a target's
    files.
    """
    rows, path = read_results(results), readme.COMPRESSION / f"{network}-results.json"
    measured = {row.target for row in rows}
    before = read_json(path).get("against_fp32", ()) if path.is_file() else ()
    found = [entry for entry in before if entry["target"] not in measured]
    for target in measured:
        files = [row for row in rows if row.target == target]
        base = next(row for row in files if (row.model, row.recipe) == (network, "fp32"))
        pairs = len(files) * (len(files) - 1) // 2
        found += [
            claims.against(row, base, pairs) for row in files if row is not base and row.document and base.document
        ]
    return sorted(found, key=readme.name_of)


def _name(data: str) -> str:
    """Return the data's name without where photos were on the machine that measured."""
    return data.partition(":")[0]


def _file(artifact: str) -> str:
    return "/".join(PurePosixPath(artifact).parts[-2:])


if __name__ == "__main__":
    main()
