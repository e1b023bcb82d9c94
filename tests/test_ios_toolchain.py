"""The Swift toolchain is whole or not there, and says why it cannot be; its commands see no network and end with us."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import _ios_stand_ins
import pytest

from pocketseg.core.errors import DataError
from scripts import debian, inside
from scripts.ios import swift, toolchain
from scripts.ios.toolchain import Unavailable


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _ios_stand_ins.StandIns:
    return _ios_stand_ins.prepare(tmp_path, monkeypatch)


def _again(monkeypatch: pytest.MonkeyPatch) -> toolchain.Toolchain:
    """Ask as another process would."""
    monkeypatch.setattr(toolchain, "_found", {})
    return toolchain.ready()


def test_a_toolchain_is_made_once_and_says_what_it_is_of(
    computer: _ios_stand_ins.StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = toolchain.ready()
    assert (found.version, found.way) == (toolchain.VERSION, "bwrap")
    assert found.packages == {"base-files": "13.8", "swiftlang": "6.0.3-2"}
    assert computer.folders() == [found.folder.name], "no archive and no list of packages may stay"
    assert not (found.folder / "usr" / "share" / "doc").exists(), "texts that no build reads may not stay"
    calls = computer.log.read_text(encoding="utf-8")
    assert calls.index("base-files_13.8_amd64.deb") < calls.index("swiftlang_6.0.3-2_amd64.deb /"), (
        "its links come first"
    )
    assert _again(monkeypatch) == found
    assert computer.log.read_text(encoding="utf-8") == calls, "nothing is fetched or unpacked twice"


def test_apt_neither_reads_nor_writes_what_the_system_has(computer: _ios_stand_ins.StandIns) -> None:
    toolchain.ready()
    calls = [line for line in computer.log.read_text(encoding="utf-8").splitlines() if "-c " in line]
    assert len(calls) == 3
    for call in calls:
        for place in ("Dir::State=", "Dir::State::status=", "Dir::Cache=", "Dir::Etc::sourcelist="):
            assert f"-o {place}{computer.cache}" in call, call
        assert "Dir::Etc::sourceparts=/dev/null" in call


def test_the_mirror_is_the_one_that_apt_uses_already(computer: _ios_stand_ins.StandIns, tmp_path: Path) -> None:
    debian.prepare(tmp_path / "own", "trixie")
    source = (tmp_path / "own" / "debian.sources").read_text(encoding="utf-8")
    assert "URIs: https://mirror.example/debian/\n" in source
    assert f"Signed-By: {debian.KEYS}\n" in source, "packages that nobody signed may not be taken"


def test_a_cut_download_leaves_nothing_that_counts_and_goes_on(
    computer: _ios_stand_ins.StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    computer.cut.touch()
    with pytest.raises(Unavailable, match="Connection reset") as caught:
        toolchain.ready()
    assert "run it again" in caught.value.hint
    assert not [name for name in computer.folders() if name.startswith("swift-")]
    computer.cut.unlink()
    assert _again(monkeypatch).version == toolchain.VERSION
    assert computer.log.read_text(encoding="utf-8").count("fetched-base") == 1, (
        "what was fetched may not be fetched again"
    )


def test_an_archive_that_cannot_be_unpacked_is_named(
    computer: _ios_stand_ins.StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    computer.spoilt.touch()
    with pytest.raises(Unavailable, match="unexpected end of file"):
        toolchain.ready()
    (half,) = computer.cache.glob("making-*/tree")
    (half / "usr" / "bin" / "left-over").touch()
    computer.spoilt.unlink()
    assert not (_again(monkeypatch).folder / "usr" / "bin" / "left-over").exists(), "a half tree is begun anew"


@pytest.mark.parametrize(
    "stamp", [None, "", "{", "[]", "{}", '{"version": "5.9", "packages": {}}', '{"version": "6.0.3"}']
)
def test_a_tree_without_its_stamp_is_made_again(
    computer: _ios_stand_ins.StandIns, monkeypatch: pytest.MonkeyPatch, stamp: str | None
) -> None:
    folder = toolchain.ready().folder
    (folder / "usr" / "bin" / "left-over").touch()
    path = folder / "toolchain.json"
    path.unlink()
    if stamp is not None:
        path.write_text(stamp, encoding="utf-8")
    again = _again(monkeypatch)
    assert again.folder == folder
    assert json.loads(path.read_text(encoding="utf-8"))["version"] == toolchain.VERSION
    assert not (folder / "usr" / "bin" / "left-over").exists()


def test_a_compiler_of_another_version_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    computer = _ios_stand_ins.prepare(tmp_path, monkeypatch, version="6.0.31")
    with pytest.raises(Unavailable, match=r"does not work: `swiftc --version` said: Swift version 6\.0\.31"):
        toolchain.ready()
    assert not [name for name in computer.folders() if name.startswith("swift-")]


def test_where_no_namespace_may_be_made_both_ways_say_why(computer: _ios_stand_ins.StandIns) -> None:
    computer.forbidden.touch()
    with pytest.raises(Unavailable, match=r"bwrap: No permissions.*unshare: No permissions"):
        toolchain.ready()


def test_a_toolchain_of_other_packages_takes_the_place_of_the_old_one(
    computer: _ios_stand_ins.StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = toolchain.ready().folder
    monkeypatch.setattr(toolchain, "PACKAGES", (*toolchain.PACKAGES, "git"))
    assert _again(monkeypatch).folder != old
    assert not old.exists()


def test_a_disk_that_is_too_small_is_said_before_anything_is_fetched(
    computer: _ios_stand_ins.StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toolchain, "_NEEDED_BYTES", 1 << 60)
    with pytest.raises(Unavailable, match=r"GB free, but Swift 6\.0\.3 needs") as caught:
        toolchain.ready()
    assert "POCKETSEG_CACHE_DIR" in caught.value.hint
    assert computer.log.read_text(encoding="utf-8") == ""


@pytest.mark.parametrize("program", ["apt-get", "dpkg-deb", "dpkg"])
def test_a_system_without_apt_is_told_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    _ios_stand_ins.prepare(tmp_path, monkeypatch)
    (tmp_path / "programs" / program).unlink()
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    with pytest.raises(Unavailable, match=f"no Swift toolchain here: there is no `{program}`"):
        toolchain.ready()


def test_a_system_without_the_keys_or_of_another_processor_is_told_so(
    computer: _ios_stand_ins.StandIns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "programs" / "dpkg").write_text("#!/bin/sh\necho riscv64\n", encoding="utf-8")
    with pytest.raises(Unavailable, match="for riscv64, not for amd64 or arm64"):
        toolchain.ready()
    monkeypatch.setattr(debian, "KEYS", tmp_path / "none.gpg")
    with pytest.raises(Unavailable, match="apt-get install debian-archive-keyring"):
        toolchain.ready()
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(Unavailable, match="with Xcode, run `swift test` itself"):
        toolchain.ready()


def test_the_command_says_it_in_a_sentence(
    computer: _ios_stand_ins.StandIns, capsys: pytest.CaptureFixture[str]
) -> None:
    computer.cut.touch()
    assert toolchain.main([]) == Unavailable.exit_code
    assert swift.main(["build"]) == Unavailable.exit_code
    said = capsys.readouterr().err
    assert said.count("error: the Swift toolchain cannot be made") == 2
    assert "Traceback" not in said


# What follows runs this computer's own programs in a namespace, without Swift.


def _setting(tmp_path: Path, **environment: str) -> inside.Setting:
    empty, checkout = tmp_path / "empty", tmp_path / "the checkout"
    empty.mkdir(exist_ok=True)
    checkout.mkdir(exist_ok=True)
    told = {"PATH": "/usr/bin:/bin", **environment}
    return inside.Setting(tree=Path("/"), empty=empty, seen={"/pkg": checkout}, folder="/pkg", environment=told)


def _works(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside, "WAYS", {way: inside.WAYS[way]})
    found, reason = inside.choose(_setting(tmp_path))
    if not found:
        pytest.skip(f"this computer cannot: {reason}")


@pytest.mark.parametrize("way", sorted(inside.WAYS))
def test_words_arrive_as_they_are_and_the_rest_of_the_computer_is_not_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    _works(way, tmp_path, monkeypatch)
    words = ["a b", "$(touch /pkg/never)", "'\"", "; exit 3", "ü"]
    script = 'printf "%s\\n" "$@" > said; env > told; ls / > seen; cat /proc/net/dev > net; touch /usr/x 2>&1; exit 7'
    setting = _setting(tmp_path, GIVEN="x y=z")
    done = subprocess.run(
        inside.WAYS[way](setting, ["sh", "-c", script, "sh", *words]), check=False, capture_output=True, timeout=30
    )
    checkout = tmp_path / "the checkout"
    assert done.returncode == 7, done.stderr
    assert (checkout / "said").read_text(encoding="utf-8").splitlines() == words
    assert not (checkout / "never").exists()
    told = (checkout / "told").read_text(encoding="utf-8")
    assert "GIVEN=x y=z\n" in told
    assert "HOME=" not in told, "the caller's environment may not come through"
    seen = set((checkout / "seen").read_text(encoding="utf-8").split())
    assert seen == {"bin", "dev", "etc", "lib", "lib64", "pkg", "proc", "sbin", "tmp", "usr"}
    interfaces = [line.split(":")[0].strip() for line in (checkout / "net").read_text().splitlines() if ":" in line]
    assert interfaces in ([], ["lo"]), "there may be no network"


@pytest.mark.parametrize("way", sorted(inside.WAYS))
def test_a_command_that_takes_too_long_ends_with_all_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    _works(way, tmp_path, monkeypatch)
    setting = _setting(tmp_path)
    seconds = f"{86_400 + os.getpid()}"  # to be known by
    words = inside.WAYS[way](setting, ["sh", "-c", f"echo begun; sleep {seconds} & setsid sleep {seconds} & wait"])
    with pytest.raises(DataError, match="sh took longer than 1 s and was ended") as caught:
        toolchain._ended(words, "sh", 1.0, subprocess.PIPE)
    assert "begun" in caught.value.hint, "what it said until then is said"
    for _ in range(50):
        left = _running(seconds)
        if not left:
            break
        time.sleep(0.1)
    assert not left


def _running(argument: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"sleep") and argument.encode() in words:
            found.append(path.parent.name)
    return found
