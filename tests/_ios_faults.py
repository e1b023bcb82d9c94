"""Every fault of an iPhone behind devicectl that was thought of: how it is made, what must be reported, the
second try.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from _adb_faults import bundle_in
from _fake_adb import JOBS, MAP_BYTES, progress, record, steps
from _fake_xcrun import UDID, FakeIphone, device

from pocketseg.core._record_checks import SCHEMA_VERSION
from pocketseg.core.errors import PocketSegError
from pocketseg.devices import measuring
from pocketseg.devices.phone import Limits
from pocketseg.devices.places import place
from pocketseg.devices.pulling import Pulled

Act = Callable[[FakeIphone, str], None]
JOB = JOBS[0]
ENDS = {"ENDS": b""}
_QUICK = Limits(first_s=0.3, still_s=0.4, total_s=30.0, poll_s=0.0)


def _nothing(phone: FakeIphone, bundle: str) -> None:
    """Mend nothing: the fault was met once."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault, made with the stand-in for devicectl."""

    name: str
    says: str  # a pattern of what the error must say
    make: Act
    mend: Act = _nothing
    resumed: bool = False  # the second try follows the same job
    records_kept: int = 0  # that were fetched before the error
    on: str = "ios"
    again_on: str = "ios"
    max_temp_c: float | None = None


@dataclass(frozen=True, kw_only=True)
class Played:
    """What was observed of a fault."""

    message: str
    hint: str
    records_kept: int
    again: Pulled


def plan(zip_path: Path, bundle: str, out: Path, on: str = "ios", max_temp_c: float | None = None) -> measuring.Plan:
    """Return a plan with short limits."""
    return measuring.Plan(
        place=place(on), zip_path=zip_path, bundle_sha256=bundle, out=out, max_temp_c=max_temp_c, limits=_QUICK
    )


def play(fault: Fault, folder: Path) -> Played:
    """Make the fault, run into it, mend it, and try again; check what is left behind."""
    phone = FakeIphone(folder / "phone")
    zip_path, bundle = bundle_in(folder)
    for job in JOBS:
        phone.app(job, *steps(job, bundle))
    out = folder / "results"
    ids = itertools.cycle(JOBS)
    with (
        phone.in_process(),
        mock.patch("pocketseg.devices.measuring.secrets.token_hex", lambda n: next(ids)),
        mock.patch("pocketseg.devices.devicectl._AGAIN_S", 0.0),
    ):
        fault.make(phone, bundle)
        met = _failure(plan(zip_path, bundle, out, fault.on, fault.max_temp_c))
        kept = len(list(out.glob("[0-9].json")))
        fault.mend(phone, bundle)
        second = plan(zip_path, bundle, out, fault.again_on)
        if fault.resumed:
            again = measuring.resume(second, JOB, note=lambda _: None, progress=lambda *_: None)
        else:
            again = measuring.measure(second, note=lambda _: None, progress=lambda *_: None)
    _check_clean(phone, folder, zip_path, bundle)
    return Played(message=met.message, hint=met.hint, records_kept=kept, again=again)


def _failure(first: measuring.Plan) -> PocketSegError:
    try:
        measuring.measure(first, note=lambda _: None, progress=lambda *_: None)
    except PocketSegError as error:
        return error
    raise AssertionError("the fault was not met")


def _check_clean(phone: FakeIphone, folder: Path, zip_path: Path, bundle: str) -> None:
    """Check that all of the second try arrived, and that neither side keeps what it should not."""
    maps = {hashlib.sha256(data).hexdigest(): data for data in MAP_BYTES}
    out = folder / "results"
    assert {f.stem: f.read_bytes() for f in (out / "maps").iterdir()} == maps
    assert sorted(f.name for f in out.iterdir()) == ["0.json", "1.json", "maps", "progress.json"]
    assert sorted(f.name for f in folder.iterdir()) == ["bundle.zip", "phone", "results"]
    assert phone.pushed() == {f"{bundle}.zip": zip_path.read_bytes()}


def _meets(when: str, do: str, **more: object) -> Act:
    return lambda phone, bundle: phone.fault(when, do, **more)  # type: ignore[arg-type]


def _says(text: str, when: str = r"process launch", **more: object) -> Act:
    return _meets(when, "error", text=text, **more)


def _files(*changes: dict[str, bytes]) -> Act:
    """Make the app leave these files of the first job instead."""

    def make(phone: FakeIphone, bundle: str) -> None:
        phone.forget_app(JOB)
        phone.app(JOB, *changes)

    return make


def _told(changes: dict[str, object]) -> Act:
    return lambda phone, bundle: _files({"progress.json": progress(JOB, bundle, changes)})(phone, bundle)


