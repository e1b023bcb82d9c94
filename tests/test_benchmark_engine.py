"""The benchmark engine on made-up runtimes: turns, rows, and workers that crash, hang, raise or chatter."""

from __future__ import annotations

import dataclasses
import errno
import functools
import json
import os
import platform
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from _engines import HEIGHT, PACKAGE, QUICK, WIDTH, write_entry, write_photos, write_runtimes

from benchmark import checks, opening
from benchmark.device import device_facts, noise
from benchmark.engine import measure
from benchmark.entry import Entry
from benchmark.intervals import percentile
from benchmark.photos import ScoredPhotos
from benchmark.rows import COLUMNS, append_row, columns, from_json, read_rows, to_json
from benchmark.timing import Effort, Run, times_faster, turns
from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError, UsageError
from pocketseg.core.types import Artifact, BenchmarkRow
from pocketseg.data.calibration import golden_photo
from pocketseg.data.photos import Pixels
from pocketseg.inference import calibration_inputs


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Put made-up runtimes beside the real ones: for this process and, through PYTHONPATH, for workers."""
    root = tmp_path_factory.mktemp("runtimes")
    write_runtimes(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(root))
        patch.setenv("PYTHONPATH", str(root))
        yield PACKAGE


@pytest.fixture
def entry(tmp_path: Path) -> Callable[..., Entry]:
    """Write a file with its manifest: entry(NAME, runtime=..., **facts)."""
    return functools.partial(write_entry, tmp_path)


@pytest.fixture
def data(tmp_path: Path) -> ScoredPhotos:
    return write_photos(tmp_path / "data")


def alive(pid: int) -> bool:
    """Say whether a process runs; a zombie does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def row(**changes: Any) -> BenchmarkRow:
    names = ("model", "recipe", "target", "precision", "runtime")
    return BenchmarkRow(**{**dict.fromkeys(names, "x"), "status": "ok", **changes})


def test_percentiles_are_numpys_over_all_runs() -> None:
    values = [float(v) for v in range(1, 12)]
    assert percentile(values, 50) == 6.0
    assert percentile(values, 90) == 10.0
    assert percentile([7.5], 90) == 7.5


def test_every_file_has_one_turn_a_round_in_a_seeded_order() -> None:
    orders = turns(8, 5, seed=3)
    assert all(sorted(order) == list(range(8)) for order in orders)
    assert len({tuple(order) for order in orders}) == 5
    assert turns(8, 5, seed=3) == orders
    assert turns(8, 5, seed=4) != orders


@pytest.mark.parametrize(
    ("run_ms", "least", "most_s"),
    [(0.5, 4000, 8.0), (10, 200, 8.0), (90, 20, 8.0), (300, 20, 8.0), (600, 10, 9.1), (5000, 10, 51.0)],
)
def test_slow_files_run_less_often(run_ms: float, least: int, most_s: float) -> None:
    effort = Effort()
    turns_of_one = effort.passes // effort.every(run_ms / 1e3)
    runs = turns_of_one * effort.runs_per_turn(run_ms / 1e3)
    assert turns_of_one == (40 if run_ms <= 50 else 20 if run_ms <= 400 else 10)
    assert effort.untimed_runs(run_ms / 1e3) == (1 if run_ms <= 50 else 0)
    assert dataclasses.replace(effort, passes=2).runs_per_turn(run_ms / 1e3) > 0
    assert least <= runs <= least * 1.5
    assert runs * run_ms / 1e3 <= most_s


def test_a_machine_that_changes_its_speed_does_not_change_how_many_times_faster_a_file_is() -> None:
    speed = np.repeat([1.0, 1.0, 1.6, 1.6, 1.0, 1.6], 4)  # of 24 turns
    slow = np.repeat(10.0 * speed, 3)
    fast = np.repeat(4.0 * speed, 5)
    assert times_faster(list(slow), 3, list(fast), 5) == pytest.approx(2.5)
    fewer = np.repeat(10.0 * speed[::4], 2)  # in every fourth round, and the speed holds for four
    assert times_faster(list(fewer), 2, list(fast), 5) == pytest.approx(2.5)
    fast[np.arange(0, len(fast), 5)] = 1000.0  # one run of each turn waited for something else
    assert times_faster(list(slow), 3, list(fast), 5) == pytest.approx(2.5)


