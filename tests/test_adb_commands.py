"""Commands around a phone: none is hidden, each is looked at before long work, and what is next works as printed."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from _adb_faults import bundle_in
from _commands import Answer, Call
from _fake_adb import JOBS, SERIAL, FakePhone, steps

from pocketseg.core.errors import DeviceError, UsageError
from pocketseg.devices import adb
from pocketseg.devices._android_checks import check_battery
from pocketseg.devices._call import Answer as Said
from pocketseg.devices.job import Job

Act = Callable[[FakePhone], None]


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[FakePhone]:
    made = FakePhone(tmp_path / "phone")
    with made.in_process():
        yield made


def _following(answer: Answer) -> list[list[str]]:
    return [shlex.split(text)[2:] for text in answer.out.splitlines() if text.startswith("next: ")]


# ---- list ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "do", "reason"),
    [
        ("getprop", "fail", "connection was cut while `getprop`.*error: closed"),
        ("pm path", "fail", "connection was cut while `pm`.*error: closed"),
        ("getprop", "vanish", "was lost: it is gone"),
    ],
)
def test_a_phone_that_does_not_answer_is_listed_with_that(
    when: str, do: str, reason: str, phone: FakePhone, pocketseg: Call
) -> None:
    phone.lists("ABC123\tdevice", f"{SERIAL}\tdevice")
    phone.fault(f"ABC123.*{when}", do, times=1, err="error: closed")
    answer = pocketseg("device", "list")
    assert answer.code == 0 and "adb sees no phone" not in answer.out
    silent = next(text for text in answer.out.splitlines() if text.startswith("android:ABC123"))
    assert "no answer: " in silent and "is not installed" not in silent
    phone.lists("ABC123\tdevice", f"{SERIAL}\tdevice")
    phone.fault(f"ABC123.*{when}", do, times=1, err="error: closed")
    found = {each["serial"]: each for each in json.loads(pocketseg("device", "list", "--json").out)["phones"]}
    assert found["ABC123"]["state"] == "no answer" and found["ABC123"]["reason"]
    assert re.search(reason, found["ABC123"]["reason"]), found
    if do != "vanish":
        assert found[SERIAL]["state"] == "device" and not found[SERIAL]["reason"]


def test_a_phone_that_hangs_hides_no_other(phone: FakePhone, pocketseg: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    from pocketseg.devices import _android_checks, android

    def about(serial: str) -> tuple[str, str]:
        if serial == "ABC123":
            raise DeviceError("`getprop` on the phone did not finish within 30 s")
        return _android_checks.about(serial)

    monkeypatch.setattr(android, "about", about)
    phone.lists("ABC123\tdevice", f"{SERIAL}\tdevice")
    said = pocketseg("device", "list").out
    assert len(said.splitlines()) == 2, said
    first, second = said.splitlines()
    assert first == "android:ABC123 no answer: `getprop` on the phone did not finish within 30 s"
    assert second == f"android:{SERIAL} Maker Model 7, Android 14, app 0.7.0"


# ---- the phone is looked at before any file is bundled ---------------------------------------------------------------


def _two(phone: FakePhone) -> None:
    phone.lists(f"{SERIAL}\tdevice", "OTHER\tdevice")


_SPOILT: dict[str, tuple[Act, str, tuple[object, ...]]] = {
    "none": (lambda p: p.lists(), "adb sees no phone", ()),
    "two": (_two, "adb sees 2 phones", ()),
    "no app": (lambda p: p.says("pm-path", ""), "is not installed", ()),
    "clock": (lambda p: p.says("date", "1000000000\n"), "clock is", ()),
    "screen": (lambda p: p.says("dumpsys-power", "mWakefulness=Asleep\n"), "screen is off", ()),
    "old": (lambda p: p.fault(" features", "say", out="cmd\n"), "exit codes", ()),
    "temperature": (
        lambda p: p.says("dumpsys-battery", "x\n"),
        "report its battery's temperature",
        ("--max-temp-c", 30),
    ),
}


@pytest.mark.parametrize("spoilt", _SPOILT)
def test_a_phone_that_cannot_measure_is_refused_before_any_file_is_bundled(
    spoilt: str, phone: FakePhone, pocketseg: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, says, options = _SPOILT[spoilt]
    make(phone)
    _is_refused(pocketseg, tmp_path, monkeypatch, says, *options)


def test_a_computer_without_adb_bundles_nothing(
    pocketseg: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    _is_refused(pocketseg, tmp_path, monkeypatch, "there is no `adb`")


@pytest.mark.usefixtures("phone")
def test_a_results_folder_that_cannot_be_used_is_refused_before_any_file_is_bundled(
    pocketseg: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "table" / "results").mkdir(parents=True)
    (tmp_path / "table" / "results" / "thesis.txt").write_text("mine")
    _is_refused(pocketseg, tmp_path, monkeypatch, "thesis.txt")


def _is_refused(pocketseg: Call, folder: Path, monkeypatch: pytest.MonkeyPatch, says: str, *options: object) -> None:
    bundled: list[object] = []
    monkeypatch.setattr("pocketseg.api._device.bundle", lambda files, *_, **__: bundled.append(files))
    answer = pocketseg("benchmark", "x.tflite", "--on", "android", "--out", folder / "table", *options)
    assert answer.code in (8, 9) and says in answer.err
    assert not bundled


@pytest.mark.usefixtures("phone")
def test_what_waits_for_this_computer_is_refused_where_a_phone_measures(pocketseg: Call, tmp_path: Path) -> None:
    for seconds in ("5", "0"):
        answer = pocketseg("benchmark", "x.tflite", "--on", "android", "--out", tmp_path / "t", "--wait", seconds)
        assert (
            answer.code == 2 and "--wait applies only to this computer" in answer.err and "--max-temp-c" in answer.err
        )


@pytest.mark.parametrize("never", [float("nan"), float("-inf")])
def test_no_temperature_that_never_comes_is_waited_for(phone: FakePhone, never: float) -> None:
    with pytest.raises(UsageError, match="max_temp_c"):
        Job(max_temp_c=never)
    with pytest.raises(UsageError, match="not a temperature to wait for"):
        check_battery(SERIAL, never)
    assert not phone.calls()


# ---- what is next ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bundle_name", "out_name"),
    [("b.zip", "b-results"), ("bundle.zip", "elsewhere"), ("-x.zip", "-x-results"), ("far/b.zip", "out"), ("", "-x")],
)
def test_what_was_pulled_can_be_imported_as_it_is_printed(
    bundle_name: str, out_name: str, phone: FakePhone, pocketseg: Call, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    made, bundle = bundle_in(tmp_path)
    Path("far").mkdir()
    made = made.rename(bundle_name or "far/other name.zip")
    phone.app(JOBS[0], bundle, {k: v for step in steps(JOBS[0], bundle) for k, v in step.items()})
    (phone.folder / "app" / JOBS[0] / "started").touch()
    Path("broken.zip").write_bytes(b"no zip")
    answer = pocketseg("device", "pull", JOBS[0], "--on", "android", "--out", out_name)
    (words,) = _following(answer)
    assert words[:2] == ["device", "import"] and words[2].removeprefix("./") == out_name
    beside = bundle_name and "/" not in bundle_name
    if beside:
        assert words[words.index("--bundle") + 1].removeprefix("./") == bundle_name
    else:
        assert words[words.index("--bundle") + 1] == "BUNDLE.zip" and bundle in answer.out
        words[words.index("BUNDLE.zip")] = str(made.absolute())
    imported = pocketseg(*words)
    assert "No such option" not in imported.err and "Traceback" not in imported.err
    assert imported.code != 2, imported.err


def test_a_bundle_that_is_beside_and_another_is_not_named(phone: FakePhone, pocketseg: Call, tmp_path: Path) -> None:
    made, bundle = bundle_in(tmp_path)
    made.write_bytes(b"no zip")
    phone.app(JOBS[0], bundle, {k: v for step in steps(JOBS[0], bundle) for k, v in step.items()})
    (phone.folder / "app" / JOBS[0] / "started").touch()
    (words,) = _following(pocketseg("device", "pull", JOBS[0], "--on", "android", "--out", tmp_path / "out"))
    assert "BUNDLE.zip" in words


# ---- what adb said ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("err", "out", "said"),
    [
        ("adb: error: failed to copy: No space left\n", "x: 1 file pushed, 0 skipped.\n", "No space left"),
        ("adb: error: failed to copy: No space left\nx: 1 file pushed, 0 skipped.\n", "", "No space left"),
        ("", "[ 50%] x\radb: error: failed to copy: No space left\nx: 1 file pushed, 0 skipped.\n", "No space left"),
        ("x: 1 file pushed\n", "adb: error: failed to copy: No space left\n", "No space left"),
        ("cat: a: first\ncat: b: second\n", "half", "cat: b: second"),
        ("", "Failure [x]\n", "Failure [x]"),
        ("", "", "no error message, exit code 1"),
    ],
)
def test_of_what_a_failed_call_said_its_complaint_is_shown(err: str, out: str, said: str) -> None:
    assert adb.said(Said(code=1, out=out.encode(), err=err)).endswith(said)
