"""Counts in words."""

from __future__ import annotations


def amount(count: int, noun: str) -> str:
    """Return a count with its noun: 1 file, 2 files."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
