"""Our networks give the numbers of the original ones: names, parameter counts and outputs."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import models
from models import efficientnet_lite

TOLERANCE = 1e-4  # absolute, and relative on top: the originals in float32 are within 7e-5 of their float64
GOLDEN: dict[str, Any] = json.loads((Path(__file__).parent / "golden" / "networks.json").read_text())


def _filled(golden: ModuleType, name: str) -> nn.Module:
    network = models.build(name)
    network.load_state_dict(golden.weights(network, GOLDEN[name]["norms"]))
    return network.eval()


def _excess(golden: ModuleType, got: Tensor, want: dict[str, Any]) -> float:
    """Return by how much the worst sample is beyond the tolerance; negative is good."""
    assert list(got.shape) == want["shape"]
    reference = np.array(want["values"])
    wrong = np.abs(golden.sampled(got) - reference)
    return float((wrong - TOLERANCE * (1 + np.abs(reference))).max())


def _check(golden: ModuleType, outputs: dict[str, Tensor], name: str) -> None:
    assert outputs.keys() == GOLDEN[name]["outputs"].keys()
    for label, output in outputs.items():
        want = GOLDEN[name]["outputs"][label]
        assert _excess(golden, output, want) <= 0, f"{name} {label} departs from the original"
        assert output.double().mean().item() == pytest.approx(want["mean"], abs=TOLERANCE)
        assert output.double().std().item() == pytest.approx(want["std"], abs=TOLERANCE)


@pytest.mark.parametrize("name", [n for n in (*models.names(), *models.parts()) if n not in efficientnet_lite.NAMES])
def test_a_network_has_the_originals_names_shapes_and_parameters(name: str, golden: ModuleType) -> None:
    with torch.device("meta"):
        network = models.build(name)
    assert len(network.state_dict()) == GOLDEN[name]["entries"]
    assert sum(parameter.numel() for parameter in network.parameters()) == GOLDEN[name]["parameters"]
    assert golden.names_sha256(network) == GOLDEN[name]["names_sha256"]


@torch.no_grad()
def test_u2netp_gives_the_originals_fused_and_side_logits(golden: ModuleType) -> None:
    network = _filled(golden, "u2netp")
    x = golden.photo(*GOLDEN["u2netp"]["input"])
    fused = network(x)
    network.training = True  # the top only: all seven outputs, with batch norm still in eval mode
    outputs = network(x)
    assert torch.equal(outputs[0], fused)
    _check(golden, {f"d{index}": output for index, output in enumerate(outputs)}, "u2netp")


@torch.no_grad()
def test_u2net_gives_the_originals_logits(golden: ModuleType) -> None:
    network = _filled(golden, "u2net")
    _check(golden, {"d0": network(golden.photo(*GOLDEN["u2net"]["input"]))}, "u2net")


@torch.no_grad()
def test_topformer_gives_the_originals_features_and_logits(golden: ModuleType) -> None:
    network = _filled(golden, "topformer_tiny")
    x = golden.photo(*GOLDEN["topformer_tiny"]["input"])
    features = network.get_submodule("backbone")(x)
    _check(golden, dict(zip(("s8", "s16", "s32"), features, strict=True)), "topformer_tiny_backbone")
    low = network.get_submodule("decode_head")(features)
    _check(golden, {"full": network(x), "low": low}, "topformer_tiny")


@torch.no_grad()
@pytest.mark.parametrize("name", efficientnet_lite.PARTS)
def test_efficientnet_lite_gives_the_originals_features(name: str, golden: ModuleType) -> None:
    network = models.build(name)
    network.load_state_dict(golden.weights(network, GOLDEN[name]["norms"], "backbone."))
    features = network.eval()(golden.photo(*GOLDEN[name]["input"]))
    _check(golden, dict(zip(("s4", "s8", "s16", "s32"), features, strict=True)), name)


@torch.no_grad()
def test_the_golden_numbers_notice_scaled_attention(golden: ModuleType) -> None:
    network = _filled(golden, "topformer_tiny")
    for name, parameter in network.named_parameters():
        if "to_q.bn" in name:  # the usual 1/sqrt(head size), which TopFormer does not have
            parameter.div_(4)
    output = network(golden.photo(*GOLDEN["topformer_tiny"]["input"]))
    assert _excess(golden, output, GOLDEN["topformer_tiny"]["outputs"]["full"]) > 0


def test_u2net_returns_seven_logits_of_the_input_size_in_train_mode() -> None:
    outputs = models.build("u2netp", 3).train()(torch.zeros(2, 3, 65, 47))
    assert [tuple(output.shape) for output in outputs] == [(2, 3, 65, 47)] * 7


def test_topformer_drops_paths_only_in_train_mode() -> None:
    torch.manual_seed(0)
    network = models.build("topformer_tiny").eval()
    x = torch.randn(2, 3, 64, 64)
    assert torch.equal(network(x), network(x))
    network.get_submodule("backbone.trans.transformer_blocks.3.drop_path").train()
    for block in network.modules():
        if isinstance(block, nn.BatchNorm2d):
            nn.init.ones_(block.weight)  # the residual branches start at 0
    first = network(x).sum().item()
    assert any(network(x).sum().item() != first for _ in range(40))


@pytest.mark.parametrize("name", ["u2netp", "topformer_tiny", "topformer_base", "efficientnet_lite0_fpn"])
def test_every_weight_of_a_network_learns(name: str) -> None:
    torch.manual_seed(0)
    network = models.build(name, 2).train()
    for block in network.modules():
        if isinstance(block, nn.BatchNorm2d):
            nn.init.ones_(block.weight)
    outputs = network(torch.randn(2, 3, 128, 128))
    total = sum(output.square().mean() for output in (outputs if isinstance(outputs, tuple) else (outputs,)))
    assert isinstance(total, Tensor)
    total.backward()
    idle = [label for label, weight in network.named_parameters() if weight.grad is None]
    assert idle == []
