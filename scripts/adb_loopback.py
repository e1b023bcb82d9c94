"""Runs a command beside a real adb and a real adbd on this computer's loopback, with the far side in a phone's place.

`python -m scripts.adb_loopback --phone DIR -- COMMAND...`: Debian's packages (requirements/adb-loopback.json, pinned by
SHA-256) are fetched into a cache, once. COMMAND then runs with `adb` on its PATH, cut off from every network but a
loopback of its own, in a mount namespace where DIR is the phone's /data/local/tmp and /sdcard. Programs that only
Android has (am, dumpsys, getprop...) are stand-ins that say so (scripts/adb_stand_ins.py). Needs root on Linux, x86-64.

adb and adbd run with the loader and libraries of their own packages, whatever this computer's glibc is.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import json
import os
import platform
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from pocketseg.core.cache import ROOT, default_folder
from pocketseg.core.errors import DataError, PocketSegError
from pocketseg.core.files import atomic_folder, sha256_file, write_bytes, write_json
from scripts.adb_stand_ins import APP, PROGRAMS

PINNED = ROOT / "requirements" / "adb-loopback.json"
SERIAL = "127.0.0.1:15555"  # beyond the ports on which adb looks for emulators by itself
PORT, SERVER_PORT = 15555, 15037
TOOLS = "usr/lib/android-sdk/platform-tools"
LIBRARIES = ("usr/lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu/android", TOOLS)
LOADER = "usr/lib64/ld-linux-x86-64.so.2"
_FETCH_S = 60.0
_ASIDE = ("proc", "data", "sdcard")  # of this computer's root, what the far side sees otherwise
_PRIVATE, _REC, _BIND = 1 << 18, 1 << 14, 1 << 12  # <linux/mount.h>


def missing() -> str:
    """Return, as a sentence, what this computer lacks for it; empty where nothing is known to be missing."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return "the pinned adbd is for Linux on x86-64"
    if os.geteuid() != 0:
        return "namespaces with a network and mounts of their own need root here"
    if any(Path("/", name).exists() for name in ("data", "sdcard")):
        return "this computer has a /data or /sdcard of its own"
    for program in ("unshare", "dpkg-deb"):
        if shutil.which(program) is None:
            return f"there is no `{program}` on this computer"
    tried = subprocess.run(["unshare", "--mount", "--net", "--pid", "--fork", "true"], check=False, capture_output=True)
    return "" if tried.returncode == 0 else "this computer gives no namespaces of its own (unshare)"


def tools(cache: Path | None = None) -> Path:
    """Return the folder of the unpacked packages, fetching them where needed. Raises DataError."""
    pinned = json.loads(PINNED.read_text(encoding="utf-8"))
    place = (cache or default_folder()) / f"adb-loopback-{sha256_file(PINNED)[:16]}"
    if place.is_dir():
        return place
    with atomic_folder(place) as folder:
        for package in pinned["packages"]:
            deb = folder / Path(package["file"]).name
            write_bytes(deb, _fetched(package, pinned["mirrors"]))
            subprocess.run(["dpkg-deb", "--extract", deb, folder], check=True, capture_output=True)
            deb.unlink()
    return place


def _fetched(package: dict[str, Any], mirrors: Sequence[str]) -> bytes:
    reasons = []
    for mirror in mirrors:
        try:
            with urllib.request.urlopen(f"{mirror}/{package['file']}", timeout=_FETCH_S) as answer:
                data: bytes = answer.read(package["size_bytes"] + 1)
        except OSError as error:
            reasons.append(f"{mirror}: {error}")
            continue
        if hashlib.sha256(data).hexdigest() == package["sha256"]:
            return data
        reasons.append(f"{mirror}: the bytes are not those that are pinned")
    raise DataError(
        f"cannot fetch {package['file']}: {'; '.join(reasons)}",
        hint="pin the mirror's versions again: python -m scripts.adb_pins",
    )


def run(
    command: Sequence[str], phone: Path, *, app: Path | None = None, cache: Path | None = None, timeout_s: float = 600.0
) -> int:
    """Run a command beside a phone that is the folder `phone`; return its exit code. Raises DataError.

    app: a JSON list of the words that start the app's stand-in; None: `pocketseg device replay`.
    """
    lacks = missing()
    if lacks:
        raise DataError(f"adb on loopback cannot run: {lacks}")
    here = tools(cache)
    for name in ("tmp", "sdcard", "root"):
        (phone / name).mkdir(parents=True, exist_ok=True)
    write_json(phone / "tmp" / APP.name, json.loads(app.read_text(encoding="utf-8")) if app else _replay())
    inside = [
        sys.executable,
        "-m",
        "scripts.adb_loopback",
        "--inside",
        str(here),
        "--phone",
        str(phone.absolute()),
        "--",
    ]
    namespaces = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"]
    return subprocess.run([*namespaces, *inside, *command], check=False, timeout=timeout_s).returncode


