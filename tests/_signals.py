"""A network that takes signals beside the photo and answers to them: the released one, widened."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import torch

import models


def widened(path: Path, signals: Sequence[str], height_px: int = 64, width_px: int = 64) -> models.Loaded:
    """Save a widened topformer_tiny, and return it opened."""
    loaded = models.open_model("topformer_tiny")
    models.widen_for(loaded.module, signals)
    first = next(m for m in loaded.module.modules() if isinstance(m, torch.nn.Conv2d))
    with torch.no_grad():
        first.weight[:, 3:].normal_(0, 1.0, generator=torch.Generator().manual_seed(5))
    spec = dataclasses.replace(loaded.spec, height_px=height_px, width_px=width_px)
    metadata = models.carried(loaded) | models.signals_entry(signals) | {"name": path.stem}
    models.save_weights(loaded.module, spec, path, dtype="fp32", metadata=metadata)
    return models.open_any_model(str(path))
