"""Measurements kept in docs/compression: one run a target, no paths of a machine, nothing of another network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pocketseg.core.errors import DataError
from scripts import published, readme


def _row(**changes: Any) -> dict[str, Any]:
    facts = {
        "model": "tiny", "recipe": "fp32", "target": "tflite", "precision": "fp32", "runtime": "litert", "status": "ok",
        "reason": "", "split": "test", "miou": 0.5, "data": "ccp:/home/me/photos", "data_hash": "h", "photos": 9,
        "threads": 1, "artifact": "/home/me/out/tiny-fp32.tflite", "latencies_ms": [], "device": {"timed_at": "now"},
        "size_bytes": 1_000_000, "p50_ms": 2.0,
    }  # fmt: skip
    return {**facts, **changes}


def _results(path: Path, *rows: Any) -> Path:
    path.write_text(json.dumps({"rows": rows}))
    return path


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readme, "COMPRESSION", tmp_path)
    monkeypatch.setattr(published, "ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/results.md").write_text("a\n<!-- compression:begin -->\n<!-- compression:end -->\nb\n")


def _publish(results: Path) -> int | str | None:
    try:
        published.main.main([str(results), "--network", "tiny"], standalone_mode=False)
    except SystemExit as end:
        return end.code
    return 0


def test_a_targets_rows_are_replaced_together_and_without_paths(tmp_path: Path) -> None:
    old = [_row(recipe="w8"), _row(target="onnx", data="ccp", artifact="out/a.onnx")]
    _results(tmp_path / "tiny-results.json", *old)
    _results(tmp_path / "wide-results.json", _row(model="wide"))
    new = [_row(miou=0.6), _row(model="tiny-prune0.5", miou=0.4, p50_ms=1.0)]
    assert _publish(_results(tmp_path / "r.json", *new)) == 0
    kept = json.loads((tmp_path / "tiny-results.json").read_text())["rows"]
    assert [(r["model"], r["target"], r["recipe"], r["miou"]) for r in kept] == [
        ("tiny", "onnx", "fp32", 0.5), ("tiny", "tflite", "fp32", 0.6), ("tiny-prune0.5", "tflite", "fp32", 0.4),
    ]  # fmt: skip
    assert {r["data"] for r in kept} == {"ccp"} and kept[1]["artifact"] == "out/tiny-fp32.tflite"
    page = (tmp_path / "docs/results.md").read_text()
    assert "| tiny-prune0.5 | tflite | fp32 | 0.4000 | -20.00 |" in page and "| wide | tflite |" in page
    assert "2.00 x |" in page, "without turns the ratio of the p50s"


@pytest.mark.parametrize(("changes", "says"), [
    ({"model": "tinyish", "recipe": "w8"}, "tinyish is not tiny's"),
    ({"recipe": "w8", "split": "val"}, "several photos"),
    ({"recipe": "w8", "data_hash": "x"}, "several photos"),
    ({"recipe": "w8", "miou": None}, "tiny w8: ok"),
    ({"recipe": "w8", "status": "failed", "reason": "fell over"}, "tiny w8: fell over"),
    ({"recipe": "w8", "threads": 2}, "several threads"),
    ({"recipe": "w8", "device": {"timed_at": "later"}}, "several times"),
    ({"target": "onnx", "recipe": "w8"}, "onnx has no fp32 file"),
    ({}, "stands there twice"),
])  # fmt: skip
def test_what_is_not_one_run_is_refused_and_nothing_is_changed(
    tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    before = (tmp_path / "docs/results.md").read_text()
    said = _publish(_results(tmp_path / "r.json", _row(), _row(**changes)))
    assert isinstance(said, str) and says in said
    assert not (tmp_path / "tiny-results.json").exists() and (tmp_path / "docs/results.md").read_text() == before


def test_other_photos_than_those_of_rows_that_stay_are_refused(tmp_path: Path) -> None:
    _results(tmp_path / "tiny-results.json", _row(target="onnx", data="ccp"))
    with pytest.raises(DataError, match="several photos"):
        published.merged(_results(tmp_path / "r.json", _row(data="sample", photos=3)), "tiny")


@pytest.mark.parametrize("text", ["[]", '{"rows": null}', '{"rows": [1]}', '{"rows": [{}]}', "{", '{"rows": {"a": 1}}'])
def test_what_is_no_result_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_text(text)
    said = _publish(tmp_path / "r.json")
    assert isinstance(said, str) and said.startswith("error: ")
    (tmp_path / "tiny-results.json").write_text(text)
    assert str(_publish(_results(tmp_path / "r.json", _row()))).startswith("error: ")
