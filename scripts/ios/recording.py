"""Records the outputs of a bundle's files on this computer, by the hash of each input; the Swift `replay` runs on them.

`python -m scripts.ios recording BUNDLE --out DIR` writes `recording.json` and the outputs' bytes, little endian and
without gaps, as the runtime returned them.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmark import runtimes
from benchmark.accuracy import BATCH_PHOTOS
from benchmark.worker import Worker
from pocketseg.core.bundle import Bundle, open_bundle
from pocketseg.core.errors import PocketSegError, RefusedError, UsageError
from pocketseg.core.files import make_folder, write_bytes, write_json
from pocketseg.core.npy import write_npy
from pocketseg.core.tensors import encode_input
from pocketseg.core.types import Artifact, TensorSpec
from pocketseg.data.photos import Pixels

NAME = "recording.json"
_THREADS = 1
_TIMEOUT_S = 600.0


def record(bundle: Bundle, out: Path) -> int:
    """Run each file of a bundle on each of its photos; return how many outputs were kept in `out`.

    Raises UsageError where `out` is not empty, RefusedError where a runtime cannot run on this host,
    RuntimeFailedError, BundleError.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} is not an empty folder", hint="give a new one: --out DIR")
    make_folder(out)
    artifacts = [_artifact(bundle, place, out) for place in range(len(bundle.content["artifacts"]))]
    write_json(out / NAME, {"schema_version": "1.0", "bundle": bundle.sha256, "artifacts": artifacts})
    return sum(len(one["runs"]) for one in artifacts)


def _artifact(bundle: Bundle, place: int, out: Path) -> dict[str, Any]:
    listed, artifact = bundle.content["artifacts"][place], bundle.artifact(place)
    runtime = str(listed["runtime"])
    reason = runtimes.runtime(runtime).refusal()
    if reason:
        raise RefusedError(f"{listed['name']} cannot run here: {reason}", hint="record on a computer that has it")
    images = bundle.inputs(listed["input"])
    make_folder(out / str(place))
    with tempfile.TemporaryDirectory(prefix="pocketseg-recording-") as work:
        path = bundle.extract_artifact(place, Path(work) / "file")
        threads, outputs = _outputs(path, runtime, images, Path(work))
    runs = []
    for photo, (image, output) in enumerate(zip(images, outputs, strict=True)):
        data, file = _plain(output), f"{place}/{photo}.bin"
        write_bytes(out / file, data)
        runs.append(
            {
                "input_sha256": hashlib.sha256(_plain(encode_input(np.array(image), artifact.inputs[0]))).hexdigest(),
                "file": file,
                "sha256": hashlib.sha256(data).hexdigest(),
                "output": _said(artifact.outputs[0], output),
            }
        )
    tool = runtimes.tool(runtime)
    return {
        "name": listed["name"], "sha256": _sha256(artifact), "runtime": runtime, "tool": tool, "version": version(tool),
        "threads": threads, "runs": runs,
    }  # fmt: skip


def _outputs(path: Path, runtime: str, images: Pixels, folder: Path) -> tuple[int, list[Any]]:
    """Run photos in a separate process; return the threads that the engine used, and each photo's raw output."""
    found: list[Any] = []
    worker = Worker(folder / "log.txt", _THREADS)
    try:
        worker.prepare(path, f"benchmark.runtimes.{runtime}", _THREADS, _TIMEOUT_S)
        threads = worker.load(_TIMEOUT_S)
        for start in range(0, len(images), BATCH_PHOTOS):
            batch = write_npy(folder / "images.npy", images[start : start + BATCH_PHOTOS])
            found += [np.array(output) for output in worker.predict(batch, folder, _TIMEOUT_S)[0]]
    finally:
        worker.kill()
        worker.close()
    return threads, found


def _said(spec: TensorSpec, output: Any) -> dict[str, Any]:
    """Return an output's description: type and shape as the runtime returned them, the rest from the manifest."""
    return {
        "name": spec.name, "dtype": str(output.dtype), "shape": list(output.shape), "layout": spec.layout,
        "scale": spec.scale, "zero_point": spec.zero_point,
    }  # fmt: skip


def _plain(array: Any) -> bytes:
    """Return an array's bytes, little endian and row-major."""
    found = np.ascontiguousarray(array)
    return bytes(found.astype(found.dtype.newbyteorder("<"), copy=False).tobytes())


def _sha256(artifact: Artifact) -> str:
    return str(artifact.sha256)


def main(arguments: list[str]) -> int:
    """Record a bundle; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m scripts.ios recording", description=__doc__)
    parser.add_argument("bundle", type=Path, help="a bundle's zip or folder")
    parser.add_argument("--out", type=Path, required=True, help="a new folder")
    given = parser.parse_args(arguments)
    try:
        with open_bundle(given.bundle) as bundle:
            kept = record(bundle, given.out)
    except PocketSegError as error:
        print(error.message, *([error.hint] if error.hint else []), sep="\n", file=sys.stderr)
        return 1
    print(f"{given.out}: {kept} outputs")
    return 0
