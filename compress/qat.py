"""`qat:w8a8`: train a network further while it computes in 8 bits (quantization-aware training).

Jacob et al., arXiv:1712.05877. The weights stay floats; training finds weights that round well, and every target's own
static quantizer rounds them, with ranges from calibration photos. The network before the step is the teacher. The epoch
is chosen by the rounded network's score on the validation photos. Where that is lower than the rounded score before the
step, the network stays unchanged. The precision w8a8:qat is this step, then w8a8.
"""

from __future__ import annotations

from pathlib import Path

import models
from compress._sensitivity import Judge
from compress._work import Work, train_on
from pocketseg.core.errors import UsageError
from pocketseg.core.files import make_folder
from pocketseg.data.calibration import COUNT, evenly
from pocketseg.data.photos import read_image, read_pair
from pocketseg.inference import model_input

SUMMARY = "train the network further with an int8 file's arithmetic, so that its weights tolerate rounding"
VALUE = "w8a8, the number format to train for"
TRAINS = True
TOOLS = ("lightning-fabric", "torchmetrics")
_PHOTOS = 64  # most validation photos on which before and after are compared
LOSSES = {"distil_logit": 1.0, "temperature": 2.0, "fake_quant": "w8a8"}  # relative to the network before the step


def check(value: str) -> None:
    """Refuse number formats that training cannot imitate. Raises UsageError."""
    if value != "w8a8":
        raise UsageError(f"qat:{value} is unknown", hint="write qat:w8a8, or end the recipe in w8a8:qat")


def teachers(value: str) -> tuple[str, ...]:
    """Return no further networks."""
    return ()


def apply(work: Work) -> Path:
    """Train for the whole budget; return the weights that scored best when rounded, those before training included.

    Raises UsageError.
    """
    if work.budget.epochs == 0:
        raise UsageError("qat:w8a8 needs training, but the budget has no epochs", hint="give --epochs 5, or use w8a8")
    if work.budget.settings.get("fake_quant", "w8a8") != "w8a8":
        raise UsageError("qat:w8a8 trains with fake_quant = w8a8", hint="leave --set fake_quant out, or use w8a8")
    folder = make_folder(work.folder / "rounded")
    trained = train_on(
        work, work.weights, folder, epochs=work.budget.epochs, what="int8", teacher=work.weights, losses=LOSSES
    )
    before, after = (_rounded_miou(work, weights, place) for place, weights in enumerate((work.weights, trained)))
    if after >= before:
        return trained
    work.notes.append(
        f"qat:w8a8 left the network unchanged: rounded, it scores {before:.4f} on validation photos, and {after:.4f} "
        "after training"
    )
    return work.weights


def _rounded_miou(work: Work, weights: Path, place: int) -> float:
    """Return a network's mIoU on validation photos with simulated rounding, with ranges from the budget's training
    photos."""
    assert work.photos is not None
    work.progress("comparing with the network before", place, 2)
    loaded, photos, split = models.open_model(str(weights)), work.photos.photos, work.photos.split
    seen = evenly(split.ids("train"), COUNT)
    images = [model_input(read_image(photos.image_path(i)), loaded.spec.height_px, loaded.spec.width_px) for i in seen]
    pairs = [read_pair(photos, i) for i in evenly(split.ids("val"), _PHOTOS)]
    judge = Judge(loaded.module, loaded.spec, images, pairs)
    return judge.trial([layer.name for layer in judge.rounded.layers])[1]
