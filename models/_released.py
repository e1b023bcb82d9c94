"""Weights that know what they are: open a released name or a file as a ready network, and save one atomically.

Our own files are safetensors whose metadata (all strings) holds network, classes, height_px, width_px, mean_rgb,
std_rgb (JSON where it is a list), split_hash and recipe.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor, nn

import models
from models._checkpoints import count_classes, identify, load_into, read_metadata, read_state_dict
from models._narrow import narrow_to
from pocketseg.core.errors import CheckpointError, UnknownNameError, UsageError
from pocketseg.core.files import sha256_file, write_bytes
from pocketseg.core.outside import parse_json
from pocketseg.core.types import ModelSpec

DTYPES = {"fp32": torch.float32, "fp16": torch.float16}
SPEC_KEYS = ("network", "classes", "height_px", "width_px", "mean_rgb", "std_rgb")
_SUFFIXES = (".pth", ".pt", ".ckpt", ".safetensors", ".bin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A network with weights, in eval mode and float32, and where they came from.

    name: the released name, or the file's stem. sha256: of the file's bytes. metadata: what the file says of itself.
    """

    name: str
    spec: ModelSpec
    module: nn.Module
    sha256: str
    source: Path
    metadata: dict[str, str] = field(default_factory=dict)


def open_model(
    ref: str,
    *,
    network: str | None = None,
    classes: int | None = None,
    height_px: int | None = None,
    width_px: int | None = None,
) -> Loaded:
    """Open a released name or the path of a weights file.

    network and classes: what the file holds, where it does not say so itself (classes is a count); a file that says
    otherwise is an error. height_px, width_px: an input size other than the file's or the network's default.
    Raises UnknownNameError, CheckpointError, UsageError.
    """
    name, path = _locate(ref)
    if network is not None and network not in models.names():
        raise UnknownNameError("network", network, models.names())
    if classes is not None and classes < 2:
        raise UsageError(f"classes is {classes}; a segmentation network has at least 2, background first")
    state = read_state_dict(path)
    metadata = read_metadata(path)
    if "network" in metadata:
        spec = _spec_in(metadata, path)
        _agree(spec, network, classes, path)
    else:
        spec = _spec_of(state, network, classes, path)
    spec = dataclasses.replace(
        spec,
        height_px=spec.height_px if height_px is None else height_px,
        width_px=spec.width_px if width_px is None else width_px,
    )
    module = models.build(spec.name, len(spec.classes))
    if metadata.get("narrow") == "true":
        narrow_to(module, spec.name, state)
    load_into(module, state, path)
    return Loaded(name=name, spec=spec, module=module.eval(), sha256=sha256_file(path), source=path, metadata=metadata)


def locate(ref: str) -> Path:
    """Give the weights file that a released name or a path means. Raises UnknownNameError, and CheckpointError for a
    path that holds none."""
    path = _locate(ref)[1]
    read_metadata(path)
    return path


def _locate(ref: str) -> tuple[str, Path]:
    """Return the name and the file that ref means."""
    released = models.released()
    if ref in released:
        return ref, models.RELEASED_FOLDER / f"{ref}.safetensors"
    path = Path(ref)
    if os.sep in ref or (os.altsep and os.altsep in ref) or path.exists() or path.suffix in _SUFFIXES:
        return path.stem, path
    hint = "the path of a weights file works too, e.g. ./weights.pth"
    if ref in models.names() or ref in models.parts():
        message = f"{ref} is a network, but no weights of that name are released"
        listing = f"released: {', '.join(released)}" if released else "nothing is released in this checkout"
        raise CheckpointError(message, hint=f"{listing}\n{hint}")
    raise UnknownNameError("model", ref, released, hint=hint)


def _spec_in(metadata: Mapping[str, str], path: Path) -> ModelSpec:
    """Build the spec that a file's own metadata gives."""
    absent = [key for key in SPEC_KEYS if key not in metadata]
    if absent:
        raise CheckpointError(f"the metadata of {path} lacks {', '.join(absent)}", hint="save it again with PocketSeg")
    name = metadata["network"]
    if name not in models.names():
        message = f"{path} holds a network {name!r} that this version does not have"
        raise CheckpointError(message, hint=f"networks: {', '.join(models.names())}")
    try:
        classes = tuple(str(label) for label in parse_json(metadata["classes"]))
        mean_rgb, std_rgb = (_three(parse_json(metadata[key])) for key in ("mean_rgb", "std_rgb"))
        height_px, width_px = int(metadata["height_px"]), int(metadata["width_px"])
        return dataclasses.replace(
            models.spec(name),
            height_px=height_px,
            width_px=width_px,
            mean_rgb=mean_rgb,
            std_rgb=std_rgb,
            classes=classes,
        )
    except (ValueError, TypeError, UsageError) as error:
        raise CheckpointError(f"the metadata of {path} is damaged: {error}", hint="save it again") from error


