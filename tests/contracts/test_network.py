"""What every family of networks promises: names without an import, and networks from N,3,H,W to logits N,C,H,W."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from contracts._promises import Fact, Promises, changed, known, lacking, texts
from torch import Tensor, nn

import models
from pocketseg.core.errors import CheckpointError
from pocketseg.core.types import ModelSpec

FOLDER = Path(models.__file__).parent
SOURCES = sorted(FOLDER.glob("[!_]*.py"))
NAMES = [name for path in SOURCES for name in known(path, "NAMES")]
PARTS = [name for path in SOURCES for name in known(path, "PARTS")]


def _more(name: str, own: dict[str, Any]) -> list[str]:
    others = {n: p.stem for p in SOURCES if p.stem != name for n in (*known(p, "NAMES"), *known(p, "PARTS"))}
    names = [*own["NAMES"], *own.get("PARTS", ())]
    return [
        *(f"{n} is a network of models/{others[n]}.py" for n in names if n in others),
        *(f"{n} is in its names twice" for n in dict.fromkeys(names) if names.count(n) > 1),
        *(f"ABOUT names {n}, which is none of its networks" for n in own.get("ABOUT", ()) if n not in names),
    ]


PROMISES = Promises(
    facts=[
        Fact(name="NAMES", says="a tuple of its networks", fits=lambda value: texts(value) and value),
        Fact(name="SPECS", says="the ModelSpec of each", literal=False),
        Fact(name="CLASSIFIER", says="the path of the module whose input is the last feature map",
             fits=lambda value: isinstance(value, str) and value),
        Fact(name="PARTS", says="a tuple of names", needed=lambda own: False,
             fits=lambda value: texts(value) and value),
        Fact(name="ABOUT", says="what names stand for", needed=lambda own: False,
             fits=lambda value: isinstance(value, dict) and texts(tuple(value.values()))),
    ],
    protocol=models.Family,
    extras=models.FamilyExtras,
    more=_more,
)  # fmt: skip


# ---- what its file says ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_family_holds_what_every_family_promises(path: Path) -> None:
    PROMISES.hold(path)


@pytest.mark.parametrize("name", PROMISES.names)
def test_a_family_that_lacks_a_part_is_named_with_it(name: str, tmp_path: Path) -> None:
    (fault,) = PROMISES.faults(lacking(FOLDER / "u2net.py", name, tmp_path))
    assert re.match(rf"models/u2net\.py: {name}\b.* is missing", fault)


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("NAMES", "['u2net']", "NAMES is ['u2net'], not a tuple of its networks"),
        ("NAMES", "tuple(SPECS)", "NAMES is no literal, and is read without importing the file"),
        ("NAMES", "('u2net', 'u2net_cloth', 'topformer_tiny')", "topformer_tiny is a network of models/topformer.py"),
        ("NAMES", "('u2net', 'u2net_cloth', 'u2net')", "u2net is in its names twice"),
        ("ABOUT", "{'u3net': 'another'}", "ABOUT names u3net, which is none of its networks"),
        ("CLASSIFIER", "None", "CLASSIFIER is None, not the path of the module whose input is the last feature map"),
    ],
)
def test_a_family_whose_facts_do_not_fit_is_named_with_what_does_not(
    name: str, value: str, fault: str, tmp_path: Path
) -> None:
    assert PROMISES.faults(changed(FOLDER / "u2net.py", name, value, tmp_path)) == [f"models/u2net.py: {fault}"]


def test_a_hook_that_a_family_may_have_is_held_to_its_parameters(tmp_path: Path) -> None:
    copy = tmp_path / "models/topformer.py"
    copy.parent.mkdir()
    source = (FOLDER / "topformer.py").read_text(encoding="utf-8")
    copy.write_text(source.replace("def settle(network: nn.Module)", "def settle()"))
    assert PROMISES.faults(copy) == ["models/topformer.py: settle() is not settle(network)"]


# ---- what its networks are -------------------------------------------------------------------------------------------


def network_faults(family: Any, name: str) -> list[str]:
    """Return what is wrong with a network of a family: its spec, its classifier, what it gives, what decides it.

    It is built without numbers (torch's meta device), so that the largest take no time.
    """
    spec, found = family.SPECS.get(name), []
    if not isinstance(spec, ModelSpec):
        return [f"SPECS has no ModelSpec of {name}"]
    found += [] if spec.name == name else [f"SPECS calls {name} {spec.name}"]
    few, network, again = (_built(family, name, classes) for classes in (2, 5, 5))
    found += [] if network.training else [f"{name} is not built in train mode"]
    found += [
        fault for n, classes in ((few, 2), (network, 5)) for fault in _classifier_faults(n, family, name, classes)
    ]
    found += [] if _shapes(again) == _shapes(network) else [f"{name} has other parameters each time it is built"]
    for mode, shape in (("train", (2, 3, 96, 64)), ("eval", (2, 3, 96, 64)), ("eval", (1, 3, 65, 47))):
        given = getattr(network, mode)()(torch.empty(shape, device="meta"))
        given = given[0] if mode == "train" and isinstance(given, tuple) else given
        got = tuple(given.shape) if isinstance(given, Tensor) else type(given).__name__
        wanted = (shape[0], 5, *shape[2:])
        found += [] if got == wanted else [f"{name} gives {got} of {shape} in {mode} mode, not {wanted}"]
    return found


def _built(family: Any, name: str, classes: int) -> nn.Module:
    with torch.device("meta"):
        network: nn.Module = family.build(name, classes)
    return network


def _classifier_faults(network: nn.Module, family: Any, name: str, classes: int) -> list[str]:
    path = family.CLASSIFIER
    try:
        layer = network.get_submodule(path)
    except AttributeError:
        return [f"{name} has no module {path}, which CLASSIFIER names"]
    fits = getattr(layer, "out_channels", None) == classes
    return [] if fits else [f"{path} of {name} does not give {classes} classes"]


def _shapes(network: nn.Module) -> dict[str, tuple[int, ...]]:
    return {key: tuple(value.shape) for key, value in network.state_dict().items()}


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"models.{models.family(name)}")


@pytest.mark.parametrize("name", NAMES)
def test_a_network_gives_logits_of_its_classes_at_the_size_of_its_input(name: str) -> None:
    assert network_faults(_module(name), name) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_networks_spec_is_of_garments_and_of_a_size_it_can_run_at(name: str) -> None:
    spec = models.spec(name)
    assert spec.classes[0] == "background" and min(spec.height_px, spec.width_px) >= 64
    assert all(0 <= mean <= 1 for mean in spec.mean_rgb) and all(0 < std <= 1 for std in spec.std_rgb)
    assert models.classifier(name) and isinstance(models.about(name), str)


def test_random_weights_come_from_torchs_generator() -> None:
    smallest = "topformer_tiny"
    torch.manual_seed(1)
    first = models.build(smallest).state_dict()
    torch.manual_seed(1)
    again = models.build(smallest).state_dict()
    assert all(torch.equal(first[key], again[key]) for key in first)


@pytest.mark.parametrize("name", PARTS)
def test_a_part_builds_whatever_the_class_count_and_is_no_network(name: str) -> None:
    one, other = (_built(models, name, classes) for classes in (2, 5))
    assert _shapes(one) == _shapes(other) and name not in models.names()


@pytest.mark.parametrize("name", NAMES)
def test_a_family_mistakes_no_network_of_its_own_for_something_else(name: str) -> None:
    entries = frozenset(_built(models, name, 4).state_dict())
    explain = getattr(_module(name), "explain", lambda entries: "")
    assert explain(entries) == "" == explain(frozenset())


@pytest.mark.parametrize("name", NAMES)
def test_published_weights_are_a_file_or_an_error_that_says_how_to_get_them(name: str) -> None:
    try:
        assert models.pretrained(name).is_file()
    except CheckpointError as error:
        assert error.hint


# ---- a network that keeps no promise is found out --------------------------------------------------------------------


class _Broken(nn.Module):
    """Half the size, one class too many."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.head = nn.Conv2d(3, classes + 1, 3, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(x)


def test_a_network_without_a_spec_or_with_a_wrong_output_is_named_with_what_is_wrong() -> None:
    family = ModuleType("broken")
    family.SPECS, family.CLASSIFIER = {}, "body"  # type: ignore[attr-defined]
    family.build = lambda name, num_classes: _Broken(num_classes).eval()  # type: ignore[attr-defined]
    assert network_faults(family, "new") == ["SPECS has no ModelSpec of new"]
    family.SPECS["new"] = models.spec("u2netp")  # type: ignore[attr-defined]
    found = network_faults(family, "new")
    assert "SPECS calls new u2netp" in found and "new is not built in train mode" in found
    assert "new has no module body, which CLASSIFIER names" in found
    assert "new gives (2, 6, 48, 32) of (2, 3, 96, 64) in eval mode, not (2, 5, 96, 64)" in found
    family.CLASSIFIER = "head"  # type: ignore[attr-defined]
    assert "head of new does not give 2 classes" in network_faults(family, "new")
