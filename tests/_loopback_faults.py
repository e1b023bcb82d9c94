"""Faults of a real adbd and its connection, and a round trip: run inside scripts/adb_loopback.py.

`python _loopback_faults.py RESULTS.json`: plays FAULTS and writes what was seen of each.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from _adb_faults import bundle_in
from _cut_proxy import CutProxy

from pocketseg.core.archive import write_archive
from pocketseg.core.errors import DeviceError
from pocketseg.core.files import make_folder
from pocketseg.devices import adb, measuring
from pocketseg.devices._android_run import start
from pocketseg.devices.bundle_zip import bundle_sha256
from pocketseg.devices.phone import Limits
from pocketseg.devices.places import Place
from scripts.adb_loopback import PORT, SERIAL, far_side

TEMPORARY = Path("/data/local/tmp")
BUNDLES = TEMPORARY / "pocketseg"
_IN_THE_PUSH = 3_000_000  # of the 8 MB that a bundle has here


@dataclass
class Bench:
    """The bundle, the results folder, the connection that can be broken, and adbd."""

    folder: Path
    zip_path: Path
    bundle: str
    proxy: CutProxy
    adbd: list[int] = field(default_factory=lambda: [int(os.environ["ADB_LOOPBACK_PID"])])

    def plan(self, serial: str | None) -> measuring.Plan:
        limits = Limits(first_s=60.0, still_s=60.0, total_s=120.0, poll_s=0.1)
        where = Place(kind="android", serial=serial)
        out = self.folder / "results"
        return measuring.Plan(place=where, zip_path=self.zip_path, bundle_sha256=self.bundle, out=out, limits=limits)

    def connect(self) -> None:
        """Make a new connection, as when a cable is plugged in again."""
        self.proxy.cut()
        subprocess.run(["adb", "disconnect", self.proxy.serial], check=False, capture_output=True)
        self.proxy = CutProxy(PORT)
        for _ in range(50):
            done = subprocess.run(["adb", "connect", self.proxy.serial], check=False, capture_output=True, text=True)
            if done.stdout.startswith(("connected to", "already connected")):
                return
            time.sleep(0.1)
        raise AssertionError(done.stdout + done.stderr)

    def kill_adbd(self) -> None:
        os.kill(self.adbd[-1], signal.SIGKILL)

    def start_adbd(self) -> None:
        self.adbd.append(far_side(Path(os.environ["ADB_LOOPBACK"])).start().pid)


Act = Callable[[Bench], None]


def _nothing(bench: Bench) -> None:
    """Do nothing."""


@dataclass(frozen=True, kw_only=True)
class RealFault:
    """A fault of a real connection to a real adbd."""

    name: str
    how: str
    says: str
    before: Act = _nothing
    push: Act = _nothing  # as the push begins
    second_run: Act = _nothing  # as the second of the job's two runs begins
    pull: Act = _nothing  # as class maps are fetched
    mend: Act = _nothing
    mended: str = ""
    resumed: bool = False
    records_kept: int = 0
    all_phones: bool = False  # no serial is given


def _cut_soon(bench: Bench) -> None:
    bench.proxy.after(_IN_THE_PUSH, bench.proxy.cut)


def _kill_soon(bench: Bench) -> None:
    bench.proxy.after(_IN_THE_PUSH, bench.kill_adbd)


def _turn_soon(bench: Bench) -> None:
    bench.proxy.after(_IN_THE_PUSH, None)


def _cut(bench: Bench) -> None:
    bench.proxy.cut()


def _kill_adbd(bench: Bench) -> None:
    bench.kill_adbd()


def _start_adbd(bench: Bench) -> None:
    bench.start_adbd()
    bench.connect()


def _disconnect(bench: Bench) -> None:
    subprocess.run(["adb", "disconnect", bench.proxy.serial], check=True, capture_output=True)


def _kill_app(bench: Bench) -> None:
    os.kill(int((TEMPORARY / "stand-in-app.pid").read_text()), signal.SIGKILL)


def _small_disk(bench: Bench) -> None:
    BUNDLES.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(BUNDLES)], check=True)


def _small_disk_unseen(bench: Bench) -> None:
    _small_disk(bench)
    _stand_in("df", "exit 1")


def _large_disk(bench: Bench) -> None:
    subprocess.run(["umount", str(BUNDLES)], check=True)
    (TEMPORARY / "stand-ins" / "df").unlink(missing_ok=True)


def _stand_in(name: str, line: str) -> None:
    path = TEMPORARY / "stand-ins" / name
    path.write_text(f"#!/bin/sh\n# STAND-IN\n{line}\n")
    path.chmod(0o755)


FAULTS = (
    RealFault(name="two phones, no serial", how="two connections to it", says="2 phones.*choose one",
              before=lambda b: _also_direct(), mend=lambda b: _not_direct(), mended="one is disconnected",
              all_phones=True),
    RealFault(name="cable lost in the push", how="the connection is cut after 3 of 8 MB", says="was lost: it is",
              push=_cut_soon, mend=Bench.connect, mended="it is connected again"),
    RealFault(name="adbd killed in the push", how="SIGKILL after 3 of 8 MB", says="was lost: it is", push=_kill_soon,
              mend=_start_adbd, mended="adbd is started again"),
    RealFault(name="damaged in the push", how="one bit is turned on the way", says="arrived damaged|did not take",
              push=_turn_soon),
    RealFault(name="disk nearly full", how="4 MB of room", says="MiB free in .* needs", before=_small_disk,
              mend=_large_disk, mended="there is room again"),
    RealFault(name="disk full in the push", how="4 MB of room, and no `df`", says="No space left on device.*free some",
              before=_small_disk_unseen, mend=_large_disk, mended="there is room again"),
    RealFault(name="a clock that is behind", how="a stand-in for `date` says 2001", says="clock is .* days behind",
              before=lambda b: _stand_in("date", "echo 1000000000"), mended="it is set",
              mend=lambda b: (TEMPORARY / "stand-ins" / "date").unlink()),
    RealFault(name="cable lost in the run", how="the connection is cut", says="was lost.*--resume", second_run=_cut,
              mend=Bench.connect, mended="it is connected again", resumed=True),
    RealFault(name="vanished serial", how="`adb disconnect` in the run", says="was lost: it is gone.*--resume",
              second_run=_disconnect, mend=Bench.connect, mended="it is connected again", resumed=True),
    RealFault(name="adbd killed in the run", how="SIGKILL", says="was lost.*--resume", second_run=_kill_adbd,
              mend=_start_adbd, mended="adbd is started again", resumed=True),
    RealFault(name="the app is killed in the run", how="SIGKILL to its stand-in", records_kept=1,
              says="the app ended in run 2 of 2.*1 of 2 records were finished", second_run=_kill_app),
    RealFault(name="cable lost in the pull", how="the connection is cut", says="was lost.*--resume", pull=_cut,
              mend=Bench.connect, mended="it is connected again", resumed=True),
)  # fmt: skip


def _also_direct() -> None:
    subprocess.run(["adb", "connect", SERIAL], check=True, capture_output=True)


def _not_direct() -> None:
    subprocess.run(["adb", "disconnect", SERIAL], check=True, capture_output=True)


def play(fault: RealFault, bench: Bench) -> dict[str, object]:
    """Make the fault, run into it, mend it and try again; return what was observed."""
    bench.connect()
    subprocess.run(["rm", "-rf", str(BUNDLES), str(bench.folder / "results")], check=True)
    said: list[str] = []
    real_push, real_pull = adb.push, adb.pull
    started = start

    def push(*arguments: object, **more: object) -> object:
        fault.push(bench)
        return real_push(*arguments, **more)  # type: ignore[arg-type]

    def pull(*arguments: object, **more: object) -> object:
        fault.pull(bench)
        return real_pull(*arguments, **more)  # type: ignore[arg-type]

    jobs: list[str] = []

    def start_noted(serial: str, bundle: str, job: str) -> None:
        jobs.append(job)
        started(serial, bundle, job)

    def progress(phase: str, run: int, runs: int) -> None:
        if (phase, run) == ("timing", 1):
            fault.second_run(bench)

    fault.before(bench)
    serial = None if fault.all_phones else bench.proxy.serial
    with (
        mock.patch("pocketseg.devices.adb.push", push),
        mock.patch("pocketseg.devices.adb.pull", pull),
        mock.patch("pocketseg.devices.android.start", start_noted),
    ):
        try:
            measuring.measure(bench.plan(serial), note=said.append, progress=progress)
            message, hint = "nothing was said", ""
        except DeviceError as error:
            message, hint = error.message, error.hint
    kept = len(list((bench.folder / "results").glob("[0-9].json")))
    fault.mend(bench)
    second = bench.plan(bench.proxy.serial)
    if fault.resumed:
        again = measuring.resume(second, jobs[0], note=said.append, progress=lambda *_: None)
    else:
        again = measuring.measure(second, note=said.append, progress=lambda *_: None)
    return {
        "name": fault.name, "message": message, "hint": hint, "records_kept": kept,
        "again": [again.state, again.records, again.runs], "left": sorted(p.name for p in BUNDLES.iterdir()),
        "jobs_left": len(list(Path("/sdcard/Android/media/dev.pocketseg.harness/jobs").iterdir())),
        "maps": len(list((bench.folder / "results" / "maps").iterdir())),
    }  # fmt: skip


def round_trip(bench: Bench) -> dict[str, object]:
    """Push, run and pull with one command line; then check that only the bundle stays."""
    zip_path, _ = bundle_in(make_folder(bench.folder / "small"))
    out = bench.folder / "trip"
    command = [
        sys.executable,
        "-m",
        "pocketseg",
        "device",
        "run",
        zip_path,
        "--on",
        f"android:{SERIAL}",
        "--out",
        out,
    ]
    began_s = time.monotonic()
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    files = sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()) if out.is_dir() else []
    return {
        "code": done.returncode,
        "out": done.stdout,
        "err": done.stderr,
        "files": files,
        "size_bytes": zip_path.stat().st_size,
        "taken_s": round(time.monotonic() - began_s, 1),
        "left": sorted(p.name for p in BUNDLES.iterdir()),
    }


def main(results: Path) -> None:
    folder = results.parent
    noise = random.Random(19).randbytes(8 << 20)  # what a compression makes no smaller
    zip_path = write_archive(folder / "bundle.zip", {"bundle.json": b'{"schema_version": "1.0"}', "noise": noise})
    program = Path(__file__).with_name("_loopback_app.py")
    paths = f"PYTHONPATH={program.parents[1]}:{program.parent}"  # adbd starts programs in an environment of its own
    app = ["env", paths, sys.executable, str(program), "{job}", "{folder}", "{bundle}"]
    (TEMPORARY / "stand-in-app.json").write_text(json.dumps(app))
    bench = Bench(folder=folder, zip_path=zip_path, bundle=bundle_sha256(zip_path), proxy=CutProxy(PORT))
    seen: dict[str, object] = {"round_trip": round_trip(bench)}
    _not_direct()
    seen["faults"] = [play(fault, bench) for fault in FAULTS]
    results.write_text(json.dumps(seen, indent=2))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
