"""A small bundle of a real file: the network of two convolutions as ONNX, on crops of embedded photos."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _tiny import SPEC, described
from PIL import Image

import export
from benchmark.entry import Entry
from benchmark.photos import ScoredPhotos, part_of
from benchmark.timing import Effort
from pocketseg.core.files import write_json
from pocketseg.core.manifest import write_manifest
from pocketseg.core.types import Artifact, OutputKind
from pocketseg.data.embedded import sample_ids, sample_photos
from pocketseg.data.photos import Pixels, read_image
from pocketseg.devices.job import Job
from pocketseg.devices.make import Made, make

SIZES = ((96, 61), (64, 96), (70, 110), (33, 47))  # of the photos: portrait, the input's own, landscape, small
ONCE = Job(passes=1)  # nothing is timed


def entry(converted: Callable[..., Any], folder: Path, target: str = "onnx", name: str = "") -> Entry:
    """Return a file of the tiny network with its manifest, in a folder of its own."""
    source, written = converted(target, "fp32", OutputKind.LOGITS)
    suffix = str(export.facts(target, "SUFFIX"))
    path = folder / (name or f"tiny{suffix}")
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, path)
    artifact = described(path, written, target)
    write_manifest(folder, artifact)
    return Entry(artifact=artifact, path=path, runtime=str(export.facts(target, "RUNTIME")))


def photos(root: Path) -> ScoredPhotos:
    """Return four labelled photos: crops of embedded test photos, with made-up labels that ignore some pixels."""
    chance = np.random.default_rng(3)
    for part in ("images", "masks"):
        (root / part).mkdir(parents=True)
    for number, (photo_id, size) in enumerate(zip(sample_ids("test"), SIZES, strict=False)):
        image = read_image(sample_photos().image_path(photo_id))[100 : 100 + 4 * size[0] : 4, : 4 * size[1] : 4]
        small = Image.fromarray(image).resize((size[1], size[0]))
        small.save(root / f"images/{number}.jpg", quality=95)
        label = np.kron(chance.integers(0, 4, (8, 8)), np.ones((16, 16), int))[: size[0], : size[1]].astype(np.uint8)
        label[:2] = 255
        Image.fromarray(label).save(root / f"masks/{number}.png")
    write_json(root / "classes.json", list(SPEC.classes))
    return part_of(f"folder:{root}", "all", None)


def scored_only(passes: int = 1, **given: Any) -> Effort:
    """Return how long a file is run: in one pass, which times nothing, no longer than it has to be."""
    return Effort(passes=passes, **(given if passes > 1 else {**given, "least_s": 0.0, "warm_up_s": 0.0}))


@contextmanager
def quick_replay() -> Iterator[None]:
    """Let replay of jobs of one pass run each file as often as it has to, instead of for two seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pocketseg.devices.replay.Effort", scored_only)
        yield


def network(maps: list[Pixels]) -> Callable[[Artifact], Iterator[Pixels]]:
    """Return a reference that returns these class maps."""
    return lambda artifact: iter(maps)


def bundle(
    converted: Callable[..., Any], folder: Path, *, job: Job = ONCE, targets: tuple[str, ...] = ("onnx",)
) -> Made:
    """Make a bundle of the tiny network's files and four photos in `folder`/bundle."""
    entries = [entry(converted, folder / target, target) for target in targets]
    return make(entries, photos(folder / "photos"), lambda artifact: None, folder / "bundle", job)
