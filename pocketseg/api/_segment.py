"""Class maps of photos."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pocketseg.api._common import Note, PathLike, Progress, say_assumed, silent, still

if TYPE_CHECKING:
    from models import Given
    from pocketseg.core.errors import DataError
    from pocketseg.data.photos import Pixels
    from pocketseg.inference import Segmenter


@dataclass(frozen=True, slots=True, kw_only=True)
class Segmented:
    """A photo's class map, H,W uint8, at its own size.

    Attributes:
        shares: of the photo, 0 to 1, that each class but the first covers.
        file: the mask that was written, None without `out`.
        overlay_px: height and width of the overlay, smaller than the photo's where memory requires it.
    """

    photo: Path
    mask: Pixels
    shares: dict[str, float]
    file: Path | None = None
    overlay_px: tuple[int, int] | None = None


def segment(
    photos: Sequence[PathLike],
    *,
    model: str,
    out: PathLike | None = None,
    given: Given | None = None,
    threads: int = 2,
    unreadable: Callable[[DataError], None] | None = None,
    note: Note = silent,
    progress: Progress = still,
) -> Iterator[Segmented]:
    """Yield the class map of each photo, one at a time.

    Args:
        photos: files, folders of photos, patterns.
        model: a released name, a weights file, an exported file or its folder.
        out: folder for NAME-mask.png and NAME-overlay.jpg.
        given: what a weights file does not say itself.
        threads: of the runtime, or of torch in this whole process.
        unreadable: takes the error of a photo that cannot be read, and the others go on; without it that error is
            raised.
        note, progress: as in `benchmark`.

    Raises:
        UsageError, DataError, UnknownNameError, CheckpointError, ManifestError, RefusedError: before the first photo.
    """
    import models
    from pocketseg.artifacts.segmenter import open_segmenter
    from pocketseg.data.find_photos import check_names, find_photos
    from pocketseg.report.masks import MASK_END, OVERLAY_END

    ends, folder = (MASK_END, OVERLAY_END), None if out is None else Path(out)
    found = find_photos([Path(photo) for photo in photos], folder or Path(), ends if folder else ())
    if folder is not None:
        check_names(found.paths, folder, ends)
    for sentence in found.notes:
        note(sentence)
    segmenter = open_segmenter(model, threads, given or models.Given())
    say_assumed(segmenter.name, segmenter.assumed, note)
    return _segmented(segmenter, found.paths, folder, unreadable, progress)


def _segmented(
    segmenter: Segmenter,
    paths: Sequence[Path],
    out: Path | None,
    unreadable: Callable[[DataError], None] | None,
    progress: Progress,
) -> Iterator[Segmented]:
    from pocketseg.core.errors import DataError
    from pocketseg.data.decode import read_photo
    from pocketseg.report.masks import shares, write_masks

    for done, path in enumerate(paths):
        try:
            photo = read_photo(path)
        except DataError as error:
            if unreadable is None:
                raise
            unreadable(error)
            continue
        mask = segmenter.segment_photo(photo)
        file = None if out is None else write_masks(out, path.stem, photo.pixels, mask, segmenter.classes)
        yield Segmented(
            photo=path,
            mask=mask,
            shares=shares(mask, segmenter.classes),
            file=file,
            overlay_px=(photo.pixels.shape[0], photo.pixels.shape[1]) if photo.is_smaller else None,
        )
        progress(f"segmenting with {segmenter.name}", done + 1, len(paths))
