"""Pareto fronts: for each target, device, kind of measurement and photos, the files that no other is shown to beat.

A file leaves the front only if another is shown to be better on one axis and not shown to be worse on the other, where
"shown" means at 95 % confidence over all pairs of the group. A file that cannot be compared stays. A file whose output
changed since export is on no front. Only the latest run of a file counts. Where no file of a target has a latency, as
with an evaluator, the front is over mIoU and size. Rows without records have no intervals: their fronts compare point
values, and are labelled so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmark.ranks import Outcome, Ranks, alike, front, ranks
from benchmark.repeats import earlier
from benchmark.rows import COLUMNS, columns
from benchmark.samples import setting
from benchmark.where import Device, not_of_a_device, plain, where
from pocketseg.core.types import BenchmarkRow
from pocketseg.report.facts import fp32_file, is_sized, is_timed, pareto, score_name, title
from pocketseg.report.files import write_table
from pocketseg.report.numbers import between_mious, between_ms, ms_digits
from pocketseg.report.photo_sets import PhotoSets
from pocketseg.report.places import ABOUT_EARLIER, Places, told_apart

ON_A_FRONT = (
    "A file is on the front unless another file of its target, device and kind of measurement is shown, at 95 % "
    "confidence, to be better on one axis and not shown to be worse on the other."
)
_LONGEST_LABEL = 96
NOT_COUNTED = "On no front, because their latencies do not show the device in normal use"
NO_RANK = "INVALID latencies have no rank"
_NOT_OF_THE_PLACE = ("runtime", "build type", "accelerator")  # of a setting: they differ between files of one device


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The files that can be compared with one another, and their front, the cheapest first.

    They have the same target, device, kind of measurement and photos.

    Attributes:
        device: its name, with what distinguishes it from other groups of that name.
        cost: the field that mIoU is weighed against: `p50_ms`, or `size_bytes` where nothing was timed.
        rows: those that have both mIoU and cost.
        ranks: of the rows, in their order; None where they have no records and the front is by point values.
        moments: number of separate measurements that the latencies come from; above 1, without records, their
            comparison is doubtful.
    """

    target: str
    device: str
    cost: str
    rows: list[BenchmarkRow]
    front: list[BenchmarkRow]
    moments: int
    ranks: Ranks | None = None

    @property
    def is_timed(self) -> bool:
        """Return whether the cost is a latency."""
        return self.cost == "p50_ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """What the files of a group share.

    Attributes:
        photos: mark of the set of photos that they were scored on.
        recorded: whether they have records.
    """

    target: str
    name: str
    device: Device
    kind: str
    threads: int | None
    facts: tuple[tuple[str, str], ...]
    photos: str
    recorded: bool


def groups(rows: Sequence[BenchmarkRow]) -> list[Group]:
    """Group the rows that ran by target, device, kind, threads and photos, in the order in which they first appear.

    Earlier runs of a file are left out.
    """
    found: dict[_Place, list[BenchmarkRow]] = {}
    photos, before = PhotoSets(rows), earlier(rows)
    for row in rows:
        if id(row) not in before and (is_timed(row) or is_sized(row)):
            found.setdefault(_place(row, photos.of(row)), []).append(row)
    names = _names(list(found))
    return [_group(place, name, group) for name, (place, group) in zip(names, found.items(), strict=True)]


def device_name(row: BenchmarkRow) -> str:
    """Return the name of a row's device, or of the evaluator that replaced one."""
    place = where(row)
    if label := plain(row.device.get("label"), _LONGEST_LABEL):
        return label
    if place is None:
        return "an unnamed processor"
    return place.name + place.kind_of_device.removeprefix(place.kind).replace(" ", ", ")


def _place(row: BenchmarkRow, photos: str) -> _Place:
    if row.document is None:
        facts = {"matrix_tiles": row.device.get("matrix_tiles")}
    else:
        facts = {name: value for name, value in setting(row.document).items() if name not in _NOT_OF_THE_PLACE}
    place = where(row)
    return _Place(
        target=row.target,
        name=device_name(row),
        device=() if place is None else place.device,
        kind=row.kind,
        threads=row.threads,
        facts=tuple((name, str(value)) for name, value in facts.items()),
        photos=photos,
        recorded=row.document is not None,
    )


