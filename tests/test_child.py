"""Child processes end with their parent, whatever either is at, and their errors come home as what they were."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import psutil
import pytest

from pocketseg.core import child, errors
from pocketseg.core.cache import ROOT
from pocketseg.core.dialogue import Asked, NoAnswer
from pocketseg.core.errors import DataError, ExportError, PocketSegError, StorageError, UnknownNameError, UsageError
from pocketseg.sweep.workers import Workers

KINDS = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, PocketSegError)]
END_S = 5  # by then nothing of a killed parent may be left

# A child that does what its request says.
CHILD = """
import os, sys
from pathlib import Path
from pocketseg.core import child, errors
child.end_with_parent()
import json
work = Path(sys.argv[1])
exec(json.loads((work / child.REQUEST).read_text()))
child.leave(0)
"""

# A child that answers with what it evaluates.
ANSWERING = """
import sys
from pocketseg.core.dialogue import answers, requests
asked = requests()
answer, answer_error = answers(int(sys.argv[1]))
for request in asked:
    answer({"value": eval(request["eval"])})
"""

# Run at the start of every process: what one of ours does first hangs, and holds the interpreter.
HANGING = """
import importlib, os, sys
from pathlib import Path

def hang(*_, **__):
    import ctypes
    Path(os.environ["MARKS"], str(os.getpid())).touch()
    ctypes.PyDLL(None).sleep(600)

places = {
    "pocketseg.artifacts._process": ("pocketseg.artifacts.convert", "convert"),
    "pocketseg.inspect._worker": ("pocketseg.inspect.onnx", "read"),
    "benchmark._worker": ("pocketseg.core.manifest", "read_any_manifest"),
}
for module, (place, name) in places.items():
    if module in sys.orig_argv:
        setattr(importlib.import_module(place), name, hang)
"""

PARENTS = {
    "conversion": """
from pocketseg.artifacts.produce import produce
from pocketseg.artifacts.request import Request
from pocketseg.core.cache import Cache
from pocketseg.core.types import Recipe
from pocketseg.data.calibration import open_calibration

request = Request(model="topformer_tiny", target="onnx", recipe=Recipe(), calibration=open_calibration())
produce(request, Cache(folder))
""",
    "benchmark": """
from benchmark.worker import Worker

Worker(folder / "log", 1).prepare(folder / "net.onnx", "benchmark.runtimes.ort", 1, 600)
""",
    "inspect": """
from pocketseg.inspect import inspect_file

(folder / "net.onnx").touch()
inspect_file(folder / "net.onnx")
""",
    # a worker of a sweep, and the conversion that it started in turn
    "sweep": """
from pocketseg.core.cache import Cache
from pocketseg.sweep.plan import Sweep, cells
from pocketseg.sweep.todo import Making
from pocketseg.sweep.workers import Workers

sweep = Sweep(models=("topformer_tiny",), recipes=("fp32",), targets=("onnx",))
files = next(iter(Making(sweep, Cache(folder), folder, 1).jobs(cells(sweep))))
with Workers(1, "") as workers:
    workers.submit({**files.message, "here": str(folder)}).result()
""",
}
CHILDREN = {"conversion": 1, "benchmark": 1, "inspect": 1, "sweep": 2}


def _wait(done: Callable[[], object], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Return a function that writes a module which children can import, and gives its name."""
    folder = tmp_path / "modules"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(folder))

    def write(text: str) -> str:
        (folder / "a_child_of_the_tests.py").write_text(text)
        return "a_child_of_the_tests"

    return write


@pytest.fixture
def run(module: Callable[[str], str], tmp_path: Path) -> Callable[..., None]:
    """Return a function that lets a child run a text; its result is to be the file `done`."""
    name, work = module(CHILD), tmp_path / "work"
    work.mkdir()

    def do(text: str, **changes: Any) -> None:
        child.run(
            name, text, work, environment=child.environment(),
            **{"result": "done", "what": "the work", "default": ExportError, **changes},
        )  # fmt: skip

    return do


