"""report.html: one page that needs nothing but itself; every text from a row is escaped."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path

from pocketseg.core.classes import CLASSES, colors
from pocketseg.core.files import write_text
from pocketseg.core.types import BenchmarkRow
from pocketseg.report.facts import (
    LOSS_POINTS,
    by_model,
    is_timed,
    losses,
    reasons,
    score_name,
    state,
    title_of_state,
    verdicts,
    where,
)
from pocketseg.report.gallery import GalleryPhoto, within_budget
from pocketseg.report.numbers import Number, numbers
from pocketseg.report.panels import panels
from pocketseg.report.pareto import Group, groups, not_told_from_fp32
from pocketseg.report.pareto import notes as on_ranks
from pocketseg.report.parts import bar, cell, document, figure, head, keys, paragraphs, prose, swatch, tabular, toggle
from pocketseg.report.places import Places
from pocketseg.report.plots import PALETTE, Point, course, scatter, strip

_PICTURES_BYTES = 4_500_000  # the page stays under 6 MB
_DESCRIBE = ("Model", "Recipe", "Target", "Runtime")


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
    """Make the page's text."""
    found, places = groups(rows), Places(rows)
    sections = [
        _plots(rows, places), panels(rows, found), _table(rows, found, places, fp32_miou), _verdicts(rows, places),
        _without_result(rows, places), _classes(rows, places), _latencies(rows, places), _gallery(gallery),
    ]  # fmt: skip
    sentences = paragraphs(losses(rows, fp32_miou, places.title), "loss") + paragraphs(notes, "note")
    summary, on = _summary(rows, places), " ".join(where(rows))
    return document("PocketSeg: IoU against latency", "PocketSeg report", summary, on, sentences, sections)


def _summary(rows: Sequence[BenchmarkRow], places: Places) -> str:
    counts = {status: sum(row.status == status for row in rows) for status in ("ok", "refused", "failed")}
    targets = dict.fromkeys(row.target for row in rows)
    on = f" on {len(places.devices)} devices" if len(places.devices) > 1 else ""
    return (
        f"{len(rows)} combinations of {', '.join(by_model(rows)) or 'no network'} "
        f"for {', '.join(targets) or 'no target'}{on}: "
        f"{counts['ok']} measured, {counts['refused']} refused, {counts['failed']} failed."
    )


def _plots(rows: Sequence[BenchmarkRow], places: Places) -> str:
    counted = [row for row in rows if id(row) not in places.earlier]
    timed = [row for row in counted if is_timed(row)]
    sized = [row for row in counted if row.status == "ok" and row.miou is not None and row.size_bytes]
    targets, models, score = list(dict.fromkeys(r.target for r in rows)), list(by_model(rows)), score_name(rows)
    figures = []
    for on, ending, own in _apart(timed, lambda row: _axes(row, places)):  # scores on other photos share none either
        points = [
            dataclasses.replace(
                _point(row, row.p50_ms or 0, f"p50 {row.p50_ms:.2f} ms", targets, models, places),
                x_low=row.p50_low_ms, x_high=row.p50_high_ms,
            )
            for row in own
        ]  # fmt: skip
        kind, wide, high = ("", 560, 380) if on else ("wide", 820, 460)
        drawn = scatter(points, (), width_px=wide, height_px=high, x_label="p50 latency, ms (log scale)",
                        y_label=score, name=f"{score} against p50 latency of every file{on and f': {on}'}")  # fmt: skip
        caption = (
            "Up and left is better. Bars: 95 % intervals of each file alone. Which files others are shown to beat is "
            "said target by target below."
        )
        title_of_plot = f"<h3>{escape(on)}</h3>" if on else ""
        figures.append(
            f'<figure class="{kind}" id="latency-plot{ending}">{title_of_plot}{drawn}<figcaption>{caption}</figcaption>'
            "</figure>"
        )
    for on, ending, own in _apart(sized, lambda row: _photos(row, places)):
        points = [_point(r, (r.size_bytes or 0) / 1e6, f"{(r.size_bytes or 0) / 1e6:.2f} MB", targets, models, places)
                  for r in own]  # fmt: skip
        drawn = scatter(points, (), width_px=420, height_px=330, x_label="file size, MB (log scale)",
                        y_label=score, name=f"{score} against size of every file{on and f': {on}'}")  # fmt: skip
        title_of_plot = f"<h3>{escape(on)}</h3>" if on else ""
        caption = "Smaller is not always faster: compare with the plot of latencies."
        figures.append(
            f'<figure id="size-plot{ending}">{title_of_plot}{drawn}<figcaption>{caption}</figcaption></figure>'
        )
    if not figures:
        return ""
    shown = [row for row in rows if any(row is other for other in timed + sized)]
    legend = _legend([t for t in targets if any(r.target == t for r in shown)],
                     [m for m in models if any(r.model == m for r in shown)], targets, models)  # fmt: skip
    kind = "plots panels" if places.shown or places.photos.shown else "plots"
    return f'<section><h2>IoU against latency</h2>{legend}<div class="{kind}">{"".join(figures)}</div></section>'


