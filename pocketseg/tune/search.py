"""The search: try recipes until there are enough trials, then choose the winner, score it once, and deliver it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from benchmark.ranks import Outcome
from benchmark.records import Documents
from benchmark.rows import from_json, to_json, with_times_of
from pocketseg.core.errors import DataError, PocketSegError, RefusedError, StorageError, UsageError
from pocketseg.core.files import write_json
from pocketseg.core.outside import read_json
from pocketseg.core.types import BenchmarkRow, Recipe
from pocketseg.tune.study import Study
from pocketseg.tune.trials import Goal, Trial, finalists, misses, shown, write_views

WINNER = "winner"  # folder of the file, and name of what is known of it
SETTINGS = "tune.json"


class Maker(Protocol):
    """Makes and measures files: pocketseg.tune.files.Files."""

    def make(self, recipe: Recipe) -> BenchmarkRow: ...

    def together(self, recipes: Sequence[Recipe]) -> list[BenchmarkRow]: ...

    def test(self, recipes: Sequence[Recipe]) -> list[BenchmarkRow]: ...

    def deliver(self, recipe: Recipe, out: Path) -> Path: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Winner:
    """The cheapest file within the budget.

    row, base: of it and of fp32 on validation photos, with latencies measured side by side where the goal is latency.
    gain: what is shown of its cost against that of fp32; None where a record is missing, so that point values decided.
    alike: recipes of other finalists whose cost is not shown to differ from it. test, test_base: on test photos, None
    where the split has none. tested_at: when these were scored. again: whether that was in an earlier run.
    """

    path: Path
    row: BenchmarkRow
    base: BenchmarkRow
    test: BenchmarkRow | None
    test_base: BenchmarkRow | None
    tested_at: str
    again: bool
    gain: Outcome | None
    alike: tuple[str, ...] = ()


def keep_settings(out: Path, settings: dict[str, Any]) -> None:
    """Write down what a folder's search is for. Raises UsageError where it holds another search."""
    path = out / SETTINGS
    try:
        found = read_json(path)
    except FileNotFoundError:
        write_json(path, settings)
        return
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({error})", hint="give a new --out") from error
    wanted = json.loads(json.dumps(settings))
    if found == wanted:
        return
    other = [k for k in wanted if found.get(k) != wanted[k]] if isinstance(found, dict) else []
    changed = (
        ", ".join(f"{k} {found.get(k)!r}" for k in other if k != "key") or "other code, tools, photos or processor"
    )
    raise UsageError(f"{out} holds a search with {changed}", hint="give another --out, or the same options")


def search(
    study: Study,
    maker: Maker,
    out: Path,
    *,
    trials: int,
    seconds: float | None = None,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
    say: Callable[[str], None] = lambda sentence: None,
) -> list[Trial]:
    """Try recipes until there are `trials` of them, earlier ones included, or the time is over; return all trials.

    A recipe that is refused or fails is a trial that says so. Where that is fp32, against which all others are
    compared, its error is raised. seconds: after them no trial begins.
    """
    began = time.monotonic()
    while (done := len(study.trials())) < trials:
        if seconds is not None and time.monotonic() - began >= seconds:
            say(f"the time limit is reached after {done} trials")
            break
        if (asked := study.ask()) is None:
            say(f"all {done} recipes have been tried")
            break
        handle, recipe = asked
        progress("trials", done, trials)
        try:
            row = maker.make(recipe)
            if study.goal is Goal.LATENCY and row.p50_ms is None:
                raise RefusedError(f"{row.runtime} gives no latency")
            study.measured(handle, recipe, row)
        except StorageError:
            raise
        except PocketSegError as error:
            study.without_file(
                handle, recipe, "refused" if isinstance(error, RefusedError) else "failed", error.message
            )
            if recipe == Recipe():
                raise
        say(sentence(study.trials()[-1], study.goal, study.max_drop))
        write_views(study.trials(), study.max_drop, out)
    found = study.trials()
    write_views(found, study.max_drop, out)
    return found


def sentence(trial: Trial, goal: Goal, max_drop: float) -> str:
    """Return a line on what a trial gave."""
    start = f"trial {trial.number}: {trial.recipe}: "
    if trial.row is None or trial.drop is None:
        return f"{start}{trial.status}: {trial.reason}"
    fits = "fits" if trial.fits(max_drop) else "loses too much"
    return f"{start}{goal.text(trial.row)}, mIoU {trial.row.miou:.4f} ({0 - trial.drop:+.4f}), {fits}"


