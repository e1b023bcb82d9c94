"""The test photos without a look-alike, by thresholds from pairs of training photos that were judged by eye."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pocketseg.core.errors import DataError
from pocketseg.data.photos import PhotoSet, Pixels, read_image
from pocketseg.data.split import Split
from scripts.test_and_validation import descriptor, kept
from scripts.test_and_validation.descriptor import Described

RECALL_WEIGHT = 2.0  # of the F measure: a look-alike that stays costs more than a photo that is left out for nothing
ALIKE = "alike"
RULE = (
    "a test photo is left out if the similarity of its backdrop or its outfit to that of a training, validation or "
    "unlabelled photo that may be used reaches the threshold; the descriptor is in scripts/test_and_validation"
)
Score = Callable[[Described, Described], descriptor.Array]
KINDS: Mapping[str, Score] = {"backdrop": descriptor.backdrop, "outfit": descriptor.outfit}
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A threshold, and how well it separates the judged pairs. recall: of the alike pairs that were judged."""

    value: float
    precision: float
    recall: float
    alike: int
    judged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Photos:
    """Descriptions of photos. parts: of each photo: train, val, test or unlabelled."""

    ids: tuple[str, ...]
    parts: tuple[str, ...]
    described: Described

    def of(self, *parts: str) -> tuple[list[str], Described]:
        """Return the ids and descriptions of some parts."""
        places = [k for k, part in enumerate(self.parts) if part in parts]
        return [self.ids[k] for k in places], _subset(self.described, places)


def open_described(photos: PhotoSet, split: Split, progress: Progress) -> Photos:
    """Read and describe the split's photos, and the unlabelled ones that training may use."""
    part_of = {i: part for part in ("train", "val", "test") for i in split.ids(part)}
    part_of |= {i: "unlabelled" for i in photos.unlabelled_ids if i not in split.never}
    ids = tuple(part_of)
    small: list[Pixels] = []
    for photo_id in ids:
        small.append(descriptor.reduced(read_image(photos.image_path(photo_id))))
        progress(len(small), len(ids))
    parts = tuple(part_of.values())
    mean = descriptor.edge_mean([s for s, part in zip(small, parts, strict=True) if part == "train"])
    return Photos(ids=ids, parts=parts, described=descriptor.describe(small, mean))


def judged_scores(photos: Photos, kind: str) -> tuple[list[tuple[float, bool]], float]:
    """Return the score of each judged pair of training photos and whether it is alike, and where judging ends.

    The latter is the highest score of a pair that was not judged.
    """
    ids, described = photos.of("train")
    place = {i: k for k, i in enumerate(ids)}
    scores = KINDS[kind](described, described)
    left = np.triu(np.ones(scores.shape, bool), 1)
    found = []
    for pair, said in kept.read(kept.JUDGED)[kind].items():
        a, b = sorted(place[i] for i in pair.split())
        left[a, b] = False
        found.append((round(float(scores[a, b]), 4), said == ALIKE))
    return found, round(float(scores[left].max()), 4)


def choose(scores: Sequence[tuple[float, bool]], above: float = -np.inf) -> Threshold:
    """Return the threshold with the best F measure over judged pairs; ties go to the higher one.

    above: thresholds are higher than this, as some pairs at it were not judged. Raises DataError where no pair is.
    """
    alike = sum(same for _, same in scores)
    best: tuple[float, float, float, float] | None = None
    for value in sorted({score for score, same in scores if same and score > above}, reverse=True):
        taken = [same for score, same in scores if score >= value]
        precision, recall = sum(taken) / len(taken), sum(taken) / alike
        weight = RECALL_WEIGHT**2
        measure = (1 + weight) * precision * recall / (weight * precision + recall)
        if best is None or measure > best[0]:
            best = measure, value, precision, recall
    if best is None:
        raise DataError("no pair above where judging ends was judged alike", hint="judge more pairs")
    return Threshold(
        value=best[1], precision=round(best[2], 4), recall=round(best[3], 4), alike=alike, judged=len(scores)
    )


def nearest(photos: Photos, part: str, *others: str) -> dict[str, dict[str, tuple[str, float]]]:
    """Return for each photo of a part and each kind of similarity the nearest photo of others, and its score."""
    ids, described = photos.of(part)
    other_ids, other = photos.of(*others)
    found: dict[str, dict[str, tuple[str, float]]] = {i: {} for i in ids}
    for kind, score in KINDS.items():
        scores = score(described, other)
        for photo_id, k, row in zip(ids, scores.argmax(1).tolist(), scores, strict=True):
            found[photo_id][kind] = other_ids[k], round(float(row[k]), 4)
    return found


def strict(photos: Photos, split: Split) -> dict[str, Any]:
    """Return the content of a strict file: the rule, thresholds, the test photos that stay and those that do not."""
    thresholds = {kind: choose(*judged_scores(photos, kind)) for kind in KINDS}
    beside = nearest(photos, "test", "train", "val", "unlabelled")
    part_of = dict(zip(photos.ids, photos.parts, strict=True))
    left_out: dict[str, dict[str, Any]] = {}
    for photo_id in split.ids("test"):
        for kind, (other, score) in beside[photo_id].items():
            if score >= thresholds[kind].value and photo_id not in left_out:
                left_out[photo_id] = {"beside": other, "of": part_of[other], "kind": kind, "score": score}
    return {
        "schema_version": 1,
        "split": split.name,
        "split_hash": split.hash,
        "rule": RULE,
        "thresholds": {kind: asdict(found) for kind, found in thresholds.items()},
        "test": [i for i in split.ids("test") if i not in left_out],
        "left_out": left_out,
    }


def _subset(described: Described, places: Sequence[int]) -> Described:
    rows = np.array(places, int)
    return Described(
        edges=described.edges[rows], mirrored_edges=described.mirrored_edges[rows], layout=described.layout[rows],
        mirrored_layout=described.mirrored_layout[rows], colours=described.colours[rows], outfit=described.outfit[rows],
    )  # fmt: skip
