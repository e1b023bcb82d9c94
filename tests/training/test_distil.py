"""Teachers that run along: losses of known value, gradients to the student only, adapters that are dropped."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from torch import nn

import models
from pocketseg.core.errors import UsageError
from pocketseg.data.embedded import sample_photos, sample_split, sample_split_hash
from pocketseg.data.split import is_within
from pocketseg.training.distil import Adapted, Guide, channel_loss, feature_loss, guided, logit_loss, unwrapped
from pocketseg.training.fine_head import FineHead
from pocketseg.training.loop import keep_zeros, optimizer_for
from pocketseg.training.recipe import load_recipe
from pocketseg.training.teacher import open_teachers
from pocketseg.training.zeros import zero_places

LOSSES = (lambda s, t: logit_loss(s, t, 2.0), lambda s, t: channel_loss(s, t, 2.0), feature_loss)


class OneProcess:
    """What the losses ask of Fabric."""

    world_size = 1


def _loaded(name: str = "topformer_tiny", px: int = 64) -> models.Loaded:
    torch.manual_seed(1)
    spec = dataclasses.replace(models.spec(name), height_px=px, width_px=px)
    return models.Loaded(name=name, spec=spec, module=models.build(name).eval(), sha256="0" * 64, source=None)  # type: ignore[arg-type]


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_is_zero_where_student_and_teacher_are_equal_and_more_elsewhere(loss: object) -> None:
    teacher = torch.randn(2, 4, 6, 5)
    assert float(loss(teacher.clone(), teacher)) == pytest.approx(0, abs=1e-6)  # type: ignore[operator]
    assert float(loss(torch.randn(2, 4, 6, 5), teacher)) > 0.05  # type: ignore[operator]


def test_the_logit_loss_is_the_divergence_over_classes_times_the_squared_temperature() -> None:
    teacher = torch.tensor([math.log(3.0), 0.0]).view(1, 2, 1, 1) * 2  # at temperature 2: 3/4 and 1/4
    student = torch.zeros(1, 2, 1, 1)  # 1/2 and 1/2
    wanted = 4 * (0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5))
    assert float(logit_loss(student, teacher, 2.0)) == pytest.approx(wanted, rel=1e-5)
    both = logit_loss(torch.cat((student, teacher), 3), torch.cat((teacher, teacher), 3), 2.0)
    assert float(both) == pytest.approx(wanted / 2, rel=1e-5), "a mean over pixels"


def test_the_channel_loss_compares_places_not_classes() -> None:
    teacher = torch.tensor([math.log(3.0), 0.0]).view(1, 1, 1, 2)
    student = torch.zeros(1, 1, 1, 2)
    wanted = 0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5)
    assert float(channel_loss(student, teacher, 1.0)) == pytest.approx(wanted, rel=1e-5)
    moved = torch.randn(2, 4, 6, 5)
    raised = moved + torch.randn(1, 4, 1, 1)
    assert float(channel_loss(raised, moved, 1.0)) == pytest.approx(0, abs=1e-5), "a channel's level says nothing"
    assert float(logit_loss(raised, moved, 1.0)) > 0.01


def test_the_feature_loss_does_not_ask_for_the_teachers_scale() -> None:
    teacher = torch.randn(2, 3, 6, 5)
    assert float(feature_loss(7 * teacher + 2, teacher)) == pytest.approx(0, abs=1e-4)
    assert float(feature_loss(-teacher, teacher)) == pytest.approx(4, rel=1e-3)


@pytest.mark.parametrize("px", [64, 128])
def test_gradients_reach_the_student_and_its_adapters_only_and_the_teacher_stays(px: int) -> None:
    student, teacher = _loaded(), _loaded("topformer_small", px)
    before = {k: v.clone() for k, v in teacher.module.state_dict().items()}
    recipe = load_recipe("topformer_tiny", {"distil_logit": 1.0, "distil_channel": 1.0, "distil_feature": 1.0})
    guide = Guide(teacher, student.spec, torch.device("cpu"))
    network = Adapted(student.module, "topformer_tiny", [guide.width]).train()
    images = torch.rand(2, 3, 64, 64) * 255
    outputs, adapted = network(images / 255)
    assert guide.ask(images).logits.shape[-1] == px, "a teacher sees photos at the size that it knows"
    loss = guided([guide], images, outputs, adapted, recipe, OneProcess())  # type: ignore[arg-type]
    loss.backward()
    assert all(p.grad is not None for p in network.adapters.parameters())
    assert sum(float(p.grad.abs().sum()) for p in student.module.parameters() if p.grad is not None) > 0
    assert all(p.grad is None for p in teacher.module.parameters()) and not teacher.module.training
    assert all(torch.equal(v, before[k]) for k, v in teacher.module.state_dict().items())


def test_a_deeply_supervised_student_follows_the_teacher_with_every_output() -> None:
    guide = Guide(_loaded(), _loaded().spec, torch.device("cpu"))
    images = torch.rand(1, 3, 64, 64) * 255
    recipe = dataclasses.replace(
        load_recipe("u2netp", {"distil_logit": 1.0}), output_weights=(2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
    )
    outputs = tuple(torch.randn(1, 4, 64, 64) for _ in range(7))
    wanted = sum(
        w * float(logit_loss(o, guide.ask(images).logits, 1.0))
        for w, o in zip(recipe.output_weights, outputs, strict=True)
    )
    got = guided([guide], images, outputs, (), recipe, OneProcess())  # type: ignore[arg-type]
    assert float(got) == pytest.approx(wanted, rel=1e-4)


def test_what_is_saved_has_neither_adapters_nor_finer_head() -> None:
    student = _loaded().module
    names = set(student.state_dict())
    wrapped = Adapted(FineHead(student, "topformer_tiny", 9), "topformer_tiny", [8]).train()
    (outputs, fine), adapted = wrapped(torch.zeros(2, 3, 64, 64))
    assert outputs.shape[1] == 4 and fine.shape[1] == 9 and adapted[0].shape[1] == 8
    assert unwrapped(wrapped) is student and set(student.state_dict()) == names


def test_zeros_stay_zeros() -> None:
    network = nn.Sequential(nn.Conv2d(2, 2, 1, bias=False), nn.Conv2d(2, 2, 1))
    with torch.no_grad():
        network[0].weight[0, 0] = 0
    places = zero_places(network)
    assert set(places) == {"0.weight"} and int(places["0.weight"].sum()) == 1
    with torch.no_grad():
        network[0].weight.add_(1.0)
    kept = network[0].weight.detach().clone()
    kept[0, 0] = 0
    keep_zeros(places, network)
    assert torch.equal(network[0].weight, kept)


def test_settings_that_cannot_work_are_refused() -> None:
    for changes, match in (
        ({"temperature": 0.0}, "temperature must be positive"),
        ({"distil_channel": -1.0}, "distil_channel must not be negative"),
        ({"zeros": "kep"}, "did you mean 'kept'"),
    ):
        with pytest.raises(UsageError, match=match):
            load_recipe("u2netp", changes)
    assert load_recipe("u2netp", {"distil_logit": 1.0, "unlabelled_share": 0.5}).teachers_run_along()


def test_a_part_of_a_split_fits_teachers_of_the_whole() -> None:
    part = sample_split()
    assert is_within(part, part.hash) and is_within(part, sample_split_hash()) and not is_within(part, "0" * 16)
    mixed = dataclasses.replace(
        part, photos={"train": part.photos["val"], "val": part.photos["train"], "test": part.photos["test"]}
    )
    assert not is_within(mixed, sample_split_hash()), "its training photos are validation photos of the whole"
    assert open_teachers(("topformer_tiny",), sample_photos(), part)
    with pytest.raises(UsageError, match="was trained on split"):
        open_teachers(("topformer_tiny",), sample_photos(), mixed)


def test_the_head_of_a_wrapped_network_keeps_its_own_rate() -> None:
    network = models.build("topformer_tiny")
    recipe = load_recipe("topformer_tiny", {"head_lr_factor": 10.0})
    wrapped = Adapted(FineHead(network, "topformer_tiny", 3), "topformer_tiny", [8])
    head = {id(p) for p in network.get_submodule("decode_head").parameters()}
    for module in (network, wrapped):
        fast = [g for g in optimizer_for(module, recipe).param_groups if g["factor"] == 10.0]
        assert {id(p) for group in fast for p in group["params"]} == head
