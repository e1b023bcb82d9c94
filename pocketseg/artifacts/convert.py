"""Writes one file and its manifest: convert, read back, run, compare. Runs in a separate process (_process.py)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import export
import models
from export._float_layers import without_floats
from export._provenance import shared_provenance
from export._readback import broken_promise, facts
from export._shared import Shared
from export._tensors import signals_facts
from pocketseg.artifacts.answers import answered
from pocketseg.artifacts.parity import compared
from pocketseg.core import manifest
from pocketseg.core.classes import colors
from pocketseg.core.errors import ExportError
from pocketseg.core.files import copy_file, sha256_path, size_bytes
from pocketseg.core.outside import read_json
from pocketseg.core.stopwatch import Stopwatch
from pocketseg.core.types import Artifact, ModelSpec, OutputKind, Parity, Preprocessing, Recipe
from pocketseg.data.calibration import Calibration, parity_photos
from pocketseg.data.photos import Pixels
from pocketseg.data.spec import without_folders
from pocketseg.inference import calibration_inputs


def convert(request: dict[str, Any], out: Path, shared: Shared) -> dict[str, float]:
    """Write the file and its manifest into `out`, and return the seconds of each stage.

    request: what produce.py passes on, as JSON values. shared: what this network's files share. Raises ExportError and
    ParityError where the file is not what it must be, CheckpointError where the weights have changed since.
    """
    watch = Stopwatch()
    loaded = shared.once("network", lambda: models.open_handed_over(request["model"]))
    spec, recipe = loaded.spec, Recipe.parse(request["recipe"])
    output = OutputKind(request["output"])
    calibration = Calibration.from_json(request["calibration"])
    photos = _photos(calibration, spec, shared) if recipe.numbers == "w8a8" else ()
    compared_on, kept = parity_photos(calibration), Path(request["answers"])
    answers = shared.once(("answers", compared_on.hash), lambda: answered(loaded, compared_on, kept))
    measured = _sensitivity(request.get("sensitivity", ""), out)
    exporter = export.exporter(request["target"])
    steps = [_without_folders(step) for step in models.lineage(loaded.metadata, loaded.source)]
    text = re.sub(r"[^A-Za-z0-9_.]+", "-", str(recipe).replace(":", ""))
    name = f"{loaded.name}-{text}-{spec.height_px}x{spec.width_px}"
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
        signals=loaded.input_signals,
        shared=shared,
    )
    watch.ended("opening")
    with shared_provenance():
        written = exporter.write(job, path)
    watch.ended("converting")
    contents = exporter.read_back(path, written)
    rest = without_floats(contents, _folded(loaded, job.float_layers)) if job.float_layers else contents
    if broken := broken_promise(recipe.precision, rest):
        raise ExportError(f"{path.name} is not what {recipe} says: {broken}", hint="the file is not kept")
    draft = Artifact(
        target=request["target"],
        model=loaded.name,
        recipe=str(recipe),
        precision=recipe.precision,
        output=output.value,
        file=path.name,
        sha256=sha256_path(path),
        size_bytes=size_bytes(path),
        input_height_px=spec.height_px,
        input_width_px=spec.width_px,
        preprocessing=Preprocessing(mean_rgb=spec.mean_rgb, std_rgb=spec.std_rgb),
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
        facts={"network": spec.name,
               **({"assumed": loaded.assumed} if loaded.assumed else {}),
               "converter": request["converter"], **answers.costs,
               **({"steps": steps} if steps else {}),
               **({"sensitivity": measured} if measured else {}), **signals_facts(loaded.input_signals),
               **written.facts, "read_back": facts(contents)},
    )  # fmt: skip
    watch.ended("reading back")
    parity, golden = compared(draft, path, answers, exporter.RUNTIME, compared_on)
    manifest.write_manifest(out, dataclasses.replace(draft, parity=parity, golden=golden))
    watch.ended("comparing")
    return watch.seconds


def _photos(calibration: Calibration, spec: ModelSpec, shared: Shared) -> tuple[Pixels, ...]:
    """Return the calibration photos at the network's input size, each H,W,3 uint8."""
    size = (spec.height_px, spec.width_px)
    return shared.once(("calibration", calibration.hash), lambda: tuple(calibration_inputs(calibration, *size)))


def _without_folders(step: dict[str, Any]) -> dict[str, Any]:
    """Return a step without the folders of its photos and of its teacher: a manifest travels with its file."""
    return {k: without_folders(v) if k in ("step", "data") and isinstance(v, str) else v for k, v in step.items()}


def _sensitivity(folder: str, out: Path) -> dict[str, Any]:
    """Copy the table and picture of w8a8:mixed beside the file; return their summary for the manifest."""
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
        sentence = "no layer has to stay float: the file is the same as for w8a8"
    return {**{k: found[k] for k in kept}, "simulated": whole, "sentence": sentence,
            "files": list(manifest.SENSITIVITY_FILES)}  # fmt: skip


def _folded(loaded: models.Loaded, names: Sequence[str]) -> dict[str, np.ndarray[Any, Any]]:
    """Return the weights of these convolutions as a file holds them, with batch norm folded in."""
    from pocketseg.training.fake_quant import folded_weight, layers

    found = {layer.name: layer for layer in layers(loaded.module)}
    return {name: folded_weight(loaded.module, found[name]).numpy() for name in names}


def _ancestors(loaded: models.Loaded, steps: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return the network before the first step, and after each step, each with its weights' hash."""
    hashes = [*(str(entry["parent"]) for entry in steps), loaded.sha256]
    names = [loaded.spec.name, *(str(entry["step"]) for entry in steps)]
    return tuple(f"{name}@{digest[:16]}" for name, digest in zip(names, hashes, strict=True))
