"""`pocketseg doctor`: every target, runtime and program, how to get what is missing, what spoils a measurement now."""

from __future__ import annotations

import dataclasses
import errno
import getpass
import importlib.metadata
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from _commands import Call

import export
import models
from benchmark import bursts, runtimes
from benchmark.bursts import Burst
from benchmark.watch import Passed
from benchmark.yardstick import Reading
from pocketseg import api
from pocketseg.api import Checkup, Finding, Status
from pocketseg.api._checkup import parts, present, programs
from pocketseg.core.cache import Cache
from pocketseg.core.installation import complete_environment

GROUPS = ("installed", "export", "run", "score", "extras", "drive", "present")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for a moment, and read a made-up yardstick."""
    monkeypatch.setattr(present, "_LOOK_S", 0.02)
    speed(monkeypatch, 0.6, 0.7)


def speed(monkeypatch: pytest.MonkeyPatch, integer_ms: float, memory_ms: float, others_cores: float = 0.0) -> None:
    readings = tuple(Reading(integer_ms=integer_ms * s, memory_ms=memory_ms * s) for s in (1.0, 1.02, 1.05))
    monkeypatch.setattr(bursts, "take", lambda: Burst(readings=readings, others_cores=others_cores, stolen=0.0))


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Take distributions for not installed."""
    versions = parts.versions

    def take_out(*names: str) -> None:
        monkeypatch.setattr(
            parts, "versions", lambda asked: {n: "absent" if n in names else v for n, v in versions(asked).items()}
        )

    return take_out


