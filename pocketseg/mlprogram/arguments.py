"""An operation's arguments by name, each returned in the form that the operation needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from pocketseg.mlprogram.values import bounded

Held = torch.Tensor | str


class Arguments:
    """The arguments of one operation, and the shapes that the program declares for its results.

    Every method raises KeyError for a missing argument and ValueError for one of another kind.
    """

    __slots__ = ("_shapes", "_values")

    def __init__(self, values: dict[str, Any], shapes: Sequence[tuple[int, ...]]) -> None:
        self._values, self._shapes = values, shapes

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def tensor(self, name: str) -> torch.Tensor:
        """Return a tensor."""
        value = self._values[name]
        if not isinstance(value, torch.Tensor):
            raise ValueError(f"{name} is not a tensor")
        return value

    def optional(self, name: str) -> torch.Tensor | None:
        """Return a tensor, or None where there is none."""
        return self.tensor(name) if name in self._values else None

    def tensors(self, name: str) -> list[torch.Tensor]:
        """Return a list of tensors."""
        value = self._values[name]
        values = value if isinstance(value, list) else [value]
        if not values or not all(isinstance(v, torch.Tensor) for v in values):
            raise ValueError(f"{name} is not a list of tensors")
        return values

    def integers(self, name: str, default: list[int] | None = None) -> list[int]:
        """Return integers; without a default they are required."""
        if default is not None and name not in self._values:
            return default
        value = self.tensor(name)
        if value.dtype.is_floating_point or value.numel() > 64:
            raise ValueError(f"{name} are not integers")
        return [int(v) for v in value.reshape(-1).tolist()]

    def integer(self, name: str, default: int | None = None) -> int:
        """Return one integer; without a default it is required."""
        (value,) = self.integers(name, None if default is None else [default])
        return value

    def number(self, name: str, default: float | None = None) -> float:
        """Return one number; without a default it is required."""
        if default is not None and name not in self._values:
            return default
        value = self.tensor(name)
        if value.numel() != 1:
            raise ValueError(f"{name} is not a single number")
        return float(value.reshape(()).item())

    def flag(self, name: str, default: bool) -> bool:
        """Return a flag."""
        return bool(self.integer(name, int(default)))

    def flags(self, name: str, count: int) -> list[bool]:
        """Return `count` flags, all False where there are none."""
        values = [bool(v) for v in self.integers(name, [0] * count)]
        if len(values) != count:
            raise ValueError(f"{name} are {len(values)}, not {count}")
        return values

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; without a default it is required."""
        value = self._values[name] if default is None else self._values.get(name, default)
        if not isinstance(value, str):
            raise ValueError(f"{name} is not a text")
        return value

    def expect(self, shape: Sequence[int]) -> None:
        """Raise ValueError, before anything is computed, where the first result is declared with another shape."""
        bounded(list(shape))
        if not self._shapes or tuple(shape) != tuple(self._shapes[0]):
            raise ValueError(f"it makes {list(shape)}, but the program says {[list(s) for s in self._shapes[:1]]}")


def positive(name: str, values: Sequence[int], count: int) -> list[int]:
    """Return `count` values of at least 1. Raises ValueError."""
    if len(values) != count or any(v < 1 for v in values):
        raise ValueError(f"{name} {list(values)[:8]} must be {count} of at least 1")
    return list(values)


def axis_of(axis: int, rank: int) -> int:
    """Return an axis counted from the front. Raises ValueError."""
    if not -rank <= axis < rank:
        raise ValueError(f"axis {axis} of a tensor of rank {rank}")
    return axis % rank


Operation = Callable[[Arguments], torch.Tensor | Sequence[torch.Tensor]]
