"""`python -m scripts.ios.icon`: draws the app's icon, a pocket with a mask in it, like that of the Android app."""

from __future__ import annotations

from pathlib import Path

from scripts.ios.project import APP

SIDE_PX = 1024
ICON = APP / "Assets.xcassets" / "AppIcon.appiconset" / "icon.png"
_FINER = 4
_SCALE = SIDE_PX * _FINER / 80  # units of the drawing, which has a margin of its own
_BACK, _POCKET, _LEFT, _RIGHT = (11, 101, 94), (255, 255, 255), (230, 85, 60), (50, 120, 220)


def draw(path: Path) -> None:
    """Write the icon: without transparency, which the App Store refuses."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (SIDE_PX * _FINER,) * 2, _BACK)
    pen = ImageDraw.Draw(picture)
    pen.polygon(_placed(_pocket(32, 76, 34, 64, 82)), fill=_POCKET)
    inner = _pocket(36, 72, 46, 63, 76.6)
    pen.polygon(_placed([(min(x, 54), y) for x, y in inner]), fill=_LEFT)
    pen.polygon(_placed([(max(x, 54), y) for x, y in inner]), fill=_RIGHT)
    pen.line(_placed([(35, 40), (73, 40)]), fill=_BACK, width=int(2 * _SCALE))
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX).save(path, optimize=True)


def _pocket(left: float, right: float, top: float, below: float, tip: float) -> list[tuple[float, float]]:
    """Return a pocket's outline: straight sides, then a curve to its tip in the middle."""
    middle = (left + right) / 2
    steps = [place / 40 for place in range(41)]
    right_side = [(right - (right - middle) * t**1.6, below + (tip - below) * t**0.9) for t in steps]
    left_side = [(2 * middle - x, y) for x, y in reversed(right_side)]
    return [(left, top), (right, top), *right_side, *left_side]


def _placed(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return [((x - 14) * _SCALE, (y - 18) * _SCALE) for x, y in points]


if __name__ == "__main__":
    draw(ICON)
