"""The report on made-up rows: files, the page, the table at several widths. No number here is a result."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
import random
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

import compress
import models
from benchmark.rows import COLUMNS, from_json
from pocketseg.core.cache import ROOT
from pocketseg.core.classes import CLASSES, IGNORE_INDEX
from pocketseg.core.errors import UsageError
from pocketseg.core.files import sha256_file
from pocketseg.core.types import BenchmarkRow
from pocketseg.report import write_all
from pocketseg.report.facts import cv, delta_points, losses, pareto, reasons
from pocketseg.report.gallery import GalleryPhoto, overlay, photo_miou, thumbnails, within_budget
from pocketseg.report.html import page
from pocketseg.report.table import render
from scripts import readme

NO_MAC = "Core ML files run only on macOS 13 or later; this is Linux. Use --target on a Mac, or the iOS app."
CRASH = "the runtime ended with signal 11 while loading the file"
MODELS = {"u2netp": (300.0, 0.62), "topformer_tiny": (12.0, 0.58)}
RUNTIMES = {"tflite": "litert", "executorch": "executorch", "onnx": "ort", "torchmobile": "torchmobile"}
HOSTILE = "<script>alert('x')</script>&\"$script"
VOID = {"meta", "img", "br", "wbr", "link", "input", "hr"}


def made_up_rows() -> list[BenchmarkRow]:
    """Two networks x five targets: Core ML refused, one w8a8 file that loses much, one that fails."""
    chance = random.Random(7)
    rows = []
    for model, (base_ms, miou) in MODELS.items():
        rows += [
            row_of(model, "coreml", precision, status="refused", reason=NO_MAC, runtime="coreml")
            for precision in ("fp32", "fp16")
        ]
        for place, (target, runtime) in enumerate(RUNTIMES.items()):
            for precision in ("fp32", "w8a8"):
                if (model, target, precision) == ("topformer_tiny", "torchmobile", "w8a8"):
                    rows.append(row_of(model, target, precision, status="failed", reason=CRASH, runtime=runtime))
                    continue
                p50 = base_ms * (1 + 0.4 * place) * (0.45 if precision == "w8a8" else 1)
                loss = 0.0 if precision == "fp32" else (0.051 if target == "executorch" else 0.006)
                latencies = tuple(p50 * chance.lognormvariate(0, 0.05) for _ in range(60))
                rows.append(
                    dataclasses.replace(
                        row_of(model, target, precision, status="ok", runtime=runtime),
                        size_bytes=int((4.7e6 if precision == "fp32" else 1.4e6) * (1 + 0.1 * place)),
                        miou=miou - loss,
                        iou=dict(zip(CLASSES, (0.97, 0.6 - loss, 0.5 - loss, None), strict=True)),
                        argmax_agreement=0.9999 if precision == "fp32" else 0.98 - loss,
                        p50_ms=float(np.percentile(latencies, 50)),
                        p90_ms=float(np.percentile(latencies, 90)),
                        load_ms=40.0 + 10 * place,
                        peak_rss_bytes=180_000_000,
                        photos=24,
                        latencies_ms=latencies,
                    )
                )
    return rows


def row_of(model: str, target: str, precision: str, *, status: str, runtime: str, reason: str = "") -> BenchmarkRow:
    device = {"cpu": "Made-up CPU @ 2.00GHz", "cores": 2, "os": "Linux-made-up", "busy_cores": 0.1}
    return BenchmarkRow(
        model=model, recipe=precision, target=target, precision=precision, runtime=runtime, status=status,
        reason=reason, split="test", threads=1, data="embedded sample", data_hash="abc", device=device,
    )  # fmt: skip


def made_up_photo(masks: int = 3) -> GalleryPhoto:
    rows, columns = np.indices((300, 200))
    label = np.where(columns > 90, 1 + rows // 100, 0).astype(np.uint8)
    label[:12] = IGNORE_INDEX
    image = np.stack([rows % 256, columns % 256, (rows + columns) % 256], axis=2).astype(np.uint8)
    found = {f"mask {k}": np.where(label == IGNORE_INDEX, 0, np.roll(label, 9 * k, axis=1)) for k in range(masks)}
    return GalleryPhoto(
        photo_id="0007", image=image, label=label, masks={n: m.astype(np.uint8) for n, m in found.items()}
    )


def printed(rows: list[BenchmarkRow], width: int) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width).print(render(rows))
    return stream.getvalue()


def one_line(text: str) -> str:
    return " ".join(text.split())


class Page(HTMLParser):
    """Reads a page: every tag that opens must close in turn; keeps tags with attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] not in (["script"], ["style"]):
            self.text += data

    def points(self, figure: str) -> list[str]:
        """List the labels of a figure's points."""
        inside, found = False, []
        for tag, attributes in self.tags:
            if tag == "figure":
                inside = attributes.get("id") == figure
            if inside and tag == "g" and (attributes.get("class") or "").startswith("point"):
                found.append(str(attributes["aria-label"]))
        return found


