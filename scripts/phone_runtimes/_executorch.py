"""ExecuTorch's releases: identifiers, kernels and the delegate's nodes in each wheel, and in the app's library."""

from __future__ import annotations

import re
import tarfile
import zipfile
from pathlib import Path
from typing import Any

from scripts.phone_runtimes._fetch import npm, source, wheel

APP = "0.8.5"
_PACKAGE = "react-native-executorch"
_APP_LIBRARY = "package/third-party/android/libs/executorch/arm64-v8a/libexecutorch.so"
RELEASES = ("0.4.0", "0.5.0", "0.6.0", "0.7.0", "1.0.0", "1.1.0", "1.2.0", "1.3.1", "1.4.1")
_LIBRARY = re.compile(r"executorch/extension/pybindings/_portable_lib[\w.-]*\.so")
_KERNEL = re.compile(rb"\0((?:aten|quantized_decomposed|dim_order_ops|executorch_prim)::[\w.]+)(?=\0)")
_NODE = re.compile(rb"define([A-Z]\w*?)NodeE")
_PROGRAM = re.compile(rb"ET\d\d(?=\0)")
_DELEGATE = re.compile(rb"XN\d\d(?=\0)")


def table() -> dict[str, Any]:
    """Return the oldest release that has each kernel and node, and what the app's library has."""
    kernels: dict[str, str] = {}
    nodes: dict[str, str] = {}
    identifiers: dict[str, str] = {}
    sources = []
    for release in RELEASES:
        path = wheel("executorch", release)
        with zipfile.ZipFile(path) as archive:
            library = archive.read(next(name for name in archive.namelist() if _LIBRARY.fullmatch(name)))
        found = _read(library)
        for known, names in zip((identifiers, kernels, nodes), found, strict=True):
            for gone in [name for name in known if name not in names]:
                del known[gone]  # "this release and all after it" would not hold
            for name in names:
                known.setdefault(name, release)
        sources.append(source(path, f"executorch=={release}"))
    path = npm(_PACKAGE, APP)
    app = _read(_app_library(path))
    sources.append(source(path, f"npm {_PACKAGE}@{APP}"))
    return {
        "name": "ExecuTorch",
        "app": f"{_PACKAGE} {APP}",
        "how": "strings and symbols of each wheel's _portable_lib, a desktop's build, and of the app's library",
        "releases": list(RELEASES),
        "identifiers": dict(sorted(identifiers.items())),
        "kernels": dict(sorted(kernels.items())),
        "nodes": dict(sorted(nodes.items())),
        "app_identifiers": sorted(app[0]),
        "app_kernels": sorted(app[1]),
        "app_nodes": sorted(app[2]),
        "sources": sources,
    }


def _app_library(path: Path) -> bytes:
    with tarfile.open(path) as archive:
        member = archive.extractfile(_APP_LIBRARY)
        if member is None:
            raise ValueError(f"{_APP_LIBRARY} is not a file")
        return member.read()


def _read(library: bytes) -> tuple[set[str], set[str], set[str]]:
    """Return the identifiers, kernels and nodes in a library."""
    identifiers = {text.decode() for pattern in (_PROGRAM, _DELEGATE) for text in pattern.findall(library)}
    kernels = {text.decode() for text in _KERNEL.findall(library)}
    nodes = {text.decode() for text in _NODE.findall(library)} - {"NotImplemented"}
    return identifiers, kernels, nodes
