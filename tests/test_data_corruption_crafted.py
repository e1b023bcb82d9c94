"""Damage that chance does not find."""

from __future__ import annotations

import json
import lzma
import shutil
import struct
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from _damage import limit
from _decoders import HEIGHT, WIDTH, resealed
from _small_files import _npy, folder_data, npz, palette_png, small_uv
from PIL import Image

from pocketseg.core.errors import DataError
from pocketseg.data.check import check
from pocketseg.data.formats import dresscode
from pocketseg.data.photos import PhotoSet, open_photos


def _uv_file(tmp_path: Path, data: bytes) -> Path:
    (tmp_path / "x_uv.npz").write_bytes(data)
    return tmp_path / "x_uv.npz"


def test_an_npz_of_any_compression_method_is_read_or_refused(tmp_path: Path) -> None:
    data = bytearray(npz(_npy(small_uv())))
    entry = data.rindex(b"PK\x01\x02")
    for method in range(256):
        data[entry + 10] = method
        path = _uv_file(tmp_path, bytes(data))
        if method == zipfile.ZIP_DEFLATED:
            assert np.array_equal(dresscode.read_uv(path), small_uv())
            continue
        with limit(), pytest.raises(DataError, match=r"x_uv\.npz"):
            dresscode.read_uv(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_npz_of_the_rarer_methods_is_refused(method: int, tmp_path: Path) -> None:
    good = npz(_npy(small_uv()), method)
    start = 30 + len("uv.npy")
    assert np.array_equal(dresscode.read_uv(_uv_file(tmp_path, good)), small_uv())
    for place in range(start, start + 40):
        damaged = bytearray(good)
        damaged[place] ^= 0xFF
        path = _uv_file(tmp_path, bytes(damaged))
        try:
            zipfile.ZipFile(path).read("uv.npy")
        except (OSError, lzma.LZMAError, zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, MemoryError):
            with limit(), pytest.raises(DataError, match=r"x_uv\.npz"):
                dresscode.read_uv(path)


@pytest.mark.parametrize("old", [b"}", b"(2", b"'shape'", b"<f4", b"False", b", ", b"{"])
@pytest.mark.parametrize("new", [b" ", b"(", b"((", b"'", b"\\", b"\n  ", b"\xff"])
def test_a_damaged_npy_header_in_a_whole_npz_is_refused(old: bytes, new: bytes, tmp_path: Path) -> None:
    npy = _npy(small_uv().astype(np.float32))
    assert old in npy
    path = _uv_file(tmp_path, npz(npy.replace(old, new.ljust(len(old)), 1)))
    with limit(), pytest.raises(DataError, match=r"x_uv\.npz"):
        dresscode.read_uv(path)


def _csv_of(root: Path, *rows: str) -> PhotoSet:
    (root / "train").mkdir(exist_ok=True)
    Image.new("RGB", (4, 3)).save(root / "train/a.jpg")
    (root / "train.csv").write_text("\n".join(("ImageId,EncodedPixels,Height,Width,ClassId", *rows)) + "\n")
    return open_photos(f"imaterialist:{root}")


def test_runs_that_repeat_the_whole_image_thousands_of_times_are_refused_or_painted_once(tmp_path: Path) -> None:
    photos = _csv_of(tmp_path, f"a.jpg,{' '.join(['1 100000000'] * 10_000)},10000,10000,0")
    try:
        with limit():
            labels = photos.labels("a")
    except DataError as error:
        assert "line 2" in error.message
    else:
        assert labels.shape == (10_000, 10_000) and labels.min() == labels.max() == 1


def test_a_mask_whose_runs_overlap_counts_each_pixel_once(tmp_path: Path) -> None:
    photos = _csv_of(tmp_path, "a.jpg,1 6 1 6,3,4,19", "a.jpg,1 8,3,4,10")
    with suppress(DataError):  # to refuse overlapping runs is as good
        assert photos.labels("a").tolist() == [[20, 20, 11, 0], [20, 20, 11, 0], [20, 20, 0, 0]]


@pytest.mark.parametrize(
    "text", ["", "ImageId", "ImageId,EncodedPixels,Height,Width,ClassId\n", "ImageId,EncodedPixels\na.jpg,1 2\n" * 9]
)
def test_a_table_that_changes_after_it_was_opened_is_named(text: str, tmp_path: Path) -> None:
    photos = _csv_of(tmp_path, "a.jpg,1 6,3,4,19", "a.jpg,1 8,3,4,10")
    assert photos.labels("a").max() == 20
    (tmp_path / "train.csv").write_text(text)
    with pytest.raises(DataError, match=r"train\.csv"):
        photos.labels("a")


def test_a_table_that_vanishes_after_it_was_opened_is_named(tmp_path: Path) -> None:
    photos = _csv_of(tmp_path, "a.jpg,1 6,3,4,19")
    (tmp_path / "train.csv").unlink()
    with pytest.raises(DataError, match=r"train\.csv"):
        photos.labels("a")


def test_a_chunk_before_the_header_never_scales_a_mask(tmp_path: Path) -> None:
    folder_data(tmp_path)
    (tmp_path / "classes.json").write_text(json.dumps([f"c{k}" for k in range(255)]))
    values = np.arange(16, dtype=np.uint8)[:, None].repeat(16, 1)
    raw = b"".join(b"\0" + bytes(row[::2] << 4 | row[1::2]) for row in values)

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + zlib.crc32(name + body).to_bytes(4, "big")

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 16, 16, 4, 0, 0, 0, 0))
    rest = chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    path = tmp_path / "masks/a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + rest)
    assert np.array_equal(open_photos(f"folder:{tmp_path}").mask("a"), values)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"gAMA", struct.pack(">I", 45455)) + header + rest)
    with suppress(DataError):
        assert np.array_equal(open_photos(f"folder:{tmp_path}").mask("a"), values)


def test_every_flipped_bit_of_a_masks_chunks_is_refused(tmp_path: Path) -> None:
    folder_data(tmp_path)
    path, photos = tmp_path / "masks/a.png", open_photos(f"folder:{tmp_path}")
    good = path.read_bytes()
    for place in range(12, len(good) - 12):
        damaged = bytearray(good)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"a\.png"):
            photos.mask("a")


def test_a_mask_with_fewer_rows_than_its_header_says_is_refused(tmp_path: Path) -> None:
    folder_data(tmp_path)
    path = tmp_path / "masks/a.png"
    data = bytearray(palette_png(np.ones((HEIGHT - 4, WIDTH))))
    assert struct.unpack(">II", data[16:24]) == (WIDTH, HEIGHT - 4)
    data[20:24] = struct.pack(">I", HEIGHT)
    path.write_bytes(resealed(bytes(data)))
    with pytest.raises(DataError, match=r"a\.png"):
        open_photos(f"folder:{tmp_path}").mask("a")


@pytest.mark.parametrize("name", ["masks", "labels"])
def test_a_mask_or_label_map_of_another_size_is_a_fault_in_the_report(name: str, tmp_path: Path) -> None:
    folder_data(tmp_path)
    shutil.copytree(tmp_path / "masks", tmp_path / "labels")
    (tmp_path / "labels.json").write_text('["nothing", "shirt", "jeans", "dress", "bag"]')
    assert check(f"folder:{tmp_path}", None).clean
    (tmp_path / name / "a.png").write_bytes(palette_png(np.ones((HEIGHT - 4, WIDTH))))
    faults = check(f"folder:{tmp_path}", None).faults
    assert [f.path for f in faults] == [tmp_path / name / "a.png"]
