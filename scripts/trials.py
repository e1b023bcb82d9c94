"""Try the method on this computer: is VALID steady, is a load noticed, is a difference found and none invented?

    python -m scripts.trials idle FILE OUT     one file ten times in a row, otherwise idle
    python -m scripts.trials load FILE OUT     the same under loads of five kinds, four times each
    python -m scripts.trials pairs FILE OUT    a file beside itself and beside itself made 10 % slower, 60 times
    python -m scripts.trials pairs-again TRACE OUT   the pairs, from the turns kept of them, by the present rules
    python -m scripts.trials coverage OUT TRACE...   see scripts/coverage.py
    python -m scripts.trials table OUT         the table in docs/method.md, from OUT

OUT is a JSON file that holds every try; tries that it holds are not made again. Only `table` changes a document.
"""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmark import best, ranks, samples
from benchmark.device import cpu_model
from benchmark.engine import measure
from benchmark.entry import Entry
from benchmark.method import Turn, statistics_of
from benchmark.timing import Effort
from benchmark.verdict import Conditions, verdict
from benchmark.yardstick import Reading
from pocketseg.core.cache import Cache, default_folder
from pocketseg.core.files import write_json, write_text
from pocketseg.core.manifest import read_manifest
from pocketseg.core.types import BenchmarkRow
from scripts.coverage import coverage, pass_by_pass, read_trace, turn_of
from scripts.noise_trace import compact

METHOD = Path(__file__).parents[1] / "docs" / "method.md"
BEGIN, END = "<!-- trials: begin -->", "<!-- trials: end -->"
IDLE, LOADED, PAIRS = 10, 4, 60
_PLANNED = Effort(least_wall_s=0.0, ceiling_s=0.0)
_SLOWER = '''
"""A file on LiteRT, a tenth slower on purpose."""
import time
from benchmark.runtimes import litert
TOOL = litert.TOOL
refusal = litert.refusal
class Slower:
    def __init__(self, session):
        self._session, self.threads = session, session.threads
    def run(self, image):
        start = time.perf_counter_ns()
        found = self._session.run(image)
        until = time.perf_counter_ns() + (time.perf_counter_ns() - start) // 10
        while time.perf_counter_ns() < until:
            pass
        return found
def open_session(path, artifact, threads):
    return Slower(litert.open_session(path, artifact, threads))
'''


# ---- loads -----------------------------------------------------------------------------------------------------------


def spin() -> None:
    """Keep one core busy."""
    while True:
        pass


def burst() -> None:
    """Keep one core busy for half a second in every two."""
    while True:
        until = time.monotonic() + 0.5
        while time.monotonic() < until:
            pass
        time.sleep(1.5)


def copy_memory() -> None:
    """Copy more memory than caches hold, without end."""
    import numpy as np

    numbers = np.ones(1 << 23)  # 64 MiB
    while True:
        numbers = numbers.copy()


def spin_later() -> None:
    """Begin when the measurement beside it is about half done."""
    time.sleep(11)
    spin()


LOADS: dict[str, list[Callable[[], None]]] = {
    "both cores": [spin, spin],
    "one core": [spin],
    "bursts": [burst, burst],
    "memory traffic": [copy_memory],
    "one core from midway on": [spin_later],
}


@contextmanager
def working(load: list[Callable[[], None]]) -> Iterator[None]:
    """Let processes work during the block."""
    processes = [multiprocessing.get_context("spawn").Process(target=one, daemon=True) for one in load]
    for process in processes:
        process.start()
    time.sleep(1.0 if processes and spin_later not in load else 0.0)
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.join()


# ---- tries -----------------------------------------------------------------------------------------------------------