# ---- the end ---------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a child that holds the interpreter goes on")
@pytest.mark.parametrize("user", PARENTS)
def test_no_child_outlives_a_killed_parent_even_where_it_holds_the_interpreter(user: str, tmp_path: Path) -> None:
    marks, start, folder = tmp_path / "marks", tmp_path / "start", tmp_path / "folder"
    for path in (marks, start, folder):
        path.mkdir()
    (start / "sitecustomize.py").write_text(HANGING)
    environment = {
        **os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(start)]), "MARKS": str(marks),
        "TMPDIR": str(tmp_path),
    }  # fmt: skip
    code = "import sys\nfrom pathlib import Path\nfolder = Path(sys.argv[1])\n"
    parent = subprocess.Popen([sys.executable, "-c", code + PARENTS[user], str(folder)], env=environment)
    try:
        assert _wait(lambda: any(marks.iterdir()) or parent.poll() is not None, 120)
        children = psutil.Process(parent.pid).children(recursive=True)
        assert len(children) == CHILDREN[user] and {int(p.name) for p in marks.iterdir()} <= {c.pid for c in children}
    finally:
        parent.kill()
        parent.wait()
    assert _wait(lambda: not any(map(_lives, children)), END_S), [c.cmdline() for c in children if _lives(c)]


def test_a_child_that_linux_does_not_kill_ends_when_its_input_does(
    module: Callable[[str], str], tmp_path: Path
) -> None:
    """As on other systems: without the signal."""
    name = module("import sys; sys.platform = 'other'\n" + ANSWERING)
    asked = Asked(name, log=tmp_path / "log", environment=child.environment())
    try:
        assert asked.ask({"eval": "1 + 1"}, 60) == {"value": 2}
        assert asked.process.stdin is not None
        asked.process.stdin.close()
        assert asked.process.wait(END_S) == 0
    finally:
        asked.close()


def test_a_child_whose_parent_is_gone_before_it_could_ask_linux_ends(
    module: Callable[[str], str], tmp_path: Path
) -> None:
    name = module(
        "import sys, time; from pathlib import Path; from pocketseg.core import child\n"
        "begun = Path(sys.argv[1], 'begun'); begun.touch()\n"
        "while not Path(sys.argv[1], 'go').exists(): time.sleep(0.02)\n"
        "import threading; threading.Thread.start = lambda self: None\n"  # no watch: the look at once is what counts
        "child.end_with_parent(); Path(sys.argv[1], 'lives').touch(); time.sleep(60)\n"
    )
    process = child.start(name, [str(tmp_path)], log=tmp_path / "log", environment=child.environment())
    assert _wait((tmp_path / "begun").exists, 60) and process.stdin is not None
    process.stdin.close()
    (tmp_path / "go").touch()
    assert process.wait(END_S) == 0 and not (tmp_path / "lives").exists()


def test_a_child_outlives_the_thread_that_started_it(module: Callable[[str], str], tmp_path: Path) -> None:
    """Linux counts the thread as the parent: a pool's, which ends when its pool does."""
    found: list[Asked] = []
    name, environment = module(ANSWERING), child.environment()

    def start() -> None:
        found.append(Asked(name, log=tmp_path / "log", environment=environment))
        found[0].ask({"eval": "None"}, 60)  # it has asked Linux by now

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    try:
        time.sleep(0.3)
        assert found[0].ask({"eval": "6 * 7"}, 60) == {"value": 42}
    finally:
        found[0].close()


def test_a_fork_of_the_parent_starts_children_of_its_own(module: Callable[[str], str], tmp_path: Path) -> None:
    code = f"""
import os, signal, sys
from pathlib import Path
from pocketseg.core import child
def run():
    log = Path(sys.argv[1], "log")
    return child.start({module("")!r}, [], log=log, environment=child.environment()).wait(60)
assert run() == 0
if os.fork():
    sys.exit(os.wait()[1] != 0)
signal.alarm(30)  # a fork without the thread that starts children would wait for ever
os._exit(run())
"""
    command = [sys.executable, "-c", code, str(tmp_path)]  # a process without the threads that tests have
    assert subprocess.run(command, check=False, env=child.environment(), timeout=120).returncode == 0


