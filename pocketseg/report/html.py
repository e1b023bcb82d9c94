"""report.html: one page that needs nothing but itself; every text from a row is escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from string import Template

from pocketseg.core.classes import CLASSES, colors
from pocketseg.core.files import write_text
from pocketseg.core.types import BenchmarkRow
from pocketseg.report.facts import LOSS_POINTS, by_model, is_timed, losses, pareto, reasons, title, where
from pocketseg.report.gallery import GalleryPhoto, Thumbnail, within_budget
from pocketseg.report.numbers import ABSENT, Number, numbers
from pocketseg.report.plots import PALETTE, Point, course, marker, scatter, strip

_FOLDER = Path(__file__).parent
_PICTURES_BYTES = 4_500_000  # the page stays under 6 MB
_DESCRIBE = ("Model", "Recipe", "Target", "Runtime", "Status")


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
    template = Template((_FOLDER / "page.html").read_text(encoding="utf-8"))
    script = (_FOLDER / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    written = f"{datetime.now().astimezone():%Y-%m-%d %H:%M %Z}"
    sections = [
        _plots(rows), _table(rows, fp32_miou), _without_result(rows), _classes(rows), _latencies(rows),
        _gallery(gallery),
    ]  # fmt: skip
    return template.substitute(
        style=(_FOLDER / "page.css").read_text(encoding="utf-8"),
        script=script,
        script_hash=digest,
        summary=escape(_summary(rows)),
        where=escape(" ".join(where(rows))),
        written=escape(written),
        notes=_notes(losses(rows, fp32_miou), "loss") + _notes(notes, "note"),
        sections="\n".join(section for section in sections if section),
    )


def _summary(rows: Sequence[BenchmarkRow]) -> str:
    counts = {status: sum(row.status == status for row in rows) for status in ("ok", "refused", "failed")}
    targets = dict.fromkeys(row.target for row in rows)
    return (
        f"{len(rows)} combinations of {', '.join(by_model(rows)) or 'no network'} "
        f"for {', '.join(targets) or 'no target'}: "
        f"{counts['ok']} measured, {counts['refused']} refused, {counts['failed']} failed."
    )


def _notes(sentences: Sequence[str], kind: str) -> str:
    return "".join(f'<p class="{kind}">{escape(sentence)}</p>' for sentence in sentences)


def _plots(rows: Sequence[BenchmarkRow]) -> str:
    timed = [row for row in rows if is_timed(row)]
    sized = [row for row in rows if row.status == "ok" and row.miou is not None and row.size_bytes]
    targets, models = list(dict.fromkeys(r.target for r in rows)), list(by_model(rows))
    figures = []
    if timed:
        front = [(row.p50_ms or 0, row.miou or 0) for row in pareto(rows)]
        points = [_point(row, row.p50_ms or 0, f"p50 {row.p50_ms:.2f} ms", targets, models) for row in timed]
        drawn = scatter(points, front, width_px=820, height_px=460, x_label="p50 latency, ms (log scale)",
                        y_label="mIoU", name="mIoU against p50 latency of every file")  # fmt: skip
        caption = "Up and left is better. Dashed: the Pareto front, files that no other beats in both."
        figures.append(f'<figure class="wide" id="latency-plot">{drawn}<figcaption>{caption}</figcaption></figure>')
    if sized:
        points = [_point(r, (r.size_bytes or 0) / 1e6, f"{(r.size_bytes or 0) / 1e6:.2f} MB", targets, models)
                  for r in sized]  # fmt: skip
        drawn = scatter(points, (), width_px=420, height_px=330, x_label="file size, MB (log scale)",
                        y_label="mIoU", name="mIoU against size of every file")  # fmt: skip
        caption = "Smaller is not always faster: compare with the plot of latencies."
        figures.append(f'<figure id="size-plot">{drawn}<figcaption>{caption}</figcaption></figure>')
    if not figures:
        return ""
    shown = [row for row in rows if any(row is other for other in timed + sized)]
    legend = _legend([t for t in targets if any(r.target == t for r in shown)],
                     [m for m in models if any(r.model == m for r in shown)], targets, models)  # fmt: skip
    return f'<section><h2>IoU against latency</h2>{legend}<div class="plots">{"".join(figures)}</div></section>'


def _point(row: BenchmarkRow, x: float, what: str, targets: Sequence[str], models: Sequence[str]) -> Point:
    return Point(
        x=x,
        y=row.miou or 0.0,
        label=f"{title(row)} ({row.runtime}): mIoU {row.miou:.4f}, {what}",
        target=row.target,
        model=row.model,
        color=targets.index(row.target),
        shape=models.index(row.model),
        hollow=row.precision == "w8a8",
    )


def _legend(shown: Sequence[str], shown_models: Sequence[str], targets: Sequence[str], models: Sequence[str]) -> str:
    buttons = [_toggle("target", t, f"c{targets.index(t) % PALETTE}", 0) for t in shown]
    buttons += [_toggle("model", m, "ink", models.index(m)) for m in shown_models]
    return (
        f'<div class="legend" role="group" aria-label="show or hide">{"".join(buttons)}'
        '<span class="key">filled: float, hollow: w8a8</span></div>'
    )


def _toggle(kind: str, name: str, color: str, shape: int) -> str:
    icon = f'<svg viewBox="0 0 16 16" aria-hidden="true"><g class="point {color}">{marker(shape, 8, 8, 5.5)}</g></svg>'
    return f'<button type="button" aria-pressed="true" data-{kind}="{escape(name)}">{icon}{escape(name)}</button>'


def _table(rows: Sequence[BenchmarkRow], fp32_miou: Mapping[str, float] | None) -> str:
    if not rows:
        return ""
    front = pareto(rows)
    measures = [number.title for number in numbers(rows[0], rows, fp32_miou)]
    heads = "".join(map(_head, _DESCRIBE)) + "".join(_head(name, "number") for name in measures)
    lines = []
    for row in rows:
        best = any(row is other for other in front)
        star = ' <span class="star" title="on the Pareto front">★<span class="away">Pareto</span></span>'
        names = (row.model, row.recipe, row.target, row.runtime, row.status)
        cells = [f"<td>{escape(text)}{star if best and i == 0 else ''}</td>" for i, text in enumerate(names)]
        if row.status == "ok":
            cells += [_cell(number) for number in numbers(row, rows, fp32_miou)]
        else:
            cells.append(f'<td class="reason" colspan="{len(measures)}">{escape(row.reason)}</td>')
        lines.append(f'<tr class="{escape(row.status)}">{"".join(cells)}</tr>')
    legend = "★ on the Pareto front. Agree: pixels equal to the fp32 network's. ΔmIoU in points against fp32."
    return _tabular("Every file", "files", heads, lines, f"{legend} Press a title to sort.")


def _head(content: str, kind: str = "") -> str:
    return f'<th scope="col" class="{kind}"><button type="button">{content}</button></th>'


def _cell(number: Number) -> str:
    low = " low" if number.title == "ΔmIoU" and number.value is not None and number.value < -LOSS_POINTS else ""
    value = "" if number.value is None else f' data-value="{number.value:.9g}"'
    return f'<td class="number{low}"{value}>{number.text}</td>'


def _tabular(name: str, ident: str, heads: str, lines: Sequence[str], caption: str) -> str:
    return (
        f'<section><h2>{name}</h2><div class="scroll" tabindex="0" role="region" aria-label="{name}">'
        f'<table id="{ident}"><thead><tr>{heads}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'
        f'<p class="caption">{caption}</p></section>'
    )


def _without_result(rows: Sequence[BenchmarkRow]) -> str:
    found = reasons(rows)
    if not found:
        return ""
    items = "".join(
        f'<li><strong class="{escape(status)}">{escape(status)}</strong> {escape(reason)} '
        f'<span class="caption">{escape(", ".join(titles))}</span></li>'
        for status, reason, titles in found
    )
    return f'<section><h2>Refused and failed</h2><ul id="reasons">{items}</ul></section>'


def _classes(rows: Sequence[BenchmarkRow]) -> str:
    scored = [row for row in rows if row.iou]
    if not scored:
        return ""
    names = list(dict.fromkeys(name for row in scored for name in row.iou))
    paint = dict(zip(CLASSES, colors(len(CLASSES)), strict=True))
    swatch = {n: f'<i class="swatch" style="background:rgb{c}"></i>' for n, c in paint.items()}
    heads = _head("File") + "".join(_head(swatch.get(n, "") + escape(n), "number") for n in (*names, "mean"))
    lines = []
    for row in scored:
        values = [*(row.iou.get(name) for name in names), row.miou]
        cells = "".join(_bar(value) for value in values)
        lines.append(f'<tr><th scope="row">{escape(title(row))}</th>{cells}</tr>')
    return _tabular("IoU per class", "classes", heads, lines, "Bars run from 0 to 1. Press a title to sort.")


def _bar(value: float | None) -> str:
    if value is None:
        return f'<td class="number">{ABSENT}</td>'
    return f'<td class="number bar" style="--share:{value:.4f}" data-value="{value:.9g}">{value:.4f}</td>'


def _latencies(rows: Sequence[BenchmarkRow]) -> str:
    timed = [row for row in rows if row.latencies_ms and row.p50_ms and min(row.latencies_ms) > 0]
    if not timed:
        return ""
    low, high = min(min(r.latencies_ms) for r in timed), max(max(r.latencies_ms) for r in timed)
    names = ("File", "Runs", f"{low:.1f} to {high:.1f} ms, log scale", "First to last run, own scale", "Range ms")
    heads = "".join(f'<th scope="col">{name}</th>' for name in names)
    lines = [
        f'<tr><th scope="row">{escape(title(row))}</th><td class="number">{len(row.latencies_ms)}</td>'
        f"<td>{strip(row.latencies_ms, row.p50_ms or 0, row.p90_ms, low, high)}</td>"
        f"<td>{course(row.latencies_ms)}</td>"
        f'<td class="number">{min(row.latencies_ms):.2f} to {max(row.latencies_ms):.2f}</td></tr>'
        for row in timed
    ]
    caption = "One tick a run; the tall lines are p50 (solid) and p90 (dashed)."
    return _tabular("Every timed run", "latencies", heads, lines, caption)


def _gallery(photos: Sequence[GalleryPhoto]) -> str:
    if not photos:
        return ""
    made = within_budget(photos, _PICTURES_BYTES)
    blocks = [
        f'<h3>{escape(photo.photo_id)}</h3><div class="gallery">{"".join(map(_figure, pictures))}</div>'
        for photo, pictures in zip(photos, made, strict=False)
    ]
    left_out = len(photos) - len(made)
    note = f" {left_out} more photo(s) left out to keep this page small." if left_out else ""
    keys = "".join(
        f'<span class="key"><i class="swatch" style="background:rgb{c}"></i>{escape(n)}</span>'
        for n, c in zip(CLASSES[1:], colors(len(CLASSES))[1:], strict=True)
    )
    caption = f"Under each mask: mIoU over that photo alone. Hatched: not scored.{note}"
    return f'<section><h2>What each file sees</h2><p class="caption">{keys} {caption}</p>{"".join(blocks)}</section>'


def _figure(picture: Thumbnail) -> str:
    score = "" if picture.miou is None else f"<b>{picture.miou:.3f}</b>"
    alt = picture.caption if picture.miou is None else f"mask of {picture.caption}, mIoU {picture.miou:.3f}"
    return (
        f'<figure><img loading="lazy" src="{picture.uri}" alt="{escape(alt)}">'
        f"<figcaption>{escape(picture.caption)} {score}</figcaption></figure>"
    )
