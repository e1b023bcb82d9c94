"""What the masks of a set tell together: 255 of most masks, copies of mapped sets, one fault for all of a kind."""

from __future__ import annotations

import json
import struct
import unicodedata
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from _commands import Call
from PIL import Image

from pocketseg.core.errors import DataError
from pocketseg.data.check import check
from pocketseg.data.labelled import check_labelled, need_named_classes
from pocketseg.data.layouts import looks_like
from pocketseg.data.photos import open_photos
from pocketseg.data.prepare import prepare

Mask = npt.NDArray[np.uint8]
Save = Callable[[Mask, Path], None]


def square(value: int = 1, side: int = 12) -> Mask:
    mask = np.zeros((64, 64), np.uint8)
    mask[6 : 6 + side, 6 : 6 + side] = value
    return mask


def png(mask: Mask, path: Path) -> None:
    Image.fromarray(mask).save(path)


def make(root: Path, masks: Sequence[Mask], classes: Sequence[str] = ("background", "mug"), save: Save = png) -> str:
    for part in ("images", "masks"):
        (root / part).mkdir(parents=True)
    rng = np.random.default_rng(5)
    for number, mask in enumerate(masks):
        png(rng.integers(0, 256, (*mask.shape, 3)).astype(np.uint8), root / f"images/{number}.png")
        save(mask, root / f"masks/{number}.png")
    if classes:
        (root / "classes.json").write_text(json.dumps(list(classes)))
    return f"folder:{root}"


