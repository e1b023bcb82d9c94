"""Palette masks whose indices have no fixed order: one colour has several indices, or one index several colours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pocketseg.core.classes import IGNORE_INDEX
from pocketseg.core.errors import DataError
from pocketseg.data.faults import Kind, MaskFault
from pocketseg.data.index_png import packed
from pocketseg.data.mask_png import color_name
from pocketseg.data.pairing import named
from pocketseg.data.proposals import color_lines

if TYPE_CHECKING:
    from pocketseg.data.mask_facts import MaskFacts
    from pocketseg.data.photos import PhotoSet


def palette_fault(photos: PhotoSet, found: Sequence[MaskFacts]) -> DataError | None:
    """Return the fault of palettes that give one colour two indices.

    Programs that build a palette anew for each picture do that; then only the colours tell the classes.
    """
    first: dict[int, tuple[int, MaskFacts]] = {}
    colours: Counter[int] = Counter()
    odd: list[MaskFacts] = []
    for mask in found:
        if mask.palette is None:
            continue
        palette = packed(mask.palette)
        for index, pixels in mask.held.items():
            if index == IGNORE_INDEX:
                continue
            colour = int(palette[index])
            colours[colour] += pixels
            before, other = first.setdefault(colour, (index, mask))
            if before != index and palette[before] != colour and packed(other.palette)[index] != colour:  # type: ignore[arg-type]
                odd.append(mask)
                break
    if not odd:
        return _shared_index(photos, found)
    return MaskFault(
        f"{len(odd)} of {len(found)} palette masks give a colour a different index from {first_name(first)}: "
        f"{named([m.id for m in odd])}; by their indices, one colour is several classes",
        hint=color_lines(photos, colours, len(colours)),
        path=photos.mask_path(odd[0].id),
        kind=Kind.COLOURS,
    )


def _shared_index(photos: PhotoSet, found: Sequence[MaskFacts]) -> DataError | None:
    """Return the fault of palettes in which one index has several colours.

    A mug is red and a cup is green, say, and both colours come first in their masks' palettes. Masks that two programs
    drew with palettes of their own have more colours than there are classes; that is not a fault.
    """
    colours: Counter[int] = Counter()
    of_index: dict[int, dict[int, str]] = {}  # by index, the first mask of each colour
    for mask in found:
        if mask.palette is None:
            continue
        palette = packed(mask.palette)
        for index, pixels in mask.held.items():
            if index != IGNORE_INDEX:
                colours[int(palette[index])] += pixels
                of_index.setdefault(index, {}).setdefault(int(palette[index]), mask.id)
    seen = {colour for index, by in of_index.items() if index for colour in by}
    twice = next((index for index, by in of_index.items() if index and len(by) > 1), None)
    if twice is None or len(seen) >= len(photos.classes):
        return None
    examples = [f"{color_name(colour)} in {name}" for colour, name in of_index[twice].items()]
    return MaskFault(
        f"palette masks give one index several colours: {twice} is {named(examples)}; by its index, all of that is "
        f"{photos.classes[twice]}",
        hint=color_lines(photos, colours, len(colours)),
        path=photos.root,
        kind=Kind.COLOURS,
    )


def first_name(first: dict[int, tuple[int, MaskFacts]]) -> str:
    """Return the mask with which the others are compared."""
    return next(iter(first.values()))[1].id
