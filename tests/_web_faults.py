"""Every abuse of the server that was thought of: slow clients, those that vanish, and invalid results."""

from __future__ import annotations

import socket
import time
from dataclasses import replace

from _web import JOBS, QUICK, Running, maps_of, progress_of, record_of
from _web_abuse import GONE, JOB, Act, Fault, get_of, put_of, put_raw, raw_of, sent
from _web_requests import REQUESTS

from pocketseg.core.bundle import Bundle

RECORD = f"results/{JOB}/0.json"


def _slow(part: bytes, pause_s: float, seconds: float, first: bytes = b"") -> Act:
    """Send a part again and again, slowly, until the server ends it; the time limit is for all of it."""

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
    """Ask for a large file and read nothing of it; the server must end the connection, so not all of it arrives."""
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
    """Disconnect in the middle of a class map's bytes."""

    def act(served: Running, bundle: Bundle) -> list[bytes]:
        name, data = next(iter(maps_of(bundle).items()))
        head = put_of(b"Content-Length: %d" % len(data), target=f"results/{JOB}/maps/{name}.runs".encode())
        with socket.create_connection(("127.0.0.1", served.server.port), timeout=10) as stream:
            stream.sendall(head.replace(b"HOST\r\n", served.host()) + data[: int(len(data) * share)])
        time.sleep(0.2)
        assert not list((served.out / "browser").glob("*/maps/*"))
        return [b""]

    return act


def _more_than_threads(served: Running, bundle: Bundle) -> list[bytes]:
    """Open more connections than there are threads, and send a request on one more."""
    streams = [socket.create_connection(("127.0.0.1", served.server.port), timeout=10) for _ in range(4)]
    try:
        for stream in streams:
            stream.sendall(b"GET / HTTP/1.1\r\nX: ")  # none of them is idle
        time.sleep(0.2)
        return [served.raw(get_of(b"/")[0].replace(b"HOST\r\n", served.host()))]
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
    return [put_raw(served, f"results/{JOB}/0.json", other)]


FAULTS = (
    *REQUESTS,
    Fault(name="a body shorter than said", statuses=(GONE,), act=raw_of(put_of(b"Content-Length: 20", body=b"x"))),
    Fault(
        name="headers that come a byte at a time",
        statuses=(408,),
        act=_slow(b"x", 0.1, 6.0, b"GET / HTTP/1.1\r\nHOST\r\nX: "),
    ),
    Fault(
        name="a body that comes a byte at a time",
        statuses=(408,),
        act=_slow(b"x", 0.1, 6.0, put_of(b"Content-Length: 200")),
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
        act=sent(f"results/{JOB}/maps/{'a' * 64}.runs", lambda bundle: b"PSCM"),
    ),
    Fault(
        name="a record before its class maps",
        statuses=(422,),
        act=sent(RECORD, lambda bundle: record_of(bundle, JOB, 0)),
    ),
    Fault(
        name="a record of another bundle",
        statuses=(422,),
        act=sent(RECORD, lambda bundle: record_of(bundle, JOB, 0, "failed", bundle={"sha256": "0" * 64})),
    ),
    Fault(
        name="a record of another job",
        statuses=(422,),
        act=sent(RECORD, lambda bundle: record_of(bundle, JOBS[2], 0, "failed")),
    ),
    Fault(
        name="a record of an app",
        statuses=(422,),
        act=sent(RECORD, lambda bundle: record_of(bundle, JOB, 0, "failed", kind="android")),
    ),
    Fault(
        name="a record of another file",
        statuses=(422,),
        act=sent(RECORD, lambda bundle: record_of(bundle, JOB, 0, "failed", artifact={"sha256": "0" * 64})),
    ),
    Fault(
        name="a record that was changed",
        statuses=(422,),
        act=sent(RECORD, lambda bundle: record_of(bundle, JOB, 0, "failed").replace(b"Pixel 8", b"Pixel 9")),
    ),
    Fault(
        name="a record cut off",
        statuses=(422,),
        act=sent(RECORD, lambda bundle: record_of(bundle, JOB, 0, "failed")[:-100]),
    ),
    Fault(name="a record that is no JSON", statuses=(422,), act=sent(RECORD, lambda bundle: b"\xff\0{")),
    Fault(
        name="a record of a run that there is not",
        statuses=(422,),
        act=sent(f"results/{JOB}/7.json", lambda bundle: record_of(bundle, JOB, 0, "failed")),
    ),
    Fault(name="another record of a run that has one", statuses=(409,), act=_other_record),
    Fault(
        name="progress of another job",
        statuses=(422,),
        act=sent(f"results/{JOB}/progress.json", lambda bundle: progress_of(bundle, JOBS[2])),
    ),
    Fault(
        name="progress that is none",
        statuses=(422,),
        act=sent(f"results/{JOB}/progress.json", lambda bundle: b"[" * 5000),
    ),
)
