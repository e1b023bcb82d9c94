"""The networks: every module here that does not start with an underscore is a family, found by its name.

A family's module holds NAMES (a literal tuple), SPECS, CLASSIFIER and build(name, num_classes), as in `Family` below;
`FamilyExtras` lists what it may also hold. Listing names reads the literals and imports nothing heavy; torch is
imported with the first spec or network.
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
    from models._more_inputs import input_channels, signals_entry, signals_in, widen_for
    from models._naming import check_name, told_apart
    from models._narrow import narrow_like, settle
    from models._released import (
        Loaded,
        called,
        carried,
        handed_over,
        locate,
        open_any_model,
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
    "input_channels",
    "lineage",
    "lineage_of",
    "load_checkpoint",
    "locate",
    "names",
    "narrow_like",
    "open_any_model",
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
    "signals_entry",
    "signals_in",
    "spec",
    "take_over",
    "told_apart",
    "triple",
    "widen_for",
]

_FOLDER = Path(__file__).parent
READS = ("released/*",)
_LAZY = {  # public here; imported, with torch, only on first use
    "Given": "models._given",
    "sides": "models._given",
    "triple": "models._given",
    "Loaded": "models._released",
    "called": "models._released",
    "carried": "models._released",
    "check_name": "models._naming",
    "locate": "models._released",
    "handed_over": "models._released",
    "open_any_model": "models._released",
    "open_handed_over": "models._released",
    "open_model": "models._released",
    "read_metadata": "models._checkpoints",
    "save_weights": "models._released",
    "read_spec": "models._released",
    "SPEC_KEYS": "models._spec",
    "assumed_line": "models._spec",
    "given_each": "models._spec",
    "exportable": "models._exportable",
    "input_channels": "models._more_inputs",
    "signals_entry": "models._more_inputs",
    "signals_in": "models._more_inputs",
    "widen_for": "models._more_inputs",
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
    """What a module of networks offers; tests/contracts/test_network.py holds each of them to it.

    Attributes:
        NAMES: a literal tuple, the networks; no two families share a name.
        SPECS: the published ModelSpec of each.
        CLASSIFIER: the path of the module whose input is the last feature map, to which training may attach a finer
            head.
    """

    NAMES: tuple[str, ...]
    SPECS: dict[str, ModelSpec]
    CLASSIFIER: str

    def build(self, name: str, num_classes: int) -> nn.Module:
        """Return a new network of NAMES, or a part of PARTS, in train mode, with random weights from torch's generator.

        num_classes: 2 or more; parts ignore it. In eval mode the network takes normalised RGB, N,3,H,W float32, and
        returns logits N,num_classes,H,W, for any H and W of 32 px or more and N of 1 or more. In train mode it may
        return a tuple whose first member is those logits, the rest being for deep supervision. Names and shapes of its
        parameters depend only on name and num_classes.
        """


class FamilyExtras(Protocol):
    """What a module of networks may also offer.

    Attributes:
        PARTS: a literal tuple, names that can be built but are not whole segmentation networks, e.g. backbones.
        ABOUT: for names that share their shapes, what each stands for, as part of a sentence.
    """

    PARTS: tuple[str, ...]
    ABOUT: dict[str, str]

    def explain(self, entries: frozenset[str]) -> str:
        """Return what a weights file with these entries is, where it is easily mistaken for one of the family; else ''.

        Called for the error message when no network fits a file.
        """

    def pretrained(self, name: str) -> Path:
        """Return the file of published weights that training starts from. Raises CheckpointError, which says how to get
        it."""

    def settle(self, network: nn.Module) -> None:
        """Adapt, in place, what the forward pass reads besides weights (heads, splits) to their shapes.

        Called after a network's channels were cut, and when a pruned network's file is opened.
        """

    def without(self, network: nn.Module, entries: Collection[str]) -> None:
        """Remove, in place, the branches for which a pruned network's file has no entries. Called before `settle`."""


@functools.cache
def _literals(variable: str) -> dict[str, str]:
    """Return a map from each name in the families' tuple `variable` to its family, without importing any."""
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
    """Return the names of parts that can be built and loaded but are not whole segmentation networks: backbones."""
    return tuple(_literals("PARTS"))


def released() -> tuple[str, ...]:
    """Return the names whose weights come with pocketseg: models/released/NAME.safetensors."""
    return tuple(sorted(path.stem for path in RELEASED_FOLDER.glob("[!.]*.safetensors")))


def explain(keys: Iterable[str]) -> str:
    """Return a family's explanation of entries that are not a whole network of its own, or an empty text."""
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
    """Return the module that holds a network. Raises UnknownNameError."""
    _family(name)
    return (_literals("NAMES") | _literals("PARTS"))[name]


def families(network: str) -> tuple[str, ...]:
    """Return the family modules that opening a network imports: its own, or all of them for an unknown network ('')."""
    known = _literals("NAMES")
    return (known[network],) if network in known else plugin_names(_FOLDER)


def about(name: str) -> str:
    """Return what a network's name stands for, where others share its shapes; empty where its family does not say."""
    said: dict[str, str] = getattr(_family(name), "ABOUT", {})
    return said.get(name, "")


def classifier(name: str) -> str:
    """Return the name of the module whose input is the last feature map, to which training may attach a finer head."""
    return _family(name).CLASSIFIER


def pretrained(name: str) -> Path:
    """Return the published ImageNet weights that a network starts from. Raises CheckpointError where none are known."""
    find = getattr(_family(name), "pretrained", None)
    if find is None:
        raise CheckpointError(f"no ImageNet weights are known for {name}", hint="give a file: --init WEIGHTS")
    path: Path = find(name)
    return path


def load_checkpoint(model: nn.Module, path: str | Path) -> nn.Module:
    """Load a weights file in any published wrapping into model, in place and completely, and return the model.

    Raises CheckpointError, with the model untouched, for a file that does not hold exactly this network.
    """
    from models._checkpoints import load_into, read_state_dict

    load_into(model, read_state_dict(path), path)
    return model
