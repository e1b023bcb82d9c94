"""What no browser does: each abuse is refused in a sentence or cut off, leaks nothing, and the next run works."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from _adb_faults import BUNDLE
from _fuzz import damaged
from _web import JOBS, LARGE_BYTES, PAGE, QUICK, TOKEN, Running, maps_of, record_of, running, status_of, until
from _web_abuse import Fault, play, second_try
from _web_faults import FAULTS

from benchmark.rows import read_rows
from pocketseg.core.bundle import open_bundle
from pocketseg.core.errors import DataError, PocketSegError, StorageError
from pocketseg.web import _desk
from pocketseg.web.inbox import Inbox
from pocketseg.web.server import Limits

FUZZED = 3_000
ANSWERS = (0, 200, 304, 400, 401, 404, 405, 408, 411, 413, 414, 417, 421, 431, 503, 505)
_IN_SECRET = b'"checkpoint_sha256"'  # of the manifest, which is private


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_an_abuse_is_refused_and_the_next_run_works(fault: Fault, tmp_path: Path) -> None:
    played = play(fault, tmp_path)
    assert played.statuses and set(played.statuses) <= set(fault.statuses), (played.statuses, played.answers)
    assert played.said or fault.statuses[-1] == 0
    for answer in played.answers:
        assert not any(secret in answer for secret in (_IN_SECRET, b"Traceback", b"root:", str(tmp_path).encode()))
    assert not played.notes, "what a client does wrong is not the terminal's"


def test_names_of_abuses_are_said_once() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as made:
        yield made


def test_fifty_clients_at_once_get_what_each_asked_for(served: Running) -> None:
    with open_bundle(BUNDLE) as bundle:
        secret = bundle.read("artifacts/0/manifest.json")
        maps = maps_of(bundle)
        records = [record_of(bundle, job, 0, "failed") for job in JOBS[:10]]
    together = threading.Barrier(50)

    def client(number: int) -> bool:
        together.wait()
        kind, job = number % 5, JOBS[number // 5]
        if kind == 0:
            return served.ask("GET", "/")[2] == PAGE
        if kind == 1:
            return len(served.ask("GET", "/runtimes/large.wasm")[2]) == LARGE_BYTES
        if kind == 2:
            return served.ask("GET", "/bundle/artifacts/0/manifest.json", headers=served.auth)[2] == secret
        if kind == 3:
            return all(served.put(f"/results/{job}/maps/{name}.runs", data)[0] == 201 for name, data in maps.items())
        return served.put(f"/results/{job}/0.json", records[number // 5])[0] == 201

    with ThreadPoolExecutor(50) as pool:
        assert all(pool.map(client, range(50)))
    rows = read_rows(served.out / "rows.jsonl")
    assert sorted(row.record for row in rows) == sorted(f"{job}/0" for job in JOBS[:10])
    assert not served.notes and len(served.heard) == 10


def test_a_connection_that_only_waits_makes_room(tmp_path: Path) -> None:
    with running(tmp_path, limits=replace(QUICK, connections=3, idle_s=30.0)) as served:
        streams = [socket.create_connection(("127.0.0.1", served.server.port), timeout=10) for _ in range(3)]
        time.sleep(1.2)
        assert served.ask("GET", "/")[0] == 200
        for stream in streams:
            stream.close()


def test_the_server_ends_at_once_with_connections_open_and_its_token_with_it(tmp_path: Path) -> None:
    with running(tmp_path, limits=Limits()) as served:
        streams = [socket.create_connection(("127.0.0.1", served.server.port), timeout=10) for _ in range(20)]
        for number, stream in enumerate(streams):
            stream.sendall(b"GET / HTTP/1.1\r\nX: " if number % 2 else b"")
        assert until(lambda: threading.active_count() > 20)
        began = time.monotonic()
        served.server.close()
        assert time.monotonic() - began < 3.0
        with pytest.raises(OSError):
            served.ask("GET", "/")
        for stream in streams:
            with contextlib.suppress(ConnectionResetError):  # ended hard: it had sent what nobody read
                assert stream.recv(1) == b""
            stream.close()


def test_a_fault_of_our_own_is_one_sentence_and_no_traceback(
    served: Running, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(self: object, request: object, peer: str) -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(_desk.Desk, "_get", broken)
    status, _, body = served.ask("GET", "/")
    assert status == 500 and b"secret" not in body and json.loads(body)["hint"]
    assert len(served.notes) == 1 and "ZeroDivisionError" in served.notes[0]
    monkeypatch.undo()
    assert served.ask("GET", "/")[0] == 200
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("error", "status"), [(StorageError, 507), (DataError, 500)])
def test_what_fails_on_this_side_is_told_here_with_its_folder_and_to_a_phone_without(
    error: type[PocketSegError], status: int, served: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: object, job: str, sha256: str, data: bytes) -> int:
        raise error("/home/somebody/out/0.json: No space left on device", hint="free some of /home")

    monkeypatch.setattr(Inbox, "put_map", full)
    answered, document = served.put(f"/results/{JOBS[0]}/maps/{'0' * 64}.runs", b"x")
    text = json.dumps(document)
    assert answered == status and "/home" not in text and "terminal" in text
    assert len(served.notes) == 1 and "/home/somebody/out/0.json" in served.notes[0] and "free some" in served.notes[0]


def test_raw_bytes_of_any_kind_give_nothing_private_away_and_the_server_lives(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(5)
    limits = replace(QUICK, head_s=0.3, idle_s=0.3, base_s=0.3)
    with running(tmp_path, limits=limits) as served, open_bundle(BUNDLE) as bundle:
        host = served.host()
        wrong = b"Authorization: Bearer " + TOKEN[::-1].encode() + b"\r\n"
        put = f"PUT /results/{JOBS[0]}/0.json HTTP/1.1\r\n".encode()
        forms = [
            b"GET / HTTP/1.1\r\n" + host + b"\r\n",
            b"GET /bundle/artifacts/0/manifest.json HTTP/1.1\r\n" + host + wrong + b"\r\n",
            b"HEAD /bundle/artifacts/0/model.onnx HTTP/1.1\r\n" + host + b"\r\n",
            put + host + wrong + b"Content-Length: 5\r\n\r\nhello",
            b"GET /results/" + JOBS[0].encode() + b" HTTP/1.1\r\n" + host + b"\r\n",
        ]

        def one(number: int) -> tuple[bytes, bytes]:
            rng = random.Random(number)
            request = damaged(rng.choice(forms), rng, forms)
            return request, served.raw(request)

        with ThreadPoolExecutor(24) as pool:
            answers = list(pool.map(one, (chance.randrange(1 << 40) for _ in range(FUZZED))))
        for request, answer in answers:
            assert status_of(answer) in (
                0,
                200,
                304,
                400,
                401,
                404,
                405,
                408,
                411,
                413,
                414,
                417,
                421,
                431,
                503,
                505,
            ), request
            assert _IN_SECRET not in answer and b"Traceback" not in answer, request
            for part in answer.split(b"HTTP/1.1 200")[1:]:
                assert b"text/html" in part or b"session" in request or b"wasm" in request, request
        assert not list((served.out / "browser").glob("*/*")), "nothing was kept of it"
        assert second_try(served, bundle)
        assert not served.notes
    assert capfd.readouterr() == ("", "")
