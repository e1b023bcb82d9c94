"""Every abuse of the server that was thought of: how it is made, what must be answered, and a second try that works."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from _adb_faults import BUNDLE
from _web import JOBS, QUICK, TOKEN, Running, maps_of, progress_of, record_of, running, status_of

from pocketseg.core.bundle import Bundle, open_bundle
from pocketseg.web.server import Limits

JOB, NEXT = JOBS[0], JOBS[1]
GONE = 0  # no answer: the connection was ended
Act = Callable[[Running, Bundle], list[bytes]]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One abuse. act: gives the raw answers, of which all must have one of these statuses."""

    name: str
    statuses: tuple[int, ...]
    act: Act
    limits: Limits = QUICK


@dataclass(frozen=True, kw_only=True)
class Played:
    """What was answered: statuses and the sentence of the last one that had one. again: what the second try gave."""

    answers: list[bytes]
    statuses: list[int]
    said: str
    again: str
    notes: list[str]


def play(fault: Fault, folder: Path) -> Played:
    """Do it, then do a whole run of a page with the same server."""
    with open_bundle(BUNDLE) as bundle, running(folder, limits=fault.limits) as served:
        answers = fault.act(served, bundle)
        again = second_try(served, bundle)
        said = next((sentence for answer in reversed(answers) if (sentence := _sentence(answer))), "")
        return Played(
            answers=answers,
            statuses=[status_of(answer) for answer in answers],
            said=said,
            again=again,
            notes=list(served.notes),
        )


def second_try(served: Running, bundle: Bundle) -> str:
    """Open the page, fetch what is private, send class maps and a record; return what came of it."""
    page = served.ask("GET", "/")[0]
    private = served.ask("GET", "/bundle/artifacts/0/manifest.json", headers=served.auth)[0]
    maps = [served.put(f"/results/{NEXT}/maps/{name}.runs", data)[0] for name, data in maps_of(bundle).items()]
    status, answer = served.put(f"/results/{NEXT}/0.json", record_of(bundle, NEXT, 0, "failed"))
    listed = json.loads(served.ask("GET", f"/results/{NEXT}", headers=served.auth)[2])
    assert (page, private, status) == (200, 200, 201) and set(maps) <= {200, 201}, (page, private, maps, answer)
    assert listed["records"] == [0] and len(listed["maps"]) == len(maps)
    return f"page {page}, bundle {private}, {len(maps)} class maps and a record {status}"


def _sentence(answer: bytes) -> str:
    _, _, body = answer.partition(b"\r\n\r\n")
    try:
        found = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(found, dict) or "error" not in found:
        return ""
    return f"{found['error']}; {found['hint']}" if found["hint"] else found["error"]


def _raw(*requests: bytes) -> Act:
    """Send each of these on a connection of its own; HOST in them is the server's Host header's line."""
    return lambda served, bundle: [served.raw(request.replace(b"HOST\r\n", served.host())) for request in requests]


def _get(*targets: bytes) -> tuple[bytes, ...]:
    return tuple(b"GET " + target + b" HTTP/1.1\r\nHOST\r\nConnection: close\r\n\r\n" for target in targets)


def _with(*lines: bytes, target: bytes = b"/bundle/artifacts/0/manifest.json") -> bytes:
    return b"GET " + target + b" HTTP/1.1\r\nHOST\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


_AUTH = f"Authorization: Bearer {TOKEN}".encode()
_ABC = f"results/{JOB}/maps/{'a' * 64}.runs".encode()


def _put(*lines: bytes, body: bytes = b"", target: bytes = _ABC) -> bytes:
    head = b"PUT /" + target + b" HTTP/1.1\r\nHOST\r\n" + _AUTH + b"\r\n"
    return head + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


def _revoked(served: Running, bundle: Bundle) -> list[bytes]:
    """Ask with the token of an earlier `serve`."""
    return [served.raw(_with(b"Authorization: Bearer " + b"x" * len(TOKEN)).replace(b"HOST\r\n", served.host()))]


