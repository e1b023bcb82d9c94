"""A link as a QR code in the terminal, dark on light whatever the terminal's own colours."""

from __future__ import annotations

from typing import TextIO

import segno

_BORDER = 2  # modules; phones read it so, and the standard's 4 do not fit small terminals
_DARK, _LIGHT, _PLAIN = 16, 231, "\x1b[0m"  # black and white of the 256 colours, which no theme changes


def qr_text(link: str, stream: TextIO) -> str:
    """Return the lines that draw a link on this stream; empty if it is not a terminal."""
    if not stream.isatty():
        return ""
    modules = _modules(link)
    try:
        "▀".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return _wide(modules)
    return _compact(modules)


def _modules(link: str) -> list[list[bool]]:
    """Return the rows of the code, border included; True is dark."""
    made = segno.make(link, error="l", boost_error=True, micro=False)
    return [[bool(module) for module in row] for row in made.matrix_iter(border=_BORDER)]


def _compact(modules: list[list[bool]]) -> str:
    """Draw two rows of the code per line, one in the upper and one in the lower half of each cell."""
    rows = modules if len(modules) % 2 == 0 else [*modules, [False] * len(modules[0])]
    lines = []
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        cells = (f"\x1b[38;5;{_of(above)};48;5;{_of(below)}m▀" for above, below in zip(upper, lower, strict=True))
        lines.append("".join(cells) + _PLAIN)
    return "\n".join(lines) + "\n"


def _wide(modules: list[list[bool]]) -> str:
    """Draw with spaces only, two per module, for terminals without block characters."""
    return "\n".join("".join(f"\x1b[48;5;{_of(m)}m  " for m in row) + _PLAIN for row in modules) + "\n"


def _of(is_dark: bool) -> int:
    return _DARK if is_dark else _LIGHT
