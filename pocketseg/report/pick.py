"""Picks the file to ship: the best within the limits, others that are not shown to be worse, and what is doubtful."""

from __future__ import annotations

import shlex
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.ranks import Comparison, Outcome, compare_latency, compare_miou
from benchmark.repeats import earlier, scored_on
from benchmark.samples import sample, setting
from benchmark.where import not_of_a_device, where
from pocketseg.core.errors import UnknownNameError, UsageError
from pocketseg.core.types import BenchmarkRow
from pocketseg.report.facts import is_timed
from pocketseg.report.numbers import between_mious, between_ms
from pocketseg.report.pareto import device_name
from pocketseg.report.photo_sets import photos
from pocketseg.report.places import Places


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The limits that a file must keep: largest p50 in ms, smallest mIoU (0 to 1), largest size in MB (1e6 bytes)."""

    max_p50_ms: float | None = None
    min_miou: float | None = None
    max_mb: float | None = None

    @property
    def by_miou(self) -> bool:
        """Return whether to choose the best mIoU, because time or size is limited, instead of the fastest file."""
        return self.max_p50_ms is not None or self.max_mb is not None

    @property
    def by_time(self) -> bool:
        """Return whether latencies take part in the choice."""
        return self.max_p50_ms is not None or not self.by_miou

    def limits(self) -> list[_Limit]:
        """Return the limits that were asked for."""
        asked = (
            ("p50_ms", self.max_p50_ms, 1.0, -1, "a p50 of at most {:g} ms", "{:.2f} ms"),
            ("miou", self.min_miou, 1.0, 1, "an mIoU of at least {:g}", "{:.4f}"),
            ("size_bytes", self.max_mb, 1e6, -1, "a size of at most {:g} MB", "{:.2f} MB"),
        )
        return [
            _Limit(field=name, value=value, unit=unit, sign=sign, says=says.format(value), shows=shows)
            for name, value, unit, sign, says, shows in asked
            if value is not None
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limit:
    field: str
    value: float
    unit: float
    sign: int  # 1: more is better
    says: str
    shows: str

    def of(self, row: BenchmarkRow) -> float | None:
        found = getattr(row, self.field)
        return None if found is None else found / self.unit

    def spare(self, row: BenchmarkRow) -> float:
        """Return by how much a row keeps the limit: negative if it does not, -inf if it was not measured."""
        found = self.of(row)
        return float("-inf") if found is None else self.sign * (found - self.value)

    def reached_across(self, row: BenchmarkRow) -> str:
        """Return a warning if a row keeps the limit but its interval reaches across it; else an empty text."""
        worst, between = {
            "p50_ms": (row.p50_high_ms, f"{between_ms(row)} ms"),
            "miou": (row.miou_low, between_mious(row)),
        }.get(self.field, (None, ""))
        if worst is None or self.sign * (worst / self.unit - self.value) >= 0:
            return ""
        return f"its 95 % interval, {between}, reaches across the limit: not shown to have {self.says}"


def on_one_device(rows: Sequence[BenchmarkRow], asked: str = "") -> list[BenchmarkRow]:
    """Return the rows of the one device that files are chosen for; an evaluator counts only where nothing else ran.

    asked: the device's name, a part of it, or the text of the column `where`, which may also choose one accelerator.
    Raises UsageError if several devices fit, UnknownNameError if none does.
    """
    places = Places(rows)
    engines = [row for row in rows if row.status == "ok" and (place := where(row)) and place.kind != "reference"]
    among = engines or [row for row in rows if row.status == "ok"]
    found = _asked_for(asked, rows, places) if asked else among
    devices = {places.device(row): None for row in found}
    if asked and not found:
        raise UnknownNameError("device in these results", asked, tuple(places.devices.values()))
    if len(devices) > 1:
        choices = [f"--on {shlex.quote(name)}" for device, name in places.devices.items() if device in devices]
        raise UsageError(
            f"these results come from {len(devices)} devices, but a file is chosen for one", hint=f"give {_or(choices)}"
        )
    return found if asked else [row for row in rows if places.device(row) in devices] if devices else list(rows)


def device_words(row: BenchmarkRow, rows: Sequence[BenchmarkRow]) -> list[str]:
    """Return the options that select a row's device in `pick`; empty if there is only one device."""
    places = Places(rows)
    device = places.device(row)
    return ["--on", places.devices[device]] if len(places.devices) > 1 and device is not None else []


