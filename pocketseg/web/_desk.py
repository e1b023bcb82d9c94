"""The rules for requests: who may ask, what is served, how large a body may be. It does not deal with sockets."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection

from pocketseg.core.errors import PocketSegError, StorageError
from pocketseg.devices.progress import MOST_BYTES as MOST_PROGRESS_BYTES
from pocketseg.web import token as tokens
from pocketseg.web._content import Contents
from pocketseg.web._reply import Reply, json_reply
from pocketseg.web._request import Request
from pocketseg.web.inbox import MOST_RECORD_BYTES, Inbox
from pocketseg.web.refused import SEE_TERMINAL, Refused
from pocketseg.web.site import IMMUTABLE, PRIVATE, Served, Site

_JOB = re.compile(r"results/([0-9a-f]{32})")
_MAP = re.compile(r"results/([0-9a-f]{32})/maps/([0-9a-f]{64})\.runs")
_PROGRESS = re.compile(r"results/([0-9a-f]{32})/progress\.json")
_RECORD = re.compile(r"results/([0-9a-f]{32})/(0|[1-9][0-9]{0,6})\.json")
_OVER = "this link has expired, or is incomplete"
_NEW_LINK = (
    "open the whole link that `pocketseg serve` prints now, including the part after the #; what was measured is kept "
    "in this browser and is sent then"
)


class Desk:
    """The rules of one server. hosts: names under which it may be reached, with or without the port."""

    def __init__(self, site: Site, inbox: Inbox, token: str, *, hosts: Collection[str], port: int, scheme: str) -> None:
        self._site, self._inbox, self._token, self._contents = site, inbox, token, Contents()
        self._hosts = {host.lower() for host in hosts}
        self._port, self._scheme = port, scheme

    def revoke(self) -> None:
        """Make the token invalid."""
        self._token = ""

    def check(self, request: Request) -> None:
        """Refuse a request that is not allowed, before a byte of its body is read. Raises Refused."""
        if not self._is_own(request.one("host")):
            hint = "open the link that `pocketseg serve` printed, not one with another name of this computer"
            raise Refused(421, "this page is not served under that host name", hint)
        scheme, _, host = request.one("origin").partition("://")
        if "origin" in request.headers and request.method == "PUT" and (
            scheme != self._scheme or not self._is_own(host)
        ):  # fmt: skip
            raise Refused(
                403, "requests from another page are not accepted", "send it from the page that the link opens"
            )
        if self._is_private(request.path) and not tokens.is_right(
            request.headers.get("authorization", ()), self._token
        ):
            raise Refused(401, _OVER, _NEW_LINK, headers={"WWW-Authenticate": 'Bearer realm="pocketseg"'})

    def body_bytes(self, request: Request) -> int:
        """Return the length of the body to read. Raises Refused if no body is accepted, or none of that length."""
        if request.method != "PUT":
            return 0
        most = self._most_bytes(request.path)
        if request.body_bytes is None:
            raise Refused(411, "its length is missing", "send it whole, with Content-Length")
        if request.body_bytes > most:
            raise Refused(
                413, f"it has {request.body_bytes:,} bytes, but at most {most:,} are allowed", "measure again"
            )
        if (expected := request.one("expect").lower()) not in ("", "100-continue"):
            raise Refused(417, f"the header Expect: {expected[:40]!r} is not supported")
        return request.body_bytes

    def answer(self, request: Request, body: bytes, peer: str) -> Reply:
        """Return the answer to a request that passed `check`. peer: the client's address. Raises Refused."""
        try:
            return self._put(request.path, body) if request.method == "PUT" else self._get(request, peer)
        except StorageError as error:
            raise Refused(507, "the computer cannot keep it", SEE_TERMINAL, inner=_whole(error)) from error
        except PocketSegError as error:
            raise Refused(500, "the computer cannot process it", SEE_TERMINAL, inner=_whole(error)) from error

    def _is_own(self, host: str) -> bool:
        host = host.lower()
        return host in self._hosts or (
            host.endswith(f":{self._port}") and host.removesuffix(f":{self._port}") in self._hosts
        )

    def _is_private(self, path: str) -> bool:
        served = self._site.get(path)
        return path.startswith(PRIVATE) or (served is not None and served.is_private)

    def _most_bytes(self, path: str) -> int:
        if _MAP.fullmatch(path):
            return self._inbox.most_map_bytes
        if _PROGRESS.fullmatch(path):
            return MOST_PROGRESS_BYTES
        if _RECORD.fullmatch(path):
            return MOST_RECORD_BYTES
        if path in self._site or _JOB.fullmatch(path):
            raise Refused(405, "nothing can be put there", headers={"Allow": "GET, HEAD"})
        raise _nothing()

    def _get(self, request: Request, peer: str) -> Reply:
        is_head = request.method == "HEAD"
        if found := _JOB.fullmatch(request.path):
            return json_reply(200, self._inbox.list_job(found[1]), is_head=is_head)
        served = self._site.get(request.path)
        if served is None:
            if any(form.fullmatch(request.path) for form in (_MAP, _PROGRESS, _RECORD)):
                raise Refused(405, "this can only be sent, not fetched", headers={"Allow": "PUT"})
            raise _nothing()
        body = self._contents.body(served, takes_gzip=_takes_gzip(request, peer))
        headers = {"ETag": body.etag, "Cache-Control": _caching(served), "Vary": "Accept-Encoding"}
        if _has(request.one("if-none-match"), body.etag):
            return Reply(status=304, headers=headers)
        headers |= {"Content-Type": served.mime, "Content-Length": str(body.size_bytes)}
        headers |= {"Content-Encoding": body.encoding} if body.encoding else {}
        return Reply(status=200, headers=headers, body=None if is_head else body)

    def _put(self, path: str, body: bytes) -> Reply:
        if found := _MAP.fullmatch(path):
            return json_reply(self._inbox.put_map(found[1], found[2], body), {})
        if found := _PROGRESS.fullmatch(path):
            return json_reply(self._inbox.put_progress(found[1], body), {})
        found = _RECORD.fullmatch(path)
        if found is None:
            raise _nothing()
        answer = self._inbox.put_record(found[1], int(found[2]), body)
        return json_reply(answer.status, answer.document)


def _caching(served: Served) -> str:
    who = "private" if served.is_private else "public"
    return f"{who}, max-age=31536000, immutable" if served.cache == IMMUTABLE else f"{who}, no-cache"


def _takes_gzip(request: Request, peer: str) -> bool:
    """Return whether to compress: over a network that saves seconds, on this host it would cost some."""
    words = (word.strip().lower() for word in request.one("accept-encoding").split(","))
    address = ipaddress.ip_address(peer)
    address = getattr(address, "ipv4_mapped", None) or address  # of a socket that takes both
    return "gzip" in words and not address.is_loopback


def _whole(error: PocketSegError) -> str:
    return f"what a page sent could not be kept: {error.message}" + (f"; {error.hint}" if error.hint else "")


def _nothing() -> Refused:
    return Refused(404, "there is nothing of this name here")


def _has(if_none_match: str, etag: str) -> bool:
    return any(word.strip().removeprefix("W/") in (etag, "*") for word in if_none_match.split(","))
