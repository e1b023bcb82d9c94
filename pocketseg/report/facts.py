"""What the report derives from rows: mIoU deltas, spread, fronts by point values, and sentences about them."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from benchmark.device import noise
from benchmark.repeats import earlier, scored_on
from benchmark.verdict import SPEED_NOT_KNOWN, Verdict, of_reason
from benchmark.where import PHONES, plain
from benchmark.where import where as place_of
from pocketseg.core.types import BenchmarkRow
from pocketseg.report.photo_sets import PhotoSets, photos

_LONGEST_SYSTEM = 120
LOSS_POINTS = 2.0  # of mIoU: a quantised file that loses more is said plainly
NOT_A_PHONE = "Host latency is not phone latency."
_TO_BE_MEASURED = "; `pocketseg doctor` measures it"


def title(row: BenchmarkRow) -> str:
    """Return the name of a row: its model, target and recipe."""
    return f"{row.model} {row.target} {row.recipe}"


def score_name(rows: Sequence[BenchmarkRow]) -> str:
    """Return the name of the rows' mIoU: `val mIoU` if it was measured on validation photos, as in a sweep."""
    return "val mIoU" if {row.split for row in rows if row.miou is not None} == {"val"} else "mIoU"


def has_tests(rows: Sequence[BenchmarkRow]) -> bool:
    """Return whether some rows also have a score on test photos, besides the score by which they are compared."""
    return any(row.test_miou is not None for row in rows)


def by_model(rows: Sequence[BenchmarkRow]) -> dict[str, list[BenchmarkRow]]:
    """Group rows by model; models and rows keep the order in which they first appear."""
    groups: dict[str, list[BenchmarkRow]] = {}
    for row in rows:
        groups.setdefault(row.model, []).append(row)
    return groups


def baseline(
    row: BenchmarkRow, rows: Sequence[BenchmarkRow], fp32_miou: Mapping[str, float] | None = None
) -> float | None:
    """Return the mIoU that a row is compared with, 0 to 1.

    fp32_miou: mIoU of the fp32 networks by model. A row of another model is compared with the fp32 file of its model
    and target, scored on the same photos.
    """
    if fp32_miou and row.model in fp32_miou:
        return fp32_miou[row.model]
    found = fp32_file(row, rows)
    return None if found is None or found is row else found.miou


def fp32_file(row: BenchmarkRow, rows: Sequence[BenchmarkRow]) -> BenchmarkRow | None:
    """Return the fp32 file of a row's model and target, scored on the same photos; it may be the row itself.

    It comes from the row's own device, where all computers count as one device. Of several candidates, those with the
    row's very device and accelerator are preferred, then those of its own run, then the latest.
    """
    found = [r for r in rows if r.recipe == "fp32" and r.miou is not None and _scored_alike(r, row)]
    near = [r for r in found if _device_of_scores(r) == _device_of_scores(row)]
    before, run = earlier(near), row.record.partition("/")[0]

    def distance(other: BenchmarkRow) -> tuple[bool, bool, bool]:
        return place_of(other) != place_of(row), other.record.partition("/")[0] != run, id(other) in before

    return min(near, key=distance, default=None)


def _device_of_scores(row: BenchmarkRow) -> object:
    place = place_of(row)
    return None if place is None or place.kind in ("host", "reference") else place.device


def _scored_alike(a: BenchmarkRow, b: BenchmarkRow) -> bool:
    of_a, of_b = (
        (row.model, row.target, row.data, row.data_hash, row.split, row.photos) for row in (a, b)
    )  # fmt: skip
    if of_a != of_b or None in (a.document, b.document):
        return of_a == of_b
    return scored_on(a) == scored_on(b)


def delta_points(
    row: BenchmarkRow, rows: Sequence[BenchmarkRow], fp32_miou: Mapping[str, float] | None = None
) -> float | None:
    """Return a row's mIoU minus its baseline's, in points (hundredths); None for the baseline itself."""
    base = baseline(row, rows, fp32_miou)
    return None if base is None or row.miou is None else 100 * (row.miou - base)


def losses(
    rows: Sequence[BenchmarkRow],
    fp32_miou: Mapping[str, float] | None = None,
    named: Callable[[BenchmarkRow], str] = title,
) -> list[str]:
    """Return a sentence for each w8a8 file that loses more than LOSS_POINTS of mIoU against its fp32 file.

    named: returns the name of a row.
    """
    found, before = [], earlier(rows)
    for row in rows:
        if id(row) in before:
            continue
        delta, base = delta_points(row, rows, fp32_miou), baseline(row, rows, fp32_miou)
        if row.precision.startswith("w8a8") and delta is not None and delta < -LOSS_POINTS:
            found.append(
                f"{named(row)} loses {-delta:.1f} points of mIoU against its fp32 ({base:.4f} to {row.miou:.4f})."
            )
    return found


def cv(row: BenchmarkRow) -> float | None:
    """Return the coefficient of variation in a row's record, as a ratio; None if the record has none.

    Without a record it is computed from all latencies, or None for fewer than two.
    """
    if row.document is not None:
        found = row.document["statistics"]
        return None if found is None else found["cv"]
    if len(row.latencies_ms) < 2:
        return None
    mean = statistics.fmean(row.latencies_ms)
    return statistics.stdev(row.latencies_ms) / mean if mean > 0 else None


