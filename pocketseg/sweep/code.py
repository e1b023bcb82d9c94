"""The code and tools that a cell's row depends on: those of its steps, its file and its measurement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import compress
import export
import models
from benchmark import runtimes
from pocketseg.core.cache import host, versions
from pocketseg.core.keys import Code
from pocketseg.data.calibration import EMBEDDED
from pocketseg.data.spec import parse_spec
from pocketseg.inference import TOOLS
from pocketseg.training.recipe import recipes

if TYPE_CHECKING:
    from pocketseg.sweep.plan import Sweep


def code(sweep: Sweep, model: str, network: str, target: str, steps: Sequence[str]) -> Code:
    """Return the code that a row depends on. network: the model's. steps: the recipe's, as texts."""
    teachers = [ref for step in steps for ref in compress.teachers(step)]
    opened = [models.read_metadata(models.locate(ref)) for ref in {model, *sweep.teachers, *teachers}]
    data = [name for name in (sweep.data, sweep.calibration) if name not in ("", EMBEDDED)]
    return Code(
        modules=("pocketseg.sweep.jobs",),
        used={
            "models": sorted({f for metadata in opened for f in models.families(metadata.get("network", ""))}),
            "models/released": (),  # hashes of the weights are in the cell's key
            "compress": sorted({compress.step_file(step) for step in steps}),
            "export": (target,),
            "benchmark/runtimes": (str(export.facts(target, "RUNTIME")),),
            "pocketseg/data/formats": sorted({parse_spec(name).format for name in data}),
            "pocketseg/training/recipes": [name for name in recipes() if name == network],
        },
    )


def tools(target: str, steps: Sequence[str]) -> dict[str, str]:
    """Return the host, and the versions of the tools that make, run and score a cell's file."""
    of_steps = [tool for step in steps for tool in compress.facts(compress.step_file(step), "TOOLS")]
    runtime = runtimes.tool(str(export.facts(target, "RUNTIME")))
    return {**host(), **versions([*TOOLS, "torchmetrics", *of_steps, *export.facts(target, "TOOLS"), runtime])}
