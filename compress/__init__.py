"""Steps that make a network small before export: one file each. `compress/prune.py` is the step `prune`.

A step file holds the literals SUMMARY (one line), VALUE (how its value is written), TRAINS (whether it needs photos and
a budget), TOOLS (distributions whose versions decide its result); LOSSES where it trains, its own settings of the
training recipe: the weights of the losses in which its teacher speaks; may hold ALIASES (other names), and

    check(value) -> None          refuse a value, before any work; raises UsageError or RefusedError
    teachers(value) -> tuple      references of the networks that it learns from
    apply(work) -> Path           do the step and give the weights; what an earlier call finished is not done again

Static int8 and other number formats are no steps: they belong to each target's own quantizer in export/. Which layers
w8a8:mixed keeps in floats is measured here (`mixed`), as all targets share the answer.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from pocketseg.core.errors import UnknownNameError, UsageError
from pocketseg.core.folder_registry import late, literal, plugin_names
from pocketseg.core.precisions import PRECISIONS

if TYPE_CHECKING:
    from compress._budget import Budget
    from compress._chain import check, lineage, need_training, notes, shrink
    from compress._measure import measured
    from compress._mixed import Mixed, check_mixed, mixed
    from compress._work import Work

__all__ = [
    "Budget",
    "Mixed",
    "Step",
    "check",
    "check_mixed",
    "facts",
    "lineage",
    "measured",
    "mixed",
    "need_training",
    "notes",
    "parsed",
    "shrink",
    "step",
    "step_file",
    "steps",
    "teachers",
    "trains",
]

_FOLDER = Path(__file__).parent
READS = ()
_LAZY = {  # public here, imported with torch only when asked for
    "Budget": "compress._budget",
    "Mixed": "compress._mixed",
    "check": "compress._chain",
    "check_mixed": "compress._mixed",
    "lineage": "compress._chain",
    "notes": "compress._chain",
    "need_training": "compress._chain",
    "measured": "compress._measure",
    "mixed": "compress._mixed",
    "shrink": "compress._chain",
}


__getattr__ = late(__name__, _LAZY)


class Step(Protocol):
    """What a step file offers."""

    SUMMARY: str
    VALUE: str
    TRAINS: bool
    TOOLS: tuple[str, ...]

    def check(self, value: str) -> None: ...

    def teachers(self, value: str) -> tuple[str, ...]: ...

    def apply(self, work: Work) -> Path: ...


def steps() -> tuple[str, ...]:
    """List the steps without importing any."""
    return plugin_names(_FOLDER)


def facts(step: str, name: str) -> Any:
    """Read one of a step's literals (SUMMARY, VALUE, TRAINS, TOOLS) without importing it. Raises UnknownNameError."""
    return literal(_FOLDER / f"{_file(step)}.py", name)


def step(name: str) -> Step:
    """Import one step. Raises UnknownNameError."""
    return cast(Step, importlib.import_module(f"compress.{_file(name)}"))


def parsed(text: str) -> tuple[str, str]:
    """Split `name:value` into the step's own name and the value, and refuse what no step takes, before any work.

    Raises UnknownNameError, UsageError, RefusedError.
    """
    name, colon, value = text.partition(":")
    file = _file(name)
    if not colon or not value:
        raise UsageError(f"step {name!r} has no value", hint=f"write {name}:{facts(name, 'VALUE')}")
    step(name).check(value)
    return file, value


def step_file(text: str) -> str:
    """Return the name of the file that does a step, of `name:value`. Raises UnknownNameError."""
    return _file(text.partition(":")[0])


def teachers(text: str) -> tuple[str, ...]:
    """List the networks that a step, `name:value`, names to learn from. Raises UnknownNameError."""
    name, _, value = text.partition(":")
    return step(name).teachers(value)


def trains(texts: Sequence[str]) -> bool:
    """Say whether any of a recipe's steps needs photos to train on."""
    return any(facts(text.partition(":")[0], "TRAINS") for text in texts)


def _file(name: str) -> str:
    known = {alias: own for own in steps() for alias in (own, *(literal(_FOLDER / f"{own}.py", "ALIASES") or ()))}
    if name not in known:
        raise UnknownNameError(
            "recipe step",
            name,
            steps(),
            hint=f"a recipe is steps joined by +, then one of {', '.join(PRECISIONS)}: prune:0.3+w8a8",
        )
    return known[name]
