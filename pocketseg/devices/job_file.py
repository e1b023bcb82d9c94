"""A small file beside a results folder that says which job was started for it, until the results are here.

`results/` has `results.job.json`: with it a job can be resumed after a lost cable, on the phone on which it runs.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from pocketseg.core.errors import DeviceError
from pocketseg.core.files import disk_faults, write_json
from pocketseg.core.outside import read_json
from pocketseg.devices._quoting import bundle_hash, job_id

_MOST_BYTES = 1 << 16
_FIELDS = ("job", "bundle", "kind", "serial")


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedJob:
    """A job, its bundle, and the phone that it was started on."""

    job: str
    bundle: str
    kind: str
    serial: str


def job_file(out: Path) -> Path:
    """Return the name of that file for a results folder."""
    return out.absolute().with_name(f"{out.absolute().name}.job.json")


def keep_job(out: Path, started: StartedJob) -> None:
    """Write down what was started for this results folder."""
    write_json(job_file(out), {"schema_version": "1.0", **asdict(started)})


def kept_job(out: Path) -> StartedJob | None:
    """Return the job started for this results folder and not yet fetched. Raises DeviceError for a damaged file."""
    path = job_file(out)
    try:
        found = read_json(path, _MOST_BYTES)
        if not isinstance(found, dict) or not all(isinstance(found.get(name), str) for name in _FIELDS):
            raise ValueError(f"it lacks one of {', '.join(_FIELDS)}")
        job_id(found["job"])
        bundle_hash(found["bundle"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, DeviceError) as error:
        raise DeviceError(f"{path} is damaged: {error}", hint="remove it; --resume JOB works without it") from error
    return StartedJob(**{name: found[name] for name in _FIELDS})


def forget_job(out: Path) -> None:
    """Remove the file once the results are here."""
    path = job_file(out)
    with disk_faults(path):
        path.unlink(missing_ok=True)
