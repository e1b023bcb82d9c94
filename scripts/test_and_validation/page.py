"""docs/test-and-validation.md and .json: the figures of results.py in words and tables."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from pocketseg.core.cache import ROOT
from pocketseg.core.files import write_json, write_text
from pocketseg.report.verdict import listed
from scripts.test_and_validation.results import MEASURED, results
from scripts.test_and_validation.strict_section import strict_section
from scripts.test_and_validation.words import plain, points, table

PAGE = ROOT / "docs" / "test-and-validation.md"
DATA = PAGE.with_suffix(".json")
_WIDTH = 120
_WEIGHED = {
    "class_pixels": "each class's share of the pixels",
    "classes_worn": "which classes a photo holds",
    **MEASURED,
    "together": "all of these, by the odds of being a validation photo",
}


def write_page() -> list[Path]:
    """Write the figures and the page; return their paths."""
    found = results()
    return [write_json(DATA, found), write_text(PAGE, page(found))]


def page(found: dict[str, Any]) -> str:
    """Return the page's text."""
    sections = (_top, _chance, _explained, _classes, _optimism, _few, _given, _conclusion, strict_section, _again)
    blocks = [block for section in sections for block in section(found)]
    return "\n\n".join(_broken(block) for block in blocks) + "\n"


def _broken(block: str) -> str:
    """Break a paragraph into lines; headings, lists and tables stay."""
    if block.startswith(("#", "|", "-")):
        return block
    return textwrap.fill(block, _WIDTH, break_long_words=False, break_on_hyphens=False)


def _top(found: dict[str, Any]) -> list[str]:
    photos, above = found["photos"], found["mean_gap"]["value"] > 0
    rows = [
        [name, f"{found['miou'][name]['val']:.4f}", f"{found['miou'][name]['test']:.4f}", points(gap)]
        for name, gap in found["gap"].items()
    ]
    mean = f"Mean difference: {points(found['mean_gap'])}."
    if found["agreement"] is not None:
        mean += (
            f" All networks are scored on the same photos, so these are not {len(rows)} independent findings: over "
            f"resampled photos their differences correlate at {found['agreement']:.2f} on average. Their mean is what "
            "is tested below."
        )
    return [
        "# Test photos and validation photos",
        f"The networks score {'higher' if above else 'lower'} on the {photos['test']} test photos than on the "
        f"{photos['val']} validation photos, {'although' if above else 'and'} "
        "the epoch was chosen on the latter. This page gives a number to each possible reason, and scores the "
        "networks on a strict subset of the test photos. All figures are computed from scores kept photo by photo. "
        "Differences are in points of mIoU (hundredths), test minus validation, with 95 % intervals in brackets.",
        table(["network", "validation", "test", "difference"], rows),
        mean,
    ]


def _chance(found: dict[str, Any]) -> list[str]:
    chance, photos = found["chance"], found["photos"]
    verdict = (
        "So chance alone is enough: which photos fell into which part can make a difference of this size."
        if chance["as_large"] >= 0.05
        else "So chance alone seldom makes a difference of this size."
    )
    return [
        "## Chance",
        f"The photos of both parts were divided at random {found['bootstrap']['rounds']:,} times into {photos['val']} "
        f"and {photos['test']}, with shots of one scene together and as many photos of each combination of classes as "
        f"in the split. The mean difference then has a standard deviation of {100 * chance['spread']:.2f} points; 95 "
        f"% of differences are smaller than {100 * chance['most']:.2f}. In {chance['as_large']:.1%} of divisions it "
        f"is at least as large as the one found, in either direction ({chance['as_large_upward']:.1%} with test "
        f"photos higher). {verdict}",
    ]


