"""Reports what came back from a page: `python -m scripts.web came BUNDLE OUT...` prints a JSON list for each OUT.

Agreement is computed here, from the class maps that the page sent and the desktop's own; the page's own figures for it
are ignored.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.records import ROWS
from benchmark.rows import read_rows
from benchmark.where import where
from pocketseg.core.bundle import Bundle, decoded_map, open_bundle
from pocketseg.core.errors import PocketSegError
from pocketseg.core.record import read_record, record_id
from pocketseg.core.types import BenchmarkRow
from pocketseg.web.serving import RESULTS


def came(out: Path, bundle: Path) -> list[dict[str, Any]]:
    """Return the rows in the table of `out`, each with its record as it was sent. Raises PocketSegError."""
    rows = read_rows(out / ROWS) if (out / ROWS).is_file() else []
    by_record = {row.record: row for row in rows}
    found = []
    with open_bundle(bundle) as opened:
        for path in sorted((out / RESULTS).glob("*/[0-9]*.json")):
            document = read_record(path.read_bytes(), str(path))
            row = by_record.pop(record_id(document), None)
            found.append(_facts(document, row, opened, path.parent / "maps"))
    return [*found, *({"row": record, "job": None} for record in by_record)]


def _facts(document: dict[str, Any], row: BenchmarkRow | None, bundle: Bundle, maps: Path) -> dict[str, Any]:
    run = document["bundle"]["run"]
    artifact = bundle.content["job"]["runs"][run]["artifact"]
    same = every = 0
    worst = 1.0
    for place, photo in enumerate(document["bundle"]["photos"]):
        if photo["map_sha256"] is None:
            continue
        golden = bundle.class_map(bundle.content["golden"][artifact]["maps"][place], place)
        data = (maps / f"{photo['map_sha256']}.runs").read_bytes()
        map_ = decoded_map(data, (golden.shape[0], golden.shape[1]), str(maps))
        equal = int(np.count_nonzero(map_ == golden))
        same, every, worst = same + equal, every + golden.size, min(worst, equal / golden.size)
    place_ = None if row is None else where(row)
    statistics = document["statistics"] or {}
    return {
        "job": document["bundle"]["job"], "run": run, "file": document["artifact"]["file"],
        "precision": document["artifact"]["precision"], "kind": document["kind"], "status": document["status"],
        "reason": document["reason"], "verdict": document["verdict"], "verdict_reasons": document["verdict_reasons"],
        "golden": (document["golden"] or {}).get("status"), "golden_reason": (document["golden"] or {}).get("reason"),
        "photos": len(document["bundle"]["photos"]), "agreement": same / every if every else None, "worst": worst,
        "p50_ms": statistics.get("p50_ms"), "p50_all_ms": statistics.get("p50_all_ms"),
        "turns": len(document["turns"]), "threads": document["runtime"]["threads"],
        "build": document["runtime"].get("build"), "step_ms": (document.get("clock") or {}).get("step_ms"),
        "row": None if row is None else row.record, "row_kind": None if row is None else row.kind,
        "row_miou": None if row is None else row.miou, "row_verdict": None if row is None else row.verdict,
        "where": None if place_ is None else place_.text,
    }  # fmt: skip


def main(arguments: list[str]) -> int:
    """Print it."""
    if len(arguments) < 2:
        print("usage: python -m scripts.web came BUNDLE OUT...", file=sys.stderr)
        return 2
    try:
        print(json.dumps([came(Path(out), Path(arguments[0])) for out in arguments[1:]]))
    except PocketSegError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0
