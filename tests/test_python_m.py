"""`python -m pocketseg` is `pocketseg`, whatever lies in the working folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pocketseg.__main__ import drop_working_folder
from pocketseg._guard import GENERAL_NAMES
from pocketseg.core.cache import ROOT


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A working folder with packages and a module that must not be taken for pocketseg's or its dependencies'."""
    for name in GENERAL_NAMES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"raise AssertionError('{name} of the working folder')\n")
    (tmp_path / "click.py").write_text("raise AssertionError('click of the working folder')\n")
    return tmp_path


def _python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, check=False, capture_output=True, text=True
    )


def test_packages_in_the_working_folder_do_no_harm(hostile: Path) -> None:
    there = _python(hostile, "-m", "pocketseg", "models")
    here = _python(ROOT, "-m", "pocketseg", "models")
    assert (there.returncode, there.stderr) == (0, "")
    assert there.stdout == here.stdout and "topformer_tiny" in there.stdout


def test_usage_names_the_program_as_it_is_installed(tmp_path: Path) -> None:
    assert _python(tmp_path, "-m", "pocketseg", "--help").stdout.startswith("Usage: pocketseg [OPTIONS] [COMMAND]")
    assert _python(tmp_path, "-m", "pocketseg", "models", "--help").stdout.startswith("Usage: pocketseg models ")
    wrong = _python(tmp_path, "-m", "pocketseg", "cache", "--no-such-option")
    assert wrong.returncode == 2 and wrong.stderr.startswith("Usage: pocketseg cache ")


def test_a_working_folder_named_by_pythonpath_is_refused_with_its_name(hostile: Path) -> None:
    (hostile / "click.py").unlink()
    environment = {**os.environ, "PYTHONPATH": f"{hostile}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "pocketseg", "models"]
    done = subprocess.run(command, cwd=hostile, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert f"'models' resolves to {hostile / 'models'}" in done.stderr and "PYTHONPATH" in done.stderr


def test_only_what_m_added_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path), "elsewhere"])
    drop_working_folder()
    assert sys.path == [str(tmp_path), "elsewhere"]
    monkeypatch.setattr(sys, "path", ["elsewhere", str(tmp_path)])
    drop_working_folder()
    assert sys.path == ["elsewhere", str(tmp_path)]


def test_folder_that_holds_pocketseg_stays_on_the_search_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", [str(Path.cwd()), "elsewhere"])
    drop_working_folder()
    assert sys.path == [str(Path.cwd()), "elsewhere"]


def test_removed_working_folder_leaves_the_search_path_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setattr(sys, "path", ["elsewhere"])
    drop_working_folder()
    assert sys.path == ["elsewhere"]