def pareto(rows: Sequence[BenchmarkRow], cost: str = "p50_ms") -> list[BenchmarkRow]:
    """Return the rows that no other beats in both mIoU and cost (`p50_ms` or `size_bytes`), the cheapest first.

    It compares point values, because it is meant for rows without records, which have no intervals.
    """
    front: list[BenchmarkRow] = []
    has_both = is_timed if cost == "p50_ms" else is_sized
    costs = [(getattr(row, cost), -(row.miou or 0.0), i) for i, row in enumerate(rows) if has_both(row)]
    for _, _, index in sorted(costs):
        if not front or (rows[index].miou or 0.0) > (front[-1].miou or 0.0):
            front.append(rows[index])
    return front


def is_timed(row: BenchmarkRow) -> bool:
    """Return whether a row has both a score and a latency."""
    return row.status == "ok" and row.miou is not None and row.p50_ms is not None and row.p50_ms > 0


def is_sized(row: BenchmarkRow) -> bool:
    """Return whether a row has both a score and a size."""
    return row.status == "ok" and row.miou is not None and bool(row.size_bytes)


def reasons(
    rows: Sequence[BenchmarkRow], named: Callable[[BenchmarkRow], str] = title
) -> list[tuple[str, str, list[str]]]:
    """Return each pair of status and reason of rows without a result once, with the names of the rows that have it."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.status != "ok":
            found.setdefault((row.status, row.reason or "no reason was given"), []).append(named(row))
    return [(status, reason, titles) for (status, reason), titles in found.items()]


def title_of_state(rows: Sequence[BenchmarkRow]) -> str:
    """Return the title of the column that shows `state`."""
    return "Verdict" if any(row.verdict for row in rows) else "Status"


def state(row: BenchmarkRow) -> str:
    """Return a row's verdict, or its status where it has no verdict."""
    return row.verdict if row.status == "ok" and row.verdict else row.status


def verdicts(
    rows: Sequence[BenchmarkRow], named: Callable[[BenchmarkRow], str] = title
) -> list[tuple[str, str, list[str]]]:
    """Return (verdict, reason, names of rows) for measurements that are not VALID, INVALID first.

    Each reason comes with the verdict that it alone would lead to. Reasons that differ only in their figures count as
    one, with the figures of the first. If a command on this computer helps, the reason names it.
    """
    found: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    said = [
        (of_reason(reason, Verdict(row.verdict)).value, _with_remedy(reason, row), row)
        for row in rows
        if row.status == "ok" and row.verdict in ("INVALID", "UNSTABLE")
        for reason in row.verdict_reasons
    ]
    for verdict in ("INVALID", "UNSTABLE"):
        for made, reason, row in said:
            if made == verdict:
                texts, titles = found.setdefault((verdict, re.sub(r"[\d.,]+", "#", reason)), ([], []))
                texts.append(reason)
                titles.append(named(row))
    return [
        (verdict, texts[0] if len(set(texts)) == 1 else f"{texts[0]}, or similar", titles)
        for (verdict, _), (texts, titles) in found.items()
    ]


def _with_remedy(reason: str, row: BenchmarkRow) -> str:
    return f"{reason}{_TO_BE_MEASURED}" if reason == SPEED_NOT_KNOWN and row.kind == "host" else reason


def where(rows: Sequence[BenchmarkRow]) -> list[str]:
    """Return sentences on the machine, threads and photos of the measurements, and on how far their results carry."""
    measured = [row for row in rows if row.status == "ok"]
    if not measured:
        return ["Nothing was measured."]
    machines = {
        (_machine(row), plain(str(row.device.get("cores") or "")), plain(row.device.get("os"), _LONGEST_SYSTEM)): None
        for row in measured
    }
    sentences = [
        f"Measured on {', '.join(part for part in (name, f'{cores} usable cores' if cores else '', system) if part)}."
        for name, cores, system in machines
    ]
    tiles = {row.device.get("matrix_tiles") for row in measured if row.latencies_ms}
    if "left" in tiles:
        sentences.append("Matrix tiles (AMX), which no phone has, were left out.")
    if "used" in tiles:
        sentences.append("Matrix tiles (AMX), which no phone has, may have been used: the system accepts no filter.")
    threads = sorted({row.threads for row in measured if row.threads is not None and row.latencies_ms})
    if threads:
        sentences.append(f"Threads of each runtime: {', '.join(map(str, threads))}.")
    sentences += PhotoSets(measured).sentences()
    for count, data in {(row.test_photos, row.data): None for row in measured if row.tested_at}:
        times = sorted(
            row.tested_at for row in measured if row.tested_at and (row.test_photos, row.data) == (count, data)
        )
        when = times[0] if times[0] == times[-1] else f"{times[0]} to {times[-1]}"
        sentences.append(
            f"test mIoU over {photos(count, 'test', data)}: only files on a front, each scored once "
            f"({when}); no file was chosen by it."
        )
    unjudged = [row.device for row in measured if "busy_cores" in row.device and not row.verdict]
    busiest = max(unjudged, key=_load, default=None)
    doubt = noise(busiest) if busiest else None
    if doubt:
        sentences.append(f"{doubt[0].upper()}{doubt[1:]}.")
    labels = {
        (row.runtime, plain(str(row.device["label"]), _LONGEST_SYSTEM)): None
        for row in measured
        if row.device.get("label")
    }
    sentences += [f"{runtime}: {label}." for runtime, label in labels]
    return [*sentences, *([NOT_A_PHONE] if any(row.kind not in PHONES for row in measured) else [])]


def _machine(row: BenchmarkRow) -> str:
    """Return the name of a row's device: a phone's own name, or a computer's processor."""
    place = place_of(row)
    if place is not None and place.kind in PHONES:
        return replace(place, accelerator="").text
    return plain(row.device.get("cpu"), _LONGEST_SYSTEM) or "an unnamed processor"


def _load(device: Mapping[str, object]) -> float:
    return float(str(device["busy_cores"]))
