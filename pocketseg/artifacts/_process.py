"""The conversion process: `python -m pocketseg.artifacts._process WORK` reads WORK/request.json and fills WORK/out.

WORK/out holds the file and its manifest when the status is 0; WORK/error.json says what was wrong otherwise.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import re
import shutil
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import compress
import export
import models
from benchmark import runtimes
from export._float_layers import without_floats
from export._readback import broken_promise, facts
from pocketseg.core import manifest
from pocketseg.core.classes import colors
from pocketseg.core.errors import CheckpointError, ExportError, ParityError, PocketSegError, StorageError
from pocketseg.core.files import copy_file, sha256_path, size_bytes, storage_error
from pocketseg.core.metrics import agreement
from pocketseg.core.outside import read_json
from pocketseg.core.tensors import decode_output, encode_input
from pocketseg.core.types import Artifact, OutputKind, Parity, Recipe, Written
from pocketseg.data.calibration import Calibration, open_calibration, parity_photos

# least share of equal pixels, over all pixels of the parity photos
LEAST_AGREEMENT = {
    "fp32": 0.999,
    **dict.fromkeys(("fp16", "w8", "pal8"), 0.99),
    **dict.fromkeys(("w8dyn", "w8a8", "w8a8:qat", "w8a8:mixed", "pal6", "w4", "pal4"), 0.95),
}
_GOLDEN_VALUES = 64
_PR_SET_PDEATHSIG = 1
_FULL_BYTES = 1 << 20  # a disk with less room is full: converters write more than that


def convert(request: dict[str, Any], out: Path) -> None:
    """Write the file and its manifest into `out`; raise where the file is not what it must be."""
    loaded = models.open_model(request["model"], models.Given.from_json(request["given"]))
    if loaded.sha256 != request["checkpoint"]:
        raise CheckpointError(f"{loaded.source} changed while it was being exported", hint="start again")
    spec, recipe = loaded.spec, Recipe.parse(request["recipe"])
    output = OutputKind(request["output"])
    calibration = Calibration.from_json(request["calibration"])
    photos = calibration.images(spec.height_px, spec.width_px) if recipe.numbers == "w8a8" else ()
    measured = _sensitivity(request.get("sensitivity", ""), out)
    exporter = export.exporter(request["target"])
    steps = compress.lineage(loaded)
    text = re.sub(r"[^A-Za-z0-9_.]+", "-", str(recipe).replace(":", ""))
    name = f"{request['name']}-{text}-{spec.height_px}x{spec.width_px}"
    path = out / (name + ("-classmap" if output is OutputKind.CLASSMAP else "") + exporter.SUFFIX)
    job = export.ExportJob(
        network=loaded.module,
        spec=spec,
        recipe=recipe,
        output=output,
        calibration=photos,
        calibration_method=request["calibration_method"],
        converter=request["converter"],
        float_layers=measured["float_layers"] if measured else (),
    )
    written = exporter.write(job, path)
    contents = exporter.read_back(path, written)
    rest = without_floats(contents, _folded(loaded, job.float_layers)) if job.float_layers else contents
    if broken := broken_promise(recipe.precision, rest):
        raise ExportError(f"{path.name} is not what {recipe} says: {broken}", hint="the file is not kept")
    draft = Artifact(
        target=request["target"],
        model=request["name"],
        recipe=str(recipe),
        precision=recipe.precision,
        output=output.value,
        file=path.name,
        sha256=sha256_path(path),
        size_bytes=size_bytes(path),
        input_height_px=spec.height_px,
        input_width_px=spec.width_px,
        inputs=written.inputs,
        outputs=written.outputs,
        classes=spec.classes,
        colors_rgb=colors(len(spec.classes)),
        checkpoint_sha256=loaded.sha256,
        lineage=(*_ancestors(loaded, steps), f"{request['target']}:{recipe.precision}"),
        split_hash=loaded.metadata.get("split_hash", ""),
        calibration={"photos": len(job.calibration), "source": calibration.source, "hash": calibration.hash,
                     "method": request["calibration_method"], "split_hash": calibration.split_hash,
                     "digests": list(calibration.digests)} if photos else {},
        parity=Parity(status="not measured here"),
        tools=request["tools"],
        facts={"network": spec.name, "mean_rgb": list(spec.mean_rgb), "std_rgb": list(spec.std_rgb),
               **({"assumed": loaded.assumed} if loaded.assumed else {}),
               "converter": request["converter"], **compress.measured(loaded.module, spec),
               **({"steps": steps} if steps else {}),
               **({"sensitivity": measured} if measured else {}), **written.facts, "read_back": facts(contents)},
    )  # fmt: skip
    parity, golden = measure(draft, path, loaded, written, exporter.RUNTIME, parity_photos(calibration))
    manifest.write_manifest(out, _with(draft, parity, golden))


def _sensitivity(folder: str, out: Path) -> dict[str, Any]:
    """Put the table and picture of w8a8:mixed beside the file, and sum them up for the manifest."""
    if not folder:
        return {}
    for name in manifest.SENSITIVITY_FILES:
        copy_file(Path(folder) / name, out / name)
    found = read_json(out / manifest.SENSITIVITY_FILES[0])
    kept = ("float_layers", "max_drop", "float_miou", "photos", "data", "split_hash")
    count = len(found["float_layers"])
    whole = next((t for t in found["tried"] if t["float_layers"] == count), None)
    sentence = f"{count} of {len(found['layers'])} layers stay float"
    if not count:
        sentence = "no layer has to stay float: the file is that of w8a8"
    return {**{k: found[k] for k in kept}, "simulated": whole, "sentence": sentence,
            "files": list(manifest.SENSITIVITY_FILES)}  # fmt: skip


def _folded(loaded: models.Loaded, names: Sequence[str]) -> dict[str, np.ndarray[Any, Any]]:
    """Give the weights of these convolutions as a file holds them."""
    from pocketseg.training.fake_quant import folded_weight, layers

    found = {layer.name: layer for layer in layers(loaded.module)}
    return {name: folded_weight(loaded.module, found[name]).numpy() for name in names}


def _ancestors(loaded: models.Loaded, steps: list[dict[str, Any]]) -> tuple[str, ...]:
    """Name the network that the first step was given, and what each step made of it, each with its weights' hash."""
    hashes = [*(str(entry["parent"]) for entry in steps), loaded.sha256]
    names = [loaded.spec.name, *(str(entry["step"]) for entry in steps)]
    return tuple(f"{name}@{digest[:16]}" for name, digest in zip(names, hashes, strict=True))


