"""The choice of teachers: every subset is scored on validation photos, and what cannot be averaged is refused."""

from __future__ import annotations

import dataclasses

import pytest
from _training import Data
from click.testing import CliRunner, Result

import models
from pocketseg.core.metrics import IouMeter
from pocketseg.data.photos import open_photos, read_pair
from pocketseg.inference import class_map
from scripts import teachers


def _opened() -> list[models.Loaded]:
    """Return two networks that do not answer alike."""
    found = [models.open_model("topformer_tiny") for _ in range(2)]
    for parameter in found[1].module.parameters():
        parameter.data *= 0.9
    return found


def _run(data: Data, *named: str) -> Result:
    words = [*named, "--data", data.spec, "--split-file", str(data.split_file)]
    return CliRunner().invoke(teachers.main, words)


def test_every_choice_is_scored_by_the_mean_of_its_probabilities(data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = _opened()
    monkeypatch.setattr(teachers, "open_teachers", lambda refs, photos, split: opened)
    photos = open_photos(data.spec)
    meter = IouMeter(photos.classes)
    for photo_id in data.split.ids("val"):
        image, mask = read_pair(photos, photo_id)
        mean = teachers._mean([teachers._probabilities(one, image) for one in opened])
        meter.add(class_map(mean, *mask.shape), mask)
    lines = _run(data, "a", "b=weights.pth").output.splitlines()
    assert sorted(line.split("  ")[1] for line in lines) == ["a", "a b", "b"]
    assert f"{meter.miou():.4f}  a b" in lines
    assert lines == sorted(lines, key=lambda line: -float(line.split()[0]))


def test_teachers_named_twice_or_of_several_sizes_are_refused(data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = _opened()
    opened[1] = dataclasses.replace(opened[1], spec=dataclasses.replace(opened[1].spec, height_px=160))
    monkeypatch.setattr(teachers, "open_teachers", lambda refs, photos, split: opened)
    for named, words in (
        (("a", "a=b"), "a is named twice"),
        (("a", "b"), "inputs of several sizes: a 320x192, b 160x"),
    ):
        found = _run(data, *named)
        assert found.exit_code != 0 and words in str(found.output), found.output
