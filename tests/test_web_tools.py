"""Browsers are found or made without root and say why not; the page is held against its build, npm against its lock."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pocketseg.core.errors import DataError, UsageError
from scripts import inside
from scripts.web import browsers, npm, page
from scripts.web import test as whole


def _program(folder: Path, name: str, said: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{said}'\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A computer with no browser, whose cache is empty."""
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "sh").symlink_to("/bin/sh")
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("POCKETSEG_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv(browsers.CHOICE, raising=False)
    return folder


def test_an_installed_browser_is_taken_where_it_is_new_enough(programs: Path) -> None:
    _program(programs, "chromium", "Chromium 114.0.5735.90")
    assert browsers.installed(browsers.CHROMIUM) is None
    _program(programs, "google-chrome", "Google Chrome 156.0.8078.108 ")
    found = browsers.ready(browsers.CHROMIUM)
    assert (found.program, found.version, found.origin) == (
        programs / "google-chrome", "156.0.8078.108", "installed",
    )  # fmt: skip


def test_webkit_wants_a_screen_and_gets_a_launcher_that_takes_the_port(programs: Path) -> None:
    _program(programs, "WebKitWebDriver", "Usage: WebKitWebDriver options")
    assert browsers.installed(browsers.WEBKIT) is None
    _program(programs, "Xvfb", "")
    found = browsers.ready(browsers.WEBKIT)
    text = found.program.read_text(encoding="utf-8")
    assert "Xvfb -displayfd" in text and text.endswith('"$@"\n') and os.access(found.program, os.X_OK)


@pytest.mark.parametrize("kind", browsers.KINDS, ids=lambda kind: kind.name)
def test_without_a_browser_and_without_packages_the_reason_is_said(
    programs: Path, monkeypatch: pytest.MonkeyPatch, kind: browsers.Kind
) -> None:
    with pytest.raises(browsers.Unavailable, match="Debian's cannot be installed: there is no `apt-get`"):
        browsers.ready(kind)
    monkeypatch.setenv(browsers.CHOICE, "installed")
    with pytest.raises(browsers.Unavailable, match=f"there is no {kind.name}"):
        browsers.ready(kind)


def test_installed_browsers_can_be_passed_over(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(programs, "chromium", "Chromium 156.0.1.2")
    monkeypatch.setenv(browsers.CHOICE, "packages")
    with pytest.raises(browsers.Unavailable):
        browsers.ready(browsers.CHROMIUM)
    monkeypatch.setenv(browsers.CHOICE, "mine")
    with pytest.raises(UsageError, match="mine"):
        browsers.ready(browsers.CHROMIUM)


@pytest.mark.parametrize("way", sorted(inside.WAYS))
def test_a_browser_shares_the_network_and_nothing_else(tmp_path: Path, way: str) -> None:
    setting = inside.Setting(tree=tmp_path, empty=tmp_path, seen={}, folder="/", environment={}, own=browsers._OWN)
    words = " ".join(inside.WAYS[way](setting, ["true"]))
    assert "pid" in words and "ipc" in words and "--unshare-net" not in words and "--net" not in words


def test_a_page_that_differs_from_its_build_is_told_file_by_file(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("a")
    (tmp_path / "assets" / "old.js").write_text("b")
    kept = page.hashes(tmp_path)
    assert sorted(kept) == ["assets/old.js", "index.html"]
    assert page.differences(kept, kept) == []
    built = {"index.html": "another", "new.js": "x"}
    assert page.differences(built, kept) == [
        "new.js is not there", "assets/old.js is no longer built", "index.html differs",
    ]  # fmt: skip


def test_npm_is_held_against_its_lock() -> None:
    def entry(version: str, **more: object) -> dict[str, object]:
        return {"version": version, "integrity": f"sha512-{version}", **more}

    lock = {"packages": {"": {}, "a": entry("1"), "b": entry("2", optional=True), "c": entry("3")}}
    whole = {"packages": {"a": entry("1"), "c": entry("3")}}
    assert npm.faults(lock, whole) == []
    assert npm.faults(lock, {"packages": {"a": entry("1")}}) == ["c is not there"]
    assert npm.faults(lock, {"packages": {**whole["packages"], "d": entry("1")}}) == ["d is not in it"]
    forged = {**entry("1"), "integrity": "sha512-other"}
    assert npm.faults(lock, {"packages": {**whole["packages"], "a": forged}}) == [
        "a has integrity sha512-other, but sha512-1 is locked"
    ]


def test_without_node_it_is_said_what_to_get(programs: Path) -> None:
    assert "there is no `node`" in npm.lacks()
    _program(programs, "node", "v18.1.0")
    _program(programs, "npm", "10")
    assert npm.lacks() == "Node.js 20.19 or newer is needed, and `node` is v18.1.0"
    _program(programs, "node", "v20.19.0")
    assert npm.lacks() == ""


def test_a_program_that_takes_too_long_is_ended_and_what_it_said_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="took longer than 1 s") as caught:
        npm.run(["sh", "-c", "echo begun; sleep 60 & wait"], limit_s=1, folder=tmp_path)
    assert "begun" in caught.value.hint


def test_patience_is_a_number_and_one_where_nobody_sets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(whole._PATIENCE, raising=False)
    assert whole._patience() == 1
    monkeypatch.setenv(whole._PATIENCE, "2.5")
    assert whole._patience() == 2.5
    monkeypatch.setenv(whole._PATIENCE, "much")
    with pytest.raises(UsageError, match="much"):
        whole._patience()
