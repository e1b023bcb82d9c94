"""What the report's page says to those who see it, hear it or press keys, read from its text. No number is a result."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import itertools
import re
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from _report_pages import (
    OWN_CLASSES,
    compared,
    compared_photos,
    of_all_devices,
    of_every_verdict,
    of_own_classes,
    pages,
    photo_of_own_classes,
)
from _rows import row
from test_report import Page, made_up_rows

from pocketseg.core.classes import CLASSES, colors
from pocketseg.core.types import BenchmarkRow
from pocketseg.report import comparison
from pocketseg.report.gallery import thumbnails
from pocketseg.report.html import page
from pocketseg.report.tables import breakable

CSS = (Path(comparison.__file__).parent / "page.css").read_text()
TEXT = 4.5  # WCAG 2.2, 1.4.3
DRAWN = 3.0  # WCAG 2.2, 1.4.11


# ---- colours ---------------------------------------------------------------------------------------------------------


def palette(scheme: str) -> dict[str, str]:
    """Return the colours by name: those of the dark scheme stand over the others."""
    blocks = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    assert len(blocks) == 2
    found: dict[str, str] = {}
    for block in blocks[: 1 if scheme == "light" else 2]:
        found |= dict(re.findall(r"--([a-z0-9]+): (#[0-9a-f]{6})", block))
    return found


def contrast(one: str, other: str) -> float:
    """Return the ratio that WCAG 2 defines."""

    def luminance(color: str) -> float:
        channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_it_stands_on(scheme: str) -> None:
    found = palette(scheme)
    texts = [(name, on) for name in ("ink", "muted", "red", "amber", "star", "link") for on in ("paper", "raised")]
    texts += [("ink", "bar"), ("muted", "bar"), ("paper", "ink")]
    assert {pair: round(ratio, 2) for pair in texts
            if (ratio := contrast(found[pair[0]], found[pair[1]])) < TEXT} == {}  # fmt: skip
    drawn = [(f"c{at}", on) for at in range(8) for on in ("paper", "raised")]
    drawn += [("edge", "paper"), ("edge", "raised"), ("muted", "paper")]
    assert {pair for pair in drawn if contrast(found[pair[0]], found[pair[1]]) < DRAWN} == set()


def test_both_schemes_have_every_colour_and_no_colour_is_written_elsewhere() -> None:
    light, dark = palette("light"), palette("dark")
    assert light.keys() == dark.keys() and {n for n in light if light[n] == dark[n]} == set()
    assert "@media screen and (prefers-color-scheme: dark)" in CSS, "paper is white"
    rules = re.sub(r":root \{.*?\}", "", CSS, flags=re.DOTALL)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)", rules) == []


# ---- classes of one's own --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, 4, 20])
@pytest.mark.parametrize("photos", [1, 10])
def test_the_legend_of_masks_has_the_classes_of_the_rows_in_the_colours_of_the_masks(count: int, photos: int) -> None:
    gallery = [photo_of_own_classes(count, 2, f"IMG {at}") for at in range(photos)]
    text = page(of_own_classes(count, 2), gallery=gallery)
    (keys,) = re.findall(r'<ul class="keys".*?</ul>', text)
    shown = re.findall(r'fill="#(\w{6})"/></svg>([^<]+)</li>', keys)
    wanted = zip(colors(count)[1:], OWN_CLASSES[1:count], strict=True)
    assert [(bytes.fromhex(rgb), unescape(name)) for rgb, name in shown] == [(bytes(c), name) for c, name in wanted]
    assert not any(name in Page(text).text for name in CLASSES[1:])
    assert text.count("<figure data-file=") == 2 * photos and "left out to keep" not in text


def test_iou_per_class_has_every_class_with_its_colour_and_what_was_not_there_is_a_dash() -> None:
    text = page(of_own_classes(20))
    table = text.split('<table id="classes"')[1].split("</table>")[0]
    heads = re.findall(r'fill="#(\w{6})"/></svg>(.*?)</button>', table)
    assert [bytes.fromhex(rgb) for rgb, _ in heads] == [bytes(rgb) for rgb in colors(20)]
    assert [unescape(name.replace("<wbr>", "")) for _, name in heads] == list(OWN_CLASSES)
    assert table.count(f'data-label="{OWN_CLASSES[7]}" class="number">-<') == 8


def test_classes_keep_the_colour_of_their_index_where_rows_name_different_ones() -> None:
    rows = [row("fp32"), row("w8", iou={"background": 0.9, "hat": 0.2, "mug": 0.3})]
    table = page(rows).split('<table id="classes"')[1]
    shown = [bytes.fromhex(rgb) for rgb in re.findall(r'fill="#(\w{6})"', table)]
    assert shown == [bytes(colors(3)[at]) for at in (0, 1, 1)], "mug is first of the first row's, hat of the second's"


def test_a_picture_is_told_in_words() -> None:
    photo = photo_of_own_classes(3, 1)
    first, label, mask = thumbnails(photo)
    assert first.shares is None and (first.width_px, first.height_px) == (200, 300)
    assert label.shares == {at: pytest.approx(float((photo.label == at).mean())) for at in range(3)}
    assert mask.miou is not None
    alts = [str(a["alt"]) for tag, a in Page(page(of_own_classes(3), gallery=[photo])).tags if tag == "img"]
    assert alts[0] == "photo 0007"
    assert alts[1].startswith("label of photo 0007: ") and f"{OWN_CLASSES[1]} {label.shares[1]:.0%}" in alts[1]
    assert alts[2].startswith("mask of u2netp tflite fp32 for photo 0007, mIoU 1.000: ")
    many = [str(a["alt"]) for tag, a in Page(page(of_own_classes(20), gallery=[photo_of_own_classes(20, 1)])).tags
            if tag == "img"]  # fmt: skip
    assert many[1].endswith(" and 13 more")


def test_a_comparison_has_its_own_classes_too() -> None:
    text = comparison.page(compared(), compared_photos())
    assert re.findall(r"</svg>([^<]+)</li>", text) == list(OWN_CLASSES[1:4])
    assert 'class="doubt"' in text and "Broken ring: an UNSTABLE measurement." in text


# ---- verdicts and devices --------------------------------------------------------------------------------------------


def figure_of(text: str, ident: str) -> str:
    return text.split(f'id="{ident}"')[1].split("</figure>")[0]


def test_a_verdict_that_is_not_valid_is_drawn_and_written_beside_its_mark() -> None:
    text = page(of_every_verdict())
    plot = figure_of(text, "latency-plot")
    for verdict, sign in (("UNSTABLE", '<circle class="doubt"'), ("INVALID", '<path class="doubt cross"')):
        marks = re.findall(rf'<g class="point[^>]*data-verdict="{verdict}".*?</g>', plot)
        assert len(marks) == 1 == plot.count(sign) and sign in marks[0]
        assert re.search(rf'aria-label="[^"]*, {verdict}"', marks[0])
        assert f">{verdict}</text>" in plot
        assert re.search(rf'<button type="button" aria-pressed="true" data-verdict="{verdict}">', text)
    valid = re.findall(r'<g class="point[^>]*data-verdict="VALID".*?</g>', plot)
    assert len(valid) == 3 and not any("doubt" in mark for mark in valid)
    assert "doubt" not in figure_of(text, "size-plot"), "a size is as it is"
    assert "Broken ring" in text and "Crossed out" in text
    only_valid = page(of_every_verdict()[:3])
    assert (
        "Broken ring" not in only_valid and 'data-verdict="VALID">' not in only_valid.split("<main")[1].split("<div")[1]
    )


def untimed() -> list[BenchmarkRow]:
    """Return rows that have a score, a size and a verdict, and no latency."""
    nothing = {"p50_ms": None, "p50_low_ms": None, "p50_high_ms": None, "p90_ms": None, "latencies_ms": ()}
    return [dataclasses.replace(row, **nothing) for row in of_every_verdict()[:3]]


def test_a_page_without_latencies_says_that_it_is_about_size() -> None:
    text = page(untimed())
    assert "latency-plot" not in text and 'id="size-plot"' in text
    assert '<section id="plots"><h2>IoU against size</h2>' in text and 'href="#plots">IoU against size</a>' in text
    assert "<title>PocketSeg: IoU against size</title>" in text
    assert "IoU against latency" not in text and "plot of latencies" not in text
    assert "Smaller is not always faster." in text
    both = page([*untimed(), of_every_verdict()[3]])
    assert "<h2>IoU against latency</h2>" in both and "compare with the plot of latencies." in both


def test_a_valid_row_without_a_latency_is_said_to_be_valid_in_its_score_alone() -> None:
    said = "VALID in a row without a latency refers to its score alone."
    assert said in Page(page(untimed())).text and said not in Page(page(of_every_verdict())).text


def test_a_verdict_that_most_marks_share_is_said_once_and_only_others_are_named() -> None:
    rows = of_every_verdict()
    doubtful = [dataclasses.replace(row, verdict="UNSTABLE", verdict_reasons=("made up",)) for row in rows[:3]]
    plot = figure_of(page([*doubtful[:2], *rows[2:]]), "latency-plot")  # 3 of 5
    written = re.findall(r'<g class="names" aria-hidden="true">(.*?)</g>', plot)[0]
    assert re.findall(r">([A-Z]+)</text>", written) == ["VALID", "INVALID"]
    assert (
        "Most marks are UNSTABLE; a verdict is written only beside the others." in plot
        and plot.count('<circle class="doubt"') == 3
    )
    assert "Every mark is UNSTABLE." in figure_of(page(doubtful), "latency-plot")
    for few in (rows, [rows[3]], [rows[3], rows[4]]):
        plot = figure_of(page(few), "latency-plot")
        assert ">UNSTABLE</text>" in plot and "Most marks" not in plot
    unknown = dataclasses.replace(rows[0], verdict="", verdict_reasons=())
    assert "Most marks" not in page([unknown, *doubtful[1:], rows[3]])


def test_intervals_of_miou_and_of_p50_are_drawn_as_long_as_they_are() -> None:
    plot = figure_of(page(of_every_verdict()), "latency-plot")
    assert len(re.findall(r'class="spread" d="M[\d.]+ [\d.]+V[\d.]+[^"]*H[\d.]+', plot)) == 5


def test_bars_are_spoken_of_where_there_are_any() -> None:
    rows = of_every_verdict()
    assert page(rows).count("it is narrower than the mark.") == 2
    some = page([rows[0], *(dataclasses.replace(row, p50_low_ms=None) for row in rows[1:])])
    assert some.count("if it was measured with one.") == 2 and "narrower" not in some
    assert "Bars: each file" not in page(made_up_rows())


def test_the_page_says_that_devices_have_fronts_and_plots_of_their_own() -> None:
    text = page(of_all_devices())
    assert "the latencies of one device never decide the front of another" in text
    assert "each device and each set of photos has its own plot" in text
    assert "Chrome 140 (browser)" in Page(text).text
    alone = page(of_every_verdict())
    assert "front of another" not in alone and "its own plot" not in alone


# ---- keys and screen readers -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def every_page() -> dict[str, str]:
    return pages()


def test_headings_go_down_by_one(every_page: dict[str, str]) -> None:
    for name, text in every_page.items():
        levels = [
            int(tag[1])
            for tag, _ in Page(text.split("<dialog")[0] + "</body></html>").tags
            if tag[0] == "h" and tag[1:].isdigit()
        ]
        assert levels[0] == 1 and levels.count(1) == 1, name
        assert all(b <= a + 1 for a, b in itertools.pairwise(levels)), name


def test_tables_have_captions_and_scopes_and_cells_know_their_column(every_page: dict[str, str]) -> None:
    for text in every_page.values():
        for table in re.findall(r"<table.*?</table>", text):
            assert re.match(r'<table id="[\w-]+"[^>]*><caption class="away">[^<]+</caption><thead>', table)
            titles = [re.sub("<.*?>", "", head) for head in re.findall(r'<th scope="col".*?</th>', table)]
            for line in re.findall(r"<tr.*?</tr>", table.split("<tbody>")[1]):
                assert line.count('<th scope="row"') == 1
                labels = re.findall(r'<td data-label="([^"]*)"', line)
                assert labels == titles[1:][: len(labels)] and len(labels) == line.count("<td")


def test_tab_stops_once_in_each_plot_and_photo(every_page: dict[str, str]) -> None:
    for text in every_page.values():
        for plot in re.findall(r"<svg[^>]*role=\"group\".*?</svg>", text):
            assert plot.count('tabindex="0"') == 1
        for block in re.findall(r'<div class="gallery[^"]*" role="group".*?</div>', text):
            assert block.count('tabindex="0"') == 1


def test_plots_say_in_words_what_they_show(every_page: dict[str, str]) -> None:
    plots = re.findall(r"<svg[^>]*role=\"group\".*?</desc>", every_page["targets"])
    said = re.findall(r'<svg[^>]*aria-label="([^"]+)"', "".join(plots))
    assert "mIoU against p50 latency of every file" in said and "mIoU against size of every file" in said
    desc = unescape(re.findall("<desc>(.*?)</desc>", every_page["targets"])[0])
    best, fastest = (key(made_up_rows()) for key in (highest, quickest))
    assert desc.startswith(f"15 files: the highest mIoU is {best.miou:.4f}, of {best.model} {best.target} fp32; ")
    assert f"the fastest is {fastest.model} {fastest.target} {fastest.recipe}, p50 " in desc


def highest(rows: list[BenchmarkRow]) -> BenchmarkRow:
    return max(rows, key=lambda row: row.miou or 0.0)


def quickest(rows: list[BenchmarkRow]) -> BenchmarkRow:
    return min(rows, key=lambda row: row.p50_ms or 1e9)


# ---- policy ----------------------------------------------------------------------------------------------------------


def test_the_policy_allows_this_style_and_this_script_alone(every_page: dict[str, str]) -> None:
    for name, text in every_page.items():
        policy = re.findall(r'Content-Security-Policy" content="([^"]+)"', text)[0]
        assert "unsafe" not in policy and "default-src 'none'" in policy
        for tag in ("style", "script"):
            (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
            assert f"{tag}-src 'sha256-{digest}'" in policy
        for tag, attributes in Page(text).tags:
            assert "style" not in attributes and not any(key.startswith("on") for key in attributes), (name, tag)


def test_long_names_may_go_on_in_the_next_line_and_stay_the_same_text() -> None:
    for text in ("prune:0.5+w8a8", "a" * 50, "x<y & z", "", "topformer_tiny-prune0.62", "кофта"):
        assert unescape(breakable(text).replace("<wbr>", "")) == text
        assert max(map(len, unescape(breakable(text)).split("<wbr>"))) <= 19