def _asked_for(asked: str, rows: Sequence[BenchmarkRow], places: Places) -> list[BenchmarkRow]:
    """Return the rows whose device's name is the text or, if there are none, those whose device's name contains it."""
    texts = {id(row): [places.of(row), places.devices.get(places.device(row) or (), "")] for row in rows}
    own = [row for row in rows if asked.casefold() in (text.casefold() for text in texts[id(row)])]
    return own or [row for row in rows if any(asked.casefold() in text.casefold() for text in texts[id(row)])]


def _or(choices: Sequence[str]) -> str:
    return ", ".join(choices[:-1]) + (" or " if choices[:-1] else "") + "".join(choices[-1:])


def pick(rows: Sequence[BenchmarkRow], wanted: Wanted) -> tuple[BenchmarkRow | None, str]:
    """Choose among the rows that ran; return the row and the reason.

    If time or size is limited, the best mIoU wins, else the fastest file. If no row keeps all limits, the row is None,
    and the reason tells which limit cannot be kept and by how much. Rows that `left_aside` names, and earlier runs of a
    file, are never chosen. Raises UsageError if latencies would decide between files of several devices, kinds of
    measurement or numbers of threads.
    """
    ran, limits = _candidates(rows, wanted), wanted.limits()
    if not any(row.status == "ok" for row in rows):
        return None, "none of these files ran: " + "; ".join(
            dict.fromkeys(row.reason for row in rows)
        ) if rows else "no file"
    if not ran:
        why = "; ".join(dict.fromkeys(filter(None, map(not_of_a_device, rows))))
        return None, f"none of these latencies shows the device in normal use: {why}"
    if wanted.by_time:
        _need_one_place(ran)
    fit = _fitting(ran, limits)
    if fit:
        if not wanted.by_miou:
            best = min(fit, key=lambda r: (r.p50_ms is None, r.p50_ms or 0.0, r.size_bytes or 0))
            return best, "the fastest that keeps it" if best.p50_ms is not None else "the smallest that keeps it"
        best = min(fit, key=lambda r: (-(r.miou or 0.0), r.p50_ms or 0.0, r.size_bytes or 0))
        return best, "the only one that keeps it" if len(fit) == 1 else f"the best mIoU of {len(fit)} that keep it"
    said = [_impossible(ran, limit) for limit in limits if all(limit.spare(row) < 0 for row in ran)]
    return None, " ".join(said) or _not_together(ran, limits)


def not_told_apart(chosen: BenchmarkRow, rows: Sequence[BenchmarkRow], wanted: Wanted) -> list[BenchmarkRow]:
    """Return the other rows within the limits that are not shown to be worse, in mIoU or latency, than the chosen row.

    Shown: at 95 % confidence over all pairs of the files within the limits. Rows without records are left out, since
    they show nothing.
    """
    fit = _fitting(_candidates(rows, wanted), wanted.limits())
    pairs = len(fit) * (len(fit) - 1) // 2
    own = sample(chosen)

    def against(row: BenchmarkRow) -> Comparison:
        compare = compare_miou if wanted.by_miou else compare_latency
        return compare(own, sample(row), pairs=pairs)

    if own.document is None or not (wanted.by_miou or is_timed(chosen)):
        return []
    return [
        row
        for row in fit
        if row is not chosen and row.document is not None and against(row).outcome is Outcome.NOT_SHOWN
    ]


def doubts(chosen: BenchmarkRow, wanted: Wanted) -> list[str]:
    """Return the doubts about a chosen row: its verdict, and limits that its intervals reach across."""
    found = []
    if chosen.verdict not in ("", "VALID"):
        found.append(f"its measurement is {chosen.verdict}: {'; '.join(chosen.verdict_reasons)}")
    return found + [said for limit in wanted.limits() if (said := limit.reached_across(chosen))]


def flatters(rows: Sequence[BenchmarkRow]) -> str:
    """Return a warning if rows were scored on photos that must not decide a choice; empty for validation photos.

    Raises UsageError for scores on several parts of the data, which cannot be compared.
    """
    splits = sorted({row.split for row in rows if row.status == "ok" and row.miou is not None})
    if len(splits) > 1:
        raise UsageError(
            f"these results hold scores on {' and '.join(splits)} photos, which cannot be compared",
            hint="pass the results of one sweep or one benchmark",
        )
    if splits == ["test"]:
        return (
            "these scores are of test photos, and a choice made on test photos flatters: the chosen file's mIoU is too "
            "high to report. A sweep, or `benchmark --split val`, gives validation scores to choose by"
        )
    if splits and splits != ["val"]:
        photos = "training photos" if splits == ["train"] else "photos with training photos among them"
        return f"these scores may be of {photos}, and so optimistic: choose on validation photos, as a sweep does"
    return ""


