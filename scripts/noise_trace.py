"""Records how this host's speed changes: turns of one small file and its twin, for as long as you like.

`python -m scripts.noise_trace SECONDS OUT.jsonl.xz FILE FILE...`: a line a pass, one turn a file. The host must have
nothing else to do. The traces from which tests compute coverage were recorded with it. A file's turn is

    [started_s, [integer, memory before, integer, memory after], [wall, cpu, waited, others, stolen ms, switches], runs]

with the yardstick's readings and the runs in microseconds.
"""

from __future__ import annotations

import json
import lzma
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

from benchmark.timing import PAUSE_S, orders
from benchmark.worker import Worker
from pocketseg.core.manifest import read_manifest
from pocketseg.core.npy import write_npy
from pocketseg.data.embedded import sample_ids, sample_photos
from pocketseg.data.photos import read_image
from pocketseg.inference import model_input

RUNS = 20
_PASS_S = 0.45


def record(seconds: float, out: Path, files: list[Path]) -> None:
    """Take turns until the time is over; `out` is complete at the end."""
    photos = sample_photos()
    image = read_image(photos.image_path(sample_ids("train")[0]))
    with tempfile.TemporaryDirectory() as folder, lzma.open(out, "wt", encoding="ascii") as stream:
        workers = []
        for number, named in enumerate(files):
            artifact, file = read_manifest(named)
            small = Path(folder) / f"{number}.npy"
            write_npy(small, model_input(image, artifact.input_height_px, artifact.input_width_px))
            worker = Worker(Path(folder) / f"{number}.txt", 1)
            worker.prepare(file, "benchmark.runtimes.litert", 1, 60, small)
            worker.open(60)
            worker.ask({"do": "time", "runs": 50}, 60)
            workers.append(worker)
        began = time.monotonic()
        for order in orders(len(files), 0):
            start = time.monotonic()
            if start - began > seconds:
                break
            turns: list[Any] = [None] * len(files)
            for place in order:
                time.sleep(PAUSE_S)
                at_s = time.monotonic() - began
                turns[place] = compact(at_s, workers[place].ask({"do": "turn", "untimed": 1, "runs": RUNS}, 60))
            stream.write(json.dumps(turns, separators=(",", ":")) + "\n")
            stream.flush()
            time.sleep(max(0.0, _PASS_S - (time.monotonic() - start)))
        for worker in workers:
            worker.kill()


def compact(at_s: float, said: dict[str, Any]) -> list[Any]:
    """Return a turn in its shortest form."""
    readings = [round(1e3 * said[when][probe]) for when in ("before", "after") for probe in ("integer_ms", "memory_ms")]
    names = ("wall_ms", "cpu_ms", "waited_ms", "others_ms", "stolen_ms")
    counted = [None if said[name] is None else round(said[name], 2) for name in names]
    return [round(at_s, 3), readings, [*counted, said["switches"]], [round(1e3 * ms) for ms in said["execute_ms"]]]


if __name__ == "__main__":
    record(float(sys.argv[1]), Path(sys.argv[2]), [Path(name) for name in islice(sys.argv, 3, None)])
