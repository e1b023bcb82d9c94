"""Manifests: a round trip, and what is refused with what is wrong."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pocketseg.core import files, manifest
from pocketseg.core.classes import CLASSES, COLORS_RGB
from pocketseg.core.errors import ManifestError
from pocketseg.core.types import Artifact, Parity, Preprocessing, TensorSpec

GOLDEN = {"photo": "0001.jpg", "output_indices": [0, 7], "output_values": [0.5, -1.25]}


def _export(folder: Path, name: str = "net.onnx") -> Artifact:
    """Write a file with its manifest."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"a network")
    artifact = Artifact(
        target="onnx",
        model="net",
        recipe="prune:0.3+w8a8",
        precision="w8a8",
        output="logits",
        file=name,
        sha256=files.sha256_path(folder / name),
        size_bytes=9,
        input_height_px=64,
        input_width_px=32,
        preprocessing=Preprocessing(mean_rgb=(0.5, 0.5, 0.5), std_rgb=(0.5, 0.5, 0.5)),
        inputs=(
            TensorSpec(
                name="image", shape=(1, 3, 64, 32), layout="NCHW", dtype="float32", value_range=(0.0, 255.0),
                normalization="inside",
            ),
        ),
        outputs=(TensorSpec(name="y", shape=(1, 4, 64, 32), layout="NCHW", dtype="int8", scale=0.1, zero_point=-3),),
        classes=CLASSES,
        colors_rgb=COLORS_RGB,
        checkpoint_sha256="0" * 64,
        lineage=("net@0000", "onnx:w8a8"),
        split_hash="abc",
        calibration={"photos": 32, "hash": "x"},
        parity=Parity(status="measured", images=8, max_abs_error=0.25, argmax_agreement=0.999),
        tools={"onnx": "1.0"},
        facts={"größe": [1, 2]},
        golden=GOLDEN,
    )  # fmt: skip
    manifest.write_manifest(folder, artifact)
    return artifact


def test_a_manifest_round_trips_from_the_folder_the_file_or_itself(tmp_path: Path) -> None:
    artifact = _export(tmp_path / "out")
    for where in ("out", "out/net.onnx", "out/manifest.json"):
        assert manifest.read_manifest(tmp_path / where) == (artifact, tmp_path / "out/net.onnx")


def test_a_package_has_its_manifest_beside_it(tmp_path: Path) -> None:
    package = tmp_path / "out/net.mlpackage"
    (package / "Data").mkdir(parents=True)
    (package / "Manifest.json").write_text("{}")
    (package / "manifest.json").write_text("Core ML's own, on a disk that does not tell cases apart")
    (package / "Data/weights").write_bytes(b"123")
    artifact = dataclasses.replace(
        _export(tmp_path / "out"), file="net.mlpackage", sha256=files.sha256_path(package), size_bytes=5
    )
    manifest.write_manifest(tmp_path / "out", artifact)
    assert manifest.read_manifest(package) == manifest.read_manifest(tmp_path / "out") == (artifact, package)
    (package / "Data/weights").rename(package / "Data/weight")
    with pytest.raises(ManifestError, match="is not the file"):
        manifest.read_manifest(package)


def _edit(**changes: Any) -> Callable[[Path], object]:
    def apply(folder: Path) -> None:
        content = json.loads((folder / "manifest.json").read_text())
        files.write_json(folder / "manifest.json", {**content, **changes})

    return apply


def _drop(name: str) -> Callable[[Path], object]:
    def apply(folder: Path) -> None:
        content = json.loads((folder / "manifest.json").read_text())
        del content[name]
        files.write_json(folder / "manifest.json", content)

    return apply


