"""Two screens of the Android app with a released network's mask, as Android 15's own code draws them on a JVM."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from PIL import Image

from pocketseg.core.files import write_encoded
from scripts.android import given
from scripts.android.maven import HARNESS, maven
from scripts.android.tools import missing, tools
from scripts.debian_tree import Unavailable

_TEST = "RealShotsTest"  # android_harness/app/src/test: draws them to target/screenshots
_SCREENS = ("real-bundle", "real-photo")
_WIDTH_PX = 300
_GAP_PX = 20
_QUALITY = 80


def write_screens(run: Path, out: Path) -> list[Path]:
    """Write android-light.jpg and android-dark.jpg: both screens side by side. Raises Unavailable without Maven.

    run: not used, as the app is given its tests' own bundle of the released networks.
    """
    if lacks := missing():
        raise Unavailable(f"the Android app: {lacks}")
    words = ["-pl", "app", "-am", "test", "-Dcore.tests.skip=true", f"-Dtest={_TEST}"]
    maven(tools(), [*words, "-Dsurefire.failIfNoSpecifiedTests=false", *given.given().told()])
    folder = HARNESS / "app" / "target" / "screenshots"
    return [_write(out / f"android-{look}.jpg", [folder / f"{name}-{look}.png" for name in _SCREENS], look)
            for look in ("light", "dark")]  # fmt: skip


def _write(path: Path, screens: list[Path], look: str) -> Path:
    """Set the screens side by side on a ground of their own, so that their edges show on any page."""
    drawn = [_small(Image.open(BytesIO(screen.read_bytes())).convert("RGB")) for screen in screens]
    width = sum(each.width for each in drawn) + _GAP_PX * (len(drawn) + 1)
    ground = (208, 215, 222) if look == "light" else (61, 68, 77)
    picture = Image.new("RGB", (width, drawn[0].height + 2 * _GAP_PX), ground)
    for place, each in enumerate(drawn):
        picture.paste(each, (_GAP_PX + place * (each.width + _GAP_PX), _GAP_PX))
    write_encoded(path, lambda stream: picture.save(stream, format="JPEG", quality=_QUALITY, optimize=True))
    return path


def _small(screen: Image.Image) -> Image.Image:
    return screen.resize((_WIDTH_PX, round(_WIDTH_PX * screen.height / screen.width)), Image.Resampling.LANCZOS)
