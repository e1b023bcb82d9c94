"""A newcomer's path with own data, from its check to the file to ship; each line named next is run as printed."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from _newcomer import CLASSES, Ran, make_photos, run

TARGETS = ("coreml", "executorch", "onnx", "tflite", "torchmobile")
OWN = ("--data", "folder:my shop", "--split-file", "split.json")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500), pytest.mark.xdist_group("newcomer")]


@dataclass
class Walk:
    """The commands that were run in a folder, by a short name, and the lines that they named next."""

    folder: Path
    cache: Path
    ran: dict[str, Ran] = field(default_factory=dict)
    followed: list[Ran] = field(default_factory=list)

    def go(self, name: str, *arguments: object) -> Ran:
        """Run a command, then each line that it names next, once."""
        ran = run(self.folder, *arguments, cache=self.cache)
        assert ran.code == 0, (ran.arguments, ran.out, ran.err)
        self.ran[name] = ran
        done = {one.arguments for one in (*self.ran.values(), *self.followed)}
        for line in ran.next_lines():
            words = tuple(shlex.split(line)[1:])
            if words not in done:
                self.followed.append(self._follow(words))
        return ran

    def _follow(self, words: tuple[str, ...]) -> Ran:
        short = ("--epochs", "1") if words[0] == "train" else ()  # as printed, for one pass instead of a hundred
        ran = run(self.folder, *words, *short, cache=self.cache)
        return Ran(arguments=words, code=ran.code, out=ran.out, err=ran.err, opened=ran.opened)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    folder = tmp_path_factory.mktemp("newcomer")
    make_photos(folder / "my shop")
    there = Walk(folder, folder / "cache")
    there.go("check", "data", "check", "folder:my shop")
    there.go("split", "data", "split", "folder:my shop", "--out", "split.json")
    there.go(
        "train", "train", "topformer_tiny", "--init", "topformer_tiny", *OWN, "--out", "runs/mugs", "--size",
        "128x96", "--epochs", "10",
    )  # fmt: skip
    best = "runs/mugs/best.safetensors"
    there.go("evaluate", "evaluate", best, *OWN)
    for target in TARGETS:
        there.go(
            f"export {target}", "export", best, "--target", target, "--precision", "w8a8", "--calibration",
            "folder:my shop", "--split-file", "split.json", "--out", f"files/{target}",
        )  # fmt: skip
    there.go("benchmark", "benchmark", *(f"files/{t}" for t in TARGETS), *OWN, "--model", best, "--out", "rows")
    there.go("segment", "segment", "my shop/images", "--model", "files/tflite", "--out", "masks")
    sweep = ("sweep", "--models", best, "--recipes", "fp32,w8,w8a8", "--targets", "onnx", *OWN, "--out", "runs/sweep")
    there.go("sweep", *sweep)
    there.go("pick", "pick", "runs/sweep", "--target", "onnx", "--max-mb", "100")
    there.go(
        "tune", "tune", "--model", best, "--target", "onnx", "--goal", "size", "--max-drop", "0.3", "--epochs", "1",
        "--trials", "5", *OWN, "--out", "runs/tune",
    )  # fmt: skip
    return there


def test_every_line_named_next_works_as_printed(walk: Walk) -> None:
    failed = [(ran.arguments, ran.code, ran.err[-600:]) for ran in walk.followed if ran.code != 0]
    assert not failed
    assert {ran.arguments[0] for ran in walk.followed} >= {
        "train",
        "evaluate",
        "export",
        "inspect",
        "benchmark",
        "pick",
    }


def test_what_is_clean_is_called_clean_with_its_counts(walk: Walk) -> None:
    assert "60 labelled photos, 0 unlabelled" in walk.ran["check"].out and walk.ran["check"].out.endswith("clean\n")


def test_the_network_learns_from_few_photos(walk: Walk) -> None:
    said = json.loads((walk.folder / "runs/mugs/result.json").read_text())
    assert said["best_val_miou"] > 0.5, "all background scores below"


def test_files_are_called_by_the_run_and_calibrated_on_its_training_photos(walk: Walk) -> None:
    parts = json.loads((walk.folder / "split.json").read_text())["photos"]
    for target in TARGETS:
        manifest = json.loads((walk.folder / f"files/{target}/manifest.json").read_text())
        assert manifest["model"] == "mugs" and manifest["file"].startswith("mugs-w8a8-128x96")
        assert manifest["classes"] == list(CLASSES)
        assert set(manifest["calibration"]["digests"]) <= set(parts["train"].values())
        assert set(manifest["parity"]["digests"]) <= set(parts["train"].values())


def test_every_file_is_measured_on_test_photos(walk: Walk) -> None:
    rows = json.loads((walk.folder / "rows/results.json").read_text())["rows"]
    assert [row["status"] for row in rows] == ["ok"] * len(TARGETS)
    assert all(row["split"] == "test" and row["photos"] == 11 and row["argmax_agreement"] > 0.95 for row in rows)


def test_the_sweep_chooses_on_validation_photos_and_scores_its_front_on_test_photos(walk: Walk) -> None:
    rows = json.loads((walk.folder / "runs/sweep/results.json").read_text())["rows"]
    assert {row["split"] for row in rows} == {"val"} and {row["photos"] for row in rows} == {8}
    tested = [row for row in rows if row["test_miou"] is not None]
    assert tested and {row["test_photos"] for row in tested} == {11}
    assert "validation" in walk.ran["pick"].out or "val " in walk.ran["pick"].out


def test_no_word_of_garments_is_said_of_mugs(walk: Walk) -> None:
    for name, ran in walk.ran.items():
        spoken = ran.out.replace("released garment weights", "").replace("--recipe garments", "")
        assert [line for line in spoken.splitlines() if "garment" in line.lower()] == [], name
