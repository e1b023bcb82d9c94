"""Exported files of networks that take signals beside the photo: two inputs, joined inside; refused elsewhere."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _signals import widened

import export
import models
from benchmark import runtimes
from benchmark.engine import measure
from benchmark.entry import Entry
from benchmark.photos import scored_photos
from benchmark.timing import Effort
from pocketseg import api
from pocketseg.artifacts.produce import Produced, produce, produce_group
from pocketseg.artifacts.request import Request, check
from pocketseg.core import manifest
from pocketseg.core.cache import Cache
from pocketseg.core.errors import ManifestError, RefusedError, RuntimeFailedError, UnknownNameError, UsageError
from pocketseg.core.files import write_json
from pocketseg.core.outside import read_json
from pocketseg.core.precisions import PRECISIONS
from pocketseg.core.types import OutputKind, Recipe
from pocketseg.data.calibration import open_calibration
from pocketseg.data.embedded import sample_ids, sample_photos
from pocketseg.data.signals.channels import channel_names, channels
from pocketseg.data.signals.joints import Points
from pocketseg.data.signals.source import SignalFiles
from pocketseg.inference import file_output, network_output
from pocketseg.inspect import inspect_file
from pocketseg.training.signal_inputs import Figure, SignalInputs

TAKEN = ("skeleton", "silhouette")
ABLE = [(t, p) for t in export.targets() for p in export.facts(t, "WITH_SIGNALS") or ()]
TARGETS = [pytest.param(t, marks=pytest.mark.slow if t == "tflite" else ()) for t in ("onnx", "tflite")]
KINDS = [pytest.param(kind, marks=pytest.mark.slow if kind[0] == "tflite" else (), id="-".join(kind)) for kind in ABLE]
QUICK = Effort(passes=2, least_runs=1, least_s=0.01, floor_runs=1, least_wall_s=0, ceiling_s=0, warm_up_s=0.01)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> models.Loaded:
    return widened(tmp_path_factory.mktemp("network") / "telling.safetensors", TAKEN)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    return Cache(tmp_path_factory.mktemp("cache"))


def _request(network: models.Loaded, target: str, precision: str, **more: Any) -> Request:
    return Request(
        model=str(network.source), target=target, recipe=Recipe.parse(precision), calibration=open_calibration(), **more
    )


class _Files(dict[tuple[str, str], Produced]):
    """Files by target and precision, made when the first of a target is asked for; `classmap` is one of class maps."""

    def __init__(self, network: models.Loaded, cache: Cache) -> None:
        super().__init__()
        self._network, self._cache = network, cache

    def __missing__(self, key: tuple[str, str]) -> Produced:
        target = key[0]
        requests = {p: _request(self._network, t, p) for t, p in ABLE if t == target}
        requests["classmap"] = _request(self._network, target, "fp32", output=OutputKind.CLASSMAP)
        for name, outcome in zip(requests, produce_group(list(requests.values()), self._cache), strict=True):
            assert isinstance(outcome, Produced), outcome
            self[target, name] = outcome
        return self[key]


@pytest.fixture(scope="module")
def files(network: models.Loaded, cache: Cache) -> dict[tuple[str, str], Produced]:
    return _Files(network, cache)


# ---- the file --------------------------------------------------------------------------------------------------------


def test_two_targets_write_such_files_in_float() -> None:
    assert ABLE == [("onnx", "fp32"), ("onnx", "fp16"), ("tflite", "fp32"), ("tflite", "fp16")]


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_takes_the_photo_and_its_signals_and_says_what_they_are(
    kind: tuple[str, str], files: dict[tuple[str, str], Produced]
) -> None:
    artifact, _ = manifest.read_any_manifest(files[kind].folder)
    photo, signals = artifact.inputs
    assert (photo.name, signals.name) == ("image", "signals") and artifact.signals == TAKEN
    assert (signals.layout, signals.value_range, signals.dtype) == (photo.layout, (0.0, 1.0), "float32")
    assert signals.shape[signals.layout.index("C")] == channels(TAKEN)
    assert artifact.facts["signals"]["channels"] == list(channel_names(TAKEN))
    assert artifact.parity.status == "measured" and (artifact.parity.argmax_agreement or 0) > 0.99
    assert artifact.golden["signals"] == "figure"


def _people() -> dict[str, Points]:
    whole = Figure().points("")
    cropped, shifted, nobody = whole.copy(), whole + 0.4, np.full_like(whole, np.nan)
    cropped[:5] = np.nan
    return {"whole": whole, "face cut off": cropped, "half outside": shifted.astype(np.float32), "nobody": nobody}


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_answers_as_its_network_whoever_was_found(
    kind: tuple[str, str], network: models.Loaded, files: dict[tuple[str, str], Produced]
) -> None:
    made = files[kind]
    session = runtimes.runtime(str(export.facts(kind[0], "RUNTIME"))).open_session(made.file, made.artifact, 1)
    photo = np.random.default_rng(3).integers(0, 255, (90, 70, 3), np.uint8)
    answers = {}
    for name, points in _people().items():
        inputs = SignalInputs(source=SignalFiles(poses={"a": points}), names=TAKEN)
        more = inputs.maps("a", 64, 64)
        said = file_output(session.run, made.artifact, photo, more[0].numpy())
        wanted = network_output(network.module, network.spec, photo, more)
        assert np.isfinite(said).all() and (said.argmax(0) == wanted.argmax(0)).mean() > 0.98, name
        answers[name] = said
    assert not np.array_equal(answers["whole"], answers["nobody"]), "the second input is not ignored"


@pytest.mark.parametrize("target", TARGETS)
def test_a_class_map_comes_out_as_well(target: str, files: dict[tuple[str, str], Produced]) -> None:
    made = files[target, "classmap"].artifact
    assert len(made.inputs) == 2 and made.outputs[0].layout == "NHW" and made.parity.status == "measured"


def test_the_same_file_comes_from_the_cache(
    network: models.Loaded, files: dict[tuple[str, str], Produced], cache: Cache
) -> None:
    again = produce(_request(network, "onnx", "fp32"), cache)
    assert again.reused and again.artifact.sha256 == files["onnx", "fp32"].artifact.sha256


@pytest.mark.parametrize("target", TARGETS)
def test_a_session_without_the_second_input_says_so(target: str, files: dict[tuple[str, str], Produced]) -> None:
    made = files[target, "fp32"]
    session = runtimes.runtime(str(export.facts(target, "RUNTIME"))).open_session(made.file, made.artifact, 1)
    with pytest.raises(RuntimeFailedError, match="takes 2 inputs, and got 1"):
        session.run(np.zeros(made.artifact.inputs[0].shape, np.float32))


@pytest.mark.parametrize("target", TARGETS)
def test_inspect_shows_both_inputs(target: str, files: dict[tuple[str, str], Produced]) -> None:
    found = inspect_file(files[target, "fp32"].folder)
    assert {port.name.removeprefix("serving_default_") for port in found.inputs} == {"image", "signals"}
    assert found.manifest is not None and found.manifest["signals"] == list(TAKEN)


# ---- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", export.targets())
def test_every_other_target_and_precision_is_refused_before_any_work(target: str, network: models.Loaded) -> None:
    for precision in PRECISIONS:
        if (target, precision) in ABLE:
            continue
        with pytest.raises(RefusedError) as refused:
            check(_request(network, target, precision), network)
        if precision in export.facts(target, "PRECISIONS"):
            assert "skeleton and silhouette beside the photo" in refused.value.message
            assert "onnx fp32, fp16; tflite fp32, fp16" in (refused.value.hint or "")


@pytest.mark.parametrize(("recipe", "more"), [("prune:0.3+fp32", {}), ("fp32", {"converter": "onnx2tf"})])
def test_steps_and_the_other_converter_are_refused(recipe: str, more: dict[str, Any], network: models.Loaded) -> None:
    with pytest.raises(RefusedError, match="beside the photo"):
        check(_request(network, "tflite", recipe, **more), network)


@pytest.mark.parametrize("target", TARGETS)
def test_what_gives_a_file_the_photo_alone_refuses_it(
    target: str, files: dict[tuple[str, str], Produced], tmp_path: Path
) -> None:
    from PIL import Image

    made = files[target, "fp32"]
    Image.new("RGB", (64, 64)).save(tmp_path / "photo.jpg")
    with pytest.raises(RefusedError, match="takes skeleton and silhouette beside the photo"):
        next(api.segment([tmp_path / "photo.jpg"], model=str(made.file), out=tmp_path / "masks"))
    with pytest.raises(RefusedError, match="not given to it here"):
        api.bundle([made.folder], tmp_path / "bundle")
    assert {p.name for p in tmp_path.iterdir()} == {"photo.jpg"}


@pytest.mark.parametrize(
    ("signals", "said"),
    [
        ({"names": ["skeleton", "silhouette"]}, "input"),
        ({"names": [], "channels": [], "input": "signals"}, "second of two"),
        ({"names": ["skeleton"], "channels": ["a"], "input": "signals"}, "channels"),
        ({"names": ["skeleton"], "channels": ["a"] * 7, "input": "image"}, "second of two"),
        ({"names": ["silhouette", "skeleton"], "input": "signals"}, "in their order"),
        ({"names": ["bogus"], "input": "signals"}, "in their order"),
        (None, "no signals say what the second takes"),
        ("skeleton", "table"),
        ({"names": [1], "channels": [], "input": "signals"}, "text"),
    ],
)
def test_a_damaged_statement_on_signals_is_refused(
    signals: object, said: str, files: dict[tuple[str, str], Produced], tmp_path: Path
) -> None:
    made = files["onnx", "fp32"]
    content = read_json(made.folder / manifest.NAME)
    if isinstance(signals, dict):
        signals = {"channels": content["facts"]["signals"]["channels"]} | signals
    content["facts"]["signals"] = signals
    write_json(tmp_path / manifest.NAME, content)
    (tmp_path / made.artifact.file).write_bytes(made.file.read_bytes())
    with pytest.raises(ManifestError, match=said):
        manifest.read_any_manifest(tmp_path)


# ---- scored and timed ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def poses(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Poses of the embedded test photos; the first shows nobody."""
    ids = sample_ids("test")
    keypoints = np.stack([Figure().points("")] * len(ids))
    keypoints[0] = np.nan
    path = tmp_path_factory.mktemp("poses") / "poses.npz"
    np.savez(path, ids=np.array(ids), keypoints=keypoints)
    return f"poses={path}"


