"""What one photo's mask holds, and what the masks of a set amount to: is anything labelled at all?

Masks of 0 and 255 are the convention of saliency networks: 255 is the object. Here 255 is ignored, so such a mask would
score as background alone, and very well. One mask cannot tell the two meanings apart, but the set can.

Where no mask holds a pixel of any class but the first, nothing is labelled. If some hold 255, 255 was the object.

Where others are labelled, a mask of only background and 255 may rightly ignore a border or a crowd. It may also be an
object written as 255 among masks that write 1. Objects are filled and about as large as the labelled ones; borders are
thin. So 255 is taken for an object where at least two such masks, and a tenth of those that hold anything, have a
filled region of at least half the labelled objects' usual area, or of any area where such masks outnumber the labelled
ones, and no mask with a class has a filled region of 255 beside it, which would show that the set ignores regions.
Fewer or smaller regions are a note.

In a copy that `data prepare` made with other labels than classes, 255 in a class mask is a label that the mapping
ignored wherever the label map holds a label: such a region does not count as filled.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from pocketseg.core.classes import IGNORE_INDEX
from pocketseg.core.errors import DataError
from pocketseg.data.exif import UPRIGHT, Stored, read_stored
from pocketseg.data.faults import Kind, MaskFault
from pocketseg.data.index_png import read_palette
from pocketseg.data.mapping import is_background
from pocketseg.data.pairing import named
from pocketseg.data.palettes import palette_fault
from pocketseg.data.photos import PhotoSet, Pixels
from pocketseg.data.proposals import faults_by_kind, value_lines
from pocketseg.data.spec import Masks

_THIN_SHARE = 0.01  # of the diagonal: a border of 255 is less than twice as wide
_OBJECT_SHARE = 0.5  # of the labelled objects' median area: a larger region of 255 is taken for an object
_FEWEST, _LEAST_SHARE = 2, 0.1  # masks whose 255 looks like an object, for a fault
_VALUES = (Kind.VALUES, Kind.UNNAMED_COLOURS)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskFacts:
    """What one mask holds.

    Attributes:
        held: pixels by class index, for the classes that occur.
        filled: pixels of 255 that lie inside filled regions.
        stored: the photo's header.
        palette: 256,3 uint8, of a mask whose indices are the classes.
    """

    id: str
    held: Mapping[int, int]
    filled: int
    stored: Stored | None = None
    palette: npt.NDArray[np.uint8] | None = field(default=None, repr=False)

    @property
    def objects(self) -> int:
        """Return the number of pixels of all classes but the first."""
        return sum(pixels for index, pixels in self.held.items() if 0 < index < IGNORE_INDEX)

    @property
    def ignored(self) -> int:
        """Return the number of pixels that are not counted."""
        return self.held.get(IGNORE_INDEX, 0)

    @property
    def pixels(self) -> int:
        """Return the number of all pixels."""
        return sum(self.held.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What masks amount to: faults, one per kind, and notes."""

    faults: tuple[DataError, ...]
    notes: tuple[str, ...]


def facts(photos: PhotoSet, photo_id: str, mask: Pixels) -> MaskFacts:
    """Return what a photo's mask of class indices (H,W uint8) holds, with what the files' headers say."""
    counts = np.bincount(mask.ravel(), minlength=256)
    present = np.flatnonzero(counts).tolist()
    plain = photos.format == "folder" and not (photos.mapping.values or photos.mapping.colors)
    return MaskFacts(
        id=photo_id,
        held={index: int(counts[index]) for index in present},
        filled=_filled(_unlabelled(photos, photo_id, mask)) if IGNORE_INDEX in present else 0,
        stored=read_stored(photos.image_path(photo_id)),
        palette=read_palette(photos.mask_path(photo_id)) if plain else None,
    )


def _unlabelled(photos: PhotoSet, photo_id: str, mask: Pixels) -> npt.NDArray[np.bool_]:
    """Return where a mask holds 255 without a label behind it, H,W."""
    region = mask == IGNORE_INDEX
    if photos.mapping.members:
        return region
    labels = photos.labels(photo_id)
    return region & (labels == IGNORE_INDEX) if labels.shape == mask.shape else region


def _filled(region: npt.NDArray[np.bool_]) -> int:
    """Return how many pixels of a region (H,W) lie inside it, farther from its edge than a thin border is wide."""
    height, width = region.shape
    reach = max(1, round(_THIN_SHARE * float(np.hypot(height, width))))
    side = 2 * reach + 1
    if min(height, width) < side:
        return int(region.sum()) if region.all() else 0
    sums = np.zeros((height + 1, width + 1), np.int64)
    sums[1:, 1:] = region.cumsum(0).cumsum(1)
    inside = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return int((inside == side * side).sum())


