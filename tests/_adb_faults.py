"""Every fault of a phone behind adb that was thought of: how it is made, what must be reported, and the second try.

tests/test_adb_faults.py plays them all; scripts/adb_faults.py writes the table of them.
"""

from __future__ import annotations

import hashlib
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from _fake_adb import JOBS, MAP_BYTES, SERIAL, FakePhone, progress, record, steps

from pocketseg.core._record_checks import MAJOR, MINOR, SCHEMA_VERSION
from pocketseg.core.errors import DeviceError
from pocketseg.core.files import copy_file
from pocketseg.devices import measuring
from pocketseg.devices.bundle_zip import bundle_sha256
from pocketseg.devices.phone import Limits
from pocketseg.devices.places import Place, place
from pocketseg.devices.pulling import Pulled

BUNDLE = Path(__file__).parents[1] / "conformance" / "cases" / "bundles" / "bundle.bin"
Act = Callable[[FakePhone, str], None]
_HOSTILE = "a b;touch pwned$(touch pwned)`touch pwned`'\"|&\n.."
_QUICK = {"first_s": 0.3, "still_s": 0.4, "total_s": 30.0, "poll_s": 0.0}


def _nothing(phone: FakePhone, bundle: str) -> None:
    """Mend nothing: the fault was met once."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault, made with the stand-in for adb."""

    name: str
    how: str
    says: str  # a pattern of what the error must say
    make: Act
    mend: Act = _nothing
    mended: str = ""  # what was done before the second try
    resumed: bool = False  # the second try follows the same job
    records_kept: int = 0  # that were fetched before the error
    jobs_left: int = 0  # on the phone, at the end: they may go on, and nothing of them was fetched
    on: str = "android"
    again_on: str = "android"
    max_temp_c: float | None = None


@dataclass(frozen=True, kw_only=True)
class Played:
    """What was observed of a fault."""

    message: str
    hint: str
    records_kept: int
    jobs_left: int
    again: Pulled


def bundle_in(folder: Path) -> tuple[Path, str]:
    """Copy the small bundle of the conformance cases."""
    path = copy_file(BUNDLE, folder / "bundle.zip")
    return path, bundle_sha256(path)


def plan(zip_path: Path, bundle: str, out: Path, where: Place, max_temp_c: float | None = None) -> measuring.Plan:
    """Return a plan with short limits."""
    limits = Limits(**_QUICK)
    return measuring.Plan(
        place=where, zip_path=zip_path, bundle_sha256=bundle, out=out, max_temp_c=max_temp_c, limits=limits
    )


def play(fault: Fault, folder: Path) -> Played:
    """Make the fault, run into it, mend it, and try again; both times, check what is left behind."""
    phone = FakePhone(folder / "phone")
    zip_path, bundle = bundle_in(folder)
    for job in JOBS:
        phone.app(job, bundle, *steps(job, bundle))
    out = folder / "results"
    ids = itertools.cycle(JOBS)
    with (
        phone.in_process(),
        mock.patch("pocketseg.devices.measuring.secrets.token_hex", lambda n: next(ids)),
        mock.patch("pocketseg.devices.android._COOLING_S", 0.2),
        mock.patch("pocketseg.devices.android._COOLING_POLL_S", 0.1),
    ):
        fault.make(phone, bundle)
        met = _failure(plan(zip_path, bundle, out, place(fault.on), fault.max_temp_c))
        kept = len(list(out.glob("[0-9].json")))
        fault.mend(phone, bundle)
        second = plan(zip_path, bundle, out, place(fault.again_on), fault.max_temp_c)
        if fault.resumed:
            again = measuring.resume(second, JOBS[0], note=lambda _: None, progress=lambda *_: None)
        else:
            again = measuring.measure(second, note=lambda _: None, progress=lambda *_: None)
    _check_clean(phone, folder, out, bundle)
    left = len([job for job in JOBS if phone.job_folder(job).exists()])
    return Played(message=met.message, hint=met.hint, records_kept=kept, jobs_left=left, again=again)


