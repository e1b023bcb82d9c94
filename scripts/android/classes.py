"""A class as seen by a linker: its name, its parents, its members and which of them are native."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

NATIVE = 0x0100


@dataclass(frozen=True, slots=True, kw_only=True)
class Type:
    """A class or interface; names are `java/lang/Object`, members `name(parameters)result` or `name:type`."""

    name: str
    parents: tuple[str, ...]
    members: frozenset[str]
    native: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """What a program refers to: types, and members with the type through which they are reached."""

    types: frozenset[str]
    members: frozenset[tuple[str, str]]


Lookup = Callable[[str], Type | None]


def element(descriptor: str) -> str:
    """Return the class in a descriptor, also inside an array; empty for types that are not classes."""
    inner = descriptor.lstrip("[")
    return inner[1:-1] if inner.startswith("L") else ""


def unresolved(references: References, lookup: Lookup) -> list[str]:
    """Return, as sorted sentences, what no class of `lookup` has; parents are searched as a phone does."""
    faults = [f"class {name} is nowhere" for name in references.types if lookup(name) is None]
    for owner, member in references.members:
        found = lookup(owner)
        if found is not None and not any(member in each.members for each in _family(found, lookup)):
            faults.append(f"{owner} has no {member}")
    return sorted(faults)


def missing_parents(types: Iterable[Type], lookup: Lookup) -> list[str]:
    """Return, as sentences, which parents of these types do not exist."""
    return sorted(
        f"{each.name} needs {parent}, which is nowhere"
        for each in types
        for parent in each.parents
        if lookup(parent) is None
    )


def _family(first: Type, lookup: Lookup) -> Iterator[Type]:
    """Yield a type and everything it inherits from; an interface has what every object has."""
    waiting, seen = [first.name], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        found = lookup(name)
        if found is not None:
            yield found
            waiting += [*found.parents, "java/lang/Object"]
