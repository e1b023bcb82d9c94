"""Paths in the iOS app's container: bundles and results of jobs. All names are hashes and job ids."""

from __future__ import annotations

from pocketseg.devices._quoting import bundle_hash, job_id

APP = "dev.pocketseg.harness"  # a team that signs the app may need a bundle id of its own
DOCUMENTS = "Documents"
PUSHED = f"{DOCUMENTS}/pushed"
_JOBS = f"{DOCUMENTS}/jobs"


def bundle_zip(bundle_sha256: str) -> str:
    """Return the name of a bundle in the app's container."""
    return f"{PUSHED}/{bundle_hash(bundle_sha256)}.zip"


def job_folder(job: str) -> str:
    """Return the name of the folder in which the app leaves a job's results."""
    return f"{_JOBS}/{job_id(job)}"
