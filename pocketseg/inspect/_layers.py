"""Turns what was read from a file into lines of an inspection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from export._readback import Contents
from pocketseg.inspect import Layer


def layers_of(contents: Contents, drop: Sequence[str] = ()) -> tuple[Layer, ...]:
    """Return all layers, the one with most bytes first. drop: endings to remove from names, in this order."""
    found = []
    for place, weight in enumerate(contents.weights, start=1):
        count = int(weight.codes.size)
        found.append(
            Layer(
                name=_without(weight.name, drop) or f"layer {place}",
                operation=weight.operation,
                kind=weight.stored_as,
                bits=weight.bits,
                weights=count,
                bytes=weight.bytes,
                zero_share=weight.zeros / count if count else 0.0,
                unique_values=len(np.unique(weight.codes)),
                compute=weight.compute,
            )
        )
    return tuple(sorted(found, key=lambda layer: -layer.bytes))


def _without(name: str, ends: Sequence[str]) -> str:
    for end in ends:
        name = name.removesuffix(end)
    return name


def counted(names: Iterable[str]) -> dict[str, int]:
    """Return counts of names, the most frequent first."""
    return dict(sorted(Counter(names).items(), key=lambda item: (-item[1], item[0])))


def summed(sizes: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return sums of bytes by type, the largest first."""
    total: Counter[str] = Counter()
    for kind, size in sizes:
        total[kind] += size
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


def before_first_layer(
    nodes: Iterable[tuple[str, Iterable[Any], Iterable[Any]]], inputs: Iterable[Any], layers: Sequence[str]
) -> tuple[str, ...]:
    """Return the operations on the input up to the first layer, in order; empty where no layer follows.

    nodes: (operation, its inputs, its outputs), in the file's order; layers: prefixes of names.
    """
    known = set(inputs)
    names: list[str] = []
    for name, taken, given in nodes:
        if known.isdisjoint(taken):
            continue
        if name.startswith(tuple(layers)):
            return tuple(names)
        known.update(given)
        names.append(name)
    return ()
