"""Chromium as the tests of pages use it: what the page says, keys, the cost of a script, the accessibility tree."""

from __future__ import annotations

import base64
import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripts import chromium as driven
from scripts.chromium import PATIENCE_S

_TALLEST_PX = 16_000
KEYS = {
    "Tab": ("Tab", 9, ""), "Enter": ("Enter", 13, "\r"), "Space": ("Space", 32, " "), "Escape": ("Escape", 27, ""),
    "ArrowRight": ("ArrowRight", 39, ""), "ArrowLeft": ("ArrowLeft", 37, ""), "ArrowDown": ("ArrowDown", 40, ""),
    "ArrowUp": ("ArrowUp", 38, ""), "Home": ("Home", 36, ""), "End": ("End", 35, ""),
}  # fmt: skip


class Chromium(driven.Chromium):
    """A browser with one tab. said: what the page wrote to the console, and errors of its scripts and its policy."""

    def __init__(self, program: Path, profile: Path) -> None:
        self._loaded, self._before_ms = False, 0.0
        self.said: list[str] = []
        super().__init__(program, profile)
        for domain in ("Runtime", "Log"):
            self.call(f"{domain}.enable")
        self.call("Performance.enable", timeDomain="threadTicks")

    def open(self, page: Path, width_px: int = 1280, height_px: int = 900, *, dark: bool = False) -> None:
        """Load a file in a window of this size and scheme of colours; return once it is loaded."""
        self.resize(width_px, height_px)
        self.scheme(dark=dark)
        self.said, self._loaded, self._before_ms = [], False, 0.0
        self._before_ms = self.spent_ms()
        self.go(page.as_uri())
        end = time.monotonic() + PATIENCE_S
        while not self._loaded:
            self.hear(end)

    def cost_ms(self, script: str) -> float:
        """Return the time of the processor that an expression and the layout after it take of the page's thread."""
        before = self.spent_ms()
        self.ask(f"{script}; document.body.offsetHeight")
        return self.spent_ms() - before

    def spent_ms(self) -> float:
        """Return the time of the processor that the thread of this page has taken."""
        metrics = self.call("Performance.getMetrics")["metrics"]
        spent = 1000 * float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))
        return spent - self._before_ms if spent >= self._before_ms else spent  # less: the page has a new process

    def press(self, name: str, times: int = 1, *, shift: bool = False) -> None:
        """Press a key of KEYS."""
        code, number, text = KEYS[name]
        given: dict[str, Any] = {"key": text if name == "Space" else name, "code": code, "modifiers": 8 * shift}
        for _ in range(times):
            written = {"text": text} if text else {}
            self.call("Input.dispatchKeyEvent", type="keyDown", windowsVirtualKeyCode=number, **given, **written)
            self.call("Input.dispatchKeyEvent", type="keyUp", windowsVirtualKeyCode=number, **given)

    def type(self, text: str) -> None:
        """Write into what has the focus."""
        self.call("Input.insertText", text=text)

    def picture(self, path: Path) -> Path:
        """Write the whole page as a PNG file, in a window that shows all of it."""
        width_px = int(self.ask("window.innerWidth"))
        for _ in range(2):  # what comes into sight is laid out, and may be longer than was thought
            self.resize(width_px, min(_TALLEST_PX, int(self.ask("document.documentElement.scrollHeight"))))
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        path.write_bytes(self.captured(clip=clip, captureBeyondViewport=True))
        return path

    def printed(self) -> bytes:
        """Return the page as PDF, as paper would have it."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=False)["data"])

    def tree(self) -> list[dict[str, Any]]:
        """Return what a screen reader is told: the nodes of the accessibility tree that are not ignored."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        return [node for node in nodes if not node.get("ignored")]

    def hear(self, end: float) -> dict[str, Any]:
        """Return the next message, whose news is noted."""
        message = super().hear(end)
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
