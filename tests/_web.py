"""A server of the small bundle of the conformance cases, what a page sends to it, and requests that no
browser sends.
"""

from __future__ import annotations

import dataclasses
import hashlib
import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import _records
from _adb_faults import BUNDLE

from benchmark.document import ARTIFACT_FACTS
from pocketseg.core._record_checks import SCHEMA_VERSION
from pocketseg.core.bundle import Bundle, open_bundle
from pocketseg.core.record import sealed
from pocketseg.web.certificate import TlsFiles
from pocketseg.web.inbox import Arrived, Inbox
from pocketseg.web.server import Limits, Server
from pocketseg.web.site import IMMUTABLE, NO_CACHE, Served, Site

TOKEN = "abcDEF123_-abcDEF123_-"
JOBS = tuple(f"{number:032x}" for number in range(1, 100))
LARGE_BYTES = 6 << 20
QUICK = Limits(idle_s=5.0, head_s=0.6, base_s=0.6, least_in_bytes_per_s=1 << 30, least_out_bytes_per_s=1 << 30)
_USUAL = Limits()
PAGE = b"<!doctype html><title>page</title>" + b" " * 2000


def maps_of(bundle: Bundle) -> dict[str, bytes]:
    """Return the golden class maps of artifact 0, by hash, as a page sends them that ran it right."""
    found = [bundle.read(name) for name in bundle.content["golden"][0]["maps"]]
    return {hashlib.sha256(data).hexdigest(): data for data in found}


def record_document(bundle: Bundle, job: str, run: int, status: str = "ok", /, **changes: Any) -> dict[str, Any]:
    """Return the record of a page that ran a run of the small bundle; no browser was measured."""
    content = bundle.content
    asked = content["job"]["runs"][run]
    listed = content["artifacts"][asked["artifact"]]
    photos = [
        {"original_sha256": photo["original_sha256"], "bundled_sha256": photo["bundled_sha256"], "agreement": 1.0,
         "map_sha256": sha256 if status == "ok" else None}
        for photo, sha256 in zip(content["photos"], maps_of(bundle), strict=True)
    ]  # fmt: skip
    own = dataclasses.asdict(bundle.artifact(asked["artifact"]))
    facts = {name: own[name] for name in ARTIFACT_FACTS}
    facts |= {"manifest_sha256": bundle.sha256_of(listed["manifest"]), "file": listed["name"]}
    given: dict[str, Any] = {
        "kind": "browser", "artifact": facts, "run": {"id": job, "place": run, "files": len(content["job"]["runs"])},
        "runtime": {"name": "ort", "tool": "onnxruntime-web", "version": "1.30.0", "build": "wasm-simd-threaded",
                    "threads_asked": asked["threads"]},
        "device": {"maker": "Google", "model": "Pixel 8", "cpu": None, "cpu_features": None, "python": None,
                   "browser": "Chrome 156"},
        "program": {"name": "pocketseg-web", "launch": "page"},
        "bundle": {"sha256": bundle.sha256, "job": job, "run": run, "photos": photos},
        "accelerator": {"asked": asked["accelerator"], "obtained": asked["accelerator"]},
        "schema_version": SCHEMA_VERSION, "clock": {"step_ms": 0.1}, "yardstick": {"version": "javascript-1"},
    }  # fmt: skip
    made = _records.document(turns=6, runs=3, photos=3) if status == "ok" else _records.without_result(status)
    unknown = {k: v for k, v in made["unknown"].items() if k not in ("/device/maker", "/device/model")}
    for name in ("cpu", "cpu_features", "python"):
        unknown[f"/device/{name}"] = "a browser does not say"
    if status != "ok":
        unknown |= {f"/bundle/photos/*/{name}": "it did not run" for name in ("map_sha256", "agreement")}
        for photo in photos:
            photo["agreement"] = None
    return _records.merged(_records.merged({**made, "unknown": unknown}, given), changes)


def record_of(bundle: Bundle, job: str, run: int, status: str = "ok", /, **changes: Any) -> bytes:
    """Return that record, sealed."""
    return (sealed(record_document(bundle, job, run, status, **changes)) + "\n").encode()


