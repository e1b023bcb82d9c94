"""The key of an artifact: everything that decides its bytes and its parity."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import export
import models
from benchmark import runtimes
from pocketseg.artifacts.request import Request, calibration_method, needs_calibration
from pocketseg.core.cache import ROOT, code_hash, host, versions
from pocketseg.data.calibration import parity_photos

if TYPE_CHECKING:
    from compress import Mixed

_SOURCES = (
    "models",
    "compress",
    "pocketseg/core",
    "pocketseg/data",
    "pocketseg/inference.py",  # parity's side of the network
    "pocketseg/training/fake_quant.py",
    "pocketseg/artifacts/_process.py",
    "pocketseg/artifacts/convert.py",
    "pocketseg/artifacts/parity.py",
    "pocketseg/artifacts/key.py",
    "pocketseg/artifacts/request.py",
    "pocketseg/artifacts/produce.py",
)


def key_facts(request: Request, loaded: models.Loaded, mixed: Mixed | None = None) -> dict[str, Any]:
    """Collect everything that decides the file: weights, spec, request, float layers, code, tools, host."""
    own = [f"export/{p.name}" for p in sorted((ROOT / "export").glob("_*.py"))]
    engine = export.facts(request.target, "RUNTIME")
    return {
        "model": loaded.name,
        "checkpoint": loaded.sha256,
        "spec": dataclasses.asdict(loaded.spec),
        "assumed": loaded.assumed,
        "target": request.target,
        "recipe": str(request.recipe),
        "output": request.output.value,
        "converter": request.converter or (export.facts(request.target, "CONVERTERS") or ("",))[0],
        "calibration": request.calibration.hash if needs_calibration(request.recipe) else "",
        "calibration_split": request.calibration.split_hash if needs_calibration(request.recipe) else "",
        "calibration_method": calibration_method(request),
        "mixed": mixed.hash if mixed else "",
        "parity_photos": parity_photos(request.calibration).hash,
        "code": code_hash([*_SOURCES, *own, f"export/{request.target}.py", *runtimes.sources(str(engine))]),
        "tools": versions(["numpy", "torch", *export.facts(request.target, "TOOLS"), runtimes.tool(engine)]),
        "host": host(),
    }
