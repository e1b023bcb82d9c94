"""Judges whether a class map equals the desktop's, within a tolerance, as no two processors round alike.

Rounding moves edges and nothing else. So a share of the pixels along the golden map's edges may differ, and the share
grows with the coarseness of the arithmetic; away from edges hardly any may. For a map that differs more, the likely
cause is named. docs/bundle.md has the rule.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

# of the pixels along the edges, the share that may differ, by the coarsest numbers that are computed in
EDGE_SHARE = {"float32": 0.01, "float16": 0.1, "int8": 0.2}
ARITHMETICS = tuple(EDGE_SHARE)  # fine to coarse
LEAST_PIXELS = 16  # that may differ of any photo
AWAY_PX = 3  # from the nearest edge: there rounding alone hardly reaches
AWAY_SHARE = 0.25  # of what may differ in all
_SHIFTS = [(dy, dx) for dy in range(-2, 3) for dx in range(-2, 3) if (dy, dx) != (0, 0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How near a class map is to the golden one, i.e. the desktop's class map of the same file and photo.

    Attributes:
        agreement: share of equal pixels.
        likely: the likely cause if it is not near; empty if nothing explains it.
    """

    agreement: float
    allowed: float
    is_near: bool
    likely: str = ""


def arithmetic_of(precision: str, target: str) -> str:
    """Return the coarsest arithmetic in a file, from its recipe's precision and its target."""
    numbers = precision.partition(":")[0]
    if numbers in ("w8a8", "w8dyn"):
        return "int8"
    is_half = numbers == "fp16" or (target == "coreml" and numbers != "fp32")
    return "float16" if is_half else "float32"


def coarser(first: str, second: str | None) -> str:
    """Return the coarser of two arithmetics; an unknown one counts as float16, which accelerators use."""
    return max(first, second or "float16", key=ARITHMETICS.index)


def edges(class_map: Pixels) -> npt.NDArray[np.bool_]:
    """Return which pixels of a map (H,W) have a neighbour of another class, left, right, above or below."""
    found = np.zeros(class_map.shape, bool)
    across, down = class_map[:, 1:] != class_map[:, :-1], class_map[1:] != class_map[:-1]
    found[:, 1:] |= across
    found[:, :-1] |= across
    found[1:] |= down
    found[:-1] |= down
    return found


def allowed_share(golden: Pixels, arithmetic: str) -> float:
    """Return the share of a photo's pixels that may differ from its golden map (H,W)."""
    along = int(edges(golden).sum())
    return min(1.0, max(LEAST_PIXELS, EDGE_SHARE[arithmetic] * along) / golden.size)


def judge(found: Pixels, golden: Pixels, allowed: float, before: Pixels | None = None) -> Judged:
    """Compare a photo's class map with its golden one, both H,W. before: the class map of the preceding photo."""
    if found.shape != golden.shape:
        return Judged(agreement=0.0, allowed=allowed, is_near=False, likely=f"it is {found.shape}, not {golden.shape}")
    differs = found != golden
    agreement = 1.0 - float(differs.mean())
    away = differs & ~_near(edges(golden), AWAY_PX)
    most_away = max(LEAST_PIXELS / golden.size, AWAY_SHARE * allowed)
    if differs.mean() <= allowed and away.mean() <= most_away:
        return Judged(agreement=agreement, allowed=allowed, is_near=True)
    likely = _likely(found, golden, agreement, before)
    return Judged(agreement=agreement, allowed=allowed, is_near=False, likely=likely)


def _likely(found: Pixels, golden: Pixels, agreement: float, before: Pixels | None) -> str:
    """Name the likely cause if a map is not near: what it resembles, or the change that would undo most differences."""
    if before is not None and before.shape == found.shape and (before == found).all():
        return "it is the map of the photo before it"
    if len(np.unique(found)) == 1:
        return f"it is class {found.flat[0]} everywhere, as where no output was written"
    undone = {
        "it is upside down": found[::-1],
        "it is mirrored": found[:, ::-1],
        "it is turned by 180 degrees": found[::-1, ::-1],
        "classes are exchanged: the output's axis or the list of classes is another": _renamed(found, golden),
        **{
            f"it is moved by {-dy} rows and {-dx} columns: another rule of resizing": np.roll(found, (dy, dx), (0, 1))
            for dy, dx in _SHIFTS
        },
    }
    if found.shape[0] == found.shape[1]:
        undone["rows and columns are exchanged"] = found.T
    agreements = {sentence: float((other == golden).mean()) for sentence, other in undone.items()}
    best = max(agreements, key=agreements.__getitem__)
    return best if agreements[best] > (1.0 + agreement) / 2 else ""


def _renamed(found: Pixels, golden: Pixels) -> Pixels:
    """Rename each class of a map to the class that the golden map has at most of its pixels."""
    counts = np.zeros((256, 256), np.int64)
    np.add.at(counts, (found.reshape(-1), golden.reshape(-1)), 1)
    names: Pixels = counts.argmax(1).astype(np.uint8)
    used = np.unique(found)
    return names[found] if len(np.unique(names[used])) == len(used) else found


def _near(marked: npt.NDArray[np.bool_], px: int) -> npt.NDArray[np.bool_]:
    """Return which pixels are within `px` of a marked one, along rows and columns."""
    found = marked.copy()
    for _ in range(px):
        wider = found.copy()
        wider[1:] |= found[:-1]
        wider[:-1] |= found[1:]
        wider[:, 1:] |= found[:, :-1]
        wider[:, :-1] |= found[:, 1:]
        found = wider
    return found
