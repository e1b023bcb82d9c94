"""The networks: every file here that does not start with an underscore is a family, found by its name.

A family file holds NAMES (a literal tuple), SPECS, CLASSIFIER and build(name, num_classes): `Family` below. What it may
hold besides is `FamilyExtras`. Listing names reads the literals and imports nothing heavy; torch comes in with the
first spec or network.
"""

from __future__ import annotations

import ast
import functools
import importlib
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from pocketseg.core.errors import CheckpointError, UnknownNameError
from pocketseg.core.folder_registry import late, plugin_names

if TYPE_CHECKING:
    from torch import nn

    from models._checkpoints import read_metadata
    from models._exportable import exportable
    from models._given import Given, sides, triple
    from models._initial import take_over
    from models._lineage import lineage, lineage_of
    from models._naming import check_name, told_apart
    from models._narrow import narrow_like, settle
    from models._released import (
        Loaded,
        called,
        carried,
        handed_over,
        locate,
        open_handed_over,
        open_model,
        read_spec,
        save_weights,
    )
    from models._spec import SPEC_KEYS, assumed_line, given_each
    from pocketseg.core.types import ModelSpec

__all__ = [
    "SPEC_KEYS",
    "Family",
    "FamilyExtras",
    "Given",
    "Loaded",
    "about",
    "assumed_line",
    "build",
    "called",
    "carried",
    "check_name",
    "classifier",
    "explain",
    "exportable",
    "families",
    "family",
    "given_each",
    "handed_over",
    "lineage",
    "lineage_of",
    "load_checkpoint",
    "locate",
    "names",
    "narrow_like",
    "open_handed_over",
    "open_model",
    "parts",
    "pretrained",
    "read_metadata",
    "read_spec",
    "released",
    "save_weights",
    "settle",
    "sides",
    "spec",
    "take_over",
    "told_apart",
    "triple",
]

_FOLDER = Path(__file__).parent
READS = ("released/*",)
_LAZY = {  # public here, imported with torch only when asked for
    "Given": "models._given",
    "sides": "models._given",
    "triple": "models._given",
    "Loaded": "models._released",
    "called": "models._released",
    "carried": "models._released",
    "check_name": "models._naming",
    "locate": "models._released",
    "handed_over": "models._released",
    "open_handed_over": "models._released",
    "open_model": "models._released",
    "read_metadata": "models._checkpoints",
    "save_weights": "models._released",
    "read_spec": "models._released",
    "SPEC_KEYS": "models._spec",
    "assumed_line": "models._spec",
    "given_each": "models._spec",
    "exportable": "models._exportable",
    "lineage": "models._lineage",
    "lineage_of": "models._lineage",
    "narrow_like": "models._narrow",
    "settle": "models._narrow",
    "take_over": "models._initial",
    "told_apart": "models._naming",
}
RELEASED_FOLDER = _FOLDER / "released"


__getattr__ = late(__name__, _LAZY)


class Family(Protocol):
    """What a file of networks offers; tests/contracts/test_network.py holds each file to it.

    NAMES: a literal tuple, the networks; no other family has one of them. SPECS: the published ModelSpec of each.
    CLASSIFIER: the path of the module whose input is the last feature map, where a finer head listens in training.
    """

    NAMES: tuple[str, ...]
    SPECS: dict[str, ModelSpec]
    CLASSIFIER: str

    def build(self, name: str, num_classes: int) -> nn.Module:
        """Return a new network of NAMES, or a part of PARTS, in train mode, with random weights from torch's generator.

        num_classes: 2 or more; parts do not look at it. In eval mode it takes normalised RGB, N,3,H,W float32, and
        gives logits N,num_classes,H,W; any H and W of 32 px or more, and N of 1 or more. In train mode it may give a
        tuple whose first member is those logits, the rest being for deep supervision. Names and shapes of its
        parameters depend on name and num_classes alone.
        """


