"""A stand-in for Apple's `xcrun devicectl`, run by tests/_fake_xcrun.py: a folder is the iPhone, with faults to order.

`program PHONE devicectl WORD...`. It takes its arguments apart as devicectl's help texts say, and answers with JSON of
the form that others published; nobody has held it against a real one. Standard library only, for a quick start.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

APP = "dev.pocketseg.harness"
_FLAGS = ("--quiet", "--terminate-existing")
_CONTAINERS = "file:///private/var/containers/Bundle/Application"
PLACE = f"{_CONTAINERS}/1B2C3D4E-0000-4000-8000-00000000000A/PocketSeg%20Harness.app"
GONE = "Internal logic error: Connection was invalidated"


@dataclass
class Said:
    """What xcrun printed, and its exit code."""

    code: int = 0
    out: bytes = b""
    err: bytes = b""


class FailedError(Exception):
    """An error that devicectl reports."""


def answer(phone: Path, arguments: list[str]) -> Said:
    """Do what `xcrun devicectl` does with these arguments, or what a fault turns it into."""
    with (phone / "calls.jsonl").open("a") as log:
        log.write(json.dumps(arguments) + "\n")
    assert arguments[0] == "devicectl", arguments
    fault = taken_fault(phone, " ".join(arguments))
    do = fault.get("do", "")
    if do == "fail":  # before devicectl begins
        return Said(int(fault.get("code", 72)), err=fault["err"].encode())
    if do == "interrupt":  # whoever called it is, in a test within the same process
        raise KeyboardInterrupt
    if do == "hang":
        time.sleep(60)
    words, options, passed = taken_apart(arguments[1:])
    file = Path(options.pop("--json-output"))
    assert int(options.pop("--timeout")) > 0
    info: dict[str, Any] = {
        "arguments": arguments, "commandType": ".".join(("devicectl", *words)), "environment": {}, "jsonVersion": 2,
        "outcome": "success", "version": "397.28", **fault.get("info", {}),
    }  # fmt: skip
    try:
        if do == "error":
            raise FailedError(fault["text"])
        if do == "vanish" and not fault.get("half"):
            raise gone(phone)
        told: dict[str, Any] = {"info": info, "result": done(phone, words, options, passed, do)}
        if do == "vanish":
            raise gone(phone)
    except FailedError as error:
        below = {"code": 3, "domain": "x", "userInfo": {"NSLocalizedFailureReason": {"string": str(error)}}}
        about = {"NSLocalizedDescription": {"string": "The operation failed."}, "NSUnderlyingError": {"error": below}}
        told = {
            "error": {"code": 1, "domain": "com.apple.dt.CoreDeviceError", "userInfo": about},
            "info": {**info, "outcome": "failed"},
        }
    told = {**told, **fault.get("told", {})}
    data = json.dumps(told).encode()
    file.write_bytes(data[: len(data) // 2] if do == "half an answer" else data)
    return Said(0 if "error" not in told else 1, err=b"ERROR: it failed\n" if "error" in told else b"")


def gone(phone: Path) -> FailedError:
    """Unplug the phone, and report it as devicectl does."""
    (phone / "devices.json").write_text("[]")
    return FailedError(GONE)


def taken_apart(arguments: list[str]) -> tuple[list[str], dict[str, str], list[str]]:
    """Return the command's words, its options, and the arguments for the app."""
    words = []
    while arguments and not arguments[0].startswith("-"):
        words.append(arguments.pop(0))
    options: dict[str, str] = {}
    while arguments and arguments[0].startswith("-"):
        name = arguments.pop(0)
        options[name] = "" if name in _FLAGS else arguments.pop(0)
    assert not arguments or words[-1] == "launch", f"{words} takes no arguments: {arguments}"
    return words, options, arguments


def taken_fault(phone: Path, joined: str) -> dict[str, Any]:
    """Return the fault that this call meets, and count it down."""
    path = phone / "faults.json"
    faults: list[dict[str, Any]] = json.loads(path.read_text())
    for fault in faults:
        if fault["times"] and re.search(fault["when"], joined, re.S):
            waits = fault["after"] > 0
            fault["after" if waits else "times"] -= 1
            path.write_text(json.dumps(faults))
            return {} if waits else fault
    return {}


def done(phone: Path, words: list[str], options: dict[str, str], passed: list[str], do: str) -> dict[str, Any]:
    """Do a command; return its result."""
    devices = json.loads((phone / "devices.json").read_text())
    if words == ["list", "devices"]:
        return {"devices": devices}
    named = options["--device"]
    if named not in [device.get("identifier") for device in devices]:
        raise FailedError(f"The specified device was not found. (Name: {named})")
    if words[:2] == ["device", "info"]:
        return info(phone, words[2], options)
    if words == ["device", "process", "launch"]:
        return launched(phone, passed)
    assert words[:2] == ["device", "copy"], words
    place = domain(phone, options)
    if words[2] == "to":
        return pushed(Path(options["--source"]), place / options["--destination"], options, do)
    return pulled(phone, place, options["--source"], Path(options["--destination"]), do)


