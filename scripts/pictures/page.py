"""The page that measures files in a browser, as headless Chromium shows it at its end, in light and in dark."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image

from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError
from pocketseg.core.files import write_encoded
from scripts.chromium import Chromium, chromium

_FILES = tuple(
    f"topformer_tiny-{target}-{precision}" for target in ("tflite", "onnx") for precision in ("fp32", "w8a8")
)
_PHOTOS, _PASSES = 8, 12
_WIDTH_PX, _HEIGHT_PX = 1120, 900
_COLORS = 128  # of the palette: the page has few, and its photos are small
_END_S = 20.0
_CHANGED_S = 0.5  # for transitions of colours
_LINK_S, _MEASURED_S = 1800.0, 1800.0  # on a busy machine; a minute or two on a quiet one
_ENDED = r"/^\W*Finished/.test((document.querySelector('#job .state')?.innerText ?? '').trim())"
_SENT = "[...document.querySelectorAll('#results tbody tr')].every((row) => /In the computer/.test(row.innerText))"


def write_pages(run: Path, out: Path) -> list[Path]:
    """Write page-light.png and page-dark.png of the files that a browser runs fastest, measured in it (minutes).

    Raises DataError where the run lacks a file or the page does not come to its end; Unavailable without a browser.
    """
    folders = [run / "artifacts" / name for name in _FILES]
    missing = [folder.name for folder in folders if not folder.is_dir()]
    if missing:
        raise DataError(f"{run} has no {', '.join(missing)}", hint="run `make quickstart` first")
    made = []
    with _served([_file(folder) for folder in folders]) as link, chromium() as browser:
        browser.resize(_WIDTH_PX, _HEIGHT_PX)
        browser.go(link)
        browser.wait(_ENDED, _MEASURED_S)
        browser.wait(_SENT, _LINK_S)
        for scheme in ("light", "dark"):
            made.append(_write(out / f"page-{scheme}.png", captured(browser, scheme)))
    return made


def captured(browser: Chromium, scheme: str) -> bytes:
    """Return what the window shows in `light` or `dark`, as PNG, once its colours have changed."""
    browser.scheme(dark=scheme == "dark")
    time.sleep(_CHANGED_S)
    return browser.captured()


def _file(folder: Path) -> str:
    return str(next(path for path in folder.iterdir() if path.suffix in (".tflite", ".onnx")))


@contextmanager
def _served(files: Sequence[str]) -> Iterator[str]:
    """Run `pocketseg serve` with the files until the block ends; yield its link."""
    with tempfile.TemporaryDirectory(prefix="pocketseg-page-") as scratch:
        words = [
            sys.executable, "-m", "pocketseg", "serve", *files, "--no-qr", "--port", "0", "--photos", str(_PHOTOS),
            "--passes", str(_PASSES), "--out", f"{scratch}/out",
        ]  # fmt: skip
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"}
        process = subprocess.Popen(
            words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        late = threading.Timer(_LINK_S, process.kill)  # where no link comes
        late.start()
        try:
            link = _link(process)
            late.cancel()
            yield link
        finally:
            late.cancel()
            process.send_signal(signal.SIGINT)
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:  # a job of the background ignores Ctrl-C
                process.kill()
                process.wait()


def _link(process: subprocess.Popen[str]) -> str:
    """Return the link that the server prints; read on what it says beside the browser, so that it never waits."""
    said = []
    for line in process.stdout or ():
        said.append(line)
        if found := re.search(r"http://127\.0\.0\.1:\d+/\S*", line):
            threading.Thread(target=lambda: list(process.stdout or ()), daemon=True).start()
            return found[0]
    raise DataError(f"`pocketseg serve` printed no link: {''.join(said)[-400:]}")


def _write(path: Path, png: bytes) -> Path:
    picture = Image.open(BytesIO(png)).convert("RGB")
    small = picture.quantize(_COLORS, dither=Image.Dither.NONE)
    write_encoded(path, lambda stream: small.save(stream, format="PNG", optimize=True))
    return path
