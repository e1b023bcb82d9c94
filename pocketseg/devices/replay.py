"""The harness on this host: reads only a bundle, runs its files, and writes records as an app on a phone does.

It proves the contract from end to end, and is what the apps are compared with.
"""

from __future__ import annotations

import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmark import runtimes
from benchmark.checks import Golden, outputs_of
from benchmark.engine import measure, refused_document
from benchmark.entry import Entry
from benchmark.rows import row_of
from benchmark.timing import Effort, Run
from pocketseg.core._schema import printable
from pocketseg.core.bundle import STRAYS, Bundle
from pocketseg.core.cache import Cache
from pocketseg.core.errors import BundleError, PocketSegError, RuntimeFailedError, UsageError
from pocketseg.core.types import BenchmarkRow
from pocketseg.data.photos import Pixels
from pocketseg.devices._run_file import map_of
from pocketseg.devices.golden import GoldenMaps
from pocketseg.devices.progress import JOB
from pocketseg.devices.results import Results, kept_progress

Progress = Callable[[str, int, int], None]
_BATCH = 8
_SAY_EVERY_S = 1.0
_OF_ACCELERATOR = ("obtained", "nodes", "nodes_delegated", "fallback")


def replay(
    bundle: Bundle,
    folder: Path,
    *,
    job: str | None = None,
    cache: Cache | None = None,
    wait_s: float = 0.0,
    runtimes_package: str = "benchmark.runtimes",
    progress: Progress = lambda what, done, total: None,
    warn: Callable[[str], None] = lambda sentence: None,
) -> tuple[str, list[BenchmarkRow]]:
    """Run a bundle's files into `folder`; return the job's id and the rows of what was run now.

    Runs whose records are there are not repeated.

    Args:
        job: 32 hex digits; None: that of the folder where it holds results of this bundle, else a new one.
        cache: where the best known speed of this host is kept.

    Raises:
        UsageError: where the folder holds another job's results.
        BundleError: for a damaged bundle.
    """
    job = _job(folder, bundle, job)
    results = Results(folder, job, bundle.sha256, len(bundle.content["job"]["runs"]))
    results.progress("running", phase="checking the bundle")
    try:
        bundle.verify()
    except BundleError as error:
        results.progress("refused", reason=error.message)
        raise
    try:
        rows = _run(bundle, results, job, cache, wait_s, runtimes_package, progress, warn)
    except PocketSegError as error:
        results.progress("failed", run=len(results.finished()), reason=error.message)
        raise
    results.progress("finished", run=len(bundle.content["job"]["runs"]))
    return job, rows


def _run(
    bundle: Bundle, results: Results, job: str, cache: Cache | None, wait_s: float, runtimes_package: str,
    progress: Progress, warn: Callable[[str], None],
) -> list[BenchmarkRow]:  # fmt: skip
    """Run everything that has no record yet; return its rows."""
    content = bundle.content
    asked, done = content["job"]["runs"], results.finished()
    missing = [number for number in range(len(asked)) if number not in done]
    rows: list[BenchmarkRow] = []
    with tempfile.TemporaryDirectory(prefix="pocketseg-replay-") as work:
        entries = _entries(bundle, {asked[number]["artifact"] for number in missing}, Path(work))
        photo = Path(work) / Path(content["photos"][0]["file"]).name
        bundle.extract(content["photos"][0]["file"], photo)
        said = _Said(results, progress, len(done), content["job"]["limits"]["total_s"])
        refused = {n: reason for n in missing if (reason := _refusal(asked[n], entries[asked[n]["artifact"]]))}
        for number, reason in refused.items():
            document = refused_document(entries[asked[number]["artifact"]], reason)
            results.add_record(number, made := _as_of_bundle(document, bundle, job, number, None))
            rows.append(row_of(made))
        for threads in sorted({asked[number]["threads"] for number in missing}):
            here = [n for n in missing if asked[n]["threads"] == threads and n not in refused]
            subject = Bundled(bundle=bundle, path=photo, places=[asked[n]["artifact"] for n in here], results=results)
            found = measure(
                [entries[asked[n]["artifact"]] for n in here],
                threads=threads, seed=content["job"]["seed"], effort=_effort(content["job"]), cache=cache,
                wait_s=wait_s, runtimes_package=runtimes_package, progress=said, warn=warn, subject=subject,
            )  # fmt: skip
            for index, (number, row) in enumerate(zip(here, found, strict=True)):
                assert row.document is not None
                results.add_record(number, _as_of_bundle(row.document, bundle, job, number, subject.maps.get(index)))
                rows.append(row)
    return rows


def _job(folder: Path, bundle: Bundle, job: str | None) -> str:
    """Return the job's id. Raises UsageError where the folder is another job's."""
    if job is not None and not JOB.fullmatch(job):
        raise UsageError(f"{job!r} is not a job id", hint="a job id has 32 hex digits; without --job a new one is made")
    kept = kept_progress(folder) if folder.is_dir() else None
    if kept is None:
        if folder.is_dir() and any(path.name not in STRAYS for path in folder.iterdir()):
            raise UsageError(
                f"{folder} is not empty and does not hold the results of a job", hint="give a new folder: --out DIR"
            )
        return job or uuid.uuid4().hex
    if kept.bundle != bundle.sha256 or (job is not None and kept.job != job):
        raise UsageError(f"{folder} holds the results of job {kept.job}", hint="give a new folder: --out DIR")
    return kept.job


