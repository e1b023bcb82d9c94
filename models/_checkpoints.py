"""Published weights files: read any usual wrapping, find out which network it holds, load it completely or not at all.

Nothing here runs code from a file: pickles go through torch's restricted reader; safetensors hold only numbers.
"""

from __future__ import annotations

import argparse
import functools
import pickle
import struct
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

import models
from models._foreign import archive, check_regular, foreign
from pocketseg.core.errors import CheckpointError

Shapes = dict[str, tuple[int, ...]]

WRAPPINGS = ("state_dict_ema", "state_dict", "model")  # averaged weights first: they are the ones that were evaluated
# added by DataParallel, torch.compile, trainers, mmseg
PREFIXES = ("module.", "_orig_mod.", "model.", "net.", "backbone.")
_RUN_STATE = ("network", "optimizer", "average", "progress")  # contents of last.ckpt, from which a run is resumed
MAX_NESTING = 8
LISTED = 4  # entries named in an error before "..."

# Harmless values that timm and mmseg store beside weights: training options and NumPy scalars.
_NUMPY_SCALAR: Any = np.float64(0).__reduce__()[0]
_PLAIN_OBJECTS: list[Any] = [
    argparse.Namespace,
    np.dtype,
    *(type(np.dtype(kind)) for kind in (np.float64, np.float32, np.int64)),
    *((_NUMPY_SCALAR, f"numpy.{core}.multiarray.scalar") for core in ("core", "_core")),  # NumPy 1 and NumPy 2
]
# What torch's reader raises on damaged bytes, found by damaging files at random.
_DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    TypeError,
    ValueError,
    struct.error,
)
_TENSORS_ONLY = "if you trust the file, save only its tensors: torch.save(model.state_dict(), 'weights.pth')"
_DOWNLOAD = "download or copy it again; a .pth, .pt or .safetensors file is expected"


def read_state_dict(path: str | Path) -> dict[str, Tensor]:
    """Return the tensors of a weights file under the network's own names, floats as float32, on the CPU.

    They may be bare or under WRAPPINGS, with any of PREFIXES before every name, in torch files or safetensors. Raises
    CheckpointError for anything else.
    """
    tensors = _tensors(path)
    for prefix in _shared_prefixes(tensors):
        tensors = {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}
    return {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}


def read_metadata(path: str | Path) -> dict[str, str]:
    """Return a safetensors file's metadata; empty for other kinds of file. Raises CheckpointError."""
    if _kind(path) != "safetensors":
        return {}
    try:
        with safe_open(path, framework="pt") as file:
            return dict(file.metadata() or {})
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path} is a damaged safetensors file ({error})", hint=_DOWNLOAD) from error


def _kind(path: str | Path) -> str:
    """Return `safetensors` or `torch`, judged by the first bytes: a name's suffix proves nothing."""
    path = Path(path)
    try:
        check_regular(path)
        with path.open("rb") as file:
            start = file.read(9)
        size_bytes = path.stat().st_size
    except FileNotFoundError as error:
        raise CheckpointError(f"there is no file {path}", hint="check the path of the weights file") from error
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}", hint="check the path and its permissions") from error
    if size_bytes == 0:
        raise CheckpointError(f"{path} is empty", hint=_DOWNLOAD)
    if start[8:] == b"{":  # eight bytes of header length, then JSON
        header_bytes = struct.unpack("<Q", start[:8])[0]
        if header_bytes + 8 > size_bytes:
            raise CheckpointError(f"{path} is a safetensors file cut short, within its header", hint=_DOWNLOAD)
        return "safetensors"
    if start[:2] == b"PK" or start[:1] == b"\x80":
        return "torch"
    raise foreign(path)


def _tensors(path: str | Path) -> dict[str, Tensor]:
    if _kind(path) == "safetensors":
        try:
            with safe_open(path, framework="pt") as file:
                found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dict)
        except (SafetensorError, OSError) as error:
            raise CheckpointError(f"{path} is a damaged safetensors file ({error})", hint=_DOWNLOAD) from error
    else:
        found = _unwrapped(_unpickled(path), path)
    if not found:
        raise CheckpointError(f"{path} holds no tensors", hint="it must hold a network's state_dict")
    return found


