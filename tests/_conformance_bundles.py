"""The second implementation of docs/bundle.md: a bundle.json by its schema and rules, and the files of a whole zip."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from typing import Any

from _conformance import errors
from _conformance_files import unzipped
from _conformance_outputs import Refused

from pocketseg.core.cache import ROOT

MINOR = 0
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
Content = dict[str, Any]


@cache
def schema(name: str) -> Content:
    found: Content = json.loads((ROOT / "conformance" / "schema" / f"{name}.schema.json").read_text(encoding="utf-8"))
    return found


def known_part(value: Any, part: Content, whole: Content) -> Any:
    """Return a value without what a newer minor version added."""
    if "$ref" in part:
        part = whole["$defs"][part["$ref"].rpartition("/")[2]]
    if isinstance(value, dict) and "properties" in part:
        return {k: known_part(v, part["properties"][k], whole) for k, v in value.items() if k in part["properties"]}
    if isinstance(value, list) and "items" in part:
        return [known_part(v, part["items"], whole) for v in value]
    return value


def checked(found: Any) -> Content:
    """Return what this version understands of a bundle.json. Raises Refused."""
    if not isinstance(found, dict):
        raise Refused("not-a-table")
    said = found.get("schema_version")
    version = re.fullmatch(r"([0-9]+)\.([0-9]+)", said) if isinstance(said, str) else None
    if version is None:
        raise Refused("no-version")
    if version[1] != "1":
        raise Refused("other-version")
    known: Content = known_part(found, schema("bundle"), schema("bundle")) if int(version[2]) > MINOR else found
    if error := next(errors(schema("bundle"), known), None):
        raise Refused(_named(error))
    _check_files(known)
    _check_photos(known)
    _check_artifacts(known)
    _check_golden(known)
    return known


def _named(error: Any) -> str:
    return {
        "required": "missing", "additionalProperties": "unknown-field", "type": "wrong-type", "pattern": "bad-value",
        "enum": "bad-value",
    }.get(error.validator, "out-of-bounds")  # fmt: skip


def _check_files(known: Content) -> None:
    names = [entry["name"] for entry in known["files"]]
    if names != sorted(set(names)):
        raise Refused("not-sorted")
    if any(part.endswith(".") for name in names for part in name.split("/")):
        raise Refused("name")
    low = [name.lower() for name in [*names, "bundle.json"]]
    folders = {name[:at] for name in low for at, letter in enumerate(name) if letter == "/"}
    if len(set(low)) < len(low) or folders & set(low):
        raise Refused("same-name")
    named = set(_names(known))
    if not named <= set(names):
        raise Refused("artifact" if _lost_artifact(known, names) else "not-listed")
    packages = tuple(f"{one['file']}/" for one in known["artifacts"])
    if any(not name.startswith(packages) for name in set(names) - named):
        raise Refused("artifact" if _lost_artifact(known, names) else "not-named")


def _lost_artifact(known: Content, names: list[str]) -> bool:
    return any(not _own(one, names) for one in known["artifacts"])


def _own(artifact: Content, names: list[str]) -> list[str]:
    file = artifact["file"]
    return [file] if file in names else [name for name in names if name.startswith(f"{file}/")]


def _names(known: Content) -> list[str]:
    files = {entry["name"] for entry in known["files"]}
    found = [one["manifest"] for one in known["artifacts"]]
    found += [one["file"] for one in known["artifacts"] if one["file"] in files]
    found += [one["file"] for one in [*known["inputs"], *known["photos"]]]
    found += [photo["label"] for photo in known["photos"] if photo["label"]]
    return found + [name for one in known["golden"] for name in [*one["maps"], *(one["network_maps"] or ())]]


def _check_photos(known: Content) -> None:
    sizes = {entry["name"]: entry["size_bytes"] for entry in known["files"]}
    hashes = {entry["name"]: entry["sha256"] for entry in known["files"]}
    if len(set(known["classes"])) < len(known["classes"]) or len(known["classes"]) != len(known["colors_rgb"]):
        raise Refused("classes")
    for photo in known["photos"]:
        too_large = photo["height_px"] * photo["width_px"] > 100_000_000
        if (
            too_large
            or hashes[photo["file"]] != photo["bundled_sha256"]
            or (not photo["label"]) != (not photo["label_sha256"])
        ):
            raise Refused("photo")
    for given in known["inputs"]:
        if sizes[given["file"]] != 3 * len(known["photos"]) * given["height_px"] * given["width_px"]:
            raise Refused("input-size")


def _check_artifacts(known: Content) -> None:
    entries = {entry["name"]: entry for entry in known["files"]}
    for one in known["artifacts"]:
        network = one["network"]
        if one["input"] >= len(known["inputs"]) or (network is not None and network >= len(known["networks"])):
            raise Refused("place")
        given = known["inputs"][one["input"]]
        if (given["height_px"], given["width_px"]) != (one["height_px"], one["width_px"]):
            raise Refused("sizes-differ")
        own = [entries[name] for name in _own(one, list(entries))]
        if sum(entry["size_bytes"] for entry in own) != one["size_bytes"]:
            raise Refused("artifact")
        if own[0]["name"] == one["file"] and own[0]["sha256"] != one["sha256"]:
            raise Refused("artifact")
    taken = [tuple(run.values()) for run in known["job"]["runs"]]
    if any(run["artifact"] >= len(known["artifacts"]) for run in known["job"]["runs"]):
        raise Refused("place")
    if len(set(taken)) < len(taken):
        raise Refused("run-twice")


def _check_golden(known: Content) -> None:
    photos = len(known["photos"])
    if len(known["golden"]) != len(known["artifacts"]):
        raise Refused("counts")
    for golden, artifact in zip(known["golden"], known["artifacts"], strict=True):
        lists = [golden["maps"], *golden["allowed"].values()]
        if any(len(one) != photos for one in [*lists, *([golden["network_maps"]] if golden["network_maps"] else [])]):
            raise Refused("counts")
        if (golden["network_maps"] is None) != (artifact["network"] is None):
            raise Refused("network-maps")


def opened(data: bytes) -> tuple[Content, dict[str, bytes]]:
    """Return the content of a bundle's zip: bundle.json, and every other file, checked."""
    files = unzipped(data)
    if "bundle.json" not in files:
        raise Refused("no-bundle-json")
    content = checked(json.loads(files.pop("bundle.json")))
    listed = {entry["name"]: entry for entry in content["files"]}
    if set(files) - set(listed):
        raise Refused("file-stray")
    if set(listed) - set(files):
        raise Refused("file-missing")
    for name, entry in listed.items():
        if len(files[name]) != entry["size_bytes"]:
            raise Refused("file-size")
        if hashlib.sha256(files[name]).hexdigest() != entry["sha256"]:
            raise Refused("file-hash")
    for one in content["artifacts"]:
        manifest = json.loads(files[one["manifest"]])
        said = [manifest[n] for n in ("sha256", "size_bytes", "target", "input_height_px", "input_width_px", "classes")]
        wanted = [*(one[n] for n in ("sha256", "size_bytes", "target", "height_px", "width_px")), content["classes"]]
        if said != wanted:
            raise Refused("manifest")
    return content, files
