"""Published saliency weights as a start: taken over exactly, with statistics of training photos, or not at all."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
import safetensors.torch
import torch
from _commands import Call
from _saliency import NETWORK, SIDE_PX, Saliency, published, seven, wheel_of
from _training import TINY, Data, tiny_job, train
from torch import nn

import models
from models._published import PUBLISHED
from models._saliency import norms, read_folded
from pocketseg.cli import pretrained as command
from pocketseg.core.errors import CheckpointError
from pocketseg.data.photos import open_photos, read_image
from pocketseg.data.seen import seen_by
from pocketseg.inference import network_input
from pocketseg.training import pretrained
from pocketseg.training.pretrained import give_all_statistics, make_start
from pocketseg.training.recipe import load_recipe

pytestmark = pytest.mark.usefixtures("pinned")


def _photos(data: Data) -> torch.Tensor:
    photos = open_photos(data.spec)
    return network_input([read_image(photos.image_path(i)) for i in data.split.ids("train")], models.spec(NETWORK))


def _opened(path: Path) -> nn.Module:
    network = models.build(NETWORK, 1).eval()
    network.load_state_dict(safetensors.torch.load_file(path))
    return network


def _differ(some: list[torch.Tensor], others: list[torch.Tensor]) -> float:
    return max(float((a - b).abs().max()) for a, b in zip(some, others, strict=True))


# ---- what is made ----------------------------------------------------------------------------------------------------


def test_the_start_computes_what_the_published_network_computes(small: Saliency, made: Path, data: Data) -> None:
    asked = _photos(data)
    assert _differ(seven(_opened(made), asked), seven(small.network, asked)) < 1e-5
    assert _differ(seven(models.build(NETWORK, 1), asked), seven(small.network, asked)) > 1e-2, "which says something"


def test_batch_norms_have_the_statistics_of_the_training_photos(small: Saliency, made: Path, data: Data) -> None:
    placed, _ = read_folded(small.file, NETWORK)
    passed: dict[str, torch.Tensor] = {}
    for name, conv in placed.named_modules():
        if name.endswith("conv_s1"):
            conv.register_forward_hook(lambda m, i, out, name=name: passed.update({name: out.double()}))
    with torch.inference_mode():
        placed(_photos(data))  # all of them at once, which the product never holds
    start = _opened(made)
    assert len(passed) == len(norms(start)) == 112
    for name, out in passed.items():
        norm = start.get_submodule(name.replace("conv_s1", "bn_s1"))
        assert isinstance(norm, nn.BatchNorm2d) and norm.running_mean is not None and norm.running_var is not None
        mean, variance = out.mean((0, 2, 3)), out.var((0, 2, 3), correction=0)
        for found, wanted in ((norm.running_mean, mean), (norm.running_var, variance), (norm.bias, mean),
                              (norm.weight, (variance + norm.eps).sqrt())):  # fmt: skip
            torch.testing.assert_close(found.double(), wanted, rtol=1e-4, atol=1e-5)


def test_no_statistics_change_what_a_batch_norm_returns(small: Saliency) -> None:
    placed, _ = read_folded(small.file, NETWORK)
    asked = torch.randn(2, 3, SIDE_PX, SIDE_PX, generator=torch.Generator().manual_seed(1))
    before = seven(placed, asked)
    give_all_statistics(placed, iter((3 * asked + 1).split(1)))
    means = torch.cat([m.running_mean for m in norms(placed) if m.running_mean is not None])
    assert means.abs().max() > 0.1, "they are not neutral any more"
    assert _differ(seven(placed, asked), before) < 1e-5


def test_the_file_says_where_its_weights_are_from_and_which_photos_it_has_seen(
    small: Saliency, made: Path, data: Data
) -> None:
    (entry,) = models.lineage_of(made)
    assert (entry["step"], entry["parent"]) == ("pretrained", small.published.sha256)
    assert {k: entry[k] for k in ("package", "version", "archive_sha256", "licence")} == {
        "package": "tinysal", "version": "0.2.0", "archive_sha256": small.published.archive_sha256,
        "licence": "Apache-2.0",
    }  # fmt: skip
    assert entry["photos"] == 5 and entry["split_hash"] == data.split.hash
    seen = seen_by(models.read_metadata(made))
    assert seen.train == set(data.split.photos["train"].values()) and not seen.val and not seen.unlabelled


def test_validation_and_test_photos_are_not_opened(small: Saliency, data: Data, tmp_path: Path) -> None:
    root = shutil.copytree(data.split_file.parent, tmp_path / "data")
    held_out = [*data.split.ids("val"), *data.split.ids("test")]
    for photo_id in held_out:
        (root / "images" / f"{photo_id}.jpg").write_bytes(b"no photo")
        (root / "masks" / f"{photo_id}.png").write_bytes(b"no mask")
    start = make_start(NETWORK, f"folder:{root}", tmp_path / "start", split_file=root / "split.json",
                       source=small.file)  # fmt: skip
    assert start.photos == 5
    (root / "images" / f"{data.split.ids('train')[0]}.jpg").write_bytes(b"no photo")
    with pytest.raises(Exception, match=data.split.ids("train")[0]):
        make_start(NETWORK, f"folder:{root}", tmp_path / "two", split_file=root / "split.json", source=small.file)


# ---- what takes it ---------------------------------------------------------------------------------------------------


def test_a_training_starts_from_it_and_passes_its_lineage_on(made: Path, data: Data, tmp_path: Path) -> None:
    job = tiny_job(data, tmp_path / "run")
    recipe = load_recipe(NETWORK, {**TINY, "epochs": 1})
    best = train(dataclasses.replace(job, network=NETWORK, recipe=recipe, initial=made))
    assert [entry["step"] for entry in models.lineage_of(best)] == ["pretrained", "train"]
    initial = json.loads((tmp_path / "run/initial.json").read_text())
    assert {n.split(".")[0] for n in initial["other_shape"]} == {*(f"side{k}" for k in range(1, 7)), "outconv"}
    assert not initial["lacking"] and not initial["left"]
    assert set(data.split.photos["train"].values()) <= seen_by(models.read_metadata(best)).train


@pytest.mark.parametrize("prefix", ["", "module."])
def test_published_pth_files_are_a_start_as_they_come(
    prefix: str, small: Saliency, data: Data, tmp_path: Path, pocketseg: Call
) -> None:
    file = tmp_path / "u2netp.pth"
    torch.save({f"{prefix}{name}": tensor for name, tensor in small.network.state_dict().items()}, file)
    common = ("--data", data.spec, "--split-file", data.split_file)
    answer = pocketseg(
        "train", NETWORK, *common, "--init", file, "--out", tmp_path / "run", "--epochs", "1", "--batch-size", "2",
        "--size", "64x64", "--set", "lr=1e-9", "--set", "norm_statistics=frozen", "--threads", "1", "--accelerator",
        "cpu",
    )  # fmt: skip
    assert answer.code == 0 and "14 of another shape, 0 lacking, 0 of the file left" in answer.err, answer.err
    trained = models.open_model(str(tmp_path / "run/best.safetensors")).module.state_dict()
    for name, tensor in small.network.state_dict().items():
        if name.split(".")[0] in {*(f"side{k}" for k in range(1, 7)), "outconv"} or "batches" in name:
            continue
        assert torch.allclose(trained[name], tensor, rtol=0, atol=1e-6), name


@pytest.mark.parametrize(
    "command", [("export", "--target", "onnx", "--out", "out"), ("evaluate", "--data", "embedded")]
)
def test_it_is_not_mistaken_for_a_network_that_segments(command: tuple[str, ...], made: Path, pocketseg: Call) -> None:
    answer = pocketseg(command[0], made, *command[1:])
    assert answer.code == CheckpointError.exit_code and "one output channel, a saliency network" in answer.err
    assert f"pocketseg train {NETWORK} --init" in answer.err and not Path("out").exists()


# ---- what is refused -------------------------------------------------------------------------------------------------


def _changed(small: Saliency, change: Callable[[onnx.ModelProto], None], folder: Path) -> Saliency:
    """Return a file that was changed before it was published."""
    model = onnx.load(str(small.file))
    change(model)
    file = folder / "u2netp.onnx"
    file.write_bytes(model.SerializeToString())
    wheel = wheel_of(file, folder)
    return Saliency(small.network, file, wheel, published(file, wheel))


def _without_the_last(model: onnx.ModelProto) -> None:
    last = max(i for i, node in enumerate(model.graph.node) if node.op_type == "Conv")
    del model.graph.node[last]


def _without_bias(model: onnx.ModelProto) -> None:
    del next(node for node in model.graph.node if node.op_type == "Conv").input[2]


def _cut(model: onnx.ModelProto) -> None:
    name = next(node for node in model.graph.node if node.op_type == "Conv").input[1]
    tensor = next(t for t in model.graph.initializer if t.name == name)
    tensor.dims[0] //= 2
    tensor.raw_data = tensor.raw_data[: len(tensor.raw_data) // 2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_without_the_last, "has 118 convolutions; u2netp has 119"),
        (_without_bias, r"where u2netp has stage1\.rebnconvin\.conv_s1"),
        (_cut, r"has weights \(32, 3, 3, 3\) and \(64,\) where u2netp has stage1\.rebnconvin\.conv_s1"),
    ],
)
def test_another_network_is_refused(
    change: Callable[[onnx.ModelProto], None], message: str, small: Saliency, data: Data, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    other = _changed(small, change, tmp_path)
    monkeypatch.setitem(PUBLISHED, NETWORK, other.published)
    with pytest.raises(CheckpointError, match=message):
        make_start(NETWORK, data.spec, tmp_path / "out", split_file=data.split_file, source=other.file)
    assert not (tmp_path / "out").exists()


def test_weights_in_another_order_are_found_out_by_what_they_compute(
    small: Saliency, data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed, graph = read_folded(small.file, NETWORK)
    blocks = [placed.get_submodule(f"stage1.rebnconv{k}.conv_s1") for k in (2, 3)]
    assert all(isinstance(block, nn.Conv2d) for block in blocks)
    first, second = ({k: v.clone() for k, v in block.state_dict().items()} for block in blocks)
    blocks[0].load_state_dict(second)
    blocks[1].load_state_dict(first)
    monkeypatch.setattr(pretrained, "read_folded", lambda path, name: (placed, graph))
    with pytest.raises(CheckpointError, match="as placed, the network's outputs differ from the published file's by"):
        make_start(NETWORK, data.spec, tmp_path / "out", split_file=data.split_file, source=small.file)
    assert not (tmp_path / "out").exists()


def test_statistics_that_change_the_outputs_are_found_out(
    small: Saliency, data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrongly(network: nn.Module, batches: object, progress: object) -> None:
        with torch.no_grad():
            norms(network)[0].weight.mul_(1.5)

    monkeypatch.setattr(pretrained, "give_all_statistics", wrongly)
    with pytest.raises(CheckpointError, match="with statistics of photos, the network's outputs differ"):
        make_start(NETWORK, data.spec, tmp_path / "out", split_file=data.split_file, source=small.file)
    assert not (tmp_path / "out").exists()


def test_an_interrupt_while_photos_are_measured_leaves_nothing(small: Saliency, data: Data, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_start(NETWORK, data.spec, tmp_path / "out", split_file=data.split_file, source=small.file, progress=stop)
    assert not (tmp_path / "out").exists()


def test_the_commands_help_names_the_networks_that_are_known() -> None:
    assert str(command.command.help).endswith(f"NETWORK is {' or '.join(PUBLISHED)}.")
