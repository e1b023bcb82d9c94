"""A phone that is a folder, behind a stand-in for `adb`: for tests of faults, also on computers without adb."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import _fake_adb_program
import _records

from pocketseg.core.record import sealed
from pocketseg.devices._call import Answer
from pocketseg.devices._quoting import END

PACKAGE = "dev.pocketseg.harness"
SERIAL = "R58M12ABCDE"
JOBS = ("0" * 31 + "1", "0" * 31 + "2", "0" * 31 + "3")
_STAND_INS = {
    "am": """
if [ "$2" = -W ]; then
  while [ $# -gt 0 ]; do if [ "$1" = job ]; then job=$2; fi; shift; done
  : > "$PHONE/app/$job/started" && printf 'Starting: Intent\\nStatus: ok\\nComplete\\n'
fi""",
    "pm": 'cat "$PHONE/says/pm-$1"',
    "dumpsys": 'cat "$PHONE/says/dumpsys-$1"',
    "getprop": 'cat "$PHONE/says/getprop-$1"',
    "pidof": '[ ! -e "$PHONE/app/dead" ] && echo 1234',
    "content": 'exec "$PHONE/bin/provider" "$3"',
    "provider": 'cat "$PHONE/provider/${1#content://dev.pocketseg.harness.records/}"',
    "date": 'cat "$PHONE/says/date" 2>/dev/null || exec /bin/date "$@"',
    "df": 'cat "$PHONE/says/df" 2>/dev/null || exec /bin/df "$@"',
}
_SAYS = {
    "pm-path": "package:/data/app/~~x==/dev.pocketseg.harness-y==/base.apk\n",
    "dumpsys-package": "  versionCode=7 minSdk=26 targetSdk=34\n    versionName=0.7.0\n",
    "dumpsys-power": "  mWakefulness=Awake\n",
    "dumpsys-window": "  KeyguardServiceDelegate\n    showing=false\n    inputRestricted=false\n",
    "dumpsys-battery": "Current Battery Service state:\n  level: 80\n  temperature: 285\n",
    "dumpsys-activity": """ACTIVITY MANAGER PROCESS EXIT INFO (dumpsys activity exit-info)
  package: dev.pocketseg.harness
    Historical Process Exit for uid=10234
        ApplicationExitInfo #0:
          timestamp=2026-11-29 08:00:02.101 pid=4711 realUid=10234 packageUid=10234 definingUid=10234 user=0
          process=dev.pocketseg.harness:turn reason=1 (EXIT_SELF) subreason=0 (UNKNOWN) status=0
          importance=100 pss=0.00 rss=0.00 description=null state=empty trace=null
        ApplicationExitInfo #1:
          timestamp=2026-11-29 08:00:01.900 pid=4700 realUid=10234 packageUid=10234 definingUid=10234 user=0
          process=dev.pocketseg.harness reason=3 (LOW_MEMORY) subreason=0 (UNKNOWN) status=0
          importance=100 pss=90MB rss=180MB description=null state=empty trace=null
        ApplicationExitInfo #2:
          timestamp=2026-11-29 07:00:01.900 pid=4600 realUid=10234 packageUid=10234 definingUid=10234 user=0
          process=dev.pocketseg.harness reason=4 (APP CRASH(EXCEPTION)) subreason=0 (UNKNOWN) status=0
          importance=100 pss=90MB rss=180MB description=null state=empty trace=null
""",
    "getprop-ro.product.manufacturer": "Maker\n",
    "getprop-ro.product.model": "Model 7\n",
    "getprop-ro.build.version.release": "14\n",
}
MAP_BYTES = (b"PSCM\x01\r\n\n\r", b"PSCM\x01\n\r\n")  # what a repair of line ends would change


class FakePhone:
    """The phone, and `adb` in front of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("bin", "says", "app", "provider", "data/local/tmp", "sdcard"):
            (folder / name).mkdir(parents=True)
        for name, body in _STAND_INS.items():
            self._program(folder / "bin" / name, f"#!/bin/sh\n# a stand-in for Android's {name}\n{body}\n")
        for name, text in _SAYS.items():
            self.says(name, text)
        self.lists(f"{SERIAL}\tdevice usb:1-1 product:p model:Model_7 device:d transport_id:1")
        (folder / "faults.json").write_text("[]")
        (folder / "calls.jsonl").write_text("")
        program = Path(__file__).with_name("_fake_adb_program.py")
        before = folder / "path"
        before.mkdir()
        self._program(before / "adb", f'#!/bin/sh\nexec "{sys.executable}" -S -I "{program}" "{folder}" "$@"\n')
        self.path = f"{before}{os.pathsep}{os.environ['PATH']}"  # the PATH on which adb is found

    @staticmethod
    def _program(path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o755)

    @contextmanager
    def in_process(self) -> Iterator[None]:
        """Replace calls of the program by calls of the stand-in: ten times faster, with a real `sh` for the phone's."""

        def call(arguments: Sequence[str], *, timeout_s: float, most_bytes: int) -> Answer:
            said = _fake_adb_program.answer(self.folder, list(arguments[1:]))
            return Answer(code=said.code, out=said.out, err=said.err.decode())

        with mock.patch("pocketseg.devices.adb.call", call), mock.patch.dict("os.environ", {"PATH": self.path}):
            yield

    def says(self, name: str, text: str) -> None:
        """Make a stand-in print this from now on."""
        (self.folder / "says" / name).write_text(text)

    def unsays(self, name: str) -> None:
        """Make a stand-in print its default output again."""
        (self.folder / "says" / name).unlink()

    def lists(self, *lines: str) -> None:
        """Make `adb devices` list these from now on."""
        (self.folder / "devices.txt").write_text("\n".join(["List of devices attached", *lines, "", ""]))

    def plug_in(self) -> None:
        """Plug the phone in again."""
        self.lists(f"{SERIAL}\tdevice usb:1-1 product:p model:Model_7 device:d transport_id:2")

    def fault(self, when: str, do: str, *, times: int = 1, after: int = 0, **more: Any) -> None:
        """Make calls that match `when` meet a fault: `times` of them, after `after` that succeed."""
        path = self.folder / "faults.json"
        fault = {"when": when, "do": do, "times": times, "after": after, **more}
        path.write_text(json.dumps([*json.loads(path.read_text()), fault]))

    def calls(self) -> list[list[str]]:
        """Return the arguments of all calls of adb so far."""
        return [json.loads(line) for line in (self.folder / "calls.jsonl").read_text().splitlines()]

    def lines(self) -> list[str]:
        """Return the lines that reached the phone's shell so far."""
        return [call[4].removesuffix(END) for call in self.calls() if call[2:3] == ["shell"]]

    def on_phone(self, name: str) -> Path:
        """Return the path of a file of the phone."""
        return self.folder / name.lstrip("/")

    def job_folder(self, job: str) -> Path:
        """Return the path where the app leaves a job's results."""
        return self.on_phone(f"/sdcard/Android/media/{PACKAGE}/jobs/{job}")

    def put(self, job: str, name: str, data: bytes) -> None:
        """Put a file among a job's results."""
        (self.job_folder(job) / name).write_bytes(data)

    def closed(self, job: str, made: Sequence[Mapping[str, bytes]]) -> None:
        """Close the app's media folder to the shell: the app's files then come only from its provider."""
        self.fault(r"cat /sdcard/.*progress\.json", "say", times=2, err="cat: x: Permission denied", code=1)
        for files in made:
            for name, data in files.items():
                path = self.folder / "provider" / job / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
        self.fault("cat /sdcard/| pull |stat -c '%s %F'", "say", times=-1, err="x: Permission denied", code=1)

    def forget_app(self, job: str) -> None:
        """Make the app do nothing on this job."""
        shutil.rmtree(self.folder / "app" / job, ignore_errors=True)
        (self.folder / "app" / job).mkdir()

    def app(self, job: str, bundle: str, *steps: Mapping[str, bytes]) -> None:
        """Make the app, once it is started on this job, advance by one step at each read of its progress.json."""
        began = len(list((self.folder / "app" / job).glob("*[0-9]")))
        for number, files in enumerate(steps, began):
            for name, data in files.items():
                path = self.folder / "app" / job / f"{number:03}" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)


