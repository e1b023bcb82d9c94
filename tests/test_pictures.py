"""The commands that draw README's pictures: what they refuse, and the browser that they drive."""

from __future__ import annotations

import urllib.parse
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pocketseg.core.errors import DataError
from scripts.chromium import chromium
from scripts.pictures import page, strip
from scripts.pictures.__main__ import PICTURES, main
from scripts.web import browsers

_PAGE = (
    "<style>@media (prefers-color-scheme: dark) {body {background: black}}</style><body>"
    "<script>setTimeout(() => document.body.append('ready'), 300)</script>"
)


def test_a_picture_that_there_is_not_and_a_run_without_files_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path), "portrait"]) == 2
    said = capsys.readouterr().err
    assert "no picture is called portrait" in said and all(name in said for name in PICTURES)
    assert main([str(tmp_path), "strip", "page"]) == 1
    said = capsys.readouterr().err
    assert "error: strip:" in said and "error: page:" in said and "u2netp-tflite-fp32" in said


def test_tiles_are_grey_but_for_the_classes() -> None:
    image = np.random.default_rng(0).integers(0, 256, (4, 6, 3), np.uint8)
    mask = np.zeros((4, 6), np.uint8)
    mask[0, :2], mask[0, 2] = (1, 3), 255
    tile = strip.painted(image, mask).astype(int)
    coloured = np.ptp(tile, axis=2) > 0
    assert coloured[0, :2].all() and coloured.sum() == 2, "255 is nobody's class"


@pytest.mark.slow
def test_the_browser_shows_a_page_in_light_and_dark_and_ends() -> None:
    if browsers.installed(browsers.CHROMIUM) is None:
        pytest.skip("no Chromium is installed here")
    with chromium() as browser:
        browser.resize(320, 200)
        browser.go("data:text/html," + urllib.parse.quote(_PAGE))
        browser.wait("document.body?.innerText.includes('ready')", 20.0)
        light, dark = (Image.open(BytesIO(page.captured(browser, scheme))) for scheme in ("light", "dark"))
        assert light.size == dark.size == (320, 200)
        assert light.getpixel((300, 190))[:3] == (255, 255, 255) and dark.getpixel((300, 190))[:3] == (0, 0, 0)
        with pytest.raises(DataError, match="does not come to"):
            browser.wait("false", 1.0)
        with pytest.raises(DataError, match=r"refuses Page\.none"):
            browser.call("Page.none")


def test_a_server_that_prints_no_link_is_said_with_its_words(tmp_path: Path) -> None:
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(b"x")
    with pytest.raises(DataError, match=r"printed no link: .*broken"), page._served([str(broken)]):
        pass