def _entries(bundle: Bundle, places: set[int], work: Path) -> dict[int, Entry]:
    """Unpack the files to run, each into a folder of its own. Raises BundleError."""
    found = {}
    for place in sorted(places):
        path = bundle.extract_artifact(place, work / str(place))
        runtime = str(bundle.content["artifacts"][place]["runtime"])
        found[place] = Entry(artifact=bundle.artifact(place), path=path, runtime=runtime)
    return found


def _refusal(run: Mapping[str, Any], entry: Entry) -> str:
    """Return why this harness cannot do a run; empty where it can."""
    if run["accelerator"] != "cpu":
        return f"{run['accelerator']} was asked; the replay harness runs on the processor alone"
    if entry.runtime not in runtimes.names():
        return f"this version has no runtime {printable(entry.runtime, 40)!r}; it has {', '.join(runtimes.names())}"
    return ""


def _effort(job: dict[str, Any]) -> Effort:
    plain = Effort(passes=job["passes"], timeout_s=float(job["limits"]["run_s"]))
    return plain if job["passes"] > 1 else Effort(passes=1, ceiling_s=0.0, least_wall_s=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundled:
    """A bundle's photos as the subject of timing and checks.

    maps: by index of the measured file, each photo's map hash and its agreement with the golden map.
    """

    bundle: Bundle
    path: Path
    places: Sequence[int]
    results: Results
    maps: dict[int, list[tuple[str, float]]] = field(default_factory=dict)

    def input(self, height_px: int, width_px: int) -> Pixels:
        """Return the first photo at an input's size."""
        for place, given in enumerate(self.bundle.content["inputs"]):
            if (given["height_px"], given["width_px"]) == (height_px, width_px):
                return np.array(self.bundle.inputs(place)[0])
        raise UsageError(f"the bundle has no photos of {height_px} x {width_px}")

    def check(self, run: Run, index: int, folder: Path, timeout_s: float) -> Golden:
        """Run every photo, then the first once more; keep the class maps, and compare them with the golden ones."""
        verdict = GoldenMaps(self.bundle, self.places[index], "cpu", "float32")
        images = self.bundle.inputs(self.bundle.content["artifacts"][self.places[index]]["input"])
        first: Pixels | None = None
        self.maps[index] = []
        for photo, found in enumerate(self._maps(run, images, folder, timeout_s)):
            if photo == len(images):
                verdict.again(first, found)
            else:
                agreement = verdict.add(photo, found)
                self.maps[index].append((self.results.add_map(found), agreement))
                first = found if photo == 0 else first
        return verdict.golden()

    def _maps(self, run: Run, images: Pixels, folder: Path, timeout_s: float) -> Iterator[Pixels]:
        """Yield the class map of each photo, then that of the first again: A, B, ..., A."""
        sizes = [(photo["height_px"], photo["width_px"]) for photo in self.bundle.content["photos"]]
        for start in range(0, len(images), _BATCH):
            outputs = outputs_of(run, images[start : start + _BATCH], folder, timeout_s)
            for output, size in zip(outputs, sizes[start : start + _BATCH], strict=True):
                yield map_of(output, run.artifact, size)
        yield map_of(outputs_of(run, images[:1], folder, timeout_s)[0], run.artifact, sizes[0])


class _Said:
    """Passes progress on, writes it to progress.json once a second, and enforces the limit of the whole job."""

    def __init__(self, results: Results, progress: Progress, done: int, total_s: float) -> None:
        self._results, self._progress, self._done, self._total_s = results, progress, done, total_s
        self._began_s, self._said_s = time.monotonic(), 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        self._progress(what, done, total)
        now_s = time.monotonic()
        if now_s - self._began_s > self._total_s:
            raise RuntimeFailedError(
                f"the job is not done after {self._total_s:g} s, which the bundle sets as its limit",
                hint="bundle fewer files or photos",
            )
        if now_s - self._said_s >= _SAY_EVERY_S:
            self._said_s = now_s
            self._results.progress("running", run=self._done, phase=f"{what} {done}/{total}")


def _as_of_bundle(
    document: dict[str, Any], bundle: Bundle, job: str, run: int, maps: Sequence[tuple[str, float]] | None
) -> dict[str, Any]:
    """Return a record as that of a bundle's run. maps: each photo's map hash and agreement; None: it did not run."""
    content, unknown = bundle.content, dict(document["unknown"])
    photos = content["photos"]
    found = [(None, None)] * len(photos) if maps is None or document["status"] != "ok" else list(maps)
    part = {
        "sha256": bundle.sha256,
        "job": job,
        "run": run,
        "photos": [
            {
                "original_sha256": photo["original_sha256"], "bundled_sha256": photo["bundled_sha256"],
                "map_sha256": name, "agreement": agreement,
            }
            for photo, (name, agreement) in zip(photos, found, strict=True)
        ],
    }  # fmt: skip
    if any(name is None for name, _ in found):
        why = document["reason"] or "it was not run on this photo"
        unknown |= {"/bundle/photos/*/map_sha256": why, "/bundle/photos/*/agreement": why}
    changed = {
        "run": {**document["run"], "place": run, "files": len(content["job"]["runs"])},
        "program": {**document["program"], "launch": "process"},
        "bundle": part,
    }
    if document["status"] != "ok":
        changed["accelerator"] = dict.fromkeys(_OF_ACCELERATOR) | {"asked": content["job"]["runs"][run]["accelerator"]}
        unknown |= {f"/accelerator/{name}": "it did not run" for name in _OF_ACCELERATOR}
        unknown.pop("/accelerator", None)
    else:
        changed["memory"] = {**document["memory"], "metric": "rss"}
        changed["accelerator"] = {**document["accelerator"], "arithmetic": "float32"}
        unknown["/quality"] = "the computer that made the bundle scores the class maps"
    return {**document, **changed, "unknown": unknown}
