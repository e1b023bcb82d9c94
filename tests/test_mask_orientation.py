"""Photos that EXIF turns: masks over the photo as it is seen, and masks over its stored pixels."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from _commands import Call
from PIL import Image, ImageOps

from pocketseg.core.errors import DataError, UnknownNameError, UsageError
from pocketseg.data.check import check
from pocketseg.data.exif import turn
from pocketseg.data.labelled import check_labelled, labels_hash
from pocketseg.data.photos import open_photos, read_pair
from pocketseg.data.prepare import prepare
from pocketseg.data.spec import Masks, parse_spec, unturned, without_folders

HEIGHT, WIDTH = 36, 24
NAMES = ["background", "mug"]
KEEPS, SWAPS = (2, 3, 4), (5, 6, 7, 8)


def photo(path: Path, orientation: int, height: int = HEIGHT, width: int = WIDTH) -> None:
    """A photo whose upper left corner, as it is stored, is bright."""
    pixels = np.random.default_rng(orientation).integers(0, 90, (height, width, 3)).astype(np.uint8)
    pixels[:10, :8] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(pixels).save(path, exif=exif)


def make(root: Path, orientations: tuple[int, ...], height: int = HEIGHT, width: int = WIDTH) -> str:
    """Photos of these orientations, and masks of the corner over the stored pixels."""
    for part in ("images", "masks"):
        (root / part).mkdir(parents=True)
    mask = np.zeros((height, width), np.uint8)
    mask[:10, :8] = 1
    for orientation in orientations:
        photo(root / f"images/{orientation}.png", orientation, height, width)
        Image.fromarray(mask).save(root / f"masks/{orientation}.png")
    (root / "classes.json").write_text(json.dumps(NAMES))
    return f"folder:{root}"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_array_turns_as_pillow_turns_the_photo(orientation: int, tmp_path: Path) -> None:
    photo(tmp_path / "x.png", orientation)
    with Image.open(tmp_path / "x.png") as image:
        stored, upright = np.asarray(image), np.asarray(ImageOps.exif_transpose(image))
    assert np.array_equal(turn(stored[..., 0], orientation), upright[..., 0])


def test_unturned_masks_lie_over_the_bright_corner_in_every_orientation(tmp_path: Path) -> None:
    spec = make(tmp_path / "d", tuple(range(1, 9)))
    photos = open_photos(unturned(spec))
    for photo_id in photos.ids:
        image, mask = read_pair(photos, photo_id)
        assert np.array_equal(mask == 1, image[..., 0] == 255), photo_id
    result = check(unturned(spec), None)
    assert result.clean and not [n for n in result.notes if "EXIF" in n]


def test_a_turned_photo_with_an_unturned_mask_is_one_fault_a_set(tmp_path: Path) -> None:
    spec = make(tmp_path / "d", SWAPS)
    (fault,) = check(spec, None).faults
    assert fault.message.startswith("4 photos are turned by their EXIF orientation")
    assert "--masks-unturned" in fault.hint and "FORMAT+unturned:PATH" in fault.hint
    with pytest.raises(DataError, match="EXIF orientation"):
        check_labelled(open_photos(spec), SWAPS and ["5"])


def test_an_orientation_that_keeps_the_size_is_one_note(tmp_path: Path, pocketseg: Call) -> None:
    spec = make(tmp_path / "d", (1, *KEEPS))
    result = check(spec, None)
    (note,) = [n for n in result.notes if "EXIF orientation" in n]
    assert result.clean and note.startswith("3 photos are turned") and "--masks-unturned" in note
    (again,) = check_labelled(open_photos(spec), ["2", "3"])
    assert again.startswith("2 photos are turned by an EXIF orientation that keeps the size: 2, 3;")
    answer = pocketseg("data", "check", spec, "--masks-unturned")
    assert answer.code == 0 and "EXIF" not in answer.out


def test_a_square_photo_keeps_its_size_in_every_orientation(tmp_path: Path) -> None:
    spec = make(tmp_path / "d", SWAPS, 24, 24)
    result = check(spec, None)
    assert result.clean and any(n.startswith("4 photos are turned by an EXIF orientation") for n in result.notes)


def test_a_mapping_file_turns_masks_too(tmp_path: Path) -> None:
    spec = make(tmp_path / "d", (3, 6))
    (tmp_path / "m.toml").write_text('masks = "unturned"\n')
    photos = open_photos(f"{spec}@{tmp_path / 'm.toml'}")
    assert photos.classes == ("background", "mug") and photos.mapping.masks is Masks.UNTURNED
    assert np.array_equal(photos.mask("6"), open_photos(unturned(spec)).mask("6"))


def test_finer_labels_turn_with_their_photos(tmp_path: Path) -> None:
    root = tmp_path / "d"
    make(root, (6,))
    (root / "labels.json").write_text(json.dumps(["nothing", "cup", "handle"]))
    (root / "labels").mkdir()
    finer = np.zeros((HEIGHT, WIDTH), np.uint8)
    finer[:10, :8] = 2
    Image.fromarray(finer).save(root / "labels/6.png")
    photos = open_photos(f"folder+unturned:{root}")
    assert np.array_equal(photos.labels("6"), turn(finer, 6)) and np.array_equal(photos.mask("6") * 2, turn(finer, 6))
    assert check(f"folder+unturned:{root}", None).clean


def test_a_copy_of_unturned_masks_is_upright(tmp_path: Path) -> None:
    photos = open_photos(unturned(make(tmp_path / "d", (3, 6))))
    prepare(photos, tmp_path / "copy", long_side_px=64, split=None)
    copy = open_photos(f"folder:{tmp_path / 'copy'}")
    for photo_id in ("3", "6"):
        assert np.array_equal(copy.mask(photo_id), photos.mask(photo_id))


def test_labels_that_are_turned_have_another_hash(tmp_path: Path) -> None:
    spec = make(tmp_path / "d", (3,))
    hashes = {labels_hash(open_photos(s), ["3"]) for s in (spec, unturned(spec))}
    assert len(hashes) == 2


def test_the_modifier_is_part_of_the_name() -> None:
    spec = parse_spec("folder+unturned:/a:b@c")
    assert (spec.format, str(spec.root), spec.masks) == ("folder", "/a:b@c", Masks.UNTURNED)
    assert unturned("ccp:/x") == "ccp+unturned:/x" == unturned("ccp+unturned:/x")
    with pytest.raises(UnknownNameError, match="modifier"):
        parse_spec("folder+turned:/a")
    with pytest.raises(UnknownNameError, match="did you mean 'folder'"):
        parse_spec("foldr+unturned:/a")


@pytest.mark.parametrize(
    ("spec", "left"),
    [("folder:/home/ada/shop", "folder:shop"), ("ccp+unturned:~/shop/", "ccp+unturned:shop"), ("embedded", "embedded"),
     ("folder:/a/b@c/d", "folder:d"), ("folder:/a/b@/c/d.toml", "folder:b@d.toml"),
     ("folder:a/b@d.TOML", "folder:b@d.TOML"),
     ("folder:/a/b:c", "folder:b:c"), ("folder:..", "folder:.."), ("", "")],
)  # fmt: skip
def test_what_leaves_this_computer_names_a_data_set_without_its_folders(spec: str, left: str) -> None:
    assert without_folders(spec) == left


@pytest.mark.parametrize("command", ["benchmark", "compare", "sweep"])
def test_masks_unturned_needs_data(command: str, pocketseg: Call) -> None:
    answer = pocketseg(command, "x", "--masks-unturned")
    assert answer.code == UsageError.exit_code and "--masks-unturned needs --data" in answer.err


COMMANDS = (
    "data check", "data split", "data show", "data prepare", "train", "evaluate", "benchmark", "compare", "export",
    "compress", "sweep", "tune", "release",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_takes_labelled_data_has_the_option(command: str, pocketseg: Call) -> None:
    assert "--masks-unturned" in pocketseg(*command.split(), "--help").out


def test_evaluate_says_the_note_and_names_the_modifier(tmp_path: Path, pocketseg: Call) -> None:
    spec = make(tmp_path / "d", KEEPS)
    (tmp_path / "d/classes.json").write_text(json.dumps(["background", "upper_body", "lower_body", "full_body"]))
    arguments = ("evaluate", "topformer_tiny", "--data", spec, "--split", "all", "--height", 64, "--width", 64)
    plain = pocketseg(*arguments, "--json")
    assert plain.code == 0 and "EXIF orientation" in plain.err
    assert any("EXIF orientation" in note for note in json.loads(plain.out)["notes"])
    turned = pocketseg(*arguments, "--masks-unturned", "--json")
    assert turned.code == 0 and "EXIF orientation" not in turned.err
