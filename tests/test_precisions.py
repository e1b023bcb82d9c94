"""Every (target, precision) pair gives a file that agrees with its network and holds what it says, or is refused."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from _commands import Call
from _tiny import described
from torch import nn

import compress
import export
import models
from benchmark import runtimes
from export._deploy import deployed
from export._readback import Contents, Weight, broken_promise, facts
from pocketseg.artifacts.parity import LEAST_AGREEMENT
from pocketseg.artifacts.produce import produce
from pocketseg.artifacts.request import Request, check
from pocketseg.core.cache import Cache
from pocketseg.core.errors import ExportError, RefusedError, UnknownNameError, UsageError
from pocketseg.core.precisions import PRECISION_HELP, PRECISIONS
from pocketseg.core.tensors import encode_input
from pocketseg.core.types import ModelSpec, OutputKind, Recipe, Written
from pocketseg.data.calibration import open_calibration

SPEC = ModelSpec(
    name="tiny", height_px=64, width_px=32, mean_rgb=(0.5, 0.4, 0.3), std_rgb=(0.2, 0.3, 0.25),
    classes=("background", "upper", "lower", "full"),
)  # fmt: skip
PAIRS = [(t, p) for t in export.targets() for p in PRECISIONS]
OWN = [(t, p) for t, p in PAIRS if p in export.facts(t, "PRECISIONS")]
REFUSED = [(t, p) for t, p in PAIRS if p not in export.facts(t, "PRECISIONS")]


WEIGHTS = 3 * 16 * 9 + 16 * 32 * 9 + 32 * 32 * 9 + 32 * 4
MULTIPLY_ADDS = 32 * 16 * (3 * 16 * 9) + 16 * 8 * (16 * 32 * 9 + 32 * 32 * 9 + 32 * 4)
BITS = {"fp32": 32, "fp16": 16, "w4": 4, "pal6": 6, "pal4": 4}  # of the rest 8

pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning")


def tiny() -> nn.Module:
    torch.manual_seed(0)
    stem = (nn.Conv2d(3, 16, 3, 2, 1), nn.BatchNorm2d(16), nn.ReLU())
    body = (nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU(), nn.Conv2d(32, 32, 3, 1, 1), nn.ReLU())
    head = nn.Conv2d(32, 4, 1)
    with torch.no_grad():
        head.bias.zero_()  # type: ignore[union-attr]
    return nn.Sequential(*stem, *body, head, nn.Upsample(scale_factor=4, mode="bilinear")).eval()


def photos() -> list[np.ndarray[Any, Any]]:
    """Return smooth made-up photos, H,W,3 uint8."""
    rows, columns = np.mgrid[0:64, 0:32] / 15
    waves = [[np.sin(rows + n + c) * np.cos(columns * (c + 1) - n) for c in range(3)] for n in range(4)]
    return [np.round(127.5 + 127.5 * np.stack(wave, -1)).astype(np.uint8) for wave in waves]


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], tuple[Path, Written]]:
    """Return a function that converts each pair once; the float .tflite behind six of them is made once, too."""
    from export import tflite

    patch = pytest.MonkeyPatch()
    floats = tflite._litert_torch
    kept: list[bytes] = []

    def once(job: export.ExportJob, taken: Any) -> bytes:
        if not kept:
            kept.append(floats(job, taken))
        return kept[0]

    patch.setattr(tflite, "_litert_torch", once)

    @functools.cache
    def convert(target: str, precision: str) -> tuple[Path, Written]:
        exporter = export.exporter(target)
        path = tmp_path_factory.mktemp(f"{target}-{precision}") / f"tiny{exporter.SUFFIX}"
        calibration = photos() if precision.startswith("w8a8") else ()
        job = export.ExportJob(
            network=tiny(), spec=SPEC, recipe=Recipe(precision=precision), output=OutputKind.LOGITS,
            calibration=calibration,
        )  # fmt: skip
        return path, exporter.write(job, path)

    yield convert  # type: ignore[misc]
    patch.undo()


# ---- what is refused -------------------------------------------------------------------------------------------------


def test_every_precision_has_a_least_agreement() -> None:
    assert set(LEAST_AGREEMENT) == set(PRECISIONS)


@pytest.mark.parametrize(("target", "precision"), REFUSED)
def test_what_a_target_lacks_is_refused_before_any_work(target: str, precision: str) -> None:
    request = Request(
        model="topformer_tiny", target=target, recipe=Recipe(precision=precision), calibration=open_calibration()
    )
    with pytest.raises(RefusedError) as caught:
        check(request)
    assert export.facts(target, "REFUSALS")[precision] in caught.value.message
    assert export.exporter(target).refusal(SPEC, Recipe(precision=precision))


def test_unknown_precision_lists_the_valid_ones() -> None:
    with pytest.raises(UnknownNameError) as caught:
        Recipe.parse("w16")
    assert all(precision in caught.value.hint for precision in PRECISIONS)


@pytest.mark.parametrize(
    ("target", "precision", "method", "error", "message"),
    [
        ("tflite", "w8a8", "entropy", RefusedError, "tflite does not calibrate by entropy"),
        ("onnx", "w8a8", "entropie", UnknownNameError, "did you mean 'entropy'"),
        ("onnx", "w8", "entropy", UsageError, "w8 needs no calibration"),
    ],
)
def test_calibration_methods_that_cannot_be_used_are_refused(
    target: str, precision: str, method: str, error: type[Exception], message: str
) -> None:
    request = Request(
        model="topformer_tiny", target=target, recipe=Recipe(precision=precision), calibration=open_calibration(),
        calibration_method=method,
    )  # fmt: skip
    with pytest.raises(error, match=message):
        check(request)


def test_calibration_takes_as_many_photos_as_asked_for() -> None:
    assert len(open_calibration(count=3).files) == 3
    assert open_calibration(count=3).hash != open_calibration().hash
    with pytest.raises(UsageError, match="at least 1 photo"):
        open_calibration(count=0)


# ---- what a file holds -----------------------------------------------------------------------------------------------

FAST = [(t, p) for t, p in OWN if (":" not in p and t in ("onnx", "tflite", "torchmobile")) or (t, p) in {("coreml", "w4"), ("coreml", "pal6"), ("coreml", "w8a8"), ("executorch", "w8a8")}]  # fmt: skip # noqa: E501


@pytest.mark.parametrize(
    ("target", "precision"), [pytest.param(*o, marks=[] if o in FAST else [pytest.mark.slow]) for o in OWN]
)
def test_a_file_holds_what_its_precision_names_and_agrees_with_its_network(
    target: str, precision: str, converted: Callable[[str, str], tuple[Path, Written]]
) -> None:
    path, written = converted(target, precision)
    exporter = export.exporter(target)
    contents = exporter.read_back(path, written)
    assert broken_promise(precision, contents) is None
    found = facts(contents)
    assert (found["layers"], found["weights"], found["multiply_adds"]) == (4, WEIGHTS, MULTIPLY_ADDS)
    bits = BITS.get(precision, 8)
    assert bits in found["bit_widths"]
    if precision.startswith("fp"):
        assert found["unique_values"] is None and found["bit_widths"] == [bits]
    else:
        assert 2 <= found["unique_values"]["least"] <= found["unique_values"]["most"] <= 2**bits
    assert 0 <= found["zero_share"] < 0.3
    others = {p.partition(":")[0] for p in PRECISIONS if broken_promise(p, contents) is None}
    assert others == {precision.partition(":")[0]}, "no other precision describes this file"

    if reason := runtimes.runtime(exporter.RUNTIME).refusal():
        assert "macOS" in reason
        return
    artifact = described(path, written, target, precision, spec=SPEC)
    session = runtimes.runtime(exporter.RUNTIME).open_session(path, artifact, 1)
    network, layout = tiny(), written.inputs[0].layout
    equal = []
    for photo in photos():
        image = encode_input(photo, written.inputs[0])
        with torch.inference_mode():
            wanted = deployed(network, SPEC, OutputKind.LOGITS, layout)(torch.from_numpy(image)).numpy()
        own, its = (-1 if kind == "NHWC" else 1 for kind in (written.outputs[0].layout, layout))
        equal.append((session.run(image).argmax(own) == wanted.argmax(its)).mean())
    bar = 0.85 if precision in ("w4", "pal4") else 0.95  # random weights bear 4 bits badly
    assert np.mean(equal) >= min(LEAST_AGREEMENT[precision], bar)


def test_core_ml_weights_decompress_to_the_networks(converted: Callable[[str, str], tuple[Path, Written]]) -> None:
    """coremltools' own decompression of a 4-bit package gives weights within half a step of the network's."""
    import coremltools as ct
    from coremltools.converters.mil.frontend.milproto.load import load

    path, _ = converted("coreml", "w4")
    model = ct.models.MLModel(str(path), skip_model_load=True)
    spec = model.get_spec()
    program = load(spec, spec.specificationVersion, model.weights_dir)
    layers = [o for o in program.functions["main"].operations if o.op_type == "conv"]
    wanted = [m.weight.detach().numpy() for m in tiny().modules() if isinstance(m, nn.Conv2d)]
    got = layers[2].weight.op.materialized_val_inference()
    assert np.abs(got - wanted[2]).max() <= 0.51 * np.abs(wanted[2]).max() / 7 + 1e-3


def test_static_calibration_methods_differ_in_the_file(tmp_path: Path) -> None:
    files = set()
    for method in export.facts("onnx", "CALIBRATIONS"):
        job = export.ExportJob(
            network=tiny(), spec=SPEC, recipe=Recipe(precision="w8a8"), output=OutputKind.LOGITS,
            calibration=photos(), calibration_method=method,
        )  # fmt: skip
        export.exporter("onnx").write(job, tmp_path / "x.onnx")
        files.add((tmp_path / "x.onnx").read_bytes())
    assert len(files) > 1  # a far percentile of few photos is their maximum


def _contents(kind: str, share: float, compute: str = "float") -> Contents:
    codes = np.arange(100)
    cut = round(100 * share)
    small = Weight(name="a", kind=kind, bits=8, codes=codes[:cut], compute=compute)
    left = Weight(name="b", kind="float32", bits=32, codes=codes[cut:])
    return Contents(weights=(small, left), multiply_adds=None, reason="made up")


def test_a_file_that_skipped_its_precision_is_told_apart() -> None:
    assert broken_promise("w8", _contents("int8", 0.95)) is None
    said = broken_promise("w8", _contents("int8", 0.5))
    assert said is not None and "only 50.0% of its weights are w8" in said and "float32" in said
    assert broken_promise("w8dyn", _contents("int8", 0.95)), "multiplied as floats"
    assert broken_promise("w8a8", _contents("int8", 0.95, "dynamic"))
    assert broken_promise("w4", _contents("int8", 0.95))
    assert broken_promise("fp32", Contents(weights=(), multiply_adds=0)) == "no layer with weights was found in it"


def test_facts_count_bytes_zeros_and_unique_values() -> None:
    found = facts(_contents("int8", 0.5))
    assert found["weight_bytes"] == {"float32": 200, "int8": 50} and found["bit_widths"] == [8, 32]
    assert found["zero_share"] == 0.01 and found["unique_values"] == {"least": 50, "most": 50}
    assert found["multiply_adds"] is None and found["multiply_adds_reason"] == "made up"


# ---- the whole way ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_exporter_that_skips_its_precision_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import export._onnx_weights
    from export._shared import Shared
    from pocketseg.artifacts import convert

    monkeypatch.setattr(export._onnx_weights, "small_weights", lambda graph, precision: graph)
    loaded = models.open_model("topformer_tiny", models.Given(height_px=64, width_px=64))
    request = {
        "model": models.handed_over(loaded), "target": "onnx", "recipe": "w8", "output": "logits", "converter": "",
        "calibration": open_calibration().to_json(), "calibration_method": "", "tools": {},
        "answers": str(tmp_path / "answers"),
    }  # fmt: skip
    with pytest.raises(ExportError, match=r"is not what w8 says: only 0\.0% of its weights are w8"):
        convert.convert(request, tmp_path, Shared())


# Every pair of the small network, and U2NetP's coarsest of each writer of weights: its fp32, fp16 and w8a8 are in the
# quick start, its other pairs go through code that the small network's go through.
COARSEST = {("coreml", "pal4"), ("onnx", "w4"), ("tflite", "w4"), ("torchmobile", "w8")}
MATRIX = [("topformer_tiny", *pair) for pair in OWN] + [("u2netp", *pair) for pair in OWN if pair in COARSEST]
EXHAUSTIVE = [("u2netp", *pair) for pair in OWN if pair not in COARSEST]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("model", "target", "precision"),
    [
        *(pytest.param(*cell, marks=pytest.mark.matrix) for cell in MATRIX),
        *(pytest.param(*cell, marks=pytest.mark.exhaustive) for cell in EXHAUSTIVE),
    ],
)
def test_every_pair_of_a_released_network_passes_parity(
    model: str, target: str, precision: str, session_cache: Path
) -> None:
    request = Request(
        model=model, target=target, recipe=Recipe(precision=precision), calibration=open_calibration(),
        given=models.Given(height_px=128, width_px=64),
    )  # fmt: skip
    # All targets share a network trained with its rounding, and the harm of its layers.
    artifact = produce(request, Cache(session_cache), check(request)).artifact
    assert artifact.facts["read_back"]["weights"] > 1_000_000
    assert artifact.parity.status == "measured"
    assert artifact.calibration.get("method", "") == (
        export.facts(target, "CALIBRATIONS")[0] if precision.startswith("w8a8") else ""
    )


def test_recipes_and_targets_explain_every_precision(pocketseg: Call) -> None:
    recipes, targets = pocketseg("recipes"), pocketseg("targets")
    assert recipes.code == targets.code == 0
    for precision, sentence in PRECISION_HELP.items():
        assert precision in recipes.out and sentence in recipes.out
    assert all(f"write {step}:" in recipes.out for step in compress.steps())
    for target in export.targets():
        for sentence in export.facts(target, "REFUSALS").values():
            assert sentence in targets.out