def test_csv_has_the_columns_and_empty_cells_for_what_was_not_measured(tmp_path: Path) -> None:
    rows = made_up_rows()
    paths = write_all(rows, tmp_path / "new")
    with paths["results.csv"].open(newline="", encoding="utf-8") as stream:
        lines = list(csv.DictReader(stream))
    assert tuple(lines[0]) == COLUMNS
    assert len(lines) == len(rows)
    assert lines[0]["status"] == "refused" and lines[0]["reason"] == NO_MAC
    assert lines[0]["miou"] == lines[0]["p50_ms"] == lines[0]["size_bytes"] == ""
    assert float(lines[2]["miou"]) == rows[2].miou


def test_json_gives_back_the_same_rows(tmp_path: Path) -> None:
    rows = made_up_rows()
    content = json.loads(write_all(rows, tmp_path)["results.json"].read_text(encoding="utf-8"))
    assert [from_json(row) for row in content["rows"]] == rows


def test_three_files_and_nothing_half_written_stay(tmp_path: Path) -> None:
    paths = write_all(made_up_rows(), tmp_path, gallery=[made_up_photo()], notes=["a note"])
    assert {p.name for p in tmp_path.iterdir()} == set(paths) == {"results.csv", "results.json", "report.html"}


def test_page_is_well_formed_and_loads_nothing() -> None:
    text = page(made_up_rows(), gallery=[made_up_photo()], notes=["Pruned files are not among them."])
    found = Page(text)
    assert "http://" not in text and "https://" not in text and "@import" not in text and "url(" not in text
    for tag, attributes in found.tags:
        assert tag not in ("link", "iframe", "object", "embed", "base")
        assert not (tag == "script" and "src" in attributes)
        if tag == "img":
            assert (attributes["src"] or "").startswith("data:image/jpeg;base64,") and attributes["alt"]
    assert "Pruned files are not among them." in found.text
    assert "Made-up CPU @ 2.00GHz, 2 usable cores, Linux-made-up" in found.text
    assert "Host latency is not phone latency" in found.text


def test_page_escapes_hostile_names() -> None:
    row = dataclasses.replace(made_up_rows()[2], model=HOSTILE, recipe=HOSTILE, target=HOSTILE, runtime=HOSTILE,
                              data=HOSTILE, iou={HOSTILE: 0.5})  # fmt: skip
    refused = dataclasses.replace(row, status="refused", reason=HOSTILE)
    failed = dataclasses.replace(row, status=HOSTILE)
    photo = dataclasses.replace(made_up_photo(0), photo_id=HOSTILE)
    text = page([row, refused, failed], gallery=[photo], notes=[HOSTILE])
    found = Page(text)
    assert [tag for tag, _ in found.tags].count("script") == 1
    assert "<script>alert" not in text
    assert HOSTILE in found.text


def test_every_timed_row_has_a_point_and_the_others_are_listed() -> None:
    rows = made_up_rows()
    untimed = dataclasses.replace(rows[0], status="ok", reason="", miou=0.6, runtime="coreml_reference", iou={"a": 0.6})
    rows[0] = untimed
    found = Page(page(rows))
    points = found.points("latency-plot")
    timed = [r for r in rows if r.p50_ms is not None]
    assert len(points) == len(timed) == 15
    for row in timed:
        assert any(p.startswith(f"{row.model} {row.target} {row.recipe} ") for p in points)
    assert not any("coreml" in p for p in points)
    for text in ("coreml_reference", NO_MAC, CRASH):
        assert text in found.text


def test_page_of_no_rows_or_only_refused_rows_is_still_a_page() -> None:
    assert "Nothing was measured" in Page(page([])).text
    assert NO_MAC in Page(page(made_up_rows()[:2])).text


def test_page_of_one_row_is_still_a_page() -> None:
    only = dataclasses.replace(made_up_rows()[2], latencies_ms=(5.0,), p50_ms=5.0, p90_ms=None)
    assert len(Page(page([only])).points("latency-plot")) == 1


