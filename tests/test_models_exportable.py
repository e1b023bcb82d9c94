"""An exportable network computes the same at its size, without what converters dislike."""

from __future__ import annotations

from types import ModuleType

import pytest
import torch
from torch import Tensor, nn

import models
from pocketseg.core.errors import ExportError

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning"),
]

CASES = [
    ("u2netp", 320, 192),
    ("u2netp", 256, 256),
    ("u2netp", 203, 161),
    ("topformer_tiny", 320, 192),
    ("topformer_tiny", 256, 256),
    ("topformer_tiny", 224, 160),
    ("topformer_tiny", 203, 161),
]


@pytest.fixture(scope="module")
def networks(golden: ModuleType) -> dict[str, nn.Module]:
    found: dict[str, nn.Module] = {}
    for name in ("u2netp", "topformer_tiny"):
        network = models.build(name)
        network.load_state_dict(golden.weights(network, golden.read()[name]["norms"]))
        found[name] = network.eval()
    return found


@torch.no_grad()
@pytest.mark.parametrize(("name", "height_px", "width_px"), CASES)
def test_an_exportable_network_computes_the_same(
    name: str, height_px: int, width_px: int, networks: dict[str, nn.Module], golden: ModuleType
) -> None:
    fixed = models.exportable(networks[name], height_px, width_px)
    x = golden.photo(2, height_px, width_px)
    want, got = networks[name](x), fixed(x)
    assert got.shape == (2, 4, height_px, width_px)
    assert (got - want).abs().max() <= 1e-5


@torch.no_grad()
@pytest.mark.parametrize("name", ["u2netp", "topformer_tiny"])
@pytest.mark.parametrize(("height_px", "width_px"), [(128, 64), (96, 64), (65, 47)])
def test_a_traced_exportable_network_reads_no_sizes(
    name: str, height_px: int, width_px: int, networks: dict[str, nn.Module]
) -> None:
    fixed = models.exportable(networks[name], height_px, width_px)
    traced = torch.jit.trace(fixed, torch.zeros(1, 3, height_px, width_px), check_trace=False)
    kinds = {node.kind() for node in traced.inlined_graph.nodes()}
    assert "aten::upsample_bilinear2d" in kinds
    assert kinds.isdisjoint({"aten::size", "prim::NumToTensor", "aten::Int", "aten::feature_dropout", "aten::dropout"})


def test_the_original_network_does_read_sizes(networks: dict[str, nn.Module]) -> None:
    traced = torch.jit.trace(networks["topformer_tiny"], torch.zeros(1, 3, 64, 64), check_trace=False)
    assert "aten::size" in {node.kind() for node in traced.inlined_graph.nodes()}


def _ceil_pools(network: nn.Module) -> int:
    return sum(isinstance(block, nn.MaxPool2d) and bool(block.ceil_mode) for block in network.modules())


def test_ceil_mode_stays_only_where_a_pooled_size_is_odd(networks: dict[str, nn.Module]) -> None:
    assert _ceil_pools(networks["u2netp"]) > 0
    assert _ceil_pools(models.exportable(networks["u2netp"], 320, 192)) == 0
    assert 0 < _ceil_pools(models.exportable(networks["u2netp"], 320, 200)) < _ceil_pools(networks["u2netp"])


def _adaptive_pools(network: nn.Module) -> int:
    return sum(isinstance(block, nn.AdaptiveAvgPool2d) for block in network.modules())


def test_adaptive_pooling_stays_only_off_the_multiples_of_64(networks: dict[str, nn.Module]) -> None:
    assert _adaptive_pools(models.exportable(networks["topformer_tiny"], 320, 192)) == 0
    assert _adaptive_pools(models.exportable(networks["topformer_tiny"], 320, 160)) > 0


def test_u2net_exports_d0_alone_even_from_train_mode(networks: dict[str, nn.Module]) -> None:
    network = models.build("u2netp", 2).train()
    assert isinstance(models.exportable(network, 64, 64)(torch.zeros(1, 3, 64, 64)), Tensor)
    assert network.training


def test_the_original_network_is_left_as_it_was(networks: dict[str, nn.Module]) -> None:
    network = networks["topformer_tiny"]
    before = str(network)
    fixed = models.exportable(network, 64, 64)
    assert str(network) == before
    with torch.no_grad():
        next(fixed.parameters()).zero_()
    assert next(network.parameters()).abs().sum() > 0


def test_an_exportable_network_keeps_its_weights_names(networks: dict[str, nn.Module]) -> None:
    for network in networks.values():
        assert models.exportable(network, 64, 64).state_dict().keys() == network.state_dict().keys()


def test_a_backbone_is_exportable_too() -> None:
    torch.manual_seed(0)
    network = models.build("topformer_small_backbone").eval()
    x = torch.randn(1, 3, 128, 64)
    for want, got in zip(network(x), models.exportable(network, 128, 64)(x), strict=True):
        assert torch.equal(want, got)


@pytest.mark.parametrize(("height_px", "width_px"), [(31, 64), (64, 0), (-64, 64)])
def test_a_size_too_small_is_an_error_that_proposes_one(
    height_px: int, width_px: int, networks: dict[str, nn.Module]
) -> None:
    with pytest.raises(ExportError, match=r"(?s)too small.*multiples of 64 work best, e\.g\. 64x64"):
        models.exportable(networks["u2netp"], height_px, width_px)


def test_a_network_that_cannot_run_at_a_size_is_an_error() -> None:
    class TooLarge(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return nn.functional.avg_pool2d(x, 99)

    with pytest.raises(ExportError, match="does not run at 64x96"):
        models.exportable(TooLarge(), 64, 96)


def test_a_block_used_at_two_sizes_is_an_error() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.pool = nn.MaxPool2d(2, ceil_mode=True)

        def forward(self, x: Tensor) -> Tensor:
            out: Tensor = self.pool(self.pool(x))
            return out

    with pytest.raises(ExportError, match="pool is used at two sizes"):
        models.exportable(Twice(), 64, 64)
