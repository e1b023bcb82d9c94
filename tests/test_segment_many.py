"""`pocketseg segment` on many photos: folders, patterns, and some that cannot be read."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from _commands import Call
from PIL import Image

import models
from pocketseg.core.classes import CLASSES
from pocketseg.core.errors import DataError, UsageError
from pocketseg.data import decode
from pocketseg.data.find_photos import check_names, find_photos

MADE = ("-mask.png", "-overlay.jpg")


@pytest.fixture(autouse=True)
def _own_threads() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    spec = dataclasses.replace(models.spec("topformer_tiny"), height_px=64, width_px=64, classes=CLASSES)
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    models.save_weights(models.build("topformer_tiny"), spec, path, dtype="fp32", metadata={})
    return path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder with two photos, hidden files, a text and a folder."""
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    noise = np.random.default_rng(0).integers(0, 255, (40, 30, 3), np.uint8)
    for name in ("a.JPG", "b.png", "more/c.jpg"):
        Image.fromarray(noise).save(folder / name)
    for name in ("._a.JPG", ".hidden.jpg", "notes.txt"):
        (folder / name).write_bytes(b"\0\5\x16\7")
    return folder


def test_a_folder_stands_for_its_photos_of_one_level(pocketseg: Call, network: Path, photos: Path) -> None:
    answer = pocketseg("segment", photos, "--model", network, "--out", photos.parent / "out")
    assert answer.code == 0, answer.err
    assert sorted(p.name for p in (photos.parent / "out").iterdir()) == sorted(
        f"{stem}{end}" for stem in "ab" for end in MADE
    )
    assert "files of other kinds (1), folders (1)" in answer.err and "2 of 2 photos segmented" in answer.err


def test_a_bad_photo_is_named_and_the_others_are_segmented(pocketseg: Call, network: Path, photos: Path) -> None:
    (photos / "bad.jpg").write_text("no photo")
    answer = pocketseg("segment", photos, photos / "none.jpg", "--model", network, "--out", photos.parent / "out")
    assert answer.code == DataError.exit_code
    assert "bad.jpg is not a readable image" in answer.err and "none.jpg does not exist" in answer.err
    assert "2 of 4 photos segmented, 2 left out" in answer.err
    assert len(list((photos.parent / "out").iterdir())) == 4 and len(answer.out.splitlines()) == 2


def test_where_all_photos_are_bad_nothing_is_written(pocketseg: Call, network: Path, photos: Path) -> None:
    for name in ("x.jpg", "y.jpg"):
        (photos / name).write_bytes(b"")
    answer = pocketseg("segment", photos / "x.jpg", photos / "y.jpg", "--model", network, "--out", photos / "out")
    assert answer.code == DataError.exit_code and not (photos / "out").exists() and answer.out == ""
    assert answer.err.count("it is empty") == 2


def test_a_photo_decoded_smaller_has_a_mask_of_its_own_size(
    pocketseg: Call, network: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode, "MOST_DECODING_BYTES", 40 * 30 * 12 - 1)
    answer = pocketseg("segment", photos / "a.JPG", "--model", network, "--out", photos.parent / "out")
    assert answer.code == 0 and "(overlay 15 x 20 px, to save memory)" in answer.out
    with (
        Image.open(photos.parent / "out/a-mask.png") as mask,
        Image.open(photos.parent / "out/a-overlay.jpg") as overlay,
    ):
        assert mask.size == (30, 40) and overlay.size == (15, 20)


def test_patterns_are_expanded_as_a_shell_does(photos: Path, tmp_path: Path) -> None:
    def names(*given: str) -> list[str]:
        return [p.name for p in find_photos([Path(photos / g) for g in given], tmp_path / "out", MADE).paths]

    assert names("*.[jJ]*") == ["a.JPG"] and names("?.*") == ["a.JPG", "b.png"]
    assert names("**/*.jpg") == ["c.jpg"] and names("more", "*.png") == ["c.jpg", "b.png"]
    (photos / "x[1].jpg").write_bytes(b"")
    assert names("x[1].jpg") == ["x[1].jpg"]
    with pytest.raises(DataError, match=r"no file matches .*\*\.bmp"):
        names("*.bmp")


def test_a_photo_that_is_named_twice_counts_once(photos: Path, tmp_path: Path) -> None:
    (photos / "link.png").symlink_to("b.png")
    given = [photos / "b.png", photos, photos / "more/../b.png"]
    assert [p.name for p in find_photos(given, tmp_path, MADE).paths] == ["b.png", "a.JPG"]


def test_results_in_the_photos_own_folder_are_no_photos(pocketseg: Call, network: Path, photos: Path) -> None:
    for _ in range(2):
        answer = pocketseg("segment", photos, "--model", network, "--out", photos)
        assert answer.code == 0 and "2 of 2 photos segmented" in answer.err
    assert "results of an earlier run (4)" in answer.err
    assert len([p for p in photos.iterdir() if p.name.endswith(MADE)]) == 4


def test_a_result_never_takes_the_place_of_a_photo(photos: Path) -> None:
    mine = photos / "b-mask.png"
    Image.new("L", (30, 40)).save(mine)
    with pytest.raises(UsageError, match=r"result of .*b\.png would overwrite .*b-mask\.png"):
        check_names([photos / "b.png", mine], photos, MADE)


@pytest.mark.parametrize(
    "names", [("a.jpg", "a.png"), ("A.jpg", "a.png"), ("x/a.jpg", "y/a.jpg"), ("\u00e9.jpg", "e\u0301.png")]
)
def test_photos_whose_results_would_take_one_name_are_refused(names: tuple[str, str], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the same name"):
        check_names([tmp_path / n for n in names], tmp_path / "out", MADE)


def test_a_folder_without_photos_is_refused(tmp_path: Path) -> None:
    (tmp_path / "photos/2024").mkdir(parents=True)
    with pytest.raises(DataError, match=r"holds no photo; name the folders in it \(1\) one by one"):
        find_photos([tmp_path / "photos"], tmp_path, MADE)
