"""report.html: one page that loads nothing from elsewhere; every text from a row is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pocketseg.core.classes import CLASSES, colors
from pocketseg.core.files import write_text
from pocketseg.core.types import BenchmarkRow
from pocketseg.report.every_file import every_file, known, not_valid, without_result
from pocketseg.report.facts import by_model, losses, score_name, where
from pocketseg.report.gallery import GalleryPhoto
from pocketseg.report.overview import apart, device_of, overview, subject
from pocketseg.report.panels import panels
from pocketseg.report.pareto import groups
from pocketseg.report.parts import document, paragraphs, swatch
from pocketseg.report.pictures import section_of_pictures
from pocketseg.report.places import Places
from pocketseg.report.strips import course, strip
from pocketseg.report.tables import Cell, Column, Line, bar, name_of, tabular


def write_html(
    path: Path,
    rows: Sequence[BenchmarkRow],
    *,
    gallery: Sequence[GalleryPhoto] = (),
    notes: Sequence[str] = (),
    fp32_miou: Mapping[str, float] | None = None,
) -> Path:
    """Write the page, atomically."""
    return write_text(path, page(rows, gallery=gallery, notes=notes, fp32_miou=fp32_miou))


def page(
    rows: Sequence[BenchmarkRow],
    *,
    gallery: Sequence[GalleryPhoto] = (),
    notes: Sequence[str] = (),
    fp32_miou: Mapping[str, float] | None = None,
) -> str:
    """Return the page's text."""
    found, places = groups(rows), Places(rows)
    numbered = {id(row): str(at) for at, row in enumerate(rows)}
    fronts = panels(rows, found, numbered)
    classes = classes_of(rows)
    sections = [
        overview(rows, places, numbered, has_fronts=bool(fronts)), fronts,
        every_file(rows, found, places, fp32_miou, numbered), not_valid(rows, places), without_result(rows, places),
        _classes(rows, places, numbered), _latencies(rows, places, numbered),
        section_of_pictures("What each file sees", gallery, classes),
    ]  # fmt: skip
    sentences = paragraphs(losses(rows, fp32_miou, places.title), "loss") + paragraphs(notes, "note")
    summary, on = _summary(rows, places), " ".join(where(rows))
    return document(f"PocketSeg: {subject(rows, places)}", "PocketSeg report", summary, on, sentences, sections)


def classes_of(rows: Sequence[BenchmarkRow]) -> tuple[str, ...]:
    """Return the names of the classes by index, from the first row with scores; without one, the garment classes."""
    return next((tuple(row.iou) for row in rows if len(row.iou) > 1), CLASSES)


def _summary(rows: Sequence[BenchmarkRow], places: Places) -> str:
    counts = {status: sum(row.status == status for row in rows) for status in ("ok", "refused", "failed")}
    targets = dict.fromkeys(row.target for row in rows)
    on = f" on {len(places.devices)} devices" if len(places.devices) > 1 else ""
    combinations = "1 combination" if len(rows) == 1 else f"{len(rows)} combinations"
    return (
        f"{combinations} of {', '.join(by_model(rows)) or 'no network'} "
        f"for {', '.join(targets) or 'no target'}{on}: "
        f"{counts['ok']} measured, {counts['refused']} refused, {counts['failed']} failed."
    )


def _classes(rows: Sequence[BenchmarkRow], places: Places, numbered: Mapping[int, str]) -> str:
    """Return the table of IoU per class, and a second one for test photos if some files were also scored on them."""
    scored = [(row, places.title(row), row.iou, row.miou) for row in rows if row.iou]
    tested = [(row, places.title(row), row.test_iou, row.test_miou) for row in rows if row.test_iou]
    part = f", {score_name(rows).removesuffix(' mIoU')} photos" if tested else ""
    return _per_class(f"IoU per class{part}", "classes", scored, numbered) + _per_class(
        "IoU per class, test photos", "test-classes", tested, numbered
    )


def _per_class(
    name: str, ident: str, scored: Sequence[tuple[BenchmarkRow, str, Mapping[str, float | None], float | None]],
    numbered: Mapping[int, str],
) -> str:  # fmt: skip
    if not scored:
        return ""
    paint: dict[str, tuple[int, int, int]] = {}  # a class has the colour of its index where it first appears
    for _, _, iou, _ in scored:
        paint = {**dict(zip(iou, colors(len(iou)), strict=True)), **paint}
    shown = list(dict.fromkeys(name for _, _, iou, _ in scored for name in iou))
    columns = [Column(title="File")]
    columns += [Column(title=n, kind="number", before=swatch(paint[n])) for n in shown]
    columns += [Column(title="mean", kind="number")]
    lines = [
        Line(cells=[name_of(file), *(bar(value) for value in [*(iou.get(name) for name in shown), miou])],
             data=known(row, numbered))
        for row, file, iou, miou in scored
    ]  # fmt: skip
    return tabular(name, ident, columns, lines, "Bars run from 0 to 1. Press a title to sort.")


def _latencies(rows: Sequence[BenchmarkRow], places: Places, numbered: Mapping[int, str]) -> str:
    timed = [row for row in rows if row.latencies_ms and row.p50_ms and min(row.latencies_ms) > 0]
    return "".join(
        _every_run(own, places, on, ending, numbered)
        for on, ending, own in apart(timed, lambda row: device_of(row, places))
    )


def _every_run(
    timed: Sequence[BenchmarkRow], places: Places, on: str, ending: str, numbered: Mapping[int, str]
) -> str:  # fmt: skip
    low, high = min(min(r.latencies_ms) for r in timed), max(max(r.latencies_ms) for r in timed)
    columns = [
        Column(title="File", is_plain=True), Column(title="Runs", kind="number", is_plain=True),
        Column(title=f"{low:.1f} to {high:.1f} ms, log scale", is_plain=True),
        Column(title="First to last run, own scale", is_plain=True),
        Column(title="Range ms", kind="number", is_plain=True),
    ]  # fmt: skip
    lines = [
        Line(
            cells=[
                name_of(places.title(row)),
                Cell(html=str(len(row.latencies_ms)), kind="number"),
                Cell(html=strip(row.latencies_ms, row.p50_ms or 0, row.p90_ms, low, high), kind="drawn"),
                Cell(html=course(row.latencies_ms), kind="drawn"),
                Cell(html=f"{min(row.latencies_ms):.2f} to {max(row.latencies_ms):.2f}", kind="number"),
            ],
            data=known(row, numbered),
        )
        for row in timed
    ]
    caption = "One tick per run; the tall lines are p50 (solid) and p90 (dashed)."
    return tabular(f"Every timed run{f' on {on}' if on else ''}", f"latencies{ending}", columns, lines, caption)
