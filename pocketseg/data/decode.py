"""From a picture's file to upright RGB pixels, with every fault explained in a sentence, and within a memory limit."""

from __future__ import annotations

import stat
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from pocketseg.core.errors import DataError
from pocketseg.data.foreign import refusal_of, takes_heif

Pixels = npt.NDArray[np.uint8]

MOST_DECODING_BYTES = 1 << 30  # memory that decoding one photo may take; larger photos are decoded at a reduced size
MOST_PIXELS = MOST_DECODING_BYTES // 3  # of a photo: computing its class map at full size takes three bytes per pixel
# what Pillow and its plug-ins raise on damaged files, found by damaging files at random
UNREADABLE = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    ArithmeticError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)
_BYTES_PER_PIXEL = {"1": 1, "L": 1, "P": 1, "I;16": 2}  # as Pillow holds them; other modes take 4
# the decoder's own memory, per pixel
_DECODER_BYTES = {"WEBP": 8, "AVIF": 8, "HEIF": 8, "JPEG2000": 12, "GIF": 4, "TIFF": 4}
_PROGRESSIVE_BYTES = 6  # libjpeg keeps the coefficients of the whole photo: three of two bytes per pixel
_PAINTING_BYTES = 12  # the photo, its class map and its overlay at the same size, and Pillow's copies of them
_MOST_REDUCED = 64
_SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations that swap height and width


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """Attributes: pixels are H,W,3, upright; height_px and width_px are the photo's own size, larger where it was
    reduced."""

    pixels: Pixels
    height_px: int
    width_px: int

    @property
    def is_smaller(self) -> bool:
        """Return whether the photo was decoded at a reduced size."""
        return self.pixels.shape[:2] != (self.height_px, self.width_px)


