"""A bundle runs on an iPhone by one command: pushed, started, started again, gone on with, pulled, benchmarked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from _adb_faults import bundle_in
from _commands import Answer, Call
from _fake_adb import JOBS, progress, steps
from _fake_xcrun import IDENTIFIER, UDID, FakeIphone
from _ios_faults import ENDS, plan

from pocketseg.core.errors import DeviceError, UsageError
from pocketseg.devices import measuring
from pocketseg.devices.job_file import kept_job
from pocketseg.devices.places import Place, place, with_app

JOB = JOBS[0]


@pytest.fixture
def phone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeIphone]:
    monkeypatch.setattr("pocketseg.devices.measuring.secrets.token_hex", lambda n: JOB)
    monkeypatch.setattr("pocketseg.devices.following.time.sleep", lambda s: None)
    monkeypatch.setattr("pocketseg.devices.openable.check_bundle", lambda *_: None)  # the small one has no .mlpackage
    made = FakeIphone(tmp_path / "phone")
    with made.in_process():
        yield made


@pytest.fixture
def run(phone: FakeIphone, pocketseg: Call, tmp_path: Path) -> Call:
    """Run the small bundle on the phone."""
    zip_path, bundle = bundle_in(tmp_path)
    phone.app(JOB, *steps(JOB, bundle))
    return lambda *more: pocketseg("device", "run", zip_path, "--on", "ios", "--out", tmp_path / "out", *more)


def _steps(folder: Path) -> tuple[dict[str, bytes], ...]:
    return steps(JOB, bundle_in(folder)[1])


# ---- run, with the app started again ---------------------------------------------------------------------------------


def test_one_command_runs_a_bundle_on_the_only_iphone(phone: FakeIphone, run: Call, tmp_path: Path) -> None:
    answer = run("--clean")
    assert answer.code == 0, answer.err
    said, following = answer.out.splitlines()
    assert said == f"{tmp_path / 'out'}  2 of 2 records" and following.startswith("next: pocketseg device import ")
    assert f"--resume {JOB}" in answer.err and "Anna's iPhone, iOS 17.5, app 0.7.0" in answer.err
    assert not list(phone.job_folder(JOB).rglob("*.json")), "nothing of the job stays"
    assert set(phone.pushed().values()) == {b""}, "nor a byte of the bundle"
    launched = phone.calls("device", "process", "launch")
    assert len(launched) == 1
    assert launched[0][-5:] == ["dev.pocketseg.harness", "--bundle", bundle_in(tmp_path)[1], "--job", JOB]


def test_an_app_that_ends_is_started_again_with_the_same_job_until_it_is_done(
    phone: FakeIphone, run: Call, tmp_path: Path
) -> None:
    first, second, last = _steps(tmp_path)
    phone.forget_app(JOB)
    again = "to be started again, to measure memory"
    changed = progress(JOB, bundle_in(tmp_path)[1], {"run": 1, "phase": again})
    phone.app(JOB, first, {"progress.json": changed, **ENDS}, {**second, **ENDS}, first, last)
    answer = run()
    assert answer.code == 0, answer.err
    launched = phone.calls("device", "process", "launch")
    assert len(launched) == 3 and len({tuple(call[-5:]) for call in launched}) == 1


@pytest.mark.parametrize("runs", [1, 2, 5])
def test_a_job_that_comes_on_is_started_again_twice_a_run_and_three_times(
    runs: int, phone: FakeIphone, run: Call, tmp_path: Path
) -> None:
    bundle = bundle_in(tmp_path)[1]
    phone.forget_app(JOB)
    said = (progress(JOB, bundle, {"runs": runs, "phase": f"pass {k}"}) for k in range(30))
    phone.app(JOB, *({"progress.json": each, **ENDS} for each in said))
    answer = run()
    assert answer.code == 9 and f"has been restarted {2 * runs + 3} times" in answer.err
    assert len(phone.calls("device", "process", "launch")) == 2 * runs + 4


def test_two_places_at_which_the_app_ends_do_not_add_up(phone: FakeIphone, run: Call, tmp_path: Path) -> None:
    first, second, last = _steps(tmp_path)
    phone.forget_app(JOB)
    phone.app(JOB, *[{**first, **ENDS}] * 3, *[{**second, **ENDS}] * 3, last)
    answer = run()
    assert answer.code == 0, answer.err
    assert len(phone.calls("device", "process", "launch")) == 7


def test_what_runs_is_asked_of_the_phone_by_one_question_a_look(phone: FakeIphone, run: Call, tmp_path: Path) -> None:
    first, _, last = _steps(tmp_path)
    phone.forget_app(JOB)
    phone.app(JOB, *[first] * 6, last)
    assert run().code == 0
    assert len(phone.calls("device", "info", "processes")) >= 5 and len(phone.calls("device", "info", "apps")) == 2


def test_a_look_whose_connection_breaks_is_made_again(phone: FakeIphone, run: Call) -> None:
    phone.fault(r"copy from .*progress", "error", text="RemotePairingError error 4: Connection reset by peer")
    assert run().code == 0


def test_a_job_is_looked_at_seldom_for_each_look_disturbs_the_phone() -> None:
    from pocketseg.devices.kinds import kind_of

    limits = kind_of(place("ios")).limits(100.0)
    assert limits.poll_s >= 10 and limits.first_s > 2 * limits.poll_s and limits.total_s >= 100


def test_a_job_goes_on_where_this_computer_was_interrupted(phone: FakeIphone, run: Call, tmp_path: Path) -> None:
    phone.fault(r"copy from .*progress\.json", "interrupt", after=1)
    answer = run()
    assert answer.code == 130 and f"--resume {JOB}" in answer.err
    (phone.folder / "alive").unlink()  # iOS ended the app meanwhile
    again = run("--resume", JOB)
    assert again.code == 0, again.err
    assert len(phone.calls("device", "process", "launch")) == 2 and len(phone.calls("device", "copy", "to")) == 2
    assert kept_job(tmp_path / "out") is None


def test_a_job_that_is_not_on_the_phone_is_not_waited_for(run: Call) -> None:
    answer = run("--resume", "0" * 32)
    assert answer.code == 9 and f"there is no job {'0' * 32} on the phone" in answer.err
    assert "keeps running there" not in answer.err and "--resume" not in answer.err


@pytest.mark.parametrize(
    ("when", "says"),
    [
        ("list devices", "nothing was started"),
        ("info apps", "nothing was started"),
        ("copy to", "nothing was started"),
        ("process launch", f"may have started on the phone; to follow and fetch it: --resume {JOB}"),
        (r"copy from .*progress", "keeps running there"),
        (r"copy from .*jobs/\w+ ", "is finished and still"),
        ("remove-existing", "the results are here"),
    ],
)  # fmt: skip
def test_an_interrupt_says_what_is_kept(when: str, says: str, phone: FakeIphone, run: Call) -> None:
    phone.fault(when, "interrupt")
    answer = run()
    assert answer.code == 130 and says in answer.err


def test_a_job_of_an_iphone_is_not_gone_on_with_on_android(phone: FakeIphone, run: Call, tmp_path: Path) -> None:
    zip_path, bundle = bundle_in(tmp_path)
    phone.fault("process launch", "vanish")
    assert run().code == 9
    with pytest.raises(DeviceError, match="was started on ios"):
        measuring.resume(
            plan(zip_path, bundle, tmp_path / "out", "android"), JOB, note=lambda _: None, progress=lambda *_: None
        )


def test_what_cannot_be_removed_is_a_note(phone: FakeIphone, run: Call) -> None:
    phone.fault("remove-existing", "error", text="Odd thing")
    answer = run()
    assert answer.code == 0 and "stays on the phone: devicectl failed" in answer.err and "Files app" in answer.err


def test_a_bundle_that_the_app_refuses_is_copied_anew(phone: FakeIphone, run: Call, tmp_path: Path) -> None:
    zip_path, bundle = bundle_in(tmp_path)
    damaged = phone.container / "Documents" / "pushed" / f"{bundle}.zip"
    damaged.parent.mkdir()
    damaged.write_bytes(bytes(zip_path.stat().st_size))
    phone.forget_app(JOB)
    phone.app(JOB, {"progress.json": progress(JOB, bundle, {"state": "refused", "reason": "it is damaged"})})
    assert "refused the job: it is damaged" in run().err
    phone.forget_app(JOB)
    phone.app(JOB, *_steps(tmp_path))
    assert run().code == 0 and damaged.read_bytes() == zip_path.read_bytes()


# ---- push, pull, quoting ---------------------------------------------------------------------------------------------


def test_a_bundle_that_lies_on_the_iphone_is_not_copied_again(
    phone: FakeIphone, pocketseg: Call, tmp_path: Path
) -> None:
    zip_path, bundle = bundle_in(tmp_path)
    first, second = (pocketseg("device", "push", zip_path, "--on", f"ios:{UDID}") for _ in range(2))
    name = f"Documents/pushed/{bundle}.zip"
    assert (first.out, second.out) == (f"{name}  0.0 MiB\n", f"{name}  0.0 MiB, already there\n"), first.err
    assert len(phone.calls("device", "copy", "to")) == 1
    assert pocketseg("device", "push", zip_path, "--on", f"ios:{IDENTIFIER}").code == 0, "devicectl's own name serves"


def test_what_a_running_job_has_finished_can_be_fetched(phone: FakeIphone, pocketseg: Call, tmp_path: Path) -> None:
    for name, data in _steps(tmp_path)[1].items():
        path = phone.job_folder(JOB) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    pull = ("device", "pull", JOB, "--on", "ios", "--out", tmp_path / "out")
    answer = pocketseg(*pull)
    assert answer.out.splitlines()[0].endswith("1 of 2 records; the job is running"), answer.err
    assert (phone.job_folder(JOB) / "0.json").exists()
    assert "was removed" in pocketseg(*pull, "--clean").err
    assert "there is no job" in pocketseg(*pull).err


def test_names_with_blanks_quotes_and_dollars_are_one_argument_each(
    tmp_path: Path, pocketseg: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pocketseg.devices.openable.check_bundle", lambda *_: None)
    folder = tmp_path / "a b;touch pwned $(touch pwned) 'x\"&|"
    folder.mkdir()
    phone = FakeIphone(tmp_path / "phone")
    zip_path, bundle = bundle_in(folder)
    monkeypatch.setenv("PATH", phone.path)  # the program itself, by its arguments
    answer = pocketseg("device", "push", zip_path, "--on", "ios")
    assert answer.code == 0, answer.err
    (call,) = phone.calls("device", "copy", "to")
    assert call[call.index("--source") + 1] == str(zip_path) and phone.pushed() == {
        f"{bundle}.zip": zip_path.read_bytes()
    }
    for serial in ("-d", "../..", f"{UDID}\n", f"{UDID};touch pwned"):
        assert pocketseg("device", "push", zip_path, "--on", f"ios:{serial}").code in (2, 9)
    assert pocketseg("device", "pull", "../x", "--on", "ios", "--out", tmp_path / "o").code == 2
    assert len(phone.calls("device", "copy")) == 1 and not list(tmp_path.rglob("pwned"))


def test_a_devicectl_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pocketseg.devices.devicectl import devicectl

    phone = FakeIphone(tmp_path / "phone")
    monkeypatch.setenv("PATH", phone.path)
    monkeypatch.setattr("pocketseg.devices.devicectl._SPARE_S", 0.0)
    phone.fault("list devices", "hang")
    with pytest.raises(DeviceError, match="did not finish within 1 s"):
        devicectl(["list", "devices"], timeout_s=1.0)


def test_a_connection_that_breaks_once_is_tried_again_where_nothing_changes(phone: FakeIphone, run: Call) -> None:
    for when in ("info apps", "info files", "info processes"):
        phone.fault(when, "error", text="RemotePairingError error 4: Connection reset by peer")
    assert run().code == 0
    assert not [fault for fault in json.loads((phone.folder / "faults.json").read_text()) if fault["times"]]


# ---- the app's bundle id ---------------------------------------------------------------------------------------------


def test_an_app_of_another_bundle_id_is_named(phone: FakeIphone, run: Call) -> None:
    phone.install("org.example.mine")
    answer = run("--app", "org.example.mine")
    assert answer.code == 0, answer.err
    assert all("dev.pocketseg.harness" not in " ".join(call) for call in phone.calls())


def test_an_apps_id_is_refused_where_it_is_none_or_nothing_to_name() -> None:
    iphone = Place(kind="ios", serial=None)
    assert with_app(iphone, "org.Example-2.x") == Place(kind="ios", serial=None, app="org.Example-2.x")
    for odd in ("", "-x", "a b", "a;b", "x" * 200, "ü.x"):
        with pytest.raises(UsageError, match="not the bundle id"):
            with_app(iphone, odd)
    with pytest.raises(UsageError, match="--app is for iPhones"):
        with_app(Place(kind="android", serial=None), "org.example.x")


def _benchmark(pocketseg: Call, tmp_path: Path, *more: object) -> Answer:
    return pocketseg("benchmark", "x.mlpackage", "--on", "ios", "--out", tmp_path / "table", *more)


def test_a_benchmark_on_an_iphone_bundles_runs_and_imports(
    phone: FakeIphone, pocketseg: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[object] = []
    monkeypatch.setattr("pocketseg.api._device._check_files", lambda *_: None)  # there is no x.mlpackage
    monkeypatch.setattr("pocketseg.api._device.bundle", lambda files, folder, **_: bundle_in(tmp_path / "table"))
    monkeypatch.setattr("pocketseg.api._device.import_records", lambda given, *_, **__: taken.extend(given) or [])
    (tmp_path / "table").mkdir()
    phone.app(JOB, *steps(JOB, bundle_in(tmp_path / "table")[1]))
    answer = _benchmark(pocketseg, tmp_path)
    assert answer.code == 0, answer.err
    assert taken == [tmp_path / "table" / "results"]


def test_a_locked_iphone_is_refused_before_any_file_is_bundled(
    phone: FakeIphone, pocketseg: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled: list[object] = []
    monkeypatch.setattr("pocketseg.api._device.bundle", lambda files, *_, **__: bundled.append(files))
    phone.lock()
    assert "the iPhone is locked" in _benchmark(pocketseg, tmp_path).err and not bundled
    assert "--app applies only to a phone" in pocketseg("benchmark", "x.mlpackage", "--app", "org.x").err
