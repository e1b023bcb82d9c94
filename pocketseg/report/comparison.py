"""A comparison of networks as files: compare.json with every number, compare.md and compare.html made from it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from pocketseg.core.classes import colors
from pocketseg.core.files import write_json, write_text
from pocketseg.report.gallery import GalleryPhoto
from pocketseg.report.marks import PALETTE
from pocketseg.report.numbers import ABSENT, Number
from pocketseg.report.overview import KEYBOARD, SIGNS
from pocketseg.report.parts import document, legend, paragraphs, swatch, toggle
from pocketseg.report.pictures import section_of_pictures
from pocketseg.report.plots import Point, Series, lines, scatter
from pocketseg.report.tables import Cell, Column, Line, bar, breakable, name_of, number_cell, small, tabular
from pocketseg.report.verdict import threads

NO_LABEL = "does not occur"
Content = Mapping[str, Any]


def write_comparison(folder: Path, content: Content, gallery: Sequence[GalleryPhoto]) -> list[Path]:
    """Write compare.json, compare.md and compare.html, each atomically. content: as `compare.compare` returns it."""
    return [
        write_json(folder / "compare.json", content),
        write_text(folder / "compare.md", markdown(content)),
        write_text(folder / "compare.html", page(content, gallery)),
    ]


# ---- numbers, the same in every view ---------------------------------------------------------------------------------


def _columns(model: Content) -> list[Number | tuple[str, str]]:
    """Return a model's columns in order: numbers, or pairs of a title and a text."""
    training, scores, latency = model["training"], model["scores"], model["latency"]
    boundary = [v for v in scores["boundary_iou"].values() if v is not None]
    return [
        ("Model", model["name"]),
        Number(title="mIoU", value=scores["miou"], digits=4),
        ("95 % interval", _between(scores["miou_interval"])),
        Number(title="Boundary", value=sum(boundary) / len(boundary) if boundary else None, digits=4),
        Number(title="p50 ms", value=latency["p50_ms"]),
        ("p50 95 %", _between_ms(latency)),
        Number(title="GMACs", value=model["gmacs"], digits=3),
        Number(title="Params M", value=model["parameters"] / 1e6, digits=3),
        Number(title="File MB", value=model["weights_bytes"] / 1e6),
        ("Input px", f"{model['height_px']} x {model['width_px']}"),
        Number(title="Epochs", value=training["epochs"], digits=0),
        Number(title="Minutes", value=training["minutes"], digits=0),
        ("Network", model["network"]),
        ("Trained on split", training["split_hash"] or ABSENT),
    ]


def _title(column: Number | tuple[str, str]) -> str:
    return column.title if isinstance(column, Number) else column[0]


def _text(column: Number | tuple[str, str]) -> str:
    return column.text if isinstance(column, Number) else column[1]


def _between(interval: Sequence[float] | None) -> str:
    return ABSENT if interval is None else f"{interval[0]:.4f} to {interval[1]:.4f}"


def _between_ms(latency: Content) -> str:
    low, high = latency.get("p50_low_ms"), latency.get("p50_high_ms")
    return ABSENT if low is None or high is None else f"{low:.2f} to {high:.2f}"


def _claim(claim: Content) -> str:
    """Return a difference and its interval as text."""
    if claim["difference"] is None or claim["interval"] is None:
        return NO_LABEL
    low, high = claim["interval"]
    return f"{claim['difference']:+.4f} ({low:+.4f} to {high:+.4f})"


def _shares(pair: Content) -> str:
    return f"{pair['first_better']:.0%} / {pair['second_better']:.0%}"


_COLUMNS = (
    "Boundary: mean IoU of the classes' boundary bands, 2 % of the photo's diagonal wide. GMACs: multiply-adds of "
    "convolutions and matrix products for one photo at the input size, in 1e9. Minutes: of the training machine as it "
    "was. A dash: not known or not measured."
)
_PAIRS = (
    "First less second, with a 95 % interval of a bootstrap over photos that draws the same photos for both. Bold: the "
    "interval leaves out zero, over enough photos. Better on: share of photos on which the first / the second has the "
    "higher mIoU."
)


def _about(content: Content) -> str:
    data = content["data"]
    split = f", split {data['split_hash']}" if data["split_hash"] else ""
    return (
        f"{', '.join(m['name'] for m in content['models'])} on {data['photos']} {data['split']} "
        f"photo{'' if data['photos'] == 1 else 's'} of {data['name']}{split}."
    )


def _machine(content: Content) -> str:
    measured = content["latency"]
    if not measured["device"]:
        return "Times were not measured."
    device = measured["device"]
    parts = [device.get("cpu"), f"{device.get('cores')} usable cores", device.get("os")]
    return (
        f"Times: {measured['precision']} {measured['target']} files, {threads(measured)}, in interleaved "
        f"rounds on {', '.join(str(p) for p in parts if p)}."
    )


