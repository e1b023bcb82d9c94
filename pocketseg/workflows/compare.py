"""Compare networks on the same photos: scores with paired intervals, costs, latencies, photos they differ on."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

import compress
import export
import models
from benchmark.engine import measure
from benchmark.entry import Entry
from benchmark.photos import ScoredPhotos, photos_hash
from pocketseg.artifacts.produce import Produced
from pocketseg.artifacts.request import Request
from pocketseg.artifacts.side_by_side import produce_all
from pocketseg.core.cache import Cache
from pocketseg.core.errors import PocketSegError, UsageError
from pocketseg.core.types import BenchmarkRow, ModelSpec, Recipe
from pocketseg.data.calibration import open_calibration
from pocketseg.data.mapping import check_classes
from pocketseg.data.photos import Pixels, read_pair
from pocketseg.data.seen import Overlap
from pocketseg.inference import predict
from pocketseg.report.gallery import GalleryPhoto
from pocketseg.report.trained import trained
from pocketseg.report.verdict import cautions, verdict
from pocketseg.training.paired import difference, most_different
from pocketseg.training.scores import Scores
from pocketseg.training.signal_inputs import inputs_for
from pocketseg.workflows.compared_scores import score_missing
from pocketseg.workflows.times_apart import times_apart

_NOTHING = models.Given()
TARGET, PRECISION = "onnx", "fp32"  # the file that is timed: one converter that takes every network
GALLERY_PHOTOS = 8

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A network to compare. name: unique among them. ref, given: how it was asked for."""

    name: str
    ref: str
    loaded: models.Loaded
    given: models.Given


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The result. content: every number, as in compare.json. gallery: the photos on which the networks differ most."""

    content: dict[str, Any]
    gallery: list[GalleryPhoto]


def open_candidates(refs: Sequence[str], data: ScoredPhotos, given: models.Given = _NOTHING) -> list[Candidate]:
    """Open the networks, and refuse what cannot be compared before any work.

    Refused are fewer than two networks, one given twice, classes other than the data's, and a network that takes
    signals which the data was not opened with. given: what the user says of each network whose file does not say it
    itself. Raises UsageError, UnknownNameError, CheckpointError.
    """
    if len(refs) < 2:
        raise UsageError("a comparison needs at least two models", hint="give names or weights files, e.g. A B")
    each = models.given_each(refs, given)
    opened = [models.open_any_model(ref, own) for ref, own in zip(refs, each, strict=True)]
    for place, loaded in enumerate(opened):
        check_classes(refs[place], loaded.spec.classes, data.name, data.photos.classes)
        inputs_for(loaded.name, loaded.input_signals, data.signals)
        for before, other in zip(refs, opened[:place], strict=False):
            if other.sha256 == loaded.sha256:
                raise UsageError(f"{before} and {refs[place]} are the same weights", hint="give each model once")
    names = models.told_apart([m.name for m in opened], [m.source for m in opened])
    return [
        Candidate(
            name=name,
            ref=ref,
            # class_0, class_1... are the data's
            loaded=dataclasses.replace(loaded, spec=dataclasses.replace(loaded.spec, classes=data.photos.classes)),
            given=own,
        )
        for name, ref, loaded, own in zip(names, refs, opened, each, strict=True)
    ]


def compare(
    candidates: Sequence[Candidate],
    data: ScoredPhotos,
    out: Path,
    cache: Cache,
    *,
    seen: Sequence[Overlap] = (),
    threads: int | None = 1,
    progress: Progress = lambda what, done, total: None,
) -> Comparison:
    """Score all networks, time them in one interleaved run, and return the comparison.

    Scores are kept in OUT/scores, so an interrupted comparison resumes; latencies are measured again.

    Args:
        seen: which of the photos each network was trained on, in order.
        threads: for the timed files; None leaves latencies out.

    Raises:
        DataError, StorageError.
    """
    of_photos = photos_hash(data)
    scores = [score_missing(c.name, c.loaded, data, out / "scores", of_photos, progress) for c in candidates]
    latency, timed, rows = _latencies(candidates, cache, threads, progress)
    content: dict[str, Any] = {
        "schema_version": 1,
        "data": {
            "name": _data_name(data),
            "split": data.split,
            "split_hash": data.hash or None,
            "photos": len(data.ids),
            "photos_hash": of_photos,
        },
        "classes": list(data.photos.classes),
        "models": [
            {**_facts(c), "scores": s.summary(data.split, data.hash), "latency": t}
            for c, s, t in zip(candidates, scores, timed, strict=True)
        ],
        "photos": [
            {"id": i, "miou": dict(zip([c.name for c in candidates], values, strict=True))}
            for i, values in zip(data.ids, zip(*(s.photo_mious() for s in scores), strict=True), strict=True)
        ],
        "pairs": [
            {
                "first": candidates[a].name,
                "second": candidates[b].name,
                **difference(scores[a], scores[b]),
                "latency": times_apart(rows.get(a), rows.get(b), len(candidates)),
            }
            for a in range(len(candidates))
            for b in range(a + 1, len(candidates))
        ],
        "latency": latency,
    }
    for model, found in zip(content["models"], seen, strict=False):
        model["seen_photos"] = {**found.to_json(), "note": found.note}
    content["verdict"] = verdict(content)
    content["cautions"] = cautions(content, latency["noise"])
    return Comparison(content=content, gallery=_gallery(candidates, scores, data, progress))


def _data_name(data: ScoredPhotos) -> str:
    """Return the data's format and folder name, without the full path: a page that is passed on needs none."""
    kind, _, place = data.name.partition(":")
    if not place:
        return f"the {kind} sample"
    folder = data.photos.root.resolve().name
    return kind if folder == kind else f"{kind}:{folder}"


