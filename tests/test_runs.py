"""The class map file: every map has one file, and every other file is refused by a sentence."""

from __future__ import annotations

import hashlib
import struct
import time
import tracemalloc

import numpy as np
import pytest

from pocketseg.core.errors import BundleError
from pocketseg.core.runs import MOST_PIXELS, decode, encode, sha256_of, size_of


def header(height: int, width: int, *, version: int = 1, magic: bytes = b"PSCM") -> bytes:
    return struct.pack("<4sBII", magic, version, height, width)


def varint(value: int) -> bytes:
    out = bytearray()
    while True:
        value, digit = value >> 7, value & 0x7F
        out.append(digit | (0x80 if value else 0))
        if not value:
            return bytes(out)


def plainly_encoded(class_map: np.ndarray) -> bytes:
    """Write the format as its description says it, pixel by pixel."""
    out, pixels = bytearray(header(*class_map.shape)), class_map.ravel().tolist()
    while pixels:
        run = next((i for i, value in enumerate(pixels) if value != pixels[0]), len(pixels))
        out += bytes([pixels[0]]) + varint(run)
        pixels = pixels[run:]
    return bytes(out)


def maps() -> list[np.ndarray]:
    random = np.random.default_rng(7)
    runs = np.repeat(random.choice([0, 1, 127, 128, 255], 60), random.choice([1, 2, 127, 128, 129, 300], 60))
    return [
        np.array([[0]], np.uint8),
        np.array([[255]], np.uint8),
        np.full((1, 127), 128, np.uint8),
        np.full((128, 1), 200, np.uint8),
        np.full((129, 128), 3, np.uint8),  # 16,512 pixels: three bytes of length
        random.integers(0, 256, (37, 23), dtype=np.uint8),
        random.integers(126, 130, (41, 3), dtype=np.uint8),
        np.eye(17, dtype=np.uint8)[:, ::-1] * 255,
        runs.astype(np.uint8)[None],
    ]


@pytest.mark.parametrize("class_map", maps(), ids=lambda m: f"{m.shape[0]}x{m.shape[1]}")
def test_a_map_comes_back_from_the_bytes_that_the_description_says(class_map: np.ndarray) -> None:
    data = encode(class_map)
    assert data == plainly_encoded(class_map)
    assert np.array_equal(decode(data), class_map)
    assert size_of(data) == class_map.shape
    assert sha256_of(class_map) == hashlib.sha256(data).hexdigest()


def test_an_example_of_the_description() -> None:
    class_map = np.zeros((2, 100), np.uint8)
    class_map[1, 98:] = [11, 255]
    assert encode(class_map).hex() == "5053434d01" + "02000000" + "64000000" + "00c601" + "0b01" + "ff01"


def test_maps_longer_than_what_is_read_at_once_come_back() -> None:
    random = np.random.default_rng(3)
    noise = random.integers(0, 256, (1000, 1500), dtype=np.uint8)
    long_runs = np.repeat(random.permutation(1 << 20).astype(np.uint8), 1 + random.integers(0, 3, 1 << 20))[None]
    long_runs[:, :400_000] = 255
    for class_map in (noise, long_runs):
        assert np.array_equal(decode(encode(class_map)), class_map)


def test_a_noise_map_of_a_camera_photo_is_read_within_seconds() -> None:
    data = encode(np.random.default_rng(1).integers(0, 256, (2000, 3000), dtype=np.uint8))
    began = time.process_time()
    decode(data)
    assert time.process_time() - began < 3


