"""Targets, one module each: `export/tflite.py` is target `tflite`.

A target's module holds the literals SUFFIX, RUNTIME (a file of benchmark/runtimes), PRECISIONS, REFUSALS (for each
other precision a sentence: why not), CALIBRATIONS (the methods of its static quantizer, its default first) and TOOLS
(distributions whose versions decide its bytes), and

    refusal(spec, recipe) -> str | None     what it cannot do, as a sentence, before any work
    write(job, path) -> Written             convert job.network and write the file at path
    read_back(path, written) -> Contents    what the file holds, read from the file alone
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from export._shared import Shared
from pocketseg.core.errors import ExportError, UnknownNameError
from pocketseg.core.folder_registry import literal, plugin_names
from pocketseg.core.types import ModelSpec, OutputKind, Recipe, Written

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from torch import nn

    from export._readback import Contents

_FOLDER = Path(__file__).parent
READS = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportJob:
    """What a target is asked to write.

    Attributes:
        network: eval mode, fp32, normalised N,3,H,W in, logits N,C,H,W out; it must not be changed.
        signals: what the network takes beside the photo, as further channels; empty for most networks.
        calibration: training photos at the input size, each H,W,3 uint8 RGB 0..255; empty where the precision needs
            none.
        calibration_method: one of the target's CALIBRATIONS; empty means the default.
        converter: where the target has several; empty means the default.
        float_layers: paths of the network's convolutions that static int8 leaves in floats, weights and arithmetic.
        shared: what files of this network have in common, e.g. its float conversion. A file has the same bytes whether
            it is made alone, first or last.
    """

    network: nn.Module
    spec: ModelSpec
    recipe: Recipe
    output: OutputKind
    calibration: Sequence[npt.NDArray[np.uint8]]
    calibration_method: str = ""
    converter: str = ""
    float_layers: Sequence[str] = ()
    signals: tuple[str, ...] = ()
    shared: Shared = field(default_factory=Shared)


def need_photos(job: ExportJob) -> None:
    """Refuse static int8 without calibration photos. Raises ExportError."""
    if job.recipe.numbers == "w8a8" and not job.calibration:
        raise ExportError("static int8 needs calibration photos and got none", hint="give some with --calibration")


class Exporter(Protocol):
    """What a target's module offers; tests/contracts/test_target.py holds each of them to it.

    All but the functions are literals, which `facts` reads without importing the module.

    Attributes:
        SUFFIX: of the file or package, with its dot; no two targets share one.
        RUNTIME: the file of benchmark/runtimes that opens it.
        PRECISIONS, REFUSALS: together every name of core/precisions.py; a refusal is a sentence that says why.
        CALIBRATIONS: names of core/precisions.py, the default first, empty where there is no w8a8.
        TOOLS: distributions, or extras, whose versions are part of a file's key.
        CONVERTERS: where a target has several, their names, the default first.
        WITH_SIGNALS: where a target also writes networks that take signals beside the photo, the precisions in which it
            does, with its default converter.
    """

    SUFFIX: str
    RUNTIME: str
    PRECISIONS: tuple[str, ...]
    REFUSALS: dict[str, str]
    CALIBRATIONS: tuple[str, ...]
    TOOLS: tuple[str, ...]

    def refusal(self, spec: ModelSpec, recipe: Recipe) -> str | None:
        """Return what of this network or recipe the target cannot do, as a sentence; None where it can do everything.

        Called before any work, in the caller's process: it imports nothing heavy and raises nothing. Each precision of
        REFUSALS is refused.
        """

    def write(self, job: ExportJob, path: Path) -> Written:
        """Convert job.network and write the file, or the package's folder, at `path`, completely or not at all.

        Called in a separate process, with one thread, once for each file of one network. The file takes a photo's own
        values, 0 to 255, in the layout that the returned inputs state, and normalises by job.spec inside. It returns
        logits, float32 of 1,C,H,W or 1,H,W,C, or with OutputKind.CLASSMAP one class index per pixel, integers of 1,H,W.
        Nothing else is left beside it, and the same job gives the same bytes, whatever was written before. The network
        is not changed.

        Raises ExportError where the conversion fails or static int8 got no photos, RefusedError for obstacles that only
        show here, UnknownNameError for an unknown converter, StorageError where the file cannot be written.
        """

    def read_back(self, path: Path, written: Written) -> Contents:
        """Return every layer of the finished file that multiplies, with its weights as stored.

        Called after `write`, in the same process. It reads the file at `path`; `written` only says what inputs and
        outputs are called. Contents.multiply_adds is of one run, or None with the reason. Raises ExportError for a file
        that it cannot read.
        """


def targets() -> tuple[str, ...]:
    """Return the targets without importing any."""
    return plugin_names(_FOLDER)


def facts(target: str, name: str) -> Any:
    """Return one of a target's literals (SUFFIX, PRECISIONS, REFUSALS, CONVERTERS...) without importing it."""
    if target not in targets():
        raise UnknownNameError("target", target, targets())
    return literal(_FOLDER / f"{target}.py", name)


def exporter(target: str) -> Exporter:
    """Return a target's module; its heavy libraries are imported when it writes."""
    if target not in targets():
        raise UnknownNameError("target", target, targets())
    return cast(Exporter, importlib.import_module(f"export.{target}"))
