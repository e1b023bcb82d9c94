"""The page's first plots: IoU against latency, one plot per device and set of photos, and IoU against size."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from html import escape

from pocketseg.core.types import BenchmarkRow
from pocketseg.report.facts import by_model, is_sized, is_timed, score_name
from pocketseg.report.marks import PALETTE
from pocketseg.report.numbers import between_mious, between_ms, ms_digits
from pocketseg.report.parts import legend, toggle, verdict_toggle
from pocketseg.report.places import Places
from pocketseg.report.plots import Point, scatter

SIGNS = {"UNSTABLE": "Broken ring: an UNSTABLE measurement.", "INVALID": "Crossed out: an INVALID measurement."}
KEYBOARD = "Point at a mark for its numbers; by keyboard, Tab reaches a plot and the arrow keys move between its marks."
_APART = (
    "Do not compare latencies of different devices, or scores on different photos: each device and each set of photos "
    "has its own plot."
)


def overview(rows: Sequence[BenchmarkRow], places: Places, numbered: Mapping[int, str], *, has_fronts: bool) -> str:
    """Return the section of plots, or an empty text if no row has both a score and a latency or size.

    Args:
        numbered: the identifier of each row in the page's filter, by `id(row)`.
        has_fronts: whether the page has a section of fronts below.
    """
    timed, sized = _plotted(rows, places)
    if not timed and not sized:
        return ""
    draw = _Drawing(rows, places, numbered)
    caption = f"Smaller is not always faster{': compare with the plot of latencies' if timed else ''}."
    by_axes = apart(timed, lambda row: axes(row, places))
    figures = [draw.latency(on, ending, own) for on, ending, own in by_axes]
    by_photos = apart(sized, lambda row: photos_of(row, places))
    figures += [draw.size(on, ending, own, caption) for on, ending, own in by_photos]
    said = ["Up and left is better.", *about_bars(timed or sized)]
    said += [_APART] if len(by_axes) > 1 else []
    said += [sign for verdict, sign in SIGNS.items() if any(row.verdict == verdict for row in timed)]
    said += ["The plots of each target, below, show which files others beat."] if has_fronts else []
    kind = "plots panels" if places.shown or places.photos.shown else "plots"
    return (
        f'<section id="plots"><h2>{subject(rows, places)}</h2>{draw.legend((*timed, *sized))}'
        f'<p class="caption">{escape(" ".join([*said, KEYBOARD]))}</p>'
        f'<div class="{kind}">{"".join(figures)}</div></section>'
    )


def subject(rows: Sequence[BenchmarkRow], places: Places) -> str:
    """Return what the first plots are about: IoU against latency, or against size if none of them has latencies."""
    timed, sized = _plotted(rows, places)
    return "IoU against size" if sized and not timed else "IoU against latency"


def _plotted(rows: Sequence[BenchmarkRow], places: Places) -> tuple[list[BenchmarkRow], list[BenchmarkRow]]:
    """Return the rows in the plots of latencies, and those in the plots of sizes."""
    counted = [row for row in rows if id(row) not in places.earlier]
    return list(filter(is_timed, counted)), list(filter(is_sized, counted))


def apart(
    rows: Sequence[BenchmarkRow], named: Callable[[BenchmarkRow], str]
) -> list[tuple[str, str, list[BenchmarkRow]]]:
    """Group rows by name. Each group is (name, ending of the ids of its elements in the page, rows)."""
    found: dict[str, list[BenchmarkRow]] = {}
    for row in rows:
        found.setdefault(named(row), []).append(row)
    return [(name, f"-{at}" if at > 1 else "", own) for at, (name, own) in enumerate(found.items(), 1)]


def device_of(row: BenchmarkRow, places: Places) -> str:
    """Return the name of a row's device; empty if the table needs no column for devices."""
    device = places.device(row)
    return places.devices[device] if places.shown and device is not None else ""


def photos_of(row: BenchmarkRow, places: Places) -> str:
    """Return the name of the photos that a row was scored on; empty if all rows have the same."""
    return f"{places.photos.of(row)} photos" if places.photos.shown else ""


def axes(row: BenchmarkRow, places: Places) -> str:
    """Return a name for the device and the photos that all files of one plot share."""
    return ", ".join(filter(None, (device_of(row, places), photos_of(row, places))))


def about_bars(rows: Sequence[BenchmarkRow]) -> list[str]:
    """Return a sentence that explains the bars through marks; none if no row has an interval."""
    if not any(map(between_mious, rows)):
        return []
    said = "Bars: each file's own 95 % interval"
    if all(between_mious(row) and (between_ms(row) or not is_timed(row)) for row in rows):
        return [f"{said}; where none is visible, it is narrower than the mark."]
    return [f"{said}, if it was measured with one."]


def usual_doubt(rows: Sequence[BenchmarkRow]) -> str:
    """Return the verdict other than VALID that more than half of a plot's several marks have; empty if none has that.

    It is also empty if some mark has no verdict, since then not every mark can be told by its word.
    """
    counts = Counter(row.verdict for row in rows)
    verdict, count = counts.most_common(1)[0]
    return verdict if verdict in SIGNS and count > 1 and 2 * count > len(rows) and "" not in counts else ""