def _three(values: list[float]) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in values)
    return red, green, blue


def _agree(spec: ModelSpec, network: str | None, classes: int | None, path: Path) -> None:
    """Refuse an explicit network or class count that the file contradicts."""
    if network not in (None, spec.name):
        raise CheckpointError(f"{path} says it holds {spec.name}, not {network}", hint="leave the network out")
    if classes not in (None, len(spec.classes)):
        names = ", ".join(spec.classes)
        message = f"{path} says it has {len(spec.classes)} classes ({names}), not {classes}"
        raise CheckpointError(message, hint="leave the class count out")


def _spec_of(state: Mapping[str, Tensor], network: str | None, classes: int | None, path: Path) -> ModelSpec:
    """Build the spec of a file without metadata: from its shapes and the network's published defaults."""
    found: int | None
    if network is None:
        network, found = identify(state, path)
    else:
        found = count_classes(state, network)
    if network in models.parts():
        hint = f"give weights of the whole network, {network.removesuffix('_backbone')}"
        raise CheckpointError(f"{path} holds {network}: features without a segmentation head", hint=hint)
    if found == 1:
        message = f"{path} holds {network} with one output channel, a saliency network"
        raise CheckpointError(message, hint="PocketSeg needs a channel for each class, background first")
    spec = models.spec(network)
    count = classes or found or len(spec.classes)  # a count that does not fit is reported when it is loaded
    if count == len(spec.classes):
        return spec
    return dataclasses.replace(spec, classes=tuple(f"class_{index}" for index in range(count)))


def save_weights(
    module: nn.Module, spec: ModelSpec, path: str | Path, *, dtype: str, metadata: Mapping[str, str]
) -> None:
    """Write a network as safetensors that open_model reads, complete or not at all, the same bytes each time.

    dtype: `fp32` or `fp16`. metadata: further facts, e.g. split_hash and recipe. Raises UnknownNameError, UsageError,
    CheckpointError (a weight that is not finite or does not fit fp16) and StorageError.
    """
    if dtype not in DTYPES:
        raise UnknownNameError("weights dtype", dtype, DTYPES)
    taken = sorted(set(metadata) & set(SPEC_KEYS))
    if taken:
        raise UsageError(f"metadata {', '.join(taken)} comes from the spec and cannot be given as well")
    state = {name: _stored(name, tensor, dtype) for name, tensor in module.state_dict().items()}
    facts = {
        **({"narrow": "true"} if _is_narrow(module, spec) else {}),
        "network": spec.name,
        "classes": json.dumps(list(spec.classes)),
        "height_px": str(spec.height_px),
        "width_px": str(spec.width_px),
        "mean_rgb": json.dumps(list(spec.mean_rgb)),
        "std_rgb": json.dumps(list(spec.std_rgb)),
    }
    write_bytes(Path(path), _sorted_header(safetensors.torch.save(state, metadata={**facts, **metadata})))


def _is_narrow(module: nn.Module, spec: ModelSpec) -> bool:
    """Tell whether a network has fewer channels or branches than its name says: pruning took some."""
    with torch.device("meta"):
        whole = models.build(spec.name, len(spec.classes)).state_dict()
    state = module.state_dict()
    return any(name not in state or state[name].shape != tensor.shape for name, tensor in whole.items())


def _stored(name: str, tensor: Tensor, dtype: str) -> Tensor:
    if not tensor.is_floating_point():
        return tensor.detach().cpu().contiguous().clone()
    stored = tensor.detach().cpu().to(DTYPES[dtype]).contiguous().clone()
    if not stored.isfinite().all():
        hint = "use fp32" if tensor.isfinite().all() else "the training diverged; use an earlier checkpoint"
        raise CheckpointError(f"{name} has values that {dtype} cannot hold", hint=hint)
    return stored


def _sorted_header(blob: bytes) -> bytes:
    """Return safetensors bytes with the metadata in order: the library writes it in a random one each time."""
    header_bytes = int.from_bytes(blob[:8], "little")
    header = json.loads(blob[8 : 8 + header_bytes])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)  # the numbers after it stay aligned
    return len(text).to_bytes(8, "little") + text + blob[8 + header_bytes :]
