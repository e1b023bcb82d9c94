"""PyTorch Mobile's releases: bytecode versions in the headers that an AAR carries, operators in its library."""

from __future__ import annotations

import re
import zipfile
from typing import Any

from scripts.phone_runtimes._fetch import aar, source

APP = "1.12.2"
RELEASES = ("1.9.0", APP)  # all that the repository serves
_LIBRARY = "jni/arm64-v8a/libpytorch_jni_lite.so"
_VERSIONS = "headers/caffe2/serialize/versions.h"
_OPERATORS = re.compile(r"headers/ATen/ops/\w+_ops\.h")
_NO_FLATBUFFER = b"Flatbuffer input file but the build hasn't enabled flatbuffer"
# a linker keeps one text for all texts that are the end of it, so what stands before a schema says nothing
_SCHEMA = re.compile(rb"((?:aten|prims?|_?quantized|prepacked|xnnpack)::[\w.]+)(\([^\0]*\)) ?-> [^\0]+\0")
_UNDERSCORED = "_quantized::"
_IN_HEADER = re.compile(r'schema_str, "((?:[^"\\]|\\.)*)"')


def table() -> dict[str, Any]:
    """Return the bytecode that each release reads, and the app's operators with the number of arguments each takes."""
    releases: dict[str, Any] = {}
    sources = []
    for release in RELEASES:
        path = aar("org.pytorch", "pytorch_android_lite", release)
        with zipfile.ZipFile(path) as archive:
            header = archive.read(_VERSIONS).decode()
            library = archive.read(_LIBRARY)
        least = _constant(header, "kMinSupportedBytecodeVersion")
        most = _constant(header, "kMaxSupportedBytecodeVersion", "kProducedBytecodeVersion")
        # of two values under an #if, the smaller: which one this build has does not show
        releases[release] = {
            "bytecode": [least, most],
            "archive": _constant(header, "kMaxSupportedFileFormatVersion"),
            "flatbuffer": "no" if _NO_FLATBUFFER in library else "unknown",
        }
        sources.append(source(path, f"org.pytorch:pytorch_android_lite:{release}"))
    with zipfile.ZipFile(aar("org.pytorch", "pytorch_android_lite", APP)) as archive:
        names = [name for name in archive.namelist() if _OPERATORS.fullmatch(name)]
        schemas = sorted({text for name in names for text in _IN_HEADER.findall(archive.read(name).decode())})
        operators = _operators(archive.read(_LIBRARY), schemas)
    return {
        "name": "PyTorch Mobile",
        "app": APP,
        "how": f"versions: {_VERSIONS}; operators: schemas in {_LIBRARY}, those of aten by the AAR's own headers",
        "releases": releases,
        "operators": dict(sorted(operators.items())),
        "sources": sources,
    }


def _operators(library: bytes, schemas: list[str]) -> dict[str, int]:
    """Return the number of arguments of each operator whose schema is registered in the library."""
    found: dict[str, int] = {}
    for name, arguments in _SCHEMA.findall(library):
        found[name.decode()] = count = _count(arguments.decode())
        if name.decode().startswith(_UNDERSCORED):
            found.setdefault(name.decode()[1:], count)
    for text in schemas:
        schema = text.replace('\\"', '"')
        name, _, rest = schema.partition("(")
        if schema.encode() + b"\0" in library:
            found[f"aten::{name}"] = _count("(" + rest.rpartition(" -> ")[0])
    return found


def _count(arguments: str) -> int:
    """Return the number of arguments of a schema; commas also occur in defaults and in types."""
    depth, count = 0, 0
    inside = arguments.strip()[1:-1]
    for sign in inside:
        depth += sign in "([{"
        depth -= sign in ")]}"
        count += sign == "," and depth == 0
    names = [part.strip() for part in inside.split(",")] if inside else []
    return (count + 1 if inside else 0) - ("*" in names)


def _constant(header: str, *names: str) -> int:
    for name in names:
        if found := re.findall(rf"{name} = (0x[0-9A-Fa-f]+)L", header):
            return min(int(text, 16) for text in found)
    raise ValueError(f"no {names[0]} in the header")
