"""All figures of the page, from kept files alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from pocketseg.core.errors import DataError
from pocketseg.core.metrics import Counts
from pocketseg.data.formats.ccp import SAME_SCENE
from pocketseg.data.split import COMMITTED, STRICT, Split, read_split, stratum
from pocketseg.training.scores import CONFIDENCE, ROUNDS, SEED, bootstrap, iou
from scripts.test_and_validation import explained, gaps, kept
from scripts.test_and_validation.gaps import Scored, Values, interval
from scripts.test_and_validation.look_alikes import ALIKE

SPLIT = COMMITTED / "ccp.json"


def results() -> dict[str, Any]:
    """Return everything, as plain values. Raises DataError where kept files do not fit the split."""
    split, networks = read_split(SPLIT), kept.networks()
    scored, facts = read(split, networks), _facts(split)
    strict = kept.read(SPLIT.with_name(f"{SPLIT.stem}{STRICT}.json"))
    found, drawn = gaps.gap(scored), gaps.drawn_gaps(scored)
    kinds = dict(zip((*scored.val_ids, *scored.test_ids), [k for part in _strata(scored) for k in part], strict=True))
    divided = gaps.chance(scored, kinds, SAME_SCENE)
    return {
        "split_hash": split.hash,
        "photos": {part: len(split.ids(part)) for part in kept.PARTS},
        "networks": list(scored.networks),
        "bootstrap": {"rounds": ROUNDS, "seed": SEED, "confidence": CONFIDENCE},
        "miou": {name: {part: _own(scored, part)[k] for part in kept.PARTS} for k, name in enumerate(scored.networks)},
        "gap": {
            n: {"value": float(found[k]), "interval": interval(drawn[:, k])} for k, n in enumerate(scored.networks)
        },
        "mean_gap": {"value": float(found.mean()), "interval": interval(drawn.mean(1))},
        "agreement": _agreement(drawn),
        "chance": {
            "spread": float(divided.std()),
            "most": float(np.quantile(np.abs(divided), CONFIDENCE)),
            "as_large": float((np.abs(divided) >= abs(found.mean())).mean()),
            "as_large_upward": float((divided >= found.mean()).mean()),
        },
        "classes": _classes(scored),
        "properties": _medians(facts, scored),
        "explained": _explained(scored, facts),
        "optimism": {name: explained.optimism(n.epochs, n.epoch_of_best) for name, n in networks.items()},
        "few_photos": _few(scored),
        "strict": _strict(scored, strict),
        "judged": {kind: strict["thresholds"][kind] for kind in strict["thresholds"]} | {"test": _judged_test(strict)},
        "given": _given(scored, {name: n.sha256 for name, n in networks.items()}),
    }


def read(split: Split, found: Mapping[str, kept.Network]) -> Scored:
    """Return the kept scores of all networks, in the split's order. Raises DataError."""
    if not found:
        raise DataError("no scores are kept", hint="run the command score")
    matrices: dict[str, list[Counts]] = {part: [] for part in kept.PARTS}
    for name, network in found.items():
        for part in kept.PARTS:
            by_id = {p.id: p.confusion for p in network.scores[part].photos} if part in network.scores else {}
            if set(by_id) != set(split.ids(part)):
                raise DataError(f"the kept scores of {name} are not over the {part} photos of split {split.name}")
            matrices[part].append(np.stack([by_id[i] for i in split.ids(part)]))
    classes = next(iter(found.values())).scores["val"].classes
    return Scored(
        networks=tuple(found), classes=classes, val_ids=split.ids("val"), test_ids=split.ids("test"),
        val=np.stack(matrices["val"]), test=np.stack(matrices["test"]),
    )  # fmt: skip


def _facts(split: Split) -> dict[str, dict[str, dict[str, float]]]:
    content = kept.read(kept.FACTS)
    if content.get("split_hash") != split.hash:
        raise DataError(f"{kept.FACTS} is of another split", hint="run the command look-alikes")
    found: dict[str, dict[str, dict[str, float]]] = content["photos"]
    return found


def _own(scored: Scored, part: str) -> list[float]:
    matrices = scored.val if part == "val" else scored.test
    return [float(v) for v in gaps.mious(matrices, gaps.ones(matrices.shape[1]))[0]]


