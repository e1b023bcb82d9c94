"""Photos of any size and kind: decoded within a limit of memory, or refused with a sentence."""

from __future__ import annotations

import importlib.util
import os
import struct
import sys
import tomllib
import types
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pocketseg import inference
from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError
from pocketseg.data import decode, foreign
from pocketseg.data.decode import read_photo
from pocketseg.data.index_png import read_indices
from pocketseg.data.photos import MAX_PIXELS, digest, read_image

HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"


@pytest.fixture
def picture() -> Image.Image:
    """A smooth picture, 64 x 96 px, lighter to the right and downwards."""
    rows, columns = np.indices((96, 64))
    return Image.fromarray(np.stack([columns * 3, rows * 2, 128 + 0 * rows], axis=2).astype(np.uint8))


def _exif(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "bmp", "gif"])
def test_an_ordinary_photo_is_decoded_as_data_sets_photos_are(
    suffix: str, picture: Image.Image, tmp_path: Path
) -> None:
    path = tmp_path / f"a.{suffix}"
    picture.save(path)
    photo = read_photo(path)
    assert np.array_equal(photo.pixels, read_image(path)) and not photo.is_smaller
    assert (photo.height_px, photo.width_px) == (96, 64)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_photo_beyond_the_limit_is_decoded_smaller_and_upright(
    suffix: str, orientation: int, picture: Image.Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"a.{suffix}"
    picture.save(path, exif=_exif(orientation))
    whole = read_image(path)
    monkeypatch.setattr(decode, "MOST_DECODING_BYTES", 64 * 96 * 12)
    assert not read_photo(path).is_smaller
    monkeypatch.setattr(decode, "MOST_DECODING_BYTES", 64 * 96 * 12 - 1)
    monkeypatch.setattr(decode, "_DECODER_BYTES", {})
    photo = read_photo(path)
    assert (photo.height_px, photo.width_px) == whole.shape[:2] and photo.is_smaller
    assert photo.pixels.shape == (whole.shape[0] // 2, whole.shape[1] // 2, 3)
    mean = whole.reshape(whole.shape[0] // 2, 2, whole.shape[1] // 2, 2, 3).mean((1, 3))
    assert np.abs(photo.pixels - mean).max() < 12


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "I;16"])
def test_every_mode_is_decoded_smaller(
    mode: str, picture: Image.Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    made = Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257) if mode == "I;16" else None
    (made or picture.convert(mode)).save(path)
    whole = read_photo(path).pixels
    monkeypatch.setattr(decode, "_DECODER_BYTES", {})
    monkeypatch.setattr(decode, "MOST_DECODING_BYTES", 64 * 96 * 8)
    photo = read_photo(path)
    assert photo.pixels.shape[:2] == (48, 32) and (photo.height_px, photo.width_px) == (96, 64)
    assert abs(photo.pixels.mean() - whole.mean()) < 8


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _png(path: Path, width: int, height: int) -> Path:
    """Write a PNG whose header promises so many pixels, and which holds next to none."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(b"\0" * 100)), _chunk(b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    return path


def test_a_decompression_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    before = Image.MAX_IMAGE_PIXELS
    with pytest.raises(DataError, match="60000 x 60000 px; photos may have 358 million pixels"):
        read_photo(_png(tmp_path / "a.png", 60_000, 60_000))
    with pytest.raises(DataError, match=r"reading it as PNG takes 1\.2 GiB of memory; photos may take 1 GiB"):
        read_photo(_png(tmp_path / "b.png", 18_000, 18_000))
    with pytest.raises(DataError, match="has too many pixels"):
        read_image(tmp_path / "a.png")
    with pytest.raises(DataError, match=f"a data set's photos may have {MAX_PIXELS / 1e6:.0f} million pixels"):
        read_image(_png(tmp_path / "c.png", 11_000, 11_000))
    assert before == Image.MAX_IMAGE_PIXELS


def test_a_progressive_jpeg_counts_its_coefficients(
    picture: Image.Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture.save(tmp_path / "a.jpg", progressive=True)
    monkeypatch.setattr(decode, "MOST_DECODING_BYTES", 64 * 96 * 5)
    with pytest.raises(DataError, match="reading it as JPEG takes"):
        read_photo(tmp_path / "a.jpg")
    picture.save(tmp_path / "a.jpg")
    assert read_photo(tmp_path / "a.jpg").is_smaller


ODD: dict[str, tuple[Callable[[Path], Any], str, str]] = {
    "empty": (lambda p: p.write_bytes(b""), "it is empty", "copy it again"),
    "text": (lambda p: p.write_text("hello\n" * 9), "not a readable image", "replace or remove"),
    "a web page": (lambda p: p.write_text("<!DOCTYPE html>403"), "is a web page, not a photo", "replace"),
    "a PDF": (lambda p: p.write_bytes(b"%PDF-1.4 x"), "is a PDF document, not a photo", "replace"),
    "a video": (lambda p: p.write_bytes(b"\0\0\0\x14ftypisom\0\0\0\0mp42"), "is a video, not a photo", "save a frame"),
    "a QuickTime video": (lambda p: p.write_bytes(b"\0\0\0\x14ftypqt  \0\0\0\0qt  "), "is a video", "save a frame"),
    "a Git LFS pointer": (
        lambda p: p.write_text("version https://git-lfs.github.com/spec/v1\n"),
        "LFS",
        "git lfs pull",
    ),
    "a pipe": (os.mkfifo, "is not a regular file", "path of a photo"),
    "a broken link": (lambda p: p.symlink_to("nowhere"), "does not exist", "check the path"),
    "a loop of links": (lambda p: p.symlink_to(p.name), "symbolic links", "replace"),
    "a folder": (lambda p: p.mkdir(), "is a folder", "name the photos"),
}


@pytest.mark.parametrize("what", ODD)
@pytest.mark.parametrize("read", [read_image, read_photo])
def test_what_is_no_photo_is_said_to_be_what_it_is(what: str, read: Callable[[Path], object], tmp_path: Path) -> None:
    make, message, hint = ODD[what]
    make(tmp_path / "a.jpg")
    with pytest.raises(DataError, match=message) as caught:
        read(tmp_path / "a.jpg")
    assert hint in caught.value.hint and caught.value.path == tmp_path / "a.jpg"


def test_a_pipe_among_a_data_sets_files_is_an_error_and_no_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    for read in (digest, lambda path: read_indices(path, "mask")):
        with pytest.raises(DataError, match="no regular file"):
            read(tmp_path / "a.png")


def test_large_class_maps_in_strips_are_those_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = np.random.default_rng(0).normal(size=(5, 40, 24)).astype(np.float32)
    for height, width in ((40, 24), (41, 23), (400, 300), (7, 5), (1, 1)):
        whole = inference.class_map(scores, height, width)
        with monkeypatch.context() as patch:
            patch.setattr(inference, "MOST_SCORES_BYTES", 0)
            patch.setattr(inference, "_STRIP_BYTES", 5 * 4 * width * 3)
            assert (inference.class_map(scores, height, width) != whole).mean() < 1e-4


# ---- HEIC ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["IMG_0001.HEIC", "a.jpg"])
def test_heic_is_named_with_its_package_where_that_is_missing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign, "_plugin_is_installed", lambda: False)
    (tmp_path / name).write_bytes(HEIC)
    with pytest.raises(DataError, match="is a HEIC photo, which needs an optional package") as caught:
        read_photo(tmp_path / name)
    assert f"pip install {foreign.HEIF_PACKAGE}" in caught.value.hint and "JPEG" in caught.value.hint


def test_a_heic_without_pixels_is_damaged_where_the_package_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered = []
    package = types.ModuleType("pillow_heif")
    package.register_heif_opener = lambda: registered.append(True)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pillow_heif", package)
    monkeypatch.setattr(foreign, "_plugin_is_installed", lambda: True)
    (tmp_path / "a.heic").write_bytes(HEIC)
    with pytest.raises(DataError, match="is a damaged HEIC photo"):
        read_photo(tmp_path / "a.heic")
    assert registered == [True]


@pytest.mark.skipif(importlib.util.find_spec("pillow_heif") is None, reason="the extra is not installed")
def test_heic_is_read_upright(picture: Image.Image, tmp_path: Path) -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    picture.rotate(90, expand=True).save(tmp_path / "a.heic", quality=95, exif=_exif(6).tobytes())
    photo = read_photo(tmp_path / "a.heic")
    assert photo.pixels.shape == (96, 64, 3)
    assert np.abs(photo.pixels.astype(int) - np.asarray(picture, int)).mean() < 6


def test_the_package_is_the_one_of_the_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["optional-dependencies"]["heic"] == [foreign.HEIF_PACKAGE]
