"""Paths on an Android phone: the app, the bundles, the results of jobs. All names are hashes and job ids."""

from __future__ import annotations

from pocketseg.devices._quoting import bundle_hash, job_id

PACKAGE = "dev.pocketseg.harness"
ACTIVITY = f"{PACKAGE}/.RunActivity"
BUNDLES = "/data/local/tmp/pocketseg"  # the shell may write there, and apps may read what all may read
_JOBS = f"/sdcard/Android/media/{PACKAGE}/jobs"  # of the app, and the shell may read it
_RECORDS = f"content://{PACKAGE}.records"  # the other way: the app gives its files to who may DUMP


def bundle_zip(bundle_sha256: str) -> str:
    """Return the name of a bundle on the phone."""
    return f"{BUNDLES}/{bundle_hash(bundle_sha256)}.zip"


def job_folder(job: str) -> str:
    """Return the name of the folder in which the app leaves a job's results."""
    return f"{_JOBS}/{job_id(job)}"


def job_uri(job: str, name: str) -> str:
    """Return the address at which the app hands out one file of a job."""
    return f"{_RECORDS}/{job_id(job)}/{name}"
