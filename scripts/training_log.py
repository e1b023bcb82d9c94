"""docs/training-log.md: what was tried and its scores on validation photos, made from the runs' own files.

    python -m scripts.training_log [RUN...]

Each RUN's settings and epochs are kept in docs/runs/ (small, committed); the page is made again from all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError, PocketSegError, UsageError
from pocketseg.core.files import make_folder, write_text
from pocketseg.core.outside import read_json
from pocketseg.training.origin import facts
from pocketseg.training.photo_scores import TABLES, write_scored
from pocketseg.training.run_record import RUN_KEYS, record
from scripts.sentences import said

OF_A_RELEASE = ("card", "classes")  # what a record keeps of weights that are not in the repository
RECORDS = ROOT / "docs" / "runs"
PAGE = ROOT / "docs" / "training-log.md"
_OF_A_CURVE = {"photos_share", "epochs"}
_SHOWN = (
    "optimizer", "lr", "batch_size", "epochs", "ema_decay", "scale", "color", "dice_weight", "fine_weight",
    "teacher_weight", "distil_logit", "distil_channel", "distil_feature", "unlabelled_share", "class_weights", "stages",
)  # fmt: skip


def page(records: list[dict[str, Any]]) -> str:
    """Return the page: a table of all runs, best first within a network, then each run's settings."""
    lines = [
        "# Training log",
        "",
        "Every try and its mIoU on the validation photos; nothing here looks at test photos. Made by",
        "`python -m scripts.training_log RUN...` from the runs in `docs/runs/`. Minutes are those of the",
        "machine as it was, often with other work running: they say what a run took, not how fast training is.",
        "",
        "| run | network | epochs run (planned) | best validation mIoU | at epoch | at size | minutes |",
        "|---|---|---|---|---|---|---|",
    ]
    for item in sorted(records, key=lambda r: (r["network"], -_best(r)["val_miou"])):
        best, last = _best(item), item["epochs"][-1]
        lines.append(
            f"| {item['name']} | {item['network']} | {last['epoch']:.0f} ({item['recipe']['epochs']}) "
            f"| {best['val_miou']:.4f} | {best['epoch']:.0f} | {best['height_px']:.0f} x {best['width_px']:.0f} "
            f"| {last['seconds'] / 60:.0f} |"
        )
    lines += [*_one_change(records), *_learning_curve(records)]
    for item in sorted(records, key=lambda r: (r["network"], r["name"])):
        recipe = item["recipe"]
        settings = ", ".join(f"{k} {recipe[k]}" for k in _SHOWN if recipe.get(k) not in (None, 0.0, [], "batch"))
        lines += [
            "",
            f"## {item['name']}",
            "",
            f"{item['network']}, seed {item['seed']}, {item['precision']}: {settings}.",
        ]
        if item["teachers"]:
            lines.append(f"Teachers: {item['teachers']}; unlabelled photos: {item['unlabelled']}.")
        if item["notes"]:
            lines.append(item["notes"])
        lines += ["", "| epoch | loss | validation mIoU |", "|---|---|---|"]
        rows = item["epochs"]
        step = max(1, len(rows) // 10)
        for row in [*rows[step - 1 :: step], *([] if len(rows) % step == 0 else [rows[-1]])]:
            lines.append(f"| {row['epoch']:.0f} | {row['loss']:.4f} | {row['val_miou']:.4f} |")
    return "\n".join(lines) + "\n"


def _one_change(records: list[dict[str, Any]]) -> list[str]:
    """Return, for each network, the runs that differ in a single setting from the run with most such neighbours."""
    rows = []
    for network in sorted({r["network"] for r in records}):
        runs = [r for r in records if r["network"] == network and r["finished"]]
        others = {r["name"]: [o for o in runs if len(_changed(r, o)) == 1] for r in runs}
        if not runs:
            continue
        base = max(runs, key=lambda r: len(others[r["name"]]))
        for item in others[base["name"]]:
            setting = _changed(base, item)[0]
            before, after = _best(base)["val_miou"], _best(item)["val_miou"]
            was, now = (r["recipe"].get(setting, r.get(setting)) for r in (base, item))
            rows.append(
                f"| {network} | {base['name']} | {before:.4f} | {setting} {was} to {now} | {after:.4f} "
                f"| {after - before:+.4f} |"
            )
    return _section(
        "One change at a time",
        "Finished runs whose settings differ from another's in one place alone.",
        ["network", "run", "mIoU", "what changes", "mIoU then", "difference"],
        rows,
    )


def _learning_curve(records: list[dict[str, Any]]) -> list[str]:
    """Return finished runs that differ in the share of training photos, and in epochs so that steps are equal."""
    found = set()
    for base in records:
        for item in records:
            changed = _changed(base, item)
            if base["finished"] and item["finished"] and "photos_share" in changed and set(changed) <= _OF_A_CURVE:
                found |= {base["name"], item["name"]}
    shown = sorted(
        (r for r in records if r["name"] in found), key=lambda r: (r["network"], r["recipe"]["photos_share"])
    )
    rows = [
        f"| {r['network']} | {r['recipe']['photos_share']:.0%} | {r['recipe']['epochs']} "
        f"| {r['epochs'][-1]['step']:.0f} | {_best(r)['val_miou']:.4f} |"
        for r in shown
    ]
    return _section(
        "How much data",
        "The same settings on shares of the training photos, for about as many steps.",
        ["network", "training photos", "epochs", "steps", "best validation mIoU"],
        rows,
    )


def _section(title: str, says: str, columns: list[str], rows: list[str]) -> list[str]:
    """Return a table under its heading, nothing without rows."""
    if not rows:
        return []
    return ["", f"## {title}", "", says, "", f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}", *rows]


def _changed(a: dict[str, Any], b: dict[str, Any]) -> list[str]:
    """Return the settings in which two runs differ; a setting that one of them does not know does not count."""
    outer = [k for k in ("network", "seed", "precision", "split_hash", "teachers", "unlabelled") if a[k] != b[k]]
    mine, its = a["recipe"], b["recipe"]
    return outer + [k for k in mine if k in its and mine[k] != its[k]]


def _best(item: dict[str, Any]) -> dict[str, float]:
    """Return the best epoch at the last input size: scores at different sizes cannot be compared."""
    last = _size(item["epochs"][-1])
    best: dict[str, float] = max((r for r in item["epochs"] if _size(r) == last), key=lambda r: r["val_miou"])
    return best


def _size(row: dict[str, float]) -> tuple[float, float]:
    return row["height_px"], row["width_px"]


@click.command(help=__doc__)
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path))
def main(runs: tuple[Path, ...]) -> None:
    """Keep the runs' records and write the page."""
    try:
        click.echo(keep(runs))
    except PocketSegError as error:
        raise SystemExit(said(error)) from None


