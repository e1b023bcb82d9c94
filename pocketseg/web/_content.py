"""The body that a route serves: its hash as an ETag, compressed if that saves time on a network."""

from __future__ import annotations

import hashlib
import os
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pocketseg.core.files import sha256_file
from pocketseg.core.outside import open_regular, read_within
from pocketseg.web._wire import CHUNK_BYTES
from pocketseg.web.refused import Refused
from pocketseg.web.site import Served

_PACKED = ("text/", "application/wasm", "application/json", "application/manifest+json", "image/svg+xml")
_LEAST_BYTES, _MOST_BYTES = 1 << 10, 64 << 20
_LEVEL = 6
_Stamp = tuple[int, int]  # of a file: what changes where it is written anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The body that is sent for a route. content: a file, or bytes that are sent unchanged."""

    content: Path | bytes
    size_bytes: int
    etag: str
    encoding: str  # `gzip`, or empty

    def chunks(self) -> Iterator[bytes | memoryview]:
        """Yield the body's bytes, as many as announced. Raises OSError or ValueError if the file has changed."""
        if isinstance(self.content, bytes):
            yield self.content
            return
        left = self.size_bytes
        with os.fdopen(open_regular(self.content), "rb") as stream:
            while left > 0:
                chunk = stream.read(min(CHUNK_BYTES, left))
                if not chunk:
                    raise ValueError(f"{self.content} became shorter while it was sent")
                left -= len(chunk)
                yield chunk


class Contents:
    """Hashes and compressed forms of a site's routes, each made once, when first requested."""

    def __init__(self) -> None:
        self._hashes: dict[Path, tuple[_Stamp, str]] = {}
        self._packed: dict[str, bytes] = {}  # by the hash of what was packed
        self._packing = threading.Lock()

    def body(self, served: Served, *, takes_gzip: bool) -> Body:
        """Return the body to send. Raises Refused if its file no longer exists."""
        content = served.content
        try:
            if isinstance(content, bytes):
                size, sha256 = len(content), hashlib.sha256(content).hexdigest()
            else:
                size, sha256 = content.stat().st_size, self._hash_of(content)
            if takes_gzip and served.mime.startswith(_PACKED) and _LEAST_BYTES <= size <= _MOST_BYTES:
                packed = self._pack(content, sha256)
                return Body(content=packed, size_bytes=len(packed), etag=f'"{sha256[:32]}-gzip"', encoding="gzip")
        except (OSError, ValueError) as error:
            name = "a file" if isinstance(content, bytes) else content.name
            raise Refused(500, f"{name} is no longer there on the computer", "start `pocketseg serve` again") from error
        return Body(content=content, size_bytes=size, etag=f'"{sha256[:32]}"', encoding="")

    def _hash_of(self, path: Path) -> str:
        said = path.stat()
        stamp = (said.st_size, said.st_mtime_ns)
        known = self._hashes.get(path)
        if known is None or known[0] != stamp:
            known = self._hashes[path] = (stamp, sha256_file(path))
        return known[1]

    def _pack(self, content: Path | bytes, sha256: str) -> bytes:
        with self._packing:  # several tabs ask for the same at once
            if sha256 not in self._packed:
                data = content if isinstance(content, bytes) else read_within(content, _MOST_BYTES)
                packer = zlib.compressobj(_LEVEL, wbits=16 + zlib.MAX_WBITS)
                self._packed[sha256] = packer.compress(data) + packer.flush()
            return self._packed[sha256]
