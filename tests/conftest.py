"""What every test runs under: two threads or, beside others, one; no network beyond this machine; documents watched."""

from __future__ import annotations

import errno
import functools
import importlib.util
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import pytest
from _commands import Answer, Call
from _once import Once, made_once
from hypothesis import HealthCheck, settings

from scripts.ci_passes import is_document

# Read by torch, numpy and the runtimes when they are first imported, so set before any test is collected. One of two
# workers side by side has a core of its own.
_THREADS = "1" if "PYTEST_XDIST_WORKER" in os.environ else "2"
for _variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_variable] = _THREADS
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["POCKETSEG_CEILING_S"] = "0"  # beside other tests no turn is undisturbed, however long it is waited for

# Beside other work an example takes as long as it takes: that is no fault of what is tested.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")

_INSIDE = f"{Path(__file__).resolve().parents[1]}{os.sep}"
_opened: set[str] = set()


def _note_documents(event: str, arguments: tuple[Any, ...]) -> None:
    """Note which of the project's documents are opened: an audit hook."""
    if event != "open" or not isinstance(arguments[0], str | os.PathLike):
        return
    try:
        path = os.path.abspath(arguments[0])  # noqa: PTH100 - of every file that is opened: Path takes five times as long
    except FileNotFoundError:  # the working folder is gone
        return
    if path.startswith(_INSIDE) and is_document(name := path.removeprefix(_INSIDE)):
        _opened.add(name)


sys.addaudithook(_note_documents)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let tests that may take longest begin first: begun last, one keeps a worker busy while the others are done."""
    items.sort(key=_limit_s, reverse=True)


def _limit_s(item: pytest.Item) -> float:
    """Return a test's own limit in seconds, 0 where it has none."""
    mark = item.get_closest_marker("timeout")
    return float(mark.args[0]) if mark is not None and mark.args else 0.0


@pytest.fixture(autouse=True)
def _documents_are_marked(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that reads a document without its mark, for `.ci/run` would not run it where that alone changed."""
    yield
    found = sorted(_opened)
    _opened.clear()
    if found and request.node.get_closest_marker("documents") is None:
        pytest.fail(f"reads {', '.join(found)}: mark it with pytest.mark.documents")


@pytest.fixture(autouse=True)
def _environment() -> Iterator[None]:
    """Restore the environment last: what `monkeypatch` took for it may be that of a fixture that ended before."""
    with mock.patch.dict(os.environ):
        yield


@pytest.fixture(autouse=True)
def _no_network(_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test reach loopback and local sockets only."""
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: Any) -> None:
        remote = isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost")
        if remote:
            pytest.fail(f"a test tried to reach {address[0]}: tests run without a network")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_here)


@pytest.fixture(scope="session")
def golden() -> ModuleType:
    """Return tests/_golden.py: made-up weights, photos and sampling in closed form."""
    spec = importlib.util.spec_from_file_location("_golden", Path(__file__).parent / "_golden.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of this test run that its workers share."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "once"


@pytest.fixture(scope="session")
def session_cache(run_folder: Path) -> Path:
    """Return the cache of what several tests convert: $POCKETSEG_CACHE_DIR, else one of this run's workers."""
    named = os.environ.get("POCKETSEG_CACHE_DIR")
    return Path(named) if named else run_folder / "cache"


@pytest.fixture(scope="session")
def once(run_folder: Path) -> Once:
    """Return a function that makes something once in the whole run: name and make(folder), see _once.py."""
    return functools.partial(made_once, run_folder)


@pytest.fixture(scope="session")
def converted(once: Once) -> Callable[..., Any]:
    """Return a function that gives a real file of the tiny network (_tiny.py), made once in the whole run."""
    from _tiny import conversions

    return conversions(once)


@pytest.fixture
def pocketseg(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Call]:
    """Run a command in this process, which takes over SIGTERM."""
    from pocketseg.cli.main import main

    handler = signal.getsignal(signal.SIGTERM)

    def call(*arguments: object) -> Answer:
        with pytest.raises(SystemExit) as caught:
            main(["--cache-dir", str(tmp_path / "cache"), *map(str, arguments)])
        out, err = capsys.readouterr()
        return Answer(int(caught.value.code or 0), out, err)

    yield call
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def data_command(pocketseg: Call) -> Call:
    """Run `pocketseg data ...` in this process."""
    return lambda *arguments: pocketseg("data", *arguments)


@pytest.fixture
def full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Mount a file system of 64 kB; where that is not allowed, let the larger writes meet a full disk."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(place)]
    try:
        mounted = subprocess.run(command, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    if mounted:
        yield place
        subprocess.run(["umount", str(place)], check=True)
        return
    write = Path.write_bytes

    def limited(self: Path, data: Any) -> int:
        if memoryview(data).nbytes > 1 << 16:
            write(self, bytes(memoryview(data)[:4096]))
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", limited)
    yield place
