"""Core ML files of sparse networks keep the zeros out, alone and with integers or palettes; w8a8 holds its ranges."""

from __future__ import annotations

import functools
import platform
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from _once import Once
from test_precisions import SPEC, photos, small_file, tiny
from torch import nn

import export
import models
from benchmark import runtimes
from compress._sparse import zero_
from export._coreml_weights import least_ios, least_zeros, zero_share
from export._deploy import deployed
from export._readback import Contents, Weight, broken_promise, facts, lost_zeros
from pocketseg.artifacts.parity import LEAST_AGREEMENT
from pocketseg.core.errors import ExportError
from pocketseg.core.files import sha256_path
from pocketseg.core.tensors import encode_input
from pocketseg.core.types import ModelSpec, OutputKind, Recipe, Written
from pocketseg.data.calibration import open_calibration
from pocketseg.inference import calibration_inputs

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning"),
    pytest.mark.xdist_group("coreml_compression"),
]
PRECISIONS = tuple(export.facts("coreml", "PRECISIONS"))
FAST = ("fp16", "w8", "w8a8", "w4", "pal6")
ZEROS = 0.6
JOINT = {  # what the weights of a sparse network are made of in the file
    "fp32": "constexpr_sparse_to_dense",
    "fp16": "constexpr_sparse_to_dense",
    "w8": "constexpr_sparse_blockwise_shift_scale",
    "w8a8": "constexpr_sparse_blockwise_shift_scale",
    "w4": "constexpr_sparse_blockwise_shift_scale",
    "pal8": "constexpr_lut_to_sparse",
    "pal6": "constexpr_lut_to_sparse",
    "pal4": "constexpr_lut_to_sparse",
}


def sparse_network() -> nn.Module:
    return zero_(tiny(), ZEROS, lambda weight: weight.abs())


def written(
    path: Path, network: nn.Module, precision: str, method: str = "", spec: ModelSpec = SPEC, floats: Sequence[str] = ()
) -> Written:
    taken = photos() if spec is SPEC else calibration_inputs(open_calibration(), spec.height_px, spec.width_px)
    job = export.ExportJob(
        network=network, spec=spec, recipe=Recipe(precision=precision), output=OutputKind.LOGITS,
        calibration=taken if precision.startswith("w8a8") else (), calibration_method=method, float_layers=floats,
    )  # fmt: skip
    return export.exporter("coreml").write(job, path)


def agreement(path: Path, facts_: Written, network: nn.Module, spec: ModelSpec, seen: list[Any]) -> float:
    """Share of equal pixels between the file, in the evaluator, and its network."""
    described: Any = SimpleNamespace(inputs=facts_.inputs, outputs=facts_.outputs)
    session = runtimes.runtime("coreml_reference").open_session(path, described, 1)
    equal = []
    for photo in seen:
        image = encode_input(photo, facts_.inputs[0])
        with torch.inference_mode():
            floats = torch.from_numpy(image).float()
            wanted = deployed(network, spec, OutputKind.LOGITS, "NHWC")(floats).numpy()
        equal.append((session.run(image).argmax(1) == wanted.argmax(-1)).mean())
    return float(np.mean(equal))


def operations(path: Path) -> set[str]:
    from pocketseg.mlprogram.package import open_package

    function = open_package(path).model.mlProgram.functions["main"]
    return {op.type for op in function.block_specializations[function.opset].operations}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Written]]:
    @functools.cache
    def make(precision: str) -> tuple[Path, Written]:
        path = tmp_path_factory.mktemp(precision) / "sparse.mlpackage"
        return path, written(path, sparse_network(), precision)

    return make


def test_a_sparse_layer_that_stays_float_leaves_its_zeros_out_too(tmp_path: Path) -> None:
    path = tmp_path / "mixed.mlpackage"
    said = written(path, sparse_network(), "w8a8:mixed", floats=("5",))
    weights = export.exporter("coreml").read_back(path, said).weights
    assert {w.kind for w in weights if w.sparse} == {"int8", "float16"}
    assert {"constexpr_sparse_to_dense", "constexpr_sparse_blockwise_shift_scale"} <= operations(path)


