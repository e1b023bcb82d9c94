"""Faults that many masks share, named once per kind, each with the mapping lines that would read such masks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from pocketseg.core.classes import IGNORE_INDEX
from pocketseg.core.errors import DataError
from pocketseg.data.faults import Kind, MaskFault
from pocketseg.data.labelmap import listed_colors
from pocketseg.data.mapping import is_background
from pocketseg.data.mapping_file import BACKGROUND
from pocketseg.data.mask_png import color_name
from pocketseg.data.pairing import named
from pocketseg.data.photos import UNTURNED_HINT, PhotoSet

_MOST_LINES = 32  # more colours or values are not labels but shades between them
_SHADES = (
    "so many are shades, of a JPEG or of smoothed edges: export masks as PNG without smoothing (anti-aliasing), or "
    "resize them to the nearest pixel"
)


def faults_by_kind(photos: PhotoSet, faults: Iterable[DataError]) -> list[DataError]:
    """Return the faults in order; those of masks are merged into one per kind, in place of the kind's first."""
    kinds: dict[tuple[Kind, str], list[MaskFault]] = {}
    ordered: list[DataError | tuple[Kind, str]] = []
    for fault in faults:
        if not isinstance(fault, MaskFault) or (fault.line is not None and fault.kind is not Kind.TURNED):
            ordered.append(fault)
            continue
        key = (fault.kind, fault.what)
        if key not in kinds:
            ordered.append(key)
        kinds.setdefault(key, []).append(fault)
    return [_SAID[f[0]](photos, kinds[f]) if isinstance(f, tuple) else f for f in ordered]


def _one_for_all(members: Sequence[MaskFault], many: str, hint: str) -> MaskFault:
    """Return the only fault with the hint of its kind, or one fault that counts them all."""
    first = members[0]
    message = first.message if len(members) == 1 else f"{len(members)} {many}"
    line = first.line if len(members) == 1 else None
    return MaskFault(message, hint=hint, path=first.path, line=line, kind=first.kind)  # type: ignore[arg-type]


def _examples(members: Sequence[MaskFault]) -> str:
    return named([m.detail for m in members])


def _found(members: Sequence[MaskFault]) -> Counter[int]:
    total: Counter[int] = Counter()
    for member in members:
        total.update(member.found)
    return total


def _counted(members: Sequence[MaskFault]) -> str:
    """Return the values without a meaning, each with its number of masks, the most frequent first."""
    masks = Counter(value for member in members for value in member.wrong)
    shown = [f"{value} (in {count})" for value, count in masks.most_common(6)]
    return ", ".join(shown) + (f" and {len(masks) - 6} more" if len(masks) > 6 else "")


def _colours(photos: PhotoSet, members: Sequence[MaskFault]) -> DataError:
    found = _found(members)
    hint = color_lines(photos, found, max(m.distinct for m in members))
    return _one_for_all(members, f"{members[0].what}s are colour images: {_examples(members)}", hint)


def _values(photos: PhotoSet, members: Sequence[MaskFault]) -> DataError:
    found = _found(members)
    many = f"{members[0].what}s hold values that do not name a class: {_counted(members)}; {_examples(members)}"
    if photos.mapping.values:
        hint = f"add a line for each to [values] of the mapping file, or correct the masks\n{_names_of(photos)}"
    elif _lacks_background(photos, found):
        names = json.dumps([BACKGROUND, *photos.mapping.labels], ensure_ascii=False)
        hint = f"{members[0].hint}; where 0 is the background, classes.json must name it first: {names}"
    else:
        lines = value_lines(photos, found, max(m.distinct for m in members))
        hint = f"{members[0].hint}\n{lines}" if photos.format == "folder" else members[0].hint
    return _one_for_all(members, many, hint)


def _lacks_background(photos: PhotoSet, found: Iterable[int]) -> bool:
    """Return whether a list of classes seems to lack the background: masks of 0 to N, N names, none called
    background."""
    labels, values = photos.mapping.labels, {0, *found} - {IGNORE_INDEX}
    plain = photos.format == "folder" and photos.mapping.members and not photos.assumption
    return bool(plain) and values == set(range(len(labels) + 1)) and not any(map(is_background, labels))


def _unnamed(photos: PhotoSet, members: Sequence[MaskFault]) -> DataError:
    colours = Counter(value for member in members for value in member.wrong)
    shown = ", ".join(f"{color_name(c)} (in {n})" for c, n in colours.most_common(6))
    many = f"{members[0].what}s hold colours that the mapping file does not name: {shown}; {_examples(members)}"
    more = f"; {_SHADES}" if len(colours) > _MOST_LINES else ""
    return _one_for_all(members, many, f"add a line for each, or correct the masks{more}\n{_names_of(photos)}")


def _clear(photos: PhotoSet, members: Sequence[MaskFault]) -> DataError:
    return _one_for_all(members, f"{members[0].what}s have transparent pixels: {_examples(members)}", members[0].hint)


