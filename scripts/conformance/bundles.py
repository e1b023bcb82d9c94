"""Cases of bundles: valid ones with their content, and damaged bundle.json with the error each must cause."""

from __future__ import annotations

import copy
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from pocketseg.core.archive import write_archive
from pocketseg.core.bundle import open_bundle
from scripts.conformance._small_bundle import COLORS, Content, listed, whole
from scripts.conformance.arrays import Store, wanted

ERRORS = {
    "not-a-table": "it is a list, a number...",
    "no-version": "its schema_version is not MAJOR.MINOR",
    "other-version": "its major version is not 1",
    "missing": "a field is not there",
    "unknown-field": "a field that this version does not know, in a document of it",
    "wrong-type": "a text for a number, a list for a table...",
    "out-of-bounds": "a number, a text or a list is too small or too large",
    "bad-value": "a text is none of those that may stand there, or has not their form",
    "not-sorted": "files are not in the order of their names, or one is there twice",
    "same-name": "two names are one but for upper and lower case, or one is a file and a folder",
    "name": "a name that no file of a bundle may have",
    "classes": "a class is there twice, or colours are not as many",
    "photo": "a photo is too large, its hash is not that of its file, or it has a label without hash",
    "input-size": "an input does not hold as many bytes as its photos take",
    "place": "a number names an artifact, an input or a network that there is not",
    "sizes-differ": "an artifact and its input are of two sizes",
    "artifact": "an artifact's file is not listed, or with another size or hash",
    "run-twice": "a run is in the job twice",
    "counts": "maps, shares or golden entries are not as many as photos and artifacts",
    "network-maps": "there are network maps and no network, or the other way round",
    "not-listed": "a file is named and not listed",
    "not-named": "a file is listed and nothing names it",
    "file-missing": "a file is listed and is not in the zip",
    "file-stray": "a file is in the zip and is not listed",
    "file-size": "a file has another size than is listed",
    "file-hash": "a file has another hash than is listed",
    "no-bundle-json": "the zip has no bundle.json",
    "manifest": "a manifest is none, or says otherwise than bundle.json",
}


def cases(store: Store) -> dict[str, Any]:
    """Return the cases."""
    document, files = whole()
    newer = {**document, "schema_version": "1.3", "wishes": {"screen": "on"}}
    return {
        "about": "docs/bundle.md, and conformance/schema/bundle.schema.json",
        "errors": ERRORS,
        "cases": [_case(store, "bundle", document, files), _case(store, "newer-minor", newer, files)],
        "refused": [
            *({"name": name, "bundle": content, "error": error} for name, content, error in damaged()),
            *({"name": name, "zip": store.given(_bytes(_zip(*parts)), name), "error": error}
              for name, parts, error in _damaged_zips()),
        ],
    }  # fmt: skip


def _case(store: Store, name: str, document: Content, files: dict[str, bytes]) -> Content:
    data = _zip(document, files)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.zip"
        path.write_bytes(data)
        with open_bundle(path) as opened:
            opened.verify()
            inputs, first = opened.inputs(0), opened.content["photos"][0]
            maps = {n: wanted(opened.class_map(n, k)) for k, n in enumerate(opened.content["golden"][0]["maps"])}
            return {
                "name": name, "zip": store.given(_bytes(data), name), "sha256": opened.sha256, "bundle": document,
                "inputs": wanted(inputs), "label": wanted(opened.class_map(first["label"], 0)), "maps": maps,
            }  # fmt: skip


