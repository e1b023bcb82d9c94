"""A network's own answers are made once for all its files, kept by content, and made again where they are damaged."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

import compress
import models
from pocketseg.artifacts import answers
from pocketseg.artifacts.answers import answered, place
from pocketseg.core.cache import Cache
from pocketseg.core.errors import DataError
from pocketseg.data.calibration import open_calibration
from pocketseg.inference import network_output

SMALL = models.Given(height_px=64, width_px=64)
PHOTOS = open_calibration(count=2)


@pytest.fixture(scope="module")
def loaded() -> models.Loaded:
    return models.open_model("topformer_tiny", SMALL)


def test_answers_that_are_kept_are_those_of_the_network(
    loaded: models.Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = answered(loaded, PHOTOS, tmp_path / "kept")
    for picture, scores in zip(made.pictures, made.scores, strict=True):
        assert picture.shape == (64, 64, 3) and scores.shape == (4, 64, 64)
        assert np.array_equal(scores, network_output(loaded.module, loaded.spec, picture))
    assert made.costs == compress.measured(loaded.module, loaded.spec)
    monkeypatch.setattr(answers, "network_output", lambda *whatever: pytest.fail("they are kept"))
    monkeypatch.setattr(compress, "measured", lambda *whatever: pytest.fail("they are kept"))
    again = answered(loaded, PHOTOS, tmp_path / "kept")
    assert again.costs == made.costs and len(again.pictures) == len(again.scores) == 2
    for first, second in zip((*made.pictures, *made.scores), (*again.pictures, *again.scores), strict=True):
        assert first.dtype == second.dtype and np.array_equal(first, second)
    changed = dataclasses.replace(PHOTOS, digests=("0" * 64, *PHOTOS.digests[1:]))
    with pytest.raises(DataError, match="changed while it was in use"):
        answered(loaded, changed, tmp_path / "kept")


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(_flip, id="a bit"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:-9]), id="cut off"),
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: path.unlink(), id="gone"),
        pytest.param(lambda path: np.savez(path, scores=np.zeros((1, 4, 64, 64)), costs="{}"), id="too few"),
        pytest.param(lambda path: np.savez(path, scores=np.zeros((2, 4, 64, 64)), costs="no JSON"), id="no costs"),
    ],
)
def test_damaged_answers_are_made_again(
    damage: Callable[[Path], object], loaded: models.Loaded, tmp_path: Path
) -> None:
    made = answered(loaded, PHOTOS, tmp_path)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    damage(file)
    again = answered(loaded, PHOTOS, tmp_path)
    assert all(map(np.array_equal, again.scores, made.scores)) and again.costs == made.costs
    assert file.read_bytes() == whole


@pytest.mark.parametrize("place", range(0, 200, 3))
def test_a_flipped_bit_of_the_headers_never_gives_other_answers(
    place: int, loaded: models.Loaded, tmp_path: Path
) -> None:
    made = answered(loaded, PHOTOS, tmp_path)
    (file,) = tmp_path.iterdir()
    data = bytearray(file.read_bytes())
    data[place] ^= 1 << place % 8
    file.write_bytes(data)
    again = answered(loaded, PHOTOS, tmp_path)
    assert all(map(np.array_equal, again.scores, made.scores)) and again.costs == made.costs


def test_other_weights_photos_and_sizes_have_answers_of_their_own(loaded: models.Loaded, tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    wider = models.open_model("topformer_tiny", models.Given(height_px=64, width_px=96))
    torch.manual_seed(0)
    weights = tmp_path / "other.safetensors"
    models.save_weights(models.build("topformer_tiny"), loaded.spec, weights, dtype="fp32", metadata={})
    places = [
        place(cache, loaded, PHOTOS), place(cache, wider, PHOTOS), place(cache, loaded, open_calibration(count=3)),
        place(cache, models.open_model(str(weights)), PHOTOS),
    ]  # fmt: skip
    assert len(set(places)) == 4 and places[0] == place(cache, loaded, PHOTOS)
