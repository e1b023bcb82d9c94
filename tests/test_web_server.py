"""The server hands out a fixed table of routes, with the headers that a page needs, and takes results by a token."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from _adb_faults import BUNDLE
from _web import (
    JOBS,
    LARGE_BYTES,
    PAGE,
    QUICK,
    TOKEN,
    Running,
    maps_of,
    progress_of,
    record_of,
    running,
    status_of,
    until,
)

from pocketseg.core.bundle import open_bundle
from pocketseg.core.errors import UsageError
from pocketseg.web import _desk, addresses, server, site, token
from pocketseg.web.certificate import tls_files
from pocketseg.web.inbox import Inbox
from pocketseg.web.server import Server

PRIVATE = "/bundle/artifacts/0/manifest.json"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as made:
        yield made


def test_every_answer_has_the_headers_that_isolate_the_page(served: Running) -> None:
    asked = [
        ("GET", "/"),
        ("HEAD", "/"),
        ("GET", "/nothing"),
        ("GET", PRIVATE),
        ("DELETE", "/"),
        ("GET", "/session.json"),
    ]
    for method, path in asked:
        _, headers, _ = served.ask(method, path)
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-embedder-policy"] == "require-corp"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
        assert "camera=(self)" in headers["permissions-policy"]
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "'unsafe-inline'" not in policy and "'unsafe-eval'" not in policy
        assert "access-control-allow-origin" not in headers and "server" not in headers


def test_a_page_on_plain_http_of_a_network_gets_no_header_that_its_console_calls_an_error(
    served: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "is_of_loopback", lambda stream: False)
    for path in ("/", "/nothing"):
        _, headers, _ = served.ask("GET", path)
        assert "cross-origin-opener-policy" not in headers and headers["content-security-policy"]
        assert headers["cross-origin-embedder-policy"] == "require-corp"


@pytest.mark.parametrize(
    ("address", "is_trusted"),
    [("127.0.0.1", True), ("127.9.0.1", True), ("::1", True), ("::ffff:127.0.0.1", True), ("192.0.2.7", False),
     ("::ffff:192.0.2.7", False), ("fe80::1%eth0", False), ("", False)],
)  # fmt: skip
def test_only_an_address_that_never_leaves_the_computer_is_trusted_without_tls(address: str, is_trusted: bool) -> None:
    class Reached(socket.socket):
        def getsockname(self) -> Any:
            return (address, 80)

    with Reached() as stream:
        assert addresses.is_of_loopback(stream) == is_trusted


def test_the_page_needs_no_token_and_the_bundle_does(served: Running) -> None:
    assert served.ask("GET", "/")[2] == served.ask("GET", "/index.html")[2] == PAGE
    status, headers, body = served.ask("GET", PRIVATE)
    assert status == 401 and headers["www-authenticate"].startswith("Bearer") and json.loads(body)["hint"]
    with open_bundle(BUNDLE) as bundle:
        assert served.ask("GET", PRIVATE, headers=served.auth)[2] == bundle.read("artifacts/0/manifest.json")
    assert served.ask("GET", "/bundle/no-such-file")[0] == 401, "what there is is not told without the token"
    assert served.ask("GET", "/bundle/no-such-file", headers=served.auth)[0] == 404
    assert served.ask("GET", PRIVATE, headers={"Authorization": f"bearer {TOKEN}"})[0] == 200


def test_what_the_browser_has_is_not_sent_again(served: Running) -> None:
    _, headers, _ = served.ask("GET", "/")
    assert headers["cache-control"] == "public, no-cache"
    for given in (headers["etag"], f'"x", W/{headers["etag"]}', "*"):
        status, again, body = served.ask("GET", "/", headers={"If-None-Match": given})
        assert (status, body) == (304, b"") and again["etag"] == headers["etag"]
    assert served.ask("GET", "/", headers={"If-None-Match": '"other"'})[0] == 200
    assert "immutable" in served.ask("HEAD", "/runtimes/large.wasm")[1]["cache-control"]
    private = served.ask("GET", PRIVATE, headers=served.auth)[1]
    assert private["cache-control"] == "private, no-cache"
    assert served.ask("GET", PRIVATE, headers={"If-None-Match": private["etag"]})[0] == 401


def test_head_says_what_get_would_send_and_sends_none_of_it(served: Running) -> None:
    _, get, body = served.ask("GET", "/runtimes/large.wasm")
    status, head, nothing = served.ask("HEAD", "/runtimes/large.wasm")
    assert status == 200 and nothing == b"" and len(body) == LARGE_BYTES
    assert {k: head[k] for k in ("content-length", "etag", "content-type")} == {
        k: get[k] for k in ("content-length", "etag", "content-type")
    }
    assert head["content-type"] == "application/wasm"
    status, headers, nothing = served.ask("HEAD", "/nothing")
    assert status == 404 and nothing == b"" and int(headers["content-length"]) > 0


def test_a_file_that_is_written_anew_has_another_etag_and_one_that_is_gone_is_said(tmp_path: Path) -> None:
    with running(tmp_path) as served:
        file = tmp_path / "site" / "large.wasm"
        before = served.ask("HEAD", "/runtimes/large.wasm")[1]["etag"]
        file.write_bytes(b"another")
        assert served.ask("HEAD", "/runtimes/large.wasm")[1]["etag"] != before
        file.unlink()
        status, _, body = served.ask("GET", "/runtimes/large.wasm")
        assert status == 500 and "large.wasm" in json.loads(body)["error"] and str(tmp_path) not in body.decode()
        assert len(served.notes) == 1


def test_over_a_network_what_shrinks_is_packed_once(served: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    accepts = {"Accept-Encoding": "br, gzip"}
    assert "content-encoding" not in served.ask("GET", "/", headers=accepts)[1], "on this computer it costs time"
    monkeypatch.setattr(_desk, "_takes_gzip", lambda request, peer: "gzip" in request.one("accept-encoding"))
    status, headers, body = served.ask("GET", "/runtimes/large.wasm", headers=accepts)
    assert status == 200 and headers["content-encoding"] == "gzip" and len(body) == int(headers["content-length"])
    assert len(gzip.decompress(body)) == LARGE_BYTES and headers["vary"] == "Accept-Encoding"
    assert served.ask("GET", "/runtimes/large.wasm", headers={**accepts, "If-None-Match": headers["etag"]})[0] == 304
    plain = served.ask("GET", "/runtimes/large.wasm")[1]
    assert "content-encoding" not in plain and plain["etag"] != headers["etag"]
    assert "content-encoding" not in served.ask("GET", PRIVATE, headers={**accepts, **served.auth})[1]


@pytest.mark.parametrize(("peer", "given", "packs"), [
    ("192.168.1.7", "gzip, br", True), ("fd00::7", "br,GZIP", True), ("127.0.0.1", "gzip", False),
    ("::1", "gzip", False),
    ("::ffff:127.0.0.1", "gzip", False), ("::ffff:10.0.0.2", "gzip", True), ("fe80::1%eth0", "gzip", True),
    ("192.168.1.7", "", False), ("192.168.1.7", "identity", False),
])  # fmt: skip
def test_packing_is_for_others_on_the_network_that_take_it(peer: str, given: str, packs: bool) -> None:
    from pocketseg.web._request import parse

    request = parse(f"GET / HTTP/1.1\r\nAccept-Encoding: {given}".encode())
    assert _desk._takes_gzip(request, peer) is packs


def test_one_connection_serves_many_requests_and_ends_after_a_put_that_was_refused_unread(served: Running) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.server.port, timeout=20)
    for path in ("/", "/nothing", "/session.json", "/bundle/x"):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        assert answer.getheader("connection") is None
    connection.request("PUT", f"/results/{JOBS[0]}/0.json", b"x" * 100, {"Authorization": "Bearer wrong"})
    answer = connection.getresponse()
    assert answer.status == 401 and answer.getheader("connection") == "close"
    connection.close()


def test_requests_that_come_at_once_are_answered_in_order(served: Running) -> None:
    one = b"GET /session.json HTTP/1.1\r\n" + served.host() + b"\r\n"
    last = one.replace(b"session.json", b"nothing").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    answers = served.raw(one * 3 + last)
    assert [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+)", answers)] == [200, 200, 200, 404]


def test_a_client_that_asks_whether_to_go_on_is_told(served: Running) -> None:
    with open_bundle(BUNDLE) as bundle:
        name, data = next(iter(maps_of(bundle).items()))
    head = f"PUT /results/{JOBS[0]}/maps/{name}.runs HTTP/1.1\r\nAuthorization: Bearer {TOKEN}\r\nExpect: 100-continue"
    request = f"{head}\r\nContent-Length: {len(data)}\r\nConnection: close\r\n".encode() + served.host() + b"\r\n"
    with socket.create_connection(("127.0.0.1", served.server.port), timeout=10) as stream:
        stream.sendall(request)
        assert status_of(stream.recv(1 << 16)) == 100
        stream.sendall(data)
        assert status_of(stream.recv(1 << 16)) == 201
    assert status_of(served.raw(request.replace(b"100-continue", b"a miracle"))) == 417


def test_a_page_sends_its_results_and_finds_them_again(served: Running) -> None:
    with open_bundle(BUNDLE) as bundle:
        job = JOBS[0]
        status, _, nothing = served.ask("GET", f"/results/{job}", headers=served.auth)
        assert status == 200 and json.loads(nothing) == {"records": [], "maps": []}, "no error in a browser's console"
        assert served.put(f"/results/{job}/progress.json", progress_of(bundle, job)) == (200, {})
        for name, data in maps_of(bundle).items():
            assert [served.put(f"/results/{job}/maps/{name}.runs", data)[0] for _ in range(2)] == [201, 200]
        record = record_of(bundle, job, 0, "failed")
        (first, said), (second, again) = (served.put(f"/results/{job}/0.json", record) for _ in range(2))
        assert (
            (first, second) == (201, 200) and said == again and set(said["row"]) == {"file", "miou", "verdict", "where"}
        )
        listed = json.loads(served.ask("GET", f"/results/{job}", headers=served.auth)[2])
        assert listed == {"records": [0], "maps": sorted(maps_of(bundle))}
        assert [one.kind for one in served.heard] == ["progress", "record"]
    for path in (f"/results/{job}/0.json", f"/results/{job}/progress.json"):
        status, headers, _ = served.ask("GET", path, headers=served.auth)
        assert status == 405 and headers["allow"] == "PUT"
    status, headers, _ = served.ask("PUT", "/", b"", served.auth)
    assert status == 405 and headers["allow"] == "GET, HEAD"


def test_the_page_of_the_link_may_send(served: Running) -> None:
    with open_bundle(BUNDLE) as bundle:
        data = progress_of(bundle, JOBS[0])
    for host in ("127.0.0.1", "localhost", "LOCALHOST"):
        own = {**served.auth, "Origin": f"http://{host}:{served.server.port}"}
        assert served.ask("PUT", f"/results/{JOBS[0]}/progress.json", data, own)[0] == 200


def test_tls_serves_the_same_and_says_to_plain_http_what_to_open(tmp_path: Path) -> None:
    files = tls_files(tmp_path / "tls", ["127.0.0.1", "localhost"])
    context = ssl.create_default_context(cafile=str(files.certificate))
    with running(tmp_path, tls=files, limits=replace(QUICK, handshake_s=0.6)) as served:
        connection = http.client.HTTPSConnection("127.0.0.1", served.server.port, context=context, timeout=10)
        connection.request("GET", "/runtimes/large.wasm")
        assert len(connection.getresponse().read()) == LARGE_BYTES
        connection.close()
        own = {**served.auth, "Origin": f"https://localhost:{served.server.port}"}
        with open_bundle(BUNDLE) as bundle:
            connection.request("PUT", f"/results/{JOBS[0]}/progress.json", progress_of(bundle, JOBS[0]), own)
        assert connection.getresponse().status == 200
        connection.close()
        plain = served.raw(b"GET / HTTP/1.1\r\n" + served.host() + b"\r\n")
        assert status_of(plain) == 400 and b"https" in plain
        assert served.raw(b"\x16\x03\x01" + b"x" * 200)[:4] != b"HTTP"
        with socket.create_connection(("127.0.0.1", served.server.port), timeout=10) as silent:
            assert silent.recv(1) == b"", "a handshake that never comes has its limit"
        for _ in range(2):
            stranger = http.client.HTTPSConnection("127.0.0.1", served.server.port, timeout=10)
            with pytest.raises(ssl.SSLError):
                stranger.request("GET", "/")
            stranger.close()
        assert until(lambda: served.notes)
    assert len(served.notes) == 1 and "certificate" in served.notes[0], "it is said once"


@pytest.mark.parametrize(("host", "port", "said"), [
    ("127.0.0.1", None, "in use"), ("127.0.0.1", 70_000, "70000"), ("192.0.2.1", 0, "192.0.2.1"),
    ("no host", 0, "no host"),
])  # fmt: skip
def test_a_port_or_an_address_that_cannot_be_had_is_said(host: str, port: Any, said: str, served: Running) -> None:
    with pytest.raises(UsageError) as caught:
        Server(
            {}, served.inbox, TOKEN, host=host, port=served.server.port if port is None else port, tls=None, hosts=[]
        )
    assert said in caught.value.message and "--port" in caught.value.hint


def test_tokens_are_long_and_never_the_same() -> None:
    drawn = {token.draw() for _ in range(200)}
    assert len(drawn) == 200 and all(re.fullmatch(r"[A-Za-z0-9_-]{22}", one) for one in drawn)
    assert not token.is_right(["Bearer "], "") and not token.is_right(["Bearer x"], "")


def test_types_that_browsers_hold_to_are_right() -> None:
    assert site.mime_of("assets/worker-1a2b.js").startswith("text/javascript")
    assert site.mime_of("ort.mjs").startswith("text/javascript") and site.mime_of("x.WASM") == "application/wasm"
    assert site.mime_of("model") == site.mime_of("model.tflite") == "application/octet-stream"


def test_an_inbox_of_no_bundle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="does not exist"):
        Inbox(tmp_path / "none.zip", tmp_path / "browser", tmp_path, heard=lambda what: None)
