"""Starting from other weights: what is taken over, what is refused."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from _training import Data, same_values, tiny_job, train

import models
from pocketseg.core.errors import CheckpointError


def test_a_network_takes_over_what_fits_from_a_backbone_and_says_what_did_not(tmp_path: Path) -> None:
    backbone = models.build("topformer_tiny_backbone", 4)
    state = {k: torch.randn_like(v) if v.is_floating_point() else v for k, v in backbone.state_dict().items()}
    state = {k: v for k, v in state.items() if not k.startswith("SIM.")} | {"head.l.weight": torch.zeros(1000, 160)}
    torch.save({"state_dict_ema": state}, tmp_path / "imagenet.pth")
    network = models.build("topformer_tiny", 4)
    before = {k: v.clone() for k, v in network.state_dict().items()}
    report = models.take_over(network, tmp_path / "imagenet.pth")
    now = network.state_dict()
    assert set(report.taken) == {f"backbone.{k}" for k in state if k != "head.l.weight"}
    assert all(torch.equal(now[f"backbone.{k}"], v) for k, v in state.items() if k != "head.l.weight")
    assert report.left == ("backbone.head.l.weight",) and not report.other_shape
    assert (
        all(torch.equal(now[k], before[k]) for k in report.lacking) and "decode_head.conv_seg.weight" in report.lacking
    )
    assert f"{len(report.taken)} entries taken" in report.sentence()


def test_a_saliency_network_gives_all_but_its_outputs(tmp_path: Path) -> None:
    saliency = models.build("u2netp", 1)
    torch.save(saliency.state_dict(), tmp_path / "u2netp.pth")
    report = models.take_over(models.build("u2netp", 4), tmp_path / "u2netp.pth")
    assert {n.split(".")[0] for n in report.other_shape} == {*(f"side{k}" for k in range(1, 7)), "outconv"}
    assert not report.lacking and not report.left and report.parameters_taken < report.parameters


def test_weights_of_another_network_are_refused_and_change_nothing(tmp_path: Path) -> None:
    torch.save(models.build("u2netp", 4).state_dict(), tmp_path / "other.pth")
    network = models.build("topformer_tiny", 4)
    before = {k: v.clone() for k, v in network.state_dict().items()}
    with pytest.raises(CheckpointError, match="has only 0 of the network's"):
        models.take_over(network, tmp_path / "other.pth")
    assert same_values(before, dict(network.state_dict()))


def test_first_weights_that_are_not_there_are_named_and_a_released_name_is_taken(data: Data, tmp_path: Path) -> None:
    for initial, message in (
        (tmp_path / "typo.pth", "there is no file"), (tmp_path, "is a folder, not a weights file"),
    ):  # fmt: skip
        with pytest.raises(CheckpointError, match=message):
            train(dataclasses.replace(tiny_job(data, tmp_path / "run"), initial=initial))
    assert not (tmp_path / "run").exists()
    train(dataclasses.replace(tiny_job(data, tmp_path / "run", epochs=1), initial=Path("topformer_tiny")))
    assert json.loads((tmp_path / "run/initial.json").read_text())["source"] == "topformer_tiny.safetensors"
