"""The second implementation of the golden check of docs/bundle.md, in plain Python."""

from __future__ import annotations

from _conformance import Array

SHARES = {"float32": 0.01, "float16": 0.1, "int8": 0.2}
LEAST, AWAY_PX, AWAY = 16, 3, 0.25
Places = set[tuple[int, int]]


def edges(golden: Array) -> Places:
    """Return the pixels that have a neighbour of another class, left, right, above or below."""
    height, width = golden.shape
    at = golden.data
    found: Places = set()
    for y in range(height):
        for x in range(width):
            here = at[y * width + x]
            if x + 1 < width and at[y * width + x + 1] != here:
                found |= {(y, x), (y, x + 1)}
            if y + 1 < height and at[(y + 1) * width + x] != here:
                found |= {(y, x), (y + 1, x)}
    return found


def allowed(golden: Array, arithmetic: str) -> float:
    return min(1.0, max(LEAST, SHARES[arithmetic] * len(edges(golden))) / len(golden.data))


def judged(found: Array, golden: Array, share: float) -> tuple[float, bool]:
    """Return the share of equal pixels, and whether a map is near its golden one."""
    if found.shape != golden.shape:
        return 0.0, False
    width, size = golden.shape[1], len(golden.data)
    wrong = {divmod(k, width) for k in range(size) if found.data[k] != golden.data[k]}
    along = edges(golden)
    reach = range(-AWAY_PX, AWAY_PX + 1)
    steps = [(dy, dx) for dy in reach for dx in reach if abs(dy) + abs(dx) <= AWAY_PX]
    away = [p for p in wrong if not any((p[0] + dy, p[1] + dx) in along for dy, dx in steps)]
    near = len(wrong) / size <= share and len(away) / size <= max(LEAST / size, AWAY * share)
    return 1 - len(wrong) / size, near