def progress(job: str, bundle: str, changes: Mapping[str, Any]) -> bytes:
    """Return the progress.json of a job of two runs, with changes."""
    made = {"schema_version": "1.0", "job": job, "bundle": bundle, "state": "running", "run": 0, "runs": 2,
            "phase": "timing", "reason": None, "at": "2026-11-29T08:00:00Z", **changes}  # fmt: skip
    return json.dumps(made).encode()


def record(job: str, bundle: str, run: int, *hashes: str, version: str = "1.4") -> bytes:
    """Return a sealed record of one run of a job, which refers to these class maps."""
    photo = {"original_sha256": "1" * 64, "bundled_sha256": "2" * 64, "agreement": 0.5}
    photos = [{**photo, "map_sha256": each} for each in hashes]
    made = _records.document(
        place=run, schema_version=version, bundle={"sha256": bundle, "job": job, "run": run, "photos": photos}
    )
    return sealed(made).encode()


@functools.cache
def steps(job: str, bundle: str) -> tuple[dict[str, bytes], ...]:
    """Return what a job of two runs, with a class map each, leaves step by step."""
    names = [hashlib.sha256(data).hexdigest() for data in MAP_BYTES]
    done = [
        {f"{run}.json": record(job, bundle, run, names[run]), f"maps/{names[run]}.runs": MAP_BYTES[run]}
        for run in range(2)
    ]
    return (
        {"progress.json": progress(job, bundle, {"phase": "loading"})},
        {**done[0], "progress.json": progress(job, bundle, {"run": 1})},
        {**done[1], "progress.json": progress(job, bundle, {"state": "finished", "run": 2})},
    )
