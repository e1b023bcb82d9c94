"""The table of results on stdout."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from rich.console import Console

from pocketseg.core.types import BenchmarkRow
from pocketseg.report.table import render

_PLAIN_WIDTH = 190  # for a file or pipe, which has no width of its own


def print_table(rows: Sequence[BenchmarkRow], *, fp32_miou: Mapping[str, float] | None = None) -> None:
    """Print the table to stdout; a file or pipe gets every column, in plain text."""
    console = Console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(width=_PLAIN_WIDTH)
    console.print(render(rows, fp32_miou=fp32_miou), highlight=False)