# ---- text ------------------------------------------------------------------------------------------------------------


def summary(content: Content) -> str:
    """Return the text for the terminal: one line per model, then the verdict."""
    wide = max(len(m["name"]) for m in content["models"])
    found = [f"{'model':{wide}} {'mIoU':>7}  {'95 % interval':17} {'p50 ms':>8} {'GMACs':>8} {'MB':>7}"]
    for model in content["models"]:
        by_title = {_title(c): _text(c) for c in _columns(model)}
        found.append(
            f"{model['name']:{wide}} {by_title['mIoU']:>7}  {by_title['95 % interval']:17} "
            f"{by_title['p50 ms']:>8} {by_title['GMACs']:>8} {by_title['File MB']:>7}"
        )
    return "\n".join([*found, "", *(" ".join(sentences) for sentences in content["verdict"]), *content["cautions"], ""])


def markdown(content: Content) -> str:
    """Return the text of compare.md."""
    models, pairs, classes = content["models"], content["pairs"], content["classes"]
    out = ["# Comparison", "", _plain(_about(content)), "", "## Verdict", ""]
    for sentences in content["verdict"]:
        out += [_plain(" ".join(sentences)), ""]
    out += [f"- {_plain(sentence)}" for sentence in content["cautions"]]
    heads = [_title(c) for c in _columns(models[0])]
    rows = [[_text(c) for c in _columns(m)] for m in models]
    out += ["", "## Models", "", *_table(heads, rows), "", _COLUMNS, _plain(_machine(content))]
    rows = []
    for m in models:
        s = m["scores"]
        rows.append([m["name"], *(
            NO_LABEL if s["iou"][c] is None else f"{s['iou'][c]:.4f} ({_between(s['iou_interval'][c])})"
            for c in classes
        )])  # fmt: skip
    out += ["", "## IoU per class, with 95 % intervals", "", *_table(["Model", *classes], rows)]
    rows = []
    for p in pairs:
        claims = [p["miou"], *(p["iou"][c] for c in classes)]
        texts = [f"**{_claim(c)}**" if c["told_apart"] else _claim(c) for c in claims]
        rows.append([_pair(p), *texts, _shares(p)])
    out += ["", "## Differences", "", *_table(["Pair", "mIoU", *classes, "Better on"], rows), "", _PAIRS]
    return "\n".join(out) + "\n"


def _pair(pair: Content) -> str:
    return f"{pair['first']} less {pair['second']}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines_of = ["| " + " | ".join(_plain(h) for h in heads) + " |", "|" + "---|" * len(heads)]
    return lines_of + ["| " + " | ".join(_plain(text) for text in row) + " |" for row in rows]


def _plain(text: str) -> str:
    """Escape a text so that Markdown reads no markup in it."""
    return re.sub(r"[\\`|\[\]]", r"\\\g<0>", " ".join(text.split())).replace("<", "&lt;")


# ---- page ------------------------------------------------------------------------------------------------------------


def page(content: Content, gallery: Sequence[GalleryPhoto] = ()) -> str:
    """Return the text of compare.html."""
    paragraphs_of = "".join(f"<p>{escape(' '.join(sentences))}</p>" for sentences in content["verdict"])
    said = f'<section id="verdict" class="verdict"><h2>Verdict</h2>{paragraphs_of}</section>'
    notes = paragraphs(content["cautions"], "note")
    sections = [_plots(content), _models(content), _classes(content), _pairs(content), _curves(content),
                _photos(content, gallery)]  # fmt: skip
    return document(
        "PocketSeg: comparison", "PocketSeg comparison", _about(content), _machine(content), said + notes, sections
    )


