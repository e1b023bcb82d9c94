"""A run's curves, drawn from its epochs: an SVG that any browser shows, and TensorBoard events."""

from __future__ import annotations

import itertools
import shutil
import socket
import struct
import time
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from pocketseg.core.files import write_bytes, write_text

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 760, 300, 56, 30, 40
_CURVES = (("loss", "loss", "#c0392b"), ("val_miou", "validation mIoU", "#2471a3"))


def draw(path: Path, title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write an SVG of loss and validation mIoU over epochs, each on its own scale; grey lines mark a new input size."""
    epochs = [int(r["epoch"]) for r in rows]
    first, last = epochs[0], max(epochs[-1], epochs[0] + 1)

    def x(epoch: float) -> float:
        return _LEFT + (epoch - first) / (last - first) * (_WIDTH - 2 * _LEFT)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="white"/><text x="{_LEFT}" y="18">{escape(title)}</text>'
    ]
    for before, row in itertools.pairwise(rows):
        if any(before[key] != row[key] for key in ("height_px", "width_px")):
            place = x(float(row["epoch"]) - 0.5)
            parts.append(f'<path d="M{place:.1f} {_TOP}V{_HEIGHT - _BOTTOM}" stroke="#bbb" stroke-dasharray="3"/>')
            size = f"{row['height_px']} x {row['width_px']} px"
            parts.append(f'<text x="{place + 3:.1f}" y="{_TOP + 12}" fill="#888">{size}</text>')
    for number, (key, name, color) in enumerate(_CURVES):
        values = [float(r[key]) for r in rows]
        low, high = min(values), max(*values, min(values) + 1e-6)

        def y(value: float, low: float = low, high: float = high) -> float:
            return _HEIGHT - _BOTTOM - (value - low) / (high - low) * (_HEIGHT - _BOTTOM - _TOP)

        points = " ".join(f"{x(e):.1f},{y(v):.1f}" for e, v in zip(epochs, values, strict=True))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.6"/>')
        if len(rows) == 1:  # a line of one point draws nothing
            parts.append(f'<circle cx="{x(first):.1f}" cy="{y(values[0]):.1f}" r="3" fill="{color}"/>')
        side, anchor = (_LEFT - 6, "end") if number == 0 else (_WIDTH - _LEFT + 6, "start")
        for value in (low, high):
            parts.append(
                f'<text x="{side}" y="{y(value) + 4:.1f}" text-anchor="{anchor}" fill="{color}">{value:.3f}</text>'
            )
        place = _WIDTH - _LEFT if number else _LEFT + 260
        parts.append(f'<text x="{place}" y="18" text-anchor="end" fill="{color}">{name}</text>')
    for epoch in (first, last):
        parts.append(f'<text x="{x(epoch):.1f}" y="{_HEIGHT - 20}" text-anchor="middle">{epoch}</text>')
    parts.append(f'<text x="{_WIDTH / 2}" y="{_HEIGHT - 6}" text-anchor="middle">epoch</text></svg>\n')
    write_text(path, "\n".join(parts))


def log_events(folder: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the figures of all epochs as TensorBoard events, afresh each time, so that a resumed run has no duplicates.

    Does nothing where tensorboardX is not installed.
    """
    try:
        from tensorboardX.proto.event_pb2 import Event
        from tensorboardX.record_writer import masked_crc32c
    except ImportError:  # a training machine may have torch alone
        return
    now = time.time()
    events = [Event(wall_time=now, file_version="brain.Event:2")]
    for row in rows:
        for key in ("loss", "val_miou", "lr", "images_per_s", "height_px"):
            event = Event(wall_time=now, step=int(row["epoch"]))
            event.summary.value.add(tag=key, simple_value=float(row[key]))
            events.append(event)
    data = bytearray()
    for event in events:  # a TFRecord: length, its checksum, the event, its checksum
        text = event.SerializeToString()
        length = struct.pack("<Q", len(text))
        data += length + struct.pack("<I", masked_crc32c(length)) + text + struct.pack("<I", masked_crc32c(text))
    # tensorboardX's own writer waits for ever where the disk is full
    shutil.rmtree(folder, ignore_errors=True)
    write_bytes(folder / f"events.out.tfevents.{int(now)}.{socket.gethostname()}", bytes(data))