class FamilyExtras(Protocol):
    """What a file of networks may offer besides.

    PARTS: a literal tuple, names that build but are no whole segmentation network, e.g. backbones. ABOUT: what a name
    stands for, a sentence's part, of those that share their shapes.
    """

    PARTS: tuple[str, ...]
    ABOUT: dict[str, str]

    def explain(self, entries: frozenset[str]) -> str:
        """Return what a weights file with these entries is, where people mistake it for one of the family; else ''.

        Called when no network fits a file, to say so in the error.
        """

    def pretrained(self, name: str) -> Path:
        """Return the file of published weights that training starts from. Raises CheckpointError with how to get it."""

    def settle(self, network: nn.Module) -> None:
        """Bring what the forward pass reads besides weights (heads, splits) in line with their shapes, in place.

        Called after a network's channels were cut, and when a pruned network's file is opened.
        """

    def without(self, network: nn.Module, entries: Collection[str]) -> None:
        """Take out, in place, the branches of which a pruned network's file has no entries. Called before `settle`."""


@functools.cache
def _literals(variable: str) -> dict[str, str]:
    """Map each name in the families' tuple `variable` to its family, without importing any."""
    found: dict[str, str] = {}
    for path in sorted(_FOLDER.glob("[!_]*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == variable:
                found |= dict.fromkeys(ast.literal_eval(node.value), path.stem)
    return found


def names() -> tuple[str, ...]:
    """Return the segmentation networks, family by family."""
    return tuple(_literals("NAMES"))


def parts() -> tuple[str, ...]:
    """Return what builds and loads but is no whole segmentation network: backbones."""
    return tuple(_literals("PARTS"))


def released() -> tuple[str, ...]:
    """Return the names whose weights come with pocketseg: models/released/NAME.safetensors."""
    return tuple(sorted(path.stem for path in RELEASED_FOLDER.glob("[!.]*.safetensors")))


def explain(keys: Iterable[str]) -> str:
    """Return what a family says of entries that are no whole network of its own, or nothing."""
    entries = frozenset(keys)
    for stem in dict.fromkeys(_literals("NAMES").values()):
        explanation: str = getattr(importlib.import_module(f"models.{stem}"), "explain", lambda _: "")(entries)
        if explanation:
            return explanation
    return ""


def _family(name: str) -> Family:
    stem = (_literals("NAMES") | _literals("PARTS")).get(name)
    if stem is None:
        raise UnknownNameError("network", name, names())
    return cast(Family, importlib.import_module(f"models.{stem}"))


def spec(name: str) -> ModelSpec:
    """Return a network's published defaults: size, normalisation, classes. Raises UnknownNameError."""
    return _family(name).SPECS[name]


def build(name: str, num_classes: int = 4) -> nn.Module:
    """Return a new network with random weights, in train mode. Raises UnknownNameError."""
    return _family(name).build(name, num_classes)


def family(name: str) -> str:
    """Return the file that holds a network. Raises UnknownNameError."""
    _family(name)
    return (_literals("NAMES") | _literals("PARTS"))[name]


def families(network: str) -> tuple[str, ...]:
    """List the family files that opening a network imports: its own; every one where it is to be found out ('')."""
    known = _literals("NAMES")
    return (known[network],) if network in known else plugin_names(_FOLDER)


def about(name: str) -> str:
    """Return what a network's name stands for, where others share its shapes; empty where its family says nothing."""
    said: dict[str, str] = getattr(_family(name), "ABOUT", {})
    return said.get(name, "")


def classifier(name: str) -> str:
    """Return the name of the module whose input is the last feature map: where a finer head may listen in training."""
    return _family(name).CLASSIFIER


def pretrained(name: str) -> Path:
    """Return the published ImageNet weights that a network starts from. Raises CheckpointError where none are known."""
    find = getattr(_family(name), "pretrained", None)
    if find is None:
        raise CheckpointError(f"no ImageNet weights are known for {name}", hint="give a file: --init WEIGHTS")
    path: Path = find(name)
    return path


def load_checkpoint(model: nn.Module, path: str | Path) -> nn.Module:
    """Load a weights file of any published wrapping into model, in place and complete, and return the model.

    Raises CheckpointError, with the model untouched, for a file that does not hold exactly this network.
    """
    from models._checkpoints import load_into, read_state_dict

    load_into(model, read_state_dict(path), path)
    return model
