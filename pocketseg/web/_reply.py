"""An answer of the server, and the headers that every answer has."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from pocketseg.web._content import Body
from pocketseg.web.refused import Refused

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; "
    "style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), screen-wake-lock=(self), microphone=(), geolocation=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# What browsers ignore on plain http of a network, with an error in the page's console each time.
OF_TRUSTED = ("Cross-Origin-Opener-Policy",)
_JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer.

    Attributes:
        body: None to send none, though headers may state its length (HEAD).
        closes: whether the connection ends after it.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: Body | bytes | None = None
    closes: bool = False

    def head(self, *, stays: bool, without: Collection[str] = ()) -> bytes:
        """Return its first line and headers, except those named in `without`."""
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = "Unknown"
        ending = {} if stays and not self.closes else {"Connection": "close"}
        headers = {**self.headers, **ALWAYS, **ending}
        lines = [f"{name}: {value}" for name, value in headers.items() if name not in without]
        return "\r\n".join([f"HTTP/1.1 {self.status} {phrase}", *lines, "", ""]).encode("latin-1")


def json_reply(status: int, document: Any, *, is_head: bool = False) -> Reply:
    """Return an answer with a JSON document, which browsers must not cache."""
    data = json.dumps(document, ensure_ascii=True, allow_nan=False).encode()
    headers = {"Content-Type": _JSON, "Content-Length": str(len(data)), "Cache-Control": "no-store"}
    return Reply(status=status, headers=headers, body=None if is_head else data)


def refusal(error: Refused, *, is_head: bool = False, closes: bool = False) -> Reply:
    """Return the answer to a refused request."""
    made = json_reply(error.status, {"error": error.message, "hint": error.hint}, is_head=is_head)
    return Reply(status=made.status, headers={**made.headers, **error.headers}, body=made.body, closes=closes)
