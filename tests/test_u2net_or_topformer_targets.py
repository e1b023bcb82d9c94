"""Files on five targets: what was measured, what 8 bits cost, what could not be made, and U2Net made smaller."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from _ranks import three
from _side_by_side import epochs, run, two

from benchmark.rows import to_json
from pocketseg import api
from pocketseg.core.errors import DataError, ParityError, UsageError
from pocketseg.core.outside import read_json
from pocketseg.core.types import BenchmarkRow
from pocketseg.report import write_all
from scripts.readme import COMPARISON
from scripts.u2net_or_topformer import descendants, measure, page, tables
from scripts.u2net_or_topformer.kept import read


def row(
    model: str, target: str, precision: str, miou: float | None, p50_ms: float | None, **changes: Any
) -> BenchmarkRow:
    made = {
        "model": model, "target": target, "precision": precision, "recipe": precision, "runtime": "r", "status": "ok",
        "split": "test", "miou": miou, "photos": 156, "threads": 1, "size_bytes": 4_000_000, "p50_ms": p50_ms,
        "p50_low_ms": p50_ms and p50_ms * 0.9, "p50_high_ms": p50_ms and p50_ms * 1.1, "verdict": "VALID",
        "device": {"cpu": "a chip"}, "iou": {}, **changes,
    }  # fmt: skip
    return BenchmarkRow(**made)


def measured(lost: float = 0.002) -> dict[str, Any]:
    rows = [
        row(
            "u2net",
            target,
            precision,
            0.640 - (lost if precision == "w8a8" else 0.0),
            None if target == "coreml" else 900.0,
        )
        for target in ("tflite", "onnx", "executorch", "coreml")
        for precision in ("fp32", "w8a8")
    ]
    rows += [
        row("topformer_tiny", "tflite", "fp32", 0.61, 4.0, verdict="UNSTABLE"),
        row("topformer_tiny", "onnx", "fp32", None, None, status="refused", reason="no such operator"),
    ]
    claim = {"miou": {"value": -lost, "low": -lost - 0.001, "high": -lost + 0.001, "shown": True}}
    absent = {"model": "u2net", "target": "torchmobile", "precision": "w8a8", "reason": "too far from its network"}
    content = {"notes": [], "fronts": {}, "against": {"1/0": claim}, "not_made": [absent]}
    return {"rows": [to_json(r) for r in rows], **content}


def test_every_cell_has_its_figure_or_the_reason_why_not(tmp_path: Path) -> None:
    made = page.text(read(two(tmp_path, targets=measured())), ())
    assert "| TFLite | `fp32` | 900 (810 to 990) | 4.00 (3.60 to 4.40) UNSTABLE | not made yet |" in made
    assert "| Core ML | `w8a8` | not on this computer | not measured |" in made
    assert "| PyTorch Mobile | `w8a8` | not made | not measured |" in made
    assert "- U2Net as PyTorch Mobile `w8a8`: too far from its network" in made
    assert "- TopFormer Tiny as ONNX `fp32`: no such operator" in made
    assert "156 test photos" in made and "a chip" in made


def test_files_of_a_network_may_be_called_after_its_family(tmp_path: Path) -> None:
    root = two(tmp_path, targets=measured())
    path = root / "docs/comparison/compare.json"
    path.write_text(path.read_text().replace('"u2net", "network"', '"u2net_of_a_run", "network"').replace(
        '"first": "u2net"', '"first": "u2net_of_a_run"'))  # fmt: skip
    sources = read(root)
    assert [n.name for n in sources.networks] == ["u2net_of_a_run", "topformer_tiny"]
    assert "| TFLite | `fp32` | 900 (810 to 990) |" in page.text(sources, ())


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        (0.002, "loses at most 0.5 points on TFLite, ONNX, ExecuTorch and Core ML."),
        (0.006, "loses more than 0.5 points on TFLite, ONNX, ExecuTorch and Core ML."),
    ],
)
def test_what_8_bits_cost_u2net_is_judged_on_each_target(lost: float, said: str, tmp_path: Path) -> None:
    lines, judged = tables.eight_bits(read(two(tmp_path, targets=measured(lost))))
    assert judged == f"U2Net in 8 bits {said}"
    assert f"{-100 * lost:+.2f} ({100 * (-lost - 0.001):+.2f} to {100 * (-lost + 0.001):+.2f})" in "\n".join(lines)


def test_a_target_without_both_files_leaves_the_judgement_open(tmp_path: Path) -> None:
    content = measured()
    content["rows"] = content["rows"][:6]  # Core ML's are not there
    found = tables.eight_bits(read(two(tmp_path, targets=content)))[1]
    assert found == (
        "U2Net in 8 bits loses at most 0.5 points on TFLite, ONNX and ExecuTorch. U2Net in 8 bits is not measured on "
        "Core ML."
    )
    content = measured(0.006)
    content["rows"] = content["rows"][:6]
    found = tables.eight_bits(read(two(tmp_path, targets=content)))[1]
    assert "more than 0.5 points on TFLite, ONNX and ExecuTorch. " in found and "not measured on Core ML." in found


def test_networks_are_released_names_or_names_for_paths() -> None:
    assert measure.networks(("u2netp", "u2net=a/b.safetensors")) == {"u2netp": "u2netp", "u2net": "a/b.safetensors"}
    with pytest.raises(UsageError, match="u2net is named twice"):
        measure.networks(("u2net", "u2net=a"))


def test_a_file_that_cannot_be_made_is_kept_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def export(ref: str, *, target: str, recipe: str, out: Path, **_: Any) -> Any:
        if recipe == "w8a8":
            raise ParityError(f"{target} is far from {ref}")
        return SimpleNamespace(file=out / "a.bin")

    scored: list[Path] = []
    monkeypatch.setattr(api, "export", export)
    monkeypatch.setattr(api, "benchmark", lambda files, *, out, **_: [scored.extend(files), write_all(three(), out)])
    path = measure.measure(
        {"net": "a.safetensors"}, "ccp:/somewhere/private", tmp_path / "work", tmp_path / "kept.json", targets=["onnx"],
        say=lambda sentence: None,
    )  # fmt: skip
    content = json.loads(path.read_text())
    reason = {"model": "net", "target": "onnx", "precision": "w8a8", "reason": "onnx is far from a.safetensors"}
    assert content["not_made"] == [reason] and scored == [tmp_path / "work/exported/net-onnx-fp32"]
    assert len(content["rows"]) == 3 and content["against"]["1/0"]["times_faster"]["shown"]
    assert str(tmp_path) not in path.read_text() and "private" not in path.read_text()


def test_rows_of_targets_that_are_not_measured_now_are_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "export", lambda *_, **__: pytest.fail("it exported first"))
    kept = tmp_path / "kept.json"
    kept.write_text(json.dumps(measured()))
    before = kept.read_bytes()
    with pytest.raises(UsageError, match="rows of coreml, executorch, tflite, which would not be measured now"):
        measure.measure({"n": "n"}, "d", tmp_path, kept, targets=["onnx"], say=lambda sentence: None)
    assert kept.read_bytes() == before


def test_without_any_file_nothing_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def export(*_: Any, **__: Any) -> Any:
        raise ParityError("far off")

    monkeypatch.setattr(api, "export", export)
    with pytest.raises(UsageError, match="no file could be made") as caught:
        measure.measure({"n": "n"}, "d", tmp_path, tmp_path / "kept.json", targets=["onnx"], say=lambda sentence: None)
    assert caught.value.hint == "far off" and not (tmp_path / "kept.json").exists()


@pytest.mark.documents
def test_a_comparison_is_kept_without_where_the_weights_were(tmp_path: Path) -> None:
    content = read_json(COMPARISON)
    before = [{**m, "ref": f"/home/me/{m['name']}.safetensors"} for m in content["models"]]
    (tmp_path / "compare.json").write_text(json.dumps(content | {"models": before}))
    made = measure.keep_comparison(tmp_path, tmp_path)
    assert [path.name for path in made] == ["compare.json", "compare.md"]
    assert not any("/home/me" in path.read_text() for path in made)
    assert read_json(made[0])["models"] == [{**m, "ref": m["name"]} for m in content["models"]]
    with pytest.raises(DataError):
        measure.keep_comparison(tmp_path / "nothing", tmp_path)


# ---- U2Net made smaller ----------------------------------------------------------------------------------------------


def made_smaller(model: str, recipe: str, miou: float, times: float) -> dict[str, Any]:
    whole = (model, recipe) == ("u2net", "fp32")
    claim = {"value": times, "low": times - 1, "high": times + 1, "shown": True}
    points = {"value": miou - 0.64, "low": miou - 0.65, "high": miou - 0.63, "shown": True}
    against = None if whole else {"times_faster": claim, "miou": points}
    return {**to_json(row(model, "tflite", recipe, miou, 900.0)), "recipe": recipe, "against_fp32": against}


def test_the_fastest_descendant_within_a_point_is_named() -> None:
    rows = [
        made_smaller("u2net", "fp32", 0.640, 1.0),
        made_smaller("u2net", "w8a8", 0.639, 3.0),
        made_smaller("u2net-prune0.9", "w8a8", 0.631, 9.0),
        made_smaller("u2net-into-u2netp", "w8a8", 0.620, 20.0),
        made_smaller("u2netp", "fp32", 0.640, 30.0),
    ]
    lines, said = descendants.measured(rows)
    assert "is u2net-prune0.9 w8a8 as TFLite: 9.0 times as fast (8.0 to 10.0) at -0.90 points (-1.90 to +0.10)" in said
    assert said.endswith("is reached, as far as these estimates go.") and "UNSTABLE" not in said
    assert "; its time is UNSTABLE)" in descendants.measured([*rows[:2], rows[2] | {"verdict": "UNSTABLE"}])[1]
    assert "| u2netp |" not in "\n".join(lines)
    assert descendants.measured(rows[:2])[1].endswith("is not reached, as far as these estimates go.")
    assert descendants.measured([rows[0], rows[3]])[1] == "No timed descendant is within 1 point of U2Net."
    assert descendants.measured([rows[-1]]) == ([], "No descendant of U2Net was measured yet.")


def test_planned_hours_follow_from_the_speed_of_u2nets_run(tmp_path: Path) -> None:
    logged = [*epochs(1, size=(160, 96)), *epochs(1, size=(224, 128)), *epochs(1, size=(320, 192))]
    plan = descendants.plans(read(two(tmp_path)))[0]
    half = descendants.hours(plan, run("big", "u2net", epochs=logged))
    fast = descendants.hours(plan, run("big", "u2net", epochs=[{**r, "images_per_s": 20.0} for r in logged]))
    assert half is not None and fast is not None and half == pytest.approx(10 * fast)
    lines = descendants.planned(read(two(tmp_path)), {plan.name})
    assert [line.rpartition(" | ")[2] for line in lines if line.startswith("| u2net-")] == ["yes |", *3 * ["not yet |"]]
    assert descendants.hours(plan, run("big", "u2net")) is None, "a run at one size says nothing of the others"