BODY = b"\x01\x05\x02\x01"  # of 2x3 pixels
REFUSED = {
    "nothing": (b"", "is not a class map file"),
    "another file": (b"\x89PNG\r\n\x1a\n" + bytes(40), "is not a class map file"),
    "another magic": (header(2, 3, magic=b"PSCN") + BODY, "is not a class map file"),
    "a newer version": (header(2, 3, version=2) + BODY, "of version 2; this version of pocketseg reads 1"),
    "half a header": (header(2, 3)[:9], "is truncated"),
    "no runs": (header(2, 3), "is truncated"),
    "no rows": (header(0, 3) + BODY, "size beyond bounds"),
    "no columns": (header(2, 0) + BODY, "size beyond bounds"),
    "too many pixels": (header(10_001, 10_000) + BODY, "size beyond bounds"),
    "a product beyond 32 bits": (header(0x10000, 0x10000) + BODY, "size beyond bounds"),
    "the largest sizes": (header(0xFFFFFFFF, 0xFFFFFFFF) + BODY, "size beyond bounds"),
    "half a run": (header(2, 3) + b"\x01\x05\x02", "is truncated"),
    "half a length": (header(2, 3) + b"\x01\x05\x02\x81", "is truncated"),
    "a missing run": (header(2, 3) + b"\x01\x05", "is truncated"),
    "equal neighbours": (header(2, 3) + b"\x01\x05\x01\x01", "is not canonical"),
    "a run of nothing": (header(2, 3) + b"\x01\x00" + BODY, "is not canonical"),
    "a longer form": (header(2, 3) + b"\x01\x85\x00\x02\x01", "is not canonical"),
    "a run too many": (header(2, 3) + BODY + b"\x03\x01", "is too long"),
    "a run too long": (header(2, 3) + b"\x01\x05\x02\x02", "is too long"),
    "a byte left over": (header(2, 3) + BODY + b"\x03", "is truncated"),
    "a length of ten bytes": (header(2, 3) + b"\x01" + b"\xff" * 9 + b"\x01\x02\x01", "is too long"),
    "a length beyond what is kept of it": (header(2, 3) + b"\x01\x85\x80\x80\x80\x80\x01\x02\x01", "is too long"),
    "an endless length": (header(2, 3) + b"\x01" + b"\xff" * 9, "is too long"),
    "an endless length after a run": (header(20, 3) + b"\x01\x05\x02" + b"\xff" * 90, "is too long"),
}


@pytest.mark.parametrize(("data", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_every_other_file_is_refused_by_what_is_wrong_with_it(data: bytes, sentence: str) -> None:
    with pytest.raises(BundleError, match=sentence) as caught:
        decode(data, "labels/0.runs")
    assert caught.value.message.startswith("labels/0.runs ")


def test_equal_neighbours_are_found_across_what_is_read_at_once() -> None:
    count = 1 << 19  # two bytes a run: exactly what is read at once
    runs = bytes([0, 1, 1, 1]) * (count // 2)
    assert decode(header(1, count + 1) + runs + b"\x00\x01").shape == (1, count + 1)
    with pytest.raises(BundleError, match="is not canonical"):
        decode(header(1, count + 1) + runs + b"\x01\x01")


def test_bytes_that_no_map_of_the_size_can_take_are_refused_unread() -> None:
    with pytest.raises(BundleError, match="more bytes than a map of its size"):
        decode(header(2, 3) + bytes(50 << 20))


def test_a_small_file_takes_no_more_memory_than_its_map() -> None:
    data = header(10_000, 10_000) + b"\x01" + varint(MOST_PIXELS - 1)  # one pixel short
    tracemalloc.start()
    try:
        with pytest.raises(BundleError, match="is truncated"):
            decode(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2.2 * MOST_PIXELS


@pytest.mark.parametrize("wrong", [np.zeros((2, 3), np.int64), np.zeros((2, 3, 1), np.uint8), np.zeros(6, np.uint8)])
def test_what_is_no_class_map_is_not_written(wrong: np.ndarray) -> None:
    with pytest.raises(BundleError, match="uint8 of shape H,W"):
        encode(wrong)


def test_an_empty_map_is_not_written() -> None:
    with pytest.raises(BundleError, match="beyond bounds"):
        encode(np.zeros((0, 4), np.uint8))
