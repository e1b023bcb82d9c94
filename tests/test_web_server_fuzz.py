"""Thousands of damaged and crafted results into the inbox: nothing lands in the table that a reader refuses."""

from __future__ import annotations

import collections
import hashlib
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from _adb_faults import BUNDLE
from _fuzz import changed, crafted_runs, damaged
from _web import JOBS, maps_of, progress_of, record_document, record_of

from benchmark.rows import read_rows
from pocketseg.core import runs
from pocketseg.core.bundle import Bundle, open_bundle
from pocketseg.core.errors import BundleError, RecordError
from pocketseg.core.record import RECORDS, read_records, sealed
from pocketseg.web.inbox import Inbox
from pocketseg.web.refused import Refused

DAMAGED, SEALED, MAPS = 2_000, 600, 1_500


@pytest.fixture(scope="module")
def bundle() -> Iterator[Bundle]:
    with open_bundle(BUNDLE) as opened:
        yield opened


@pytest.fixture
def inbox(bundle: Bundle, tmp_path: Path) -> Iterator[Inbox]:
    box = Inbox(BUNDLE, tmp_path / "browser", tmp_path, heard=lambda what: None)
    for name, data in maps_of(bundle).items():
        box.put_map(JOBS[0], name, data)
    yield box
    box.close()


def assert_a_reader_takes_it(folder: Path, expected: int) -> None:
    assert len(read_records(folder / RECORDS)) == len(read_rows(folder / "rows.jsonl")) == expected
    assert not list((folder / "browser").rglob("*.tmp"))


def seeds(inbox: Inbox, folder: Path, job: str) -> None:
    """Take away what was accepted, so that the next one is not refused for that alone."""
    for name in ("rows.jsonl", RECORDS, f"browser/{job}/0.json", f"browser/{job}/1.json"):
        (folder / name).unlink(missing_ok=True)


def test_damaged_records_are_refused_in_a_sentence_and_begin_no_table(
    bundle: Bundle, inbox: Inbox, tmp_path: Path
) -> None:
    wholes = [record_of(bundle, JOBS[0], run, status) for run in range(2) for status in ("ok", "failed")]
    for number in range(DAMAGED):
        rng = random.Random(number)
        data = damaged(rng.choice(wholes), rng, wholes)
        if data.strip() in [whole.strip() for whole in wholes]:
            continue
        for run in range(2):
            with pytest.raises(Refused) as caught:
                inbox.put_record(JOBS[0], run, data)
            assert caught.value.status in (413, 422) and caught.value.message, number
            assert len(caught.value.message) < 2_000 and "\x1b" not in caught.value.message
    assert not (tmp_path / "rows.jsonl").exists() and not list((tmp_path / "browser").glob("*/?.json"))


@pytest.mark.phones
def test_records_of_any_values_with_a_right_seal_are_refused_or_rows_that_every_reader_takes(
    bundle: Bundle, inbox: Inbox, tmp_path: Path
) -> None:
    ends: collections.Counter[int] = collections.Counter()
    for number in range(SEALED):
        rng = random.Random(number)
        document = record_document(bundle, JOBS[0], 0, rng.choice(("ok", "failed")))
        for _ in range(rng.choice((1, 1, 2))):
            document = changed(document, rng)
        try:
            data = sealed(document).encode()
        except (RecordError, AttributeError):
            data = resealed(document)
        seeds(inbox, tmp_path, JOBS[0])
        try:
            ends[inbox.put_record(JOBS[0], 0, data).status] += 1
        except Refused as error:
            ends[error.status] += 1
            assert error.status == 422 and error.message, number
            assert not (tmp_path / "rows.jsonl").exists() and not (tmp_path / f"browser/{JOBS[0]}/0.json").exists()
            continue
        assert_a_reader_takes_it(tmp_path, 1)
        (row,) = read_rows(tmp_path / "rows.jsonl")
        assert row.kind == "browser" and row.document is not None and row.document["bundle"]["sha256"] == bundle.sha256
    assert ends[201] > 10 and ends[422] > 100, ends


def resealed(document: object) -> bytes:
    """Seal what no program of ours would."""
    text = json.dumps({**document, "seal": "0" * 64} if isinstance(document, dict) else document)
    return text.replace("0" * 64, hashlib.sha256(text.encode()).hexdigest(), 1).encode()


def test_class_maps_of_any_bytes_are_kept_only_where_a_reader_takes_them(
    bundle: Bundle, inbox: Inbox, tmp_path: Path
) -> None:
    wholes = list(maps_of(bundle).values())
    kept = 0
    for number in range(MAPS):
        rng = random.Random(number)
        data = damaged(rng.choice(wholes), rng, wholes) if rng.random() < 0.7 else crafted_runs(rng)
        try:
            inbox.put_map(JOBS[1 + number % 50], hashlib.sha256(data).hexdigest(), data)
            kept += 1
        except Refused as error:
            assert error.status in (422, 507) and error.message
            if error.status == 422:
                with pytest.raises((BundleError, AssertionError)):
                    found = runs.decode(data)
                    assert found.shape in [(9, 14), (17, 5)] and found.max() < 4
    for path in (tmp_path / "browser").glob("*/maps/*"):
        found = runs.decode(path.read_bytes())
        assert path.stem == hashlib.sha256(path.read_bytes()).hexdigest()
        assert found.shape in [(9, 14), (17, 5)] and found.max() < 4
    assert kept > 20


def test_progress_of_any_bytes_is_read_or_refused(bundle: Bundle, inbox: Inbox) -> None:
    for number in range(1_000):
        rng = random.Random(number)
        data = damaged(progress_of(bundle, JOBS[0]), rng)
        try:
            assert inbox.put_progress(JOBS[0], data) == 200
        except Refused as error:
            assert error.status in (413, 422) and error.message