def _names(places: Sequence[_Place]) -> list[str]:
    """Return a name for each place: its device, with what distinguishes it from others of that target and device."""
    names: list[str] = []
    for place in places:
        same = [p for p in places if (p.target, p.name) == (place.target, place.name)]
        parts = [place.name]
        if len({p.kind for p in same}) > 1:
            parts += [place.kind] if place.kind else []
        if len({p.threads for p in same}) > 1:
            count = "an unknown number of" if place.threads is None else place.threads or "its own choice of"
            parts.append(f"{count} thread{'' if place.threads == 1 else 's'}")
        if len({p.photos for p in same}) > 1:
            parts.append(f"{place.photos} photos")
        if len({p.recorded for p in same}) > 1 and not place.recorded:
            parts.append("without records")
        names.append(", ".join(parts))
    keys = [(place.target, name) for place, name in zip(places, names, strict=True)]
    added = told_apart(keys, [dict(place.device) for place in places])
    return [name + more for name, more in zip(names, added, strict=True)]


def _group(place: _Place, name: str, rows: list[BenchmarkRow]) -> Group:
    timed = [row for row in rows if is_timed(row)]
    cost, own = ("p50_ms", timed) if timed else ("size_bytes", rows)
    moments = len({str(row.device.get("timed_at", "")) for row in timed})
    out = {at for at, row in enumerate(own) if timed and not_of_a_device(row)}
    if not place.recorded:
        best = pareto([row for at, row in enumerate(own) if at not in out], cost)
        return Group(target=place.target, device=name, cost=cost, rows=own, front=best, moments=moments)
    found = ranks(own, cost)
    on_it = front(replace(found, broken=found.broken | out))  # such times drive no file off, whatever they say
    best = sorted((own[at] for at in on_it), key=lambda row: (getattr(row, cost), -(row.miou or 0.0)))
    return Group(target=place.target, device=name, cost=cost, rows=own, front=best, moments=moments, ranks=found)


def broken_files(group: Group) -> list[BenchmarkRow]:
    """Return the files that are on no front because their output changed since export."""
    return [group.rows[place] for place in sorted(group.ranks.broken)] if group.ranks else []


def not_counted(group: Group, called: Callable[[BenchmarkRow], str]) -> list[str]:
    """Return the names of files whose latencies do not show the device in normal use, each with the reason.

    Such files are on no front of latency.
    """
    found = [(row, not_of_a_device(row)) for row in group.rows if group.is_timed]
    return [f"{called(row)}{'' if why in called(row) else f': {why}'}" for row, why in found if why]


def without_records(rows: Sequence[BenchmarkRow]) -> str:
    """Return the reason why rows without records show no difference."""
    if any(row.record for row in rows):
        return "no intervals of differences: the records of these rows are not beside them"
    return "no intervals: measured before records were kept"


def fronts(rows: Sequence[BenchmarkRow]) -> dict[tuple[str, str], list[BenchmarkRow]]:
    """Return the front of each (target, device) that was timed, the fastest first; groups in the order of the rows."""
    return {(group.target, group.device): group.front for group in groups(rows) if group.is_timed}


def write_fronts(path: Path, rows: Sequence[BenchmarkRow]) -> Path:
    """Write the fronts' rows with their device, atomically: the columns of results.csv and `device`."""
    lines = ({"device": device, **columns(row)} for (_, device), front in fronts(rows).items() for row in front)
    return write_table(path, ("device", *COLUMNS), lines)


def fronts_table(rows: Sequence[BenchmarkRow]) -> str:
    """Return the fronts as text, one line per file; if intervals decide a front, an explanation follows."""
    lines, score, found = [], score_name(rows), [group for group in groups(rows) if group.is_timed]
    for group in found:
        by_points = "" if group.ranks else f", by point values ({without_records(group.rows)})"
        lines.append(f"\nfront of {group.target} on {group.device}{by_points}:")
        lines += [] if group.front else ["  no file: none of these latencies shows the device in normal use"]
        places = Places(group.rows)
        for row in group.front:
            ran = place.accelerator if places.shown and (place := where(row)) is not None else ""
            test = "" if row.test_miou is None else f"  test mIoU {row.test_miou:.4f}"
            time = f"{row.p50_ms:9.{ms_digits(row.p50_ms)}f} ms{_bracketed(between_ms(row), 20)}"
            lines.append(
                f"  {time}  {score} {row.miou:.4f}{_bracketed(between_mious(row), 0)}{test}  "
                f"{(row.size_bytes or 0) / 1e6:6.2f} MB  {row.model} {row.recipe}{f' ({ran})' if ran else ''}"
            )
    if any(group.ranks for group in found):
        lines += ["", ON_A_FRONT]
    return "\n".join(lines)


