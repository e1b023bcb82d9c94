"""What a bundle.json may contain: its schema (schema/bundle.schema.json), and how its parts must fit each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from pocketseg.core._schema import check_schema, known_part, schema, version_of
from pocketseg.core.archive import check_names
from pocketseg.core.errors import BundleError

SCHEMA_VERSION = "1.0"
MAJOR, MINOR = map(int, SCHEMA_VERSION.split("."))
MOST_PIXELS = 100_000_000  # of one photo
ARITHMETICS = ("float32", "float16", "int8")


def checked(document: dict[str, Any], where: str) -> dict[str, Any]:
    """Return the part of a bundle.json that this version knows.

    Raises BundleError for a newer version, ValueError for a document that breaks the rules.
    """
    major, minor = version_of(document)
    if major != MAJOR:
        newer = "update pocketseg: `git pull`, then `make setup`; or install its newest wheel"
        raise BundleError(
            f"{where} is of version {document['schema_version']}, and this program reads {MAJOR}.x",
            hint=newer if major > MAJOR else "make the bundle again with `pocketseg device bundle`",
        )
    check_schema(document, "bundle", is_newer=minor > MINOR)
    found: dict[str, Any] = known_part(document, schema("bundle")) if minor > MINOR else document
    _check_names(found["files"])
    files = {entry["name"]: entry for entry in found["files"]}
    _check_classes(found)
    _check_photos(found, files)
    _check_inputs(found, files)
    _check_artifacts(found, files)
    _check_golden(found)
    named = set(_named(found))
    for name in sorted(named - files.keys()):
        raise ValueError(f"{name} is named and not among its files")
    packages = tuple(f"{artifact['file']}/" for artifact in found["artifacts"])
    for name in sorted(files.keys() - named):
        if not name.startswith(packages):
            raise ValueError(f"{name} is among its files and nothing names it")
    return found


def artifact_files(artifact: Mapping[str, Any], files: Mapping[str, Any]) -> list[str]:
    """List the names of an artifact's files: a single file, or all files of a package."""
    own = str(artifact["file"])
    return [own] if own in files else [name for name in files if name.startswith(f"{own}/")]


def _check_names(files: list[dict[str, Any]]) -> None:
    names = [entry["name"] for entry in files]
    for before, after in pairwise(names):
        if not before < after:
            raise ValueError(f"its files are not sorted: {after} comes after {before}")
    try:
        check_names([*names, "bundle.json"])
    except BundleError as error:
        raise ValueError(error.message) from error


def _check_classes(found: dict[str, Any]) -> None:
    if len(set(found["classes"])) < len(found["classes"]):
        raise ValueError("/classes has a name twice")
    if len(found["colors_rgb"]) != len(found["classes"]):
        raise ValueError(f"it has {len(found['colors_rgb'])} colours for {len(found['classes'])} classes")


def _check_photos(found: dict[str, Any], files: Mapping[str, Any]) -> None:
    for place, photo in enumerate(found["photos"]):
        if photo["height_px"] * photo["width_px"] > MOST_PIXELS:
            raise ValueError(f"/photos/{place} is larger than {MOST_PIXELS:,} pixels")
        if (photo["label"] is None) != (photo["label_sha256"] is None):
            raise ValueError(f"/photos/{place} has a label or its hash, and not both")
        if photo["file"] in files and files[photo["file"]]["sha256"] != photo["bundled_sha256"]:
            raise ValueError(f"/photos/{place}/bundled_sha256 is not that of {photo['file']}")


def _check_inputs(found: dict[str, Any], files: Mapping[str, Any]) -> None:
    for place, given in enumerate(found["inputs"]):
        wanted = len(found["photos"]) * given["height_px"] * given["width_px"] * 3
        if given["file"] in files and files[given["file"]]["size_bytes"] != wanted:
            raise ValueError(
                f"/inputs/{place}: {given['file']} has {files[given['file']]['size_bytes']:,} bytes, and "
                f"{len(found['photos'])} photos of {given['height_px']} x {given['width_px']} are {wanted:,}"
            )


def _check_artifacts(found: dict[str, Any], files: Mapping[str, Any]) -> None:
    for place, artifact in enumerate(found["artifacts"]):
        where = f"/artifacts/{place}"
        if artifact["input"] >= len(found["inputs"]):
            raise ValueError(f"{where}/input is {artifact['input']}, and there are {len(found['inputs'])} inputs")
        given = found["inputs"][artifact["input"]]
        if (given["height_px"], given["width_px"]) != (artifact["height_px"], artifact["width_px"]):
            raise ValueError(f"{where} and its input are of two sizes")
        if artifact["network"] is not None and artifact["network"] >= len(found["networks"]):
            raise ValueError(f"{where}/network is {artifact['network']}, and there are {len(found['networks'])}")
        own = artifact_files(artifact, files)
        if not own:
            raise ValueError(f"{where}: {artifact['file']} is not among its files")
        if sum(files[name]["size_bytes"] for name in own) != artifact["size_bytes"]:
            raise ValueError(f"{where}/size_bytes is not that of its files")
        if own == [artifact["file"]] and files[own[0]]["sha256"] != artifact["sha256"]:
            raise ValueError(f"{where}/sha256 is not that of {artifact['file']}")
    for place, run in enumerate(found["job"]["runs"]):
        if run["artifact"] >= len(found["artifacts"]):
            raise ValueError(
                f"/job/runs/{place}/artifact is {run['artifact']}, and there are {len(found['artifacts'])}"
            )
    runs = [(run["artifact"], run["accelerator"], run["threads"]) for run in found["job"]["runs"]]
    if len(set(runs)) < len(runs):
        raise ValueError("/job/runs has the same run twice")


def _check_golden(found: dict[str, Any]) -> None:
    photos, artifacts = len(found["photos"]), found["artifacts"]
    if len(found["golden"]) != len(artifacts):
        raise ValueError(f"it has golden maps of {len(found['golden'])} artifacts, and there are {len(artifacts)}")
    for place, (golden, artifact) in enumerate(zip(found["golden"], artifacts, strict=True)):
        where = f"/golden/{place}"
        lists = {"maps": golden["maps"], **{f"allowed/{name}": golden["allowed"][name] for name in ARITHMETICS}}
        if golden["network_maps"] is not None:
            lists["network_maps"] = golden["network_maps"]
        for name, values in lists.items():
            if len(values) != photos:
                raise ValueError(f"{where}/{name} has {len(values)} entries for {photos} photos")
        if (golden["network_maps"] is None) != (artifact["network"] is None):
            raise ValueError(f"{where} has network_maps, or its artifact a network, and not both")


def _named(found: dict[str, Any]) -> Iterator[str]:
    """Yield every file that the document names, except those in packages."""
    files = {entry["name"] for entry in found["files"]}
    for artifact in found["artifacts"]:
        yield artifact["manifest"]
        if artifact["file"] in files:
            yield artifact["file"]
    for given in found["inputs"]:
        yield given["file"]
    for photo in found["photos"]:
        yield photo["file"]
        if photo["label"] is not None:
            yield photo["label"]
    for golden in found["golden"]:
        yield from golden["maps"]
        yield from golden["network_maps"] or ()
