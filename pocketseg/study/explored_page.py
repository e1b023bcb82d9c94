"""The sections of the study's page on what was looked at besides, of which nothing is claimed."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pocketseg.report.verdict import listed

if TYPE_CHECKING:
    from pocketseg.study.gallery import Gallery

_HEAD = """\
## Looked at besides, and nothing claimed of it

No verdict rests on what follows: so many comparisons show some differences by chance alone, and none is corrected for
their number. All are in points of mIoU or IoU against `{control}`.
"""
_STATES = """\
### Inputs without their signals

An input arm as it is, with its signals absent (zeros everywhere), and with those of another photo of the fold.
"""
_KINDS = """\
### By kind of photo

All folds together; in brackets {percent} intervals of a bootstrap over groups of photos. Kinds are found by the data's
own labels, which are finer than the classes, and by joints:
"""
_PHOTOS = """\
### By photo

On which share of the photos an arm's own mIoU is above or below the control's, and the photos of the largest gains and
losses.
"""
_GALLERY = """\
For each arm the photo of its largest gain and that of its largest loss, and for each kind of photo those of the arm
with the largest mean difference: photo, label, mask of `{control}`, mask of the arm. They are extremes and not typical.
Masks are shown as coarse as the networks' outputs; scores are computed after enlarging these smoothly.
{chosen}
![Photo, label and two masks a row]({gallery})
"""


def explored_sections(answer: Mapping[str, Any], plan: Mapping[str, Any], gallery: Gallery | None) -> list[str]:
    """Return the sections; those that the records hold nothing for are left out."""
    found, control = answer["explored"], answer["control"]["arm"]
    parts = [_HEAD.format(control=control), _classes(found["classes"])]
    if found["states"]:
        rows = [
            f"| `{arm}` | {' | '.join(points(v) for v in states.values())} |" for arm, states in found["states"].items()
        ]
        first = next(iter(found["states"].values()))
        parts.append("\n".join([_STATES, _header("arm", *first), *rows, ""]))
    if found["kinds"]:
        parts.append(_kinds(found, f"{100 * plan['rule']['confidence']:g} %"))
    rows = []
    for arm, photo in found["photos"].items():
        shares = f"{100 * photo['better']:.0f} % | {100 * photo['worse']:.0f} %"
        rows.append(f"| `{arm}` | {shares} | {', '.join(photo['gains'])} | {', '.join(photo['losses'])} |")
    parts.append("\n".join([_PHOTOS, _header("arm", "above", "below", "largest gains", "largest losses"), *rows, ""]))
    if gallery is not None:
        parts.append(_GALLERY.format(gallery=gallery.file, control=control, chosen=_chosen(gallery, plan)))
    return parts


def _chosen(gallery: Gallery, plan: Mapping[str, Any]) -> str:
    """Return from which folds a gallery's photos were chosen, where not from all."""
    of = len(plan["data"]["folds"])
    if len(gallery.folds) == of:
        return ""
    name = "fold" if len(gallery.folds) == 1 else "folds"
    kept = f"{name} {listed(gallery.folds)} of {of}"
    return f"The photos were chosen from {kept}; of the others not all class maps were kept.\n"


def _classes(classes: Mapping[str, Mapping[str, list[float]]]) -> str:
    names = list(next(iter(classes.values())))
    lines = ["### By class", "", "Mean over the folds, and in brackets the lowest and highest fold.", "",
             _header("arm", *names)]  # fmt: skip
    for arm, found in classes.items():
        cells = [
            f"{points(statistics.fmean(v))} ({points(min(v))} to {points(max(v))})" if v else "" for v in found.values()
        ]
        lines.append(f"| `{arm}` | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _kinds(found: Mapping[str, Any], percent: str) -> str:
    kinds = found["kinds"]
    arms = list(next(iter(kinds.values()))["arms"])
    lines = [_KINDS.format(percent=percent)]
    lines += [f"- *{kind}*: {found['about_kinds'][kind]}." for kind in kinds]
    lines += ["", _header("kind", "photos", "control's mIoU", *(f"`{arm}`" for arm in arms))]
    for kind, each in kinds.items():
        cells = [
            f"{points(a['difference'])} ({points(a['interval'][0])} to {points(a['interval'][1])})"
            for a in each["arms"].values()
        ]
        lines.append(f"| {kind} | {each['photos']} | {each['control']:.4f} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _header(*names: str) -> str:
    return f"| {' | '.join(names)} |\n|{'---|' * len(names)}"


def points(difference: float) -> str:
    """Return a difference of mIoU or IoU in points, hundredths, with its sign."""
    text = f"{100 * difference:+.2f}"
    return "0.00" if float(text) == 0 else text