def _agreement(drawn: Values) -> float | None:
    """Return the mean correlation of the networks' resampled gaps; None for a single network."""
    if drawn.shape[1] < 2:
        return None
    table = np.corrcoef(drawn.T)
    return float(table[np.triu_indices(len(table), 1)].mean())


def _classes(scored: Scored) -> dict[str, Any]:
    """Return each class's gap in IoU and share of pixels, means over networks."""
    generator = np.random.default_rng(SEED)
    val = gaps.whole_and_draws(len(scored.val_ids), ROUNDS, generator)
    test = gaps.whole_and_draws(len(scored.test_ids), ROUNDS, generator)
    differences = (iou(gaps.summed(scored.test, test)) - iou(gaps.summed(scored.val, val))).mean(1)
    shares = {
        part: matrices[0].sum(0).sum(1) / matrices[0].sum()
        for part, matrices in (("val", scored.val), ("test", scored.test))
    }
    return {
        name: {
            "gap": float(differences[0, k]),
            "interval": interval(differences[1:, k]),
            **{f"{part}_share": float(shares[part][k]) for part in kept.PARTS},
        }
        for k, name in enumerate(scored.classes)
    }


def _strata(scored: Scored) -> tuple[list[str], list[str]]:
    """Return the stratum of each photo: the garment classes that its label holds."""
    found = []
    for matrices in (scored.val[0], scored.test[0]):
        found.append([stratum(np.flatnonzero(m.sum(1)).tolist()) for m in matrices])
    return found[0], found[1]


def _columns(facts: dict[str, dict[str, dict[str, float]]], scored: Scored, *names: str) -> tuple[Values, Values]:
    """Return properties of validation and test photos, photos,names; the largest of several joined by +."""

    def one(photo: dict[str, float], name: str) -> float:
        if name == "pixels":
            return photo["height_px"] * photo["width_px"]
        return max(photo[part] for part in name.split("+"))

    def of(part: str, ids: Sequence[str]) -> Values:
        return np.array([[one(facts[part][i], n) for n in names] for i in ids])

    return of("val", scored.val_ids), of("test", scored.test_ids)


MEASURED = {
    "person_share": "share of the photo that the person fills",
    "person_height": "height of the person, as a share of the photo's",
    "pixels": "pixels of the photo",
    "train_backdrop": "similarity of the backdrop to the nearest training photo",
    "train_backdrop+unlabelled_backdrop": "similarity of the backdrop to the nearest training or unlabelled photo",
    "train_outfit+unlabelled_outfit": "similarity of the outfit to the nearest training or unlabelled photo",
}


def _medians(facts: dict[str, dict[str, dict[str, float]]], scored: Scored) -> dict[str, Any]:
    """Return the median of each property in both parts."""
    found = {}
    for name in MEASURED:
        val, test = _columns(facts, scored, name)
        found[name] = {"val": float(np.median(val)), "test": float(np.median(test))}
    return found


def _explained(scored: Scored, facts: dict[str, dict[str, dict[str, float]]]) -> dict[str, Any]:
    val_kinds, test_kinds = _strata(scored)
    found = {
        "class_pixels": explained.same_classes(scored),
        "classes_worn": explained.weighted(scored, explained.in_kinds(val_kinds, test_kinds)),
    }
    for name in MEASURED:
        val, test = _columns(facts, scored, name)
        found[name] = explained.weighted(scored, explained.in_fifths(val[:, 0].tolist(), test[:, 0].tolist()))
    val, test = _columns(facts, scored, *MEASURED)
    kinds = sorted({*val_kinds, *test_kinds})
    worn = [np.array([[kind == k for k in kinds] for kind in part], float) for part in (val_kinds, test_kinds)]
    together = explained.by_odds(np.concatenate((val, worn[0]), 1), np.concatenate((test, worn[1]), 1))
    found["together"] = explained.weighted(scored, together, rounds=500)
    return {name: asdict(entry) for name, entry in found.items()}