def _unpickled(path: str | Path) -> object:
    try:
        with torch.serialization.safe_globals(_PLAIN_OBJECTS), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's advice on pickle protocols; real faults raise errors below
            loaded: object = torch.load(path, map_location="cpu", weights_only=True)
        return loaded
    except pickle.UnpicklingError as error:
        reason = "it asks for Python code or objects beyond tensors, which PocketSeg never loads"
        raise CheckpointError(f"{path} was refused: {reason}", hint=_TENSORS_ONLY) from error
    except RuntimeError as error:
        if "TorchScript" in str(error):
            message = f"{path} is a TorchScript program, not a weights file"
            raise archive(Path(path)) or CheckpointError(message, hint=_TENSORS_ONLY) from error
        if (other := archive(Path(path))) is not None:
            raise other from error
        raise CheckpointError(f"{path} is damaged or cut short ({_first_line(error)})", hint=_DOWNLOAD) from error
    except _DAMAGE as error:
        raise CheckpointError(f"{path} is damaged ({_first_line(error)})", hint=_DOWNLOAD) from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:160]


def _unwrapped(loaded: object, path: str | Path) -> dict[str, Tensor]:
    """Return the tensors of the innermost mapping below WRAPPINGS; other values are not needed."""
    if isinstance(loaded, Mapping) and set(_RUN_STATE) <= set(loaded):
        beside = Path(path).with_name("best.safetensors")
        raise CheckpointError(f"{path} is a run's training state, not its weights", hint=f"use {beside}")
    for _ in range(MAX_NESTING):
        if not isinstance(loaded, Mapping):
            kind = type(loaded).__name__
            raise CheckpointError(f"{path} holds a {kind}, not a network's state_dict", hint=_TENSORS_ONLY)
        inner = next((loaded[key] for key in WRAPPINGS if isinstance(loaded.get(key), Mapping)), None)
        if inner is None:
            return {str(key): value for key, value in loaded.items() if isinstance(value, Tensor)}
        loaded = inner
    raise CheckpointError(f"{path} wraps its weights more than {MAX_NESTING} deep", hint=_TENSORS_ONLY)


def _shared_prefixes(tensors: Mapping[str, Tensor]) -> list[str]:
    """Return the PREFIXES that stand before every name, outermost first."""
    shared: list[str] = []
    names = list(tensors)
    while found := next((p for p in PREFIXES if all(name.startswith(p) for name in names)), None):
        names = [name.removeprefix(found) for name in names]
        shared.append(found)
    return shared


# ---- which network ---------------------------------------------------------------------------------------------------


def _shapes(state: Mapping[str, Tensor]) -> Shapes:
    return {name: tuple(tensor.shape) for name, tensor in state.items()}


@functools.lru_cache(maxsize=64)
def _template(network: str, classes: int) -> Shapes:
    """Return the names and shapes of a network's state dict; on the meta device nothing is computed or stored."""
    with torch.device("meta"):
        return _shapes(models.build(network, classes).state_dict())


def count_classes(state: Mapping[str, Tensor], network: str) -> int | None:
    """Return how many classes `state` has as this network: 0 for a network without classes, None where it does not fit.

    The sizes that depend on the class count are found by building the network with 2 and with 3 classes.
    """
    two, have = _template(network, 2), _shapes(state)
    if not _same_names(two, have):
        return None
    three = _template(network, 3)
    growing = [(name, axis) for name in two for axis, size in enumerate(two[name]) if three[name][axis] != size]
    if not growing:
        return 0 if not _difference(two, have) else None
    name, axis = growing[0]
    if len(have[name]) <= axis:
        return None
    per_class = three[name][axis] - two[name][axis]
    classes = 2 + (have[name][axis] - two[name][axis]) // per_class
    if classes < 1 or _difference(_template(network, classes), have):
        return None
    return classes


