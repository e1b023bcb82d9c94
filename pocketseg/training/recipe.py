"""A training recipe: one TOML file for each network, every value of which `--set NAME=VALUE` can change.

The file begins with the published recipe; each of its tables is a variant that changes some of it.
"""

from __future__ import annotations

import dataclasses
import json
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pocketseg.core.errors import UnknownNameError, UsageError
from pocketseg.core.outside import parse_toml
from pocketseg.training.settings import INPUT_SIGNALS, NAMES, TARGET_SIGNALS, Settings

FOLDER = Path(__file__).parent / "recipes"
READS = ("recipes/*.toml",)
PUBLISHED = "published"
DISTILLATIONS = ("distil_logit", "distil_channel", "distil_feature")

_NOT_NEGATIVE = (
    "weight_decay", "head_lr_factor", "warmup_steps", "poly_power", "clip_norm", "color", "fine_weight", "dice_weight",
    "teacher_weight", "target_weight", *DISTILLATIONS,
)  # fmt: skip
_ZOOMS = (0.1, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRecipe(Settings):
    """Everything that determines a run besides the data and the seed. Raises UsageError for what cannot be trained."""

    def __post_init__(self) -> None:
        if self.optimizer not in ("adam", "adamw"):
            raise UnknownNameError("optimizer", self.optimizer, ("adam", "adamw"))
        if self.norm_statistics not in ("batch", "frozen"):
            raise UnknownNameError("norm_statistics", self.norm_statistics, ("batch", "frozen"))
        if self.zeros not in ("free", "kept"):
            raise UnknownNameError("zeros", self.zeros, ("free", "kept"))
        if self.fake_quant not in ("none", "w8a8"):
            raise UnknownNameError("fake_quant", self.fake_quant, ("none", "w8a8"))
        for name in ("batch_size", "epochs", "lr", "temperature"):
            if getattr(self, name) <= 0:
                raise UsageError(f"{name} must be positive, not {getattr(self, name)}")
        for name in _NOT_NEGATIVE:
            if getattr(self, name) < 0:
                raise UsageError(f"{name} must not be negative, not {getattr(self, name)}")
        if not all(0 <= beta < 1 for beta in self.betas):
            raise UsageError(f"betas must be from 0 to below 1, not {self.betas}")
        if not 0 <= self.ema_decay < 1:
            raise UsageError(f"ema_decay must be from 0 to below 1, not {self.ema_decay}")
        if not 0 <= self.flip <= 1:
            raise UsageError(f"flip is a probability from 0 to 1, not {self.flip}")
        if not self.output_weights:
            raise UsageError(
                "output_weights is empty, so nothing would be learnt", hint="e.g. --set 'output_weights=[1.0]'"
            )
        for name in ("output_weights", "class_weights"):
            values = getattr(self, name)
            if values and (min(values) < 0 or max(values) == 0):
                raise UsageError(f"{name} must not be negative, and at least one must be above 0, not {values}")
        if not 0 < self.photos_share <= 1:
            raise UsageError(f"photos_share must be above 0 and at most 1, not {self.photos_share}")
        self._check_unlabelled()
        self._check_signals()
        if not 0 < self.scale[0] <= self.scale[1]:
            raise UsageError(f"scale {self.scale} must go from a smaller to a larger zoom, both positive")
        if self.scale[0] < _ZOOMS[0] or self.scale[1] > _ZOOMS[1]:
            raise UsageError(
                f"scale {self.scale} must lie between {_ZOOMS[0]} and {_ZOOMS[1]}: beyond that a crop shows nothing"
            )
        self._check_stages()

    def _check_unlabelled(self) -> None:
        if not 0 <= self.unlabelled_share < 1:
            raise UsageError(f"unlabelled_share must be from 0 to below 1, not {self.unlabelled_share}")
        if self.unlabelled_share == 0:
            return
        if not self.teachers_speak():
            raise UsageError("unlabelled photos need a teacher: set teacher_weight above 0 as well")
        if not 0 < self.unlabelled_a_step < self.batch_size:
            raise UsageError(
                f"unlabelled_share {self.unlabelled_share} is {self.unlabelled_a_step} photos of batch_size "
                f"{self.batch_size}: a step needs both labelled and unlabelled photos",
                hint="give a larger --batch-size, or change --set unlabelled_share",
            )

    def _check_signals(self) -> None:
        for name, known in (("input_signals", INPUT_SIGNALS), ("target_signals", TARGET_SIGNALS)):
            for signal in (given := getattr(self, name)):
                if signal not in known:
                    raise UnknownNameError(f"signal in {name}", signal, known)
            if len(set(given)) < len(given):
                raise UsageError(f"{name} lists a signal twice: {given}")
        if not 0 <= self.signal_dropout < 1:
            raise UsageError(f"signal_dropout is a probability from 0 to below 1, not {self.signal_dropout}")

    def _check_stages(self) -> None:
        if self.stages and abs(sum(s[0] for s in self.stages) - 1) > 1e-6:
            raise UsageError(f"the shares of {stages_said(self.stages)} must add up to 1")
        if any(s[0] <= 0 for s in self.stages):
            raise UsageError(f"the shares of {stages_said(self.stages)} must be positive")
        for height, width in (*((s[1], s[2]) for s in self.stages), (self.height_px, self.width_px)):
            if height % 32 or width % 32 or min(height, width) < 64:
                raise UsageError(f"size {height} x {width} must be multiples of 32, at least 64")
        if self.stages and self.stages[-1][1:] != (self.height_px, self.width_px):
            last = f"{self.stages[-1][1]} x {self.stages[-1][2]}"
            raise UsageError(
                f"the last stage trains at {last} (height x width), but the released size is "
                f"{self.height_px} x {self.width_px}",
                hint=f"give --set 'stages=[]' or stages that end at {self.height_px} x {self.width_px}",
            )

    @property
    def unlabelled_a_step(self) -> int:
        """Return how many photos of each batch are unlabelled."""
        return round(self.batch_size * self.unlabelled_share)

    def photos_a_step(self, labelled: int) -> int:
        """Return how many photos a step sees: the whole batch, or all labelled photos where there are fewer."""
        return min(labelled, self.batch_size - self.unlabelled_a_step) + self.unlabelled_a_step

    def facts(self) -> dict[str, Any]:
        """Return the settings as plain values; those of signals only where a run uses signals."""
        found = dataclasses.asdict(self)
        if not self.takes_signals():
            for name in ("input_signals", "signal_dropout", "target_signals", "target_weight"):
                del found[name]
        return found

    def takes_signals(self) -> bool:
        """Return whether training needs signals of the photos, as inputs or as targets."""
        return bool(self.input_signals or self.target_signals)

    def teachers_run_along(self) -> bool:
        """Return whether a loss needs the teachers' answers for each step's crops."""
        return any(getattr(self, name) > 0 for name in DISTILLATIONS)

    def teachers_speak(self) -> bool:
        """Return whether any loss needs teachers."""
        return self.teacher_weight > 0 or self.teachers_run_along()

    def sizes(self) -> tuple[tuple[float, int, int], ...]:
        """Return the stages; one at the released size where the recipe names none."""
        return self.stages or ((1.0, self.height_px, self.width_px),)


def load_recipe(network: str, changes: Mapping[str, Any], variant: str = PUBLISHED) -> TrainingRecipe:
    """Return a network's published recipe, or a variant of it, with `changes` applied.

    Raises UnknownNameError, with the nearest known name, and UsageError for values that do not fit.
    """
    path = FOLDER / f"{network}.toml"
    if not path.is_file():
        raise UnknownNameError("training recipe", network, recipes())
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    values = {k: v for k, v in content.items() if not isinstance(v, dict)}
    variants = {k: v for k, v in content.items() if isinstance(v, dict)}
    if variant != PUBLISHED:
        if variant not in variants:
            raise UnknownNameError(f"recipe of {network}", variant, (PUBLISHED, *variants))
        values |= variants[variant]
    for name, value in changes.items():
        if name not in NAMES:
            raise UnknownNameError("recipe setting", name, NAMES)
        values[name] = value
    checked = {
        f.name: _tuples(values[f.name])
        for f in dataclasses.fields(TrainingRecipe)
        if f.name in values or f.default is dataclasses.MISSING
    }
    for name in changes:
        _check_kind(name, checked[name])
    return TrainingRecipe(**checked)


def recipes() -> tuple[str, ...]:
    """Return the names of the networks that have a recipe."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def stages_said(stages: Sequence[tuple[float, int, int]]) -> str:
    """Return stages as --set takes them: `stages=[[0.6,192,128],[0.4,320,192]]`."""
    return f"stages={json.dumps(stages, separators=(',', ':'))}"


def at_size(recipe: TrainingRecipe, height_px: int, width_px: int) -> dict[str, Any]:
    """Return the changes that make a recipe end at another size in px; its stages keep their shares and proportions.

    Sizes of earlier stages are rounded to multiples of 32, at least 64. Raises UsageError for a size that cannot be
    trained.
    """

    def scaled(side: int, old: int, new: int) -> int:
        return max(64, round(side * new / old / 32) * 32)

    end = recipe.height_px, recipe.width_px
    before = [[s, scaled(h, end[0], height_px), scaled(w, end[1], width_px)] for s, h, w in recipe.stages[:-1]]
    last = [[share, height_px, width_px] for share, _, _ in recipe.stages[-1:]]
    return {"height_px": height_px, "width_px": width_px, "stages": [*before, *last]}


def parse_changes(texts: tuple[str, ...]) -> dict[str, Any]:
    """Return `NAME=VALUE` texts as settings; values are written as in TOML."""
    changes: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"{text!r} is not a setting", hint="write NAME=VALUE, e.g. --set lr=5e-4")
        try:
            changes[name.strip()] = parse_toml(f"value = {value}")["value"]
        except ValueError:
            changes[name.strip()] = value
    return changes


def _check_kind(name: str, value: Any) -> None:
    """Refuse a value that does not have its setting's type."""
    kinds = {
        "str": "a text",
        "int": "a whole number",
        "float": "a number",
        "tuple[float, float]": "two numbers, e.g. [0.5, 1.5]",
        "tuple[str, ...]": 'a list of names, e.g. ["silhouette"]',
        "tuple[float, ...]": "a list of numbers, e.g. [1.0, 1.5]",
        "tuple[tuple[float, int, int], ...]": "a list of [share, height, width], e.g. [[0.5, 64, 64], [0.5, 128, 128]]",
    }
    kind = str(Settings.__annotations__[name])
    numbers = isinstance(value, tuple) and all(_number(v) for v in value)
    fits = {
        "str": isinstance(value, str),
        "int": _number(value) and isinstance(value, int),
        "float": _number(value),
        "tuple[float, float]": numbers and len(value) == 2,
        "tuple[float, ...]": numbers,
        "tuple[str, ...]": isinstance(value, tuple) and all(isinstance(v, str) for v in value),
        "tuple[tuple[float, int, int], ...]": isinstance(value, tuple)
        and all(
            isinstance(v, tuple)
            and len(v) == 3
            and _number(v[0])
            and all(_number(n) and isinstance(n, int) for n in v[1:])
            for v in value
        ),
    }[kind]
    if not fits:
        raise UsageError(f"recipe setting {name} must be {kinds[kind]}, not {value!r}")


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value