def _plots(content: Content) -> str:
    models = content["models"]
    figures = []
    for ident, key, x_label, unit in (
        ("latency-plot", "p50", "p50 latency, ms (log scale)", "ms"),
        ("gmacs-plot", "gmacs", "multiply-adds for one photo, 1e9 (log scale)", "GMACs"),
    ):
        points = []
        for place, m in enumerate(models):
            x = m["latency"]["p50_ms"] if key == "p50" else m["gmacs"]
            if x is None or x <= 0:
                continue
            low, high = m["scores"]["miou_interval"] or (None, None)
            x_low, x_high = (m["latency"].get(f"p50_{end}_ms") if key == "p50" else None for end in ("low", "high"))
            verdict = m["latency"].get("verdict", "") if key == "p50" else ""
            label = f"{m['name']}: mIoU {m['scores']['miou']:.4f}, {_between(m['scores']['miou_interval'])}"
            label = ", ".join(filter(None, (label, f"{x:.3g} {unit}", verdict)))
            points.append(Point(
                x=x, y=m["scores"]["miou"], label=label, target="", model=m["name"],
                color=place, shape=place, hollow=False, low=low, high=high, x_low=x_low, x_high=x_high,
                sign=verdict, name=verdict if verdict in SIGNS else "",
            ))  # fmt: skip
        if points:
            drawn = scatter(points, (), width_px=560, height_px=380, x_label=x_label, y_label="mIoU",
                            name=f"mIoU against {x_label}")  # fmt: skip
            figures.append(f'<figure id="{ident}">{drawn}</figure>')
    verdicts = {m["latency"].get("verdict", "") for m in models}
    said = ["Up and left is better. Bars: each score's own 95 % interval; whether two differ is in Differences below."]
    said += [sign for verdict, sign in SIGNS.items() if verdict in verdicts]
    caption = escape(" ".join([*said, KEYBOARD]))
    buttons = _legend(list(enumerate(models)))
    return (
        f'<section id="plots"><h2>Quality against cost</h2>{buttons}<div class="plots">{"".join(figures)}</div>'
        f'<p class="caption">{caption}</p></section>'
    )


def _legend(models: Sequence[tuple[int, Content]]) -> str:
    """Return one button per model, with the model's colour and mark."""
    return legend([toggle("model", m["name"], f"c{place % PALETTE}", place) for place, m in models])


def _models(content: Content) -> str:
    models = content["models"]
    columns = [Column(title=_title(c), kind="number" if isinstance(c, Number) else "") for c in _columns(models[0])]
    rows = []
    for m in models:
        name, *others = _columns(m)
        cells = [number_cell(c) if isinstance(c, Number) else Cell(html=breakable(c[1])) for c in others]
        rows.append(Line(cells=[name_of(_text(name)), *cells], data={"model": m["name"]}))
    return tabular("Models", "models", columns, rows, f"{_COLUMNS} Press a title to sort.")


def _classes(content: Content) -> str:
    classes = content["classes"]
    columns = [Column(title="Model")] + [
        Column(title=name, kind="number", before=swatch(rgb))
        for name, rgb in zip(classes, colors(len(classes)), strict=True)
    ]
    rows = []
    for m in content["models"]:
        found, between = m["scores"]["iou"], m["scores"]["iou_interval"]
        cells = [name_of(m["name"]), *(bar(found[c], _between(between[c])) for c in classes)]
        rows.append(Line(cells=cells, data={"model": m["name"]}))
    return tabular("IoU per class", "classes", columns, rows, "Bars run from 0 to 1. Small print: 95 % intervals.")


def _pairs(content: Content) -> str:
    classes = content["classes"]
    columns = [Column(title="Pair"), *(Column(title=t, kind="number") for t in ("mIoU", *classes, "Better on"))]
    rows = []
    for p in content["pairs"]:
        cells = [name_of(_pair(p))]
        for claim in (p["miou"], *(p["iou"][c] for c in classes)):
            figure_of, _, between = _claim(claim).partition(" ")
            kind = "number apart" if claim["told_apart"] else "number"
            cells.append(Cell(html=f"{figure_of}{small(between)}", kind=kind, value=claim["difference"]))
        cells.append(Cell(html=_shares(p), kind="number", value=p["first_better"]))
        rows.append(Line(cells=cells))
    return tabular("Differences", "pairs", columns, rows, _PAIRS)


def _curves(content: Content) -> str:
    known = [(place, m) for place, m in enumerate(content["models"]) if len(m["training"]["curve"]) > 1]
    figures = []
    for key, label in (("val_miou", "validation mIoU"), ("loss", "training loss")):
        series = []
        for place, m in known:
            rows = m["training"]["curve"]
            last = (rows[-1]["height_px"], rows[-1]["width_px"])
            first = next((r["epoch"] for r in reversed(rows) if (r["height_px"], r["width_px"]) != last), 0.0) + 1
            points = [(r["epoch"], r[key]) for r in rows]
            series.append(Series(points=points, label=m["name"], color=place, solid_from=first))
        if series:
            drawn = lines(series, width_px=560, height_px=320, x_label="epoch", y_label=label, name=f"{label} by epoch")
            figures.append(f"<figure>{drawn}</figure>")
    if not figures:
        return ""
    caption = (
        "As logged during training, at each epoch's input size; dashed: smaller or larger inputs than at the end. "
        "Losses of different recipes cannot be compared."
    )
    return (
        f'<section id="training"><h2>Training</h2>{_legend(known)}<div class="plots">{"".join(figures)}</div>'
        f'<p class="caption">{caption}</p></section>'
    )


def _photos(content: Content, gallery: Sequence[GalleryPhoto]) -> str:
    caption = "The photos on which the networks differ most, each network better in turn: extremes, not the rule."
    return section_of_pictures("Where they differ most", gallery, content["classes"], caption)
