"""Both data formats: what they give, and one clear error for each thing that can be wrong with a folder."""

from __future__ import annotations

import io
import json
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import scipy.io
from PIL import Image

from pocketseg.core.errors import DataError, UnknownNameError, UsageError
from pocketseg.data.embedded import FOLDER
from pocketseg.data.formats import ccp
from pocketseg.data.mask_png import read_mask
from pocketseg.data.photos import open_photos, read_image, read_pair
from pocketseg.inference import class_map, model_input

# The data's README, "Labels to the four classes": every label that is not listed is background.
UPPER = {
    "blazer": 4, "blouse": 5, "bra": 8, "cardigan": 11, "hoodie": 22, "jacket": 24, "jumper": 26, "shirt": 38,
    "suit": 46, "sweater": 48, "sweatshirt": 49, "t-shirt": 51, "top": 54, "vest": 55,
}  # fmt: skip
LOWER = {"jeans": 25, "leggings": 27, "panties": 30, "pants": 31, "shorts": 40, "skirt": 42}
FULL = {"bodysuit": 6, "cape": 10, "coat": 13, "dress": 14, "intimate": 23, "romper": 35, "swimwear": 50}

HEIGHT, WIDTH = 20, 14
Labels = npt.NDArray[np.generic]


def _photo(path: Path, height: int = HEIGHT, width: int = WIDTH) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (width, height), (90, 120, 40)).save(path)


def _mat(path: Path, labels: Labels, name: str = "groundtruth", *, compressed: bool = True) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scipy.io.savemat(path, {name: labels}, do_compression=compressed)


def _png(path: Path, mask: Labels, mode: str = "P") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(mask)
    if mode == "P":
        picture.putpalette([v for k in range(256) for v in (k, 255 - k, 0)])
    picture.save(path)


@pytest.fixture
def ccp_root(tmp_path: Path) -> Path:
    """Three photos with gaps in their ids: two labelled, one not."""
    for photo_id in ("0001", "0007", "1005"):
        _photo(tmp_path / "photos" / f"{photo_id}.jpg")
    labels = np.arange(HEIGHT * WIDTH, dtype=np.uint8).reshape(HEIGHT, WIDTH) % 59
    for photo_id in ("0001", "0007"):
        _mat(tmp_path / "annotations/pixel-level" / f"{photo_id}.mat", labels)
    return tmp_path


@pytest.fixture
def folder_root(tmp_path: Path) -> Path:
    for name in ("a.jpg", "b.png", "z.webp"):
        _photo(tmp_path / "images" / name)
    mask = np.arange(HEIGHT * WIDTH, dtype=np.uint8).reshape(HEIGHT, WIDTH) % 4
    for name in ("a.png", "b.png"):
        _png(tmp_path / "masks" / name, mask)
    return tmp_path


# ---- Clothing Co-Parsing ---------------------------------------------------------------------------------------------


def test_ccp_labels_map_to_the_four_classes_of_the_published_table() -> None:
    want = np.zeros(59, np.uint8)
    for index, labels in enumerate((UPPER, LOWER, FULL), start=1):
        want[list(labels.values())] = index
    assert ccp.MAPPING.table()[:59].tolist() == want.tolist()
    assert (len(UPPER), len(LOWER), len(FULL)) == (14, 6, 7)


def test_a_ccp_folder_gives_photos_masks_and_unlabelled_photos(ccp_root: Path) -> None:
    photos = open_photos(f"ccp:{ccp_root}")
    assert (tuple(photos.ids), tuple(photos.unlabelled_ids)) == (("0001", "0007"), ("1005",))
    image, mask = read_pair(photos, "0007")
    assert image.shape == (HEIGHT, WIDTH, 3) and mask.dtype == np.uint8
    labels = np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) % 59
    for label, row, column in ((4, 0, 4), (25, 1, 11), (14, 1, 0), (41, 2, 13)):
        assert labels[row, column] == label
        assert mask[row, column] == {4: 1, 25: 2, 14: 3, 41: 0}[label]


