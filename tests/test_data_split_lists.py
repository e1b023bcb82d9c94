"""`data split` from given lists of ids."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from _commands import Call
from PIL import Image

from pocketseg.data.split import SPLITS, read_split


@pytest.fixture(scope="module")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve photos of noise, of which none looks like another."""
    root = tmp_path_factory.mktemp("twelve")
    rng = np.random.default_rng(4)
    for part in ("images", "masks"):
        (root / part).mkdir()
    for k in range(12):
        Image.fromarray(rng.integers(0, 256, (24, 16, 3)).astype(np.uint8)).save(root / "images" / f"p{k:02}.png")
        Image.fromarray(np.full((24, 16), k % 4, np.uint8)).save(root / "masks" / f"p{k:02}.png")
    return root


NAMES = [f"p{k:02}" for k in range(12)]


def _list(path: Path, ids: Sequence[str]) -> Path:
    path.write_text("".join(f"{i}\n" for i in ids))
    return path


def _parts(path: Path) -> dict[str, list[str]]:
    split = read_split(path)
    return {p: list(split.ids(p)) for p in SPLITS}


def test_three_lists_become_the_three_parts(data_command: Call, twelve: Path, tmp_path: Path) -> None:
    lists = [
        _list(tmp_path / "a.txt", NAMES[:6]), _list(tmp_path / "b.txt", [f"{i}.png" for i in NAMES[6:8]]),
        _list(tmp_path / "c.txt", NAMES[8:11]),
    ]  # fmt: skip
    done = data_command("split", f"folder:{twelve}", "--out", tmp_path / "s.json", "--ids", *lists)
    assert done.code == 0, done.err
    assert _parts(tmp_path / "s.json") == {"train": NAMES[:6], "val": NAMES[6:8], "test": NAMES[8:11]}
    assert "6 train, 2 val, 3 test" in done.out and "1 labelled photos are in no part" in done.out
    assert read_split(tmp_path / "s.json").hash in done.out and read_split(tmp_path / "s.json").name == "s"


def test_of_two_lists_val_is_dealt_out_of_the_first(data_command: Call, twelve: Path, tmp_path: Path) -> None:
    lists = [_list(tmp_path / "a.txt", NAMES[:9]), _list(tmp_path / "c.txt", NAMES[9:])]
    spec = f"folder:{twelve}"
    options = ["--ratios", 0.4, 0.2, 0.4, "--name", "mine"]
    assert data_command("split", spec, "--out", tmp_path / "s.json", *options, "--ids", *lists).code == 0
    parts = _parts(tmp_path / "s.json")
    assert parts["test"] == NAMES[9:] and sorted(parts["train"] + parts["val"]) == NAMES[:9]
    assert 2 <= len(parts["val"]) <= 4, "a third of the first list"
    assert read_split(tmp_path / "s.json").name == "mine"
    assert data_command("split", spec, "--out", tmp_path / "n.json", "--ratios", 0.6, 0, 0.4, "--ids", *lists).code == 0
    assert _parts(tmp_path / "n.json") == {"train": NAMES[:9], "val": [], "test": NAMES[9:]}


def test_an_unknown_id_names_its_file_and_line(data_command: Call, twelve: Path, tmp_path: Path) -> None:
    lists = [_list(tmp_path / "a.txt", NAMES[:6]), _list(tmp_path / "c.txt", [NAMES[7], "", "p99", NAMES[8]])]
    done = data_command("split", f"folder:{twelve}", "--out", tmp_path / "s.json", "--ids", *lists)
    assert done.code == 3 and f"{tmp_path / 'c.txt'} line 3" in done.err and "'p99'" in done.err
    assert not (tmp_path / "s.json").exists()


def test_an_id_in_two_lists_names_both(data_command: Call, twelve: Path, tmp_path: Path) -> None:
    lists = [_list(tmp_path / "a.txt", NAMES[:6]), _list(tmp_path / "c.txt", NAMES[5:])]
    done = data_command("split", f"folder:{twelve}", "--out", tmp_path / "s.json", "--ids", *lists)
    assert done.code == 3 and "photo p05" in done.err and "a.txt" in done.err and "c.txt" in done.err


@pytest.mark.parametrize("count", [0, 1, 4])
def test_other_numbers_of_lists_are_refused(count: int, data_command: Call, twelve: Path, tmp_path: Path) -> None:
    lists = [_list(tmp_path / f"{k}.txt", [NAMES[k]]) for k in range(count)]
    done = data_command("split", f"folder:{twelve}", "--out", tmp_path / "s.json", "--ids", *lists)
    assert done.code == 2 and f"{count} lists" in done.err and "TRAIN.txt" in done.err
    if count:
        bare = data_command("split", f"folder:{twelve}", "--out", tmp_path / "s.json", *lists)
        assert bare.code == 2 and "0.txt" in bare.err
    assert not (tmp_path / "s.json").exists()