def verdict(photos: PhotoSet, found: Sequence[MaskFacts], faults: Sequence[DataError], where: str) -> Verdict:
    """Return what the masks of some photos amount to.

    Where masks hold values without a meaning, the others cannot tell whether anything is labelled.

    Args:
        photos: the data set.
        found: what each readable mask holds.
        faults: of masks that could not be read.
        where: what messages call the photos, e.g. a part of the split.
    """
    grouped = faults_by_kind(photos, faults)
    notes = [note for note in (photos.assumption, _turned_note(photos, found), _ignored_note(photos, found)) if note]
    order = class_order_fault(photos)
    own = [fault for fault in (order, palette_fault(photos, found)) if fault]
    if found and not any(isinstance(f, MaskFault) and f.kind in _VALUES for f in faults):
        own += [f for f in (_nothing(photos, found, where) or _mixed(photos, found),) if f]
    return Verdict(faults=(*grouped, *own), notes=tuple(notes))


def class_order_fault(photos: PhotoSet) -> DataError | None:
    """Return the fault of a first class that is not the background where a later class is called background."""
    classes = photos.classes
    later = [c for c in classes[1:] if is_background(c)]
    if not later or is_background(classes[0]):
        return None
    return DataError(
        f"the first class is {classes[0]}, and {later[0]} comes after it: value 0 would be {classes[0]}",
        hint=(
            "name the background first, in classes.json or in [classes] of the mapping file; where a value other "
            "than 0 means it, give each value its label under [values]"
        ),
        path=photos.root,
    )


def _nothing(photos: PhotoSet, found: Sequence[MaskFacts], where: str) -> DataError | None:
    """Return the fault of masks that hold only the first class."""
    if any(f.objects for f in found):
        return None
    first = photos.classes[0]
    many = f"{len(found)} masks" if len(found) > 1 else f"the mask of {found[0].id}"
    hold = "hold" if len(found) > 1 else "holds"
    ignored = [f for f in found if f.ignored]
    if photos.mapping.ignored or not photos.mapping.members or not ignored:
        also = f" (ignored: {', '.join(photos.mapping.ignored)})" if photos.mapping.ignored else ""
        return DataError(
            f"no pixel of any class but {first} is labelled in {where}{also}: {many} {hold} nothing else",
            hint="label something, or take photos with labels: a score on background alone means nothing",
            path=photos.root,
        )
    values = "0 and 255" if any(0 in f.held for f in found) else "255 alone"
    return MaskFault(
        f"{many} {hold} {values}, and 255 is ignored: no pixel of any class but {first} is labelled in {where}",
        hint=value_lines(photos, [0, IGNORE_INDEX]),
        path=photos.mask_path(ignored[0].id),
        kind=Kind.VALUES,
    )


def _mixed(photos: PhotoSet, found: Sequence[MaskFacts]) -> DataError | None:
    """Return the fault of a set in which some masks write an object as 255 and others as a class (see above)."""
    odd = _odd(found)
    holding = [f for f in found if f.objects or f.ignored]
    regions = any(f.objects and f.filled for f in found)
    if regions or len(odd) < _FEWEST or len(odd) < _LEAST_SHARE * len(holding) or photos.mapping.ignored:
        return None
    return MaskFault(
        f"{len(odd)} of {len(found)} masks hold only 0 and 255, and 255 is ignored, so what they show would not be "
        f"counted: {named([f.id for f in odd])}",
        hint=value_lines(photos, {index for f in found for index in f.held}),
        path=photos.mask_path(odd[0].id),
        kind=Kind.VALUES,
    )


def _bare(found: Sequence[MaskFacts]) -> list[MaskFacts]:
    """Return the masks of background and filled regions of 255."""
    return [f for f in found if not f.objects and f.filled]


def _odd(found: Sequence[MaskFacts]) -> list[MaskFacts]:
    """Return the masks of background and 255 whose 255 is taken for an object."""
    areas, bare = [f.objects / f.pixels for f in found if f.objects], _bare(found)
    if not areas or len(bare) > len(areas):
        return bare
    least = _OBJECT_SHARE * statistics.median(areas)
    return [f for f in bare if f.ignored >= least * f.pixels]


def _ignored_note(photos: PhotoSet, found: Sequence[MaskFacts]) -> str:
    objects = any(f.objects for f in found)
    odd = [] if photos.mapping.ignored or not objects or _mixed(photos, found) else _bare(found)
    if not odd:
        return ""
    what = "1 mask holds" if len(odd) == 1 else f"{len(odd)} masks hold"
    return (
        f"{what} no class but {photos.classes[0]}, and regions of 255, which is ignored: "
        f"{named([f.id for f in odd])}; if 255 is an object there, write its class"
    )


def _turned_note(photos: PhotoSet, found: Sequence[MaskFacts]) -> str:
    if photos.mapping.masks is Masks.UNTURNED:
        return ""
    odd = [f.id for f in found if f.stored and f.stored.orientation != UPRIGHT and f.stored.keeps_size]
    if not odd:
        return ""
    what = "1 photo is" if len(odd) == 1 else f"{len(odd)} photos are"
    return (
        f"{what} turned by an EXIF orientation that keeps the size: {named(odd)}; masks are assumed to lie over the "
        "photos as displayed: give --masks-unturned if they lie over the stored pixels"
    )