@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "i4", "i8"])
@pytest.mark.parametrize("compressed", [True, False])
def test_a_ccp_mask_of_any_integer_type_reads_as_scipy_reads_it(dtype: str, compressed: bool, tmp_path: Path) -> None:
    labels = np.random.default_rng(3).integers(0, 59, (HEIGHT, WIDTH)).astype(dtype)
    _mat(tmp_path / "x.mat", labels, compressed=compressed)
    assert np.array_equal(ccp.read_labels(tmp_path / "x.mat"), scipy.io.loadmat(tmp_path / "x.mat")["groundtruth"])


def test_a_ccp_mask_is_found_among_other_variables(tmp_path: Path) -> None:
    labels = np.full((3, 2), 14, np.uint8)
    content = {"first": np.arange(5.0), "text": "a note", "cell": np.array([1, "x"], object), "groundtruth": labels}
    for compressed in (True, False):
        scipy.io.savemat(tmp_path / "x.mat", content, do_compression=compressed)
        assert np.array_equal(ccp.read_labels(tmp_path / "x.mat"), labels)


def test_an_empty_mask_is_background_throughout(ccp_root: Path) -> None:
    _mat(ccp_root / "annotations/pixel-level/0001.mat", np.zeros((HEIGHT, WIDTH), np.uint8))
    assert not read_pair(open_photos(f"ccp:{ccp_root}"), "0001")[1].any()


def _ccp_mask(root: Path, labels: Labels, name: str = "groundtruth") -> None:
    _mat(root / "annotations/pixel-level/0001.mat", labels, name)


CCP_FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "no variable": (lambda r: _ccp_mask(r, np.zeros((HEIGHT, WIDTH), np.uint8), "other"), "the variable 'groundtruth'"),
    "3-D": (lambda r: _ccp_mask(r, np.zeros((HEIGHT, WIDTH, 2), np.uint8)), "3-D uint8"),
    "fractions": (lambda r: _ccp_mask(r, np.full((HEIGHT, WIDTH), 0.5)), "2-D float64"),
    "text": (lambda r: _ccp_mask(r, np.array("x")), "not a plain array"),
    "label 59": (lambda r: _ccp_mask(r, np.full((HEIGHT, WIDTH), 59, np.uint8)), "holds label 59"),
    "label 300": (lambda r: _ccp_mask(r, np.full((HEIGHT, WIDTH), 300, np.uint16)), "holds label 300"),
    "label -1": (lambda r: _ccp_mask(r, np.full((HEIGHT, WIDTH), -1, np.int8)), "holds label -1"),
    "other size": (lambda r: _ccp_mask(r, np.zeros((HEIGHT - 1, WIDTH), np.uint8)), "14 x 20 px, its mask .* 14 x 19"),
    "empty file": (lambda r: (r / "annotations/pixel-level/0001.mat").write_bytes(b""), "not a readable MATLAB file"),
    "text file": (lambda r: (r / "annotations/pixel-level/0001.mat").write_text("x" * 300), "not a readable MATLAB"),
    "mask gone": (lambda r: (r / "annotations/pixel-level/0001.mat").unlink(), "mask .*0001.mat does not exist"),
    "photo gone": (lambda r: (r / "photos/0001.jpg").unlink(), "photo .*0001.jpg does not exist"),
    "photo empty": (lambda r: (r / "photos/0001.jpg").write_bytes(b""), "0001.jpg is not a readable image"),
    "photo text": (lambda r: (r / "photos/0001.jpg").write_text("no photo"), "0001.jpg is not a readable image"),
}  # fmt: skip


@pytest.mark.parametrize("fault", CCP_FAULTS)
def test_a_bad_ccp_photo_or_mask_is_named_with_what_is_wrong(fault: str, ccp_root: Path) -> None:
    photos = open_photos(f"ccp:{ccp_root}")
    spoil, message = CCP_FAULTS[fault]
    spoil(ccp_root)
    with pytest.raises(DataError, match=message) as caught:
        read_pair(photos, "0001")
    assert caught.value.hint