def _replay() -> list[str]:
    """Return the command that stands in for the app by default: the replay harness of this computer."""
    program = [sys.executable, "-m", "pocketseg", "--cache-dir", str(default_folder())]
    ours = [f"{name}={value}" for name, value in os.environ.items() if name.startswith(("POCKETSEG_", "OMP_"))]
    environment = ["env", f"PYTHONPATH={ROOT}", *ours]  # adbd starts programs in one of its own
    return [*environment, *program, "device", "replay", "{bundle}", "--job", "{job}", "--out", "{folder}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FarSide:
    """What is needed to start the far side again after it was killed."""

    adbd: tuple[str, ...]
    path: str

    def start(self) -> subprocess.Popen[bytes]:
        """Start adbd, and wait until it listens."""
        environment = {"PATH": self.path, "HOME": "/data/local/tmp", "ADBD_PORT": str(PORT)}
        log = Path("/data/local/tmp/adbd.log").open("ab")  # noqa: SIM115
        process = subprocess.Popen(self.adbd, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        log.close()
        for _ in range(100):
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", PORT)) == 0:
                    return process
            time.sleep(0.05)
        process.kill()
        raise DataError("adbd does not listen", hint=Path("/data/local/tmp/adbd.log").read_text(errors="replace"))


def far_side(here: Path) -> FarSide:
    """Return how adbd is started in this namespace; the command uses it too, finding `here` in ADB_LOOPBACK."""
    return FarSide(adbd=_with_loader(here, "adbd"), path="/data/local/tmp/stand-ins:/usr/sbin:/usr/bin:/sbin:/bin")


def _with_loader(here: Path, program: str) -> tuple[str, ...]:
    libraries = ":".join(str(here / name) for name in LIBRARIES)
    return (str(here / LOADER), "--library-path", libraries, str(here / TOOLS / program))


def _inside(command: Sequence[str], here: Path, phone: Path) -> int:
    """In the namespaces: bring loopback up, lay out the phone, start adbd and adb's server, and run the command."""
    _loopback_up()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _change_root(phone)
    _stand_ins()
    adbd = far_side(here).start()
    tool = Path("/data/local/tmp/adb-client")
    tool.mkdir(exist_ok=True)
    _program(tool / "adb", ["#!/bin/sh", f'HOME={tool} exec {" ".join(_with_loader(here, "adb"))} "$@"'])
    environment = os.environ | {
        "PATH": f"{tool}:{os.environ['PATH']}", "ANDROID_ADB_SERVER_PORT": str(SERVER_PORT), "ADB_MDNS": "0",
        "ADB_LOCAL_TRANSPORT_MAX_PORT": "5554", "ADB_LOOPBACK": str(here), "ADB_LOOPBACK_PID": str(adbd.pid),
    }  # fmt: skip
    none = subprocess.DEVNULL
    server = [str(tool / "adb"), "nodaemon", "server"]  # ends with the namespace
    subprocess.Popen(server, env=environment, stdin=none, stdout=none, stderr=none)
    _connect(environment)
    return subprocess.run(command, check=False, env=environment).returncode


def _connect(environment: dict[str, str]) -> None:
    said = ""
    for _ in range(40):
        tried = subprocess.run(["adb", "connect", SERIAL], check=False, capture_output=True, text=True, env=environment)
        said = tried.stdout + tried.stderr
        if "connected to" in said:
            return
        time.sleep(0.1)
    raise DataError(f"adb does not reach adbd on loopback: {said.strip()}")


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        fcntl.ioctl(handle, 0x8914, struct.pack("16sh", b"lo", 0x1))  # SIOCSIFFLAGS, IFF_UP


def _change_root(phone: Path) -> None:
    """Change into a root that is this computer's, with the phone's folders in it.

    Its mounts belong to this namespace and end with it. Nothing below it is ever removed: it is the computer itself.
    """
    root = phone / "root"  # an empty folder, before and after
    _mount("none", "/", "", _REC | _PRIVATE)
    _mount("none", str(root), "tmpfs", 0)
    for entry in sorted(Path("/").iterdir()):
        place = root / entry.name
        if entry.name in _ASIDE:
            continue
        if entry.is_symlink():
            place.symlink_to(entry.readlink())
        elif entry.is_dir():
            place.mkdir()
            _mount(str(entry), str(place), "", _BIND | _REC)
    for name, source in (("data/local/tmp", phone / "tmp"), ("sdcard", phone / "sdcard")):
        (root / name).mkdir(parents=True)
        _mount(str(source), str(root / name), "", _BIND)
    (root / "proc").mkdir()
    _mount("proc", str(root / "proc"), "proc", 0)
    folder = Path.cwd()
    os.chroot(root)
    os.chdir(folder)


def _mount(source: str, target: str, kind: str, flags: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(source.encode(), target.encode(), kind.encode(), flags, None) != 0:
        raise DataError(f"cannot mount {target}: {os.strerror(ctypes.get_errno())}")


def _stand_ins() -> None:
    folder = Path("/data/local/tmp/stand-ins")
    folder.mkdir(exist_ok=True)
    source = ROOT / "scripts" / "adb_stand_ins.py"
    for name in PROGRAMS:
        lines = [
            "#!/bin/sh",
            f"# STAND-IN for Android's {name}",
            f'exec "{sys.executable}" -S -I "{source}" {name} "$@"',
        ]
        _program(folder / name, lines)


def _program(path: Path, lines: Sequence[str]) -> None:
    path.write_text("\n".join([*lines, ""]))
    path.chmod(0o755)


@click.command()
@click.option("--phone", required=True, type=click.Path(path_type=Path), help="Folder that serves as the phone.")
@click.option(
    "--app", type=click.Path(path_type=Path), help="Words that start the app, as JSON; default: those of a replay."
)
@click.option("--inside", type=click.Path(path_type=Path), hidden=True)
@click.argument("command", nargs=-1, required=True)
def main(phone: Path, app: Path | None, inside: Path | None, command: tuple[str, ...]) -> None:
    """Run COMMAND beside an adbd on loopback."""
    try:
        sys.exit(run(command, phone, app=app) if inside is None else _inside(command, inside, phone))
    except PocketSegError as error:
        raise SystemExit(f"error: {error.message}" + (f"\n  {error.hint}" if error.hint else "")) from None


if __name__ == "__main__":
    main()