@pytest.mark.skipif(platform.system() == "Darwin", reason="there Core ML itself runs it")
@pytest.mark.parametrize("precision", [p if p in FAST else pytest.param(p, marks=pytest.mark.slow) for p in PRECISIONS])
def test_a_sparse_networks_zeros_are_left_out_and_the_rest_is_as_its_precision_says(
    precision: str, made: Callable[[str], tuple[Path, Written]]
) -> None:
    path, said = made(precision)
    contents = export.exporter("coreml").read_back(path, said)
    found = facts(contents)
    assert broken_promise(precision, contents) is None
    assert said.facts["network_zero_share"] == pytest.approx(ZEROS, abs=1e-3)
    assert found["zero_share"] == pytest.approx(ZEROS, abs=0.02)
    assert found["sparse_layers"] >= 2 and JOINT[precision.partition(":")[0]] in operations(path)
    assert found["minimum_ios"] == said.facts["minimum_ios"] == (16 if precision.startswith("fp") else 18)
    kinds = found["weight_bytes"]
    name = next(k for k in kinds if k.startswith("sparse "))
    bits = next(w.bits for w in contents.weights if w.sparse)
    stored = [w for w in contents.weights if w.sparse]
    assert kinds[name] < sum(w.codes.size for w in stored) * bits / 8, "a mask and the rest are less than all"
    bar = 0.85 if precision in ("w4", "pal4") else 0.95  # random weights bear 4 bits badly
    assert agreement(path, said, sparse_network(), SPEC, photos()) >= min(LEAST_AGREEMENT[precision], bar)


@pytest.mark.parametrize("precision", ["w8", "w8a8"])
def test_zeros_of_the_file_are_the_zeros_of_the_network(
    precision: str, made: Callable[[str], tuple[Path, Written]]
) -> None:
    path, said = made(precision)
    contents = export.exporter("coreml").read_back(path, said)
    wanted = [m.weight.detach().numpy() == 0 for m in sparse_network().modules() if isinstance(m, nn.Conv2d)]
    for weight, zeros in zip(contents.weights, wanted, strict=True):
        assert np.array_equal((weight.codes == weight.zero).reshape(-1) | ~zeros.reshape(-1), np.ones(zeros.size, bool))


def test_a_dense_network_is_stored_dense(tmp_path: Path) -> None:
    path = tmp_path / "dense.mlpackage"
    said = written(path, tiny(), "w8")
    assert (said.facts["stored_sparse"], said.facts["minimum_ios"]) == (False, 16)
    assert facts(export.exporter("coreml").read_back(path, said))["sparse_layers"] == 0
    assert not any("sparse" in kind for kind in operations(path))


def test_a_file_that_lost_its_zeros_or_needs_another_ios_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import export._coreml_weights

    monkeypatch.setattr(export._coreml_weights, "_without_zeros", lambda model, precision, after: model)
    path = tmp_path / "x.mlpackage"
    said = written(path, sparse_network(), "fp16")
    exporter = export.exporter("coreml")
    with pytest.raises(ExportError, match=r"does not keep its network's zeros: only 0\.0% of them are left out"):
        exporter.read_back(path, said)
    other = Written(inputs=said.inputs, outputs=said.outputs, facts={"minimum_ios": 18})
    with pytest.raises(ExportError, match="needs iOS 16, not 18"):
        exporter.read_back(path, other)


def test_lost_zeros_are_counted_over_all_layers() -> None:
    codes = np.arange(-50, 50) * (np.arange(100) % 2)
    kept = Weight(name="a", kind="int8", bits=8, codes=codes, stored=50)
    assert kept.zeros == 50 and kept.bytes == 50 + 13
    assert lost_zeros(Contents(weights=(kept,), multiply_adds=0), 0.5) is None
    assert "50.0% of its weights are 0, but 70.0% of the network's" in str(
        lost_zeros(Contents(weights=(kept,), multiply_adds=0), 0.7)
    )
    dense = Weight(name="b", kind="int8", bits=8, codes=codes)
    assert "only 50.0% of them are left out" in str(lost_zeros(Contents(weights=(kept, dense), multiply_adds=0), 0.5))


def test_zeros_are_left_out_only_where_that_saves_bytes() -> None:
    assert least_zeros("fp16") < least_zeros("w8") < least_zeros("pal6") < least_zeros("w4")
    assert zero_share(tiny()) == 0 and zero_share(nn.ReLU()) == 0
    assert [least_ios(p, False)[0] for p in ("fp32", "w8", "pal4", "w8a8", "w4")] == [16, 16, 16, 17, 18]
    assert [least_ios(p, True)[0] for p in ("fp32", "fp16", "w8", "pal4", "w8a8", "w4")] == [16, 16, 18, 18, 18, 18]


@pytest.mark.slow
@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_sparse_network_gives_the_same_bytes_twice(
    precision: str, made: Callable[[str], tuple[Path, Written]], tmp_path: Path
) -> None:
    written(tmp_path / "again.mlpackage", sparse_network(), precision)
    assert sha256_path(tmp_path / "again.mlpackage") == sha256_path(made(precision)[0])


# ---- w8a8 ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def eight(once: Once) -> tuple[Path, Written]:
    return small_file(once, "coreml", "w8a8")


