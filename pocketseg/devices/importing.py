"""Imports the records of a bundle that ran elsewhere into the folder of a table.

A device's figures are not taken where they can be computed from its measurements (judged_anew.py). A damaged record is
refused before the bundle is read, and nothing is written unless all records fit the bundle.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.document import ARTIFACT_FACTS, LONGEST_NAME
from benchmark.records import ROWS
from benchmark.rows import as_line, read_rows, row_of, to_json
from pocketseg.core._schema import printable
from pocketseg.core.bundle import Bundle, open_bundle
from pocketseg.core.errors import RecordError, UsageError
from pocketseg.core.files import make_folder, write_text
from pocketseg.core.record import RECORDS, read_record, record_id, sealed, write_records
from pocketseg.core.types import BenchmarkRow
from pocketseg.devices.judged_anew import judged_anew
from pocketseg.devices.results import RECORD_NAME, read_result
from pocketseg.devices.shared_zip import is_zip, unpacked
from pocketseg.devices.table_folder import check_table

Note = Callable[[str], None]
_OTHER = "give the bundle that was run, or run this one on the device"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A record as a device wrote it, and the folder that holds it and its class maps."""

    path: Path
    document: dict[str, Any]

    @property
    def run(self) -> dict[str, Any]:
        """Return what it says of the bundle's run."""
        found: dict[str, Any] = self.document["bundle"]
        return found


