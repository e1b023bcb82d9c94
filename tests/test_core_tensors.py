"""Tensors: a photo as a file takes it, and outputs as planes or class maps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pocketseg.core.errors import ManifestError
from pocketseg.core.tensors import decode_output, encode_input
from pocketseg.core.types import TensorSpec


def _spec(layout: str, shape: tuple[int, ...], dtype: str = "float32", **more: Any) -> TensorSpec:
    return TensorSpec(name="t", shape=shape, layout=layout, dtype=dtype, **more)


@pytest.fixture
def photo() -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 256, (5, 4, 3)).astype(np.uint8)


@pytest.mark.parametrize("dtype", ["float32", "uint8"])
def test_a_photo_goes_in_in_the_layout_and_dtype_that_the_file_takes(photo: np.ndarray, dtype: str) -> None:
    first = encode_input(photo, _spec("NHWC", (1, 5, 4, 3), dtype))
    assert first.dtype == dtype and np.array_equal(first[0], photo)
    planes = encode_input(photo, _spec("NCHW", (1, 3, 5, 4), dtype))
    assert planes.flags.c_contiguous and np.array_equal(planes[0, 2], photo[:, :, 2])


@pytest.mark.parametrize(("dtype", "scale", "zero_point"), [("int8", 1.0, -128), ("uint8", 1.0, 0), ("int8", 2.5, -20)])
def test_a_quantised_input_is_the_nearest_step(photo: np.ndarray, dtype: str, scale: float, zero_point: int) -> None:
    spec = _spec("NHWC", (1, 5, 4, 3), dtype, scale=scale, zero_point=zero_point)
    got = encode_input(photo, spec)
    assert got.dtype == dtype
    reals = (got[0].astype(float) - zero_point) * scale
    assert np.abs(reals - photo).max() <= scale / 2


def test_a_quantised_input_is_clipped_not_wrapped() -> None:
    white = np.full((1, 1, 3), 255, np.uint8)
    assert (encode_input(white, _spec("NHWC", (1, 1, 1, 3), "int8", scale=1.0, zero_point=0)) == 127).all()


def test_an_input_of_another_size_or_layout_is_refused(photo: np.ndarray) -> None:
    with pytest.raises(ManifestError, match=r"is \(1, 4, 5, 3\), the photo gives \(1, 5, 4, 3\)"):
        encode_input(photo, _spec("NHWC", (1, 4, 5, 3)))
    with pytest.raises(ManifestError, match="layout 'HWC'"):
        encode_input(photo, _spec("HWC", (5, 4, 3)))


def test_outputs_come_back_as_planes_of_scores_or_as_a_class_map() -> None:
    scores = np.random.default_rng(1).normal(size=(1, 2, 3, 4)).astype(np.float32)
    assert np.array_equal(decode_output(scores, _spec("NCHW", scores.shape)), scores[0])
    turned = scores.transpose(0, 2, 3, 1)
    assert np.array_equal(decode_output(turned, _spec("NHWC", turned.shape)), scores[0])
    labels = scores.argmax(1).astype(np.uint8)
    assert np.array_equal(decode_output(labels, _spec("NHW", labels.shape, "uint8")), labels[0])
    with pytest.raises(ManifestError, match="layout 'CHW'"):
        decode_output(scores[0], _spec("CHW", (2, 3, 4)))


def test_a_quantised_output_comes_back_in_reals() -> None:
    steps = np.array([-128, -3, 0, 127], np.int8).reshape(1, 4, 1, 1)
    got = decode_output(steps, _spec("NCHW", steps.shape, "int8", scale=0.5, zero_point=-3))
    assert got.dtype == np.float32 and got.reshape(-1).tolist() == [-62.5, 0.0, 1.5, 65.0]