def _first_steps(count: int) -> Act:
    return lambda phone, bundle: _files(*steps(JOB, bundle)[:count])(phone, bundle)


def _rest(phone: FakeIphone, bundle: str) -> None:
    phone.app(JOB, *steps(JOB, bundle)[2:])


def _lists(**changes: object) -> Act:
    return lambda phone, bundle: phone.lists(device(**changes))  # type: ignore[arg-type]


def _plug_in(phone: FakeIphone, bundle: str) -> None:
    phone.plug_in()


def _dies(times: int) -> Act:
    """Make the app end each time at the same point of the second run."""

    def make(phone: FakeIphone, bundle: str) -> None:
        first, second, _ = steps(JOB, bundle)
        _files(first, *[{**second, **ENDS}] * times)(phone, bundle)

    return make


def _locked_on_the_way(phone: FakeIphone, bundle: str) -> None:
    first, second, _ = steps(JOB, bundle)
    _files(first, {**second, **ENDS})(phone, bundle)
    phone.fault("process launch", "error", after=1, text="Unable to launch: reason: Locked")


def _record_instead(phone: FakeIphone, bundle: str) -> None:
    made = [dict(files) for files in steps(JOB, bundle)]
    made[1]["0.json"] = record(JOB, bundle, 0).replace(f'"{SCHEMA_VERSION}"'.encode(), b'"2.0"')
    _files(*made)(phone, bundle)


def _true_record(phone: FakeIphone, bundle: str) -> None:
    (phone.job_folder(JOB) / "0.json").write_bytes(steps(JOB, bundle)[1]["0.json"])


def _link(phone: FakeIphone, bundle: str) -> None:
    phone.fault("copy from .*progress", "cut", times=3)


_LAUNCH = r"process launch"
_PROGRESS = r"copy from .*progress\.json"
_FOLDER = rf"copy from .*--source Documents/jobs/{JOB} "
_HOSTILE = "a b;touch pwned$(touch pwned)`touch pwned`'\"|&\n.."
_OTHER = device(identifier="CCCCCCCC-1111-4222-8333-DDDDDDDDDDDD", hardwareProperties={"udid": "00008130-OTHER"})