def import_records(
    given: Sequence[Path],
    bundle: Path,
    out: Path,
    *,
    note: Note = lambda sentence: None,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> list[BenchmarkRow]:
    """Score and judge records, and put them with their rows into `out`; return all rows of that table.

    On an error before writing, the table stays as it was; after StorageError the same import again completes it.

    Args:
        given: records, folders of a job's results, or zips that the app shared.
        out: a new folder, or one that `benchmark` or an earlier import wrote; records that are there already are
            replaced.
        progress: called with a phase, how much of it is done, and its total.

    Raises:
        RecordError, BundleError, UsageError, StorageError.
    """
    with ExitStack() as kept:
        places = [kept.enter_context(unpacked(path)) if is_zip(path) else path for path in given]
        return _import(places, bundle, out, note, progress)


def _import(
    given: Sequence[Path], bundle: Path, out: Path, note: Note, progress: Callable[[str, int, int], None]
) -> list[BenchmarkRow]:
    received = [_received(path) for path in _records(given)]
    _check_once(received)
    check_table(out)
    documents = []
    with open_bundle(bundle) as opened:
        for one in received:
            _check_fits(one, opened)
        for place, one in enumerate(received):
            progress("scoring class maps", place, len(received))
            documents.append(read_record(sealed(judged_anew(one.document, one.path, opened, note))))
    kept = read_rows(out / ROWS) if out.is_dir() else []
    rows = [row_of(document) for document in documents]
    new = {row.record: row for row in rows}
    for row in kept:
        if row.record in new:
            _check_same(row, new[row.record], received[rows.index(new[row.record])].path)
    others = [row for row in kept if row.record not in new]
    make_folder(out)
    # A row must never stand beside another record of its id, nor records alone, as of another command: wherever it ends
    if len(others) < len(kept) or not (out / ROWS).exists():
        _write_rows(out, others)
    write_records(out / RECORDS, [row.document for row in (*others, *rows) if row.document is not None])
    _write_rows(out, [*others, *rows])
    return [*others, *rows]


def _write_rows(out: Path, rows: Sequence[BenchmarkRow]) -> None:
    write_text(out / ROWS, "".join(as_line(to_json(row)) for row in rows))


def _records(given: Iterable[Path]) -> list[Path]:
    """Return the record files among what was given, those of a folder in the order of their runs. Raises UsageError."""
    found: list[Path] = []
    for path in given:
        if not path.is_dir():
            found.append(path)
            continue
        inside = [part for part in path.iterdir() if RECORD_NAME.fullmatch(part.name)]
        if not inside:
            raise UsageError(f"{path} holds no records", hint="give a job's folder: it has 0.json, 1.json...")
        found += sorted(inside, key=lambda part: int(part.stem))
    return found


def _received(path: Path) -> Received:
    document = read_result(path)
    if document.get("bundle") is None:
        raise RecordError(
            f"{path} is not a record of a bundle", hint="records that `benchmark` wrote need no import", path=path
        )
    return Received(path=path, document=document)


def _check_once(received: Sequence[Received]) -> None:
    seen: dict[str, Path] = {}
    for one in received:
        name = record_id(one.document)
        if name in seen:
            raise RecordError(f"{one.path} and {seen[name]} are the same record", hint="give each once", path=one.path)
        seen[name] = one.path


def _check_fits(one: Received, bundle: Bundle) -> None:
    """Refuse a record of another bundle, or one that does not say what the bundle asked for. Raises RecordError."""
    said, content = one.run, bundle.content
    if said["sha256"] != bundle.sha256:
        raise RecordError(
            f"{one.path} belongs to another bundle: {said['sha256'][:16]}..., but {bundle.where} is "
            f"{bundle.sha256[:16]}...",
            hint=_OTHER,
            path=one.path,
        )
    asked = content["job"]["runs"]
    if said["run"] >= len(asked) or one.document["run"]["place"] != said["run"]:
        raise _unfit(one, f"it is of run {said['run']} of {len(asked)}, at place {one.document['run']['place']}")
    if one.document["run"]["files"] != len(asked):
        raise _unfit(one, f"it is one of {one.document['run']['files']} runs, but the bundle asks for {len(asked)}")
    run = asked[said["run"]]
    own = one.document["artifact"]
    for name, value in _facts(bundle, run["artifact"]).items():
        if _plain(own[name]) != value and not (name == "manifest_sha256" and own[name] is None):
            raise _unfit(one, f"its artifact's {name} is {own[name]}, but the bundle's is {value}")
    accelerator, is_ok = one.document["accelerator"], one.document["status"] == "ok"
    if accelerator is None and is_ok:
        raise _unfit(one, "it does not say which accelerator was asked for")
    if accelerator is not None and accelerator["asked"] != run["accelerator"]:
        raise _unfit(one, f"it was asked for {accelerator['asked']}, but the bundle asks for {run['accelerator']}")
    if one.document["kind"] == "reference" and (one.document["turns"] or one.document["end_to_end"]):
        raise _unfit(one, "it has times, but it is of an evaluator, whose speed means nothing")
    if one.document["runtime"]["threads_asked"] != run["threads"]:
        raise _unfit(one, f"it asked for {one.document['runtime']['threads_asked']} threads, not {run['threads']}")
    hashes = [(photo["original_sha256"], photo["bundled_sha256"]) for photo in said["photos"]]
    if hashes != [(photo["original_sha256"], photo["bundled_sha256"]) for photo in content["photos"]]:
        raise _unfit(one, "its photos are not the bundle's")
    if is_ok and any(photo["map_sha256"] is None for photo in said["photos"]):
        raise _unfit(one, "its status is ok, but it lacks class maps of some photos")


def _facts(bundle: Bundle, place: int) -> dict[str, Any]:
    """Return the artifact as a record describes it on every device that
    takes the description from the bundle's manifest.
    """
    listed, manifest = bundle.content["artifacts"][place], dataclasses.asdict(bundle.artifact(place))
    facts = {name: _plain(manifest[name]) for name in ARTIFACT_FACTS}
    return {**facts, "file": listed["name"], "manifest_sha256": bundle.sha256_of(listed["manifest"])}


def _plain(value: Any) -> Any:
    """Return a text with the whitespace that records of this computer have: a phone may copy the manifest's."""
    return printable(value, LONGEST_NAME) if isinstance(value, str) else value


def _unfit(one: Received, what: str) -> RecordError:
    return RecordError(f"{one.path} does not fit the bundle: {printable(what)}", hint=_OTHER, path=one.path)


def _check_same(kept: BenchmarkRow, new: BenchmarkRow, path: Path) -> None:
    """Refuse a record with the id of one in the table that is of something else. Raises RecordError."""
    before = None if kept.document is None else kept.document.get("bundle")
    assert new.document is not None
    if before is None or before["job"] != new.document["bundle"]["job"]:
        raise RecordError(
            f"{path} has the id of another record in the table, {new.record}",
            hint="import it into another folder",
            path=path,
        )
