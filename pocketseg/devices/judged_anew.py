"""A device's record with everything computed here that can be: scores from
its class maps, statistics from its runs, verdict.

What the device itself concluded is kept only where it knows more: what it observed around its runs that speaks against
them, and a golden check that failed there. Reasons that follow from runs and class maps come only from here.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmark.accuracy import Score
from benchmark.checks import EndToEnd, Golden
from benchmark.findings import golden_entry, scores_of, times_of
from benchmark.looks import seen
from benchmark.method import Turn, best_of, statistics_of
from benchmark.origin import strange
from benchmark.repeats import is_clock_right
from benchmark.samples import turns_of
from benchmark.verdict import Conditions, Verdict, is_of_figures, of_reason, of_untimed, verdict
from benchmark.yardstick import Reading
from pocketseg.core.bundle import Bundle, decoded_map
from pocketseg.core.errors import BundleError, RecordError
from pocketseg.data.photos import Pixels
from pocketseg.devices.golden import GoldenMaps
from pocketseg.devices.results import now, read_map

_LIKE = 1e-3  # relative; a device's own figures that are further from ours come of another rule
_COMPARED = ("p50_ms", "p50_low_ms", "p50_high_ms", "p90_ms", "p99_ms", "miou")
_ANEW = ("/golden", "/quality", "/statistics")  # whose nulls have new reasons
_NUMBERS = re.compile(r"[0-9][0-9.,]*")
_NOT_TIMED = "an evaluator's speed means nothing, so it was not timed"


def judged_anew(document: Mapping[str, Any], path: Path, bundle: Bundle, note: Callable[[str], None]) -> dict[str, Any]:
    """Return a record with its class maps scored and its figures computed here, not yet sealed.

    Args:
        path: of the record, beside its class maps.
        note: called with a sentence where the device's figures differ.

    Raises:
        BundleError, RecordError: where a class map is missing, damaged, or not of its photo.
    """
    imported = {"at": now(), "seal": document["seal"]}
    if not is_clock_right(document["run"]["started_at"], imported["at"]):
        note(f"{path}: the device's clock said {document['run']['started_at']}, ours {imported['at']}; both are kept")
    if document["status"] != "ok":
        return {**_without_claims(document), "imported": imported}
    unknown = {e: why for e, why in document["unknown"].items() if not _is_anew(e)}
    place = bundle.content["job"]["runs"][document["bundle"]["run"]]["artifact"]
    golden, score, agreements = _scored(document, path.parent, bundle, place)
    quality, confusions = _quality(score, bundle, unknown)
    turns = turns_of(document)
    threads = int(document["runtime"]["threads"] or 0)
    figures = statistics_of(turns, _best(document, turns), threads)
    not_timed = _NOT_TIMED if document["kind"] == "reference" else ""
    statistics = {
        **times_of(figures, turns, [EndToEnd(**sample) for sample in document["end_to_end"]], unknown, not_timed),
        **scores_of(None if confusions is None else (bundle.content["classes"], confusions), unknown),
    }
    conditions = _conditions(document, golden)
    said, reasons = of_untimed(conditions) if not_timed else _timed(document, verdict(figures, conditions))
    said, reasons = _with_its_own(document, said, reasons)
    for sentence in (*_other_figures(document["statistics"] or {}, statistics), *_other_words(document, golden, said)):
        note(f"{path}: {sentence}; the value computed here is used")
    photos = [
        {**photo, "agreement": agreement}
        for photo, agreement in zip(document["bundle"]["photos"], agreements, strict=True)
    ]
    return {
        **document,
        "golden": golden_entry(golden, unknown),
        "quality": quality,
        "statistics": statistics,
        "verdict": said.value,
        "verdict_reasons": list(reasons),
        "bundle": {**document["bundle"], "photos": photos},
        "imported": imported,
        "unknown": unknown,
    }


def _without_claims(document: Mapping[str, Any]) -> dict[str, Any]:
    """Remove from the record of a file that did not run whatever only a run can yield."""
    why = f"the file {'was refused' if document['status'] == 'refused' else 'failed'}"
    unknown = {e: said for e, said in document["unknown"].items() if not _is_anew(e) and not e.startswith("/bundle/")}
    absent = dict.fromkeys(("golden", "quality", "statistics"))
    photos = [{**photo, "map_sha256": None, "agreement": None} for photo in document["bundle"]["photos"]]
    of_photos = ("/bundle/photos/*/map_sha256", "/bundle/photos/*/agreement")
    return {
        **document,
        **absent,
        "end_to_end": [],
        "bundle": {**document["bundle"], "photos": photos},
        "unknown": {**unknown, **dict.fromkeys((*(f"/{name}" for name in absent), *of_photos), why)},
    }


def _is_anew(entry: str) -> bool:
    return any(entry == start or entry.startswith(f"{start}/") for start in _ANEW)


def _scored(document: Mapping[str, Any], folder: Path, bundle: Bundle, place: int) -> tuple[Golden, Score, list[float]]:
    """Score the class maps against labels and the fp32 network, and run the golden check."""
    content = bundle.content
    accelerator = document["accelerator"] or {}
    obtained = accelerator.get("obtained")
    arithmetic = accelerator.get("arithmetic", "float32" if obtained == "cpu" else None)
    if arithmetic == "int8" and content["golden"][place]["arithmetic"] != "int8":
        arithmetic = None  # floats are not computed in 8 bits, whatever is said
    check = GoldenMaps(bundle, place, obtained, arithmetic)
    score = Score(tuple(content["classes"]))
    network = content["golden"][place]["network_maps"]
    agreements = []
    for number, (photo, said) in enumerate(zip(content["photos"], document["bundle"]["photos"], strict=True)):
        found = _class_map(folder, str(said["map_sha256"]), (photo["height_px"], photo["width_px"]), content)
        agreements.append(check.add(number, found))
        wanted = None if network is None else bundle.class_map(network[number], number)
        if photo["label"] is not None:
            label = bundle.class_map(photo["label"], number)
            score.add(found, label, wanted, (photo["original_sha256"], photo["label_sha256"]))
        elif wanted is not None:
            score.compare(found, wanted)
    golden, its_own = check.golden(), document["golden"] or {}
    if golden.status == "passed" and its_own.get("status") == "failed":
        golden = dataclasses.replace(golden, status="failed", reason=its_own["reason"])
    return golden, score, agreements


def _class_map(folder: Path, name: str, size_px: tuple[int, int], content: Mapping[str, Any]) -> Pixels:
    where = f"class map {folder / 'maps' / name}.runs"
    found = decoded_map(read_map(folder, name), size_px, where)
    if int(found.max()) >= len(content["classes"]):
        raise BundleError(
            f"{where} names class {int(found.max())} of {len(content['classes'])}", hint="run the bundle again"
        )
    return found


def _quality(
    score: Score, bundle: Bundle, unknown: dict[str, str]
) -> tuple[dict[str, Any] | None, list[list[list[int]]] | None]:
    """Return the record's quality and each photo's confusion matrix; None where no photo has a label."""
    if not score.photos:
        unknown["/quality"] = "no photo of the bundle has a label"
        return None, None
    if score.argmax_agreement is None:
        unknown["/quality/argmax_agreement"] = "the network that it was made from was not at hand"
    data = bundle.content["data"]
    quality = {
        "data": data["name"],
        "split": data["split"],
        "data_hash": data["hash"],
        "classes": list(bundle.content["classes"]),
        "photos": [dataclasses.asdict(photo) for photo in score.photos],
        "argmax_agreement": score.argmax_agreement,
    }
    return quality, [photo.confusion for photo in score.photos]


def _best(document: Mapping[str, Any], turns: list[Turn]) -> Reading:
    best = (document["yardstick"] or {}).get("best")
    return Reading(integer_ms=best["integer_ms"], memory_ms=best["memory_ms"]) if best else best_of(turns)


def _conditions(document: Mapping[str, Any], golden: Golden) -> Conditions:
    """Return the conditions that the verdict needs, as the record states them."""
    state = document["state"]
    accelerator, others = document["accelerator"], document["conditions"] or {}
    looked_at = [turn["device"] for turn in document["turns"] if "device" in turn]
    found = seen(state["start"], looked_at, state["end"])
    return Conditions(
        best_known=bool((document["yardstick"] or {}).get("best")),
        **{name: others.get(name) for name in (
            "others_before", "others_during", "others_after", "stolen", "swapped_bytes",
        )},
        **dataclasses.asdict(found),
        debug_build=document["program"]["build_type"] == "debug",
        debugger=document["program"].get("debugger"),
        simulator=document["device"].get("simulator"),
        test=document["program"].get("launch") == "test",
        accelerator_asked=accelerator["asked"] if accelerator else "cpu",
        accelerator_obtained=accelerator["obtained"] if accelerator else None,
        golden=golden.status,
        golden_reason=golden.reason,
    )  # fmt: skip


def _timed(document: Mapping[str, Any], judged: tuple[Verdict, tuple[str, ...]]) -> tuple[Verdict, tuple[str, ...]]:
    """Add to a verdict what in the record shows that its times are not of a device of its kind."""
    said, reasons = judged
    return (Verdict.INVALID, (*found, *reasons)) if (found := strange(document)) else (said, reasons)


def _with_its_own(
    document: Mapping[str, Any], said: Verdict, reasons: tuple[str, ...]
) -> tuple[Verdict, tuple[str, ...]]:
    """Keep the reasons that the device found against its measurement and we did not: it may know more."""
    order = (Verdict.VALID, Verdict.UNSTABLE, Verdict.INVALID)
    if document["verdict"] is None:
        raise RecordError("a record with status ok has no verdict", hint="update the app")
    ours = {_NUMBERS.sub("", reason) for reason in reasons}  # the same reason, whatever its numbers
    own = [
        reason
        for reason in document["verdict_reasons"]
        if not is_of_figures(reason) and _NUMBERS.sub("", reason) not in ours
    ]
    whole = Verdict(document["verdict"])
    return max([said, *(of_reason(reason, whole) for reason in own)], key=order.index), (*reasons, *own)


def _other_figures(its: Mapping[str, Any], ours: Mapping[str, Any]) -> list[str]:
    """Return which of the device's figures differ from those that its own measurements yield."""
    found = []
    for name in _COMPARED:
        a, b = its.get(name), ours[name]
        if a is not None and (b is None or not math.isclose(a, b, rel_tol=_LIKE, abs_tol=_LIKE)):
            found.append(f"the device says {name} {a}, but its measurements give {b}")
    return found


def _other_words(document: Mapping[str, Any], golden: Golden, said: Verdict) -> list[str]:
    """Return where the device's verdict and golden check differ from ours."""
    found = []
    if document["verdict"] != said.value:
        found.append(f"the device says {document['verdict']}, but here it is {said.value}")
    its = (document["golden"] or {}).get("status", "not checked")
    if its != golden.status:
        found.append(f"the device's golden check {_came_out(its)}, but here it {_came_out(golden.status)}")
    return found


def _came_out(status: str) -> str:
    return "was not made" if status == "not checked" else status
