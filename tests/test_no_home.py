"""Users without a home folder, or without one that may be written: services and containers."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from pathlib import Path

import pytest
from _commands import Call

from pocketseg.core.cache import default_folder
from pocketseg.core.errors import StorageError, UsageError
from pocketseg.core.files import expanded
from pocketseg.data.spec import parse_spec


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Be a user whose id has no entry, without $HOME."""
    for name in ("HOME", "POCKETSEG_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)

    def nobody(uid: int) -> pwd.struct_passwd:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    yield


def _run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    """Run a command without --cache-dir; return its status and what it said on stderr."""
    import signal

    from pocketseg.cli.main import main

    handler = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as caught:
        main([str(a) for a in arguments])
    signal.signal(signal.SIGTERM, handler)
    return int(caught.value.code or 0), capsys.readouterr().err


@pytest.mark.usefixtures("homeless")
def test_commands_that_keep_nothing_need_no_home(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("models", "targets", "recipes"):
        assert _run(capsys, command)[0] == 0


@pytest.mark.usefixtures("homeless")
@pytest.mark.parametrize(
    "command",
    [("cache",), ("export", "topformer_tiny", "--target", "onnx", "--out", "x"), ("quickstart", "--out", "x")],
)
def test_commands_that_keep_their_work_name_the_option(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, said = _run(capsys, *command)
    assert code == StorageError.exit_code and "home folder cannot be found" in said
    assert "--cache-dir" in said and "$POCKETSEG_CACHE_DIR" in said and list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("homeless")
def test_a_cache_folder_that_is_named_needs_no_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "pocketseg"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # invalid, so passed over
    with pytest.raises(StorageError, match="home folder"):
        default_folder()
    monkeypatch.setenv("POCKETSEG_CACHE_DIR", str(tmp_path / "own"))
    assert default_folder() == tmp_path / "own"


@pytest.mark.usefixtures("homeless")
@pytest.mark.parametrize("path", ["~/photos", "~nobody-of-this-name/photos"])
def test_a_tilde_without_a_home_is_a_usage_error(path: str) -> None:
    with pytest.raises(UsageError, match="home folder that cannot be found"):
        expanded(path)
    with pytest.raises(UsageError, match="home folder that cannot be found"):
        parse_spec(f"folder:{path}")


def test_a_tilde_is_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("POCKETSEG_CACHE_DIR", "~/cache")
    assert default_folder() == tmp_path / "cache" and parse_spec("folder:~/x").root == tmp_path / "x"


def test_a_cache_folder_that_cannot_be_made_names_the_option(pocketseg: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    answer = pocketseg(
        "--cache-dir", tmp_path / "file/cache", "export", "topformer_tiny", "--target", "onnx", "--out", tmp_path / "x"
    )
    assert answer.code == StorageError.exit_code and "cannot write" in answer.err and "--cache-dir" in answer.err


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a file system in which no folder can be made")
def test_a_folder_above_the_cache_that_cannot_be_made_names_the_option(pocketseg: Call, tmp_path: Path) -> None:
    asked = ("export", "topformer_tiny", "--target", "onnx", "--out", tmp_path / "x")
    answer = pocketseg("--cache-dir", "/proc/nothing/cache", *asked)
    assert answer.code == StorageError.exit_code and "--cache-dir" in answer.err and not (tmp_path / "x").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_cache_folder_of_someone_else_names_the_option(pocketseg: Call, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir(mode=0o500)
    answer = pocketseg("export", "topformer_tiny", "--target", "onnx", "--out", tmp_path / "x")
    assert answer.code == StorageError.exit_code and "--cache-dir" in answer.err


def test_an_output_folder_that_cannot_be_made_does_not_name_the_cache(pocketseg: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    photo = Path(__file__).parents[1] / "pocketseg/data/sample/images/0007.jpg"
    answer = pocketseg("segment", photo, "--model", "topformer_tiny", "--out", tmp_path / "file/out")
    assert answer.code == StorageError.exit_code and "$POCKETSEG_CACHE_DIR" not in answer.err
