"""The command line: quick help, near names, one message and an exit code for whatever goes wrong."""

from __future__ import annotations

import dataclasses
import json
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import pytest
import torch
from _commands import Answer, Call
from PIL import Image

import models
import pocketseg.cli
from pocketseg.cli.main import cli
from pocketseg.core.cache import ROOT, Cache
from pocketseg.core.classes import CLASSES, COLORS_RGB
from pocketseg.core.folder_registry import plugin_names
from pocketseg.data.embedded import FOLDER, sample_ids, sample_photos
from pocketseg.data.split import SPLITS, read_split
from scripts.promises.parsed import of_words

HEAVY = {"torch", "coremltools", "litert_torch", "ai_edge_litert", "executorch", "onnx", "onnxruntime", "numpy",
         "PIL", "rich", "scipy", "torchmetrics", "lightning_fabric"}  # fmt: skip
CLI = Path(pocketseg.cli.__file__).parent
COMMANDS = tuple(name.replace("_", "-") for name in plugin_names(CLI) if name != "main")
DATA_COMMANDS = plugin_names(CLI / "_data")


@pytest.fixture(autouse=True)
def _own_signals_and_threads() -> Iterator[None]:
    """The command line takes over SIGTERM and torch's threads; give both back."""
    handler, threads = signal.getsignal(signal.SIGTERM), torch.get_num_threads()
    yield
    signal.signal(signal.SIGTERM, handler)
    torch.set_num_threads(threads)


