"""How often the printed interval of p50 contains the truth: runs simulated on recorded turns, with the stopping rule.

A run starts at any moment of a trace and takes the turns that follow, by the rules of benchmark/timing.py: the planned
passes, then on until there is enough or the time limit is reached. The truth is the median of all runs of all
undisturbed turns of the whole trace. `python -m scripts.coverage TRACE.jsonl.xz...` prints the table as JSON.
"""

from __future__ import annotations

import json
import lzma
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.intervals import Difference, percentile, ratio
from benchmark.method import (
    LEAST_UNDISTURBED,
    PROCESS_ALLOWANCE,
    Statistics,
    Turn,
    is_enough,
    statistics_of,
    undisturbed,
)
from benchmark.timing import Effort
from benchmark.verdict import Conditions, Verdict, verdict
from benchmark.yardstick import Reading

LOOK_EVERY = 5
RUNS = 150  # simulated of each file


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The results of the simulated runs of one file of a trace.

    apart: the highest p50 of the VALID runs over the lowest, minus 1; apart_all: of the medians over all turns, of all
    runs.
    """

    file: int
    truth_ms: float
    runs: int
    valid: int
    covered: int
    apart: float
    apart_all: float
    half_width: float
    turns: float


def read_trace(path: Path) -> list[list[Turn]]:
    """Return the turns of each file in a trace."""
    with lzma.open(path, "rt", encoding="ascii") as stream:
        passes = [json.loads(line) for line in stream if line.startswith("[[")]
    return [[turn_of(number, said[place]) for number, said in enumerate(passes)] for place in range(len(passes[0]))]


def turn_of(number: int, said: Sequence[Any]) -> Turn:
    """Return one turn of a trace."""
    at_s, (integer, memory, integer_after, memory_after), counted, runs = said
    wall_ms, cpu_ms, waited_ms, others_ms, stolen_ms, switches = counted
    return Turn(
        number=number,
        started_s=at_s,
        before=Reading(integer_ms=integer / 1e3, memory_ms=memory / 1e3),
        after=Reading(integer_ms=integer_after / 1e3, memory_ms=memory_after / 1e3),
        wall_ms=wall_ms, cpu_ms=cpu_ms, waited_ms=waited_ms, others_ms=others_ms, stolen_ms=stolen_ms,
        switches=switches, at_ms=(), execute_ms=tuple(run / 1e3 for run in runs),
    )  # fmt: skip


def best_of_trace(files: Sequence[Sequence[Turn]]) -> Reading:
    """Return the best known speed of a computer that was watched for the whole trace."""
    readings = [reading for turns in files for turn in turns for reading in (turn.before, turn.after)]
    low = [float(np.quantile([getattr(r, name) for r in readings], 0.01)) for name in ("integer_ms", "memory_ms")]
    return Reading(integer_ms=low[0], memory_ms=low[1])


def simulated(turns: Sequence[Turn], start: int, best: Reading, effort: Effort) -> Statistics | None:
    """Return the statistics of a run that starts at one turn; None where the trace ends first."""
    began = turns[start].started_s
    taken = list(turns[start : start + effort.passes])
    upto = start + effort.passes
    planned_s = taken[-1].started_s - began
    while not (taken[-1].started_s - began >= effort.least_wall_s and is_enough(taken, best, 1)):
        if taken[-1].started_s - began - planned_s >= effort.ceiling_s:
            break
        if upto + LOOK_EVERY > len(turns):
            return None
        taken += turns[upto : upto + LOOK_EVERY]
        upto += LOOK_EVERY
    return statistics_of(taken, best, 1)


def coverage(files: Sequence[Sequence[Turn]], seed: int = 0, runs: int = RUNS) -> list[Coverage]:
    """Simulate runs of each file of a trace."""
    best = best_of_trace(files)
    effort = Effort(least_wall_s=15.0, ceiling_s=60.0)
    drawn = np.random.default_rng(seed)
    found = []
    for number, turns in enumerate(files):
        truth = percentile([ms for turn in undisturbed(turns, best, 1) for ms in turn.execute_ms], 50)
        starts = drawn.integers(0, len(turns) - effort.passes, runs)
        results = [r for start in starts if (r := simulated(turns, int(start), best, effort)) is not None]
        valid = [r for r in results if verdict(r, Conditions(best_known=True))[0] is Verdict.VALID]
        covered = sum((r.p50_low_ms or 0) <= truth <= (r.p50_high_ms or 0) for r in valid)
        p50s = [r.p50_ms or 0.0 for r in valid]
        alls = [r.p50_all_ms or 0.0 for r in results]
        found.append(
            Coverage(
                file=number,
                truth_ms=truth,
                runs=len(results),
                valid=len(valid),
                covered=covered,
                apart=max(p50s) / min(p50s) - 1 if p50s else 0.0,
                apart_all=max(alls) / min(alls) - 1,
                half_width=float(np.median([r.half_width or 0.0 for r in valid])) if valid else 0.0,
                turns=float(np.median([r.turns for r in results])),
            )
        )
    return found


def same_file(files: Sequence[Sequence[Turn]], twins: tuple[int, int], runs: int, seed: int = 0) -> int:
    """Count how often two processes of one file are found different, over runs of the planned passes."""
    best = best_of_trace(files)
    passes = Effort(least_wall_s=0.0, ceiling_s=0.0).passes
    first, second = (files[number] for number in twins)
    shown = 0
    for start in np.random.default_rng(seed).integers(0, len(first) - passes, runs):
        pairs = list(zip(first[start : start + passes], second[start : start + passes], strict=True))
        shown += pass_by_pass(pairs, best).shown
    return shown


def pass_by_pass(pairs: Sequence[tuple[Turn, Turn]], best: Reading) -> Difference:
    """Compare two files by their turns in the same passes, as benchmark/ranks.py does."""
    kept = [pair for pair in pairs if len(undisturbed(pair, best, 1)) == len(pair)]
    taken = kept if len(kept) >= LEAST_UNDISTURBED else pairs
    first, second = ([pair[side].execute_ms for pair in taken] for side in (0, 1))
    return ratio(first, second, pairs=1, allowance=PROCESS_ALLOWANCE)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        for line in coverage(read_trace(Path(name))):
            print(line)
