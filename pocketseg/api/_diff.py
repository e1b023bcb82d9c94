"""Two runs side by side: what is shown to be better or worse in the second, file by file, and what is not."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketseg.api._common import PathLike

if TYPE_CHECKING:
    from benchmark.ranks import Comparison
    from benchmark.samples import Sample
    from pocketseg.core.types import BenchmarkRow

_Key = tuple[str, str, str, str, str]
_HINT = "give two runs of the same photos and input size, and on one device of the same build type and threads"
_WAS = {"ok": "ran", "refused": "was refused", "failed": "failed"}
_ONCE = "it is measured once a run"  # so that nothing is known of how far two of them lie apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One axis of a file. axis: mIoU, p50_ms, size_bytes, load_ms or peak_rss_bytes; first, second: as measured.

    comparison: of the second run against the first; its difference is B's mIoU less A's, or B's cost over A's.
    """

    axis: str
    first: float | None
    second: float | None
    comparison: Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDiff:
    """A file that both runs have. name: model, recipe, target and output, and where it was measured, which is empty
    where the runs do not need it to tell their files apart. changes: empty where it did not run in both.

    better, worse: in words what is, beside the axes: that it ran, that its output was what it was at export. notes:
    why either measurement is not VALID, and what differs that does not keep the runs from being compared.
    """

    name: _Key
    changes: tuple[Change, ...] = ()
    better: str = ""
    worse: str = ""
    notes: tuple[str, ...] = ()

    def shown(self, outcome: str) -> list[str]:
        """List what is shown `better` or `worse` in the second run: axes, and what stands in words."""
        found = [change.axis for change in self.changes if change.comparison.outcome.value == outcome]
        said = self.better if outcome == "better" else self.worse
        return [*found, *([said] if said else [])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """Two runs. files: in both, in the first's order. only_first, only_second: names of the others."""

    files: tuple[FileDiff, ...]
    only_first: tuple[_Key, ...]
    only_second: tuple[_Key, ...]

    @property
    def is_worse(self) -> bool:
        """Say whether anything in the second run is shown worse than in the first."""
        return any(file.shown("worse") for file in self.files)

    def to_json(self) -> dict[str, Any]:
        """Give everything as JSON values."""
        return {
            "files": [
                {
                    **_named(file.name),
                    "changes": {change.axis: _change_json(change) for change in file.changes},
                    "better": file.shown("better"),
                    "worse": file.shown("worse"),
                    "notes": list(file.notes),
                }
                for file in self.files
            ],
            "only_in_a": [_named(name) for name in self.only_first],
            "only_in_b": [_named(name) for name in self.only_second],
            "worse": self.is_worse,
        }


def diff(first: PathLike, second: PathLike) -> Diff:
    """Set two runs side by side, file by file, and say what their records show.

    first, second: folders of benchmark, sweep or the quick start, or their results.json or records.jsonl. Files are
    matched by model, recipe, target and output; where a run has them of several devices or accelerators, by that, too.
    mIoU and p50 are shown to differ by intervals at 95 % over all files that both runs have; sizes are exact; load time
    and memory are measured once a run, so that no difference is shown. Of two devices, kinds or accelerators scores and
    sizes are compared, and no times. A file that ran in the first and not in the second, or whose output there is not
    what it was at export, is worse.

    Raises UsageError where the runs are of other photos or another input size, on one device of another build type or
    other threads, or have no file in common; DataError for what is no results file, RecordError for a damaged record.
    """
    from benchmark.samples import sample
    from pocketseg.api._unlike import refusals
    from pocketseg.core.errors import UsageError

    before, after = _named_alike(_read(Path(first)), _read(Path(second)), first, second)
    common = [name for name in before if name in after]
    if not common:
        raise UsageError(f"{first} and {second} have no file of the same model, recipe, target and output", hint=_HINT)
    pairs = [(before[name], after[name], sample(before[name]), sample(after[name])) for name in common]
    if other := refusals(pairs):
        raise UsageError(f"{first} (A) and {second} (B) do not compare: {'; '.join(other)}", hint=_HINT)
    return Diff(
        files=tuple(_file(name, *pair, len(common)) for name, pair in zip(common, pairs, strict=True)),
        only_first=tuple(name for name in before if name not in after),
        only_second=tuple(name for name in after if name not in before),
    )


def _read(place: Path) -> list[BenchmarkRow]:
    """Read a run's rows. Raises UsageError, DataError."""
    from benchmark.rows import read_results, read_rows, row_of
    from pocketseg.core.errors import UsageError
    from pocketseg.core.record import RECORDS, read_records

    names = ("results.json", "rows.jsonl", RECORDS)
    path = next((place / name for name in names if (place / name).is_file()), place)
    if not path.is_file():
        what = f"holds none of {', '.join(names)}" if place.is_dir() else "does not exist"
        raise UsageError(f"{place} {what}", hint="give the --out folder of benchmark, sweep or quickstart")
    if path.suffix == ".json":
        return read_results(path)
    if path.name == "rows.jsonl":
        return read_rows(path)
    return [row_of(document) for document in read_records(path)]


def _named_alike(
    before: Sequence[BenchmarkRow], after: Sequence[BenchmarkRow], first: PathLike, second: PathLike
) -> tuple[dict[_Key, BenchmarkRow], dict[_Key, BenchmarkRow]]:
    """Give two runs' rows by their names, with where they were measured as far as either run needs it: the accelerator
    that was asked, where there are several, and the device. Raises UsageError where a run holds a file twice."""
    from benchmark.where import where
    from pocketseg.core.errors import UsageError
    from pocketseg.report.places import Places

    places = Places([*before, *after])

    def asked(row: BenchmarkRow) -> str:
        place = where(row)
        return "" if place is None else f"{place.asked} asked" if place.asked not in ("", "cpu") else place.asked

    def everywhere(row: BenchmarkRow) -> str:
        device = places.device(row)
        return ", ".join(filter(None, ("" if device is None else places.devices[device], asked(row))))

    def names(rows: Sequence[BenchmarkRow], say: Callable[[BenchmarkRow], str]) -> list[_Key]:
        return [(row.model, row.recipe, row.target, row.output, say(row)) for row in rows]

    for say in (lambda row: "", asked, everywhere):
        keys = names(before, say), names(after, say)
        if all(len(set(own)) == len(own) for own in keys):
            return dict(zip(keys[0], before, strict=True)), dict(zip(keys[1], after, strict=True))
    own, path = (keys[0], first) if len(set(keys[0])) < len(keys[0]) else (keys[1], second)
    twice = next(name for name in own if own.count(name) > 1)
    hint = "give a run that has each file once"
    said = " ".join(filter(None, twice if places.shown else twice[:-1]))
    raise UsageError(f"{path} holds {said} twice", hint=hint)


# ---- what is shown ---------------------------------------------------------------------------------------------------


def _file(name: _Key, a: BenchmarkRow, b: BenchmarkRow, of_a: Sample, of_b: Sample, files: int) -> FileDiff:
    if a.status != "ok" or b.status != "ok":
        was = [_WAS.get(row.status, row.status) for row in (a, b)]
        both = f"it {was[0]} in both" if was[0] == was[1] else f"it {was[0]} in A and {was[1]} in B"
        said = ": ".join(filter(None, (both, b.reason or a.reason)))
        better, worse = a.status != "ok" and b.status == "ok", a.status == "ok" and b.status != "ok"
        notes = () if better or worse else (said,)
        return FileDiff(name=name, better=said if better else "", worse=said if worse else "", notes=notes)
    golden = "its output in {} is not what it was at export"
    return FileDiff(
        name=name,
        changes=tuple(_changes(a, b, of_a, of_b, files)),
        better=golden.format("A") if of_a.golden_failed and not of_b.golden_failed else "",
        worse=golden.format("B") if of_b.golden_failed and not of_a.golden_failed else "",
        notes=tuple(_notes(a, b, of_a, of_b)),
    )


def _changes(a: BenchmarkRow, b: BenchmarkRow, of_a: Sample, of_b: Sample, files: int) -> Iterator[Change]:
    from benchmark.ranks import Comparison, Outcome, compare_across_runs, compare_miou, compare_size
    from pocketseg.api._unlike import other_places

    once = Comparison(outcome=Outcome.NOT_SHOWN, why=_ONCE)
    elsewhere = other_places(a, b, of_a, of_b)
    yield Change(axis="miou", first=a.miou, second=b.miou, comparison=compare_miou(of_b, of_a, pairs=files))
    p50 = compare_across_runs(of_b, of_a, pairs=files)
    if elsewhere:
        p50 = Comparison(outcome=Outcome.NOT_SHOWN, why=elsewhere)
    yield Change(axis="p50_ms", first=a.p50_ms, second=b.p50_ms, comparison=p50)
    size = compare_size(b.size_bytes, a.size_bytes)
    yield Change(axis="size_bytes", first=a.size_bytes, second=b.size_bytes, comparison=size)
    yield Change(axis="load_ms", first=a.load_ms, second=b.load_ms, comparison=once)
    yield Change(axis="peak_rss_bytes", first=a.peak_rss_bytes, second=b.peak_rss_bytes, comparison=once)


def _notes(a: BenchmarkRow, b: BenchmarkRow, of_a: Sample, of_b: Sample) -> Iterator[str]:
    for row, where in ((a, "A"), (b, "B")):
        if row.verdict not in ("", "VALID"):
            yield f"{row.verdict} in {where}: {'; '.join(row.verdict_reasons)}"
    runtimes = of_a.setting.get("runtime"), of_b.setting.get("runtime")
    if None not in runtimes and runtimes[0] != runtimes[1]:
        yield f"the runtime is {runtimes[0]} in A, {runtimes[1]} in B"
    if a.artifact_sha256 and a.artifact_sha256 == b.artifact_sha256:
        yield "it is the same file, byte for byte"


# ---- JSON ------------------------------------------------------------------------------------------------------------


def _named(name: _Key) -> Mapping[str, str]:
    return dict(zip(("model", "recipe", "target", "output", "where"), name, strict=True))


def _change_json(change: Change) -> dict[str, Any]:
    found = change.comparison.difference
    values = {} if found is None else {"difference": found.value, "low": found.low, "high": found.high}
    return {
        "a": change.first,
        "b": change.second,
        **{name: None if (value := values.get(name)) is None or math.isnan(value) else value
           for name in ("difference", "low", "high")},
        "shown": change.comparison.outcome.value,
        "why": change.comparison.why,
    }  # fmt: skip