def _text(text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / "manifest.json").write_bytes(text.encode("latin-1"))


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda f: (f / "manifest.json").unlink(), "has no manifest.json beside it"),
    "empty": (_text(""), "is not a manifest"),
    "cut short": (_text('{"schema_version": 2, "file'), "is not a manifest"),
    "a list": (_text("[]"), "is not a manifest"),
    "null": (_text("null"), "is not a manifest"),
    "not UTF-8": (_text("\xff\xfe{}"), "is not a manifest"),
    "another version": (_edit(schema_version=1), "schema_version 1, this version reads 2"),
    "unknown entries": (_edit(zoom=1, colour=2), "unknown entries colour, zoom"),
    "no schema": (_drop("schema_version"), "is not a manifest"),
    "no hash": (_drop("sha256"), "is not a manifest"),
    "no parity": (_drop("parity"), "is not a manifest"),
    "no tools": (_drop("tools"), "is not a manifest"),
    "file is a number": (_edit(file=3), "file must be a text"),
    "bad parity": (_edit(parity={"state": "fine"}), "is not a manifest"),
    "bad shape": (_edit(inputs=[{"name": "x", "shape": ["a"], "layout": "NCHW", "dtype": "f4"}]), "is not a manifest"),
    "bad input": (_edit(inputs=[{"name": "x"}]), "is not a manifest"),
    "bad colours": (_edit(colors_rgb=[1, 2]), "is not a manifest"),
    "file gone": (lambda f: (f / "net.onnx").unlink(), "net.onnx, named by .*, does not exist"),
    "other bytes": (lambda f: (f / "net.onnx").write_bytes(b"another network"), "is not the file that"),
    "other hash": (_edit(sha256="1" * 64), "is not the file that"),
    "leaves the folder": (_edit(file="../net.onnx"), "names a file outside its folder"),
    "absolute": (_edit(file="/etc/passwd"), "names a file outside its folder"),
    "the folder above": (_edit(file=".."), "names a file outside its folder"),
    "the folder itself": (_edit(file="."), "names a file outside its folder"),
    "no name": (_edit(file=""), "names a file outside its folder"),
    "a folder in it": (_edit(file="sub/net.onnx"), "names a file outside its folder"),
    "golden values of nothing": (_edit(golden={**GOLDEN, "output_indices": [], "output_values": []}), "golden has 0"),
    "golden values without a place": (_edit(golden={**GOLDEN, "output_indices": [0]}), "golden has 1 output_indices"),
    "golden values without a photo": (
        _edit(golden={"output_indices": [0], "output_values": [0.5]}),
        "is not a manifest",
    ),
    "golden places as a table": (_edit(golden={**GOLDEN, "output_indices": {"a": 1}}), "must be a list"),
    "golden places below 0": (_edit(golden={**GOLDEN, "output_indices": [0, -1]}), "an output index of golden is -1"),
    "golden values beyond all bounds": (_edit(golden={**GOLDEN, "output_values": [1e308, 0]}), "value of golden is 1e"),
    "golden values as texts": (_edit(golden={**GOLDEN, "output_values": ["a", "b"]}), "must be a number"),
    "backslashes": (_edit(file="..\\net.onnx"), "names a file outside its folder"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_a_bad_manifest_is_refused_with_what_is_wrong(fault: str, tmp_path: Path) -> None:
    _export(tmp_path / "out")
    (tmp_path / "net.onnx").write_bytes(b"a network")  # what a path out of the folder would reach
    spoil, message = REFUSED[fault]
    spoil(tmp_path / "out")
    with pytest.raises(ManifestError, match=message):
        manifest.read_manifest(tmp_path / "out")


def test_a_file_that_the_manifest_does_not_name_is_refused(tmp_path: Path) -> None:
    _export(tmp_path / "out")
    (tmp_path / "out/other.onnx").write_bytes(b"a network")
    with pytest.raises(ManifestError, match=r"belongs to net\.onnx, not to other\.onnx"):
        manifest.read_manifest(tmp_path / "out/other.onnx")


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="nothing does not exist"):
        manifest.read_manifest(tmp_path / "nothing")
