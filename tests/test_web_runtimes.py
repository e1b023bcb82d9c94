"""The page's runtimes: pinned, fetched from an npm registry that is played here, put into the wheel by its build."""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError
from pocketseg.web import page
from scripts.web import runtimes

CONTENT = {"package/dist/small.mjs": b"export default 1;\n", "package/dist/small.wasm": b"\0asm\1\0\0\0" * 4096}
NAMES = {Path(name).name: data for name, data in CONTENT.items()}


def packed() -> bytes:
    """Return an npm package of the small files and one that nobody asked for."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, data in {**CONTENT, "package/package.json": b"{}"}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return stream.getvalue()


PACKAGE = packed()


def pins(registry: str, **changes: object) -> dict[str, object]:
    """Return pins of the small package."""

    def sha256(data: bytes) -> str:
        return hashlib.sha256(data).hexdigest()

    archive = {
        "name": "ort", "package": "small", "version": "1.0.0", "folder": "ort-1.0.0", "file": "small/-/small-1.0.0.tgz",
        "size_bytes": len(PACKAGE), "sha256": sha256(PACKAGE),
        "members": [
            {"file": name, "size_bytes": len(data), "sha256": sha256(data)} for name, data in CONTENT.items()
        ],
        **changes,
    }  # fmt: skip
    return {"registry": registry, "archives": [archive]}


class _Registry(http.server.BaseHTTPRequestHandler):
    asked: list[str | None]  # the Range of each request

    def do_GET(self) -> None:
        said = self.headers.get("Range")
        self.asked.append(said)
        start = int(re.fullmatch(r"bytes=(\d+)-", said)[1]) if said else 0  # type: ignore[index]
        body = PACKAGE[start:]
        self.send_response(206 if said else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def registry() -> Iterator[tuple[str, list[str | None]]]:
    asked: list[str | None] = []
    server = http.server.HTTPServer(("127.0.0.1", 0), type("Registry", (_Registry,), {"asked": asked}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Pin the small package, of a checkout that has none of it."""
    monkeypatch.setattr(page, "_pins", lambda: pins("http://127.0.0.1:9"))
    for module in (page, runtimes):
        monkeypatch.setattr(module, "RUNTIMES", tmp_path / "checkout")


def test_the_pins_are_of_the_versions_that_the_page_is_built_with() -> None:
    package = json.loads((ROOT / "web_harness/package.json").read_text(encoding="utf-8"))
    lock = json.loads((ROOT / "web_harness/package-lock.json").read_text(encoding="utf-8"))["packages"]
    pinned = page.runtimes()
    assert {one.name for one in pinned} == {"ort", "litert"}
    for one in pinned:
        assert package["dependencies"][one.package] == one.version
        assert lock[f"node_modules/{one.package}"]["version"] == one.version
        assert one.folder == f"{one.name}-{one.version}"
        assert one.file == f"{one.package}/-/{one.package.rpartition('/')[2]}-{one.version}.tgz"


def test_where_the_runtimes_are_they_are_the_pinned_ones() -> None:
    if not page.RUNTIMES.is_dir():
        pytest.skip("`make setup-web` fetches them")
    for one in page.runtimes():
        for name, pinned in one.files.items():
            data = (page.RUNTIMES / one.folder / name).read_bytes()
            assert (len(data), hashlib.sha256(data).hexdigest()) == (pinned.size_bytes, pinned.sha256), name


@pytest.mark.usefixtures("small")
def test_exactly_the_pinned_files_are_taken_and_asked_for_once(
    registry: tuple[str, list[str | None]], tmp_path: Path
) -> None:
    url, asked = registry
    said: list[str] = []
    for _ in range(2):
        runtimes.put(tmp_path / "out", tmp_path / "downloads", said.append, servers=[url])
    assert {p.name: p.read_bytes() for p in (tmp_path / "out/ort-1.0.0").iterdir()} == NAMES
    assert len(asked) == 1 and len(said) == 1 and not any((tmp_path / "downloads").iterdir())
    (tmp_path / "out/ort-1.0.0/small.wasm").write_bytes(b"cut off")
    runtimes.put(tmp_path / "out", tmp_path / "downloads", said.append, servers=[url])
    assert (tmp_path / "out/ort-1.0.0/small.wasm").read_bytes() == NAMES["small.wasm"] and len(asked) == 2


