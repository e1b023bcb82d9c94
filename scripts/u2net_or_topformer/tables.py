"""The page's tables: the networks, what each learnt from, five targets, what 8 bits cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pocketseg.core.types import BenchmarkRow
from pocketseg.report.numbers import ABSENT, between_ms, ms_digits
from pocketseg.report.verdict import listed
from scripts.front_page import TARGETS
from scripts.u2net_or_topformer.kept import TITLES, Network, Sources, parameters_of
from scripts.u2net_or_topformer.learning import NOT_RECORDED, Learning, fine_said, teachers_said

NOT_YET = "not made yet"
NOT_MEASURED = "not measured"
MOST_POINTS = 0.5  # of mIoU that w8a8 may cost U2Net
JUDGED = ("tflite", "onnx", "executorch", "coreml")  # on these


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a Markdown table."""
    out = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    return out + [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]


def networks(sources: Sources) -> list[str]:
    """Return the networks side by side, and those that are not there yet."""
    strict = any(n.card and n.card.get("test_strict") for n in sources.networks)
    heads = ["network", "parameters", "input px", "GMACs", "weights MB", "mIoU", "95 % interval", "boundary",
             *(["strict subset"] if strict else []), "p50 ms"]  # fmt: skip
    rows = [_network(n, strict) for n in sources.networks]
    for family in sources.missing():
        rows.append([TITLES[family], f"{parameters_of(family):,}", *[NOT_YET] * (len(heads) - 2)])
    return table(heads, rows)


def _network(network: Network, strict: bool) -> list[str]:
    model = network.model
    scores, p50 = model["scores"], model["latency"]["p50_ms"]
    bands = [value for value in scores["boundary_iou"].values() if value is not None]
    low, high = scores.get("miou_interval") or (None, None)
    return [
        network.title, f"{network.parameters:,}", f"{model['height_px']} x {model['width_px']}",
        f"{model['gmacs']:.3g}", f"{model['weights_bytes'] / 1e6:.2f}", f"{scores['miou']:.4f}",
        ABSENT if low is None else f"{low:.4f} to {high:.4f}",
        f"{sum(bands) / len(bands):.4f}" if bands else ABSENT,
        *([_strict(network)] if strict else []),
        NOT_MEASURED if p50 is None else f"{p50:.{ms_digits(p50)}f}{_followed(model['latency'].get('verdict'))}",
    ]  # fmt: skip


def _strict(network: Network) -> str:
    found = (network.card or {}).get("test_strict")
    if not found:
        return NOT_MEASURED
    low, high = found.get("miou_interval") or (None, None)
    between = "" if low is None else f"{low:.4f} to {high:.4f}; "
    return f"{found['miou']:.4f} ({between}{found['photos']} photos)"


def learnt(sources: Sources) -> list[str]:
    """Return what each network learnt from, a column each."""
    facts: dict[str, Callable[[Learning], str]] = {
        "runs, in order": lambda of: ", ".join(of.runs),
        "pretraining": lambda of: of.pretraining,
        "its weights from": lambda of: of.package,
        "optimizer and rate": lambda of: of.optimizer,
        "number format": lambda of: of.precision,
        "finer labels as a further target, weight": fine_said,
        "teachers": teachers_said,
        "training photos with masks": lambda of: NOT_RECORDED if of.labelled is None else f"{of.labelled:,}",
        "training photos without masks": lambda of: f"{of.unlabelled:,}",
        "steps": lambda of: f"{of.steps:,}",
        "images (steps x batch)": lambda of: f"{of.images:,}",
        "of these without masks": lambda of: f"{of.unlabelled_images:,}",
        "gigapixels of these images": lambda of: f"{of.gigapixels:.2f}",
        "minutes": lambda of: f"{of.minutes:,.0f}",
        "core-hours": lambda of: NOT_RECORDED if of.core_hours is None else f"{of.core_hours:.1f}",
        "validation at the end": lambda of: "too few epochs to say" if of.end is None else of.end.said,
    }
    columns = [*sources.networks]
    missing = [TITLES[family] for family in sources.missing()]
    rows = [
        [what, *(NOT_RECORDED if n.learning is None else said(n.learning) for n in columns), *[NOT_YET] * len(missing)]
        for what, said in facts.items()
    ]
    return table(["", *(n.title for n in columns), *missing], rows)


