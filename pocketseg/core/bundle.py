"""The bundle for a phone: bundle.json and the files that it lists, in a folder or one zip, read and checked.

docs/bundle.md says what each field means. A bundle's hash is that of its bundle.json, which holds all other hashes.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from pocketseg.core import runs
from pocketseg.core._bundle_checks import artifact_files, checked
from pocketseg.core._schema import printable
from pocketseg.core.archive import Archive
from pocketseg.core.errors import BundleError
from pocketseg.core.files import sha256_path, write_chunks
from pocketseg.core.manifest import NAME as MANIFEST
from pocketseg.core.manifest import parse_manifest
from pocketseg.core.outside import open_regular, parse_json
from pocketseg.core.types import Artifact

NAME = "bundle.json"
MOST_BYTES = 64 << 20  # of bundle.json
MOST_PART_BYTES = 1 << 30  # of a file that is read into memory as a whole
STRAYS = (".DS_Store", "Thumbs.db", "desktop.ini")  # written by file managers, not part of a bundle
_CHUNK_BYTES = 1 << 20
_DAMAGED = "make it again with `pocketseg device bundle`, or copy it again"
Pixels = npt.NDArray[np.uint8]


class _Files(Protocol):
    """The files of a bundle, in a folder or an archive."""

    @property
    def names(self) -> tuple[str, ...]: ...

    def size_bytes(self, name: str) -> int: ...

    def read(self, name: str, most_bytes: int) -> bytes: ...

    def chunks(self, name: str) -> Iterator[bytes]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """An open bundle.

    Attributes:
        sha256: of its bundle.json.
        content: the checked content of bundle.json; docs/bundle.md has the fields.
    """

    where: Path
    sha256: str
    content: dict[str, Any]
    _files: _Files = field(repr=False)
    _listed: Mapping[str, Mapping[str, Any]] = field(repr=False)

    def sha256_of(self, name: str) -> str:
        """Return the hash that bundle.json lists for a file."""
        return str(self._listed[name]["sha256"])

    def read(self, name: str) -> bytes:
        """Return a listed file's bytes. Raises BundleError where they are not the listed ones."""
        listed = self._listed[name]
        if listed["size_bytes"] > MOST_PART_BYTES:
            raise BundleError(f"{self.where}: {name} is larger than {MOST_PART_BYTES:,} bytes", hint=_DAMAGED)
        data = self._files.read(name, listed["size_bytes"])
        self._check(name, hashlib.sha256(data).hexdigest())
        return data

    def class_map(self, name: str, photo: int) -> Pixels:
        """Return a label or a golden map of a photo, H,W uint8 at the photo's size; only labels hold 255.

        Raises BundleError where the size differs or a class does not exist.
        """
        size = self.content["photos"][photo]
        found = decoded_map(self.read(name), (size["height_px"], size["width_px"]), f"{self.where}: {name}")
        highest = int(found[found < 255].max(initial=0))
        if highest >= len(self.content["classes"]) or (name != size["label"] and int(found.max()) == 255):
            raise BundleError(
                f"{self.where}: {name} holds class {int(found.max())}, which does not exist", hint=_DAMAGED
            )
        return found

    def inputs(self, place: int) -> Pixels:
        """Return the photos at an input size, N,H,W,3 uint8."""
        given = self.content["inputs"][place]
        flat = np.frombuffer(self.read(given["file"]), np.uint8)
        return flat.reshape(len(self.content["photos"]), given["height_px"], given["width_px"], 3)

    def artifact(self, place: int) -> Artifact:
        """Return an artifact's manifest. Raises BundleError where it is damaged, or is not that of the listed file."""
        listed = self.content["artifacts"][place]
        where = f"{self.where}: {listed['manifest']}"
        try:
            found = parse_manifest(self.read(listed["manifest"]), where)
        except ValueError as error:
            raise BundleError(str(error), hint=_DAMAGED) from error
        own = {
            "sha256": found.sha256, "size_bytes": found.size_bytes, "target": found.target,
            "height_px": found.input_height_px, "width_px": found.input_width_px,
        }  # fmt: skip
        for name, value in own.items():
            if listed[name] != value:
                raise BundleError(f"{where} says {name} {value}, and {NAME} {listed[name]}", hint=_DAMAGED)
        if list(found.classes) != self.content["classes"]:
            raise BundleError(f"{where} has other classes than the bundle", hint=_DAMAGED)
        if found.file == MANIFEST:
            raise BundleError(f"{where} calls its file {MANIFEST}", hint=_DAMAGED)
        return found

    def extract_artifact(self, place: int, folder: Path) -> Path:
        """Write an artifact and its manifest into an empty folder, under the name that the manifest gives it.

        Raises BundleError where a hash differs, StorageError.
        """
        artifact, listed = self.artifact(place), self.content["artifacts"][place]
        path = folder / artifact.file
        for name in artifact_files(listed, self._listed):
            to = path if name == listed["file"] else path / name.removeprefix(f"{listed['file']}/")
            self.extract(name, to)
        if (found := sha256_path(path)) != artifact.sha256:
            raise BundleError(
                f"{self.where}: {listed['file']} is not the file that its manifest was written for",
                hint=f"sha256 is {found[:16]}..., the manifest says {artifact.sha256[:16]}...; {_DAMAGED}",
            )
        self.extract(listed["manifest"], folder / MANIFEST)
        return path

    def extract(self, name: str, to: Path) -> None:
        """Write a listed file to a path. Raises BundleError where it differs from the listed one, StorageError."""
        write_chunks(to, self._checked(name))

    def verify(self) -> None:
        """Hash every file. Raises BundleError, which names the first file that differs from the listed one."""
        for name in self._listed:
            for _ in self._checked(name):
                pass

    def _checked(self, name: str) -> Iterator[bytes]:
        digest = hashlib.sha256()
        for chunk in self._files.chunks(name):
            digest.update(chunk)
            yield chunk
        self._check(name, digest.hexdigest())

    def _check(self, name: str, found: str) -> None:
        wanted = self._listed[name]["sha256"]
        if found != wanted:
            raise BundleError(
                f"{self.where}: {name} is damaged",
                hint=f"its sha256 is {found[:16]}..., but the bundle lists {wanted[:16]}...; {_DAMAGED}",
            )