@pytest.mark.usefixtures("small")
def test_a_fetch_that_was_cut_off_asks_for_the_rest(registry: tuple[str, list[str | None]], tmp_path: Path) -> None:
    url, asked = registry
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads/small-1.0.0.tgz.part").write_bytes(PACKAGE[:100])
    runtimes.put(tmp_path / "out", tmp_path / "downloads", lambda sentence: None, servers=[url])
    assert asked == ["bytes=100-"] and (tmp_path / "out/ort-1.0.0/small.mjs").is_file()


@pytest.mark.usefixtures("small")
def test_other_bytes_than_the_pinned_ones_are_not_taken(
    registry: tuple[str, list[str | None]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "_pins", lambda: pins("", sha256="0" * 64))
    with pytest.raises(DataError, match="the bytes are not those that are pinned"):
        runtimes.put(tmp_path / "out", tmp_path / "downloads", lambda sentence: None, servers=[registry[0]])
    changed = pins("")
    changed["archives"][0]["members"][0]["sha256"] = "1" * 64  # type: ignore[index]
    monkeypatch.setattr(page, "_pins", lambda: changed)
    with pytest.raises(DataError, match=r"small\.mjs in .* is not the one that is pinned"):
        runtimes.put(tmp_path / "out", tmp_path / "downloads", lambda sentence: None, servers=[registry[0]])
    assert not (tmp_path / "out/ort-1.0.0/small.mjs").exists()


@pytest.mark.usefixtures("small")
def test_where_they_are_not_there_the_sentence_says_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"small\.mjs, small\.wasm") as refused:
        page.runtime_files()
    assert "make setup-web" in refused.value.hint
    for name, data in NAMES.items():
        path = tmp_path / "checkout/ort-1.0.0" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    assert set(page.runtime_files()) == {f"runtimes/ort-1.0.0/{name}" for name in NAMES}
    path.write_bytes(b"half")
    with pytest.raises(DataError, match="missing or damaged"):
        page.runtime_files()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a copy of what a build of the wheel needs, with the small pins and a registry that does not answer."""
    for name in ("setup.py", "scripts/__init__.py", "pocketseg/__init__.py"):
        (tmp_path / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / "source" / name)
    ignored = shutil.ignore_patterns("__pycache__", "runtimes")
    for name in ("scripts/android", "scripts/web", "pocketseg/core", "pocketseg/web"):
        shutil.copytree(ROOT / name, tmp_path / "source" / name, ignore=ignored)
    (tmp_path / "source/pocketseg/web/runtimes.json").write_text(json.dumps(pins("http://127.0.0.1:9")))
    (tmp_path / "source/pyproject.toml").write_text(
        '[project]\nname = "pocketseg"\nversion = "0"\n[tool.setuptools]\npackages = ["pocketseg.web"]\n'
    )
    return tmp_path / "source"


def build(source: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "POCKETSEG", "NPM_"))}
    env |= {"POCKETSEG_CACHE_DIR": str(source.parent / "cache"), "NPM_CONFIG_REGISTRY": "http://127.0.0.1:9"}
    command = [sys.executable, "-I", "setup.py", "-q", "build_py", "--build-lib", "built"]
    return subprocess.run(command, cwd=source, env=env | variables, capture_output=True, text=True, check=False)


def test_the_build_puts_what_the_checkout_has_into_the_wheel(source: Path) -> None:
    for name, data in NAMES.items():
        path = source / "pocketseg/web/runtimes/ort-1.0.0" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    done = build(source)
    assert done.returncode == 0, done.stderr
    built = source / "built/pocketseg/web/runtimes/ort-1.0.0"
    assert {p.name: p.read_bytes() for p in built.iterdir()} == NAMES


def test_a_build_without_a_network_says_what_to_do_and_can_go_without(source: Path) -> None:
    done = build(source)
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert "cannot fetch small-1.0.0.tgz" in done.stderr and "make setup-web" in done.stderr
    done = build(source, POCKETSEG_WITHOUT_RUNTIMES="1")
    assert done.returncode == 0 and not (source / "built/pocketseg/web/runtimes").exists()