def _apart(
    rows: Sequence[BenchmarkRow], named: Callable[[BenchmarkRow], str]
) -> list[tuple[str, str, list[BenchmarkRow]]]:
    """Give the rows of each name with it, and what the ids of its parts of the page end in."""
    found: dict[str, list[BenchmarkRow]] = {}
    for row in rows:
        found.setdefault(named(row), []).append(row)
    return [(name, f"-{at}" if at > 1 else "", own) for at, (name, own) in enumerate(found.items(), 1)]


def _device(row: BenchmarkRow, places: Places) -> str:
    """Name a row's device; empty where the page tells of one computer alone."""
    device = places.device(row)
    return places.devices[device] if places.shown and device is not None else ""


def _photos(row: BenchmarkRow, places: Places) -> str:
    """Name the photos that a row was scored on; empty where all were scored on the same."""
    return f"{places.photos.of(row)} photos" if places.photos.shown else ""


def _axes(row: BenchmarkRow, places: Places) -> str:
    return ", ".join(filter(None, (_device(row, places), _photos(row, places))))


def _point(
    row: BenchmarkRow, x: float, what: str, targets: Sequence[str], models: Sequence[str], places: Places
) -> Point:
    return Point(
        x=x,
        y=row.miou or 0.0,
        label=f"{places.title(row)} ({row.runtime}): {score_name([row])} {row.miou:.4f}, {what}",
        target=row.target,
        model=row.model,
        color=targets.index(row.target),
        shape=models.index(row.model),
        hollow=row.precision.startswith("w8a8"),
        low=row.miou_low,
        high=row.miou_high,
    )


def _legend(shown: Sequence[str], shown_models: Sequence[str], targets: Sequence[str], models: Sequence[str]) -> str:
    buttons = [toggle("target", t, f"c{targets.index(t) % PALETTE}", 0) for t in shown]
    buttons += [toggle("model", m, "ink", models.index(m)) for m in shown_models]
    return (
        f'<div class="legend" role="group" aria-label="show or hide">{"".join(buttons)}'
        '<span class="key">filled: float, hollow: w8a8</span></div>'
    )


def _table(
    rows: Sequence[BenchmarkRow], found: Sequence[Group], places: Places, fp32_miou: Mapping[str, float] | None
) -> str:
    if not rows:
        return ""
    best = {id(row) for group in found if len(group.rows) > 1 for row in group.front}
    same = not_told_from_fp32(found, fp32_miou)
    measures = [number.title for number in numbers(rows[0], rows, fp32_miou)]
    extra = [name for name, shown in (("Where", places.shown), ("Photos", places.photos.shown)) if shown]
    heads = "".join(map(head, (*_DESCRIBE, *extra, title_of_state(rows))))
    heads += "".join(head(name, "number") for name in measures)
    lines = []
    for row in rows:
        star = ' <span class="star" title="on the Pareto front">★<span class="away">Pareto</span></span>'
        names = (row.model, row.recipe, row.target, row.runtime)
        cells = [f"<td>{escape(text)}{star if id(row) in best and i == 0 else ''}</td>" for i, text in enumerate(names)]
        cells += [f'<td class="where">{escape(places.of(row))}</td>'] if places.shown else []
        cells += [f"<td>{escape(places.photos.of(row))}</td>"] if places.photos.shown else []
        why = f' title="{escape("; ".join(row.verdict_reasons).replace("`", ""))}"' if row.verdict_reasons else ""
        before = ", earlier run" if id(row) in places.earlier else ""
        cells.append(f'<td class="{escape(state(row).lower())}"{why}>{escape(state(row))}{before}</td>')
        if row.status == "ok":
            cells += [_cell(number) for number in numbers(row, rows, fp32_miou, same, places.earlier)]
        else:
            cells.append(f'<td class="reason" colspan="{len(measures)}">{prose(row.reason)}</td>')
        lines.append(f'<tr class="{escape(row.status)}">{"".join(cells)}</tr>')
    legend = (
        "★ on the Pareto front of its target, device, kind of measurement and photos. Small: 95 % intervals. Agree: "
        "pixels equal to the fp32 network's. ΔmIoU in points against fp32; ≈: no difference shown."
    )
    said = " ".join(on_ranks(found, places))
    return tabular("Every file", "files", heads, lines, escape(f"{legend} Press a title to sort. {said}".rstrip()))


