"""What an exported file holds, for whoever ships it: one module per target, each with `read(path, shape) ->
Inspection`.

A file is read in a separate process, because a damaged one can crash the engine that opens it.
"""

from __future__ import annotations

import dataclasses
import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import export
from pocketseg.core import child, manifest
from pocketseg.core.errors import ManifestError, RuntimeFailedError, UsageError
from pocketseg.core.files import size_bytes

if TYPE_CHECKING:
    from pocketseg.core.types import Artifact


ANSWER = "answer.json"  # what the reading process leaves
ANY = (1, -1)  # the range of a dimension that only a run determines


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """An input or output as the file declares it.

    Attributes:
        kind: of its values, or `RGB picture`.
        detail: what else the file says.
        shape: the default where other shapes are accepted too, 0 where there is none.
        ranges: the least and the greatest size of each dimension, -1 for no bound.
        sizes: the shapes that a file lists instead. Where both are empty, only `shape` is accepted.
    """

    name: str
    shape: tuple[int, ...]
    kind: str
    detail: str = ""
    ranges: tuple[tuple[int, int], ...] = ()
    sizes: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """The weights of one layer.

    Attributes:
        kind: int8, pal6, sparse float16...
        bytes: without scales and palettes.
        bits: of one weight.
        zero_share: 0 to 1.
        unique_values: how many different codes.
        compute: what multiplies them.
    """

    name: str
    operation: str
    kind: str
    bits: int
    weights: int
    bytes: int
    zero_share: float
    unique_values: int
    compute: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """What a delegate takes of the graph, counted in nodes.

    Attributes:
        outside: operations that it leaves, by name.
        how: how this was determined.
    """

    delegate: str
    partitions: int
    inside_nodes: int
    outside_nodes: int
    outside: dict[str, int]
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """What may keep operations off the Neural Engine: which, how many, why, and according to whom. It is never
    certain."""

    what: str
    operations: int
    why: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """One file.

    Attributes:
        constants: bytes by type, of all constants.
        layers: largest first.
        before_first_layer: operations on the input, in order.
        least_os: empty where the format has none.
        manifest: the one beside the file, or None.
    """

    file: str
    target: str
    size_bytes: int
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    operations: dict[str, int]
    constants: dict[str, int]
    layers: tuple[Layer, ...]
    multiply_adds: int | None
    multiply_adds_reason: str = ""
    before_first_layer: tuple[str, ...] = ()
    least_os: str = ""
    delegation: Delegation | None = None
    risks: tuple[Risk, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    manifest: dict[str, Any] | None = None


def inspect_file(where: Path) -> Inspection:
    """Return what a file holds, or that of the folder that `export --out` wrote.

    Raises UsageError for anything that is not an exported file, RuntimeFailedError for a damaged one. A manifest beside
    it that is damaged, or belongs to another file, becomes a note.
    """
    path, target = located(where)
    artifact, note = _manifest_beside(path)
    shape = artifact.inputs[0].shape if artifact is not None and artifact.inputs else None
    found = _in_its_own_process(path, target, shape)
    found = dataclasses.replace(found, size_bytes=size_bytes(path))
    if note:
        found = dataclasses.replace(found, notes=(*found.notes, note))
    return found if artifact is None else dataclasses.replace(found, manifest=_summary(artifact))


def located(where: Path) -> tuple[Path, str]:
    """Return the exported file that a path or an export's folder names, and its target. Raises UsageError."""
    path = _file_of(where)
    return path, _target_of(path)


def suffixes() -> dict[str, str]:
    """Return the target of each suffix, without importing any."""
    return {str(export.facts(target, "SUFFIX")): target for target in export.targets()}


def _file_of(where: Path) -> Path:
    """Return the file in an export's folder, or the path itself."""
    if not where.exists():
        raise UsageError(f"{where} does not exist", hint="name an exported file, or the folder that it lies in")
    if not where.is_dir() or where.suffix in suffixes():
        return where
    inside = sorted(p for p in where.iterdir() if p.suffix in suffixes())
    if len(inside) == 1:
        return inside[0]
    named = f"holds {len(inside)} exported files" if inside else "holds no exported file"
    raise UsageError(f"{where} {named}", hint="give the path of one file")


def _target_of(path: Path) -> str:
    """Return the target by the suffix."""
    if path.suffix not in suffixes():
        raise UsageError(
            f"the suffix of {path} is not that of a target's file",
            hint=f"targets' files end in {', '.join(sorted(suffixes()))}",
        )
    package = path.suffix == ".mlpackage"
    if path.is_dir() != package:
        raise RuntimeFailedError(f"{path} is {'not a folder, as a package is' if package else 'a folder, not a file'}")
    if not package and not path.is_file():
        raise UsageError(f"{path} is not a regular file", hint="give a file that `pocketseg export` wrote")
    return suffixes()[path.suffix]


def _manifest_beside(path: Path) -> tuple[Artifact | None, str]:
    """Return the manifest beside a file if it is this file's; otherwise a note that says why it is ignored."""
    if not (path.parent / manifest.NAME).is_file():
        return None, f"there is no {manifest.NAME} beside it: layout and normalisation are not known"
    try:
        return manifest.read_any_manifest(path)[0], ""
    except ManifestError as error:
        return None, f"the {manifest.NAME} beside it is ignored: {error.message}"


def _in_its_own_process(path: Path, target: str, shape: tuple[int, ...] | None) -> Inspection:
    with tempfile.TemporaryDirectory(prefix="pocketseg-inspect-") as folder:
        child.run(
            "pocketseg.inspect._worker",
            {"file": str(path.resolve()), "target": target, "shape": shape},
            Path(folder),
            result=ANSWER,
            what=f"{path} cannot be read: what reads {path.suffix} files",
            default=RuntimeFailedError,
            environment=child.environment(),
            hint="the file is damaged, or is not what its suffix says",
        )
        content = json.loads((Path(folder) / ANSWER).read_text(encoding="utf-8"))
    if "error" in content:
        raise child.rebuilt(content["error"], RuntimeFailedError)
    return parsed(content)


def parsed(content: dict[str, Any]) -> Inspection:
    """Return an Inspection from its JSON."""
    values = dict(content)
    for name in ("inputs", "outputs"):
        values[name] = tuple(_port(port) for port in content[name])
    values["layers"] = tuple(Layer(**layer) for layer in content["layers"])
    values["risks"] = tuple(Risk(**risk) for risk in content["risks"])
    values["before_first_layer"] = tuple(content["before_first_layer"])
    values["notes"] = tuple(content["notes"])
    values["delegation"] = None if content["delegation"] is None else Delegation(**content["delegation"])
    return Inspection(**values)


def _port(content: dict[str, Any]) -> Port:
    rows = {name: tuple(tuple(row) for row in content[name]) for name in ("ranges", "sizes")}
    return Port(**{**content, **rows, "shape": tuple(content["shape"])})


def _summary(artifact: Artifact) -> dict[str, Any]:
    """Return what a reader wants to know from a manifest."""
    ports = ("name", "shape", "layout", "dtype", "scale", "zero_point", "value_range", "normalization")
    return {
        "model": artifact.model,
        "recipe": artifact.recipe,
        "classes": list(artifact.classes),
        **({"signals": list(artifact.signals)} if artifact.signals else {}),
        "inputs": [{k: getattr(t, k) for k in ports} for t in artifact.inputs],
        "outputs": [{k: getattr(t, k) for k in ports} for t in artifact.outputs],
        "parity": dataclasses.asdict(artifact.parity),
        "tools": artifact.tools,
    }
