"""Numbers and tables as the page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (columns, ["---"] * len(columns), *rows))


def points(entry: dict[str, Any]) -> str:
    """Return a difference in points with its interval."""
    low, high = entry["interval"]
    return f"{100 * entry['value']:+.2f} ({100 * low:+.2f} to {100 * high:+.2f})"


def plain(value: float) -> str:
    """Return a property's value."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3f}"
