"""Checks a bundle before it goes to a phone: that it is one whole .zip, its hash, how long its job may take."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pocketseg.core.archive import Archive
from pocketseg.core.bundle import MOST_BYTES, NAME, open_bundle
from pocketseg.core.errors import BundleError


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedBundle:
    """A zipped bundle whose every file matches its bundle.json."""

    path: Path
    sha256: str
    total_s: float  # that its job may take


def checked_bundle(path: Path) -> CheckedBundle:
    """Check a whole bundle before it is sent. Raises BundleError."""
    _check_zip(path)
    with open_bundle(path) as bundle:
        bundle.verify()
        return CheckedBundle(path=path, sha256=bundle.sha256, total_s=bundle.content["job"]["limits"]["total_s"])


def bundle_sha256(path: Path) -> str:
    """Return a zipped bundle's hash: the SHA-256 of its bundle.json. Raises BundleError."""
    _check_zip(path)
    with Archive(path) as archive:
        return hashlib.sha256(archive.read(NAME, MOST_BYTES)).hexdigest()


def _check_zip(path: Path) -> None:
    if path.is_dir():
        raise BundleError(f"{path} is a folder, but a phone takes a bundle as one .zip", hint="give the .zip beside it")