def test_files_take_turns_alone(package: str, entry: Callable[..., Entry], tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    entries = [entry(name, journal=str(journal)) for name in ("a", "b", "c", "d")]
    rows = measure(entries, effort=QUICK, seed=1, runtimes_package=package)
    assert [r.status for r in rows] == ["ok"] * 4
    turn = 1 + QUICK.runs_per_turn(0.001)  # one untimed
    after = sum(1 + len(r.document["end_to_end"]) for r in rows)  # runs from photo to mask; fewer on a busy machine
    said = journal.read_text().split()[-4 * turn * QUICK.passes - after : -after]
    blocks = [said[i : i + turn] for i in range(0, len(said), turn)]
    assert all(len(set(block)) == 1 for block in blocks)
    names = ["abcd"[i] for order in turns(4, QUICK.passes, 1) for i in order]
    assert [block[0] for block in blocks] == names
    assert all(len(r.latencies_ms) == QUICK.passes * (turn - 1) for r in rows)
    assert [len(t["execute_ms"]) for r in rows for t in r.document["turns"]] == [turn - 1] * 4 * QUICK.passes


def test_engines_are_imported_two_at_a_time_and_files_are_then_loaded_one_at_a_time(
    package: str, entry: Callable[..., Entry], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = tmp_path / "journal"
    monkeypatch.setenv("MADE_UP_JOURNAL", str(journal))
    rows = measure([entry(name, runtime="noting") for name in "abcde"], effort=QUICK, runtimes_package=package)
    assert [row.status for row in rows] == ["ok"] * 5
    said = journal.read_text().splitlines()
    at_work = np.cumsum([1 if line.endswith("begins") else -1 for line in said])
    assert said.count("import begins") == 5 and said[:2] == ["import begins"] * 2
    assert set(said[:10]) == {"import begins", "import ends"} and max(at_work[:10]) == opening.IMPORTS_AT_ONCE == 2
    loads = said[10:20]
    assert loads == ["load begins", "load ends"] * 5, "one at a time, after the last import"


def test_files_for_which_memory_has_no_room_wait_for_the_next_group(
    package: str, entry: Callable[..., Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    room = iter([True, True, False])  # two more are started, and the second of them finds none when it is loaded
    monkeypatch.setattr(opening, "has_room", lambda: next(room, False))
    rows = measure([entry(name) for name in "abcd"], effort=QUICK, runtimes_package=package)
    assert [row.status for row in rows] == ["ok"] * 4
    assert [row.document["run"].get("group", 0) for row in rows if row.document] == [0, 1, 2, 3]


def test_failures_become_rows_and_the_others_go_on(
    package: str, entry: Callable[..., Entry], data: ScoredPhotos, tmp_path: Path
) -> None:
    entries = [
        entry("good"),
        entry("crash", does="crash"),
        entry("raise", does="raise"),
        entry("exit", does="exit", on_run=6),
        entry("chatter", does="chatter"),
        entry("crash-late", does="crash", on_run=30),
        entry("nan", does="nan"),
        entry("misshape", does="misshape"),
        entry("refusing", runtime="refusing"),
        entry("broken", runtime="broken"),
        entry("evaluator", runtime="evaluator"),
    ]
    log = tmp_path / "rows.jsonl"
    rows = measure(entries, data=data, effort=QUICK, log=log, runtimes_package=package)
    found = {r.model: r for r in rows}
    assert [r.model for r in rows] == [e.artifact.model for e in entries]
    status = {name: r.status for name, r in found.items()}
    assert status == {
        "good": "ok", "crash": "failed", "raise": "failed", "exit": "failed", "chatter": "ok",
        "crash-late": "failed", "nan": "failed", "misshape": "failed", "refusing": "refused", "broken": "failed",
        "evaluator": "ok",
    }  # fmt: skip
    assert found["crash"].reason == "opening: its process was ended by signal SIGSEGV"
    assert found["raise"].reason == "opening: RuntimeError: the engine has no such operator"
    assert found["exit"].reason == "timing: its process ended with status 4; its last output: goodbye"
    assert found["crash-late"].reason == "scoring: its process was ended by signal SIGSEGV"
    assert found["nan"].reason == "checking: its output has values that are not finite"
    assert "is not what its manifest says" in found["misshape"].reason
    assert found["refusing"].reason == "this host has no such chip"
    assert "a_module_that_nobody_installed" in found["broken"].reason
    assert all(len(r.reason) < 400 and "\n" not in r.reason for r in rows)
    assert all(r.p50_ms is None and r.miou is None for r in rows if r.status != "ok")
    for name in ("good", "chatter", "evaluator"):
        assert found[name].photos == 10 and found[name].argmax_agreement is None
        assert found[name].iou == {"background": 1.0, "upper_body": 1.0, "lower_body": None, "full_body": None}
    assert found["good"].p50_ms is not None
    assert found["good"].p90_ms is None  # of four runs
    assert found["good"].runtime_version == f"numpy {np.__version__}"
    assert found["evaluator"].p50_ms is None and found["evaluator"].load_ms is None
    assert found["evaluator"].device["label"] == "no device" and "label" not in found["good"].device
    assert sorted(r.model for r in read_rows(log)) == sorted(found)
    assert {r.model: r for r in read_rows(log)} == found


def test_a_failed_file_is_named_with_its_folder_in_its_row_and_without_it_in_its_record(
    package: str, entry: Callable[..., Entry]
) -> None:
    entries = [entry("lost", runtime="losing"), entry("old", runtime="ancient")]
    lost, old = measure(entries, effort=QUICK, runtimes_package=package)
    assert f"no {entries[0].path}: gone" in lost.reason and "/home/ann smith/lib" in old.reason
    assert lost.document is not None and old.document is not None
    assert lost.document["reason"] == "opening: RuntimeError: no net.fake: gone"
    assert str(entries[0].path.parent) not in json.dumps(lost.document)
    assert old.document["reason"] == "runtime ancient cannot be imported: cannot import x (x.py)"


def test_a_file_that_hangs_becomes_a_failed_row(package: str, entry: Callable[..., Entry]) -> None:
    effort = dataclasses.replace(QUICK, timeout_s=5.0)
    hanging, good = measure(
        [entry("hang", does="hang", on_run=6), entry("good")], effort=effort, runtimes_package=package
    )
    assert (hanging.status, hanging.reason) == ("failed", "timing: no answer within 5 s")
    assert good.status == "ok"


def test_agreement_is_counted_against_the_reference(
    package: str, entry: Callable[..., Entry], data: ScoredPhotos
) -> None:
    asked = []

    def reference(artifact: Artifact) -> Iterator[Pixels]:
        asked.append(artifact.model)
        for number in range(10):
            wanted = np.zeros((2 * HEIGHT, 2 * WIDTH), np.uint8)
            wanted[:, :WIDTH] = 1 if number < 5 else 0
            yield wanted

    rows = measure([entry("a"), entry("b")], data=data, reference=reference, effort=QUICK, runtimes_package=package)
    assert [r.argmax_agreement for r in rows] == [0.75, 0.75]
    assert len(asked) == 1


def test_peak_memory_is_the_workers_own(package: str, entry: Callable[..., Entry]) -> None:
    parents = np.ones(300_000_000, np.uint8)
    plain, holding = measure(
        [entry("plain"), entry("holding", does="hold", bytes=100_000_000)], effort=QUICK, runtimes_package=package
    )
    assert plain.peak_rss_bytes is not None and holding.peak_rss_bytes is not None
    assert plain.peak_rss_bytes < 100_000_000 < holding.peak_rss_bytes < 250_000_000
    assert parents.size == 300_000_000


def golden_values(values: int = 500) -> dict[str, Any]:
    """What the made-up network gives of the golden photo, as an export would keep it."""
    photo = golden_photo()
    (small,) = calibration_inputs(photo, HEIGHT, WIDTH)
    red = small[None, ..., 0] > 127
    flat = np.stack([~red, red, red * 0, red * 0], 1).astype(np.float32).reshape(-1)
    places = np.linspace(0, flat.size - 1, values).astype(int)
    return {"photo": photo.files[0].name, "output_indices": places.tolist(), "output_values": flat[places].tolist()}


def test_a_file_that_gives_something_else_than_at_export_is_invalid(package: str, entry: Callable[..., Entry]) -> None:
    good = golden_values()
    flipped = {**good, "output_values": [1 - value for value in good["output_values"]]}
    one_off = {**good, "output_values": [*good["output_values"][:-5], *flipped["output_values"][-5:]]}
    outside = {**good, "output_indices": [10**9] * 500}
    entries = [entry("good"), entry("flipped"), entry("outside"), entry("other-photo"), entry("none"), entry("edge")]
    goldens = [good, flipped, outside, {**good, "photo": "another.jpg"}, {}, one_off]
    entries = [
        dataclasses.replace(e, artifact=dataclasses.replace(e.artifact, golden=golden))
        for e, golden in zip(entries, goldens, strict=True)
    ]
    rows = measure(entries, effort=QUICK, runtimes_package=package)
    said = [row.document["golden"]["status"] for row in rows]
    assert said == ["passed", "failed", "failed", "not checked", "not checked", "passed"]
    assert rows[0].document["golden"]["max_abs_error"] == 0.0
    blamed = [[r for r in row.verdict_reasons if "output is not what it was" in r] for row in rows]
    assert [len(found) for found in blamed] == [0, 1, 1, 0, 0, 0]
    assert [row.verdict for row in rows[1:3]] == ["INVALID", "INVALID"]


def test_a_record_holds_the_turns_the_photos_and_the_way_from_photo_to_mask(
    package: str, entry: Callable[..., Entry], data: ScoredPhotos
) -> None:
    row, other = measure([entry("a"), entry("b")], data=data, effort=QUICK, runtimes_package=package)
    record = row.document
    assert record is not None and other.document is not None
    assert record["run"]["id"] == other.document["run"]["id"] and record["run"]["files"] == 2
    assert [turn["number"] for turn in record["turns"]] == [0, 1]
    assert row.latencies_ms == tuple(ms for turn in record["turns"] for ms in turn["execute_ms"])
    assert all(turn["before"]["integer_ms"] > 0 < turn["after"]["memory_ms"] for turn in record["turns"])
    assert 1 <= len(record["end_to_end"]) <= 10
    assert all(sample["pre_ms"] > 0 < sample["post_ms"] for sample in record["end_to_end"])
    assert row.end_to_end_ms is not None and row.p50_ms is not None and row.end_to_end_ms > row.p50_ms
    total = np.sum([photo["confusion"] for photo in record["quality"]["photos"]], axis=0)
    assert total.sum() == 10 * 4 * HEIGHT * WIDTH and np.trace(total) == total.sum()
    assert len({photo["label_sha256"] for photo in record["quality"]["photos"]}) == 1
    assert row.verdict in ("UNSTABLE", "INVALID")
    assert any("best speed of this device is not known" in reason for reason in row.verdict_reasons)
    assert record["load"]["warm_ms"] >= 0 and record["memory"]["peak_bytes"] >= record["memory"]["loaded_bytes"]


def test_a_file_whose_record_cannot_be_written_fails_alone(
    package: str, entry: Callable[..., Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = checks.golden

    def beyond_all_bounds(run: Run, *rest: Any) -> checks.Golden:
        if run.artifact.model != "odd":
            return plain(run, *rest)
        return checks.Golden(status="failed", reason="r", values=1, max_abs_error=float("inf"), tolerance=1.0)

    monkeypatch.setattr(checks, "golden", beyond_all_bounds)
    long = entry("long")
    long = dataclasses.replace(long, artifact=dataclasses.replace(long.artifact, model="m\x1b" * 400))
    rows = measure([entry("odd"), long, entry("good")], effort=QUICK, runtimes_package=package)
    assert [row.status for row in rows] == ["failed", "ok", "ok"]
    assert "its record cannot be written" in rows[0].reason
    assert len(rows[1].model) == 255 and "\x1b" not in rows[1].model


def test_a_worker_brings_no_heavy_library() -> None:
    code = "import benchmark._worker, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "PIL", "scipy", "click", "rich", "psutil"} & set(done.stdout.split())


def test_workers_end_with_a_killed_parent(package: str, entry: Callable[..., Entry], tmp_path: Path) -> None:
    made = entry("hang", does="hang")
    code = (
        "import signal, sys; from pathlib import Path; from benchmark.engine import measure;"
        "from benchmark.entry import Entry;"
        "signal.signal(signal.SIGINT, signal.default_int_handler);"  # a shell's background jobs ignore it
        "from pocketseg.core.manifest import read_manifest; a, f = read_manifest(Path(sys.argv[1]));"
        f"measure([Entry(artifact=a, path=f, runtime='fake')], runtimes_package='{package}')"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}  # a killed parent leaves its temporary folder
    for number in (signal.SIGKILL, signal.SIGINT):
        parent = subprocess.Popen(
            [sys.executable, "-c", code, str(made.path)], stderr=subprocess.DEVNULL, env=environment
        )
        workers: list[int] = []
        until = time.monotonic() + 15
        while time.monotonic() < until and not workers:
            time.sleep(0.05)
            children = psutil.Process(parent.pid).children()
            workers = [child.pid for child in children if "benchmark._worker" in child.cmdline()]
        assert workers
        time.sleep(0.7)  # it is inside its run by now
        parent.send_signal(number)
        parent.wait(10)
        until = time.monotonic() + 5
        while time.monotonic() < until and any(alive(pid) for pid in workers):
            time.sleep(0.05)
        assert not any(alive(pid) for pid in workers)


def test_what_cannot_be_measured_is_refused_before_any_work(
    package: str, entry: Callable[..., Entry], data: ScoredPhotos, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="0 threads"):
        measure([entry("a")], threads=0, runtimes_package=package)
    (tmp_path / "data" / "masks" / "7.png").write_bytes(b"no image")
    with pytest.raises(DataError, match=re.escape("7.png")):
        measure([entry("b", does="crash")], data=data, runtimes_package=package)


def test_rows_round_trip() -> None:
    full = row(latencies_ms=(1.5, 2.25), iou={"a": 0.5, "b": None}, device={"cores": 2}, p50_ms=1.9, threads=1)
    assert from_json(json.loads(json.dumps(to_json(full)))) == full
    with pytest.raises(DataError, match="colour"):
        from_json({**to_json(full), "colour": 1})
    with pytest.raises(DataError):
        from_json({"model": "m"})


def test_columns_are_the_published_ones() -> None:
    assert ",".join(COLUMNS) == (
        "model,recipe,target,precision,runtime,status,reason,split,threads,size_bytes,miou,argmax_agreement,p50_ms,"
        "p90_ms,load_ms,peak_rss_bytes,test_miou,test_photos,verdict,verdict_reasons,p50_low_ms,p50_high_ms,miou_low,"
        "miou_high,p50_all_ms,undisturbed_share,end_to_end_ms,p99_ms,where,photos,record"
    )
    assert tuple(columns(row())) == COLUMNS


def test_torn_lines_are_left_out_and_do_not_spoil_the_next(tmp_path: Path) -> None:
    path = tmp_path / "new" / "rows.jsonl"
    assert read_rows(path) == []
    append_row(path, row(model="first"))
    append_row(path, row(model="second", reason="ü"))
    whole = path.read_bytes()
    for cut in (3, 30, len(whole) // 2 - 5):
        path.write_bytes(whole[:-cut])
        assert [r.model for r in read_rows(path)] == ["first"]
        append_row(path, row(model="third"))
        assert [r.model for r in read_rows(path)] == ["first", "third"]


def test_the_device_is_described_and_noise_named() -> None:
    device = device_facts()
    assert device["cpu"] and device["cores"] >= 1 and device["cores"] <= (os.cpu_count() or 1)
    assert noise({**device, "busy_cores": 0.2}) is None
    assert "latencies may be high" in (noise({**device, "busy_cores": 0.6}) or "")


@pytest.mark.skipif(sys.platform != "linux" or platform.machine() != "x86_64", reason="only these have such tiles")
def test_a_process_is_refused_matrix_tiles_and_nothing_else() -> None:
    asked = """
import ctypes
from benchmark._tiles import refuse_question
libc, place = ctypes.CDLL(None, use_errno=True), ctypes.c_ulong()
if not refuse_question():
    raise SystemExit(9)
print(libc.syscall(158, 0x1023, 18), ctypes.get_errno())
print(libc.syscall(158, 0x1003, ctypes.byref(place)), place.value > 0)
"""
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode == 9:
        pytest.skip("this system takes no filter")
    assert done.stdout.split() == ["-1", str(errno.EPERM), "0", "True"]