def decoded_map(data: bytes, size_px: tuple[int, int], where: str) -> Pixels:
    """Return the class map in a file's bytes, H,W uint8. Raises BundleError, also where its size differs from
    `size_px`."""
    try:
        found = runs.decode(data)
    except BundleError as error:
        raise BundleError(f"{where}: {error.message}", hint=_DAMAGED) from error
    if found.shape != size_px:
        raise BundleError(
            f"{where} is {found.shape[0]} x {found.shape[1]}, but its photo is {size_px[0]} x {size_px[1]}",
            hint=_DAMAGED,
        )
    return found


@contextmanager
def open_bundle(path: Path) -> Iterator[Bundle]:
    """Open a bundle's folder or zip; each file is hashed when it is read.

    Raises BundleError for anything else, for a newer version, and for files that differ from the listed ones.
    """
    if path.is_dir():
        yield _opened(path, _Folder(path))
    elif path.exists():
        with Archive(path) as archive:
            yield _opened(path, archive)
    else:
        raise BundleError(f"{path} does not exist", hint="give a bundle's folder or .zip")


def is_bundle(path: Path) -> bool:
    """Return whether a path looks like a bundle's folder or zip, of whatever content and version."""
    try:
        with Archive(path) if path.is_file() else nullcontext(_Folder(path)) as files:
            found = parse_json(files.read(NAME, MOST_BYTES))
            return {entry["name"] for entry in found["files"]} >= set(files.names) - {NAME}
    except (BundleError, ValueError, TypeError, KeyError):
        return False


def _opened(path: Path, files: _Files) -> Bundle:
    if NAME not in files.names:
        raise BundleError(f"{path} is not a bundle (it has no {NAME})", hint="make one with `pocketseg device bundle`")
    where = f"{path}: {NAME}"
    data = files.read(NAME, MOST_BYTES)
    try:
        document = parse_json(data)
        if not isinstance(document, dict):
            raise ValueError("it is no table")
        content = checked(document, where)
    except ValueError as error:
        raise BundleError(f"{where} is damaged: {printable(str(error))}", hint=_DAMAGED) from error
    listed = {entry["name"]: entry for entry in content["files"]}
    present = set(files.names) - {NAME}
    if strays := sorted(present - listed.keys()):
        raise BundleError(f"{path} holds {printable(strays[0])}, which {NAME} does not list", hint=_DAMAGED)
    if absent := sorted(listed.keys() - present):
        raise BundleError(f"{path} lacks {absent[0]}, which {NAME} lists", hint=_DAMAGED)
    for name, entry in listed.items():
        if (found := files.size_bytes(name)) != entry["size_bytes"]:
            raise BundleError(
                f"{path}: {name} has {found:,} bytes, but {NAME} lists {entry['size_bytes']:,}", hint=_DAMAGED
            )
    return Bundle(where=path, sha256=hashlib.sha256(data).hexdigest(), content=content, _files=files, _listed=listed)


class _Folder:
    """A bundle's folder; links and anything else that is not a regular file are refused."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._names = tuple(sorted(self._walk()))

    @property
    def names(self) -> tuple[str, ...]:
        return self._names

    def _walk(self) -> Iterator[str]:
        for parent, folders, files in os.walk(self._root):
            for name in (*folders, *files):
                path = Path(parent) / name
                if path.is_symlink():
                    raise BundleError(f"{self._root} holds a link: {printable(name)}", hint=_DAMAGED)
            for name in files:
                if name in STRAYS:
                    continue
                yield (Path(parent) / name).relative_to(self._root).as_posix()

    def size_bytes(self, name: str) -> int:
        return (self._root / name).stat().st_size

    def read(self, name: str, most_bytes: int) -> bytes:
        with self._opened(name) as stream:
            data = bytes(stream.read(min(os.fstat(stream.fileno()).st_size, most_bytes) + 1))
        if len(data) > most_bytes:
            raise BundleError(f"{self._root}: {name} is larger than {most_bytes:,} bytes", hint=_DAMAGED)
        return data

    def chunks(self, name: str) -> Iterator[bytes]:
        with self._opened(name) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                yield chunk

    @contextmanager
    def _opened(self, name: str) -> Iterator[Any]:
        try:
            handle = open_regular(self._root / name)
        except (OSError, ValueError) as error:
            raise BundleError(f"{self._root}: {name} cannot be read ({error})", hint=_DAMAGED) from error
        with os.fdopen(handle, "rb") as stream:
            yield stream