def one(file: str) -> dict[str, Any]:
    """Measure a file with its scores, as a user does."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pocketseg", "benchmark", file, "--json", "--out", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    (row,) = json.loads(done.stdout)["rows"]
    names = ("p50_ms", "p50_low_ms", "p50_high_ms", "p50_all_ms", "undisturbed_share", "verdict", "verdict_reasons")
    if any("not known yet" in reason for reason in row["verdict_reasons"]):
        raise SystemExit("the best speed of this computer is not known, so no try says anything: pocketseg doctor")
    return {
        **{name: row[name] for name in names},
        "ceiling_s": Effort().ceiling_s,
        "seconds": round(time.monotonic() - start, 1),
    }


def keep_turns(rows: Sequence[BenchmarkRow], trace: Path) -> None:
    """Append the turns to a trace (scripts/noise_trace.py), a line a pass, at the seconds since it began."""
    lines = trace.read_text(encoding="ascii").splitlines() if trace.exists() else []
    now_s = max(turn[0] for turn in json.loads(lines[-1])) + 5 if lines else 0.0  # some seconds between two tries
    with trace.open("a", encoding="ascii") as stream:
        for turns in zip(*(row.document["turns"] for row in rows if row.document), strict=True):
            line = [compact(now_s + turn["started_s"], turn) for turn in turns]
            stream.write(json.dumps(line, separators=(",", ":")) + "\n")


def pair(file: str, cache: Cache, trace: Path) -> dict[str, Any]:
    """Measure a file beside itself and beside a slower copy of itself, in the planned passes; return what is shown."""
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "slower_runtimes"
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "slower.py").write_text(_SLOWER, encoding="utf-8")
        (package / "litert.py").write_text("from benchmark.runtimes.litert import *\n", encoding="utf-8")
        twin = Path(folder) / "twin"
        artifact, path = read_manifest(Path(file))
        shutil.copytree(path.parent, twin)
        entries = [
            Entry(artifact=artifact, path=path, runtime="litert"),
            Entry(artifact=artifact, path=twin / path.name, runtime="litert"),
            Entry(artifact=artifact, path=path, runtime="slower"),
        ]
        sys.path.insert(0, folder)
        os.environ["PYTHONPATH"] = folder
        rows = measure(entries, cache=cache, runtimes_package="slower_runtimes", effort=_PLANNED)
        sys.path.remove(folder)
        for name in [n for n in sys.modules if n.startswith("slower_runtimes")]:
            del sys.modules[name]
    keep_turns(rows, trace)
    return {
        "same": said(rows[1], rows[0]),
        "slower": said(rows[2], rows[0]),
        "verdicts": [row.verdict for row in rows],
    }


def said(row: BenchmarkRow, other: BenchmarkRow) -> dict[str, Any]:
    """Compare two latencies as the tables do."""
    found = ranks.compare_latency(samples.sample(row), samples.sample(other), pairs=1).difference
    return {} if found is None else {**dataclasses.asdict(found), "shown": found.shown}


def pairs_again(trace: Path, least: Reading) -> list[dict[str, Any]]:
    """Compare the files of each try again, from the turns that were kept of it."""
    lines = [json.loads(line) for line in trace.read_text(encoding="ascii").splitlines()]
    found = []
    for start in range(0, len(lines), _PLANNED.passes):
        own = enumerate(lines[start : start + _PLANNED.passes])
        passes = [[turn_of(number, said) for said in line] for number, line in own]
        conditions = Conditions(best_known=True)
        sides = list(zip(*passes, strict=True))
        verdicts = [verdict(statistics_of(turns, least, 1), conditions)[0].value for turns in sides]
        again = {name: against_first(passes, place, least) for name, place in (("same", 1), ("slower", 2))}
        found.append({**again, "verdicts": verdicts})
    return found


def against_first(passes: Sequence[Sequence[Turn]], place: int, least: Reading) -> dict[str, Any]:
    """Compare one file of a try with the first."""
    made = pass_by_pass([(turns[place], turns[0]) for turns in passes], least)
    return {**dataclasses.asdict(made), "shown": made.shown}


def tries(out: Path, name: str, count: int, make: Callable[[], dict[str, Any]]) -> None:
    """Make the tries that a file does not hold yet."""
    for _ in range(count):
        content = read(out)
        if len(content.setdefault(name, [])) >= count:
            return
        content[name].append(make())
        write_json(out, content)
        print(name, len(content[name]), json.dumps(content[name][-1]), flush=True)


def read(out: Path) -> dict[str, Any]:
    """Read the tries made so far."""
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {"cpu": cpu_model()}
    return found


# ---- table -----------------------------------------------------------------------------------------------------------


def table(content: dict[str, Any]) -> str:
    """Return the table of the tries' results."""
    idle = content["idle"]
    valid = [t for t in idle if t["verdict"] == "VALID"]
    lines = [
        f"On {content['cpu']}, two cores of a shared host; made by `python -m scripts.trials`, every try in",
        "[method-trials.json](method-trials.json).",
        "",
        "| What was tried | Came out |",
        "|---|---|",
        f"| one file, {len(idle)} times in a row, idle: VALID | {len(valid)} of {len(idle)} |",
        f"| p50 of these, highest over lowest | {apart([t['p50_ms'] for t in valid])} |",
        f"| p50 of all turns of all {len(idle)} | {apart([t['p50_all_ms'] for t in idle])} |",
        f"| seconds of one, median and most | {seconds(idle)} |",
    ]
    for name in LOADS:
        loaded = content[f"load: {name}"]
        caught = sum(t["verdict"] != "VALID" for t in loaded)
        ceilings = ", ".join(f"{s:.0f}" for s in sorted({t["ceiling_s"] for t in loaded}))
        lines.append(
            f"| under load, {name}: not VALID (ceilings of {ceilings} s; seconds, median and most: {seconds(loaded)}) "
            f"| {caught} of {len(loaded)} |"
        )
    pairs = content["pairs"]
    for key, what in (("same", "a file beside itself is called different"), ("slower", "10 % slower is found slower")):
        known = [t[key] for t in pairs if t[key]]
        shown = [t for t in known if t["shown"] and (key == "same" or t["value"] > 1)]
        lines.append(f"| {what} | {len(shown)} of {len(known)} |")
    for name, found in content.get("coverage", {}).items():
        for line in found:
            lines.append(
                f"| {name}, file {line['file'] + 1}: interval holds the median of its undisturbed turns, VALID runs | "
                f"{line['covered'] / line['valid']:.1%} of {line['valid']} ({line['valid'] / line['runs']:.0%} were "
                f"VALID; p50 {line['apart']:.0%} apart, of all turns {line['apart_all']:.0%}) |"
            )
    return "\n".join(lines)


