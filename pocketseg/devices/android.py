"""An Android phone by adb: push a bundle, run it as a job, pull what the job made, and leave little behind."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pocketseg.core.errors import DeviceError, PocketSegError
from pocketseg.core.interrupted import when_interrupted
from pocketseg.devices import adb
from pocketseg.devices._android_checks import (
    Seen,
    about,
    app_version,
    check_battery,
    check_phone,
    wait_until_cool,
)  # fmt: skip
from pocketseg.devices._android_paths import bundle_zip, job_folder
from pocketseg.devices._android_pull import NothingFinishedError, Pulled, check_out, pull
from pocketseg.devices._android_push import Pushed, push
from pocketseg.devices._android_run import (
    Limits,
    NotStartedError,
    StandstillError,
    UnfinishedError,
    app_runs,
    follow,
    start,
)  # fmt: skip
from pocketseg.devices._quoting import bundle_hash, job_id
from pocketseg.devices.adb import PhoneLostError
from pocketseg.devices.bundle_zip import checked_bundle
from pocketseg.devices.job_file import StartedJob, forget_job, keep_job, kept_job
from pocketseg.devices.places import Place

__all__ = [
    "Limits",
    "Listed",
    "NothingFinishedError",
    "Plan",
    "Pulled",
    "Pushed",
    "check",
    "clean",
    "listed",
    "measure",
    "planned",
    "pull",
    "push",
    "resume",
]

Note = Callable[[str], None]
Progress = Callable[[str, int, int], None]

_COOLING_S = 1_800.0
_SPARE_S = 600.0  # beyond the job's own limit: for the app to start, and to write
_COOLING_POLL_S = 10.0
_NO_ANSWER = "no answer"  # of a phone that adb lists as ready
_NOT_STARTED = "nothing was started on the phone; give the same command again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A phone that adb sees, and what it says of itself; empty where it takes no commands."""

    serial: str
    state: str  # adb's word, or that it lists the phone and gets no answer from it
    reason: str  # why there was no answer
    model: str
    android: str
    app: str  # the version of the app on it, or empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is run where, and where its results go."""

    place: Place
    zip_path: Path
    bundle_sha256: str
    out: Path
    max_temp_c: float | None = None
    limits: Limits = field(default_factory=Limits)


def planned(place: Place, zip_path: Path, out: Path, max_temp_c: float | None) -> Plan:
    """Look at all of a bundle, and plan its job within the limits that it sets. Raises BundleError."""
    with when_interrupted(_NOT_STARTED):
        checked = checked_bundle(zip_path)
    return Plan(
        place=place,
        zip_path=zip_path,
        bundle_sha256=checked.sha256,
        out=out,
        max_temp_c=max_temp_c,
        limits=Limits(total_s=checked.total_s + _SPARE_S),
    )


def listed() -> list[Listed]:
    """Return the phones that adb sees. Raises DeviceError where there is no adb."""
    return [_seen(phone) for phone in adb.devices()]


def _seen(phone: adb.Phone) -> Listed:
    state, reason, model, android, app = phone.state, "", phone.facts.get("model", "").replace("_", " "), "", ""
    if state == adb.READY:
        try:
            (model, android), app = about(phone.serial), app_version(phone.serial) or ""
        except DeviceError as error:  # adb lists it, and yet it does not answer, or is gone by now
            state, reason = _NO_ANSWER, error.message
    return Listed(serial=phone.serial, state=state, reason=reason, model=model, android=android, app=app)


def check(place: Place, out: Path, max_temp_c: float | None) -> tuple[adb.Phone, Seen]:
    """Choose the phone, and look at all that would spoil a job on it: before any long work. Raises DeviceError."""
    phone = adb.chosen(place.serial)
    check_out(out)
    kept_job(out)  # one that is damaged is refused
    seen = check_phone(phone.serial)
    if max_temp_c is not None:
        check_battery(phone.serial, max_temp_c)
    return phone, seen


def measure(plan: Plan, *, note: Note, progress: Progress) -> Pulled:
    """Push the bundle, start it as a new job, follow it and pull its results into `plan.out`.

    Where the job ends early, what it finished is pulled before the error is raised. Raises DeviceError.
    """
    job, bundle = secrets.token_hex(16), bundle_hash(plan.bundle_sha256)
    with when_interrupted(_NOT_STARTED):
        phone, seen = check(plan.place, plan.out, plan.max_temp_c)
        serial = phone.serial
        note(f"{phone.shown}: {seen.model}, Android {seen.android}, app {seen.app_version}")
        earlier = kept_job(plan.out)
        if earlier is not None:
            note(f"an earlier job was not fetched, and stays on its phone: --resume {earlier.job}")
        progress("pushing the bundle", 0, 1)
        pushed = push(serial, plan.zip_path, bundle)
        progress("pushing the bundle", 1, 1)
        note(f"the bundle {'lies' if pushed.was_there else 'is now'} on the phone: {pushed.name}")
        if plan.max_temp_c is not None:
            _cool(serial, plan.max_temp_c, progress)
        if app_runs(serial):
            note("the app was open on the phone: it is started anew, and a job that it was at ends")
    with when_interrupted(f"job {job} may have begun on the phone; to follow and fetch it: --resume {job}"):
        note(f"job {job}; if the cable is lost: --resume {job}")
        keep_job(plan.out, StartedJob(job=job, bundle=bundle, kind=plan.place.kind, serial=serial))
        try:
            with _going_on(job, DeviceError):
                start(serial, bundle, job)
        except NotStartedError:
            forget_job(plan.out)
            if earlier is not None:
                keep_job(plan.out, earlier)
            raise
        return _finish(serial, job, plan, note, progress)


