"""`benchmark --latency-only`: files of which nothing is known but their tensors are timed, and never scored."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _engines import QUICK
from _small_tflite import SHAPE, write_addition
from ai_edge_litert import schema_py_generated as schema
from click.testing import CliRunner

import pocketseg.inspect
from benchmark import latency_only
from benchmark._plain_worker import random_values
from benchmark.rows import read_results
from pocketseg import api
from pocketseg.cli.main import cli
from pocketseg.core.cache import Cache
from pocketseg.core.errors import DataError, ManifestError, RuntimeFailedError, UsageError
from pocketseg.core.files import sha256_file
from pocketseg.core.manifest import NAME


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latency_only, "Effort", lambda: QUICK)


def _call(*arguments: object, cache: Path) -> Any:
    call = ["--cache-dir", cache, "benchmark", "--latency-only", *arguments]
    return CliRunner().invoke(cli, list(map(str, call)), catch_exceptions=False, standalone_mode=False)


def test_files_with_several_inputs_are_timed_and_not_scored(tmp_path: Path) -> None:
    files = [
        write_addition(tmp_path / "add.tflite"),
        write_addition(tmp_path / "whole.tflite", schema.TensorType.INT32),
    ]
    rows = api.latency_only(files, cache=tmp_path / "cache", out=tmp_path / "out")
    for row, file in zip(rows, files, strict=True):
        assert (row["kind"], row["file"], row["failure"]) == ("latency only", file.name, "")
        assert (row["size_bytes"], row["sha256"]) == (file.stat().st_size, sha256_file(file))
        assert [i["shape"] for i in row["inputs"]] == [list(SHAPE)] * 2 and row["multiply_adds"] == 0
        assert row["runs"] == len(row["latencies_ms"]) == 4 and 0 < row["p50_ms"] < 1e4 and row["load_ms"] > 0
        assert row["verdict"] in ("INVALID", "UNSTABLE"), "so few turns are never VALID"
        assert row["device"]["cores"] >= 1 and row["runtime"]["ai-edge-litert"]
        assert not {"miou", "iou", "argmax_agreement", "model", "target"} & set(row)
        assert str(tmp_path) not in json.dumps(row)
    kept = json.loads((tmp_path / "out" / "latency-only.json").read_bytes())
    assert kept["rows"] == json.loads(json.dumps(rows))
    with pytest.raises(DataError, match="is not a benchmark row"):  # so it comes into no table of scored files
        read_results(tmp_path / "out" / "latency-only.json")


def test_a_file_that_fails_has_the_reason_and_does_not_stop_the_others(tmp_path: Path) -> None:
    good, text = write_addition(tmp_path / "add.tflite"), tmp_path / "text.tflite"
    text.write_bytes(b"\x1c\x00\x00\x00TFL3" + b"no graph" * 9)
    huge = write_addition(tmp_path / "huge.tflite", shape=(1, 1 << 20, 1 << 10))
    said: list[str] = []
    rows = api.latency_only([text, good, huge], cache=tmp_path / "cache", note=said.append)
    assert [bool(row["failure"]) for row in rows] == [True, False, True]
    assert rows[0]["p50_ms"] is None and any("text.tflite could not be read" in sentence for sentence in said)
    answer = _call(text, good, cache=tmp_path / "cache")
    assert answer.return_value == 7 and "text.tflite" in answer.output and "Latency only" in answer.output


def test_an_exported_network_is_refused_because_it_is_scored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write_addition(tmp_path / "add.tflite")
    plain = pocketseg.inspect.inspect_file(file)
    monkeypatch.setattr(
        pocketseg.inspect, "inspect_file", lambda path: dataclasses.replace(plain, manifest={"model": "u2netp"})
    )
    with pytest.raises(UsageError, match="is an exported segmentation network") as caught:
        api.latency_only([file], cache=tmp_path / "cache")
    assert "leave --latency-only out" in caught.value.hint


def test_a_manifest_of_another_file_does_not_make_it_an_exported_one(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("{}", encoding="utf-8")
    (row,) = api.latency_only([write_addition(tmp_path / "add.tflite")], cache=tmp_path / "cache")
    assert not row["failure"]


def test_without_the_option_such_a_file_is_refused_as_before(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=f"has no {NAME} beside it"):
        api.benchmark([write_addition(tmp_path / "add.tflite")], cache=tmp_path / "cache")


@pytest.mark.parametrize(
    ("name", "message"),
    [("none.tflite", "does not exist"), ("", "is a folder"), ("text.onnx", "is not a .tflite file")],
)
def test_other_things_are_refused_before_any_work(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_bytes(b"x")
    with pytest.raises(UsageError, match=message):
        api.latency_only([tmp_path / name], cache=tmp_path / "cache")


def test_a_file_named_twice_is_refused(tmp_path: Path) -> None:
    file = write_addition(tmp_path / "add.tflite")
    with pytest.raises(UsageError, match="named twice"):
        api.latency_only([file, tmp_path / "." / file.name], cache=tmp_path / "cache")


@pytest.mark.parametrize(
    "option",
    [("--data", "ccp:x"), ("--split", "val"), ("--model", "u2netp"), ("--wait", "9"), ("--on", "android"),
     ("--max-temp-c", "40")],
)  # fmt: skip
def test_options_of_scores_and_phones_are_refused(option: tuple[str, str], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"{option[0]} cannot be combined with --latency-only"):
        _call(tmp_path / "add.tflite", *option, cache=tmp_path / "cache")


def test_json_holds_the_rows_alone(tmp_path: Path) -> None:
    answer = _call(write_addition(tmp_path / "add.tflite"), "--json", cache=tmp_path / "cache")
    assert not answer.return_value and [r["file"] for r in json.loads(answer.stdout)["rows"]] == ["add.tflite"]


@pytest.mark.parametrize("kind", ["float32", "float16", "uint8", "int8", "int16", "int32", "int64", "bool"])
def test_values_span_the_range_of_their_type(kind: str) -> None:
    found = random_values((3, 4000), np.dtype(kind), np.random.default_rng(0))
    assert found.shape == (3, 4000) and found.dtype == kind
    again = random_values((3, 4000), np.dtype(kind), np.random.default_rng(0))
    assert np.array_equal(found, again)
    low, high = (0, 1) if found.dtype.kind in "fb" else (np.iinfo(kind).min, np.iinfo(kind).max)
    least, most = float(found.min()), float(found.max())
    assert low <= least < low + 0.01 * (float(high) - low) and high - 0.01 * (float(high) - low) < most <= high + 1e-3


def test_values_of_a_text_cannot_be_drawn() -> None:
    with pytest.raises(RuntimeFailedError, match="no values can be drawn"):
        random_values((1,), np.dtype("U4"), np.random.default_rng(0))


def test_time_without_a_known_speed_of_the_computer_is_not_valid(tmp_path: Path) -> None:
    (found,) = latency_only.time_files(
        [write_addition(tmp_path / "add.tflite")], threads=1, cache=Cache(tmp_path / "cache"), effort=QUICK
    )
    assert found.threads == 1 and found.verdict != "VALID" and found.peak_rss_bytes