def progress_of(bundle: Bundle, job: str, /, **changes: Any) -> bytes:
    """Return a progress.json of a page."""
    made = {"schema_version": "1.0", "job": job, "bundle": bundle.sha256, "state": "running", "run": 0, "runs": 2,
            "phase": "timing", "reason": None, "at": "2026-11-29T08:00:00Z", **changes}  # fmt: skip
    return json.dumps(made).encode()


def site(folder: Path) -> Site:
    """Return a page, a runtime, a large file and the small bundle's parts."""
    folder.mkdir(parents=True, exist_ok=True)
    large = folder / "large.wasm"
    if not large.exists():
        large.write_bytes(bytes(range(256)) * (LARGE_BYTES // 256))
    html = "text/html; charset=utf-8"
    made = {
        "": Served(content=PAGE, mime=html, is_private=False, cache=NO_CACHE),
        "index.html": Served(content=PAGE, mime=html, is_private=False, cache=NO_CACHE),
        "session.json": Served(content=b"{}", mime="application/json", is_private=False, cache=NO_CACHE),
        "runtimes/large.wasm": Served(content=large, mime="application/wasm", is_private=False, cache=IMMUTABLE),
    }
    with open_bundle(BUNDLE) as bundle:
        for name in (entry["name"] for entry in bundle.content["files"]):
            mime = "application/octet-stream"
            made[f"bundle/{name}"] = Served(content=bundle.read(name), mime=mime, is_private=True, cache=NO_CACHE)
    return made


@dataclass(frozen=True, kw_only=True)
class Running:
    """A running server, and what it received and reported."""

    server: Server
    inbox: Inbox
    out: Path
    heard: list[Arrived]
    notes: list[str]
    token: str

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers in lower case, and body of a request as a browser sends it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def put(self, path: str, body: bytes) -> tuple[int, Any]:
        """Return status and document of a PUT with the token."""
        status, _, data = self.ask("PUT", path, body, self.auth)
        return status, json.loads(data)

    def raw(self, data: bytes, *, wait_s: float = 10.0) -> bytes:
        """Return the answer to these bytes until the server ends the connection, or waits for more."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=wait_s) as stream:
            answer = b""
            with suppress(OSError):  # torn: it was refused before all of it was sent
                stream.sendall(data)
                stream.shutdown(socket.SHUT_WR)
            with suppress(OSError):
                while part := stream.recv(1 << 16):
                    answer += part
            return answer

    def host(self) -> bytes:
        """Return the Host header's line."""
        return f"Host: 127.0.0.1:{self.server.port}\r\n".encode()

    def send_all(self, bundle: Bundle, job: str, run: int = 0) -> tuple[int, Any]:
        """Send a run's class maps and record, as a page does."""
        for sha256, data in maps_of(bundle).items():
            assert self.put(f"/results/{job}/maps/{sha256}.runs", data)[0] in (200, 201)
        return self.put(f"/results/{job}/{run}.json", record_of(bundle, job, run))


@contextmanager
def running(
    folder: Path, *, limits: Limits = _USUAL, tls: TlsFiles | None = None, token: str = TOKEN, **inbox: Any
) -> Iterator[Running]:
    """Yield a server of the small bundle whose results go into `folder`/out."""
    heard: list[Arrived] = []
    notes: list[str] = []
    out = folder / "out"
    box = Inbox(BUNDLE, out / "browser", out, heard=heard.append, **inbox)
    try:
        with Server(
            site(folder / "site"), box, token, host="127.0.0.1", port=0, tls=tls,
            hosts=["127.0.0.1", "localhost"], limits=limits, note=notes.append,
        ) as server:  # fmt: skip
            yield Running(server=server, inbox=box, out=out, heard=heard, notes=notes, token=token)
    finally:
        box.close()


def status_of(answer: bytes) -> int:
    """Return the status of the first answer in these bytes, 0 where there is none."""
    line = answer.split(b"\r\n", 1)[0].split(b" ")
    return int(line[1]) if len(line) > 1 and line[0].startswith(b"HTTP/1.") else 0


def until(true: Any, *, within_s: float = 10.0) -> bool:
    """Wait until something is true, and return whether it became so."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.01)
    return bool(true())
