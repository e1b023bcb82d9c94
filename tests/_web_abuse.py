"""An abuse of the server: what it is, the raw requests, and how it is played, with a second try that works."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from _adb_faults import BUNDLE
from _web import JOBS, QUICK, TOKEN, Running, maps_of, record_of, running, status_of

from pocketseg.core.bundle import Bundle, open_bundle
from pocketseg.web.server import Limits

JOB, NEXT = JOBS[0], JOBS[1]
GONE = 0  # no answer: the connection was ended
Act = Callable[[Running, Bundle], list[bytes]]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One abuse. act: returns the raw answers, of which all must have one of these statuses."""

    name: str
    statuses: tuple[int, ...]
    act: Act
    limits: Limits = QUICK


@dataclass(frozen=True, kw_only=True)
class Played:
    """The answers: statuses, and the sentence of the last one that had one. again: the result of the second try."""

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
    """Open the page, fetch what is private, send class maps and a record; return the outcome."""
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


def raw_of(*requests: bytes) -> Act:
    """Send each of these on a connection of its own; HOST in them stands for the server's Host header line."""
    return lambda served, bundle: [served.raw(request.replace(b"HOST\r\n", served.host())) for request in requests]


def get_of(*targets: bytes) -> tuple[bytes, ...]:
    return tuple(b"GET " + target + b" HTTP/1.1\r\nHOST\r\nConnection: close\r\n\r\n" for target in targets)


def with_lines(*lines: bytes, target: bytes = b"/bundle/artifacts/0/manifest.json") -> bytes:
    return b"GET " + target + b" HTTP/1.1\r\nHOST\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


AUTH = f"Authorization: Bearer {TOKEN}".encode()
_ABC = f"results/{JOB}/maps/{'a' * 64}.runs".encode()


def put_of(*lines: bytes, body: bytes = b"", target: bytes = _ABC) -> bytes:
    head = b"PUT /" + target + b" HTTP/1.1\r\nHOST\r\n" + AUTH + b"\r\n"
    return head + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


def sent(name: str, make: Callable[[Bundle], bytes]) -> Act:
    return lambda served, bundle: [put_raw(served, name, make(bundle))]


def put_raw(served: Running, target: str, body: bytes) -> bytes:
    request = put_of(b"Content-Length: %d" % len(body), target=target.encode(), body=body)
    return served.raw(request.replace(b"HOST\r\n", served.host()))
