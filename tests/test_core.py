"""The facts under everything: recipes, manifests, atomic writes, tensors, scores, errors, the cache."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pocketseg.core import errors, files, manifest
from pocketseg.core.cache import KINDS, ROOT, Cache, default_folder, versions
from pocketseg.core.classes import CLASSES, COLORS_RGB, IGNORE_INDEX, colors
from pocketseg.core.errors import ManifestError, StorageError, UnknownNameError, UsageError
from pocketseg.core.metrics import IouMeter, agreement
from pocketseg.core.npy import read_npy
from pocketseg.core.tensors import decode_output, encode_input
from pocketseg.core.types import PRECISIONS, Artifact, ModelSpec, Parity, Preprocessing, Recipe, TensorSpec

# ---- recipes ---------------------------------------------------------------------------------------------------------

STEPS = st.from_regex(r"[a-z][a-z0-9_]{0,8}(:[A-Za-z0-9_.\-]{1,6})?", fullmatch=True).filter(
    lambda step: step not in PRECISIONS
)


@given(st.lists(STEPS, max_size=4), st.sampled_from(PRECISIONS))
def test_a_recipe_round_trips_through_its_text(steps: list[str], precision: str) -> None:
    recipe = Recipe(steps=tuple(steps), precision=precision)
    assert Recipe.parse(str(recipe)) == recipe
    assert Recipe.parse(" + ".join([*steps, precision])) == recipe, "blanks do not matter"


def test_a_recipe_without_a_precision_means_fp32() -> None:
    assert Recipe.parse("prune:0.3") == Recipe(steps=("prune:0.3",), precision="fp32")


@given(st.text(max_size=12))
def test_any_text_is_a_recipe_or_a_usage_error(text: str) -> None:
    try:
        recipe = Recipe.parse(text)
    except UsageError:
        return
    assert Recipe.parse(str(recipe)) == recipe


@pytest.mark.parametrize(("text", "near"), [("fp61", "fp16"), ("w8a", "w8a8"), ("f32", "fp32")])
def test_a_misspelt_precision_suggests_the_nearest(text: str, near: str) -> None:
    with pytest.raises(UnknownNameError, match=f"did you mean '{near}'"):
        Recipe.parse(text)


@pytest.mark.parametrize("text", ["prune:+fp32", "Prune:0.3+fp32", "+fp32", "prune:0.3+", "a b+fp32", "prune:1:2+fp32"])
def test_a_bad_step_is_named(text: str) -> None:
    with pytest.raises(UsageError, match="is no recipe step"):
        Recipe.parse(text)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"height_px": 31}, "height_px of x is 31"),
        ({"width_px": 0}, "width_px of x is 0"),
        ({"classes": ("background",)}, "at least 2"),
        ({"std_rgb": (0.2, 0.0, 0.2)}, "must be positive"),
    ],
)
def test_a_spec_that_no_network_can_have_is_refused(change: dict[str, Any], message: str) -> None:
    good: dict[str, Any] = {"name": "x", "height_px": 64, "width_px": 32, "mean_rgb": (0.5,) * 3, "std_rgb": (0.2,) * 3}
    ModelSpec(**good, classes=CLASSES)
    with pytest.raises(UsageError, match=message):
        ModelSpec(**{**good, "classes": CLASSES, **change})


# ---- the manifest ----------------------------------------------------------------------------------------------------


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
        golden={"photo": "0001.jpg"},
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
    "empty": (_text(""), "is no manifest"),
    "cut short": (_text('{"schema_version": 2, "file'), "is no manifest"),
    "a list": (_text("[]"), "is no manifest"),
    "null": (_text("null"), "is no manifest"),
    "not UTF-8": (_text("\xff\xfe{}"), "is no manifest"),
    "another version": (_edit(schema_version=1), "schema_version 1, this version reads 2"),
    "unknown entries": (_edit(zoom=1, colour=2), "unknown entries colour, zoom"),
    "no schema": (_drop("schema_version"), "is no manifest"),
    "no hash": (_drop("sha256"), "is no manifest"),
    "no parity": (_drop("parity"), "is no manifest"),
    "no tools": (_drop("tools"), "is no manifest"),
    "file is a number": (_edit(file=3), "file must be a text"),
    "bad parity": (_edit(parity={"state": "fine"}), "is no manifest"),
    "bad shape": (_edit(inputs=[{"name": "x", "shape": ["a"], "layout": "NCHW", "dtype": "f4"}]), "is no manifest"),
    "bad input": (_edit(inputs=[{"name": "x"}]), "is no manifest"),
    "bad colours": (_edit(colors_rgb=[1, 2]), "is no manifest"),
    "file gone": (lambda f: (f / "net.onnx").unlink(), "net.onnx, named by .*, does not exist"),
    "other bytes": (lambda f: (f / "net.onnx").write_bytes(b"another network"), "is not the file that"),
    "other hash": (_edit(sha256="1" * 64), "is not the file that"),
    "leaves the folder": (_edit(file="../net.onnx"), "names a file outside its folder"),
    "absolute": (_edit(file="/etc/passwd"), "names a file outside its folder"),
    "the folder above": (_edit(file=".."), "names a file outside its folder"),
    "the folder itself": (_edit(file="."), "names a file outside its folder"),
    "no name": (_edit(file=""), "names a file outside its folder"),
    "a folder in it": (_edit(file="sub/net.onnx"), "names a file outside its folder"),
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


# ---- writes ----------------------------------------------------------------------------------------------------------


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = files.write_text(tmp_path / "new/a.txt", "old")

    def fail() -> None:
        with files.atomic_file(path) as temporary:
            temporary.write_text("half of the n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_text() == "old" and list(path.parent.iterdir()) == [path]
    files.write_text(path, "new")
    assert path.read_text() == "new" and list(path.parent.iterdir()) == [path]


def test_a_failed_folder_leaves_the_old_folder_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "new/out"
    with files.atomic_folder(path) as folder:
        (folder / "a").write_text("old")

    def fail() -> None:
        with files.atomic_folder(path) as folder:
            (folder / "b").write_text("half")
            raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        fail()
    assert [p.name for p in path.iterdir()] == ["a"] and list(path.parent.iterdir()) == [path]
    with files.atomic_folder(path) as folder:
        (folder / "b").write_text("new")
    assert [p.name for p in path.iterdir()] == ["b"] and list(path.parent.iterdir()) == [path]


def test_values_that_json_cannot_hold_leave_no_file(tmp_path: Path) -> None:
    for value in (float("nan"), {"a": object()}):
        with pytest.raises((ValueError, TypeError)):
            files.write_json(tmp_path / "a.json", value)
    assert not list(tmp_path.iterdir())


def test_a_killed_write_leaves_the_old_file_whole(tmp_path: Path) -> None:
    path = files.write_text(tmp_path / "a.txt", "old")
    code = (
        "import os, sys; from pathlib import Path; from pocketseg.core.files import atomic_file\n"
        "with atomic_file(Path(sys.argv[1])) as t: t.write_text('half'); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, check=False).returncode == -9
    assert path.read_text() == "old"


def test_a_full_disk_is_a_storage_error_that_leaves_the_old_file_and_no_rest(full_disk: Path) -> None:
    path = files.write_text(full_disk / "a.bin", "old")
    with pytest.raises(StorageError, match=r"cannot write .*a\.bin: No space left") as caught:
        files.write_bytes(path, b"x" * 200_000)
    assert "free some space" in caught.value.hint
    assert path.read_text() == "old" and list(full_disk.iterdir()) == [path]


def test_a_checkpoint_on_a_full_disk_is_a_storage_error_that_keeps_the_last_one(full_disk: Path) -> None:
    import torch

    from pocketseg.training.state import Progress, save_state

    path = files.write_text(full_disk / "last.ckpt", "the last good one")
    network = torch.nn.Linear(300, 300)
    optimizer = torch.optim.SGD(network.parameters())
    with pytest.raises(StorageError, match=r"last\.ckpt: No space left"):
        save_state(path, network, optimizer, dict(network.state_dict()), Progress())
    assert path.read_text() == "the last good one" and list(full_disk.iterdir()) == [path]


Writer = Callable[[Path], AbstractContextManager[Path]]


@pytest.mark.parametrize("write", [files.atomic_file, files.atomic_folder])
def test_a_file_in_the_place_of_a_folder_is_a_storage_error(write: Writer, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file")
    for path in (tmp_path / "a/b", tmp_path / "a/b/c"):
        with pytest.raises(StorageError) as caught, write(path):
            pass
        assert "choose another folder" in caught.value.hint


def test_a_folder_in_the_place_of_a_file_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "a/inside").mkdir(parents=True)
    with pytest.raises(StorageError, match="cannot write"):
        files.write_text(tmp_path / "a", "x")
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("number", sorted(files._DISK_ERRNOS))
def test_every_disk_fault_becomes_one_sentence_with_the_path(number: int, tmp_path: Path) -> None:
    message = re.escape(f"cannot write {tmp_path}: {os.strerror(number)}")
    with pytest.raises(StorageError, match=message), files.disk_faults(tmp_path):
        raise OSError(number, os.strerror(number))


def test_a_fault_that_is_not_the_disks_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), files.disk_faults(tmp_path):
        (tmp_path / "none").read_text()


def test_a_folders_hash_depends_on_names_and_bytes_alone(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name / "sub").mkdir(parents=True)
        for file in ("x", "sub/y")[:: 1 if name == "a" else -1]:
            (tmp_path / name / file).write_text(file)
    first = files.sha256_path(tmp_path / "a")
    assert first == files.sha256_path(tmp_path / "b")
    assert files.size_bytes(tmp_path / "a") == 6
    (tmp_path / "b/x").rename(tmp_path / "b/z")
    assert files.sha256_path(tmp_path / "b") != first


# ---- tensors ---------------------------------------------------------------------------------------------------------


def _spec(layout: str, shape: tuple[int, ...], dtype: str = "float32", **more: Any) -> TensorSpec:
    return TensorSpec(name="t", shape=shape, layout=layout, dtype=dtype, **more)


@pytest.fixture
def photo() -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 256, (5, 4, 3)).astype(np.uint8)


@pytest.mark.parametrize("dtype", ["float32", "uint8"])
def test_a_photo_goes_in_in_the_layout_and_dtype_that_the_file_takes(photo: np.ndarray, dtype: str) -> None:
    first = encode_input(photo, _spec("NHWC", (1, 5, 4, 3), dtype))
    assert first.dtype == dtype and np.array_equal(first[0], photo)
    planes = encode_input(photo, _spec("NCHW", (1, 3, 5, 4), dtype))
    assert planes.flags.c_contiguous and np.array_equal(planes[0, 2], photo[:, :, 2])


@pytest.mark.parametrize(("dtype", "scale", "zero_point"), [("int8", 1.0, -128), ("uint8", 1.0, 0), ("int8", 2.5, -20)])
def test_a_quantised_input_is_the_nearest_step(photo: np.ndarray, dtype: str, scale: float, zero_point: int) -> None:
    spec = _spec("NHWC", (1, 5, 4, 3), dtype, scale=scale, zero_point=zero_point)
    got = encode_input(photo, spec)
    assert got.dtype == dtype
    reals = (got[0].astype(float) - zero_point) * scale
    assert np.abs(reals - photo).max() <= scale / 2


def test_a_quantised_input_is_clipped_not_wrapped() -> None:
    white = np.full((1, 1, 3), 255, np.uint8)
    assert (encode_input(white, _spec("NHWC", (1, 1, 1, 3), "int8", scale=1.0, zero_point=0)) == 127).all()


def test_an_input_of_another_size_or_layout_is_refused(photo: np.ndarray) -> None:
    with pytest.raises(ManifestError, match=r"is \(1, 4, 5, 3\), the photo gives \(1, 5, 4, 3\)"):
        encode_input(photo, _spec("NHWC", (1, 4, 5, 3)))
    with pytest.raises(ManifestError, match="layout 'HWC'"):
        encode_input(photo, _spec("HWC", (5, 4, 3)))


def test_outputs_come_back_as_planes_of_scores_or_as_a_class_map() -> None:
    scores = np.random.default_rng(1).normal(size=(1, 2, 3, 4)).astype(np.float32)
    assert np.array_equal(decode_output(scores, _spec("NCHW", scores.shape)), scores[0])
    turned = scores.transpose(0, 2, 3, 1)
    assert np.array_equal(decode_output(turned, _spec("NHWC", turned.shape)), scores[0])
    labels = scores.argmax(1).astype(np.uint8)
    assert np.array_equal(decode_output(labels, _spec("NHW", labels.shape, "uint8")), labels[0])
    with pytest.raises(ManifestError, match="layout 'CHW'"):
        decode_output(scores[0], _spec("CHW", (2, 3, 4)))


def test_a_quantised_output_comes_back_in_reals() -> None:
    steps = np.array([-128, -3, 0, 127], np.int8).reshape(1, 4, 1, 1)
    got = decode_output(steps, _spec("NCHW", steps.shape, "int8", scale=0.5, zero_point=-3))
    assert got.dtype == np.float32 and got.reshape(-1).tolist() == [-62.5, 0.0, 1.5, 65.0]


# ---- scores ----------------------------------------------------------------------------------------------------------


def _by_hand(pairs: list[tuple[np.ndarray, np.ndarray]], count: int) -> list[float | None]:
    values: list[float | None] = []
    for c in range(count):
        both = either = labelled = 0
        for predicted, label in pairs:
            counted = label != IGNORE_INDEX
            p, t = (predicted == c) & counted, (label == c) & counted
            both += int((p & t).sum())
            either += int((p | t).sum())
            labelled += int(t.sum())
        values.append(both / either if labelled else None)
    return values


@pytest.mark.parametrize("classes", [CLASSES, ("background", "a"), (*CLASSES, "hat", "never")])
def test_iou_sums_over_photos_without_ignored_pixels(classes: tuple[str, ...]) -> None:
    rng = np.random.default_rng(2)
    used = len(classes) - (classes[-1] == "never")
    pairs = []
    for shape in ((7, 5), (3, 11), (1, 1)):
        label = rng.integers(0, used, shape).astype(np.uint8)
        label[rng.random(shape) < 0.2] = IGNORE_INDEX
        pairs.append((rng.integers(0, used, shape).astype(np.uint8), label))
    meter = IouMeter(classes)
    for predicted, label in pairs:
        meter.add(predicted, label)
    want = _by_hand(pairs, len(classes))
    assert list(meter.iou()) == list(classes)
    assert list(meter.iou().values()) == [None if v is None else pytest.approx(v, abs=1e-6) for v in want]
    present = [v for v in want if v is not None]
    assert meter.miou() == pytest.approx(sum(present) / len(present), abs=1e-6)
    assert int(meter.confusion.sum()) == sum(int((t != IGNORE_INDEX).sum()) for _, t in pairs)


def test_a_class_that_never_occurs_has_no_iou_and_one_that_is_missed_has_zero() -> None:
    meter = IouMeter(CLASSES)
    meter.add(np.array([[0, 0, 0]]), np.array([[0, 1, 255]]))
    assert meter.iou() == {"background": 0.5, "upper_body": 0.0, "lower_body": None, "full_body": None}
    assert meter.miou() == 0.25


def test_a_class_without_a_label_pixel_does_not_count_although_it_is_predicted() -> None:
    meter = IouMeter(CLASSES)
    meter.add(np.array([[0, 0, 3, 3]]), np.array([[0, 0, 0, 1]]))
    assert meter.iou() == {
        "background": pytest.approx(2 / 3), "upper_body": 0.0, "lower_body": None, "full_body": None,
    }  # fmt: skip
    assert meter.miou() == pytest.approx(1 / 3)


def test_a_photo_that_is_ignored_throughout_counts_nothing() -> None:
    meter = IouMeter(CLASSES)
    meter.add(np.zeros((2, 2), np.uint8), np.full((2, 2), 255, np.uint8))
    assert meter.miou() == 0.0 and set(meter.iou().values()) == {None}


def test_agreement_counts_all_pixels_and_garment_pixels() -> None:
    a, b = np.array([[0, 0, 1, 2]]), np.array([[0, 3, 1, 1]])
    assert agreement(a, b) == (2, 4, 1, 3)
    assert agreement(a * 0, a * 0) == (4, 4, 0, 0)


# ---- errors and names ------------------------------------------------------------------------------------------------


def test_every_error_has_the_exit_code_that_the_tree_shows() -> None:
    tree = dict(re.findall(r"(\w+Error) +(\d)", errors.__doc__ or ""))
    kinds = {n: k for n, k in vars(errors).items() if isinstance(k, type) and issubclass(k, errors.PocketSegError)}
    assert {n: str(k.exit_code) for n, k in kinds.items()} == tree


def test_an_unknown_name_proposes_the_nearest_and_lists_the_rest() -> None:
    error = UnknownNameError("target", "tflit", ["coreml", "tflite"], hint="more")
    assert error.message == "unknown target 'tflit'; did you mean 'tflite'?"
    assert error.hint == "valid: coreml, tflite\nmore"
    assert str(error) == f"{error.message}\n{error.hint}" and error.exit_code == 2
    assert UnknownNameError("target", "zzz", ["coreml"]).message == "unknown target 'zzz'"
    assert UnknownNameError("target", "zzz", []).hint == ""


def test_colours_are_distinct_and_begin_with_the_garment_classes() -> None:
    assert colors(2) == COLORS_RGB[:2] and colors(4) == COLORS_RGB
    many = colors(30)
    assert many[:4] == COLORS_RGB and len(set(many)) == 30
    assert all(0 <= v <= 255 for c in many for v in c)


# ---- the cache -------------------------------------------------------------------------------------------------------


def test_the_cache_counts_and_removes_only_its_own_folders(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    (tmp_path / "mine.txt").write_text("the user's own")
    (tmp_path / "other").mkdir()
    place = cache.place("artifacts", {"a": 1})
    assert not place.exists()
    files.write_text(place / "file", "12345")
    files.write_text(cache.place("rows", {"b": 2}) / "row", "123")
    files.write_text(cache.workspace() / "half/x", "12")
    assert cache.summary() == {
        "artifacts": (1, 5),
        "rows": (1, 3),
        "sensitivity": (0, 0),
        "steps": (0, 0),
        "unfinished": (1, 2),
    }
    assert cache.clean() == 10
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine.txt", "other"]
    assert cache.clean() == 0 and set(cache.summary().values()) == {(0, 0)}


def test_a_folder_that_is_no_cache_loses_nothing_to_a_cleaning(tmp_path: Path) -> None:
    files.write_text(tmp_path / "artifacts" / "u2netp-tflite-fp32" / "manifest.json", "a run's own")
    files.write_text(tmp_path / "rows" / "mine.txt", "the user's")
    assert Cache(tmp_path).clean() == 0
    assert (tmp_path / "artifacts" / "u2netp-tflite-fp32" / "manifest.json").read_text() == "a run's own"
    assert (tmp_path / "rows" / "mine.txt").read_text() == "the user's"


def test_a_place_in_the_cache_depends_on_the_facts_not_on_their_order(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    assert cache.place("rows", {"a": 1, "b": 2}) == cache.place("rows", {"b": 2, "a": 1})
    assert cache.place("rows", {"a": 1}) != cache.place("rows", {"a": 2})
    with pytest.raises(UnknownNameError, match="did you mean 'rows'"):
        cache.place("row", {})
    assert KINDS == ("artifacts", "rows", "sensitivity", "steps")


def test_the_workspace_forgets_what_was_left_days_ago_alone(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for name in ("old", "young"):
        files.write_text(cache.workspace() / name / "x", "1")
    os.utime(cache.workspace() / "old", (0, 0))
    assert [p.name for p in cache.workspace().iterdir()] == ["young"]


def test_the_cache_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("POCKETSEG_CACHE_DIR", str(tmp_path / "a"))
    assert default_folder() == tmp_path / "a"
    monkeypatch.delenv("POCKETSEG_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "b"))
    assert default_folder() == tmp_path / "b/pocketseg"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "c"))
    assert default_folder() == tmp_path / "c/.cache/pocketseg"


def test_versions_say_what_is_not_installed() -> None:
    assert versions(["numpy", "no-such-thing"]) == {"no-such-thing": "absent", "numpy": np.__version__}


def test_threads_read_arrays_one_header_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = io.BytesIO()
    np.save(stored, np.arange(6.0))
    inside, most = 0, 0
    read_array = np.lib.format.read_array

    def watched(stream: io.BytesIO, **settings: bool) -> npt.NDArray[np.float64]:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.002)
        found: npt.NDArray[np.float64] = read_array(stream, **settings)
        inside -= 1
        return found

    monkeypatch.setattr(np.lib.format, "read_array", watched)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: read_npy(io.BytesIO(stored.getvalue())), range(20)))
    assert all(np.array_equal(a, np.arange(6.0)) for a in found)
    assert most == 1
