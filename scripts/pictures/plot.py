"""The plot of mIoU against latency, every timed file with its intervals, as SVG for light and for dark pages."""

from __future__ import annotations

from pathlib import Path

from pocketseg.core.files import write_text
from pocketseg.core.types import BenchmarkRow
from pocketseg.report.facts import is_timed
from pocketseg.report.marks import PALETTE, marker
from pocketseg.report.plots import Point, scatter
from scripts.front_page import SHOWN, TARGETS, targets_of
from scripts.kept_rows import Kept

_WIDTH_PX, _HEIGHT_PX, _LEGEND_PX = 700, 360, 58
_THEMES = {  # text, faint lines, marks of the targets in turn; of GitHub's own colours
    "light": ("#1f2328", "#d1d9e0", ("#0969da", "#bc4c00", "#1a7f37", "#8250df", "#cf222e")),
    "dark": ("#f0f6fc", "#3d444d", ("#4493f8", "#db6d28", "#3fb950", "#ab7df8", "#f85149")),
}


def write_plots(kept: Kept, out: Path) -> list[Path]:
    """Write plot-light.svg and plot-dark.svg."""
    return [write_text(out / f"plot-{theme}.svg", drawn(kept, theme)) for theme in _THEMES]


def drawn(kept: Kept, theme: str) -> str:
    """Return the plot in one theme, on a transparent ground."""
    rows = [row for row in kept.rows if is_timed(row)]
    targets = targets_of(rows)
    body = scatter(
        [_point(row, targets) for row in rows],
        (),
        width_px=_WIDTH_PX,
        height_px=_HEIGHT_PX,
        x_label="p50 latency on a computer's processor, one thread, ms (log scale)",
        y_label=f"mIoU, {rows[0].photos} {rows[0].split} photos",
        name="mIoU against latency",
    )
    inside = body.partition(">")[2].removesuffix("</svg>")
    text, line, colors = _THEMES[theme]
    height = _HEIGHT_PX + _LEGEND_PX
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH_PX}" height="{height}" '
        f'viewBox="0 -{_LEGEND_PX} {_WIDTH_PX} {height}">{_style(text, line, colors)}{_legend(targets)}{inside}</svg>\n'
    )


def _point(row: BenchmarkRow, targets: list[str]) -> Point:
    return Point(
        x=row.p50_ms or 0.0,
        y=row.miou or 0.0,
        label=f"{row.model} {row.target} {row.recipe}",
        target=row.target,
        model=row.model,
        color=targets.index(row.target),
        shape=list(SHOWN).index(row.model),
        hollow=row.precision == "w8a8",
        low=row.miou_low,
        high=row.miou_high,
        x_low=row.p50_low_ms,
        x_high=row.p50_high_ms,
    )


def _style(text: str, line: str, colors: tuple[str, ...]) -> str:
    marks = "".join(
        f".c{place} :is(circle,polygon){{fill:{color};stroke:{color}}}.c{place} .spread{{stroke:{color}}}"
        f".c{place}.hollow :is(circle,polygon){{fill:none}}"
        for place, color in enumerate(colors[:PALETTE])
    )
    return (
        "<style>text{font:14px -apple-system,'Segoe UI',Helvetica,Arial,sans-serif;"
        f"fill:{text};text-anchor:middle}}.y{{text-anchor:end}}.label.y{{text-anchor:start}}.key{{text-anchor:start}}"
        f".grid{{stroke:{line};fill:none}}.spread{{fill:none;stroke-width:1.2;opacity:.55}}"
        f"circle,polygon{{stroke-width:2}}{marks}.ink :is(circle,polygon){{fill:{text};stroke:{text}}}"
        f".ink.hollow :is(circle,polygon){{fill:none}}</style>"
    )


def _legend(targets: list[str]) -> str:
    """Name colours (targets) in one line, shapes (networks) and fillings (precisions) in another."""
    shapes = [(shape, "ink", title) for shape, title in enumerate(SHOWN.values())]
    kinds = [(0, "ink", "fp32"), (0, "ink hollow", "w8a8")]
    colors = [(0, f"c{place}", TARGETS[target][0]) for place, target in enumerate(targets)]
    bars = f'<text class="key" x="{_WIDTH_PX - 190}" y="-34">bars: 95 % intervals</text>'
    return _keys(colors, -34) + _keys([*shapes, *kinds], -10) + bars


def _keys(keys: list[tuple[int, str, str]], y: int) -> str:
    drawn, x = "", 70
    for shape, kind, title in keys:
        drawn += (
            f'<g class="{kind}">{marker(shape, x, y - 4, 5.5)}</g><text class="key" x="{x + 12}" y="{y}">{title}</text>'
        )
        x += 36 + round(7.6 * len(title))
    return drawn