def test_ctrl_c_is_the_parents_to_decide_and_ends_the_child(
    module: Callable[[str], str], run: Callable[..., None], tmp_path: Path
) -> None:
    pid = tmp_path / "work/pid"
    text = f"os.kill(os.getpid(), {int(signal.SIGINT)}); (work / 'pid').write_text(str(os.getpid()));"
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    interrupt = threading.Thread(
        target=lambda: _wait(lambda: pid.exists() and pid.read_text(), 60) and os.kill(os.getpid(), signal.SIGINT)
    )
    interrupt.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            run(text + "import time; time.sleep(600)")
    finally:
        signal.signal(signal.SIGINT, before)
        interrupt.join()
    assert not psutil.pid_exists(int(pid.read_text()))


def test_children_of_one_module_are_stopped_and_others_are_not(module: Callable[[str], str], tmp_path: Path) -> None:
    name = module(ANSWERING)
    one, other = (Asked(name, log=tmp_path / f"log-{i}", environment=child.environment()) for i in range(2))
    try:
        assert one.ask({"eval": "1"}, 60) == other.ask({"eval": "1"}, 60)
        child.stop_all("a_module_that_nobody_runs")
        assert one.ask({"eval": "2"}, 60) == {"value": 2}
        child.stop_all(name)
        for asked in (one, other):
            with pytest.raises(NoAnswer, match="its process was ended by signal SIGKILL"):
                asked.ask({"eval": "3"}, 60)
    finally:
        one.close()
        other.close()


# ---- what is run -----------------------------------------------------------------------------------------------------


