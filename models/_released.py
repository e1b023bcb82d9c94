"""Weights that describe themselves: open a released name or a file as a ready network, and save one atomically.

Our own files are safetensors whose metadata (all strings) holds network, classes, height_px, width_px, mean_rgb,
std_rgb (JSON where it is a list), split_hash, recipe, name where one was given, and input_signals where there are any.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor, nn

import models
from models._checkpoints import load_into, read_metadata, read_state_dict
from models._foreign import SUFFIXES
from models._given import Given
from models._more_inputs import signals_in, widen_for
from models._naming import name_of
from models._narrow import narrow_to
from models._spec import ASSUMED, SPEC_KEYS, spec_of
from models._unreleased import ways
from pocketseg.core.errors import CheckpointError, RefusedError, UnknownNameError, UsageError
from pocketseg.core.files import sha256_file, write_bytes
from pocketseg.core.types import ModelSpec, spec_from_json

DTYPES = {"fp32": torch.float32, "fp16": torch.float16}
_NOTHING = Given()
_SUFFIXES = (".pth", ".pt", ".ckpt", ".safetensors", ".bin", *SUFFIXES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A network with weights, in eval mode and float32, and where they came from.

    Attributes:
        name: the released name, or the file's name by _naming.py.
        sha256: of the file's bytes.
        metadata: of the file.
        assumed: what neither the file nor the caller says, by topic: size, normalisation, classes.
    """

    name: str
    spec: ModelSpec
    module: nn.Module
    sha256: str
    source: Path
    metadata: dict[str, str] = field(default_factory=dict)
    assumed: dict[str, str] = field(default_factory=dict)

    @property
    def input_signals(self) -> tuple[str, ...]:
        """Return the signals that the network takes beside the photo, in the order of its further channels."""
        return signals_in(self.metadata, self.source)


def open_model(ref: str, given: Given = _NOTHING) -> Loaded:
    """Return a released name or the path of a weights file as an opened network, which takes N,3,H,W.

    given: what the file does not say itself, and an input size other than its own; a file that contradicts it is an
    error. Raises UnknownNameError, CheckpointError, UsageError, and RefusedError for a network that takes more than the
    photo: most of what can be done with a network gives it the photo alone.
    """
    loaded = open_any_model(ref, given)
    if loaded.input_signals:
        raise RefusedError(
            f"{ref} takes {' and '.join(loaded.input_signals)} beside the photo, which is not given to it here",
            hint="train --init, evaluate, compare and export to onnx or tflite take such networks: see docs/signals.md",
        )
    return loaded


def open_any_model(ref: str, given: Given = _NOTHING) -> Loaded:
    """Return what open_model does, and also a network that takes signals beside the photo: N,3+channels,H,W.

    Raises UnknownNameError, CheckpointError, UsageError.
    """
    path = _locate(ref)
    state = read_state_dict(path)
    metadata = read_metadata(path)
    spec, assumed = spec_of(metadata, state, given, path)
    name = ref if ref in models.released() else name_of(path, metadata)
    return Loaded(
        name=name, spec=spec, module=_network(spec, state, metadata, path), sha256=sha256_file(path), source=path,
        metadata=metadata, assumed=assumed,
    )  # fmt: skip


def handed_over(loaded: Loaded) -> dict[str, Any]:
    """Return all that was found out about a network, as JSON values, for another process to open it with."""
    return {
        "name": loaded.name,
        "spec": dataclasses.asdict(loaded.spec),
        "source": str(loaded.source.resolve()),
        "sha256": loaded.sha256,
        "metadata": loaded.metadata,
        "assumed": loaded.assumed,
    }


def open_handed_over(content: Mapping[str, Any]) -> Loaded:
    """Open the network that handed_over describes: its weights are read, nothing is determined again.

    Raises CheckpointError where the file has changed since.
    """
    path, spec = Path(content["source"]), spec_from_json(content["spec"])
    state = read_state_dict(path)
    if sha256_file(path) != content["sha256"]:
        raise CheckpointError(f"{path} changed while it was being exported", hint="start again")
    metadata = dict(content["metadata"])
    return Loaded(
        name=content["name"], spec=spec, module=_network(spec, state, metadata, path), sha256=content["sha256"],
        source=path, metadata=metadata, assumed=dict(content["assumed"]),
    )  # fmt: skip


def _network(spec: ModelSpec, state: Mapping[str, Tensor], metadata: Mapping[str, str], path: Path) -> nn.Module:
    """Return a spec's network with a file's weights, in eval mode."""
    module = models.build(spec.name, len(spec.classes))
    widen_for(module, signals_in(metadata, path))
    if metadata.get("narrow") == "true":
        narrow_to(module, spec.name, state)
    load_into(module, state, path)
    return module.eval()


