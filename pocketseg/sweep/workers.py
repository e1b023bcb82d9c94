"""Where a sweep's jobs run: processes of this host, or a Dask cluster's, which Dask starts and ends."""

from __future__ import annotations

import queue
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from benchmark.device import usable_cores
from pocketseg.core.child import environment
from pocketseg.core.dialogue import Asked, NoAnswer
from pocketseg.core.errors import UsageError
from pocketseg.sweep.jobs import work

_RETRIES = 2  # of a cluster's job whose worker ended under it


class Workers:
    """Worker processes of this host, replaced where one ends unexpectedly, or a Dask cluster's."""

    def __init__(self, jobs: int, scheduler: str) -> None:
        if jobs < 1:
            raise UsageError(f"--jobs must be at least 1, not {jobs}")
        self._client = _client(scheduler) if scheduler else None
        self.slots = jobs if self._client is None else max(1, sum(self._client.nthreads().values()))
        self._cluster = None if self._client is None else self._client.get_executor(retries=_RETRIES)
        self._here = _Processes(jobs)

    def submit(self, message: dict[str, Any]) -> Future[dict[str, Any]]:
        """Start a job. Its future raises BrokenProcessPool, with how it ended, where its process on this host did."""
        if self._cluster is not None:
            future: Future[dict[str, Any]] = self._cluster.submit(work, message)
            return future
        return self._here.submit(message)

    def renew(self) -> None:
        """Replace a process that ended by a new one."""
        self._here.renew()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if self._client is not None and self._cluster is not None:
            self._cluster.shutdown(wait=kind is None)  # it takes no other word, and cancels what it does not wait for
            self._client.close()
        self._here.close()


class _Processes:
    """Up to `slots` processes on this host, each with one job at a time, started when a job needs one.

    ProcessPoolExecutor is not used: when one of its processes ends, so do all others, and their work is lost.
    """

    def __init__(self, slots: int) -> None:
        self._logs = tempfile.TemporaryDirectory(prefix="pocketseg-sweep-")
        self._environment = environment(max(1, usable_cores() // slots))
        self._pool = ThreadPoolExecutor(slots)  # a thread waits for each process
        self._started: list[Asked] = []
        self._free: queue.SimpleQueue[Asked | None] = queue.SimpleQueue()  # None: not started yet
        self._closing = False
        for _ in range(slots):
            self.renew()

    def submit(self, message: dict[str, Any]) -> Future[dict[str, Any]]:
        return self._pool.submit(self._do, message)

    def renew(self) -> None:
        self._free.put(None)

    def close(self) -> None:
        """End all processes, busy or not, and whatever they started."""
        self._closing = True
        for worker in self._started:
            worker.kill()
        self._pool.shutdown(cancel_futures=True)
        while self._started:
            self._started.pop().close()
        self._logs.cleanup()

    def _do(self, message: dict[str, Any]) -> dict[str, Any]:
        worker = self._free.get()
        try:
            worker = worker or self._start()
            found = worker.ask(message)
        except NoAnswer as error:  # who hears of it renews
            raise BrokenProcessPool(str(error)) from error
        except BaseException:
            self.renew()
            raise
        self._free.put(worker)
        return found

    def _start(self) -> Asked:
        log = Path(self._logs.name) / f"log-{len(self._started)}.txt"
        worker = Asked("pocketseg.sweep._worker", log=log, environment=self._environment)
        self._started.append(worker)
        if self._closing:  # since before it was in the list
            worker.kill()
        return worker


def _client(address: str) -> Any:
    """Connect to a Dask scheduler. Raises UsageError where that cannot be."""
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError("a cluster needs the package distributed", hint="pip install 'pocketseg[cluster]'") from error
    try:
        return Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise UsageError(f"no Dask scheduler answers at {address} ({error})", hint="start `dask scheduler`") from error
