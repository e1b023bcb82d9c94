"""What the Android app refuses to run is said when a bundle is made, by a table that the app's sources bear out."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from _bundles import entry, photos
from _commands import Call

from pocketseg import api
from pocketseg.devices.job import ACCELERATORS as ASKED
from pocketseg.devices.job import Job
from pocketseg.devices.make import Made
from pocketseg.devices.openable import ACCELERATORS, File, any_runs, refused_there
from pocketseg.inspect.needs import ANDROID
from scripts.android.maven import HARNESS

BACKENDS = HARNESS / "app" / "src" / "main" / "kotlin" / "dev" / "pocketseg" / "harness" / "backends"


def _file(target: str) -> File:
    return File(name=f"a.{target}", path=Path(f"a.{target}"), target=target)


def test_the_table_is_what_the_apps_backends_refuse() -> None:
    found = {}
    for path in BACKENDS.glob("*Backend.kt"):
        if said := re.search(
            r'Asked\.refusal\(wanted, "(\w+)"\).*?\?: (when .*?\n {8}}|natives)', path.read_text(), re.DOTALL
        ):
            cases = re.findall(r'^ +((?:"\w+"(?:, )?)+) ->\s*natives', said[2], re.MULTILINE)
            found[said[1]] = set(re.findall(r"\w+", " ".join(cases)))
    assert found.pop("executorch") == set(), "which looks into the file: ours name XNNPACK alone"
    assert found == {target: set(own) for target, own in ACCELERATORS.items() if target != "executorch"}
    assert tuple(ACCELERATORS) == ANDROID and set().union(*ACCELERATORS.values()) == set(ASKED)


@pytest.mark.parametrize("target", [*ANDROID, "coreml"])
@pytest.mark.parametrize("name", ASKED)
def test_a_run_is_warned_of_where_the_app_refuses_it(target: str, name: str) -> None:
    runs = name in ACCELERATORS.get(target, ())
    said = refused_there([_file(target)], [name], "android")
    assert any_runs([_file(target)], [name], "android") is runs
    assert (not said) is runs
    assert all(f"a.{target}: the Android app" in sentence and "refuses to run it" in sentence for sentence in said)


def test_one_file_that_runs_is_enough_and_the_others_are_named() -> None:
    files = [_file("onnx"), _file("coreml")]
    assert any_runs(files, ["cpu", "gpu"], "android")
    first, second = refused_there(files, ["cpu", "gpu"], "android")
    assert "cpu or npu alone and refuses to run it on gpu" in first and "no runtime for coreml files" in second
    assert not any_runs(files, ["gpu"], "android") and not any_runs([], ["cpu"], "android")


@pytest.mark.parametrize("runs", [True, False])
def test_device_run_is_named_next_only_where_something_runs(
    runs: bool, pocketseg: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Made(
        folder=tmp_path, archive=tmp_path / "x.zip", sha256="0" * 64, size_bytes=1, artifacts=1, photos=1,
        runs_on=("android",) if runs else (),
    )  # fmt: skip
    monkeypatch.setattr("pocketseg.api.bundle", lambda *_, **__: made)
    answer = pocketseg("device", "bundle", "x.tflite", "--out", tmp_path)
    assert answer.code == 0 and "next: pocketseg device replay" in answer.out
    assert ("next: pocketseg device run" in answer.out) is runs


@pytest.mark.parametrize(("accelerator", "runs"), [("gpu", False), ("cpu", True)])
def test_a_bundle_for_an_accelerator_that_the_app_lacks_is_warned_of_and_made(
    accelerator: str, runs: bool, converted: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = photos(tmp_path / "photos")
    made = Made(folder=tmp_path, archive=tmp_path / "x.zip", sha256="0" * 64, size_bytes=1, artifacts=1, photos=1)
    monkeypatch.setattr("benchmark.photos.scored_photos", lambda *_: data)
    monkeypatch.setattr("benchmark.engine.check_photos", lambda *_: None)
    monkeypatch.setattr("pocketseg.api._device.networks_of", lambda *_: {})
    monkeypatch.setattr("pocketseg.api._device.seen", lambda *_: ())
    monkeypatch.setattr("pocketseg.devices.make.make", lambda *_, **__: made)
    one, notes = entry(converted, tmp_path / "file"), list[str]()
    job = Job(passes=1, accelerators=(accelerator,))
    found = api.bundle([one.path], tmp_path / "out", photos=1, job=job, note=notes.append)
    assert ("android" in found.runs_on) is runs
    assert any("refuses to run it on gpu" in note for note in notes) is not runs
