"""Refuses, before any work, files that no browser runs, with a sentence that names an alternative."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import export
import models
from pocketseg.core import manifest
from pocketseg.core.errors import RefusedError
from pocketseg.core.types import Artifact, Recipe
from pocketseg.devices.openable import BROWSER_ACCELERATORS

_WHY = {
    "coreml": "Core ML is part of Apple's systems, not of browsers",
    "executorch": "no ExecuTorch for browsers is published",
    "torchmobile": "PyTorch's mobile runtime does not exist for browsers",
}


def check_names(paths: Sequence[Path]) -> None:
    """Refuse files without a manifest whose names show that no browser runs them. Raises RefusedError."""
    targets = {str(export.facts(name, "SUFFIX")): name for name in export.targets()}
    found = [
        (path, target)
        for path in paths
        if (target := targets.get(path.suffix.lower())) is not None
        and target not in BROWSER_ACCELERATORS
        and path.exists()
        and not (path.parent / manifest.NAME).is_file()
    ]
    if not found:
        return
    sentences = [f"{path} cannot run in a browser: {_why(target)}" for path, target in found]
    way = shlex.join(["pocketseg", "export", "NETWORK", "--target", next(iter(BROWSER_ACCELERATORS)), "--out", "DIR"])
    raise RefusedError("\n".join(sentences), hint=f"{_runs()}; export the same network as one:\n  {way}")


def _runs() -> str:
    return f"a browser runs {' and '.join(str(export.facts(name, 'SUFFIX')) for name in BROWSER_ACCELERATORS)} files"


def check_files(files: Sequence[tuple[Path, Artifact]]) -> None:
    """Refuse files that no browser runs, all of them at once. Raises RefusedError."""
    refused = [(path, artifact) for path, artifact in files if artifact.target not in BROWSER_ACCELERATORS]
    if not refused:
        return
    sentences = [f"{path} cannot run in a browser: {_why(artifact.target)}" for path, artifact in refused]
    ways = dict.fromkeys(_instead(artifact) for _, artifact in refused)
    hint = [f"{_runs()}; export the same network as one:", *(f"  {way}" for way in ways)]
    if len(refused) < len(files):
        hint.append("or leave it out: the others run")
    raise RefusedError("\n".join(sentences), hint="\n".join(hint))


def _why(target: str) -> str:
    return _WHY.get(target, f"the page has no runtime for {target} files")


def _instead(artifact: Artifact) -> str:
    """Return the command that exports a file's network to the first target that supports its recipe."""
    recipe = Recipe.parse(artifact.recipe)
    target = next(
        (name for name in BROWSER_ACCELERATORS if recipe.precision in export.facts(name, "PRECISIONS")),
        next(iter(BROWSER_ACCELERATORS)),
    )
    fits = recipe.precision in export.facts(target, "PRECISIONS")
    kept = recipe if fits else Recipe(steps=recipe.steps)
    network = artifact.model if artifact.model in models.released() else "WEIGHTS_FILE"
    words = ["pocketseg", "export", network, "--target", target]
    words += ["--recipe" if kept.all_steps else "--precision", str(kept)]
    if artifact.output != "logits":
        words += ["--output", artifact.output]
    return shlex.join([*words, "--out", f"{artifact.model}-{target}"])
