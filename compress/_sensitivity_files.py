"""The files of a sensitivity measurement: a table for programs, one for spreadsheets, a picture."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from pocketseg.core.files import write_json, write_text
from pocketseg.core.manifest import SENSITIVITY_FILES

_COLUMNS = ("layer", "weights", "divergence_nats", "miou_drop", "stays_float")
_ROW_PX, _TOP_PX, _LEFT_PX, _BAR_PX, _WIDTH_PX = 16, 46, 290, 330, 760
_FLOAT, _INT8 = "#c0392b", "#2471a3"


def write_files(folder: Path, found: Mapping[str, Any]) -> None:
    """Write sensitivity.json, .csv and .svg of a measurement (compress/_mixed.py) into a folder."""
    as_json, as_csv, as_svg = (folder / name for name in SENSITIVITY_FILES)
    write_json(as_json, found)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in found["layers"]:
        stays = "yes" if row["layer"] in found["float_layers"] else "no"
        writer.writerow((row["layer"], row["weights"], row["divergence"], row["miou_drop"], stays))
    write_text(as_csv, text.getvalue())
    write_text(as_svg, _picture(found))


def _picture(found: Mapping[str, Any]) -> str:
    """Return a picture with one bar per layer, the most harmful first; red: stays float."""
    rows, floats = found["layers"], frozenset(found["float_layers"])
    most = max((row["divergence"] for row in rows), default=0.0) or 1.0
    height = _TOP_PX + _ROW_PX * len(rows) + 12
    title = f"{found['model']}: what rounding one layer alone to int8 does"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH_PX}" height="{height}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="white"/><text x="12" y="18">{escape(title)}</text>',
        f'<text x="{_LEFT_PX}" y="36" fill="#666">divergence from the floats, nats, and mIoU drop in points</text>',
        f'<text x="12" y="36" fill="{_FLOAT}">stays float</text><text x="90" y="36" fill="{_INT8}">int8</text>',
    ]
    for number, row in enumerate(rows):
        y = _TOP_PX + _ROW_PX * number
        color = _FLOAT if row["layer"] in floats else _INT8
        wide = max(1.0, row["divergence"] / most * _BAR_PX)
        parts.append(
            f'<text x="{_LEFT_PX - 6}" y="{y + 11}" text-anchor="end">{escape(row["layer"])}</text>'
            f'<rect x="{_LEFT_PX}" y="{y + 2}" width="{wide:.1f}" height="{_ROW_PX - 5}" fill="{color}"/>'
            f'<text x="{_LEFT_PX + wide + 6:.1f}" y="{y + 11}" fill="#444">{row["divergence"]:.2e} '
            f"({100 * row['miou_drop']:+.2f})</text>"
        )
    return "\n".join([*parts, "</svg>\n"])
