"""The page's resize, turns and PNG reader give pocketseg's own pixels, byte for byte, over a thousand cases."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from _web_pixels import Job, Pixels, Size, answers, by_our_rule
from PIL import Image, PngImagePlugin

import pocketseg
from pocketseg.core.errors import DataError
from pocketseg.data.decode import read_photo

pytestmark = [pytest.mark.web, pytest.mark.timeout(900), pytest.mark.xdist_group("web")]

SAMPLE = Path(pocketseg.__file__).parent / "data" / "sample" / "images"
INPUTS: list[Size] = [(320, 192), (256, 256), (512, 512), (192, 320), (96, 128)]
SIDES = (1, 2, 3, 5, 17, 64, 100, 255, 320)


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.getbasetemp() / "web-beside"


def pictures(count: int, draw: random.Random) -> Iterator[Pixels]:
    """Yield noise, flat fields, edges of 0 and 255 and ramps, of many shapes."""
    noise = np.random.default_rng(7)
    for number in range(count):
        height, width = (draw.choice((draw.randint(1, 9), draw.randint(1, 300))) for _ in range(2))
        kind = number % 4
        if kind == 0:
            made = noise.integers(0, 256, (height, width, 3))
        elif kind == 1:
            made = 255 * noise.integers(0, 2, (height, width, 3))
        elif kind == 2:
            made = np.full((height, width, 3), noise.integers(0, 256, 3))
        else:
            made = (np.arange(height)[:, None, None] * 3 + np.arange(width)[None, :, None] * 2 + [0, 85, 170]) % 256
        yield made.astype(np.uint8)


def test_a_thousand_pictures_of_many_shapes_are_resized_to_the_byte(tmp_path: Path, build: Path) -> None:
    draw = random.Random(19)
    jobs = [
        Job(
            stored=picture,
            sizes=[(draw.choice(SIDES), draw.randint(1, 400)), (draw.randint(1, 400), draw.choice(SIDES))],
        )
        for picture in pictures(600, draw)
    ]
    found = answers(jobs, tmp_path, build)
    for job, one in zip(jobs, found, strict=True):
        assert job.stored is not None
        assert one == by_our_rule(job.stored, job.sizes), (job.stored.shape, job.sizes)
    assert sum(len(job.sizes) for job in jobs) >= 1000


def test_extreme_shapes_take_the_columns_or_the_rows_first_as_pillow_does(tmp_path: Path, build: Path) -> None:
    noise = np.random.default_rng(3)
    shapes: list[Size] = [(1, 1), (1, 5000), (5000, 1), (4000, 3), (3, 4000), (2000, 500), (500, 2000), (1000, 1000)]
    sizes: list[Size] = [
        (1, 1),
        (7, 5),
        (320, 192),
        (1, 300),
        (300, 1),
        (999, 1000),
        (1000, 999),
        (250, 500),
        (249, 500),
    ]
    jobs = [Job(stored=noise.integers(0, 256, (*shape, 3)).astype(np.uint8), sizes=sizes) for shape in shapes]
    for job, one in zip(jobs, answers(jobs, tmp_path, build), strict=True):
        assert job.stored is not None
        assert one == by_our_rule(job.stored, sizes), job.stored.shape


def test_real_photos_and_one_of_twelve_million_pixels_are_resized_to_the_byte(tmp_path: Path, build: Path) -> None:
    photos = sorted(SAMPLE.glob("*.jpg"))
    jobs = [Job(photo=path, stored=stored_pixels(path), sizes=INPUTS) for path in photos]
    with Image.open(photos[0]) as image:
        large = tmp_path / "large.jpg"
        image.convert("RGB").resize((3024, 4032), Image.Resampling.BICUBIC).save(large, quality=90)
    jobs.append(Job(photo=large, stored=stored_pixels(large), sizes=INPUTS))
    for job, one in zip(jobs, answers(jobs, tmp_path, build), strict=True):
        assert job.photo is not None
        assert one == by_our_rule(read_photo(job.photo).pixels, INPUTS), job.photo.name
    assert len(jobs) > 32


def test_orientations_of_every_kind_of_file_and_colour_are_found_and_turned(tmp_path: Path, build: Path) -> None:
    paths = list(turned_photos(tmp_path))
    jobs = [Job(photo=path, stored=stored_pixels(path), sizes=INPUTS[:2]) for path in paths]
    for job, one in zip(jobs, answers(jobs, tmp_path, build), strict=True):
        assert job.photo is not None
        assert one == by_our_rule(read_photo(job.photo).pixels, INPUTS[:2]), job.photo.name
    assert len(paths) > 60


def turned_photos(folder: Path) -> Iterator[Path]:
    with Image.open(sorted(SAMPLE.glob("*.jpg"))[1]) as image:
        photo = image.convert("RGB").resize((90, 61))
    for orientation in (*range(0, 10), None):
        exif = Image.Exif()
        if orientation is not None:
            exif[0x0112] = orientation
        exif[0x010F] = "maker"
        for mode in ("RGB", "L", "CMYK"):
            for name, options in ((f"{mode}.jpg", {"quality": 88}), (f"{mode}-p.jpg", {"progressive": True})):
                path = folder / f"{orientation}-{name}"
                photo.convert(mode).save(path, exif=exif, **options)
                yield path
        for name, options in (("a.png", {}), ("b.webp", {"lossless": True}), ("c.webp", {"quality": 70})):
            path = folder / f"{orientation}-{name}"
            photo.save(path, exif=exif, **options)
            yield path
    for orientation in range(1, 9):
        xmp = f'<x:xmpmeta><rdf:Description tiff:Orientation="{orientation}"/></x:xmpmeta>'.encode()
        for name in ("x.jpg", "x.webp"):
            path = folder / f"{orientation}-{name}"
            photo.save(path, xmp=xmp)
            yield path
        path = folder / f"{orientation}-x.png"
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", xmp.decode())
        photo.save(path, pnginfo=info)
        yield path
        exif = Image.Exif()
        exif[0x0112] = orientation
        raw = exif.tobytes().hex()
        text = "\nexif\n" + f"{len(raw) // 2:8d}\n" + "\n".join(raw[at : at + 72] for at in range(0, len(raw), 72))
        for packed in (True, False):
            info = PngImagePlugin.PngInfo()
            info.add_text("Raw profile type exif", text, zip=packed)
            path = folder / f"{orientation}-raw-{packed}.png"
            photo.save(path, pnginfo=info)
            yield path


def stored_pixels(path: Path) -> Pixels:
    """Return a photo's pixels before they are turned."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def test_png_of_every_kind_is_decoded_to_the_byte(tmp_path: Path, build: Path) -> None:
    paths = [*pngs_by_pillow(tmp_path), *pngs_by_hand(tmp_path)]
    jobs = [Job(photo=path, sizes=INPUTS[:1]) for path in paths]
    for job, one in zip(jobs, answers(jobs, tmp_path, build), strict=True):
        assert job.photo is not None
        assert one == by_our_rule(read_photo(job.photo).pixels, INPUTS[:1]), job.photo.name
    assert len(paths) > 100


