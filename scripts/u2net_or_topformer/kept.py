"""The kept files that the page is made from, and the networks in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

import models
from benchmark.rows import from_json
from pocketseg.core.cache import ROOT
from pocketseg.core.outside import read_json
from pocketseg.core.types import BenchmarkRow
from scripts.kept_rows import Kept
from scripts.u2net_or_topformer.learning import EARLIER, Learning, learning

TITLES = {  # the networks that the page is about, in its order
    "u2net": "U2Net",
    "u2netp": "U2NetP",
    "topformer_tiny": "TopFormer Tiny",
    "topformer_small": "TopFormer Small",
    "topformer_base": "TopFormer Base",
}
COMPARISON = Path("docs/comparison/compare.json")  # of `pocketseg compare`, on test photos
TARGETS = Path("docs/comparison/targets.json")  # of `python -m scripts.u2net_or_topformer measure`
RECORDS = Path("docs/runs")
CARDS = (Path("models/released"), Path("docs/compression"), RECORDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network of the comparison.

    Attributes:
        name: as in the kept files.
        family: the network that it is an instance of.
        parameters: its own.
        whole: whether it has all the channels of its family.
        stands: whether its family's name means it: one whole network of each family.
        model: its entry in compare.json.
        card: None where it was not released.
        learning: None where no record of its training is kept.
    """

    name: str
    family: str
    parameters: int
    whole: bool
    stands: bool
    model: Mapping[str, Any]
    card: Mapping[str, Any] | None
    learning: Learning | None

    @property
    def title(self) -> str:
        """Return the name that readers know."""
        title = TITLES.get(self.family, self.family)
        return title if self.stands else f"{title} ({self.name})" if self.whole else self.name

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names that its files may have: its own, and its family's where that means it."""
        return (self.name, self.family) if self.stands else (self.name,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What the kept files say.

    Attributes:
        networks: whole ones in the order of TITLES, in a family the one that stands for it first; then the others.
        targets: rows of five targets; None where they were not measured yet.
        not_made: files that could not be made: model, target, precision, reason.
        records: of all runs, by name.
    """

    comparison: Mapping[str, Any]
    networks: Sequence[Network]
    targets: Kept | None
    not_made: Sequence[Mapping[str, str]]
    records: Mapping[str, Mapping[str, Any]]

    def whole(self, family: str) -> Network | None:
        """Return the whole network that a family's name means; None where none was compared yet."""
        return next((n for n in self.networks if n.family == family and n.stands), None)

    def row(self, network: Network, target: str, precision: str) -> BenchmarkRow | None:
        """Return the row of a network's file, whatever its status; None where it was not measured."""
        rows = [] if self.targets is None else self.targets.rows
        found = [r for r in rows if r.model in network.names and (r.target, r.precision) == (target, precision)]
        return found[0] if found else None

    def missing(self) -> list[str]:
        """Return the families of TITLES that were not compared yet."""
        return [family for family in TITLES if self.whole(family) is None]


def read(root: Path = ROOT) -> Sources:
    """Return what the kept files below `root` say; those that are absent leave gaps. Raises DataError for damage."""
    comparison = read_json(root / COMPARISON)
    files = sorted((root / RECORDS).glob("*.json"))
    records = {str(run["name"]): run for run in map(read_json, files) if _is_run(run)}
    cards = {str(card["sha256"]): card for card in _cards(root)}
    names = {sha256: str(card["name"]) for sha256, card in cards.items()}
    made_by = {sha256: run for run in records.values() if (sha256 := run.get("best", {}).get("sha256"))}
    made_by |= {sha256: run for sha256, card in cards.items() if (run := _run_of(card, card["log"], records))}
    names |= {sha256: str(run["name"]) for sha256, run in made_by.items() if sha256 not in names}
    for sha256, card in cards.items():  # of the runs before, whose weights are not kept, the cards have hashes
        if (start := card["initial"]) and (before := EARLIER.get(str(made_by.get(sha256, {}).get("name")))):
            names.setdefault(str(start), before)
    meant = _meant(comparison["models"])
    networks = [_network(model, meant, records, made_by, cards, names) for model in comparison["models"]]
    order = list(TITLES)
    networks.sort(key=lambda n: (not n.whole, order.index(n.family) if n.family in order else len(order), not n.stands))
    targets, not_made = _targets(root / TARGETS)
    return Sources(comparison=comparison, networks=networks, targets=targets, not_made=not_made, records=records)


def parameters_of(family: str) -> int:
    """Return the number of parameters of a family's whole network with the garment classes, counted."""
    with torch.device("meta"):
        return sum(p.numel() for p in models.build(family, len(models.spec(family).classes)).parameters())


def _meant(compared: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return the name of the whole network that a family's name means: that of this name, else the first."""
    found: dict[str, str] = {}
    for model in compared:
        name, family = str(model["name"]), str(model["network"])
        if _is_whole(model) and (family not in found or name == family):
            found[family] = name
    return found


def _is_whole(model: Mapping[str, Any]) -> bool:
    return bool(model["parameters"] == parameters_of(model["network"]))


def _network(
    model: Mapping[str, Any],
    meant: Mapping[str, str],
    records: Mapping[str, Mapping[str, Any]],
    made_by: Mapping[str, Mapping[str, Any]],
    cards: Mapping[str, Mapping[str, Any]],
    names: Mapping[str, str],
) -> Network:
    last = made_by.get(model["sha256"]) or _run_of(model, model["training"]["curve"], records)
    card = cards.get(model["sha256"])
    return Network(
        name=model["name"],
        family=model["network"],
        parameters=model["parameters"],
        whole=_is_whole(model),
        stands=meant.get(model["network"]) == model["name"],
        model=model,
        card=card,
        learning=None if last is None else learning(last, records, made_by, card, names),
    )


def _run_of(
    made: Mapping[str, Any], log: Sequence[Mapping[str, Any]], records: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """Return the record of the run that made a model or a released network: that with its learning curve."""
    curve = [float(row["val_miou"]) for row in log]
    alike = (run for run in records.values() if run["network"] == made["network"])
    return next((run for run in alike if curve and [row["val_miou"] for row in run["epochs"]] == curve), None)


def _cards(root: Path) -> list[Mapping[str, Any]]:
    """Return all released networks' cards, those beside a run's record included."""
    found = [read_json(path) for folder in CARDS for path in sorted((root / folder).glob("*.json"))]
    found += [
        {"log": content.get("epochs", ()), **content["card"]}  # a card that is kept in a record leaves its log to it
        for content in found
        if isinstance(content, dict) and isinstance(content.get("card"), dict)
    ]
    return [
        c
        for c in found
        if isinstance(c, dict) and {"sha256", "name", "network", "teachers", "initial", "log"} <= c.keys()
    ]


def _is_run(content: Any) -> bool:
    return isinstance(content, dict) and {"name", "network", "recipe", "split_hash", "epochs"} <= content.keys()


def _targets(path: Path) -> tuple[Kept | None, list[dict[str, str]]]:
    if not path.is_file():
        return None, []
    content = read_json(path)
    rows = [from_json(row, f"{path.name}, row {place}") for place, row in enumerate(content["rows"])]
    kept = Kept(rows=rows, notes=content["notes"], fronts=content["fronts"], against=content["against"])
    return kept, list(content.get("not_made", ()))
