"""What a sweep is to do: its grid, from a file or from options, and the cells in it, named by what decides them."""

from __future__ import annotations

import contextlib
import dataclasses
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import compress
import export
import models
from benchmark.device import cpu_model
from compress import Budget
from compress._budget import MAX_DROP
from pocketseg.core.cache import code_hash
from pocketseg.core.errors import RefusedError, UnknownNameError, UsageError
from pocketseg.core.files import sha256_file, sha256_json
from pocketseg.core.types import Recipe
from pocketseg.data.calibration import Calibration, open_calibration
from pocketseg.data.labelled import check_parts, labels_hash, need_labels
from pocketseg.data.photos import open_photos
from pocketseg.data.sample import sample_split_hash
from pocketseg.data.split import SPLITS, find_split
from pocketseg.produce import Request, check

EPOCHS = 5  # that a step may train where nothing is said
_CODE = (
    "models", "compress", "export", "benchmark", "pocketseg/core", "pocketseg/data", "pocketseg/training",
    "pocketseg/produce.py", "pocketseg/_convert.py", "pocketseg/measured.py", "pocketseg/reference.py",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """A grid and what its jobs may use.

    models: released names or weights files. recipes: recipe texts. targets: names. data: `FORMAT:PATH`, or empty for
    the embedded photos; steps train on its training photos, choose on its validation photos, and files are scored on
    its test photos. epochs: passes that a step may train. settings: changes to the training recipe of the steps.
    teachers: released names or weights files that steps learn from, too. threads: of the runtimes. max_drop: of mIoU,
    0 to 1, that w8a8:mixed may cost where rounding is simulated.
    """

    models: tuple[str, ...]
    recipes: tuple[str, ...]
    targets: tuple[str, ...]
    data: str = ""
    split_file: Path | None = None
    epochs: int = EPOCHS
    settings: Mapping[str, Any] = field(default_factory=dict)
    teachers: tuple[str, ...] = ()
    calibration: str = ""
    threads: int = 1
    max_drop: float = MAX_DROP

    def __post_init__(self) -> None:
        for name in ("models", "recipes", "targets"):
            values = getattr(self, name)
            if not values:
                raise UsageError(f"the sweep has no {name}", hint=f"give {name} = [...] in the file, or --{name} A,B")
            twice = sorted({v for v in values if values.count(v) > 1})
            if twice:
                raise UsageError(f"{twice[0]} stands twice among the sweep's {name}", hint="name each once")
        if len(set(self.teachers)) < len(self.teachers):
            raise UsageError("a teacher stands twice among the sweep's teachers", hint="name each once")
        if self.threads < 1:
            raise UsageError(f"threads must be at least 1, is {self.threads}")

    @property
    def budget(self) -> Budget:
        """Say what steps may train on and for how long."""
        return Budget(
            data=self.data,
            split_file=self.split_file,
            epochs=self.epochs,
            settings=dict(self.settings),
            teachers=self.teachers,
            max_drop=self.max_drop,
        )

    def to_json(self) -> dict[str, Any]:
        """Give every field as JSON values."""
        return {**dataclasses.asdict(self), "split_file": str(self.split_file) if self.split_file else None}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Sweep:
        """Read what to_json gave."""
        lists = {k: tuple(content.get(k, ())) for k in ("models", "recipes", "targets", "teachers")}
        file = content.get("split_file")
        return cls(**{**content, **lists, "split_file": Path(file) if file else None})


_TYPES = {
    "models": list, "recipes": list, "targets": list, "data": str, "split_file": str, "epochs": int, "set": dict,
    "teachers": list,
    "calibration": str, "threads": int, "max_drop": float,
}  # fmt: skip


def read_toml(path: Path) -> dict[str, Any]:
    """Read a sweep's file into Sweep's fields. Raises UsageError where it is no sweep."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(
            f"{path} does not exist", hint="give a sweep's file, or --models, --recipes, --targets"
        ) from error
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} is no sweep: {error}", hint='write TOML, e.g. models = ["u2netp"]') from error
    for key, value in content.items():
        if key not in _TYPES:
            raise UnknownNameError("entry of a sweep", key, tuple(_TYPES))
        if not isinstance(value, _TYPES[key]) or isinstance(value, bool):
            raise UsageError(f"{key} in {path} must be a {_TYPES[key].__name__}, is {value!r}")
        if isinstance(value, list) and not all(isinstance(v, str) for v in value):
            raise UsageError(f"{key} in {path} must be a list of texts")
    found: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in content.items() if k != "set"}
    if "set" in content:
        found["settings"] = content["set"]
    if "split_file" in found:
        found["split_file"] = path.parent / found["split_file"]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One row to be: a network, a recipe, a target. key: hash of everything that decides the row."""

    model: str
    recipe: Recipe
    target: str
    key: str

    @property
    def name(self) -> str:
        """Name the network as rows do: a released name, or the file's stem."""
        return self.model if self.model in models.released() else Path(self.model).stem

    @property
    def title(self) -> str:
        """Name the cell in one word a part."""
        return f"{self.name} {self.target} {self.recipe}"

    @property
    def folder(self) -> str:
        """Name the cell's folder: readable, and its own."""
        plain = f"{self.name}-{self.target}-{self.recipe}".replace(":", "_").replace("/", "_")
        return f"{plain}-{self.key[:8]}"


def cells(sweep: Sweep) -> list[Cell]:
    """List the grid, networks one after the other, targets within them. Raises UsageError for what cannot be meant."""
    for target in sweep.targets:
        if target not in export.targets():
            raise UnknownNameError("target", target, export.targets())
    recipes = [Recipe.parse(text) for text in sweep.recipes]
    if len(set(recipes)) < len(recipes):
        raise UsageError("two of the sweep's recipes are the same", hint="fp32 at the end of a recipe says nothing new")
    for recipe in recipes:
        for step in recipe.all_steps:
            with contextlib.suppress(RefusedError):  # its cells become rows that say so
                compress.parsed(step)
    compress.need_training([step for recipe in recipes for step in recipe.all_steps], sweep.budget)
    common = {
        "data": _data_hash(sweep),
        "epochs": sweep.epochs,
        "settings": dict(sweep.settings),
        "teachers": [_weights_hash(t) for t in sweep.teachers],
        "max_drop": sweep.max_drop,
        "calibration": open_calibration(sweep.calibration).hash,
        "threads": sweep.threads,
        "cpu": cpu_model(),
        "code": code_hash(_CODE),
    }
    weights = {model: _weights_hash(model) for model in sweep.models}
    return [
        Cell(
            model=model,
            recipe=recipe,
            target=target,
            key=sha256_json({**common, "weights": weights[model], "recipe": str(recipe), "target": target})[:40],
        )
        for model in sweep.models
        for target in sweep.targets
        for recipe in recipes
    ]


def refusals(cells: Sequence[Cell], sweep: Sweep) -> dict[str, str]:
    """Say, before any work, why cells cannot be: a sentence by key, none for those that can.

    Each network, and the calibration photos, are opened once.
    """
    found: dict[str, str] = {}
    loaded: dict[str, models.Loaded] = {}
    calibration = open_calibration(sweep.calibration) if cells else None
    for cell in cells:
        try:
            if cell.model not in loaded:
                loaded[cell.model] = models.open_model(cell.model)
            check(request(cell, sweep, calibration), loaded[cell.model])
        except RefusedError as error:
            found[cell.key] = error.message
    return found


def request(cell: Cell, sweep: Sweep, calibration: Calibration | None = None) -> Request:
    """Give the request for a cell's file. calibration: the sweep's photos, where they are open already."""
    return Request(
        model=cell.model,
        target=cell.target,
        recipe=cell.recipe,
        calibration=calibration or open_calibration(sweep.calibration),
        budget=sweep.budget,
    )


def _weights_hash(model: str) -> str:
    released = models.RELEASED_FOLDER / f"{model}.safetensors"
    path = released if model in models.released() else Path(model)
    if not path.is_file():
        models.open_model(model)  # says what is wrong with it
    return sha256_file(path)


def _data_hash(sweep: Sweep) -> str:
    """Name the photos by their split, which freezes them byte for byte, and their labels. Raises DataError."""
    if not sweep.data:
        return sample_split_hash()
    photos = open_photos(sweep.data)
    need_labels(photos)
    split = find_split(photos, sweep.split_file, SPLITS)
    check_parts(photos, {part: split.ids(part) for part in SPLITS})
    return sha256_json([split.hash, labels_hash(photos, [i for part in SPLITS for i in split.ids(part)])])[:16]
