"""Chromium without a window, driven through a pipe by the DevTools protocol: the standard library is enough.

The program is the one that is installed, as the tests of the page that measures files take it: scripts/web/browsers.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PATIENCE_S = 60.0
_TALLEST_PX = 16_000
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
KEYS = {
    "Tab": ("Tab", 9, ""), "Enter": ("Enter", 13, "\r"), "Space": ("Space", 32, " "), "Escape": ("Escape", 27, ""),
    "ArrowRight": ("ArrowRight", 39, ""), "ArrowLeft": ("ArrowLeft", 37, ""), "ArrowDown": ("ArrowDown", 40, ""),
    "ArrowUp": ("ArrowUp", 38, ""), "Home": ("Home", 36, ""), "End": ("End", 35, ""),
}  # fmt: skip


class Chromium:
    """A browser with one tab. said: what the page wrote to the console, and errors of its scripts and its policy."""

    def __init__(self, program: Path, profile: Path) -> None:
        to_child, own_writes = os.pipe()
        own_reads, from_child = os.pipe()
        command = [sys.executable, "-c", _LAUNCH, str(to_child), str(from_child), str(program), *_FLAGS]
        self._process = subprocess.Popen(
            [*command, f"--user-data-dir={profile}", "about:blank"], pass_fds=(to_child, from_child),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        os.close(to_child)
        os.close(from_child)
        self._writes, self._reads = own_writes, own_reads
        self._waiting, self._number, self._session = b"", 0, ""
        self._loaded, self._before_ms = False, 0.0
        self.said: list[str] = []
        targets = self._call("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        attached = self._call("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._call(f"{domain}.enable")
        self._call("Performance.enable", timeDomain="threadTicks")

    def open(self, page: Path, width_px: int = 1280, height_px: int = 900, *, dark: bool = False) -> None:
        """Load a file in a window of this size and scheme of colours; return once it is loaded."""
        self.resize(width_px, height_px)
        self.scheme(dark=dark)
        self.said, self._loaded, self._before_ms = [], False, 0.0
        self._before_ms = self.spent_ms()
        self._call("Page.navigate", url=page.as_uri())
        end = time.monotonic() + PATIENCE_S
        while not self._loaded:
            self._hear(end)

    def resize(self, width_px: int, height_px: int = 900) -> None:
        """Give the window this size, as a phone's is where it is narrow."""
        self._call("Emulation.setDeviceMetricsOverride", width=width_px, height=height_px, deviceScaleFactor=1,
                   mobile=width_px < 600)  # fmt: skip

    def scheme(self, *, dark: bool = False, media: str = "") -> None:
        """Choose what prefers-color-scheme says, and the medium: `print`, or the screen."""
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self._call("Emulation.setEmulatedMedia", media=media, features=features)

    def ask(self, script: str) -> Any:
        """Return the value of an expression in the page, awaited where it is a promise."""
        found = self._call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise AssertionError(f"{script}: {json.dumps(found['exceptionDetails'])[:2000]}")
        return found["result"].get("value")

    def cost_ms(self, script: str) -> float:
        """Return the time of the processor that an expression and the layout after it take of the page's thread."""
        before = self.spent_ms()
        self.ask(f"{script}; document.body.offsetHeight")
        return self.spent_ms() - before

    def spent_ms(self) -> float:
        """Return the time of the processor that the thread of this page has taken."""
        metrics = self._call("Performance.getMetrics")["metrics"]
        spent = 1000 * float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))
        return spent - self._before_ms if spent >= self._before_ms else spent  # less: the page has a new process

    def press(self, name: str, times: int = 1, *, shift: bool = False) -> None:
        """Press a key of KEYS."""
        code, number, text = KEYS[name]
        given: dict[str, Any] = {"key": text if name == "Space" else name, "code": code, "modifiers": 8 * shift}
        for _ in range(times):
            written = {"text": text} if text else {}
            self._call("Input.dispatchKeyEvent", type="keyDown", windowsVirtualKeyCode=number, **given, **written)
            self._call("Input.dispatchKeyEvent", type="keyUp", windowsVirtualKeyCode=number, **given)

    def type(self, text: str) -> None:
        """Write into what has the focus."""
        self._call("Input.insertText", text=text)

    def picture(self, path: Path) -> Path:
        """Write the whole page as a PNG file, in a window that shows all of it."""
        width_px = int(self.ask("window.innerWidth"))
        for _ in range(2):  # what comes into sight is laid out, and may be longer than was thought
            self.resize(width_px, min(_TALLEST_PX, int(self.ask("document.documentElement.scrollHeight"))))
        size = self._call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        found = self._call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(found["data"]))
        return path

    def printed(self) -> bytes:
        """Return the page as PDF, as paper would have it."""
        return base64.b64decode(self._call("Page.printToPDF", printBackground=False)["data"])

    def tree(self) -> list[dict[str, Any]]:
        """Return what a screen reader is told: the nodes of the accessibility tree that are not ignored."""
        nodes = self._call("Accessibility.getFullAXTree")["nodes"]
        return [node for node in nodes if not node.get("ignored")]

    def close(self) -> None:
        """End the browser, which ends with its pipe."""
        with contextlib.suppress(OSError, AssertionError):
            self._call("Browser.close")
        os.close(self._writes)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._reads)

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        session = {"sessionId": self._session} if self._session else {}
        message = {"id": self._number, "method": method, "params": parameters, **session}
        os.write(self._writes, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + PATIENCE_S
        while True:
            answer = self._hear(end)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']['message']}")
                result: dict[str, Any] = answer["result"]
                return result

    def _hear(self, end: float) -> dict[str, Any]:
        """Return the next message, whose news is noted."""
        while b"\0" not in self._waiting:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._reads], [], [], left)[0]:
                raise AssertionError(f"Chromium said nothing for {PATIENCE_S:.0f} s")
            part = os.read(self._reads, 1 << 20)
            if not part:
                raise AssertionError("Chromium ended")
            self._waiting += part
        raw, _, self._waiting = self._waiting.partition(b"\0")
        message: dict[str, Any] = json.loads(raw)
        method, news = message.get("method"), message.get("params", {})
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Runtime.exceptionThrown":
            self.said.append(json.dumps(news["exceptionDetails"])[:1000])
        elif method == "Runtime.consoleAPICalled":
            self.said.append(f"{news['type']}: {json.dumps(news['args'])[:1000]}")
        elif method == "Log.entryAdded":
            self.said.append(f"{news['entry']['level']}: {news['entry']['text']}")
        return message


@contextlib.contextmanager
def chromium(program: Path, profile: Path) -> Iterator[Chromium]:
    """Run a browser for a while."""
    browser = Chromium(program, profile)
    try:
        yield browser
    finally:
        browser.close()
