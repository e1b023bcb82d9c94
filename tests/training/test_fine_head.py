"""Finer labels: a second head that leaves no trace."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from _training import TINY, train

import models
from pocketseg.core.cache import ROOT
from pocketseg.core.classes import CLASSES, IGNORE_INDEX
from pocketseg.core.files import write_json
from pocketseg.data.photos import digest, open_photos
from pocketseg.data.split import Split, to_json
from pocketseg.training.distil import unwrapped
from pocketseg.training.fine_head import FineHead, fine_loss, nearest
from pocketseg.training.recipe import load_recipe
from pocketseg.training.start import TrainingJob


@pytest.mark.parametrize("name", ["topformer_tiny", "u2netp"])
def test_a_fine_head_learns_with_the_network_and_leaves_no_trace_in_its_weights(name: str) -> None:
    network = models.build(name, 4)
    before = set(network.state_dict())
    taught = FineHead(network, name, 9).train()
    outputs, fine = taught(torch.randn(2, 3, 64, 64))
    first = outputs[0] if isinstance(outputs, tuple) else outputs
    assert first.shape == (2, 4, 64, 64) and fine.shape[:2] == (2, 9)
    fine_loss(fine, nearest(torch.randint(0, 9, (2, 64, 64)), fine.shape[-2:])).backward()
    assert taught.fine.weight.grad is not None and taught.fine.weight.grad.abs().sum() > 0
    taught_parts = [p.grad for n, p in network.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0]
    assert len(taught_parts) > 20, "the gradients reach the network"
    assert unwrapped(taught) is network and set(unwrapped(taught).state_dict()) == before


def test_ignored_finer_labels_teach_nothing() -> None:
    logits = torch.randn(1, 5, 4, 4, requires_grad=True)
    fine_loss(logits, torch.full((1, 4, 4), IGNORE_INDEX)).backward()
    assert logits.grad is not None and not logits.grad.any()


def test_a_run_with_finer_labels_ends_in_weights_of_the_plain_network(tmp_path: Path) -> None:
    spec = f"imaterialist:{ROOT / 'tests/data/imaterialist'}"
    photos = open_photos(spec)
    parts = {"train": photos.ids[:4], "val": photos.ids[4:5], "test": photos.ids[5:]}
    split = Split(
        name="own", photos={p: {i: digest(photos.image_path(i)) for i in ids} for p, ids in parts.items()}, never={},
        made_with={},
    )  # fmt: skip
    file = write_json(tmp_path / "own.json", to_json(split))
    job = TrainingJob(
        network="topformer_tiny", data=spec, out=tmp_path / "run", seed=1, split_file=file, accelerator="cpu",
        recipe=load_recipe("topformer_tiny", {**TINY, "epochs": 1, "fine_weight": 0.5}),
    )  # fmt: skip
    best = train(job)
    assert best is not None and models.open_model(str(best)).spec.classes == CLASSES
