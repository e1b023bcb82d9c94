"""An iPhone's record of Core ML joins the table as such, whatever runtime the bundle names for the file."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from _bundles import bundle
from _phones import IPHONE, evaluated, phone
from rich.console import Console

from benchmark.origin import strange
from benchmark.ranks import Outcome, ranks
from benchmark.repeats import earlier
from pocketseg import api
from pocketseg.core.bundle import open_bundle
from pocketseg.core.record import read_record, sealed
from pocketseg.core.types import BenchmarkRow
from pocketseg.devices.job import Job
from pocketseg.devices.replay import replay
from pocketseg.report.table import render

CORE_ML = {"name": "coreml", "tool": "Core ML", "version": "iOS 17.5", "threads": None, "label": ""}


def as_iphone(document: dict[str, Any]) -> None:
    """Make a record one of Core ML on an iPhone, whose process compiled the file."""
    document["schema_version"] = "1.4"
    document["kind"] = "ios"
    document["device"] |= {"maker": "Apple", "model": "iPhone15,4", "os": "iOS 17.5"}
    document["accelerator"] |= {"asked": "cpu", "obtained": "cpu"}
    document["program"] |= {"name": "dev.pocketseg.harness", "launch": "app", "debugger": False}
    document["runtime"] |= CORE_ML
    document["yardstick"]["version"] = "swift-1"
    document["load"] |= {"compile_ms": 812.5}
    document["memory"] = {"before_bytes": 1, "loaded_bytes": 2, "peak_bytes": None, "runs": 5}
    document["unknown"] |= {
        "/memory/peak_bytes": "the same process compiled the file",
        "/runtime/threads": "the runtime does not say",
    }


def test_the_table_names_what_ran_on_the_phone(converted: Callable[..., Any], tmp_path: Path) -> None:
    made = bundle(converted, tmp_path / "made", job=Job(passes=6))
    with open_bundle(made.archive) as opened:
        assert opened.content["artifacts"][0]["runtime"] == "ort"
        replay(opened, tmp_path / "results")
    path = tmp_path / "results/0.json"
    document = read_record(path.read_bytes())
    as_iphone(document)
    path.write_text(sealed(document) + "\n")
    (row,) = api.import_records([tmp_path / "results"], made.archive, tmp_path / "table")
    assert (row.kind, row.runtime) == ("ios", "coreml") and row.runtime_version.endswith("iOS 17.5")
    assert row.document is not None and strange(row.document) == ()
    assert row.miou is not None and row.document["memory"]["peak_bytes"] is None
    assert row.document["load"]["compile_ms"] == 812.5
    page, lines = (tmp_path / "table/report.html").read_text(), (tmp_path / "table/results.csv").read_text()
    assert "coreml" in lines.splitlines()[1] and "iPhone15,4" in lines and "coreml_reference" not in page + lines


def _on_phone(recipe: str, place: int, version: str = "iOS 17.5", **changes: Any) -> BenchmarkRow:
    return phone(
        recipe, device=IPHONE, artifact={"target": "coreml"}, place=place, runtime={**CORE_ML, "version": version},
        **changes,
    )  # fmt: skip


def test_files_on_core_ml_are_ranked_among_each_other_and_not_with_the_evaluators_rows() -> None:
    rows = [_on_phone("fp32", 0, p50_ms=8.0), _on_phone("w8a8", 1, p50_ms=4.0), evaluated(place=2)]
    found = ranks(rows)
    assert found.cost[1, 0].outcome is Outcome.BETTER
    assert found.cost[0, 2].why == "it was not timed"
    console = Console(width=250, record=True, file=io.StringIO())
    console.print(render(rows))
    words = console.export_text().split()
    assert words.count("coreml_reference") >= 1 and words.count("coreml") >= 2 + 3  # as the target, too


def test_a_run_after_an_update_of_ios_stands_for_the_one_before_it() -> None:
    before = _on_phone("fp32", 0, "iOS 17.5", run="1" * 32)
    after = _on_phone("fp32", 0, "iOS 17.6", run="2" * 32)
    assert earlier([before, after]) <= {id(before)}
