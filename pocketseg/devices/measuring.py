"""Runs a bundle as a job on a phone of any kind: push it, start it, follow it, pull the results, clean up."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pocketseg.core.errors import DeviceError, PocketSegError
from pocketseg.core.interrupted import when_interrupted
from pocketseg.devices._quoting import bundle_hash, job_id
from pocketseg.devices.bundle_zip import checked_bundle
from pocketseg.devices.following import follow
from pocketseg.devices.job_file import StartedJob, forget_job, keep_job, kept_job
from pocketseg.devices.kinds import kind_of
from pocketseg.devices.phone import (
    JobRefusedError,
    Limits,
    Note,
    NothingFinishedError,
    NotStartedError,
    Phone,
    PhoneLostError,
    Progress,
    StandstillError,
    UnfinishedError,
)  # fmt: skip
from pocketseg.devices.places import Place
from pocketseg.devices.progress import MOST_BYTES
from pocketseg.devices.pulling import Pulled, check_out, no_such_job, pull

_SPARE_S = 600.0  # beyond the job's own limit: for the app to start, and to write
_NOT_STARTED = "nothing was started on the phone; run the same command again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to run on which phone, and where its results go."""

    place: Place
    zip_path: Path
    bundle_sha256: str
    out: Path
    max_temp_c: float | None = None
    limits: Limits = field(default_factory=Limits)


def planned(place: Place, zip_path: Path, out: Path, max_temp_c: float | None) -> Plan:
    """Check a whole bundle, and plan its job within the limits that it sets. Raises BundleError."""
    with when_interrupted(_NOT_STARTED):
        checked = checked_bundle(zip_path)
    return Plan(
        place=place,
        zip_path=zip_path,
        bundle_sha256=checked.sha256,
        out=out,
        max_temp_c=max_temp_c,
        limits=kind_of(place).limits(checked.total_s + _SPARE_S),
    )


def check(place: Place, out: Path, max_temp_c: float | None) -> tuple[Phone, str]:
    """Choose the phone, and check everything that would spoil a job on it, before any long work. Raises DeviceError."""
    phone = kind_of(place).chosen(place.serial)
    check_out(out)
    kept_job(out)  # one that is damaged is refused
    return phone, phone.check(max_temp_c)


def measure(plan: Plan, *, note: Note, progress: Progress) -> Pulled:
    """Push the bundle, start it as a new job, follow it and pull its results into `plan.out`.

    Where the job ends early, its finished results are pulled before the error is raised. Raises DeviceError.
    """
    job, bundle = secrets.token_hex(16), bundle_hash(plan.bundle_sha256)
    with when_interrupted(_NOT_STARTED):
        phone, seen = check(plan.place, plan.out, plan.max_temp_c)
        note(seen)
        earlier = kept_job(plan.out)
        if earlier is not None:
            note(f"an earlier job was not fetched and is still on its phone; to fetch it: --resume {earlier.job}")
        progress("pushing the bundle", 0, 1)
        pushed = phone.push(plan.zip_path, bundle)
        progress("pushing the bundle", 1, 1)
        note(f"the bundle is {'already' if pushed.was_there else 'now'} on the phone: {pushed.name}")
        if plan.max_temp_c is not None:
            phone.wait_until_cool(plan.max_temp_c, progress)
        if phone.app_runs():
            note("the app was open on the phone: it is restarted, which ends a job it was running")
    with when_interrupted(f"job {job} may have started on the phone; to follow and fetch it: --resume {job}"):
        note(f"job {job}; if the connection is lost: --resume {job}")
        keep_job(plan.out, StartedJob(job=job, bundle=bundle, kind=plan.place.kind, serial=phone.serial))
        try:
            with _going_on(job, DeviceError):
                phone.start(bundle, job)
        except NotStartedError:
            forget_job(plan.out)
            if earlier is not None:
                keep_job(plan.out, earlier)
            raise
        return _finish(phone, job, plan, note, progress)


def resume(plan: Plan, job: str, *, note: Note, progress: Progress) -> Pulled:
    """Follow a job that was started before, and pull its results. Raises DeviceError."""
    with when_interrupted(_stays(job_id(job))):
        earlier = kept_job(plan.out)
        serial = plan.place.serial
        if earlier is not None and earlier.job == job:
            if earlier.bundle != plan.bundle_sha256:
                hint = "give the bundle that it ran"
                raise DeviceError(f"job {job} belongs to another bundle: {earlier.bundle}", hint=hint)
            if earlier.kind != plan.place.kind:
                hint = f"--on {earlier.kind}"
                raise DeviceError(f"job {job} was started on {earlier.kind}", hint=hint)
            serial = serial or earlier.serial  # one that is given wins: over the air a phone comes back with another
        phone = kind_of(plan.place).chosen(serial)
        check_out(plan.out)
        if (earlier is None or earlier.job != job) and phone.read_progress(job, MOST_BYTES) is None:
            raise no_such_job(job)
        note(f"resuming job {job} on {phone.shown}")
        return _finish(phone, job, plan, note, progress)


