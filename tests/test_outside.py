"""Values from outside: what JSON and TOML files of strangers may hold, and what their readers say."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from _commands import Call
from PIL import Image

import models
from benchmark.rows import append_row, from_json, read_rows, to_json
from pocketseg.core import manifest, outside
from pocketseg.core.errors import CheckpointError, DataError, ManifestError, UsageError
from pocketseg.core.types import LARGEST_INPUT_PX, BenchmarkRow
from pocketseg.training.recipe import parse_changes

DEEP = 200_000
NO_JSON: dict[str, tuple[str | bytes, str]] = {
    "deep lists": ("[" * DEEP, "nested deeper"),
    "deep lists that end": ("[" * DEEP + "]" * DEEP, "nested deeper"),
    "deep tables": ('{"a":' * DEEP, "nested deeper"),
    "one level too many": ("[" * 65 + "]" * 65, "nested deeper"),
    "NaN": ('{"a": NaN}', "NaN is not a number"),
    "infinity": ("[-Infinity]", "not a number"),
    "a number beyond floats": ("[1e999]", "beyond"),
    "a number of many digits": ("1" * 5000, "more than 4,300 characters"),
    "a number of one digit too many": ("-" + "1" * 4300, "more than 4,300 characters"),
    "a fraction of many digits": ("0." + "1" * 4299, "more than 4,300 characters"),
    "a fraction of many digits before it": ("1" * 5000 + ".5", "more than 4,300 characters"),
    "a long exponent": ("1e" + "0" * 4299, "more than 4,300 characters"),
    "a number beyond floats that a later one replaces": ('{"a": -1e400, "a": 1}', "beyond"),
    "no UTF-8": (b'{"a": "\xff"}', "not UTF-8 text: byte 7"),
    "cut short": ('{"a": [1, ', "Expecting"),
    "empty": ("", "Expecting"),
}


@pytest.mark.parametrize("what", NO_JSON)
def test_what_is_no_json_is_one_value_error(what: str) -> None:
    text, message = NO_JSON[what]
    with pytest.raises(ValueError, match=message):
        outside.parse_json(text)


def test_numbers_of_as_many_characters_as_there_may_be_are_read() -> None:
    assert outside.parse_json("1" * 4300) == int("1" * 4300)
    assert outside.parse_json("0." + "1" * 4298) == 1 / 9


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * DEEP,
        "a = " + "[" * 300 + "]" * 300,
        ".".join("a" * DEEP) + " = 1",
        "[" + ".".join("a" * 3000) + "]",
        "a = 1\n" * 400_000,
    ],
)
def test_toml_that_is_nested_or_large_is_one_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"nested deeper|larger than"):
        outside.parse_toml(text)


def test_texts_with_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'\xef\xbb\xbf{"a": [1, 2.5]}')
    (tmp_path / "a.toml").write_bytes(b"\xef\xbb\xbfa = [1, 2.5]\n")
    assert outside.read_json(tmp_path / "a.json") == outside.read_toml(tmp_path / "a.toml") == {"a": [1, 2.5]}


def test_pipes_folders_and_large_files_are_no_texts(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b"[" + b" " * 100 + b"]")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero")):
        with pytest.raises(ValueError, match="no regular file"):
            outside.read_json(path)
    with pytest.raises(ValueError, match="larger than 100 bytes"):
        outside.read_json(tmp_path / "large", 100)
    with pytest.raises(FileNotFoundError):
        outside.read_json(tmp_path / "none")


# ---- manifests -------------------------------------------------------------------------------------------------------

SPEC = {"name": "image", "shape": [1, 3, 64, 32], "layout": "NCHW", "dtype": "float32", "value_range": [0, 255]}
RULE = {
    "mean_rgb": [0.5, 0.5, 0.5], "std_rgb": [0.2, 0.2, 0.2], "value_range": [0, 255], "orientation": "exif",
    "color_order": "RGB", "resize": "stretch", "resampling": "pillow-bilinear",
}  # fmt: skip
GOOD: dict[str, Any] = {
    "target": "onnx", "model": "net", "recipe": "fp32", "precision": "fp32", "output": "logits", "file": "net.onnx",
    "sha256": "0" * 64, "size_bytes": 9, "input_height_px": 64, "input_width_px": 32, "inputs": [SPEC],
    "outputs": [{"name": "logits", "shape": [1, 2, 64, 32], "layout": "NCHW", "dtype": "float32"}],
    "classes": ["background", "mug"], "colors_rgb": [[0, 0, 0], [1, 2, 3]], "checkpoint_sha256": "", "lineage": [],
    "split_hash": "", "calibration": {}, "parity": {"status": "not measured here"}, "tools": {}, "schema_version": 2,
    "preprocessing": RULE,
}  # fmt: skip
BEYOND: dict[str, tuple[dict[str, Any], str]] = {
    "ten million pixels": ({"input_height_px": 10_000_000}, f"not within 1 to {LARGEST_INPUT_PX}"),
    "no pixels": ({"input_width_px": 0}, "not within"),
    "a text for pixels": ({"input_width_px": "32"}, "must be a whole number"),
    "truth for pixels": ({"input_width_px": True}, "must be a whole number"),
    "a shape of another size": ({"input_height_px": 96}, "64 x 32 px"),
    "a huge shape": ({"inputs": [{**SPEC, "shape": [1, 3, 64, 10**12]}]}, "not within"),
    "a huge product": ({"inputs": [{**SPEC, "layout": "X", "shape": [60000, 60000]}]}, "too large"),
    "a negative side": ({"outputs": [{**SPEC, "shape": [1, 2, -64, 32]}]}, "not within"),
    "a kind that numpy fills memory with": ({"inputs": [{**SPEC, "dtype": "U1000000"}]}, "dtype is"),
    "no scale": ({"inputs": [{**SPEC, "scale": 0}]}, "scale must be above 0"),
    "many tensors": ({"inputs": [SPEC] * 65}, "more than 64"),
    "many classes": ({"classes": [str(i) for i in range(256)]}, "more than 255"),
    "a class twice": ({"classes": ["a", "a"]}, "each once"),
    "a class that is none": ({"classes": ["a", 3]}, "must be a text"),
    "a colour too few": ({"colors_rgb": [[0, 0, 0]]}, "1 colours for 2 classes"),
    "a bright colour": ({"colors_rgb": [[0, 0, 0], [0, 0, 256]]}, "not within 0 to 255"),
    "a negative size": ({"size_bytes": -1}, "not within"),
    "a long name": ({"file": "x" * 300}, "longer than 255 bytes"),
    "a long text": ({"model": "x" * 5000}, "longer than"),
    "another output": ({"output": "boxes"}, "output is 'boxes'"),
    "another resize": ({"preprocessing": {**RULE, "resize": "letterbox"}}, "resize is 'letterbox'; this version knows"),
    "blue first": ({"preprocessing": {**RULE, "color_order": "BGR"}}, "color_order is 'BGR'"),
    "values up to 1": ({"preprocessing": {**RULE, "value_range": [0, 1]}}, "value_range is"),
    "a mean of two": ({"preprocessing": {**RULE, "mean_rgb": [0.5, 0.5]}}, "2 numbers, not 3"),
    "a mean in a list": ({"preprocessing": {**RULE, "mean_rgb": [[1], 2, 3]}}, "must be a number"),
    "a deviation that is no list": ({"preprocessing": {**RULE, "std_rgb": "x"}}, "must be a list"),
    "a deviation of 0": ({"preprocessing": {**RULE, "std_rgb": [0, 1, 1]}}, "must be positive"),
    "an unknown rule": ({"preprocessing": {**RULE, "crop": "center"}}, "crop"),
    "half a rule": ({"preprocessing": {k: v for k, v in RULE.items() if k != "resize"}}, "lacks resize"),
    "no rule": ({"preprocessing": []}, "must be a table"),
    "a list of tools": ({"tools": []}, "tools must be a table"),
}


@pytest.mark.parametrize("what", BEYOND)
def test_a_manifest_beyond_bounds_is_refused_before_anything_is_made_of_it(what: str, tmp_path: Path) -> None:
    change, message = BEYOND[what]
    (tmp_path / "manifest.json").write_text(json.dumps({**GOOD, **change}))
    (tmp_path / "net.onnx").write_bytes(b"a network")
    with pytest.raises(ManifestError, match=message):
        manifest.read_manifest(tmp_path)


def test_the_manifest_that_the_bounds_are_tried_on_is_a_good_one(tmp_path: Path) -> None:
    from pocketseg.core.files import sha256_file

    (tmp_path / "net.onnx").write_bytes(b"a network")
    (tmp_path / "manifest.json").write_text(json.dumps({**GOOD, "sha256": sha256_file(tmp_path / "net.onnx")}))
    assert manifest.read_manifest(tmp_path)[0].inputs[0].value_range == (0.0, 255.0)


def test_a_manifest_of_many_megabytes_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(b" " * (manifest.MOST_BYTES + 1))
    with pytest.raises(ManifestError, match="larger than"):
        manifest.read_manifest(tmp_path)


def test_a_network_of_ten_million_pixels_is_refused() -> None:
    with pytest.raises(UsageError, match="8192 at most"):
        dataclasses.replace(models.spec("topformer_tiny"), height_px=10_000_000)


# ---- everything that reads JSON --------------------------------------------------------------------------------------


def _row(**changes: Any) -> BenchmarkRow:
    texts = ("model", "recipe", "target", "precision", "runtime")
    return BenchmarkRow(**{**dict.fromkeys(texts, "x"), "status": "ok", **changes})


@pytest.mark.parametrize(
    "change",
    [
        {"model": 3}, {"status": "fine"}, {"miou": "0.5"}, {"p50_ms": -1.0}, {"size_bytes": 1.5}, {"latencies_ms": "1"},
        {"latencies_ms": [None]}, {"iou": {"a": "b"}}, {"device": []}, {"photos": True}, {"miou": float("inf")},
    ],
)  # fmt: skip
def test_a_row_whose_fields_are_of_other_kinds_is_refused(change: dict[str, Any]) -> None:
    content = to_json(_row(latencies_ms=(1.0,), iou={"a": 0.5, "b": None}, miou=0.5))
    assert from_json(content).miou == 0.5
    with pytest.raises(DataError, match="not a benchmark row"):
        from_json({**content, **change})


def test_a_line_that_is_nested_deep_counts_as_torn(tmp_path: Path) -> None:
    append_row(tmp_path / "rows.jsonl", _row())
    with (tmp_path / "rows.jsonl").open("a") as stream:
        stream.write("[" * DEEP + "\n")
    append_row(tmp_path / "rows.jsonl", _row(model="y"))
    assert [row.model for row in read_rows(tmp_path / "rows.jsonl")] == ["x", "y"]


READERS: dict[str, tuple[Callable[[Path], tuple[object, ...]], str, int]] = {
    "results": (lambda p: ("pick", p, "--target", "onnx", "--max-mb", "9"), "results.json", 3),
    "manifest": (lambda p: ("segment", p / "x.jpg", "--model", p, "--out", p / "out"), "manifest.json", 6),
    "split": (
        lambda p: ("evaluate", "topformer_tiny", "--data", f"folder:{p}", "--split-file", p / "split.json"),
        "split.json", 3,
    ),
    "sweep": (lambda p: ("sweep", p / "sweep.toml", "--out", p / "out"), "sweep.toml", 2),
    "run": (lambda p: ("release", p, "--data", f"folder:{p}", "--out", p / "out"), "config.json", 4),
}  # fmt: skip


@pytest.mark.parametrize("what", READERS)
def test_a_file_that_is_nested_deep_is_one_sentence_and_a_status(what: str, pocketseg: Call, tmp_path: Path) -> None:
    command, name, code = READERS[what]
    for folder, mode in (("images", "RGB"), ("masks", "L")):
        (tmp_path / folder).mkdir()
        Image.new(mode, (8, 8)).save(tmp_path / folder / "a.png")
    (tmp_path / name).write_text(("a = " if name.endswith("toml") else '{"a": ') + "[" * DEEP)
    answer = pocketseg(*command(tmp_path))
    assert answer.code == code and "Traceback" not in answer.err, answer.err
    assert "nested deeper than" in answer.err


def test_a_setting_that_is_nested_deep_stays_a_text() -> None:
    assert parse_changes(("lr=" + "[" * 3000,)) == {"lr": "[" * 3000}


def test_a_lineage_that_is_nested_deep_is_a_checkpoint_error() -> None:
    with pytest.raises(CheckpointError, match="lineage in x is damaged: it is nested deeper"):
        models.lineage({"lineage": "[" * DEEP}, "x")


def test_what_the_project_writes_is_within_the_bounds() -> None:
    row = _row(device={"a": {"b": [1]}}, latencies_ms=(1.5,) * 1000)
    assert from_json(json.loads(json.dumps(to_json(row)))) == row and dataclasses.asdict(row)["status"] == "ok"