def _explained(found: dict[str, Any]) -> list[str]:
    rows, entries = [], found["explained"]
    for name, entry in entries.items():
        medians = found["properties"].get(name)
        gone = points({"value": entry["explained"], "interval": entry["explained_interval"]})
        left = points({"value": entry["left"], "interval": entry["left_interval"]})
        both = (plain(medians["val"]), plain(medians["test"])) if medians else ("", "")
        rows.append([_WEIGHED[name], *both, gone, left])
    clear = [_WEIGHED[n] for n, e in entries.items() if e["explained_interval"][0] > 0]
    against = [_WEIGHED[n] for n, e in entries.items() if e["explained_interval"][1] < 0]
    said = f"The interval of what is explained leaves out zero for {listed(clear)}." if clear else (
        "No property explains a part whose interval leaves out zero."
    )  # fmt: skip
    if against:
        said += f" Weighting by {listed(against)} makes the difference larger."
    return [
        "## Properties of the photos",
        "Test photos are weighted so that a property is spread among them as among validation photos. The part of the "
        "difference that disappears is what the property explains. Measured properties are cut into fifths; similarity "
        "is that of the descriptor below.",
        table(["property", "median, validation", "median, test", "explains", "leaves"], rows),
        said,
    ]


def _classes(found: dict[str, Any]) -> list[str]:
    rows = [
        [
            name,
            points({"value": e["gap"], "interval": e["interval"]}),
            f"{e['val_share']:.2%}",
            f"{e['test_share']:.2%}",
        ]
        for name, e in found["classes"].items()
    ]
    return [
        "## Classes",
        "The difference in IoU of each class, a mean over networks, and the class's share of labelled pixels.",
        table(["class", "difference", "share of validation pixels", "share of test pixels"], rows),
    ]


def _optimism(found: dict[str, Any]) -> list[str]:
    rows = [
        [name, points(entry), str(entry["neighbours"])]
        if entry
        else [name, "too few epochs at the size of the best one", ""]
        for name, entry in found["optimism"].items()
    ]
    return [
        "## The choice of the epoch",
        "The best epoch was chosen on validation photos, which flatters their score: by about as much as it stands "
        "above the epochs next to it at the same input size."
        + (" This cannot explain the difference: it works the other way." if found["mean_gap"]["value"] > 0 else ""),
        table(["network", "best epoch minus mean of its neighbours", "neighbours"], rows),
    ]


def _few(found: dict[str, Any]) -> list[str]:
    few = found["few_photos"]
    if found["mean_gap"]["value"] <= 0 or few["photos"] is None:
        return []
    return [
        "## How few photos carry it",
        f"Without the {few['photos']} of {few['of']} validation photos that lower the mean mIoU most, validation "
        f"photos would reach the score of the test photos: {', '.join(few['ids'])}. Every part has such photos; this "
        "only shows how few it takes.",
    ]


def _given(found: dict[str, Any]) -> list[str]:
    given = found["given"]
    if given is None:
        return []
    scores = ", ".join(f"{name} {value:.3f}" for name, value in given["miou"].items())
    return [
        "## Other photos",
        f"For {given['photos']} other labelled photos of the data set these scores were given: {scores}. The photos "
        f"are not here, so this is not reproducible. The test score minus the given one is {points(given['test'])}, "
        f"the validation score minus it {points(given['val'])}: means over the networks given, in "
        "which the other photos are assumed to scatter as those of both parts do. Three sets of photos of one kind "
        f"differ as much as these three in {given['same']:.1%} of cases (chi-squared test of homogeneity, two degrees "
        "of freedom). Of networks trained since, no such score is known.",
    ]


def _conclusion(found: dict[str, Any]) -> list[str]:
    together, mean = found["explained"]["together"], found["mean_gap"]
    low, high = mean["interval"]
    left = {"value": together["left"], "interval": together["left_interval"]}
    within = together["left_interval"][0] <= 0 <= together["left_interval"][1]
    return [
        "## What remains",
        f"The interval of the mean difference {'includes' if low <= 0 <= high else 'leaves out'} zero. All properties "
        f"together explain {100 * together['explained']:+.2f} of {100 * mean['value']:+.2f} points; {points(left)} "
        f"remain unexplained, {'which chance can account for' if within else 'more than chance accounts for'}.",
    ]


def _again(found: dict[str, Any]) -> list[str]:
    return [
        "## Made again",
        "`python -m scripts.test_and_validation score --data ccp:PATH` keeps the released networks' scores, photo by "
        "photo, beside their cards. `look-alikes --data ccp:PATH` keeps facts of the photos and the strict subset. "
        "`page` needs no photo: it amends the cards and writes this page and its figures, test-and-validation.json.",
    ]
