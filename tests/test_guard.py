"""The start-up check on packages with general names."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pocketseg._guard import GENERAL_NAMES, check_imports
from pocketseg.core import installation
from pocketseg.core.errors import PocketSegError


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that comes first on the path, with none of the general names imported yet."""
    for name in [m for m in sys.modules if m.partition(".")[0] in GENERAL_NAMES]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    importlib.invalidate_caches()


def _package(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text("raise AssertionError('the check must not import')\n")
    return folder / name


def test_this_checkout_passes() -> None:
    check_imports()


def test_check_takes_under_five_milliseconds() -> None:
    check_imports()
    took_ms = []
    for _ in range(5):
        start = time.perf_counter()
        check_imports()
        took_ms.append((time.perf_counter() - start) * 1000)
    assert min(took_ms) < 5


@pytest.mark.parametrize("name", GENERAL_NAMES)
def test_package_of_the_same_name_is_named_with_its_place(elsewhere: Path, name: str) -> None:
    stranger = _package(elsewhere, name)
    with pytest.raises(PocketSegError, match=f"'{name}' resolves to .*, not to pocketseg's own") as caught:
        check_imports()
    assert str(stranger) in caught.value.message
    assert "make setup" in caught.value.hint


def test_module_of_the_same_name_is_named_with_its_place(elsewhere: Path) -> None:
    (elsewhere / "models.py").write_text("raise AssertionError('the check must not import')\n")
    with pytest.raises(PocketSegError, match=r"'models' resolves to .*models\.py"):
        check_imports()


def test_plain_folder_of_the_same_name_does_no_harm(elsewhere: Path) -> None:
    (elsewhere / "models").mkdir()
    check_imports()


def test_module_without_a_spec_is_named_with_its_place(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = type(sys)("models")
    module.__file__ = str(elsewhere / "models.py")
    module.__spec__ = None
    monkeypatch.setitem(sys.modules, "models", module)
    with pytest.raises(PocketSegError, match=r"'models' resolves to .*models\.py"):
        check_imports()


def test_missing_package_says_what_to_do(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(elsewhere)])
    with pytest.raises(PocketSegError, match="'models' cannot be imported") as caught:
        check_imports()
    assert "make setup" in caught.value.hint


def test_beside_a_wheel_no_hint_speaks_of_a_checkout(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert installation.in_checkout() and installation.repair() == "restore the checkout"
    monkeypatch.setattr(installation, "ROOT", elsewhere)
    _package(elsewhere, "models")
    with pytest.raises(PocketSegError) as hidden:
        check_imports()
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(PocketSegError) as missing:
        check_imports()
    hints = [hidden.value.hint, missing.value.hint, installation.complete_environment(), installation.python()]
    assert all(hints) and not [h for h in hints if "checkout" in h or "make" in h or h.startswith(".venv")]
