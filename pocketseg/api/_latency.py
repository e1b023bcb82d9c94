"""How long .tflite files take that are not segmentation networks: for those that an app runs beside one."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pocketseg.api._common import Note, PathLike, Progress, silent, still

KIND = "latency only"
_LEAVE_OUT = "exported networks are scored and timed together: leave --latency-only out"


def latency_only(
    files: Sequence[PathLike],
    *,
    threads: int = 1,
    out: PathLike | None = None,
    cache: PathLike | None = None,
    note: Note = silent,
    progress: Progress = still,
) -> list[dict[str, Any]]:
    """Time files on random values, side by side, each in a separate process; return one row a file, in order.

    A row has the file's name, size, SHA-256, inputs and multiply-adds, its times, their verdict, and where it ran; it
    holds no score, and is not one of `benchmark`'s rows. One that did not run has the `failure`.

    Args:
        files: .tflite files without a manifest.
        threads: for LiteRT.
        out: folder for latency-only.json; an earlier one is replaced.
        cache: where the best known speed of this computer is kept.
        note: takes sentences for the user.
        progress: takes (what, done, total).

    Raises:
        UsageError: for other files, before any work.
    """
    from benchmark.device import device_facts
    from benchmark.latency_only import time_files
    from pocketseg.core.cache import Cache, default_folder, versions
    from pocketseg.core.errors import RuntimeFailedError, UsageError
    from pocketseg.core.files import sha256_file, size_bytes, write_json
    from pocketseg.inspect import inspect_file

    paths = _checked([Path(file) for file in files])
    rows: list[dict[str, Any]] = []
    for done, path in enumerate(paths):
        progress("reading", done, len(paths))
        row: dict[str, Any] = {"kind": KIND, "file": path.name, "size_bytes": size_bytes(path)}
        row |= {"sha256": sha256_file(path), "multiply_adds": None, "inputs": []}
        try:
            found = inspect_file(path)
        except RuntimeFailedError as error:  # what cannot be read may still run, or its failure says more
            note(f"{path.name} could not be read: {error.message}")
        else:
            if found.manifest is not None:
                raise UsageError(f"{path} is an exported segmentation network", hint=_LEAVE_OUT)
            row["multiply_adds"] = found.multiply_adds
            row["inputs"] = [{"name": p.name, "shape": list(p.shape), "kind": p.kind} for p in found.inputs]
        rows.append(row)
    cached = Cache(Path(cache) if cache else default_folder())
    times = time_files(paths, threads=threads, cache=cached, progress=progress, note=note)
    place = {"device": device_facts(), "runtime": versions(["ai-edge-litert"])}
    rows = [row | dataclasses.asdict(time) | place for row, time in zip(rows, times, strict=True)]
    if out is not None:
        write_json(Path(out) / "latency-only.json", {"schema_version": 1, "rows": rows})
    return rows


def _checked(paths: Sequence[Path]) -> list[Path]:
    """Refuse what cannot be timed alone. Raises UsageError."""
    from pocketseg.core.errors import UsageError

    seen: set[Path] = set()
    for path in paths:
        if path.is_dir():
            raise UsageError(f"{path} is a folder", hint=f"name .tflite files; {_LEAVE_OUT}")
        if not path.is_file():
            raise UsageError(f"{path} does not exist", hint="give the path of a .tflite file")
        if path.suffix != ".tflite":
            raise UsageError(f"{path} is not a .tflite file", hint="only LiteRT times files without a manifest")
        if path.resolve() in seen:
            raise UsageError(f"{path} is named twice", hint="name each file once")
        seen.add(path.resolve())
    return list(paths)
