"""Cases of the golden check: a class map and the desktop's, near or not."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmark.judge import ARITHMETICS, allowed_share, edges, judge
from scripts.conformance.arrays import Array, Store

FAULTS = {
    "edges-not-looked-at": "the share of all pixels alone, wherever they lie",
    "one-share-for-all": "the share for 32-bit floats, whatever it was computed in",
}


def cases(store: Store) -> dict[str, Any]:
    """Return the cases."""
    return {
        "about": "docs/bundle.md, the golden check; shares to 1e-6",
        "faults": FAULTS,
        "allowed": [_allowed(store, name, golden) for name, golden in _goldens().items()],
        "cases": [_case(store, name, *case) for name, case in _all().items()],
    }


def _goldens() -> dict[str, Array]:
    narrow = np.zeros((9, 31), np.uint8)
    narrow[2:7, 5:21] = 1
    return {
        "person": _person(),
        "one-class": np.full((13, 22), 2, np.uint8),
        "small": narrow,
        "pixel": np.ones((1, 2), np.uint8),
    }


def _person(shift: int = 0) -> Array:
    """Return a map shaped like a person, with no symmetry."""
    found = np.zeros((84, 61), np.uint8)
    found[10 + shift : 42 + shift, 14:46] = 1
    found[42 + shift : 78 + shift, 19:40] = 2
    found[12 + shift : 24 + shift, 14:22] = 0
    return found


def _all() -> dict[str, tuple[Array, Array, str]]:
    """Return each case's map, the golden one, and the arithmetic."""
    golden = _person()
    block = golden.copy()
    block[60:65, 50:56] = 3
    few = golden.copy()
    few[2:5, 2:7] = 1
    half = golden.copy()
    half[:, 30:] = 0
    small = _goldens()["small"]
    sixteen = small.copy()
    sixteen[2:6, 5:9] = 0
    return {
        "equal": (golden, golden, "float32"),
        "edges-a-little": (_rough(0.02), golden, "float32"),
        "edges-too-much-for-floats": (_rough(0.09), golden, "float32"),
        "edges-in-half": (_rough(0.09), golden, "float16"),
        "edges-too-much-for-half": (_rough(0.17), golden, "float16"),
        "edges-in-integers": (_rough(0.17), golden, "int8"),
        "edges-too-much": (_rough(0.4), golden, "int8"),
        "a-block": (block, golden, "int8"),
        "fifteen-pixels-anywhere": (few, golden, "float32"),
        "half-of-it": (half, golden, "int8"),
        "mirrored": (np.ascontiguousarray(golden[:, ::-1]), golden, "int8"),
        "moved-by-two-rows": (_person(2), golden, "int8"),
        "nothing": (np.zeros_like(golden), golden, "int8"),
        "sixteen-pixels-of-a-small-photo": (sixteen, small, "float32"),
        "another-size": (golden[:, :-1], golden, "int8"),
    }


def _rough(share: float) -> Array:
    """Return the person's map with a share of its edge pixels, evenly spread, changed to the neighbouring class."""
    golden = _person()
    rows, columns = np.nonzero(edges(golden))
    found = golden.copy()
    for k in np.linspace(0, len(rows) - 1, round(share * len(rows))).astype(int):
        row, column = rows[k], columns[k]
        around = golden[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
        found[row, column] = next(c for c in np.unique(around) if c != golden[row, column])
    return found


def _allowed(store: Store, name: str, golden: Array) -> dict[str, Any]:
    return {
        "name": name,
        "golden": store.given(golden, f"{name}-golden"),
        "edge_pixels": int(edges(golden).sum()),
        "is": {arithmetic: round(allowed_share(golden, arithmetic), 9) for arithmetic in ARITHMETICS},
    }


def _case(store: Store, name: str, found: Array, golden: Array, arithmetic: str) -> dict[str, Any]:
    allowed = allowed_share(golden, arithmetic)
    judged = judge(found, golden, allowed)
    same = found.shape == golden.shape
    wrong = {
        "edges-not-looked-at": same and bool((found != golden).mean() <= allowed),
        "one-share-for-all": judge(found, golden, allowed_share(golden, "float32")).is_near,
    }
    known = "person" if golden.shape == _person().shape else "small"
    return {
        "name": name,
        "found": store.given(found, f"{name}-found"),
        "golden": store.given(golden, f"{known}-golden"),
        "allowed": allowed,
        "agreement": round(judged.agreement, 9),
        "is_near": judged.is_near,
        "faults": {fault: is_near for fault, is_near in wrong.items() if is_near != judged.is_near},
    }