def app_of(phone: Path) -> dict[str, str] | None:
    path = phone / "app.json"
    return json.loads(path.read_text()) if path.exists() else None


def domain(phone: Path, options: dict[str, str]) -> Path:
    app = app_of(phone)
    assert options["--domain-type"] == "appDataContainer"
    if app is None or options["--domain-identifier"] != app["bundleIdentifier"]:
        raise FailedError(f"{options['--domain-identifier']} is not installed")
    return phone / "container"


def info(phone: Path, what: str, options: dict[str, str]) -> dict[str, Any]:
    """Return the phone's answer to a question."""
    if what == "lockState":
        return {"passcodeRequired": (phone / "locked").exists(), "unlockedSinceBoot": True}
    if what == "apps":
        app = app_of(phone)
        asked = options["--bundle-id"]
        return {"apps": [{**app, "url": f"{PLACE}/"}] if app and app["bundleIdentifier"] == asked else []}
    if what == "processes":
        running = [{"executable": "file:///sbin/launchd", "processIdentifier": 1}]
        running.append({"executable": f"{PLACE}/PlugIns/Share.appex/Share", "processIdentifier": 70})
        if (phone / "alive").exists():
            running.append({"executable": f"{PLACE}/PocketSeg%20Harness", "processIdentifier": 71})
        return {"runningProcesses": running}
    assert what == "files", what
    folder = domain(phone, options) / options["--subdirectory"]
    if not folder.is_dir():
        raise FailedError("The folder does not exist.")
    rows = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        resources = {"isDirectory": path.is_dir(), "isSymbolicLink": False}
        rows.append({"name": path.name, "relativePath": name, "resources": resources,
                     "metadata": {"size": path.stat().st_size, "lastModDate": "2026-11-29T08:00:00Z"}})  # fmt: skip
    return {"files": rows, "domain": "appDataContainer"}


def launched(phone: Path, passed: list[str]) -> dict[str, Any]:
    """Start the app, where it is installed and unlocked."""
    app = app_of(phone)
    if app is None or passed[0] != app["bundleIdentifier"]:
        raise FailedError(f"The requested application {passed[0]} is not installed.")
    if (phone / "locked").exists():
        raise FailedError('denied by service delegate (SBMainWorkspace) for reason: Locked ("could not be, unlocked")')
    assert passed[1] == "--bundle" and passed[3] == "--job" and len(passed) == 5, passed
    (phone / "steps" / passed[4]).mkdir(parents=True, exist_ok=True)
    (phone / "steps" / passed[4] / "started").touch()
    (phone / "alive").touch()
    return {"process": {"processIdentifier": 71, "executable": f"{PLACE}/x"}}


def pushed(source: Path, to: Path, options: dict[str, str], do: str) -> dict[str, Any]:
    to.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        if options.get("--remove-existing-content") == "true":
            shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(source, to, dirs_exist_ok=True)
        return {}
    data = source.read_bytes()
    to.write_bytes(data[: len(data) // 2] if do in ("cut", "full", "vanish") else data)
    if do == "full":
        raise FailedError("No space left on device")
    return {}


def pulled(phone: Path, place: Path, name: str, to: Path, do: str) -> dict[str, Any]:
    if found := re.fullmatch(r"Documents/jobs/([0-9a-f]{32})/progress\.json", name):
        come_on(phone, found[1])
    source = place / name
    if not source.exists():
        raise FailedError("The file “progress.json” couldn’t be opened because there is no such file.")
    if source.is_dir():
        assert to.is_dir(), "a folder is copied into one that is there"
        shutil.copytree(source, to / source.name)
        for number, path in enumerate(sorted(p for p in (to / source.name).rglob("*") if p.is_file())):
            if do == "cut" and path.suffix == ".runs":
                path.write_bytes(path.read_bytes()[:-1])
            if do == "cut records" and path.name == "0.json":
                path.write_bytes(path.read_bytes()[:-9])
            if do in ("fewer", "vanish") and number % 2:
                path.unlink()
        return {}
    assert not to.exists(), "devicectl copies over nothing"
    data = source.read_bytes()
    to.write_bytes(data[: len(data) // 2] if do in ("cut", "vanish") else data)
    return {}


def come_on(phone: Path, job: str) -> None:
    """Advance the app by one step, where it runs: a folder of files that it now has; one with ENDS ends it."""
    if not (phone / "steps" / job / "started").exists() or not (phone / "alive").exists():
        return
    steps = sorted(p for p in (phone / "steps" / job).iterdir() if p.name.isdigit())
    if not steps:
        return
    to = phone / "container" / "Documents" / "jobs" / job
    shutil.copytree(steps[0], to, dirs_exist_ok=True)
    if (to / "ENDS").exists():
        (to / "ENDS").unlink()
        (phone / "alive").unlink()
    steps[0].rename(steps[0].with_name(f"done-{steps[0].name}"))


if __name__ == "__main__":
    final = answer(Path(sys.argv[1]), sys.argv[2:])
    sys.stdout.buffer.write(final.out)
    sys.stderr.buffer.write(final.err)
    sys.exit(final.code)
