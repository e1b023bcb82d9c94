"""Rewrite the figures of README.md and docs/results.md: `python -m scripts.readme [RUN]`, or `make readme`.

RUN, a quick start's folder: its rows are kept in docs/quickstart.json first; without it the kept rows are used.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmark.device import processor
from benchmark.timing import times_faster
from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError
from pocketseg.core.files import write_text
from pocketseg.core.outside import read_json
from pocketseg.core.types import BenchmarkRow
from pocketseg.report.facts import state, title_of_state
from pocketseg.report.numbers import between_mious, between_ms, ms_digits
from pocketseg.report.pareto import groups, notes
from scripts import front_page, kept_rows
from scripts.u2net_or_topformer import answer as u2net_or_topformer
from scripts.u2net_or_topformer import kept as sources

COMPRESSION = ROOT / "docs" / "compression"  # NETWORK-results.json: of one `pocketseg benchmark` run, on test photos
COMPARISON = ROOT / "docs" / "comparison" / "compare.json"  # of the released networks, on test photos


NOT_SHOWN = "no difference shown"


def results_table(rows: Sequence[BenchmarkRow], said: Sequence[str] | None = None) -> str:
    """Return the quick start's rows as Markdown, with intervals, ranks that show no difference, and the machine.

    said: sentences on ranks (default: made from the rows, which then need their records).
    """
    lines = [
        f"| model | target | precision | runtime | {title_of_state(rows).lower()} | size MB | mIoU | agreement "
        "| p50 ms | load ms |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append(
            f"| {row.model} | {row.target} | {row.precision} | {row.runtime} | {state(row)} "
            f"| {_of(row.size_bytes, 1e6, 2)} | {_with(_of(row.miou, 1, 4), between_mious(row))} "
            f"| {_of(row.argmax_agreement, 0.01, 2, ' %')} "
            f"| {_with(_of(row.p50_ms, 1, ms_digits(row.p50_ms)), between_ms(row))} | {_of(row.load_ms, 1, 0)} |"
        )
    measured = [row for row in rows if row.status == "ok"]
    if measured:
        one = measured[0]
        system = " ".join(str(one.device.get("os", "")).split("-")[:2])
        lines += [
            "",
            f"Measured on {processor(one.device)}, {system}, {one.threads} "
            f"thread(s) on every runtime; mIoU over {one.photos} {one.split} photos at their own resolution; "
            "agreement: share of pixels equal to the released fp32 network's; in brackets: 95 % intervals. "
            + " ".join(notes(groups(rows)) if said is None else said),
        ]
    return "\n".join(lines).rstrip()


def _with(figure: str, between: str) -> str:
    return f"{figure} ({between})" if figure and between else figure


def models_table(cards: list[dict[str, Any]]) -> str:
    """Return one line a released model, with its test IoU per class; its card is linked as from docs/."""
    classes = cards[0]["classes"]
    lines = [
        f"| model | input (height x width) | parameters | weights MB | {' | '.join(classes)} | test mIoU "
        "| 95 % interval | strict mIoU | 95 % interval |",
        "|---" * (8 + len(classes)) + "|",
    ]
    for card in cards:
        strict = card.get("test_strict")
        ious = " | ".join(_of(card["test"]["iou"][c], 1, 4) for c in classes)
        lines.append(
            f"| [{card['name']}](../models/released/{card['name']}.md) | {card['height_px']} x {card['width_px']} "
            f"| {card['parameters']:,} | {card['size_bytes'] / 1e6:.2f} | {ious} | {card['test']['miou']:.4f} "
            f"| {_interval(card['test'])} | {_of(strict['miou'], 1, 4) if strict else ''} "
            f"| {_interval(strict) if strict else ''} |"
        )
    first = cards[0]
    said = f"Over the {first['test']['photos']} test photos of split `{first['data']['split_hash']}`."
    if strict := first.get("test_strict"):
        said += (
            f" Strict: over the {strict['photos']} of them that have no [look-alike](test-and-validation.md) among the "
            "photos that training or choice may use."
        )
    lines += ["", said]
    return "\n".join(lines)


def _interval(scores: dict[str, Any]) -> str:
    low, high = scores.get("miou_interval") or (None, None)
    return "not computed" if low is None else f"{low:.4f} to {high:.4f}"


def compression_rows() -> list[dict[str, Any]]:
    """Read the committed measurements of compressed files, one run per network.

    `against_fp32` of a row: how it compares with the fp32 file of its target; absent in rows from before there were
    records.
    """
    found = []
    for file in sorted(COMPRESSION.glob("*-results.json")):
        content = read_json(file)
        against = {name_of(entry): entry for entry in content.get("against_fp32", ())}
        found += [{**row, "against_fp32": against.get(name_of(row))} for row in content["rows"]]
    return found


def name_of(row: Mapping[str, Any]) -> tuple[str, str, str]:
    """Name a row of a network's run, or an entry of its `against_fp32`."""
    return str(row["model"]), str(row["target"]), str(row["recipe"])


