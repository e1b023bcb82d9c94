"""Which iPhones are there, what keeps one from taking commands, and what a computer that is no Mac says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from _adb_faults import bundle_in
from _commands import Call
from _fake_adb import JOBS, SERIAL, FakePhone
from _fake_xcrun import UDID, FakeIphone, device

JOB = JOBS[0]


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[FakeIphone]:
    made = FakeIphone(tmp_path / "phone")
    with made.in_process():
        yield made


# ---- list ------------------------------------------------------------------------------------------------------------


def test_iphones_are_listed_with_what_to_do_where_they_take_no_commands(phone: FakeIphone, pocketseg: Call) -> None:
    phone.lists(
        device(),
        device(identifier="B" * 8, hardwareProperties={"udid": "WIRELESS"},
               connectionProperties={"transportType": "localNetwork"}),
        device(identifier="C" * 8, hardwareProperties={"udid": "UNPAIRED"},
               connectionProperties={"pairingState": "unpaired"}),
        device(identifier="D" * 8, hardwareProperties={"udid": "SIMULATOR", "reality": "simulated"}),
        device(identifier="E" * 8, hardwareProperties={"udid": "WATCH", "platform": "watchOS"}),
        device(identifier="F" * 8, hardwareProperties={"udid": "../.."}), {"identifier": 7}, {},
    )  # fmt: skip
    first, second, third = pocketseg("device", "list", "--on", "ios").out.splitlines()
    assert first == f"ios:{UDID} iPhone 15, iOS 17.5, app 0.7.0"
    assert second.startswith("ios:WIRELESS iPhone 15, iOS 17.5, app 0.7.0, without a cable")
    assert third.startswith("ios:UNPAIRED iPhone 15, iOS 17.5, not paired: plug it in") and "app" not in third
    found = json.loads(pocketseg("device", "list", "--json", "--on", f"ios:{UDID}").out)["phones"]
    assert [(each["kind"], each["serial"], each["app"]) for each in found] == [("ios", UDID, "0.7.0")]


def test_a_phone_that_is_not_among_those_there_is_said_with_those(phone: FakeIphone, pocketseg: Call) -> None:
    answer = pocketseg("device", "list", "--on", "ios:OTHER\x1b[31m")
    assert answer.code == 9 and "\x1b" not in answer.err
    assert "ios:OTHER" in answer.err and f"is not among those that are seen: {UDID}\n" in answer.err
    phone.lists()
    assert "plug one in" in pocketseg("device", "list", "--on", "ios:OTHER").err


def test_names_from_the_phone_reach_no_terminal_raw(phone: FakeIphone, pocketseg: Call) -> None:
    phone.lists(device(hardwareProperties={"marketingName": "i\x1b[31m\u202ePhone\n"}))
    assert not {"\x1b", "\u202e"} & set(pocketseg("device", "list", "--on", "ios").out)


def test_phones_of_both_kinds_stand_in_one_list(
    tmp_path: Path, pocketseg: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    android, iphone = FakePhone(tmp_path / "android"), FakeIphone(tmp_path / "iphone")
    with android.in_process(), iphone.in_process():
        monkeypatch.setenv("PATH", f"{android.folder / 'path'}:{iphone.folder / 'path'}")
        answer = pocketseg("device", "list")
        assert [text.split()[0] for text in answer.out.splitlines()] == [f"android:{SERIAL}", f"ios:{UDID}"]
        iphone.fault("list devices", "error", text="Odd thing")
        answer = pocketseg("device", "list")
        assert answer.code == 0 and "Odd thing" in answer.err and f"android:{SERIAL}" in answer.out
        iphone.lists()
        android.lists()
        answer = pocketseg("device", "list")
        assert "adb sees no phone" in answer.out and "devicectl sees no iPhone" in answer.out


def test_a_mac_without_adb_lists_its_iphones(
    phone: FakeIphone, pocketseg: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(phone.folder / "path"))
    answer = pocketseg("device", "list")
    assert answer.code == 0 and answer.out.startswith(f"ios:{UDID}") and "adb" not in answer.err


# ---- a computer that is no Mac ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["list", "push", "run", "pull", "benchmark"])
def test_a_computer_that_is_no_mac_says_how_to_run_the_app_by_hand(
    command: str, pocketseg: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("pocketseg.devices.openable.check_bundle", lambda *_: None)
    bundled: list[object] = []
    monkeypatch.setattr("pocketseg.api._device.bundle", lambda files, *_, **__: bundled.append(files))
    zip_path, _ = bundle_in(tmp_path)
    out = ("--out", tmp_path / "out")
    words = {
        "list": ("device", "list"), "push": ("device", "push", zip_path), "run": ("device", "run", zip_path, *out),
        "pull": ("device", "pull", JOB, *out), "benchmark": ("benchmark", "x.mlpackage", *out),
    }[command]  # fmt: skip
    answer = pocketseg(*words, "--on", "ios")
    assert answer.code == 9 and not bundled
    assert "Xcode 15" in answer.err and "there is no `xcrun`" in answer.err
    assert "AirDrop" in answer.err and "pocketseg device import" in answer.err


def test_an_xcrun_that_does_not_start_is_an_error(
    pocketseg: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "xcrun").write_bytes(b"\x7fELF no program")
    (tmp_path / "xcrun").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = pocketseg("device", "list", "--on", "ios")
    assert answer.code == 9 and "does not start" in answer.err


def test_a_computer_that_sees_no_phone_at_all_says_what_each_kind_wants(
    tmp_path: Path, pocketseg: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    android = FakePhone(tmp_path / "android")
    with android.in_process():
        monkeypatch.setenv("PATH", str(android.folder / "path"))
        android.lists()
        answer = pocketseg("device", "list")
    assert answer.code == 0 and "adb sees no phone" in answer.out and "Xcode 15" in answer.out