def read_photo(path: Path) -> Photo:
    """Return a photo of up to MOST_PIXELS, at a reduced size where it would take more than MOST_DECODING_BYTES.

    The size is taken from the header, before anything is decoded. Raises DataError.
    """
    with _any_pixels(), _opened(path) as image:
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise DataError(
                f"{path} is {width} x {height} px; photos may have {MOST_PIXELS / 1e6:.0f} million pixels",
                hint="scale it down first", path=path,
            )  # fmt: skip
        _check_memory(path, image)
        factor = _least_factor(image)
        if factor == 1:
            pixels = upright_rgb(path, image)
            return Photo(pixels=pixels, height_px=pixels.shape[0], width_px=pixels.shape[1])
        # for TIFF, Pillow reports the size as already turned
        sideways = image.format != "TIFF" and image.getexif().get(ExifTags.Base.Orientation) in _SIDEWAYS
        if image.format in ("JPEG", "MPO"):
            image.draft(image.mode, (max(1, width // factor), max(1, height // factor)))
        pixels = upright_rgb(path, _reduced(image, factor) if image.size == (width, height) else image)
        return Photo(pixels=pixels, height_px=width if sideways else height, width_px=height if sideways else width)


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """Open a picture; any error inside the block becomes a DataError too."""
    try:
        if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():  # a pipe would block for ever
            raise DataError(f"{path} is not a regular file", hint="give the path of a photo", path=path)
        with warnings.catch_warnings(action="ignore"), _image(path) as image:  # damaged EXIF, a large photo
            yield image
    except FileNotFoundError as error:
        raise DataError(f"photo {path} does not exist", hint="check the path", path=path) from error
    except IsADirectoryError as error:
        raise DataError(f"{path} is a folder, not a photo", hint="name the photos in it", path=path) from error
    except PermissionError as error:
        raise DataError(f"no permission to read photo {path}", hint="check its permissions", path=path) from error
    except Image.DecompressionBombError as error:
        raise DataError(f"{path} has too many pixels ({error})", hint="scale it down first", path=path) from error
    except MemoryError as error:
        raise DataError(f"{path} takes more memory than is available", hint="scale it down first", path=path) from error
    except UnidentifiedImageError as error:
        what, hint = refusal_of(path)
        raise DataError(f"{path} {what}", hint=hint, path=path) from error
    except UNREADABLE as error:
        raise DataError(f"{path} is not a readable image ({error})", hint="replace or remove it", path=path) from error


def _image(path: Path) -> Image.Image:
    try:
        return Image.open(path)
    except UnidentifiedImageError:
        if not takes_heif(path):
            raise
        return Image.open(path)  # the plug-in is registered now


@contextmanager
def opened(path: Path, most_pixels: int) -> Iterator[Image.Image]:
    """Open a picture of at most `most_pixels`; nothing is decoded yet. Raises DataError, also inside the block."""
    with _opened(path) as image:
        if image.width * image.height > most_pixels:
            raise DataError(
                f"{path} is {image.width} x {image.height} px; a data set's photos may have "
                f"{most_pixels / 1e6:.0f} million pixels",
                hint="scale it down first, and its mask too", path=path,
            )  # fmt: skip
        yield image


def upright_rgb(path: Path, image: Image.Image) -> Pixels:
    """Return an open picture decoded to RGB, H,W,3, turned upright by its EXIF orientation."""
    if image.mode in ("I", "F"):
        raise DataError(
            f"{path} has {image.mode} pixels, not 8-bit colours", hint="save it as 8-bit JPEG or PNG", path=path
        )
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I;16"):  # converting would clip every value at 255
        grey = (np.asarray(upright) >> 8).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    return np.asarray(upright.convert("RGB"))


@contextmanager
def _any_pixels() -> Iterator[None]:
    """Lift Pillow's own limit on pixels: our limit is checked instead."""
    kept = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = kept


def _check_memory(path: Path, image: Image.Image) -> None:
    """Refuse a picture that takes too much memory even when its decoder reduces it as much as it can."""
    pixels = image.width * image.height
    if image.format in ("JPEG", "MPO"):
        taken = pixels * (_PROGRESSIVE_BYTES if image.info.get("progressive") else 0)
    else:
        taken = pixels * _loading_bytes(image)
    if taken > MOST_DECODING_BYTES:
        raise DataError(
            f"{path} is {image.width} x {image.height} px, and reading it as {image.format} takes "
            f"{taken / 2**30:.1f} GiB of memory; photos may take {MOST_DECODING_BYTES / 2**30:g} GiB",
            hint="scale it down first, or save it as a baseline JPEG", path=path,
        )  # fmt: skip


def _loading_bytes(image: Image.Image) -> int:
    """Return the memory that loading takes, in bytes per pixel: the decoder's own and Pillow's."""
    return _DECODER_BYTES.get(image.format or "", 0) + _held_bytes(image) + (4 if image.mode == "P" else 0)


def _held_bytes(image: Image.Image) -> int:
    return _BYTES_PER_PIXEL.get(image.mode, 4)


def _least_factor(image: Image.Image) -> int:
    """Return the least power of 2 by which the photo must be reduced so that all its copies stay within the limit."""
    held = _held_bytes(image)
    copies = 2 * held + (0 if image.mode == "RGB" else 4) + 3  # as decoded, turned, as RGB, as an array
    copies = max(copies, _PAINTING_BYTES)
    factor = 1
    while image.width * image.height * copies > MOST_DECODING_BYTES * factor * factor and factor < _MOST_REDUCED:
        factor *= 2
    return factor


def _reduced(image: Image.Image, factor: int) -> Image.Image:
    """Return averages of factor x factor pixels, with the EXIF data that gives the orientation."""
    exif = image.getexif()
    whole = image.convert("RGB") if image.mode in ("P", "1", "PA") else image
    if whole.mode.startswith("I;16"):
        size = (max(1, image.width // factor), max(1, image.height // factor))
        smaller = whole.resize(size, Image.Resampling.NEAREST)
    else:
        smaller = whole.reduce(factor)
    smaller.getexif().update(exif)
    image.close()  # free the large pixels before more copies are made of the small ones
    return smaller
