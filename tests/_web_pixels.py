"""Runs the browser page's own pixel code, built once for Node, on pictures and photos."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from _web_core import _node, _program

from pocketseg.inference import model_input

Pixels = npt.NDArray[np.uint8]
Size = tuple[int, int]  # height, width


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """photo: a photo's file. stored: its pixels before they are turned; without them the page's code decodes it."""

    photo: Path | None = None
    stored: Pixels | None = None
    sizes: Sequence[Size] = ()


def answers(jobs: Sequence[Job], folder: Path, build: Path) -> list[dict[str, Any]]:
    """Return the results of the page's code for each job: sizes and hashes, or why it is refused."""
    said = []
    for number, job in enumerate(jobs):
        one: dict[str, Any] = {"sizes": [list(size) for size in job.sizes]}
        if job.photo is not None:
            one["photo"] = str(job.photo)
        if job.stored is not None:
            raw = folder / f"{number}.rgb"
            raw.write_bytes(np.ascontiguousarray(job.stored).tobytes())
            one["stored"] = {"file": str(raw), "height_px": job.stored.shape[0], "width_px": job.stored.shape[1]}
        said.append(one)
    listed = folder / "jobs.json"
    listed.write_text(json.dumps(said), encoding="utf-8")
    found = [
        json.loads(line) for line in _node(str(_program(build).with_name("beside_pixels.js")), str(listed)).splitlines()
    ]
    assert len(found) == len(jobs)
    return found


def by_our_rule(upright: Pixels, sizes: Sequence[Size]) -> dict[str, Any]:
    """Return pocketseg's own results for an upright photo."""
    return {
        "size": list(upright.shape[:2]),
        "upright": hashed(upright),
        "resized": [hashed(model_input(upright, height, width)) for height, width in sizes],
    }


def hashed(pixels: Pixels) -> str:
    return hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()