def left_aside(rows: Sequence[BenchmarkRow]) -> str:
    """Name the rows that are left aside because most rows were scored on other photos; empty if there are none."""
    own, others = _by_photos(rows)
    if not others:
        return ""
    sets = {scored_on(row): photos(row.photos, row.split, row.data) for row in others}
    count = "1 row was" if len(others) == 1 else f"{len(others)} rows were"
    rest = photos(own[0].photos, own[0].split, own[0].data)
    return f"{count} scored on other photos ({', '.join(sets.values())}), which cannot be compared with {rest}"


def _by_photos(rows: Sequence[BenchmarkRow]) -> tuple[list[BenchmarkRow], list[BenchmarkRow]]:
    """Split the scored rows by their photos: those on the set with most rows (of equal sets, the one with more photos),
    and the others. Earlier runs of a file are left out."""
    before = earlier(rows)
    sets: dict[Hashable, list[BenchmarkRow]] = {}
    for row in rows:
        if (key := scored_on(row)) is not None and id(row) not in before:
            sets.setdefault(key, []).append(row)
    if not sets:
        return [], []
    best = max(sets, key=lambda key: (len(sets[key]), sets[key][0].photos))
    return sets[best], [row for key, own in sets.items() if key != best for row in own]


def _candidates(rows: Sequence[BenchmarkRow], wanted: Wanted) -> list[BenchmarkRow]:
    """List the rows that ran: the latest run of each file, without those scored on other photos than most.

    Where latencies decide, rows whose latencies do not show the device in normal use are left out too.
    """
    aside = earlier(rows) | {id(row) for row in _by_photos(rows)[1]}
    return [
        row
        for row in rows
        if row.status == "ok" and id(row) not in aside and not (wanted.by_time and not_of_a_device(row))
    ]


def _fitting(ran: Sequence[BenchmarkRow], limits: Sequence[_Limit]) -> list[BenchmarkRow]:
    return [row for row in ran if all(limit.spare(row) >= 0 for limit in limits)]


def _need_one_place(ran: Sequence[BenchmarkRow]) -> None:
    """Raise UsageError if latencies cannot be compared."""
    found: dict[str, dict[Any, None]] = {}
    for row in ran:
        if row.p50_ms is not None:
            known = setting(row.document) if row.document else {"kind": row.kind or None, "threads": row.threads}
            for name, value in {"device": device_name(row), **known}.items():
                if value is not None and name not in ("runtime", "accelerator"):
                    found.setdefault(name, {})[value] = None
    for name, values in found.items():
        if len(values) > 1:
            listed = "" if name == "device (cpu features)" else f" ({', '.join(map(str, values))})"
            raise UsageError(
                f"these latencies cannot be compared, because they differ in {name}{listed}",
                hint="pass the results of one benchmark on one device",
            )


def _impossible(rows: Sequence[BenchmarkRow], limit: _Limit) -> str:
    best = max(rows, key=limit.spare)
    found = limit.of(best)
    if found is None:
        return f"No file has {limit.says}: it was measured for none of them."
    return (
        f"No file has {limit.says}: the nearest is {best.model} {best.recipe} with {limit.shows.format(found)}, "
        f"{limit.shows.format(-limit.spare(best))} off."
    )


def _not_together(rows: Sequence[BenchmarkRow], limits: Sequence[_Limit]) -> str:
    """Tell how far the nearest row misses each limit, among those that keep all others."""
    said = []
    for limit in limits:
        others = [row for row in rows if all(o.spare(row) >= 0 for o in limits if o is not limit)]
        if others and limit.of(best := max(others, key=limit.spare)) is not None:
            said.append(
                f"with the rest kept, the nearest to {limit.says} is {best.model} {best.recipe}, "
                f"{limit.shows.format(-limit.spare(best))} off"
            )
    return "Each limit can be kept, not all at once: " + "; ".join(said or ["no two of them"]) + "."
