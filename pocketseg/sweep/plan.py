"""A sweep's plan: its grid, from a file or from options, and the grid's cells, named by a hash of their inputs."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
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
from models import Given
from pocketseg.artifacts.request import Request, check
from pocketseg.core import outside
from pocketseg.core.errors import RefusedError, UnknownNameError, UsageError
from pocketseg.core.files import sha256_file, sha256_json
from pocketseg.core.keys import code_hash
from pocketseg.core.types import Recipe
from pocketseg.data.calibration import EMBEDDED, Calibration, Part, calibration_for
from pocketseg.sweep.code import code, tools
from pocketseg.sweep.photos import data_hash

_NOTHING = Given()
EPOCHS = 5  # that a step may train where nothing is said


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """A grid, and what its jobs may use.

    models: released names or weights files. recipes: recipe texts. targets: names. data: `FORMAT:PATH`, or empty for
    the embedded photos. Steps train on its training photos; steps and fronts choose on its validation photos; the files
    on the fronts are also scored on its test photos. split_file: the split of data, and of calibration's photos where
    they are in it. epochs: passes that a step may train. settings: changes to the training recipe of the steps.
    teachers: released names or weights files that steps also learn from. calibration, calibration_split: photos for
    number ranges, and which of them, as Part names them. threads: of the runtimes. max_drop: of mIoU, 0 to 1, that
    w8a8:mixed may cost where rounding is simulated. given: what the user says of each model whose file does not say it
    itself.
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
    calibration_split: str = Part.TRAIN.value
    threads: int = 1
    max_drop: float = MAX_DROP
    given: Given = _NOTHING

    def __post_init__(self) -> None:
        for name in ("models", "recipes", "targets"):
            values = getattr(self, name)
            if not values:
                raise UsageError(
                    f"the sweep has no {name}", hint=f"write {name} = [...] in the file, or give --{name} A,B"
                )
            twice = sorted({v for v in values if values.count(v) > 1})
            if twice:
                raise UsageError(f"{twice[0]} is listed twice in the sweep's {name}", hint="name each once")
        if len(set(self.teachers)) < len(self.teachers):
            raise UsageError("a teacher is listed twice in the sweep's teachers", hint="name each once")
        if self.threads < 1:
            raise UsageError(f"threads must be at least 1, not {self.threads}")
        if self.calibration_split not in (valid := tuple(part.value for part in Part)):
            raise UnknownNameError("calibration_split", self.calibration_split, valid)
        if self.data and self.calibration_split == Part.ALL.value and self.calibration in ("", self.data):
            raise UsageError(
                "--calibration-split all would calibrate on photos that the files are scored on",
                hint="leave it out to calibrate on the data's training photos, or name other photos with --calibration",
            )

    @property
    def budget(self) -> Budget:
        """Return what steps may train on and for how long. Raises UsageError for a split file without photos."""
        of_calibration = not self.data and self.calibration not in ("", EMBEDDED)
        return Budget(
            data=self.data,
            split_file=None if of_calibration else self.split_file,
            epochs=self.epochs,
            settings=dict(self.settings),
            teachers=self.teachers,
            max_drop=self.max_drop,
        )

    def photos(self) -> Calibration:
        """Open the calibration photos: training photos of `calibration`, else of `data`, else the embedded ones."""
        return calibration_for(self.calibration, self.data, self.split_file, part=Part(self.calibration_split))

    def to_json(self) -> dict[str, Any]:
        """Return every field as JSON values."""
        file = str(self.split_file) if self.split_file else None
        return {**dataclasses.asdict(self), "split_file": file, "given": self.given.to_json()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Sweep:
        """Return the sweep that to_json described."""
        lists = {k: tuple(content.get(k, ())) for k in ("models", "recipes", "targets", "teachers")}
        file = content.get("split_file")
        given = Given.from_json(content.get("given", {}))
        return cls(**{**content, **lists, "split_file": Path(file) if file else None, "given": given})


_TYPES = {
    "models": list, "recipes": list, "targets": list, "data": str, "split_file": str, "epochs": int, "set": dict,
    "teachers": list,
    "calibration": str, "calibration_split": str, "threads": int, "max_drop": float,
    "network": str, "classes": int, "mean": list, "std": list, "size": str,
}  # fmt: skip


def read_toml(path: Path) -> dict[str, Any]:
    """Return the fields of Sweep from a sweep's file. Raises UsageError where it is not one."""
    try:
        content = outside.read_toml(path)
    except FileNotFoundError as error:
        raise UsageError(
            f"{path} does not exist", hint="give a sweep file, or --models, --recipes, --targets"
        ) from error
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} is not a sweep file: {error}", hint='write TOML, e.g. models = ["u2netp"]') from error
    for key, value in content.items():
        if key not in _TYPES:
            raise UnknownNameError("entry of a sweep", key, tuple(_TYPES))
        if not isinstance(value, _TYPES[key]) or isinstance(value, bool):
            raise UsageError(f"{key} in {path} must be a {_TYPES[key].__name__}, not {value!r}")
        if isinstance(value, list) and key not in _TRIPLES and not all(isinstance(v, str) for v in value):
            raise UsageError(f"{key} in {path} must be a list of strings")
    about = {k: content.pop(k) for k in ("network", "classes", "size", *_TRIPLES) if k in content}
    found: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in content.items() if k != "set"}
    found["given"] = _given(about, path)
    if "set" in content:
        found["settings"] = content["set"]
    if "split_file" in found:
        found["split_file"] = path.parent / found["split_file"]
    return found


_TRIPLES = ("mean", "std")