def pngs_by_pillow(folder: Path) -> Iterator[Path]:
    noise = np.random.default_rng(11)
    with Image.open(sorted(SAMPLE.glob("*.jpg"))[2]) as image:
        photo = image.convert("RGBA").resize((71, 45))
    photo.putalpha(Image.fromarray(noise.integers(0, 256, (45, 71)).astype(np.uint8)))
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
        path = folder / f"{mode}.png"
        photo.convert("RGB").convert(mode).save(path) if mode in ("1", "P") else photo.convert(mode).save(path)
        yield path
    path = folder / "clear.png"
    photo.convert("RGB").quantize(17).save(path, transparency=3)
    yield path
    path = folder / "clear-rgb.png"
    photo.convert("RGB").save(path, transparency=(1, 2, 3))
    yield path


def pngs_by_hand(folder: Path) -> Iterator[Path]:
    """Write PNG of every type and depth, each filter, whole and interlaced, of shapes that lack some passes."""
    draw = random.Random(5)
    kinds = [(0, d, 1) for d in (1, 2, 4, 8, 16)] + [(3, d, 1) for d in (1, 2, 4, 8)]
    kinds += [(kind, d, channels) for kind, channels in ((2, 3), (4, 2), (6, 4)) for d in (8, 16)]
    for kind, depth, channels in kinds:
        for height, width in ((1, 1), (2, 3), (5, 1), (9, 13)):
            for interlaced in (False, True):
                path = folder / f"hand-{kind}-{depth}-{height}x{width}-{interlaced}.png"
                path.write_bytes(png(draw, kind, depth, channels, (height, width), interlaced=interlaced))
                yield path


PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def png(draw: random.Random, kind: int, depth: int, channels: int, size: Size, *, interlaced: bool) -> bytes:
    """Make a PNG of noise: any bytes after a filter's are a row."""
    height, width = size
    raw = b""
    for x, y, across, down in PASSES if interlaced else ((0, 0, 1, 1),):
        columns, rows = -((x - width) // across), -((y - height) // down)
        if columns > 0:
            length = (columns * depth * channels + 7) // 8
            raw += b"".join(bytes([draw.randrange(5)]) + draw.randbytes(length) for _ in range(max(0, rows)))
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlaced)
    packed = zlib.compress(raw)
    half = len(packed) // 2
    palette = chunk(b"PLTE", draw.randbytes(3 * 2**depth)) if kind == 3 else b""
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + palette + chunk(b"IDAT", packed[:half])
        + chunk(b"IDAT", packed[half:]) + chunk(b"IEND", b"")
    )  # fmt: skip


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def test_cut_off_and_damaged_files_are_refused_in_plain_sentences(tmp_path: Path, build: Path) -> None:
    """What pocketseg refuses of a cut PNG, the page's code does; of others it refuses all that lack their end."""
    draw = random.Random(23)
    with Image.open(sorted(SAMPLE.glob("*.jpg"))[3]) as image:
        photo = image.convert("RGB").resize((60, 40))
    jobs, cut = [], 0
    for suffix in (".jpg", ".png", ".webp"):
        whole_path = tmp_path / f"whole{suffix}"
        photo.save(whole_path)
        whole = whole_path.read_bytes()
        for number in range(120):
            end = draw.randrange(1, len(whole) - 12)
            path = tmp_path / f"{number}{suffix}"
            path.write_bytes(whole[:end])
            cut += 1
            jobs.append(Job(photo=path, stored=None if suffix == ".png" else np.asarray(photo)))
    found = answers(jobs, tmp_path, build)
    for job, one in zip(jobs, found, strict=True):
        assert job.photo is not None
        assert "refused" in one, job.photo.name
        assert one["refused"][0].isupper() and one["refused"].endswith("."), one
        with pytest.raises(DataError):
            read_photo(job.photo)
    assert cut == 360


def test_a_size_beyond_the_bound_is_refused_by_the_header_alone(tmp_path: Path, build: Path) -> None:
    large = tmp_path / "large.png"
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 6, 0, 0, 0)
    large.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
    (one,) = answers([Job(photo=large)], tmp_path, build)
    assert "20000 x 20000" in one["refused"]