def test_a_folder_that_is_named_as_a_package_of_ours_hides_nothing(
    run: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in (tmp_path, tmp_path / "work", tmp_path / "modules"):  # here, where it works, earlier in PYTHONPATH
        (place / "models").mkdir()
        (place / "models/__init__.py").write_text("raise SystemExit('another models')")
    monkeypatch.chdir(tmp_path)
    run("import models; (work / 'done').write_text(models.__file__)")
    assert Path((tmp_path / "work/done").read_text()) == ROOT / "models/__init__.py"


def test_a_child_has_its_threads_and_the_parents_import_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["own", "", "/elsewhere"]))
    found = child.environment(3, TQDM_DISABLE="1")
    assert found["PYTHONPATH"].split(os.pathsep) == [str(ROOT), str(tmp_path / "own"), "/elsewhere"]
    assert {found[k] for k in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")} == {"3"}
    assert found["TQDM_DISABLE"] == "1"
    assert child.environment().get("OMP_NUM_THREADS") == os.environ.get("OMP_NUM_THREADS")


def test_what_the_measuring_process_imports_of_it_is_light() -> None:
    code = "import sys; before = set(sys.modules); import pocketseg.core.dialogue; print(*set(sys.modules) - before)"
    environment = child.environment()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    found = set(done.stdout.split())
    assert not found & {"subprocess", "concurrent.futures", "logging", "numpy", "torch", "psutil", "importlib.metadata"}
    assert {name for name in found if name.startswith("pocketseg")} == {
        "pocketseg", "pocketseg.core", "pocketseg.core.child", "pocketseg.core.dialogue", "pocketseg.core.errors",
        "pocketseg.core.files", "pocketseg.core.outside",
    }  # fmt: skip


# ---- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_error_comes_home_as_what_it_was(kind: type[PocketSegError]) -> None:
    if kind is UnknownNameError:
        met: PocketSegError = UnknownNameError("target", "onxx", ["onnx"], hint="see --help")
    else:
        met = kind("what was wrong", hint="what to do")
    home = child.rebuilt(json.loads(json.dumps(child.told(met))), RuntimeError)  # type: ignore[arg-type]
    assert type(home) is (UsageError if kind is UnknownNameError else kind)
    assert (home.message, home.hint, home.exit_code) == (met.message, met.hint, met.exit_code)


def test_an_error_travels_from_a_child_to_its_parent(run: Callable[..., None]) -> None:
    with pytest.raises(DataError) as caught:
        run("child.leave(child.leave_error(work, errors.DataError('2.png is empty', hint='remove it')))")
    assert (caught.value.message, caught.value.hint) == ("2.png is empty", "remove it")


@pytest.mark.parametrize("name", ["NoSuchError", "os.system", "Path", "difflib", "annotations", "SystemExit", ""])
def test_a_name_that_is_no_error_of_ours_becomes_the_default(name: str) -> None:
    assert name not in {kind.__name__ for kind in KINDS}
    home = child.rebuilt({"type": name, "message": "m", "hint": "h"}, ExportError)
    assert type(home) is ExportError and (home.message, home.hint) == ("m", "h")


@pytest.mark.parametrize("said", [None, [], "DataError", {"type": "DataError"}, {"type": 1, "message": "", "hint": ""}])
def test_what_is_no_error_is_not_rebuilt(said: Any) -> None:
    with pytest.raises(ValueError, match="not an error with type, message and hint"):
        child.rebuilt(said, ExportError)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "print('first'); print('last', file=sys.stderr); child.leave(3)",
            "the work ended with status 3",
            "first\nlast",
        ),
        ("os.kill(os.getpid(), 11)", "the work was ended by signal SIGSEGV", ""),
        ("os.kill(os.getpid(), 9)", "the work was ended by signal SIGKILL, perhaps because memory ran out", ""),
        ("pass", "the work ended with status 0", ""),  # and without its result
        ("(work / child.ERROR).write_text('[]'); child.leave(1)", "the work ended with status 1", ""),
        ("(work / child.ERROR).write_bytes(b'\\xff{'); child.leave(1)", "the work ended with status 1", ""),
    ],
)
def test_a_child_without_a_word_is_an_error_that_says_how_it_ended(
    text: str, message: str, hint: str, run: Callable[..., None]
) -> None:
    with pytest.raises(ExportError) as caught:
        run(text)
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_an_uncaught_error_is_the_last_line_that_is_told(run: Callable[..., None]) -> None:
    with pytest.raises(ExportError, match="the work ended with status 1") as caught:
        run("raise RuntimeError('no such operator')")
    assert caught.value.hint.splitlines()[-1] == "RuntimeError: no such operator"
    with pytest.raises(ExportError) as caught:
        run("raise RuntimeError('no such operator')", hint="what to do")
    assert caught.value.hint == "what to do"


@pytest.mark.parametrize(
    "text",
    [
        f"child.leave({StorageError.exit_code})",
        f"print('libc: ' + os.strerror({errno.ENOSPC})); os.abort()",
    ],
)
def test_a_full_disk_without_room_for_a_message_is_said(text: str, run: Callable[..., None], tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="No space left") as caught:
        run(text)
    assert str(tmp_path / "work") in caught.value.message and "free some space" in caught.value.hint


def test_a_child_on_a_full_disk_ends_with_the_status_that_says_so(full_disk: Path) -> None:
    if not full_disk.is_mount():
        pytest.skip("no file system may be mounted here")
    (full_disk / "filler").write_bytes(b"x" * shutil.disk_usage(full_disk).free)
    assert child.leave_error(full_disk, StorageError("full")) == StorageError.exit_code
    with pytest.raises(StorageError, match="No space left"):
        child.run(
            "no_module", {}, full_disk, result="x", what="it", default=ExportError, environment=child.environment()
        )