def _finish(phone: Phone, job: str, plan: Plan, note: Note, progress: Progress) -> Pulled:
    with when_interrupted(_stays(job)):
        _follow(phone, job, plan, progress)
    with when_interrupted(f"job {job} is finished and still on the phone; to fetch it: --resume {job}"):
        try:
            with _going_on(job, PocketSegError):  # a full disk here, too
                pulled = pull(phone, job, plan.bundle_sha256, plan.out, progress)
        except NothingFinishedError as error:
            error.hint = "\n".join([error.hint, *_over(phone, job, plan)])
            raise
    with when_interrupted(f"the results are here: {plan.out}"):
        for sentence in _over(phone, job, plan):
            note(sentence)
    return pulled


def _follow(phone: Phone, job: str, plan: Plan, progress: Progress) -> None:
    """Follow a job to its end. Raises DeviceError where it did not end well, after fetching what was finished."""
    try:
        with _going_on(job, DeviceError):
            follow(phone, plan.bundle_sha256, job, plan.limits, progress)
    except StandstillError as error:
        raise _stood_still(error, phone, job, plan, progress) from error
    except UnfinishedError as error:
        raise _ended_early(error, phone, job, plan, progress) from error


@contextmanager
def _going_on(job: str, kind: type[PocketSegError]) -> Iterator[None]:
    """Add to errors of that kind how to resume the job."""
    try:
        yield
    except kind as error:
        if isinstance(error, (UnfinishedError, NotStartedError, NothingFinishedError)):
            raise
        error.hint = f"{error.hint}\nto follow and fetch the job that was started: --resume {job}".strip()
        raise


def _stays(job: str) -> str:
    return f"job {job} is on the phone, and keeps running there; to follow and fetch it: --resume {job}"


def _stood_still(error: StandstillError, phone: Phone, job: str, plan: Plan, progress: Progress) -> DeviceError:
    """Pull the finished results of a job that may yet continue; return the error that says so."""
    try:
        with _going_on(job, PhoneLostError):
            done = _fetched(phone, job, plan, progress)
    except PhoneLostError:
        raise
    except PocketSegError as failed:
        done = f"nothing was fetched: {failed.message}"
    return DeviceError(error.message, hint=f"{error.hint}\n{done}; to follow the job again: --resume {job}")


def _ended_early(error: UnfinishedError, phone: Phone, job: str, plan: Plan, progress: Progress) -> DeviceError:
    """Pull the finished results of a job that has ended, and remove it
    from the phone; return the error that says so.
    """
    try:
        with _going_on(job, PhoneLostError):
            done = _fetched(phone, job, plan, progress)
    except NothingFinishedError:
        done = "no record was finished"
    except PhoneLostError:
        raise
    except PocketSegError as failed:  # what is there does not come whole, or finds no room here
        left = f"nothing was fetched: {failed.message}\nthe job is still on the phone; to fetch it: --resume {job}"
        return DeviceError(error.message, hint=f"{error.hint}\n{left}")
    with when_interrupted(f"{error.message}; {done}"):
        stays = _over(phone, job, plan)
        if isinstance(error, JobRefusedError) and not phone.hashes:  # it may lie there damaged, under its name
            stays += phone.remove(bundle=plan.bundle_sha256)
        return DeviceError(error.message, hint="\n".join([error.hint, done, *stays]))


def _fetched(phone: Phone, job: str, plan: Plan, progress: Progress) -> str:
    pulled = pull(phone, job, plan.bundle_sha256, plan.out, progress)
    return f"{pulled.records} of {pulled.runs} records were finished, and are in {plan.out}"


def _over(phone: Phone, job: str, plan: Plan) -> list[str]:
    """Forget a job that is fully here, and remove it from the phone; return a
    sentence for each thing that could not be removed.
    """
    forget_job(plan.out)
    return phone.remove(job=job)


def clean(plan: Plan, serial: str) -> list[str]:
    """Remove a plan's bundle from the phone it ran on; return a sentence for each thing that could not be removed."""
    try:
        return kind_of(plan.place).chosen(serial).remove(bundle=plan.bundle_sha256)
    except DeviceError as error:  # the results are here
        return [f"the bundle is still on the phone: {error.message}"]
