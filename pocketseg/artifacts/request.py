"""What is asked for, and every reason to refuse it before any work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import compress
import export
import models
from pocketseg.core import errors
from pocketseg.core.errors import RefusedError, UsageError
from pocketseg.core.precisions import CALIBRATION_METHODS, MIXED
from pocketseg.core.types import OutputKind, Recipe
from pocketseg.data.calibration import Calibration
from pocketseg.data.seen import need_garments

if TYPE_CHECKING:
    from compress import Budget

_NOTHING = models.Given()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to produce.

    Attributes:
        model: a released name or a checkpoint's path.
        given: what the checkpoint does not say itself.
        budget: photos and settings with which the recipe's steps train and choose; None: the embedded photos, briefly.
        calibration: photos for number ranges, and those that the file is compared on.
        calibration_method, converter: empty means the target's default.
    """

    model: str
    target: str
    recipe: Recipe
    output: OutputKind = OutputKind.LOGITS
    calibration: Calibration
    calibration_method: str = ""
    converter: str = ""
    given: models.Given = _NOTHING
    budget: Budget | None = None


def check(request: Request, loaded: models.Loaded | None = None) -> models.Loaded:
    """Return the opened model after refusing, before any work, what its target cannot do."""
    valid = export.facts(request.target, "PRECISIONS")
    loaded = loaded or models.open_any_model(request.model, request.given)
    for step in request.recipe.steps:
        compress.parsed(step)
    if reason := export.exporter(request.target).refusal(loaded.spec, request.recipe):
        raise _refused(request, loaded, reason, valid)
    if loaded.input_signals:
        _check_signals(request, loaded)
    _check_calibration(request, loaded)
    converters = export.facts(request.target, "CONVERTERS") or ()
    if request.converter and not converters:
        raise UsageError(f"target {request.target} has only one converter", hint="leave --converter out")
    if request.converter and request.converter not in converters:
        raise errors.UnknownNameError("converter", request.converter, converters)
    budget = request.budget or compress.Budget()
    if request.recipe.all_steps:
        compress.check(loaded, request.recipe.all_steps, budget)
    if request.recipe.precision == MIXED:
        compress.check_mixed(loaded, budget)
    return loaded


def _refused(request: Request, loaded: models.Loaded, reason: str, valid: Sequence[str]) -> RefusedError:
    """Return the error that a target lacks such a precision, or that it cannot convert this network."""
    if request.recipe.precision not in valid:
        return RefusedError(
            f"target {request.target} does not have precision {request.recipe.precision}: {reason}",
            hint=f"it has: {', '.join(valid)}",
        )
    return RefusedError(f"{request.target} {request.recipe} of {loaded.name}: {reason}")


def _check_signals(request: Request, loaded: models.Loaded) -> None:
    """Refuse what cannot be made of a network that takes signals beside the photo: all but float files of few
    targets."""
    able = {t: found for t in export.targets() if (found := export.facts(t, "WITH_SIGNALS"))}
    taken = " and ".join(loaded.input_signals)
    others = (export.facts(request.target, "CONVERTERS") or ())[1:]
    unable = request.recipe.all_steps or request.converter in others
    if unable or request.recipe.precision not in able.get(request.target, ()):
        listed = "; ".join(f"{target} {', '.join(precisions)}" for target, precisions in able.items())
        asked = f"{request.target} {request.recipe}" + (f" by {request.converter}" if request.converter else "")
        raise RefusedError(
            f"{loaded.name} takes {taken} beside the photo, which {asked} cannot have as a second input",
            hint=f"such networks can be exported to: {listed}, without steps and with the default converter",
        )


def _check_calibration(request: Request, loaded: models.Loaded) -> None:
    """Refuse photos unlike those of the network, and a method that the target's quantizer lacks or nothing would
    use."""
    if needs_calibration(request.recipe) and not request.calibration.spec:
        need_garments(loaded.name, loaded.spec.classes, loaded.metadata, str(request.recipe))
    method, valid = request.calibration_method, export.facts(request.target, "CALIBRATIONS")
    if not method:
        return
    if method not in CALIBRATION_METHODS:
        raise errors.UnknownNameError("calibration method", method, CALIBRATION_METHODS)
    if not needs_calibration(request.recipe):
        raise UsageError(f"{request.recipe} needs no calibration", hint="leave --calibration-method out, or take w8a8")
    if method not in valid:
        raise RefusedError(
            f"target {request.target} does not calibrate by {method}", hint=f"it has: {', '.join(valid)}"
        )


def calibration_method(request: Request) -> str:
    """Return the calibration method: the target's default where the request names none; empty without photos."""
    if not needs_calibration(request.recipe):
        return ""
    return request.calibration_method or str(export.facts(request.target, "CALIBRATIONS")[0])


def needs_calibration(recipe: Recipe) -> bool:
    """Return whether a recipe needs photos."""
    return recipe.precision.startswith("w8a8")
