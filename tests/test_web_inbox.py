"""What pages send back is checked before it is kept, and in the table once, whatever happens in between."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _adb_faults import BUNDLE
from _web import JOBS, maps_of, progress_of, record_of

from benchmark.rows import read_rows
from pocketseg.core import files, runs
from pocketseg.core.bundle import Bundle, open_bundle
from pocketseg.core.errors import StorageError, UsageError
from pocketseg.core.types import BenchmarkRow
from pocketseg.web import _table
from pocketseg.web._kept import check_free
from pocketseg.web.inbox import Arrived, Inbox
from pocketseg.web.refused import Refused

JOB = JOBS[0]


@pytest.fixture(scope="module")
def bundle() -> Iterator[Bundle]:
    with open_bundle(BUNDLE) as opened:
        yield opened


@contextmanager
def opened(out: Path, **limits: int) -> Iterator[tuple[Inbox, list[Arrived]]]:
    heard: list[Arrived] = []
    box = Inbox(BUNDLE, out / "browser", out, heard=heard.append, **limits)
    try:
        yield box, heard
    finally:
        box.close()


def refused(call: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as caught:
        call()
    assert caught.value.message and not str(caught.value).startswith("/")
    return caught.value


def put_maps(box: Inbox, bundle: Bundle, job: str = JOB) -> list[int]:
    return [box.put_map(job, name, data) for name, data in maps_of(bundle).items()]


def test_a_record_is_scored_from_its_class_maps_and_a_second_sending_changes_nothing(
    bundle: Bundle, tmp_path: Path
) -> None:
    with opened(tmp_path) as (box, heard):
        assert put_maps(box, bundle) == [201, 201] and put_maps(box, bundle) == [200, 200]
        data = record_of(bundle, JOB, 0)
        first, before = box.put_record(JOB, 0, data), (tmp_path / "rows.jsonl").read_bytes()
        again = box.put_record(JOB, 0, data)
        assert (first.status, again.status) == (201, 200) and first.document == again.document
        assert (tmp_path / "rows.jsonl").read_bytes() == before
        said = first.document["row"]
        assert said["miou"] is not None and said["where"].startswith("Google Pixel 8") and said["verdict"]
        assert [(one.kind, one.run, one.state) for one in heard] == [("record", 0, "ok")]
        assert box.list_job(JOB) == {"records": [0], "maps": sorted(maps_of(bundle))}


@pytest.mark.parametrize("job", ["", "..", "0" * 31, "0" * 33, "G" * 32, "A" * 32, "../" + "0" * 29, "0" * 32 + "\n"])
def test_a_jobs_id_is_of_its_form_everywhere(job: str, bundle: Bundle, tmp_path: Path) -> None:
    with opened(tmp_path) as (box, _):
        name, data = next(iter(maps_of(bundle).items()))
        for call in (
            lambda: box.list_job(job),
            lambda: box.put_map(job, name, data),
            lambda: box.put_progress(job, progress_of(bundle, job)),
            lambda: box.put_record(job, 0, b"{}"),
        ):
            assert refused(call).status == 400
    assert [path.name for path in (tmp_path / "browser").iterdir()] == [".lock"]


def other_maps() -> dict[str, bytes]:
    made = {
        "another size": runs.encode(np.zeros((14, 9), np.uint8)),
        "a class that there is not": runs.encode(np.full((9, 14), 4, np.uint8)),
        "ignored pixels": runs.encode(np.full((9, 14), 255, np.uint8)),
        "no class map": b"nothing",
        "nothing": b"",
        "a header of many pixels": b"PSCM\x01" + b"\x00\x00\x01\x00" * 2,
    }
    whole = runs.encode(np.zeros((9, 14), np.uint8))
    return {**made, "a class map cut off": whole[:-1], "a class map and more": whole + b"\x00\x01"}


@pytest.mark.parametrize("what", other_maps())
def test_a_class_map_that_no_photo_can_have_is_refused(what: str, tmp_path: Path) -> None:
    data = other_maps()[what]
    with opened(tmp_path) as (box, _):
        assert refused(lambda: box.put_map(JOB, hashlib.sha256(data).hexdigest(), data)).status == 422
    assert not (tmp_path / "browser" / JOB).exists()


def test_progress_is_heard_and_kept_as_it_came(bundle: Bundle, tmp_path: Path) -> None:
    with opened(tmp_path) as (box, heard):
        data = progress_of(bundle, JOB, run=1, phase="timing\x1b[2J")
        assert box.put_progress(JOB, data) == 200
        assert heard[0].kind == "progress" and heard[0].run == 1 and "\x1b" not in heard[0].phase
        assert (tmp_path / "browser" / JOB / "progress.json").read_bytes() == data
        assert refused(lambda: box.put_progress(JOB, progress_of(bundle, JOB, bundle="0" * 64))).status == 422
        for bad in (data[:-9], b"[]", progress_of(bundle, JOB, schema_version="9.0"), progress_of(bundle, JOB, run=-1)):
            found = refused(lambda bad=bad: box.put_progress(JOB, bad))
            assert found.status == 422 and not re.search(r"\b(app|phone)\b", f"{found.message} {found.hint}")


def test_a_table_of_another_is_said_and_the_record_is_imported_once_it_is_gone(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "results.csv").write_text("another's")
    with opened(tmp_path) as (box, heard):
        error = refused(lambda: box.put_record(JOB, 0, record_of(bundle, JOB, 0, "failed")))
        assert error.status == 500 and "results.csv" in error.inner and error.hint and not heard
        assert str(tmp_path) in error.inner and str(tmp_path) not in error.message + error.hint
        assert box.list_job(JOBS[1]) == {"records": [], "maps": []}
        assert box.list_job(JOB)["records"] == []
        (tmp_path / "results.csv").unlink()
        assert len(box.catch_up()) == 1 and box.catch_up() == []
        assert box.list_job(JOB)["records"] == [0]


def test_a_table_that_is_damaged_is_no_fault_of_the_record(bundle: Bundle, tmp_path: Path) -> None:
    with opened(tmp_path) as (box, _):
        box.put_record(JOB, 0, record_of(bundle, JOB, 0, "failed"))
        whole = (tmp_path / "rows.jsonl").read_bytes()
        (tmp_path / "rows.jsonl").write_bytes(b"{}\n" + whole)
        error = refused(lambda: box.put_record(JOB, 1, record_of(bundle, JOB, 1, "failed")))
        assert error.status == 500 and "rows.jsonl" in error.inner
        (tmp_path / "rows.jsonl").write_bytes(whole)
        assert box.put_record(JOB, 1, record_of(bundle, JOB, 1, "failed")).status == 201


def test_a_table_is_read_anew_only_where_it_has_changed(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def counted(path: Path) -> list[BenchmarkRow]:
        read.append(path)
        return read_rows(path)

    monkeypatch.setattr(_table, "read_rows", counted)
    with opened(tmp_path) as (box, _):
        box.put_record(JOB, 0, record_of(bundle, JOB, 0, "failed"))
        assert box.list_job(JOB)["records"] == [0]
        before = len(read)
        for _ in range(20):
            assert box.list_job(JOB)["records"] == [0]
            assert box.put_record(JOB, 0, record_of(bundle, JOB, 0, "failed")).status == 200
        assert len(read) == before <= 2
        rows = (tmp_path / "rows.jsonl").read_bytes()
        (tmp_path / "rows.jsonl").write_bytes(b"")  # by another command
        assert box.list_job(JOB)["records"] == []
        (tmp_path / "rows.jsonl").write_bytes(rows)
        assert box.list_job(JOB)["records"] == [0]


def test_scoring_a_record_loads_no_library_that_takes_seconds() -> None:
    code = (
        "import sys, numpy as np; import pocketseg.web.inbox; from benchmark.accuracy import Score;"
        "Score(('a', 'b')).add(*[np.zeros((2, 2), np.uint8)] * 3, ('p', 'l'));"
        "print({'torch', 'torchmetrics', 'scipy'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_a_folder_that_another_has_is_refused_before_any_work_and_is_free_at_its_end(tmp_path: Path) -> None:
    check_free(tmp_path / "none")
    assert not (tmp_path / "none").exists()
    with opened(tmp_path):
        with pytest.raises(UsageError, match="another `pocketseg serve`") as caught:
            check_free(tmp_path / "browser")
        assert "--out" in caught.value.hint
    check_free(tmp_path / "browser")


def test_a_full_disk_is_said_and_the_same_record_is_taken_when_there_is_room(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = record_of(bundle, JOB, 0, "failed")
    replace, full_for = Path.replace, {"0.json", "records.jsonl", "rows.jsonl"}

    def full(self: Path, target: Path) -> Path:
        if Path(target).name in full_for:
            raise OSError(errno.ENOSPC, "No space left on device")
        return replace(self, target)

    with opened(tmp_path) as (box, heard):
        monkeypatch.setattr(Path, "replace", full)
        for name in ("0.json", "records.jsonl", "rows.jsonl"):
            with pytest.raises(StorageError, match="No space left"):
                box.put_record(JOB, 0, data)
            full_for.remove(name)
        assert box.put_record(JOB, 0, data).status == 201 and len(heard) == 1
    assert len(read_rows(tmp_path / "rows.jsonl")) == 1


def test_results_are_bounded_in_bytes_jobs_and_class_maps(bundle: Bundle, tmp_path: Path) -> None:
    with opened(tmp_path, most_jobs=2) as (box, _):
        for job in JOBS[:2]:
            box.put_progress(job, progress_of(bundle, job))
        assert refused(lambda: box.put_progress(JOBS[2], progress_of(bundle, JOBS[2]))).status == 507
        chance = np.random.default_rng(0)
        statuses = []
        for _ in range(40):
            data = runs.encode(chance.integers(0, 4, (9, 14), np.uint8))
            try:
                statuses.append(box.put_map(JOB, hashlib.sha256(data).hexdigest(), data))
            except Refused as error:
                statuses.append(error.status)
        assert statuses.count(201) == 4 * 2 * 2 and set(statuses) == {201, 507}, "runs x photos, four times each"
    with opened(tmp_path, most_bytes=3_000) as (box, _):
        assert refused(lambda: put_maps(box, bundle, JOBS[1])).status == 507


def test_two_inboxes_never_share_a_folder(tmp_path: Path) -> None:
    with opened(tmp_path), pytest.raises(UsageError, match="another `pocketseg serve`"):
        Inbox(BUNDLE, tmp_path / "browser", tmp_path, heard=lambda what: None)
    with opened(tmp_path):
        pass


def test_a_record_that_lies_there_damaged_is_replaced_by_the_whole_one(bundle: Bundle, tmp_path: Path) -> None:
    data = record_of(bundle, JOB, 0, "failed")
    path = tmp_path / "browser" / JOB / "0.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(data[:-50])
    with opened(tmp_path) as (box, _):
        assert box.put_record(JOB, 0, data).status == 201
    assert path.read_bytes() == data


def test_a_record_that_no_table_takes_is_named_at_the_next_start_and_harms_no_other(
    bundle: Bundle, tmp_path: Path
) -> None:
    for run, changes in ((0, {"artifact": {"sha256": "0" * 64}}), (1, {})):
        path = tmp_path / "browser" / JOB / f"{run}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(record_of(bundle, JOB, run, "failed", **changes))
    notes: list[str] = []
    with opened(tmp_path) as (box, _):
        assert [row.record for row in box.catch_up(note=notes.append)] == [f"{JOB}/1"]
    assert len(notes) == 1 and "0.json" in notes[0] and "sha256" in notes[0]


def test_a_damaged_bundle_is_no_fault_of_the_record(bundle: Bundle, tmp_path: Path) -> None:
    copy = tmp_path / "bundle.zip"
    copy.write_bytes(BUNDLE.read_bytes())
    box = Inbox(copy, tmp_path / "out" / "browser", tmp_path / "out", heard=lambda what: None)
    copy.unlink()
    error = refused(lambda: box.put_record(JOB, 0, record_of(bundle, JOB, 0, "failed")))
    assert error.status == 500 and (tmp_path / "out" / "browser" / JOB / "0.json").exists()
    copy.write_bytes(BUNDLE.read_bytes())
    assert len(box.catch_up()) == 1
    box.close()


def killed_at(number: int, act: Callable[[], object]) -> bool:
    """Do it in a process that ends, as by SIGKILL, before its so many-th file takes its place; False: it was done."""
    child = os.fork()
    if child == 0:
        replace, left = Path.replace, [number]

        def dying(self: Path, target: Any) -> Path:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), 9)
            return replace(self, target)

        code = 1
        try:
            Path.replace = dying  # type: ignore[method-assign,assignment]
            act()
            code = 0
        finally:
            os._exit(code)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("before", [0, 1])
def test_a_kill_at_any_write_loses_nothing_and_doubles_nothing(before: int, bundle: Bundle, tmp_path: Path) -> None:
    earlier, data = record_of(bundle, JOB, 0, "failed"), record_of(bundle, JOB, 1, "failed")
    for number in range(1, 20):
        out = tmp_path / str(number)

        def act(out: Path = out) -> None:
            with opened(out) as (box, _):
                put_maps(box, bundle)
                box.put_record(JOB, 1, data)

        if before:
            with opened(out) as (box, _):
                box.put_record(JOB, 0, earlier)
        was_killed = killed_at(number, act)
        with opened(out) as (box, _):
            there = {row.record for row in read_rows(out / "rows.jsonl")}
            assert not before or f"{JOB}/0" in there, "what was in the table stays"
            box.catch_up()
            kept = (out / "browser" / JOB / "1.json").exists()
            assert set(put_maps(box, bundle)) <= {200, 201}
            assert (1 in box.list_job(JOB)["records"]) == kept, "what was kept is in the table"
            assert box.put_record(JOB, 1, data).status == (200 if kept else 201)
        rows = [row.record for row in read_rows(out / "rows.jsonl")]
        assert sorted(rows) == [f"{JOB}/0", f"{JOB}/1"][1 - before :]
        assert not list((out / "browser").rglob("*.tmp"))
        if not was_killed:
            assert number > 5, "each of its files was cut"
            return
    pytest.fail("it never came to an end")


def test_files_are_written_by_the_one_way_that_syncs(bundle: Bundle, tmp_path: Path) -> None:
    written = []
    before = files.atomic_file
    with opened(tmp_path) as (box, _), pytest.MonkeyPatch.context() as patched:
        patched.setattr(files, "atomic_file", lambda path: (written.append(path.name), before(path))[1])
        put_maps(box, bundle)
        box.put_progress(JOB, progress_of(bundle, JOB))
        box.put_record(JOB, 0, record_of(bundle, JOB, 0, "failed"))
    assert {"0.json", "progress.json", "records.jsonl", "rows.jsonl"} <= set(written)
