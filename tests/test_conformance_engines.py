"""The engines' cases: what the desktop runtimes give now is what is kept, and the manifests that exports write fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from _conformance import cases

import export
from pocketseg.core._schema import schema
from scripts.conformance import engines


def test_every_target_has_scores_of_its_own_runtime() -> None:
    found = cases("engines")["scores"]
    assert {case["target"] for case in found} == set(export.targets())
    for case in found:
        assert case["runtime"] == export.facts(case["target"], "RUNTIME") and case["version"]
        assert bool(case["label"]) == (case["target"] == "coreml"), "an evaluator is called one"
    maps = {case["is"]["sha256"] for case in found}
    assert len(maps) >= 2 * 2, "two photos at two sizes"


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_engines_give_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from jsonschema import Draft202012Validator

    kept = engines.stored()
    fits = Draft202012Validator(schema("manifest"))
    seen = set()
    for name, source, scores, manifest in engines.measured(tmp_path):
        assert engines.is_near(scores, kept[name][1]), f"{name}: run `make conformance`"
        assert kept[name][0] == source, f"{name}: run `make conformance`"
        assert not [error.message for error in fits.iter_errors(json.loads(manifest.read_text(encoding="utf-8")))]
        seen.add(name)
    assert seen == set(kept)
