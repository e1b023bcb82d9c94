"""A stand-in for the `adb` program, run by tests/_fake_adb.py: a folder is the phone, and faults are made to order.

`program PHONE ARGUMENT...`. Lines for the phone's shell are run by this computer's `sh`, which takes them apart as the
phone's would; /data/local/tmp and /sdcard in them become folders of PHONE. Standard library only, for a quick start.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FULL = "No space left on device"
BOUND = ("/data/local/tmp", "/sdcard")
UNPLUGGED = "List of devices attached\n\n"


@dataclass
class Said:
    """What adb printed, and its exit code."""

    code: int = 0
    out: bytes = b""
    err: bytes = b""


def answer(phone: Path, arguments: list[str]) -> Said:
    """Do what adb does with these arguments, or what a fault turns it into."""
    joined = " ".join(arguments)
    with (phone / "calls.jsonl").open("a") as log:
        log.write(json.dumps(arguments) + "\n")
    fault = taken_fault(phone, joined)
    do = fault.get("do", "")
    if do == "say":
        ending = f"\nend={fault.get('code', 0)}\n" if "shell" in arguments[2:3] else ""
        return Said(int(fault.get("code", 0)), fault.get("out", "").encode(), (fault.get("err", "") + ending).encode())
    if do == "fail":  # of adb, not of the phone
        return Said(1, err=fault["err"].encode())
    if do == "interrupt":  # whoever called adb is, in a test within the same process
        raise KeyboardInterrupt
    if do == "hang":
        time.sleep(60)
    if do == "flood":
        return Said(out=b"x" * (64 << 20))
    if arguments[:1] == ["devices"]:
        return Said(out=(phone / "devices.txt").read_bytes())
    assert arguments[0] == "-s", f"a call without a serial: {joined}"
    serial, verb, *rest = arguments[1:]
    if serial not in (phone / "devices.txt").read_text():
        return Said(1, err=f"adb: device '{serial}' not found\n".encode())
    if verb == "features":
        return Said(out=b"shell_v2\ncmd\nstat_v2\n")
    said = {"shell": shell, "push": push, "pull": pull, "reverse": reverse}[verb](phone, rest, do)
    if do == "vanish":
        (phone / "devices.txt").write_text(UNPLUGGED)
        return Said(1, err=b"error: closed\n")
    return said


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


def here(phone: Path, name: str) -> str:
    """Return a line or name with the phone's folders replaced by the ones that stand for them."""
    for bound in BOUND:
        name = name.replace(bound, f"{phone}{bound}")
    return name


def shell(phone: Path, rest: list[str], do: str) -> Said:
    assert rest[0] == "-T" and len(rest) == 2, rest
    if do == "vanish":
        return Said(1)
    if found := re.match(r"cat \S*/([0-9a-f]{32})/progress\.json;", rest[1]):
        come_on(phone, found[1])
    environment = {"PATH": f"{phone}/bin:/usr/bin:/bin", "PHONE": str(phone)}
    done = subprocess.run(["sh", "-c", here(phone, rest[1])], check=False, capture_output=True, env=environment)
    out = done.stdout
    if do == "crlf":
        out = out.replace(b"\n", b"\r\n")
    if do in ("half", "cut"):
        out = out[: len(out) // 2]
    if do == "cut":  # adb says nothing of it, and its exit code is 0
        return Said(0, out)
    return Said(done.returncode, out, done.stderr)


def reverse(phone: Path, rest: list[str], do: str) -> Said:
    path = phone / "reversed.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    if rest == ["--list"]:
        return Said(out="".join(f"UsbFfs {line}\n" for line in lines).encode() + b"\n")
    if rest[0] == "--remove":
        if not any(line.startswith(f"{rest[1]} ") for line in lines):
            return Said(1, err=f"adb: error: listener '{rest[1]}' not found\n".encode())
        lines = [line for line in lines if not line.startswith(f"{rest[1]} ")]
    else:
        assert rest[0] == "--no-rebind" and len(rest) == 3, rest
        if any(line.startswith(f"{rest[1]} ") for line in lines):
            return Said(1, err=b"adb: error: cannot rebind existing socket\n")
        lines.append(f"{rest[1]} {rest[2]}")
    path.write_text("".join(f"{line}\n" for line in lines))
    return Said()


def come_on(phone: Path, job: str) -> None:
    """Advance the app by one step, where it was started: a folder of files that it now has."""
    if not (phone / "app" / job / "started").exists():
        return
    steps = sorted(p for p in (phone / "app" / job).iterdir() if p.name.isdigit())
    if steps:
        to = here(phone, "/sdcard") + f"/Android/media/dev.pocketseg.harness/jobs/{job}"
        shutil.copytree(steps[0], to, dirs_exist_ok=True)
        steps[0].rename(steps[0].with_name(f"done-{steps[0].name}"))


def push(phone: Path, rest: list[str], do: str) -> Said:
    data = Path(rest[0]).read_bytes()
    to = Path(here(phone, rest[1]))
    if do in ("full", "vanish"):
        to.write_bytes(data[: len(data) // 2])
        return Said(1, err=f"adb: error: failed to copy '{rest[0]}' to '{rest[1]}': remote {FULL}\n".encode())
    if do == "flip":
        data = bytes([data[0] ^ 1]) + data[1:]
    to.write_bytes(data)
    return Said()


def pull(phone: Path, rest: list[str], do: str) -> Said:
    *names, folder = rest
    said = Said()
    for count, name in enumerate(names):
        if do == "vanish" and count == len(names) // 2:
            return Said(1)
        try:
            data = Path(here(phone, name)).read_bytes()
        except OSError as error:
            said.err += f"adb: error: failed to stat remote object '{name}': {error.strerror}\n".encode()
            said.code = 1
            continue
        if do == "half":
            data = data[: len(data) // 2]
        (Path(folder) / Path(name).name).write_bytes(data)
    return said


if __name__ == "__main__":
    final = answer(Path(sys.argv[1]), sys.argv[2:])
    sys.stdout.buffer.write(final.out)
    sys.stderr.buffer.write(final.err)
    sys.exit(final.code)
