"""`pocketseg benchmark`: IoU against latency of exported files, each on the runtime that it ships to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pocketseg.cli._cache import pass_cache_dir
from pocketseg.cli._network import network_options
from pocketseg.cli._photos import data_option, masks_unturned_option, split_file_option

if TYPE_CHECKING:
    import models

HELP = "Measure exported files: IoU, agreement with fp32, latency, load time, memory."


@click.command("benchmark", help=HELP)
@pass_cache_dir
@click.argument("artifacts", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="ARTIFACT...")
@data_option
@masks_unturned_option
@click.option("--split", "part", default="test", show_default=True, help="train, val, test, or all.")
@split_file_option
@click.option(
    "--model",
    default=None,
    metavar="MODEL",
    help="The network the files were made from, for argmax agreement (default: found among the released).",
)
@network_options
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
@click.option(
    "--wait", "wait_s", type=click.FloatRange(min=0), default=0.0, metavar="SECONDS",
    help="Wait for a quiet machine before the timing, at most so long (default: not at all).",
)
@click.option("--json", "as_json", is_flag=True, help='Print only JSON: {"rows": [...]}.')
@click.option("--out", type=click.Path(path_type=Path), help="Folder for rows.jsonl, results.csv and the report.")
def command(
    cache_dir: Path, artifacts: tuple[Path, ...], spec: str, part: str, split_file: Path | None, model: str | None,
    given: models.Given, threads: int, wait_s: float, as_json: bool, out: Path | None,
) -> int:  # fmt: skip
    """Check everything, measure, print; status 7 where a file failed."""
    from benchmark.rows import columns
    from pocketseg import api
    from pocketseg.cli._progress import phases, say_note, tell

    with phases() as progress:
        rows = api.benchmark(
            artifacts, data=spec, split=part, split_file=split_file, model=model, given=given, threads=threads, wait_s=wait_s,
            out=out, cache=cache_dir, note=say_note, progress=progress,
        )  # fmt: skip
    if as_json:
        click.echo(json.dumps({"rows": [columns(row) for row in rows]}, allow_nan=False))
    else:
        from pocketseg.cli._table import print_table

        print_table(rows)
        if out is not None:
            click.echo(f"written to {out}")
    failed = [row for row in rows if row.status == "failed"]
    for row in failed if as_json else []:  # the table says it too
        tell(f"failed: {row.artifact}: {row.reason}")
    return 7 if failed else 0
