"""Cases of decoding: small JPEG, PNG and WebP files with the upright RGB that Pillow decodes from them."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import ExifTags, Image

from pocketseg.data.decode import upright_rgb
from scripts.conformance.arrays import FOLDER, Array, Store, faults_of, wanted
from scripts.conformance.pictures import Pixels, cut, noise, photo

FAULTS = {
    "not-turned": "the Exif orientation is not looked at",
    "premultiplied": "colours times alpha, as Android's bitmaps hold them",
    "red-and-blue": "the three values of a pixel in the order BGR",
}
PLATFORMS = ("android", "ios", "browser")


def cases(store: Store) -> dict[str, Any]:
    """Return the cases."""
    return {
        "about": "docs/preprocessing.md, decoding; PNG and lossless WebP are equal byte for byte, of the others no "
        "value is further off than `tolerance` says; null: not measured on that platform yet",
        "faults": FAULTS,
        "tolerance": {"pillow": 0, **dict.fromkeys(PLATFORMS)},
        "cases": [_case(store, name, suffix, data) for (name, suffix), data in encoded().items()],
    }


def encoded() -> dict[tuple[str, str], bytes]:
    """Return the pictures, encoded, by name and suffix."""
    portrait, landscape = cut(photo(), 220, 70, 53, 37), cut(photo(1), 130, 50, 35, 51)
    clear = np.dstack([landscape[:20, :29], noise("alpha", 20, 29)])
    tag = Image.Exif()
    tag[ExifTags.Base.Orientation] = 6
    grey = Image.fromarray(portrait).convert("L")
    return {
        ("colour-halved", ".jpg"): _saved(portrait, "JPEG", quality=90, subsampling="4:2:0"),
        ("colour-whole", ".jpg"): _saved(landscape, "JPEG", quality=85, subsampling="4:4:4"),
        ("colour-halved-across", ".jpg"): _saved(landscape, "JPEG", quality=75, subsampling="4:2:2"),
        ("progressive", ".jpg"): _saved(portrait, "JPEG", quality=80, progressive=True),
        ("turned", ".jpg"): _saved(landscape, "JPEG", quality=90, exif=tag),
        ("grey", ".jpg"): _saved(grey, "JPEG", quality=90),
        ("rgb", ".png"): _saved(portrait[:21, :16], "PNG"),
        ("grey", ".png"): _saved(grey.crop((3, 5, 20, 31)), "PNG"),
        ("palette", ".png"): _saved(Image.fromarray(portrait[5:30, :19]).quantize(16), "PNG"),
        ("alpha", ".png"): _saved(clear, "PNG"),
        ("lossless", ".webp"): _saved(landscape[:16, :27], "WEBP", lossless=True),
        ("lossy", ".webp"): _saved(portrait, "WEBP", quality=85),
    }


def is_exact(path: str) -> bool:
    """Return whether a file's format is lossless."""
    return path.endswith((".png", "lossless.webp"))


def _saved(picture: Pixels | Image.Image, kind: str, **options: Any) -> bytes:
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def _case(store: Store, name: str, suffix: str, data: bytes) -> dict[str, Any]:
    path = store.bytes_of(data, name, suffix)
    with Image.open(io.BytesIO(data)) as image:
        right = upright_rgb(FOLDER / path, image)
    with Image.open(io.BytesIO(data)) as image:
        wrong: dict[str, Array] = {"not-turned": np.asarray(image.convert("RGB")), "red-and-blue": right[..., ::-1]}
        if image.mode == "RGBA":
            rgba = np.asarray(image).astype(np.int64)
            wrong["premultiplied"] = ((rgba[..., :3] * rgba[..., 3:] + 127) // 255).astype(np.uint8)
    return {
        "file": path, "exact": is_exact(path), "is": store.given(right, f"{name}-{suffix[1:]}-rgb"),
        "faults": faults_of(right, wrong) | {k: wanted(v) for k, v in wrong.items() if k == "premultiplied"},
    }  # fmt: skip
