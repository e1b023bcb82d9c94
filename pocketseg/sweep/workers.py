"""Where a sweep's jobs run: processes of this machine, begun anew when one ends unexpectedly, or a Dask cluster."""

from __future__ import annotations

import os
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import psutil

from benchmark.device import usable_cores
from pocketseg.core.errors import UsageError
from pocketseg.sweep.jobs import begin, work

_RETRIES = 2  # of a cluster's job whose worker ended under it


class Workers:
    """Worker processes here, begun anew when one ends unexpectedly, or a Dask cluster's."""

    def __init__(self, jobs: int, scheduler: str) -> None:
        if jobs < 1:
            raise UsageError(f"--jobs must be at least 1, is {jobs}")
        self._client = _client(scheduler) if scheduler else None
        self.slots = jobs if self._client is None else max(1, sum(self._client.nthreads().values()))
        self._pool = self._start()

    def _start(self) -> Executor:
        if self._client is not None:
            return self._client.get_executor(retries=_RETRIES)
        threads = max(1, usable_cores() // self.slots)
        return ProcessPoolExecutor(
            self.slots, mp_context=get_context("spawn"), initializer=begin, initargs=(os.getpid(), threads)
        )

    def submit(self, message: dict[str, Any]) -> Future[dict[str, Any]]:
        """Start a job."""
        return self._pool.submit(work, message)

    def renew(self) -> None:
        """Begin anew with fresh processes where one has ended."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = self._start()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if self._client is not None:
            self._pool.shutdown(wait=kind is None)  # Dask's takes no other word, and cancels what it does not wait for
            self._client.close()
            return
        if kind is not None:
            for child in psutil.Process().children(recursive=True):
                child.kill()
        self._pool.shutdown(wait=kind is None, cancel_futures=True)


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
