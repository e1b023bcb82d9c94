"""The client around `adb`: phones listed, one chosen, calls bounded, and no string of a user in the phone's shell."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from _adb_faults import bundle_in
from _commands import Call
from _fake_adb import JOBS, SERIAL, FakePhone, progress, steps

from pocketseg.core.errors import DeviceError, UnknownNameError, UsageError
from pocketseg.devices import adb
from pocketseg.devices._android_files import read_file
from pocketseg.devices._call import TooLongError, TooMuchError, call
from pocketseg.devices.android import AndroidPhone
from pocketseg.devices.job_file import StartedJob, forget_job, job_file, keep_job, kept_job
from pocketseg.devices.places import Place, place
from pocketseg.devices.progress import UnreadableError, read_progress
from pocketseg.devices.pulling import pull

_BUNDLE = "b" * 64
_HOSTILE = "x';touch pwned;$(touch pwned)`touch pwned`\"&|"


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[FakePhone]:
    made = FakePhone(tmp_path / "phone")
    with made.in_process():
        yield made


@pytest.fixture
def by_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakePhone:
    """Give a phone behind a real program called adb."""
    made = FakePhone(tmp_path / "phone")
    monkeypatch.setenv("PATH", made.path)
    return made


def test_phones_are_listed_with_what_keeps_them_from_taking_commands(phone: FakePhone) -> None:
    phone.lists(
        "emulator-5554\toffline",
        "127.0.0.1:15555        device product:p model:Model_7 device:d transport_id:3",
        "XY unauthorized usb:1-2 transport_id:4",
        "Z1\tno permissions (user in plugdev group; are your udev rules wrong?); see [http://a.b/c.html] usb:1-1",
        "* daemon started successfully",
        "half a",
    )
    found = [(p.serial, p.state, p.facts.get("model")) for p in adb.devices()]
    assert found == [
        ("emulator-5554", "offline", None), ("127.0.0.1:15555", "device", "Model_7"), ("XY", "unauthorized", None),
        ("Z1", "no permissions", None),
    ]  # fmt: skip


def test_windows_line_ends_and_a_daemon_that_starts_change_no_listing(phone: FakePhone) -> None:
    text = "* daemon not running; starting now at tcp:5037\r\nList of devices attached\r\nAB\tdevice\r\n\r\n"
    phone.fault("^devices", "say", out=text)
    assert [p.serial for p in adb.devices()] == ["AB"]


def test_a_computer_without_adb_is_told_how_to_get_it(pocketseg: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    answer = pocketseg("device", "list")
    assert answer.code == 9
    assert "there is no `adb`" in answer.err and "apt install adb" in answer.err


def test_an_adb_that_does_not_start_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "adb").write_bytes(b"\x7fELF no program")
    (tmp_path / "adb").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DeviceError, match="does not start"):
        adb.devices()


def test_a_program_that_does_not_end_is_stopped() -> None:
    began_s = time.monotonic()
    with pytest.raises(TooLongError):
        call(["sleep", "60"], timeout_s=0.2, most_bytes=10)
    assert time.monotonic() - began_s < 10


def test_a_program_that_says_too_much_is_stopped() -> None:
    endless = [sys.executable, "-S", "-c", "while True: print('x' * 65536)"]
    with pytest.raises(TooMuchError, match="more than 1,000 bytes"):
        call(endless, timeout_s=30, most_bytes=1_000)
    assert len(call(["printf", "%1000d", "1"], timeout_s=30, most_bytes=1_000).out) == 1_000


def test_a_phone_that_floods_or_hangs_is_an_error(by_program: FakePhone) -> None:
    by_program.fault("getprop", "flood")
    with pytest.raises(DeviceError, match="more than 1,048,576 bytes"):
        adb.shell(SERIAL, "getprop", "ro.product.model")
    by_program.fault("getprop", "hang")
    with pytest.raises(DeviceError, match="did not finish within"):
        adb.shell(SERIAL, "getprop", "ro.product.model", timeout_s=0.5)


def test_a_shell_gives_bytes_errors_and_exit_code_apart(by_program: FakePhone) -> None:
    by_program.on_phone("/data/local/tmp/x").write_bytes(b"a\r\nb\n\x00\xff")
    assert adb.shell(SERIAL, "cat", "/data/local/tmp/x").out == b"a\r\nb\n\x00\xff"
    missing = adb.shell(SERIAL, "cat", "/data/local/tmp/y")
    assert missing.code == 1 and not missing.out and "No such file" in missing.err


def test_an_old_phone_whose_shell_gives_no_exit_code_is_refused(phone: FakePhone) -> None:
    phone.fault(" features", "say", out="cmd\n")
    with pytest.raises(DeviceError, match="exit codes"):
        adb.check_features(SERIAL)


def test_one_command_runs_a_bundle_on_the_only_phone(phone: FakePhone, pocketseg: Call, tmp_path: Path,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    zip_path, bundle = bundle_in(tmp_path)
    phone.app(JOBS[0], bundle, steps(JOBS[0], bundle)[1], steps(JOBS[0], bundle)[2])
    monkeypatch.setattr("pocketseg.devices.measuring.secrets.token_hex", lambda n: JOBS[0])
    monkeypatch.setattr("pocketseg.devices.following.time.sleep", lambda s: None)
    answer = pocketseg("device", "run", zip_path, "--on", "android", "--max-temp-c", 30, "--clean")
    assert answer.code == 0, answer.err
    said, following = answer.out.splitlines()
    assert said == f"{tmp_path / 'bundle-results'}  2 of 2 records"
    assert following.startswith("next: pocketseg device import ") and str(tmp_path / "bundle.zip") in following
    assert f"--resume {JOBS[0]}" in answer.err and "Model 7, Android 14, app 0.7.0" in answer.err
    assert not list(phone.on_phone("/data/local/tmp/pocketseg").iterdir())
    assert not phone.job_folder(JOBS[0]).exists()
    assert not job_file(tmp_path / "bundle-results").exists()


def test_a_bundle_that_lies_on_the_phone_is_not_pushed_again(phone: FakePhone, pocketseg: Call, tmp_path: Path) -> None:
    zip_path, bundle = bundle_in(tmp_path)
    name = f"/data/local/tmp/pocketseg/{bundle}.zip"
    first, second = (pocketseg("device", "push", zip_path, "--on", f"android:{SERIAL}") for _ in range(2))
    assert (first.out, second.out) == (f"{name}  0.0 MiB\n", f"{name}  0.0 MiB, already there\n")
    assert sum("push" in c for c in phone.calls()) == 1
    assert phone.on_phone(name).stat().st_mode & 0o777 == 0o644
    phone.on_phone(name).write_bytes(b"of another day")
    assert pocketseg("device", "push", zip_path, "--on", "android").out == first.out
    assert phone.on_phone(name).read_bytes() == zip_path.read_bytes()


def test_what_a_running_job_has_finished_can_be_fetched(phone: FakePhone, pocketseg: Call, tmp_path: Path) -> None:
    (phone.folder / "app" / JOBS[0]).mkdir()
    (phone.folder / "app" / JOBS[0] / "started").touch()
    phone.app(JOBS[0], _BUNDLE, steps(JOBS[0], _BUNDLE)[1])
    answer = pocketseg("device", "pull", JOBS[0], "--on", "android", "--out", tmp_path / "out")
    assert answer.out.splitlines()[0] == f"{tmp_path / 'out'}  1 of 2 records; the job is running", answer.err
    assert sorted(f.name for f in (tmp_path / "out").iterdir()) == ["0.json", "maps", "progress.json"]
    assert phone.job_folder(JOBS[0]).is_dir()


def test_a_folder_that_no_pull_wrote_is_not_replaced(phone: FakePhone, pocketseg: Call, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    zip_path, _ = bundle_in(tmp_path)
    for command in (("pull", JOBS[0]), ("run", zip_path)):
        answer = pocketseg("device", *command, "--on", "android", "--out", tmp_path / "out")
        assert answer.code in (8, 9) and "error" in answer.err
        assert (tmp_path / "out" / "thesis.txt").read_text() == "mine"
    assert not [c for c in phone.calls() if "am" in " ".join(c)]


def test_the_apps_own_way_serves_where_its_folder_is_closed(phone: FakePhone, tmp_path: Path) -> None:
    phone.closed(JOBS[0], steps(JOBS[0], _BUNDLE))
    pulled = pull(AndroidPhone(serial=SERIAL, shown=SERIAL), JOBS[0], _BUNDLE, tmp_path / "out", lambda *_: None)
    assert (pulled.state, pulled.records) == ("finished", 2)
    assert len(list((tmp_path / "out" / "maps").iterdir())) == 2


def test_a_file_that_neither_way_gives_is_an_error(phone: FakePhone) -> None:
    phone.fault("cat /sdcard", "say", err="cat: x: Permission denied", code=1)
    phone.fault("content read", "say", err="java.lang.SecurityException: Permission Denial", code=1)
    with pytest.raises(DeviceError, match="does not hand out 0"):
        read_file(SERIAL, JOBS[0], "0.json", 100)


def test_hostile_names_never_reach_the_phones_shell(phone: FakePhone, pocketseg: Call, tmp_path: Path) -> None:
    for name in ("manufacturer", "model"):
        phone.says(f"getprop-ro.product.{name}", _HOSTILE + "\x1b[31m\n\u202e\n")
    phone.lists(f"{_HOSTILE.replace(' ', '_')}\tdevice model:$(touch_pwned)", f"{SERIAL}\tdevice")
    folder = tmp_path / "a b;touch pwned $(touch pwned) 'x"
    folder.mkdir()
    zip_path, bundle = bundle_in(folder)
    assert pocketseg("device", "list").code == 0
    assert "\x1b" not in pocketseg("device", "list").out
    listed = pocketseg("device", "list", "--json").out
    assert "touch pwned" in listed and "\\u001b" not in listed
    for serial in (_HOSTILE, f"{SERIAL};touch pwned", f"{SERIAL}\n", "../..", "-d", ""):
        answer = pocketseg("device", "push", zip_path, "--on", f"android:{serial}")
        assert answer.code in (2, 9), answer
    assert pocketseg("device", "push", zip_path, "--on", f"android:{SERIAL}").code == 0
    assert pocketseg("device", "pull", _HOSTILE, "--on", f"android:{SERIAL}", "--out", tmp_path / "o").code == 2
    for line in phone.lines():
        assert re.fullmatch(r"[a-z0-9]+( ([\w./:=+-]+|'[%\w ]+'))*", line), line
    assert not list(tmp_path.rglob("pwned"))
    assert sum(bundle in line for line in phone.lines()) >= 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("android", Place(kind="android", serial=None)),
        ("android:AB", Place(kind="android", serial="AB")),
        ("android:127.0.0.1:15555", Place(kind="android", serial="127.0.0.1:15555")),
    ],
)
def test_a_place_is_a_kind_and_a_serial(text: str, expected: Place) -> None:
    assert place(text) == expected
    assert str(expected) == text


def test_other_places_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'android'"):
        place("andriod:AB")
    for empty in ("android:", "android: "):
        with pytest.raises(UsageError, match="names no phone"):
            place(empty)


def test_the_job_of_a_results_folder_is_kept_beside_it(tmp_path: Path) -> None:
    out = tmp_path / "results"
    started = StartedJob(job=JOBS[0], bundle=_BUNDLE, kind="android", serial=_HOSTILE)
    assert kept_job(out) is None
    keep_job(out, started)
    assert kept_job(out) == started and [f.name for f in tmp_path.iterdir()] == ["results.job.json"]
    job_file(out).write_text(job_file(out).read_text().replace(JOBS[0], "../../x"))
    with pytest.raises(DeviceError, match="damaged"):
        kept_job(out)
    forget_job(out)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[]", b"null", b'{"schema_version": 1.0}', b"\xff\xfe", b"[" * 100_000,
        progress(JOBS[0], _BUNDLE, {"state": "well"}), progress(JOBS[0], _BUNDLE, {"run": -1}),
        progress(JOBS[0], _BUNDLE, {"runs": 10**9}), progress(JOBS[0], _BUNDLE, {"runs": True}),
        progress(JOBS[0], _BUNDLE, {"run": "0"}), progress(JOBS[0], "short", {}),
    ],
    ids=lambda data: ascii(data[:40]),
)  # fmt: skip
def test_damaged_progress_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableError, match="damaged"):
        read_progress(data, job=JOBS[0], bundle=None)


def test_progress_is_read_as_text_that_a_terminal_may_show() -> None:
    seen = read_progress(
        progress(JOBS[0], _BUNDLE, {"phase": "a\x1b[2J\u202eb" + "c" * 999}), job=JOBS[0], bundle=_BUNDLE
    )
    assert len(seen.phase) == 300 and "\x1b" not in seen.phase and "\u202e" not in seen.phase


def test_a_job_goes_on_only_on_its_phone_and_with_its_bundle(
    phone: FakePhone, tmp_path: Path, pocketseg: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pocketseg.devices.following.time.sleep", lambda s: None)
    (phone.folder / "app" / "dead").touch()
    zip_path, _ = bundle_in(tmp_path)
    out = tmp_path / "out"
    keep_job(out, StartedJob(job=JOBS[0], bundle=_BUNDLE, kind="android", serial=SERIAL))
    run = ("device", "run", zip_path, "--on", "android", "--out", out, "--resume", JOBS[0])
    assert "belongs to another bundle" in pocketseg(*run).err
    keep_job(out, StartedJob(job=JOBS[0], bundle=bundle_in(tmp_path)[1], kind="android", serial="OTHER"))
    assert "adb sees no phone 'OTHER'" in pocketseg(*run).err
    again = pocketseg(*run[:4], f"android:{SERIAL}", *run[5:])
    assert f"resuming job {JOBS[0]} on {SERIAL}" in again.err
    assert again.code == 9 and "the app ended before it wrote any progress" in again.err


def test_a_damaged_bundle_never_leaves_this_computer(phone: FakePhone, tmp_path: Path, pocketseg: Call) -> None:
    zip_path, _ = bundle_in(tmp_path)
    data = bytearray(zip_path.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "damaged.zip").write_bytes(data)
    for given in (tmp_path / "damaged.zip", tmp_path / "gone.zip", tmp_path):
        for command in ("push", "run"):
            answer = pocketseg("device", command, given, "--on", "android")
            assert answer.code == 3 and "error:" in answer.err
    assert not phone.calls()


def test_a_job_that_is_over_is_removed_once_it_is_fetched(phone: FakePhone, tmp_path: Path, pocketseg: Call) -> None:
    phone.app(JOBS[0], _BUNDLE, {**steps(JOBS[0], _BUNDLE)[1], **steps(JOBS[0], _BUNDLE)[2]})
    (phone.folder / "app" / JOBS[0] / "started").touch()
    answer = pocketseg("device", "pull", JOBS[0], "--on", "android", "--out", tmp_path / "out")
    assert answer.out.splitlines()[0].endswith("2 of 2 records; the job is finished")
    assert not phone.job_folder(JOBS[0]).exists()
    again = pocketseg("device", "pull", JOBS[0], "--on", "android", "--out", tmp_path / "out")
    assert again.code == 9 and "there is no job" in again.err
    assert (tmp_path / "out" / "0.json").is_file()
