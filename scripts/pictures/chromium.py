"""A headless Chromium, driven over its pipe: open a page, wait for a condition, take a picture in a colour scheme."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pocketseg.core.errors import DataError
from scripts.web import browsers

_ANSWER_S = 60.0
_POLL_S = 0.5


class Chromium:
    """One tab. Commands are those of the DevTools protocol, each answered before the next."""

    def __init__(self, write_fd: int, read_fd: int) -> None:
        """Take the two ends of the pipe, and attach to a new tab."""
        self._write_fd, self._read_fd, self._last, self._rest = write_fd, read_fd, 0, b""
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Return the answer to a command. Raises DataError for one that the browser refuses."""
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write_fd, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + _ANSWER_S
        while time.monotonic() < end:
            found = self._message()
            if found.get("id") == self._last:
                if "error" in found:
                    raise DataError(f"the browser refuses {method}: {found['error'].get('message')}")
                return dict(found["result"])
        raise DataError(f"the browser does not answer {method}")

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            if not select.select([self._read_fd], [], [], _ANSWER_S)[0]:
                raise DataError("the browser says nothing")
            part = os.read(self._read_fd, 1 << 20)
            if not part:
                raise DataError("the browser ended")
            self._rest += part
        text, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(text))

    def evaluate(self, script: str) -> Any:
        """Return the value of a JavaScript expression."""
        return self.call("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def open(self, address: str, width_px: int, height_px: int) -> None:
        """Open an address in a window of so many CSS pixels."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width_px, height=height_px, deviceScaleFactor=1, mobile=False
        )
        self.call("Page.navigate", url=address)

    def wait(self, script: str, limit_s: float) -> None:
        """Wait until an expression is true. Raises DataError where it does not become so in time."""
        end = time.monotonic() + limit_s
        while not self.evaluate(script):
            if time.monotonic() > end:
                raise DataError(f"the page does not come to {script} in {limit_s:.0f} s")
            time.sleep(_POLL_S)

    def picture(self, scheme: str) -> bytes:
        """Return what the window shows, as PNG, in `light` or `dark`."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        time.sleep(_POLL_S)  # for transitions of colours
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])


@contextmanager
def chromium() -> Iterator[Chromium]:
    """Run the browser that scripts.web.browsers finds until the block ends. Raises Unavailable where there is none."""
    program = browsers.ready(browsers.CHROMIUM).program
    profile = Path(tempfile.mkdtemp(prefix="pocketseg-chromium-"))
    to_read, to_write = os.pipe()
    from_read, from_write = os.pipe()
    words = [
        str(program), "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
        "--force-color-profile=srgb",
        "--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank",
    ]  # fmt: skip
    # The protocol wants its pipe at 3 and 4; a shell need not know numbers above 9 itself.
    shell = ["sh", "-c", f'exec "$@" 3</dev/fd/{to_read} 4>/dev/fd/{from_write}', "sh", *words]
    process = subprocess.Popen(
        shell, pass_fds=(to_read, from_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(to_read)
    os.close(from_write)
    try:
        yield Chromium(to_write, from_read)
    finally:
        process.terminate()
        process.wait()
        os.close(to_write)
        os.close(from_read)
        shutil.rmtree(profile, ignore_errors=True)
