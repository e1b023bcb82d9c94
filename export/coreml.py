"""Target coreml: one .mlpackage, an ML Program, float or compressed, with the metadata that Xcode and Vision read."""

from __future__ import annotations

import json
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pocketseg
from export import ExportJob, need_photos
from export._coreml_weights import compressed, least_ios, least_zeros, zero_share
from export._quiet import quiet
from export._readback import Contents, lost_zeros
from export._tensors import mask_tensor, photo_tensor
from pocketseg.core.classes import colors
from pocketseg.core.errors import ExportError
from pocketseg.core.files import atomic_folder, copy_file, write_bytes, write_text
from pocketseg.core.types import ModelSpec, OutputKind, Recipe, Written

if TYPE_CHECKING:
    import torch
    from torch import nn
    from torch.export import ExportedProgram

SUFFIX = ".mlpackage"
RUNTIME = "coreml_reference"
PRECISIONS = ("fp32", "fp16", "w8", "w8a8", "w8a8:qat", "w8a8:mixed", "w4", "pal8", "pal6", "pal4")
REFUSALS = {
    "w8dyn": "Core ML fixes the ranges of activations when a package is made; it has no ranges of each run",
}
CALIBRATIONS = ("min-max", "histogram")
TOOLS = ("coremltools", "torch", "torchao")
_PREVIEW = "com.apple.coreml.model.preview"
_DATE = "com.github.apple.coremltools.conversion_date"


def refusal(spec: ModelSpec, recipe: Recipe) -> str | None:
    """Return what this target cannot do."""
    return REFUSALS.get(recipe.precision)


def write(job: ExportJob, path: Path) -> Written:
    """Convert and write the package (a folder). Raises ExportError.

    The deployment target is the oldest iOS that reads what the recipe makes. Zeros of a sparse network are not stored.
    """
    need_photos(job)
    spec, precision = job.spec, job.recipe.numbers
    zeros = zero_share(job.network)
    sparse = zeros >= least_zeros(precision)
    ios, because = least_ios(precision, sparse)
    given = mask_tensor(spec, job.output, "NCHW", "int32")
    with quiet(), tempfile.TemporaryDirectory() as work:
        package = Path(work) / f"model{SUFFIX}"
        model = compressed(_converted(job, given.name, ios), precision, sparse)
        _describe_(model, spec, given.name)
        with atomic_folder(path) as folder:
            model.save(str(package))
            _copy_repeatably(package, folder)
    taken = photo_tensor(spec, "NHWC", "image")
    facts = {
        "minimum_ios": ios,
        "minimum_ios_reason": because,
        "network_zero_share": zeros,
        "stored_sparse": sparse,
    }
    return Written(inputs=(taken,), outputs=(given,), facts=facts)


def read_back(path: Path, written: Written) -> Contents:
    """Return what a finished file holds. Raises ExportError where it needs another iOS, or lost a network's zeros."""
    from export import _readback_coreml

    with quiet():
        contents = _readback_coreml.read_back(path)
    wanted, found = written.facts.get("minimum_ios"), contents.notes.get("minimum_ios")
    if wanted is not None and wanted != found:
        raise ExportError(
            f"{path.name} needs iOS {found}, not {wanted} as its recipe does", hint="the file is not kept"
        )
    if written.facts.get("stored_sparse") and (lost := lost_zeros(contents, written.facts["network_zero_share"])):
        raise ExportError(f"{path.name} does not keep its network's zeros: {lost}", hint="the file is not kept")
    return contents


def _converted(job: ExportJob, name: str, ios: int) -> Any:
    """Return an MLModel for `ios` and later that takes an RGB image and returns `name`."""
    import coremltools as ct
    import torch

    half = job.recipe.numbers != "fp32"  # compressed weights become float16
    key = ("model", job.output, ios, half)
    try:
        with torch.no_grad():
            if job.recipe.numbers == "w8a8":
                return _ml_model(job, torch.export.export(_int8_network(job), _example(job)), name, ios, half)
            model = job.shared.once(key, lambda: _ml_model(job, _exported(job), name, ios, half))
    except (NotImplementedError, ValueError, RuntimeError) as error:
        raise ExportError(f"coremltools did not convert the network: {str(error)[:500]}") from error
    # a copy: a file's description is written into its model, and compression passes it on
    return ct.models.MLModel(model.get_spec(), weights_dir=model.weights_dir, skip_model_load=True)


