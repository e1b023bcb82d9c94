"""Checks an Xcode project: every id exists, every object is used, and every source in the folder is built."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_ID = re.compile(r"[0-9A-F]{24}")
_NOT_ON_A_PHONE = {"replay", "HarnessReplay", "HarnessCases"}  # programs for a terminal, and the cases that tests run


def faults(document: Mapping[str, Any], app: Path) -> list[str]:
    """Return everything that is wrong with a parsed project; `app`: the folder of the project."""
    objects: Mapping[str, Mapping[str, Any]] = document["objects"]
    absent, unused = _references(document)
    if absent:
        return absent  # nothing else can be followed
    found = [*unused, *_files(objects, app), *_sources(objects, app), *_package(objects, app)]
    return found + [f"{key} is built twice" for key in _twice(objects)]


def _ids(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inside in value.items():
            yield from _ids(name)
            yield from _ids(inside)
    elif isinstance(value, list | tuple):
        for inside in value:
            yield from _ids(inside)
    elif isinstance(value, str) and _ID.fullmatch(value):
        yield value


def _references(document: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return which objects are referenced and do not exist, and which are not reachable from the root."""
    objects = document["objects"]
    reached: set[str] = set()
    absent: list[str] = []
    waiting = [(str(document["rootObject"]), "rootObject")]
    while waiting:
        key, by = waiting.pop()
        if key in reached:
            continue
        reached.add(key)
        if key not in objects:
            absent.append(f"{by} names {key}, which is not there")
            continue
        waiting += [(each, key) for each in _ids(objects[key])]
    return absent, [f"nothing leads to {key} ({objects[key]['isa']})" for key in objects if key not in reached]


def _places(objects: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return each file's path in the project, by its id, following the groups."""
    root = next(found for found in objects.values() if found["isa"] == "PBXProject")
    places: dict[str, str] = {}
    waiting = [(str(root["mainGroup"]), "")]
    while waiting:
        key, folder = waiting.pop()
        found = objects.get(key, {})
        place = "/".join(part for part in (folder, str(found.get("path", ""))) if part)
        if found.get("isa") == "PBXGroup":
            waiting += [(str(child), place) for child in found["children"]]
        elif found.get("sourceTree") == "<group>":
            places[key] = place
    return places


def _files(objects: Mapping[str, Mapping[str, Any]], app: Path) -> list[str]:
    return [f"{place} does not lie there" for place in _places(objects).values() if not (app / place).exists()]


def _built(objects: Mapping[str, Mapping[str, Any]], target: Mapping[str, Any], kind: str) -> list[str]:
    """Return the ids of what a phase of a target builds."""
    phases = [objects[key] for key in target["buildPhases"] if objects[key]["isa"] == f"PBX{kind}BuildPhase"]
    files = [objects[key] for phase in phases for key in phase["files"]]
    return [str(each.get("fileRef", each.get("productRef"))) for each in files]


def _targets(objects: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [found for found in objects.values() if found["isa"] == "PBXNativeTarget"]


def _sources(objects: Mapping[str, Mapping[str, Any]], app: Path) -> list[str]:
    """Check that each Swift file below the app's folder is built by one target, and that the resources are in
    the app.
    """
    places = _places(objects)
    built = [places.get(key, key) for target in _targets(objects) for key in _built(objects, target, "Sources")]
    lies = {path.relative_to(app).as_posix() for path in app.rglob("*.swift")}
    taken = [places.get(key, key) for target in _targets(objects) for key in _built(objects, target, "Resources")]
    wanted = {path.name for path in app.iterdir() if path.suffix in {".xcassets", ".xcprivacy", ".lproj"}}
    lacks = [f"{place} is not built" for place in sorted(lies - set(built))]
    lacks += [f"{place} is built by two targets" for place in sorted({each for each in built if built.count(each) > 1})]
    return lacks + [f"{place} is not taken along" for place in sorted(wanted - set(taken))]


def _package(objects: Mapping[str, Mapping[str, Any]], app: Path) -> list[str]:
    """Check that every library of the package is in the app, and that the package builds each of its files."""
    locals_ = [found for found in objects.values() if found["isa"] == "XCLocalSwiftPackageReference"]
    if len(locals_) != 1:
        return [f"there are {len(locals_)} packages beside the project, not one"]
    package = app / locals_[0]["relativePath"]
    if not (package / "Package.swift").is_file():
        return [f"{locals_[0]['relativePath']} has no Package.swift"]
    wanted = {path.name for path in (package / "Sources").iterdir() if path.is_dir()} - _NOT_ON_A_PHONE
    linked = {
        str(objects[key]["productName"])
        for target in _targets(objects)
        if target["productType"] == "com.apple.product-type.application"
        for key in _built(objects, target, "Frameworks")
    }
    declared = set(re.findall(r'\.library\(name: "(\w+)"', (package / "Package.swift").read_text(encoding="utf-8")))
    lacks = [f"{name} of the package is not in the app" for name in sorted(wanted - linked)]
    return lacks + [f"{name} is no library of the package" for name in sorted(linked - declared)]


def _twice(objects: Mapping[str, Mapping[str, Any]]) -> list[str]:
    files = [key for found in objects.values() if str(found["isa"]).endswith("BuildPhase") for key in found["files"]]
    return sorted({str(key) for key in files if files.count(key) > 1})
