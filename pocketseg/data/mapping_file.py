"""The user's mapping file: which labels make which class, and what the pixels of mask files mean.

It is TOML; every part may be left out where the data says it already:

    masks = "unturned"                # masks lie over the stored pixels: turn them as EXIF turns their photos
    ignore = ["bag"]                  # labels that neither training nor scoring counts

    [values]                          # folder: what a value of a mask's pixel means; 0 is the first label where no
    255 = "mug"                       # line names that label, and 255 is ignored where no line names 255

    [colors]                          # folder: what a colour means, in colour images and through palettes; black is the
    "#ff0000" = "mug"                 # first label where no line names that label

    [classes]                         # in the order of the network's outputs; folder: the labels, where left out
    background = []                   # the first class takes every label that no line names
    top = ["shirt", "blouse"]
    shoes = ["boots", "sneakers"]
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pocketseg.core.errors import DataError, UnknownNameError
from pocketseg.core.outside import read_toml
from pocketseg.data.mapping import MAX_CLASSES, ClassMapping
from pocketseg.data.spec import Masks

BACKGROUND, BLACK = "background", "#000000"
_EXAMPLE = (
    'write [classes], then lines such as background = [] and top = ["shirt"]; see `pocketseg data classes --toml`'
)
_VALUES = 'write [values], then lines such as 255 = "mug": a value from 0 to 255 and the label that it stands for'
_COLORS = (
    'write [colors], then lines such as "#ff0000" = "mug": red, green, blue as six hexadecimal digits, and a label'
)
_OWN_PARTS = ("classes", "ignore", "masks", "values", "colors")
_COLOR = re.compile(r"#[0-9a-f]{6}")
_AT_LINE = re.compile(r"at line (\d+)")
_LONGEST_LINE = 200  # letters: a longer line is not looked into
_HEAD = re.compile(r"\s*\[\s*(\w+)\s*\]")
_BARE = re.compile(  # KEY = name, without quotes
    r"""\s*(\w+|"[^"]*")\s*=\s*([^\W\d][^"'#=\[\]{}\r]*?)\s*(?:#.*)?\r?$"""
)


def read_mapping(path: Path, labels: tuple[str, ...]) -> ClassMapping:
    """Return the mapping that a file defines on a format's labels.

    Raises DataError, and UnknownNameError for a label that the format does not have.
    """
    content = _read(path, ("classes", "ignore", "masks"))
    if "classes" not in content:
        raise DataError(f"{path} needs a part [classes] with 2 to {MAX_CLASSES} classes", hint=_EXAMPLE, path=path)
    return _mapped(path, content, labels)


def read_own_mapping(path: Path, labels: tuple[str, ...] | None, otherwise: tuple[str, ...]) -> ClassMapping:
    """Return the mapping of a folder whose mask files hold what [values] and [colors] say.

    Args:
        path: the mapping file.
        labels: the names that the folder gives; None where it gives none.
        otherwise: the labels where neither the folder nor [values] and [colors] name any.

    Raises:
        DataError, UnknownNameError: for a file that cannot be used.
    """
    content = _read(path, _OWN_PARTS)
    values, colors = _values(path, content), _colors(path, content)
    if labels is None and (values or colors):
        labels = _named(values, colors)
        if not 2 <= len(labels) <= MAX_CLASSES:
            message = f"{path} names {len(labels)} labels: {', '.join(labels)}"
            raise DataError(message, hint=f"name 2 to {MAX_CLASSES}", path=path)
    labels = labels or otherwise
    for part, table in (("values", values), ("colors", colors)):
        for label in table.values():
            if label not in labels:
                raise UnknownNameError("label", label, labels, hint=f"in [{part}] of {path}")
    if values and labels[0] not in values.values():
        values.setdefault(0, labels[0])
    if colors and labels[0] not in colors.values():
        colors.setdefault(BLACK, labels[0])
    mapping = _mapped(path, content, labels)
    return dataclasses.replace(mapping, values=tuple(values.items()), colors=tuple(colors.items()))


def names_labels(path: Path) -> bool:
    """Return whether a mapping file says what a folder's labels are, by [values], [colors] or [classes]."""
    content = _read(path, _OWN_PARTS)
    return any(part in content for part in ("classes", "values", "colors"))


def names_masks(path: Path) -> bool:
    """Return whether a mapping file says what the pixels of masks mean."""
    return any(part in _read(path, _OWN_PARTS) for part in ("values", "colors"))


def _read(path: Path, parts: Sequence[str]) -> dict[str, Any]:
    try:
        content = read_toml(path)
    except FileNotFoundError as error:
        raise DataError(f"mapping file {path} does not exist", hint="check the path after @", path=path) from error
    except (OSError, ValueError, RecursionError) as error:
        hint = f"{_hint_at(path, error)}\neach [part] and each of its lines stands on a line of its own"
        raise DataError(f"{path} is not a readable mapping file ({error})", hint=hint, path=path) from error
    unknown = sorted(set(content) - set(parts))
    if unknown:
        may = ", ".join(repr(p) for p in parts)
        own = "\nonly a data set of format folder has values and colors" if unknown[0] in ("values", "colors") else ""
        raise DataError(f"{path} has a part {unknown[0]!r}", hint=f"it may hold {may}{own}\n{_EXAMPLE}", path=path)
    return content


