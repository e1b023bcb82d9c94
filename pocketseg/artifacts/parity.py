"""Parity: a finished file is run on training photos and compared with the network it was made from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmark import runtimes
from pocketseg.artifacts.answers import Answers, further_inputs
from pocketseg.core.errors import ParityError
from pocketseg.core.metrics import agreement
from pocketseg.core.tensors import decode_output, encode_inputs
from pocketseg.core.types import FIGURE, Artifact, Parity
from pocketseg.data.calibration import Calibration, golden_photo
from pocketseg.inference import calibration_inputs, file_output

# lowest accepted share of equal pixels, over all pixels of the parity photos
LEAST_AGREEMENT = {
    "fp32": 0.999,
    **dict.fromkeys(("fp16", "w8", "pal8"), 0.99),
    **dict.fromkeys(("w8dyn", "w8a8", "w8a8:qat", "w8a8:mixed", "pal6", "w4", "pal4"), 0.95),
}
_GOLDEN_VALUES = 64


def compared(
    draft: Artifact, path: Path, answers: Answers, engine: str, photos: Calibration
) -> tuple[Parity, dict[str, Any]]:
    """Run the file on training photos and compare it with its network. Raises ParityError below the lowest accepted
    share.

    answers: the network's own on these photos.
    """
    reason = runtimes.runtime(engine).refusal()
    if reason:
        return Parity(status="not measured here", reason=reason), {}
    session = runtimes.runtime(engine).open_session(path, draft, 1)
    totals = np.zeros(4, np.int64)
    worst = 0.0
    size = draft.input_height_px, draft.input_width_px
    further = further_inputs(draft.signals, len(answers.pictures), *size)
    for picture, wanted, more in zip(answers.pictures, answers.scores, further, strict=True):
        got = file_output(session.run, draft, picture, None if more is None else more[0].numpy())
        if got.shape[-2:] != wanted.shape[-2:]:
            raise ParityError(f"{path.name} gives {got.shape}, the network {wanted.shape}")
        if got.ndim == 3:
            if not np.isfinite(got).all():
                raise ParityError(f"{path.name} gives values that are not finite")
            worst = max(worst, float(np.abs(got - wanted).max()))
        totals += agreement(_labels(got), wanted.argmax(0).astype(np.uint8))
    parity = Parity(
        status="measured",
        reason=getattr(runtimes.runtime(engine), "LABEL", ""),
        images=len(photos.files),
        max_abs_error=worst if draft.outputs[0].layout != "NHW" else None,
        argmax_agreement=float(totals[0] / totals[1]),
        argmax_agreement_garment=float(totals[2] / totals[3]) if totals[3] else None,
        source=photos.source,
        digests=photos.digests,
    )
    least = LEAST_AGREEMENT[draft.precision]
    if parity.argmax_agreement is None or parity.argmax_agreement < least:
        raise ParityError(
            f"{path.name} agrees with its network on {parity.argmax_agreement:.4%} of pixels; "
            f"{draft.precision} needs {least:.1%}",
            hint="the file is not kept; try another --converter, calibration photos or precision",
        )
    return parity, _golden(session, draft)


def _labels(output: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the class map of a decoded output, C,H,W scores or H,W classes."""
    return (output.argmax(0) if output.ndim == 3 else output).astype(np.uint8)


def _golden(session: runtimes.Session, draft: Artifact) -> dict[str, Any]:
    """Return sampled values of one output, which an app must reproduce on the same embedded photo."""
    embedded = golden_photo()
    (photo,) = calibration_inputs(embedded, draft.input_height_px, draft.input_width_px)
    (more,) = further_inputs(draft.signals, 1, draft.input_height_px, draft.input_width_px)
    raw = session.run(*encode_inputs(photo, None if more is None else more[0].numpy(), draft.inputs))
    flat = raw.reshape(-1)
    places = np.linspace(0, flat.size - 1, _GOLDEN_VALUES).astype(np.int64)
    labels = _labels(decode_output(raw, draft.outputs[0]))
    return {
        "photo": embedded.files[0].name,
        **({"signals": FIGURE} if draft.signals else {}),
        "output_indices": places.tolist(),
        "output_values": [float(v) for v in flat[places]],
        "class_pixels": np.bincount(labels.reshape(-1).astype(np.int64)).tolist(),
    }
