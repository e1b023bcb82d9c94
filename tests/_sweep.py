"""A sweep, a row, and workers that answer without converting anything."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from benchmark.rows import to_json
from pocketseg.core.errors import StorageError
from pocketseg.core.types import BenchmarkRow
from pocketseg.sweep.plan import Sweep

Answers = Callable[[dict[str, Any]], dict[str, Any]]


def sweep(**changes: Any) -> Sweep:
    given = {"models": ("topformer_tiny",), "recipes": ("fp32", "w8a8"), "targets": ("onnx", "tflite"), **changes}
    return Sweep(**given)


def row(**changes: Any) -> BenchmarkRow:
    given = {
        "model": "m", "recipe": "fp32", "target": "onnx", "precision": "fp32", "runtime": "ort", "status": "ok",
        "miou": 0.5, "p50_ms": 4.0, "size_bytes": 2_000_000, "device": {"cpu": "A"}, **changes,
    }  # fmt: skip
    return BenchmarkRow(**given)


class Workers:
    """Do jobs immediately, by a function; record what ran, and how many processes were started again."""

    slots = 2
    answers: Answers
    ran: list[dict[str, Any]]
    renewed: int

    def __init__(self, jobs: int, scheduler: str) -> None:
        pass

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *rest: object) -> None:
        pass

    def submit(self, message: dict[str, Any]) -> Future[dict[str, Any]]:
        future: Future[dict[str, Any]] = Future()
        type(self).ran.append(message)
        try:
            future.set_result(type(self).answers(message))
        except (BrokenProcessPool, StorageError) as error:
            future.set_exception(error)
        return future

    def renew(self) -> None:
        type(self).renewed += 1


def does(job: dict[str, Any]) -> dict[str, Any]:
    """Answer as jobs do; what is measured in one job has one time."""
    if job["kind"] == "together":
        return {"times": [to_json(row(p50_ms=7.0, device={"cpu": "A", "timed_at": "later"})) for _ in job["cells"]]}
    if job["kind"] == "files":
        return {"files": [{"reused": False} for _ in job["cells"]]}
    if job["kind"] != "measure":
        return {}
    device = {"cpu": "A", "timed_at": job["cells"][0]["key"]}
    return {"rows": [to_json(row(target=c["target"], recipe=c["recipe"], device=device)) for c in job["cells"]]}


Go = Callable[[Sweep, Answers], list[BenchmarkRow]]