def _spawn(*arguments: object) -> Answer:
    """Run a command in a process of its own, as a user does."""
    command = [sys.executable, "-m", "pocketseg.cli.main", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    return Answer(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    network = models.build("topformer_tiny")
    spec = dataclasses.replace(models.spec("topformer_tiny"), height_px=64, width_px=64, classes=CLASSES)
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    models.save_weights(network, spec, path, dtype="fp32", metadata={})
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    for folder, suffix in (("images", "jpg"), ("masks", "png")):
        (root / folder).mkdir()
        for photo_id in sample_ids("test")[:2]:
            shutil.copy(FOLDER / folder / f"{photo_id}.{suffix}", root / folder)
    shutil.copy(FOLDER / "classes.json", root)
    return root


@pytest.fixture(scope="module")
def photo() -> Path:
    return FOLDER / "images" / f"{sample_ids('test')[0]}.jpg"


def _says(answer: Answer, code: int, *words: object) -> None:
    """One message, its exit code, no traceback, nothing on stdout."""
    assert answer.code == code, answer.err
    assert answer.out == ""
    assert "Traceback" not in answer.err and 'File "' not in answer.err
    assert answer.err.lower().count("error: ") == 1
    for word in words:
        assert str(word) in answer.err


# ---- help ------------------------------------------------------------------------------------------------------------


def test_help_lists_every_command_and_loads_no_heavy_library() -> None:
    code = (
        "import sys\nfrom pocketseg.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit as end: status = end.code\n"
        "print('|', status, *sorted({m.partition('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    text, _, modules = done.stdout.rpartition("|")
    status, *loaded = modules.split()
    assert status == "0" and all(f"\n  {name} " in text for name in COMMANDS)
    assert not HEAVY & set(loaded)


def test_the_version_is_said(pocketseg: Call) -> None:
    assert pocketseg("--version").out.startswith("pocketseg ") and pocketseg("--version").code == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, pocketseg: Call) -> None:
    answer = pocketseg(command, "--help")
    assert answer.code == 0 and f" {command} " in answer.out and answer.err == ""


@pytest.mark.parametrize("command", DATA_COMMANDS)
def test_every_command_of_data_is_listed_and_explains_itself(command: str, pocketseg: Call) -> None:
    assert f"\n  {command} " in pocketseg("data", "--help").out
    answer = pocketseg("data", command, "--help")
    assert answer.code == 0 and f" {command} " in answer.out and answer.err == ""


# ---- near names, exit code 2 -----------------------------------------------------------------------------------------


def test_an_unknown_command_suggests_the_nearest() -> None:
    _says(_spawn("exprot", "x"), 2, "unknown command 'exprot'; did you mean 'export'?", "benchmark")


def test_an_unknown_model_suggests_the_nearest(
    pocketseg: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "released").mkdir()
    for name in ("topformer_tiny", "u2netp"):
        (tmp_path / "released" / f"{name}.safetensors").touch()
    monkeypatch.setattr(models, "RELEASED_FOLDER", tmp_path / "released")
    _says(
        pocketseg("evaluate", "topfromer_tiny", "--data", "ccp:/nowhere"),
        2, "unknown model 'topfromer_tiny'; did you mean 'topformer_tiny'?", "u2netp",
    )  # fmt: skip


def test_an_unknown_target_or_precision_suggests_the_nearest(pocketseg: Call, checkpoint: Path, tmp_path: Path) -> None:
    export = ("export", checkpoint, "--out", tmp_path / "out", "--target")
    _says(pocketseg(*export, "onxx"), 2, "unknown target 'onxx'; did you mean 'onnx'?")
    _says(pocketseg(*export, "onnx", "--precision", "fp31"), 2, "unknown precision 'fp31'; did you mean 'fp32'?")
    _says(pocketseg(*export, "onnx", "--precision", "fp32", "--recipe", "w8a8"), 2, "cannot be combined")
    _says(pocketseg(*export, "onnx", "--recipe", "Prune:0.3+fp32"), 2, "is not a recipe step")
    _says(pocketseg(*export, "onnx", "--recipe", "prun:0.3+fp32"), 2, "did you mean 'prune'?", "sparse", "w8a8")
    _says(pocketseg(*export, "onnx", "--recipe", "prune:2+fp32"), 2, "must be a share above 0, at most 0.9")
    _says(pocketseg(*export, "onnx", "--epochs", "3"), 2, "apply to a recipe's steps, but the recipe has none")
    assert not (tmp_path / "out").exists()


def test_an_unknown_network_setting_or_format_suggests_the_nearest(pocketseg: Call, data: Path, tmp_path: Path) -> None:
    train = ("train", "topformer_tiny", "--data", f"folder:{data}", "--out", tmp_path / "out")
    _says(pocketseg("train", "topformer", *train[2:]), 2, "unknown network 'topformer'; did you mean 'topformer_")
    _says(pocketseg(*train, "--set", "lrr=1"), 2, "unknown recipe setting 'lrr'; did you mean 'lr'?")
    _says(pocketseg(*train, "--set", "lr=fast"), 2, "lr must be a number")
    _says(pocketseg(*train, "--epochs", "0"), 2, "epochs must be positive")
    _says(pocketseg(*train[:3], f"flder:{data}", *train[4:]), 2, "did you mean 'folder'?")
    assert not (tmp_path / "out").exists()


def test_an_unknown_part_or_option_is_an_error_of_usage(pocketseg: Call, checkpoint: Path, data: Path) -> None:
    evaluate = ("evaluate", checkpoint, "--data", f"folder:{data}")
    _says(pocketseg(*evaluate, "--split", "tset"), 2, "did you mean 'test'?")
    _says(pocketseg(*evaluate, "--jsn"), 2, "--json")
    _says(pocketseg("evaluate", checkpoint), 2, "--data")


@pytest.mark.parametrize("threads", ["0", "-1", "two"])
def test_a_thread_count_below_one_is_an_error_of_usage(
    threads: str, pocketseg: Call, checkpoint: Path, photo: Path, tmp_path: Path
) -> None:
    answer = pocketseg("segment", photo, "--model", checkpoint, "--out", tmp_path / "out", "--threads", threads)
    _says(answer, 2, "--threads")


# ---- data, exit code 3 -----------------------------------------------------------------------------------------------


def test_a_missing_data_folder_is_named(checkpoint: Path, tmp_path: Path) -> None:
    _says(_spawn("evaluate", checkpoint, "--data", f"ccp:{tmp_path / 'none'}"), 3, tmp_path / "none", "does not exist")


def test_a_data_set_without_a_fitting_split_says_what_to_give(pocketseg: Call, checkpoint: Path, data: Path) -> None:
    answer = pocketseg("evaluate", checkpoint, "--data", f"folder:{data}")
    _says(answer, 3, "no committed split fits", "--split all")


def test_a_photo_that_cannot_be_read_is_named_and_nothing_is_written_for_it(
    pocketseg: Call, checkpoint: Path, photo: Path, tmp_path: Path
) -> None:
    (tmp_path / "bad.jpg").write_bytes(photo.read_bytes()[:2000])
    (tmp_path / "empty").mkdir()
    for bad in (tmp_path / "bad.jpg", tmp_path / "none.jpg", tmp_path, tmp_path / "empty"):
        answer = pocketseg("segment", bad, "--model", checkpoint, "--out", tmp_path / "out")
        _says(answer, 3, bad)
    assert not (tmp_path / "out").exists()


def test_masks_that_do_not_fit_their_photos_stop_the_scoring(
    pocketseg: Call, checkpoint: Path, data: Path, tmp_path: Path
) -> None:
    shutil.copytree(data, tmp_path / "data")
    mask = next((tmp_path / "data/masks").iterdir())
    Image.new("L", (5, 5)).save(mask)
    answer = pocketseg("evaluate", checkpoint, "--data", f"folder:{tmp_path / 'data'}", "--split", "all")
    assert answer.code == 3 and f"its mask {mask} 5 x 5" in answer.err and answer.out == ""


# ---- checkpoints, exit code 4; manifests, 6; disks, 8 ----------------------------------------------------------------


def test_a_wrong_checkpoint_is_named(pocketseg: Call, photo: Path, tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(2, 2).state_dict(), tmp_path / "other.pth")
    (tmp_path / "text.pth").write_text("no weights")
    for name in ("other.pth", "text.pth", "none.pth"):
        answer = pocketseg("segment", photo, "--model", tmp_path / name, "--out", tmp_path / "out")
        _says(answer, 4, tmp_path / name)
    assert not (tmp_path / "out").exists()


def test_an_export_says_which_other_file_it_replaces(pocketseg: Call, checkpoint: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export = ("export", checkpoint, "--out", out, "--target", "onnx", "--precision")
    assert "replaces" not in pocketseg(*export, "fp32").err
    (before,) = out.glob("*.onnx")
    assert "replaces" not in pocketseg(*export, "fp32").err, "it is the same file"
    answer = pocketseg(*export, "fp16")
    said = f"note: replaces {before.name} (onnx fp32) that was in {out}; name another --out to keep both"
    assert answer.code == 0 and answer.err.splitlines().count(said) == 1 and "replaces" not in answer.out
    assert not before.exists() and len(list(out.glob("*.onnx"))) == 1


def test_an_export_without_its_manifest_is_named(pocketseg: Call, photo: Path, tmp_path: Path) -> None:
    (tmp_path / "net.onnx").touch()
    answer = pocketseg("segment", photo, "--model", tmp_path / "net.onnx", "--out", tmp_path / "out")
    _says(answer, 6, "manifest.json")


def test_an_out_folder_that_is_a_file_is_named(pocketseg: Call, checkpoint: Path, photo: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    answer = pocketseg("segment", photo, "--model", checkpoint, "--out", tmp_path / "out")
    assert answer.code == 8 and "a file" in (tmp_path / "out").read_text() and "Traceback" not in answer.err


# ---- what works ------------------------------------------------------------------------------------------------------


def test_evaluate_json_prints_only_json(checkpoint: Path, data: Path) -> None:
    answer = _spawn("evaluate", checkpoint, "--data", f"folder:{data}", "--split", "all", "--json")
    assert answer.code == 0, answer.err
    content = json.loads(answer.out)
    assert list(content)[:4] == ["miou", "iou", "photos", "split_hash"]
    low, high = content["miou_interval"]
    assert low <= content["miou"] <= high and sum(map(sum, content["confusion"])) > 0
    assert list(content["iou"]) == list(CLASSES) and content["photos"] == 2 and content["split_hash"] is None
    assert 0 <= content["miou"] <= 1 and "Warning" not in answer.err


def test_evaluate_prints_a_line_a_class(pocketseg: Call, checkpoint: Path, data: Path) -> None:
    answer = pocketseg("evaluate", checkpoint, "--data", f"folder:{data}", "--split", "all")
    lines = answer.out.splitlines()
    assert answer.code == 0 and [line.split()[0] for line in lines] == ["class", *CLASSES, "mIoU", "photo"]
    assert "2 photos of all" in lines[-2]


def test_segment_writes_a_mask_and_an_overlay_a_photo(
    pocketseg: Call, checkpoint: Path, data: Path, tmp_path: Path
) -> None:
    photos = sorted((data / "images").iterdir())
    answer = pocketseg("segment", *photos, "--model", checkpoint, "--out", tmp_path / "new/out")
    assert answer.code == 0, answer.err
    names = [f"{p.stem}-{what}" for p in photos for what in ("mask.png", "overlay.jpg")]
    assert sorted(p.name for p in (tmp_path / "new/out").iterdir()) == sorted(names)
    for path, line in zip(photos, answer.out.splitlines(), strict=True):
        image = Image.open(path)
        mask = Image.open(tmp_path / "new/out" / f"{path.stem}-mask.png")
        overlay = Image.open(tmp_path / "new/out" / f"{path.stem}-overlay.jpg")
        assert mask.mode == "P" and mask.size == overlay.size == image.size
        indices = np.asarray(mask)
        assert set(np.unique(indices)) <= {0, 1, 2, 3}
        assert tuple(mask.getpalette("RGB")[: 3 * len(COLORS_RGB)]) == sum(COLORS_RGB, ())
        difference = np.abs(np.asarray(overlay, int) - np.asarray(image.convert("RGB"), int)).mean(2)
        garment = indices > 0
        if garment.any() and not garment.all():
            assert difference[garment].mean() > difference[~garment].mean()
        assert f"{path.stem}-mask.png" in line and f"upper_body {(indices == 1).mean():.1%}" in line


def test_two_photos_of_one_name_do_not_overwrite_each_other(
    pocketseg: Call, checkpoint: Path, photo: Path, tmp_path: Path
) -> None:
    copy = shutil.copy(photo, tmp_path / photo.name)
    _says(pocketseg("segment", photo, copy, "--model", checkpoint, "--out", tmp_path / "out"), 2, "the same name", copy)


def test_models_and_targets_list_what_there_is(pocketseg: Call) -> None:
    listed = pocketseg("models")
    assert listed.code == 0 and all(name in listed.out for name in models.names())
    targets = pocketseg("targets")
    assert targets.code == 0 and "onnx" in targets.out and "fp32" in targets.out


def test_cache_shows_and_cleans_its_folder_alone(pocketseg: Call, tmp_path: Path) -> None:
    place = Cache(tmp_path / "cache").place("artifacts", {"a": 1})
    place.mkdir(parents=True)
    (place / "file").write_bytes(b"0" * 2_000_000)
    (tmp_path / "cache/mine.txt").write_text("mine")
    shown = pocketseg("cache")
    assert shown.code == 0 and "1 entries        2.0 MB" in shown.out and str(tmp_path / "cache") in shown.out
    assert "2.0 MB removed" in pocketseg("cache", "--clean").out
    assert [p.name for p in (tmp_path / "cache").iterdir()] == ["mine.txt"]


def test_cache_cleans_a_kind_alone(pocketseg: Call, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    for kind in ("artifacts", "yardstick"):
        cache.place(kind, {}).mkdir(parents=True)
    _says(pocketseg("cache", "yardstick"), 2, "yardstick", "without --clean")
    _says(pocketseg("cache", "--clean", "yardstik"), 2, "did you mean 'yardstick'")
    assert pocketseg("cache", "--clean", "yardstick").code == 0
    assert cache.summary()["artifacts"] == (1, 0) and cache.summary()["yardstick"] == (0, 0)


def test_train_on_own_photos_and_evaluate_what_came_out(pocketseg: Call, data: Path, tmp_path: Path) -> None:
    from pocketseg.core.files import write_json
    from pocketseg.data.photos import digest
    from pocketseg.data.split import Split, to_json

    files = {p.stem: digest(p) for p in (data / "images").iterdir()}
    (a, one), (b, two) = sorted(files.items())
    split = Split(name="own", photos={"train": {a: one}, "val": {b: two}, "test": {}}, never={}, made_with={})
    file = write_json(tmp_path / "split.json", to_json(split))
    size = ("--set", "height_px=128", "--set", "width_px=64", "--set", "norm_statistics=frozen")  # one photo alone
    common = ("--data", f"folder:{data}", "--split-file", file)
    train = ("train", "topformer_tiny", *common, *size, "--out", tmp_path / "run", "--epochs", "1", "--threads", "1")
    answer = pocketseg(*train, "--accelerator", "cpu")
    assert answer.code == 0, answer.err
    best = tmp_path / "run/best.safetensors"
    assert str(best) in answer.out and "epoch 1/1" in answer.err
    scored = pocketseg("evaluate", best, *common, "--split", "val", "--json")
    assert json.loads(scored.out)["split_hash"] == split.hash
    assert f"best validation mIoU {json.loads(scored.out)['miou']:.4f}" in answer.out
    again = pocketseg(*train, "--accelerator", "cpu")
    assert again.code == 0 and again.out == answer.out, "a finished run is only reported"
    _says(pocketseg(*train, "--accelerator", "cpu", "--seed", "2"), 2, "other settings")
    _says(pocketseg("evaluate", best, *common), 3, "the test part of split own is empty")


def test_split_writes_a_split_of_the_users_photos_once(pocketseg: Call, tmp_path: Path) -> None:
    out = tmp_path / "mine.json"
    made = pocketseg("data", "split", f"folder:{FOLDER}", "--out", out)
    assert made.code == 0, made.err
    split = read_split(out)
    assert sorted(i for part in SPLITS for i in split.ids(part)) == sorted(sample_photos().ids)
    again = pocketseg("data", "split", f"folder:{FOLDER}", "--out", out)
    assert again.code == 2
    assert "frozen" in again.err


# ---- greeting, groups and examples -----------------------------------------------------------------------------------


def _every_command(group: click.Group, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        yield (*words, name), command
        if isinstance(command, click.Group):
            yield from _every_command(command, (*words, name))


EVERY_COMMAND = dict(_every_command(cli))


def test_pocketseg_alone_greets_with_three_commands_that_exist() -> None:
    answer = _spawn()
    assert (answer.code, answer.err) == (0, "")
    commands = [shlex.split(line) for line in answer.out.splitlines() if line.startswith("  pocketseg ")]
    assert len(commands) == 3
    assert [why for words in commands for why in of_words(words, ROOT, whole=True)] == []


def test_every_command_stands_in_one_group_of_the_help() -> None:
    named = [name for names in cli.groups.values() for name in names]
    assert sorted(named) == sorted(cli.list_commands(click.Context(cli)))


@pytest.mark.parametrize("words", [n for n, c in EVERY_COMMAND.items() if not isinstance(c, click.Group)])
def test_help_shows_examples_of_every_command_that_wants_more_than_its_name(words: tuple[str, ...]) -> None:
    command = EVERY_COMMAND[words]
    examples = [line.strip() for line in (command.epilog or "").splitlines() if line.startswith("  pocketseg ")]
    if any(p.required for p in command.params):
        assert examples, f"{words} has no example"
    for example in examples:
        said = shlex.split(example.partition(" > ")[0])
        assert tuple(said[1 : 1 + len(words)]) == words
        assert of_words(said, ROOT, whole=True) == []
