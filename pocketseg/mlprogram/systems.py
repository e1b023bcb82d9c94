"""Which systems have a package's operations, by its specification version."""

from __future__ import annotations

_OF_YEARS = 10  # from this version on, iOS and macOS are numbered by year: 10 is version 26
_FIRST_YEAR = 26


def least_ios(version: int) -> int:
    """Return the oldest iOS that opens a package of this specification version: 7 is iOS 16's, 9 iOS 18's."""
    return version + 9 if version < _OF_YEARS else version - _OF_YEARS + _FIRST_YEAR


def least_systems(version: int) -> str:
    """Return the names of the oldest iOS and macOS."""
    ios = least_ios(version)
    return f"iOS {ios}, macOS {ios if version >= _OF_YEARS else ios - 3}"
