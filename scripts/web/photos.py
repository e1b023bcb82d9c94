"""Writes photo files of many kinds for browsers to decode, and pocketseg's results for them.

`python -m scripts.web photos OUT` writes them, with expected.json. `python -m scripts.web photos OUT FILE` writes one
photo that has to be rotated, and its class map by an exported file.
"""

from __future__ import annotations

import importlib
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

import pocketseg
from pocketseg.artifacts.segmenter import open_segmenter
from pocketseg.core.cache import ROOT
from pocketseg.core.errors import PocketSegError
from pocketseg.core.files import make_folder, write_bytes, write_text
from pocketseg.data.decode import read_photo

SIZE = (320, 192)  # height and width of the input at whose size pixels are compared, too
_SAMPLE = Path(pocketseg.__file__).parent / "data" / "sample" / "images"
_ORIENTATION = 0x0112


def write_all(folder: Path) -> int:
    """Write them, with expected.json; return how many there are."""
    sys.path.insert(0, str(ROOT / "tests"))
    resize, pixels = (importlib.import_module(name) for name in ("test_web_resize", "_web_pixels"))
    make_folder(folder)
    paths = [*resize.turned_photos(folder), *resize.pngs_by_pillow(folder), *resize.pngs_by_hand(folder)]
    paths += _others(folder)
    expected = {path.name: pixels.by_our_rule(read_photo(path).pixels, [SIZE]) for path in paths}
    write_text(folder / "expected.json", json.dumps(expected))
    return len(expected)


def _others(folder: Path) -> Iterator[Path]:
    """Yield photos with colour profiles that a browser would apply, with alpha, of 12 million pixels, and of other
    kinds.
    """
    photo = _sample(4)
    wide = _swapped_profile()
    noise = np.random.default_rng(3)
    alpha = photo.convert("RGBA").resize((301, 211))
    alpha.putalpha(Image.fromarray(noise.integers(0, 256, (211, 301)).astype(np.uint8)))
    large = photo.resize((3024, 4032))
    for name, image, options in (
        ("profile.jpg", photo, {"icc_profile": wide}),
        ("profile.png", photo, {"icc_profile": wide}),
        ("profile.webp", photo, {"icc_profile": wide, "lossless": True}),
        ("alpha.png", alpha, {}),
        ("alpha-lossy.webp", alpha, {"quality": 80}),
        ("alpha-lossless.webp", alpha, {"lossless": True, "exact": True}),
        ("large.jpg", large, {"quality": 88}),
        ("whole.jpg", photo, {"subsampling": 0}),
        ("across.jpg", photo, {"subsampling": 1}),
        ("progressive.jpg", photo, {"progressive": True}),
        ("grey.jpg", photo.convert("L"), {}),
        ("cmyk.jpg", photo.convert("CMYK"), {}),
        ("pixel.jpg", photo.resize((1, 1)), {}),
        ("picture.gif", photo, {}),
        ("picture.bmp", photo, {}),
        ("picture.avif", photo, {}),
    ):
        with io.BytesIO() as held:
            image.save(held, format=_format(name), **options)
            write_bytes(folder / name, held.getvalue())
        yield folder / name


def write_own(folder: Path, file: Path) -> None:
    """Write photo.jpg, marked for rotation, and photo.map: its class map by a file, a byte a pixel."""
    make_folder(folder)
    photo = _sample(2)
    exif = Image.Exif()
    exif[_ORIENTATION] = 6
    with io.BytesIO() as held:
        photo.transpose(Image.Transpose.ROTATE_90).save(held, format="JPEG", quality=92, exif=exif)
        write_bytes(folder / "photo.jpg", held.getvalue())
    found = open_segmenter(str(file), 1).segment_photo(read_photo(folder / "photo.jpg"))
    write_bytes(folder / "photo.map", found.tobytes())
    write_text(folder / "photo.json", json.dumps({"height_px": found.shape[0], "width_px": found.shape[1]}))


def _sample(place: int) -> Image.Image:
    with Image.open(sorted(_SAMPLE.glob("*.jpg"))[place]) as image:
        return image.convert("RGB")


def _swapped_profile() -> bytes:
    """Return a profile whose red is sRGB's green, so that applying it is visible at once."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.find(b"rXYZ"), profile.find(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


def _format(name: str) -> str:
    return {"jpg": "JPEG"}.get(name.rpartition(".")[2], name.rpartition(".")[2].upper())


def main(arguments: list[str]) -> int:
    """Write what is asked for."""
    if len(arguments) not in (1, 2):
        print("usage: python -m scripts.web photos OUT [FILE]", file=sys.stderr)
        return 2
    try:
        if arguments[1:]:
            write_own(Path(arguments[0]), Path(arguments[1]))
        else:
            print(f"{write_all(Path(arguments[0]))} photos")
    except PocketSegError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0