def _hint_at(path: Path, error: Exception) -> str:
    """Return what to write where TOML cannot be read, by the part in which the reader stopped."""
    place = _AT_LINE.search(str(error))
    if place is None:  # it could not be opened, or is no text
        return _EXAMPLE
    lines = path.read_text(encoding="utf-8-sig", errors="replace").split("\n")[: int(place[1])]
    heads = [found[1] for line in lines if (found := _HEAD.match(line))]
    part = heads[-1] if heads else ""
    if part not in ("values", "colors"):
        return _EXAMPLE
    if bare := _BARE.match(lines[-1][:_LONGEST_LINE]):
        return f'put names in quotes: {bare[1]} = "{bare[2]}"'
    return _VALUES if part == "values" else _COLORS


def _mapped(path: Path, content: dict[str, Any], labels: tuple[str, ...]) -> ClassMapping:
    """Return the mapping of [classes], ignore and masks."""
    ignored = _labels(path, "ignore", content.get("ignore", []), labels)
    classes = content.get("classes")
    if "classes" not in content:
        classes = {label: [label] for label in labels if label not in ignored}
    if not isinstance(classes, dict) or not 2 <= len(classes) <= MAX_CLASSES:
        raise DataError(f"{path} needs a part [classes] with 2 to {MAX_CLASSES} classes", hint=_EXAMPLE, path=path)
    members = {name: _labels(path, name, value, labels) for name, value in classes.items()}
    seen: dict[str, str] = {}
    for name, names in (*members.items(), ("ignore", ignored)):
        for label in names:
            if label in seen:
                raise DataError(
                    f"{path} puts label {label!r} into {seen[label]} and into {name}", hint="choose one", path=path
                )
            seen[label] = name
    return ClassMapping(
        labels=labels, classes=tuple(members), members=members, ignored=ignored, masks=_masks(path, content)
    )


def _masks(path: Path, content: dict[str, Any]) -> Masks:
    said = content.get("masks", str(Masks.UPRIGHT))
    if said not in list(Masks):
        hint = 'write masks = "unturned" where masks lie over the stored pixels, or leave it out'
        raise DataError(f"masks in {path} is {said!r}", hint=hint, path=path)
    return Masks(said)


def _labels(path: Path, name: str, value: object, labels: Sequence[str]) -> tuple[str, ...]:
    if not name.strip():
        raise DataError(f"{path} has a class without a name", hint=_EXAMPLE, path=path)
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise DataError(f"{name} in {path} must be a list of label names, not {value!r}", hint=_EXAMPLE, path=path)
    for label in value:
        if label not in labels:
            raise UnknownNameError("label", label, labels, hint=f"in {name} of {path}")
    return tuple(value)


def _table(path: Path, content: dict[str, Any], part: str, hint: str) -> dict[str, str]:
    table = content.get(part, {})
    if not isinstance(table, dict) or (part in content and not table):
        raise DataError(f"{part} in {path} is not a table with lines", hint=hint, path=path)
    for key, label in table.items():
        if not isinstance(label, str) or not label.strip():
            raise DataError(f"[{part}] of {path} gives {key} {label!r}, which is not a label", hint=hint, path=path)
    return table


def _values(path: Path, content: dict[str, Any]) -> dict[int, str]:
    found: dict[int, str] = {}
    for key, label in _table(path, content, "values", _VALUES).items():
        if not (key.isascii() and key.isdigit() and len(key) <= 3 and int(key) <= 255):
            raise DataError(
                f"[values] of {path} names {key!r}, which is not a value of a mask", hint=_VALUES, path=path
            )
        if int(key) in found:
            raise DataError(f"[values] of {path} names the value {int(key)} twice", hint="choose one", path=path)
        found[int(key)] = label
    return found


def _colors(path: Path, content: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, label in _table(path, content, "colors", _COLORS).items():
        color = key.lower()
        if not _COLOR.fullmatch(color):
            raise DataError(f"[colors] of {path} names {key!r}, which is not a colour", hint=_COLORS, path=path)
        if color in found:
            raise DataError(f"[colors] of {path} names the colour {color} twice", hint="choose one", path=path)
        found[color] = label
    return found


def _named(values: dict[int, str], colors: dict[str, str]) -> tuple[str, ...]:
    """Return the labels of both tables in order, the background first.

    The background is the label of that name, else that of value 0 or of black, else one that no line names.
    """
    names = dict.fromkeys([*values.values(), *colors.values()])
    first = BACKGROUND if BACKGROUND in names else values.get(0) or colors.get(BLACK) or BACKGROUND
    return tuple(dict.fromkeys([first, *names]))
