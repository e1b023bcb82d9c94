"""What kind of file a file is that Pillow cannot read, told by its first bytes, and what its owner can do about it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from pocketseg.core.installation import python

HEIF_PACKAGE = "pillow-heif==1.8.1"  # the version of the extra `heic` in pyproject.toml
_HEIC_BRANDS = ("heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "msf1", "mif2", "miaf")
_AVIF_BRANDS = ("avif", "avis")
_HEAD_BYTES = 64
_MOST_BRANDS = 32
_AS_JPEG = "export it as JPEG"
_KNOWN = (
    (b"%PDF", "is a PDF document"),
    (b"PK\x03\x04", "is a zip archive"),
    (b"\x1f\x8b", "is a gzip archive"),
    (b"<svg", "is an SVG drawing"),
    (b"<!doctype html", "is a web page"),
    (b"<html", "is a web page"),
    (b"<?xml", "is an XML text"),
    (b"FUJIFILMCCD-RAW", "is a camera's raw file"),
    (b"\x1aE\xdf\xa3", "is a video"),
)


def refusal_of(path: Path) -> tuple[str, str]:
    """Return what a file that Pillow cannot read is, as text to follow its path, and a hint."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except OSError as error:
        return f"cannot be read ({error.strerror})", "check it"
    brands = _brands(head)
    if _is_heif(brands):
        kind = "AVIF" if set(_AVIF_BRANDS) & set(brands) else "HEIC"
        if kind == "HEIC" and not _plugin_is_installed():
            return "is a HEIC photo, which needs an optional package", (
                f"install it: {python()} -m pip install {HEIF_PACKAGE}\nor {_AS_JPEG}"
            )
        return f"is a damaged {kind} photo", f"copy it again, or {_AS_JPEG}"
    if brands:
        return "is a video, not a photo", "save a frame of it as JPEG"
    if not head:
        return "is not a readable image (it is empty)", "copy it again, or remove it"
    begin = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if begin.startswith(b"version https://git-lfs"):
        return "is a Git LFS pointer: the photo itself was not downloaded", "run `git lfs pull` where it comes from"
    for mark, what in _KNOWN:
        if begin.startswith(mark.lower()):
            return f"{what}, not a photo", "replace or remove it"
    return "is not a readable image (it is not a known picture format)", "replace or remove it"


def takes_heif(path: Path) -> bool:
    """Let Pillow read HEIC where the optional plug-in is installed; return whether it may help with this file."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except OSError:
        return False
    if not _is_heif(_brands(head)) or not _plugin_is_installed():
        return False
    import pillow_heif

    pillow_heif.register_heif_opener()
    return True


def _plugin_is_installed() -> bool:
    return importlib.util.find_spec("pillow_heif") is not None


def _is_heif(brands: tuple[str, ...]) -> bool:
    return bool(set(brands) & {*_HEIC_BRANDS, *_AVIF_BRANDS})


def _brands(head: bytes) -> tuple[str, ...]:
    """Return the brands in a file's `ftyp` box (ISO/IEC 14496-12, 4.3), the major one first; empty for other files."""
    if head[4:8] != b"ftyp":
        return ()
    end = min(int.from_bytes(head[:4], "big"), len(head), 8 + 4 * _MOST_BRANDS)
    places = (8, *range(16, max(end, 12) - 3, 4))
    return tuple(head[k : k + 4].decode("latin-1") for k in places)
