"""Tuning: trials that go on after a kill, refusals, budgets that nothing keeps, and a winner that is scored once."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from _commands import Call
from _ranks import measured
from _records import document

import pocketseg.tune.files as tune_files
from benchmark.merged import merged_run
from benchmark.ranks import Outcome
from benchmark.rows import row_of
from pocketseg.cli.tune import _print
from pocketseg.core.cache import ROOT, Cache
from pocketseg.core.errors import ExportError, RefusedError, StorageError, UnknownNameError, UsageError
from pocketseg.core.record import RECORDS, read_record, read_records, record_id, sealed
from pocketseg.core.types import BenchmarkRow, Recipe
from pocketseg.sweep.plan import Sweep, cells
from pocketseg.tune.files import Files
from pocketseg.tune.search import Winner, finish, keep_settings, no_gain, search
from pocketseg.tune.space import Space, space
from pocketseg.tune.study import JOURNAL, Study
from pocketseg.tune.trials import Goal, Trial, finalists, misses

pytest.importorskip("optuna", reason="the extra `tune` is not installed")

SMALL = Space(steps=("prune",), precisions=("fp32", "w8", "w8a8"), most=2)  # nine recipes


def sha_of(recipe: Recipe) -> str:
    return hashlib.sha256(str(recipe).encode()).hexdigest()


class Maker:
    """Make up files: pruning costs mIoU and saves time, w8a8 saves time, w8 is refused; note what was asked for."""

    def __init__(self, noise_ms: float = 0.0, drop: float = 0.04) -> None:
        self.made: list[str] = []
        self.tested: list[list[str]] = []
        self.timed: list[list[str]] = []
        self.noise_ms, self.drop = noise_ms, drop

    def row(self, recipe: Recipe, split: str = "val") -> BenchmarkRow:
        share = float(recipe.steps[0].split(":")[1]) if recipe.steps else 0.0
        time_ms = 10.0 * (1 - share) * (0.5 if recipe.precision == "w8a8" else 1)
        return BenchmarkRow(
            model="m", recipe=str(recipe), target="onnx", precision=recipe.precision, runtime="ort", status="ok",
            split=split, miou=0.6 - self.drop * share - (0.002 if recipe.precision == "w8a8" else 0), p50_ms=time_ms,
            size_bytes=int(1e6 * time_ms), photos=3, artifact_sha256=sha_of(recipe),
        )  # fmt: skip

    def make(self, recipe: Recipe) -> BenchmarkRow:
        self.made.append(str(recipe))
        if recipe.precision == "w8":
            raise RefusedError("no w8 here")
        return self.row(recipe)

    def together(self, recipes: Sequence[Recipe]) -> list[BenchmarkRow]:
        self.timed.append([str(r) for r in recipes])
        return [self.row(r) for r in recipes]

    def test(self, recipes: Sequence[Recipe]) -> list[BenchmarkRow]:
        self.tested.append([str(r) for r in recipes])
        return [self.row(r, "test") for r in recipes]

    def deliver(self, recipe: Recipe, out: Path) -> Path:
        return out / f"{recipe}.onnx"


def run(out: Path, maker: Maker, trials: int, goal: Goal = Goal.LATENCY, max_drop: float = 0.011) -> list[Trial]:
    return search(Study(out, SMALL, goal, max_drop), maker, out, trials=trials)


# ---- the space -------------------------------------------------------------------------------------------------------


def test_the_space_holds_each_recipe_once_and_only_precisions_that_the_target_has() -> None:
    found = space("onnx", ("prune", "distil:topformer_tiny"))
    recipes = [str(r) for r in found.recipes()]
    assert len(recipes) == len(set(recipes)) == 9 * 2 * len(found.precisions)
    assert recipes[0] == "fp32" and "prune:0.3+distil:topformer_tiny+w8a8" in recipes
    assert not any("pal" in r for r in recipes)
    assert all(found.recipe(found.params(r)) == r for r in found.recipes())


@pytest.mark.parametrize(
    ("steps", "kind", "message"),
    [
        (("prnue",), UnknownNameError, "did you mean 'prune'"),
        (("distil",), UsageError, "has no share to search over"),
        (("prune", "prune"), UsageError, "is listed twice"),
    ],
)
def test_steps_that_cannot_be_searched_are_refused(
    steps: tuple[str, ...], kind: type[UsageError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        space("onnx", steps)


# ---- the search ------------------------------------------------------------------------------------------------------


def test_the_plain_precisions_come_first_and_nothing_is_tried_twice(tmp_path: Path) -> None:
    maker = Maker()
    trials = run(tmp_path, maker, 100)
    assert maker.made[:3] == ["fp32", "w8", "w8a8"]
    assert sorted(maker.made) == sorted(str(r) for r in SMALL.recipes())
    assert [t.number for t in trials] == list(range(1, 10))


def test_a_refused_recipe_is_a_trial_with_its_reason_and_a_failed_one_too(tmp_path: Path) -> None:
    class Fails(Maker):
        def make(self, recipe: Recipe) -> BenchmarkRow:
            if recipe.precision == "w8a8":
                raise ExportError("the converter fell over")
            return super().make(recipe)

    trials = run(tmp_path, Fails(), 3)
    assert [(t.recipe, t.status, t.reason) for t in trials] == [
        ("fp32", "ok", ""), ("w8", "refused", "no w8 here"), ("w8a8", "failed", "the converter fell over"),
    ]  # fmt: skip
    with (tmp_path / "trials.csv").open() as stream:
        lines = list(csv.DictReader(stream))
    assert [(r["recipe"], r["status"], r["fits"]) for r in lines][:2] == [("fp32", "ok", "True"), ("w8", "refused", "")]
    rows = [json.loads(line) for line in (tmp_path / "trials.jsonl").read_text().splitlines()]
    assert rows[0]["row"]["miou"] == 0.6 and rows[1]["row"] is None and rows[1]["reason"] == "no w8 here"


def test_without_its_fp32_file_there_is_no_search(tmp_path: Path) -> None:
    class Fails(Maker):
        def make(self, recipe: Recipe) -> BenchmarkRow:
            raise ExportError("no converter")

    with pytest.raises(ExportError, match="no converter"):
        run(tmp_path, Fails(), 3)


def test_a_search_goes_on_where_it_stopped(tmp_path: Path) -> None:
    first, second, third = Maker(), Maker(), Maker()
    run(tmp_path, first, 4)
    assert [t.recipe for t in run(tmp_path, second, 7)] == first.made + second.made
    assert len(second.made) == 3
    run(tmp_path, third, 7)
    assert third.made == []


def test_a_trial_that_the_disk_ended_is_tried_again_and_a_torn_line_does_no_harm(tmp_path: Path) -> None:
    class Full(Maker):
        def make(self, recipe: Recipe) -> BenchmarkRow:
            if recipe.precision == "w8a8":
                raise StorageError("no space")
            return super().make(recipe)

    with pytest.raises(StorageError):
        run(tmp_path, Full(), 5)
    with (tmp_path / JOURNAL).open("a") as stream:
        stream.write('{"op_code": 4, "wor')
    maker = Maker()
    assert [t.recipe for t in run(tmp_path, maker, 3)] == ["fp32", "w8", "w8a8"] and maker.made == ["w8a8"]


def test_a_killed_search_ends_with_each_recipe_once(tmp_path: Path) -> None:
    code = (
        "import sys, time; sys.path[:0] = ['.', 'tests']\n"
        "from pathlib import Path; import test_tune as t\n"
        "class Slow(t.Maker):\n"
        "    def make(self, recipe):\n"
        "        time.sleep(0.3); return super().make(recipe)\n"
        "print('ready', flush=True); t.run(Path(sys.argv[1]), Slow(), 8)\n"
    )
    for _ in range(2):
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        time.sleep(1.0)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    trials = run(tmp_path, Maker(), 8)
    assert len(trials) == 8 == len({t.recipe for t in trials})
    assert len((tmp_path / "trials.jsonl").read_text().splitlines()) == 8


def test_the_time_limit_begins_no_trial_after_it(tmp_path: Path) -> None:
    said: list[str] = []
    found = search(Study(tmp_path, SMALL, Goal.SIZE, 0.01), Maker(), tmp_path, trials=9, seconds=0, say=said.append)
    assert found == [] and said == ["the time limit is reached after 0 trials"]


def test_a_folder_holds_one_search(tmp_path: Path) -> None:
    keep_settings(tmp_path, {"goal": "size", "key": "a"})
    keep_settings(tmp_path, {"goal": "size", "key": "a"})
    with pytest.raises(UsageError, match="holds a search with goal 'size'"):
        keep_settings(tmp_path, {"goal": "latency", "key": "b"})
    with pytest.raises(UsageError, match="other code, tools, photos"):
        keep_settings(tmp_path, {"goal": "size", "key": "b"})


# ---- the winner ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("goal", list(Goal))
def test_the_winner_is_the_cheapest_within_the_budget_and_is_scored_once(tmp_path: Path, goal: Goal) -> None:
    maker = Maker()
    trials = run(tmp_path, maker, 9, goal)
    winner = finish(trials, goal, 0.011, maker, tmp_path, lambda s: None, test_photos="those")
    assert isinstance(winner, Winner) and winner.row.recipe == "prune:0.2+w8a8" and not winner.again
    assert maker.tested == [["prune:0.2+w8a8", "fp32"]] and winner.test and winner.test.split == "test"
    later = Maker()
    again = finish(run(tmp_path, later, 9, goal), goal, 0.011, later, tmp_path, lambda s: None, test_photos="those")
    assert isinstance(again, Winner) and again.again and again.tested_at == winner.tested_at
    assert later.tested == later.timed == later.made == []
    mended = finish(trials, goal, 0.011, later, tmp_path, lambda s: None, test_photos="with mended masks")
    assert isinstance(mended, Winner) and not mended.again and len(later.tested) == 1
    untested = finish(trials, goal, 0.011, later, tmp_path, lambda s: None, test_photos="")
    assert isinstance(untested, Winner) and untested.test is None and len(later.tested) == 1


def test_finalists_are_timed_again_side_by_side_with_fp32_before_one_wins(tmp_path: Path) -> None:
    class Noisy(Maker):  # alone, w8a8 without pruning looked the fastest
        def make(self, recipe: Recipe) -> BenchmarkRow:
            row = super().make(recipe)
            object.__setattr__(row, "p50_ms", 0.1 if str(recipe) == "w8a8" else row.p50_ms)
            return row

    maker = Noisy()
    winner = finish(run(tmp_path, maker, 9), Goal.LATENCY, 0.011, maker, tmp_path, lambda s: None, test_photos="those")
    assert isinstance(winner, Winner) and winner.row.recipe == "prune:0.2+w8a8" and winner.row.p50_ms == 4.0
    assert len(maker.timed) == 1 and maker.timed[0][:2] == ["fp32", "w8a8"]


def test_a_search_finds_the_records_of_its_rows_again(tmp_path: Path) -> None:
    class Recorded(Maker):
        def row(self, recipe: Recipe, split: str = "val") -> BenchmarkRow:
            plain, runs = super().row(recipe, split), "dc"[not self.timed]
            if self.tested and split == "test":
                runs = "e"
            place = [str(r) for r in SMALL.recipes()].index(str(recipe))
            made = document(
                run=runs * 32, place=place, p50_ms=plain.p50_ms or 0.0, turns=6, quality={"split": split},
                artifact={"recipe": str(recipe), "sha256": plain.artifact_sha256}, statistics={"miou": plain.miou},
            )  # fmt: skip
            return row_of(read_record(sealed(made)))

    maker = Recorded()
    trials = run(tmp_path, maker, 9)
    assert all(t.row.document is not None for t in trials if t.row is not None)
    winner = finish(trials, Goal.LATENCY, 0.011, maker, tmp_path, lambda s: None, test_photos="those")
    assert isinstance(winner, Winner) and winner.row.document is not None and winner.test is not None
    assert winner.row.record.startswith(merged_run("d" * 32)) and winner.base.record.startswith(merged_run("d" * 32))
    assert winner.test.document is not None and record_id(winner.test.document) == winner.test.record
    before = (tmp_path / RECORDS).read_bytes()
    later = Recorded()
    trials = run(tmp_path, later, 9)
    again = finish(trials, Goal.LATENCY, 0.011, later, tmp_path, lambda s: None, test_photos="those")
    assert isinstance(again, Winner) and again.row == winner.row and again.row.document == winner.row.document
    assert all(t.row.document is not None for t in trials if t.row is not None)
    assert (tmp_path / RECORDS).read_bytes() == before and len(read_records(tmp_path / RECORDS)) > 9


def test_a_budget_that_nothing_keeps_is_said_with_how_far_it_is_off(tmp_path: Path) -> None:
    maker = Maker()
    trials = run(tmp_path, maker, 6, max_drop=0.001)
    found = finish(trials, Goal.LATENCY, 0.001, maker, tmp_path, lambda s: None, test_photos="those")
    assert isinstance(found, str) and "The nearest is w8a8 (5.00 ms), whose mIoU drops by 0.0020, 0.0010 too m" in found
    assert maker.tested == [] and not (tmp_path / "winner.json").exists()
    assert "nothing to choose" in misses(trials[:1], Goal.SIZE, 0.1)


def test_files_that_fit_and_gain_nothing_do_not_win(tmp_path: Path) -> None:
    class Slower(Maker):
        def row(self, recipe: Recipe, split: str = "val") -> BenchmarkRow:
            row = super().row(recipe, split)
            object.__setattr__(row, "size_bytes", 5 if str(recipe) == "fp32" else 6)
            return row

    maker = Slower()
    found = finish(
        run(tmp_path, maker, 5, Goal.SIZE), Goal.SIZE, 0.01, maker, tmp_path, lambda s: None, test_photos="those"
    )
    assert isinstance(found, str) and found.startswith("Nothing is gained") and maker.tested == []


class Timed(Maker):
    """Time the finalists in one run with records: each takes what `p50_ms` says."""

    def __init__(self, p50_ms: Callable[[Recipe], float]) -> None:
        super().__init__()
        self.p50_ms = p50_ms

    def row(self, recipe: Recipe, split: str = "val") -> BenchmarkRow:
        place = 1 + [str(one) for one in SMALL.recipes()].index(str(recipe))
        return measured(
            str(recipe), p50_ms=self.p50_ms(recipe), place=place, run=("a" if split == "val" else "b") * 32,
            artifact={"sha256": sha_of(recipe)}, statistics={"miou": super().row(recipe).miou},
        )  # fmt: skip


def test_that_nothing_is_gained_is_said_only_where_it_is_shown(tmp_path: Path) -> None:
    for place, (others_ms, starts) in enumerate(((4.03, "No gain is shown: "), (6.0, "Nothing is gained: "))):
        maker, out = Timed(lambda recipe, ms=others_ms: 4.0 if recipe == Recipe() else ms), tmp_path / str(place)  # type: ignore[misc]
        found = finish(run(out, maker, 9), Goal.LATENCY, 0.011, maker, out, lambda s: None, test_photos="")
        assert isinstance(found, str) and found.startswith(starts), found
    assert "and these measurements show no difference between the two" in _no_gain(Outcome.NOT_SHOWN)
    assert _no_gain(None).startswith("Nothing is gained")


def _no_gain(gain: Outcome | None) -> str:
    row = measured()
    return no_gain(row, row, Goal.LATENCY, gain)


def test_a_winner_says_whether_its_gain_is_shown_and_which_finalists_are_as_fast(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    maker = Timed(lambda recipe: 8.0 if recipe == Recipe() else 4.0 if recipe.precision == "fp32" else 4.01)
    found = finish(run(tmp_path, maker, 9), Goal.LATENCY, 0.011, maker, tmp_path, lambda s: None, test_photos="")
    assert isinstance(found, Winner) and found.gain is Outcome.BETTER and len(found.alike) == 4
    again = finish(run(tmp_path, maker, 9), Goal.LATENCY, 0.011, maker, tmp_path, lambda s: None, test_photos="")
    assert isinstance(again, Winner) and (again.gain, again.alike) == (found.gain, found.alike), "records are kept"
    _print(found, Goal.LATENCY)
    said = capsys.readouterr().out
    assert f"no difference in latency is shown between it and {', '.join(found.alike)}" in said
    assert "mIoU minus that of fp32: " in said and "): no difference shown" in said
    _print(dataclasses.replace(found, gain=Outcome.NOT_SHOWN, alike=()), Goal.LATENCY)
    assert "its gain is not shown: these measurements show no difference in latency" in capsys.readouterr().out


def test_fp32_is_no_finalist(tmp_path: Path) -> None:
    trials = run(tmp_path, Maker(), 9)
    assert "fp32" not in {t.recipe for t in finalists(trials, Goal.LATENCY, 1.0)}
    assert len(finalists(trials, Goal.LATENCY, 1.0)) == 5 and len(finalists(trials, Goal.SIZE, 1.0)) == 1


# ---- the command -----------------------------------------------------------------------------------------------------

ASKED = ("tune", "--model", "topformer_tiny", "--goal", "latency", "--target")


def test_a_missing_extra_is_said_with_how_to_install_it(
    pocketseg: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    answer = pocketseg(*ASKED, "onnx", "--out", tmp_path / "out")
    assert answer.code == 2 and "needs the package optuna" in answer.err and "pip install" in answer.err
    assert "Traceback" not in answer.err and not (tmp_path / "out").exists()


def test_what_the_steps_of_a_trial_have_to_say_is_said_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said: list[str] = []
    artifact = SimpleNamespace(facts={"steps": [{"step": "qat:w8a8", "notes": ["left as it was"]}]})
    monkeypatch.setattr(tune_files, "produce", lambda *args, **kwargs: SimpleNamespace(artifact=artifact))
    asked = Sweep(models=("topformer_tiny",), recipes=("fp32",), targets=("onnx",))
    files = Files(asked, cells(asked)[0], Cache(tmp_path), lambda *a: None, said.append, said.append)
    for _ in range(2):
        files._produced(Recipe.parse("w8a8:qat"))
    assert said == ["w8a8:qat: left as it was"]


def test_trials_share_a_conversion_process_that_ends_before_latencies_are_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[object] = []

    class Converter:
        def __init__(self, cache: Cache) -> None:
            seen.append("one")

        def close(self) -> None:
            seen.append("closed")

    def produce(*args: object, converter: object, **rest: object) -> SimpleNamespace:
        assert isinstance(converter, Converter)
        seen.append("file")
        return SimpleNamespace(artifact=SimpleNamespace(facts={}), file=tmp_path)

    def measure(entries: list[object], **rest: object) -> list[BenchmarkRow]:
        seen.append("timed")
        return [measured("m") for _ in entries]

    monkeypatch.setattr(tune_files, "Converter", Converter)
    monkeypatch.setattr(tune_files, "produce", produce)
    monkeypatch.setattr(tune_files, "measure", measure)
    asked = Sweep(models=("topformer_tiny",), recipes=("fp32",), targets=("onnx",))
    with Files(asked, cells(asked)[0], Cache(tmp_path), lambda *a: None, seen.append) as files:
        recipes = [Recipe.parse("fp32"), Recipe.parse("w8a8")]
        files.together(recipes)
    assert seen == ["one", "file", "file", "closed", "timed", "closed"]


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac runs Core ML files")
def test_latency_is_refused_where_there_is_none(pocketseg: Call, tmp_path: Path) -> None:
    answer = pocketseg(*ASKED, "coreml", "--out", tmp_path / "out")
    assert answer.code == 5 and "have no latency here" in answer.err and "--goal size" in answer.err
    assert not (tmp_path / "out").exists()


@pytest.mark.matrix  # real conversions: many minutes
@pytest.mark.timeout(1800)
def test_a_real_search_delivers_a_file_that_opens_and_a_rerun_does_nothing(pocketseg: Call, tmp_path: Path) -> None:
    asked = ("tune", "--model", "topformer_tiny", "--target", "onnx", "--goal", "size", "--trials", "4", "--epochs",
             "0", "--max-drop", "0.05", "--out", tmp_path / "out")  # fmt: skip
    answer = pocketseg(*asked)
    assert answer.code == 0, answer.err
    assert "winner: topformer_tiny " in answer.out and "scored once, now" in answer.out
    assert (tmp_path / "out/winner/manifest.json").is_file() and (tmp_path / "out/report.html").is_file()
    assert {json.loads(line)["row"]["split"] for line in (tmp_path / "out/trials.jsonl").read_text().splitlines()} == {
        "val"
    }
    again = pocketseg(*asked)
    assert again.code == 0 and "and not again" in again.out and "trial 1" not in again.err