def on_targets(sources: Sources, cell: Callable[[BenchmarkRow], str]) -> tuple[list[str], list[str]]:
    """Return one figure of every file, a line for each target and precision, and why some are absent."""
    missing = [TITLES[family] for family in sources.missing()]
    rows, reasons = [], dict[str, None]()
    for target, (title, _) in TARGETS.items():
        for precision in _precisions(sources):
            line = [title, f"`{precision}`"]
            for network in sources.networks:
                text, why = _cell(sources, network, target, precision, cell)
                line.append(text)
                if why:
                    reasons[f"{network.title} as {title} `{precision}`: {why}"] = None
            rows.append([*line, *[NOT_YET] * len(missing)])
    return table(["target", "precision", *(n.title for n in sources.networks), *missing], rows), list(reasons)


def _precisions(sources: Sources) -> list[str]:
    rows = [] if sources.targets is None else sources.targets.rows
    return list(dict.fromkeys(row.precision for row in rows)) or ["fp32", "w8a8"]


def _cell(
    sources: Sources, network: Network, target: str, precision: str, cell: Callable[[BenchmarkRow], str]
) -> tuple[str, str]:
    """Return a cell, and why it is empty where there is a reason."""
    for absent in sources.not_made:
        if absent["model"] in network.names and (absent["target"], absent["precision"]) == (target, precision):
            return "not made", absent["reason"]
    row = sources.row(network, target, precision)
    if row is None:
        return NOT_MEASURED, ""
    return (cell(row), "") if row.status == "ok" else (NOT_MEASURED, row.reason or row.status)


def p50(row: BenchmarkRow) -> str:
    """Return a file's latency with its interval and a verdict that is not VALID."""
    if row.p50_ms is None:
        return "not on this computer"
    between = f" ({between_ms(row)})" if between_ms(row) else ""
    return f"{row.p50_ms:.{ms_digits(row.p50_ms)}f}{between}{_followed(row.verdict)}"


def untrusted(verdict: str | None) -> str:
    """Return a verdict that says that a time cannot be trusted; nothing for any other."""
    return verdict if verdict not in (None, "", "VALID") else ""


def _followed(verdict: str | None) -> str:
    """Return what stands behind a time that cannot be trusted."""
    return f" {verdict}" if untrusted(verdict) else ""


def miou(row: BenchmarkRow) -> str:
    """Return a file's mIoU with its interval."""
    if row.miou is None:
        return ABSENT
    low, high = row.miou_low, row.miou_high
    return f"{row.miou:.4f}" + (f" ({low:.4f} to {high:.4f})" if low is not None and high is not None else "")


def megabytes(row: BenchmarkRow) -> str:
    """Return a file's size."""
    return ABSENT if row.size_bytes is None else f"{row.size_bytes / 1e6:.2f}"


def eight_bits(sources: Sources) -> tuple[list[str], str]:
    """Return what w8a8 costs each network in points of mIoU on each target, and whether U2Net's stays within the most.

    Both files of a target were scored on the same photos in one run.
    """
    rows = []
    for n in sources.networks:
        rows.append([n.title, *(_points(sources, n, target)[0] for target in TARGETS)])
    rows += [[TITLES[family], *[NOT_YET] * len(TARGETS)] for family in sources.missing()]
    whole = sources.whole("u2net")
    if whole is None:
        return table(["network", *(title for title, _ in TARGETS.values())], rows), "U2Net's is not known yet."
    found = {TARGETS[target][0]: _points(sources, whole, target)[1] for target in JUDGED}
    lost = {title: points for title, points in found.items() if points is not None}
    over = [title for title, points in lost.items() if points < -MOST_POINTS]
    unknown = [title for title, points in found.items() if points is None]
    within = [title for title in lost if title not in over]
    said = [
        *([f"U2Net in 8 bits loses more than {MOST_POINTS:g} points on {listed(over)}."] if over else []),
        *([f"U2Net in 8 bits loses at most {MOST_POINTS:g} points on {listed(within)}."] if within else []),
        *([f"U2Net in 8 bits is not measured on {listed(unknown)}."] if unknown else []),
    ]
    return table(["network", *(title for title, _ in TARGETS.values())], rows), " ".join(said)


def _points(sources: Sources, network: Network, target: str) -> tuple[str, float | None]:
    """Return the points that a network's w8a8 file has more than its fp32 file, as text and as a number."""
    whole, small = (sources.row(network, target, precision) for precision in ("fp32", "w8a8"))
    if sources.targets is None or whole is None or small is None or whole.miou is None or small.miou is None:
        return NOT_MEASURED, None
    points = 100 * (small.miou - whole.miou)
    claim = sources.targets.claim(small, whole, "miou")
    return f"{points:+.2f}{in_points(claim)}", points


def in_points(claim: Mapping[str, Any] | None) -> str:
    """Return what follows a difference of mIoU in points: its interval in brackets, where there is one."""
    return "" if claim is None else f" ({100 * claim['low']:+.2f} to {100 * claim['high']:+.2f})"