@pytest.mark.parametrize("width", [40, 60, 80, 100, 160, 240])
def test_table_names_every_model_and_keeps_to_the_width(width: int) -> None:
    text = printed(made_up_rows(), width)
    assert all(model in text for model in MODELS)
    assert ("mIoU" in text and "p50 ms" in text) or width < 60
    assert max(len(line) for line in text.splitlines()) <= width


def test_wide_table_has_every_column_and_a_pipe_gets_no_colours() -> None:
    text = printed(made_up_rows(), 160)
    for title in ("Model", "Recipe", "Target", "Runtime", "Status", "Size MB", "mIoU", "ΔmIoU", "Agree %", "p50 ms",
                  "p90 ms", "CV %", "Load ms", "Peak MB"):  # fmt: skip
        assert title in text.splitlines()[0]
    assert "\x1b" not in text


def test_table_says_each_reason_once_in_full_and_in_place_of_numbers() -> None:
    text = printed(made_up_rows(), 100)
    assert NO_MAC.rstrip(".") in one_line(text)
    assert one_line(text).count(f"refused: {NO_MAC.rstrip('.')}") == 1
    line = next(line for line in text.splitlines() if "coreml" in line)
    assert "refused" in line and NO_MAC[:30] in line


def test_a_w8a8_file_that_loses_more_than_two_points_is_said_plainly() -> None:
    text = one_line(printed(made_up_rows(), 100))
    assert "u2netp executorch w8a8 loses 5.1 points of mIoU against its fp32 (0.6200 to 0.5690)." in text
    assert text.count("loses") == 2
    assert losses(made_up_rows(), {"u2netp": 0.64})[0].startswith("u2netp tflite w8a8 loses 2.6 points")


def test_caption_says_where_and_with_what() -> None:
    text = one_line(printed(made_up_rows(), 100))
    for part in ("Made-up CPU @ 2.00GHz, 2 usable cores, Linux-made-up", "Threads of each runtime: 1.",
                 "24 test photos of embedded sample", "Host latency is not phone latency."):  # fmt: skip
        assert part in text


def test_delta_is_taken_against_the_fp32_file_scored_on_the_same_photos() -> None:
    fp32, w8a8 = made_up_rows()[2:4]
    assert delta_points(fp32, [fp32, w8a8]) is None
    assert delta_points(w8a8, [fp32, w8a8]) == pytest.approx(-0.6)
    assert delta_points(w8a8, [dataclasses.replace(fp32, photos=3), w8a8]) is None
    assert delta_points(fp32, [fp32], {"u2netp": 0.61}) == pytest.approx(1.0)


def test_pareto_front_holds_what_no_other_beats_in_both() -> None:
    base = made_up_rows()[2]
    points = [(10.0, 0.5), (20.0, 0.6), (20.0, 0.55), (15.0, 0.4), (30.0, 0.6), (5.0, None)]
    rows = [dataclasses.replace(base, p50_ms=ms, miou=miou) for ms, miou in points]
    assert [(r.p50_ms, r.miou) for r in pareto(rows)] == [(10.0, 0.5), (20.0, 0.6)]


def test_cv_needs_two_runs() -> None:
    row = made_up_rows()[2]
    assert cv(dataclasses.replace(row, latencies_ms=(3.0,))) is None
    assert cv(dataclasses.replace(row, latencies_ms=(1.0, 3.0))) == pytest.approx(math.sqrt(2) / 2)


def test_reasons_are_grouped() -> None:
    assert [(status, len(titles)) for status, _, titles in reasons(made_up_rows())] == [("refused", 4), ("failed", 1)]


def test_overlay_paints_classes_and_hatches_what_is_ignored() -> None:
    image = np.full((8, 8, 3), 100, np.uint8)
    mask = np.zeros((8, 8), np.uint8)
    mask[:4], mask[4] = 1, IGNORE_INDEX
    painted = overlay(image, mask)
    assert painted[0, 0].tolist() == [178, 91, 76]
    assert painted[7, 7].tolist() == [100, 100, 100]
    assert len(np.unique(painted[4].reshape(-1, 3), axis=0)) == 2


@pytest.mark.slow  # loads torch
def test_miou_of_a_photo_is_that_of_the_project_s_meter() -> None:
    from pocketseg.core.metrics import IouMeter

    photo = made_up_photo()
    for mask in photo.masks.values():
        meter = IouMeter(CLASSES)
        meter.add(mask, photo.label)
        assert photo_miou(mask, photo.label) == pytest.approx(meter.miou(), abs=1e-6)


