"""The page's section on the strict subset."""

from __future__ import annotations

from typing import Any

from scripts.test_and_validation.words import points, table

_ALIKE = {"backdrop": "Backdrops", "outfit": "Outfits"}


def strict_section(found: dict[str, Any]) -> list[str]:
    """Return the section's blocks."""
    strict, judged = found["strict"], found["judged"]
    beside, test, change = strict["left_out_beside"], judged["test"], strict["change"]
    rows = [
        [
            name, f"{found['miou'][name]['test']:.4f}", f"{e['miou']:.4f}",
            f"{e['interval'][0]:.4f} to {e['interval'][1]:.4f}", f"{e['left_out']:.4f}",
        ]
        for name, e in strict["networks"].items()
    ]  # fmt: skip
    others = test["looked_at"] - test["left_out"]
    includes = change["interval"][0] <= 0 <= change["interval"][1]
    return [
        "## The strict subset",
        f"{strict['photos']} of the {strict['of']} test photos have no look-alike, in backdrop or outfit, among the "
        f"training, validation and unlabelled photos that training or choice may use. Of the others, "
        f"{beside['train']} have one among training photos, {beside['unlabelled']} among unlabelled and "
        f"{beside['val']} among validation photos. The ids, and the look-alike of each photo left out, are in "
        "`pocketseg/data/splits/ccp.strict.json`. Model cards hold the score as `test_strict`.",
        "Two photos, one of them possibly mirrored, are compared by pixels alone. Beside the person, the directions of "
        "edges, the layout of colours and the colours themselves give the similarity of backdrops; in the middle, "
        "colours from head to foot give that of outfits. Thresholds were chosen on pairs of training photos judged by "
        "eye ([judged-pairs.json](test-and-validation/judged-pairs.json)), by the F measure that counts recall twice "
        "as much as precision: a look-alike that stays does more harm than a photo left out for nothing. Recall is of "
        "the pairs judged alike; there may be others that no descriptor ranked high.",
        "\n".join(_rule(kind, judged[kind]) for kind in _ALIKE),
        f"Afterwards, as a check that changed nothing, the {test['looked_at']} test photos with the most similar "
        f"backdrops were looked at, each beside the photo most similar to it. Of {test['left_out']} left out, "
        f"{test['left_out_alike']} were judged alike; of the {others} others, {test['kept_alike']} were.",
        table(["network", "test mIoU", "strict mIoU", "95 % interval", "mIoU of photos left out"], rows),
        f"The subset changes the mean mIoU by {points(change)}"
        + (": the interval includes zero, so look-alikes are not shown to raise the score." if includes else "."),
    ]


def _rule(kind: str, judged: dict[str, Any]) -> str:
    return (
        f"- {_ALIKE[kind]}: at least {judged['value']:.4f}. {judged['alike']} of {judged['judged']} judged pairs are "
        f"alike; precision {judged['precision']:.2f}, recall {judged['recall']:.2f}."
    )