def _few(scored: Scored) -> dict[str, Any]:
    """Return how few validation photos carry the gap: those that lower the mean mIoU most, until it closes."""
    count = len(scored.val_ids)
    whole = gaps.ones(count)
    target = float(gaps.mious(scored.test, gaps.ones(len(scored.test_ids)))[0].mean())
    without = gaps.mious(scored.val, np.repeat(whole, count, 0) - np.eye(count)).mean(1)
    order = np.argsort(-without, kind="stable")
    kept_photos = whole.copy()
    for number, place in enumerate(order, start=1):
        kept_photos[0, place] = 0
        if float(gaps.mious(scored.val, kept_photos)[0].mean()) >= target:
            return {"photos": number, "of": count, "ids": [scored.val_ids[k] for k in order[:number].tolist()]}
    return {"photos": None, "of": count, "ids": []}


def _strict(scored: Scored, strict: dict[str, Any]) -> dict[str, Any]:
    """Return each network's mIoU on the strict subset and on the photos left out, and what the subset changes."""
    inside = np.isin(scored.test_ids, strict["test"]).astype(float)
    generator = np.random.default_rng(SEED)
    drawn = gaps.whole_and_draws(len(inside), ROUNDS, generator)
    everything, kept_photos = gaps.mious(scored.test, drawn), gaps.mious(scored.test, drawn * inside)
    own = [bootstrap(matrices[inside > 0]).mean(1) for matrices in scored.test]  # the intervals that cards have
    rest = gaps.mious(scored.test, drawn * (1 - inside))
    change = (kept_photos - everything).mean(1)
    return {
        "photos": int(inside.sum()),
        "of": len(inside),
        "left_out_beside": {
            part: sum(entry["of"] == part for entry in strict["left_out"].values())
            for part in ("train", "val", "unlabelled")
        },
        "networks": {
            n: {
                "miou": float(kept_photos[0, k]),
                "interval": interval(own[k]),
                "left_out": float(rest[0, k]),
            }
            for k, n in enumerate(scored.networks)
        },
        "change": {"value": float(change[0]), "interval": interval(change[1:])},
    }


def _judged_test(strict: dict[str, Any]) -> dict[str, int]:
    """Return how the thresholds did on the test photos that were looked at after they had been chosen."""
    judged = kept.read(kept.JUDGED)["test"]
    out = strict["left_out"]
    alike = {pair.split()[0]: said == ALIKE for pair, said in judged.items()}
    return {
        "looked_at": len(alike),
        "left_out": sum(i in out for i in alike),
        "left_out_alike": sum(same and i in out for i, same in alike.items()),
        "kept_alike": sum(same and i not in out for i, same in alike.items()),
    }


def _given(scored: Scored, today: Mapping[str, str]) -> dict[str, Any] | None:
    """Return how far test and validation photos stand from scores that were given for other photos of the same weights;
    None where there are none of today's. today: the networks' weights, by their sha256.

    `same`: the probability that three sets of photos of one kind differ so much, by a chi-squared test of homogeneity
    with two degrees of freedom. The other photos are assumed to scatter as those of both parts do.
    """
    given = kept.read(kept.GIVEN)
    known = [k for k, n in enumerate(scored.networks) if n in given["miou"] and given["sha256"][n] == today[n]]
    if not known:
        return None
    generator = np.random.default_rng(SEED)
    means, variances, a_photo = [], [], []
    for matrices in (scored.val, scored.test):
        count = matrices.shape[1]
        means.append(float(gaps.mious(matrices, gaps.ones(count))[0, known].mean()))
        drawn = gaps.mious(matrices, gaps.draws(count, ROUNDS, generator))[:, known].mean(1)
        variances.append(float(drawn.var()))
        a_photo.append(variances[-1] * count)
    means.append(float(np.mean([given["miou"][scored.networks[k]] for k in known])))
    variances.append(float(np.mean(a_photo)) / given["photos"])
    found: dict[str, Any] = {
        "photos": given["photos"],
        "miou": {scored.networks[k]: given["miou"][scored.networks[k]] for k in known},
    }
    for place, part in enumerate(kept.PARTS):
        difference, half = means[place] - means[2], 1.96 * float(np.sqrt(variances[place] + variances[2]))
        found[part] = {"value": difference, "interval": [difference - half, difference + half]}
    weights = 1 / np.array(variances)
    centre = (weights * means).sum() / weights.sum()
    found["same"] = float(np.exp(-(weights * (np.array(means) - centre) ** 2).sum() / 2))
    return found
