"""Weights decoded from a package's bytes equal coremltools' own decompression, for every kind of compression."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from _mlprograms import converted
from torch import nn

from pocketseg.mlprogram.blob import ELEMENTS, unpacked
from pocketseg.mlprogram.constants import decompressed
from pocketseg.mlprogram.loading import load_constants, load_program


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(4, 16, 3), nn.ReLU(), nn.Conv2d(16, 8, 3, bias=False), nn.Flatten(), nn.Linear(8, 12)
    ).eval()  # fmt: skip


@pytest.fixture(scope="module", params=[16, 18], ids=["iOS16", "iOS18"])
def dense(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path, int]:
    path = tmp_path_factory.mktemp(f"dense{request.param}") / "dense.mlpackage"
    return converted(path, network(), [torch.zeros(1, 4, 5, 5)], half=True, ios=request.param), path, request.param


def of(config: Any) -> Any:
    import coremltools.optimize.coreml as cto

    return cto.OptimizationConfig(global_config=config)


def linear(model: Any, joint: bool = False, **options: Any) -> Any:
    import coremltools.optimize.coreml as cto

    config = of(cto.OpLinearQuantizerConfig(weight_threshold=0, **options))
    return cto.linear_quantize_weights(model, config, **({"joint_compression": True} if joint else {}))


def palette(model: Any, joint: bool = False, **options: Any) -> Any:
    import coremltools.optimize.coreml as cto

    config = of(cto.OpPalettizerConfig(mode="uniform", weight_threshold=0, **options))
    return cto.palettize_weights(model, config, **({"joint_compression": True} if joint else {}))


def pruned(model: Any, share: float = 0.6) -> Any:
    import coremltools.optimize.coreml as cto

    return cto.prune_weights(model, of(cto.OpMagnitudePrunerConfig(target_sparsity=share, weight_threshold=0)))


EVERYWHERE: dict[str, Callable[[Any], Any]] = {
    "int8": lambda m: linear(m, mode="linear_symmetric", dtype="int8"),
    "uint8 with zero points": lambda m: linear(m, mode="linear", dtype="uint8"),
    "palette 8": lambda m: palette(m, nbits=8),
    "palette 6": lambda m: palette(m, nbits=6),
    "palette 4": lambda m: palette(m, nbits=4),
    "palette 2": lambda m: palette(m, nbits=2),
    "palette 1": lambda m: palette(m, nbits=1),
    "sparse": pruned,
}
LATER: dict[str, Callable[[Any], Any]] = {
    "int4 a block": lambda m: linear(m, mode="linear_symmetric", dtype="int4", granularity="per_block", block_size=4),
    "uint4 with zero points": lambda m: linear(m, mode="linear", dtype="uint4"),
    "palette 3": lambda m: palette(m, nbits=3),
    "palette 4 a group": lambda m: palette(m, nbits=4, granularity="per_grouped_channel", group_size=4),
    "palette of int8": lambda m: linear(
        palette(m, nbits=4), joint=True, mode="linear_symmetric", dtype="int8", granularity="per_tensor"
    ),
    "sparse palette": lambda m: palette(pruned(m), joint=True, nbits=4),
    "sparse int8": lambda m: linear(pruned(m), joint=True, mode="linear_symmetric", dtype="int8"),
}
KINDS = {"iOS16": EVERYWHERE, "iOS18": EVERYWHERE | LATER}


def theirs(path: Path) -> dict[str, np.ndarray]:
    """Decompress with coremltools: every constexpr operation whose value other operations compute with."""
    import coremltools as ct
    from coremltools.converters.mil.frontend.milproto.load import load

    model = ct.models.MLModel(str(path), skip_model_load=True)
    spec = model.get_spec()
    program = load(spec, spec.specificationVersion, model.weights_dir)
    found = {}
    for operation in program.functions["main"].operations:
        if operation.op_type.startswith("constexpr_") and len(operation.outputs) == 1:
            lut = getattr(operation, "lut", None)
            if lut is not None and lut.val is None:  # a table that is itself compressed: theirs misses that one step
                table = lut.op.materialized_val_inference()
                found[operation.outputs[0].name] = operation.decompress(operation.indices.val, table, None)
            else:
                found[operation.outputs[0].name] = operation.materialized_val_inference()
    return found


def test_every_kind_equals_coremltools_own_decompression(dense: tuple[Any, Path, int], tmp_path: Path) -> None:
    model, _, ios = dense
    seen: set[str] = set()
    for place, (kind, compress) in enumerate(KINDS[f"iOS{ios}"].items()):
        path = tmp_path / f"{place}.mlpackage"
        compress(model).save(str(path))
        wanted, ours = theirs(path), load_constants(path)
        spec = load_spec(path)
        seen |= {op.type for op in spec if op.type.startswith("constexpr_")}
        assert len(wanted) >= 3, kind
        for name, value in wanted.items():
            got = ours[name]
            assert isinstance(got, np.ndarray) and (got.dtype, got.shape) == (value.dtype, value.shape), (kind, name)
            np.testing.assert_array_equal(got, value, err_msg=f"{kind} {name}")
        result = load_program(path).run({load_program(path).inputs[0].name: np.ones((1, 4, 5, 5), np.float32)})
        assert np.isfinite(result["result"]).all() and result["result"].std() > 0
    wanted_kinds = {
        16: {"constexpr_affine_dequantize", "constexpr_lut_to_dense", "constexpr_sparse_to_dense"},
        18: {
            "constexpr_blockwise_shift_scale", "constexpr_lut_to_dense", "constexpr_sparse_to_dense",
            "constexpr_lut_to_sparse", "constexpr_sparse_blockwise_shift_scale",
        },
    }  # fmt: skip
    assert seen == wanted_kinds[ios]


def load_spec(path: Path) -> Any:
    from pocketseg.mlprogram.package import open_package

    function = open_package(path).model.mlProgram.functions["main"]
    return function.block_specializations[function.opset].operations


def test_dense_weights_are_the_networks_own_rounded_to_half(dense: tuple[Any, Path, int]) -> None:
    ours = [v for v in load_constants(dense[1]).values() if isinstance(v, np.ndarray) and v.dtype == np.float16]
    for tensor in network().state_dict().values():
        wanted = tensor.numpy().astype(np.float16)
        assert any(v.shape == wanted.shape and np.array_equal(v, wanted) for v in ours), wanted.shape


@pytest.mark.parametrize("name", [n for n, e in ELEMENTS.items() if 0 < e.bits < 8])
def test_values_of_less_than_a_byte_are_packed_from_the_least_bit_on(name: str) -> None:
    element = ELEMENTS[name]
    values = np.random.default_rng(0).integers(0, 1 << element.bits, 37)
    number = sum(int(v) << (place * element.bits) for place, v in enumerate(values))
    content = number.to_bytes((37 * element.bits + 7) // 8, "little")
    signed = values - (values >= 1 << (element.bits - 1)) * (1 << element.bits)
    wanted = signed if name.startswith("int") else values
    assert unpacked(content, element, 37).tolist() == wanted.tolist()
    with pytest.raises(ValueError, match="37 values"):
        unpacked(content + b"\0", element, 37)


def test_documented_examples_of_palettes_come_out() -> None:
    """The examples in coremltools' documentation of constexpr_lut_to_dense and constexpr_lut_to_sparse."""
    lut = np.array([1, 5, 9, 13, 2, 10, 18, 26], np.float16).reshape(2, 1, 4, 1)
    indices = np.array([2, 3, 3, 0, 1, 0, 3, 0, 2, 1, 0, 3], np.uint8).reshape(6, 2)
    (dense,) = decompressed("constexpr_lut_to_dense", {"indices": indices, "lut": lut})
    assert dense.tolist() == [[9, 13], [13, 1], [5, 1], [26, 2], [18, 10], [2, 26]]

    vectors = np.array([1, 2, 3, 11, 12, 13], np.int8).reshape(1, 1, 1, 2, 3)
    indices = np.array([0, 0, 1, 0, 1, 1, 0, 0], np.uint8).reshape(2, 2, 2)
    values = {"indices": indices, "lut": vectors, "vector_axis": np.int32(1).reshape(())}
    (along_1,) = decompressed("constexpr_lut_to_dense", values)
    assert along_1[0].tolist() == [[1, 1], [2, 2], [3, 3], [11, 1], [12, 2], [13, 3]]
    (along_2,) = decompressed("constexpr_lut_to_dense", {**values, "vector_axis": np.int32(2).reshape(())})
    assert along_2[0].tolist() == [[1, 2, 3, 1, 2, 3], [11, 12, 13, 1, 2, 3]]

    mask = np.array([[1, 1, 0, 0, 0, 0], [1, 1, 0, 0, 0, 1], [0, 1, 1, 0, 1, 0], [0, 0, 0, 1, 0, 0]], np.uint8)
    sparse = {
        "indices_mask": mask, "indices_nonzero_data": np.array([0, 1, 1, 0, 1, 1, 0, 0, 1], np.uint8),
        "lut": np.array([2, 3], np.float16).reshape(1, 1, 2, 1),
    }  # fmt: skip
    same, data = decompressed("constexpr_lut_to_sparse", sparse)
    assert np.array_equal(same, mask) and data.tolist() == [2, 3, 3, 2, 3, 3, 2, 2, 3]
    paired = {
        **sparse,
        "lut": np.array([2, 2, 3, 3], np.float16).reshape(1, 1, 2, 2),
        "vector_axis": np.int32(0).reshape(()),
    }
    taller, data = decompressed("constexpr_lut_to_sparse", paired)
    assert np.array_equal(taller, mask.repeat(2, 0)) and data.size == 18