def test_a_ccp_mask_without_photo_is_named_when_the_folder_is_opened(ccp_root: Path) -> None:
    (ccp_root / "photos/0007.jpg").unlink()
    with pytest.raises(DataError, match=r"mask .*0007\.mat has no photo"):
        open_photos(f"ccp:{ccp_root}")


@pytest.mark.parametrize("part", ["photos", "annotations/pixel-level"])
def test_a_folder_not_in_ccp_layout_names_the_part_that_lacks(part: str, ccp_root: Path) -> None:
    (ccp_root / part).rename(ccp_root / "elsewhere")
    with pytest.raises(DataError, match=f"no folder {part}"):
        open_photos(f"ccp:{ccp_root}")


# ---- a plain folder --------------------------------------------------------------------------------------------------


def test_a_plain_folder_gives_photos_masks_and_unlabelled_photos(folder_root: Path) -> None:
    photos = open_photos(f"folder:{folder_root}")
    assert (tuple(photos.ids), tuple(photos.unlabelled_ids)) == (("a", "b"), ("z",))
    image, mask = read_pair(photos, "b")
    assert image.shape == (HEIGHT, WIDTH, 3) and mask[0, :5].tolist() == [0, 1, 2, 3, 0]


@pytest.mark.parametrize("mode", ["P", "L"])
def test_masks_may_hold_ignored_pixels_and_lack_classes(mode: str, folder_root: Path) -> None:
    mask = np.full((HEIGHT, WIDTH), 2, np.uint8)
    mask[0] = 255
    _png(folder_root / "masks/a.png", mask, mode)
    assert np.array_equal(read_pair(open_photos(f"folder:{folder_root}"), "a")[1], mask)


def test_black_and_white_masks_hold_classes_0_and_1(folder_root: Path) -> None:
    Image.fromarray(np.eye(HEIGHT, WIDTH, dtype=bool)).save(folder_root / "masks/a.png")
    mask = open_photos(f"folder:{folder_root}").mask("a")
    assert np.array_equal(mask, np.eye(HEIGHT, WIDTH)), "white is class 1"


def _bomb() -> bytes:
    """A PNG of 100 bytes that says it is 40,000 pixels wide and high."""
    stream = io.BytesIO()
    Image.new("L", (1, 1)).save(stream, "PNG")
    data = stream.getvalue()
    header = b"IHDR" + struct.pack(">II", 40_000, 40_000) + data[24:29]
    return data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]


def _write_mask(value: int, mode: str = "L") -> Callable[[Path], None]:
    return lambda r: _png(r / "masks/a.png", np.full((HEIGHT, WIDTH), value, np.uint8), mode)


FOLDER_FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "index 4": (_write_mask(4), "holds value 4"),
    "index 254": (_write_mask(254, "P"), "holds value 254"),
    "16 bits": (lambda r: _png(r / "masks/a.png", np.full((HEIGHT, WIDTH), 300, np.uint16), "I;16"), "value 300"),
    "colour": (lambda r: _photo(r / "masks/a.png"), "is a colour image"),
    "other size": (lambda r: _png(r / "masks/a.png", np.zeros((20, 16), np.uint8)), "14 x 20 px, its mask .* 16 x 20"),
    "mask gone": (lambda r: (r / "masks/a.png").unlink(), "mask .*a.png does not exist"),
    "mask text": (lambda r: (r / "masks/a.png").write_text("no mask"), "mask .*a.png is not a readable image"),
    "mask bomb": (lambda r: (r / "masks/a.png").write_bytes(_bomb()), "mask .*a.png (is not a readable|is 40000)"),
    "photo gone": (lambda r: (r / "images/a.jpg").unlink(), "photo .*a.jpg does not exist"),
    "photo text": (lambda r: (r / "images/a.jpg").write_text("no photo"), "a.jpg is not a readable image"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FOLDER_FAULTS)