def resume(plan: Plan, job: str, *, note: Note, progress: Progress) -> Pulled:
    """Follow a job that was started before, and pull its results. Raises DeviceError."""
    with when_interrupted(_stays(job_id(job))):
        earlier = kept_job(plan.out)
        serial = plan.place.serial
        if earlier is not None and earlier.job == job:
            if earlier.bundle != plan.bundle_sha256:
                hint = "give the bundle it was run on"
                raise DeviceError(f"job {job} is of another bundle: {earlier.bundle}", hint=hint)
            serial = serial or earlier.serial  # one that is given wins: over the air a phone comes back with another
        phone = adb.chosen(serial)
        check_out(plan.out)
        note(f"going on with job {job} on {phone.shown}")
        return _finish(phone.serial, job, plan, note, progress)


def _cool(serial: str, max_temp_c: float, progress: Progress) -> None:
    wait_until_cool(serial, max_temp_c, limit_s=_COOLING_S, poll_s=_COOLING_POLL_S, progress=progress)


def _finish(serial: str, job: str, plan: Plan, note: Note, progress: Progress) -> Pulled:
    with when_interrupted(_stays(job)):
        _follow(serial, job, plan, progress)
    with when_interrupted(f"job {job} is finished and stays on the phone; to fetch it: --resume {job}"):
        try:
            with _going_on(job, PocketSegError):  # a full disk here, too
                pulled = pull(serial, job, plan.bundle_sha256, plan.out, progress)
        except NothingFinishedError as error:
            error.hint = "\n".join([error.hint, *_over(serial, job, plan)])
            raise
    with when_interrupted(f"the results are here: {plan.out}"):
        for sentence in _over(serial, job, plan):
            note(sentence)
    return pulled


def _follow(serial: str, job: str, plan: Plan, progress: Progress) -> None:
    """Follow a job to its end. Raises DeviceError where that is not a good one, with what was done fetched."""
    try:
        with _going_on(job, DeviceError):
            follow(serial, plan.bundle_sha256, job, plan.limits, progress)
    except StandstillError as error:
        raise _stood_still(error, serial, job, plan, progress) from error
    except UnfinishedError as error:
        raise _ended_early(error, serial, job, plan, progress) from error


@contextmanager
def _going_on(job: str, kind: type[PocketSegError]) -> Iterator[None]:
    """Say in errors of that kind how the job is gone on with."""
    try:
        yield
    except kind as error:
        if isinstance(error, (UnfinishedError, NotStartedError, NothingFinishedError)):
            raise
        error.hint = f"{error.hint}\nto follow and fetch the job that was started: --resume {job}".strip()
        raise


def _stays(job: str) -> str:
    return f"job {job} stays on the phone, and goes on there until it is over; to follow and fetch it: --resume {job}"


def _stood_still(error: StandstillError, serial: str, job: str, plan: Plan, progress: Progress) -> DeviceError:
    """Pull what a job has finished that may yet come on; return the error that says so."""
    try:
        with _going_on(job, PhoneLostError):
            done = _fetched(serial, job, plan, progress)
    except PhoneLostError:
        raise
    except PocketSegError as failed:
        done = f"nothing was fetched: {failed.message}"
    return DeviceError(error.message, hint=f"{error.hint}\n{done}; to follow the job again: --resume {job}")


def _ended_early(error: UnfinishedError, serial: str, job: str, plan: Plan, progress: Progress) -> DeviceError:
    """Pull what a job that is over has finished, and remove it from the phone; return the error that says so."""
    try:
        with _going_on(job, PhoneLostError):
            done = _fetched(serial, job, plan, progress)
    except NothingFinishedError:
        done = "no record was finished"
    except PhoneLostError:
        raise
    except PocketSegError as failed:  # what is there does not come whole, or finds no room here
        left = f"nothing was fetched: {failed.message}\nthe job stays on the phone; to fetch it: --resume {job}"
        return DeviceError(error.message, hint=f"{error.hint}\n{left}")
    with when_interrupted(f"{error.message}; {done}"):
        return DeviceError(error.message, hint="\n".join([error.hint, done, *_over(serial, job, plan)]))


def _fetched(serial: str, job: str, plan: Plan, progress: Progress) -> str:
    pulled = pull(serial, job, plan.bundle_sha256, plan.out, progress)
    return f"{pulled.records} of {pulled.runs} records were finished, and are in {plan.out}"


def _over(serial: str, job: str, plan: Plan) -> list[str]:
    """Forget a job of which all is here, and remove it from the phone; return sentences on what could not be."""
    forget_job(plan.out)
    return clean(serial, job=job)


def clean(serial: str, *, job: str | None = None, bundle: str | None = None) -> list[str]:
    """Remove a job's results or a bundle from the phone; return sentences on what could not be removed."""
    left = []
    words = [("-rf", job_folder(job))] if job is not None else []
    if bundle is not None:
        words += [("-f", bundle_zip(bundle)), ("-f", f"{bundle_zip(bundle)}.part")]
    for option, name in words:
        try:
            answer = adb.shell(serial, "rm", option, name)
            failed = "" if answer.code == 0 else adb.said(answer)
        except DeviceError as error:  # tidying is no reason to fail: what was wanted is here
            failed = error.message
        if failed:
            left.append(f"{name} stays on the phone: {failed}")
    return left
