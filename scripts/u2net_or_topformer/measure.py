"""Makes the files of several networks for the targets and measures them in one run: docs/comparison/targets.json.

Files and scores stay in the cache, so a stopped command goes on where it was; times are taken again. A comparison's
compare.json and compare.md are kept beside it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmark.rows import to_json
from pocketseg import api
from pocketseg.core.errors import DataError, ExportError, ParityError, RefusedError, UsageError
from pocketseg.core.files import write_json, write_text
from pocketseg.core.outside import read_json
from pocketseg.report.comparison import markdown
from scripts import kept_rows

PRECISIONS = ("fp32", "w8a8")
Say = Callable[[str], None]


def networks(given: Sequence[str]) -> dict[str, str]:
    """Return what each network is opened by, by the name that its rows will have: NAME or NAME=PATH.

    Raises UsageError for a name that is given twice.
    """
    found: dict[str, str] = {}
    for text in given:
        name, _, path = text.partition("=")
        if name in found:
            raise UsageError(f"{name} is named twice", hint="give each network a name of its own: NAME=PATH")
        found[name] = path or name
    return found


def measure(
    refs: Mapping[str, str],
    data: str,
    work: Path,
    out: Path,
    *,
    targets: Sequence[str],
    precisions: Sequence[str] = PRECISIONS,
    calibration: str = "",
    threads: int = 1,
    wait_s: float = 0.0,
    say: Say = print,
) -> Path:
    """Export each network to each target and precision, measure all files in one run on test photos, and keep the rows.

    A file that cannot be made is kept with the reason. Raises PocketSegError: also, before anything is made, where
    `out` has rows of a target that is not asked for. They would be lost, or stand beside those of another run.
    """
    if out.is_file() and (lost := sorted({row["target"] for row in read_json(out)["rows"]} - set(targets))):
        raise UsageError(
            f"{out} has rows of {', '.join(lost)}, which would not be measured now",
            hint="measure all targets in one run, or give another --out",
        )
    files, not_made = exported(refs, work / "exported", targets, precisions, calibration, say)
    if not files:
        raise UsageError("no file could be made", hint=not_made[0]["reason"] if not_made else "name a network")
    run = work / "measured"
    api.benchmark(
        files, data=data, split="test", model=list(refs.values()), threads=threads, wait_s=wait_s, out=run, note=say
    )
    return keep(run, not_made, out)


def exported(
    refs: Mapping[str, str],
    folder: Path,
    targets: Sequence[str],
    precisions: Sequence[str],
    calibration: str,
    say: Say,
) -> tuple[list[Path], list[dict[str, str]]]:
    """Return the files' folders, and what could not be made: model, target, precision, reason."""
    made: list[Path] = []
    not_made: list[dict[str, str]] = []
    for target in targets:
        for name, ref in refs.items():
            for precision in precisions:
                what = {"model": name, "target": target, "precision": precision}
                out = folder / "-".join(what.values()).replace(":", "_")
                try:
                    done = api.export(
                        ref, target=target, recipe=precision, name=name, out=out, calibration=calibration, note=say
                    )
                except (ExportError, ParityError, RefusedError) as error:
                    not_made.append({**what, "reason": error.message})
                    say(f"{name} {target} {precision}: not made: {error.message}")
                    continue
                made.append(out)
                say(f"{name} {target} {precision}: {done.file.name}")
    return made, not_made


def keep(run: Path, not_made: Sequence[Mapping[str, str]], out: Path) -> Path:
    """Keep the rows of a run and what they show of each file against the others of its target, without paths.

    Raises DataError where the run has no rows, or those of several devices.
    """
    kept = kept_rows.of_run(run)
    content: dict[str, Any] = {
        "notes": kept.notes,
        "fronts": kept.fronts,
        "rows": [to_json(dataclasses.replace(row, data=row.data.partition(":")[0])) for row in kept.rows],
        "against": kept.against,
        "not_made": list(not_made),
    }
    return write_json(out, content)


def keep_comparison(compared: Path, out: Path) -> list[Path]:
    """Keep compare.json of `pocketseg compare`, and its text, in a folder: without where the weights were.

    Raises DataError where it is damaged or absent.
    """
    path = compared / "compare.json"
    try:
        content = read_json(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({error})", hint="give a folder of `pocketseg compare`") from error
    content["models"] = [model | {"ref": model["name"]} for model in content["models"]]
    return [write_json(out / "compare.json", content), write_text(out / "compare.md", markdown(content))]
