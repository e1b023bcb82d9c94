"""The blocks of README.md that hold figures: a file for each target; which network, target and precision to take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmark.device import processor
from pocketseg.core.cache import ROOT
from pocketseg.core.outside import read_json
from pocketseg.core.types import BenchmarkRow
from pocketseg.report.facts import state
from pocketseg.report.numbers import between_ms, ms_digits
from pocketseg.study.answer_page import sentence
from pocketseg.study.plan_file import read_plan
from pocketseg.study.published import PAGE, VALUES
from scripts.kept_rows import Kept

SHOWN = {"u2netp": "U2NetP", "topformer_tiny": "TopFormer Tiny"}
TARGETS = {  # in the order of the table: what a target is called, and where its files run
    "coreml": ("Core ML", "iOS, macOS"),
    "tflite": ("TFLite", "Android, browsers"),
    "executorch": ("ExecuTorch", "Android, iOS"),
    "onnx": ("ONNX", "Android, browsers"),
    "torchmobile": ("PyTorch Mobile", "older apps"),
}


def fastest(kept: Kept, target: str) -> BenchmarkRow | None:
    """Return the fastest file on a target's front, as `pocketseg pick` does without limits; None without times."""
    return next((row for row in kept.front(target) if row.p50_ms is not None), None)


def fast_network(kept: Kept) -> str:
    """Return the network that has the fastest file of the most targets."""
    models = [row.model for target in TARGETS if (row := fastest(kept, target))]
    return max(dict.fromkeys(models), key=models.count)


def best(kept: Kept) -> list[BenchmarkRow]:
    """Return a file for each target: the fastest on its front, or the smallest of the network that is fastest on most
    other targets where none was timed."""
    network, found = fast_network(kept), []
    for target in TARGETS:
        untimed = [r for r in kept.rows if (r.target, r.model, r.status) == (target, network, "ok") and r.size_bytes]
        row = fastest(kept, target) or min(untimed, key=lambda r: r.size_bytes or 0, default=None)
        found += [row] if row else []
    return found


def best_table(kept: Kept) -> str:
    """Return the file for each target as Markdown, with the rule that chose it and where it was measured."""
    lines = [
        "| target, for | file | MB | mIoU | p50 latency, ms | verdict |",
        "|---|---|---|---|---|---|",
    ]
    rows = best(kept)
    for row in rows:
        name, runs_on = TARGETS[row.target]
        lines.append(
            f"| {name}: {runs_on} | {row.model} {row.recipe} | {(row.size_bytes or 0) / 1e6:.2f} "
            f"| {_miou(row)} | {_ms(row) or 'not on this computer'} | {state(row)} |"
        )
    timed = next(row for row in rows if row.p50_ms is not None)
    lines += [
        "",
        "For each target the fastest file that no other is shown to beat; for Core ML, which only macOS can time, the "
        f"smallest of the same network. {timed.photos} {timed.split} photos; one thread of {processor(timed.device)}; "
        "in brackets 95 % intervals. VALID: the figures can be trusted; UNSTABLE, INVALID: the time cannot, since it "
        "varied too much or the computer was busy, as shared ones often are. Scores do not depend on that.",
    ]
    return "\n".join(lines)


def study(folder: Path = ROOT / "docs") -> str | None:
    """Return what the study of annotations found, from its committed values, and where all of it stands.

    None while it is unfinished.
    """
    values = read_json(folder / VALUES)
    if "arms" not in values:
        return None
    said = sentence(values, read_plan(folder / "annotations-plan.json"))
    return f"{said} [Every arm, seed and interval](docs/{PAGE})."


def guide(kept: Kept, comparison: Mapping[str, Any], answer: str | None = None, annotations: str | None = None) -> str:
    """Return which network, target, precision and annotations to take, a line each, with the figures that say so.

    answer: whether to take U2Net or TopFormer; None while U2Net was not compared. annotations: what they give; None
    while the study is unfinished.
    """
    network = _network(kept, comparison) if answer is None else _answered(answer)
    lines = [network, _target(kept), _precision(kept)]
    return "\n".join([*lines, *([] if annotations is None else [f"- **Annotations**: {annotations}"])])


def _answered(answer: str) -> str:
    return (
        f"- **Network**: U2Net or TopFormer? {answer} [The whole comparison](docs/u2net-or-topformer.md). Try both on "
        "your own photos: `pocketseg compare`."
    )