def _slow(part: bytes, pause_s: float, seconds: float, first: bytes = b"") -> Act:
    """Send a part again and again, slowly, until the server ends it; the limit holds for all of it."""

    def act(served: Running, bundle: Bundle) -> list[bytes]:
        with socket.create_connection(("127.0.0.1", served.server.port), timeout=10) as stream:
            stream.sendall(first.replace(b"HOST\r\n", served.host()))
            began, answer = time.monotonic(), b""
            try:
                while time.monotonic() - began < seconds:
                    stream.sendall(part)
                    stream.settimeout(pause_s)
                    try:
                        data = stream.recv(1 << 16)
                    except TimeoutError:
                        continue
                    answer += data
                    if not data:
                        break
            except OSError:
                pass
            assert time.monotonic() - began < seconds, "the server waited on"
            return [answer]

    return act


def _slow_reader(served: Running, bundle: Bundle) -> list[bytes]:
    """Ask for a large file and read nothing of it; the server must end it, so that not all of it comes."""
    with socket.create_connection(("127.0.0.1", served.server.port), timeout=10) as stream:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stream.sendall(b"GET /runtimes/large.wasm HTTP/1.1\r\n" + served.host() + b"\r\n")
        time.sleep(2.0)
        answer = b""
        try:
            while part := stream.recv(1 << 16):
                answer += part
        except OSError:
            pass
    length = int(answer.split(b"Content-Length: ")[1].split(b"\r\n")[0])
    assert len(answer) < length, "all of it was sent to a client that did not read"
    return [b""]


def _vanishing(share: float) -> Act:
    """Leave in the middle of a class map's bytes."""

    def act(served: Running, bundle: Bundle) -> list[bytes]:
        name, data = next(iter(maps_of(bundle).items()))
        head = _put(b"Content-Length: %d" % len(data), target=f"results/{JOB}/maps/{name}.runs".encode())
        with socket.create_connection(("127.0.0.1", served.server.port), timeout=10) as stream:
            stream.sendall(head.replace(b"HOST\r\n", served.host()) + data[: int(len(data) * share)])
        time.sleep(0.2)
        assert not list((served.out / "browser").glob("*/maps/*"))
        return [b""]

    return act


def _more_than_threads(served: Running, bundle: Bundle) -> list[bytes]:
    """Open more connections than there are threads, and ask by one more."""
    streams = [socket.create_connection(("127.0.0.1", served.server.port), timeout=10) for _ in range(4)]
    try:
        for stream in streams:
            stream.sendall(b"GET / HTTP/1.1\r\nX: ")  # none of them is idle
        time.sleep(0.2)
        return [served.raw(_get(b"/")[0].replace(b"HOST\r\n", served.host()))]
    finally:
        for stream in streams:
            stream.close()
        time.sleep(0.2)


def _other_record(served: Running, bundle: Bundle) -> list[bytes]:
    """Send a second record of a run that has one."""
    first = record_of(bundle, JOB, 0, "failed")
    assert served.put(f"/results/{JOB}/0.json", first)[0] == 201
    assert served.put(f"/results/{JOB}/0.json", first)[0] == 200
    other = record_of(bundle, JOB, 0, "failed", reason="another")
    return [_put_raw(served, f"results/{JOB}/0.json", other)]


def _sent(name: str, make: Callable[[Bundle], bytes]) -> Act:
    return lambda served, bundle: [_put_raw(served, name, make(bundle))]


def _put_raw(served: Running, target: str, body: bytes) -> bytes:
    request = _put(b"Content-Length: %d" % len(body), target=target.encode(), body=body)
    return served.raw(request.replace(b"HOST\r\n", served.host()))


_RECORD = f"results/{JOB}/0.json"
_SECRET = b"/bundle/artifacts/0/manifest.json"
_LARGE = b"Content-Length: 99999999999"

