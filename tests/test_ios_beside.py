"""Swift beside Python: damaged files get the names of errors that Python gives, and a replayed job joins the table."""

from __future__ import annotations

import collections
import hashlib
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from _bundles import bundle
from _conformance import array, cases
from _conformance_bundles import opened
from _conformance_files import decoded, unzipped, zipped
from _conformance_outputs import Refused
from _fuzz import changed, crafted_archive, crafted_runs, damaged
from _ios import ask, checked
from test_conformance_manifests import error_of
from test_conformance_records import Wrong
from test_conformance_records import read as read_record_again

from pocketseg.core.bundle import open_bundle
from pocketseg.core.errors import PocketSegError
from pocketseg.core.manifest import parse_manifest
from pocketseg.core.record import read_record
from pocketseg.devices.importing import import_records
from pocketseg.devices.job import Job
from pocketseg.devices.make import Made
from pocketseg.devices.progress import read_progress
from pocketseg.devices.replay import replay
from scripts.ios.recording import record

pytestmark = [pytest.mark.ios, pytest.mark.timeout(1500), pytest.mark.xdist_group("ios")]
COUNT = 2000
JOB = "0123456789abcdef" * 2
Converted = Callable[..., Any]
# A number such as 1e308 is no whole one, or too large a one.
EITHER = {("wrong-type", "out-of-bounds")}


def _bundle() -> dict[str, bytes]:
    return unzipped(array(cases("bundles")["cases"][0]["zip"]).data)


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
    content = changed(json.loads(files["bundle.json"]), rng)
    return zipped(files | {"bundle.json": json.dumps(content).encode()})


def _manifests(rng: random.Random) -> bytes:
    return json.dumps(changed(json.loads(json.dumps(cases("manifests")["cases"][0]["manifest"])), rng)).encode()


def _records(rng: random.Random) -> bytes:
    return damaged(_sealed(_record()), rng)


def _documents(rng: random.Random) -> bytes:
    return _sealed(changed(_record(), rng))


def _sealed(document: dict[str, Any]) -> bytes:
    """Seal a document, whatever it says; one whose seal is no text of its own gets none."""
    if "seal" not in document:
        return json.dumps(document).encode()
    text = json.dumps(document | {"seal": "0" * 64}).encode()
    return text.replace(b"0" * 64, hashlib.sha256(text).hexdigest().encode(), 1)


def _record_error(data: bytes) -> str:
    try:
        read_record_again(data)
    except Wrong as error:
        return str(error)
    return "read"


def _manifest_error(data: bytes) -> str:
    """Name the error; `refused` where the second implementation has no name for it and the product refuses it."""
    try:
        return error_of(data) or "read"
    except (LookupError, TypeError):
        try:
            parse_manifest(data, "it")
        except PocketSegError:
            return "refused"
        return "read"


def _error(read: Callable[[bytes], Any], data: bytes) -> str:
    try:
        read(data)
    except Refused as error:
        return str(error)
    except ValueError:
        return "not-json"
    return "read"


READERS: dict[str, tuple[Callable[[random.Random], bytes], Callable[[bytes], str]]] = {
    "archives": (_archives, lambda data: _error(unzipped, data)),
    "runs": (_runs, lambda data: _error(decoded, data)),
    "bundles": (_bundles, lambda data: _error(opened, data)),
    "contents": (_contents, lambda data: _error(opened, data)),
    "manifests": (_manifests, _manifest_error),
    "records": (_records, _record_error),
    "documents": (_documents, _record_error),
}


def _is_right(kind: str, data: bytes, said: str, wanted: str, path: Path) -> bool:
    """Say whether Swift gives the right name; what the second implementation is too mild about, the product decides."""
    if said == wanted or (said, wanted) in EITHER:
        return True
    if wanted == "wrong-crc" and said != "read":
        return True  # two things are wrong: the headers of all entries are read before the CRC of the first
    return said != "read" and wanted in ("read", "refused") and _product_refuses(kind, data, path)


def _product_refuses(kind: str, data: bytes, path: Path) -> bool:
    path.write_bytes(data)
    try:
        if kind in ("records", "documents"):
            read_record(data)
        elif kind == "manifests":
            parse_manifest(data, "it")
        else:
            with open_bundle(path) as whole:
                whole.verify()
    except PocketSegError:
        return True
    return False


@pytest.mark.parametrize("kind", READERS)
def test_swift_gives_damaged_files_the_names_of_errors_that_python_gives(kind: str, tmp_path: Path) -> None:
    make, name_of = READERS[kind]
    files = [make(random.Random(f"{kind} {seed}")) for seed in range(COUNT)]
    ends: collections.Counter[str] = collections.Counter()
    for data, said in zip(files, checked(kind, files, tmp_path), strict=True):
        wanted = name_of(data)
        assert _is_right(kind, data, said, wanted, tmp_path / "given"), (said, wanted, data)
        ends[said] += 1
    assert COUNT - ends["read"] >= COUNT // 4 and len(ends) >= 5, ends


