"""From a data set's own labels to the classes of a network: each format's table, or the user's own file.

A mapping file is TOML:

    ignore = ["bag"]                  # labels that neither training nor scoring counts; may be left out

    [classes]                         # in the order of the network's outputs
    background = []                   # the first class takes every label that no line names
    top = ["shirt", "blouse"]
    shoes = ["boots", "sneakers"]
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pocketseg.core.classes import CLASSES, IGNORE_INDEX
from pocketseg.core.errors import DataError, UnknownNameError, UsageError

MAX_CLASSES = IGNORE_INDEX  # class indices are bytes, and 255 means ignored


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassMapping:
    """labels: the data's own names by id. classes: the network's. members: label names of each class but the first,
    which takes the rest; ignored: labels that are not counted."""

    labels: tuple[str, ...]
    classes: tuple[str, ...]
    members: Mapping[str, tuple[str, ...]]
    ignored: tuple[str, ...] = ()

    def class_of(self, label: str) -> str | None:
        """Name the class of a label; None where it is ignored."""
        if label in self.ignored:
            return None
        return next((c for c, names in self.members.items() if label in names), self.classes[0])

    def table(self) -> npt.NDArray[np.uint8]:
        """Give the class index of each label id, shape (256,); 255 stays 255."""
        table = np.full(256, IGNORE_INDEX, np.uint8)
        for index, label in enumerate(self.labels):
            name = self.class_of(label)
            table[index] = IGNORE_INDEX if name is None else self.classes.index(name)
        return table


def garments(labels: tuple[str, ...], members: Mapping[str, tuple[str, ...]]) -> ClassMapping:
    """Give a format's own table to the four garment classes."""
    return ClassMapping(labels=labels, classes=CLASSES, members=members)


def same(classes: tuple[str, ...]) -> ClassMapping:
    """Map every label to the class of its name."""
    return ClassMapping(labels=classes, classes=classes, members={c: (c,) for c in classes[1:]})


def read_mapping(path: Path, labels: tuple[str, ...]) -> ClassMapping:
    """Read a mapping file for a format's labels. Raises DataError, UnknownNameError for a label it does not know."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataError(f"mapping file {path} does not exist", hint="check the path after @", path=path) from error
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is no readable mapping file ({error})", hint=_EXAMPLE, path=path) from error
    unknown = sorted(set(content) - {"classes", "ignore"})
    if unknown:
        raise DataError(
            f"{path} has a part {unknown[0]!r}", hint=f"it may hold 'classes' and 'ignore'\n{_EXAMPLE}", path=path
        )
    classes = content.get("classes")
    if not isinstance(classes, dict) or not 2 <= len(classes) <= MAX_CLASSES:
        raise DataError(f"{path} needs a part [classes] with 2 to {MAX_CLASSES} classes", hint=_EXAMPLE, path=path)
    members = {name: _labels(path, name, value, labels) for name, value in classes.items()}
    ignored = _labels(path, "ignore", content.get("ignore", []), labels)
    seen: dict[str, str] = {}
    for name, names in (*members.items(), ("ignore", ignored)):
        for label in names:
            if label in seen:
                raise DataError(
                    f"{path} puts label {label!r} into {seen[label]} and into {name}", hint="choose one", path=path
                )
            seen[label] = name
    return ClassMapping(labels=labels, classes=tuple(members), members=members, ignored=ignored)


_EXAMPLE = (
    'write [classes], then lines such as background = [] and top = ["shirt"]; see `pocketseg data classes --toml`'
)


def _labels(path: Path, name: str, value: object, labels: Sequence[str]) -> tuple[str, ...]:
    if not name.strip():
        raise DataError(f"{path} has a class without a name", hint=_EXAMPLE, path=path)
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise DataError(f"{name} in {path} must be a list of label names, not {value!r}", hint=_EXAMPLE, path=path)
    for label in value:
        if label not in labels:
            raise UnknownNameError("label", label, labels, hint=f"in {name} of {path}")
    return tuple(value)


def to_toml(mapping: ClassMapping) -> str:
    """Write a mapping as a file to start one's own from."""
    lines = [f"ignore = {json.dumps(list(mapping.ignored))}", ""] if mapping.ignored else []
    lines += ["# what no line names belongs to the first class", "[classes]"]
    for name in mapping.classes:
        key = name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)
        lines.append(f"{key} = {json.dumps(list(mapping.members.get(name, ())), ensure_ascii=False)}")
    return "\n".join(lines) + "\n"


def check_classes(model: str, model_classes: Sequence[str], data: str, data_classes: Sequence[str]) -> None:
    """Refuse to score a model on other classes than its own; class_0, class_1... are a model's that names none."""
    if len(model_classes) != len(data_classes):
        raise UsageError(
            f"{model} has {len(model_classes)} classes, {data} has {len(data_classes)}",
            hint=_other_classes(model_classes),
        )
    named = [c for c in model_classes if not re.fullmatch(r"class_[0-9]+", c)]
    if named and list(model_classes) != list(data_classes):
        raise UsageError(
            f"{model} has the classes {', '.join(model_classes)}; {data} has {', '.join(data_classes)}",
            hint=_other_classes(model_classes),
        )


def _other_classes(classes: Sequence[str]) -> str:
    return f"name data with the classes {', '.join(classes)}, in this order; FORMAT:PATH@MAPPING.toml maps others"
