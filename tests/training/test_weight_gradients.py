"""Weight gradients from planar images: the same as PyTorch's own but for rounding, and only where they gain."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

import models
from pocketseg.training.weight_gradients import faster

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def avx2(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every processor pass for one that gains."""
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")


class Derived(nn.Conv2d):
    """A convolution with a class of its own, whose forward pass may be another."""


def gradients(network: nn.Module, images: torch.Tensor) -> dict[str, torch.Tensor]:
    """Return the gradients of a fixed loss by parameter name, and that of the images."""
    images = images.clone(memory_format=torch.preserve_format).requires_grad_()
    outputs = network(images)
    sum((out * torch.linspace(-1, 1, out.numel()).view_as(out)).sum() for out in outputs).backward()
    assert images.grad is not None
    found = {name: parameter.grad for name, parameter in network.named_parameters() if parameter.grad is not None}
    return {**found, "images": images.grad}


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("stride", "padding", "dilation"), [(1, 1, 1), (2, 1, 1), (1, 2, 2), (1, (2, 0), 1)])
def test_gradients_are_those_of_a_plain_convolution(
    bias: bool, stride: int, padding: int | tuple[int, int], dilation: int
) -> None:
    torch.manual_seed(1)
    plain = nn.Conv2d(5, 7, 3, stride, padding, dilation, bias=bias).to(memory_format=torch.channels_last)
    other = copy.deepcopy(plain)
    images = torch.randn(2, 5, 13, 9).contiguous(memory_format=torch.channels_last)
    wanted = gradients(plain, images)
    with faster(other, CPU, "32-true") as count:
        assert count == 1
        torch.testing.assert_close(other(images), plain(images), rtol=0, atol=0)
        found = gradients(other, images)
    assert found.keys() == wanted.keys()
    for name, gradient in wanted.items():
        torch.testing.assert_close(found[name], gradient, rtol=1e-4, atol=1e-4, msg=name)


def test_a_whole_network_keeps_outputs_parameters_and_gradients() -> None:
    torch.manual_seed(2)
    plain = models.build("u2netp").to(memory_format=torch.channels_last).train()
    other = copy.deepcopy(plain)
    images = torch.randn(2, 3, 64, 48).contiguous(memory_format=torch.channels_last)
    wanted = gradients(plain, images)
    with faster(other, CPU, "32-true") as count:
        assert count > 100
        assert list(other.state_dict()) == list(plain.state_dict())
        found = gradients(other, images)
    assert [type(m) for m in other.modules()] == [type(m) for m in plain.modules()]
    for name, gradient in wanted.items():
        scale = float(gradient.abs().max())
        assert float((found[name] - gradient).abs().max()) <= 1e-3 * scale + 1e-4, name


def test_convolutions_that_do_not_gain_stay_as_they_are() -> None:
    network = nn.Sequential(
        nn.Conv2d(4, 4, 1),
        nn.Conv2d(4, 4, 3, groups=4),
        nn.Conv2d(4, 4, 3, padding="same"),
        nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect"),
        Derived(4, 4, 3),
    )
    classes = [type(m) for m in network]
    with faster(network, CPU, "32-true") as count:
        assert count == 0
        assert [type(m) for m in network] == classes


def test_an_error_in_training_leaves_plain_convolutions() -> None:
    network = nn.Conv2d(3, 4, 3)
    with pytest.raises(RuntimeError, match="out of memory"), faster(network, CPU, "32-true"):
        raise RuntimeError("out of memory")
    assert type(network) is nn.Conv2d


def test_frozen_weights_get_no_gradient() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3))
    network[0].weight.requires_grad_(False)
    with faster(network, CPU, "32-true"):
        network(torch.randn(1, 3, 9, 9)).sum().backward()
    assert network[0].weight.grad is None
    assert network[0].bias is not None and network[0].bias.grad is not None
    assert network[1].weight.grad is not None


@pytest.mark.parametrize(
    ("capability", "device", "precision", "wanted"),
    [
        ("AVX2", "cpu", "32-true", 1),
        ("AVX512", "cpu", "32-true", 0),
        ("DEFAULT", "cpu", "32-true", 0),
        ("AVX2", "cuda", "32-true", 0),
        ("AVX2", "cpu", "bf16-mixed", 0),
    ],
)
def test_only_32_bit_training_on_a_processor_with_avx2_and_no_more_gains(
    monkeypatch: pytest.MonkeyPatch, capability: str, device: str, precision: str, wanted: int
) -> None:
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    with faster(nn.Conv2d(3, 4, 3), torch.device(device), precision) as count:
        assert count == wanted