def _network(kept: Kept, comparison: Mapping[str, Any]) -> str:
    fast = fast_network(kept)
    slow = next(name for name in SHOWN if name != fast)
    pair = next(p for p in comparison["pairs"] if {p["first"], p["second"]} == {fast, slow})
    sign = 1 if pair["first"] == fast else -1
    low, high = sorted(sign * end for end in pair["miou"]["interval"])
    said = f"{sign * pair['miou']['difference']:+.3f} mIoU, 95 % interval {low:+.3f} to {high:+.3f}"
    photos = f"{comparison['data']['photos']} {comparison['data']['split']} photos"
    quality = f"{photos} show no difference in quality ({said})"
    if pair["miou"]["told_apart"]:
        quality = f"{photos} show {'a better' if low > 0 else 'a worse'} quality ({said})"
    a, b = _pair(kept, fast, slow)
    return (
        f"- **Network**: start with {SHOWN[fast]}. Its {a.precision} `.{a.target}` file takes {_ms(a)} ms here, "
        f"{SHOWN[slow]}'s {_ms(b)} ms, and {quality}. Try both on your own photos: `pocketseg compare`."
    )


def _pair(kept: Kept, fast: str, slow: str) -> tuple[BenchmarkRow, BenchmarkRow]:
    """Return the same file of both networks: of the target and precision at which the fast one is fastest."""
    rows = [row for row in kept.rows if row.model == fast and row.status == "ok" and row.p50_ms is not None]
    for row in sorted(rows, key=lambda r: r.p50_ms or 0.0):
        if other := kept.one(slow, row.target, row.precision):
            return row, other
    raise ValueError(f"no file of {fast} and {slow} can be compared")


def _target(kept: Kept) -> str:
    fast = fast_network(kept)
    times = {target: row for target in TARGETS if (row := fastest(kept, target)) and row.model == fast}
    order = sorted(times, key=lambda target: times[target].p50_ms or 0.0)
    listed = ", ".join(f"{TARGETS[target][0]} {_ms(times[target])}" for target in order)
    return (
        "- **Target**: iOS takes Core ML (`coreml`). For Android start with "
        f"{TARGETS[order[0]][0]} (`{order[0]}`), the fastest here: {listed} ms. Only a phone can say which is fastest "
        "on it."
    )


def _precision(kept: Kept) -> str:
    target = "tflite"
    parts = []
    for name, title in SHOWN.items():
        whole, small = kept.one(name, target, "fp32"), kept.one(name, target, "w8a8")
        if whole is None or small is None or not whole.size_bytes or not small.size_bytes:
            continue
        found = (_faster(kept, small, whole), _points(kept, small, whole))
        same = " or ".join(name for name, said in zip(("time", "mIoU"), found, strict=True) if not said)
        said = [each for each in found if each] + ([f"no difference in {same} shown"] if same else [])
        parts.append(f"{title} {whole.size_bytes / small.size_bytes:.1f} times smaller, {', '.join(said)}")
    return (
        "- **Precision**: `fp16` for Core ML; elsewhere try `w8a8` (8-bit weights and activations). Against `fp32`, as "
        f"`.{target}` on this processor: {'; '.join(parts)}. `pocketseg recipes` lists the others."
    )


def _faster(kept: Kept, row: BenchmarkRow, base: BenchmarkRow) -> str:
    """Say how many times as fast a file is as another; empty where no difference is shown."""
    claim = kept.claim(row, base, "times_faster")
    if claim is None or not claim["shown"]:
        return ""
    return f"{claim['value']:.2f} times as fast ({claim['low']:.2f} to {claim['high']:.2f})"


def _points(kept: Kept, row: BenchmarkRow, base: BenchmarkRow) -> str:
    """Say by how much a file's mIoU differs from another's; empty where no difference is shown."""
    claim = kept.claim(row, base, "miou")
    if claim is None or not claim["shown"]:
        return ""
    return f"mIoU {claim['value']:+.4f} ({claim['low']:+.4f} to {claim['high']:+.4f})"


def _miou(row: BenchmarkRow) -> str:
    between = "" if row.miou_low is None or row.miou_high is None else f" ({row.miou_low:.3f} to {row.miou_high:.3f})"
    return f"{row.miou or 0:.3f}{between}"


def _ms(row: BenchmarkRow) -> str:
    if row.p50_ms is None:
        return ""
    return f"{row.p50_ms:.{ms_digits(row.p50_ms)}f} ({between_ms(row)})"


def targets_of(rows: Sequence[BenchmarkRow]) -> list[str]:
    """List the targets of rows in the order of the table."""
    return [target for target in TARGETS if any(row.target == target for row in rows)]
