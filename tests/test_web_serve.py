"""`pocketseg serve`, from files to a table, with a stand-in for the page (_web_page.py), which no browser is."""

from __future__ import annotations

import dataclasses
import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import _records
import pytest
from _bundles import entry, photos
from _commands import Call
from _web_page import Page
from _web_runtimes import stand_in

from benchmark.rows import append_row, read_rows, row_of
from pocketseg import api
from pocketseg.cli._following import beyond, ending, events, followed, is_under_way
from pocketseg.cli.serve import opening
from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError, ManifestError, RefusedError, StorageError, UsageError
from pocketseg.core.types import BenchmarkRow
from pocketseg.devices.job import Job
from pocketseg.devices.make import Made
from pocketseg.web.connection import Connection, Reached, limits, links
from pocketseg.web.inbox import Arrived
from pocketseg.web.keeping import BUNDLES

Converted = Callable[..., Any]


@pytest.fixture(autouse=True)
def runtimes(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    stand_in(tmp_path_factory.mktemp("web") / "runtimes", monkeypatch)


@pytest.fixture(scope="module")
def made(converted: Converted, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of the tiny network as ONNX, and of photos that it is scored on."""
    folder = tmp_path_factory.mktemp("made")
    entry(converted, folder / "onnx")
    photos(folder / "photos")
    return folder


_MADE: dict[str, Made] = {}  # by the folder of the files


@pytest.fixture
def bundled_once(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the bundle once for all tests that are of what follows it, and give each a copy in its place."""
    from pocketseg.api import _web

    really = _web._bundle

    def once(entries: Any, out: Path, **given: Any) -> Made:
        if str(made) not in _MADE:
            _MADE[str(made)] = really(entries, made / "shared", **given)
        kept = _MADE[str(made)]
        place = out / BUNDLES / kept.sha256
        shutil.copytree(kept.folder, place)
        return dataclasses.replace(kept, folder=place)

    monkeypatch.setattr(_web, "_bundle", once)


@contextmanager
def served(made: Path, out: Path, **options: Any) -> Iterator[tuple[Page, list[Arrived], list[BenchmarkRow]]]:
    """Serve the tiny network in a thread; give the page at its link, what was heard, and the rows, once it is over."""
    stop, is_ready = threading.Event(), threading.Event()
    reached: list[Reached] = []
    heard: list[Arrived] = []
    rows: list[BenchmarkRow] = []
    failed: list[BaseException] = []

    def ready(where: Reached) -> None:
        reached.append(where)
        is_ready.set()

    def work() -> None:
        try:
            rows.extend(
                api.serve(
                    [made / "onnx"], out, data=f"folder:{made / 'photos'}", split="all", job=Job(passes=1), stop=stop,
                    ready=ready, heard=heard.append, connection=Connection(port=0), **options,
                )
            )  # fmt: skip
        except BaseException as error:  # noqa: BLE001 - it is raised again by whoever waits
            failed.append(error)
            is_ready.set()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert is_ready.wait(60)
        if not failed:
            yield Page(link=reached[0].links[0]), heard, rows
    finally:
        stop.set()
        thread.join(60)
    if failed:
        raise failed[0]


def test_a_page_measures_and_its_row_lands_in_the_table(made: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with served(made, out) as (browser, heard, rows):
        browser.load()
        job = browser.measure(tmp_path / "page")
        assert browser.ask("GET", f"results/{job}")[0] == 200
    (row,) = rows
    assert row.document is not None and (row.status, row.document["kind"]) == ("ok", "browser")
    assert row.miou is not None and row.document["golden"]["status"] == "passed"
    assert [a.kind for a in heard] == ["progress", "record"]
    assert [r.record for r in read_rows(out / "rows.jsonl")] == [row.record]
    assert "Pixel 8" in (out / "results.csv").read_text() and (out / "report.html").is_file()
    (kept,) = (out / "bundles").iterdir()
    assert api.import_records([out / "browser" / job], kept, tmp_path / "again")[0].miou == row.miou
    (said,) = events(heard[-1], out, set())
    assert "mIoU" in said and "Pixel 8" in said and "\n" not in said and str(out / "results.csv") in said
    with pytest.raises(OSError):
        browser.ask("GET", "")


def test_a_second_serve_is_the_same_page_by_a_new_link_and_keeps_the_table(made: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with served(made, out) as (first, _, _):
        first.measure(tmp_path / "page")
    with served(made, out) as (second, _, rows):
        assert second.link != first.link
        token = first.link.partition("token=")[2]
        assert second.ask("GET", "bundle/bundle.json", token=token)[0] == 401
        assert second.ask("GET", "session.json", token="")[0] == 200
        second.fetch_bundle(tmp_path / "bundle")
    assert len(rows) == 1 and len(list((out / "bundles").iterdir())) == 1, "the same files make the same bundle"


@pytest.mark.usefixtures("bundled_once")
def test_rows_of_benchmark_stay_beside_those_of_a_browser(made: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    append_row(out / "rows.jsonl", row_of(_records.document(turns=6)))
    with served(made, out) as (browser, _, rows):
        browser.measure(tmp_path / "page")
    assert [r.document["kind"] for r in rows if r.document] == ["host", "browser"]


def test_a_folder_of_another_command_is_refused_before_any_work(made: Path, tmp_path: Path) -> None:
    (tmp_path / "results.csv").write_text("of a quickstart\n")
    with pytest.raises(UsageError, match="so another command wrote it"), served(made, tmp_path):
        pass
    assert [p.name for p in tmp_path.iterdir()] == ["results.csv"]


@pytest.mark.usefixtures("bundled_once")
def test_two_serves_of_one_folder_and_a_damaged_table_are_refused_before_the_files_run(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    with served(made, out):
        monkeypatch.setattr("pocketseg.api._web._bundle", lambda *given, **more: pytest.fail("the files ran"))
        with pytest.raises(UsageError, match="another `pocketseg serve`"):
            api.serve([made / "onnx"], out, connection=Connection(port=0))
    (out / "rows.jsonl").write_text("{}\n")
    with pytest.raises(DataError, match="not a benchmark row"):
        api.serve([made / "onnx"], out, connection=Connection(port=0))


@pytest.mark.usefixtures("bundled_once")
def test_a_report_that_finds_no_room_is_said_and_the_link_stays(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pocketseg import report

    notes: list[str] = []
    write_all, full_times = report.write_all, [1]

    def full(rows: list[BenchmarkRow], out: Path) -> None:
        if full_times:
            full_times.pop()
            raise StorageError("no room for report.html", hint="free some", path=out)
        write_all(rows, out)

    monkeypatch.setattr(report, "write_all", full)
    with served(made, tmp_path / "out", note=notes.append) as (browser, heard, rows):
        browser.measure(tmp_path / "page")
        assert browser.ask("GET", "session.json")[0] == 200
    assert len(rows) == 1 and len(heard) == 2 and (tmp_path / "out" / "report.html").is_file()
    assert not full_times and any("no room for report.html" in note and "free some" in note for note in notes)


def test_a_port_that_was_named_and_is_taken_is_refused_and_another_is_not_taken(made: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} is already in use"):
            api.serve([made / "onnx"], tmp_path / "out", connection=Connection(port=port))
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("bundled_once")
def test_without_a_port_the_next_free_one_is_taken_and_said(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pocketseg.web import serving

    notes: list[str] = []
    stop = threading.Event()
    found: list[Reached] = []

    def ready(reached: Reached) -> None:
        found.append(reached)
        stop.set()

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setattr(serving, "DEFAULT_PORT", taken.getsockname()[1])
        api.serve(
            [made / "onnx"], tmp_path / "out", data=f"folder:{made / 'photos'}", split="all", job=Job(passes=1),
            stop=stop, ready=ready, note=notes.append,
        )  # fmt: skip
    port = serving.DEFAULT_PORT
    assert any(f"port {port} is taken" in note and "does not send" in note for note in notes)
    assert int(found[0].links[0].split(":")[2].partition("/")[0]) > port


@pytest.mark.parametrize("target", ["executorch", "torchmobile", "coreml"])
def test_a_file_that_no_browser_runs_is_refused_with_the_export_to_use(
    target: str, converted: Converted, tmp_path: Path
) -> None:
    import export
    from pocketseg.core.manifest import read_manifest, write_manifest

    found = entry(converted, tmp_path / "onnx")
    artifact, _ = read_manifest(found.path)
    suffix = str(export.facts(target, "SUFFIX"))
    (tmp_path / f"file{suffix}").write_bytes(found.path.read_bytes())
    changed = dataclasses.replace(
        artifact, target=target, file=f"file{suffix}", model="topformer_tiny", recipe="w8a8", precision="w8a8"
    )
    write_manifest(tmp_path, changed)
    with pytest.raises(RefusedError, match="cannot run in a browser") as refused:
        api.serve([tmp_path], tmp_path / "out")
    way = "pocketseg export topformer_tiny --target tflite --precision w8a8 --out topformer_tiny-tflite"
    assert way in refused.value.hint and suffix in refused.value.message
    assert not list((tmp_path / "out").glob("bundles/*"))
    both = dataclasses.replace(changed, recipe="prune:0.3+w4", precision="w4")
    write_manifest(tmp_path, dataclasses.replace(both, model="own"))
    with pytest.raises(RefusedError) as refused:
        api.export_page([tmp_path], tmp_path / "page")
    assert "pocketseg export WEIGHTS_FILE --target tflite --recipe prune:0.3+w4" in refused.value.hint


@pytest.mark.parametrize("suffix", [".pte", ".ptl", ".mlpackage"])
def test_a_file_that_no_browser_runs_is_refused_by_its_name_where_it_has_no_manifest(
    suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / f"file{suffix}"
    path.mkdir() if suffix == ".mlpackage" else path.write_bytes(b"x")
    with pytest.raises(RefusedError, match="cannot run in a browser") as refused:
        api.serve([path], tmp_path / "out")
    assert "pocketseg export NETWORK --target" in refused.value.hint and "manifest" not in refused.value.message
    with pytest.raises(RefusedError, match="cannot run in a browser"):
        api.export_page([path], tmp_path / "page")
    with pytest.raises(ManifestError, match="does not exist"):
        api.serve([tmp_path / f"none{suffix}"], tmp_path / "out")


def test_the_link_holds_the_token_where_no_server_sees_it_and_a_way_says_what_it_takes_away() -> None:
    lan, tls, adb = Connection(lan=True), Connection(lan=True, tls=True), Connection(adb="")
    assert links(tls, ["192.168.1.7", "[fd00::1]"], 8765, "abc")[1] == "https://[fd00::1]:8765/#token=abc"
    plain = " ".join(limits(lan))
    for word in ("thread", "GPU", "camera", "--tls", "--adb"):
        assert word in plain
    assert "Show Details" in " ".join(limits(tls)) and "nothing is restricted" in " ".join(limits(adb))
    assert "--lan" in " ".join(limits(Connection()))
    shown = opening(Reached(links=("http://a/", "http://b/"), limits=("less",), fingerprint="AA:BB"), qr=True)
    assert shown[:3] == ["open http://a/", "  or http://b/", "- less"] and any("AA:BB" in line for line in shown)


def test_a_page_that_says_much_is_told_in_a_line_a_file_and_a_state() -> None:
    seen: set[tuple[str, int, str]] = set()
    said: list[str] = []
    for run, runs, state, phase in (
        (0, 0, "running", "checking"), (0, 2, "running", "a.onnx: warming up"), (0, 2, "running", "a.onnx: outputs"),
        (1, 2, "running", "b\x1b[2J.onnx: warming up"), (0, 2, "running", "a.onnx: a turn"), (1, 2, "finished", ""),
        (1, 2, "finished", ""),
    ):  # fmt: skip
        arrived = Arrived(kind="progress", job="ab" * 16, run=run, runs=runs, state=state, phase=phase)
        said += events(arrived, Path("out"), seen)
    assert [line.removeprefix("abababab  ") for line in said][:2] == [
        "a browser has opened the page and is starting", "file 1 of 2: a.onnx",
    ]  # fmt: skip
    assert len(said) == 4 and said[-1] == "abababab  finished" and "\x1b" not in "".join(said)


def on_the_way(state: str, phase: str = "", job: str = "ab" * 16) -> Arrived:
    return Arrived(kind="progress", job=job, run=0, runs=2, state=state, phase=phase)


def test_a_job_that_goes_beyond_its_planned_passes_is_said_once() -> None:
    seen: set[str] = set()
    phases = ("a.onnx: measuring", "pass 6, a.onnx: opening", "pass 7 beyond the plan, a.onnx: opening",
              "pass 8 beyond the plan, a.onnx: opening")  # fmt: skip
    said = [beyond(on_the_way("running", phase), seen) for phase in phases]
    assert said == [[], [], ["abababab  more passes than planned: some figures are not certain enough yet"], []]
    assert len(beyond(on_the_way("running", phases[2], job="cd" * 16), seen)) == 1


def test_the_page_says_that_it_is_beyond_its_plan_as_the_terminal_reads_it() -> None:
    steps = (ROOT / "web_harness/src/run/steps.ts").read_text()
    assert '" beyond the plan"' in steps and "`pass ${number + 1}${beyond}, ${run.file}`" in steps


def test_an_end_while_a_run_is_under_way_says_that_the_page_keeps_it() -> None:
    jobs: set[str] = set()
    for arrived in (on_the_way("running"), on_the_way("running", job="cd" * 16), on_the_way("finished")):
        jobs = is_under_way(arrived, jobs)
    assert jobs == {"cd" * 16}
    (one,) = ending(0, 1)
    assert "a run was under way" in one and "its page keeps" in one and "nothing was measured" not in one
    assert "2 runs were under way" in ending(3, 2)[0] and ending(0, 0) == ["the link is over; nothing was measured"]
    assert ending(3, 0) == ["the link is over"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_a_page_has_one_line_that_is_written_anew_and_what_ends_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    with followed(Path("out")) as heard:
        for turn in range(50):
            phase = f"a.onnx: turn {turn}, and words that are longer than the line"
            heard(Arrived(kind="progress", job="ab" * 16, run=0, runs=2, state="running", phase=phase))
        heard(Arrived(kind="progress", job="ab" * 16, run=1, runs=2, state="failed", reason="it was [red]cut\x1b[2J"))
    lines = [line for line in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue()).split("\n") if line.strip()]
    assert sum("turn" in line for line in lines) <= 5, "few refreshes, not a line for each word of the page"
    (failed,) = [line for line in lines if "failed" in line]
    assert failed.strip() == "abababab  failed: it was [red]cut?[2J"
    assert screen.getvalue().endswith(("\x1b[?25h", "\x1b[2K", "\n")), "the cursor is there again"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--lan", "--adb"), "--adb and --lan cannot be used together"),
        (("--adb=x", "--tls"), "--adb and --tls cannot be used together"),
        (("--port", "80"), "port 80 cannot be used"),
        (("--demo",), "files are named too"),
        (("--accelerator", "npu"), "'npu' is not one of"),
    ],
)
def test_what_does_not_go_together_is_said_before_any_work(
    words: tuple[str, ...], said: str, pocketseg: Call, tmp_path: Path
) -> None:
    answer = pocketseg("serve", tmp_path / "none", "--out", tmp_path / "out", *words)
    assert answer.code == 2 and said in answer.err and not (tmp_path / "out").exists()


def test_adb_alone_takes_no_file_for_a_serial(pocketseg: Call, tmp_path: Path) -> None:
    answer = pocketseg("serve", "--adb", tmp_path / "none", "--out", tmp_path / "out")
    assert answer.code == 6 and "none" in answer.err, "the file is read as a file"


@pytest.mark.usefixtures("bundled_once")
def test_an_interrupt_as_soon_as_the_link_is_there_ends_it_as_any_later_one(made: Path, tmp_path: Path) -> None:
    def ready(reached: Reached) -> None:
        raise KeyboardInterrupt

    rows = api.serve(
        [made / "onnx"], tmp_path / "out", data=f"folder:{made / 'photos'}", split="all", job=Job(passes=1),
        connection=Connection(port=0), ready=ready,
    )  # fmt: skip
    assert rows == []


@pytest.mark.web
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_with_the_table_and_0(sent: signal.Signals, made: Path, tmp_path: Path) -> None:
    code = (
        "import signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell lets its background jobs ignore it
        "from pocketseg.web import page, serving\n"
        "page.runtime_files = serving.runtime_files = lambda: {}\n"  # they are fetched over a network
        "from pocketseg.cli.main import main\nmain()"
    )
    words = ["serve", made / "onnx", "--data", f"folder:{made / 'photos'}", "--split", "all", "--passes", "1", "--port",
             "0", "--out", tmp_path / "out"]  # fmt: skip
    env = {**os.environ, "PYTHONPATH": str(ROOT), "POCKETSEG_CACHE_DIR": str(tmp_path / "cache"), "COLUMNS": "200"}
    command = [sys.executable, "-c", code, *map(str, words)]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        assert first.startswith("open http://127.0.0.1:"), first
        if sent == signal.SIGINT:
            Page(link=first.removeprefix("open ").strip()).measure(tmp_path / "page")
        child.send_signal(sent)
        out, err = child.communicate(timeout=60)
    assert child.returncode == 0 and "Traceback" not in err, err
    assert "the link is over" in out
    if sent == signal.SIGINT:
        assert "tiny" in out and f"written to {tmp_path / 'out'}" in out and "mIoU" in err
    else:
        assert "nothing was measured" in out
