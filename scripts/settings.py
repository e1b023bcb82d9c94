"""Rewrite the table of `--set` names in docs/training.md from the recipe type: `python -m scripts.settings`."""

from __future__ import annotations

import dataclasses
import itertools
import os
from collections.abc import Iterable
from typing import Any

import models
from pocketseg.core.cache import ROOT
from pocketseg.core.outside import parse_toml
from pocketseg.training.recipe import FOLDER, PUBLISHED, TrainingRecipe, load_recipe, recipes
from scripts.readme import rewrite

PAGE = ROOT / "docs" / "training.md"
BLOCK = "settings"


def table() -> str:
    """Return the settings with their meaning, values and published value, then what each variant changes."""
    lines = ["| setting | meaning | values | published |", "|---|---|---|---|"]
    for setting in dataclasses.fields(TrainingRecipe):
        meaning, values = setting.metadata["meaning"], setting.metadata["values"]
        lines.append(f"| `{setting.name}` | {meaning} | {values} | {_published(setting.name)} |")
    lines += [
        "",
        "Where networks differ, the last column names them. The other recipes change the published one:",
        "",
        "| recipe | network | what it changes |",
        "|---|---|---|",
    ]
    changed: dict[tuple[str, str], list[str]] = {}  # what a variant changes: the networks where it does so
    for network in recipes():
        for variant, changes in _variants(network).items():
            published = load_recipe(network, {})
            said = ", ".join(
                f"`{name}={written(value)}`"
                for name, value in changes.items()
                if written(value) != written(getattr(published, name))
            )
            changed.setdefault((variant, said), []).append(network)
    for (variant, said), networks in sorted(changed.items()):
        lines.append(f"| `{variant}` | {_names(networks)} | {said} |")
    return "\n".join(lines)


def written(value: Any) -> str:
    """Return a value as `--set` takes it."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(written, value))}]"
    return str(value)


def _published(name: str) -> str:
    """Return a setting's published value, once for all networks that share it, most of them first."""
    found: dict[str, list[str]] = {}
    for network in recipes():
        found.setdefault(written(getattr(load_recipe(network, {}), name)), []).append(network)
    if len(found) == 1:
        return f"`{next(iter(found))}`"
    return "<br>".join(f"`{value}` {_names(n)}" for value, n in sorted(found.items(), key=lambda item: -len(item[1])))


def _names(networks: Iterable[str]) -> str:
    """Return networks joined by commas, whole families by what their names begin with: `topformer_*`."""
    found = []
    for family, members in itertools.groupby(sorted(networks, key=models.family), models.family):
        listed, known = list(members), [n for n in recipes() if models.family(n) == family]
        begin = os.path.commonprefix(known)  # noqa: RUF071 - of names, which are no paths
        found += [f"{begin}*"] if listed == known else listed
    return ", ".join(found)


def _variants(network: str) -> dict[str, dict[str, Any]]:
    content = parse_toml((FOLDER / f"{network}.toml").read_text(encoding="utf-8"))
    return {name: value for name, value in content.items() if isinstance(value, dict) and name != PUBLISHED}


def main() -> None:
    """Write the table into the page."""
    rewrite(PAGE, {BLOCK: table()})


if __name__ == "__main__":
    main()
