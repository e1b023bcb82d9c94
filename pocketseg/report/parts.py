"""What the pages are made of: the page itself, tables, bars, notes, pictures; every text is escaped."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from string import Template

from pocketseg.core.classes import CLASSES, colors
from pocketseg.report.gallery import Thumbnail
from pocketseg.report.numbers import ABSENT, Number
from pocketseg.report.plots import marker

_FOLDER = Path(__file__).parent
READS = ("page.css", "page.html", "page.js")


def document(title: str, heading: str, summary: str, where: str, notes: str, sections: Sequence[str]) -> str:
    """Make a page that needs nothing but itself. notes and sections are HTML, the others plain text."""
    script = (_FOLDER / "page.js").read_text(encoding="utf-8")
    return Template((_FOLDER / "page.html").read_text(encoding="utf-8")).substitute(
        style=(_FOLDER / "page.css").read_text(encoding="utf-8"),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        title=escape(title),
        heading=escape(heading),
        summary=escape(summary),
        where=prose(where),
        written=escape(f"{datetime.now().astimezone():%Y-%m-%d %H:%M %Z}"),
        notes=notes,
        sections="\n".join(section for section in sections if section),
    )


def prose(text: str) -> str:
    """Give plain text as HTML, what stands in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def paragraphs(sentences: Sequence[str], kind: str) -> str:
    """Give one paragraph a sentence, of a CSS class: note, loss."""
    return "".join(f'<p class="{kind}">{prose(sentence)}</p>' for sentence in sentences)


def toggle(kind: str, name: str, color: str, shape: int) -> str:
    """Give the legend's button that shows or hides the points of a target or a model."""
    icon = f'<svg viewBox="0 0 16 16" aria-hidden="true"><g class="point {color}">{marker(shape, 8, 8, 5.5)}</g></svg>'
    return f'<button type="button" aria-pressed="true" data-{kind}="{escape(name)}">{icon}{escape(name)}</button>'


def head(content: str, kind: str = "") -> str:
    """Give a column's title, a button that sorts; content is HTML."""
    return f'<th scope="col" class="{kind}"><button type="button">{content}</button></th>'


def cell(number: Number, kind: str = "") -> str:
    """Give a number's cell, sortable by its whole value, with its interval small beneath it."""
    value = "" if number.value is None else f' data-value="{number.value:.9g}"'
    small = f' <span class="caption">{escape(number.between)}</span>' if number.between else ""
    return f'<td class="number{kind}"{value}>{number.text}{small}</td>'


def bar(value: float | None, after: str = "") -> str:
    """Give a ratio's cell with a bar from 0 to 1 behind it; after: plain text that follows, small."""
    if value is None:
        return f'<td class="number">{ABSENT}</td>'
    small = f' <span class="caption">{escape(after)}</span>' if after else ""
    return f'<td class="number bar" style="--share:{value:.4f}" data-value="{value:.9g}">{value:.4f}{small}</td>'


def tabular(name: str, ident: str, heads: str, lines: Sequence[str], caption: str) -> str:
    """Give a section with one table; heads, lines and caption are HTML."""
    return (
        f'<section><h2>{name}</h2><div class="scroll" tabindex="0" role="region" aria-label="{name}">'
        f'<table id="{ident}"><thead><tr>{heads}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'
        f'<p class="caption">{caption}</p></section>'
    )


def swatch(rgb: tuple[int, int, int]) -> str:
    """Give a small square of a colour."""
    return f'<i class="swatch" style="background:rgb{rgb}"></i>'


def keys(classes: Sequence[str] = CLASSES) -> str:
    """Give the colours of all classes but the first, with their names."""
    named = zip(classes[1:], colors(len(classes))[1:], strict=True)
    return "".join(f'<span class="key">{swatch(rgb)}{escape(name)}</span>' for name, rgb in named)


def figure(picture: Thumbnail) -> str:
    """Give one picture of the gallery with what it is, and its mIoU."""
    score = "" if picture.miou is None else f"<b>{picture.miou:.3f}</b>"
    alt = picture.caption if picture.miou is None else f"mask of {picture.caption}, mIoU {picture.miou:.3f}"
    return (
        f'<figure><img loading="lazy" src="{picture.uri}" alt="{escape(alt)}">'
        f"<figcaption>{escape(picture.caption)} {score}</figcaption></figure>"
    )
