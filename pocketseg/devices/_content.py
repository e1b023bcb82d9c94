"""The content of a bundle: photos, labels, files, their outputs, and the bundle.json that lists all of it."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import export
import pocketseg
from benchmark.accuracy import Reference, label_digest, reference_key
from benchmark.entry import Entry
from benchmark.judge import ARITHMETICS, allowed_share, arithmetic_of
from benchmark.photos import ScoredPhotos
from benchmark.private import without_folders
from pocketseg.artifacts.parity import LEAST_AGREEMENT
from pocketseg.core import manifest, runs
from pocketseg.core._bundle_checks import SCHEMA_VERSION
from pocketseg.core._schema import printable
from pocketseg.core.archive import check_name
from pocketseg.core.files import copy_file, sha256_path, write_bytes, write_chunks
from pocketseg.data.bare_photo import bare
from pocketseg.data.photos import Pixels, read_image, read_pair
from pocketseg.data.spec import without_folders as without_data_folders
from pocketseg.devices._run_file import class_maps
from pocketseg.devices.job import Job
from pocketseg.inference import model_input

Progress = Callable[[str, int, int], None]
LONGEST_NAME = 255
_SLACK = 1.5  # of the disagreement that export allows on its own photos: these are others


class Content:
    """A bundle being made: each step writes its files into `folder`, and adds its part of bundle.json."""

    def __init__(
        self, folder: Path, entries: Sequence[Entry], data: ScoredPhotos, job: Job, progress: Progress
    ) -> None:
        self._folder, self._entries, self._data, self._job, self._progress = folder, entries, data, job, progress
        self._sizes: list[tuple[int, int]] = []  # of the photos
        self._parts: dict[str, list[dict[str, Any]]] = {
            name: [] for name in ("artifacts", "inputs", "networks", "photos", "golden")
        }

    def photos(self) -> None:
        """Write photos, labels, and the photos at each input size."""
        for place, photo_id in enumerate(self._data.ids):
            image, mask = read_pair(self._data.photos, photo_id)
            self._photo(place, photo_id, image, mask)
            self._progress("adding the photos", place + 1, len(self._data.ids))
        for height_px, width_px in sorted({input_size(entry) for entry in self._entries}):
            name = f"inputs/{height_px}x{width_px}.rgb"
            write_chunks(self._folder / name, self._at(height_px, width_px))
            self._parts["inputs"].append({"file": name, "height_px": height_px, "width_px": width_px})

    def _at(self, height_px: int, width_px: int) -> Iterator[bytes]:
        """Yield the photos at an input's size, height x width x 3 bytes each."""
        for photo_id in self._data.ids:
            image = read_image(self._data.photos.image_path(photo_id))
            yield np.ascontiguousarray(model_input(image, height_px, width_px)).tobytes()

    def _photo(self, place: int, photo_id: str, image: Pixels, mask: Pixels) -> None:
        path = self._data.photos.image_path(photo_id)
        stripped, suffix = bare(path)
        name, label = f"photos/{place}{suffix}", f"labels/{place}.runs"
        write_bytes(self._folder / name, stripped)
        write_bytes(self._folder / label, runs.encode(mask))
        self._sizes.append((image.shape[0], image.shape[1]))
        self._parts["photos"].append(
            {
                "file": name,
                "original_sha256": sha256_path(path),
                "bundled_sha256": sha256_path(self._folder / name),
                "height_px": image.shape[0],
                "width_px": image.shape[1],
                "label": label,
                "label_sha256": label_digest(mask),
            }
        )

    def artifacts(self) -> None:
        """Copy files and manifests, and write the outputs of the desktop's runtimes for the photos."""
        places = {(part["height_px"], part["width_px"]): k for k, part in enumerate(self._parts["inputs"])}
        keys = list(dict.fromkeys(reference_key(entry.artifact) for entry in self._entries))
        for place, entry in enumerate(self._entries):
            artifact, size = entry.artifact, input_size(entry)
            own = f"artifacts/{place}"
            file = f"{own}/model{export.facts(artifact.target, 'SUFFIX')}"
            for name, path in _files_of(entry.path, file):
                copy_file(path, self._folder / check_name(name))
            write_bytes(self._folder / own / manifest.NAME, _bare_manifest(entry))
            self._parts["artifacts"].append(
                {
                    "name": printable(artifact.file, LONGEST_NAME), "file": file, "manifest": f"{own}/{manifest.NAME}",
                    "target": artifact.target, "runtime": entry.runtime, "sha256": artifact.sha256,
                    "size_bytes": artifact.size_bytes, "height_px": size[0], "width_px": size[1],
                    "input": places[size], "network": keys.index(reference_key(artifact)),
                }
            )  # fmt: skip
            self._golden(place, entry, self._parts["inputs"][places[size]]["file"])
            self._progress("running the files", place + 1, len(self._entries))

    def _golden(self, place: int, entry: Entry, inputs: str) -> None:
        """Run a file on every photo; keep its class maps and the share by which others may differ from them."""
        height_px, width_px = input_size(entry)
        images = np.fromfile(self._folder / inputs, np.uint8).reshape(len(self._sizes), height_px, width_px, 3)
        names: list[str] = []
        allowed: dict[str, list[float]] = {name: [] for name in ARITHMETICS}
        for photo, found in enumerate(class_maps(entry, images, self._sizes, self._job.threads)):
            names.append(f"golden/{place}/{photo}.runs")
            write_bytes(self._folder / names[-1], runs.encode(found))
            for name, shares in allowed.items():
                shares.append(math.ceil(allowed_share(found, name) * 1e8) / 1e8)  # as many pixels as the rule allows
        artifact = entry.artifact
        self._parts["golden"].append(
            {
                "maps": names, "network_maps": None, "allowed": allowed,
                "least_network_agreement": round(1 - _SLACK * (1 - LEAST_AGREEMENT[artifact.precision]), 6),
                "arithmetic": arithmetic_of(artifact.precision, artifact.target),
            }
        )  # fmt: skip

    def networks(self, reference: Reference) -> None:
        """Write the class maps of the fp32 networks, where these are available."""
        found: dict[int, int] = {}
        for place, entry in enumerate(self._entries):
            artifact, listed = entry.artifact, self._parts["artifacts"][place]
            key = listed["network"]
            if key not in found:
                maps = reference(artifact)
                found[key] = -1 if maps is None else self._network(len(self._parts["networks"]), entry, maps)
            network = found[key]
            listed["network"] = None if network < 0 else network
            if network >= 0:
                names = [f"networks/{network}/{photo}.runs" for photo in range(len(self._sizes))]
                self._parts["golden"][place]["network_maps"] = names

    def _network(self, network: int, entry: Entry, maps: Iterator[Pixels]) -> int:
        for photo, found in enumerate(maps):
            write_bytes(self._folder / f"networks/{network}/{photo}.runs", runs.encode(found))
            self._progress(f"running {entry.artifact.model} itself", photo + 1, len(self._sizes))
        height_px, width_px = input_size(entry)
        self._parts["networks"].append(
            {
                "model": printable(entry.artifact.model, LONGEST_NAME), "height_px": height_px, "width_px": width_px,
                "checkpoint_sha256": printable(entry.artifact.checkpoint_sha256),
            }
        )  # fmt: skip
        return network

    def document(self, name: str) -> str:
        """Return bundle.json."""
        job, first = self._job, self._entries[0].artifact
        paths = {path.relative_to(self._folder).as_posix(): path for path in self._folder.rglob("*") if path.is_file()}
        described = [
            {"name": name, "sha256": sha256_path(path), "size_bytes": path.stat().st_size}
            for name, path in sorted(paths.items())
        ]
        content = {
            "schema_version": SCHEMA_VERSION,
            "name": name,
            "made_by": {"name": "pocketseg", "version": pocketseg.__version__},
            "job": {
                "runs": [
                    {"artifact": place, "accelerator": accelerator, "threads": job.threads}
                    for accelerator in job.accelerators
                    for place in range(len(self._entries))
                ],
                "seed": job.seed,
                "passes": job.passes,
                "limits": {"run_s": job.run_s, "total_s": job.total_s, "max_temp_c": job.max_temp_c},
            },
            "data": {
                "name": printable(without_data_folders(self._data.name)),
                "split": self._data.split,
                "hash": self._data.hash,
            },
            "classes": list(first.classes),
            "colors_rgb": [list(color) for color in first.colors_rgb],
            **self._parts,
            "files": described,
        }
        return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def input_size(entry: Entry) -> tuple[int, int]:
    """Return the height and width of a file's input."""
    return entry.artifact.input_height_px, entry.artifact.input_width_px


def _files_of(path: Path, name: str) -> Iterator[tuple[str, Path]]:
    """Yield the names in the bundle of a file, or of a package's files."""
    if path.is_file():
        yield name, path
        return
    for child in sorted(part for part in path.rglob("*") if part.is_file()):
        yield f"{name}/{child.relative_to(path).as_posix()}", child


def _bare_manifest(entry: Entry) -> bytes:
    """Return a manifest's bytes, unchanged unless it names folders of this computer, such as that of the photos."""
    data = (entry.path.parent / manifest.NAME).read_bytes()
    content = dataclasses.asdict(entry.artifact)
    stripped = _without_folders(content, entry.path)
    if stripped == content:
        return data
    return (json.dumps(stripped, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _without_folders(value: Any, file: Path) -> Any:
    if isinstance(value, str):
        return without_folders(value, file)
    if isinstance(value, Mapping):
        return {key: _without_folders(part, file) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_without_folders(part, file) for part in value)
    return value