FAULTS = (
    Fault(name="no iPhone", says="sees no iPhone.*unlock it", make=lambda p, _: p.lists(), mend=_plug_in),
    Fault(name="two iPhones and no UDID", says="sees 2 iPhones.*ios:UDID.*OTHER", again_on=f"ios:{UDID}",
          make=lambda p, _: p.lists(device(), _OTHER)),
    Fault(name="a UDID that is not there", says="no iPhone 'a b;touch.*there are: 00008130", make=_nothing,
          on=f"ios:{_HOSTILE}"),
    Fault(name="not paired", says=f"not paired.*tap Trust.*--device {UDID}", mend=_plug_in,
          make=_lists(connectionProperties={"pairingState": "unpaired"})),
    Fault(name="not connected", says="takes no commands: not connected.*plug it in", mend=_plug_in,
          make=_lists(connectionProperties={"tunnelState": "unavailable"})),
    Fault(name="Developer Mode is off", says="Developer Mode is off.*Privacy & Security", mend=_plug_in,
          make=_lists(deviceProperties={"developerModeStatus": "disabled"})),
    Fault(name="an iPhone that is shut down", says="not started.*unlock it once", mend=_plug_in,
          make=_lists(deviceProperties={"bootState": "shutdown"})),
    Fault(name="an old iOS", says="it has iOS 16.7.*needs iOS 17", mend=_plug_in,
          make=_lists(deviceProperties={"osVersionNumber": "16.7"})),
    Fault(name="a simulator alone", says="sees no iPhone", mend=_plug_in,
          make=_lists(hardwareProperties={"reality": "simulated"})),
    Fault(name="app not installed", says="app dev.pocketseg.harness is not installed.*--app ID",
          make=lambda p, _: (p.folder / "app.json").unlink(), mend=lambda p, _: p.install()),
    Fault(name="app of another bundle id", says="not installed.*--app ID",
          make=lambda p, _: p.install("org.example.mine"), mend=lambda p, _: p.install()),
    Fault(name="locked", says="the iPhone is locked.*unlock it", make=lambda p, _: p.lock(),
          mend=lambda p, _: p.unlock()),
    Fault(name="a temperature that an iPhone does not say", says="does not report its battery's temperature.*heat",
          make=_nothing, max_temp_c=30.0),
    Fault(name="locked at the start", says="did not start: the iPhone is locked.*unlock the iPhone",
          make=_says("for reason: Locked (could not be, unlocked)")),
    Fault(name="a developer who is not trusted", says="did not start: .*not trust the developer.*Device Management",
          make=_says("invalid code signature, or its profile has not been explicitly trusted by the user")),
    Fault(name="Developer Mode off at the start", says="did not start: Developer Mode is off",
          make=_says("Developer Mode is disabled")),
    Fault(name="no developer disk image", says="developer services are not there.*Devices window",
          make=_says("The developer disk image could not be mounted on this device.", when="info apps")),
    Fault(name="an error that nobody has met", says="devicectl failed: The operation failed. / Odd \\?\\[31mthing",
          make=_says("Odd \x1b[31mthing", when="copy to")),
    Fault(name="storage full in the push", says="storage is full.*iPhone Storage", make=_meets("copy to", "full")),
    Fault(name="the bundle cut in the push", says="arrived incomplete: .* of 7,247 bytes",
          make=_meets("copy to", "cut")),
    Fault(name="cable lost in the push", says="was lost.*plug it in", make=_meets("copy to", "vanish", half=True),
          mend=_plug_in),
    Fault(name="cable lost at the start", says=f"was lost.*--resume {JOB}", make=_meets(_LAUNCH, "vanish"),
          mend=_plug_in),
    Fault(name="cable lost in the run", says=f"was lost.*--resume {JOB}", make=_meets(_PROGRESS, "vanish", after=1),
          mend=_plug_in, resumed=True),
    Fault(name="no answer in the run", says=f"left no answer.*--resume {JOB}", resumed=True,
          make=_meets(_PROGRESS, "fail", after=1, err="Abort trap: 6\n", code=134)),
    Fault(name="half an answer", says="answer cannot be read", make=_meets("info apps", "half an answer")),
    Fault(name="an answer that is no table", says="is malformed",
          make=_meets("list devices", "", told={"info": []})),
    Fault(name="an answer to another question", says="answered devicectl.device.reboot when asked for",
          make=_meets("list devices", "", info={"commandType": "devicectl.device.reboot"})),
    Fault(name="a newer form of JSON", says="version 6 of its JSON.*update pocketseg",
          make=_meets("list devices", "", info={"jsonVersion": 6})),
    Fault(name="a list of devices that is none", says="list of devices cannot be read",
          make=_meets("list devices", "", told={"result": {"devices": "x"}})),
    Fault(name="no Xcode", says="Xcode has no `devicectl`.*install Xcode 15.*device import",
          make=_meets("list devices", "fail", err='xcrun: error: unable to find utility "devicectl", not a developer '
                                                  "tool or in PATH\n")),
    Fault(name="an app that never says anything", says="wrote no progress within 0.3 s", make=_files()),
    Fault(name="an app that stands still", says="no progress for 0.4 s, in run 2 of 2.*1 of 2 records were finished",
          make=_first_steps(2), records_kept=1, mend=_rest, resumed=True),
    Fault(name="an app that ends before it says anything", says="ended before it wrote any progress, and has been "
          "restarted 3 times", make=_files(*[{"x": b"", **ENDS}] * 9)),
    Fault(name="an app that ends at one place", says="ended in run 2 of 2 .timing., and has been restarted 3 times.*"
          "1 of 2 records were finished", make=_dies(9), records_kept=1),
    Fault(name="locked while the app is started again", says="in run 2 of 2.*does not restart: .*is locked.*"
          "1 of 2 records were finished", make=_locked_on_the_way, records_kept=1, mend=_rest, resumed=True),
    Fault(name="the app refuses the job", says="refused the job: it is damaged",
          make=_told({"state": "refused", "reason": "it is damaged"})),
    Fault(name="the app fails", says=r"failed the job: \?\[31mno memory",
          make=_told({"state": "failed", "reason": "\x1b[31mno memory"})),
    Fault(name="an app of a newer schema", says="writes schema 2.0.*update pocketseg",
          make=_told({"schema_version": "2.0"})),
    Fault(name="progress of another job", says="is of another job", make=_told({"job": "f" * 32})),
    Fault(name="progress.json cut off", says="progress.json is cut off or damaged", resumed=True, make=_link),
    Fault(name="a record of a newer schema", says="2\\.0", make=_record_instead, mend=_true_record, resumed=True),
    Fault(name="a record cut off", says=f"0.json of the phone.*--resume {JOB}", make=_meets(_FOLDER, "cut records"),
          resumed=True),
    Fault(name="cable lost in the pull", says=f"was lost.*--resume {JOB}", make=_meets(_FOLDER, "vanish", half=True),
          mend=_plug_in, resumed=True),
    Fault(name="files that do not arrive", says=f"did not arrive.*--resume {JOB}", make=_meets(_FOLDER, "fewer"),
          resumed=True),
    Fault(name="a class map cut off", says="class map arrived damaged", make=_meets(_FOLDER, "cut"), resumed=True),
)  # fmt: skip
