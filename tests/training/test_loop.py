"""The parts of the loop: orders, rates, stages, losses, the running average."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import pytest
import torch
from _training import QUIET, Data, run_of, tiny_job
from torch import nn
from torch.nn import functional

from pocketseg.core.classes import IGNORE_INDEX
from pocketseg.training.loop import update_ema
from pocketseg.training.losses import dice_loss, loss_of
from pocketseg.training.recipe import load_recipe
from pocketseg.training.start import share_of, start


def test_every_epoch_shows_each_photo_at_most_once_in_a_new_order(tmp_path: Path) -> None:
    run = run_of(load_recipe("topformer_tiny", {"epochs": 3, "batch_size": 4}), 18, tmp_path)
    assert run.steps_per_epoch == 4 and run.total_steps == 12
    epochs = [torch.cat([run.batch_ids(4 * e + k) for k in range(4)]).tolist() for e in range(3)]
    assert all(len(set(epoch)) == 16 for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3


def test_fewer_photos_than_a_batch_are_one_step(tmp_path: Path) -> None:
    run = run_of(load_recipe("topformer_tiny", {"batch_size": 16}), 5, tmp_path)
    assert run.steps_per_epoch == 1 and sorted(run.batch_ids(0).tolist()) == [0, 1, 2, 3, 4]


def test_a_batch_larger_than_the_data_is_said_and_speed_counts_the_photos_that_were_seen(
    data: Data, tmp_path: Path
) -> None:
    said: list[str] = []
    job = tiny_job(data, tmp_path / "run", epochs=1, batch_size=64)
    start(job, report=lambda state, epoch, total: None, **{**QUIET, "say": said.append})
    assert "note: a batch is 5 photos, not 64: there are no more to train on" in said
    (row,) = csv.DictReader((tmp_path / "run/log.csv").open())
    assert float(row["images_per_s"]) * float(row["seconds"]) == pytest.approx(5, rel=0.01)


def test_the_rate_warms_up_and_falls_to_nothing(tmp_path: Path) -> None:
    changes = {"epochs": 100, "batch_size": 1, "lr": 0.5, "warmup_steps": 10, "poly_power": 1.0}
    run = run_of(load_recipe("topformer_tiny", changes), 1, tmp_path)
    rates = [run.lr_at(step) for step in range(101)]
    assert rates[0] == pytest.approx(0.05) and rates[4] == pytest.approx(0.25 * 0.96)
    assert max(rates) == rates[9] and rates[100] == 0
    assert all(a > b for a, b in itertools.pairwise(rates[9:]))


def test_stages_share_out_the_steps(tmp_path: Path) -> None:
    changes = {
        "stages": [[0.25, 64, 64], [0.75, 128, 64]],
        "height_px": 128,
        "width_px": 64,
        "epochs": 8,
        "batch_size": 1,
    }
    run = run_of(load_recipe("topformer_tiny", changes), 1, tmp_path)
    assert [run.size_at(step) for step in range(8)] == [(64, 64)] * 2 + [(128, 64)] * 6


def test_the_loss_weighs_outputs_and_ignores_unlabelled_pixels() -> None:
    recipe = load_recipe("topformer_tiny", {"output_weights": [1.5, 0.5]})
    torch.manual_seed(0)
    first, second = torch.randn(2, 4, 3, 3), torch.randn(2, 4, 3, 3)
    labels = torch.randint(0, 4, (2, 3, 3))
    labels[:, 0] = IGNORE_INDEX
    kept = labels != IGNORE_INDEX

    def entropy(logits: torch.Tensor) -> torch.Tensor:
        chosen = logits.log_softmax(1).permute(0, 2, 3, 1)[kept]
        return -chosen.gather(1, labels[kept][:, None]).mean()

    want = 1.5 * entropy(first) + 0.5 * entropy(second)
    assert torch.allclose(loss_of((first, second), labels, recipe), want)
    assert torch.allclose(loss_of(first, labels, recipe), 1.5 * entropy(first))


def test_the_running_average_follows_the_network_and_copies_its_counters() -> None:
    network = nn.BatchNorm1d(2)
    average = {k: v.clone() for k, v in network.state_dict().items()}
    with torch.no_grad():
        network.weight.fill_(3.0)
    network.num_batches_tracked.fill_(7)
    update_ema(average, network, decay=0.5, step=1000)
    assert average["weight"].tolist() == [2.0, 2.0] and int(average["num_batches_tracked"]) == 7


def test_a_smaller_share_of_the_photos_is_part_of_a_larger_one() -> None:
    ids = [f"{k:04}" for k in range(50)]
    shares = [set(share_of(ids, s)) for s in (0.01, 0.1, 0.5, 1.0)]
    assert [len(s) for s in shares] == [1, 5, 25, 50] and all(a < b for a, b in itertools.pairwise(shares))
    assert share_of(ids[::-1], 0.5) == share_of(ids, 0.5)


def test_dice_is_zero_for_the_truth_and_grows_with_error() -> None:
    labels = torch.randint(0, 3, (2, 16, 16), generator=torch.Generator().manual_seed(1))
    labels[0, :4] = IGNORE_INDEX
    right = functional.one_hot(labels.where(labels != IGNORE_INDEX, 0), 4).movedim(-1, 1) * 40.0
    wrong = right.roll(1, 1)
    assert float(dice_loss(right, labels)) < 1e-5 < 0.9 < float(dice_loss(wrong, labels))
    spoiled = right.clone()
    spoiled[0, :, :4] = torch.randn(4, 4, 16)
    assert float(dice_loss(spoiled, labels)) < 1e-5, "ignored pixels do not count"


def test_a_batch_of_ignored_pixels_teaches_nothing_and_is_no_error() -> None:
    logits = torch.randn(2, 4, 8, 8, requires_grad=True)
    loss = loss_of(logits, torch.full((2, 8, 8), 255), load_recipe("topformer_tiny", {}))
    loss.backward()
    assert loss.item() == 0.0
    assert logits.grad is not None and not logits.grad.any()