def test_a_bad_photo_or_mask_in_a_folder_is_named_with_what_is_wrong(fault: str, folder_root: Path) -> None:
    photos = open_photos(f"folder:{folder_root}")
    spoil, message = FOLDER_FAULTS[fault]
    spoil(folder_root)
    with pytest.raises(DataError, match=message) as caught:
        read_pair(photos, "a")
    assert caught.value.hint


def test_two_photos_of_one_name_are_refused(folder_root: Path) -> None:
    _photo(folder_root / "images/a.png")
    with pytest.raises(DataError, match="have the same name"):
        open_photos(f"folder:{folder_root}")


def test_a_mask_without_photo_is_refused(folder_root: Path) -> None:
    (folder_root / "images/b.png").unlink()
    with pytest.raises(DataError, match=r"b\.png has no photo"):
        open_photos(f"folder:{folder_root}")


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no folder images"):
        open_photos(f"folder:{tmp_path}")
    (tmp_path / "images").mkdir()
    with pytest.raises(DataError, match="holds no photo"):
        open_photos(f"folder:{tmp_path}")


def test_own_class_names_replace_the_garment_classes(folder_root: Path) -> None:
    (folder_root / "classes.json").write_text('["background", "a", "b", "c", "d"]')
    _write_mask(4)(folder_root)
    photos = open_photos(f"folder:{folder_root}")
    assert photos.classes == ("background", "a", "b", "c", "d") and int(photos.mask("a").max()) == 4


@pytest.mark.parametrize("text", ["", "{}", '["one"]', '["a", 1]', '["a", ""]', '["a", "a"]', "\xff"])
def test_bad_class_names_are_refused(text: str, folder_root: Path) -> None:
    (folder_root / "classes.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(DataError, match=r"classes\.json"):
        open_photos(f"folder:{folder_root}")


# ---- naming a data set -----------------------------------------------------------------------------------------------


def test_an_unknown_format_suggests_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="'cpp'; did you mean 'ccp'"):
        open_photos(f"cpp:{tmp_path}")
    with pytest.raises(UnknownNameError, match="did you mean 'folder'"):
        open_photos(f"foldr:{tmp_path}")


@pytest.mark.parametrize("spec", ["", "ccp", "ccp:", "/data/ccp"])
def test_a_data_set_without_format_or_path_says_how_to_name_one(spec: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_photos(spec)
    assert "FORMAT:PATH" in caught.value.hint and "ccp, dresscode, folder, imaterialist" in caught.value.hint


@pytest.mark.parametrize("name", ["ccp", "folder"])
def test_a_missing_data_folder_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"{tmp_path / 'none'} does not exist"):
        open_photos(f"{name}:{tmp_path / 'none'}")
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="is a file, not a folder"):
        open_photos(f"{name}:{tmp_path / 'file'}")


def test_a_folder_is_no_photo(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is a folder, not a photo"):
        read_image(tmp_path)


# ---- photos ----------------------------------------------------------------------------------------------------------


def test_a_photo_is_turned_upright_by_its_exif(tmp_path: Path) -> None:
    picture = Image.fromarray(np.arange(6, dtype=np.uint8).reshape(2, 3) * 40)
    exif = Image.Exif()
    exif[0x0112] = 6  # stored on its side: turn by 90 degrees clockwise
    picture.save(tmp_path / "x.png", exif=exif)
    assert read_image(tmp_path / "x.png")[:, :, 0].tolist() == [[120, 0], [160, 40], [200, 80]]


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "CMYK", "I;16", "1"])
def test_photos_of_every_mode_become_rgb(mode: str, tmp_path: Path) -> None:
    Image.new("RGB", (4, 3), (200, 10, 10)).convert("L" if mode == "I;16" else mode).convert(mode).save(
        tmp_path / "x.tif"
    )
    image = read_image(tmp_path / "x.tif")
    assert image.shape == (3, 4, 3) and image.dtype == np.uint8