def fitting(state: Mapping[str, Tensor]) -> list[tuple[str, int]]:
    """Return the networks and backbones that a state dict may belong to, each with its class count (0 for a backbone).

    Networks that share their shapes cannot be told apart: all of them are returned.
    """
    found = ((network, count_classes(state, network)) for network in (*models.names(), *models.parts()))
    return [(network, classes) for network, classes in found if classes is not None]


def identify(state: Mapping[str, Tensor], source: str | Path = "the file") -> list[tuple[str, int]]:
    """Return what `fitting` returns. Raises CheckpointError, which compares it with the nearest network, where none
    fits."""
    if found := fitting(state):
        return found
    have = _shapes(state)
    explanation = models.explain(state)
    if explanation:
        raise CheckpointError(f"{source} is {explanation}", hint="use weights of the whole segmentation network")
    candidates = {network: _template(network, 4) for network in (*models.names(), *models.parts())}
    nearest = max(candidates, key=lambda network: len(candidates[network].items() & have.items()))
    if not candidates[nearest].keys() & have.keys():
        message = f"{source} does not hold any of the networks: its {len(have)} entries are {_some(have)}"
        raise CheckpointError(message, hint=f"networks: {', '.join(models.names())}")
    difference = _difference(candidates[nearest], have)
    raise CheckpointError(f"{source} does not fit any network; compared with the nearest, {nearest}: {difference}")


# ---- loading ---------------------------------------------------------------------------------------------------------


def load_into(model: nn.Module, state: Mapping[str, Tensor], source: str | Path = "the file") -> None:
    """Copy `state` into model, completely and in place. Raises CheckpointError, with model untouched, if it does not
    fit.

    Only batch norm's step counters may be absent: files from before PyTorch 0.4.1 have none.
    """
    want = _shapes(model.state_dict())
    _check_shapes(want, state, f"{source} does not fit the network")
    spoiled = [name for name, tensor in state.items() if tensor.is_floating_point() and not tensor.isfinite().all()]
    if spoiled:
        message = f"{source} holds values that are not finite in {len(spoiled)} entries: {_some(spoiled)}"
        raise CheckpointError(message, hint="the training diverged or the file is damaged; use an earlier checkpoint")
    counters = {name: torch.zeros((), dtype=torch.int64) for name in want.keys() - state.keys()}
    model.load_state_dict({**state, **counters}, strict=True)


def check_network(state: Mapping[str, Tensor], network: str, classes: int, source: str | Path) -> None:
    """Refuse a state dict that is not of this network with this many classes. Raises CheckpointError."""
    _check_shapes(_template(network, classes), state, f"{source} does not fit the network {network}")


def _check_shapes(want: Shapes, state: Mapping[str, Tensor], message: str) -> None:
    if difference := _difference(want, _shapes(state)):
        raise CheckpointError(f"{message}: {difference}", hint=_what_it_is(state))


def _what_it_is(state: Mapping[str, Tensor]) -> str:
    explanation = models.explain(state)
    if explanation:
        return f"the file is {explanation}"
    found = fitting(state)
    if not found:
        return f"the file does not hold any of the networks: {', '.join(models.names())}"
    network, classes = " or ".join(name for name, _ in found), found[0][1]
    return f"the file holds {network}" + (f" with {classes} classes" if classes else ", without a head")


def _is_counter(name: str) -> bool:
    return name.endswith("num_batches_tracked")


def _same_names(want: Shapes, have: Shapes) -> bool:
    return not have.keys() - want.keys() and all(_is_counter(name) for name in want.keys() - have.keys())


def _difference(want: Shapes, have: Shapes) -> str:
    """Return how a file differs from a network, the first few of each kind with counts; empty where it does not."""
    missing = [name for name in want if name not in have and not _is_counter(name)]
    extra = [name for name in have if name not in want]
    other = [
        f"{name} is {_size(have[name])} in the file, {_size(want[name])} in the network"
        for name in want
        if name in have and have[name] != want[name]
    ]
    parts = ((missing, "missing"), (extra, "extra"), (other, "of another shape"))
    return "; ".join(f"{len(names)} {kind} ({_some(names)})" for names, kind in parts if names)


def _size(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "a single number"


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:LISTED]) + (", ..." if len(listed) > LISTED else "")