def compression_table(rows: list[dict[str, Any]]) -> str:
    """Return measured files against the fp32 file of the same network and target: what is lost, what is gained.

    Weights that `pocketseg compress` or training made smaller are named after their network: NETWORK-prune0.5.
    """
    names = {r["model"] for r in rows}
    first_of = {name: next(n for n in sorted(names) if is_of(name, n)) for name in names}
    plain = [r for r in rows if r["recipe"] == "fp32" and r["status"] == "ok" and first_of[r["model"]] == r["model"]]
    whole = {(r["model"], r["target"]): r for r in plain}
    lines = [
        "| model | target | recipe | mIoU | points | size MB | smaller | p50 ms | faster |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        first = whole.get((first_of[row["model"]], row["target"]))
        if row["status"] != "ok" or first is None:
            continue
        points = "" if row is first else _points(first, row)
        lines.append(
            f"| {row['model']} | {row['target']} | {row['recipe']} | {row['miou']:.4f} | {points} "
            f"| {row['size_bytes'] / 1e6:.2f} | {_times(first['size_bytes'], row['size_bytes'])} "
            f"| {_of(row['p50_ms'], 1, 1)} | {_faster(first, row)} |"
        )
    one = next(iter(whole.values()))
    timed: dict[str, dict[str, None]] = {}
    for first in whole.values():
        timed.setdefault(processor(first["device"]), {})[first["model"]] = None
    places = ", ".join(f"{' and '.join(models)} on {name}" for name, models in timed.items())
    lines += [
        "",
        f"Over {one['photos']} {one['split']} photos of {one['data'].partition(':')[0]}; a network's files on one "
        f"target timed in one interleaved run: {places}, {one['threads']} thread(s). "
        "Points: of mIoU, against fp32 on the same target. Faster: where a run kept its turns, the median over turns "
        "of fp32's p50 over the file's in that turn; else the ratio of the p50s."
        + (_IN_BRACKETS if any(row.get("against_fp32") for row in rows) else ""),
    ]
    return "\n".join(lines)


_IN_BRACKETS = (
    " In brackets: 95 % intervals over all pairs of a target's files; where they hold the value of no difference, that "
    "is said instead of the difference. Rows without were measured before records were kept."
)


def _points(first: dict[str, Any], row: dict[str, Any]) -> str:
    """Say how many points of mIoU a file has more than fp32, where that is shown."""
    if not (against := row.get("against_fp32")):
        return f"{100 * (row['miou'] - first['miou']):+.2f}"
    if (claim := against["miou"]) is None:
        return NOT_SHOWN
    between = f"({100 * claim['low']:+.2f} to {100 * claim['high']:+.2f})"
    return f"{100 * claim['value']:+.2f} {between}" if claim["shown"] else f"{NOT_SHOWN} {between}"


def is_of(model: str, network: str) -> bool:
    """Say whether a model is the network or made of it: NETWORK-prune0.5."""
    return model == network or model.startswith(f"{network}-")


def _turns(row: dict[str, Any]) -> bool:
    return bool(row["device"].get("runs_a_turn") and row.get("latencies_ms"))


def _faster(first: dict[str, Any], row: dict[str, Any]) -> str:
    """Say how many times less time a file takes, turn by turn where both took turns with one another."""
    a, b = first["device"], row["device"]
    if row is not first and row["p50_ms"] is not None and (against := row.get("against_fp32")):
        if (claim := against["times_faster"]) is None:
            return NOT_SHOWN
        between = f"({claim['low']:.2f} to {claim['high']:.2f})"
        return f"{claim['value']:.2f} x {between}" if claim["shown"] else f"{NOT_SHOWN} {between}"
    if row is first or not (a.get("timed_at") == b.get("timed_at") and _turns(first) and _turns(row)):
        return _times(first["p50_ms"], row["p50_ms"])
    turns = (first["latencies_ms"], a["runs_a_turn"], row["latencies_ms"], b["runs_a_turn"])
    return f"{times_faster(*turns):.2f} x"


def _times(whole: float | None, part: float | None) -> str:
    """Say how many times less a part is; nothing where it is the whole, or one was not measured."""
    return "" if whole is None or part is None or whole == part else f"{whole / part:.2f} x"


def answer(comparison: dict[str, Any]) -> str:
    """Return the verdict on each pair of released networks, one item a pair, and what to bear in mind."""
    items = [f"- {' '.join(sentences)}" for sentences in comparison["verdict"]]
    return "\n".join([*items, *(["", *comparison["cautions"]] if comparison["cautions"] else [])])


def rewrite(page: Path, made: Mapping[str, str]) -> Path:
    """Replace blocks of a page, by name, in its file. Raises DataError where it lacks one."""
    return write_text(page, rewritten(page.read_text(encoding="utf-8"), made, page.name))


def rewritten(text: str, made: Mapping[str, str], page: str) -> str:
    """Return a page's text with blocks replaced, by name. Raises DataError, which names `page`, where it lacks one."""
    for name, content in made.items():
        text = replace_block(text, name, content, page)
    return text


def replace_block(text: str, name: str, content: str, page: str) -> str:
    """Put `content` between `<!-- name:begin -->` and `<!-- name:end -->`."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    if begin not in text or end not in text:
        raise DataError(f"{page} has no block {begin} ... {end}", hint="restore the two lines")
    head, rest = text.split(begin, 1)
    return f"{head}{begin}\n{content}\n{end}{rest.split(end, 1)[1]}"


def _of(value: float | None, unit: float, digits: int, suffix: str = "") -> str:
    return "" if value is None else f"{value / unit:.{digits}f}{suffix}"


def blocks(folder: Path = ROOT) -> dict[Path, dict[str, Callable[[], str]]]:
    """Return what makes each block of each page, by the block's name; all of it from committed files.

    folder: that of the pages and of the kept rows.
    """
    rows = folder / kept_rows.PATH.relative_to(ROOT)
    return {
        folder / "README.md": {
            "best": lambda: front_page.best_table(kept_rows.kept(rows)),
            "guide": lambda: front_page.guide(
                kept_rows.kept(rows),
                read_json(COMPARISON),
                u2net_or_topformer.sentence(sources.read()),
                front_page.study(),
            ),
        },
        folder / "docs" / "results.md": {
            "table": lambda: results_table((kept := kept_rows.kept(rows)).rows, kept.notes),
            "models": lambda: models_table(_cards()),
            "answer": lambda: answer(read_json(COMPARISON)),
            "compression": lambda: compression_table(compression_rows()),
        },
    }


def _cards() -> list[dict[str, Any]]:
    cards = (ROOT / "models" / "released").glob("*.json")
    return [read_json(path) for path in sorted(cards) if not path.stem.endswith(".scores")]


def main(arguments: Sequence[str], folder: Path = ROOT) -> None:
    """Keep the rows of a run, where one is named, and rewrite every block of the pages in `folder`."""
    for run in arguments[:1]:
        print(kept_rows.keep(kept_rows.of_run(Path(run)), folder / kept_rows.PATH.relative_to(ROOT)))
    for page, made in blocks(folder).items():
        print(rewrite(page, {name: make() for name, make in made.items()}))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except DataError as error:
        sys.exit(str(error))
