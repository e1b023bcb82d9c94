"""What is left of a job: nothing on the phone once it is over and here, and no memory here of one that never began."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from _adb_faults import bundle_in
from _commands import Answer, Call
from _fake_adb import JOBS, SERIAL, FakePhone, progress, record, steps

from pocketseg.core.errors import DeviceError
from pocketseg.devices.job_file import StartedJob, job_file, keep_job, kept_job


@pytest.fixture
def phone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePhone]:
    monkeypatch.setattr("pocketseg.devices.measuring.secrets.token_hex", lambda n: JOBS[0])
    monkeypatch.setattr("pocketseg.devices.following.time.sleep", lambda s: None)
    made = FakePhone(tmp_path / "phone")
    with made.in_process():
        yield made


@pytest.fixture
def run(phone: FakePhone, pocketseg: Call, tmp_path: Path) -> Call:
    """Run the small bundle on the phone."""
    zip_path, bundle = bundle_in(tmp_path)
    phone.app(JOBS[0], bundle, *steps(JOBS[0], bundle))
    return lambda *more: pocketseg("device", "run", zip_path, "--on", "android", "--out", tmp_path / "out", *more)


def _ends(phone: FakePhone, folder: Path, state: str, **files: bytes) -> None:
    """Let the job end so, with these files."""
    _, bundle = bundle_in(folder)
    phone.forget_app(JOBS[0])
    said = progress(JOBS[0], bundle, {"state": state, "reason": "no such runtime"})
    phone.app(JOBS[0], bundle, {"progress.json": said, **{f"{name[1:]}.json": data for name, data in files.items()}})


@pytest.mark.parametrize("state", ["refused", "failed", "finished"])
def test_a_job_that_is_over_without_a_record_is_removed(
    state: str, phone: FakePhone, run: Call, tmp_path: Path
) -> None:
    _ends(phone, tmp_path, state)
    answer = run()
    assert answer.code == 9 and "no such runtime" in answer.err
    assert not phone.job_folder(JOBS[0]).exists() and not job_file(tmp_path / "out").exists()
    assert "--resume" not in answer.err.partition("error:")[2], "there is nothing to go on with"


@pytest.mark.parametrize("state", ["refused", "failed", "finished", "running"])
def test_pull_removes_a_job_that_is_over_and_empty(
    state: str, phone: FakePhone, pocketseg: Call, tmp_path: Path
) -> None:
    _ends(phone, tmp_path, state)
    (phone.folder / "app" / JOBS[0] / "started").touch()
    pull = ("device", "pull", JOBS[0], "--on", "android", "--out", tmp_path / "out")
    answer = pocketseg(*pull)
    assert answer.code == 9 and f"it is {state}: no such runtime" in answer.err
    assert phone.job_folder(JOBS[0]).exists() == (state == "running")
    assert ("was removed from the phone" in answer.err) == (state != "running")
    assert pocketseg(*pull, "--clean").code == 9
    assert not phone.job_folder(JOBS[0]).exists()


def test_a_failed_job_whose_record_does_not_come_stays_and_can_be_fetched(
    phone: FakePhone, run: Call, tmp_path: Path
) -> None:
    _, bundle = bundle_in(tmp_path)
    whole = record(JOBS[0], bundle, 0)
    _ends(phone, tmp_path, "failed", _0=whole)
    phone.fault(r"/0\.json", "half")
    answer = run()
    assert answer.code == 9 and "nothing was fetched" in answer.err and f"--resume {JOBS[0]}" in answer.err
    assert phone.job_folder(JOBS[0]).exists() and kept_job(tmp_path / "out") is not None
    again = run("--resume", JOBS[0])
    assert "1 of 2 records were finished" in again.err
    assert not phone.job_folder(JOBS[0]).exists() and kept_job(tmp_path / "out") is None


def test_results_that_find_no_room_can_be_fetched_later(
    phone: FakePhone, run: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr("pocketseg.devices.pulling.shutil.disk_usage", lambda f: type("Usage", (), {"free": 1}))
        answer = run()
    assert answer.code == 8 and f"--resume {JOBS[0]}" in answer.err.partition("error:")[2]
    assert run("--resume", JOBS[0]).code == 0


@pytest.mark.parametrize(("when", "do"), [(r"rm -rf", "vanish"), (r"rm -rf", "cut"), (r"rm -rf", "say")])
def test_a_phone_that_is_lost_in_the_last_clean_is_a_note(
    when: str, do: str, phone: FakePhone, run: Call, tmp_path: Path
) -> None:
    phone.fault(when, do, **({"code": 1, "err": "rm: no"} if do == "say" else {}))
    answer = run("--clean")
    assert answer.code == 0, answer.err
    assert "note: /sdcard" in answer.err and "stays on the phone" in answer.err
    assert (tmp_path / "out" / "1.json").is_file() and not job_file(tmp_path / "out").exists()


def test_a_benchmark_takes_its_results_in_though_the_phone_is_lost_in_the_last_clean(
    phone: FakePhone, pocketseg: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[object] = []
    monkeypatch.setattr("pocketseg.api._device._check_files", lambda *_: None)  # there is no x.tflite
    monkeypatch.setattr("pocketseg.api._device.bundle", lambda files, folder, **_: bundle_in(tmp_path / "table"))
    monkeypatch.setattr("pocketseg.api._device.import_records", lambda given, *_, **__: taken.extend(given) or [])
    (tmp_path / "table").mkdir()
    _, bundle = bundle_in(tmp_path / "table")
    phone.app(JOBS[0], bundle, *steps(JOBS[0], bundle))
    phone.fault("rm -rf", "vanish")
    answer = pocketseg("benchmark", "x.tflite", "--on", "android", "--out", tmp_path / "table")
    assert answer.code == 0, answer.err
    assert taken == [tmp_path / "table" / "results"] and "stays on the phone" in answer.err


def _does_not_start(phone: FakePhone) -> None:
    phone.fault(" am start", "say", out="Error: Activity class {x} does not exist.\n")


def test_a_job_that_never_began_is_not_remembered(phone: FakePhone, run: Call, tmp_path: Path) -> None:
    _does_not_start(phone)
    answer = run()
    assert answer.code == 9 and "the app did not start" in answer.err
    assert not job_file(tmp_path / "out").exists()
    assert "--resume" not in answer.err.partition("error:")[2]
    second = run()
    assert second.code == 0 and "an earlier job" not in second.err


def test_a_job_that_never_began_takes_not_the_place_of_an_earlier_one(
    phone: FakePhone, run: Call, tmp_path: Path
) -> None:
    earlier = StartedJob(job=JOBS[1], bundle="b" * 64, kind="android", serial=SERIAL)
    keep_job(tmp_path / "out", earlier)
    _does_not_start(phone)
    assert run().code == 9
    assert kept_job(tmp_path / "out") == earlier


@pytest.mark.usefixtures("phone")
def test_a_job_that_may_have_begun_is_remembered(run: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object) -> None:
        raise DeviceError("`am` on the phone did not finish within 120 s", hint="look at the phone's screen")

    monkeypatch.setattr("pocketseg.devices.android.start", silent)
    answer: Answer = run()
    assert f"--resume {JOBS[0]}" in answer.err.partition("error:")[2]
    assert kept_job(tmp_path / "out") is not None
