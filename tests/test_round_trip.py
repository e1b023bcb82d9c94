"""Every target, fp32 and w8a8: what comes back of a bundle is scored as `benchmark` scores the files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

import export
from pocketseg.core.outside import read_json
from scripts.round_trip import BEGIN, END, NETWORKS, PAGE, PATH, RECIPES, exported, round_trip, table


@pytest.mark.phones
@pytest.mark.timeout(1200)  # from an empty cache every file is converted first
def test_what_comes_back_of_a_bundle_is_scored_as_benchmark_scores_the_files(tmp_path: Path) -> None:
    check(tmp_path, ("topformer_tiny",), 3)


@pytest.mark.exhaustive
@pytest.mark.timeout(3600)
def test_every_file_of_the_quick_start_scores_the_same_by_the_round_trip(tmp_path: Path) -> None:
    check(tmp_path, NETWORKS, 8)


def check(folder: Path, networks: Sequence[str], photos: int) -> None:
    found = round_trip(folder, exported(folder / "files", networks), photos)
    assert len(found["rows"]) == len(networks) * len(export.targets()) * len(RECIPES)
    for row in found["rows"]:
        assert row["status"] == ["ok", "ok"], row
        assert row["miou"][0] == row["miou"][1] and row["miou"][0] > 0.4, row
        assert row["golden"]["status"] == "passed" and row["golden"]["max_abs_error"] == 0, row


@pytest.mark.documents
def test_the_page_has_the_table_of_what_is_committed() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page.split(BEGIN)[1].split(END)[0].strip() == table(read_json(PATH))