def _verdicts(rows: Sequence[BenchmarkRow], places: Places) -> str:
    found = verdicts(rows, places.title)
    if not found:
        return ""
    items = "".join(
        f'<li><strong class="{verdict.lower()}">{verdict}</strong> {prose(reason)} '
        f'<span class="caption">{escape(", ".join(titles))}</span></li>'
        for verdict, reason, titles in found
    )
    return f'<section><h2>Not VALID, and why</h2><ul id="verdicts">{items}</ul></section>'


def _cell(number: Number) -> str:
    low = number.title == "ΔmIoU" and number.value is not None and number.value < -LOSS_POINTS
    return cell(number, " low" if low else "")


def _without_result(rows: Sequence[BenchmarkRow], places: Places) -> str:
    found = reasons(rows, places.title)
    if not found:
        return ""
    items = "".join(
        f'<li><strong class="{escape(status)}">{escape(status)}</strong> {prose(reason)} '
        f'<span class="caption">{escape(", ".join(titles))}</span></li>'
        for status, reason, titles in found
    )
    return f'<section><h2>Refused and failed</h2><ul id="reasons">{items}</ul></section>'


def _classes(rows: Sequence[BenchmarkRow], places: Places) -> str:
    """Give the table of IoU per class, and a second one of test photos where files were scored on others besides."""
    scored = [(places.title(row), row.iou, row.miou) for row in rows if row.iou]
    tested = [(places.title(row), row.test_iou, row.test_miou) for row in rows if row.test_iou]
    part = f", {score_name(rows).removesuffix(' mIoU')} photos" if tested else ""
    return _per_class(f"IoU per class{part}", "classes", scored) + _per_class(
        "IoU per class, test photos", "test-classes", tested
    )


def _per_class(name: str, ident: str, scored: Sequence[tuple[str, Mapping[str, float | None], float | None]]) -> str:
    if not scored:
        return ""
    names = list(dict.fromkeys(name for _, iou, _ in scored for name in iou))
    paint = dict(zip(CLASSES, colors(len(CLASSES)), strict=True))
    titles = [(swatch(paint[n]) if n in paint else "") + escape(n) for n in (*names, "mean")]
    heads = head("File") + "".join(head(text, "number") for text in titles)
    lines = []
    for file, iou, miou in scored:
        cells = "".join(bar(value) for value in [*(iou.get(name) for name in names), miou])
        lines.append(f'<tr><th scope="row">{escape(file)}</th>{cells}</tr>')
    return tabular(name, ident, heads, lines, "Bars run from 0 to 1. Press a title to sort.")


def _latencies(rows: Sequence[BenchmarkRow], places: Places) -> str:
    timed = [row for row in rows if row.latencies_ms and row.p50_ms and min(row.latencies_ms) > 0]
    return "".join(
        _every_run(own, places, on, ending) for on, ending, own in _apart(timed, lambda row: _device(row, places))
    )


def _every_run(timed: Sequence[BenchmarkRow], places: Places, on: str, ending: str) -> str:
    low, high = min(min(r.latencies_ms) for r in timed), max(max(r.latencies_ms) for r in timed)
    names = ("File", "Runs", f"{low:.1f} to {high:.1f} ms, log scale", "First to last run, own scale", "Range ms")
    heads = "".join(f'<th scope="col">{name}</th>' for name in names)
    lines = [
        f'<tr><th scope="row">{escape(places.title(row))}</th><td class="number">{len(row.latencies_ms)}</td>'
        f"<td>{strip(row.latencies_ms, row.p50_ms or 0, row.p90_ms, low, high)}</td>"
        f"<td>{course(row.latencies_ms)}</td>"
        f'<td class="number">{min(row.latencies_ms):.2f} to {max(row.latencies_ms):.2f}</td></tr>'
        for row in timed
    ]
    caption = "One tick a run; the tall lines are p50 (solid) and p90 (dashed)."
    name = f"Every timed run{f' on {escape(on)}' if on else ''}"
    return tabular(name, f"latencies{ending}", heads, lines, caption)


def _gallery(photos: Sequence[GalleryPhoto]) -> str:
    if not photos:
        return ""
    made = within_budget(photos, _PICTURES_BYTES)
    blocks = [
        f'<h3>{escape(photo.photo_id)}</h3><div class="gallery">{"".join(map(figure, pictures))}</div>'
        for photo, pictures in zip(photos, made, strict=False)
    ]
    left_out = len(photos) - len(made)
    more = f"{left_out} more photo{'' if left_out == 1 else 's'}"
    note = f" {more} left out to keep this page small." if left_out else ""
    caption = f"Under each mask: mIoU over that photo alone. Hatched: not scored.{note}"
    return f'<section><h2>What each file sees</h2><p class="caption">{keys()} {caption}</p>{"".join(blocks)}</section>'
