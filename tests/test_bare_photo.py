"""A bundled photo has the pixels of the original, its turn and its profile, and nothing else that the original said."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _small_files import encoded, palette_png
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from pocketseg.core.errors import DataError
from pocketseg.data import bare_photo
from pocketseg.data.bare_photo import bare
from pocketseg.data.photos import read_image

NAME, SERIAL, PLACE, COMMENT = b"Ada Lovelace", b"SN-0042-7781", b"/home/ada/photos", b"taken at the office"
LATITUDE = 48_858_370
SECRETS = (NAME, NAME.decode().encode("utf-16-le"), SERIAL, PLACE, COMMENT, struct.pack("<I", LATITUDE),
           struct.pack(">I", LATITUDE))  # fmt: skip
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:creator>' + NAME + b"</dc:creator>" + PLACE + b"</x:xmpmeta>"


def picture(mode: str = "RGB", width: int = 52, height: int = 37) -> Image.Image:
    """A picture that no turn maps onto itself."""
    rows, columns = np.indices((height, width))
    pixels = np.stack([columns * 4, rows * 6, (rows * columns) % 256], axis=2).astype(np.uint8)
    return Image.fromarray(pixels).convert(mode)


def told(orientation: int = 1) -> bytes:
    """Return EXIF data with a name, a serial number in the maker notes, a place, a thumbnail, and which way is up."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Artist] = NAME.decode()
    exif[ExifTags.Base.XPAuthor] = NAME.decode().encode("utf-16-le")
    exif[ExifTags.Base.ImageDescription] = PLACE.decode()
    exif[ExifTags.IFD.Exif] = {
        ExifTags.Base.MakerNote: b"Canon\0\0" + SERIAL + bytes(200) + SERIAL,
        ExifTags.Base.BodySerialNumber: SERIAL.decode(),
        ExifTags.Base.UserComment: b"ASCII\0\0\0" + COMMENT,
    }
    exif[ExifTags.IFD.GPSInfo] = {
        ExifTags.GPS.GPSLatitudeRef: "N",
        ExifTags.GPS.GPSLatitude: (LATITUDE / 1, 0.0, 0.0),
    }
    return exif.tobytes() + encoded(picture(width=8, height=8), "JPEG", comment=COMMENT)


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def jpeg(mode: str = "RGB", *, orientation: int = 1, **options: Any) -> bytes:
    """Return a JPEG with every kind of metadata, and a video after it, as phones append them."""
    plain = encoded(picture(mode), "JPEG", exif=told(orientation), icc_profile=PROFILE, comment=COMMENT, **options)
    more = [
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP),
        segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + bytes(40) + XMP),
        segment(0xE0, b"JFXX\0\x10" + COMMENT),
        segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x10" + NAME + bytes(4)),
        segment(0xE2, b"MPF\0" + SERIAL),
        segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\0" + SERIAL),
        segment(0xE5, PLACE),
        segment(0xEF, NAME),
        b"\xff\xff\xff" + segment(0xFE, NAME),  # padding before a marker is allowed
    ]
    return plain[:2] + b"".join(more) + plain[2:] + plain + b"\0\0\0\x18ftypmp42" + SERIAL + NAME + PLACE


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(mode: str = "RGB", *, orientation: int = 1, **options: Any) -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", NAME.decode())
    text.add_text("Comment", (COMMENT * 9).decode(), zip=True)
    text.add_itxt("XML:com.adobe.xmp", XMP.decode())
    text.add(b"prVt", SERIAL)
    text.add(b"tIME", b"\x07\xea\1\2\3\4\5")
    exif = told(orientation)
    plain = encoded(picture(mode), "PNG", pnginfo=text, exif=exif, icc_profile=PROFILE, **options)
    at = plain.index(b"iCCP") - 4
    (length,) = struct.unpack_from(">I", plain, at)
    named = NAME + plain[at + 8 : at + 8 + length].removeprefix(b"ICC Profile")
    return plain[:at] + chunk(b"iCCP", named) + plain[at + 12 + length :] + SERIAL + plain


def webp(mode: str = "RGB", *, orientation: int = 1, **options: Any) -> bytes:
    plain = encoded(picture(mode), "WEBP", exif=told(orientation), xmp=XMP, icc_profile=PROFILE, **options)
    more = b"priv" + struct.pack("<I", 12) + SERIAL
    whole = plain + more
    return whole[:4] + struct.pack("<I", len(whole) - 8) + whole[8:] + NAME


