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
from compress._work import Work, in_rounds, share
from pocketseg.data.seen import PHOTOS

MOST = 0.95
_LARGEST_CUT = 0.5  # of the remaining weights, in one round

Scores = Callable[[Tensor], Tensor]


def zero_in_rounds(work: Work, step: str, scores: Scores, losses: Mapping[str, float]) -> Path:
    """Zero the weights with the lowest scores until a share of all convolution weights is 0; train after each round."""

    def cut(weights: Path, out: Path, wanted: float, what: str) -> None:
        loaded = models.open_model(str(weights))
        torch.manual_seed(work.budget.seed)
        zero_(loaded.module, wanted, scores)
        metadata = {k: v for k, v in loaded.metadata.items() if k in ("split_hash", PHOTOS)}
        models.save_weights(loaded.module, loaded.spec, out, dtype="fp32", metadata=metadata)

    return in_rounds(work, share(step, work.value, MOST), _LARGEST_CUT, "sparse", cut, losses)


def zero_(network: nn.Module, wanted: float, scores: Scores) -> nn.Module:
    """Set a share of all convolution weights to 0 in place, counting those that are 0 already."""
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
