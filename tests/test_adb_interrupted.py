"""Who interrupts a command of a phone is told what goes on there, what is kept, and how to follow it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from _adb_faults import bundle_in
from _commands import Answer, Call
from _fake_adb import JOBS, FakePhone, steps

from pocketseg.core.interrupted import Interrupted, when_interrupted

_GOES_ON = f"job {JOBS[0]} is on the phone, and keeps running there"
_TO_FOLLOW = f"to follow and fetch it: --resume {JOBS[0]}"
_HERE = "the results are here"
_NOTHING = "nothing was started on the phone"
_MOMENTS = {  # of a call of adb: what must be said, and whether the job can be fetched then
    r"^devices": (_NOTHING, False),
    r"pm path": (_NOTHING, False),
    r" push ": (_NOTHING, False),
    r"pidof": (_NOTHING, False),
    r" am start": (f"may have started on the phone; {_TO_FOLLOW}", True),
    r"progress\.json": (_GOES_ON, True),
    r"/0\.json": (f"is finished and still on the phone; to fetch it: --resume {JOBS[0]}", True),
    r" pull ": (f"is finished and still on the phone; to fetch it: --resume {JOBS[0]}", True),
    r"rm -rf /sdcard": (_HERE, False),
    r"rm -f /data/local/tmp/pocketseg/\w+\.zip;": (_HERE, False),
}


@pytest.fixture
def phone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePhone]:
    monkeypatch.setattr("pocketseg.devices.measuring.secrets.token_hex", lambda n: JOBS[0])
    monkeypatch.setattr("pocketseg.devices.following.time.sleep", lambda s: None)
    made = FakePhone(tmp_path / "phone")
    with made.in_process():
        yield made


def _interrupted(*_: Any, **__: Any) -> NoReturn:
    raise KeyboardInterrupt


def _told(answer: Answer) -> str:
    """Return what was said after the word that it was interrupted."""
    assert answer.code == 130, answer
    _, said, after = answer.err.partition("error: interrupted\n")
    assert said
    return after.strip()


@pytest.mark.parametrize("when", _MOMENTS)
def test_an_interrupt_says_what_the_phone_goes_on_with(
    when: str, phone: FakePhone, pocketseg: Call, tmp_path: Path
) -> None:
    zip_path, bundle = bundle_in(tmp_path)
    phone.app(JOBS[0], bundle, *steps(JOBS[0], bundle))
    says, fetched_by_resuming = _MOMENTS[when]
    phone.fault(when, "interrupt")
    run = ("device", "run", zip_path, "--on", "android", "--clean")
    told = _told(pocketseg(*run))
    assert says in told
    assert told.count("--resume") == (1 if fetched_by_resuming else 0), told
    assert ("the same command" in told) == (says is _NOTHING), told
    if when == " am start":
        (phone.folder / "app" / JOBS[0] / "started").touch()
    if fetched_by_resuming:
        again = pocketseg(*run, "--resume", JOBS[0])
        assert again.code == 0 and "2 of 2 records" in again.out, again.err
    elif says is _HERE:
        assert (tmp_path / "bundle-results" / "1.json").is_file()
    else:
        assert not [line for line in phone.lines() if line.startswith("am ")]


@pytest.mark.usefixtures("phone")
def test_an_interrupt_while_a_bundle_is_looked_at_started_nothing(
    pocketseg: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pocketseg.devices.measuring.checked_bundle", _interrupted)
    assert _NOTHING in _told(pocketseg("device", "run", tmp_path / "b.zip", "--on", "android"))


@pytest.mark.parametrize(
    ("when", "says"),
    [
        (r"progress\.json", "nothing was fetched, and the job stays"),
        (r" pull ", "nothing was fetched, and the job stays"),
        (r"rm -rf", _HERE),
    ],
)
def test_an_interrupted_pull_leaves_the_job_or_has_it(
    when: str, says: str, phone: FakePhone, pocketseg: Call, tmp_path: Path
) -> None:
    _, bundle = bundle_in(tmp_path)
    phone.app(JOBS[0], bundle, {k: v for step in steps(JOBS[0], bundle) for k, v in step.items()})
    (phone.folder / "app" / JOBS[0] / "started").touch()
    phone.fault(when, "interrupt")
    out = tmp_path / "out"
    assert says in _told(pocketseg("device", "pull", JOBS[0], "--on", "android", "--out", out))
    assert out.exists() == (says is _HERE)


@pytest.mark.parametrize(
    ("command", "function", "says"),
    [
        (("bundle", "x.tflite", "--out", "b"), "bundle", "nothing is kept"),
        (("replay", "b.zip", "--out", "mine"), "replay", "the runs whose records are in mine are kept"),
        (("import", "r", "--bundle", "b.zip", "--out", "t"), "import_records", "what was finished is kept"),
    ],
)
def test_each_command_says_of_itself_what_is_kept(
    command: tuple[str, ...], function: str, says: str, pocketseg: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"pocketseg.api.{function}", _interrupted)
    assert _told(pocketseg("device", *command)).startswith(says)


def test_an_interrupted_benchmark_on_a_phone_is_gone_on_with(
    phone: FakePhone, pocketseg: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bundled(files: object, folder: Path, **_: object) -> None:
        folder.parent.mkdir(exist_ok=True)
        bundle_in(folder.parent)

    _, bundle = bundle_in(tmp_path)
    phone.app(JOBS[0], bundle, *steps(JOBS[0], bundle))
    benchmark = ("benchmark", "x.tflite", "--on", "android", "--out", tmp_path / "table")
    monkeypatch.setattr("pocketseg.api._device._check_files", lambda *_: None)
    monkeypatch.setattr("pocketseg.api._device.bundle", _interrupted)
    assert _NOTHING in _told(pocketseg(*benchmark))
    monkeypatch.setattr("pocketseg.api._device.bundle", bundled)
    phone.fault(r"progress\.json", "interrupt", after=1)
    told = _told(pocketseg(*benchmark))
    assert _GOES_ON in told and told.count("--resume") == 1
    monkeypatch.setattr("pocketseg.api._device.import_records", _interrupted)
    results = tmp_path / "table" / "results"
    assert f"the phone's results are in {results}" in _told(pocketseg(*benchmark, "--resume", JOBS[0]))
    assert (results / "1.json").is_file()


def test_whoever_is_further_in_says_what_is_kept() -> None:
    with pytest.raises(Interrupted, match="inner") as met, when_interrupted("outer"), when_interrupted("inner"):
        _interrupted()
    assert isinstance(met.value, KeyboardInterrupt)
    with pytest.raises(ValueError, match="of its own"), when_interrupted("outer"):
        raise ValueError("of its own")
