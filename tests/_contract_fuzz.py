"""Thousands of damaged files of every kind in the contract, and the verdict of both of Python's readers on them."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from _conformance import array, cases
from _conformance_bundles import opened
from _conformance_files import decoded, unzipped, zipped
from _conformance_outputs import Refused
from _fuzz import changed, crafted_archive, crafted_runs, damaged
from test_conformance_manifests import error_of
from test_conformance_records import Wrong
from test_conformance_records import read as read_record_again

from pocketseg.core import runs
from pocketseg.core.archive import Archive
from pocketseg.core.bundle import open_bundle
from pocketseg.core.errors import BundleError, RecordError
from pocketseg.core.manifest import parse_manifest
from pocketseg.core.record import read_record

BUNDLE = "bundle.json"
# Two things are wrong with a number such as 1e308: it is no whole one, and too large.
EITHER = {("wrong-type", "out-of-bounds")}


# ---- how they are damaged --------------------------------------------------------------------------------------------


def _bundle() -> dict[str, bytes]:
    return unzipped(array(cases("bundles")["cases"][0]["zip"]).data)


def _manifest() -> bytes:
    return json.dumps(cases("manifests")["cases"][0]["manifest"]).encode()


def _record() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(cases("records")["cases"][0]["text"])
    return found


def _archives(rng: random.Random) -> bytes:
    files = {"a.json": b"{}\n", "b/0.runs": bytes(range(40)), "b/c.rgb": bytes(9)}
    return crafted_archive(files, rng) if rng.random() < 0.5 else damaged(zipped(files), rng)


def _runs(rng: random.Random) -> bytes:
    whole = array(cases("runs")["cases"][0]["runs"]).data
    return crafted_runs(rng) if rng.random() < 0.7 else damaged(whole, rng)


def _bundles(rng: random.Random) -> bytes:
    return damaged(zipped(_bundle()), rng)


def _contents(rng: random.Random) -> bytes:
    files = _bundle()
    content = changed(json.loads(files[BUNDLE]), rng)
    return zipped(files | {BUNDLE: json.dumps(content).encode()})


def _content_bytes(rng: random.Random) -> bytes:
    files = _bundle()
    return zipped(files | {BUNDLE: damaged(files[BUNDLE], rng)})


def _manifests(rng: random.Random) -> bytes:
    return json.dumps(changed(json.loads(_manifest()), rng)).encode()


def _manifest_bytes(rng: random.Random) -> bytes:
    return damaged(_manifest(), rng)


def _records(rng: random.Random) -> bytes:
    return damaged(_sealed(_record()), rng)


def _documents(rng: random.Random) -> bytes:
    return _sealed(changed(_record(), rng))


def _sealed(document: dict[str, Any]) -> bytes:
    """Seal a document, whatever it contains; one whose seal is not a string gets none."""
    if "seal" not in document:
        return json.dumps(document).encode()
    text = json.dumps(document | {"seal": "0" * 64}).encode()
    return text.replace(b"0" * 64, hashlib.sha256(text).hexdigest().encode(), 1)


# ---- what Python says of them ----------------------------------------------------------------------------------------


def named_by(read: Callable[[bytes], Any], data: bytes) -> str:
    """Return the name of the error that the second implementation raises."""
    try:
        read(data)
    except (Refused, Wrong) as error:
        return str(error)
    except ValueError:
        return "not-json"
    return "read"


def _read_archive(path: Path) -> None:
    with Archive(path) as archive:
        for name in archive.names:
            archive.read(name, 1 << 20)


def _read_bundle(path: Path) -> None:
    with open_bundle(path) as bundle:
        bundle.verify()
        for place in range(len(bundle.content["artifacts"])):
            bundle.artifact(place)


class Kind(NamedTuple):
    """A way to damage a file: the kind that other readers are asked to read it as, and both of Python's readers."""

    asked: str
    make: Callable[[random.Random], bytes]
    second: Callable[[bytes], Any]
    product: Callable[[Path], Any]


def _manifest_error(data: bytes) -> None:
    if error := error_of(data):
        raise Refused(error)


KINDS = {
    "archives": Kind("archives", _archives, unzipped, _read_archive),
    "class maps": Kind("runs", _runs, decoded, lambda path: runs.decode(path.read_bytes())),
    "bundles": Kind("bundles", _bundles, opened, _read_bundle),
    "bundle.json": Kind("bundles", _contents, opened, _read_bundle),
    "bundle.json's bytes": Kind("bundles", _content_bytes, opened, _read_bundle),
    "manifests": Kind("manifests", _manifests, _manifest_error, lambda path: parse_manifest(path.read_bytes(), "it")),
    "manifests' bytes": Kind(
        "manifests", _manifest_bytes, _manifest_error, lambda path: parse_manifest(path.read_bytes(), "it")
    ),
    "records": Kind("records", _documents, read_record_again, lambda path: read_record(path.read_bytes())),
    "records' bytes": Kind("records", _records, read_record_again, lambda path: read_record(path.read_bytes())),
}


def takes(product: Callable[[Path], Any], path: Path) -> bool:
    """Return whether the product reads a file."""
    try:
        product(path)
    except (BundleError, RecordError, ValueError):
        return False
    return True
