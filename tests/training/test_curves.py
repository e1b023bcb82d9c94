"""The curves of a run, drawn and told to TensorBoard."""

from __future__ import annotations

import csv
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from pocketseg.training.curves import draw


def test_a_run_draws_its_curves_and_tells_tensorboard(finished: Path) -> None:
    rows = list(csv.DictReader((finished / "log.csv").open()))
    picture = (finished / "curves.svg").read_text()
    assert ElementTree.fromstring(picture).tag.endswith("svg")
    for value in (row[key] for row in rows for key in ("loss", "val_miou")):
        assert f"{float(value):.3f}" in picture
    seen: dict[str, list[float]] = {}
    for file in sorted((finished / "tensorboard").iterdir()):
        for event in _events(file.read_bytes()):
            for value in event.summary.value:
                seen.setdefault(value.tag, []).append(value.simple_value)
    assert seen["val_miou"] == pytest.approx([float(row["val_miou"]) for row in rows], abs=1e-6)
    assert seen["loss"] == pytest.approx([float(row["loss"]) for row in rows], abs=1e-6)


def test_a_single_epoch_is_drawn_as_points(tmp_path: Path) -> None:
    row = {"epoch": 1, "height_px": 64, "width_px": 64, "loss": 1.0, "val_miou": 0.5}
    for count, points in ((1, 2), (2, 0)):
        draw(tmp_path / "curves.svg", "a run", [{**row, "epoch": e + 1} for e in range(count)])
        assert (tmp_path / "curves.svg").read_text().count("<circle") == points


def test_a_picture_of_curves_marks_a_new_width_too(tmp_path: Path) -> None:
    rows = [{"epoch": e, "height_px": 64, "width_px": w, "loss": 1.0, "val_miou": 0.5} for e, w in ((1, 64), (2, 96))]
    draw(tmp_path / "curves.svg", "a run", rows)
    assert "64 x 96 px" in (tmp_path / "curves.svg").read_text()


def _events(data: bytes) -> Iterator[Any]:
    """Read TensorBoard's records: length, checksum, event, checksum."""
    from tensorboardX.proto.event_pb2 import Event

    place = 0
    while place < len(data):
        (length,) = struct.unpack_from("<Q", data, place)
        event = Event()
        event.ParseFromString(data[place + 12 : place + 12 + length])
        yield event
        place += 16 + length
