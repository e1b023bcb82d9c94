"""The token of one `serve`: drawn at its start, part of the link, and valid until it ends."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence

BYTES = 16  # 128 bits: not to be guessed, and short in a QR code


def draw() -> str:
    """Return a new token of letters, digits, `-` and `_`."""
    return secrets.token_urlsafe(BYTES)


def is_right(given: Sequence[str], token: str) -> bool:
    """Return whether the values of a request's Authorization headers are exactly this token, in constant time.

    token: empty if it was revoked; then nothing is right.
    """
    if len(given) != 1 or not token:
        return False
    scheme, _, value = given[0].partition(" ")
    same = hmac.compare_digest(value.strip(" ").encode("utf-8", "surrogateescape"), token.encode())
    return scheme.lower() == "bearer" and same