def test_every_layer_takes_dequantised_integers_and_the_output_stays_float(eight: tuple[Path, Written]) -> None:
    from pocketseg.mlprogram.package import open_package

    function = open_package(eight[0]).model.mlProgram.functions["main"]
    block = function.block_specializations[function.opset].operations
    makers = {op.outputs[0].name: op.type for op in block if op.outputs}
    taken = [makers[op.inputs["x"].arguments[0].name] for op in block if op.type == "conv"]
    assert taken == ["dequantize"] * 4
    kinds = [op.type for op in block if op.type in ("conv", "quantize", "dequantize", "upsample_bilinear")]
    assert kinds[-2:] == ["conv", "upsample_bilinear"], "nothing rounds the logits"
    found = facts(export.exporter("coreml").read_back(*eight))
    assert found["multiplied_as"] == {"int8": 1.0} and found["minimum_ios"] == 17


def test_the_same_photos_give_the_same_bytes_and_others_do_not(eight: tuple[Path, Written], tmp_path: Path) -> None:
    written(tmp_path / "a.mlpackage", tiny(), "w8a8")
    assert sha256_path(tmp_path / "a.mlpackage") == sha256_path(eight[0])
    written(tmp_path / "b.mlpackage", tiny(), "w8a8", "histogram")
    assert sha256_path(tmp_path / "b.mlpackage") != sha256_path(eight[0])


def test_w8a8_without_photos_is_refused(tmp_path: Path) -> None:
    job = export.ExportJob(
        network=tiny(), spec=SPEC, recipe=Recipe(precision="w8a8"), output=OutputKind.LOGITS, calibration=()
    )
    with pytest.raises(ExportError, match="needs calibration photos"):
        export.exporter("coreml").write(job, tmp_path / "x.mlpackage")


def test_additions_of_constants_and_pools_quantise_as_layers_do() -> None:
    """x + 3 stays float; x + y, pools and layers are given integers, a max pool's as they came."""
    from torch import fx

    from export._coreml_int8 import quantized

    class Mixed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Conv2d(3, 4, 3, padding=1)
            self.last = nn.Conv2d(4, 4, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = torch.nn.functional.max_pool2d(torch.relu(self.first(x)), 2)
            return self.last(y) + torch.nn.functional.relu6(y + 3.0)

    torch.manual_seed(0)
    photo = torch.rand(1, 3, 8, 8)
    graph = torch.export.export(Mixed().eval(), (photo,)).module()
    assert isinstance(graph, fx.GraphModule)
    done = quantized(graph, [photo], "min-max")
    made_of = {n.name: [str(a.target).split(".")[-2] for a in n.all_input_nodes if a.op == "call_function"]
               for n in done.graph.nodes if n.op == "call_function"}  # fmt: skip
    assert made_of["conv2d"][0] == "dequantize_per_tensor"
    assert made_of["max_pool2d"] == ["dequantize_per_tensor"]
    assert made_of["conv2d_1"][0] == "dequantize_per_tensor"
    assert sorted(made_of["add_1"]) == ["dequantize_per_tensor", "dequantize_per_tensor"]


# ---- released networks -----------------------------------------------------------------------------------------------


# Each way in which a file leaves zeros out (JOINT) once; all precisions are tried on the tiny network above.
MATRIX = {("topformer_tiny", p) for p in ("fp16", "w8", "w8a8", "w4", "pal6")} | {("u2netp", "w8")}
CELLS = [(model, precision) for model in ("topformer_tiny", "u2netp") for precision in PRECISIONS]


@pytest.mark.timeout(900)
@pytest.mark.skipif(platform.system() == "Darwin", reason="there Core ML itself runs it")
@pytest.mark.parametrize(
    ("model", "precision"),
    [pytest.param(*c, marks=pytest.mark.matrix if c in MATRIX else pytest.mark.exhaustive) for c in CELLS],
)
def test_a_released_network_made_sparse_agrees_with_itself(model: str, precision: str, tmp_path: Path) -> None:
    loaded = models.open_model(model, models.Given(height_px=128, width_px=64))
    network = zero_(loaded.module, 0.5, lambda weight: weight.abs())
    sparse, dense = tmp_path / "sparse.mlpackage", tmp_path / "dense.mlpackage"
    said = written(sparse, network, precision, spec=loaded.spec)
    contents = export.exporter("coreml").read_back(sparse, said)
    assert broken_promise(precision, contents) is None and facts(contents)["zero_share"] > 0.45
    seen = calibration_inputs(open_calibration(), 128, 64)[::4]
    assert agreement(sparse, said, network, loaded.spec, seen) >= LEAST_AGREEMENT[precision]
    if precision == "w8":
        whole = models.open_model(model, models.Given(height_px=128, width_px=64)).module
        written(dense, whole, precision, spec=loaded.spec)
        sizes = [sum(f.stat().st_size for f in p.rglob("weight.bin")) for p in (sparse, dense)]
        assert sizes[0] < 0.8 * sizes[1]
