"""The cache: its place, its keys, its cleaning."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from pocketseg.core import files
from pocketseg.core.cache import KINDS, Cache, default_folder, versions
from pocketseg.core.errors import UnknownNameError


def test_the_cache_counts_and_removes_only_its_own_folders(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    (tmp_path / "mine.txt").write_text("the user's own")
    (tmp_path / "other").mkdir()
    place = cache.place("artifacts", {"a": 1})
    assert not place.exists()
    files.write_text(place / "file", "12345")
    files.write_text(cache.place("rows", {"b": 2}) / "row", "123")
    files.write_text(cache.workspace() / "half/x", "12")
    assert cache.summary() == {
        "answers": (0, 0),
        "artifacts": (1, 5),
        "rows": (1, 3),
        "scores": (0, 0),
        "sensitivity": (0, 0),
        "steps": (0, 0),
        "yardstick": (0, 0),
        "unfinished": (1, 2),
    }
    assert cache.clean() == 10
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine.txt", "other"]
    assert cache.clean() == 0 and set(cache.summary().values()) == {(0, 0)}


def test_kinds_that_are_named_are_removed_alone(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for kind in ("artifacts", "rows", "yardstick"):
        files.write_text(cache.place(kind, {}) / "file", "12345")
    with pytest.raises(UnknownNameError, match="did you mean 'yardstick'"):
        cache.clean(["rows", "yardstik"])
    assert cache.summary()["rows"] == (1, 5), "nothing is removed where a name is wrong"
    assert cache.clean(["yardstick", "steps"]) == 5
    assert [kind for kind, (entries, _) in cache.summary().items() if entries] == ["artifacts", "rows"]


def test_the_command_that_cleans_names_the_folder_where_it_is_not_the_usual_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Cache(tmp_path / "my cache")
    assert cache.cleaning("rows") == f"pocketseg --cache-dir '{tmp_path}/my cache' cache --clean rows"
    monkeypatch.setenv("POCKETSEG_CACHE_DIR", str(tmp_path / "my cache"))
    assert cache.cleaning("rows") == "pocketseg cache --clean rows" and cache.cleaning() == "pocketseg cache --clean"


def test_a_folder_that_is_no_cache_loses_nothing_to_a_cleaning(tmp_path: Path) -> None:
    files.write_text(tmp_path / "artifacts" / "u2netp-tflite-fp32" / "manifest.json", "a run's own")
    files.write_text(tmp_path / "rows" / "mine.txt", "the user's")
    assert Cache(tmp_path).clean() == 0
    assert (tmp_path / "artifacts" / "u2netp-tflite-fp32" / "manifest.json").read_text() == "a run's own"
    assert (tmp_path / "rows" / "mine.txt").read_text() == "the user's"


def test_a_place_in_the_cache_depends_on_the_facts_not_on_their_order(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    assert cache.place("rows", {"a": 1, "b": 2}) == cache.place("rows", {"b": 2, "a": 1})
    assert cache.place("rows", {"a": 1}) != cache.place("rows", {"a": 2})
    with pytest.raises(UnknownNameError, match="did you mean 'rows'"):
        cache.place("row", {})
    assert KINDS == ("answers", "artifacts", "rows", "scores", "sensitivity", "steps", "yardstick")


def test_the_workspace_forgets_what_was_left_days_ago_alone(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for name in ("old", "young"):
        files.write_text(cache.workspace() / name / "x", "1")
    os.utime(cache.workspace() / "old", (0, 0))
    assert [p.name for p in cache.workspace().iterdir()] == ["young"]


def test_the_cache_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("POCKETSEG_CACHE_DIR", str(tmp_path / "a"))
    assert default_folder() == tmp_path / "a"
    monkeypatch.delenv("POCKETSEG_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "b"))
    assert default_folder() == tmp_path / "b/pocketseg"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "c"))
    assert default_folder() == tmp_path / "c/.cache/pocketseg"


def test_versions_say_what_is_not_installed() -> None:
    assert versions(["numpy", "no-such-thing"]) == {"no-such-thing": "absent", "numpy": np.__version__}