def keep(runs: Sequence[Path]) -> str:
    """Keep the runs' records, write the page, and report its path and number of runs.

    All runs are read before a record is written. Raises DataError where a folder is not a run, UsageError where a
    record of that name is of another run.
    """
    make_folder(RECORDS)
    found: dict[str, dict[str, Any]] = {}
    for run in runs:
        item = record(run) | facts(run)
        path = RECORDS / f"{item['name']}.json"
        kept = read_json(path) if path.is_file() else None
        for other in (found.get(item["name"]), kept):
            differing = [key for key in RUN_KEYS if other is not None and other[key] != item[key]]
            if differing:
                raise UsageError(
                    f"the record {path.name} is of another run than {run}: its {', '.join(differing)} differ",
                    hint="rename the run's folder: the record has its name",
                )
        found[item["name"]] = item | released_of(kept, item)
    for name, item in found.items():
        write_scored(RECORDS / f"{name}.json", item)
    records = [read_json(p) for p in sorted(RECORDS.glob("*.json"))]
    if not records:
        raise DataError(f"{RECORDS} holds no runs", hint="name the folders of some runs")
    write_text(PAGE, page(records))
    return f"{PAGE.relative_to(ROOT)}  {len(records)} runs"


def released_of(kept: Mapping[str, Any] | None, item: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a kept record holds of its run's release, where the run still has the same best weights."""
    if kept is None or "card" not in kept or kept.get("best") != item.get("best"):
        return {}
    return {key: kept[key] for key in (*OF_A_RELEASE, *TABLES) if key in kept}


if __name__ == "__main__":
    main()