def verdict_name(row: BenchmarkRow) -> str:
    """Return the verdict that is written beside a mark; empty if it is VALID or missing."""
    return row.verdict if row.verdict in SIGNS else ""


class _Drawing:
    """Draws rows with the colours of their targets and the shapes of their models, the same in every plot."""

    def __init__(self, rows: Sequence[BenchmarkRow], places: Places, numbered: Mapping[int, str]) -> None:
        self._targets, self._models = list(dict.fromkeys(r.target for r in rows)), list(by_model(rows))
        self._score, self._places, self._numbered = score_name(rows), places, numbered

    def latency(self, on: str, ending: str, own: Sequence[BenchmarkRow]) -> str:
        """Draw the files of one device and set of photos. A word that most marks share is in the caption instead."""
        usual = usual_doubt(own)
        points = [
            dataclasses.replace(
                self._point(row, row.p50_ms or 0.0, self._time(row)), x_low=row.p50_low_ms, x_high=row.p50_high_ms,
                name="" if row.verdict == usual else row.verdict if usual else verdict_name(row), sign=row.verdict,
            )
            for row in own
        ]  # fmt: skip
        fastest = min(own, key=lambda row: row.p50_ms or 0.0)
        drawn = scatter(
            points, (), width_px=560 if on else 640, height_px=380 if on else 400,
            x_label="p50 latency, ms (log scale)", y_label=self._score,
            name=f"{self._score} against p50 latency of every file{on and f': {on}'}",
            description=self._in_words(own, f"the fastest is {self._called(fastest)}, {self._time(fastest)}"),
        )  # fmt: skip
        caption = f"Most marks are {usual}; a verdict is written only beside the others." if usual else ""
        if usual and all(row.verdict == usual for row in own):
            caption = f"Every mark is {usual}."
        return _figure(f"latency-plot{ending}", "" if on else "wide", on, drawn, caption)

    def size(self, on: str, ending: str, own: Sequence[BenchmarkRow], caption: str) -> str:
        """Draw the files that were scored on one set of photos by their sizes."""
        points = [self._point(row, (row.size_bytes or 0) / 1e6, _megabytes(row)) for row in own]
        smallest = min(own, key=lambda row: row.size_bytes or 0)
        drawn = scatter(
            points, (), width_px=420, height_px=330, x_label="file size, MB (log scale)", y_label=self._score,
            name=f"{self._score} against size of every file{on and f': {on}'}",
            description=self._in_words(own, f"the smallest is {self._called(smallest)}, {_megabytes(smallest)}"),
        )  # fmt: skip
        return _figure(f"size-plot{ending}", "size", on, drawn, caption)

    def legend(self, shown: Sequence[BenchmarkRow]) -> str:
        """Return the buttons of the targets, models and verdicts that occur in the plots."""
        targets, models, verdicts = ({getattr(r, name) for r in shown} for name in ("target", "model", "verdict"))
        buttons = [toggle("target", t, f"c{at % PALETTE}", 0) for at, t in enumerate(self._targets) if t in targets]
        buttons += [toggle("model", m, "ink", at) for at, m in enumerate(self._models) if m in models]
        if verdicts & SIGNS.keys():
            buttons += [verdict_toggle(v) for v in ("VALID", *SIGNS) if v in verdicts]
        quantised = any(row.precision.startswith("w8a8") for row in shown)
        return legend(buttons, "Filled: float arithmetic. Hollow: w8a8." if quantised else "")

    def _point(self, row: BenchmarkRow, x: float, what: str) -> Point:
        between = f" ({between_mious(row)})" if between_mious(row) else ""
        verdict = f", {row.verdict}" if row.verdict else ""
        label = f"{self._places.title(row)} ({row.runtime}): {score_name([row])} {row.miou:.4f}{between}, {what}"
        return Point(
            x=x, y=row.miou or 0.0, label=f"{label}{verdict}", target=row.target, model=row.model,
            color=self._targets.index(row.target), shape=self._models.index(row.model),
            hollow=row.precision.startswith("w8a8"), low=row.miou_low, high=row.miou_high,
            verdict=row.verdict, row=self._numbered[id(row)],
        )  # fmt: skip

    def _time(self, row: BenchmarkRow) -> str:
        between = f" ({between_ms(row)})" if between_ms(row) else ""
        return f"p50 {row.p50_ms:.{ms_digits(row.p50_ms)}f} ms{between}"

    def _called(self, row: BenchmarkRow) -> str:
        return self._places.title(row)

    def _in_words(self, own: Sequence[BenchmarkRow], cheapest: str) -> str:
        """Describe a plot in words."""
        best = max(own, key=lambda row: row.miou or 0.0)
        count = f"{len(own)} file{'' if len(own) == 1 else 's'}"
        return f"{count}: the highest {self._score} is {best.miou:.4f}, of {self._called(best)}; {cheapest}."


def _megabytes(row: BenchmarkRow) -> str:
    return f"{(row.size_bytes or 0) / 1e6:.2f} MB"


def _figure(ident: str, kind: str, on: str, drawn: str, caption: str) -> str:
    title = f"<h3>{escape(on)}</h3>" if on else ""
    said = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure class="{kind}" id="{ident}">{title}{drawn}{said}</figure>'
