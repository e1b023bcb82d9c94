"""The data that pages send back: class maps, records and progress; checked, kept, and scored into the table.

A job's folder is described in docs/bundle.md ("Results"). Data is on the disk before the request is answered, and only
the table tells whether it contains a record; so being killed at any moment neither loses nor duplicates anything.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.records import ROWS
from benchmark.where import where
from pocketseg.core import runs
from pocketseg.core.bundle import open_bundle
from pocketseg.core.errors import BundleError, DataError, DeviceError, PocketSegError, RecordError, StorageError
from pocketseg.core.record import read_record
from pocketseg.core.types import BenchmarkRow
from pocketseg.devices.importing import import_records
from pocketseg.devices.progress import JOB, UnreadableError, read_progress
from pocketseg.devices.progress import MOST_BYTES as MOST_PROGRESS_BYTES
from pocketseg.devices.results import MAPS, MOST_MAP_BYTES, PROGRESS
from pocketseg.web._kept import Kept
from pocketseg.web._table import Table, by_seal
from pocketseg.web.refused import SEE_TERMINAL, Refused

__all__ = ["Answer", "Arrived", "Inbox", "Refused"]

MOST_RECORD_BYTES = 16 << 20  # a page's record has a tenth of it
MOST_JOBS = 1_000
MOST_BYTES = 4 << 30  # of all results
_MOST_TIMES = 4  # a run may be measured again: so many class maps of each photo
_SMALLEST_HEADER_BYTES = 13
_AGAIN = "reload the page and send it again; if it is refused again, measure again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """Something that a page sent.

    Attributes:
        kind: `progress` or `record`.
        runs: number of runs in the job; 0 while it is not known.
        state: the job's state (`running`...), or the record's status.
        row: the record's row.
        phase, reason: of progress, safe to print on a terminal.
    """

    kind: str
    job: str
    run: int
    runs: int
    state: str
    phase: str = ""
    reason: str = ""
    row: BenchmarkRow | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to a page's record: status 201 if it is new, 200 if it was there."""

    status: int
    row: BenchmarkRow

    @property
    def document(self) -> dict[str, Any]:
        """Return the answer's JSON document."""
        place = where(self.row)
        said = {
            "file": self.row.artifact, "miou": self.row.miou, "verdict": self.row.verdict,
            "where": "" if place is None else place.text,
        }  # fmt: skip
        return {"row": said}


