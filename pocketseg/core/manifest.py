"""The contract between export and app: an Artifact beside its file as manifest.json, checked when it is read."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from pocketseg.core._manifest_checks import artifact_of
from pocketseg.core.errors import ManifestError, RefusedError
from pocketseg.core.files import sha256_path, write_json
from pocketseg.core.outside import parse_json, read_json
from pocketseg.core.types import Artifact

NAME = "manifest.json"
SCHEMA_VERSION = 2
MOST_BYTES = 16 << 20  # of a manifest
SENSITIVITY_FILES = ("sensitivity.json", "sensitivity.csv", "sensitivity.svg")  # beside a file of precision w8a8:mixed


def write_manifest(folder: Path, artifact: Artifact) -> Path:
    """Write `artifact` as FOLDER/manifest.json."""
    return write_json(folder / NAME, dataclasses.asdict(artifact))


def read_manifest(where: Path) -> tuple[Artifact, Path]:
    """Return what read_any_manifest does, for a file that takes a photo alone, as all harnesses give it one.

    Raises RefusedError for a file that takes signals beside it, ManifestError.
    """
    artifact, file = read_any_manifest(where)
    if artifact.signals:
        raise RefusedError(
            f"{file} takes {' and '.join(artifact.signals)} beside the photo, which is not given to it here",
            hint="`pocketseg benchmark --signals` on this computer gives it (docs/signals.md); phone apps do not",
        )
    return artifact, file


def read_any_manifest(where: Path) -> tuple[Artifact, Path]:
    """Return the manifest of a file, or of the folder that `export --out` wrote, with the file's path.

    The manifest lies beside the file. Raises ManifestError for a missing, damaged or foreign manifest, for sizes beyond
    bounds, for a file whose bytes do not match it and for a file name that leaves the folder.
    """
    if not where.exists():
        raise ManifestError(f"{where} does not exist", hint="name an exported file, or the folder that it lies in")
    path = where if where.name == NAME else _manifest_of(where)
    if not path.is_file():
        if where.is_dir() and not any(where.iterdir()):
            hint = "write an exported file into it: `pocketseg export MODEL --target TARGET --out FOLDER`"
            raise ManifestError(f"{where} holds no exported file", hint=hint)
        raise ManifestError(
            f"{where} has no {NAME} beside it", hint="export it with `pocketseg export`, which writes both"
        )
    try:
        artifact = artifact_of(read_json(path, MOST_BYTES), SCHEMA_VERSION)
    except KeyError as error:
        raise ManifestError(f"{path} is not a manifest (it lacks {error})", hint="export the file again") from error
    except (OSError, ValueError, TypeError) as error:
        raise ManifestError(f"{path} is not a manifest ({error})", hint="export the file again") from error
    file = path.parent / artifact.file
    if where not in (path, path.parent) and where.resolve() != file.resolve():
        raise ManifestError(f"{path} belongs to {artifact.file}, not to {where.name}", hint="one folder holds one file")
    if not file.exists():
        raise ManifestError(f"{file}, named by {path}, does not exist", hint="export it again")
    found = sha256_path(file)
    if found != artifact.sha256:
        raise ManifestError(
            f"{file} is not the file that {path} was written for",
            hint=f"sha256 is {found[:16]}..., the manifest says {artifact.sha256[:16]}...; export it again",
        )
    return artifact, file


def parse_manifest(data: bytes, where: str) -> Artifact:
    """Return the Artifact that a manifest's bytes describe, without looking at its file. Raises ValueError.

    where: how messages refer to the manifest.
    """
    try:
        if len(data) > MOST_BYTES:
            raise ValueError(f"it is larger than {MOST_BYTES:,} bytes")
        return artifact_of(parse_json(data), SCHEMA_VERSION)
    except KeyError as error:
        raise ValueError(f"{where} is not a manifest (it lacks {error})") from error
    except (ValueError, TypeError) as error:
        raise ValueError(f"{where} is not a manifest ({error})") from error


def _manifest_of(where: Path) -> Path:
    """Return the manifest's path: inside an export folder, or beside a file or a package (a folder with a suffix)."""
    inside = where / NAME
    return inside if where.is_dir() and inside.is_file() and where.suffix != ".mlpackage" else where.parent / NAME