def test_miou_of_a_photo_leaves_out_ignored_pixels_and_absent_classes() -> None:
    label = np.array([[0, 0, 1, IGNORE_INDEX]], np.uint8)
    mask = np.array([[0, 1, 1, 3]], np.uint8)
    assert photo_miou(mask, label) == pytest.approx((1 / 2 + 1 / 2) / 2)
    mask = np.array([[0, 2, 1, 3]], np.uint8)  # 2 is in no label
    assert photo_miou(mask, label) == pytest.approx((1 / 2 + 1) / 2)


def test_gallery_keeps_to_its_budget() -> None:
    photo = made_up_photo()
    one = sum(len(t.uri) for t in thumbnails(photo))
    assert [t.caption for t in thumbnails(photo)][:2] == ["photo", "label"]
    assert len(within_budget([photo] * 4, 2 * one)) == 2


def test_gallery_photo_refuses_a_mask_of_another_size() -> None:
    photo = made_up_photo()
    with pytest.raises(UsageError, match="mask a of photo 0007"):
        dataclasses.replace(photo, masks={"mask a": photo.label[:10]})


# ---- README ----------------------------------------------------------------------------------------------------------


def test_a_table_of_compressed_files_compares_each_with_fp32_on_its_target() -> None:
    def row(recipe: str, target: str, **numbers: object) -> dict[str, object]:
        shared = {
            "model": "u2netp",
            "status": "ok",
            "photos": 9,
            "split": "test",
            "data": "ccp:x",
            "device": {"cpu": "C"},
        }
        return {**shared, "device": {"cpu": "C"}, "threads": 1, "recipe": recipe, "target": target, **numbers}

    rows = [
        row("fp32", "tflite", miou=0.6, size_bytes=4_000_000, p50_ms=200.0),
        row("prune:0.5+w8a8", "tflite", miou=0.5949, size_bytes=500_000, p50_ms=40.0),
        {**row("fp32", "tflite", miou=0.612, size_bytes=2_000_000, p50_ms=100.0), "model": "u2netp-prune0.5"},
        row("w8", "onnx", miou=0.6, size_bytes=1, p50_ms=1.0),  # no fp32 on its target: nothing to compare with
        row("fp32", "coreml", miou=0.6, size_bytes=4_000_000, p50_ms=None),
        row("w8", "coreml", miou=0.601, size_bytes=1_000_000, p50_ms=None),
        {**row("w4", "tflite"), "status": "refused"},
    ]
    lines = readme.compression_table(rows).splitlines()
    assert lines[2:7] == [
        "| u2netp | tflite | fp32 | 0.6000 |  | 4.00 |  | 200.0 |  |",
        "| u2netp | tflite | prune:0.5+w8a8 | 0.5949 | -0.51 | 0.50 | 8.00 x | 40.0 | 5.00 x |",
        "| u2netp-prune0.5 | tflite | fp32 | 0.6120 | +1.20 | 2.00 | 2.00 x | 100.0 | 2.00 x |",
        "| u2netp | coreml | fp32 | 0.6000 |  | 4.00 |  |  |  |",
        "| u2netp | coreml | w8 | 0.6010 | +0.10 | 1.00 | 4.00 x |  |  |",
    ]
    assert "9 test photos of ccp" in lines[-1] and "on C" in lines[-1]
    for place, latencies in enumerate(([200.0, 300.0, 210.0], [100.0, 150.0, 42.0])):  # in turns of one run each
        rows[place] |= {"latencies_ms": latencies, "device": {"cpu": "C", "timed_at": "t", "runs_a_turn": 1}}
    assert readme.compression_table(rows).splitlines()[3].endswith("| 40.0 | 2.00 x |")


@pytest.mark.documents
def test_the_committed_pruned_weights_are_those_of_the_measured_files() -> None:
    rows = readme.compression_rows()
    assert all(r["split"] == "test" and not Path(r["artifact"]).is_absolute() for r in rows)
    files = sorted(readme.COMPRESSION.glob("*.safetensors"))
    of_committed = {models.open_model(str(f)).spec.name for f in files} | set(models.released())
    assert {r["model"] for r in rows if "-" not in r["model"]} - {"u2net"} <= of_committed
    assert {models.open_model(str(f)).spec.name for f in files} <= {r["model"] for r in rows if "-" not in r["model"]}
    for file in files:
        loaded, said = models.open_model(str(file)), json.loads(file.with_suffix(".json").read_text())
        network, _, step = file.stem.partition("-")
        found = compress.measured(loaded.module, loaded.spec)
        whole = compress.measured(models.build(network), loaded.spec)
        assert found["multiply_adds"] <= 0.5 * whole["multiply_adds"]
        assert any(f"{r['model']}+{r['recipe']}".replace(":", "").find(step) > 0 for r in rows), "it was measured"
        if "after" in said:  # made by a step
            assert compress.lineage(loaded)[-1]["step"].replace(":", "") == step
            assert all(said["after"][fact] == found[fact] for fact in ("parameters", "multiply_adds"))
        else:  # trained on and released with a card
            assert said["sha256"] == sha256_file(file) and said["parameters"] == found["parameters"]
            assert said["initial"] and said["teachers"] and said["data"]["split_hash"] == loaded.metadata["split_hash"]