def apart(values: list[float]) -> str:
    """Return how far apart values are."""
    return f"{max(values) / min(values) - 1:.1%} apart" if values else "-"


def seconds(found: list[dict[str, Any]]) -> str:
    """Return the median and the greatest of the seconds that tries took."""
    taken = sorted(t["seconds"] for t in found)
    return f"{taken[len(taken) // 2]:.0f}, {taken[-1]:.0f}"


def main(arguments: list[str]) -> None:
    """Run the command described in the module's docstring."""
    what, *rest = arguments
    if what == "idle":
        tries(Path(rest[1]), "idle", IDLE, lambda: one(rest[0]))
    elif what == "load":
        for name, load in LOADS.items():

            def loaded(load: list[Callable[[], None]] = load) -> dict[str, Any]:
                with working(load):
                    return one(rest[0])

            tries(Path(rest[1]), f"load: {name}", LOADED, loaded)
    elif what == "pairs":
        cache = Cache(default_folder())
        trace = Path(rest[1]).with_suffix(".trace.jsonl")
        tries(Path(rest[1]), "pairs", PAIRS, lambda: pair(rest[0], cache, trace))
    elif what == "pairs-again":
        known = best.known(Cache(default_folder()))
        if known is None:
            raise SystemExit("the best speed of this computer is not known: pocketseg doctor")
        content = read(Path(rest[1]))
        write_json(Path(rest[1]), {**content, "pairs": pairs_again(Path(rest[0]), known.reading)})
    elif what == "coverage":
        out = Path(rest[0])
        content = read(out)
        content["coverage"] = {
            Path(name).name.partition(".")[0]: [dataclasses.asdict(line) for line in coverage(read_trace(Path(name)))]
            for name in rest[1:]
        }
        write_json(out, content)
    elif what == "table":
        made = table(json.loads(Path(rest[0]).read_text(encoding="utf-8")))
        text = METHOD.read_text(encoding="utf-8")
        before, _, after = text.partition(BEGIN)
        write_text(METHOD, f"{before}{BEGIN}\n{made}\n{END}{after.partition(END)[2]}")
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
