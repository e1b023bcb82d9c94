"""README.md and docs/results.md: short, every figure the generated one, every picture there, small and described."""

from __future__ import annotations

import json
import re
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from _ranks import three
from PIL import Image

from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError
from pocketseg.core.types import BenchmarkRow
from pocketseg.data.embedded import sample_ids
from pocketseg.report import write_all
from scripts import front_page, kept_rows, readme
from scripts.kept_rows import Kept
from scripts.pictures import plot, strip
from scripts.pictures.__main__ import FOLDER

README = ROOT / "README.md"
MOST_LINES, MOST_BYTES, FIRST_SCREEN = 130, 600_000, 45
PICTURE = re.compile(r"<img [^>]*>")


@pytest.mark.documents
@pytest.mark.parametrize(
    ("page", "block"), [(page.name, name) for page, made in readme.blocks().items() for name in made]
)
def test_every_figure_of_the_front_page_and_the_results_is_made_from_committed_files(page: str, block: str) -> None:
    path, made = next((path, made) for path, made in readme.blocks().items() if path.name == page)
    text = path.read_text(encoding="utf-8")
    assert readme.replace_block(text, block, made[block](), page) == text, "python -m scripts.readme"


@pytest.mark.documents
def test_the_front_page_is_short_and_shows_ones_own_photos_on_the_first_screen() -> None:
    lines = README.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MOST_LINES
    first = "\n".join(lines[:FIRST_SCREEN])
    assert "pocketseg segment photo.jpg" in first and "pocketseg segment photos" in first
    assert "make quickstart" in first and "make test" in first


@pytest.mark.documents
def test_every_picture_of_the_front_page_is_there_small_and_described() -> None:
    text = README.read_text(encoding="utf-8")
    pictures = PICTURE.findall(text)
    assert len(pictures) == 13 and not re.search(r"!\[\]\(", text)
    for picture in pictures:
        (described,) = re.findall(r'alt="([^"]*)"', picture)
        assert len(described.split()) >= 4, picture
    shown = {ROOT / path for path in re.findall(r'(?:src|srcset)="(docs/[^"]*)"', text)}
    assert shown == {path for path in FOLDER.iterdir() if path.is_file()}, "each is shown, and nothing else lies there"
    assert sum(path.stat().st_size for path in shown) < MOST_BYTES
    for path in shown:
        if path.suffix == ".svg":
            ElementTree.parse(path)
        else:
            with Image.open(path) as picture:
                picture.load()
                assert picture.width <= 1200


@pytest.mark.documents
def test_what_looks_otherwise_in_the_dark_is_there_for_both() -> None:
    text = README.read_text(encoding="utf-8")
    dark = set(re.findall(r'\(prefers-color-scheme: dark\)" srcset="([^"]*)-dark\.', text))
    assert dark == set(re.findall(r'src="([^"]*)-light\.', text)) and len(dark) == 3


@pytest.mark.documents
def test_the_committed_plot_is_drawn_from_the_kept_rows(tmp_path: Path) -> None:
    for path in plot.write_plots(kept_rows.kept(), tmp_path):
        assert path.read_text() == (FOLDER / path.name).read_text(), "python -m scripts.pictures runs/quickstart plot"


@pytest.mark.documents
def test_one_command_writes_every_block_and_nothing_else(tmp_path: Path) -> None:
    pages = {page.relative_to(ROOT): made for page, made in readme.blocks().items()}
    for page, made in pages.items():
        text = (ROOT / page).read_text(encoding="utf-8")
        for name in made:
            text = readme.replace_block(text, name, "old", page.name)
        (tmp_path / page).parent.mkdir(exist_ok=True)
        (tmp_path / page).write_text(text, encoding="utf-8")
    shutil.copyfile(kept_rows.PATH, tmp_path / kept_rows.PATH.relative_to(ROOT))
    readme.main([], tmp_path)
    assert all((tmp_path / page).read_bytes() == (ROOT / page).read_bytes() for page in pages)
    (tmp_path / "README.md").write_text("without a block")
    with pytest.raises(DataError, match=r"README\.md has no block <!-- best:begin -->"):
        readme.main([], tmp_path)


# ---- from made-up rows -----------------------------------------------------------------------------------------------


def made_up(model: str, target: str, precision: str, p50_ms: float | None, **changes: Any) -> BenchmarkRow:
    given = {
        "model": model, "target": target, "precision": precision, "recipe": precision, "runtime": "r", "status": "ok",
        "split": "test", "miou": 0.6, "miou_low": 0.5, "miou_high": 0.7, "photos": 9, "threads": 1,
        "size_bytes": {"fp32": 4_000_000, "fp16": 2_000_000}.get(precision, 1_000_000), "p50_ms": p50_ms,
        "p50_low_ms": p50_ms and p50_ms * 0.9, "p50_high_ms": p50_ms and p50_ms * 1.1, "verdict": "VALID",
        "device": {"cpu": "C"}, "iou": {}, **changes,
    }  # fmt: skip
    return BenchmarkRow(**given)