@pytest.fixture(scope="module")
def made(converted: Converted, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return bundle(converted, tmp_path_factory.mktemp("made"), targets=("onnx", "tflite"), job=Job(passes=2))


@pytest.fixture(scope="module")
def recorded(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the bundle, what its files gave here, and what Swift made of that."""
    folder = tmp_path_factory.mktemp("recorded")
    (folder / "bundle.zip").write_bytes(made.archive.read_bytes())
    with open_bundle(made.archive) as whole:
        assert record(whole, folder / "recording") == 8
    code, said, errors = _run(folder, "results")
    assert code == 0, errors
    assert said.strip() == str(folder / "results" / JOB)
    return folder


def _run(folder: Path, out: str, *more: str) -> tuple[int, str, str]:
    given = ("run", folder / "bundle.zip", "--recording", folder / "recording", "--out", folder / out, "--job", JOB)
    return ask(*given, *more, writable=folder)


def test_a_replayed_job_joins_the_desktops_rows_with_the_same_scores(
    made: Made, recorded: Path, tmp_path: Path
) -> None:
    with open_bundle(made.archive) as whole:
        replay(whole, tmp_path / "desktop")
    said: list[str] = []
    table = tmp_path / "table"
    desktop = import_records([tmp_path / "desktop"], made.archive, table, note=said.append)
    both = import_records([recorded / "results" / JOB], made.archive, table, note=said.append)
    swift = both[len(desktop) :]
    assert said == [], "nothing may be otherwise than Swift says"
    assert [row.status for row in both] == ["ok"] * 4
    assert [row.miou for row in swift] == [row.miou for row in desktop]
    for row in swift:
        assert row.document is not None
        assert row.document["kind"] == "ios" and row.document["program"]["launch"] == "test"
        assert row.document["runtime"]["label"] == "recorded" and row.document["golden"]["status"] == "passed"
        assert row.document["verdict"] == "INVALID"


def test_what_a_replayed_job_leaves_is_whole(made: Made, recorded: Path) -> None:
    results = recorded / "results" / JOB
    progress = read_progress((results / "progress.json").read_bytes(), job=JOB, bundle=made.sha256)
    assert (progress.job, progress.state, progress.run, progress.runs) == (JOB, "finished", 2, 2)
    for number in range(2):
        document = read_record((results / f"{number}.json").read_bytes())
        assert document["bundle"]["run"] == number
        for photo in document["bundle"]["photos"]:
            assert (results / "maps" / f"{photo['map_sha256']}.runs").is_file()
            assert photo["agreement"] == 1


def test_an_input_that_was_not_recorded_fails_the_run_and_is_said(recorded: Path) -> None:
    index = json.loads((recorded / "recording" / "recording.json").read_text())
    index["artifacts"][0]["runs"][2]["input_sha256"] = "0" * 64
    wrong = recorded / "wrong"
    wrong.mkdir()
    (wrong / "recording.json").write_text(json.dumps(index))
    for place in ("0", "1"):
        (wrong / place).mkdir()
        for file in (recorded / "recording" / place).iterdir():
            (wrong / place / file.name).write_bytes(file.read_bytes())
    code, _, errors = ask(
        "run", recorded / "bundle.zip", "--recording", wrong, "--out", recorded / "failed", "--job", JOB,
        writable=recorded,
    )  # fmt: skip
    assert code == 0, errors
    first, second = (read_record((recorded / "failed" / JOB / f"{number}.json").read_bytes()) for number in range(2))
    assert first["status"] == "failed" and "an input that was not recorded" in first["reason"]
    assert second["status"] == "ok"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("--help",), 0, "replay cases FOLDER"),
        ((), 2, "a command is missing"),
        (("play",), 2, "there is no command play"),
        (("check", "photos", "x"), 2, "it checks no photos"),
        (("check", "runs", "{folder}/nothing"), 1, "nothing cannot be read"),
        (("cases", "{folder}"), 1, "holds no sets of cases"),
        (("run", "{folder}/b.zip", "--out", "{folder}/o"), 2, "--recording is missing"),
        (("run", "{folder}/b.zip", "--recording", "{folder}", "--out", "{folder}/o"), 1, "is no recording"),
        (("run", "a", "b", "--out", "o"), 2, "b is one argument too many"),
        (("cases", "a", "--fast", "1"), 2, "it has no option --fast"),
    ],
)  # fmt: skip
def test_the_tool_says_what_it_was_not_asked_rightly(
    arguments: tuple[str, ...], code: int, sentence: str, tmp_path: Path
) -> None:
    found, said, errors = ask(*(part.format(folder=tmp_path) for part in arguments), writable=tmp_path)
    assert found == code
    assert sentence in said + errors
    assert "Fatal error" not in errors