@pytest.mark.parametrize("target", TARGETS)
def test_benchmark_scores_a_file_with_its_signals_as_its_network_is_scored(
    target: str, network: models.Loaded, files: dict[tuple[str, str], Produced], poses: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from benchmark import engine

    monkeypatch.setattr(engine, "Effort", lambda: QUICK)
    folders = [files[target, "fp32"].folder]
    rows = api.benchmark(folders, model=str(network.source), signals=[poses], cache=tmp_path / "cache")
    photos = scored_photos("", "test", None)
    inputs = SignalInputs(source=api_source(poses), names=TAKEN)
    from pocketseg.training.scores import score

    wanted = score(network.module, network.spec, photos.photos, photos.ids, signals=inputs).miou()
    for row in rows:
        assert row.status == "ok" and row.reason == ""
        assert row.miou == pytest.approx(wanted, abs=2e-3) and (row.argmax_agreement or 0) > 0.99
        assert row.document is not None and row.document["golden"]["status"] == "passed"
        assert row.document["end_to_end"] == [] and row.end_to_end_ms is None, "the way to the signals is not in it"


def api_source(named: str) -> Any:
    from pocketseg.data.signals.source import open_signals

    return open_signals([named], sample_photos())


def test_signals_of_another_version_are_refused(files: dict[tuple[str, str], Produced], tmp_path: Path) -> None:
    made = files["onnx", "fp32"]
    content = read_json(made.folder / manifest.NAME)
    stated = content["facts"]["signals"]
    stated["names"] = ["skeleton", "depth"]
    stated["channels"] = [name.replace("silhouette.", "depth.") for name in stated["channels"]]
    write_json(tmp_path / manifest.NAME, content)
    (tmp_path / made.artifact.file).write_bytes(made.file.read_bytes())
    with pytest.raises(UnknownNameError, match="depth"):
        api.benchmark([tmp_path], cache=tmp_path / "cache")


def test_benchmark_asks_for_signals_where_a_file_takes_them_and_refuses_them_where_none_does(
    files: dict[tuple[str, str], Produced], poses: str, tmp_path: Path, cache: Cache
) -> None:
    made = files["onnx", "fp32"]
    with pytest.raises(UsageError, match="no signals are given") as asked:
        api.benchmark([made.folder], cache=tmp_path)
    assert "--signals" in (asked.value.hint or "")
    small = models.Given(height_px=64, width_px=64)
    plain = produce(_request(models.open_model("topformer_tiny"), "onnx", "fp32", given=small), cache)
    with pytest.raises(UsageError, match="photo alone"):
        api.benchmark([plain.folder], signals=[poses], cache=tmp_path)


def test_a_file_is_timed_without_photos_to_score(files: dict[tuple[str, str], Produced]) -> None:
    made = files["onnx", "fp16"]
    (row,) = measure([Entry(artifact=made.artifact, path=made.file, runtime="ort")], effort=QUICK)
    assert row.status == "ok" and row.p50_ms is not None and row.miou is None


def test_golden_values_without_their_signals_are_not_compared(
    files: dict[tuple[str, str], Produced], tmp_path: Path
) -> None:
    made = files["onnx", "fp32"]
    golden = {k: v for k, v in made.artifact.golden.items() if k != "signals"}
    artifact = dataclasses.replace(made.artifact, golden=golden)
    (row,) = measure([Entry(artifact=artifact, path=made.file, runtime="ort")], effort=QUICK)
    assert row.document is not None and row.document["golden"]["status"] == "not checked"