def _failure(first: measuring.Plan) -> DeviceError:
    try:
        measuring.measure(first, note=lambda _: None, progress=lambda *_: None)
    except DeviceError as error:
        return error
    raise AssertionError("the fault was not met")


def _check_clean(phone: FakePhone, folder: Path, out: Path, bundle: str) -> None:
    """Check that all of the second try arrived, and that neither side keeps what it should not."""
    maps = {hashlib.sha256(data).hexdigest(): data for data in MAP_BYTES}
    assert {f.stem: f.read_bytes() for f in (out / "maps").iterdir()} == maps
    assert sorted(f.name for f in out.iterdir()) == ["0.json", "1.json", "maps", "progress.json"]
    assert sorted(f.name for f in folder.iterdir()) == ["bundle.zip", "phone", "results"]
    assert [f.name for f in phone.on_phone("/data/local/tmp/pocketseg").iterdir()] == [f"{bundle}.zip"]


def _files(*changes: dict[str, bytes]) -> Act:
    """Make the app leave these files of the first job instead."""

    def make(phone: FakePhone, bundle: str) -> None:
        phone.forget_app(JOBS[0])
        phone.app(JOBS[0], bundle, *changes)

    return make


def _says(changes: dict[str, object]) -> Act:
    return lambda phone, bundle: _files({"progress.json": progress(JOBS[0], bundle, changes)})(phone, bundle)


def _first_steps(count: int) -> Act:
    return lambda phone, bundle: _files(*steps(JOBS[0], bundle)[:count])(phone, bundle)


def _killed(phone: FakePhone, bundle: str) -> None:
    _first_steps(2)(phone, bundle)
    (phone.folder / "app" / "dead").touch()


def _alive(phone: FakePhone, bundle: str) -> None:
    (phone.folder / "app" / "dead").unlink()


def _rest(phone: FakePhone, bundle: str) -> None:
    phone.app(JOBS[0], bundle, *steps(JOBS[0], bundle)[2:])


def _record_instead(version: str) -> Act:
    def make(phone: FakePhone, bundle: str) -> None:
        made = [dict(files) for files in steps(JOBS[0], bundle)]
        whole = record(JOBS[0], bundle, 0)
        made[1]["0.json"] = whole.replace(f'"{SCHEMA_VERSION}"'.encode(), f'"{version}"'.encode())
        assert made[1]["0.json"] != whole, "a fault changes something"
        _files(*made)(phone, bundle)

    return make


def _meets(when: str, do: str, **more: object) -> Act:
    return lambda phone, bundle: phone.fault(when, do, **more)  # type: ignore[arg-type]


def _told(name: str, text: str) -> Act:
    return lambda phone, bundle: phone.says(name, text)


def _closed_and_repaired(phone: FakePhone, bundle: str) -> None:
    phone.closed(JOBS[0], steps(JOBS[0], bundle))
    phone.fault("content read .*runs", "crlf")


def _plug_in(phone: FakePhone, bundle: str) -> None:
    phone.plug_in()


def _told_date(ahead_s: int) -> Act:
    return lambda phone, bundle: phone.says("date", f"{int(time.time()) + ahead_s}\n")


def _untold(name: str) -> Act:
    return lambda phone, bundle: phone.unsays(name)


_GOOD = {"lock": "showing=false\n", "power": "mWakefulness=Awake\n"}
_NO_SERVER = {"err": "error: cannot connect to daemon"}
_LINE = f"{SERIAL} device usb:1-1 model:Model_7 transport_id:1"