def _no_png(photos: PhotoSet, members: Sequence[MaskFault]) -> DataError:
    many = f"{members[0].what}s are not PNG, whatever their names say: {_examples(members)}"
    return _one_for_all(members, many, members[0].hint)


def _deep(photos: PhotoSet, members: Sequence[MaskFault]) -> DataError:
    many = f"{members[0].what}s have more than 8 bits per channel: {_examples(members)}"
    return _one_for_all(members, many, members[0].hint)


def _turned(photos: PhotoSet, members: Sequence[MaskFault]) -> DataError:
    many = f"photos are turned by their EXIF orientation, their masks are not: {_examples(members)}"
    return _one_for_all(members, many, UNTURNED_HINT)


def _size(photos: PhotoSet, members: Sequence[MaskFault]) -> DataError:
    return _one_for_all(members, f"masks differ in size from their photos: {_examples(members)}", members[0].hint)


_SAID: dict[Kind, Callable[[PhotoSet, Sequence[MaskFault]], DataError]] = {
    Kind.NO_PNG: _no_png,
    Kind.DEEP: _deep,
    Kind.COLOURS: _colours,
    Kind.UNNAMED_COLOURS: _unnamed,
    Kind.CLEAR: _clear,
    Kind.VALUES: _values,
    Kind.SIZE: _size,
    Kind.TURNED: _turned,
}


def value_lines(photos: PhotoSet, found: Iterable[int], distinct: int = 0) -> str:
    """Return what to write so that these values of masks mean labels: [values] lines of a mapping file."""
    values = sorted(found)
    if max(distinct, len(values)) > _MOST_LINES:
        return f"masks hold {max(distinct, len(values))} values; {_SHADES}"
    if not values or values[0] < 0 or values[-1] > IGNORE_INDEX:
        return "values above 255 cannot be named: save masks with 8 bits, a value from 0 to 254 for each class"
    labels = photos.mapping.labels
    known = {v: labels[v] for v in values if v < len(labels)} if values[0] == 0 and not photos.assumption else {}
    return _lines(photos, "values", [str(v) for v in values], {str(v): label for v, label in known.items()})


def color_lines(photos: PhotoSet, found: Mapping[int, int], distinct: int) -> str:
    """Return what to write so that these colours mean labels: [colors] lines, the most frequent one for the
    background."""
    if max(distinct, len(found)) > _MOST_LINES:
        return (
            f"masks must be palette or grey PNG, or have few colours, but these hold more than {_MOST_LINES}; {_SHADES}"
        )
    if photos.format != "folder":
        return "its pixels must be indices: palette or grey PNG"
    ordered = sorted(found, key=lambda c: (-found[c], c))
    listed = {c: name for c, name in listed_colors(photos.root).items() if _may_be(photos, name)}
    if set(ordered) <= set(listed):  # the list's order is that of the classes
        ordered = [c for c in listed if c in found]
    known = {json.dumps(color_name(c)): listed[c] for c in ordered if c in listed}
    return _lines(photos, "colors", [json.dumps(color_name(c)) for c in ordered], known)


def _may_be(photos: PhotoSet, name: str) -> bool:
    """Return whether a label may have this name: any name may be used where the data names none."""
    return bool(photos.assumption) or name in photos.mapping.labels


def _lines(photos: PhotoSet, part: str, keys: Sequence[str], known: Mapping[str, str]) -> str:
    """Return a sentence and a table.

    Args:
        photos: the data set.
        part: the part of the mapping file.
        keys: of its lines, the background's first.
        known: labels that are certain.
    """
    labels = photos.mapping.labels
    named_already = not photos.assumption
    label_of = {keys[0]: labels[0] if named_already else BACKGROUND, **known}
    unsure = [key for key in keys if key not in label_of]
    if unsure and named_already and len(labels) == 2 and (len(keys) == 2 or unsure == [str(IGNORE_INDEX)]):
        label_of[unsure[0]] = labels[1]  # only one choice is left
    others = iter(range(1, len(keys) + 1))
    lines = [f"[{part}]"]
    for key in keys:
        label = label_of.get(key) or ("?" if named_already else f"label_{next(others)}")
        perhaps = "  # leave it out where 255 is ignored" if key == str(IGNORE_INDEX) and key in unsure[1:] else ""
        lines.append(f"{key} = {json.dumps(label, ensure_ascii=False)}{perhaps}")
    if not named_already and any('"label_' in line for line in lines):
        several = sum('"label_' in line for line in lines) > 1
        which = f", with your own name{'s' if several else ''} for label_1{', label_2...' if several else ''}"
    elif any('"?"' in line for line in lines):
        which = f", and replace each ? by one of {', '.join(labels[1:])}"
    else:
        which = ""
    short = f"{lines[0]} {lines[-1]}" if len(keys) == 2 and keys[0] == "0" else "these lines"
    first_line = f"write {short} into a mapping file{which}, and name the data {photos.format}:PATH@MAPPING.toml"
    return "\n".join([first_line, *lines])


def _names_of(photos: PhotoSet) -> str:
    return f"labels: {', '.join(photos.mapping.labels)}"
