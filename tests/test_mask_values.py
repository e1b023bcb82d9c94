"""Masks as programs write them: 0 and 255, one bit, three channels, colours, palettes; read right or refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from _commands import Call
from PIL import Image

from pocketseg.core.errors import DataError, UnknownNameError
from pocketseg.data.check import Checked, check
from pocketseg.data.labelled import check_labelled, need_named_classes
from pocketseg.data.photos import open_photos

HEIGHT, WIDTH = 60, 40
TWO = ("background", "mug")
Mask = npt.NDArray[np.uint8]
Save = Callable[[Mask, Path], None]


def square(value: int = 1, top: int = 10) -> Mask:
    """A mug: a filled square of a value on 0."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[top : top + 25, 8:32] = value
    return mask


def bordered() -> Mask:
    """A mug of 1 with a border of 255 one pixel wide."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[9:36, 7:33] = 255
    return np.where(square() == 1, 1, mask).astype(np.uint8)


def grey(mask: Mask, path: Path) -> None:
    Image.fromarray(mask).save(path)


def make(root: Path, masks: Sequence[Mask], classes: Sequence[str] | None = TWO, save: Save = grey) -> str:
    """A folder of photos, one a mask, each unlike the others."""
    for part in ("images", "masks"):
        (root / part).mkdir(parents=True)
    rng = np.random.default_rng(3)
    for number, mask in enumerate(masks):
        Image.fromarray(rng.integers(0, 256, (*mask.shape, 3)).astype(np.uint8)).save(root / f"images/{number}.png")
        save(mask, root / f"masks/{number}.png")
    if classes is not None:
        (root / "classes.json").write_text(json.dumps(list(classes)))
    return f"folder:{root}"


def said(result: Checked) -> list[str]:
    return [f"{f.message} -> {f.hint}" for f in result.faults]


# ---- 0 and 255 -------------------------------------------------------------------------------------------------------


def test_masks_of_0_and_255_are_one_fault_with_a_count_and_the_line_that_reads_them(tmp_path: Path) -> None:
    spec = make(tmp_path / "d", [square(255)] * 6)
    (fault,) = said(check(spec, None))
    assert "6 masks hold 0 and 255, and 255 is ignored" in fault and '[values] 255 = "mug"' in fault
    with pytest.raises(DataError, match="6 masks hold 0 and 255"):
        check_labelled(open_photos(spec), open_photos(spec).ids)


def test_the_proposed_line_reads_masks_of_0_and_255_right(tmp_path: Path) -> None:
    spec = make(tmp_path / "d", [square(255)] * 3)
    (fault,) = check(spec, None).faults
    (tmp_path / "m.toml").write_text("\n".join(fault.hint.splitlines()[1:]))
    read = f"{spec}@{tmp_path / 'm.toml'}"
    assert check(read, None).clean and open_photos(read).classes == TWO
    assert np.array_equal(open_photos(read).mask("0"), square(1))


def test_with_more_classes_the_line_leaves_the_name_open(tmp_path: Path) -> None:
    spec = make(tmp_path / "d", [square(255)] * 2, ("background", "mug", "cup"))
    (fault,) = check(spec, None).faults
    assert '255 = "?"' in fault.hint and "mug, cup" in fault.hint
    (tmp_path / "m.toml").write_text("\n".join(fault.hint.splitlines()[1:]))
    with pytest.raises(UnknownNameError, match="unknown label"):
        open_photos(f"{spec}@{tmp_path / 'm.toml'}")


def test_ignored_borders_and_background_masks_among_others_are_clean(tmp_path: Path) -> None:
    thin = np.zeros((HEIGHT, WIDTH), np.uint8)
    thin[:1] = 255
    region = np.zeros((HEIGHT, WIDTH), np.uint8)
    region[5:40, 5:35] = 255
    masks = [bordered(), bordered(), square(), np.zeros_like(thin), thin, region]
    result = check(make(tmp_path / "d", masks), None)
    assert result.clean, said(result)
    assert any("regions of 255, which is ignored: 5" in note for note in result.notes)


def test_some_masks_of_0_and_255_among_masks_of_0_and_1_are_a_fault(tmp_path: Path) -> None:
    spec = make(tmp_path / "d", [*[square()] * 6, square(255, 20), square(255, 30)])
    (fault,) = check(spec, None).faults
    assert "2 of 8 masks hold only 0 and 255" in fault.message and "6, 7" in fault.message
    (tmp_path / "m.toml").write_text("\n".join(fault.hint.splitlines()[1:]))
    photos = open_photos(f"{spec}@{tmp_path / 'm.toml'}")
    assert check(f"{spec}@{tmp_path / 'm.toml'}", None).clean and int(photos.mask("0").max()) == 1
    assert np.array_equal(photos.mask("6"), square(1, 20))


def test_ignored_regions_beside_classes_show_that_the_set_ignores_regions(tmp_path: Path) -> None:
    crowd = square()
    crowd[40:58, 4:36] = 255
    assert check(make(tmp_path / "d", [crowd, square(), square(255), square(255, 20)]), None).clean


def test_nothing_but_background_is_refused_for_a_score(tmp_path: Path) -> None:
    spec = make(tmp_path / "d", [square(0)] * 3 + [square()])
    photos = open_photos(spec)
    assert check(spec, None).clean and check_labelled(photos, photos.ids) == ()
    with pytest.raises(DataError, match="no pixel of any class but background is labelled in the val part"):
        check_labelled(photos, ["0", "1"], "the val part")


def test_what_the_mapping_ignores_is_not_labelled(tmp_path: Path) -> None:
    spec = make(tmp_path / "d", [square(1)] * 2, ("background", "mug", "cup"))
    (tmp_path / "m.toml").write_text('ignore = ["mug"]\n')
    photos = open_photos(f"{spec}@{tmp_path / 'm.toml'}")
    assert photos.classes == ("background", "cup")
    with pytest.raises(DataError, match="ignored: mug"):
        check_labelled(photos, photos.ids)


def test_values_beyond_the_classes_are_one_fault_with_their_values(tmp_path: Path) -> None:
    spec = make(tmp_path / "d", [square(128), np.maximum(square(128), square(255, 30)), square(1)])
    (fault,) = check(spec, None).faults
    assert "2 masks hold values that do not name a class: 128 (in 2)" in fault.message
    assert '128 = "?"' in fault.hint


def test_many_values_are_called_shades(tmp_path: Path) -> None:
    ramp = np.tile(np.arange(WIDTH, dtype=np.uint8) * 6, (HEIGHT, 1))
    (fault,) = check(make(tmp_path / "d", [ramp] * 2), None).faults
    assert "smoothed edges" in fault.hint and "2 masks" in fault.message


SCORING = {
    "evaluate": ("evaluate", "topformer_tiny", "--split", "val", "--split-file", "SPLIT"),
    "compare": ("compare", "topformer_tiny", "u2netp", "--split-file", "SPLIT", "--out", "OUT"),
    "train": ("train", "topformer_tiny", "--split-file", "SPLIT", "--out", "OUT"),
    "compress": (
        "compress", "topformer_tiny", "--recipe", "prune:0.5", "--split-file", "SPLIT", "--out", "OUT.safetensors",
    ),
    "sweep": (
        "sweep", "--models", "topformer_tiny", "--recipes", "fp32", "--targets", "onnx", "--split-file", "SPLIT",
        "--out", "OUT",
    ),
    "tune": (
        "tune", "--model", "topformer_tiny", "--target", "onnx", "--goal", "size", "--split-file", "SPLIT", "--out",
        "OUT",
    ),
}  # fmt: skip


@pytest.mark.parametrize("command", SCORING)
def test_commands_that_score_refuse_masks_of_0_and_255(command: str, tmp_path: Path, pocketseg: Call) -> None:
    spec = make(tmp_path / "d", [square(255)] * 6, ("background", "upper_body", "lower_body", "full_body"))
    made = pocketseg("data", "split", spec, "--out", tmp_path / "s.json", "--ratios", 0.5, 0.25, 0.25)
    assert made.code == 0
    places = {"SPLIT": str(tmp_path / "s.json"), "OUT": str(tmp_path / "out")}
    arguments = [places.get(word, word.replace("OUT", places["OUT"])) for word in SCORING[command]]
    answer = pocketseg(*arguments, "--data", spec)
    assert answer.code == 3 and "0 and 255, and 255 is ignored" in answer.err and answer.out == "", answer.err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["d", "s.json"]


def test_a_benchmark_refuses_masks_of_0_and_255_before_it_opens_a_file(tmp_path: Path) -> None:
    from benchmark.engine import measure
    from benchmark.photos import ScoredPhotos

    spec = make(tmp_path / "d", [square(255)] * 4)
    photos = open_photos(spec)
    with pytest.raises(DataError, match="4 masks hold 0 and 255"):
        measure([], data=ScoredPhotos(photos=photos, ids=tuple(photos.ids), name=spec, split="all"))


# ---- channels, bits, colours, palettes -------------------------------------------------------------------------------


def _channels(mode: str) -> Save:
    def save(mask: Mask, path: Path) -> None:
        grey_picture = Image.fromarray(mask)
        bands = {"RGB": [grey_picture] * 3, "RGBA": [grey_picture] * 3, "LA": [grey_picture]}[mode]
        opaque = [Image.new("L", grey_picture.size, 255)] if mode != "RGB" else []
        Image.merge(mode, [*bands, *opaque]).save(path)

    return save


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA"])
def test_equal_opaque_channels_read_as_one(mode: str, tmp_path: Path) -> None:
    spec = make(tmp_path / "d", [square(2)] * 2, ("background", "mug", "cup"), _channels(mode))
    assert check(spec, None).clean and np.array_equal(open_photos(spec).mask("1"), square(2))


def test_one_bit_masks_hold_0_and_1(tmp_path: Path) -> None:
    spec = make(tmp_path / "d", [square()] * 2, save=lambda mask, path: Image.fromarray(mask > 0).save(path))
    assert check(spec, None).clean and np.array_equal(open_photos(spec).mask("0"), square())


def test_transparent_masks_are_one_fault(tmp_path: Path) -> None:
    def save(mask: Mask, path: Path) -> None:
        Image.merge("RGBA", [Image.fromarray(mask)] * 3 + [Image.fromarray(mask * 255)]).save(path)

    (fault,) = check(make(tmp_path / "d", [square()] * 3, save=save), None).faults
    assert "3 masks have transparent pixels" in fault.message


COLOURS = np.array([[255, 255, 255], [200, 0, 0], [0, 120, 40]], np.uint8)


def coloured(mask: Mask, path: Path) -> None:
    Image.fromarray(COLOURS[mask]).save(path)


def three() -> Mask:
    return np.maximum(square(), square(2, 30))


def test_colour_masks_are_one_fault_that_proposes_a_table_which_reads_them(tmp_path: Path) -> None:
    spec = make(tmp_path / "d", [three(), square()], None, coloured)
    (fault,) = check(spec, None).faults
    first, *table = fault.hint.splitlines()
    assert "2 masks are colour images" in fault.message and "MAPPING.toml" in first
    assert table[:2] == ["[colors]", '"#ffffff" = "background"'] and len(table) == 4
    (tmp_path / "m.toml").write_text("\n".join(table).replace("label_1", "mug").replace("label_2", "cup"))
    photos = open_photos(f"{spec}@{tmp_path / 'm.toml'}")
    assert set(photos.classes) == {"background", "mug", "cup"} and photos.classes[0] == "background"
    by_name = {name: k for k, name in enumerate(photos.classes)}
    red = "mug" if '"#c80000" = "label_1"' in fault.hint else "cup"
    assert ((photos.mask("1") == by_name[red]) == (square() == 1)).all()
    assert check(f"{spec}@{tmp_path / 'm.toml'}", None).clean


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("labelmap.txt", "# label:color_rgb:parts:actions\nbackground:255,255,255::\ncup:0,120,40::\nmug:200,0,0::\n"),
        ("class_dict.csv", "name,r,g,b\nbackground,255,255,255\ncup, 0, 120, 40\nmug,200,0,0\n"),
    ],
)
def test_colours_are_named_as_a_list_beside_the_data_names_them(file: str, text: str, tmp_path: Path) -> None:
    spec = make(tmp_path / "d", [three(), square()], None, coloured)
    (tmp_path / "d" / file).write_text(text)
    (fault,) = check(spec, None).faults
    assert '"#c80000" = "mug"' in fault.hint and '"#007828" = "cup"' in fault.hint
    (tmp_path / "m.toml").write_text("\n".join(fault.hint.splitlines()[1:]))
    photos = open_photos(f"{spec}@{tmp_path / 'm.toml'}")
    assert ((photos.mask("1") == photos.classes.index("mug")) == (square() == 1)).all()


def test_a_colour_that_the_table_lacks_is_one_fault(tmp_path: Path) -> None:
    spec = make(tmp_path / "d", [three(), three(), square()], None, coloured)
    (tmp_path / "m.toml").write_text('[colors]\n"#FFFFFF" = "background"\n"#c80000" = "mug"\n')
    (fault,) = check(f"{spec}@{tmp_path / 'm.toml'}", None).faults
    assert "2 masks hold colours" in fault.message and "#007828 (in 2)" in fault.message


def _own_palette(mask: Mask, path: Path) -> None:
    """A palette in the order of what comes first in the picture, as some programs write."""
    found, indices = np.unique(mask, return_inverse=True)
    order = list(range(len(found)))[:: -1 if mask.max() > 1 else 1]
    picture = Image.fromarray(np.array(order, np.uint8)[indices.reshape(mask.shape)])
    colours = np.zeros((256, 3), np.uint8)
    colours[order] = COLOURS[found]
    picture.putpalette(colours.tobytes())
    picture.save(path)


def test_palettes_of_another_order_are_a_fault_and_their_colours_are_read(tmp_path: Path) -> None:
    spec = make(tmp_path / "d", [square(), three(), square()], ("background", "mug", "cup"), _own_palette)
    (fault,) = check(spec, None).faults
    assert "give a colour a different index" in fault.message and "[colors]" in fault.hint
    text = '[colors]\n"#ffffff" = "background"\n"#c80000" = "mug"\n"#007828" = "cup"\n'
    (tmp_path / "m.toml").write_text(text)
    photos = open_photos(f"{spec}@{tmp_path / 'm.toml'}")
    assert np.array_equal(photos.mask("1"), three()) and np.array_equal(photos.mask("0"), square())


# ---- the mapping file ------------------------------------------------------------------------------------------------

BAD = {
    "unknown label": ('[values]\n255 = "mgu"\n', "unknown label 'mgu'; did you mean 'mug'"),
    "value 256": ('[values]\n256 = "mug"\n', "'256', which is not a value"),
    "no number": ('[values]\nx = "mug"\n', "'x', which is not a value"),
    "value twice": ('[values]\n7 = "mug"\n07 = "mug"\n', "the value 7 twice"),
    "no text": ("[values]\n255 = 1\n", "gives 255 1, which is not a label"),
    "no colour": ('[colors]\nred = "mug"\n', "'red', which is not a colour"),
    "short colour": ('[colors]\n"#f00" = "mug"\n', "'#f00', which is not a colour"),
    "colour twice": ('[colors]\n"#ff0000" = "mug"\n"#FF0000" = "mug"\n', "the colour #ff0000 twice"),
    "masks": ('masks = "sideways"\n', "masks in .* is 'sideways'"),
    "empty": ("[values]\n", "is not a table with lines"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_line_of_a_mapping_file_is_named(fault: str, tmp_path: Path) -> None:
    spec = make(tmp_path / "d", [square()])
    text, message = BAD[fault]
    (tmp_path / "m.toml").write_text(text)
    with pytest.raises((DataError, UnknownNameError), match=message):
        open_photos(f"{spec}@{tmp_path / 'm.toml'}")


def test_values_name_the_labels_of_a_folder_without_classes(tmp_path: Path) -> None:
    spec = make(tmp_path / "d", [square(255)], None)
    (tmp_path / "m.toml").write_text('[values]\n255 = "mug"\n', encoding="utf-8-sig")
    photos = open_photos(f"{spec}@{tmp_path / 'm.toml'}")
    assert photos.classes == TWO and photos.assumption == "" and np.array_equal(photos.mask("0"), square())
    need_named_classes(photos)


def test_255_stays_ignored_beside_other_values(tmp_path: Path) -> None:
    mask = square(7)
    mask[0] = 255
    spec = make(tmp_path / "d", [mask])
    (tmp_path / "m.toml").write_text('[values]\n7 = "mug"\n')
    found = open_photos(f"{spec}@{tmp_path / 'm.toml'}").mask("0")
    assert (found[0] == 255).all() and np.array_equal(found[1:], square()[1:])


def test_class_names_with_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    spec = make(tmp_path / "d", [square()], None)
    (tmp_path / "d/classes.json").write_text('["background", "mug"]', encoding="utf-8-sig")
    assert open_photos(spec).classes == TWO


def test_tables_of_values_and_colours_pass_through_a_printed_mapping(tmp_path: Path) -> None:
    from pocketseg.data.mapping import to_toml

    spec = make(tmp_path / "d", [square()])
    (tmp_path / "m.toml").write_text('masks = "unturned"\n[values]\n9 = "mug"\n[colors]\n"#00ff00" = "mug"\n')
    mapping = open_photos(f"{spec}@{tmp_path / 'm.toml'}").mapping
    (tmp_path / "again.toml").write_text(to_toml(mapping))
    again = open_photos(f"{spec}@{tmp_path / 'again.toml'}").mapping
    assert (again.values, again.colors, again.masks) == (mapping.values, mapping.colors, mapping.masks)
    assert np.array_equal(again.table(), mapping.table())
