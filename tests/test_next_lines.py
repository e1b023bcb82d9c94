"""What commands print after `next:` works as it is printed, for own photos and own classes."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _commands import Answer, Call
from PIL import Image, ImageOps

import models
from benchmark.rows import from_json
from pocketseg.cli import _next
from pocketseg.cli.sweep import _close
from pocketseg.core.classes import CLASSES, foreground
from pocketseg.core.files import write_json
from pocketseg.core.types import BenchmarkRow, Recipe
from pocketseg.data.embedded import FOLDER, sample_ids
from pocketseg.report import write_all
from pocketseg.sweep.plan import Sweep, cells
from pocketseg.sweep.results import Results
from pocketseg.tune.space import Space, untried
from pocketseg.tune.trials import Trial


def lines(answer: Answer) -> list[list[str]]:
    """Give the arguments of every command that was printed as what to do next."""
    found = [shlex.split(text.removeprefix("next: ")) for text in answer.out.splitlines() if text.startswith("next: ")]
    assert all(words[0] == "pocketseg" for words in found)
    return [words[1:] for words in found]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder of photos of two classes, made from embedded ones, whose name has a space; it is the cwd's."""
    root = tmp_path / "my mugs"
    for folder in ("images", "masks"):
        (root / folder).mkdir(parents=True)
    for number, photo_id in enumerate(sample_ids("train")[:14]):
        image = ImageOps.mirror(Image.open(FOLDER / "images" / f"{photo_id}.jpg").convert("RGB")).resize((64, 96))
        mask = ImageOps.mirror(Image.open(FOLDER / "masks" / f"{photo_id}.png")).resize(
            (64, 96), Image.Resampling.NEAREST
        )
        image.save(root / "images" / f"{number}.jpg")
        Image.fromarray((np.asarray(mask) > 0).astype(np.uint8)).save(root / "masks" / f"{number}.png")
    write_json(root / "classes.json", ["background", "mug"])
    monkeypatch.chdir(tmp_path)
    return root


SHORT = ("--epochs", "1", "--size", "64x64", "--set", "stages=[]", "--threads", "1", "--accelerator", "cpu")


def test_from_a_split_to_scores_every_line_works(pocketseg: Call, own: Path) -> None:
    (train,) = lines(pocketseg("data", "split", "folder:my mugs", "--out", "my split.json"))
    begins = "train topformer_tiny --init topformer_tiny --recipe garments --epochs 40"
    assert shlex.join(train).startswith(f"{begins} --data "), "as the README has it"
    trained = pocketseg(*train, *SHORT)
    assert trained.code == 0, trained.err
    assert "of another shape" in trained.err, "two classes instead of four: the classifier is new"
    evaluate, export = lines(trained)
    scored = pocketseg(*evaluate)
    assert scored.code == 0 and "mug " in scored.out, scored.err
    assert export[:2] == ["export", "runs/mine/best.safetensors"] and export[-1] == "exported-mine"
    (again,) = lines(pocketseg("data", "split", "folder:my mugs", "--out", "other.json"))
    assert again[-1] == "runs/mine-2", "a line never names a folder that holds another run"
    assert again[-1] not in train


@pytest.mark.slow
def test_from_an_export_to_a_benchmark_every_line_works(pocketseg: Call, own: Path) -> None:
    (train,) = lines(pocketseg("data", "split", "folder:my mugs", "--out", "split.json"))
    export = lines(pocketseg(*train, *SHORT))[1]
    export[export.index("tflite")] = "onnx"  # converts faster
    exported = pocketseg(*export)
    assert exported.code == 0 and "garment" not in exported.out, exported.err
    manifest = json.loads(Path("exported-mine/manifest.json").read_text())
    assert manifest["model"] == "mine" and manifest["file"].startswith("mine-")
    inspect, benchmark = lines(exported)
    assert pocketseg(*inspect).code == 0
    measured = pocketseg(*benchmark, "--json")
    assert measured.code == 0, measured.err
    (row,) = json.loads(measured.out)["rows"]
    assert row["model"] == "mine" and row["split"] == "test" and row["argmax_agreement"] is not None
    named = pocketseg(*export[:-1], "exported-cups", "--name", "cups")
    assert json.loads(Path("exported-cups/manifest.json").read_text())["model"] == "cups", named.err


