"""Measurements kept in docs/compression: one run a target, no paths of a machine, nothing of another network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pocketseg.core.errors import DataError
from pocketseg.report import published, readme


def _row(**changes: Any) -> dict[str, Any]:
    facts = {
        "model": "tiny", "recipe": "fp32", "target": "tflite", "status": "ok", "reason": "", "split": "test",
        "miou": 0.5, "data": "ccp:/home/me/photos", "artifact": "/home/me/out/tiny-fp32.tflite",
    }  # fmt: skip
    return {**facts, **changes}


def _results(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"rows": rows}))
    return path


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readme, "COMPRESSION", tmp_path)


def test_a_targets_rows_are_replaced_together_and_without_paths(tmp_path: Path) -> None:
    old = [_row(recipe="w8"), _row(target="onnx", data="ccp", artifact="out/a.onnx")]
    _results(tmp_path / "tiny-results.json", *old)
    new = [_row(miou=0.6), _row(model="tiny-prune0.5", miou=0.4)]
    kept = json.loads(published.publish(_results(tmp_path / "r.json", *new), "tiny").read_text())["rows"]
    assert [(r["model"], r["target"], r["recipe"], r["miou"]) for r in kept] == [
        ("tiny", "onnx", "fp32", 0.5), ("tiny", "tflite", "fp32", 0.6), ("tiny-prune0.5", "tflite", "fp32", 0.4),
    ]  # fmt: skip
    assert {r["data"] for r in kept} == {"ccp"} and kept[1]["artifact"] == "out/tiny-fp32.tflite"


@pytest.mark.parametrize("change", [
    {"model": "tinyish"}, {"split": "val"}, {"miou": None}, {"status": "failed", "reason": "fell over"},
])  # fmt: skip
def test_other_networks_photos_and_failed_rows_are_refused_and_nothing_is_changed(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    with pytest.raises(DataError, match="over test photos"):
        published.publish(_results(tmp_path / "r.json", _row(), _row(**change)), "tiny")
    assert not (tmp_path / "tiny-results.json").exists()


def test_what_is_no_result_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text("[]")
    with pytest.raises(DataError, match="cannot be read"):
        published.publish(tmp_path / "r.json", "tiny")
