"""The contact sheet: photos beside their masks, with a legend."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import stat
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from _commands import Call
from _copies import files_of
from PIL import Image

from pocketseg.core.classes import colors
from pocketseg.core.errors import UsageError
from pocketseg.data.photos import PhotoSet, open_photos
from pocketseg.data.show import choose, sheet


def _plain_photos(root: Path, count: int, classes: Sequence[str] = (), mask: int = 0) -> PhotoSet:
    """Photos of one colour each, and masks of one class."""
    for part in ("images", "masks"):
        (root / part).mkdir(parents=True)
    for k in range(count):
        Image.new("RGB", (30, 40), _rgb(k)).save(root / "images" / f"{k:04}.png")
        Image.new("L", (30, 40), mask).save(root / "masks" / f"{k:04}.png")
    if classes:
        (root / "classes.json").write_text(json.dumps(list(classes)))
    return open_photos(f"folder:{root}")


def _rgb(k: int) -> tuple[int, int, int]:
    return 11, 7 * k % 256, 13


def _areas(picture: Image.Image) -> dict[tuple[int, ...], int]:
    found = picture.getcolors(1 << 24)
    assert found is not None
    return {rgb: count for count, rgb in found if isinstance(rgb, tuple)}


@pytest.mark.parametrize("count", [1, 2, 7, 30])
def test_a_sheet_has_one_cell_a_photo_with_photo_and_overlay_of_equal_size(count: int, tmp_path: Path) -> None:
    photos = _plain_photos(tmp_path, count)
    picture = sheet(photos, photos.ids)
    areas = _areas(picture)
    cell = 2 * 260 * round(30 * 260 / 40)  # a photo, and its overlay, which leaves the first class as it is
    assert [areas[_rgb(k)] for k in range(count)] == [cell] * count
    places = np.array((1 << 16, 1 << 8, 1))
    colours = np.asarray(picture) @ places  # one number for each pixel
    for k in range(count):
        where = np.argwhere(colours == places @ _rgb(k))
        assert np.ptp(where[:, 0]) + 1 == 260 and np.ptp(where[:, 1]) + 1 == 2 * 195 + 2, "cells overlap"


@pytest.mark.parametrize("count", [2, 4, 20, 60])
def test_the_legend_shows_every_class_and_the_ignored_pixels_whatever_their_number(count: int, tmp_path: Path) -> None:
    photos = _plain_photos(tmp_path, 2, [f"class {k}" for k in range(count)])
    picture = sheet(photos, photos.ids)
    areas = _areas(picture)
    palette = colors(count)
    assert len(set(palette)) == count
    for rgb in palette:
        assert areas.get(rgb, 0) >= 15 * 13, f"no swatch of {rgb}"
    one_more = _areas(sheet(_plain_photos(tmp_path / "x", 2, [f"class {k}" for k in range(count + 1)]), ["0000"]))
    assert colors(count + 1)[-1] not in areas and one_more[colors(count + 1)[-1]] >= 15 * 13


def test_the_overlay_has_the_colour_of_the_photos_class(tmp_path: Path) -> None:
    photos = _plain_photos(tmp_path, 1, [f"c{k}" for k in range(20)], mask=17)
    areas = _areas(sheet(photos, photos.ids))
    half = 260 * 195
    blended = tuple(round(0.4 * sum(_rgb(0)) / 3 + 0.6 * b) for b in colors(20)[17])
    near = [n for rgb, n in areas.items() if max(abs(a - b) for a, b in zip(rgb, blended, strict=True)) <= 1]
    assert areas[_rgb(0)] == half and sum(near) == half


@pytest.mark.parametrize("names", [["nothing", "a\nb"], ["nothing", "\u7f9e\u7e4a", "👗"], ["n" * 500, "x" * 500]])
def test_class_names_of_any_kind_can_be_shown(names: list[str], tmp_path: Path) -> None:
    photos = _plain_photos(tmp_path, 2, names, mask=1)
    assert photos.classes == tuple(names)
    assert sheet(photos, photos.ids).width > 2 * 195


def test_a_dozen_classes_and_more_have_colours_apart() -> None:
    found = colors(18)
    near = min(sum((a - b) ** 2 for a, b in zip(p, q, strict=True)) for p, q in itertools.combinations(found, 2))
    assert near**0.5 > 50 and colors(4) == found[:4] and len(set(colors(255))) > 250


def test_a_sheet_never_takes_the_place_of_data_or_of_what_is_no_picture(data_command: Call, tmp_path: Path) -> None:
    _plain_photos(tmp_path / "data", 2)
    spec = f"folder:{tmp_path / 'data'}"
    before = files_of(tmp_path / "data")
    assert data_command("show", spec, "--out", tmp_path / "data/masks/0000.png").code == 2
    assert data_command("show", spec, "--out", tmp_path / "sheet.txt").code == 2
    assert files_of(tmp_path / "data") == before
    os.mkfifo(tmp_path / "pipe.png")
    assert data_command("show", spec, "--out", tmp_path / "pipe.png").code == 8
    assert stat.S_ISFIFO((tmp_path / "pipe.png").stat().st_mode)
    assert data_command("show", spec, "--out", tmp_path / "sheet.jpg").code == 0
    with Image.open(tmp_path / "sheet.jpg") as picture:
        assert picture.format == "JPEG"


def test_the_seed_decides_which_photos_are_shown(tmp_path: Path) -> None:
    ids = [f"{k:04}" for k in range(50)]
    chosen = {seed: choose(ids, 6, seed) for seed in range(8)}
    assert chosen == {seed: choose(ids, 6, seed) for seed in range(8)}
    assert len({tuple(c) for c in chosen.values()}) == 8
    for found in chosen.values():
        assert found == sorted(set(found)) and len(found) == 6 and set(found) <= set(ids)
    assert choose(ids[:3], 6, 1) == ids[:3]
    with pytest.raises(UsageError, match="0 photos"):
        choose(ids, 0, 1)


def test_the_command_draws_the_photos_it_is_given(data_command: Call, tmp_path: Path) -> None:
    _plain_photos(tmp_path / "data", 30)
    spec = f"folder:{tmp_path / 'data'}"
    done = data_command("show", spec, "--out", tmp_path / "s.png", "--id", "0003", "--id", "0029")
    assert done.code == 0 and "2 of 30 labelled photos" in done.out
    with Image.open(tmp_path / "s.png") as picture:
        areas = _areas(picture.convert("RGB"))
    assert [k for k in range(30) if areas.get(_rgb(k), 0) > 10_000] == [3, 29]
    assert data_command("show", spec, "--out", tmp_path / "a.png", "-n", 3, "--seed", 5).code == 0
    assert data_command("show", spec, "--out", tmp_path / "b.png", "-n", 3, "--seed", 5).code == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert data_command("show", spec, "--out", tmp_path / "c.png", "-n", 3, "--seed", 6).code == 0
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "c.png").read_bytes()


@pytest.mark.parametrize(("wrong", "near"), [("0003x", "0003"), ("0027x", "0027")])
def test_an_unknown_id_suggests_the_nearest_of_all_photos(
    wrong: str, near: str, data_command: Call, tmp_path: Path
) -> None:
    _plain_photos(tmp_path / "data", 30)
    done = data_command("show", f"folder:{tmp_path / 'data'}", "--out", tmp_path / "s.png", "--id", wrong)
    assert done.code == 2 and f"did you mean '{near}'" in done.err and not (tmp_path / "s.png").exists()


def test_a_folder_without_masks_has_nothing_to_show(data_command: Call, tmp_path: Path) -> None:
    _plain_photos(tmp_path / "data", 2)
    shutil.rmtree(tmp_path / "data/masks")
    done = data_command("show", f"folder:{tmp_path / 'data'}", "--out", tmp_path / "s.png")
    assert done.code == 2 and "no labelled photo" in done.err
