"""The marks of the plots: one shape per model, and a ring or cross over a measurement that is not VALID."""

from __future__ import annotations

SHAPES = 5
PALETTE = 8


def marker(shape: int, x: float, y: float, radius: float) -> str:
    """Return one of SHAPES marks around a point: circle, square, triangle, diamond, cross."""
    r = radius
    if shape % SHAPES == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}"/>'
    corners = (
        ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
        ((0, -1.2), (1.1, 0.8), (-1.1, 0.8)),
        ((0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)),
        ((-0.4, -1.1), (0.4, -1.1), (0.4, -0.4), (1.1, -0.4), (1.1, 0.4), (0.4, 0.4),
         (0.4, 1.1), (-0.4, 1.1), (-0.4, 0.4), (-1.1, 0.4), (-1.1, -0.4), (-0.4, -0.4)),
    )[shape % SHAPES - 1]  # fmt: skip
    return f'<polygon points="{" ".join(f"{x + dx * r:.1f},{y + dy * r:.1f}" for dx, dy in corners)}"/>'


def verdict_sign(verdict: str, x: float, y: float, radius: float) -> str:
    """Return a broken ring for an UNSTABLE mark or a cross for an INVALID one; otherwise an empty text."""
    r = radius * 1.7
    if verdict == "UNSTABLE":
        return f'<circle class="doubt" cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}"/>'
    if verdict == "INVALID":
        left, right, top, bottom = x - r, x + r, y - r, y + r
        path = f"M{left:.1f} {top:.1f}L{right:.1f} {bottom:.1f}M{left:.1f} {bottom:.1f}L{right:.1f} {top:.1f}"
        return f'<path class="doubt cross" d="{path}"/>'
    return ""