# ---- dialogues -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asks", "message"),
    [
        ("__import__('os')._exit(4)", "its process ended with status 4"),
        ("__import__('os').kill(__import__('os').getpid(), 11)", "its process was ended by signal SIGSEGV"),
        ("print('goodbye', flush=True) or __import__('os')._exit(4)", "status 4; its last output: goodbye"),
        ("1 / 0", "status 1; its last output: .*ZeroDivisionError: division by zero"),
        ("__import__('time').sleep(60)", "no answer within 2 s"),
        ("__import__('os').write(int(sys.argv[1]), b'[1]\\n')", r"not our JSON: b'\[1\]'"),
    ],
)
def test_a_child_that_does_not_answer_says_why_and_is_gone(
    asks: str, message: str, module: Callable[[str], str], tmp_path: Path
) -> None:
    asked = Asked(module(ANSWERING), log=tmp_path / "log", environment=child.environment())
    try:
        asked.ask({"eval": "0"}, 60)
        with pytest.raises(NoAnswer, match=message):
            asked.ask({"eval": asks}, 2)
        assert asked.process.poll() is not None
        with pytest.raises(NoAnswer, match="its process"):
            asked.ask({"eval": "0"}, 2)
    finally:
        asked.close()


def test_an_error_is_a_dialogues_last_answer_and_long_ones_are_whole(
    module: Callable[[str], str], tmp_path: Path
) -> None:
    unless = "    if not eval(request['eval']):\n        answer_error(StorageError('full', hint='free'))\n"
    text = "from pocketseg.core.errors import StorageError\n" + ANSWERING.replace("    answer(", unless + "    answer(")
    name = module(text)
    asked = Asked(name, log=tmp_path / "log", environment=child.environment())
    try:
        long = "x" * 300_000  # pipes hold 64 kB
        assert asked.ask({"eval": repr(long)}, 60) == {"value": long}
        with pytest.raises(StorageError) as caught:
            asked.ask({"eval": "None"}, 60)
        assert (caught.value.message, caught.value.hint) == ("full", "free") and asked.process.poll() is not None
    finally:
        asked.close()


# ---- a sweep's processes ---------------------------------------------------------------------------------------------

# Run at the start of every process: a sweep's job evaluates its message, and nothing heavy is loaded.
JOBS = """
import os, sys, types
if "pocketseg.sweep._worker" in sys.orig_argv:
    from pocketseg.core.errors import StorageError
    sys.modules["pocketseg.sweep.jobs"] = jobs = types.ModuleType("jobs")
    def full():
        raise StorageError("full", hint="free some space")
    jobs.work = lambda message: {"pid": os.getpid(), "value": eval(message["eval"], {**globals(), "full": full})}
"""


@pytest.fixture
def workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    (tmp_path / "sitecustomize.py").write_text(JOBS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with Workers(2, "") as found:
        yield found


def test_a_sweeps_process_that_ends_says_how_and_takes_no_other_along(workers: Workers, tmp_path: Path) -> None:
    go = tmp_path / "go"
    waits = f"[__import__('time').sleep(0.02) for _ in iter(lambda: os.path.exists({str(go)!r}), True)] and 1"
    beside = workers.submit({"eval": waits})
    ends = workers.submit({"eval": "print('out of memory', flush=True) or os.kill(os.getpid(), 9)"})
    with pytest.raises(
        BrokenProcessPool, match=r"its process was ended by signal SIGKILL.*its last output: out of memory"
    ):
        ends.result(60)
    workers.renew()
    again = workers.submit({"eval": "6 * 7"}).result(60)
    go.touch()
    assert again["value"] == 42 and beside.result(60)["value"] == 1 and beside.result()["pid"] != again["pid"]


def test_a_full_disk_of_a_sweeps_job_comes_home_as_such(workers: Workers) -> None:
    with pytest.raises(StorageError) as caught:
        workers.submit({"eval": "full()"}).result(60)
    assert (caught.value.message, caught.value.hint) == ("full", "free some space")
    assert workers.submit({"eval": "1"}).result(60)["value"] == 1


def test_a_sweep_that_is_interrupted_ends_its_busy_processes(workers: Workers, tmp_path: Path) -> None:
    pid = workers.submit({"eval": "None"}).result(60)["pid"]
    busy = workers.submit({"eval": f"open({str(tmp_path / 'busy')!r}, 'w') and __import__('time').sleep(600)"})
    assert _wait((tmp_path / "busy").exists, 60)
    workers.__exit__(KeyboardInterrupt)
    with pytest.raises(BrokenProcessPool, match="SIGKILL"):
        busy.result(60)
    assert not psutil.pid_exists(pid)
