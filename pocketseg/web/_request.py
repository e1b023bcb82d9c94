"""Reads the head of an HTTP/1.1 request strictly: what two programs could read differently is refused.

Paths are not decoded, and the length of a body is never guessed: routes are plain names, and Content-Length alone
states how long a body is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pocketseg.web.refused import Refused

MOST_HEAD_BYTES = 16 << 10
MOST_TARGET_BYTES = 2 << 10
MOST_HEADERS = 64
METHODS = ("GET", "HEAD", "PUT")
END = b"\r\n\r\n"
_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ([\x21-\x7e]+) HTTP/([0-9])\.([0-9])")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_LENGTH = re.compile(r"[0-9]{1,15}")
_ONCE = ("host", "content-length", "authorization", "origin", "expect", "content-type")
_BY_HAND = "open the link that `pocketseg serve` printed in a browser"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A valid head.

    Attributes:
        path: without the leading slash, and without a `?` and what follows it.
        headers: by name in lower case.
    """

    method: str
    path: str
    headers: dict[str, tuple[str, ...]]
    body_bytes: int | None  # None: Content-Length was not given
    stays: bool  # the connection, once this is answered

    def one(self, name: str) -> str:
        """Return a header's value; empty if it was not sent."""
        return self.headers.get(name, ("",))[0]


def parse(head: bytes) -> Request:
    """Return the request in a head that has no final empty line.

    Raises Refused; the connection then ends.
    """
    line, *fields = head.split(b"\r\n")
    found = _LINE.fullmatch(line)
    if found is None:
        raise _malformed("its first line is not HTTP")
    method, target = found[1].decode("ascii"), found[2].decode("ascii")
    if found[3] != b"1":
        raise Refused(505, "only HTTP/1.1 is supported", _BY_HAND)
    if len(target) > MOST_TARGET_BYTES:
        raise Refused(414, f"the path has more than {MOST_TARGET_BYTES:,} characters", _BY_HAND)
    if method not in METHODS:
        allowed = {"Allow": ", ".join(METHODS)}
        raise Refused(405, f"the method {method} is not supported", "use GET, HEAD or PUT", headers=allowed)
    if not target.startswith("/"):
        raise _malformed("its path does not begin with a slash")
    headers = _headers(fields)
    return Request(
        method=method,
        path=target[1:].partition("?")[0],
        headers=headers,
        body_bytes=_body_bytes(method, headers),
        stays=found[4] != b"0" and "close" not in _words(headers.get("connection", ())),
    )


def _headers(fields: list[bytes]) -> dict[str, tuple[str, ...]]:
    if len(fields) > MOST_HEADERS:
        raise Refused(431, f"it has more than {MOST_HEADERS} headers", _BY_HAND)
    found: dict[str, tuple[str, ...]] = {}
    for field in fields:
        name, colon, value = field.partition(b":")
        if not colon or not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise _malformed("it has a malformed header")  # a blank before the colon, a folded line, a bare end of line
        key = name.decode("ascii").lower()
        found[key] = (*found.get(key, ()), value.strip(b" \t").decode("latin-1"))
    for once in _ONCE:
        if len(found.get(once, ())) > 1:
            raise Refused(400, f"it has the header {once} twice", _BY_HAND)
    return found


def _body_bytes(method: str, headers: dict[str, tuple[str, ...]]) -> int | None:
    lengths = headers.get("content-length", ())
    if "transfer-encoding" in headers:
        if lengths:
            raise _malformed("it states the length of its body in two ways")
        raise Refused(411, "a body without Content-Length is not accepted", "send it whole, not in chunks")
    if not lengths:
        return None
    if not _LENGTH.fullmatch(lengths[0]):
        raise _malformed("its Content-Length is not a number")
    if method != "PUT" and int(lengths[0]):
        raise _malformed(f"{method} has no body")
    return int(lengths[0])


def _words(values: tuple[str, ...]) -> set[str]:
    return {word.strip().lower() for value in values for word in value.split(",")}


def _malformed(what: str) -> Refused:
    return Refused(400, f"this is not a request that a browser sends: {what}", _BY_HAND)
