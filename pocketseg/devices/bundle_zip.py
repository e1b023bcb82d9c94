"""What the way to a phone needs of a bundle: that it is one canonical .zip, and the hash that is its name there."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pocketseg.core.archive import Archive
from pocketseg.core.errors import BundleError

_JOB = "bundle.json"
_MOST_BYTES = 64 << 20


def bundle_sha256(path: Path) -> str:
    """Return a zipped bundle's hash: the SHA-256 of its bundle.json. Raises BundleError."""
    if path.is_dir():
        raise BundleError(f"{path} is a folder, and a phone takes a bundle as one .zip", hint="give the .zip of it")
    with Archive(path) as archive:
        return hashlib.sha256(archive.read(_JOB, _MOST_BYTES)).hexdigest()
