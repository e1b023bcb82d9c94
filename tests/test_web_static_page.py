"""`pocketseg export-page`: a folder for any web host, whole or not at all, with the headers it wants written down."""

from __future__ import annotations

import functools
import http.server
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from _bundles import bundle as make_bundle
from _web_runtimes import stand_in

from pocketseg.core.bundle import open_bundle
from pocketseg.core.errors import DataError, UsageError
from pocketseg.core.installation import version
from pocketseg.devices.job import Job
from pocketseg.devices.make import Made
from pocketseg.web import page, static_page
from pocketseg.web._reply import ALWAYS
from pocketseg.web.static_page import write_page

Converted = Callable[..., Any]


@pytest.fixture(scope="module")
def made(converted: Converted, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make_bundle(converted, tmp_path_factory.mktemp("made"))


@pytest.fixture(autouse=True)
def runtimes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stand_in(tmp_path / "runtimes", monkeypatch)


@pytest.fixture
def site(made: Made, tmp_path: Path) -> Path:
    assert write_page(made.folder, made.sha256, tmp_path / "host" / "below" / "site") == []
    return tmp_path / "host" / "below" / "site"


def test_the_folder_holds_page_runtimes_bundle_and_licences_and_names_nothing_of_this_computer(
    site: Path, made: Made
) -> None:
    said = json.loads((site / "session.json").read_bytes())
    assert (said["mode"], said["results_url"], said["bundle"]) == ("static", None, made.sha256)
    assert said["program_version"] == version()
    for url in said["runtimes"].values():
        assert not url.startswith("/") and url.endswith("/") and any((site / url).iterdir())
    with open_bundle(site / said["bundle_url"]) as opened:
        assert opened.sha256 == made.sha256
        opened.verify()
    for path in page.PAGE.rglob("*"):
        if path.is_file():
            assert (site / path.relative_to(page.PAGE)).read_bytes() == path.read_bytes()
    notices = (site / "licences.txt").read_text(encoding="utf-8")
    for words in ("Microsoft Corporation", "THIRD PARTY SOFTWARE NOTICES", "Apache License", "Paul Miller"):
        assert words in notices
    for name in ("session.json", "README.txt", "_headers", "bundle/bundle.json"):
        assert str(site.parent) not in (site / name).read_text(encoding="utf-8")


def test_the_headers_are_those_of_our_own_server_in_every_form(site: Path) -> None:
    read_me = (site / "README.txt").read_text(encoding="utf-8")
    lines = (site / "_headers").read_text(encoding="utf-8").splitlines()
    for name, value in ALWAYS.items():
        assert f"  {name}: {value}" in lines
        assert f'add_header {name} "{value}" always;' in read_me
        assert f'Header always set {name} "{value}"' in read_me
    for below in ("/assets/*", "/runtimes/*"):
        assert "immutable" in lines[lines.index(below) + 1]
    assert lines[0] == "/*" and '"' not in "".join(ALWAYS.values())
    assert "GitHub Pages" in read_me and "file://" in read_me and "{" not in read_me


@pytest.fixture
def host(site: Path) -> Iterator[str]:
    """Serve the folder above the site's, as a web host with the site below a path does."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(site.parent.parent))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/below/site/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_it_is_whole_below_a_path_of_any_host(host: str) -> None:
    def get(url: str) -> bytes:
        with urllib.request.urlopen(host + url, timeout=10) as answer:
            return bytes(answer.read())

    said = json.loads(get("session.json"))
    for name in ["bundle.json", *(one["name"] for one in json.loads(get("bundle/bundle.json"))["files"])]:
        get(said["bundle_url"] + name)
    assert b"<title>" in get("")
    with pytest.raises(urllib.error.HTTPError):
        get("nothing.json")


def test_an_earlier_page_is_replaced_and_nothing_else_is(made: Made, tmp_path: Path, site: Path) -> None:
    (site / "left.txt").write_text("of the earlier page")
    write_page(made.folder, made.sha256, site)
    assert not (site / "left.txt").exists() and (site / "index.html").is_file()
    own = tmp_path / "own"
    own.mkdir()
    write_page(made.folder, made.sha256, own)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/mine.jpg").write_bytes(b"x")
    (tmp_path / "link").symlink_to(own)
    for taken in (tmp_path / "photos", tmp_path / "photos/mine.jpg", tmp_path / "link"):
        with pytest.raises(UsageError, match=r"not an exported page|is a link"):
            write_page(made.folder, made.sha256, taken)
    assert [p.name for p in (tmp_path / "photos").iterdir()] == ["mine.jpg"]


def test_without_the_runtimes_nothing_is_written(made: Made, tmp_path: Path) -> None:
    next(path for path in page.RUNTIMES.rglob("*.wasm")).unlink()
    with pytest.raises(DataError, match="missing or damaged"):
        write_page(made.folder, made.sha256, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_the_large_build_for_webgpu_goes_along_where_a_run_wants_it(
    converted: Converted, tmp_path: Path, site: Path
) -> None:
    assert not list(site.rglob("*.asyncify.*"))
    on_gpu = make_bundle(converted, tmp_path / "gpu", job=Job(passes=1, accelerators=("gpu",)))
    write_page(on_gpu.folder, on_gpu.sha256, tmp_path / "new")
    assert {path.suffix for path in (tmp_path / "new").rglob("*.asyncify.*")} == {".mjs", ".wasm"}


def test_a_file_that_some_hosts_refuse_is_said(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(static_page, "_LARGE_BYTES", 100)
    said = write_page(made.folder, made.sha256, tmp_path / "new")
    assert any("bundle/artifacts/0/model.onnx" in sentence for sentence in said)
