"""The server is killed in the middle of what a phone sends, and started again on the same folder."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from _adb_faults import BUNDLE
from _web import JOBS, TOKEN, maps_of, record_of, until

from benchmark.rows import read_rows
from pocketseg.core.bundle import open_bundle
from pocketseg.core.cache import ROOT

_PROGRAM = """
import sys, time
from pathlib import Path
from _web import running
with running(Path(sys.argv[1]), token=sys.argv[2]) as served:
    served.inbox.catch_up()
    print(served.server.port, flush=True)
    time.sleep(600)
"""
AUTH = {"Authorization": f"Bearer {TOKEN}"}


@contextmanager
def process(folder: Path, token: str = TOKEN) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    paths = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
    made = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(folder), token], text=True, env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert made.stdout is not None
        yield int(made.stdout.readline()), made
    finally:
        made.kill()
        _, said = made.communicate()
        assert not said, said


def put(port: int, path: str, body: bytes) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("PUT", path, body, AUTH)
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_server_that_is_killed_mid_upload_and_started_again_loses_nothing(tmp_path: Path) -> None:
    job = JOBS[0]
    with open_bundle(BUNDLE) as bundle:
        (first, one), (second, other) = maps_of(bundle).items()
        records = [record_of(bundle, job, run, "failed") for run in range(2)]
    kept = tmp_path / "out" / "browser" / job
    with process(tmp_path) as (port, server):
        assert put(port, f"/results/{job}/maps/{first}.runs", one) == 201
        assert put(port, f"/results/{job}/0.json", records[0]) == 201
        with socket.create_connection(("127.0.0.1", port), timeout=10) as stream:
            head = f"PUT /results/{job}/maps/{second}.runs HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}"
            stream.sendall(f"{head}\r\nContent-Length: {len(other)}\r\n\r\n".encode() + other[:5])
            server.send_signal(signal.SIGKILL)
            assert server.wait() == -signal.SIGKILL
            with suppress(ConnectionResetError):
                assert stream.recv(1) == b""
    assert sorted(path.name for path in kept.rglob("*") if path.is_file()) == sorted(["0.json", f"{first}.runs"])
    (kept / "1.json").write_bytes(records[1])  # kept by a server that was killed before its row was written
    with process(tmp_path) as (port, _):
        rows = [row.record for row in read_rows(tmp_path / "out" / "rows.jsonl")]
        assert sorted(rows) == [f"{job}/0", f"{job}/1"]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", f"/results/{job}", headers=AUTH)
        assert json.loads(connection.getresponse().read()) == {"records": [0, 1], "maps": [first]}
        assert put(port, f"/results/{job}/maps/{second}.runs", other) == 201
        assert [put(port, f"/results/{job}/{run}.json", records[run]) for run in range(2)] == [200, 200]
        assert until(lambda: len(list(kept.glob("maps/*.runs"))) == 2)
    with process(tmp_path, "another-token-of-a-new-serve") as (port, _):
        assert put(port, f"/results/{job}/0.json", records[0]) == 401, "the token of an earlier serve is over"
