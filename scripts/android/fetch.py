"""Fetches files that are pinned by SHA-256, once; an interrupted download is resumed."""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pocketseg.core.errors import DataError
from pocketseg.core.files import make_folder, sha256_file

_FETCH_S = 60.0
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """A pinned file: its path below any of the servers, its size, and its hash."""

    file: str
    size_bytes: int
    sha256: str


def fetch(pinned: Pinned, servers: Sequence[str], folder: Path) -> Path:
    """Return the file in `folder`, fetched from the first server that has it. Raises DataError.

    What an earlier try fetched is kept, and only the rest is requested.
    """
    make_folder(folder)
    path = folder / Path(pinned.file).name
    if path.is_file() and sha256_file(path) == pinned.sha256:
        return path
    part = path.with_name(path.name + ".part")
    reasons = []
    for server in servers:
        address = f"{server.rstrip('/')}/{pinned.file}"
        try:
            _download(address, part, pinned.size_bytes)
        except (OSError, ValueError) as error:  # http.client and urllib raise both
            reasons.append(f"{address}: {error}")
            continue
        if sha256_file(part) == pinned.sha256:
            part.replace(path)
            return path
        part.unlink()
        reasons.append(f"{address}: the bytes are not those that are pinned")
    raise DataError(
        f"cannot fetch {path.name}: {'; '.join(reasons)}",
        hint="run it again to continue where it stopped; if a server has only a newer version, pin that",
    )


def _download(address: str, part: Path, size_bytes: int) -> None:
    """Write the file, or the rest of it, to `part`; never more than its size."""
    have = part.stat().st_size if part.is_file() else 0
    if have >= size_bytes:  # whole, or of another file: the hash will say
        if have == size_bytes:
            return
        part.unlink()
        have = 0
    request = urllib.request.Request(address, headers={"Range": f"bytes={have}-"} if have else {})
    with urllib.request.urlopen(request, timeout=_FETCH_S) as answer:
        goes_on = answer.status == 206
        left = size_bytes - (have if goes_on else 0)
        with part.open("ab" if goes_on else "wb") as stream:
            while left > 0 and (chunk := answer.read(min(left, _CHUNK_BYTES))):
                stream.write(chunk)
                left -= len(chunk)
    if left:
        raise OSError(f"the connection ended {left} bytes early")


def sha256_bytes(data: bytes) -> str:
    """Return the SHA-256 of bytes, in hex."""
    return hashlib.sha256(data).hexdigest()