def test_a_split_that_nothing_can_be_trained_on_names_no_training(pocketseg: Call, own: Path) -> None:
    answer = pocketseg("data", "split", "folder:my mugs", "--out", "split.json", "--ratios", "0.8", "0", "0.2")
    assert answer.code == 0 and not lines(answer) and "no val photos" in answer.out


def test_a_folder_without_classes_is_told_what_it_lacks(pocketseg: Call, own: Path) -> None:
    (own / "classes.json").unlink()
    answer = pocketseg("data", "split", f"folder:{own}", "--out", "split.json")
    assert answer.code == 0 and not lines(answer)
    assert f"{own}/classes.json" in answer.out and "pocketseg train topformer_tiny --init" in answer.out


def test_a_prepared_copy_goes_on_with_a_split_where_it_has_none(pocketseg: Call, own: Path) -> None:
    copied = pocketseg("data", "prepare", "folder:my mugs", "--out", "copy")
    assert copied.code == 0, copied.err
    (split,) = lines(copied)
    assert split[:2] == ["data", "split"] and pocketseg(*split).code == 0
    made = pocketseg("data", "prepare", "folder:my mugs", "--out", "whole", "--split-file", _split(pocketseg))
    assert made.code == 0, made.err
    (train,) = lines(made)
    answer = pocketseg(*train, *SHORT)
    assert answer.code == 0, answer.err
    assert pocketseg(*lines(answer)[0]).code == 0


def _split(pocketseg: Call) -> str:
    assert pocketseg("data", "split", "folder:my mugs", "--out", "for the copy.json").code == 0
    return "for the copy.json"


