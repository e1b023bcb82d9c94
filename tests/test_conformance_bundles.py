"""Bundles: a second implementation reads the whole ones, and refuses the damaged for the product's reasons."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from _conformance import Array, array, cases, expect
from _conformance_bundles import checked as checked_again
from _conformance_bundles import opened
from _conformance_files import decoded, unzipped
from _conformance_outputs import Refused

from pocketseg.core._bundle_checks import checked
from pocketseg.core.bundle import open_bundle
from pocketseg.core.errors import BundleError

FOUND = cases("bundles")
SENTENCES = {  # of the product, by the error's name
    "not-a-table": "list|no table",
    "no-version": "says no schema_version",
    "other-version": r"of version .* reads 1\.x",
    "missing": "required property",
    "unknown-field": "unexpected",
    "wrong-type": "is not of type",
    "out-of-bounds": "than the|longer|too short|non-empty",
    "bad-value": "does not have the required form|not one of",
    "not-sorted": "not sorted",
    "same-name": "is there twice|a file and a folder",
    "name": "has a part that is not",
    "classes": "a name twice|colours for",
    "photo": "is larger than|is not that of|label or its hash",
    "input-size": "photos of .* are",
    "place": "is 1, and there are",
    "sizes-differ": "of two sizes",
    "artifact": "among its files|size_bytes is not|sha256 is not",
    "run-twice": "the same run twice",
    "counts": "entries for|golden maps of",
    "network-maps": "network_maps, or its",
    "not-listed": "not among its files",
    "not-named": "nothing names it",
    "file-missing": "lacks",
    "file-stray": "does not list",
    "file-size": "size|bytes",
    "file-hash": "is damaged",
    "no-bundle-json": "is not a bundle",
    "manifest": "says target",
}


@pytest.mark.parametrize("case", FOUND["cases"], ids=lambda case: case["name"])
def test_a_bundle_holds_what_it_says(case: dict[str, Any]) -> None:
    data = array(case["zip"]).data
    content, files = opened(data)
    assert content == {k: v for k, v in case["bundle"].items() if k != "wishes"}
    assert hashlib.sha256(unzipped(data)["bundle.json"]).hexdigest() == case["sha256"]
    given = content["inputs"][0]
    shape = (len(content["photos"]), given["height_px"], given["width_px"], 3)
    expect(Array("uint8", shape, files[given["file"]]), {**case, "faults": {}}, "inputs")
    expect(decoded(files[content["photos"][0]["label"]]), {**case, "faults": {}}, "label")
    for name, said in case["maps"].items():
        expect(decoded(files[name]), {"faults": {}, "is": said})


@pytest.mark.parametrize("case", FOUND["refused"], ids=lambda case: case["name"])
def test_a_damaged_bundle_is_refused_by_product_and_rules_for_one_reason(case: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        opened(array(case["zip"]).data) if "zip" in case else checked_again(case["bundle"])
    assert str(caught.value) == case["error"]
    with pytest.raises((BundleError, ValueError, AttributeError), match=SENTENCES[case["error"]]):
        if "zip" not in case:
            checked(case["bundle"], "it")
            return
        path = tmp_path / "a.zip"
        path.write_bytes(array(case["zip"]).data)
        with open_bundle(path) as bundle:
            bundle.verify()
            for place in range(len(bundle.content["artifacts"])):
                bundle.artifact(place)


def test_each_error_has_a_case() -> None:
    assert {case["error"] for case in FOUND["refused"]} == set(FOUND["errors"])
