"""The text of docs/u2net-or-topformer.md, from the kept files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmark.device import processor
from pocketseg.core.cache import ROOT
from pocketseg.core.files import write_text
from scripts import readme
from scripts.u2net_or_topformer import descendants, pretraining, tables
from scripts.u2net_or_topformer.answer import AS_TRAINED, sentence
from scripts.u2net_or_topformer.kept import TITLES, Network, Sources, read
from scripts.u2net_or_topformer.learning import ALIKE, differs, published

PAGE = Path("docs/u2net-or-topformer.md")
_HOW = """\
Every figure of this page is made by `python -m scripts.u2net_or_topformer page` from files in the repository:
[compare.json](comparison/compare.json), `comparison/targets.json`, the records in `docs/runs`, cards, and
`docs/compression`. The weights are not needed for it. U2NET stands for the path of U2Net's weights, which are too
large for the checkout, U2NETP for those of U2NetP from its saliency weights. Both are [made again from the record of
their training](training.md#train-a-run-on-record-again) and then released, which gives them the card that this page's
strict subset comes from:

```text
pocketseg train --again docs/runs/u2net_saliency.json --data ccp:PATH --out runs/u2net
pocketseg release runs/u2net --name u2net_saliency --data ccp:PATH --out released
pocketseg compare U2NET u2netp U2NETP topformer_tiny topformer_small --data ccp:PATH --split test --out compared
python -m scripts.u2net_or_topformer keep compared
python -m scripts.u2net_or_topformer measure --network u2net=U2NET --network u2netp --network u2netp_saliency=U2NETP \\
  --network topformer_tiny --network topformer_small --data ccp:PATH --work WORK
python -m scripts.u2net_or_topformer page
```

What was made of U2Net is measured beside it, and kept for this page and [the results](results.md):

```text
python -m scripts.u2net_or_topformer measure --network u2net=U2NET \\
  --network u2net-prune0.5=released/u2net-prune0.5.safetensors --data ccp:PATH --work SMALLER --out SMALLER/rows.json
python -m scripts.published SMALLER/measured/results.json --network u2net
```

`measure` wants a computer with nothing else to do. It exports each network for each target in `fp32` and `w8a8`, and
measures all files in one run. If `w8a8` costs U2Net too much on a target, `w8a8:mixed` keeps in floats the layers that
suffer most, which it finds on validation photos:

```text
pocketseg export U2NET --target tflite --precision w8a8:mixed --data ccp:PATH --max-drop 0.005 --out mixed
pocketseg benchmark mixed --data ccp:PATH --split val --model U2NET --out measured
```"""


def write(root: Path = ROOT) -> Path:
    """Write the page. Raises DataError, StorageError."""
    return write_text(root / PAGE, text(read(root), readme.compression_rows()))


def text(sources: Sources, compressed: Sequence[Mapping[str, Any]]) -> str:
    """Return the page. compressed: rows of scripts.readme.compression_rows."""
    return "\n".join(
        [
            "# U2Net or TopFormer?",
            "",
            *_answer(sources),
            "",
            "## Side by side",
            "",
            *tables.networks(sources),
            "",
            _scored(sources),
            "",
            "## What each learnt from",
            "",
            *tables.learnt(sources),
            "",
            _LEARNT,
            "",
            *_started(sources),
            *_pretraining(sources),
            "## Pair by pair",
            *_pairs(sources),
            "",
            "## On five targets",
            "",
            *_targets(sources),
            "",
            "## 8 bits",
            "",
            *_eight_bits(sources),
            "",
            "## U2Net made smaller",
            "",
            *_descendants(sources, compressed),
            "",
            "## How it was made",
            "",
            _HOW,
            "",
        ]
    )


_LEARNT = (
    "Over all runs that led to the weights, each beginning from the one before's. Gigapixels count each image at the "
    "size that the network saw. Minutes are those of the machine as it was; core-hours are processor time where a run "
    "recorded it, else minutes times threads. Validation at the end: the slope of validation mIoU over the last "
    "quarter of the last run's epochs, with its 95 % interval from their scatter, each input size at a level of its "
    "own. Neighbouring epochs are alike, so the interval is too narrow rather than too wide."
)


def _answer(sources: Sources) -> list[str]:
    """Return the answer for each TopFormer that was compared, or what it waits for."""
    said = [found for family in TITLES if family.startswith("topformer") if (found := sentence(sources, family))]
    if said:
        lines = [line for found in said for line in (found, "")]
        return lines[:-1]
    return [
        "Not answered yet: U2Net itself, with all its parameters, is not among the compared networks, or the record of "
        "its training is not kept. Until then this page compares its small sister U2NetP with the TopFormers."
    ]


def _started(sources: Sources) -> list[str]:
    """Return how far published weights, as they were taken over, are from the published file, and notes of runs."""
    lines = []
    for n in sources.networks:
        runs = [sources.records[name] for name in n.learning.runs] if n.learning else []
        if runs and (step := published(runs[0])) is not None:
            lines.append(
                f"- {n.title}'s first weights: {step['licence']}, of {step['source']}. On photos and noise their "
                f"seven outputs (0 to 1) differ by at most {step['difference']:.1e} from the published file's, and "
                f"by {step['difference_after']:.1e} after {step['photos']} training photos gave batch norms their "
                "statistics."
            )
        lines += [f"- {n.title}, {run['name']}: {run['notes']}" for run in runs if run.get("notes")]
    large = sources.whole("u2net")
    taught = any(large and large.name in n.learning.teachers for n in sources.networks if n.learning)
    if large is not None and not taught:
        lines.append("- None of the others was taught by U2Net yet: [the plan](teaching-plan.md).")
    return [*lines, ""] if lines else []


def _pretraining(sources: Sources) -> list[str]:
    found = pretraining.said(sources)
    return ["## Is it the pretraining?", "", *found, ""] if found else []


def _scored(sources: Sources) -> str:
    data, measured = sources.comparison["data"], sources.comparison["latency"]
    threads = f"{measured['threads']} thread{'' if measured['threads'] == 1 else 's'}"
    timed = (
        f"p50: the {measured['precision']} `.{measured['target']}` file, {threads}, {measured['device'].get('cpu')}; "
        "UNSTABLE and INVALID: it cannot be trusted. "
    )
    return (
        f"Over {data['photos']} {data['split']} photos of {data['name']}, split `{data['split_hash']}`. Boundary: mean "
        "IoU of the classes' boundary bands, 2 % of the photo's diagonal wide. "
        + "Strict subset: those test photos that have no [look-alike](test-and-validation.md). "
        + (timed if measured["device"] else "")
        + "More figures: [comparison](comparison/compare.md)."
    )


def _pairs(sources: Sources) -> list[str]:
    """Return the verdict on each pair, what it holds for, and what differs; U2Net's first."""
    places = {n.name: place for place, n in enumerate(sources.networks)}
    pairs = zip(sources.comparison["pairs"], sources.comparison["verdict"], strict=True)
    lines = ["", "What differs in training is followed, in brackets, by the first network's and then the second's."]
    for pair, said in sorted(pairs, key=lambda one: sorted(places[one[0][end]] for end in ("first", "second"))):
        first, second = (sources.networks[place] for place in (places[pair["first"]], places[pair["second"]]))
        lines += ["", f"### {first.title} and {second.title}", "", *_verdict(first, second, said)]
    if sources.missing():
        names = ", ".join(TITLES[family] for family in sources.missing())
        lines += ["", f"Not compared yet: {names}."]
        if "topformer_base" in sources.missing():
            lines[-1] += " The hours of a TopFormer Base went to U2Net and to what learns from it."
    return lines


def _verdict(first: Network, second: Network, sentences: Sequence[str]) -> list[str]:
    """Return the verdict as items: what was found, what it holds for, what the trainings differ in."""
    found = differs(first.learning, second.learning)
    lines = [f"- {' '.join(sentences)}"]
    if found:
        lines += [f"- This holds for the two {AS_TRAINED}. What differs in training: {'; '.join(found)}."]
    else:
        lines += [
            "- They were trained alike: pretraining, teachers and photos are the same, images and steps within "
            f"{ALIKE:g} times."
        ]
    for one in (first, second):
        if one.learning and one.learning.end and one.learning.end.low > 0:
            lines.append(
                f"- Validation of {one.title} still rose when its training ended: a longer one may change this."
            )
    return lines


def _targets(sources: Sources) -> list[str]:
    if sources.targets is None:
        return ["Not measured yet."]
    lines = []
    for title, cell in (("p50 latency, ms", tables.p50), ("mIoU", tables.miou), ("size, MB", tables.megabytes)):
        of_figure, reasons = tables.on_targets(sources, cell)
        lines += [f"### {title}", "", *of_figure, ""]
    lines += [f"- {reason}" for reason in reasons]
    row = next((r for r in sources.targets.rows if r.p50_ms is not None), sources.targets.rows[0])
    return [
        *lines,
        *([""] if reasons else []),
        f"All files of a target in one run on {processor(row.device)}, {row.threads} thread(s); {row.photos} "
        f"{row.split} photos. In brackets: 95 % intervals. UNSTABLE and INVALID: the time cannot be trusted. Host "
        "latency is not phone latency; Core ML files are timed on Apple's systems alone.",
    ]


def _eight_bits(sources: Sources) -> list[str]:
    lines, said = tables.eight_bits(sources)
    return [
        said,
        "",
        *lines,
        "",
        "Points of mIoU that the `w8a8` file has more than the `fp32` file of the same target, over the same photos; "
        "in brackets 95 % intervals over all pairs of a target's files.",
    ]


def _descendants(sources: Sources, compressed: Sequence[Mapping[str, Any]]) -> list[str]:
    lines, said = descendants.measured(compressed)
    return [
        said,
        "",
        *([*lines, ""] if lines else []),
        "The plan, with the hours that each takes on the computer that trained U2Net, estimated from the speed of that "
        "run and the descendant's share of the multiply-adds; U2Net's answers, given once, are in it:",
        "",
        *descendants.planned(sources, {str(row["model"]) for row in compressed}),
    ]
