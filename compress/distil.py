"""`distil:TEACHER`: train a network further under a trained teacher: logits, channels and features.

Hinton et al., arXiv:1503.02531 (logits at a temperature); Shu et al., ICCV 2021 (channel-wise); Romero et al.,
arXiv:1412.6550 (features, through 1x1 adapters that are dropped afterwards). Their weights are settings of the training
recipe: distil_logit, distil_channel, distil_feature, temperature. Photos without masks are used where the data has
some.
"""

from __future__ import annotations

from pathlib import Path

import models
from compress._work import Work, train_on
from pocketseg.core.errors import UsageError
from pocketseg.core.files import make_folder

SUMMARY = "train the network further under a trained teacher: its logits, channels and features"
VALUE = "TEACHER, a released name or a weights file"
TRAINS = True
TOOLS = ("lightning-fabric", "torchmetrics")
ALIASES = ("distill",)
LOSSES = {"distil_logit": 1.0, "distil_channel": 1.0, "distil_feature": 0.1, "temperature": 2.0}


def check(value: str) -> None:
    """Refuse a teacher that cannot be opened. Raises UnknownNameError, CheckpointError."""
    models.open_model(value)


def teachers(value: str) -> tuple[str, ...]:
    """Return the teacher."""
    return (value,)


def apply(work: Work) -> Path:
    """Train for the whole budget; return the weights that were best on the validation photos. Raises UsageError."""
    if work.budget.epochs == 0:
        raise UsageError(f"distil:{work.value} needs training, but the budget has no epochs", hint="give --epochs 5")
    teacher = models.open_model(work.value).source.resolve()
    folder = make_folder(work.folder / "student")
    return train_on(
        work, work.weights, folder, epochs=work.budget.epochs, what="student", teacher=teacher, losses=LOSSES
    )