def _ml_model(job: ExportJob, program: ExportedProgram, name: str, ios: int, half: bool) -> Any:
    """Return the MLModel of a program, with floats of 16 bits or, where not `half`, of 32."""
    import coremltools as ct
    import numpy as np

    (example,) = _example(job)
    image = ct.ImageType(name="image", shape=tuple(example.shape), scale=1 / 255, color_layout=ct.colorlayout.RGB)
    given = ct.TensorType(name=name, dtype=np.int32 if job.output is OutputKind.CLASSMAP else np.float32)
    return ct.convert(
        program.run_decompositions({}),
        inputs=[image],
        outputs=[given],
        minimum_deployment_target=getattr(ct.target, f"iOS{ios}"),
        compute_precision=ct.precision.FLOAT16 if half else ct.precision.FLOAT32,
        convert_to="mlprogram",
        skip_model_load=True,
    )


def _example(job: ExportJob) -> tuple[torch.Tensor]:
    import torch

    return (torch.zeros(1, 3, job.spec.height_px, job.spec.width_px),)


def _exported(job: ExportJob) -> ExportedProgram:
    """Return the network's program, which nobody changes: its module() and its decompositions are copies."""
    import torch

    return job.shared.once(("program", job.output), lambda: torch.export.export(_image_network(job), _example(job)))


def _int8_network(job: ExportJob) -> nn.Module:
    """Return the network that takes RGB 0..1, quantised with ranges seen on the calibration photos."""
    import torch

    from export._coreml_int8 import quantized

    graph = _exported(job).module()
    assert isinstance(graph, torch.fx.GraphModule)
    photos = [torch.from_numpy(photo).permute(2, 0, 1)[None].float() / 255 for photo in job.calibration]  # 1,3,H,W
    return quantized(graph, photos, job.calibration_method or CALIBRATIONS[0], job.float_layers)


def _image_network(job: ExportJob) -> nn.Module:
    """Return the network wrapped so that it takes RGB 0..1, which ImageType's scale makes from 0..255."""
    import torch

    from export._deploy import deployed

    network = deployed(job.network, job.spec, job.output, "NCHW", torch.int32)
    network.scale *= 255  # 1 / std; in fp16 this is also more accurate than 1 / (255 std)
    return network


def _describe_(model: Any, spec: ModelSpec, name: str) -> None:
    """Fill in place what Xcode shows: the author, inputs and outputs, and a preview with classes and colours."""
    model.author = "PocketSeg contributors"
    model.license = "Apache-2.0"
    model.version = pocketseg.__version__
    model.short_description = (
        f"{spec.name}: segmentation of a photo stretched to {spec.width_px} x {spec.height_px} px into "
        f"{len(spec.classes)} classes ({', '.join(spec.classes)}). Normalisation is inside."
    )
    model.input_description["image"] = f"RGB photo, {spec.width_px} px wide and {spec.height_px} px high"
    if name == "classmap":
        model.output_description[name] = "Class index of every pixel: 1, height, width"
    else:
        model.output_description[name] = "Scores, not probabilities: 1, class, height, width"
    labels = list(spec.classes)
    hexadecimal = ["#" + bytes(color).hex().upper() for color in colors(len(labels))]
    entries = model.user_defined_metadata
    entries["classes"] = ",".join(labels)
    entries[f"{_PREVIEW}.type"] = "imageSegmenter"
    entries[f"{_PREVIEW}.params"] = json.dumps({"labels": labels, "colors": hexadecimal})
    del entries[_DATE]


def _copy_repeatably(package: Path, folder: Path) -> None:
    """Copy the package into `folder` so that the same network gives the same bytes.

    Its Manifest.json has random identifiers, its protobuf maps are unordered, and coremltools leaves a mapping for
    ExecuTorch's debugger beside them.
    """
    from coremltools.proto import Model_pb2

    data = Path("Data") / "com.apple.CoreML"
    program = Model_pb2.Model()
    program.ParseFromString((package / data / "model.mlmodel").read_bytes())
    write_bytes(folder / data / "model.mlmodel", program.SerializeToString(deterministic=True))
    copy_file(package / data / "weights" / "weight.bin", folder / data / "weights" / "weight.bin")
    manifest = json.loads((package / "Manifest.json").read_text(encoding="utf-8"))
    items = manifest["itemInfoEntries"]
    names = {old: str(uuid.uuid5(uuid.NAMESPACE_URL, item["path"])) for old, item in items.items()}
    manifest["itemInfoEntries"] = {names[old]: item for old, item in items.items()}
    manifest["rootModelIdentifier"] = names[manifest["rootModelIdentifier"]]
    write_text(folder / "Manifest.json", json.dumps(manifest, indent=4, sort_keys=True) + "\n")
