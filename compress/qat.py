"""`qat:w8a8`: go on training a network that computes in 8 bits all the while (quantization-aware training).

Jacob et al., arXiv:1712.05877. The weights stay floats; those that training leaves round well, and every target's own
static quantizer rounds them, with ranges from calibration photos. The network before the step is the teacher, and the
epoch is chosen by what the rounded network scores on the validation photos. The precision w8a8:qat is this step, then
w8a8.
"""

from __future__ import annotations

from pathlib import Path

from compress._work import Work, train_on
from pocketseg.core.errors import UsageError
from pocketseg.core.files import make_folder

SUMMARY = "train the network further as an int8 file computes it, so that its weights bear rounding"
VALUE = "w8a8, the numbers that it learns to bear"
TRAINS = True
TOOLS = ("lightning-fabric", "torchmetrics")
LOSSES = {"distil_logit": 1.0, "temperature": 2.0, "fake_quant": "w8a8"}  # against the network before the step


def check(value: str) -> None:
    """Refuse numbers that training cannot imitate. Raises UsageError."""
    if value != "w8a8":
        raise UsageError(f"qat:{value} is not known", hint="write qat:w8a8, or end the recipe in w8a8:qat")


def teachers(value: str) -> tuple[str, ...]:
    """Learn from no other network."""
    return ()


def apply(work: Work) -> Path:
    """Train for the whole budget; return the weights whose rounded network was best. Raises UsageError."""
    if work.budget.epochs == 0:
        raise UsageError("qat:w8a8 trains, and the budget has no epochs", hint="give --epochs 5, or take w8a8")
    if work.budget.settings.get("fake_quant", "w8a8") != "w8a8":
        raise UsageError("qat:w8a8 trains with fake_quant = w8a8", hint="leave --set fake_quant out, or take w8a8")
    folder = make_folder(work.folder / "rounded")
    return train_on(
        work, work.weights, folder, epochs=work.budget.epochs, what="int8", teacher=work.weights, losses=LOSSES
    )
