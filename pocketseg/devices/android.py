"""An Android phone by adb: push a bundle, run it as a job, pull what the job made, and leave little behind."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pocketseg.core.errors import DeviceError
from pocketseg.devices import adb
from pocketseg.devices._android_checks import about, app_version, check_phone, wait_until_cool
from pocketseg.devices._android_paths import bundle_zip, job_folder
from pocketseg.devices._android_pull import Pulled, check_out, pull
from pocketseg.devices._android_push import Pushed, push
from pocketseg.devices._android_run import Limits, StandstillError, UnfinishedError, app_runs, follow, start
from pocketseg.devices._quoting import bundle_hash, job_id
from pocketseg.devices.adb import PhoneLostError
from pocketseg.devices.bundle_zip import checked_bundle
from pocketseg.devices.job_file import StartedJob, forget_job, keep_job, kept_job
from pocketseg.devices.places import Place

__all__ = [
    "Limits",
    "Listed",
    "Plan",
    "Pulled",
    "Pushed",
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A phone that adb sees, and what it says of itself; empty where it takes no commands."""

    serial: str
    state: str
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
    found = []
    for phone in adb.devices():
        model, android, app = phone.facts.get("model", "").replace("_", " "), "", ""
        if phone.state == adb.READY:
            try:
                (model, android), app = about(phone.serial), app_version(phone.serial) or ""
            except PhoneLostError:
                continue  # gone since it was listed
        found.append(Listed(serial=phone.serial, state=phone.state, model=model, android=android, app=app))
    return found


def measure(plan: Plan, *, note: Note, progress: Progress) -> Pulled:
    """Push the bundle, start it as a new job, follow it and pull its results into `plan.out`.

    Where the job ends early, what it finished is pulled before the error is raised. Raises DeviceError.
    """
    phone = adb.chosen(plan.place.serial)
    serial, job, bundle = phone.serial, secrets.token_hex(16), bundle_hash(plan.bundle_sha256)
    check_out(plan.out)
    seen = check_phone(serial)
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
    note(f"job {job}; if the cable is lost: --resume {job}")
    keep_job(plan.out, StartedJob(job=job, bundle=bundle, kind=plan.place.kind, serial=serial))
    with _going_on(job, PhoneLostError):
        start(serial, bundle, job)
    return _finish(serial, job, plan, note, progress)


def resume(plan: Plan, job: str, *, note: Note, progress: Progress) -> Pulled:
    """Follow a job that was started before, and pull its results. Raises DeviceError."""
    earlier = kept_job(plan.out)
    serial = plan.place.serial
    if earlier is not None and earlier.job == job_id(job):
        if earlier.bundle != plan.bundle_sha256:
            raise DeviceError(f"job {job} is of another bundle: {earlier.bundle}", hint="give the bundle it was run on")
        serial = serial or earlier.serial  # one that is given wins: over the air a phone comes back with another
    phone = adb.chosen(serial)
    check_out(plan.out)
    note(f"going on with job {job} on {phone.shown}")
    return _finish(phone.serial, job, plan, note, progress)


def _cool(serial: str, max_temp_c: float, progress: Progress) -> None:
    wait_until_cool(serial, max_temp_c, limit_s=_COOLING_S, poll_s=_COOLING_POLL_S, progress=progress)


def _finish(serial: str, job: str, plan: Plan, note: Note, progress: Progress) -> Pulled:
    try:
        with _going_on(job, DeviceError):
            follow(serial, plan.bundle_sha256, job, plan.limits, progress)
    except StandstillError as error:
        raise _with_what_is_done(error, serial, job, plan, progress) from error
    except UnfinishedError as error:
        told = _with_what_is_done(error, serial, job, plan, progress)
        forget_job(plan.out)
        raise told from error
    with _going_on(job, DeviceError):
        pulled = pull(serial, job, plan.bundle_sha256, plan.out, progress)
    forget_job(plan.out)
    for sentence in clean(serial, job=job):
        note(sentence)
    return pulled


@contextmanager
def _going_on(job: str, kind: type[DeviceError]) -> Iterator[None]:
    """Say in errors of that kind how the job is gone on with."""
    try:
        yield
    except kind as error:
        if isinstance(error, UnfinishedError):
            raise
        error.hint = f"{error.hint}\nto follow and fetch the job that was started: --resume {job}".strip()
        raise


def _with_what_is_done(error: UnfinishedError, serial: str, job: str, plan: Plan, progress: Progress) -> DeviceError:
    """Pull the finished records of a job that ended early, and return the error that says where they are."""
    try:
        with _going_on(job, PhoneLostError):
            pulled = pull(serial, job, plan.bundle_sha256, plan.out, progress)
    except PhoneLostError:
        raise
    except DeviceError as failed:
        return DeviceError(error.message, hint=f"{error.hint}\nnothing was fetched: {failed.message}")
    done = f"{pulled.records} of {pulled.runs} records were finished, and are in {plan.out}"
    if isinstance(error, StandstillError):
        return DeviceError(error.message, hint=f"{error.hint}\n{done}; to follow the job again: --resume {job}")
    return DeviceError(error.message, hint="\n".join([error.hint, done, *clean(serial, job=job)]))


def clean(serial: str, *, job: str | None = None, bundle: str | None = None) -> list[str]:
    """Remove a job's results or a bundle from the phone; return sentences on what could not be removed."""
    left = []
    words = [("-rf", job_folder(job))] if job is not None else []
    if bundle is not None:
        words += [("-f", bundle_zip(bundle)), ("-f", f"{bundle_zip(bundle)}.part")]
    for option, name in words:
        answer = adb.shell(serial, "rm", option, name)
        if answer.code != 0:
            left.append(f"{name} stays on the phone: {adb.said(answer)}")
    return left
