"""Signals of a photo as inputs and targets: moved and mirrored with it, absent without harm, blind to the masks."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from _training import Data, run_of, tiny_job, train

import models
from models._more_inputs import widen_input
from pocketseg.core.errors import DataError, UnknownNameError, UsageError
from pocketseg.data.photos import open_photos
from pocketseg.data.signals.channels import INPUTS, channels
from pocketseg.data.signals.dense_parts import MIRRORED_PARTS, PARTS
from pocketseg.data.signals.joints import JOINTS, LIMBS, MIRRORED, nobody
from pocketseg.data.signals.source import SignalFiles
from pocketseg.training import loop
from pocketseg.training.arrays import PhotoArrays
from pocketseg.training.augment import moved, placements
from pocketseg.training.distil import unwrapped
from pocketseg.training.fabric import load_fabric
from pocketseg.training.fine_head import FineHead
from pocketseg.training.recipe import load_recipe
from pocketseg.training.signal_arrays import (
    PlacedSignals,
    SignalArrays,
    load_signals,
    place_signals,
    unmoved,
)
from pocketseg.training.signal_heads import SignalHeads, dense_loss, keypoint_loss, signal_loss, silhouette_loss
from pocketseg.training.signal_maps import input_maps, joined

HEIGHT, WIDTH = 96, 64
LEFT, RIGHT = JOINTS.index("left_wrist"), JOINTS.index("right_wrist")


def _arrays(points: torch.Tensor | None = None, found: bool = True, count: int = 1) -> SignalArrays:
    if points is None:
        points = torch.rand(count, len(JOINTS), 2, generator=torch.Generator().manual_seed(1)) * 0.8 + 0.1
    persons = torch.zeros(len(points), HEIGHT, WIDTH, dtype=torch.uint8)
    persons[:, 20:70, 10:40] = 255
    return SignalArrays(points=points, persons=persons, found=torch.full((len(points),), found))


def _lost(count: int = 1) -> SignalArrays:
    return _arrays(torch.full((count, len(JOINTS), 2), math.nan), found=False)


def _placement(zoom: float, mirror: float, shift: tuple[float, float]) -> torch.Tensor:
    return torch.tensor([[[mirror / zoom, 0, shift[0]], [0, 1 / zoom, shift[1]]]])


# ---- moved with the photo --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_points_go_where_zoom_shift_and_mirroring_take_the_pixels_under_them(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    x, y = 0.4, 0.55
    points = torch.full((1, len(JOINTS), 2), math.nan)
    points[0, LEFT] = torch.tensor([x, y])
    images = torch.zeros(1, 192, 192, 3, dtype=torch.uint8)
    images[0, round(y * 192) - 4 : round(y * 192) + 4, round(x * 192) - 4 : round(x * 192) + 4] = 255
    placed = placements(1, (0.7, 1.4), 0.5, generator)
    masks = torch.zeros(1, 1, 192, 192, dtype=torch.uint8)
    crop = moved(images, masks, None, placed, height_px=192, width_px=192, color=0.0, generator=generator)[0][0, 0]
    inside = (crop > 200).nonzero().float()
    if not len(inside):
        pytest.skip("the crop leaves the spot out")
    where = place_signals(_arrays(points), placed, 192, 192).points[0]
    joint = RIGHT if placed[0, 0, 0] < 0 else LEFT
    center = (inside.mean(0).flip(0) + 0.5) / 192
    assert (where[joint] - center).abs().max() < 0.02
    assert torch.isnan(where).any(1).sum() == len(JOINTS) - 1


def test_mirroring_swaps_left_and_right_joints_and_twice_gives_them_back() -> None:
    assert MIRRORED[LEFT] == RIGHT and MIRRORED[0] == 0
    assert [MIRRORED[m] for m in MIRRORED] == list(range(len(JOINTS)))
    arrays = _arrays()
    once = place_signals(arrays, _placement(1, -1, (0, 0)), HEIGHT, WIDTH)
    assert torch.allclose(once.points[0, LEFT, 0], 1 - arrays.points[0, RIGHT, 0])
    assert torch.allclose(once.points[0, LEFT, 1], arrays.points[0, RIGHT, 1])
    assert torch.allclose(once.persons[0, 0], arrays.persons[0].float().flip(1) / 255, atol=1e-4)
    again = place_signals(
        SignalArrays(points=once.points, persons=arrays.persons, found=arrays.found), _placement(1, -1, (0, 0)), 8, 8
    )
    assert torch.allclose(again.points, arrays.points, atol=1e-5)


def test_a_zoomed_crop_moves_points_away_from_its_middle() -> None:
    arrays = _arrays()
    near = place_signals(arrays, _placement(2, 1, (0, 0)), HEIGHT, WIDTH).points
    assert torch.allclose(near - 0.5, 2 * (arrays.points - 0.5), atol=1e-5)


def test_a_limb_is_drawn_between_its_joints_and_nowhere_else() -> None:
    points = torch.full((1, len(JOINTS), 2), math.nan)
    for name, y in (("left_shoulder", 0.2), ("left_elbow", 0.5)):
        points[0, JOINTS.index(name)] = torch.tensor([0.25, y])
    (drawn,) = input_maps(place_signals(_arrays(points), unmoved(1), HEIGHT, WIDTH), ["skeleton"], HEIGHT, WIDTH)
    arm = list(LIMBS).index("left_arm")
    others = [k for k in range(len(LIMBS)) if k != arm]
    assert drawn.shape == (1, len(LIMBS), HEIGHT, WIDTH) and drawn[0, others].abs().max() == 0
    assert drawn[0, arm, round(0.35 * HEIGHT), round(0.25 * WIDTH)] > 0.7
    assert drawn[0, arm, round(0.35 * HEIGHT), round(0.75 * WIDTH)] < 0.01 and drawn[0, arm, -10:].max() < 0.01


# ---- what is missing -------------------------------------------------------------------------------------------------


def test_nobody_found_is_zeros_in_every_input() -> None:
    maps = joined(input_maps(place_signals(_lost(3), unmoved(3), HEIGHT, WIDTH), list(INPUTS), HEIGHT, WIDTH))
    assert maps.shape[1] == channels(list(INPUTS)) and maps.abs().max() == 0


def test_joints_that_are_missing_leave_the_others_as_they_are() -> None:
    whole, partial = _arrays(), _arrays()
    partial.points[0, LEFT] = math.nan
    drawn = [input_maps(place_signals(a, unmoved(1), HEIGHT, WIDTH), ["keypoints"], HEIGHT, WIDTH)[0]
             for a in (whole, partial)]  # fmt: skip
    rest = [k for k in range(len(JOINTS)) if k != LEFT]
    assert torch.equal(drawn[0][:, rest], drawn[1][:, rest]) and drawn[1][:, LEFT].max() == 0 < drawn[0][:, LEFT].max()


def test_what_is_not_known_is_left_out_of_the_losses() -> None:
    logits = torch.randn(2, len(JOINTS), 12, 8, generator=torch.Generator().manual_seed(2), requires_grad=True)
    points = torch.cat((_arrays().points, _lost().points))
    both = keypoint_loss(logits, points)[0]
    alone = keypoint_loss(logits[:1], points[:1])[0]
    assert torch.allclose(both, alone) and both > 0
    persons, found = torch.rand(2, 1, HEIGHT, WIDTH), torch.tensor([True, False])
    said = logits[:, :1]
    assert torch.allclose(silhouette_loss(said, persons, found), silhouette_loss(said[:1], persons[:1], found[:1]))
    nothing = place_signals(_lost(2), unmoved(2), HEIGHT, WIDTH)
    loss = signal_loss({"keypoints": logits, "silhouette": said}, nothing, load_fabric()(accelerator="cpu", devices=1))
    loss.backward()
    assert float(loss) == 0 and logits.grad is not None and logits.grad.abs().max() == 0


def test_a_joint_outside_the_crop_is_no_target() -> None:
    points = _arrays().points
    points[0, LEFT] = torch.tensor([1.2, 0.5])
    counted = keypoint_loss(torch.zeros(1, len(JOINTS), 12, 8), points)[1]
    assert not counted[0, LEFT] and counted.sum() == len(JOINTS) - 1


def test_the_keypoint_loss_is_least_where_the_joint_is() -> None:
    points = torch.full((1, len(JOINTS), 2), math.nan)
    points[0, LEFT] = torch.tensor([0.3, 0.6])
    losses = {}
    for x in range(8):
        for y in range(12):
            logits = torch.zeros(1, len(JOINTS), 12, 8)
            logits[0, LEFT, y, x] = 5.0
            losses[x, y] = float(keypoint_loss(logits, points)[0])
    assert min(losses, key=lambda k: losses[k]) == (int(0.3 * 8), int(0.6 * 12))


# ---- dense pose ------------------------------------------------------------------------------------------------------


def _dense(parts: torch.Tensor) -> SignalArrays:
    return dataclasses.replace(_arrays(count=len(parts)), parts=parts)


def test_each_body_part_is_a_channel_and_mirroring_swaps_left_and_right() -> None:
    left, right = 1 + PARTS.index("left_hand"), 1 + PARTS.index("right_hand")
    parts = torch.zeros(1, HEIGHT, WIDTH, dtype=torch.uint8)
    parts[0, 30:50, 5:20] = left
    arrays = _dense(parts)
    (drawn,) = input_maps(place_signals(arrays, unmoved(1), HEIGHT, WIDTH), ["dense_pose"], HEIGHT, WIDTH)
    assert torch.equal(drawn[0, left - 1] > 0, parts[0] > 0) and drawn.sum() == (parts > 0).sum()
    once = place_signals(arrays, _placement(1, -1, (0, 0)), HEIGHT, WIDTH)
    (mirrored,) = input_maps(once, ["dense_pose"], HEIGHT, WIDTH)
    assert torch.equal(mirrored[0, right - 1], drawn[0, left - 1].flip(1)) and mirrored.sum() == drawn.sum()
    assert [MIRRORED_PARTS[m] for m in MIRRORED_PARTS] == list(range(len(PARTS) + 1))


def test_a_zoomed_crop_enlarges_body_parts() -> None:
    parts = torch.zeros(1, HEIGHT, WIDTH, dtype=torch.uint8)
    parts[0, 40:56, 24:40] = 2
    near = place_signals(_dense(parts), _placement(2, 1, (0, 0)), HEIGHT, WIDTH).parts
    assert near is not None and (near == 2).sum() == 4 * (parts == 2).sum()


def test_photos_without_a_dense_pose_are_left_out_of_its_loss() -> None:
    logits = torch.randn(2, 1 + len(PARTS), 12, 8, generator=torch.Generator().manual_seed(2), requires_grad=True)
    parts = torch.randint(0, 25, (2, HEIGHT, WIDTH), generator=torch.Generator().manual_seed(3))
    both = dense_loss(logits, parts, torch.tensor([True, False]))
    assert torch.allclose(both, dense_loss(logits[:1], parts[:1], torch.tensor([True]))) and both > 0
    assert float(dense_loss(logits, parts, torch.tensor([False, False])).detach()) == 0


def test_signals_say_which_photos_show_any() -> None:
    parts = torch.zeros(2, HEIGHT, WIDTH, dtype=torch.uint8)
    parts[1, 3, 3] = 24
    arrays = dataclasses.replace(_dense(parts), found=torch.tensor([True, False]))
    arrays.points[0] = math.nan
    assert arrays.shown("skeleton").tolist() == arrays.shown("dense_pose").tolist() == [False, True]
    assert arrays.shown("silhouette").tolist() == [True, False]
    assert _arrays().shown("dense_pose").tolist() == [False], "dense pose that was not read shows nobody"


# ---- blind to the masks ----------------------------------------------------------------------------------------------


def _source(seed: int = 4) -> SignalFiles:
    generator = np.random.default_rng(seed)
    people = SimpleNamespace(person=lambda i: generator.integers(0, 255, (40, 30), np.uint8))
    poses = {str(k): generator.random((len(JOINTS), 2), np.float32) for k in range(4)}
    return SignalFiles(poses=poses, persons=people)  # type: ignore[arg-type]


def test_no_input_changes_when_the_masks_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the network is fed in a step is the same with true masks, with other masks, and with none."""
    small = {"batch_size": 4, "height_px": 64, "width_px": 64, "fine_weight": 0.5}
    asked = {"input_signals": list(INPUTS), "target_signals": ["keypoints"]}
    recipe = load_recipe("topformer_tiny", small | asked)
    images = torch.randint(0, 255, (4, 77, 77, 3), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    signals = load_signals(_source(), [str(k) for k in range(4)], 77, 77)
    parts = torch.randint(0, 25, (4, 77, 77), generator=torch.Generator().manual_seed(2), dtype=torch.uint8)
    signals = dataclasses.replace(signals, parts=parts)
    fed: list[torch.Tensor] = []

    def listen(self: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        fed.append(inputs[0].detach().clone())

    for masks in (torch.zeros(4, 2, 77, 77), torch.randint(0, 4, (4, 2, 77, 77)), torch.full((4, 2, 77, 77), 255)):
        run = run_of(recipe, 4, tmp_path)
        arrays = PhotoArrays(images=images, masks=masks.to(torch.uint8), labelled=4, signals=signals)
        torch.manual_seed(3)
        network = models.build("topformer_tiny", 4)
        widen_input(network, channels(recipe.input_signals))
        wrapped = SignalHeads(FineHead(network, "topformer_tiny", 5), "topformer_tiny", ["keypoints"])
        wrapped.register_forward_pre_hook(listen)
        fabric = load_fabric()(accelerator="cpu", devices=1)
        object.__setattr__(run, "arrays", arrays)
        module, optimizer = fabric.setup(wrapped, loop.optimizer_for(wrapped, recipe))
        loop.step(run, module, optimizer, fabric, 5)
    assert fed[0].shape == (4, 3 + channels(list(INPUTS)), 64, 64) and fed[0][:, 3:].max() > 0.5
    assert torch.equal(fed[0], fed[1]) and torch.equal(fed[0], fed[2])


def test_loading_signals_asks_for_no_mask(data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    photos = open_photos(data.spec)

    def refuse(*anything: Any) -> None:
        raise AssertionError("a mask was read")

    for name in ("mask", "labels"):
        monkeypatch.setattr(type(photos), name, refuse)
    arrays = load_signals(_source(), list(photos.ids), 64, 64)
    assert len(arrays.points) == len(photos.ids)


# ---- networks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["topformer_tiny", "u2netp", "efficientnet_lite0_fpn"])
def test_a_widened_network_begins_as_the_one_that_it_was(name: str) -> None:
    torch.manual_seed(1)
    network = models.build(name, 4).eval()
    photo, signals = torch.randn(1, 3, 64, 64), torch.rand(1, 5, 64, 64)
    with torch.no_grad():
        before = network(photo)
        widen_input(network, 5)
        both = torch.cat((photo, signals), 1)
        assert torch.allclose(network(both), before, atol=1e-4)
    network.train()
    out = network(both.repeat(2, 1, 1, 1))
    (out if isinstance(out, torch.Tensor) else out[0]).square().mean().backward()
    first = next(m for m in network.modules() if isinstance(m, torch.nn.Conv2d))
    assert first.weight.grad is not None and first.weight.grad[:, 3:].abs().max() > 0, "the new weights learn"


def test_heads_are_dropped_and_leave_the_network_itself() -> None:
    network = models.build("topformer_tiny", 4)
    wrapped = SignalHeads(FineHead(network, "topformer_tiny", 7), "topformer_tiny", ["keypoints", "silhouette"])
    (classes, fine), said = wrapped(torch.randn(2, 3, 64, 64))
    assert classes.shape == (2, 4, 64, 64) and fine.shape[1] == 7
    assert {k: v.shape[1] for k, v in said.items()} == {"keypoints": len(JOINTS), "silhouette": 1}
    assert unwrapped(wrapped) is network


def test_signals_that_there_are_not_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'silhouette'"):
        load_recipe("u2netp", {"input_signals": ["silhouete"]})
    with pytest.raises(UnknownNameError, match="target_signals"):
        load_recipe("u2netp", {"target_signals": ["skeleton"]})
    with pytest.raises(UsageError, match="twice"):
        load_recipe("u2netp", {"input_signals": ["skeleton", "skeleton"]})
    with pytest.raises(UsageError, match="signal_dropout"):
        load_recipe("u2netp", {"signal_dropout": 1.0})
    with pytest.raises(UsageError, match="a list of names"):
        load_recipe("u2netp", {"input_signals": "skeleton"})


def test_dropped_signals_are_zeros_and_which_are_dropped_depends_on_seed_and_step_alone(tmp_path: Path) -> None:
    recipe = load_recipe("topformer_tiny", {"input_signals": ["silhouette"], "signal_dropout": 0.5})
    run = run_of(recipe, 40, tmp_path)
    ones = PlacedSignals(
        points=torch.full((40, len(JOINTS), 2), math.nan), persons=torch.ones(40, 1, 8, 8), found=torch.ones(40) > 0
    )
    first, again, other = (loop._signal_inputs(run, ones, step, 8, 8).amax((1, 2, 3)) for step in (3, 3, 4))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert set(first.tolist()) == {0.0, 1.0} and 8 < first.sum() < 32


def test_nobody_is_seventeen_lost_joints() -> None:
    assert nobody().shape == (len(JOINTS), 2) and np.isnan(nobody()).all()


def test_training_signals_without_a_source_is_refused(data: Data, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="signals"):
        train(tiny_job(data, tmp_path / "run", target_signals=("silhouette",)))


def test_a_target_that_no_training_photo_has_is_refused(data: Data, tmp_path: Path) -> None:
    poses = tmp_path / "poses.npz"
    ids = data.split.ids("train")
    np.savez(poses, ids=np.array(ids), keypoints=np.full((len(ids), 17, 2), 0.5))
    job = tiny_job(data, tmp_path / "run", target_signals=("keypoints", "silhouette"))
    with pytest.raises(DataError, match="none of the 5 training photos has a signal of silhouette"):
        train(dataclasses.replace(job, signals=(f"poses={poses}",)))


def test_a_network_that_learnt_joints_is_kept_without_their_heads(data: Data, tmp_path: Path) -> None:
    ids = [i for part in ("train", "val") for i in data.split.ids(part)]
    poses = tmp_path / "poses.npz"
    np.savez(poses, ids=np.array(ids), keypoints=np.random.default_rng(1).random((len(ids), 33, 4)) * 0.5 + 0.5)
    job = tiny_job(data, tmp_path / "run", target_signals=("keypoints",))
    best = train(dataclasses.replace(job, signals=(f"poses={poses}",)))
    loaded = models.open_model(str(best))
    plain = models.build("topformer_tiny", 4).state_dict()
    assert {k: v.shape for k, v in loaded.module.state_dict().items()} == {k: v.shape for k, v in plain.items()}
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert set(config["signals"]) == {"poses"} and config["recipe"]["target_signals"] == ["keypoints"]
