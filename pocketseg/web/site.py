"""The routes that a server serves: a fixed table, so that no request can name a file of this computer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

NO_CACHE = "no-cache"
IMMUTABLE = "immutable"
PRIVATE = ("bundle/", "results/")  # what lies below needs the token, be it there or not

_MIMES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".json": "application/json",
    ".wasm": "application/wasm", ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg",
    ".webp": "image/webp", ".ico": "image/x-icon", ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8", ".woff2": "font/woff2",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One resource that is served.

    Attributes:
        is_private: whether it needs the token.
        cache: NO_CACHE or IMMUTABLE.
    """

    content: Path | bytes
    mime: str
    is_private: bool
    cache: str


Site = Mapping[str, Served]  # by path without the leading slash; "" is the page


def mime_of(name: str) -> str:
    """Return the MIME type of a file by its name.

    Only with the right type do browsers compile WebAssembly as it arrives.
    """
    return _MIMES.get(name[name.rfind(".") :].lower() if "." in name else "", "application/octet-stream")
