"""The parts of every page: its frame, legend, notes and the colours of classes; every text is escaped."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from string import Template

from pocketseg.core.classes import colors
from pocketseg.report.marks import marker, verdict_sign

_FOLDER = Path(__file__).parent
READS = ("page.css", "page.html", "page.js")
_ICON_PX = 16


def document(title: str, heading: str, summary: str, where: str, notes: str, sections: Sequence[str]) -> str:
    """Return a page that loads nothing from elsewhere. notes and sections are HTML, all other arguments plain text."""
    script = (_FOLDER / "page.js").read_text(encoding="utf-8")
    bars = "".join(f"td.b{percent}{{background-size:{percent}% 100%}}" for percent in range(101))
    style = (_FOLDER / "page.css").read_text(encoding="utf-8") + bars
    shown = [section for section in sections if section]
    return Template((_FOLDER / "page.html").read_text(encoding="utf-8")).substitute(
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        title=escape(title),
        heading=escape(heading),
        summary=escape(summary),
        where=prose(where),
        written=escape(f"{datetime.now().astimezone():%Y-%m-%d %H:%M %Z}"),
        notes=notes,
        contents=_contents(shown),
        sections="\n".join(shown),
    )


def _hash(text: str) -> str:
    """Return the hash by which the page's content security policy allows a style or a script."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _contents(sections: Sequence[str]) -> str:
    """Return links to the sections that have an id, labelled with their headings."""
    found = re.findall(r'<section id="([^"]+)"[^>]*><h2>(.*?)</h2>', "".join(sections), re.DOTALL)
    if len(found) < 2:
        return ""
    links = "".join(f'<li><a href="#{ident}">{name}</a></li>' for ident, name in found)
    return f'<nav aria-label="on this page"><ul>{links}</ul></nav>'


def prose(text: str) -> str:
    """Return plain text as HTML, with text in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def paragraphs(sentences: Sequence[str], kind: str) -> str:
    """Return one paragraph per sentence. kind: CSS class of the paragraphs, `note` or `loss`."""
    return "".join(f'<p class="{kind}">{prose(sentence)}</p>' for sentence in sentences)


def toggle(kind: str, name: str, color: str, shape: int) -> str:
    """Return the legend's button that shows or hides the files of a target or a model."""
    return _toggle(kind, name, f'<g class="point {color}">{marker(shape, 8, 8, 5.5)}</g>')


def verdict_toggle(verdict: str) -> str:
    """Return the legend's button that shows or hides the files of a verdict, with the ring or cross of their marks."""
    sign = verdict_sign(verdict, 8, 8, 4)
    return _toggle("verdict", verdict, f'<g class="point ink">{marker(0, 8, 8, 3)}{sign}</g>')


def _toggle(kind: str, name: str, icon: str) -> str:
    picture = f'<svg viewBox="0 0 {_ICON_PX} {_ICON_PX}" aria-hidden="true">{icon}</svg>'
    return (
        f'<button type="button" aria-pressed="true" data-{kind}="{escape(name)}">{picture}'
        f"<span>{escape(name)}</span></button>"
    )


def legend(buttons: Sequence[str], key: str = "") -> str:
    """Return the buttons that show or hide files. key: explains what else a mark tells."""
    said = f'<span class="key">{escape(key)}</span>' if key else ""
    return f'<div class="legend" role="group" aria-label="show or hide">{"".join(buttons)}{said}</div>'


def swatch(rgb: tuple[int, int, int]) -> str:
    """Return a small square of a colour."""
    red, green, blue = rgb
    square = f'<rect width="10" height="10" fill="#{red:02x}{green:02x}{blue:02x}"/>'
    return f'<svg class="swatch" viewBox="0 0 10 10" aria-hidden="true">{square}</svg>'


def keys(classes: Sequence[str]) -> str:
    """Return the colours and names of all classes except the first, the background."""
    named = zip(classes[1:], colors(len(classes))[1:], strict=True)
    items = "".join(f'<li class="key">{swatch(rgb)}{escape(name)}</li>' for name, rgb in named)
    return f'<ul class="keys" aria-label="classes">{items}</ul>' if items else ""