FAULTS = (
    Fault(name="no token", statuses=(401,), act=_raw(_with(), _put().replace(_AUTH + b"\r\n", b""))),
    Fault(
        name="a wrong token",
        statuses=(401,),
        act=_raw(_with(b"Authorization: Bearer nonsense"), _with(_AUTH + b"x"), _with(_AUTH[:-1])),
    ),
    Fault(name="the token of an earlier `serve`", statuses=(401,), act=_revoked),
    Fault(
        name="the token by another scheme",
        statuses=(401,),
        act=_raw(
            _with(b"Authorization: Basic " + TOKEN.encode()),
            _with(b"Authorization: " + TOKEN.encode()),
            _with(b"Authorization: Bearer"),
            _with(b"Authorization:"),
        ),
    ),
    Fault(
        name="a token that is no ASCII",
        statuses=(401,),
        act=_raw(_with("Authorization: Bearer ü".encode()), _with(b"Authorization: Bearer \xff\xfe" + TOKEN.encode())),
    ),
    Fault(
        name="the token twice", statuses=(400,), act=_raw(_with(_AUTH, _AUTH), _with(b"Authorization: Bearer x", _AUTH))
    ),
    Fault(
        name="the token in the path, a cookie or a field of its own",
        statuses=(401,),
        act=_raw(
            _with(target=_SECRET + b"?token=" + TOKEN.encode()),
            _with(b"Cookie: token=" + TOKEN.encode()),
            _with(b"X-Token: " + TOKEN.encode()),
        ),
    ),
    Fault(
        name="what is private by another spelling",
        statuses=(400, 401, 404),
        act=_raw(
            *_get(
                b"/Bundle/artifacts/0/manifest.json",
                b"//bundle/artifacts/0/manifest.json",
                b"/./bundle/artifacts/0/manifest.json",
                b"/bundle//artifacts/0/manifest.json",
                b"/x/../bundle/artifacts/0/manifest.json",
                b"/%62undle/artifacts/0/manifest.json",
                b"/bundle%2fartifacts/0/manifest.json",
                b"/bundle\\artifacts\\0\\manifest.json",
                b"http://127.0.0.1" + _SECRET,
                b"/bundle;x/artifacts/0/manifest.json",
            )
        ),
    ),
    Fault(
        name="path traversal",
        statuses=(400, 401, 404),
        act=_raw(
            *_get(
                b"/../../../../etc/passwd",
                b"/..%2f..%2f..%2fetc/passwd",
                b"/%2e%2e/%2e%2e/etc/passwd",
                b"/%252e%252e/etc/passwd",
                b"/runtimes/../../../etc/passwd",
                b"/runtimes/..\\..\\etc\\passwd",
                b"//etc/passwd",
                b"/\\etc\\passwd",
                b"/..;/etc/passwd",
                b"/....//....//etc/passwd",
                b"/%c0%ae%c0%ae/etc/passwd",
                b"/%uff0e%uff0e/etc/passwd",
                b"/runtimes/large.wasm%00.html",
                b"/file:///etc/passwd",
                b"file:///etc/passwd",
                b"/bundle/../../etc/passwd",
                b"/results/" + JOB.encode() + b"/../../rows.jsonl",
            )
        ),
    ),
    Fault(
        name="path traversal in what is put",
        statuses=(400, 401, 404, 405),
        act=_raw(
            *(
                _put(b"Content-Length: 1", body=b"x", target=target)
                for target in (
                    b"results/../x/0.json",
                    f"results/{JOB}/../0.json".encode(),
                    f"results/{JOB}/maps/../../{'a' * 64}.runs".encode(),
                    f"results/{JOB}%2f..%2f/0.json".encode(),
                    f"results/{JOB}/maps/{'A' * 64}.runs".encode(),
                    f"results/{JOB}/00.json".encode(),
                    f"results/{JOB}/-1.json".encode(),
                    f"results/{JOB.upper()[:-1]}g/0.json".encode(),
                    b"index.html",
                    b"session.json",
                    _SECRET[1:],
                )
            )
        ),
    ),
    Fault(
        name="a path with signs beyond ASCII",
        statuses=(400,),
        act=_raw(*_get("/ü".encode(), b"/\xff", "/\u202e".encode())),
    ),
    Fault(
        name="a request of another host (DNS rebinding)",
        statuses=(421,),
        act=_raw(
            b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
        ),
    ),
    Fault(
        name="what another page sends",
        statuses=(403,),
        act=_raw(
            *(
                _put(b"Origin: " + origin, b"Content-Length: 1", body=b"x")
                for origin in (b"http://evil.example", b"null", b"https://127.0.0.1", b"http://127.0.0.1:1")
            )
        ),
    ),
    Fault(
        name="another method",
        statuses=(405,),
        act=_raw(
            *(
                method + b" / HTTP/1.1\r\nHOST\r\n\r\n"
                for method in (b"POST", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT", b"PATCH", b"get", b"PROPFIND")
            )
        ),
    ),
    Fault(
        name="a first line that is none",
        statuses=(400, 505),
        act=_raw(
            b"GET\r\n\r\n",
            b"GET /\r\n\r\n",
            b"GET / HTTP/1.1 x\r\nHOST\r\n\r\n",
            b"GET  / HTTP/1.1\r\nHOST\r\n\r\n",
            b"GET / HTTP/2.0\r\nHOST\r\n\r\n",
            b"GET / HTTP/11\r\nHOST\r\n\r\n",
            b"\r\n\r\n",
            b"\x16\x03\x01\r\n\r\n",
            b"GET / http/1.1\r\nHOST\r\n\r\n",
            b"GET /\0 HTTP/1.1\r\nHOST\r\n\r\n",
            b"* HTTP/1.1\r\n\r\n",
            b"GET * HTTP/1.1\r\nHOST\r\n\r\n",
        ),
    ),
    Fault(
        name="headers that are none",
        statuses=(400,),
        act=_raw(
            _with(b"no colon"),
            _with(b" folded: x"),
            _with(b"X: y", b" z"),
            _with(b"X : y"),
            _with(b": y"),
            _with(b"X: \0"),
            _with(b"X: a\nY: b"),
            _with(b"X: a\rY: b"),
            _with("Ü: x".encode()),
            _with(b"X(: y"),
        ),
    ),
    Fault(name="two hosts", statuses=(400,), act=_raw(b"GET / HTTP/1.1\r\nHOST\r\nHOST\r\n\r\n")),
    Fault(
        name="two lengths (smuggling)",
        statuses=(400,),
        act=_raw(
            _put(b"Content-Length: 1", b"Content-Length: 1", body=b"x"),
            _put(b"Content-Length: 1", b"Content-Length: 2", body=b"xy"),
            _put(b"Content-Length: 1, 1", body=b"x"),
        ),
    ),
    Fault(
        name="a length and chunks (smuggling)",
        statuses=(400,),
        act=_raw(
            _put(b"Content-Length: 3", b"Transfer-Encoding: chunked", body=b"0\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
            _put(b"Transfer-Encoding: identity", b"Content-Length: 3", body=b"abc"),
        ),
    ),
    Fault(
        name="a length that is no number",
        statuses=(400,),
        act=_raw(
            *(
                _put(b"Content-Length: " + length, body=b"x")
                for length in (b"-1", b"+1", b"0x1", b"1e3", b"", b"1 1", b"9" * 400, "١".encode())
            )
        ),
    ),
    Fault(
        name="chunks without a length",
        statuses=(411,),
        act=_raw(
            _put(b"Transfer-Encoding: chunked", body=b"1\r\nx\r\n0\r\n\r\n"), _put(b"Transfer-Encoding: xchunked")
        ),
    ),
    Fault(name="no length", statuses=(411,), act=_raw(_put(body=b"abc"))),
    Fault(
        name="a body where none is",
        statuses=(400,),
        act=_raw(_with(b"Content-Length: 24", target=b"/") + b"GET /bundle/x HTTP/1.1\r\n"),
    ),
    Fault(
        name="an oversized body",
        statuses=(413,),
        act=_raw(
            _put(_LARGE),
            _put(_LARGE, target=_RECORD.encode()),
            _put(_LARGE, target=f"results/{JOB}/progress.json".encode()),
            _put(b"Content-Length: 200000", target=f"results/{JOB}/progress.json".encode(), body=b"x" * 200_000),
        ),
    ),
    Fault(
        name="an oversized head",
        statuses=(414, 431),
        act=_raw(
            _with(b"X: " + b"y" * 20_000),
            _with(*[b"X%d: y" % n for n in range(100)]),
            b"G" * 40_000,
            _get(b"/" + b"a" * 3_000)[0],
        ),
    ),
    Fault(name="a body shorter than said", statuses=(GONE,), act=_raw(_put(b"Content-Length: 20", body=b"x"))),
    Fault(
        name="headers that come a byte at a time",
        statuses=(408,),
        act=_slow(b"x", 0.1, 6.0, b"GET / HTTP/1.1\r\nHOST\r\nX: "),
    ),
    Fault(
        name="a body that comes a byte at a time",
        statuses=(408,),
        act=_slow(b"x", 0.1, 6.0, _put(b"Content-Length: 200")),
    ),
    Fault(name="a client that does not read", statuses=(GONE,), act=_slow_reader),
    Fault(
        name="a client that says nothing", statuses=(GONE,), act=_slow(b"", 0.1, 6.0), limits=replace(QUICK, idle_s=0.6)
    ),
    Fault(
        name="more connections than threads",
        statuses=(503, GONE),
        act=_more_than_threads,
        limits=replace(QUICK, connections=4),
    ),
    Fault(name="a phone that vanishes in the middle of a class map", statuses=(GONE,), act=_vanishing(0.5)),
    Fault(
        name="a class map of another name",
        statuses=(422,),
        act=_sent(f"results/{JOB}/maps/{'a' * 64}.runs", lambda bundle: b"PSCM"),
    ),
    Fault(
        name="a record before its class maps",
        statuses=(422,),
        act=_sent(_RECORD, lambda bundle: record_of(bundle, JOB, 0)),
    ),
    Fault(
        name="a record of another bundle",
        statuses=(422,),
        act=_sent(_RECORD, lambda bundle: record_of(bundle, JOB, 0, "failed", bundle={"sha256": "0" * 64})),
    ),
    Fault(
        name="a record of another job",
        statuses=(422,),
        act=_sent(_RECORD, lambda bundle: record_of(bundle, JOBS[2], 0, "failed")),
    ),
    Fault(
        name="a record of an app",
        statuses=(422,),
        act=_sent(_RECORD, lambda bundle: record_of(bundle, JOB, 0, "failed", kind="android")),
    ),
    Fault(
        name="a record of another file",
        statuses=(422,),
        act=_sent(_RECORD, lambda bundle: record_of(bundle, JOB, 0, "failed", artifact={"sha256": "0" * 64})),
    ),
    Fault(
        name="a record that was changed",
        statuses=(422,),
        act=_sent(_RECORD, lambda bundle: record_of(bundle, JOB, 0, "failed").replace(b"Pixel 8", b"Pixel 9")),
    ),
    Fault(
        name="a record cut off",
        statuses=(422,),
        act=_sent(_RECORD, lambda bundle: record_of(bundle, JOB, 0, "failed")[:-100]),
    ),
    Fault(name="a record that is no JSON", statuses=(422,), act=_sent(_RECORD, lambda bundle: b"\xff\0{")),
    Fault(
        name="a record of a run that there is not",
        statuses=(422,),
        act=_sent(f"results/{JOB}/7.json", lambda bundle: record_of(bundle, JOB, 0, "failed")),
    ),
    Fault(name="another record of a run that has one", statuses=(409,), act=_other_record),
    Fault(
        name="progress of another job",
        statuses=(422,),
        act=_sent(f"results/{JOB}/progress.json", lambda bundle: progress_of(bundle, JOBS[2])),
    ),
    Fault(
        name="progress that is none",
        statuses=(422,),
        act=_sent(f"results/{JOB}/progress.json", lambda bundle: b"[" * 5000),
    ),
)
