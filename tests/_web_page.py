"""A stand-in for the page of `pocketseg serve`: it fetches what the page fetches, and sends back what it would.

No browser is in it: the files run on this computer as `device replay` runs them, and the records are relabelled.
"""

from __future__ import annotations

import atexit
import http.client
import json
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from _bundles import quick_replay

from pocketseg.core.bundle import Bundle, open_bundle
from pocketseg.core.record import read_record, sealed
from pocketseg.devices.replay import replay

_RESULTS: dict[str, Path] = {}  # by a bundle's hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The page at a link."""

    link: str

    def ask(self, method: str, path: str, body: bytes | None = None, *, token: str | None = None) -> tuple[int, bytes]:
        """Return status and body of a request with the link's token, or with another."""
        parts = urlsplit(self.link)
        own = parts.fragment.removeprefix("token=")
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
        try:
            connection.request(method, f"/{path}", body, {"Authorization": f"Bearer {own if token is None else token}"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def get(self, path: str) -> bytes:
        """Return the body at a path, which has to exist."""
        status, body = self.ask("GET", path)
        assert status == 200, (path, status, body[:200])
        return body

    def load(self) -> None:
        """Fetch what a browser loads for the page itself: what index.html refers to, and the runtimes' WebAssembly."""
        html = self.get("").decode()
        for url in re.findall(r'(?:src|href)="\./([^"]+)"', html):
            self.get(url)

    def fetch_bundle(self, folder: Path) -> Path:
        """Fetch the bundle into a folder, as session.json names it."""
        said = json.loads(self.get("session.json"))
        assert said["mode"] == "serve"
        names = ["bundle.json"]
        for name in names:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.get(said["bundle_url"] + name))
            if name == "bundle.json":
                names += [entry["name"] for entry in json.loads(path.read_bytes())["files"]]
        with open_bundle(folder) as opened:
            assert opened.sha256 == said["bundle"]
        return folder

    def measure(self, work: Path) -> str:
        """Do a whole job, as a page does, and send all of it; return the job's id."""
        with open_bundle(self.fetch_bundle(work / "bundle")) as opened:
            results = _replayed(opened)
        job = json.loads((results / "progress.json").read_bytes())["job"]
        self.put(f"results/{job}/progress.json", (results / "progress.json").read_bytes())
        for path in sorted((results / "maps").iterdir()):
            self.put(f"results/{job}/maps/{path.name}", path.read_bytes())
        for path in sorted(results.glob("[0-9]*.json")):
            self.put(f"results/{job}/{path.name}", as_browser(path.read_bytes()))
        return job

    def put(self, path: str, body: bytes) -> Any:
        """Send something that has to be accepted; return the answer."""
        status, answer = self.ask("PUT", path, body)
        assert status in (200, 201), (path, status, answer)
        return json.loads(answer)


def _replayed(bundle: Bundle) -> Path:
    """Return the results of a bundle on this host, run once in this process."""
    if bundle.sha256 not in _RESULTS:
        _RESULTS[bundle.sha256] = Path(tempfile.mkdtemp(prefix="pocketseg-web-page-"))
        atexit.register(shutil.rmtree, _RESULTS[bundle.sha256], ignore_errors=True)
        with quick_replay():
            replay(bundle, _RESULTS[bundle.sha256])
    return _RESULTS[bundle.sha256]


def as_browser(record: bytes) -> bytes:
    """Relabel a record of this host as one of a browser."""
    document = read_record(record)
    document["kind"] = "browser"
    document["device"] |= {"maker": "Google", "model": "Pixel 8"}
    document["program"] |= {"name": "pocketseg-web", "launch": "page"}
    if document["yardstick"] is not None:
        document["yardstick"]["version"] = "javascript-1"
    return (sealed(document) + "\n").encode()
