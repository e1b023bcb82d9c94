"""Two runs side by side: what is shown to be better or worse in the second, file by file, and what is not."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketseg.api._common import PathLike

if TYPE_CHECKING:
    from benchmark.ranks import Comparison
    from benchmark.samples import Sample
    from pocketseg.api._same_files import Key
    from pocketseg.core.types import BenchmarkRow

_HINT = "take two runs with the same photos and input size, and on one device with the same build type and threads"
_WAS = {"ok": "ran", "refused": "was refused", "failed": "failed"}
_ONCE = "it is measured once a run"  # so that the spread between two runs is unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One axis of a file.

    Attributes:
        axis: mIoU, p50_ms, size_bytes, load_ms or peak_rss_bytes.
        first, second: as measured.
        comparison: of the second run with the first; its difference is B's mIoU minus A's, or B's cost divided by A's.
    """

    axis: str
    first: float | None
    second: float | None
    comparison: Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDiff:
    """A file that both runs have.

    Attributes:
        name: model, recipe, target and output, and where it was measured; the latter is empty where the runs do not
            need it to tell their files apart.
        changes: empty where it did not run in both.
        better, worse: in words, what is shown besides the axes: that it ran, that its output matched its export.
        notes: why either measurement is not VALID, and differences that do not prevent comparing the runs.
    """

    name: Key
    changes: tuple[Change, ...] = ()
    better: str = ""
    worse: str = ""
    notes: tuple[str, ...] = ()

    def shown(self, outcome: str) -> list[str]:
        """Return what is shown `better` or `worse` in the second run: axes, and findings in words."""
        found = [change.axis for change in self.changes if change.comparison.outcome.value == outcome]
        said = self.better if outcome == "better" else self.worse
        return [*found, *([said] if said else [])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """Two runs. files: in both, in the first's order. only_first, only_second: names of the others."""

    files: tuple[FileDiff, ...]
    only_first: tuple[Key, ...]
    only_second: tuple[Key, ...]

    @property
    def is_worse(self) -> bool:
        """Return whether anything in the second run is shown to be worse than in the first."""
        return any(file.shown("worse") for file in self.files)

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values."""
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
    """Compare two runs file by file, and return what their records show.

    Files are matched by model, recipe, target and output, and also by device or accelerator where a run has several. Of
    several runs of a file in one folder the latest counts, if possible one on the photos of the other folder; a note
    says so. mIoU and p50 are shown to differ by intervals at 95 % over all files that both runs have; sizes are exact;
    load time and memory are measured once a run, so no difference is shown. Across devices, kinds or accelerators
    scores and sizes are compared, but not times. A file that ran in the first and not in the second, or whose output in
    the second differs from its export, is worse.

    Args:
        first, second: folders of benchmark, sweep or the quick start, or their results.json or records.jsonl.

    Raises:
        UsageError: where the runs differ in photos or input size, on one device in build type or threads, or have no
            file in common.
        DataError: for anything that is not a results file.
        RecordError: for a damaged record.
    """
    from benchmark.samples import sample
    from pocketseg.api._same_files import named_alike, of_the_same_photos, several
    from pocketseg.api._unlike import refusals
    from pocketseg.core.errors import UsageError

    runs_of_a, runs_of_b = named_alike(_read(Path(first)), _read(Path(second)), first, second)
    common = [name for name in runs_of_a if name in runs_of_b]
    if not common:
        raise UsageError(f"{first} and {second} have no file of the same model, recipe, target and output", hint=_HINT)
    chosen = [of_the_same_photos(runs_of_a[name], runs_of_b[name]) for name in common]
    pairs = [(a, b, sample(a), sample(b)) for a, b in chosen]
    if other := refusals(pairs):
        raise UsageError(f"{first} (A) and {second} (B) cannot be compared: {'; '.join(other)}", hint=_HINT)
    files = [
        replace(file, notes=(*several(runs_of_a[name], "A"), *several(runs_of_b[name], "B"), *file.notes))
        for name, pair in zip(common, pairs, strict=True)
        for file in [_file(name, *pair, len(common))]
    ]
    return Diff(
        files=tuple(files),
        only_first=tuple(name for name in runs_of_a if name not in runs_of_b),
        only_second=tuple(name for name in runs_of_b if name not in runs_of_a),
    )


def _read(place: Path) -> list[BenchmarkRow]:
    """Return a run's rows. Raises UsageError, DataError."""
    from benchmark.rows import read_results, read_rows, row_of
    from pocketseg.core.errors import UsageError
    from pocketseg.core.record import RECORDS, read_records

    names = ("results.json", "rows.jsonl", RECORDS)
    path = next((place / name for name in names if (place / name).is_file()), place)
    if not path.is_file():
        what = f"holds none of {', '.join(names)}" if place.is_dir() else "does not exist"
        raise UsageError(f"{place} {what}", hint="name the --out folder of benchmark, sweep or quickstart")
    if path.suffix == ".json":
        return read_results(path)
    if path.name == "rows.jsonl":
        return read_rows(path)
    return [row_of(document) for document in read_records(path)]


# ---- what is shown ---------------------------------------------------------------------------------------------------


def _file(name: Key, a: BenchmarkRow, b: BenchmarkRow, of_a: Sample, of_b: Sample, files: int) -> FileDiff:
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


def _named(name: Key) -> Mapping[str, str]:
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
