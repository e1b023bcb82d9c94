"""Output to class map and scores: every case is reached by a second implementation in plain Python."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import numpy as np
import pytest
import torch
from _conformance import Array, array, cases, expect
from _conformance_outputs import (
    Planes,
    Refused,
    chosen,
    class_map,
    classes_of,
    confusion,
    flat,
    iou,
    miou,
    nearest,
    planes,
    read,
    scores_of,
)
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch.nn import functional

from benchmark.accuracy import Score
from benchmark.findings import scores_of as scores_in_record
from pocketseg import inference
from pocketseg.core.errors import RuntimeFailedError
from pocketseg.core.manifest import parse_manifest
from pocketseg.core.types import TensorSpec

RAW, MAPS, ENGINES, SCORES = cases("raw_memory"), cases("class_maps"), cases("engines"), cases("confusion")


def map_of(case: dict[str, Any]) -> tuple[Array, Planes | None, int]:
    """Bring a runtime's outputs to a class map: what a harness does."""
    wanted = case["wanted"]
    output = chosen(case["outputs"], wanted)
    values = read(output, array(output["memory"]).data)
    if wanted["layout"] == "NHW":
        return classes_of(values, wanted, case["classes"]), None, 0
    scores, count = scores_of(values, wanted, case["classes"])
    return class_map(scores, len(scores[0]), len(scores[0][0])), scores, count


@pytest.mark.parametrize("case", RAW["cases"], ids=lambda case: case["name"])
def test_raw_memory_becomes_a_class_map(case: dict[str, Any]) -> None:
    found, scores, not_finite = map_of(case)
    expect(found, case)
    assert not_finite == case["not_finite"]
    if scores is not None and not any(math.isnan(v) for plane in scores for row in plane for v in row):
        expect(flat(scores), case, "scores")


@pytest.mark.parametrize("case", RAW["refused"], ids=lambda case: case["name"])
def test_outputs_that_the_manifest_does_not_name_are_refused(case: dict[str, Any]) -> None:
    with pytest.raises(Refused) as caught:
        map_of(case)
    assert str(caught.value) == case["error"]


def test_every_type_stride_and_special_value_has_its_case() -> None:
    outputs = [case["outputs"][0] for case in RAW["cases"]]
    assert {one["dtype"] for one in outputs} >= {"float16", "float32", "float64", "int32", "int8", "uint8", "int64"}
    assert {fault for case in RAW["cases"] for fault in case["faults"]} == set(RAW["faults"])
    assert sum(case["not_finite"] > 0 for case in RAW["cases"]) >= 5
    assert any(
        len(case["outputs"]) == 2 and case["wanted"]["name"] != case["outputs"][0]["name"] for case in RAW["cases"]
    )


@pytest.mark.parametrize("case", [*MAPS["scores"], *ENGINES["scores"]], ids=lambda case: case["name"])
def test_scores_become_a_class_map_of_the_photos_size(case: dict[str, Any]) -> None:
    given, height, width = array(case["scores"]), case["height_px"], case["width_px"]
    found, right = class_map(planes(given.values, *given.shape), height, width), array(case["is"])
    differ = {k for k, (a, b) in enumerate(zip(found.data, right.data, strict=True)) if a != b}
    assert differ <= set(case["may_differ"])
    assert len(case["may_differ"]) < height * width / 12


def test_classes_are_resized_to_the_nearest() -> None:
    for case in [*MAPS["classes"], *ENGINES["classes"]]:
        expect(nearest(array(case["classes"]), case["height_px"], case["width_px"]), case)


@pytest.mark.parametrize("case", SCORES["cases"], ids=lambda case: case["name"])
def test_scores_are_of_one_matrix_without_void(case: dict[str, Any]) -> None:
    total = [[0] * case["classes"] for _ in range(case["classes"])]
    for photo in case["photos"]:
        found = confusion(array(photo["predicted"]), array(photo["label"]), case["classes"])
        assert found == photo["confusion"]
        total = [[a + b for a, b in zip(x, y, strict=True)] for x, y in zip(total, found, strict=True)]
    assert total == case["confusion"]
    assert iou(total) == [None if v is None else pytest.approx(v, rel=1e-9) for v in case["iou"]]
    assert miou(total) == (None if case["miou"] is None else pytest.approx(case["miou"], rel=1e-9))
    assert all(wrong != case["miou"] for wrong in case["faults"].values())


@pytest.mark.parametrize("case", SCORES["refused"], ids=lambda case: case["name"])
def test_maps_that_cannot_be_scored_are_refused(case: dict[str, Any]) -> None:
    with pytest.raises(Refused) as caught:
        confusion(array(case["predicted"]), array(case["label"]), case["classes"])
    assert str(caught.value) == case["error"]


