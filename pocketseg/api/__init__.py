"""The toolchain from Python: the commands' work as functions.

Export, benchmark, diff, evaluate, segment, inspect, doctor, bundles for phones, and pages for browsers.

    from pocketseg import api

    exported = api.export("u2netp", target="tflite", recipe="w8a8", out="runs/exported")
    (row,) = api.benchmark([exported.file])
    print(exported.artifact.parity.argmax_agreement, row.miou, row.p50_ms)

Paths are texts or Paths. Errors are those of pocketseg.core.errors. Nothing is printed: `note` takes sentences that a
user should read, `progress` takes (what, done, total). Importing this module does not load a framework.
"""

from __future__ import annotations

from pocketseg.api._benchmark import benchmark
from pocketseg.api._checkup import Finding, Status
from pocketseg.api._device import benchmark_on, bundle, import_records, replay
from pocketseg.api._diff import Diff, diff
from pocketseg.api._doctor import Checkup, doctor
from pocketseg.api._evaluate import Evaluation, evaluate
from pocketseg.api._export import Exported, export
from pocketseg.api._inspect import inspect
from pocketseg.api._latency import latency_only
from pocketseg.api._segment import Segmented, segment
from pocketseg.api._web import export_page, serve

__all__ = [
    "Checkup",
    "Diff",
    "Evaluation",
    "Exported",
    "Finding",
    "Segmented",
    "Status",
    "benchmark",
    "benchmark_on",
    "bundle",
    "diff",
    "doctor",
    "evaluate",
    "export",
    "export_page",
    "import_records",
    "inspect",
    "latency_only",
    "replay",
    "segment",
    "serve",
]
