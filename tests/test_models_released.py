"""A weights file that PocketSeg saves opens again as what it is; a published one opens by its shapes."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import nn

import models
from models import Given, _unreleased
from models._checkpoints import read_metadata
from pocketseg.core.errors import CheckpointError, StorageError, UnknownNameError, UsageError
from pocketseg.core.files import write_json
from pocketseg.core.types import ModelSpec

FACTS = {"split_hash": "abc123", "recipe": "tiny"}


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(0)
    return models.build("topformer_tiny", 3).eval()


@pytest.fixture
def spec() -> ModelSpec:
    changes = {"height_px": 320, "width_px": 192, "classes": ("background", "shirt", "trousers")}
    return dataclasses.replace(models.spec("topformer_tiny"), **changes)


@pytest.fixture
def released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(models, "RELEASED_FOLDER", tmp_path / "released")
    monkeypatch.setattr(_unreleased, "RECORDS", tmp_path / "runs")
    return tmp_path / "released"


def test_saved_weights_open_with_their_spec(network: nn.Module, spec: ModelSpec, tmp_path: Path) -> None:
    path = tmp_path / "new" / "shirts.safetensors"
    models.save_weights(network, spec, path, dtype="fp32", metadata=FACTS)
    loaded = models.open_model(str(path))
    assert (loaded.name, loaded.spec, loaded.source) == ("shirts", spec, path)
    assert loaded.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert loaded.metadata["split_hash"] == "abc123" and loaded.metadata["recipe"] == "tiny"
    assert not loaded.module.training
    x = torch.randn(1, 3, 64, 64)
    assert torch.equal(loaded.module(x), network(x))
    assert [file.name for file in path.parent.iterdir()] == ["shirts.safetensors"]
    models.load_checkpoint(models.build("topformer_tiny", 3), path)


def test_fp16_weights_take_half_the_bytes_and_open_as_float32(
    network: nn.Module, spec: ModelSpec, tmp_path: Path
) -> None:
    for dtype in ("fp32", "fp16"):
        models.save_weights(network, spec, tmp_path / f"{dtype}.safetensors", dtype=dtype, metadata={})
    sizes = [(tmp_path / f"{dtype}.safetensors").stat().st_size for dtype in ("fp32", "fp16")]
    assert sizes[1] < 0.55 * sizes[0]
    loaded = models.open_model(str(tmp_path / "fp16.safetensors"))
    assert {weight.dtype for weight in loaded.module.parameters()} == {torch.float32}
    x = torch.randn(1, 3, 64, 64)
    assert torch.allclose(loaded.module(x), network(x), atol=1e-2)


def test_the_same_weights_give_the_same_bytes(network: nn.Module, spec: ModelSpec, tmp_path: Path) -> None:
    facts = {f"fact{index}": str(index) for index in range(20)}
    for number in range(4):
        reordered = dict(sorted(facts.items(), reverse=number % 2 == 1))
        models.save_weights(network, spec, tmp_path / f"{number}.safetensors", dtype="fp16", metadata=reordered)
    assert len({(tmp_path / f"{number}.safetensors").read_bytes() for number in range(4)}) == 1


def test_a_released_name_opens_from_the_released_folder(network: nn.Module, spec: ModelSpec, released: Path) -> None:
    models.save_weights(network, spec, released / "shirts.safetensors", dtype="fp16", metadata=FACTS)
    assert models.released() == ("shirts",)
    loaded = models.open_model("shirts", Given(height_px=256))
    assert loaded.name == "shirts"
    assert (loaded.spec.name, loaded.spec.height_px, loaded.spec.width_px) == ("topformer_tiny", 256, 192)
    with pytest.raises(UnknownNameError, match=r"(?s)did you mean 'shirts'\?.*valid: shirts.*path of a weights file"):
        models.open_model("shirt")


def test_a_network_without_released_weights_is_told_from_an_unknown_name(released: Path) -> None:
    with pytest.raises(CheckpointError, match=r"(?s)no weights of that name are released.*path of a weights file"):
        models.open_model("u2net")
    with pytest.raises(UnknownNameError, match="unknown model 'nothing'"):
        models.open_model("nothing")


def _hint(ref: str) -> str:
    with pytest.raises(CheckpointError, match="no weights of that name are released") as caught:
        models.open_model(ref)
    return caught.value.hint


def test_a_network_that_is_not_released_says_how_to_make_its_weights(
    released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    released.mkdir()
    assert "pocketseg pretrained u2net --data FORMAT:PATH --out start.safetensors" in _hint("u2net")
    assert "pocketseg train topformer_base --data FORMAT:PATH --out runs/topformer_base" in _hint("topformer_base")
    whole = {"network": "u2net", "finished": True, "data": "ccp", "card": {"size_bytes": 88_400_000, "parameters": 9},
             "epochs": [{"seconds": 1.0}, {"seconds": 34_200.0}]}  # fmt: skip
    card = whole["card"]
    assert isinstance(card, dict)
    for name, changes in {
        "u2net_good": {"card": card | {"val": {"miou": 0.7}}},
        "u2net_less": {"card": card | {"val": {"miou": 0.6}}},
        "u2net_cut": {"card": card | {"val": {"miou": 0.8}, "parameters": 4}},
        "u2net_unfinished": {"card": card | {"val": {"miou": 0.9}}, "finished": False},
        "u2net_unreleased": {"card": None},
        "u2net_other": {"card": card | {"val": {"miou": 0.9}}, "network": "u2netp"},
        "u2net_damaged": {"card": {"size_bytes": "?", "val": {"miou": 0.9}}},
        "u2netp_good": {"card": card | {"val": {"miou": 0.8}}, "network": "u2netp"},
    }.items():
        write_json(tmp_path / "runs" / f"{name}.json", whole | changes)
    (tmp_path / "runs/u2net_empty.json").touch()
    for name in ("u2net-prune0.5", "u2net_small", "u2netp"):
        (released / f"{name}.safetensors").touch()
    hint = _hint("u2net")
    assert "its weights take 88 MB, too much for the repository" in hint and "(9.5 hours then)" in hint
    assert "pocketseg train --again runs/u2net_good.json --data ccp:PATH --out runs/u2net" in hint
    assert "released networks made of it: u2net-prune0.5, u2net_small\n" in hint and "pretrained" not in hint
    (released / "u2netp.safetensors").unlink()
    assert "--again runs/u2netp_good.json" in _hint("u2netp")


@pytest.mark.parametrize("ref", ["./nothing", "absent.pth", "/absent/u2netp"])
def test_a_path_that_leads_nowhere_is_a_missing_file(ref: str) -> None:
    with pytest.raises(CheckpointError, match="there is no file"):
        models.open_model(ref)


def _published(path: Path, name: str, classes: int) -> str:
    torch.save({"state_dict": models.build(name, classes).state_dict()}, path)
    return str(path)


def test_a_published_file_takes_the_networks_defaults(tmp_path: Path) -> None:
    loaded = models.open_model(_published(tmp_path / "weights.pth", "topformer_small", 4))
    assert loaded.spec == models.spec("topformer_small")
    assert loaded.metadata == {}


def test_other_class_counts_get_numbered_classes(tmp_path: Path) -> None:
    loaded = models.open_model(_published(tmp_path / "weights.pth", "u2netp", 7), Given(width_px=192))
    assert loaded.spec.classes == tuple(f"class_{index}" for index in range(7))
    assert (loaded.spec.height_px, loaded.spec.width_px) == (320, 192)


def test_a_published_files_network_can_be_given(tmp_path: Path) -> None:
    path = _published(tmp_path / "weights.pth", "u2netp", 4)
    assert models.open_model(path, Given(network="u2netp", classes=4)).spec.name == "u2netp"
    with pytest.raises(CheckpointError, match=r"(?s)does not fit the network.*the file holds u2netp with 4 classes"):
        models.open_model(path, Given(network="topformer_tiny"))
    with pytest.raises(CheckpointError, match=r"(?s)another shape.*the file holds u2netp with 4 classes"):
        models.open_model(path, Given(classes=5))


def test_a_saliency_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="one output channel, a saliency network"):
        models.open_model(_published(tmp_path / "weights.pth", "u2netp", 1))


def test_a_backbone_is_refused_as_a_model(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="features without a segmentation head"):
        models.open_model(_published(tmp_path / "weights.pth", "topformer_tiny_backbone", 4))


def test_a_file_that_says_otherwise_is_an_error(network: nn.Module, spec: ModelSpec, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    models.save_weights(network, spec, path, dtype="fp16", metadata={})
    with pytest.raises(CheckpointError, match="says it holds topformer_tiny, not u2netp"):
        models.open_model(str(path), Given(network="u2netp"))
    with pytest.raises(CheckpointError, match=r"says it has 3 classes \(background, shirt, trousers\), not 4"):
        models.open_model(str(path), Given(classes=4))
    with pytest.raises(UnknownNameError, match="unknown network 'u2nepp'"):
        models.open_model(str(path), Given(network="u2nepp"))
    with pytest.raises(UsageError, match="at least 2"):
        models.open_model(str(path), Given(classes=1))
    with pytest.raises(UsageError, match="an input width of 0 px is not within 32 to 4096 px"):
        models.open_model(str(path), Given(width_px=0))


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"network": "u2net_v9"}, "a network 'u2net_v9' that this version does not have"),
        ({"classes": "[1"}, "is damaged"),
        ({"classes": "7"}, "is damaged"),
        ({"classes": '["a"]'}, "is damaged"),
        ({"mean_rgb": "[0.5, 0.5]"}, "is damaged"),
        ({"std_rgb": "[0.5, 0.5, 0]"}, "is damaged"),
        ({"std_rgb": "[0.5, NaN, 0.5]"}, "is damaged"),
        ({"mean_rgb": "[0.5, Infinity, 0.5]"}, "is damaged"),
        ({"mean_rgb": "[123.7, 116.3, 103.5]"}, "is damaged"),
        ({"width_px": "10000000"}, "is damaged"),
        ({"classes": '"abc"'}, "is damaged"),
        ({"classes": "[" * 200_000}, "is damaged"),
        ({"assumed": "[" * 200_000}, "is damaged"),
        ({"height_px": "tall"}, "is damaged"),
        ({"height_px": None}, "lacks height_px"),
        ({"classes": '["a", "b"]'}, "does not fit the network"),
    ],
)
def test_metadata_that_is_damaged_is_an_error(
    changes: dict[str, str | None], text: str, network: nn.Module, spec: ModelSpec, tmp_path: Path
) -> None:
    path = tmp_path / "weights.safetensors"
    models.save_weights(network, spec, path, dtype="fp32", metadata={})
    metadata = {key: value for key, value in {**read_metadata(path), **changes}.items() if value is not None}
    safetensors.torch.save_file(network.state_dict(), path, metadata=metadata)
    with pytest.raises(CheckpointError, match=text):
        models.open_model(str(path))


def test_what_cannot_be_saved_is_an_error_and_leaves_the_old_file(
    network: nn.Module, spec: ModelSpec, tmp_path: Path
) -> None:
    path = tmp_path / "weights.safetensors"
    models.save_weights(network, spec, path, dtype="fp32", metadata={})
    before = path.read_bytes()
    with pytest.raises(UnknownNameError, match="unknown weights dtype 'fp8'"):
        models.save_weights(network, spec, path, dtype="fp8", metadata={})
    with pytest.raises(UsageError, match="metadata classes comes from the spec"):
        models.save_weights(network, spec, path, dtype="fp32", metadata={"classes": json.dumps(["a", "b"])})
    large = models.build("topformer_tiny", 3)
    nn.init.constant_(large.get_parameter("decode_head.conv_seg.bias"), 1e6)
    with pytest.raises(CheckpointError, match=r"(?s)conv_seg\.bias has values that fp16 cannot hold.*use fp32"):
        models.save_weights(large, spec, path, dtype="fp16", metadata={})
    with pytest.raises(StorageError, match="cannot write"):
        models.save_weights(network, spec, path / "inside.safetensors", dtype="fp32", metadata={})
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["weights.safetensors"]
