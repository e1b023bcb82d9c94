"""Weights set to 0 one by one, over all convolutions together, in rounds with training between them.

Han et al., "Learning both Weights and Connections for Efficient Neural Networks", arXiv:1506.02626.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils import prune

import models
from compress._work import Work, rounds, share, train_on
from pocketseg.core.files import make_folder

MOST = 0.95
_LARGEST_CUT = 0.5  # of the weights that are left, in one round

Scores = Callable[[Tensor], Tensor]


def in_rounds(work: Work, step: str, scores: Scores, losses: Mapping[str, float]) -> Path:
    """Zero the weights of the lowest scores until a share of all convolution weights is 0; train after each round."""
    wanted = share(step, work.value, MOST)
    count = 1
    while 1 - (1 - wanted) ** (1 / count) > _LARGEST_CUT:
        count += 1
    epochs = rounds(work.budget.epochs, count)
    weights = work.weights
    for number, passes in enumerate(epochs, start=1):
        folder = make_folder(work.folder / f"round-{number}")
        sparse = folder / "sparse.safetensors"
        if not sparse.is_file():
            loaded = models.open_model(str(weights))
            torch.manual_seed(work.budget.seed)
            zero_(loaded.module, 1 - (1 - wanted) ** (number / len(epochs)), scores)
            metadata = {k: v for k, v in loaded.metadata.items() if k == "split_hash"}
            models.save_weights(loaded.module, loaded.spec, sparse, dtype="fp32", metadata=metadata)
        weights = train_on(
            work, sparse, folder, epochs=passes, what=f"round {number}", teacher=work.weights, losses=losses
        )
    return weights


def zero_(network: nn.Module, wanted: float, scores: Scores) -> nn.Module:
    """Set a share of all convolution weights to 0 in place, those that are 0 already first."""
    convolutions = [m for m in network.modules() if isinstance(m, nn.Conv2d)]
    parameters = [(m, "weight") for m in convolutions]
    total = sum(m.weight.numel() for m in convolutions)
    importance = {(m, "weight"): scores(m.weight.detach()) * (m.weight.detach() != 0) for m in convolutions}
    prune.global_unstructured(
        parameters, pruning_method=prune.L1Unstructured, importance_scores=importance, amount=round(wanted * total)
    )
    for module, name in parameters:
        prune.remove(module, name)
    return network