def some(*, fp32_ms: float = 4.0) -> Kept:
    rows = [
        made_up("u2netp", "coreml", "fp16", None, size_bytes=1_500_000),
        made_up("topformer_tiny", "coreml", "fp16", None),
        made_up("topformer_tiny", "coreml", "fp32", None),
        made_up("u2netp", "tflite", "fp32", 300.0),
        made_up("u2netp", "tflite", "w8a8", 75.0),
        made_up("topformer_tiny", "tflite", "fp32", fp32_ms),
        made_up("topformer_tiny", "tflite", "w8a8", 3.0, verdict="UNSTABLE"),
    ]
    shown = {"value": 2.0, "low": 1.5, "high": 2.5, "shown": True}
    against = {"4/3": {"times_faster": shown, "miou": {**shown, "shown": False}}}
    return Kept(rows=rows, notes=[], fronts={"coreml": [0], "tflite": [6, 4]}, against=against)


def compared(low: float, high: float, told_apart: bool) -> dict[str, Any]:
    pair = {"first": "u2netp", "second": "topformer_tiny"}
    pair |= {"miou": {"difference": (low + high) / 2, "interval": [low, high], "told_apart": told_apart}}
    return {"pairs": [pair], "data": {"photos": 156, "split": "test"}}


def test_the_best_files_are_the_fastest_of_each_front_and_the_smallest_of_that_network_without_times() -> None:
    chosen = [(row.target, row.model, row.precision) for row in front_page.best(some())]
    assert chosen == [("coreml", "topformer_tiny", "fp16"), ("tflite", "topformer_tiny", "w8a8")]
    table = front_page.best_table(some())
    assert "| 3.00 (2.70 to 3.30) | UNSTABLE |" in table and "| 0.600 (0.500 to 0.700) |" in table
    assert "9 test photos; one thread of C" in table


def test_the_guide_says_what_is_shown_and_what_is_not() -> None:
    said = front_page.guide(some(), compared(-0.03, 0.02, told_apart=False))
    assert "3.00 (2.70 to 3.30) ms here, U2NetP's 75.0" in said
    assert "156 test photos show no difference in quality (+0.005 mIoU, 95 % interval -0.020 to +0.030)" in said
    assert "U2NetP 4.0 times smaller, 2.00 times as fast (1.50 to 2.50), no difference in mIoU shown" in said
    assert "TopFormer Tiny 4.0 times smaller, no difference in time or mIoU shown" in said
    worse = front_page.guide(some(), compared(0.01, 0.03, told_apart=True))
    assert "show a worse quality (-0.020 mIoU, 95 % interval -0.030 to -0.010)" in worse


def test_kept_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = kept_rows.keep(some(), tmp_path / "kept.json")
    assert kept_rows.kept(path) == some()
    with pytest.raises(DataError, match=r"results\.json does not exist"):
        kept_rows.of_run(tmp_path)


def test_rows_of_a_run_are_kept_without_samples_and_with_what_those_show(tmp_path: Path) -> None:
    write_all(three(), tmp_path)
    found = kept_rows.of_run(tmp_path)
    assert [row.recipe for row in found.rows] == ["fp32", "w8a8", "w8"]
    assert not any(row.latencies_ms or row.document for row in found.rows)
    assert found.front("tflite")[0].recipe == "w8a8"
    faster = found.claim(found.rows[1], found.rows[0], "times_faster")
    assert faster is not None and faster["shown"] and faster["value"] == pytest.approx(2.0, abs=0.2)
    assert found.claim(found.rows[0], found.rows[0], "miou") is None


@pytest.mark.documents
def test_the_strip_shows_the_lower_quartile_and_the_median_of_test_photos() -> None:
    comparison = json.loads(strip.COMPARISON.read_text())
    scores = {photo["id"]: photo["miou"] for photo in comparison["photos"]}
    ids = sample_ids("test")

    def score(photo: str) -> float:
        return float(scores[photo]["u2netp"] + scores[photo]["topformer_tiny"])

    found = strip.chosen(comparison, ids)
    worse = {name: sum(score(other) < score(photo) for other in ids) for name, photo in found.items()}
    assert worse == {"lower quartile": 8, "median": 16} and len(ids) == 32


def test_the_plot_draws_every_timed_file_with_its_intervals() -> None:
    for theme in ("light", "dark"):
        drawn = plot.drawn(some(), theme)
        root = ElementTree.fromstring(drawn)
        marks = [group for group in root.iter("{http://www.w3.org/2000/svg}g") if "point" in group.get("class", "")]
        assert len(marks) == 4 and drawn.count('class="spread"') == 4 and drawn.count("hollow") >= 2
        assert "TopFormer Tiny" in drawn and "TFLite" in drawn and "Core ML" not in drawn


@pytest.mark.documents
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_words_of_the_plot_leave_it(theme: str) -> None:
    drawing = ElementTree.fromstring((FOLDER / f"plot-{theme}.svg").read_text(encoding="utf-8"))
    left, _, width, _ = map(float, drawing.attrib["viewBox"].split())
    style = next(e.text or "" for e in drawing.iter() if e.tag.endswith("style"))
    anchors = dict(re.findall(r"([\w.]+)\{[^}]*text-anchor:(\w+)", style))
    for element in drawing.iter():
        if not element.tag.endswith("text"):
            continue
        classes = element.attrib.get("class", "").split()
        fits = [anchor for names, anchor in anchors.items() if set(names.strip(".").split(".")) <= {"text", *classes}]
        share = {"start": 0.0, "middle": 0.5, "end": 1.0}[fits[-1]]  # the rules stand in the order of their weight
        words = 6.0 * len(element.text or "")  # px, at least, at 14 px
        begins = float(element.attrib["x"]) - share * words
        assert left <= begins and begins + words <= left + width, element.text
