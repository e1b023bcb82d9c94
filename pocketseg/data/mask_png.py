"""A mask file of a plain folder as label ids: its values themselves, or what a mapping file says they mean."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pocketseg.core.classes import IGNORE_INDEX
from pocketseg.data.faults import Kind, MaskFault
from pocketseg.data.index_png import check_range, colour_image, commonest, packed, read_indices, read_png
from pocketseg.data.mapping import ClassMapping
from pocketseg.data.photos import Pixels


def read_mask(path: Path, class_count: int, what: str = "mask") -> Pixels:
    """Return a palette or grey PNG of class indices, H,W uint8; 255 is ignored."""
    values = read_indices(path, what)
    check_range(values, class_count - 1, path, what, ignored=IGNORE_INDEX)
    return values.astype(np.uint8)


def read_labels(path: Path, mapping: ClassMapping, what: str = "mask") -> Pixels:
    """Return the label ids that a mask holds, H,W uint8; 255 is ignored.

    Colours are read where the mapping names some and the mask is a colour image or has a palette; for grey masks
    [values] come first. Raises DataError; a MaskFault where values or colours have no label.
    """
    if not mapping.values and not mapping.colors:
        return read_mask(path, len(mapping.labels), what)
    picture = read_png(path, what)
    if mapping.colors and (picture.values is None or picture.palette is not None or not mapping.values):
        return _by_color(path, what, mapping, _colors_of(picture.values, picture.rgb, picture.palette))
    if picture.values is None:
        raise colour_image(path, what, picture)
    return _by_value(path, what, mapping, picture.values)


def _colors_of(
    values: npt.NDArray[Any] | None, rgb: npt.NDArray[np.uint8] | None, palette: npt.NDArray[np.uint8] | None
) -> npt.NDArray[np.int32]:
    """Return each pixel's colour as a number 0xRRGGBB, H,W; a grey value is the colour with three equal channels."""
    if rgb is not None:
        return packed(rgb)
    if palette is not None:
        return packed(palette)[values]
    grey = np.asarray(values, np.int64)
    return np.where(grey > IGNORE_INDEX, -1, grey * 0x010101).astype(np.int32)  # a value of 16 bits has no colour


def _by_value(path: Path, what: str, mapping: ClassMapping, values: npt.NDArray[Any]) -> Pixels:
    table = _table(mapping, ((value, label) for value, label in mapping.values))
    known = np.array([*table, *([] if IGNORE_INDEX in table else [IGNORE_INDEX])])
    ids = np.array([*table.values(), *([] if IGNORE_INDEX in table else [IGNORE_INDEX])], np.uint8)
    return _looked_up(path, what, values, known, ids, Kind.VALUES)


def _by_color(path: Path, what: str, mapping: ClassMapping, colors: npt.NDArray[np.int32]) -> Pixels:
    table = _table(mapping, ((int(color[1:], 16), label) for color, label in mapping.colors))
    return _looked_up(
        path, what, colors, np.array(list(table)), np.array(list(table.values()), np.uint8), Kind.UNNAMED_COLOURS
    )


def _table(mapping: ClassMapping, pairs: Iterable[tuple[int, str]]) -> dict[int, int]:
    return {key: mapping.labels.index(label) for key, label in pairs}


def _looked_up(
    path: Path, what: str, values: npt.NDArray[Any], known: npt.NDArray[Any], ids: Pixels, kind: Kind
) -> Pixels:
    """Return the id of each pixel's value among the known ones. Raises MaskFault for an unknown value."""
    order = np.argsort(known)
    known, ids = known[order], ids[order]
    place = np.minimum(np.searchsorted(known, values), len(known) - 1)
    wrong = known[place] != values
    if wrong.any():
        first, count = values[wrong][0], int(wrong.sum())
        called = f"value {int(first)}" if kind is Kind.VALUES else f"colour {color_name(int(first))}"
        found, distinct = commonest(values)
        raise MaskFault(
            f"{what} {path} holds {called} ({count} such pixels), which the mapping file does not name",
            hint="add a line for it, or correct the mask",
            path=path,
            what=what,
            kind=kind,
            found=found,
            distinct=distinct,
            wrong=tuple(commonest(values[wrong])[0]),
        )
    return ids[place]


def color_name(color: int) -> str:
    """Return #rrggbb for a colour 0xRRGGBB."""
    return f"#{color:06x}" if color >= 0 else "of 16 bits"
