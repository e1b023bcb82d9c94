"""Headless Chromium with one tab, driven through a pipe by the DevTools protocol: the standard library is enough."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pocketseg.core.errors import DataError
from scripts.web import browsers

PATIENCE_S = 60.0
_POLL_S = 0.5
_LAUNCH = (  # Chromium reads from descriptor 3 and writes to 4
    "import os, sys; r, w = (os.dup(int(n)) for n in sys.argv[1:3]); os.dup2(r, 3), os.dup2(w, 4); "
    "[os.set_inheritable(n, True) for n in (3, 4)]; "
    "os.execvp(sys.argv[3], sys.argv[3:])"
)
_FLAGS = (
    "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--hide-scrollbars", "--no-first-run", "--disable-extensions", "--disable-background-networking",
    "--force-color-profile=srgb", "--font-render-hinting=none",
)  # fmt: skip


class Chromium:
    """A browser with one tab. Commands are those of the protocol, each answered before the next.

    Everything raises DataError where the browser refuses a command, says nothing for PATIENCE_S, or has ended.
    """

    def __init__(self, program: Path, profile: Path) -> None:
        """Start the browser with a profile of its own, and attach to its tab."""
        to_child, self._writes = os.pipe()
        self._reads, from_child = os.pipe()
        command = [sys.executable, "-c", _LAUNCH, str(to_child), str(from_child), str(program), *_FLAGS]
        self._process = subprocess.Popen(
            [*command, f"--user-data-dir={profile}", "about:blank"], pass_fds=(to_child, from_child),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        os.close(to_child)
        os.close(from_child)
        self._waiting, self._number, self._session = b"", 0, ""
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        self.call("Page.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Return the answer to a command."""
        self._number += 1
        session = {"sessionId": self._session} if self._session else {}
        message = {"id": self._number, "method": method, "params": parameters, **session}
        os.write(self._writes, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + PATIENCE_S
        while True:
            answer = self.hear(end)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise DataError(f"the browser refuses {method}: {answer['error'].get('message')}")
                return dict(answer["result"])

    def hear(self, end: float) -> dict[str, Any]:
        """Return the next message, an answer or news, which must come before `end` on the monotonic clock."""
        while b"\0" not in self._waiting:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._reads], [], [], left)[0]:
                raise DataError(f"the browser said nothing for {PATIENCE_S:.0f} s")
            part = os.read(self._reads, 1 << 20)
            if not part:
                raise DataError("the browser ended")
            self._waiting += part
        raw, _, self._waiting = self._waiting.partition(b"\0")
        return dict(json.loads(raw))

    def ask(self, script: str) -> Any:
        """Return the value of a JavaScript expression, awaited where it is a promise."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise DataError(f"{script}: {json.dumps(found['exceptionDetails'])[:2000]}")
        return found["result"].get("value")

    def wait(self, script: str, limit_s: float) -> None:
        """Wait until an expression is true. Raises DataError where it does not become so in time."""
        end = time.monotonic() + limit_s
        while not self.ask(script):
            if time.monotonic() > end:
                raise DataError(f"the page does not come to {script} in {limit_s:.0f} s")
            time.sleep(_POLL_S)

    def resize(self, width_px: int, height_px: int) -> None:
        """Give the window this size, as a phone's is where it is narrow."""
        self.call("Emulation.setDeviceMetricsOverride", width=width_px, height=height_px, deviceScaleFactor=1,
                  mobile=width_px < 600)  # fmt: skip

    def scheme(self, *, dark: bool = False, media: str = "") -> None:
        """Choose what prefers-color-scheme says, and the medium: `print`, or the screen."""
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def go(self, address: str) -> None:
        """Begin to load an address."""
        self.call("Page.navigate", url=address)

    def captured(self, **parameters: Any) -> bytes:
        """Return what the window shows as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png", **parameters)["data"])

    def close(self) -> None:
        """End the browser, which ends with its pipe."""
        with contextlib.suppress(OSError, DataError):
            self.call("Browser.close")
        os.close(self._writes)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._reads)


@contextmanager
def chromium() -> Iterator[Chromium]:
    """Run the browser that scripts.web.browsers finds until the block ends. Raises Unavailable where there is none."""
    program = browsers.ready(browsers.CHROMIUM).program
    with tempfile.TemporaryDirectory(prefix="pocketseg-chromium-", ignore_cleanup_errors=True) as profile:
        browser = Chromium(program, Path(profile))
        try:
            yield browser
        finally:
            browser.close()
