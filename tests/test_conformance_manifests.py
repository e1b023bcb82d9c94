"""Manifests: the product's checks, its schema and a table of rules agree on what is valid and why the rest is not."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from _conformance import cases, errors

from pocketseg.core._schema import schema
from pocketseg.core.cache import ROOT
from pocketseg.core.manifest import parse_manifest

FOUND = cases("manifests")
BEYOND_THE_SCHEMA = ("colours-not-classes", "classes-not-channels", "sizes-differ", "golden", "too-large-a-tensor")
SENTENCES = {  # of the product, by the error's name
    "not-json": r"is not a manifest \(",
    "other-version": "schema_version",
    "missing": "lacks|missing .* argument",
    "unknown-entry": "unknown entries|unexpected keyword",
    "wrong-type": "must be a",
    "out-of-bounds": "not within|longer than|has .* entries|must have|must be (above|positive)|too large|numbers, not"
    "| is 1|beyond what a number",
    "bad-value": "in hex|output is|dtype is|preprocessing .* knows",
    "does-not-print": "do not print",
    "file-name": "outside its folder",
    "classes": "each once|is empty",
    "colours-not-classes": "colours for",
    "classes-not-channels": "channels, and there are",
    "sizes-differ": "say otherwise",
    "golden": "golden has",
}
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


def data_of(case: dict[str, Any]) -> bytes:
    return bytes.fromhex(case["bytes"]) if "bytes" in case else json.dumps(case["manifest"]).encode()


def error_of(data: bytes) -> str | None:
    """Say what is wrong with a manifest by its published schema and the rules of conformance/README.md alone."""
    infinite: list[str] = []

    def number(text: str) -> float:
        if len(text) > 4300:
            raise ValueError(text)
        value = float(text) if set(text) & set(".eE") else int(text)
        if value in (math.inf, -math.inf):
            infinite.append(text)
        return value

    try:
        found = json.loads(data.decode(), parse_constant=_refuse, parse_float=number, parse_int=number)
    except ValueError:
        return "not-json"
    if isinstance(found, dict) and "schema_version" in found and found["schema_version"] != 2:
        return "other-version"
    published = json.loads((ROOT / "conformance" / "schema" / "manifest.schema.json").read_text(encoding="utf-8"))
    if error := next(errors(published, found), None):
        return _named(error)
    return "out-of-bounds" if infinite else _beyond(found)


def _named(error: Any) -> str:
    where = list(error.absolute_path)
    if error.validator == "pattern" and UNPRINTABLE.search(error.instance):
        return "does-not-print"
    if where == ["file"] and error.validator in ("pattern", "minLength"):
        return "file-name"
    if where[:1] == ["classes"] and error.validator in ("uniqueItems", "minItems", "minLength"):
        return "classes"
    if error.validator == "anyOf":
        return "missing"
    return {
        "required": "missing",
        "additionalProperties": "unknown-entry",
        "type": "wrong-type",
        "pattern": "bad-value",
        "enum": "bad-value",
        "const": "bad-value",
    }.get(error.validator, "out-of-bounds")


def _beyond(found: dict[str, Any]) -> str | None:
    classes, golden = len(found["classes"]), found.get("golden", {})
    if any(math.prod(one["shape"]) > 8192 * 8192 * 4 for name in ("inputs", "outputs") for one in found[name]):
        return "out-of-bounds"
    if len(found["colors_rgb"]) != classes:
        return "colours-not-classes"
    known = {"NCHW": (1, 2), "NHWC": (3, 1)}  # where channels and rows are; another layout is refused where it is used
    for one in found["inputs"]:
        side = known.get(one["layout"], (0, 0))[1]
        sizes_px = one["shape"][side : side + 2]
        if side and len(one["shape"]) == 4 and sizes_px != [found["input_height_px"], found["input_width_px"]]:
            return "sizes-differ"
    scores = found["outputs"][0]
    place = known.get(scores["layout"], (0, 0))[0] if len(scores["shape"]) == 4 else 0
    if found["output"] == "logits" and place and scores["shape"][place] != classes:
        return "classes-not-channels"
    if golden and len(golden["output_indices"]) != len(golden["output_values"]):
        return "golden"
    return None


def _refuse(text: str) -> float:
    raise ValueError(text)


@pytest.mark.parametrize("case", FOUND["cases"], ids=lambda case: case["name"])
def test_a_valid_manifest_is_read(case: dict[str, Any]) -> None:
    artifact = parse_manifest(data_of(case), "it")
    assert artifact.classes == tuple(case["manifest"]["classes"]) and error_of(data_of(case)) is None


@pytest.mark.parametrize("case", FOUND["refused"], ids=lambda case: case["name"])
def test_a_damaged_manifest_is_refused_by_product_and_rules_for_one_reason(case: dict[str, Any]) -> None:
    assert error_of(data_of(case)) == case["error"]
    with pytest.raises(ValueError, match=SENTENCES[case["error"]]):
        parse_manifest(data_of(case), "it")


def test_the_schema_itself_refuses_all_but_what_no_schema_says() -> None:
    from jsonschema import Draft202012Validator

    valid = Draft202012Validator(schema("manifest"))
    for case in FOUND["refused"]:
        if "manifest" in case:
            passes = valid.is_valid(case["manifest"])
            assert passes == (not {case["error"], case["name"]}.isdisjoint(BEYOND_THE_SCHEMA)), case["name"]


def test_each_error_and_each_target_has_a_case() -> None:
    import export

    assert {case["error"] for case in FOUND["refused"]} == set(FOUND["errors"])
    assert {case["manifest"]["target"] for case in FOUND["cases"]} == set(export.targets())


def test_manifests_that_exports_wrote_fit_the_schema() -> None:
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(schema("manifest"))
    written = [path for path in (ROOT / "tests").rglob("manifest.json") if "Data" not in path.parts]
    for path in written:
        errors = [error.message for error in validator.iter_errors(json.loads(path.read_text(encoding="utf-8")))]
        assert not errors, Path(path).relative_to(ROOT)
