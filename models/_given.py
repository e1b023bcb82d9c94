"""What a caller states about a weights file that does not say it itself, checked before the file is opened."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pocketseg.core.errors import UsageError

Triple = tuple[float, float, float]

LEAST_PX, MOST_PX = 32, 4096  # sides of an input


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What is stated about a model; None: nothing.

    Raises UsageError for impossible values.

    Attributes:
        network, classes (a count), mean_rgb, std_rgb (of RGB scaled to 0..1): what the file holds; a file that
            contradicts them is refused.
        height_px, width_px: an input size other than the file's or the network's own.
    """

    network: str | None = None
    classes: int | None = None
    height_px: int | None = None
    width_px: int | None = None
    mean_rgb: Triple | None = None
    std_rgb: Triple | None = None

    def __post_init__(self) -> None:
        if self.classes is not None and self.classes < 2:
            raise UsageError(f"classes is {self.classes}; a segmentation network has at least 2, background first")
        for side, pixels in (("height", self.height_px), ("width", self.width_px)):
            if pixels is not None and not LEAST_PX <= pixels <= MOST_PX:
                raise UsageError(f"an input {side} of {pixels} px is not within {LEAST_PX} to {MOST_PX} px")
        for name, values in (("mean", self.mean_rgb), ("std", self.std_rgb)):
            if values is not None and (len(values) != 3 or not all(map(math.isfinite, values))):
                raise UsageError(f"{name} must be three finite numbers, not {numbers(values)}", hint=_EXAMPLE)
        if self.std_rgb is not None and min(self.std_rgb) <= 0:
            raise UsageError(f"std must be positive, not {numbers(self.std_rgb)}", hint=_EXAMPLE)
        _check_scale(self.mean_rgb, self.std_rgb)

    def to_json(self) -> dict[str, Any]:
        """Return every field as JSON values."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in dataclasses.asdict(self).items()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Given:
        """Return what `to_json` described."""
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in content.items()}
        return cls(**values)


_EXAMPLE = "e.g. 0.485,0.456,0.406 and 0.229,0.224,0.225: red, green, blue, of colours scaled to 0..1"


def sides(text: str) -> tuple[int, int]:
    """Return height and width in px from a text such as `224x160`. Raises UsageError."""
    found = re.fullmatch(r"([0-9]{1,9})[xX]([0-9]{1,9})", text.strip())
    if found is None:
        raise UsageError(f"{text!r} is not a size", hint="write HEIGHTxWIDTH in px, e.g. 224x160")
    return int(found[1]), int(found[2])


def triple(text: str) -> Triple:
    """Return the values of red, green and blue from a text such as `0.485,0.456,0.406`. Raises UsageError."""
    try:
        red, green, blue = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"{text!r} is not three numbers joined by commas", hint=_EXAMPLE) from None
    return red, green, blue


def numbers(values: tuple[float, ...]) -> str:
    """Return a triple as the command line takes it."""
    return ",".join(f"{value:.6g}" for value in values)


def _check_scale(mean: Triple | None, std: Triple | None) -> None:
    """Refuse numbers that are not for colours scaled to 0..1, and say what they would be there."""
    outside = [
        f"{name} {numbers(values)}"
        for name, values in (("mean", mean), ("std", std))
        if values is not None and not 0 <= min(values) <= max(values) <= 1
    ]
    if not outside:
        return
    wrong = f"{' and '.join(outside)} cannot be of colours scaled to 0..1"
    known = [values for values in (mean, std) if values is not None]
    if min(map(min, known)) < 0 or max(map(max, known)) > 255:
        raise UsageError(wrong, hint=_EXAMPLE)
    blue_first = mean is not None and max(mean) > 1 and mean[0] < mean[1] < mean[2]  # Caffe's 103.939,116.779,123.68
    scaled = {
        option: tuple(v / 255 for v in (values[::-1] if blue_first else values))
        for option, values in (("--mean", mean), ("--std", std))
        if values is not None
    }
    order = ", in the order blue, green, red" if blue_first else ""
    raise UsageError(
        wrong,
        hint=f"they seem to be for colours from 0 to 255{order}: if so, write "
        + " ".join(f"{option} {numbers(values)}" for option, values in scaled.items()),
    )
