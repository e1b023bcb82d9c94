"""Child processes that run our own modules: start one, end it with its parent, and report its error in the parent.

A child must not outlive its parent, however the parent ended. Its standard input is a pipe that only the parent holds;
a thread of the child reads it, and ends the child when the kernel closes it. Native code that holds the interpreter
lock would block that thread, so Linux is asked to kill the child as well (PR_SET_PDEATHSIG). For Linux the parent is
the *thread* that started the child (prctl(2)), and a pool's threads come and go: all children of a process are
therefore started by one thread that never ends. Children of a child end in the same way, one level at a time.

A child with a single task shares a folder with its parent, WORK: `request.json` is the task, `log.txt` its output,
`error.json` its error. An error travels as JSON (type, message, hint) and is raised in the parent as a class of
core/errors.py, whatever name the JSON gives. `core/dialogue.py` is for a child that answers many requests.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from weakref import WeakKeyDictionary

from pocketseg.core import errors
from pocketseg.core.errors import PocketSegError, StorageError, UnknownNameError, UsageError
from pocketseg.core.files import disk_faults, storage_error
from pocketseg.core.outside import read_json

# The measuring process imports this file, and its memory is measured: what only a parent needs is imported late.
if TYPE_CHECKING:
    import subprocess
    from concurrent.futures import Future

IMPORTS = ()  # whoever starts a child names what it runs
READS = ()
REQUEST, LOG, ERROR = "request.json", "log.txt", "error.json"
_ROOT = Path(__file__).resolve().parents[2]
# engines and their maths libraries read these when they are loaded
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
_PR_SET_PDEATHSIG = 1
_LOG_TAIL_BYTES = 8192
_LOG_LINE_LENGTH = 200
_STOP_S = 0.1  # between two looks at whether all threads have heard that everything stops

_running: WeakKeyDictionary[subprocess.Popen[bytes], str] = WeakKeyDictionary()  # each with the module that it runs
_lock = threading.Lock()


# ---- in the parent ---------------------------------------------------------------------------------------------------


def environment(threads: int | None = None, **more: str) -> dict[str, str]:
    """Return a child's environment: this process's, with our code first in the import path, then `more`.

    threads: how many threads maths libraries may use; None leaves it to them.
    """
    paths = [_ROOT, *(Path(p).absolute() for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p)]
    shares = {} if threads is None else dict.fromkeys(_THREAD_VARIABLES, str(threads))
    own = {"PYTHONPATH": os.pathsep.join(map(str, paths)), "PYTHONWARNINGS": "ignore"}
    return {**os.environ, **own, **shares, **more}


def start(
    module: str,
    arguments: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str],
    cwd: Path | None = None,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start `python -m MODULE ARGUMENTS`; `log` takes what it prints. End it with `end`.

    Its standard input is a pipe that must stay open while it runs. Raises StorageError where the disk has no room for
    the log.
    """
    import subprocess
    from concurrent.futures import Future

    def begin() -> subprocess.Popen[bytes]:
        with disk_faults(log):
            stream = log.open("wb")
        with stream:
            process = subprocess.Popen(
                # -P: a folder called `models` in the working directory is not ours
                [sys.executable, "-P", "-m", module, *arguments],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=stream,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=dict(environment),
                pass_fds=pass_fds,
            )
        with _lock:
            _running[process] = module
        return process

    started: Future[subprocess.Popen[bytes]] = Future()
    _starter(os.getpid()).put((begin, started))
    try:
        return started.result()
    except BaseException:
        started.add_done_callback(_end_unasked)  # Ctrl-C came first: nobody will use the child that is being started
        raise


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a child and its descendants; one that has already ended is left alone."""
    process.kill()
    process.wait()
    if process.stdin is not None:
        process.stdin.close()


def stop_all(module: str) -> None:
    """End every child of this process that runs `module`, whichever thread waits for it."""
    with _lock:
        found = [process for process, runs in _running.items() if runs == module]
    for process in found:
        process.kill()


def stop_until_done(running: Sequence[Future[Any]], stop: Callable[[], None]) -> None:
    """End what threads wait for, by `stop`, until none waits any more: one may be about to start a process."""
    while not all(future.done() for future in running):
        stop()
        time.sleep(_STOP_S)


def run(
    module: str,
    request: Any,
    work: Path,
    *,
    result: str,
    what: str,
    default: type[PocketSegError],
    environment: Mapping[str, str],
    hint: str = "",
) -> None:
    """Run a child that does what `request` says in the folder `work`, until WORK/`result` exists.

    Raises the error that the child left; StorageError where the disk is full; otherwise `default`, which says how
    `what` ended, with `hint` or the last lines of its log. The child has ended when this returns, also after Ctrl-C.
    """
    with disk_faults(work):
        (work / REQUEST).write_text(json.dumps(request), encoding="utf-8")
    process = start(
        module, [str(work)], log=work / LOG, environment={**environment, "TMPDIR": str(work)}, cwd=work
    )  # fmt: skip
    try:
        status = process.wait()
    finally:
        end(process)
    if status != 0 or not (work / result).is_file():
        raise failure(what, status, work, default, hint)


def ending(status: int) -> str:
    """Return how a child ended, as the end of a sentence: by which signal, or with which status."""
    if status >= 0:
        return f"ended with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = str(-status)
    memory = ", perhaps because memory ran out" if -status == signal.SIGKILL else ""
    return f"was ended by signal {name}{memory}"


def last_lines(log: Path, count: int) -> list[str]:
    """Return the last lines of a log that are not blank, each cut to a length that fits a message."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, os.fstat(stream.fileno()).st_size - _LOG_TAIL_BYTES))
            text = stream.read().decode("utf-8", "replace")
    except OSError:
        return []
    return [line.rstrip()[:_LOG_LINE_LENGTH] for line in text.split("\n") if line.strip()][-count:]