def read_spec(ref: str, given: Given = _NOTHING) -> tuple[ModelSpec, dict[str, str]]:
    """Return the spec that a model opens with, and what of it is assumed, without building it. Raises as open_model
    does."""
    path = _locate(ref)
    metadata = read_metadata(path)
    return spec_of(metadata, {} if "network" in metadata else read_state_dict(path), given, path)


def carried(loaded: Loaded) -> dict[str, str]:
    """Return the metadata that stays true for a network made from this one: all that its spec does not hold."""
    kept = {k: v for k, v in loaded.metadata.items() if k not in (*SPEC_KEYS, ASSUMED)}
    return kept | ({ASSUMED: json.dumps(loaded.assumed)} if loaded.assumed else {})


def locate(ref: str) -> Path:
    """Return the weights file of a released name or a path.

    Raises UnknownNameError, and CheckpointError for a path without a weights file.
    """
    path = _locate(ref)
    read_metadata(path)
    return path


def called(ref: str) -> tuple[str, Path]:
    """Return the name and the file of a released name or a path, without reading the weights. Raises as locate does."""
    path = _locate(ref)
    return ref if ref in models.released() else name_of(path, read_metadata(path)), path


def _locate(ref: str) -> Path:
    """Return the file that ref names."""
    released = models.released()
    if ref in released:
        return models.RELEASED_FOLDER / f"{ref}.safetensors"
    path = Path(ref)
    if os.sep in ref or (os.altsep and os.altsep in ref) or path.exists() or path.suffix in _SUFFIXES:
        return path
    hint = "the path of a weights file works too, e.g. ./weights.pth"
    if ref in models.names() or ref in models.parts():
        message = f"{ref} is a network, but no weights of that name are released"
        listing = f"released: {', '.join(released)}" if released else "nothing is released here"
        more = ways(ref, released) if ref in models.names() else []
        raise CheckpointError(message, hint="\n".join([listing, *more, hint]))
    raise UnknownNameError("model", ref, released, hint=hint)


def save_weights(
    module: nn.Module, spec: ModelSpec, path: str | Path, *, dtype: str, metadata: Mapping[str, str]
) -> None:
    """Write a network as safetensors that open_model reads, completely or not at all, with the same bytes each time.

    dtype: `fp32` or `fp16`. metadata: further entries, e.g. split_hash and recipe. Raises UnknownNameError, UsageError,
    CheckpointError (a weight that is not finite or does not fit fp16) and StorageError.
    """
    if dtype not in DTYPES:
        raise UnknownNameError("weights dtype", dtype, DTYPES)
    taken = sorted(set(metadata) & set(SPEC_KEYS))
    if taken:
        raise UsageError(f"metadata {', '.join(taken)} comes from the spec and cannot be given as well")
    state = {name: _stored(name, tensor, dtype) for name, tensor in module.state_dict().items()}
    facts = {
        **({"narrow": "true"} if _is_narrow(module, spec, signals_in(metadata, path)) else {}),
        "network": spec.name,
        "classes": json.dumps(list(spec.classes)),
        "height_px": str(spec.height_px),
        "width_px": str(spec.width_px),
        "mean_rgb": json.dumps(list(spec.mean_rgb)),
        "std_rgb": json.dumps(list(spec.std_rgb)),
    }
    write_bytes(Path(path), sorted_header(safetensors.torch.save(state, metadata={**facts, **metadata})))


def _is_narrow(module: nn.Module, spec: ModelSpec, signals: Sequence[str]) -> bool:
    """Return whether a network has fewer channels or branches than its name implies, because it was pruned."""
    with torch.device("meta"):
        whole = models.build(spec.name, len(spec.classes))
        widen_for(whole, signals)
    state = module.state_dict()
    return any(name not in state or state[name].shape != tensor.shape for name, tensor in whole.state_dict().items())


def _stored(name: str, tensor: Tensor, dtype: str) -> Tensor:
    if not tensor.is_floating_point():
        return tensor.detach().cpu().contiguous().clone()
    stored = tensor.detach().cpu().to(DTYPES[dtype]).contiguous().clone()
    if not stored.isfinite().all():
        hint = "use fp32" if tensor.isfinite().all() else "the training diverged; use an earlier checkpoint"
        raise CheckpointError(f"{name} has values that {dtype} cannot hold", hint=hint)
    return stored


def sorted_header(blob: bytes) -> bytes:
    """Return safetensors bytes with sorted metadata: the library writes it in a random order."""
    header_bytes = int.from_bytes(blob[:8], "little")
    header = json.loads(blob[8 : 8 + header_bytes])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)  # keeps the numbers after it aligned
    return len(text).to_bytes(8, "little") + text + blob[8 + header_bytes :]
