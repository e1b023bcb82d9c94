"""Writes a study's page, its figure and its values; with the photos at hand also kinds of photos and a gallery."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pocketseg.core.errors import UsageError
from pocketseg.core.files import write_bytes, write_json, write_text
from pocketseg.data.photos import PhotoSet, open_photos
from pocketseg.data.signals.source import open_signals
from pocketseg.study import explored, gallery, kinds
from pocketseg.study.analysis import both_stages
from pocketseg.study.answer import answer
from pocketseg.study.answer_page import FIGURE, page, sentence
from pocketseg.study.figure import draw

PAGE, VALUES = "annotations.md", "annotations.json"
TITLE = "Differences from the photo alone"


def publish(folder: Path, plan: Mapping[str, Any], out: Path) -> tuple[list[Path], str]:
    """Write the page, its values and, where there is an answer, the figure; return their paths and the answer.

    folder: of the records. Raises UsageError for records of another plan, DataError for damaged ones.
    """
    found = answer(folder, plan)
    written = [write_json(out / VALUES, found)]
    if "arms" in found:
        written.append(write_text(out / FIGURE, figure(found, plan)))
    text = page(found, plan, drawn_gallery(folder, plan, out))
    return [*written, write_text(out / PAGE, text)], sentence(found, plan)


def figure(found: Mapping[str, Any], plan: Mapping[str, Any]) -> str:
    """Return the figure of a finished study's answer."""
    return draw(found["arms"], TITLE, {name: str(arm["about"]) for name, arm in plan["arms"].items()})


def drawn_gallery(folder: Path, plan: Mapping[str, Any], out: Path) -> gallery.Gallery | None:
    """Return the gallery in `out`; None where there is none, or one of other records."""
    if not (out / gallery.FILE).is_file():
        return None
    first, _ = both_stages(folder, plan)
    return None if first.lacking() else gallery.read(out / gallery.FILE, first)


def write_kinds(
    folder: Path, plan: Mapping[str, Any], data: str, signals: Sequence[str], progress: Callable[[int, int], None]
) -> Path:
    """Find the kinds of the plan's photos and keep them beside the records. Raises UsageError for other signals."""
    photos, ids = _photos(plan, data)
    source = open_signals(signals, photos)
    if dict(source.sha256) != plan["data"]["signals"]:
        raise UsageError("--signals are not those of the plan", hint="give the files that the study was planned with")
    return kinds.keep(folder, plan["data"]["split_hash"], kinds.of_photos(photos, source, ids, progress))


def write_gallery(folder: Path, plan: Mapping[str, Any], data: str, out: Path) -> Path:
    """Draw the photos on which arms differ most, of folds that have all class maps.

    Raises UsageError while runs lack or where no fold has them, DataError for damaged maps.
    """
    photos, _ = _photos(plan, data)
    first, _ = both_stages(folder, plan)
    if first.lacking():
        raise UsageError("an unfinished study has no gallery", hint="leave --gallery out until all runs are done")
    folds = gallery.drawable(folder, first)
    if not folds:
        raise UsageError(
            f"{folder} has the class maps of all runs of no fold", hint="leave --gallery out, or restore *.maps.npz"
        )
    members = {name: kind["photos"] for name, kind in kinds.read(folder, plan).items()}
    shown = explored.extremes(first, members, folds)
    return write_bytes(out / gallery.FILE, gallery.draw(folder, first, photos, shown, folds))


def _photos(plan: Mapping[str, Any], data: str) -> tuple[PhotoSet, list[str]]:
    """Open the data; return it and the plan's photos. Raises UsageError where it lacks some of them."""
    photos = open_photos(data)
    ids = sorted(i for fold in plan["data"]["folds"] for group in fold for i in group)
    if lost := sorted(set(ids) - set(photos.ids)):
        raise UsageError(
            f"{data} lacks {len(lost)} of the plan's {len(ids)} photos, e.g. {lost[0]}", hint="give the study's photos"
        )
    return photos, ids