def _named(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


# ---- the whole of it -------------------------------------------------------------------------------------------------


def test_every_target_runtime_network_and_program_is_named(pocketseg: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    answer = pocketseg("doctor")
    words = set(answer.out.replace(",", " ").replace("(", " ").split())
    wanted = {*export.targets(), *runtimes.names(), *models.released(), *parts.EXTRAS}
    assert not wanted - words and not {p.name for p in programs.PROGRAMS} - words
    assert "Android SDK" in answer.out and "Traceback" not in answer.err
    assert answer.code in (0, 1)


def test_it_fits_a_terminal_of_80_columns_on_one_page(pocketseg: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = pocketseg("doctor").out.splitlines()
    assert max(map(len, lines)) <= 80
    assert 15 < len(lines) <= 50 and lines == [line.rstrip() for line in lines]
    assert lines[-1].strip(), "it ends in a sentence on how it stands"


def test_json_holds_all_of_it_and_the_same_exit_code(pocketseg: Call) -> None:
    answer = pocketseg("doctor", "--json")
    said = json.loads(answer.out)
    assert set(said) == {"ready", *(field.name for field in dataclasses.fields(Checkup))}
    assert answer.code == (0 if said["ready"] else 1)
    assert {f["name"] for f in said["export"]} == set(export.targets())
    assert {f["name"] for f in said["run"]} == set(runtimes.names())
    for group in GROUPS:
        for finding in said[group]:
            assert set(finding) == {"name", "status", "said", "remedy"}
            assert finding["status"] in list(Status)
    assert said["best"]["integer_ms"] == 0.6 and said["best"]["reached_at"].endswith("Z")


def test_nothing_that_is_wrong_is_left_without_what_to_do(tmp_path: Path, without: Callable[..., None]) -> None:
    without("optuna", "distributed", "pillow-heif", "coremltools", "torch")
    found = api.doctor(cache_dir=tmp_path)
    for group in ("installed", "export", "score", "extras", "drive"):
        for finding in getattr(found, group):
            assert bool(finding.remedy) == (finding.status in (Status.MISSING, Status.OPTIONAL, Status.DOUBT)), finding


def test_no_host_user_or_address_is_in_it(pocketseg: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    found = json.loads(pocketseg("doctor", "--json").out)
    found["installed"] = [f for f in found["installed"] if f["name"] != "cache"]  # a folder may bear a user's name
    found["drive"] = [f for f in found["drive"] if f["name"] != "Android SDK"]
    found["present"] = [f for f in found["present"] if f["name"] != "other programs"]
    text = json.dumps(found)
    words = set(text.replace('"', " ").replace(",", " ").split())
    assert socket.gethostname() not in words and getpass.getuser() not in words
    addresses = [a.address for each in psutil.net_if_addrs().values() for a in each]
    assert not [address for address in addresses if address in text]


def test_the_next_checkup_knows_the_speed_and_says_when_it_is_far_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "speed now" in _named(api.doctor(cache_dir=tmp_path).present)
    speed(monkeypatch, 0.9, 1.4)
    found = api.doctor(cache_dir=tmp_path)
    assert found.best is not None and found.best["integer_ms"] == 0.6, "the best stays what it was"
    slow = _named(found.present)["speed now"]
    assert slow.status is Status.DOUBT and "near the best in 0% of readings" in slow.said and "--wait" in slow.remedy
    assert "cache --clean yardstick` forgets the best" in slow.remedy, "exports and rows stay"


def test_a_speed_that_cannot_be_found_now_is_a_doubt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    speed(monkeypatch, 0.6, 0.7, others_cores=1.5)
    found = api.doctor(cache_dir=tmp_path)
    best = _named(found.present)["best speed"]
    assert found.best is None and best.status is Status.DOUBT and "1.50 cores" in best.said
    assert found.is_ready == api.doctor(cache_dir=tmp_path).is_ready, "a doubt is nothing that is missing"


def test_a_yardstick_that_fails_is_said_and_the_rest_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pocketseg.core.errors import RuntimeFailedError

    def fails() -> Burst:
        raise RuntimeFailedError("the yardstick's process failed: why")

    monkeypatch.setattr(bursts, "take", fails)
    found = api.doctor(cache_dir=tmp_path)
    assert "process failed: why" in _named(found.present)["best speed"].said and len(found.export) > 0


@pytest.mark.slow
def test_it_takes_less_than_fifteen_seconds_in_a_process_of_its_own(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pocketseg", "--cache-dir", str(tmp_path), "doctor", "--json"]
    started = time.monotonic()
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode in (0, 1) and json.loads(done.stdout)["present"], done.stderr
    assert time.monotonic() - started < 15


# ---- what it can -----------------------------------------------------------------------------------------------------


def test_a_package_that_is_missing_is_named_where_it_is_wanted_and_the_status_is_1(
    pocketseg: Call, without: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    without("litert-torch")
    answer = pocketseg("doctor")
    assert answer.code == 1 and "not installed: litert-torch" in answer.out and complete_environment() in answer.out
    assert "Missing: tflite." in answer.out


def test_packages_of_extras_are_not_missed_by_targets(without: Callable[..., None]) -> None:
    without("onnx2tf", "tensorflow")
    assert _named(tuple(parts.exports()))["tflite"].status is Status.OK
    second = _named(tuple(parts.extras()))["onnx2tf"]
    assert second.status is Status.OPTIONAL and "setup-onnx2tf" in second.remedy


def test_every_extra_that_it_explains_is_one_of_the_package() -> None:
    assert set(parts.EXTRAS) == {extra for _, extra, _ in parts._requirements()} - {"", "dev"}


@pytest.mark.parametrize("is_known", [True, False])
def test_what_an_installed_wheel_requires_is_read_from_it(is_known: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def requires(name: str) -> list[str]:
        if not is_known:
            raise importlib.metadata.PackageNotFoundError(name)
        return ["torch==2.13.0", 'optuna==5.0.0; extra == "tune"']

    monkeypatch.setattr(parts, "in_checkout", lambda: False)
    monkeypatch.setattr(importlib.metadata, "requires", requires)
    assert parts._requirements() == ([("torch", "", "==2.13.0"), ("optuna", "tune", "==5.0.0")] if is_known else [])
    assert len(tuple(parts.extras())) == len(parts.EXTRAS) and len(tuple(parts.exports())) == len(export.targets())


def test_a_runtime_says_its_own_refusal(without: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtimes.runtime("ort"), "refusal", lambda: "the Python package onnxruntime is not installed")
    without("onnxruntime")
    found = _named(tuple(parts.runs()))["ort"]
    assert found.status is Status.MISSING and found.said == "the Python package onnxruntime is not installed"
    without()
    assert _named(tuple(parts.runs()))["ort"].status is Status.ELSEWHERE, "all is installed: it is the system's"


def test_an_evaluator_is_not_taken_for_a_device() -> None:
    (evaluator,) = [name for name in runtimes.names() if getattr(runtimes.runtime(name), "LABEL", "")] or [""]
    if not evaluator:
        pytest.skip("a Mac runs Core ML itself")
    assert "not a device" in _named(tuple(parts.runs()))[evaluator].said


def test_torch_says_which_build_it_is_without_being_imported(tmp_path: Path) -> None:
    code = "import sys; from pocketseg.api._checkup import parts; print(parts._torch().said, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ("CPU build" in done.stdout or "CUDA" in done.stdout) and done.stdout.split()[-1] == "False"


def test_a_user_without_a_home_gets_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pocketseg.api import _doctor

    monkeypatch.setattr(_doctor, "_cache", lambda folder: None)
    found = api.doctor()
    cache = _named(found.installed)["cache"]
    assert cache.status is Status.MISSING and "--cache-dir" in cache.remedy and not found.is_ready
    assert found.best is not None and found.best["reached_at"] is None, "known for this run alone"


def test_a_cache_that_cannot_be_written_is_missing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    found = _named(tuple(parts.installed(Cache(tmp_path / "file"))))["cache"]
    assert found.status is Status.MISSING and "cannot be written" in found.said
    there = _named(tuple(parts.installed(Cache(tmp_path / "not/made/yet"))))
    assert there["cache"].status is Status.OK and "0 results" in there["cache"].said
    assert list(tmp_path.iterdir()) == [tmp_path / "file"], "a checkup makes no folder"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a system without /proc")
def test_a_folder_that_takes_no_files_whatever_its_permissions_cannot_be_written() -> None:
    found = _named(tuple(parts.installed(Cache(Path("/proc/nowhere")))))
    assert found["cache"].status is Status.MISSING and found["cache"].said == "/proc/nowhere cannot be written"
    assert "--cache-dir" in found["cache"].remedy and "disk" not in found, "there is no room where nothing can be"


def test_a_kind_of_results_that_cannot_be_written_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rows").mkdir()
    temporary = tempfile.TemporaryFile

    def opens(*, dir: Path) -> Any:
        if dir.name == "rows":
            raise PermissionError(errno.EACCES, "Permission denied", str(dir))
        return temporary(dir=dir)

    monkeypatch.setattr(tempfile, "TemporaryFile", opens)
    assert _named(tuple(parts.installed(Cache(tmp_path))))["cache"].status is Status.MISSING


# ---- programs --------------------------------------------------------------------------------------------------------


def _script(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def test_programs_are_found_with_their_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _script(tmp_path, "adb", 'test "$*" = --version && echo "Android Debug Bridge version 1.0.41, in /home/ann"')
    _script(tmp_path, "node", "echo v22.1.0")
    _script(tmp_path, "java", "exit 3")
    _script(tmp_path, "firefox", "echo Mozilla Firefox 130.0 >&2")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    found = _named(tuple(programs.drives()))
    assert (found["adb"].said, found["node"].said, found["java"].said) == ("1.0.41", "22.1.0", "found")
    assert "firefox 130.0" in found["browser"].said and found["browser"].status is Status.OK


def test_programs_that_are_not_there_say_how_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = tuple(programs.drives())
    assert {f.status for f in found} <= {Status.OPTIONAL, Status.ELSEWHERE, Status.OK}
    assert "apt install adb" in _named(found)["adb"].remedy


def test_a_program_that_hangs_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_ANSWER_S", 0.2)
    _script(tmp_path, "adb", "exec sleep 30")
    started = time.monotonic()
    assert programs.version(str(tmp_path / "adb")) == "" and time.monotonic() - started < 5


def test_an_iphone_takes_a_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs.platform, "system", lambda: "Linux")
    assert _named(tuple(programs.drives()))["devicectl"].status is Status.ELSEWHERE


def test_the_android_sdk_is_looked_for_where_the_environment_says(tmp_path: Path) -> None:
    for name in ("android-9", "android-35"):
        (tmp_path / "sdk/platforms" / name).mkdir(parents=True)
    found = programs.android_sdk({"ANDROID_HOME": str(tmp_path / "sdk")})
    assert found.status is Status.OK and found.said.startswith("android-35, in ")
    missing = programs.android_sdk({"ANDROID_SDK_ROOT": str(tmp_path), "HOME": str(tmp_path)})
    assert missing.status is Status.OPTIONAL and "ANDROID_HOME" in missing.remedy


# ---- just now --------------------------------------------------------------------------------------------------------

QUIET: tuple[tuple[Finding, Status], ...] = (
    (present.others(Passed(others_cores=0.05), {"chrome": 0.04}), Status.OK),
    (present.stolen(Passed(stolen=0.001)), Status.OK),
    (present.swapping(0), Status.OK),
    (present.power("mains"), Status.OK),
    (present.heat(""), Status.OK),
    (present.frequency(0.97, "performance"), Status.OK),
    (present.others(Passed(), {}), Status.UNKNOWN),
    (present.stolen(Passed()), Status.UNKNOWN),
    (present.swapping(None), Status.UNKNOWN),
    (present.power(None), Status.UNKNOWN),
    (present.heat(None), Status.UNKNOWN),
    (present.frequency(None, ""), Status.UNKNOWN),
)
LOUD = (
    (present.others(Passed(others_cores=1.4), {"chrome": 0.9, "make": 0.4, "sh": 0.01}), "chrome 0.90, make 0.40"),
    (present.stolen(Passed(stolen=0.12)), "12.0%"),
    (present.swapping(64 << 20), "67 MB"),
    (present.power("battery"), "battery"),
    (present.heat("passive"), "passive"),
    (present.frequency(0.5, "powersave"), "50% of the highest, governor powersave"),
)


@pytest.mark.parametrize(("finding", "status"), QUIET)
def test_what_is_well_or_not_said_asks_for_nothing(finding: Finding, status: Status) -> None:
    assert finding.status is status and finding.remedy == ""


@pytest.mark.parametrize(("finding", "said"), LOUD)
def test_what_would_spoil_a_measurement_is_said_with_what_to_do(finding: Finding, said: str) -> None:
    assert finding.status is Status.DOUBT and said in finding.said and finding.remedy
    assert "sh 0.01" not in finding.said, "a program that does next to nothing is not named"


def test_a_busy_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(present, "_LOOK_S", 0.5)
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        name = psutil.Process(busy.pid).name()
        _, names = present._look()
    finally:
        busy.kill()
        busy.wait()
    assert names[name] > 0.1


def test_python_asks_for_nothing_that_the_command_does_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[Any] = []
    found = api.doctor(cache_dir=tmp_path, progress=lambda *now: seen.append(now))
    assert found.is_ready in (True, False) and {what for what, _, _ in seen} >= {"looking for programs"}
