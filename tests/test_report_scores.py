"""Tables, pages and `pick` name validation and test scores apart, and say by which photos a file was chosen."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from _commands import Call
from _rows import SCORES, WHEN, row

from benchmark.rows import to_json
from pocketseg.core.errors import UsageError
from pocketseg.core.files import write_json
from pocketseg.report import write_all
from pocketseg.report.html import page
from pocketseg.report.pareto import fronts_table, write_fronts


def test_tables_and_page_name_both_scores(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from pocketseg.cli._table import print_table

    tested = {"test_miou": 0.31, "test_iou": {"background": 0.5, "mug": 0.12}, "test_photos": 32, "tested_at": WHEN}
    rows = [row("fp32", **tested), row("w8")]
    print_table(rows)
    said = " ".join(capsys.readouterr().out.split())
    assert "val mIoU test mIoU" in said and "mIoU over 24 val photos" in said
    assert f"test mIoU over 32 test photos: only files on a front, each scored once ({WHEN})" in said
    assert "val mIoU 0.6000 test mIoU 0.3100" in " ".join(fronts_table(rows).split())
    html = page(rows)
    assert 'id="test-classes"' in html and "IoU per class, val photos" in html and "test mIoU 0.3100" in html
    write_all(rows, tmp_path)
    assert json.loads((tmp_path / "results.json").read_text())["rows"][0]["test_iou"]["mug"] == 0.12
    with write_fronts(tmp_path / "pareto.csv", rows).open() as stream:
        assert [(r["miou"], r["test_miou"], r["test_photos"]) for r in csv.DictReader(stream)] == [
            ("0.6", "0.31", "32")
        ]
    only = page([row("fp32", split="test")])
    assert 'id="test-classes"' not in only and "val mIoU" not in only and "test mIoU" not in only


@pytest.mark.parametrize(
    ("split", "warns"), [("val", ""), ("test", "a choice made on test photos flatters"), ("train", "training photos")]
)
def test_pick_says_on_which_photos_it_chose(pocketseg: Call, tmp_path: Path, split: str, warns: str) -> None:
    write_json(tmp_path / "results.json", {"rows": [to_json(row(recipe, split=split)) for recipe in SCORES]})
    asked = ("pick", tmp_path, "--target", "onnx", "--min-miou", "0.585")
    said, found = pocketseg(*asked), json.loads(pocketseg(*asked, "--json").out)
    assert said.code == 0 and f"chosen on 24 {split} photos" in said.out
    assert found["split"] == split == found["row"]["split"] and found["row"]["recipe"] == "w8a8"
    assert (
        (warns in said.out and warns in found["warning"])
        if warns
        else (found["warning"] == "" and "warning" not in said.out)
    )


def test_pick_gives_the_test_score_of_what_it_picked_apart(pocketseg: Call, tmp_path: Path) -> None:
    rows = [row("fp32", test_miou=0.2, test_photos=32, tested_at=WHEN), row("w8a8")]
    write_json(tmp_path / "results.json", {"rows": [to_json(r) for r in rows]})
    said = pocketseg("pick", tmp_path, "--target", "onnx", "--max-p50-ms", "99").out
    assert "val mIoU 0.6000" in said and f"test mIoU 0.2000 over 32 test photos, scored once ({WHEN})" in said
    assert "not scored on test photos" in pocketseg("pick", tmp_path, "--target", "onnx", "--max-p50-ms", "5").out


def test_scores_on_several_parts_are_not_ranked_together(pocketseg: Call, tmp_path: Path) -> None:
    write_json(tmp_path / "results.json", {"rows": [to_json(row("fp32")), to_json(row("w8", split="test"))]})
    answer = pocketseg("pick", tmp_path, "--target", "onnx", "--max-mb", "9")
    assert answer.code == UsageError.exit_code
    assert "scores on test and val photos, which cannot be compared" in answer.err