def _given(about: Mapping[str, Any], path: Path) -> Given:
    """Return what a sweep's file says of its models. Raises UsageError."""
    for key in _TRIPLES:
        value = about.get(key, [0, 0, 0])
        if len(value) != 3 or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in value):
            raise UsageError(f"{key} in {path} must be [red, green, blue], not {value!r}")
    mean, std = (tuple(map(float, about[key])) if key in about else None for key in _TRIPLES)
    height_px, width_px = models.sides(about["size"]) if "size" in about else (None, None)
    return Given(
        network=about.get("network"), classes=about.get("classes"), height_px=height_px, width_px=width_px,
        mean_rgb=mean, std_rgb=std,  # type: ignore[arg-type]  # three each, as checked
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One row to make: a network, a recipe, a target.

    key: hash of everything that the row depends on. name: what rows call the network; unique in the sweep. own: the
    network's own name. given: what the user says where the network's file does not say it. assumed: what neither says,
    as in models.Loaded.
    """

    model: str
    recipe: Recipe
    target: str
    key: str
    name: str
    own: str
    given: Given = _NOTHING
    assumed: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def title(self) -> str:
        """Return the cell's name: network, target and recipe."""
        return f"{self.name} {self.target} {self.recipe}"

    @property
    def folder(self) -> str:
        """Return the name of the cell's folder: readable, unique, and unchanged when the sweep grows."""
        plain = f"{self.own}-{self.target}-{self.recipe}".replace(":", "_").replace("/", "_")
        return f"{plain}-{self.key[:8]}"


def cells(sweep: Sweep) -> list[Cell]:
    """Return the grid's cells, grouped by network, then by target. Raises UsageError for a grid that makes no sense."""
    for target in sweep.targets:
        if target not in export.targets():
            raise UnknownNameError("target", target, export.targets())
    recipes = [Recipe.parse(text) for text in sweep.recipes]
    if len(set(recipes)) < len(recipes):
        raise UsageError(
            "two of the sweep's recipes are the same",
            hint="name each once; fp32 at the end of a recipe changes nothing",
        )
    for recipe in recipes:
        for step in recipe.all_steps:
            with contextlib.suppress(RefusedError):  # its cells become rows that say so
                compress.parsed(step)
    compress.need_training([step for recipe in recipes for step in recipe.all_steps], sweep.budget)
    weights_hash = functools.cache(_weights_hash)
    common = {
        "data": data_hash(sweep),
        "epochs": sweep.epochs,
        "settings": dict(sweep.settings),
        "teachers": [weights_hash(t) for t in sweep.teachers],
        "max_drop": sweep.max_drop,
        "calibration": sweep.photos().hash,
        "threads": sweep.threads,
        "cpu": cpu_model(),
    }

    @functools.cache  # many cells have the same
    def made_with(model: str, target: str, steps: tuple[str, ...]) -> dict[str, Any]:
        of_ours = code_hash(code(sweep, model, specs[model][0].name, target, steps))
        return {"code": of_ours, "tools": tools(target, steps)}

    given = dict(zip(sweep.models, models.given_each(sweep.models, sweep.given), strict=True))
    specs = {model: models.read_spec(model, given[model]) for model in sweep.models}
    called = [models.called(model) for model in sweep.models]
    own = dict(zip(sweep.models, (name for name, _ in called), strict=True))
    names = dict(zip(sweep.models, models.told_apart(list(own.values()), [path for _, path in called]), strict=True))
    return [
        Cell(
            name=names[model],
            own=own[model],
            model=model,
            recipe=recipe,
            target=target,
            key=_key(
                {
                    **common,
                    "weights": weights_hash(model),
                    "given": given[model].to_json(),
                    "taught_by": [weights_hash(ref) for step in recipe.all_steps for ref in compress.teachers(step)],
                    **made_with(model, target, recipe.all_steps),
                },
                recipe,
                target,
            ),
            given=given[model],
            assumed=specs[model][1],
        )
        for model in sweep.models
        for target in sweep.targets
        for recipe in recipes
    ]


def _key(facts: Mapping[str, Any], recipe: Recipe, target: str) -> str:
    return sha256_json({**facts, "recipe": str(recipe), "target": target})[:40]


def assumptions(cells: Sequence[Cell]) -> list[str]:
    """Return what is assumed of the cells' networks, a line each; none for those whose files say everything."""
    lines = (models.assumed_line(cell.name, cell.assumed) for cell in cells)
    return [line for line in dict.fromkeys(lines) if line]


def refusals(cells: Sequence[Cell], sweep: Sweep) -> dict[str, str]:
    """Return, before any work, why cells cannot be made: a sentence by key, none for those that can.

    Each network, and the calibration photos, are opened once.
    """
    found: dict[str, str] = {}
    loaded: dict[str, models.Loaded] = {}
    calibration = sweep.photos() if cells else None
    for cell in cells:
        try:
            if cell.model not in loaded:
                loaded[cell.model] = models.open_model(cell.model, cell.given)
            check(request(cell, sweep, calibration), loaded[cell.model])
        except RefusedError as error:
            found[cell.key] = error.message
    return found


def request(cell: Cell, sweep: Sweep, calibration: Calibration | None = None) -> Request:
    """Return the export request for a cell's file. calibration: the sweep's photos, where they are open already."""
    return Request(
        model=cell.model,
        target=cell.target,
        recipe=cell.recipe,
        calibration=calibration or sweep.photos(),
        budget=sweep.budget,
        given=cell.given,
    )


def _weights_hash(model: str) -> str:
    return sha256_file(models.locate(model))
