"""Requests that no browser sends: without permission, with paths in every spelling, with bytes readable in two ways."""

from __future__ import annotations

from _web import TOKEN, Running
from _web_abuse import AUTH, JOB, Fault, get_of, put_of, raw_of, with_lines

from pocketseg.core.bundle import Bundle

RECORD = f"results/{JOB}/0.json"
SECRET = b"/bundle/artifacts/0/manifest.json"
LARGE = b"Content-Length: 99999999999"


def _revoked(served: Running, bundle: Bundle) -> list[bytes]:
    """Send a request with the token of an earlier `serve`."""
    return [served.raw(with_lines(b"Authorization: Bearer " + b"x" * len(TOKEN)).replace(b"HOST\r\n", served.host()))]


REQUESTS = (
    Fault(name="no token", statuses=(401,), act=raw_of(with_lines(), put_of().replace(AUTH + b"\r\n", b""))),
    Fault(
        name="a wrong token",
        statuses=(401,),
        act=raw_of(with_lines(b"Authorization: Bearer nonsense"), with_lines(AUTH + b"x"), with_lines(AUTH[:-1])),
    ),
    Fault(name="the token of an earlier `serve`", statuses=(401,), act=_revoked),
    Fault(
        name="the token by another scheme",
        statuses=(401,),
        act=raw_of(
            with_lines(b"Authorization: Basic " + TOKEN.encode()),
            with_lines(b"Authorization: " + TOKEN.encode()),
            with_lines(b"Authorization: Bearer"),
            with_lines(b"Authorization:"),
        ),
    ),
    Fault(
        name="a token that is no ASCII",
        statuses=(401,),
        act=raw_of(
            with_lines("Authorization: Bearer ü".encode()),
            with_lines(b"Authorization: Bearer \xff\xfe" + TOKEN.encode()),
        ),
    ),
    Fault(
        name="the token twice",
        statuses=(400,),
        act=raw_of(with_lines(AUTH, AUTH), with_lines(b"Authorization: Bearer x", AUTH)),
    ),
    Fault(
        name="the token in the path, a cookie or a field of its own",
        statuses=(401,),
        act=raw_of(
            with_lines(target=SECRET + b"?token=" + TOKEN.encode()),
            with_lines(b"Cookie: token=" + TOKEN.encode()),
            with_lines(b"X-Token: " + TOKEN.encode()),
        ),
    ),
    Fault(
        name="what is private by another spelling",
        statuses=(400, 401, 404),
        act=raw_of(
            *get_of(
                b"/Bundle/artifacts/0/manifest.json",
                b"//bundle/artifacts/0/manifest.json",
                b"/./bundle/artifacts/0/manifest.json",
                b"/bundle//artifacts/0/manifest.json",
                b"/x/../bundle/artifacts/0/manifest.json",
                b"/%62undle/artifacts/0/manifest.json",
                b"/bundle%2fartifacts/0/manifest.json",
                b"/bundle\\artifacts\\0\\manifest.json",
                b"http://127.0.0.1" + SECRET,
                b"/bundle;x/artifacts/0/manifest.json",
            )
        ),
    ),
    Fault(
        name="path traversal",
        statuses=(400, 401, 404),
        act=raw_of(
            *get_of(
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
        act=raw_of(
            *(
                put_of(b"Content-Length: 1", body=b"x", target=target)
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
                    SECRET[1:],
                )
            )
        ),
    ),
    Fault(
        name="a path with signs beyond ASCII",
        statuses=(400,),
        act=raw_of(*get_of("/ü".encode(), b"/\xff", "/\u202e".encode())),
    ),
    Fault(
        name="a request of another host (DNS rebinding)",
        statuses=(421,),
        act=raw_of(
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
        act=raw_of(
            *(
                put_of(b"Origin: " + origin, b"Content-Length: 1", body=b"x")
                for origin in (b"http://evil.example", b"null", b"https://127.0.0.1", b"http://127.0.0.1:1")
            )
        ),
    ),
    Fault(
        name="another method",
        statuses=(405,),
        act=raw_of(
            *(
                method + b" / HTTP/1.1\r\nHOST\r\n\r\n"
                for method in (b"POST", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT", b"PATCH", b"get", b"PROPFIND")
            )
        ),
    ),
    Fault(
        name="a first line that is none",
        statuses=(400, 505),
        act=raw_of(
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
        act=raw_of(
            with_lines(b"no colon"),
            with_lines(b" folded: x"),
            with_lines(b"X: y", b" z"),
            with_lines(b"X : y"),
            with_lines(b": y"),
            with_lines(b"X: \0"),
            with_lines(b"X: a\nY: b"),
            with_lines(b"X: a\rY: b"),
            with_lines("Ü: x".encode()),
            with_lines(b"X(: y"),
        ),
    ),
    Fault(name="two hosts", statuses=(400,), act=raw_of(b"GET / HTTP/1.1\r\nHOST\r\nHOST\r\n\r\n")),
    Fault(
        name="two lengths (smuggling)",
        statuses=(400,),
        act=raw_of(
            put_of(b"Content-Length: 1", b"Content-Length: 1", body=b"x"),
            put_of(b"Content-Length: 1", b"Content-Length: 2", body=b"xy"),
            put_of(b"Content-Length: 1, 1", body=b"x"),
        ),
    ),
    Fault(
        name="a length and chunks (smuggling)",
        statuses=(400,),
        act=raw_of(
            put_of(b"Content-Length: 3", b"Transfer-Encoding: chunked", body=b"0\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
            put_of(b"Transfer-Encoding: identity", b"Content-Length: 3", body=b"abc"),
        ),
    ),
    Fault(
        name="a length that is no number",
        statuses=(400,),
        act=raw_of(
            *(
                put_of(b"Content-Length: " + length, body=b"x")
                for length in (b"-1", b"+1", b"0x1", b"1e3", b"", b"1 1", b"9" * 400, "١".encode())
            )
        ),
    ),
    Fault(
        name="chunks without a length",
        statuses=(411,),
        act=raw_of(
            put_of(b"Transfer-Encoding: chunked", body=b"1\r\nx\r\n0\r\n\r\n"), put_of(b"Transfer-Encoding: xchunked")
        ),
    ),
    Fault(name="no length", statuses=(411,), act=raw_of(put_of(body=b"abc"))),
    Fault(
        name="a body where none is",
        statuses=(400,),
        act=raw_of(with_lines(b"Content-Length: 24", target=b"/") + b"GET /bundle/x HTTP/1.1\r\n"),
    ),
    Fault(
        name="an oversized body",
        statuses=(413,),
        act=raw_of(
            put_of(LARGE),
            put_of(LARGE, target=RECORD.encode()),
            put_of(LARGE, target=f"results/{JOB}/progress.json".encode()),
            put_of(b"Content-Length: 200000", target=f"results/{JOB}/progress.json".encode(), body=b"x" * 200_000),
        ),
    ),
    Fault(
        name="an oversized head",
        statuses=(414, 431),
        act=raw_of(
            with_lines(b"X: " + b"y" * 20_000),
            with_lines(*[b"X%d: y" % n for n in range(100)]),
            b"G" * 40_000,
            get_of(b"/" + b"a" * 3_000)[0],
        ),
    ),
)
