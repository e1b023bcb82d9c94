"""`pocketseg benchmark --latency-only`: files that are not segmentation networks, timed and not scored."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

_PLAIN_WIDTH = 190  # for a file or pipe, which has no width of its own
_TOGETHER = {"artifacts", "threads", "as_json", "out", "cache_dir", "latency_only"}


def latency_only(artifacts: Sequence[Path], threads: int, as_json: bool, out: Path | None, cache_dir: Path) -> int:
    """Time the files and print a table; exit status 7 where one failed."""
    from pocketseg import api
    from pocketseg.cli._progress import phases, say_note, tell
    from pocketseg.core.interrupted import when_interrupted

    _refuse_others()
    with when_interrupted("nothing is kept: times of files are written together, at the end"), phases() as progress:
        rows = api.latency_only(
            artifacts, threads=threads, out=out, cache=cache_dir, note=say_note, progress=progress
        )  # fmt: skip
    if as_json:
        click.echo(json.dumps({"rows": rows}, allow_nan=False))
    else:
        _print(rows)
        if out is not None:
            click.echo(f"written to {out}")
    failed = [row for row in rows if row["failure"]]
    for row in failed:
        tell(f"failed: {row['file']}: {row['failure']}")
    return 7 if failed else 0


def _refuse_others() -> None:
    """Refuse every option that asks for scores, or for another device. Raises UsageError."""
    from pocketseg.core.errors import UsageError

    context = click.get_current_context()
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        if name not in _TOGETHER and source not in (None, click.core.ParameterSource.DEFAULT):
            raise UsageError(
                f"{parameter.opts[0]} cannot be combined with --latency-only",
                hint="with it files are timed on random values on this computer, and nothing is scored",
            )


def _print(rows: Sequence[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("file", "MB", "million multiply-adds", "p50 ms", "95 % interval", "p90 ms", "load ms", "verdict"):
        table.add_column(name)
    for row in rows:
        adds = "" if row["multiply_adds"] is None else f"{row['multiply_adds'] / 1e6:.1f}"
        between = "" if row["p50_low_ms"] is None else f"{row['p50_low_ms']:.2f} to {row['p50_high_ms']:.2f}"
        times = (_ms(row["p50_ms"]), between, _ms(row["p90_ms"]), _ms(row["load_ms"]))
        table.add_row(row["file"], f"{row['size_bytes'] / 1e6:.2f}", adds, *times, row["verdict"] or "failed")
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(highlight=False, width=_PLAIN_WIDTH)
    console.print(table)
    console.print("Latency only, on random values: no score, and no check of what the files return.")
    for row in rows:
        if row["verdict_reasons"]:
            console.print(f"{row['file']}: {'; '.join(row['verdict_reasons'])}", markup=False)


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
