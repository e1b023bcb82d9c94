"""Delivers an artifact to the user's folder: the file and its manifest, complete, in a folder of their own."""

from __future__ import annotations

from pathlib import Path

from pocketseg.artifacts.produce import Produced
from pocketseg.core import errors, manifest
from pocketseg.core.errors import UsageError
from pocketseg.core.files import atomic_folder, copy_file, copy_folder, sha256_file
from pocketseg.core.outside import read_json, read_within
from pocketseg.core.types import Artifact


def deliver(produced: Produced, out: Path) -> Path:
    """Copy an artifact's file and manifest into `out`, which may be new, empty or hold an earlier export."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file, not a folder", hint="give --out a folder")
    if out.is_dir() and (others := _foreign(out)):
        raise UsageError(
            f"{out} holds other files, e.g. {others[0]}", hint="one folder holds one export: choose a new or empty one"
        )
    with atomic_folder(out) as folder:
        if produced.file.is_dir():
            copy_folder(produced.file, folder / produced.artifact.file)
        else:
            copy_file(produced.file, folder / produced.artifact.file)
        for name in (manifest.NAME, *_beside(produced.artifact)):
            copy_file(produced.folder / name, folder / name)
    return out / produced.artifact.file


def put(produced: Produced, out: Path) -> Path:
    """Deliver what is not in `out` yet, and return the file's path there."""
    return out / produced.artifact.file if delivered(produced, out) else deliver(produced, out)


def delivered(produced: Produced, out: Path) -> bool:
    """Return whether `out` already holds exactly this artifact."""
    try:
        artifact, _ = manifest.read_any_manifest(out)
    except errors.ManifestError:
        return False
    same = all(
        (out / name).is_file() and sha256_file(out / name) == sha256_file(produced.folder / name)
        for name in (manifest.NAME, *_beside(produced.artifact))
    )
    return same and artifact.sha256 == produced.artifact.sha256


def replaced(produced: Produced, out: Path) -> str:
    """Return the other export in `out` that this artifact would replace, as `NAME (TARGET RECIPE)`; empty if none.

    Another export differs in target, model, recipe or output; the same one made anew does not count.
    """
    path = out / manifest.NAME
    if not path.is_file():
        return ""
    try:
        old = manifest.parse_manifest(read_within(path, manifest.MOST_BYTES), manifest.NAME)
    except (OSError, ValueError):
        return "an earlier export"  # of another version, or damaged
    new = produced.artifact
    same = (old.target, old.model, old.recipe, old.output) == (new.target, new.model, new.recipe, new.output)
    return "" if same or not (out / old.file).exists() else f"{old.file} ({old.target} {old.recipe})"


def _beside(artifact: Artifact) -> tuple[str, ...]:
    """Return the names of files that belong to an artifact besides its own and the manifest."""
    return manifest.SENSITIVITY_FILES if "sensitivity" in artifact.facts else ()


def _foreign(out: Path) -> list[str]:
    """Return the files in `out` that are not part of an export of ours."""
    names = {p.name for p in out.iterdir()}
    try:
        content = read_json(out / manifest.NAME, manifest.MOST_BYTES)
        names -= {manifest.NAME, str(content["file"])}
        if "sensitivity" in content["facts"]:
            names -= set(manifest.SENSITIVITY_FILES)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return sorted(names)
