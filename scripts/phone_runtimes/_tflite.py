"""TensorFlow Lite's releases: which versions of which operators each library registers, and where it reads weights."""

from __future__ import annotations

import zipfile
from typing import Any

from scripts.phone_runtimes._arm64 import Call, calls, instructions
from scripts.phone_runtimes._fetch import aar, source

APP = "2.16.1"
RELEASES = (
    "2.5.0", "2.6.0", "2.7.0", "2.8.0", "2.9.0", "2.10.0", "2.11.0", "2.12.0", "2.13.0", "2.14.0", "2.15.0", APP
)  # fmt: skip
_LIBRARY = "jni/arm64-v8a/libtensorflowlite_jni.so"
_OUTSIDE = b"Constant buffer %d specified an out of range offset."  # said by what reads buffers behind the flatbuffer
_TYPES = ("INT4", "BFLOAT16", "INT2", "UINT4")
# AddBuiltin(this, operator w1, registration, least version w3, greatest version w4)
_OF_SEVERAL_VERSIONS = {1: 130, 3: 2, 4: 3}  # BROADCAST_TO, whose first version was taken back
_RESHAPE = 22  # is registered in one version, by the other AddBuiltin: w3 is its version


def table() -> dict[str, Any]:
    """Return the oldest release that has each version of each operator, and the app's own."""
    operators: dict[str, dict[str, str]] = {}
    types: dict[str, str] = {}
    outside, sources = "", []
    for release in RELEASES:
        path = aar("org.tensorflow", "tensorflow-lite", release)
        with zipfile.ZipFile(path) as archive:
            library = archive.read(_LIBRARY)
        found = _registered(library)
        for name, versions in found.items():
            for version in versions:
                operators.setdefault(name, {}).setdefault(str(version), release)
        lost = [f"{name} {v}" for name, known in operators.items() for v in known if int(v) not in found.get(name, ())]
        if lost:  # what is written holds for a release and all after it
            raise ValueError(f"TensorFlow Lite {release} has no {', '.join(lost)} any more")
        outside = outside or (release if _OUTSIDE in library else "")
        for name in _TYPES:
            if b"\0" + name.encode() + b"\0" in library:
                types.setdefault(name, release)
        sources.append(source(path, f"org.tensorflow:tensorflow-lite:{release}"))
    return {
        "name": "TensorFlow Lite",
        "app": APP,
        "how": f"operators: the calls of AddBuiltin in {_LIBRARY}; the rest: the library's strings",
        "releases": list(RELEASES),
        "operators": {
            name: dict(sorted(found.items(), key=lambda item: int(item[0])))
            for name, found in sorted(operators.items())
        },
        "outside_buffers": outside,
        "types": types,
        "sources": sources,
    }


def _registered(library: bytes) -> dict[str, list[int]]:
    from ai_edge_litert import schema_py_generated as schema

    names = {code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)}
    made = calls(instructions(library), _OF_SEVERAL_VERSIONS)
    several = _target(made, _OF_SEVERAL_VERSIONS)
    one = _target(made, {1: _RESHAPE, 3: 1})
    found: dict[str, list[int]] = {}
    for call in made:
        known = call.constants
        if call.target == several:
            found.setdefault(names[known[1]], []).extend(range(known[3], known[4] + 1))
        elif call.target == one:
            found.setdefault(names[known[1]], []).append(known[3])
    return found


def _target(made: list[Call], wanted: dict[int, int]) -> int:
    return next(call.target for call in made if wanted.items() <= call.constants.items())
