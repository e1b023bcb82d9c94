"""The page's fronts: one plot per target and device, in which a line joins the front and files off it are pale."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

from benchmark.where import where
from pocketseg.core.types import BenchmarkRow
from pocketseg.report.facts import by_model, score_name
from pocketseg.report.marks import marker
from pocketseg.report.numbers import between_mious, between_ms
from pocketseg.report.overview import KEYBOARD, about_bars, verdict_name
from pocketseg.report.pareto import NO_RANK, NOT_COUNTED, ON_A_FRONT, Group, broken_files, not_counted, without_records
from pocketseg.report.places import Places
from pocketseg.report.plots import Point, scatter

APART = "Files of different devices cannot be compared: the latencies of one device never decide the front of another."
_WIDTH_PX, _HEIGHT_PX = 560, 380


def panels(rows: Sequence[BenchmarkRow], every: Sequence[Group], numbered: Mapping[int, str]) -> str:
    """Return the section of fronts, or an empty text if no target has two files to compare.

    Args:
        every: all groups of the rows.
        numbered: the identifier of each row in the page's filter, by `id(row)`.
    """
    found = [group for group in every if len(group.rows) > 1]
    if not found:
        return ""
    targets, models = list(dict.fromkeys(r.target for r in rows)), list(by_model(rows))
    called = Places(rows).title
    figures = "".join(_panel(group, targets, models, called, numbered) for group in found)
    devices = f" {APART}" if len({group.device for group in found}) > 1 else ""
    shown = [row for group in found for row in group.rows]
    caption = (
        f"One plot for each target, device and kind of measurement.{devices} {ON_A_FRONT} Joined: the front. Pale: "
        f"files that are not on it. {' '.join([*about_bars(shown), KEYBOARD])}"
    )
    return (
        f'<section id="fronts"><h2>Fronts, target by target</h2><p class="caption">{escape(caption)} '
        f'{_keys(found, models)}</p><div class="plots panels">{figures}</div></section>'
    )


def _keys(found: Sequence[Group], models: Sequence[str]) -> str:
    """Return the marks with the names of their models."""
    shown = {row.model for group in found for row in group.rows}
    return "".join(
        f'<span class="key"><svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><g class="point ink">'
        f"{marker(shape, 8, 8, 5.5)}</g></svg>{escape(model)}</span>"
        for shape, model in enumerate(models)
        if model in shown
    )


def _panel(
    group: Group, targets: Sequence[str], models: Sequence[str], called: Callable[[BenchmarkRow], str],
    numbered: Mapping[int, str],
) -> str:  # fmt: skip
    best = {id(row) for row in group.front}
    beaten = [row for row in group.rows if id(row) not in best]
    points = [
        _point(row, group, targets, models, numbered, pale=True) for row in beaten
    ]  # the front is drawn over them
    points += [_point(row, group, targets, models, numbered, pale=False) for row in group.front]
    what = "p50 latency" if group.is_timed else "file size"
    drawn = scatter(
        points,
        [(_x(row, group), row.miou or 0.0) for row in group.front],
        width_px=_WIDTH_PX,
        height_px=_HEIGHT_PX,
        x_label="p50 latency, ms (log scale)" if group.is_timed else "file size, MB (log scale)",
        y_label=score_name(group.rows),
        name=f"{group.target} on {group.device}: {score_name(group.rows)} against {what}",
        description=f"{len(group.rows)} files, {len(group.front)} of them on the front, the cheapest first: "
        + "; ".join(", ".join(_details(row)[:-1]) for row in group.front),
    )
    caption = f"{len(group.front)} of {len(group.rows)} files on the front."
    if group.ranks is None:
        caption += f" It compares point values ({without_records(group.rows)})."
    if group.is_timed and group.ranks and any(row.verdict == "INVALID" for row in group.rows):
        caption += f" {NO_RANK}: no file leaves the front because of them."
    if broken := broken_files(group):
        caption += f" On no front, because the output is not what it was at export: {', '.join(map(called, broken))}."
    if out := not_counted(group, called):
        caption += f" {NOT_COUNTED}: {', '.join(out)}."
    if not group.is_timed:
        caption += " No latency was measured here, so the front is of size."
    elif group.moments > 1 and group.ranks is None:
        caption += (
            f" Their latencies come from {group.moments} measurements at different times: small differences may be the "
            "machine's."
        )
    return (
        f'<figure><h3>{escape(group.target)}<span class="caption">{escape(group.device)}</span></h3>{drawn}'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _x(row: BenchmarkRow, group: Group) -> float:
    """Return a row's value on the x axis: ms, or MB (1e6 bytes)."""
    return (row.p50_ms or 0.0) if group.is_timed else (row.size_bytes or 0) / 1e6


def _point(
    row: BenchmarkRow, group: Group, targets: Sequence[str], models: Sequence[str], numbered: Mapping[int, str], *,
    pale: bool,
) -> Point:  # fmt: skip
    details, names = _details(row), () if pale else (row.recipe, _ran(row))
    return Point(
        x=_x(row, group),
        y=row.miou or 0.0,
        label=("" if pale else "on the front: ") + ", ".join(details),
        target=row.target,
        model=row.model,
        color=targets.index(row.target),
        shape=models.index(row.model),
        hollow=row.precision == "w8a8",
        low=row.miou_low,
        high=row.miou_high,
        x_low=row.p50_low_ms if group.is_timed else None,
        x_high=row.p50_high_ms if group.is_timed else None,
        pale=pale,
        details=details,
        name=" ".join(filter(None, (*names, verdict_name(row) if group.is_timed else ""))),
        sign=row.verdict if group.is_timed else "",
        verdict=row.verdict,
        row=numbered[id(row)],
    )


def _details(row: BenchmarkRow) -> tuple[str, ...]:
    """Describe the file of a mark line by line, its file name last."""
    size = "not measured" if row.size_bytes is None else f"{row.size_bytes / 1e6:.2f} MB"
    time = "not measured" if row.p50_ms is None else f"{row.p50_ms:.2f} ms{_bracketed(between_ms(row))}"
    scores = f"{score_name([row])} {row.miou:.4f}{_bracketed(between_mious(row))}"
    scores += "" if row.test_miou is None else f", test mIoU {row.test_miou:.4f}"
    verdict = (f"verdict {row.verdict}",) if row.verdict else ()
    name = f"{row.model} {row.recipe}{f' ({ran})' if (ran := _ran(row)) else ''}"
    return name, f"p50 {time}", scores, f"size {size}", *verdict, row.artifact or "no file"


def _ran(row: BenchmarkRow) -> str:
    """Return the accelerator that ran a file, if it is not obvious: on a phone, several may share one plot."""
    place = where(row)
    return "" if place is None else place.accelerator


def _bracketed(between: str) -> str:
    return f" ({between})" if between else ""