def mapping(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


# ---- 255 beside labelled masks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("labelled", [1, 2])
def test_small_objects_of_255_in_most_masks_are_a_fault(labelled: int, tmp_path: Path) -> None:
    spec = make(tmp_path / "d", [*[square(255)] * 5, *[square(1, side=50)] * labelled])
    (fault,) = check(spec, None).faults
    assert f"5 of {5 + labelled} masks hold only 0 and 255" in fault.message
    table = mapping(tmp_path / "m.toml", "\n".join(fault.hint.splitlines()[1:]))
    photos = open_photos(f"{spec}@{table}")
    assert check(f"{spec}@{table}", None).clean and np.array_equal(photos.mask("0"), square())
    with pytest.raises(DataError, match="5 of"):
        check_labelled(open_photos(spec), open_photos(spec).ids)


def test_small_regions_of_255_in_a_few_masks_are_a_note(tmp_path: Path) -> None:
    spec = make(tmp_path / "d", [square(255), *[square(1, side=50)] * 5])
    notes = check_labelled(open_photos(spec), open_photos(spec).ids)
    assert check(spec, None).clean and any(
        "1 mask holds no class but background, and regions of 255" in n for n in notes
    )


def test_a_mask_of_thin_255_alone_is_not_called_background_throughout(tmp_path: Path) -> None:
    line = np.zeros((64, 64), np.uint8)
    line[30] = 255
    notes = check(make(tmp_path / "d", [line, square(0), square()]), None).notes
    assert "1 mask is background only: 1" in notes and "1 mask holds only background and ignored pixels: 0" in notes


# ---- palettes --------------------------------------------------------------------------------------------------------


def _drawn(colours: Sequence[tuple[int, int, int]]) -> Save:
    """Save masks of one object, each in the next colour, with a palette made for the picture."""
    left = iter(colours)

    def save(mask: Mask, path: Path) -> None:
        picture = Image.fromarray(mask)
        picture.putpalette(bytes((0, 0, 0, *next(left))))
        picture.save(path)

    return save


RED, GREEN, BLUE = (200, 0, 0), (0, 200, 0), (0, 0, 200)


def test_an_index_that_is_red_here_and_green_there_is_a_fault_whose_lines_read_the_colours(tmp_path: Path) -> None:
    spec = make(tmp_path / "d", [square()] * 4, ("background", "mug", "cup"), _drawn([RED, GREEN, RED, RED]))
    (fault,) = check(spec, None).faults
    assert "1 is #c80000 in 0, #00c800 in 1; by its index, all of that is mug" in fault.message
    lines = "\n".join(fault.hint.splitlines()[1:]).replace('"#c80000" = "?"', '"#c80000" = "mug"').replace("?", "cup")
    photos = open_photos(f"{spec}@{mapping(tmp_path / 'm.toml', lines)}")
    assert np.array_equal(photos.mask("0"), square(1)) and np.array_equal(photos.mask("1"), square(2))
    with pytest.raises(DataError, match="several colours"):
        check_labelled(open_photos(spec), open_photos(spec).ids)


@pytest.mark.parametrize(
    ("classes", "colours"),
    [(("background", "thing"), (RED, GREEN)), (("background", "mug", "cup"), (RED, GREEN, BLUE))],
)
def test_palettes_of_more_colours_than_classes_are_read_by_index(
    classes: tuple[str, ...], colours: tuple[tuple[int, int, int], ...], tmp_path: Path
) -> None:
    spec = make(tmp_path / "d", [square()] * len(colours), classes, _drawn(colours))
    assert check(spec, None).clean and np.array_equal(open_photos(spec).mask("1"), square())


# ---- copies ----------------------------------------------------------------------------------------------------------


def _bags(tmp_path: Path) -> Path:
    """Return a copy of photos of mugs and of ignored bags."""
    spec = make(tmp_path / "d", [*[square(1)] * 3, *[square(2)] * 3], ("background", "mug", "bag"))
    table = mapping(tmp_path / "m.toml", 'ignore = ["bag"]\n')
    prepare(open_photos(f"{spec}@{table}"), tmp_path / "copy", long_side_px=64, split=None)
    return tmp_path / "copy"


def test_a_copy_of_a_set_that_ignores_labels_is_as_clean_as_the_set(tmp_path: Path) -> None:
    copy = _bags(tmp_path)
    photos = open_photos(f"folder:{copy}")
    assert check(f"folder:{copy}", None).clean and check_labelled(photos, photos.ids) == ()
    assert np.array_equal(photos.mask("0"), square()) and set(np.unique(photos.mask("4"))) == {0, 255}
    with pytest.raises(DataError, match="hold nothing else") as caught:
        check_labelled(photos, ["3", "4", "5"], "the val part")
    assert "[values]" not in caught.value.hint


def test_a_copy_named_with_the_mapping_that_read_its_masks_is_told_what_it_holds(tmp_path: Path) -> None:
    table = mapping(tmp_path / "v.toml", '[values]\n2 = "mug"\n')
    with pytest.raises(DataError, match="the labels here are already read") as caught:
        open_photos(f"folder:{_bags(tmp_path)}@{table}")
    assert "leave out the mapping file" in caught.value.hint


def test_a_copy_names_no_classes_that_its_source_does_not_name(tmp_path: Path, pocketseg: Call) -> None:
    spec, copy = make(tmp_path / "d", [square()] * 3, ()), tmp_path / "copy"
    answer = pocketseg("data", "prepare", spec, "--out", copy)
    assert answer.code == 0 and "has no classes.json" in answer.err and not (copy / "classes.json").exists()
    with pytest.raises(DataError, match="training needs named classes"):
        need_named_classes(open_photos(f"folder:{copy}"))


def test_a_mapping_that_names_no_classes_is_followed_by_what_training_lacks(tmp_path: Path, pocketseg: Call) -> None:
    table = mapping(tmp_path / "m.toml", 'masks = "unturned"\n')
    spec = make(tmp_path / "d", [square()] * 6, ())
    answer = pocketseg("data", "split", f"{spec}@{table}", "--out", tmp_path / "s.json", "--ratios", 0.5, 0.25, 0.25)
    assert answer.code == 0 and "first name the classes" in answer.out and "next: " not in answer.out


# ---- one fault a kind ------------------------------------------------------------------------------------------------


def _deep(mask: Mask, path: Path) -> None:
    """Write RGB of 16 bits a channel."""
    rows = b"".join(b"\0" + np.repeat(row[:, None].astype(">u2"), 3, axis=1).tobytes() for row in mask)
    header = struct.pack(">IIBBBBB", mask.shape[1], mask.shape[0], 16, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    chunks = (struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in parts)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))


def test_masks_of_16_bits_a_channel_are_one_fault(tmp_path: Path) -> None:
    (fault,) = check(make(tmp_path / "d", [square()] * 4, save=_deep), None).faults
    assert "4 masks have more than 8 bits per channel" in fault.message


def _lfs(mask: Mask, path: Path) -> None:
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")


