"""Steps that make a network small before export, one module each: `compress/prune.py` is the step `prune`.

A step's module holds the literals SUMMARY (one line), VALUE (how its value is written), TRAINS (whether it needs photos
and a budget) and TOOLS (distributions whose versions decide its result). Where it trains it holds LOSSES, its own
settings of the training recipe: the weights of the losses that involve its teacher. It may hold ALIASES (other names).
Its functions are

    check(value) -> None          refuse a value, before any work; raises UsageError or RefusedError
    teachers(value) -> tuple      references of the networks that it learns from
    apply(work) -> Path           do the step and return the weights; finished parts of an earlier call are not repeated

Static int8 and other number formats are not steps: they belong to each target's own quantizer in export/. Which layers
w8a8:mixed keeps in floats is determined here (`mixed`), because all targets share the answer.
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
_LAZY = {  # public here; imported, with torch, only on first use
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
    """What a step's module offers; tests/contracts/test_step.py holds each of them to it.

    All but the functions are literals, which `facts` reads without importing the module.

    Attributes:
        SUMMARY: one line of `pocketseg recipes`.
        VALUE: how the value is written, in words; a value that begins with `R,` is a share, which `pocketseg tune` can
            search.
        TOOLS: distributions whose versions are part of a result's key.
        LOSSES: where it TRAINS, settings of the training recipe by name.
        ALIASES: other names that recipes may use, where there are any.
    """

    SUMMARY: str
    VALUE: str
    TRAINS: bool
    TOOLS: tuple[str, ...]

    def check(self, value: str) -> None:
        """Refuse a value, the text after the step's colon, that the step cannot take.

        Called often, whenever a recipe is read and before any work: it is quick, and changes nothing. Raises UsageError
        for a malformed value, with the right form as its hint, UnknownNameError or CheckpointError for a network that
        cannot be opened, RefusedError for a value that nothing here could run.
        """

    def teachers(self, value: str) -> tuple[str, ...]:
        """Return the networks that the step learns from besides the one before it, in the form that `models.open_model`
        takes.

        Called after `check`, for the result's key and to refuse networks of other classes; empty where there are none.
        """

    def apply(self, work: Work) -> Path:
        """Do the step and return the finished weights, a file in `work.folder`, or `work.weights` where they stay
        unchanged.

        Called once per result, in one process at a time, with a value that `check` accepted. `work.photos` is None
        where the step does not train. A killed call is repeated with the same folder: finished parts in it are used,
        not made again. Classes and input size stay; the network may be narrower. Raises UsageError for a budget that
        the step cannot use, CheckpointError for a damaged file in its folder.
        """


def steps() -> tuple[str, ...]:
    """Return the steps without importing any."""
    return plugin_names(_FOLDER)


def facts(step: str, name: str) -> Any:
    """Return one of a step's literals (SUMMARY, VALUE, TRAINS, TOOLS) without importing it. Raises UnknownNameError."""
    return literal(_FOLDER / f"{_file(step)}.py", name)


def step(name: str) -> Step:
    """Return a step's module. Raises UnknownNameError."""
    return cast(Step, importlib.import_module(f"compress.{_file(name)}"))


def parsed(text: str) -> tuple[str, str]:
    """Return the step's own name and the value of `name:value`; what no step accepts is refused before any work.

    Raises UnknownNameError, UsageError, RefusedError.
    """
    name, colon, value = text.partition(":")
    file = _file(name)
    if not colon or not value:
        raise UsageError(f"step {name!r} has no value", hint=f"write {name}:{facts(name, 'VALUE')}")
    step(name).check(value)
    return file, value


def step_file(text: str) -> str:
    """Return the name of the file that does the step `name:value`. Raises UnknownNameError."""
    return _file(text.partition(":")[0])


def teachers(text: str) -> tuple[str, ...]:
    """Return the networks from which a step, `name:value`, learns. Raises UnknownNameError."""
    name, _, value = text.partition(":")
    return step(name).teachers(value)


def trains(texts: Sequence[str]) -> bool:
    """Return whether any of a recipe's steps needs photos to train on."""
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
