"""Scores: those computed by hand, at each photo's own size."""

from __future__ import annotations

import dataclasses
import time

import numpy as np
import pytest
import torch
from _training import Data, same_values
from PIL import Image
from torch import nn
from torch.nn import functional

import models
from pocketseg.core.errors import DataError
from pocketseg.data.photos import PhotoSet, Pixels, open_photos, read_pair
from pocketseg.inference import network_input
from pocketseg.training import evaluate as evaluating
from pocketseg.training.evaluate import evaluate, read_ahead
from pocketseg.training.scores import score


def _network() -> nn.Module:
    torch.manual_seed(11)
    network = models.build("topformer_tiny")
    nn.init.normal_(network.decode_head.conv_seg.weight, std=3.0)  # so that every class occurs
    return network


def test_scores_are_those_computed_by_hand_at_each_photos_own_size(data: Data) -> None:
    network = _network().eval()
    spec = dataclasses.replace(models.spec("topformer_tiny"), height_px=64, width_px=64)
    photos, ids = open_photos(data.spec), data.split.ids("train")[:3]
    confusion = np.zeros((4, 4), np.int64)
    for photo_id in ids:
        image = Image.open(photos.image_path(photo_id)).convert("RGB")
        mask = np.asarray(Image.open(photos.mask_path(photo_id)))
        small = np.asarray(image.resize((64, 64), Image.Resampling.BILINEAR), np.float32) / 255
        x = torch.from_numpy(((small - spec.mean_rgb) / spec.std_rgb).astype(np.float32)).permute(2, 0, 1)[None]
        with torch.no_grad():
            scores = functional.interpolate(network(x), mask.shape, mode="bilinear", align_corners=False)
        np.add.at(confusion, (mask.reshape(-1), scores[0].argmax(0).numpy().reshape(-1)), 1)
    union = confusion.sum(0) + confusion.sum(1) - confusion.diagonal()
    assert (union > 0).all() and (confusion.sum(0) > 0).sum() > 1
    iou = confusion.diagonal() / union
    meter = evaluate(network, spec, photos, ids)
    answer = score(network, spec, photos, ids).summary("val", "abc")
    assert meter.iou() == pytest.approx(answer["iou"], abs=1e-6)
    assert meter.miou() == pytest.approx(answer["miou"], abs=1e-6)
    assert (answer["photos"], answer["split_hash"]) == (3, "abc")
    assert list(answer["iou"].values()) == pytest.approx(iou.tolist(), abs=1e-3)  # a pixel's tie may fall otherwise
    assert answer["miou"] == pytest.approx(iou.mean(), abs=1e-3)


def test_scoring_leaves_the_network_in_the_mode_it_was_in(data: Data) -> None:
    network = _network().train()
    spec = dataclasses.replace(models.spec("topformer_tiny"), height_px=64, width_px=64)
    before = {k: v.clone() for k, v in network.state_dict().items()}
    evaluate(network, spec, open_photos(data.spec), data.split.ids("test"))
    assert network.training and same_values(before, dict(network.state_dict()))


def test_photos_are_read_ahead_in_their_order(data: Data) -> None:
    photos, ids = open_photos(data.spec), data.split.ids("train")
    for count in range(len(ids) + 1):
        pairs = list(read_ahead(photos, ids[:count]))
        assert len(pairs) == count
        for photo_id, pair in zip(ids, pairs, strict=False):
            assert all(map(np.array_equal, pair, read_pair(photos, photo_id)))


def test_a_photo_that_cannot_be_read_is_reported_in_its_turn(data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    photos, ids = open_photos(data.spec), data.split.ids("train")

    def failing(photos: PhotoSet, photo_id: str) -> tuple[Pixels, Pixels]:
        if photo_id == ids[1]:
            raise DataError(f"photo {photo_id} is damaged")
        return read_pair(photos, photo_id)

    monkeypatch.setattr(evaluating, "read_pair", failing)
    reading = read_ahead(photos, ids)
    assert np.array_equal(next(reading)[0], read_pair(photos, ids[0])[0])
    with pytest.raises(DataError, match=f"{ids[1]} is damaged"):
        next(reading)


def test_no_photo_is_read_far_ahead_nor_after_the_reader_is_closed(data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def slowly(photos: PhotoSet, photo_id: str) -> tuple[Pixels, Pixels]:
        read.append(photo_id)
        time.sleep(0.05)
        return read_pair(photos, photo_id)

    monkeypatch.setattr(evaluating, "read_pair", slowly)
    reading = read_ahead(open_photos(data.spec), data.split.ids("train") * 4)
    next(reading)
    time.sleep(0.4)
    assert len(read) == 3
    reading.close()
    assert len(read) == 3


def test_network_input_takes_photos_of_any_size() -> None:
    spec = dataclasses.replace(models.spec("topformer_tiny"), height_px=64, width_px=32)
    batch = network_input([np.zeros((10, 20, 3), np.uint8), np.full((70, 30, 3), 255, np.uint8)], spec)
    assert batch.shape == (2, 3, 64, 32)
    want = [[(v - m) / s for m, s in zip(spec.mean_rgb, spec.std_rgb, strict=True)] for v in (0, 1)]
    assert torch.allclose(batch[:, :, 5, 5], torch.tensor(want), atol=1e-5)