def test_ids_given_as_together_are_never_torn_apart(data_command: Call, twelve: Path, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("p00 p07 p11\n\np01 p02\n")
    torn = 0
    for seed in range(6):
        for name, options in (("t", ["--together", tmp_path / "t.txt"]), ("f", [])):
            done = data_command(
                "split", f"folder:{twelve}", "--out", tmp_path / f"{name}{seed}.json", "--ratios", 0.4, 0.3, 0.3,
                "--seed", seed, *options,
            )  # fmt: skip
            assert done.code == 0, done.err
            part = {i: p for p, ids in _parts(tmp_path / f"{name}{seed}.json").items() for i in ids}
            whole = part["p00"] == part["p07"] == part["p11"] and part["p01"] == part["p02"]
            assert whole or name == "f"
            torn += not whole
    assert torn, "without the file they were together as well"


def test_an_unknown_id_given_as_together_names_file_and_line(data_command: Call, twelve: Path, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("p00 p07\np01 p77\n")
    done = data_command("split", f"folder:{twelve}", "--out", tmp_path / "s.json", "--together", tmp_path / "t.txt")
    assert done.code == 3 and "t.txt line 2" in done.err and "'p77'" in done.err


def test_together_with_two_lists_is_kept_or_refused(data_command: Call, twelve: Path, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("p00 p04 p08\np01 p05\np02 p06\n")
    lists = [_list(tmp_path / "a.txt", NAMES[:9]), _list(tmp_path / "c.txt", NAMES[9:])]
    for seed in range(6):
        out = tmp_path / f"{seed}.json"
        done = data_command(
            "split", f"folder:{twelve}", "--out", out, "--seed", seed, "--ratios", 0.4, 0.2, 0.4, "--together",
            tmp_path / "t.txt", "--ids", *lists,
        )  # fmt: skip
        if done.code == 2:
            assert "together" in done.err
            continue
        part = {i: p for p, ids in _parts(out).items() for i in ids}
        assert part["p00"] == part["p04"] == part["p08"] and part["p01"] == part["p05"] and part["p02"] == part["p06"]


def test_a_split_is_never_overwritten(data_command: Call, twelve: Path, tmp_path: Path) -> None:
    assert data_command("split", f"folder:{twelve}", "--out", tmp_path / "s.json").code == 0
    before = (tmp_path / "s.json").read_bytes()
    done = data_command("split", f"folder:{twelve}", "--out", tmp_path / "s.json", "--seed", 2)
    assert done.code == 2 and "frozen" in done.err and (tmp_path / "s.json").read_bytes() == before


@pytest.mark.parametrize(
    "ratios", [(0.5, 0.5, 0.5), (1.2, -0.1, -0.1), (0, 0, 0), ("nan", 0.5, 0.5), ("inf", 0, 0), (0.5, 0.5), ("x", 0, 1)]
)
def test_bad_ratios_are_refused(ratios: tuple[object, ...], data_command: Call, twelve: Path, tmp_path: Path) -> None:
    done = data_command("split", f"folder:{twelve}", "--out", tmp_path / "s.json", "--ratios", *ratios)
    assert done.code in (2, 3) and done.out == "" and not (tmp_path / "s.json").exists()


def test_two_lists_and_ratios_that_leave_nothing_to_train_on_are_refused(
    data_command: Call, twelve: Path, tmp_path: Path
) -> None:
    lists = [_list(tmp_path / "a.txt", NAMES[:9]), _list(tmp_path / "c.txt", NAMES[9:])]
    done = data_command("split", f"folder:{twelve}", "--out", tmp_path / "s.json", "--ratios", 0, 0, 1, "--ids", *lists)
    assert done.code == 2 and "nothing to train on" in done.err


def test_near_duplicates_on_two_sides_of_given_lists_are_said(data_command: Call, twelve: Path, tmp_path: Path) -> None:
    shutil.copytree(twelve, tmp_path / "data")
    with Image.open(twelve / "images/p00.png") as image:
        image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "data/images/p11.png")
    lists = [_list(tmp_path / "a.txt", NAMES[:6]), _list(tmp_path / "c.txt", NAMES[6:])]
    done = data_command("split", f"folder:{tmp_path / 'data'}", "--out", tmp_path / "s.json", "--ids", *lists)
    assert done.code == 0 and "near-duplicates in different parts" in done.err and "p00, p11" in done.err
    checked = data_command("check", f"folder:{tmp_path / 'data'}", "--split-file", tmp_path / "s.json")
    assert checked.code == 3 and "near-duplicates are in different parts" in checked.out