@pytest.mark.documents
def test_the_committed_comparison_is_of_weights_with_cards_all_released_ones_among_them_on_test_photos() -> None:
    found = json.loads(readme.COMPARISON.read_text())
    records = [json.loads(path.read_text()) for path in (ROOT / "docs/runs").glob("*.json")]
    cards = {record["card"]["name"]: record["card"] for record in records if "card" in record}
    cards |= {name: json.loads((ROOT / f"models/released/{name}.json").read_text()) for name in models.released()}
    assert found["data"]["split"] == "test"
    assert set(models.released()) <= {m["name"] for m in found["models"]} <= set(cards)
    for model in found["models"]:
        card = cards[model["name"]]
        assert model["sha256"] == card["sha256"]
        assert model["scores"]["miou"] == pytest.approx(
            card["test"]["miou"], abs=1e-5
        )  # threads add up in another order
        assert found["data"]["split_hash"] == card["data"]["split_hash"]


# ---- fronts ----------------------------------------------------------------------------------------------------------


def panels_of(text: str) -> dict[str, tuple[list[str], list[str]]]:
    """Give for each picture's name the labels of its points: those of the front, and the pale ones."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    inside: tuple[list[str], list[str]] | None = None
    for tag, attributes in Page(text).tags:
        if tag == "section":
            inside = None
        if tag == "svg" and " on " in (attributes.get("aria-label") or ""):
            inside = found.setdefault(str(attributes["aria-label"]), ([], []))
        if inside is not None and tag == "g" and "tabindex" in attributes:
            inside["pale" in (attributes["class"] or "")].append(str(attributes["aria-label"]))
    return found


def test_every_target_and_device_has_its_front_and_the_beaten_are_pale() -> None:
    rows = made_up_rows()
    other = dataclasses.replace(rows[2], recipe="prune:0.5+fp32", device={"cpu": "Another CPU"})
    found = panels_of(page([*rows, other, dataclasses.replace(other, recipe="w8", precision="w8", p50_ms=1.0)]))
    assert set(found) == {
        *(f"{target} on Made-up CPU @ 2.00GHz: mIoU against p50 latency" for target in RUNTIMES),
        "tflite on Another CPU: mIoU against p50 latency",
    }
    for name, (front, pale) in found.items():
        own = [r for r in rows if r.target == name.split()[0] and r.p50_ms is not None]
        if "Made-up" in name:
            assert len(front) == len(pareto(own)) and len(front) + len(pale) == len(own)
    assert found["tflite on Another CPU: mIoU against p50 latency"][0][0].startswith(
        "on the front: u2netp w8, p50 1.00"
    )


def test_a_target_without_latency_gets_a_front_of_size() -> None:
    rows = [
        dataclasses.replace(row, status="ok", reason="", miou=0.5 + 0.1 * place, size_bytes=10**6 * (place + 1),
                            device={"cpu": "x", "label": "an evaluator"}, artifact=f"{place}.mlpackage")
        for place, row in enumerate(made_up_rows()[:2])
    ]  # fmt: skip
    text = page(rows)
    ((name, (front, pale)),) = panels_of(text).items()
    assert name == "coreml on an evaluator: mIoU against file size" and len(front) == 2 and not pale
    assert "the front is of size" in text and "1.mlpackage" in front[1]


def test_a_picture_is_described_in_words_and_a_front_of_several_times_is_said() -> None:
    rows = [
        dataclasses.replace(row, device={**row.device, "timed_at": str(place)})
        for place, row in enumerate(made_up_rows())
    ]
    text = page(rows)
    assert "<desc>4 files, " in text and "<title>tflite on " in text
    assert "Their latencies come from 4 measurements at different times" in text
    assert "at different times" not in page(made_up_rows())
