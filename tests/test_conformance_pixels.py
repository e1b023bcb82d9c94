"""Photo to input: every case is reached by a second implementation, in plain Python, and each fault gives another."""

from __future__ import annotations

import io
from typing import Any

import pytest
from _conformance import FOLDER, Array, array, cases, cause, expect
from _conformance_pixels import (
    as_array,
    clockwise,
    from_camera,
    from_yuv,
    mirrored,
    picture,
    resized,
    tensor,
    upright,
)
from PIL import Image, ImageOps

RESIZE, TENSORS = cases("preprocessing")["resize"], cases("preprocessing")["tensors"]


@pytest.mark.parametrize("case", RESIZE, ids=lambda case: case["name"])
def test_a_photo_is_brought_to_the_inputs_size(case: dict[str, Any]) -> None:
    expect(as_array(resized(picture(array(case["rgb"])), case["height_px"], case["width_px"])), case)


def test_a_photo_becomes_the_inputs_bytes() -> None:
    for case in TENSORS:
        expect(tensor(picture(array(case["rgb"])), case["tensor"]), case)
    kinds = {(c["tensor"]["layout"], c["tensor"]["dtype"], c["tensor"]["scale"] is None) for c in TENSORS}
    assert {(layout, dtype) for layout, dtype, plain in kinds if plain} == {
        (layout, dtype) for layout in ("NCHW", "NHWC") for dtype in ("float32", "uint8")
    }
    assert {dtype for _, dtype, plain in kinds if not plain} == {"int8", "uint8"}


def test_each_orientation_stands_upright_as_pillow_has_it() -> None:
    for case in cases("exif")["cases"]:
        stored = array(case["rgb"])
        expect(as_array(upright(picture(stored), case["orientation"])), case)
        image = Image.frombytes("RGB", stored.shape[1::-1], stored.data)
        image.getexif()[0x0112] = case["orientation"]
        turned = ImageOps.exif_transpose(image)
        expect(Array("uint8", (turned.height, turned.width, 3), turned.tobytes()), case)
    assert {case["orientation"] for case in cases("exif")["cases"]} == set(range(1, 9))


def test_a_cameras_picture_is_turned_and_then_mirrored() -> None:
    found = cases("camera")["cases"]
    for case in found:
        turned = from_camera(picture(array(case["rgb"])), case["rotation_degrees"], mirror=case["mirror"])
        expect(as_array(turned), case)
    assert {(case["rotation_degrees"], case["mirror"]) for case in found} == {
        (degrees, mirror) for degrees in (0, 90, 180, 270) for mirror in (False, True)
    }


@pytest.mark.parametrize("case", cases("yuv")["cases"], ids=lambda case: case["name"])
def test_planes_become_rgb_without_a_read_beyond_their_memory(case: dict[str, Any]) -> None:
    planes = {name: array(case[name]["memory"]).data for name in "yuv"}
    expect(as_array(from_yuv(case, planes)), case)


def test_planes_are_laid_in_every_way() -> None:
    found = cases("yuv")["cases"]
    assert {case["u"]["pixel_stride_bytes"] for case in found} == {1, 2}
    assert any(case["y"]["row_stride_bytes"] > case["width_px"] for case in found)
    short = [case for case in found if _ends_within_its_last_row(case)]
    assert len(short) > 5, "the last row of U and V ends with its last sample"
    assert sum("width-for-stride" in case["faults"] for case in found) > 5


def _ends_within_its_last_row(case: dict[str, Any]) -> bool:
    rows = (case["height_px"] + 1) // 2
    return len(array(case["v"]["memory"]).data) < rows * case["v"]["row_stride_bytes"]


def test_files_decode_to_their_rgb_and_platforms_say_how_far_off_they_may_be() -> None:
    found = cases("decode")
    for case in found["cases"]:
        with Image.open(io.BytesIO((FOLDER / case["file"]).read_bytes())) as image:
            upright_ = ImageOps.exif_transpose(image).convert("RGB")
        expect(Array("uint8", (upright_.height, upright_.width, 3), upright_.tobytes()), case)
        assert case["exact"] == ("lossy" not in case["file"] and not case["file"].endswith(".jpg"))
    assert found["tolerance"].pop("pillow") == 0 and set(found["tolerance"]) == {"android", "ios", "browser"}


def test_a_failing_runner_can_name_the_fault() -> None:
    case = cases("camera")["cases"][3]
    assert case["rotation_degrees"] == 90 and case["mirror"]
    wrong = as_array(clockwise(mirrored(picture(array(case["rgb"]))), 1))
    assert cause(wrong, case) == "this is what other-way-round or mirrored-first gives"
    assert "no usual fault" in cause(array(case["rgb"] | {}), case | {"faults": {}})
    with pytest.raises(AssertionError, match="mirrored-first"):
        expect(wrong, case)
