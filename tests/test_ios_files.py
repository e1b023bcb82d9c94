"""What runs on an iPhone, said before one is given it; and what its record must say for its times to count."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from _adb_faults import bundle_in
from _commands import Call
from _fake_xcrun import FakeIphone
from _phones import IPHONE, phone

from benchmark.origin import strange
from pocketseg.core.archive import write_archive
from pocketseg.core.errors import RefusedError
from pocketseg.devices import openable
from pocketseg.devices.job import ACCELERATORS
from pocketseg.devices.openable import File, any_runs, check_openable, kinds_with_runtimes, refused_there, unopenable
from pocketseg.inspect.needs import IOS_LEAST, Opening, judged

_TARGETS = ("tflite", "onnx", "executorch", "torchmobile", "coreml")


def _file(target: str) -> File:
    return File(name=f"a.{target}", path=Path(f"a.{target}"), target=target)


def _needs(ios: int, computes_in: str = "float16") -> Opening:
    facts = {"least_os": f"iOS {ios}, macOS {ios - 3}", "least_ios": ios, "computes_in": computes_in}
    return judged(facts, "coreml")


# ---- what a package needs --------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("ios", "half", "computes_in"), [(16, False, "float32"), (17, True, "float16")])
def test_a_package_tells_its_ios_and_the_numbers_that_it_computes_in(
    ios: int, half: bool, computes_in: str, tmp_path: Path
) -> None:
    from _mlprograms import built

    from pocketseg.inspect.needs.coreml import read

    def body(x: Any) -> Any:
        from coremltools.converters.mil import Builder as mb

        return mb.relu(x=x)

    found = read(built(tmp_path / "a.mlpackage", [(1, 4)], body, ios=ios, half=half))
    assert (found["least_ios"], found["computes_in"]) == (ios, computes_in)
    assert found["least_os"] == f"iOS {ios}, macOS {ios - 3}"


def test_what_the_app_does_with_a_package_is_said_beside_what_it_needs() -> None:
    assert _needs(16).on_iphones == (
        f"on iPhones: computes in float16; the iOS app, of iOS {IOS_LEAST} or newer, opens it"
    )
    assert _needs(18, "float32").on_iphones.endswith("opens it only on iOS 18 or newer")
    assert "no runtime for it" in _needs(16).sentence, "which is of Android"


def test_targets_says_what_runs_on_iphones(pocketseg: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    listed = pocketseg("targets").out
    paragraphs = {part.split()[0]: part for part in listed.split("\n") if part[:1].isalpha()}
    assert set(_TARGETS) <= set(paragraphs)
    assert listed.count("on iPhones: ") == 2 and "built with ExecuTorch" in listed
    monkeypatch.setattr("pocketseg.inspect.located", lambda path: (path, "coreml"))
    monkeypatch.setattr("pocketseg.inspect.needs.openings", lambda files: [_needs(18)])
    answer = pocketseg("targets", tmp_path / "a.mlpackage")
    assert "on iPhones: computes in float16" in answer.out and "only on iOS 18 or newer" in answer.out


# ---- what an iPhone is given -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", _TARGETS)
@pytest.mark.parametrize("name", ACCELERATORS)
def test_a_run_is_warned_of_where_the_ios_app_refuses_it(target: str, name: str) -> None:
    runs = target == "coreml" or (target, name) == ("executorch", "cpu")
    said = refused_there([_file(target)], [name], "ios")
    assert any_runs([_file(target)], [name], "ios") is runs
    assert (not said) is (target == "coreml")
    assert all("the iOS app" in sentence for sentence in said)


def test_a_bundle_is_for_the_phones_whose_app_has_a_runtime_for_one_of_its_files() -> None:
    assert kinds_with_runtimes([_file("coreml")]) == ["ios"]
    assert kinds_with_runtimes([_file("tflite")]) == ["android"]
    assert kinds_with_runtimes([_file("coreml"), _file("tflite")]) == ["android", "ios"]
    assert kinds_with_runtimes([]) == ["android"]


@pytest.mark.parametrize(
    ("kind", "targets", "export"), [("ios", ("tflite", "onnx"), "coreml"), ("android", ("coreml",), "tflite")]
)
def test_files_of_which_the_app_runs_none_are_refused_with_what_to_export(
    kind: str, targets: tuple[str, ...], export: str
) -> None:
    said = f"no runtime for {' and '.join(sorted(targets))} files, and the bundle has no others"
    with pytest.raises(RefusedError, match=said) as met:
        check_openable([_file(target) for target in targets], kind, lambda _: None, "")
    assert f"--target {export}" in met.value.hint


@pytest.mark.parametrize(("ios", "noted"), [(16, 0), (IOS_LEAST, 0), (IOS_LEAST + 1, 1)])
def test_a_package_that_needs_a_newer_ios_than_the_app_is_noted_and_given(
    ios: int, noted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openable, "openings", lambda files: [_needs(ios) for _ in files])
    notes: list[str] = []
    assert not unopenable([_file("coreml"), _file("tflite")], "ios", notes.append)
    assert len(notes) == noted and all(f"needs iOS {ios}" in note for note in notes)


def test_an_export_says_at_once_that_a_package_needs_a_newer_ios(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pocketseg import api

    path, notes = tmp_path / "new", list[str]()
    made = SimpleNamespace(artifact=None, reused=False)
    monkeypatch.setattr(openable, "openings", lambda files: [_needs(IOS_LEAST + 1) for _ in files])
    monkeypatch.setattr("pocketseg.artifacts.request.check", lambda _: SimpleNamespace(name="tiny", assumed=()))
    monkeypatch.setattr("pocketseg.artifacts.produce.produce", lambda *_: made)
    monkeypatch.setattr("pocketseg.artifacts.deliver.put", lambda *_: path)
    api.export("topformer_tiny", target="coreml", out=tmp_path / "out", cache=tmp_path / "cache", note=notes.append)
    assert [note for note in notes if f"new needs iOS {IOS_LEAST + 1}" in note]


def test_a_temperature_that_a_bundle_asks_for_is_said_to_do_nothing_on_an_iphone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openable, "_RUNS", {"ios": {"onnx": ("cpu", "gpu")}})  # the small bundle's file
    for max_temp_c, count in ((None, 0), (35.0, 1)):
        notes: list[str] = []
        openable.check_bundle(_bundle_waiting_at(max_temp_c, tmp_path / f"{count}"), "ios", notes.append)
        assert len(notes) == count and all("--max-temp-c has no effect" in note for note in notes)


def _bundle_waiting_at(max_temp_c: float | None, folder: Path) -> Path:
    """Return the small bundle with a job that waits above a temperature."""
    folder.mkdir()
    with zipfile.ZipFile(bundle_in(folder)[0]) as zipped:
        zipped.extractall(folder / "in")
    document = folder / "in" / "bundle.json"
    content = json.loads(document.read_text())
    content["job"]["limits"]["max_temp_c"] = max_temp_c
    document.write_text(json.dumps(content))
    files = {f.relative_to(folder / "in").as_posix(): f for f in (folder / "in").rglob("*") if f.is_file()}
    return write_archive(folder / "asked.zip", files)


@pytest.fixture
def iphone(tmp_path: Path) -> Iterator[FakeIphone]:
    made = FakeIphone(tmp_path / "phone")
    with made.in_process():
        yield made


@pytest.mark.parametrize("command", ["push", "run"])
def test_a_bundle_of_which_an_iphone_runs_nothing_is_not_copied(
    command: str, iphone: FakeIphone, pocketseg: Call, tmp_path: Path
) -> None:
    zip_path, _ = bundle_in(tmp_path)  # of one .onnx
    answer = pocketseg("device", command, zip_path, "--on", "ios")
    assert answer.code == RefusedError.exit_code and "no runtime for onnx files" in answer.err
    assert "tiny-fp32-6x10.onnx" in answer.err and not iphone.calls("device", "copy")


# ---- what an iPhone's record says of itself --------------------------------------------------------------------------


def _record(**changes: Any) -> dict[str, Any]:
    row = phone(device=IPHONE, **{"program": {"launch": "app"}, "yardstick": {"version": "swift-1"}, **changes})
    assert row.document is not None
    return row.document


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, None),
        ({"program": {"launch": "test"}}, None),  # the verdict says that
        ({"program": {"launch": "process"}}, "a `process` ran it, and what runs on ios is `app`"),
        ({"program": {"launch": None}}, "does not say what ran it"),
        ({"yardstick": {"version": "kotlin-1"}}, "kotlin-1 is that of another kind of place than ios"),
        ({"yardstick": {"version": "python-1"}}, "python-1 is that of another kind"),
        ({"yardstick": {"version": "other-1"}}, "other-1 is that of another kind"),
        ({"runtime": {"label": "recorded, not run"}}, "its runtime is none of a device"),
    ],
)
def test_an_iphones_times_count_where_the_app_took_them_by_its_own_yardstick(
    changes: dict[str, Any], says: str | None
) -> None:
    document = _record(**changes)
    found = strange(document)
    assert (says is None and not found) or (says is not None and says in " ".join(found)), found


def test_swift_is_the_yardstick_of_no_other_place() -> None:
    android = phone(program={"launch": "app"}, yardstick={"version": "swift-1"}).document
    assert android is not None and "another kind of place than android" in " ".join(strange(android))


def test_nothing_heavy_is_imported_for_an_iphone() -> None:
    code = "import sys, pocketseg.devices.measuring, pocketseg.devices.ios; print('torch' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert said == "False\n"