def _with(draft: Artifact, parity: Parity, golden: dict[str, Any]) -> Artifact:
    import dataclasses

    return dataclasses.replace(draft, parity=parity, golden=golden)


def measure(
    draft: Artifact, path: Path, loaded: models.Loaded, written: Written, engine: str, photos: Calibration
) -> tuple[Parity, dict[str, Any]]:
    """Run the file on training photos and compare it with the network; ParityError below the least."""
    import torch

    from pocketseg.training.evaluate import network_input

    reason = runtimes.runtime(engine).refusal()
    if reason:
        return Parity(status="not measured here", reason=reason), {}
    session = runtimes.runtime(engine).open_session(path, draft, 1)
    totals = np.zeros(4, np.int64)
    worst = 0.0
    for photo in photos.images(loaded.spec.height_px, loaded.spec.width_px):
        with torch.inference_mode():
            wanted = loaded.module(network_input([photo], loaded.spec))[0].numpy()
        got = decode_output(session.run(encode_input(photo, written.inputs[0])), written.outputs[0])
        if got.shape[-2:] != wanted.shape[-2:]:
            raise ParityError(f"{path.name} gives {got.shape}, the network {wanted.shape}")
        if got.ndim == 3:
            if not np.isfinite(got).all():
                raise ParityError(f"{path.name} gives values that are not finite")
            worst = max(worst, float(np.abs(got - wanted).max()))
        totals += agreement(_labels(got), wanted.argmax(0).astype(np.uint8))
    parity = Parity(
        status="measured",
        reason=getattr(runtimes.runtime(engine), "LABEL", ""),
        images=len(photos.files),
        max_abs_error=worst if written.outputs[0].layout != "NHW" else None,
        argmax_agreement=float(totals[0] / totals[1]),
        argmax_agreement_garment=float(totals[2] / totals[3]) if totals[3] else None,
        source=photos.source,
        digests=photos.digests,
    )
    least = LEAST_AGREEMENT[draft.precision]
    if parity.argmax_agreement is None or parity.argmax_agreement < least:
        raise ParityError(
            f"{path.name} agrees with its network on {parity.argmax_agreement:.4%} of pixels; "
            f"{draft.precision} needs {least:.1%}",
            hint="the file is not kept; try another --converter, calibration photos or precision",
        )
    return parity, _golden(session, loaded, written)