KINDS: dict[str, tuple[Save, str]] = {
    "JPEG": (lambda mask, path: Image.fromarray(mask).save(path, "JPEG"), r"not PNG.*0\.png \(a JPEG\)"),
    "BMP": (lambda mask, path: Image.fromarray(mask).save(path, "BMP"), r"not PNG.*0\.png \(a BMP\)"),
    "LFS": (_lfs, r"not PNG.*0\.png \(a Git LFS pointer\)"),
    "empty": (lambda mask, path: path.touch(), r"not PNG.*0\.png \(an empty file\)"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_files_that_are_no_png_whatever_their_names_say_are_one_fault(kind: str, tmp_path: Path) -> None:
    save, message = KINDS[kind]
    spec = make(tmp_path / "d", [square()] * 4, save=save)
    (fault,) = check(spec, None).faults
    assert fault.message.startswith("4 masks are not PNG")
    with pytest.raises(DataError, match=message):
        check_labelled(open_photos(spec), open_photos(spec).ids)
    assert ("JPEG masks lose their values" in fault.hint) == (kind == "JPEG")


def test_a_list_of_classes_without_the_background_is_told_to_name_it(tmp_path: Path) -> None:
    both = np.maximum(square(1), square(2)[::-1])
    spec = make(tmp_path / "d", [both] * 2, ("mug", "cup"))
    (fault,) = check(spec, None).faults
    assert '["background", "mug", "cup"]' in fault.hint and "?" not in fault.hint
    (tmp_path / "d/classes.json").write_text('["background", "mug", "cup"]')
    assert check(spec, None).clean


def test_a_class_without_a_name_is_a_fault(tmp_path: Path) -> None:
    (fault,) = check(make(tmp_path / "d", [square()], ("background", " ")), None).faults
    assert "must be a list of at least two class names" in fault.message


# ---- names and places ------------------------------------------------------------------------------------------------


def test_names_written_with_accents_of_their_own_pair(tmp_path: Path) -> None:
    spec = make(tmp_path / "d", [square()])
    for part, form in (("images", "NFC"), ("masks", "NFD")):
        (tmp_path / "d" / part / "0.png").rename(tmp_path / "d" / part / unicodedata.normalize(form, "tassé.png"))  # type: ignore[arg-type]
    photos = open_photos(spec)
    assert check(spec, None).clean and list(photos.ids) == [unicodedata.normalize("NFC", "tassé")]
    assert np.array_equal(photos.mask(photos.ids[0]), square())


def test_a_mapping_file_may_end_in_capitals(tmp_path: Path) -> None:
    table = mapping(tmp_path / "M.TOML", '[values]\n255 = "mug"\n')
    assert check(f"{make(tmp_path / 'd', [square(255)])}@{table}", None).clean


def test_a_mapping_file_of_another_suffix_is_not_called_a_folder_alone(tmp_path: Path) -> None:
    table = mapping(tmp_path / "m.txt", '[values]\n255 = "mug"\n')
    with pytest.raises(DataError, match="does not exist") as caught:
        open_photos(f"{make(tmp_path / 'd', [square(255)])}@{table}")
    assert "a mapping file after @ ends in .toml" in caught.value.hint


def test_a_part_and_its_line_on_one_line_is_told_to_be_two(tmp_path: Path) -> None:
    table = mapping(tmp_path / "m.toml", '[values] 255 = "mug"\n')
    with pytest.raises(DataError, match="not a readable mapping file") as caught:
        open_photos(f"{make(tmp_path / 'd', [square(255)])}@{table}")
    assert "a line of its own" in caught.value.hint


LAYOUTS = {
    "masks as GIF": (("train/{}.jpg", "train_masks/{}_mask.gif"), "train_masks/ holds GIF files"),
    "photos and masks in one folder below": (("train/{}.jpg", "train/{}_mask.png"), "one folder (train"),
    "folders below images": (("images/a/{}.jpg", "masks/a/{}.png"), "folders below images, e.g. images/a"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_more_layouts_are_told_by_what_they_look_like(layout: str, tmp_path: Path) -> None:
    places, said = LAYOUTS[layout]
    for place in (p.format(name) for p in places for name in "ab"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).touch()
    assert said in looks_like(tmp_path)


def test_many_data_sets_below_a_folder_are_named_in_part(tmp_path: Path) -> None:
    for number in range(10, 40):
        for part in ("images", "masks"):
            (tmp_path / str(number) / part).mkdir(parents=True)
    assert "10 (and 11, 12, 13 and 26 more)" in looks_like(tmp_path)