def test_a_photo_of_the_input_size_is_left_as_it_is_and_another_is_stretched() -> None:
    image = np.random.default_rng(0).integers(0, 256, (64, 32, 3)).astype(np.uint8)
    assert model_input(image, 64, 32) is image
    assert model_input(image, 96, 64).shape == (96, 64, 3)


def test_class_maps_come_back_at_the_photos_size() -> None:
    labels = np.array([[0, 1], [2, 3]], np.int32)
    assert class_map(labels, 4, 4).tolist() == np.kron(labels, np.ones((2, 2))).tolist()
    scores = np.eye(4, dtype=np.float32)[labels].transpose(2, 0, 1)
    assert class_map(scores, 2, 2).tolist() == labels.tolist()
    assert class_map(scores, 8, 6)[[0, 0, -1, -1], [0, -1, 0, -1]].tolist() == [0, 1, 2, 3]


# ---- damaged bytes ---------------------------------------------------------------------------------------------------


def _damaged(data: bytes, rng: random.Random) -> bytes:
    """Cut short, or change a few bytes, half the time near the beginning, where the format's structure is."""
    if rng.random() < 0.3:
        return data[: rng.randrange(len(data))]
    changed = bytearray(data)
    reach = len(data) if rng.random() < 0.5 else min(len(data), 200)
    for _ in range(rng.randrange(1, 8)):
        changed[rng.randrange(reach)] = rng.randrange(256)
    return bytes(changed)


def _mat_bytes(compressed: bool) -> bytes:
    stream = io.BytesIO()
    labels = np.random.default_rng(1).integers(0, 59, (HEIGHT, WIDTH)).astype(np.uint8)
    scipy.io.savemat(stream, {"groundtruth": labels}, do_compression=compressed)
    return stream.getvalue()


def _exif_jpeg() -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a photo"
    stream = io.BytesIO()
    Image.new("RGB", (30, 40), (200, 120, 10)).save(stream, "JPEG", exif=exif)
    return stream.getvalue()


DAMAGED: dict[str, tuple[Callable[[], bytes], Callable[[Path], npt.NDArray[np.uint8]], int]] = {
    "compressed.mat": (lambda: _mat_bytes(True), ccp.read_labels, 58),
    "plain.mat": (lambda: _mat_bytes(False), ccp.read_labels, 58),
    "mask.png": ((FOLDER / "masks/0242.png").read_bytes, lambda path: read_mask(path, 4), 255),
    "photo.jpg": ((FOLDER / "images/0242.jpg").read_bytes, read_image, 255),
    "exif.jpg": (_exif_jpeg, read_image, 255),
}


@pytest.mark.parametrize("name", DAMAGED)
@pytest.mark.filterwarnings("error")
def test_damaged_bytes_end_in_a_data_error_or_a_valid_array(name: str, tmp_path: Path) -> None:
    make, read, most = DAMAGED[name]
    data, rng, refused = make(), random.Random(name), 0
    for _ in range(60):
        (tmp_path / name).write_bytes(_damaged(data, rng))
        try:
            found = read(tmp_path / name)
        except DataError as error:
            assert name in error.message
            refused += 1
        else:
            assert found.dtype == np.uint8 and int(found.max(initial=0)) <= most
    assert refused > 5


def test_every_way_of_cutting_a_mat_file_short_is_a_data_error(tmp_path: Path) -> None:
    for compressed in (True, False):
        data = _mat_bytes(compressed)
        for length in range(0, len(data) - 8, 3):  # the last bytes may be padding
            (tmp_path / "x.mat").write_bytes(data[:length])
            with pytest.raises(DataError):
                ccp.read_labels(tmp_path / "x.mat")


def test_damaged_class_names_never_pass_as_names(folder_root: Path) -> None:
    good = json.dumps(["background", "shirt"]).encode()
    rng = random.Random(4)
    for _ in range(60):
        (folder_root / "classes.json").write_bytes(_damaged(good, rng))
        try:
            assert len(open_photos(f"folder:{folder_root}").classes) >= 2
        except DataError as error:
            assert "classes.json" in error.message
