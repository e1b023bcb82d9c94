"""The tables of the pages: sortable columns, and cells with their column's title, since phones show rows as cards."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from pocketseg.report.numbers import ABSENT, Number

_LONGEST_WORD = 18  # letters of a name that stay on one line
_DENSE = 12  # columns; a table of more has smaller print
_MANY = 60  # rows; of a table of more, browsers lay out what shows alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column.

    Attributes:
        title: plain text.
        kind: its CSS class.
        before: HTML in front of the title.
        is_plain: whether it cannot be sorted.
    """

    title: str
    kind: str = ""
    before: str = ""
    is_plain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell.

    Attributes:
        html: its content.
        kind: its CSS class.
        value: sort key; None to sort by the text.
        note: appears when the cell is pointed at.
        span: number of columns that it covers.
        is_name: whether it names its row, as a header.
    """

    html: str
    kind: str = ""
    value: float | None = None
    note: str = ""
    span: int = 1
    is_name: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of a table. data: attributes `data-NAME` for the page's filter."""

    cells: Sequence[Cell]
    kind: str = ""
    data: Mapping[str, str] = field(default_factory=dict)


def tabular(name: str, ident: str, columns: Sequence[Column], lines: Sequence[Line], caption: str) -> str:
    """Return a section with one table. name: plain text. caption: HTML."""
    kinds = [
        ("dense", len(columns) > _DENSE),
        ("still", all(column.is_plain for column in columns)),
        ("many", len(lines) > _MANY),
    ]
    kind = " ".join(name for name, holds in kinds if holds)
    kind = f' class="{kind}"' if kind else ""
    return (
        f'<section id="section-{ident}"><h2>{escape(name)}</h2>'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(name)}">'
        f'<table id="{ident}"{kind}><caption class="away">{escape(name)}</caption>'
        f"<thead><tr>{''.join(map(_head, columns))}</tr></thead>"
        f"<tbody>{''.join(_row(line, columns) for line in lines)}</tbody></table></div>"
        f'<p class="caption">{caption}</p></section>'
    )


def number_cell(number: Number, kind: str = "") -> Cell:
    """Return the cell of a number, with its interval small beneath it. It sorts by the unrounded value."""
    return Cell(html=f"{number.text}{small(number.between)}", kind=f"number{kind}", value=number.value)


def bar(value: float | None, after: str = "") -> Cell:
    """Return the cell of a ratio, with a bar from 0 to 1 behind it. after: plain text that follows in small print."""
    if value is None:
        return Cell(html=ABSENT, kind="number")
    length = round(100 * min(1.0, max(0.0, value)))
    return Cell(html=f"{value:.4f}{small(after)}", kind=f"number bar b{length}", value=value)


def small(text: str) -> str:
    """Return plain text as HTML in small print; empty for an empty text."""
    return f' <span class="caption">{escape(text)}</span>' if text else ""


def name_of(text: str) -> Cell:
    """Return the cell that names its row."""
    return Cell(html=breakable(text), is_name=True)


def breakable(text: str) -> str:
    """Return a name as HTML that may wrap after a separator, and within a very long word."""
    parts = re.findall(rf"[^-+_/: ]{{1,{_LONGEST_WORD}}}[-+_/: ]?|[-+_/: ]", text)
    return "<wbr>".join(map(escape, parts))


def _head(column: Column) -> str:
    title = column.before + breakable(column.title)
    kind = f' class="{column.kind}"' if column.kind else ""
    inside = title if column.is_plain else f'<button type="button">{title}</button>'
    return f'<th scope="col"{kind}>{inside}</th>'


def _row(line: Line, columns: Sequence[Column]) -> str:
    titles = iter(columns)
    cells = []
    for cell in line.cells:
        title = next(titles).title
        for _ in range(cell.span - 1):
            next(titles)
        cells.append(_cell(cell, title))
    kind = f' class="{escape(line.kind)}"' if line.kind else ""
    data = "".join(f' data-{name}="{escape(text)}"' for name, text in line.data.items())
    return f"<tr{kind}{data}>{''.join(cells)}</tr>"


def _cell(cell: Cell, title: str) -> str:
    tag, given = ("th", ' scope="row"') if cell.is_name else ("td", f' data-label="{escape(title)}"')
    given += f' class="{cell.kind}"' if cell.kind else ""
    given += f' colspan="{cell.span}"' if cell.span > 1 else ""
    given += "" if cell.value is None else f' data-value="{cell.value:.9g}"'
    given += f' title="{escape(cell.note)}"' if cell.note else ""
    return f"<{tag}{given}>{cell.html}</{tag}>"
