"""Writes an old-style property list as Xcode keeps its projects: objects by kind, each name followed by a comment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_PLAIN = re.compile(r"[A-Za-z0-9_./]+")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
_ONE_LINE = {"PBXBuildFile", "PBXFileReference"}  # as Xcode writes them


def text(value: str) -> str:
    """Return a text as it is written: in quotes unless it consists of plain characters."""
    if _PLAIN.fullmatch(value) and "//" not in value:
        return value
    return '"' + "".join(_ESCAPES.get(sign, sign) for sign in value) + '"'


def project(objects: Mapping[str, Mapping[str, Any]], root: str, names: Mapping[str, str], version: int) -> str:
    """Return a project.pbxproj. `names`: the comments behind objects' ids."""
    lines = ["// !$*UTF8*$!", "{", "\tarchiveVersion = 1;", "\tclasses = {", "\t};", f"\tobjectVersion = {version};"]
    lines += ["\tobjects = {"]
    for kind in sorted({found["isa"] for found in objects.values()}):
        lines += ["", f"/* Begin {kind} section */"]
        for key in sorted(key for key, found in objects.items() if found["isa"] == kind):
            lines += _entry(_named(key, names), objects[key], names, kind in _ONE_LINE, 2)
        lines += [f"/* End {kind} section */"]
    lines += ["\t};", f"\trootObject = {_named(root, names)};", "}", ""]
    return "\n".join(lines)


def _named(key: str, names: Mapping[str, str]) -> str:
    return f"{key} /* {names[key]} */" if key in names else text(key)


def _entry(key: str, value: Any, names: Mapping[str, str], is_flat: bool, depth: int) -> list[str]:
    indent = "\t" * depth
    if is_flat:
        return [f"{indent}{key} = {_flat(value, names)};"]
    if isinstance(value, Mapping):
        inside = [line for name in value for line in _entry(text(name), value[name], names, False, depth + 1)]
        return [f"{indent}{key} = {{", *inside, f"{indent}}};"]
    if isinstance(value, Sequence) and not isinstance(value, str):
        inside = [f"{indent}\t{_flat(each, names)}," for each in value]
        return [f"{indent}{key} = (", *inside, f"{indent});"]
    return [f"{indent}{key} = {_flat(value, names)};"]


def _flat(value: Any, names: Mapping[str, str]) -> str:
    if isinstance(value, Mapping):
        return "{" + "".join(f"{text(name)} = {_flat(value[name], names)}; " for name in value) + "}"
    return _named(str(value), names)