def _zip(document: Content, files: dict[str, bytes]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        whole_ = {"bundle.json": json.dumps(document).encode(), **files} if document else files
        return write_archive(Path(folder) / "a.zip", whole_).read_bytes()


def _bytes(data: bytes) -> Any:
    return np.frombuffer(data, np.uint8)


# ---- damaged ---------------------------------------------------------------------------------------------------------


def damaged() -> list[tuple[str, Any, str]]:
    """Return damaged documents, each with one thing wrong: name, value, error."""
    files = whole()[0]["files"]
    stray = {"name": "zzz", "sha256": "00" * 32, "size_bytes": 0}
    return [
        ("a-list", [], "not-a-table"),
        *(
            _changed(*change)
            for change in (
                ("no-version", "/schema_version", ..., "no-version"),
                ("version-as-number", "/schema_version", 1.0, "no-version"),
                ("version-2.0", "/schema_version", "2.0", "other-version"),
                ("no-job", "/job", ..., "missing"),
                ("no-threads", "/job/runs/0/threads", ..., "missing"),
                ("a-field-more", "/job/priority", 1, "unknown-field"),
                ("a-text-as-seed", "/job/seed", "7", "wrong-type"),
                ("a-table-as-runs", "/job/runs", {}, "wrong-type"),
                ("no-runs", "/job/runs", [], "out-of-bounds"),
                ("threads-0", "/job/runs/0/threads", 0, "out-of-bounds"),
                ("share-above-1", "/golden/0/allowed/int8", [0.5, 1.5], "out-of-bounds"),
                ("another-accelerator", "/job/runs/0/accelerator", "tpu", "bad-value"),
                ("capitals-in-a-hash", "/photos/0/original_sha256", "A1" * 32, "bad-value"),
                ("a-path-out", "/photos/0/file", "../0.jpg", "bad-value"),
                ("an-absolute-path", "/inputs/0/file", "/6x10.rgb", "bad-value"),
                ("a-backslash", "/artifacts/0/file", "artifacts\\0", "bad-value"),
                ("a-blank", "/photos/0/file", "a b.jpg", "bad-value"),
                ("files-turned", "/files", files[::-1], "not-sorted"),
                ("a-file-twice", "/files", sorted([*files, files[0]], key=_name), "not-sorted"),
                ("two-cases", "/files", sorted([*files, {**stray, "name": "Photos/0.jpg"}], key=_name), "same-name"),
                ("file-and-folder", "/files", sorted([*files, {**stray, "name": "photos"}], key=_name), "same-name"),
                ("a-point-at-the-end", "/files", [*files, {**stray, "name": "zzz."}], "name"),
                ("a-class-twice", "/classes", ["a", "b", "a", "c"], "classes"),
                ("a-colour-less", "/colors_rgb", COLORS[:3], "classes"),
                ("another-photo", "/photos/0/bundled_sha256", "00" * 32, "photo"),
                ("a-label-without-hash", "/photos/0/label_sha256", None, "photo"),
                ("an-input-higher", "/inputs/0/height_px", 7, "input-size"),
                ("input-1", "/artifacts/0/input", 1, "place"),
                ("network-1", "/artifacts/0/network", 1, "place"),
                ("artifact-1", "/job/runs/1/artifact", 1, "place"),
                ("an-artifact-higher", "/artifacts/0/height_px", 7, "sizes-differ"),
                ("another-size", "/artifacts/0/size_bytes", 101, "artifact"),
                ("another-hash", "/artifacts/0/sha256", "00" * 32, "artifact"),
                ("no-such-artifact", "/artifacts/0/file", "artifacts/1/model.onnx", "artifact"),
                ("a-run-twice", "/job/runs/1", {"artifact": 0, "accelerator": "cpu", "threads": 4}, "run-twice"),
                ("a-map-more", "/golden/0/maps", [f"golden/0/{k}.runs" for k in (0, 1, 0)], "counts"),
                ("a-share-less", "/golden/0/allowed/float16", [0.5], "counts"),
                ("no-network", "/artifacts/0/network", None, "network-maps"),
                ("a-map-not-listed", "/golden/0/maps/1", "golden/0/2.runs", "not-listed"),
                ("a-stray", "/files", [*files, stray], "not-named"),
            )
        ),
    ]


def _name(entry: Content) -> str:
    return str(entry["name"])


def _changed(name: str, pointer: str, value: Any, error: str) -> tuple[str, Any, str]:
    found: Any = (made := copy.deepcopy(whole()[0]))
    *steps, last = [int(step) if step.isdigit() else step for step in pointer.strip("/").split("/")]
    for step in steps:
        found = found[step]
    if value is ...:
        del found[last]
    else:
        found[last] = value
    return name, made, error


def _damaged_zips() -> list[tuple[str, tuple[Content, dict[str, bytes]], str]]:
    document, files = whole()
    less = {name: data for name, data in files.items() if name != "photos/1.png"}
    other = {**files, "inputs/6x10.rgb": bytes(len(files["inputs/6x10.rgb"]))}
    longer = {**files, "photos/0.jpg": files["photos/0.jpg"] + b" "}
    manifest = {
        **files,
        "artifacts/0/manifest.json": files["artifacts/0/manifest.json"].replace(b'"onnx"', b'"tflite"'),
    }
    return [
        ("a-file-missing", (document, less), "file-missing"),
        ("a-file-more", (document, {**files, "zzz": b""}), "file-stray"),
        ("a-file-longer", (document, longer), "file-size"),
        ("a-file-changed", (document, other), "file-hash"),
        ("without-bundle-json", ({}, files), "no-bundle-json"),
        ("another-manifest", ({**document, "files": listed(manifest)}, manifest), "manifest"),
    ]