def _labels(output: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the class map of a decoded output, C,H,W scores or H,W classes."""
    return (output.argmax(0) if output.ndim == 3 else output).astype(np.uint8)


def _golden(session: runtimes.Session, loaded: models.Loaded, written: Written) -> dict[str, Any]:
    """Keep sampled values of one output: what an app must reproduce on the same embedded photo."""
    embedded = open_calibration(count=1)
    (photo,) = embedded.images(loaded.spec.height_px, loaded.spec.width_px)
    raw = session.run(encode_input(photo, written.inputs[0]))
    flat = raw.reshape(-1)
    places = np.linspace(0, flat.size - 1, _GOLDEN_VALUES).astype(np.int64)
    labels = _labels(decode_output(raw, written.outputs[0]))
    return {
        "photo": embedded.files[0].name,
        "output_indices": places.tolist(),
        "output_values": [float(v) for v in flat[places]],
        "class_pixels": np.bincount(labels.reshape(-1).astype(np.int64)).tolist(),
    }


def _end_with_parent() -> None:
    """End this process when the one that started it is gone: its end of our standard input closes.

    A converter that holds the interpreter would keep the watching thread waiting, so Linux is asked to see to it.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    def watch() -> None:
        sys.stdin.buffer.read()
        os._exit(3)

    threading.Thread(target=watch, daemon=True).start()


def main(work: Path) -> int:
    """Convert what WORK/request.json asks for."""
    _end_with_parent()
    out = work / "out"
    out.mkdir()
    try:
        convert(json.loads((work / "request.json").read_text(encoding="utf-8")), out)
    except PocketSegError as error:
        return _say(work, _full(work) if isinstance(error, ExportError) and _is_full(work) else error)
    except OSError as error:
        return _say(work, _storage(error, work))
    except (RuntimeError, ValueError, TypeError, KeyError, AttributeError, ImportError, AssertionError) as error:
        import traceback

        if _is_full(work):
            return _say(work, _full(work))
        with contextlib.suppress(OSError):
            traceback.print_exc()  # into the log
        return _say(work, ExportError(f"the converter failed: {type(error).__name__}: {str(error)[:500]}"))
    return 0


def _storage(error: OSError, work: Path) -> StorageError:
    return storage_error(error, Path(error.filename) if isinstance(error.filename, str) else work)


def _is_full(work: Path) -> bool:
    """Tell whether a full disk is why a conversion failed; native code has no name for it."""
    return shutil.disk_usage(work).free < _FULL_BYTES


def _full(work: Path) -> StorageError:
    return storage_error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), work)


def _say(work: Path, error: PocketSegError) -> int:
    """Leave the error for the parent; return the status to end with, which alone says it where the disk is full."""
    content = {"type": type(error).__name__, "message": error.message, "hint": error.hint}
    shutil.rmtree(work / "out", ignore_errors=True)  # leave room for the message
    with contextlib.suppress(OSError):
        (work / "error.json").write_text(json.dumps(content), encoding="utf-8")
    return error.exit_code


if __name__ == "__main__":
    status = main(Path(sys.argv[1]))
    with contextlib.suppress(OSError):  # a log on a full disk
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)  # converters leave threads that can crash while Python shuts down