def _facts(candidate: Candidate) -> dict[str, Any]:
    loaded = candidate.loaded
    return {
        "name": candidate.name,
        "ref": candidate.ref,
        "network": loaded.spec.name,
        "sha256": loaded.sha256,
        "height_px": loaded.spec.height_px,
        "width_px": loaded.spec.width_px,
        "mean_rgb": list(loaded.spec.mean_rgb),
        "std_rgb": list(loaded.spec.std_rgb),
        "assumed": loaded.assumed,
        "parameters": sum(p.numel() for p in loaded.module.parameters()),
        "weights_bytes": loaded.source.stat().st_size,
        "gmacs": gmacs(loaded.module, loaded.spec),
        **({"input_signals": list(loaded.input_signals)} if loaded.input_signals else {}),
        "training": trained(loaded.source, loaded.sha256, loaded.spec.name, loaded.metadata),
    }


def gmacs(network: nn.Module, spec: ModelSpec) -> float:
    """Return the multiply-adds of convolutions and matrix products for one photo at the input size, in 1e9."""
    return float(compress.measured(network, spec)["multiply_adds"]) / 1e9


def _latencies(
    candidates: Sequence[Candidate], cache: Cache, threads: int | None, progress: Progress
) -> tuple[dict[str, Any], list[dict[str, Any]], dict[int, BenchmarkRow]]:
    """Export every network to one target and time the files in one run.

    Returns the rows of the files that could be made, by the candidate's index, and for the others the reason.
    """
    facts: dict[str, Any] = {"target": TARGET, "precision": PRECISION, "threads": threads, "device": {}, "noise": []}
    if threads is None:
        return facts, [_untimed("not asked for", "")] * len(candidates), {}
    timed: list[dict[str, Any]] = []
    entries: dict[int, Entry] = {}
    runtime = str(export.facts(TARGET, "RUNTIME"))
    for place, outcome in enumerate(_converted(candidates, cache, progress)):
        if isinstance(outcome, PocketSegError):
            timed.append(_untimed("failed", f"the {TARGET} file could not be made: {outcome.message}"))
        else:
            timed.append({})
            entries[place] = Entry(artifact=outcome.artifact, path=outcome.file, runtime=runtime)
    rows = measure(list(entries.values()), threads=threads, cache=cache, progress=progress, warn=facts["noise"].append)
    for place, row in zip(entries, rows, strict=True):
        facts["device"] = {k: v for k, v in row.device.items() if k != "first_run_ms"} or facts["device"]
        timed[place] = _untimed(row.status, row.reason) | {
            "p50_ms": row.p50_ms,
            "p50_low_ms": row.p50_low_ms,
            "p50_high_ms": row.p50_high_ms,
            "p90_ms": row.p90_ms,
            "latencies_ms": list(row.latencies_ms),
            "runtime": row.runtime_version,
            "verdict": row.verdict,
            "verdict_reasons": list(row.verdict_reasons),
        }
    return facts, timed, dict(zip(entries, rows, strict=True))


def _converted(candidates: Sequence[Candidate], cache: Cache, progress: Progress) -> list[Produced | PocketSegError]:
    """Export every network to the target, two at a time; one that cannot be made has its error in its place."""
    calibration, finished = open_calibration(), itertools.count(1)
    requests = [
        Request(
            model=candidate.ref, target=TARGET, recipe=Recipe(precision=PRECISION), calibration=calibration,
            given=candidate.given,
        )
        for candidate in candidates
    ]  # fmt: skip
    opened = [
        models.open_any_model(candidate.ref, candidate.given) for candidate in candidates
    ]  # with their own classes
    progress("converting", 0, len(candidates))
    return produce_all(requests, cache, opened, done=lambda *_: progress("converting", next(finished), len(candidates)))


def _untimed(status: str, reason: str) -> dict[str, Any]:
    return {
        "status": status, "reason": reason, "p50_ms": None, "p50_low_ms": None, "p50_high_ms": None, "p90_ms": None,
        "latencies_ms": [], "runtime": "", "verdict": "", "verdict_reasons": [],
    }  # fmt: skip


def _gallery(
    candidates: Sequence[Candidate], scores: Sequence[Scores], data: ScoredPhotos, progress: Progress
) -> list[GalleryPhoto]:
    chosen, found = most_different(list(scores), GALLERY_PHOTOS), []
    for photo_id in chosen:
        image, label = read_pair(data.photos, photo_id)
        masks = {c.name: _mask(c, data, photo_id, image) for c in candidates}
        found.append(GalleryPhoto(photo_id=photo_id, image=image, label=label, masks=masks))
        progress("painting", len(found), len(chosen))
    return found


def _mask(candidate: Candidate, data: ScoredPhotos, photo_id: str, image: Pixels) -> Pixels:
    """Return a network's class map of one photo, H,W uint8."""
    spec = candidate.loaded.spec
    inputs = inputs_for(candidate.name, candidate.loaded.input_signals, data.signals)
    more = None if inputs is None else inputs.maps(photo_id, spec.height_px, spec.width_px)
    return predict(candidate.loaded.module, spec, image, more)
