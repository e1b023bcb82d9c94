"""What a plug-in's file must hold, looked for in its source: every fault names the file and what is missing."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

UNREAD = object()  # the value of what is assigned and is no literal


def always(value: Any) -> bool:
    return True


def texts(value: Any) -> bool:
    """Say whether a value is a tuple of texts, none of them empty."""
    return isinstance(value, tuple) and all(isinstance(text, str) and text for text in value)


def sentence(value: Any) -> bool:
    return isinstance(value, str) and len(value.split()) > 3 and "\n" not in value


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A name that a file assigns. says: what it is, for the message. literal: it is read without importing the file.

    needed: whether a file with these facts must have it; one that it has must fit all the same.
    """

    name: str
    says: str
    fits: Callable[[Any], bool] = always
    literal: bool = True
    needed: Callable[[dict[str, Any]], bool] = always


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """What each file of a folder holds: facts, the functions of its protocol, and those that it may have besides.

    more: further faults of the facts together, each without the file's name.
    """

    facts: Sequence[Fact]
    protocol: type
    extras: type | None = None
    more: Callable[[str, dict[str, Any]], list[str]] = lambda name, facts: []

    @property
    def names(self) -> list[str]:
        """List what a file always holds."""
        return [*(f.name for f in self.facts if f.needed({})), *_functions(self.protocol)]

    def hold(self, path: Path) -> None:
        """Fail with everything that is wrong with a file as a plug-in, a line each."""
        if found := self.faults(path):
            pytest.fail("\n".join(found), pytrace=False)

    def faults(self, path: Path) -> list[str]:
        """Return what is wrong with a file as a plug-in, each fault a sentence that begins with its path."""
        tree = ast.parse(path.read_text(encoding="utf-8"))
        own = assigned(tree)
        found = [] if ast.get_docstring(tree) else ["it has no docstring: the first line says what it is"]
        for fact in self.facts:
            found += _fact_faults(fact, own)
        for name, parameters in _functions(self.protocol).items():
            found += _function_faults(tree, name, parameters, needed=True)
        for name, parameters in (_functions(self.extras) if self.extras else {}).items():
            found += _function_faults(tree, name, parameters, needed=False)
        found += [] if found else self.more(path.stem, own)
        return [f"{path.parent.name}/{path.name}: {fault}" for fault in found]


def known(path: Path, name: str) -> Any:
    """Return a literal of a file; an empty tuple where it has none: one bad file stops no test of the others."""
    value = assigned(ast.parse(path.read_text(encoding="utf-8"))).get(name, ())
    return () if value is UNREAD else value


def assigned(tree: ast.Module) -> dict[str, Any]:
    """Return what a module assigns at its top level: the values of literals, UNREAD for all else."""
    found: dict[str, Any] = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            try:
                found[ast.unparse(target)] = ast.literal_eval(node.value)
            except ValueError:
                found[ast.unparse(target)] = UNREAD
    return found


def lacking(path: Path, name: str, folder: Path) -> Path:
    """Write a copy of a plug-in into a folder, without one of the names that it defines; return the copy's path."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kept = [node for node in tree.body if name not in _defines(node)]
    assert len(kept) < len(tree.body), f"{path} does not define {name}"
    tree.body = kept
    copy = folder / path.parent.name / path.name
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(ast.unparse(tree), encoding="utf-8")
    return copy


def changed(path: Path, name: str, value: str, folder: Path) -> Path:
    """Write a copy of a plug-in in which a name has another value, given as source; return the copy's path."""
    copy = lacking(path, name, folder)
    copy.write_text(f"{copy.read_text(encoding='utf-8')}\n{name} = {value}\n", encoding="utf-8")
    return copy


def _defines(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    if isinstance(node, ast.AnnAssign):
        return [ast.unparse(node.target)]
    return [ast.unparse(target) for target in node.targets] if isinstance(node, ast.Assign) else []


def _functions(protocol: type) -> dict[str, list[str]]:
    """Return the functions of a protocol with their parameters, `self` left out."""
    own = {name: part for name, part in vars(protocol).items() if inspect.isfunction(part) and not name.startswith("_")}
    return {name: list(inspect.signature(part).parameters)[1:] for name, part in own.items()}


def _fact_faults(fact: Fact, own: dict[str, Any]) -> list[str]:
    if fact.name not in own:
        return [f"{fact.name} is missing: {fact.says}"] if fact.needed(own) else []
    value = own[fact.name]
    if value is UNREAD:
        return [f"{fact.name} is no literal, and is read without importing the file"] if fact.literal else []
    return [] if fact.fits(value) else [f"{fact.name} is {value!r}, not {fact.says}"]


def _function_faults(tree: ast.Module, name: str, parameters: list[str], *, needed: bool) -> list[str]:
    wanted = f"{name}({', '.join(parameters)})"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            arguments = [*node.args.posonlyargs, *node.args.args]
            optional = len(node.args.defaults)
            own = [a.arg for a in arguments]
            fits = own[: len(parameters)] == parameters and len(own) - optional <= len(parameters)
            fits &= all(default is not None for default in node.args.kw_defaults)
            return [] if fits else [f"{name}({', '.join(own)}) is not {wanted}"]
    return [f"{wanted} is missing"] if needed else []
