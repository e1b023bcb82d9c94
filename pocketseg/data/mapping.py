"""From a data set's own labels to the classes of a network: each format's table, or the user's (mapping_file.py)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pocketseg.core.classes import CLASSES, IGNORE_INDEX
from pocketseg.core.errors import UsageError
from pocketseg.data.spec import Masks

MAX_CLASSES = IGNORE_INDEX  # class indices are 8-bit, and 255 means ignored


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassMapping:
    """A mapping from labels to classes.

    Attributes:
        labels: the data's own names by id.
        classes: the network's.
        members: label names of each class but the first, which takes all other labels.
        ignored: labels that are not counted.
        values, colors: where mask files do not hold label ids, the label of each value (0 to 255) or colour (#rrggbb).
        masks: what mask files lie over.
    """

    labels: tuple[str, ...]
    classes: tuple[str, ...]
    members: Mapping[str, tuple[str, ...]]
    ignored: tuple[str, ...] = ()
    values: tuple[tuple[int, str], ...] = ()
    colors: tuple[tuple[str, str], ...] = ()
    masks: Masks = Masks.UPRIGHT

    def class_of(self, label: str) -> str | None:
        """Return the class of a label; None where it is ignored."""
        if label in self.ignored:
            return None
        return next((c for c, names in self.members.items() if label in names), self.classes[0])

    def table(self) -> npt.NDArray[np.uint8]:
        """Return the class index of each label id, shape (256,); 255 stays 255."""
        table = np.full(256, IGNORE_INDEX, np.uint8)
        for index, label in enumerate(self.labels):
            name = self.class_of(label)
            table[index] = IGNORE_INDEX if name is None else self.classes.index(name)
        return table


def garments(labels: tuple[str, ...], members: Mapping[str, tuple[str, ...]]) -> ClassMapping:
    """Return a format's own table to the four garment classes."""
    return ClassMapping(labels=labels, classes=CLASSES, members=members)


def same(classes: tuple[str, ...]) -> ClassMapping:
    """Return the mapping of every label to the class of the same name."""
    return ClassMapping(labels=classes, classes=classes, members={c: (c,) for c in classes[1:]})


def is_background(name: str) -> bool:
    """Return whether a class or label is called the background: background, _Background_, bg..."""
    return "".join(c for c in name.lower() if c.isalnum()) in ("background", "bg")


def to_toml(mapping: ClassMapping) -> str:
    """Return a mapping as the text of a file that users can start from."""
    lines = [f"masks = {json.dumps(mapping.masks)}", ""] if mapping.masks is Masks.UNTURNED else []
    lines += [f"ignore = {json.dumps(list(mapping.ignored))}", ""] if mapping.ignored else []
    for part, table in (("values", mapping.values), ("colors", mapping.colors)):
        if table:
            lines += [f"[{part}]", *(f"{_key(str(key))} = {_text(label)}" for key, label in table), ""]
    lines += ["# labels that no line names belong to the first class", "[classes]"]
    for name in mapping.classes:
        lines.append(f"{_key(name)} = {_text(list(mapping.members.get(name, ())))}")
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def check_classes(model: str, model_classes: Sequence[str], data: str, data_classes: Sequence[str]) -> None:
    """Refuse to score a model on classes other than its own; names class_0, class_1... stand for a model without
    names."""
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
    return (
        f"use data with the classes {', '.join(classes)}, in this order; FORMAT:PATH@MAPPING.toml maps other labels "
        "to them"
    )
