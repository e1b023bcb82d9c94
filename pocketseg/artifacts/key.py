"""The key of an artifact: everything that decides its bytes and its parity."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import export
import models
from benchmark import runtimes
from pocketseg.artifacts.request import Request, calibration_method, needs_calibration
from pocketseg.core.cache import host, versions
from pocketseg.core.keys import Code, code_hash
from pocketseg.data.calibration import golden_photo, parity_photos
from pocketseg.inference import TOOLS

if TYPE_CHECKING:
    from compress import Mixed


def code(target: str, network: str) -> Code:
    """Return the code that converts, checks and describes a file: the conversion process for one target and network."""
    return Code(
        modules=("pocketseg.artifacts._process",),
        used={
            "models": models.families(network),
            "models/released": (),  # `checkpoint` in the key is the hash of the weights
            "compress": (),  # steps are applied before
            "export": (target,),
            "benchmark/runtimes": (str(export.facts(target, "RUNTIME")),),
            "pocketseg/data/formats": (),  # photos come as files, each with its digest
            "pocketseg/data/splits": (),
        },
        alone=(
            "pocketseg.artifacts.converter",
            "pocketseg.artifacts.key",
            "pocketseg.artifacts.produce",
            "pocketseg.artifacts.request",
        ),
    )


def key_facts(request: Request, loaded: models.Loaded, mixed: Mixed | None = None) -> dict[str, Any]:
    """Return everything that decides the file: weights, spec, request, float layers, code, tools, host."""
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
        "golden_photo": golden_photo().hash,
        "code": code_hash(code(request.target, loaded.spec.name)),
        "tools": versions([*TOOLS, *export.facts(request.target, "TOOLS"), runtimes.tool(engine)]),
        "host": host(),
    }
