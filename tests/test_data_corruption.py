"""Damaged files: a named error, or what an independent decoder reads from the same bytes; nothing else, ever."""

from __future__ import annotations

import ast
import csv
import io
import json
import lzma
import random
import shutil
import signal
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import scipy.io
from PIL import Image

from pocketseg.core.errors import DataError
from pocketseg.data.check import check
from pocketseg.data.formats import ccp, dresscode
from pocketseg.data.photos import PhotoSet, open_photos, read_image

DATA = Path(__file__).parent / "data"
COUNT = 200  # damaged copies of each kind of file
LIMIT_S = 20
WIDTH, HEIGHT = 48, 64  # of the scaled fixtures
Array = npt.NDArray[Any]


class _TooLongError(Exception):
    """One damaged file took longer than LIMIT_S."""


@contextmanager
def _limit() -> Iterator[None]:
    """Stop what hangs; then give the alarm back to pytest-timeout."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise _TooLongError

    before, (left, _) = signal.signal(signal.SIGALRM, stop), signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, left)


# ---- small copies of the fixtures ------------------------------------------------------------------------------------


def _encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def _small_photo() -> Image.Image:
    with Image.open(DATA / "dresscode/dresses/images/000407_0.jpg") as image:
        return image.resize((WIDTH, HEIGHT))


def _small_indices(path: Path) -> Array:
    with Image.open(path) as image:
        return np.asarray(image.resize((WIDTH, HEIGHT), Image.Resampling.NEAREST))


def _palette_png(values: Array, bits: int = 8) -> bytes:
    picture = Image.fromarray(values.astype(np.uint8))
    picture.putpalette([v for k in range(1 << bits) for v in (k, 255 - k, 0)])
    return _encoded(picture, "PNG", bits=bits)


def _npy(uv: Array) -> bytes:
    stream = io.BytesIO()
    np.save(stream, uv)
    return stream.getvalue()


def _npz(npy: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr(zipfile.ZipInfo("uv.npy"), npy, method)
    return stream.getvalue()


def _small_uv() -> Array:
    with np.load(DATA / "dresscode/dresses/dense/000407_5_uv.npz") as content:
        uv: Array = content["uv"][:, ::16, ::16]
    assert uv.shape == (2, HEIGHT, WIDTH)
    return uv


def _mat(*, compressed: bool, dtype: str = "u1") -> bytes:
    labels = scipy.io.loadmat(DATA / "ccp_masks/0012.mat")["groundtruth"][::14, ::12].astype(dtype)
    stream = io.BytesIO()
    scipy.io.savemat(stream, {"groundtruth": labels}, do_compression=compressed)
    return stream.getvalue()


def _small_csv() -> bytes:
    """Two photos of the fixture, every mask sampled at each 13th pixel, written anew without the product's encoder."""
    csv.field_size_limit(1 << 26)
    lines = ["ImageId,EncodedPixels,Height,Width,ClassId"]
    for row in csv.DictReader(io.StringIO((DATA / "imaterialist/train.csv").read_text("utf-8"))):
        if row["ImageId"] not in ("0012.jpg", "0271.jpg"):
            continue
        height, width = int(row["Height"]), int(row["Width"])
        full = _slow_mask(row["EncodedPixels"], height, width)
        small = [[full[y][x] for x in range(0, width, 13)] for y in range(0, height, 13)]
        flat = [small[y][x] for x in range(len(small[0])) for y in range(len(small))]
        runs, k = [], 0
        while k < len(flat):
            if flat[k]:
                start = k
                while k < len(flat) and flat[k]:
                    k += 1
                runs += [start + 1, k - start]
            k += 1
        text = " ".join(map(str, runs))
        lines.append(f"{row['ImageId']},{text},{len(small)},{len(small[0])},{row['ClassId']}")
        if row["ClassId"] in ("8_20", "10"):  # parts on a garment and beside it, which the fixture lacks
            first, size = runs[len(runs) // 4 * 2], f"{len(small)},{len(small[0])}"
            lines += [f"{row['ImageId']},{first} 3,{size},31_4", f"{row['ImageId']},{first} 2 1 9,{size},34"]
    return ("\n".join(lines) + "\n").encode()


def _folder_data(root: Path) -> None:
    for part in ("images", "masks"):
        (root / part).mkdir(parents=True)
    (root / "images/a.jpg").write_bytes(_encoded(_small_photo(), "JPEG", quality=90))
    (root / "images/b.png").write_bytes(_encoded(_small_photo(), "PNG"))
    mask = _small_indices(DATA / "dresscode/dresses/label_maps/000407_4.png") % 4
    for name in "ab":
        (root / "masks" / f"{name}.png").write_bytes(_palette_png(mask))
    (root / "classes.json").write_text('["background", "upper", "lower", "full \\u00e9"]')


def _dresscode_data(root: Path) -> None:
    place, source = root / "dresses", DATA / "dresscode/dresses"
    for part in ("images", "label_maps", "keypoints", "skeletons", "dense"):
        (place / part).mkdir(parents=True)
    for name in ("images/000407_0.jpg", "images/000407_1.jpg", "skeletons/000407_5.jpg"):
        (place / name).write_bytes(_encoded(_small_photo(), "JPEG", quality=90))
    (place / "label_maps/000407_4.png").write_bytes(_palette_png(_small_indices(source / "label_maps/000407_4.png")))
    dense = Image.fromarray(_small_indices(source / "dense/000407_5.png"))
    (place / "dense/000407_5.png").write_bytes(_encoded(dense, "PNG"))
    (place / "dense/000407_5_uv.npz").write_bytes(_npz(_npy(_small_uv())))
    for name in ("keypoints/000407_2.json", "train_pairs.txt"):
        shutil.copy(source / name, place / name)


def _ccp_data(root: Path) -> None:
    (root / "photos").mkdir(parents=True)
    (root / "annotations/pixel-level").mkdir(parents=True)
    labels = scipy.io.loadmat(io.BytesIO(_mat(compressed=True)))["groundtruth"]
    small = _small_photo().resize(labels.shape[::-1])
    (root / "photos/0012.jpg").write_bytes(_encoded(small, "JPEG"))
    (root / "annotations/pixel-level/0012.mat").write_bytes(_mat(compressed=True))


def _imaterialist_data(root: Path) -> None:
    (root / "train").mkdir(parents=True)
    (root / "train.csv").write_bytes(_small_csv())
    for photo_id in ("0012", "0271"):
        rows = [r for r in csv.DictReader(io.StringIO(_small_csv().decode())) if r["ImageId"] == f"{photo_id}.jpg"]
        small = _small_photo().resize((int(rows[0]["Width"]), int(rows[0]["Height"])))
        (root / "train" / f"{photo_id}.jpg").write_bytes(_encoded(small, "JPEG"))


# ---- independent decoders: None for what they cannot read ------------------------------------------------------------


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        return []
    found, place = [], 8
    while place + 8 <= len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        found.append((data[place + 4 : place + 8], data[place + 8 : place + 8 + size]))
        place += size + 12
        if found[-1][0] == b"IEND":
            break
    return found


def _inflated(data: bytes, need: int) -> bytes:
    """Unpack as many bytes as there are, whatever the checksum says."""
    stream, out = zlib.decompressobj(-15), bytearray()
    with suppress(zlib.error):
        for k in range(2, len(data), 16):
            out += stream.decompress(data[k : k + 16])
            if len(out) >= need:
                break
    return bytes(out)


def _unfiltered(raw: bytes, row_bytes: int, rows: int, step: int) -> list[bytearray] | None:
    lines: list[bytearray] = []
    before = bytearray(row_bytes)
    for y in range(rows):
        kind, line = raw[y * (row_bytes + 1)], bytearray(raw[y * (row_bytes + 1) + 1 : (y + 1) * (row_bytes + 1)])
        for x in range(row_bytes):
            left, up = line[x - step] if x >= step else 0, before[x]
            corner = before[x - step] if x >= step else 0
            guess = left + up - corner
            nearest = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
            if kind > 4:
                return None
            line[x] = (line[x] + (0, left, up, (left + up) // 2, nearest)[kind]) & 255
        lines.append(line)
        before = line
    return lines


def _read_png(data: bytes) -> Array | None:
    """Read palette or grey indices of 1, 2, 4 or 8 bits as H,W, and 8-bit RGB as H,W,3; no checksum is looked at."""
    chunks = _chunks(data)
    header = next((c for name, c in chunks if name == b"IHDR" and len(c) >= 13), None)
    if header is None:
        return None
    width, height, depth, kind, _, _, woven = struct.unpack(">IIBBBBB", header[:13])
    if kind not in (0, 2, 3) or depth not in (1, 2, 4, 8) or (kind == 2 and depth != 8):
        return None
    if not 0 < width * height < 1_000_000:
        return None
    samples = 3 if kind == 2 else 1
    passes = [(0, 0, 1, 1)]
    if woven:
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    raw = _inflated(b"".join(c for name, c in chunks if name == b"IDAT"), 8 * (width + 2) * (height + 1) * samples)
    image: Array = np.zeros((height, width, samples), np.uint8)
    for x0, y0, dx, dy in passes:
        columns, rows = len(range(x0, width, dx)), len(range(y0, height, dy))
        row_bytes = -(-columns * samples * depth // 8)
        if not columns or not rows:
            continue
        if len(raw) < rows * (row_bytes + 1):
            return None
        lines = _unfiltered(raw, row_bytes, rows, max(1, samples * depth // 8))
        if lines is None:
            return None
        raw = raw[rows * (row_bytes + 1) :]
        for y, line in enumerate(lines):
            for k in range(columns * samples):
                bit = k * depth
                value = line[bit // 8] >> (8 - depth - bit % 8) & ((1 << depth) - 1)
                image[y0 + y * dy, x0 + k // samples * dx, k % samples] = value
    return image if samples == 3 else image[..., 0]


def _resealed(data: bytes) -> bytes:
    """Give every chunk the checksum of what it holds, so that damage reaches the decoders."""
    out = bytearray(data[:8])
    place = 8
    while place + 12 <= len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        body = data[place + 4 : place + 8 + size]
        if len(body) < size + 4:
            break
        out += data[place : place + 4] + body + zlib.crc32(body).to_bytes(4, "big")
        place += size + 12
    return bytes(out + data[place:])


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Height and width of the first frame header."""
    place = 2
    while data[:2] == b"\xff\xd8" and place + 9 <= len(data):
        marker = data[place + 1]
        if data[place] != 0xFF or marker == 0xFF:
            place += 1
        elif marker in (0x00, 0x01, *range(0xD0, 0xDA)):
            place += 2
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[place + 5 : place + 9])
            return height, width
        else:
            place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return None


def _photo_size(data: bytes) -> tuple[int, int] | None:
    """Height and width of a JPEG, PNG or GIF."""
    header = next((c for name, c in _chunks(data) if name == b"IHDR" and len(c) >= 8), None)
    if header is not None:
        width, height = struct.unpack(">II", header[:8])
        return height, width
    if data[:4] == b"GIF8":
        width, height = struct.unpack("<HH", data[6:10])
        return height, width
    return _jpeg_size(data)


def _same_photo(found: Array, data: bytes) -> bool:
    """Compare the pixels where a plain RGB PNG was read, the size of any other file."""
    header = next((c for name, c in _chunks(data) if name == b"IHDR"), b"")
    if header[8:10] == b"\x08\x02":
        want = _read_png(data)
        return want is not None and np.array_equal(found, want)
    return found.shape[:2] == _photo_size(data)


def _slow_mask(text: str, height: int, width: int) -> list[list[int]]:
    grid = [[0] * width for _ in range(height)]
    numbers = [int(word) for word in text.split()]
    for start, length in zip(numbers[::2], numbers[1::2], strict=True):
        for pixel in range(start - 1, start - 1 + length):
            grid[pixel % height][pixel // height] = 1
    return grid


def _read_csv(data: bytes) -> dict[str, list[list[int]]] | None:
    """Every photo's labels, or None where any row is damaged: plain loops from the format's description."""
    photos: dict[str, list[tuple[int, list[list[int]]]]] = {}
    sizes: dict[str, tuple[int, int]] = {}
    columns = ("ImageId", "EncodedPixels", "Height", "Width", "ClassId")
    try:
        lines = [next(csv.reader([t], strict=True), []) for t in data.decode("utf-8-sig").split("\n")]
        header, rows = lines[0], [r for r in lines[1:] if "".join(r).strip() or len(r) > 1]
        order = [header.index(c) for c in columns]
        for row in rows:
            name, runs, high, wide, kind = (row[k] for k in order)
            numbers = [int(w) for w in (*runs.split(), high, wide, *kind.split("_"))]
            height, width, category = int(high), int(wide), int(kind.split("_")[0])
            plain = all(set(w) <= set("0123456789") and w for w in (*runs.split(), high, wide, *kind.split("_")))
            ok = plain and len(row) == len(header) and name in ("0012.jpg", "0271.jpg") and category < 46
            if not ok or min(numbers[: len(runs.split()) + 2]) < 1:
                return None
            if sizes.setdefault(name, (height, width)) != (height, width):
                return None
            photos.setdefault(name, []).append((category, _slow_mask(runs, height, width)))
    except (ValueError, IndexError, csv.Error):
        return None
    return {name.removesuffix(".jpg"): _laid(masks) for name, masks in photos.items()}


def _laid(masks: Sequence[tuple[int, list[list[int]]]]) -> list[list[int]]:
    """Parts and decorations never hide a garment; of the others the smaller lies on top, of equal ones the later."""
    labels = [[0] * len(masks[0][1][0]) for _ in masks[0][1]]
    for y, line in enumerate(labels):
        for x in range(len(line)):
            over = [
                (category < 27, -sum(map(sum, mask)), place, category)
                for place, (category, mask) in enumerate(masks)
                if mask[y][x]
            ]
            line[x] = max(over)[3] + 1 if over else 0
    return labels


def _read_npy(data: bytes) -> Array | None:
    with suppress(ValueError, SyntaxError, KeyError, TypeError, struct.error, IndexError):
        if data[:6] != b"\x93NUMPY":
            return None
        long = data[6] > 1
        size = struct.unpack("<I" if long else "<H", data[8 : 12 if long else 10])[0]
        start = 12 if long else 10
        header = ast.literal_eval(data[start : start + size].decode("latin-1").strip())
        count = int(np.prod(header["shape"], dtype=object))
        values: Array = np.frombuffer(data, np.dtype(header["descr"]), count, start + size)
        return values.reshape(header["shape"], order="F" if header["fortran_order"] else "C")
    return None


def _read_npz(data: bytes) -> Array | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read_npy(archive.read("uv.npy"))
    except Exception:  # noqa: BLE001 - whatever it says, it cannot read it
        return None


def _read_joints(data: bytes) -> Array | None:
    with suppress(ValueError, KeyError, TypeError, RecursionError, IndexError):
        rows = json.loads(data.decode("utf-8"))["keypoints"]
        joints = np.array([[float(v) for v in row] for row in rows], np.float64)
        if joints.shape != (18, 4):
            return None
        found = joints[:, :3] * (WIDTH / 384, HEIGHT / 512, 1)
        found[joints[:, 3] < 0] = np.nan
        return found
    return None


def _read_names(data: bytes) -> tuple[str, ...] | None:
    with suppress(ValueError, TypeError, RecursionError):
        names = json.loads(data.decode("utf-8"))
        return tuple(names) if isinstance(names, list) and all(isinstance(n, str) for n in names) else None
    return None


# ---- damage ----------------------------------------------------------------------------------------------------------


def _others() -> list[bytes]:
    """Files of every kind, to stand where one of another kind belongs."""
    joints = (DATA / "dresscode/dresses/keypoints/000407_2.json").read_bytes()
    return [
        _encoded(_small_photo(), "JPEG"), _encoded(_small_photo(), "PNG"), _palette_png(np.eye(9)), joints,
        _small_csv(), b'["background", "shirt"]', _npz(_npy(_small_uv())), _mat(compressed=True),
        _mat(compressed=False), b"", _npy(_small_uv()), _encoded(_small_photo().convert("P"), "GIF"), b"\0" * 500,
    ]  # fmt: skip


def _damaged(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """Cut short, flip bits, zero a span, insert bytes, or put another file in its place."""
    how = rng.choice(("cut", "bits", "bits", "bits", "zeros", "insert", "other"))
    place = rng.randrange(len(data)) if rng.random() < 0.5 else rng.randrange(min(len(data), 150))
    if rng.random() < 0.2:
        place = len(data) - 1 - rng.randrange(min(len(data), 150))
    changed = bytearray(data)
    if how == "cut":
        return data[:place]
    if how == "bits":
        for _ in range(rng.choice((1, 1, 1, 2, 8))):
            changed[place] ^= 1 << rng.randrange(8)
            place = rng.randrange(len(data))
    elif how == "zeros":
        span = min(rng.choice((1, 4, 64)), len(data) - place)
        changed[place : place + span] = b"\0" * span
    elif how == "insert":
        at = place if rng.random() < 0.8 else len(data)
        changed[at:at] = rng.randbytes(rng.choice((1, 2, 4, 100)))
    else:
        return rng.choice(others)
    return bytes(changed)


@dataclass(frozen=True)
class Kind:
    """build: writes a data set. file: the one to damage. read: by the product. same: does it fit the bytes?"""

    build: Callable[[Path], None]
    format: str
    file: str
    read: Callable[[PhotoSet], Any]
    same: Callable[[Any, bytes], bool]
    content: Callable[[bytes], bytes] = bytes  # what is damaged: the file, or what is packed in it
    seal: Callable[[bytes], bytes] = bytes  # and how that becomes a file
    accepted: int = 1  # how many must be read, of COUNT, for the comparison to mean something


def _as(decode: Callable[[bytes], Any]) -> Callable[[Any, bytes], bool]:
    """Compare with what an independent decoder reads."""

    def same(found: Any, data: bytes) -> bool:
        want = decode(data)
        if want is None:
            return False
        if not isinstance(found, np.ndarray):
            return bool(found == want)
        fits = found.shape == np.shape(want)
        return bool(fits and np.allclose(found, np.asarray(want, np.float64), rtol=1e-5, atol=1e-5, equal_nan=True))

    return same


def _labels(photo_id: str) -> Callable[[PhotoSet], Any]:
    return lambda photos: photos.labels(photo_id)


def _uv(photos: PhotoSet) -> Any:
    dense = photos.dense_pose("dresses/000407")
    assert dense is not None
    return dense.uv


def _parts(photos: PhotoSet) -> Any:
    dense = photos.dense_pose("dresses/000407")
    assert dense is not None
    return dense.parts


def _bits(bits: int) -> Callable[[Path], None]:
    def build(root: Path) -> None:
        _folder_data(root)
        mask = _small_indices(DATA / "dresscode/dresses/label_maps/000407_4.png") % min(4, 1 << bits)
        (root / "masks/a.png").write_bytes(_palette_png(mask, bits))
        if bits > 2:
            (root / "classes.json").write_text(json.dumps([f"c{k}" for k in range(1 << bits)][:255]))

    return build


def _all_labels(photos: PhotoSet) -> dict[str, Any]:
    return {i: photos.labels(i).tolist() for i in photos.ids}


JOINTS, UV = "dresses/keypoints/000407_2.json", "dresses/dense/000407_5_uv.npz"
LABEL_MAP, DENSE = "dresses/label_maps/000407_4.png", "dresses/dense/000407_5.png"
KINDS = {
    "photo.jpg": Kind(_folder_data, "folder", "images/a.jpg", lambda p: read_image(p.image_path("a")), _same_photo,
                      accepted=20),
    "photo.png": Kind(_folder_data, "folder", "images/b.png", lambda p: read_image(p.image_path("b")), _same_photo),
    "resealed photo.png": Kind(_folder_data, "folder", "images/b.png", lambda p: read_image(p.image_path("b")),
                               _same_photo, seal=_resealed, accepted=3),
    "mask.png": Kind(_folder_data, "folder", "masks/a.png", _labels("a"), _as(_read_png)),
    **{
        f"resealed mask.png of {bits} bits": Kind(
            _bits(bits), "folder", "masks/a.png", _labels("a"), _as(_read_png), seal=_resealed, accepted=3)
        for bits in (1, 2, 4, 8)
    },
    "label map": Kind(_dresscode_data, "dresscode", LABEL_MAP, _labels("dresses/000407"), _as(_read_png),
                      seal=_resealed),
    "dense pose": Kind(_dresscode_data, "dresscode", DENSE, _parts, _as(_read_png), seal=_resealed),
    "train.csv": Kind(_imaterialist_data, "imaterialist", "train.csv", _all_labels, _as(_read_csv), accepted=5),
    "keypoints": Kind(_dresscode_data, "dresscode", JOINTS, lambda p: p.keypoints("dresses/000407"), _as(_read_joints),
                      accepted=5),
    "classes.json": Kind(_folder_data, "folder", "classes.json", lambda p: p.classes, _as(_read_names), accepted=5),
    "uv.npz": Kind(_dresscode_data, "dresscode", UV, _uv, _as(_read_npz)),
    "uv.npy in a whole npz": Kind(
        _dresscode_data, "dresscode", UV, _uv, _as(_read_npz), content=lambda data: _npy(_small_uv()), seal=_npz),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_damage_ends_in_a_named_error_or_in_what_the_bytes_say(name: str, tmp_path: Path) -> None:
    kind = KINDS[name]
    kind.build(tmp_path)
    file, spec, others = tmp_path / kind.file, f"{kind.format}:{tmp_path}", _others()
    good = kind.content(file.read_bytes())
    assert kind.same(kind.read(open_photos(spec)), file.read_bytes()), "the undamaged file is misread"
    assert check(spec, None).clean
    rng, accepted, wrong = random.Random(name), 0, []
    for number in range(COUNT):
        damaged = kind.seal(_damaged(good, rng, others))
        file.write_bytes(damaged)
        refused = False
        try:
            with _limit():
                found = kind.read(open_photos(spec))
        except DataError as error:
            refused = True
            if file.name not in error.message or not error.hint:
                wrong.append(f"{number}: the error does not name {file.name} or what to do: {error}")
        except Exception as error:  # noqa: BLE001 - that is what must not come
            wrong.append(f"{number}: {type(error).__name__}: {error}")
        else:
            accepted += 1
            if not kind.same(found, damaged):
                wrong.append(f"{number}: read as {np.shape(found)}, which the bytes do not say")
        try:
            with _limit():
                report = check(spec, None)
            if refused and report.clean:
                wrong.append(f"{number}: refused, but clean in the report")
        except Exception as error:  # noqa: BLE001 - a report has no faults of its own
            wrong.append(f"{number}: check: {type(error).__name__}: {error}")
    assert not wrong, "\n".join(wrong)
    assert kind.accepted <= accepted <= COUNT - 20, f"{accepted} of {COUNT} read: nothing was compared, or nothing hit"


# ---- MATLAB files, against scipy in a process of its own, which damaged files can crash ------------------------------

SCIPY = """
import sys
import numpy, scipy.io
for line in sys.stdin:
    path = line.strip()
    print("begin", path, flush=True)
    try:
        values = scipy.io.loadmat(path, variable_names=["groundtruth"])["groundtruth"]
        numpy.save(path + ".npy", values, allow_pickle=False)
    except BaseException:
        pass
    print("end", path, flush=True)
"""


def _scipy_reads(files: Sequence[Path]) -> dict[Path, Array]:
    """What scipy reads of each file; those it cannot read, or crashes on, are left out."""
    waiting = list(files)
    while waiting:
        text = "".join(f"{f}\n" for f in waiting)
        try:
            run = subprocess.run(
                [sys.executable, "-W", "ignore", "-c", SCIPY], input=text, capture_output=True, text=True, check=False,
                timeout=60,
            )  # fmt: skip
            out = run.stdout
        except subprocess.TimeoutExpired as error:
            out = (error.stdout or b"").decode()
        begun = sum(line.startswith("begin") for line in out.splitlines())
        assert begun, "scipy did not start"
        waiting = waiting[begun:]
    return {f: np.load(f"{f}.npy") for f in files if Path(f"{f}.npy").exists()}


@pytest.mark.parametrize("name", ["compressed", "plain", "doubles", "packed anew"])
def test_a_damaged_mat_file_is_refused_or_read_as_scipy_reads_it(name: str, tmp_path: Path) -> None:
    _ccp_data(tmp_path)
    file, spec = tmp_path / "annotations/pixel-level/0012.mat", f"ccp:{tmp_path}"
    good = _mat(compressed=name == "compressed", dtype="f8" if name == "doubles" else "u1")
    rng, others, found, wrong = random.Random(name), _others(), {}, []
    (tmp_path / "copies").mkdir()
    for number in range(COUNT):
        damaged = good if not number else _damaged(good, rng, others)
        if name == "packed anew" and len(damaged) > 128:
            packed = zlib.compress(damaged[128:])
            damaged = damaged[:128] + struct.pack("<II", 15, len(packed)) + packed
        file.write_bytes(damaged)
        copy = tmp_path / "copies" / f"{number}.mat"
        copy.write_bytes(damaged)
        refused = False
        try:
            with _limit():
                found[copy] = open_photos(spec).labels("0012")
        except DataError as error:
            refused = True
            if "0012.mat" not in error.message or not error.hint:
                wrong.append(f"{number}: not named: {error}")
        except Exception as error:  # noqa: BLE001 - that is what must not come
            wrong.append(f"{number}: {type(error).__name__}: {error}")
        with _limit():
            if refused and check(spec, None).clean:
                wrong.append(f"{number}: refused, but clean in the report")
    truth = _scipy_reads([tmp_path / "copies" / f"{k}.mat" for k in range(COUNT)])
    for copy, labels in found.items():
        plausible = labels.ndim == 2 and labels.dtype == np.uint8 and int(labels.max(initial=0)) < len(ccp.LABELS)
        if not plausible or (copy in truth and not np.array_equal(labels, truth[copy])):
            wrong.append(f"{copy.name}: read as {labels.shape}, up to {labels.max(initial=0)}")
    assert tmp_path / "copies/0.mat" in truth and tmp_path / "copies/0.mat" in found
    assert not wrong, "\n".join(wrong)
    assert COUNT - len(found) > 20 and len(set(found) & set(truth)) >= 3, "nothing was compared, or nothing hit"


@pytest.mark.parametrize(("stored", "value"), [("u2", 300), ("u2", 256 + 14), ("i2", -242)])
def test_a_mat_file_whose_values_do_not_fit_its_class_is_refused(stored: str, value: int, tmp_path: Path) -> None:
    stream = io.BytesIO()
    scipy.io.savemat(stream, {"groundtruth": np.full((6, 5), value, stored)})
    data = bytearray(stream.getvalue())
    flags = data.index(struct.pack("<II", 6, 8)) + 8
    assert data[flags] in (10, 11)
    data[flags] = 9  # the class: uint8
    (tmp_path / "x.mat").write_bytes(data)
    assert int(_scipy_reads([tmp_path / "x.mat"])[tmp_path / "x.mat"][0, 0]) == value
    with pytest.raises(DataError, match=r"x\.mat"):
        ccp.read_labels(tmp_path / "x.mat")


# ---- damage that chance does not find --------------------------------------------------------------------------------


def _uv_file(tmp_path: Path, data: bytes) -> Path:
    (tmp_path / "x_uv.npz").write_bytes(data)
    return tmp_path / "x_uv.npz"


def test_an_npz_of_any_compression_method_is_read_or_refused(tmp_path: Path) -> None:
    data = bytearray(_npz(_npy(_small_uv())))
    entry = data.rindex(b"PK\x01\x02")
    for method in range(256):
        data[entry + 10] = method
        path = _uv_file(tmp_path, bytes(data))
        if method == zipfile.ZIP_DEFLATED:
            assert np.array_equal(dresscode.read_uv(path), _small_uv())
            continue
        with _limit(), pytest.raises(DataError, match=r"x_uv\.npz"):
            dresscode.read_uv(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_npz_of_the_rarer_methods_is_refused(method: int, tmp_path: Path) -> None:
    good = _npz(_npy(_small_uv()), method)
    start = 30 + len("uv.npy")
    assert np.array_equal(dresscode.read_uv(_uv_file(tmp_path, good)), _small_uv())
    for place in range(start, start + 40):
        damaged = bytearray(good)
        damaged[place] ^= 0xFF
        path = _uv_file(tmp_path, bytes(damaged))
        try:
            zipfile.ZipFile(path).read("uv.npy")
        except (OSError, lzma.LZMAError, zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, MemoryError):
            with _limit(), pytest.raises(DataError, match=r"x_uv\.npz"):
                dresscode.read_uv(path)


@pytest.mark.parametrize("old", [b"}", b"(2", b"'shape'", b"<f4", b"False", b", ", b"{"])
@pytest.mark.parametrize("new", [b" ", b"(", b"((", b"'", b"\\", b"\n  ", b"\xff"])
def test_a_damaged_npy_header_in_a_whole_npz_is_refused(old: bytes, new: bytes, tmp_path: Path) -> None:
    npy = _npy(_small_uv().astype(np.float32))
    assert old in npy
    path = _uv_file(tmp_path, _npz(npy.replace(old, new.ljust(len(old)), 1)))
    with _limit(), pytest.raises(DataError, match=r"x_uv\.npz"):
        dresscode.read_uv(path)


def _csv_of(root: Path, *rows: str) -> PhotoSet:
    (root / "train").mkdir(exist_ok=True)
    Image.new("RGB", (4, 3)).save(root / "train/a.jpg")
    (root / "train.csv").write_text("\n".join(("ImageId,EncodedPixels,Height,Width,ClassId", *rows)) + "\n")
    return open_photos(f"imaterialist:{root}")


def test_runs_that_repeat_the_whole_image_thousands_of_times_are_refused_or_painted_once(tmp_path: Path) -> None:
    photos = _csv_of(tmp_path, f"a.jpg,{' '.join(['1 100000000'] * 10_000)},10000,10000,0")
    try:
        with _limit():
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
    _folder_data(tmp_path)
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
    _folder_data(tmp_path)
    path, photos = tmp_path / "masks/a.png", open_photos(f"folder:{tmp_path}")
    good = path.read_bytes()
    for place in range(12, len(good) - 12):
        damaged = bytearray(good)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"a\.png"):
            photos.mask("a")


def test_a_mask_with_fewer_rows_than_its_header_says_is_refused(tmp_path: Path) -> None:
    _folder_data(tmp_path)
    path = tmp_path / "masks/a.png"
    data = bytearray(_palette_png(np.ones((HEIGHT - 4, WIDTH))))
    assert struct.unpack(">II", data[16:24]) == (WIDTH, HEIGHT - 4)
    data[20:24] = struct.pack(">I", HEIGHT)
    path.write_bytes(_resealed(bytes(data)))
    with pytest.raises(DataError, match=r"a\.png"):
        open_photos(f"folder:{tmp_path}").mask("a")


@pytest.mark.parametrize("name", ["masks", "labels"])
def test_a_mask_or_label_map_of_another_size_is_a_fault_in_the_report(name: str, tmp_path: Path) -> None:
    _folder_data(tmp_path)
    shutil.copytree(tmp_path / "masks", tmp_path / "labels")
    (tmp_path / "labels.json").write_text('["nothing", "shirt", "jeans", "dress", "bag"]')
    assert check(f"folder:{tmp_path}", None).clean
    (tmp_path / name / "a.png").write_bytes(_palette_png(np.ones((HEIGHT - 4, WIDTH))))
    faults = check(f"folder:{tmp_path}", None).faults
    assert [f.path for f in faults] == [tmp_path / name / "a.png"]