def kept(folder: Path, data: bytes, name: str = "photo") -> tuple[bytes, str]:
    """Return the bare photo after checking what holds of every one."""
    path = folder / name
    path.write_bytes(data)
    found, suffix = bare(path)
    again = folder / f"bare{suffix}"
    again.write_bytes(found)
    assert np.array_equal(read_image(again), read_image(path))
    assert not [secret for secret in SECRETS if secret in found]
    assert bare(again) == (found, suffix)
    return found, suffix


def says(data: bytes) -> tuple[dict[int, Any], bytes | None]:
    """Return the EXIF tags and the colour profile of a picture."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return dict(image.getexif()), image.info.get("icc_profile")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("make", "kind"), [(jpeg, ".jpg"), (png, ".png"), (webp, ".webp")])
def test_a_photo_keeps_its_turn_and_its_profile_alone(tmp_path: Path, make: Any, kind: str, orientation: int) -> None:
    data = make(orientation=orientation)
    assert {NAME, SERIAL, PLACE} <= {secret for secret in SECRETS if secret in data}
    assert struct.pack("<I", LATITUDE) in data or struct.pack(">I", LATITUDE) in data
    found, suffix = kept(tmp_path, data)
    assert suffix == kind
    assert says(found) == ({0x0112: orientation} if orientation > 1 else {}, PROFILE)


def coded(data: bytes) -> list[bytes]:
    """Return the parts of a picture's file that hold its pixels."""
    if data[:4] == b"RIFF":
        return [content for kind, content in _riff(data) if kind in (b"VP8 ", b"VP8L", b"ALPH")]
    if data[:2] == b"\xff\xd8":
        return [data[data.index(b"\xff\xda") : data.index(b"\xff\xd9")]]
    return [content for kind, content in _chunks(data) if kind == b"IDAT"]


def _riff(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at < struct.unpack_from("<I", data, 4)[0] + 8:
        kind, length = struct.unpack_from("<4sI", data, at)
        yield kind, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        content = data[at + 8 : at + 8 + length]
        assert data[at + 8 + length : at + 12 + length] == struct.pack(">I", zlib.crc32(kind + content))
        yield kind, content
        at += length + 12


PICTURES = {
    "JPEG": (jpeg(), ".jpg"),
    "progressive JPEG": (jpeg(progressive=True), ".jpg"),
    "JPEG with restarts": (jpeg(restart_marker_blocks=1), ".jpg"),
    "JPEG of full colour": (jpeg(subsampling=0, quality=98), ".jpg"),
    "grey JPEG": (jpeg("L"), ".jpg"),
    "CMYK JPEG": (jpeg("CMYK"), ".jpg"),
    "turned CMYK JPEG": (jpeg("CMYK", orientation=6, progressive=True), ".jpg"),
    "JPEG stored as RGB": (jpeg(keep_rgb=True), ".jpg"),
    "PNG": (png(), ".png"),
    "PNG with alpha": (png("RGBA"), ".png"),
    "grey PNG": (png("L"), ".png"),
    "black and white PNG": (png("1"), ".png"),
    "PNG of a palette": (png("P"), ".png"),
    "PNG of 16 bits": (encoded(Image.fromarray(np.arange(0, 60000, 20, np.uint16).reshape(50, 60)), "PNG"), ".png"),
    "PNG of two bits and a clear colour": (encoded(picture("P"), "PNG", bits=2, transparency=1), ".png"),
    "WebP": (webp(), ".webp"),
    "WebP with alpha": (webp("RGBA"), ".webp"),
    "WebP without loss": (webp(lossless=True), ".webp"),
    "turned WebP with alpha and without loss": (webp("RGBA", lossless=True, orientation=5), ".webp"),
    "plain WebP": (encoded(picture(), "WEBP"), ".webp"),
}


@pytest.mark.parametrize(("data", "kind"), PICTURES.values(), ids=PICTURES.keys())
def test_a_photo_is_cut_and_not_encoded_again(tmp_path: Path, data: bytes, kind: str) -> None:
    found, suffix = kept(tmp_path, data)
    assert suffix == kind
    original = data[: data.index(b"IEND") + 8] if kind == ".png" else data
    if kind == ".jpg":  # what follows is a copy with a thumbnail in its EXIF data
        assert coded(found)[0] in data
    else:
        assert coded(found) == coded(original)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "JPEG2000", "AVIF"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_photo_of_another_format_becomes_a_png_of_its_upright_pixels(
    tmp_path: Path, kind: str, orientation: int
) -> None:
    options: dict[str, Any] = {} if kind in ("GIF", "BMP", "JPEG2000") else {"exif": told(orientation)}
    found, suffix = kept(tmp_path, encoded(picture(), kind, **options))
    assert suffix == ".png"
    assert says(found) == ({}, None)
    assert {kind for kind, _ in _chunks(found)} == {b"IHDR", b"IDAT", b"IEND"}


def test_a_photo_that_only_xmp_turns_is_turned_by_exif(tmp_path: Path) -> None:
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/>' + NAME + b"</x:xmpmeta>"
    plain = encoded(picture(), "JPEG")
    data = plain[:2] + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp) + plain[2:]
    found, suffix = kept(tmp_path, data)
    assert (suffix, says(found)[0]) == (".jpg", {0x0112: 6})


