"""A sweep's folder: torn lines, resuming, fronts, picking."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from _commands import Call
from _sweep import row, sweep

from benchmark.rows import to_json
from pocketseg.core.errors import UsageError
from pocketseg.report.pareto import fronts, write_fronts
from pocketseg.report.pick import Wanted, pick
from pocketseg.sweep.plan import cells
from pocketseg.sweep.results import ROWS, Results, alone

# ---- its folder ------------------------------------------------------------------------------------------------------


def test_a_torn_line_is_left_out_and_a_cell_keeps_its_first_row(tmp_path: Path) -> None:
    first, second = cells(sweep(targets=("onnx",)))
    results = Results(tmp_path)
    results.add(first, row(miou=0.25))
    with (tmp_path / ROWS).open("a") as stream:
        stream.write('{"cell": "' + second.key + '", "row": {"mod')
    results = Results(tmp_path)
    assert first in results and second not in results
    results.add(first, row(miou=0.75))
    results.add(second, row(status="failed", reason="x", miou=None))
    assert [r.miou for r in Results(tmp_path).rows([first, second])] == [0.25, None]
    assert Results(tmp_path).forget_failed([first, second]) == 1
    assert second not in Results(tmp_path) and first in Results(tmp_path)


def test_one_sweep_at_a_time_works_in_a_folder(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(UsageError, match="another sweep is already at work in"), alone(tmp_path):
        pass
    with alone(tmp_path):
        pass


@pytest.mark.parametrize("flags", [[], ["--resume"]])
@pytest.mark.parametrize("left", ["nothing", "an empty folder", "its settings", "torn rows"])
def test_resume_and_the_plain_command_do_the_same_whatever_a_kill_left(
    pocketseg: Call, tmp_path: Path, left: str, flags: list[str]
) -> None:
    out = tmp_path / "out"
    asked = ("sweep", "--models", "u2netp", "--recipes", "pal8", "--targets", "onnx", "--out", out)  # refused: no work
    if left != "nothing":
        out.mkdir()
    if left in ("its settings", "torn rows"):
        assert pocketseg(*asked).code == 0
        (out / "report.html").unlink()
        (out / ROWS).write_text('{"cell": "' if left == "torn rows" else "")
    answer = pocketseg(*asked, *flags)
    assert answer.code == 0 and "1 cells: 1 refused" in answer.out, answer.err
    assert (out / "sweep.json").is_file() and (out / "report.html").is_file() and len(Results(out)) == 1
    assert "nothing to do" in pocketseg(*asked, *flags).out


# ---- fronts and picking ----------------------------------------------------------------------------------------------

ROWS_TO_PICK = [
    row(recipe="fp32", p50_ms=9.0, miou=0.60, size_bytes=5_000_000),
    row(recipe="w8a8", p50_ms=4.0, miou=0.59, size_bytes=1_500_000),
    row(recipe="prune:0.5+w8a8", p50_ms=2.0, miou=0.50, size_bytes=1_000_000),
    row(recipe="w8", p50_ms=9.5, miou=0.58, size_bytes=1_600_000),
    row(recipe="w4", status="refused", reason="no", miou=None, p50_ms=None),
]


@pytest.mark.parametrize(
    ("wanted", "recipe"),
    [
        ({"max_p50_ms": 5.0}, "w8a8"),
        ({"min_miou": 0.5}, "prune:0.5+w8a8"),
        ({"min_miou": 0.585}, "w8a8"),
        ({"max_mb": 9.0}, "fp32"),
        ({"max_p50_ms": 5.0, "min_miou": 0.4, "max_mb": 1.2}, "prune:0.5+w8a8"),
    ],
)
def test_what_is_picked_keeps_the_limits(wanted: dict[str, float], recipe: str) -> None:
    chosen, _ = pick(ROWS_TO_PICK, Wanted(**wanted))
    assert chosen is not None and chosen.recipe == recipe


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"max_p50_ms": 1.0}, "p50 of at most 1 ms: the nearest is m prune:0.5+w8a8 with 2.00 ms, 1.00 ms off"),
        ({"min_miou": 0.7}, "No file has an mIoU of at least 0.7: the nearest is m fp32 with 0.6000, 0.1000 off"),
        ({"max_p50_ms": 5.0, "min_miou": 0.6}, "not all at once: with the rest kept, the nearest to a p50"),
    ],
)  # fmt: skip
def test_a_limit_that_cannot_be_kept_is_named_with_how_far_it_is_off(wanted: dict[str, float], says: str) -> None:
    chosen, why = pick(ROWS_TO_PICK, Wanted(**wanted))
    assert chosen is None and says in why


def test_pick_reads_what_a_sweep_wrote(pocketseg: Call, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(json.dumps({"rows": [to_json(r) for r in ROWS_TO_PICK]}))
    answer = pocketseg("pick", tmp_path, "--target", "onnx", "--min-miou", "0.585", "--json")
    assert answer.code == 0 and json.loads(answer.out)["row"]["recipe"] == "w8a8"
    assert pocketseg("pick", tmp_path, "--target", "onnx", "--max-mb", "0.5").code == 1
    for arguments, says in (
        (["--target", "onnx"], "no limit is given"),
        (["--target", "tflite", "--max-mb", "1"], "onnx"),
    ):
        answer = pocketseg("pick", tmp_path, *arguments)
        assert answer.code == 2 and says in answer.err


def test_a_front_is_of_one_target_and_one_device(tmp_path: Path) -> None:
    other = row(recipe="fp32", p50_ms=20.0, miou=0.55, device={"cpu": "B"})
    found = fronts([*ROWS_TO_PICK, other])
    assert {k: [r.recipe for r in v] for k, v in found.items()} == {
        ("onnx", "A"): ["prune:0.5+w8a8", "w8a8", "fp32"], ("onnx", "B"): ["fp32"],
    }  # fmt: skip
    with write_fronts(tmp_path / "pareto.csv", [*ROWS_TO_PICK, other]).open() as stream:
        assert [(r["device"], r["recipe"]) for r in csv.DictReader(stream)][-1] == ("B", "fp32")
    tileless = row(recipe="fp32", p50_ms=20.0, miou=0.55, device={"cpu": "B", "matrix_tiles": "left"})
    assert [device for _, device in fronts([other, tileless])] == ["B", "B without its matrix tiles (AMX)"]
