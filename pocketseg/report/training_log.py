"""docs/training-log.md: what was tried and what each try gave on validation, made from the runs' own files.

    python -m pocketseg.report.training_log [RUN...]

Each RUN's settings and epochs are kept in docs/runs/ (small, committed); the page is made anew from all of them.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import click

from pocketseg.core.errors import DataError
from pocketseg.core.files import make_folder, write_json, write_text

ROOT = Path(__file__).parents[2]
RECORDS = ROOT / "docs" / "runs"
PAGE = ROOT / "docs" / "training-log.md"
_SHOWN = (
    "optimizer", "lr", "batch_size", "epochs", "ema_decay", "scale", "color", "dice_weight", "fine_weight",
    "teacher_weight", "unlabelled_share", "class_weights", "stages",
)  # fmt: skip


def record(run: Path) -> dict[str, Any]:
    """Give a run's settings and epochs as plain values. Raises DataError where the folder is no run."""
    try:
        config = json.loads((run / "config.json").read_text(encoding="utf-8"))
        with (run / "log.csv").open(newline="", encoding="utf-8") as stream:
            rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(stream)]
        notes = (run / "notes.txt").read_text(encoding="utf-8").strip() if (run / "notes.txt").is_file() else ""
    except (OSError, ValueError) as error:
        raise DataError(
            f"{run} is no training run ({error})", hint="give a folder that `pocketseg train` wrote"
        ) from error
    return {
        "name": run.name,
        "network": config["network"],
        "recipe": config["recipe"],
        "seed": config["seed"],
        "precision": config["precision"],
        "split_hash": config["split_hash"],
        "teachers": len(config.get("teachers", [])),
        "unlabelled": config.get("unlabelled", 0),
        "finished": (run / "result.json").is_file(),
        "notes": notes,
        "epochs": rows,
    }


def page(records: list[dict[str, Any]]) -> str:
    """Write the page: a table of all runs, best first within a network, then each run's settings."""
    lines = [
        "# Training log",
        "",
        "Every try and its mIoU on the validation photos; nothing here looks at test photos. Made by",
        "`python -m pocketseg.report.training_log RUN...` from the runs in `docs/runs/`. Minutes are those of the",
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


def _best(item: dict[str, Any]) -> dict[str, float]:
    """Give the best epoch at the last input size: scores at other sizes do not compare."""
    last = item["epochs"][-1]["height_px"]
    best: dict[str, float] = max((r for r in item["epochs"] if r["height_px"] == last), key=lambda r: r["val_miou"])
    return best


@click.command(help=__doc__)
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path))
def main(runs: tuple[Path, ...]) -> None:
    """Keep the runs' records and write the page."""
    make_folder(RECORDS)
    for run in runs:
        write_json(RECORDS / f"{run.name}.json", record(run))
    records = [json.loads(p.read_text(encoding="utf-8")) for p in sorted(RECORDS.glob("*.json"))]
    if not records:
        raise DataError(f"{RECORDS} holds no run", hint="name the folders of some runs")
    write_text(PAGE, page(records))
    click.echo(f"{PAGE.relative_to(ROOT)}  {len(records)} runs")


if __name__ == "__main__":
    main()
