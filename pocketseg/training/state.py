"""The state of a training run on disk: last.ckpt to resume from, log.csv to read."""

from __future__ import annotations

import csv
import io
import pickle
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from pocketseg.core.errors import CheckpointError
from pocketseg.core.files import write_encoded, write_text

LOG_FIELDS = ("epoch", "step", "height_px", "width_px", "lr", "loss", "val_miou", "seconds", "images_per_s")


@dataclass(kw_only=True)
class Progress:
    """How far a training run is; saved with every checkpoint."""

    step: int = 0
    best_miou: float = -1.0
    loss_sum: float = 0.0
    loss_count: int = 0
    seconds: float = 0.0
    epoch_seconds: float = 0.0
    rows: list[dict[str, Any]] = field(default_factory=list)


def write_log(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write the table of epochs atomically."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, LOG_FIELDS)
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, text.getvalue())


def save_state(
    path: Path, network: nn.Module, optimizer: Any, average: dict[str, torch.Tensor], state: Progress
) -> None:
    """Write everything that a resume needs: tensors and plain values only."""
    content = {
        "network": network.state_dict(),
        "optimizer": optimizer.state_dict(),
        "average": average,
        "progress": dict(vars(state)),
    }
    write_encoded(path, lambda stream: torch.save(content, stream))


def resume(
    path: Path, network: nn.Module, optimizer: torch.optim.Optimizer, average: dict[str, torch.Tensor]
) -> Progress:
    """Load in place what save_state wrote; return how far the run was. Raises CheckpointError for a damaged file."""
    with _readable(path):
        content = torch.load(path, weights_only=True, map_location="cpu")
        network.load_state_dict(content["network"])
        optimizer.load_state_dict(content["optimizer"])
        for name, value in content["average"].items():
            average[name].copy_(value)
        return Progress(**content["progress"])


def averaged(path: Path) -> dict[str, torch.Tensor]:
    """Return the averaged weights that save_state wrote. Raises CheckpointError for a damaged file."""
    with _readable(path):
        found: dict[str, torch.Tensor] = torch.load(path, weights_only=True, map_location="cpu")["average"]
        return found


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (
        pickle.UnpicklingError, RuntimeError, ArithmeticError, AssertionError, AttributeError, EOFError, LookupError,
        MemoryError, OSError, TypeError, ValueError, struct.error,
    ) as error:  # fmt: skip
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:160]
        raise CheckpointError(
            f"cannot resume from {path} ({reason})",
            hint="remove it to start again from the beginning, or give another --out",
        ) from error