def test_a_png_that_is_turned_behind_its_pixels_is_turned(tmp_path: Path) -> None:
    plain = encoded(picture(), "PNG")
    late = chunk(b"eXIf", told(8).removeprefix(b"Exif\0\0"))
    found, suffix = kept(tmp_path, plain[:-12] + late + plain[-12:])
    assert (suffix, says(found)[0]) == (".png", {0x0112: 8})


def test_an_orientation_that_there_is_not_is_dropped(tmp_path: Path) -> None:
    found, _ = kept(tmp_path, jpeg(orientation=9))
    assert says(found)[0] == {}


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_of_an_animation_the_picture_that_is_read_is_kept(tmp_path: Path, kind: str) -> None:
    frames = [picture().rotate(10 * k) for k in range(3)]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    found, suffix = kept(tmp_path, data)
    assert suffix == ".png"
    assert {kind for kind, _ in _chunks(found)} == {b"IHDR", b"IDAT", b"IEND"}


def test_two_photos_in_one_file_become_one(tmp_path: Path) -> None:
    data = encoded(picture(), "MPO", save_all=True, append_images=[picture().rotate(180)])
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "MPO"
    found, suffix = kept(tmp_path, data)
    assert suffix == ".jpg"
    assert found.count(b"\xff\xd8\xff") == 1
    assert b"MPF" not in found


def test_a_thumbnail_before_the_picture_goes(tmp_path: Path) -> None:
    plain = encoded(picture(), "JPEG")
    thumbnail = segment(0xE0, b"JFIF\0\1\2\0\0\1\0\1\4\1" + NAME)
    found, suffix = kept(tmp_path, plain[:2] + thumbnail + plain[20:])
    assert (suffix, len(found)) == (".jpg", len(plain))


def test_what_stands_behind_the_numbers_of_a_segment_goes(tmp_path: Path) -> None:
    plain = encoded(picture("CMYK"), "JPEG")
    at = plain.index(b"\xff\xee\x00\x0eAdobe")
    found, suffix = kept(tmp_path, plain[:at] + segment(0xEE, plain[at + 4 : at + 16] + NAME) + plain[at + 16 :])
    assert (suffix, found) == (".jpg", plain)


def test_a_photo_that_cannot_be_cut_becomes_a_png(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for make in (jpeg, png, webp):
        whole = encoded(picture(), {jpeg: "JPEG", png: "PNG", webp: "WEBP"}[make])
        monkeypatch.setattr(bare_photo, "MOST_BYTES", len(whole) - 1)
        assert kept(tmp_path, whole)[1] == ".png"


def test_other_pixels_are_never_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(data: bytes, orientation: int) -> bytes:
        return encoded(picture().rotate(180), "JPEG")

    monkeypatch.setitem(bare_photo._CUTTERS, "JPEG", (".jpg", wrong))
    assert kept(tmp_path, jpeg())[1] == ".png"


@pytest.mark.parametrize("left", [{"exif": told()}, {"comment": COMMENT}, {"xmp": XMP}])
def test_metadata_left_by_a_fault_is_never_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: dict[str, bytes]
) -> None:
    faulty = encoded(picture(), "JPEG", **left)
    monkeypatch.setitem(bare_photo._CUTTERS, "JPEG", (".jpg", lambda data, orientation: faulty))
    assert kept(tmp_path, faulty)[1] == ".png"


@pytest.mark.parametrize("make", [jpeg, png, webp])
def test_a_photo_cut_anywhere_is_a_png_or_refused(tmp_path: Path, make: Any) -> None:
    data = make(orientation=6)
    path = tmp_path / "photo"
    for length in range(0, len(data), max(1, len(data) // 60)):
        path.write_bytes(data[:length])
        try:
            read_image(path)
        except DataError:
            with pytest.raises(DataError):
                bare(path)
        else:
            kept(tmp_path, data[:length])


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"no photo")
    for path in (tmp_path / "text", tmp_path / "missing", tmp_path):
        with pytest.raises(DataError):
            bare(path)


def test_a_palette_is_kept(tmp_path: Path) -> None:
    assert kept(tmp_path, palette_png(np.eye(9)))[1] == ".png"