class Inbox:
    """The results of one bundle. heard: called with each Arrived, one call at a time; it must not raise."""

    def __init__(
        self,
        bundle: Path,
        results: Path,
        table: Path,
        *,
        heard: Callable[[Arrived], None],
        most_bytes: int = MOST_BYTES,
        most_jobs: int = MOST_JOBS,
    ) -> None:
        """Open a results folder. Raises UsageError if another inbox has it open, StorageError, BundleError."""
        self._bundle, self._out, self._heard, self._table = bundle, table, heard, Table(table)
        with open_bundle(bundle) as opened:
            self._sha256, content = opened.sha256, opened.content
        self._runs = len(content["job"]["runs"])
        self._classes = tuple(content["classes"])
        self._sizes = {(photo["height_px"], photo["width_px"]) for photo in content["photos"]}
        most_px = max((height * width for height, width in self._sizes), default=0)
        self.most_map_bytes = min(MOST_MAP_BYTES, _SMALLEST_HEADER_BYTES + 2 * most_px)
        most_maps = _MOST_TIMES * self._runs * max(1, len(content["photos"]))
        self._kept = Kept(results, most_bytes=most_bytes, most_jobs=most_jobs, most_maps=most_maps)
        self._import, self._hearing = threading.Lock(), threading.Lock()

    def close(self) -> None:
        """Wait for the record that is being scored, and release the folder."""
        with self._import:
            self._kept.close()

    def list_job(self, job: str) -> dict[str, Any]:
        """Return which of the job's records are in the table and which class maps were received. Raises Refused."""
        _check_job(job)
        records, maps = self._kept.records(job), self._kept.maps(job)
        return {"records": [run for run, seal in sorted(records.items()) if self._row(seal) is not None], "maps": maps}

    def put_map(self, job: str, sha256: str, data: bytes) -> int:
        """Keep a class map; return 201, or 200 if it was there. Raises Refused, StorageError."""
        _check_job(job)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Refused(422, "this class map does not match its name: its SHA-256 is different", _AGAIN)
        try:
            if runs.size_of(data) not in self._sizes:
                height, width = runs.size_of(data)
                raise Refused(
                    422, f"this class map is {width} x {height} px, but no photo of the bundle has that size", _AGAIN
                )
            highest = int(runs.decode(data).max())
        except BundleError as error:
            raise Refused(422, error.message, _AGAIN) from error
        if highest >= len(self._classes):
            raise Refused(
                422, f"this class map has class {highest}, but there are only {len(self._classes)} classes", _AGAIN
            )
        return 201 if self._kept.add(job, f"{MAPS}/{sha256}.runs", data) else 200

    def put_progress(self, job: str, data: bytes) -> int:
        """Keep the progress of a job; return 200. Raises Refused, StorageError."""
        _check_job(job)
        if len(data) > MOST_PROGRESS_BYTES:
            raise Refused(413, f"progress has at most {MOST_PROGRESS_BYTES:,} bytes")
        try:
            said = read_progress(data, job=job, bundle=self._sha256)
        except UnreadableError as error:
            raise Refused(422, "this progress is cut off or damaged", _AGAIN) from error
        except DeviceError as error:
            other = "this progress belongs to another job, bundle or version than the one that is served"
            raise Refused(422, other, "open the link again") from error
        self._kept.replace(job, PROGRESS, data)
        self._say(
            Arrived(
                kind="progress", job=job, run=said.run, runs=said.runs, state=said.state, phase=said.phase,
                reason=said.reason,
            )
        )  # fmt: skip
        return 200

    def put_record(self, job: str, run: int, data: bytes) -> Answer:
        """Keep a record whose class maps have arrived, and add its row to the table. Raises Refused, StorageError."""
        document = self._record(job, run, data)
        with self._import:
            before = self._kept.bytes_of(job, f"{run}.json")
            if before is not None and before != data and self._is_whole(job, run, before):
                raise Refused(409, f"there is already another record of run {run}", "measure again, as a new job")
            row = self._row(document["seal"])
            if row is not None and before is not None:
                return Answer(status=200, row=row)
            wanted = {photo["map_sha256"] for photo in document["bundle"]["photos"]} - {None}
            if document["status"] == "ok" and (absent := sorted(wanted - set(self._kept.maps(job)))):
                hint = "send the class maps first, then the record"
                raise Refused(422, f"{len(absent)} of its class maps have not arrived, e.g. {absent[0][:16]}...", hint)
            self._kept.add(job, f"{run}.json", data)
            row = self._import_one(job, run, document["seal"])
            self._say(Arrived(kind="record", job=job, run=run, runs=self._runs, state=row.status, row=row))
        return Answer(status=201, row=row)

    def catch_up(self, *, note: Callable[[str], None] = lambda sentence: None) -> list[BenchmarkRow]:
        """Import what an earlier `serve` of this bundle received and did not finish; return the new rows.

        note: called for each record that the table refuses. Raises DataError or UsageError if the table itself cannot
        be used.
        """
        made = []
        with self._import:
            for job, run, data in self._kept.every_record():
                try:
                    document = self._record(job, run, data)
                    if self._row(document["seal"]) is None:
                        made.append(self._import_one(job, run, document["seal"]))
                except Refused as error:
                    if self._is_of_another_bundle(data):
                        continue
                    note(f"{self._kept.path(job, f'{run}.json')}: {error.inner}")
        return made

    def _record(self, job: str, run: int, data: bytes) -> dict[str, Any]:
        """Return a record that is complete and belongs to the run that its URL names. Raises Refused."""
        _check_job(job)
        if not 0 <= run < self._runs:
            raise Refused(422, f"there is no run {run}: the bundle has {self._runs}", _AGAIN)
        if len(data) > MOST_RECORD_BYTES:
            raise Refused(413, f"a record has at most {MOST_RECORD_BYTES:,} bytes")
        try:
            document = read_record(data)
        except RecordError as error:
            raise Refused(422, error.message, error.hint) from error
        said = document.get("bundle")
        if said is None or said["sha256"] != self._sha256:
            raise Refused(
                422, "this record belongs to another bundle than the one that is served", "open the link again"
            )
        if said["job"] != job or said["run"] != run:
            raise Refused(
                422, f"this record belongs to job {said['job']}, run {said['run']}, but was sent as another", _AGAIN
            )
        if document["kind"] != "browser":
            hint = "for records of apps use `pocketseg device import`"
            raise Refused(422, f"this record is of kind {document['kind']}, but pages write browser", hint)
        return document

    def _import_one(self, job: str, run: int, seal: str) -> BenchmarkRow:
        """Score a stored record; one that does not fit is removed. Raises Refused, StorageError."""
        path = self._kept.path(job, f"{run}.json")
        try:
            rows = import_records([path], self._bundle, self._out)
        except StorageError:
            raise
        except (RecordError, BundleError) as error:
            self._check_bundle()
            self._kept.remove(job, f"{run}.json")
            said = error.message
            for place in (path.parent, self._bundle, self._out):  # where they lie is no phone's business
                said = said.replace(f"{place}/", "").replace(str(place), place.name)
            raise Refused(422, said, _AGAIN) from error
        except PocketSegError as error:
            raise _unusable(error) from error
        return by_seal(rows)[seal]

    def _row(self, seal: str) -> BenchmarkRow | None:
        """Return a record's row; None if it has none. Raises Refused if the table cannot be read."""
        try:
            return self._table.row(seal)
        except DataError as error:
            raise _unusable(error) from error

    def _is_whole(self, job: str, run: int, data: bytes) -> bool:
        try:
            self._record(job, run, data)
        except Refused:
            return False
        return True

    def _check_bundle(self) -> None:
        """Raise Refused if the bundle itself is damaged or gone; then the received data is not at fault."""
        try:
            with open_bundle(self._bundle) as opened:
                opened.verify()
        except BundleError as error:
            raise _unusable(error) from error

    def _is_of_another_bundle(self, data: bytes) -> bool:
        try:
            said = read_record(data).get("bundle") or {}
        except RecordError:
            return False
        return bool(said.get("sha256") != self._sha256)

    def _say(self, what: Arrived) -> None:
        with self._hearing:
            self._heard(what)


def _unusable(error: PocketSegError) -> Refused:
    inner = (
        f"a record is kept, but cannot be added to {ROWS}: {error.message}; {error.hint}; then start `pocketseg serve` "
        "again with the same --out"
    )
    return Refused(500, "the record is kept, but cannot be added to the computer's table", SEE_TERMINAL, inner=inner)


def _check_job(job: str) -> None:
    if not JOB.fullmatch(job):
        raise Refused(400, "a job's id is 32 hex digits")
