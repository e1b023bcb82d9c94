"""What the files of one network share: made for the first file that needs it, kept for the others of its process."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Value = TypeVar("Value")


class Shared:
    """Values that no file changes, each made once: bytes, numbers, read-only arrays.

    One of these belongs to one network and its spec. What else decides a value (an opset, the output) is in its key.
    """

    def __init__(self) -> None:
        self._made: dict[Hashable, Any] = {}

    def once(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value of `key`, which `make` makes where it is absent; an error of `make` leaves nothing."""
        if key not in self._made:
            self._made[key] = make()
        found: Value = self._made[key]
        return found