# ---- the product itself ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strips", [False, True])
def test_nan_never_wins_at_any_size(strips: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if strips:
        monkeypatch.setattr(inference, "MOST_SCORES_BYTES", 0)
    scores = np.zeros((3, 4, 5), np.float32)
    scores[0], scores[1] = np.nan, 1
    assert (inference.class_map(scores, 9, 7) == 1).all()
    scores[:] = np.nan
    assert (inference.class_map(scores, 9, 7) == 0).all()
    scores[:] = 0
    scores[1, 0, 0] = scores[2, 0, 0] = np.inf
    scores[0, 3, 4] = -np.inf
    found = inference.class_map(scores, 4, 5)
    assert found[0, 0] == 1 and found[3, 4] == 1 and (np.delete(found.reshape(-1), [0, 19]) == 0).all()


@given(
    arrays(np.float32, st.tuples(*[st.integers(1, 5)] * 3), elements=st.sampled_from([-1.5, 0, 0.25, 0.5, 1])),
    st.integers(1, 12),
    st.integers(1, 12),
)
def test_a_class_map_is_the_argmax_of_the_resized_scores(scores: Any, height_px: int, width_px: int) -> None:
    given_scores = torch.from_numpy(scores)[None]
    wide = functional.interpolate(given_scores, size=(height_px, width_px), mode="bilinear", align_corners=False)[0]
    found = inference.class_map(scores, height_px, width_px)
    assert np.array_equal(found, wide.argmax(0).numpy())
    assert np.array_equal(found, wide.numpy().argmax(0)), "the first class wins a tie"


@pytest.mark.parametrize("value", [256, 300, -1, 1 << 40])
def test_a_class_that_no_byte_holds_is_refused_and_not_wrapped(value: int) -> None:
    classes = np.zeros((4, 5), np.int64)
    classes[1, 2] = value
    with pytest.raises(RuntimeFailedError, match=f"class {value};"):
        inference.class_map(classes, 8, 10)
    meter = Score(("a", "b"))
    with pytest.raises(RuntimeFailedError, match="class 255, but it has only 2 classes"):
        meter.add(np.full((1, 2), 255, np.uint8), np.zeros((1, 2), np.uint8), None, ("", ""))


def test_the_nearest_pixel_is_found_in_whole_numbers() -> None:
    for count, size in ((192, 1080), (192, 3024), (2, 7), (320, 427)):
        line = (np.arange(count) % 251).astype(np.uint8)[None]
        wanted = [(2 * k + 1) * count // (2 * size) % 251 for k in range(size)]
        assert inference.class_map(line, 1, size)[0].tolist() == wanted
        assert inference.class_map(line.T, size, 1)[:, 0].tolist() == wanted


def test_a_file_that_gives_nan_is_refused_by_name_and_segments_nothing() -> None:
    scores = TensorSpec(name="y", shape=(1, 3, 4, 5), layout="NCHW", dtype="float32")
    image = TensorSpec(name="x", shape=(1, 4, 5, 3), layout="NHWC", dtype="float32")
    manifest = {**cases("manifests")["cases"][1]["manifest"], "file": "spoiled.onnx"}
    artifact = parse_manifest(json.dumps(manifest).encode(), "it")
    artifact = dataclasses.replace(artifact, inputs=(image,), outputs=(scores,), input_height_px=4, input_width_px=5)
    given = np.zeros(scores.shape, np.float32)
    segmenter = inference.of_file(lambda array: given, artifact)
    photo = np.zeros((8, 7, 3), np.uint8)
    assert segmenter.segment(photo).shape == (8, 7)
    for value in (np.nan, np.inf):
        given[0, 1, 2, 3] = value
        with pytest.raises(RuntimeFailedError, match=r"spoiled\.onnx gives values that are not finite"):
            segmenter.segment(photo)


def test_where_no_pixel_has_a_label_the_record_has_no_miou_and_says_why() -> None:
    unknown: dict[str, str] = {}
    found = scores_in_record((("a", "b"), [[[0, 0], [0, 0]]] * 12), unknown)
    assert found == {"miou": None, "miou_low": None, "miou_high": None, "iou": {"a": None, "b": None}}
    assert {unknown[f"/statistics/{name}"] for name in ("miou", "miou_low", "miou_high")} == {"no pixel has a label"}
    assert scores_in_record((("a", "b"), [[[3, 1], [0, 0]]]), {})["miou"] == 0.75