def test_documented_example_of_sparse_quantisation_comes_out() -> None:
    mask = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [0, 0, 1, 1], [1, 1, 0, 0]], np.uint8)
    values = {
        "data_mask": mask, "nonzero_data": np.array([10, 11, 3, 4, 5, 6, 7, 8, 9], np.int8),
        "scale": np.array([[0.1, 0.2, 0.3, 0.4]], np.float32), "offset": np.array([[1, 2, 3, 4]], np.int8),
    }  # fmt: skip
    same, data = decompressed("constexpr_sparse_blockwise_shift_scale", values)
    assert np.array_equal(same, mask)
    np.testing.assert_allclose(data, [0.9, 1.8, 0.2, 0.4, 0.6, 0.9, 1.2, 0.7, 1.4], rtol=1e-6)


def test_a_half_constant_may_stand_for_floats() -> None:
    (floats,) = decompressed("constexpr_cast", {"source_val": np.float16([0.1, 2]), "output_dtype": "fp32"})
    assert floats.dtype == np.float32 and floats.tolist() == np.float16([0.1, 2]).astype(np.float32).tolist()


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        ("constexpr_lut_to_dense", {"indices": np.uint8([[9]]), "lut": np.zeros((1, 1, 4, 1))}, "index 9"),
        ("constexpr_lut_to_dense",
         {"indices": np.uint8([1]), "lut": np.zeros(5), "shape": np.uint32([3])}, "5 entries"),
        ("constexpr_sparse_to_dense", {"nonzero_data": np.ones(3), "mask": np.uint8([1, 0])}, "3 values for 1 places"),
        ("constexpr_sparse_to_dense",
         {"nonzero_data": np.ones(3), "mask": np.uint8([1]), "shape": np.uint32([1 << 31])}, "larger than"),
        ("constexpr_blockwise_shift_scale", {"data": np.int8([[1, 2, 3]]), "scale": np.ones((1, 2))}, "do not tile"),
    ],
)  # fmt: skip
def test_constants_that_do_not_fit_together_are_refused(kind: str, values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decompressed(kind, values)