def finish(
    trials: Sequence[Trial], goal: Goal, max_drop: float, maker: Maker, out: Path, say: Callable[[str], None],
    *, test_photos: str,
) -> Winner | str:  # fmt: skip
    """Choose the winner, deliver it and score it on the test photos, once a file; or say why there is none.

    For latency, the finalists and fp32 are timed again side by side, as the trials were timed at different moments. "No
    gain" is said only where it is shown: for size, which is exact, or by the intervals of the latencies.

    test_photos: hash of the test photos and their labels, which a kept score must match; empty where there are none.
    """
    base = next((t.row for t in trials if t.recipe == "fp32" and t.row is not None), None)
    chosen = [t.row for t in finalists(trials, goal, max_drop) if t.row is not None]
    if base is None or not chosen:
        return misses(trials, goal, max_drop)
    kept, documents = _read(out), Documents(out)
    if goal is Goal.LATENCY:
        base, *chosen = _timed_together([base, *chosen], kept, documents, maker, out, say)
    best = min(chosen, key=lambda row: (goal.cost(row), -(row.miou or 0.0)))
    pairs = len(chosen) * (len(chosen) + 1) // 2  # of the finalists and fp32
    gain = shown(best, base, goal, pairs)
    if gain is not Outcome.BETTER and goal.cost(best) >= goal.cost(base):
        return no_gain(best, base, goal, gain)
    path = maker.deliver(Recipe.parse(best.recipe), out / WINNER)
    said, again = _tested(best, kept, documents, maker, test_photos) if test_photos else (None, False)
    documents.add([best, base])
    _write(out, {**kept, "recipe": best.recipe, "file": str(path), "row": to_json(best), "fp32": to_json(base)})
    alike = (row.recipe for row in chosen if row is not best and shown(best, row, goal, pairs) is Outcome.NOT_SHOWN)
    return Winner(
        path=path, row=best, base=base, test=documents.of(from_json(said["row"])) if said else None,
        test_base=documents.of(from_json(said["fp32"])) if said else None, tested_at=said["at"] if said else "",
        again=again, gain=gain, alike=tuple(alike),
    )  # fmt: skip


def no_gain(best: BenchmarkRow, base: BenchmarkRow, goal: Goal, gain: Outcome | None) -> str:
    """Return a sentence: no file within the budget is cheaper than fp32, or none is shown to be."""
    of_both = (
        f"of the files within the budget the best, {best.recipe}, takes {goal.text(best)}, "
        f"the fp32 file {goal.text(base)}"
    )
    if gain is Outcome.NOT_SHOWN and goal is Goal.LATENCY:
        return f"No gain is shown: {of_both}, and these measurements show no difference between the two."
    return f"Nothing is gained: {of_both}."


def _tested(
    best: BenchmarkRow, kept: dict[str, Any], documents: Documents, maker: Maker, test_photos: str
) -> tuple[dict[str, Any], bool]:
    """Return the scores of a winner and fp32 on test photos, and whether they were kept from before.

    Kept scores of other photos or labels are not used.
    """
    tested = kept.setdefault("tested", {})
    found = tested.get(best.artifact_sha256)
    if found is not None and found.get("photos") == test_photos:
        return found, True
    test, test_base = maker.test([Recipe.parse(best.recipe), Recipe()])
    documents.add([test, test_base])
    now = datetime.now(UTC).isoformat(timespec="seconds")
    said = {"at": now, "photos": test_photos, "row": to_json(test), "fp32": to_json(test_base)}
    tested[best.artifact_sha256] = said
    return said, False


def _timed_together(
    rows: Sequence[BenchmarkRow], kept: dict[str, Any], documents: Documents, maker: Maker, out: Path,
    say: Callable[[str], None],
) -> list[BenchmarkRow]:  # fmt: skip
    """Return rows with latencies measured side by side; for the same files they are not measured again."""
    key = [row.artifact_sha256 for row in rows]
    if kept.get("together", {}).get("files") != key:
        say(f"timing fp32 and {len(rows) - 1} finalists side by side")
        timed = maker.together([Recipe.parse(row.recipe) for row in rows])
        documents.add(timed)
        kept["together"] = {"files": key, "rows": [to_json(row) for row in timed]}
        _write(out, kept)
    found = [documents.of(from_json(row)) for row in kept["together"]["rows"]]
    return [with_times_of(row, new) for row, new in zip(rows, found, strict=True)]


def _read(out: Path) -> dict[str, Any]:
    """Return what is known of a winner; nothing where there is none or the file is damaged."""
    try:
        found = read_json(out / f"{WINNER}.json")
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(out: Path, content: dict[str, Any]) -> None:
    write_json(out / f"{WINNER}.json", content)
