"""The grid of a sweep: its cells, its keys, its file."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path
from typing import Any

import pytest
from _sweep import sweep

from pocketseg.core.errors import UnknownNameError, UsageError
from pocketseg.sweep.plan import Sweep, cells, read_toml


def test_the_grid_has_every_network_target_and_recipe_once() -> None:
    found = cells(sweep(models=("topformer_tiny", "u2netp")))
    assert len(found) == 8 == len({c.key for c in found}) == len({c.folder for c in found})
    assert {(c.model, c.target, str(c.recipe)) for c in found} == {
        (m, t, r) for m in ("topformer_tiny", "u2netp") for t in ("onnx", "tflite") for r in ("fp32", "w8a8")
    }


@pytest.mark.parametrize("change", [{"epochs": 3}, {"threads": 2}, {"settings": {"lr": 0.1}}])
def test_a_cell_of_other_inputs_is_another_cell(change: dict[str, Any]) -> None:
    assert not {c.key for c in cells(sweep())} & {c.key for c in cells(sweep(**change))}
    assert cells(sweep()) == cells(sweep())


@pytest.mark.parametrize(
    ("tool", "changed"),
    [
        ("pillow", {"onnx", "tflite"}),
        ("torchmetrics", {"onnx", "tflite"}),
        ("onnxruntime", {"onnx"}),
        ("optuna", set()),
    ],
)
def test_a_cell_is_another_with_another_version_of_what_makes_runs_or_scores_its_file(
    tool: str, changed: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, version = {c.key for c in cells(sweep())}, importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "999" if name == tool else version(name))
    assert {c.target for c in cells(sweep()) if c.key not in before} == changed


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"models": ()}, UsageError, "has no models"),
        ({"targets": ("onnx", "onnx")}, UsageError, "onnx is listed twice"),
        ({"targets": ("onxx",)}, UnknownNameError, "did you mean 'onnx'"),
        ({"recipes": ("w8a9",)}, UnknownNameError, "did you mean 'w8a8'"),
        ({"recipes": ("prune:3+fp32",)}, UsageError, "prune"),
        ({"recipes": ("sparse:0.5", "sparse:0.5+fp32")}, UsageError, "are the same"),
        ({"models": ("topfromer_tiny",)}, UnknownNameError, "did you mean 'topformer_tiny'"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_any_work(
    change: dict[str, Any], kind: type[UsageError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        cells(sweep(**change))


def test_a_sweeps_file_is_read_and_its_faults_are_named(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text('models = ["a"]\nrecipes = ["fp32"]\ntargets = ["onnx"]\nsplit_file = "x.json"\n[set]\nlr = 0.1\n')
    found = read_toml(path)
    assert found["settings"] == {"lr": 0.1} and found["split_file"] == tmp_path / "x.json"
    assert Sweep.from_json(json.loads(json.dumps(Sweep(**found).to_json()))) == Sweep(**found)
    faults = {"modles = []": "did you mean 'models'", "epochs = true": "must be a int", "=": "not a sweep file",
              "models = [1]": "list of strings"}  # fmt: skip
    for text, message in faults.items():
        path.write_text(text)
        with pytest.raises(UsageError, match=message):
            read_toml(path)