FAULTS = (
    Fault(name="no phone", how="`adb devices` lists none", says="adb sees no phone",
          make=lambda p, _: p.lists(), mend=_plug_in, mended="it is plugged in"),
    Fault(name="two phones, no serial", how="`adb devices` lists two", says="2 phones.*choose one.*OTHER",
          make=lambda p, _: p.lists(_LINE, "OTHER device usb:1-2"), again_on=f"android:{SERIAL}",
          mended="the serial is given"),
    Fault(name="a serial that is not there", how="a hostile one: blanks, quotes, `;`, `$()`, a new line",
          says="adb sees no phone 'a b;touch.*there are: R58", make=_nothing, on=f"android:{_HOSTILE}",
          mended="the right one is given"),
    Fault(name="not authorized", how="`adb devices` says so",
          says="takes no commands: unauthorized.*allow USB debugging", mend=_plug_in, mended="it is allowed",
          make=lambda p, _: p.lists(f"{SERIAL} unauthorized usb:1-1")),
    Fault(name="offline", how="`adb devices` says so", says="takes no commands: offline",
          make=lambda p, _: p.lists(f"{SERIAL} offline"), mend=_plug_in, mended="it is plugged in"),
    Fault(name="no permission for USB", how="`adb devices` says so", says="no permissions.*udev",
          make=lambda p, _: p.lists(f"{SERIAL} no permissions (user in plugdev group); see [http://x] usb:1-1"),
          mend=_plug_in, mended="it is allowed"),
    Fault(name="app not installed", how="`pm path` prints nothing", says="app .* is not installed",
          make=_told("pm-path", ""), mend=_told("pm-path", "package:/x\n"), mended="it is installed"),
    Fault(name="a clock that is behind", how="`date` says two days earlier", says="clock is 2.0 days behind",
          make=_told_date(-172_800), mend=_untold("date"), mended="it is set"),
    Fault(name="a clock that is ahead", how="`date` says eleven minutes later", says="clock is 11 minutes ahead",
          make=_told_date(660), mend=_untold("date"), mended="it is set"),
    Fault(name="screen off", how="`dumpsys power` says Asleep", says="screen is off .Asleep.",
          make=_told("dumpsys-power", "mWakefulness=Asleep\n"), mend=_told("dumpsys-power", _GOOD["power"]),
          mended="it is woken"),
    Fault(name="locked", how="`dumpsys window` says so", says="the phone is locked",
          make=_told("dumpsys-window", "showing=true\n"), mend=_told("dumpsys-window", _GOOD["lock"]),
          mended="it is unlocked"),
    Fault(name="too warm, and stays so", how="`dumpsys battery` says 45.0 C", says="45.0 C after .* waiting for 30 C",
          make=_told("dumpsys-battery", "  temperature: 450\n"), max_temp_c=30.0,
          mend=_told("dumpsys-battery", "  temperature: 299\n"), mended="it has cooled"),
    Fault(name="disk nearly full", how="`df` says 60 MB free", says="59 MiB free in .* needs 65 MiB",
          make=_told("df", "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/x 9 9 60500 99% /data\n"),
          mend=_untold("df"), mended="space is freed"),
    Fault(name="disk full in the push", how="half is taken, then `No space left on device`",
          says="did not take the bundle.*No space left on device.*free some space", make=_meets(r" push ", "full")),
    Fault(name="cable lost in the push", how="half is taken, then the phone is gone", says="was lost: it is gone",
          make=_meets(r" push ", "vanish"), mend=_plug_in, mended="it is plugged in"),
    Fault(name="damaged in the push", how="a bit is turned on the way", says="arrived damaged: SHA-256",
          make=_meets(r" push ", "flip")),
    Fault(name="output cut", how="`sha256sum` prints half a hash", says="arrived damaged: SHA-256 none there",
          make=_meets("sha256sum .*part", "say", out="11d03982164bbe18")),
    Fault(name="the app does not start", how="`am` prints an error, exit code 0", says="did not start: Error: Activity",
          make=_meets(r" am start", "say", out="Error: Activity class {x} does not exist.\n")),
    Fault(name="cable lost at the start", how="the phone is gone at `am start`", says="was lost",
          make=_meets(r" am start", "vanish"), mend=_plug_in, mended="it is plugged in"),
    Fault(name="cable lost in the run", how="gone at the second look at progress.json",
          says=f"was lost.*--resume {JOBS[0]}", make=_meets(r"progress\.json", "vanish", after=1), mend=_plug_in,
          mended="it is plugged in", resumed=True),
    Fault(name="adb killed in the run", how="no adb answers any more, `devices` neither",
          says=f"cannot be reached.*cannot connect to daemon.*--resume {JOBS[0]}",
          make=_meets(r"progress\.json|^devices", "fail", after=2, times=2, **_NO_SERVER), resumed=True),
    Fault(name="an answer cut off", how="half of `pm path` comes, adb's exit code is 0",
          says="connection was cut while `pm`", make=_meets(r"pm path", "cut")),
    Fault(name="an app that never says anything", how="no progress.json", says="wrote no progress within 0.3 s",
          make=_files()),
    Fault(name="an app that stands still", how="progress.json no longer changes",
          says="made no progress for 0.4 s, in run 2 of 2.*1 of 2 records were finished", make=_first_steps(2),
          records_kept=1, mend=_rest, mended="the app comes on", resumed=True),
    Fault(name="the app is killed in the run", how="its process is gone after the first of two runs",
          says="the app ended in run 2 of 2 .*Android says LOW_MEMORY.*1 of 2 records were finished", make=_killed,
          records_kept=1, mend=_alive),
    Fault(name="the app refuses the job", how="state `refused` and a reason", says="refused the job: no such runtime",
          make=_says({"state": "refused", "reason": "no such runtime"})),
    Fault(name="the app fails", how="state `failed`, its reason holds escapes of a terminal",
          says=r"failed the job: \?\[31mno memory", make=_says({"state": "failed", "reason": "\x1b[31mno memory"})),
    Fault(name="an app of a newer schema", how="progress.json says 2.0", says="writes schema 2.0.*update pocketseg",
          make=_says({"schema_version": "2.0"}), jobs_left=1),
    Fault(name="an app of an older schema", how="progress.json says 0.9", says="too old: it writes schema 0.9",
          make=_says({"schema_version": "0.9"}), jobs_left=1),
    Fault(name="a record of a newer schema", how="its record says 2.0", says="2\\.0", make=_record_instead("2.0"),
          mend=lambda p, b: p.put(JOBS[0], "0.json", steps(JOBS[0], b)[1]["0.json"]),
          mended=f"the app writes {SCHEMA_VERSION}", resumed=True),
    Fault(name="progress of another job", how="progress.json names another", says="is of another job",
          make=_says({"job": "f" * 32}), jobs_left=1),
    Fault(name="progress.json cut off", how="half of it comes, three times", says="progress.json is cut off or damaged",
          make=_meets(r"progress\.json", "half", times=3), resumed=True),
    Fault(name="a record cut off", how="half of it comes", says=f"0.json of the phone.*--resume {JOBS[0]}",
          make=_meets(r"/0\.json", "half"), resumed=True),
    Fault(name="a record changed on the way", how="one digit of it is another", says="0.json of the phone",
          make=_record_instead(f"{MAJOR}.{MINOR - 1}"),
          mend=lambda p, b: p.put(JOBS[0], "0.json", steps(JOBS[0], b)[1]["0.json"]),
          mended="the true one comes", resumed=True),
    Fault(name="cable lost in the pull", how="gone after half of the class maps", says=f"was lost.*--resume {JOBS[0]}",
          make=_meets(r" pull ", "vanish"), mend=_plug_in, mended="it is plugged in", resumed=True),
    Fault(name="a class map cut off", how="half of each comes", says="class map arrived damaged",
          make=_meets(r" pull ", "half"), resumed=True),
    Fault(name="line ends changed", how="CR LF for LF on the app's own way", says="class map arrived damaged",
          make=_closed_and_repaired,
          resumed=True),
)  # fmt: skip