def test_a_benchmark_is_named_with_photos_that_fit_or_not_at_all(
    pocketseg: Call, own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    split = Path(_split(pocketseg))
    two = ("background", "mug")
    assert _next.scoring_words([], CLASSES) == [] and _next.scoring_words([], two) is None
    data = ("folder:my mugs", split)
    assert _next.scoring_words([data], two) == ["--data", "folder:my mugs", "--split-file", str(split)]
    assert _next.scoring_words([("folder:gone", None)], two) is None
    assert _next.scoring_words([data], CLASSES) == []
    lists = ("train.txt", "val.txt", "test.txt")
    names = sorted(path.stem for path in (own / "images").iterdir())
    for file, ids in zip(lists, (names[:10], names[10:], []), strict=True):
        Path(file).write_text("".join(f"{i}\n" for i in ids))
    made = pocketseg("data", "split", "folder:my mugs", "--out", "no test.json", "--ids", *lists)
    if made.code == 0:  # without test photos the line scores validation photos
        assert _next.scoring_words([("folder:my mugs", Path("no test.json"))], two) == [
            "--data", "folder:my mugs", "--split-file", "no test.json", "--split", "val",
        ]  # fmt: skip
    capsys.readouterr()
    _next.say_benchmark(Path("out"), [], two)
    said = capsys.readouterr().out
    assert "next:" not in said and "background, mug" in said and "--data FORMAT:PATH" in said


def _row(recipe: str, target: str, miou: float | None, **changes: Any) -> BenchmarkRow:
    given: dict[str, Any] = {
        "model": "m", "recipe": recipe, "target": target, "precision": "fp32", "runtime": "ort", "status": "ok",
        "split": "val", "miou": miou, "p50_ms": 2.0, "size_bytes": 9, "photos": 3, "latencies_ms": [], **changes,
    }  # fmt: skip
    return from_json(given)


def test_what_a_sweep_names_to_pick_is_there_and_can_be_kept(
    pocketseg: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = Sweep(models=("topformer_tiny",), recipes=("fp32",), targets=("onnx", "executorch", "coreml"))
    out, grid = tmp_path / "my sweep", cells(asked)
    results = Results(out)
    for cell, row in zip(grid, (_row("fp32", "onnx", 0.3149), _row("fp32", "executorch", 0.3151),
                                _row("fp32", "coreml", None, status="failed")), strict=True):  # fmt: skip
        results.add(cell, row)
    write_all(results.rows(grid), out)
    _close(results, grid, out, datetime.now(UTC), nothing=False)
    said = Answer(0, capsys.readouterr().out, "")
    (picked,) = lines(said)
    assert picked[2:] == ["--target", "executorch", "--min-miou", "0.31"]
    assert pocketseg(*picked).code == 0
    none = Results(tmp_path / "none")
    none.add(grid[0], _row("fp32", "onnx", None, status="refused", reason="no"))
    _close(none, grid[:1], out, datetime.now(UTC), nothing=False)
    assert "next:" not in (said_of_none := capsys.readouterr().out) and "none to pick" in said_of_none


def test_pixels_are_called_what_they_are() -> None:
    assert [foreground(CLASSES), foreground(("background", "mug"))] == ["garment", "foreground"]


def test_a_line_quotes_what_a_shell_would_take_apart(capsys: pytest.CaptureFixture[str]) -> None:
    _next.say(_next.line("inspect", Path("a b/$(x)")))
    assert shlex.split(capsys.readouterr().out)[2:] == ["inspect", "a b/$(x)"]


# ---- what a search has not tried -------------------------------------------------------------------------------------

SMALL = Space(steps=("prune",), precisions=("fp32", "w8", "w8a8"), most=2)


def _trials(*recipes: str) -> list[Trial]:
    return [Trial(number=n, recipe=str(Recipe.parse(r)), status="ok") for n, r in enumerate(recipes, start=1)]


@pytest.mark.parametrize(
    ("tried", "said"),
    [
        (
            ("fp32", "w8"),
            "Not tried yet: precision w8a8, step prune. Give --trials 4 or more to go on; all recipes are 9",
        ),
        (("fp32", "w8", "w8a8"), "Not tried yet: step prune. Give --trials 4 or more"),
        (("fp32", "w8", "w8a8", "prune:0.1+fp32"), ""),
    ],
)
def test_a_search_names_what_it_has_not_tried(tried: tuple[str, ...], said: str) -> None:
    found = untried(_trials(*tried), SMALL)
    assert found.startswith(said) and bool(found) == bool(said)


def test_a_released_network_of_other_classes_takes_over_what_fits() -> None:
    network = models.build("topformer_tiny", 7)
    taken = models.take_over(network, models.locate("topformer_tiny"))
    assert taken.parameters_taken > 0.9 * taken.parameters and taken.other_shape
    assert not taken.lacking


@pytest.mark.parametrize("word", ["-x", "--out", "-x/y.zip"])
def test_a_path_that_begins_with_a_dash_is_no_option_of_what_is_next(word: str) -> None:
    typed = shlex.split(_next.line("inspect", Path(word), "--out", Path("plain"), "--threads", 1))
    assert typed == ["pocketseg", "inspect", f"./{word}", "--out", "plain", "--threads", "1"]
    assert _next.data_words("folder:-x", Path(word)) == ["--data", "folder:-x", "--split-file", f"./{word}"]


@pytest.mark.parametrize("command", ["bundle", "replay", "run"])
def test_what_a_phones_command_names_next_works_for_a_folder_that_begins_with_a_dash(
    command: str, pocketseg: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pocketseg.devices import measuring
    from pocketseg.devices.make import Made
    from pocketseg.devices.pulling import Pulled

    out, archive = Path("-x"), Path("-x.zip")
    made = Made(folder=out, archive=archive, sha256="0" * 64, size_bytes=1, artifacts=1, photos=1)
    pulled = Pulled(folder=out, serial="S", job="0" * 32, bundle="0" * 64, state="finished", records=1, runs=1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pocketseg.api.bundle", lambda *_, **__: made)
    monkeypatch.setattr("pocketseg.api.replay", lambda *_, **__: ("0" * 32, []))
    monkeypatch.setattr(measuring, "planned", lambda *_: None)
    monkeypatch.setattr("pocketseg.devices.openable.check_bundle", lambda *_: None)
    monkeypatch.setattr(measuring, "measure", lambda *_, **__: pulled)
    words = {"bundle": ["x.tflite"], "replay": ["./-x.zip"], "run": ["./-x.zip", "--on", "android"]}[command]
    answer = pocketseg("device", command, *words, "--out=-x")
    assert answer.code == 0, answer.err
    found = lines(answer)
    assert found
    for line in found:
        tried = pocketseg(*line)
        assert "No such option" not in tried.err and "Missing" not in tried.err, (line, tried.err)
