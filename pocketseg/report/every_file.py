"""The page's table of every file, followed by the reasons why measurements are not VALID or files have no result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from pocketseg.core.types import BenchmarkRow
from pocketseg.report.facts import LOSS_POINTS, reasons, state, title, title_of_state, verdicts
from pocketseg.report.numbers import Number, numbers
from pocketseg.report.pareto import Group, not_told_from_fp32
from pocketseg.report.pareto import notes as on_ranks
from pocketseg.report.parts import prose
from pocketseg.report.places import Places
from pocketseg.report.tables import Cell, Column, Line, breakable, number_cell, tabular

_NAMES = ("Model", "Recipe", "Target", "Runtime")
_STAR = ' <span class="star" title="on the Pareto front">★<span class="away"> on the Pareto front</span></span>'
_LEGEND = (
    "★ on the Pareto front of its target, device, kind of measurement and photos. Small print: 95 % intervals. Agree: "
    "pixels equal to the fp32 network's. ΔmIoU: points of difference from fp32; ≈: no difference shown at 95 % "
    "confidence. Press a title to sort."
)
_UNTIMED = "VALID in a row without a latency refers to its score alone."


def every_file(
    rows: Sequence[BenchmarkRow], found: Sequence[Group], places: Places, fp32_miou: Mapping[str, float] | None,
    numbered: Mapping[int, str],
) -> str:  # fmt: skip
    """Return the section with the table, or an empty text without rows.

    numbered: the identifier of each row in the page's filter, by `id(row)`.
    """
    if not rows:
        return ""
    best = {id(row) for group in found if len(group.rows) > 1 for row in group.front}
    same = not_told_from_fp32(found, fp32_miou)
    titles = [number.title for number in numbers(rows[0], rows, fp32_miou)]
    extra = [name for name, shown in (("Where", places.shown), ("Photos", places.photos.shown)) if shown]
    columns = [Column(title=name) for name in (*_NAMES, *extra, title_of_state(rows))]
    columns += [Column(title=name, kind="number") for name in titles]
    lines = []
    for row in rows:
        named = breakable(row.model) + (_STAR if id(row) in best else "")
        cells = [Cell(html=named, is_name=True)]
        cells += [Cell(html=breakable(text)) for text in (row.recipe, row.target, row.runtime)]
        cells += [Cell(html=escape(places.of(row)), kind="where")] if places.shown else []
        cells += [Cell(html=escape(places.photos.of(row)))] if places.photos.shown else []
        cells.append(_state(row, places))
        if row.status == "ok":
            cells += [_number(number) for number in numbers(row, rows, fp32_miou, same, places.earlier)]
        else:
            cells.append(Cell(html=prose(row.reason), kind="reason", span=len(titles)))
        lines.append(Line(cells=cells, kind=row.status, data=known(row, numbered)))
    untimed = any(row.status == "ok" and row.verdict == "VALID" and row.p50_ms is None for row in rows)
    said = [_LEGEND, *([_UNTIMED] if untimed else []), *on_ranks(found, places)]
    return tabular("Every file", "files", columns, lines, escape(" ".join(said)))


def known(row: BenchmarkRow, numbered: Mapping[int, str]) -> dict[str, str]:
    """Return the attributes by which the page's filter finds a row."""
    found = {"row": numbered[id(row)], "target": row.target, "model": row.model, "file": title(row)}
    return found | ({"verdict": row.verdict} if row.verdict else {})


def _state(row: BenchmarkRow, places: Places) -> Cell:
    why = "; ".join(row.verdict_reasons).replace("`", "")
    before = ", earlier run" if id(row) in places.earlier else ""
    return Cell(html=f"{escape(state(row))}{before}", kind=f"state {escape(state(row).lower())}", note=why)


def _number(number: Number) -> Cell:
    low = number.title == "ΔmIoU" and number.value is not None and number.value < -LOSS_POINTS
    return number_cell(number, " low" if low else "")


def not_valid(rows: Sequence[BenchmarkRow], places: Places) -> str:
    """Return the section with the reasons why measurements are not VALID, or an empty text if all are."""
    found = verdicts(rows, places.title)
    items = "".join(_item(verdict.lower(), verdict, reason, titles) for verdict, reason, titles in found)
    return (
        f'<section id="not-valid"><h2>Not VALID, and why</h2><ul id="verdicts">{items}</ul></section>' if items else ""
    )


def without_result(rows: Sequence[BenchmarkRow], places: Places) -> str:
    """Return the section with the reasons why files were refused or failed, or an empty text if none were."""
    found = reasons(rows, places.title)
    items = "".join(_item(status, status, reason, titles) for status, reason, titles in found)
    return (
        f'<section id="no-result"><h2>Refused and failed</h2><ul id="reasons">{items}</ul></section>' if items else ""
    )


def _item(kind: str, state: str, reason: str, titles: Sequence[str]) -> str:
    return (
        f'<li><strong class="{escape(kind)}">{escape(state)}</strong> {prose(reason)} '
        f'<span class="caption">{escape(", ".join(titles))}</span></li>'
    )
