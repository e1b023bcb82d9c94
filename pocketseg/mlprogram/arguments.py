"""An operation's arguments by name, each asked for in the form that the operation needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from pocketseg.mlprogram.values import bounded

Held = torch.Tensor | str


class Arguments:
    """The arguments of one operation, and the shapes of the results that the program says it has.

    Every method raises KeyError for an argument that is missing and ValueError for one that is of another kind.
    """

    __slots__ = ("_shapes", "_values")

    def __init__(self, values: dict[str, Any], shapes: Sequence[tuple[int, ...]]) -> None:
        self._values, self._shapes = values, shapes

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def tensor(self, name: str) -> torch.Tensor:
        """Give a tensor."""
        value = self._values[name]
        if not isinstance(value, torch.Tensor):
            raise ValueError(f"{name} is no tensor")
        return value

    def optional(self, name: str) -> torch.Tensor | None:
        """Give a tensor, None where there is none."""
        return self.tensor(name) if name in self._values else None

    def tensors(self, name: str) -> list[torch.Tensor]:
        """Give a list of tensors."""
        value = self._values[name]
        values = value if isinstance(value, list) else [value]
        if not values or not all(isinstance(v, torch.Tensor) for v in values):
            raise ValueError(f"{name} is no list of tensors")
        return values

    def integers(self, name: str, default: list[int] | None = None) -> list[int]:
        """Give integers; without a default they are required."""
        if default is not None and name not in self._values:
            return default
        value = self.tensor(name)
        if value.dtype.is_floating_point or value.numel() > 64:
            raise ValueError(f"{name} are no integers")
        return [int(v) for v in value.reshape(-1).tolist()]

    def integer(self, name: str, default: int | None = None) -> int:
        """Give one integer; without a default it is required."""
        (value,) = self.integers(name, None if default is None else [default])
        return value

    def number(self, name: str, default: float | None = None) -> float:
        """Give one number; without a default it is required."""
        if default is not None and name not in self._values:
            return default
        value = self.tensor(name)
        if value.numel() != 1:
            raise ValueError(f"{name} is no single number")
        return float(value.reshape(()).item())

    def flag(self, name: str, default: bool) -> bool:
        """Give a flag."""
        return bool(self.integer(name, int(default)))

    def flags(self, name: str, count: int) -> list[bool]:
        """Give `count` flags, all False where there are none."""
        values = [bool(v) for v in self.integers(name, [0] * count)]
        if len(values) != count:
            raise ValueError(f"{name} are {len(values)}, not {count}")
        return values

    def text(self, name: str, default: str | None = None) -> str:
        """Give a text; without a default it is required."""
        value = self._values[name] if default is None else self._values.get(name, default)
        if not isinstance(value, str):
            raise ValueError(f"{name} is no text")
        return value

    def expect(self, shape: Sequence[int]) -> None:
        """Raise ValueError, before anything is made, where the first result is not to have that shape."""
        bounded(list(shape))
        if not self._shapes or tuple(shape) != tuple(self._shapes[0]):
            raise ValueError(f"it makes {list(shape)}, the program says {[list(s) for s in self._shapes[:1]]}")


def positive(name: str, values: Sequence[int], count: int) -> list[int]:
    """Give `count` values of at least 1, or raise ValueError."""
    if len(values) != count or any(v < 1 for v in values):
        raise ValueError(f"{name} {list(values)[:8]} must be {count} of at least 1")
    return list(values)


def axis_of(axis: int, rank: int) -> int:
    """Count an axis from the front, or raise ValueError."""
    if not -rank <= axis < rank:
        raise ValueError(f"axis {axis} of a tensor of rank {rank}")
    return axis % rank


Operation = Callable[[Arguments], torch.Tensor | Sequence[torch.Tensor]]