def rebuilt(said: Any, default: type[PocketSegError]) -> PocketSegError:
    """Return the error that `told` wrote, or one of type `default` where its type is not in core/errors.py.

    Raises ValueError for a value that `told` cannot have written.
    """
    if not isinstance(said, dict) or not all(isinstance(said.get(k), str) for k in ("type", "message", "hint")):
        raise ValueError("it is not an error with type, message and hint")
    found = vars(errors).get(said["type"])
    kind = found if isinstance(found, type) and issubclass(found, PocketSegError) else default
    if kind is UnknownNameError:
        kind = UsageError  # its message is already complete
    return kind(said["message"], hint=said["hint"])


def failure(what: str, status: int, work: Path, default: type[PocketSegError], hint: str = "") -> PocketSegError:
    """Return the error that a child left in `work`, or one that says how `what` ended, with the last lines of its
    log."""
    with contextlib.suppress(OSError, ValueError):
        return rebuilt(read_json(work / ERROR), default)
    lines, full = last_lines(work / LOG, 5), os.strerror(errno.ENOSPC)
    if status == StorageError.exit_code or any(full in line for line in lines):  # the disk had no room for the message
        return storage_error(OSError(errno.ENOSPC, full), work)
    return default(f"{what} {ending(status)}", hint=hint or "\n".join(lines))


if TYPE_CHECKING:
    _Order = tuple[Callable[[], subprocess.Popen[bytes]], Future[subprocess.Popen[bytes]]]


@functools.cache
def _starter(pid: int) -> queue.SimpleQueue[_Order]:
    """Return the queue of the one thread that starts the children of process `pid`; a fork needs its own."""
    orders: queue.SimpleQueue[_Order] = queue.SimpleQueue()

    def work() -> None:
        while True:
            begin, started = orders.get()
            try:
                started.set_result(begin())
            except BaseException as error:  # noqa: BLE001 - raised again in the thread that asked
                started.set_exception(error)

    threading.Thread(target=work, name="pocketseg-starts-children", daemon=True).start()
    return orders


def _end_unasked(started: Future[subprocess.Popen[bytes]]) -> None:
    if started.exception() is None:
        end(started.result())


# ---- in the child ----------------------------------------------------------------------------------------------------


def end_with_parent(heard: Callable[[bytes], object] = lambda line: None) -> None:
    """End this process when its parent is gone, busy or not; call it before heavy imports.

    heard: called with each line that the parent writes. Ctrl-C reaches the whole process group; the parent decides.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    def watch() -> None:
        try:
            # not sys.stdin: Python aborts if it shuts down after an error while a thread waits for that
            with open(0, "rb", closefd=False) as stream:
                for line in stream:
                    heard(line)
        finally:
            os._exit(0)  # engines may crash while Python shuts down

    if _is_orphan():  # orphaned before Linux was asked: no signal will come
        os._exit(0)
    threading.Thread(target=watch, daemon=True).start()


def told(error: PocketSegError) -> dict[str, str]:
    """Return an error as JSON for `rebuilt`."""
    return {"type": type(error).__name__, "message": error.message, "hint": error.hint}


def leave_error(work: Path, error: PocketSegError) -> int:
    """Leave an error for `run`; return the exit status, which alone reports it where the disk is full."""
    with contextlib.suppress(OSError):
        (work / ERROR).write_text(json.dumps(told(error)), encoding="utf-8")
    return error.exit_code


def leave(status: int) -> NoReturn:
    """End this process at once: converters and engines leave threads that can crash while Python shuts down."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):  # the log may lie on a full disk
            stream.flush()
    os._exit(status)


def _is_orphan() -> bool:
    """Return whether the other end of standard input is closed."""
    import select

    poll = select.poll()
    poll.register(0, 0)  # asks for no events: POLLHUP is always reported
    return any(event & select.POLLHUP for _, event in poll.poll(0))
