"""The examples of docs/ios.md run on Linux, on stand-ins that compute: their pixels and classes are Python's."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pocketseg.core.cache import ROOT
from scripts.ios import swift, toolchain

pytestmark = [pytest.mark.ios, pytest.mark.xdist_group("swift")]
CASES = ROOT / "conformance" / "cases"
MODULES = ("CoreGraphics", "CoreVideo", "CoreML")  # each imports those before it
SOURCES = ("Tests/Examples/main.swift", "examples/Segmenter.swift", "examples/ExactSegmenter.swift")
_COMPILE_S = 240.0


def _cases(file: str, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((CASES / file).read_text(encoding="utf-8"))[kind]
    return found


def _array(said: dict[str, Any]) -> np.ndarray[Any, Any]:
    data = bytes.fromhex(said["hex"]) if "hex" in said else (CASES / said["file"]).read_bytes()
    return np.frombuffer(data, said["dtype"]).reshape(said["shape"])


RESIZES = _cases("preprocessing.json", "resize")
MAPS = [
    case
    for case in (*_cases("class_maps.json", "scores"), *_cases("engines.json", "scores"))
    if np.isfinite(_array(case["scores"])).all() and case["scores"]["shape"][0] > 1
]
TYPED = [  # as Core ML's arrays may be, too, without another value
    (place, dtype)
    for place, case in enumerate(MAPS)
    for dtype in ("float16", "float64")
    if (_array(case["scores"]).astype(dtype) == _array(case["scores"])).all()
]


@pytest.fixture(scope="module")
def program() -> list[str]:
    """Compile the examples with stand-ins and with the library of the package; return the command that runs them."""
    swift.build()
    made = swift.HARNESS / ".build" / "examples"
    made.mkdir(exist_ok=True)
    place = f"{toolchain.PLACE}/ios_harness/.build"
    common = ["swiftc", "-O", "-swift-version", "5", "-warnings-as-errors", "-I", f"{place}/examples"]
    for module in MODULES:
        words = ["-parse-as-library", "-emit-module", "-emit-object", "-module-name", module, "-o", f"{module}.o"]
        _compile([*common, *words, f"../../Tests/Examples/{module}.swift"])
    names = [path.name for path in (swift.HARNESS / "Sources" / "HarnessCore").rglob("*.swift")]  # one may be gone
    objects = [f"../tests/release/HarnessCore.build/{name}.o" for name in names]
    words = ["-I", f"{place}/tests/release/Modules", "-module-name", "Examples", "-o", "examples"]
    sources = [f"../../{source}" for source in SOURCES]
    _compile([*common, *words, *sources, *(f"{module}.o" for module in MODULES), *objects])
    return [f"{place}/examples/examples"]


def _compile(command: list[str]) -> None:
    done = toolchain.run(command, checkout=ROOT, folder="ios_harness/.build/examples", limit_s=_COMPILE_S)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def ran(program: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run them once on every case: a photo for each resize and for each map of scores."""
    folder = tmp_path_factory.mktemp("examples")
    random = np.random.default_rng(0)
    for place, case in enumerate(RESIZES):
        scores = random.normal(size=(4, case["height_px"], case["width_px"])).astype(np.float32)
        _write(folder / f"resize-{place}", _array(case["rgb"]), (case["height_px"], case["width_px"]), scores)
    for place, case in enumerate(MAPS):
        photo = random.integers(0, 256, (case["height_px"], case["width_px"], 3), np.uint8)
        scores = _array(case["scores"])
        _write(folder / f"map-{place}", photo, scores.shape[1:], scores)
        for dtype in [dtype for other, dtype in TYPED if other == place]:
            _write(folder / f"map-{place}-{dtype}", photo, scores.shape[1:], scores.astype(dtype))
    done = toolchain.run([*program, str(folder)], checkout=ROOT, limit_s=60.0, writable=[folder])
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def _write(folder: Path, photo: np.ndarray[Any, Any], size: tuple[int, ...], scores: np.ndarray[Any, Any]) -> None:
    folder.mkdir()
    shape = [1, *scores.shape]
    (folder / "photo.bin").write_bytes(photo.tobytes())
    (folder / "scores.bin").write_bytes(scores.tobytes())
    sizes = {"photo": list(photo.shape[:2]), "input": list(size), "scores": shape}
    (folder / "sizes.json").write_text(json.dumps(sizes), encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps(_manifest(size, shape, scores.dtype.name)), encoding="utf-8")


def _manifest(size: tuple[int, ...], shape: list[int], dtype: str) -> dict[str, Any]:
    """Return the manifest of the Core ML case, for other sizes and another type of scores."""
    (case,) = [case for case in _cases("manifests.json", "cases") if case["name"] == "coreml"]
    found: dict[str, Any] = case["manifest"]
    height, width = size
    found["input_height_px"], found["input_width_px"] = height, width
    found["inputs"][0]["shape"] = [1, height, width, 3]
    found["outputs"][0] |= {"shape": shape, "dtype": dtype}
    found["classes"] = [f"class {number}" for number in range(shape[1])]
    found["colors_rgb"] = [[number, 0, 0] for number in range(shape[1])]
    return found


@pytest.mark.parametrize("place", range(len(RESIZES)), ids=lambda place: RESIZES[place]["name"])
def test_the_pixels_that_core_ml_gets_are_the_case_s(ran: Path, place: int) -> None:
    case, folder = RESIZES[place], ran / f"resize-{place}"
    for name in ("exact-input.bin", "plain-input.bin"):
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        named = [fault for fault, said in case["faults"].items() if said["sha256"] == found]
        assert found == case["is"]["sha256"], f"{name}: {named or 'other pixels'}"


@pytest.mark.parametrize("place", range(len(MAPS)), ids=lambda place: MAPS[place]["name"])
def test_the_class_map_at_the_photo_s_size_is_the_case_s(ran: Path, place: int) -> None:
    _check_map(MAPS[place], ran / f"map-{place}")


@pytest.mark.parametrize(("place", "dtype"), TYPED, ids=lambda value: str(value))
def test_the_class_map_is_the_same_of_scores_of_another_type(ran: Path, place: int, dtype: str) -> None:
    _check_map(MAPS[place], ran / f"map-{place}-{dtype}")


def _check_map(case: dict[str, Any], folder: Path) -> None:
    found = np.frombuffer((folder / "exact-map.bin").read_bytes(), np.uint8)
    wanted = _array(case["is"]).ravel()
    assert found.shape == wanted.shape
    assert set(np.flatnonzero(found != wanted).tolist()) <= set(case["may_differ"])


@pytest.mark.parametrize("place", range(len(MAPS)), ids=lambda place: MAPS[place]["name"])
def test_the_plain_example_takes_the_first_of_the_highest_scores(ran: Path, place: int) -> None:
    found = np.frombuffer((ran / f"map-{place}" / "plain-map.bin").read_bytes(), np.uint8)
    assert found.tolist() == _array(MAPS[place]["scores"]).argmax(0).ravel().tolist()
