"""The toolchain from Python: export, benchmark, diff, evaluate, segment and inspect, as the commands of these names do.

    from pocketseg import api

    exported = api.export("u2netp", target="tflite", recipe="w8a8", out="runs/exported")
    (row,) = api.benchmark([exported.file])
    print(exported.artifact.parity.argmax_agreement, row.miou, row.p50_ms)

Paths are texts or Paths. Errors are those of pocketseg.core.errors; nothing is printed: `note` takes sentences that a
user should read, `progress` takes (what, done, total). Importing this module loads no framework.
"""

from __future__ import annotations

from pocketseg.api._benchmark import benchmark
from pocketseg.api._diff import Diff, diff
from pocketseg.api._evaluate import Evaluation, evaluate
from pocketseg.api._export import Exported, export
from pocketseg.api._inspect import inspect
from pocketseg.api._segment import Segmented, segment

__all__ = [
    "Diff",
    "Evaluation",
    "Exported",
    "Segmented",
    "benchmark",
    "diff",
    "evaluate",
    "export",
    "inspect",
    "segment",
]
