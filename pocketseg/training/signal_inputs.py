"""The further input of a photo, for a network that takes signals beside it: the maps that docs/signals.md defines."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw
from torch import Tensor

from pocketseg.core.errors import UnknownNameError, UsageError
from pocketseg.data.photos import PhotoSet, Pixels
from pocketseg.data.signals.channels import INPUTS
from pocketseg.data.signals.dense_parts import PARTS
from pocketseg.data.signals.joints import Points, nobody
from pocketseg.data.signals.source import SignalFiles, SignalSource, open_signals
from pocketseg.training.signal_arrays import DENSE_POSE, load_signals, place_signals, unmoved
from pocketseg.training.signal_maps import input_maps, joined

# where a standing person's joints are, as fractions of width and height, in the order of JOINTS
_STANDING = (
    (0.50, 0.12), (0.52, 0.10), (0.48, 0.10), (0.54, 0.11), (0.46, 0.11), (0.60, 0.24), (0.40, 0.24), (0.64, 0.38),
    (0.36, 0.38), (0.65, 0.52), (0.35, 0.52), (0.56, 0.52), (0.44, 0.52), (0.57, 0.72), (0.43, 0.72), (0.57, 0.92),
    (0.43, 0.92),
)  # fmt: skip
DENSE_FROM_DATA = "give --signals data, with a data set that has it, such as Dress Code"
_FIGURE_PX = (256, 192)  # height, width


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalInputs:
    """The signals of photos, drawn as a network takes them. names: in the order of the network's channels.

    Raises UnknownNameError for a signal that this version does not know.
    """

    source: SignalSource
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        check_known(self.names)

    def maps(self, photo_id: str, height_px: int, width_px: int) -> Tensor:
        """Return a photo's further input, 1,channels,height,width of 0 to 1; absent signals are 0. No mask is read."""
        arrays = load_signals(self.source, [photo_id], height_px, width_px, self.names)
        placed = place_signals(arrays, unmoved(1), height_px, width_px)
        return joined(input_maps(placed, self.names, height_px, width_px))


@dataclass(frozen=True, slots=True)
class Figure:
    """The signals of a drawn, standing person, as a source: what files are compared on where photos have none."""

    sha256: dict[str, str] = field(default_factory=dict)

    def points(self, photo_id: str) -> Points:
        return np.array(_STANDING, np.float32)

    def person(self, photo_id: str) -> Pixels:
        return np.where(self.parts(photo_id) > 0, np.uint8(255), np.uint8(0))

    def parts(self, photo_id: str) -> Pixels:
        """Return a body of 24 stripes: each part occurs, wherever it is on a real person."""
        height, width = _FIGURE_PX
        body = Image.new("L", (width, height))
        draw = ImageDraw.Draw(body)
        draw.ellipse((0.43 * width, 0.03 * height, 0.57 * width, 0.20 * height), fill=1)
        draw.rectangle((0.34 * width, 0.20 * height, 0.66 * width, 0.95 * height), fill=1)
        top, bottom = np.nonzero(np.asarray(body).any(1))[0][[0, -1]]
        stripes = 1 + ((np.arange(height) - top) * len(PARTS) // (bottom + 1 - top)).clip(0, len(PARTS) - 1)
        return (np.asarray(body) * stripes[:, None]).astype(np.uint8)


def figure_or_nobody(names: Sequence[str], place: int, height_px: int, width_px: int) -> Tensor:
    """Return the further input of the photo at a place of a list: the drawn figure at even places, absent at odd ones.

    So both kinds are compared wherever a file is checked on photos without signals.
    """
    source: SignalSource = SignalFiles(poses={"": nobody()}) if place % 2 else Figure()
    return SignalInputs(source=source, names=tuple(names)).maps("", height_px, width_px)


def check_known(names: Sequence[str]) -> None:
    """Refuse signals that this version does not know: those of another version's file. Raises UnknownNameError."""
    for name in names:
        if name not in INPUTS:
            raise UnknownNameError("signal", name, INPUTS)


def open_scored(named: Sequence[str], photos: PhotoSet, taken: Sequence[Sequence[str]]) -> SignalSource | None:
    """Open what --signals names for scoring; None where nothing is named.

    taken: the signals of each network or file that is scored. Raises UsageError where signals are named and none takes
    any, DataError for a file that cannot be used.
    """
    for signals in taken:
        check_known(signals)
    if not named:
        return None
    if not any(taken):
        raise UsageError(
            "--signals is given, but what is scored takes the photo alone", hint="leave --signals out (docs/signals.md)"
        )
    return open_signals(named, photos)


def inputs_for(who: str, taken: Sequence[str], source: SignalSource | None) -> SignalInputs | None:
    """Return what a network takes beside the photo; None where it takes nothing more.

    who: the network's name for messages. taken: its signals. Raises UsageError where it takes signals and no source is
    given.
    """
    if not taken:
        return None
    if source is None:
        raise UsageError(
            f"{who} takes {' and '.join(taken)} beside the photo, and no signals are given",
            hint="give those of the scored photos: --signals poses=FILE, persons=FILE or data (docs/signals.md)",
        )
    if DENSE_POSE in taken and isinstance(source, SignalFiles):
        raise UsageError(f"{who} takes dense pose, which no file of --signals holds", hint=DENSE_FROM_DATA)
    return SignalInputs(source=source, names=tuple(taken))


def unfound(source: SignalSource | None, ids: Sequence[str], taken: Sequence[Sequence[str]]) -> list[str]:
    """Return a sentence for each signal that none of the scored photos has. taken: those of each network or file."""
    if source is None:
        return []
    reads: dict[str, Callable[[str], bool]] = {
        "keypoints": lambda i: bool(np.isfinite(source.points(i)).any()),
        "skeleton": lambda i: bool(np.isfinite(source.points(i)).any()),
        "silhouette": lambda i: source.person(i) is not None,
        DENSE_POSE: lambda i: source.parts(i) is not None,
    }
    names = dict.fromkeys(name for signals in taken for name in signals)
    return [
        f"--signals has no {name.replace('_', ' ')} for any of the {len(ids)} scored photos: they are scored as photos "
        "on which nobody was found"
        for name in names
        if not any(reads[name](photo_id) for photo_id in ids)
    ]


def signals_hash(source: SignalSource, ids: Sequence[str], names: Sequence[str]) -> str:
    """Return the hash of the signals of photos that a network with these inputs sees, whatever file they are from."""
    found = hashlib.sha256()
    for photo_id in ids:
        arrays: list[np.ndarray | None] = []
        if {"keypoints", "skeleton"} & set(names):
            arrays.append(source.points(photo_id))
        if "silhouette" in names:
            arrays.append(source.person(photo_id))
        if DENSE_POSE in names:
            arrays.append(source.parts(photo_id))
        for array in arrays:
            found.update(b"none" if array is None else f"{array.dtype}{array.shape}".encode() + array.tobytes())
    return found.hexdigest()[:16]