def _bracketed(between: str, width: int) -> str:
    return f" {f'({between})':{width}}" if between else ""


def notes(found: Sequence[Group], places: Places | None = None) -> list[str]:
    """Return sentences on neighbours in rank that show no difference, and on rows that cannot show any.

    places: of all rows in the report (default: of those in the groups).
    """
    said = []
    places = places or Places([row for group in found for row in group.rows])
    in_words = {
        name: parts for name, axis in (("mIoU", "miou"), ("p50", "p50_ms"))
        if (parts := [text for group in found if (text := _alike(group, axis, places))])
    }  # fmt: skip
    if in_words:
        listed = "; ".join(f"{name}: {', '.join(texts)}" for name, texts in in_words.items())
        said.append(f"No difference shown (≈) between neighbours in rank. {listed}.")
    if any(row.verdict == "INVALID" for group in found if group.is_timed for row in group.rows):
        said.append(f"{NO_RANK}.")
    if broken := [places.title(row) for group in found for row in broken_files(group)]:
        said.append(f"On no front, because the output is not what it was at export: {', '.join(broken)}.")
    if out := [text for group in found for text in not_counted(group, places.title)]:
        said.append(f"{NOT_COUNTED}: {', '.join(out)}.")
    if places.earlier:
        said.append(ABOUT_EARLIER)
    if without := [row for group in found if group.ranks is None for row in group.rows]:
        rows = f"{len(without)} row{'' if len(without) == 1 else 's'}"
        said.append(f"{rows} compared only by point values ({without_records(without)}).")
    return said


def not_told_from_fp32(found: Sequence[Group], fp32_miou: Mapping[str, float] | None = None) -> set[int]:
    """Return the ids of rows whose mIoU is not shown to differ from the mIoU of the fp32 file of their target.

    fp32_miou: as in facts.baseline; rows of the models in it are compared with no file and left out.
    """
    same = set()
    for group in found:
        places = {id(row): place for place, row in enumerate(group.rows)}
        for place, row in enumerate(group.rows) if group.ranks else ():
            base = fp32_file(row, group.rows)
            if base is None or base is row or row.model in (fp32_miou or {}):
                continue
            if group.ranks and group.ranks.miou[place, places[id(base)]].outcome is Outcome.NOT_SHOWN:
                same.add(id(row))
    return same


def _alike(group: Group, axis: str, places: Places) -> str:
    """Return the neighbours of a group that show no difference in mIoU or p50, as text; empty if there are none."""
    if group.ranks is None or (axis == "p50_ms" and not group.is_timed):
        return ""
    sign = -1 if axis == "miou" else 1
    ranked = [place for place, row in enumerate(group.rows) if axis == "miou" or row.verdict != "INVALID"]
    order = sorted(ranked, key=lambda place: sign * float(getattr(group.rows[place], axis) or 0.0))
    runs = alike(order, group.ranks.miou if axis == "miou" else group.ranks.cost)
    if runs and len(runs[0]) == len(order) > 2:
        on = f" on {group.device}" if places.shown or places.photos.shown else ""
        return f"all {len(order)} of {group.target}{on}"
    return ", ".join(_chain([group.rows[place] for place in run], places) for run in runs)


def _chain(rows: Sequence[BenchmarkRow], places: Places) -> str:
    """Return the names of rows joined by `≈`; an ending that all of them share is written once."""
    called = list(map(places.title, rows))
    ending = called[0].removeprefix(title(rows[0]))
    if any(name != f"{title(row)}{ending}" for name, row in zip(called, rows, strict=True)):
        return " ≈ ".join(called)
    return f"{' ≈ '.join(map(title, rows))}{ending}"
