"""An iPhone that is a folder, behind a stand-in for `xcrun devicectl`: for tests without a Mac, and for faults."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import _fake_xcrun_program
from _fake_xcrun_program import APP

from pocketseg.devices._call import Answer

UDID = "00008130-000A1B2C3D4E5F60"
IDENTIFIER = "AAAAAAAA-1111-4222-8333-BBBBBBBBBBBB"


def device(**changes: Mapping[str, Any] | str) -> dict[str, Any]:
    """Return a phone as devicectl lists it, with changes to its tables."""
    made: dict[str, Any] = {
        "identifier": IDENTIFIER,
        "connectionProperties": {"pairingState": "paired", "transportType": "wired", "tunnelState": "disconnected"},
        "deviceProperties": {
            "bootState": "booted", "developerModeStatus": "enabled", "name": "Anna's iPhone", "osVersionNumber": "17.5",
        },
        "hardwareProperties": {
            "deviceType": "iPhone", "marketingName": "iPhone 15", "platform": "iOS", "productType": "iPhone15,4",
            "reality": "physical", "udid": UDID,
        },
        "visibilityClass": "default",
    }  # fmt: skip
    for name, value in changes.items():
        made[name] = {**made[name], **value} if isinstance(value, Mapping) else value
    return made


class FakeIphone:
    """The phone, and `xcrun` in front of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.container = folder / "container"
        (self.container / "Documents").mkdir(parents=True)
        (folder / "steps").mkdir()
        (folder / "faults.json").write_text("[]")
        (folder / "calls.jsonl").write_text("")
        self.install()
        self.plug_in()
        program, before = Path(__file__).with_name("_fake_xcrun_program.py"), folder / "path"
        before.mkdir()
        (before / "xcrun").write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -I "{program}" "{folder}" "$@"\n')
        (before / "xcrun").chmod(0o755)
        self.path = f"{before}{os.pathsep}{os.environ['PATH']}"  # the PATH on which xcrun is found

    @contextmanager
    def in_process(self) -> Iterator[None]:
        """Replace calls of the program by calls of the stand-in: some ten times faster."""

        def call(arguments: Sequence[str], *, timeout_s: float, most_bytes: int) -> Answer:
            said = _fake_xcrun_program.answer(self.folder, list(arguments[1:]))
            return Answer(code=said.code, out=said.out, err=said.err.decode())

        with mock.patch("pocketseg.devices.devicectl.call", call), mock.patch.dict("os.environ", {"PATH": self.path}):
            yield

    def lists(self, *devices: Mapping[str, Any]) -> None:
        """Make devicectl list these from now on."""
        (self.folder / "devices.json").write_text(json.dumps(devices))

    def plug_in(self) -> None:
        """Plug the phone in, with no faults."""
        self.lists(device())

    def install(self, app: str = APP) -> None:
        """Install the app."""
        about = {"bundleIdentifier": app, "version": "0.7.0", "bundleVersion": "7", "name": "PocketSeg Harness"}
        (self.folder / "app.json").write_text(json.dumps(about))

    def lock(self) -> None:
        """Lock the phone."""
        (self.folder / "locked").touch()

    def unlock(self) -> None:
        """Unlock it."""
        (self.folder / "locked").unlink()

    def fault(self, when: str, do: str, *, times: int = 1, after: int = 0, **more: Any) -> None:
        """Make calls that match `when` meet a fault: `times` of them, after `after` that succeed."""
        path = self.folder / "faults.json"
        fault = {"when": when, "do": do, "times": times, "after": after, **more}
        path.write_text(json.dumps([*json.loads(path.read_text()), fault]))

    def calls(self, *words: str) -> list[list[str]]:
        """Return the arguments of all calls so far that begin with these words."""
        found = [json.loads(line)[1:] for line in (self.folder / "calls.jsonl").read_text().splitlines()]
        return [call for call in found if call[: len(words)] == list(words)]

    def job_folder(self, job: str) -> Path:
        """Return the path where the app leaves a job's results."""
        return self.container / "Documents" / "jobs" / job

    def pushed(self) -> dict[str, bytes]:
        """Return the bundles that are on the phone."""
        return {path.name: path.read_bytes() for path in self.container.glob("Documents/pushed/*")}

    def forget_app(self, job: str) -> None:
        """Make the app do nothing on this job."""
        shutil.rmtree(self.folder / "steps" / job, ignore_errors=True)
        (self.folder / "steps" / job).mkdir()

    def app(self, job: str, *steps: Mapping[str, bytes]) -> None:
        """Make the app, once it is started on this job, advance by one step at each read of its progress.json."""
        began = len(list((self.folder / "steps" / job).glob("*[0-9]")))
        for number, files in enumerate(steps, began):
            for name, data in files.items():
                path = self.folder / "steps" / job / f"{number:03}" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
