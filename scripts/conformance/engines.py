"""Cases of scores that desktop runtimes really returned: a released network on every target's own runtime, cropped.

`measured` runs the engines, which takes minutes; the cases are then made from the stored scores. Another machine's last
digits do not matter: stored scores stay where the new ones are within the tolerance.
"""

from __future__ import annotations

import importlib.metadata
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pocketseg.inference import class_map, file_output
from scripts.conformance.arrays import FOLDER, Store, wanted
from scripts.conformance.class_maps import FAULTS, of_scores
from scripts.conformance.pictures import photo

NAME = "engines"
NEAR = 0.01  # of the range of the scores: how far another machine's may be off
NETWORK, HEIGHT_PX, WIDTH_PX = "topformer_tiny", 96, 64
_PART = (slice(None), slice(26, 73), slice(15, 50))  # of C,h,w
_SIZES = ((131, 87), (29, 37))  # of the made-up photos that the part comes from, height and width
Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What returned the scores. label: what a table says of a runtime that is not a device; mostly empty."""

    target: str
    runtime: str
    tool: str
    version: str
    label: str
    network: str
    photo: int


def cases(store: Store) -> dict[str, Any]:
    """Return the cases of the stored scores."""
    return cases_of(store, stored())


def cases_of(store: Store, found: Mapping[str, tuple[Source, Scores]]) -> dict[str, Any]:
    """Return the cases of scores, by name."""
    return {
        "about": "docs/preprocessing.md, back to the photo's size: scores of real files, of one part of a photo each",
        "faults": FAULTS,
        "scores": [
            {**asdict(source), **of_scores(store, f"{name}-{height}x{width}", scores, height, width, name)}
            for name, (source, scores) in found.items()
            for height, width in _SIZES
        ],
        "classes": [_classes(store, name, scores) for name, (_, scores) in found.items()],
    }


def _classes(store: Store, name: str, scores: Scores) -> dict[str, Any]:
    classes, (height, width) = scores.argmax(0).astype(np.uint8), _SIZES[0]
    return {
        "name": name, "classes": store.given(classes, f"{name}-classes"), "height_px": height, "width_px": width,
        "is": wanted(class_map(classes, height, width)), "faults": {},
    }  # fmt: skip


def stored() -> dict[str, tuple[Source, Scores]]:
    """Return the scores in the committed cases; nothing where there are none."""
    path = FOLDER / f"{NAME}.json"
    if not path.is_file():
        return {}
    found: dict[str, tuple[Source, Scores]] = {}
    for case in json.loads(path.read_text(encoding="utf-8"))["scores"]:
        source = Source(**{name: case[name] for name in Source.__dataclass_fields__})
        said = case["scores"]
        scores = np.frombuffer((FOLDER / said["file"]).read_bytes(), "<f4").reshape(said["shape"])
        found[f"{source.target}-{source.photo}"] = source, scores.astype(np.float32)
    return found


def measured(folder: Path) -> Iterator[tuple[str, Source, Scores, Path]]:
    """Export the network to every target and run it; return name, runtime, the part of its scores, its manifest."""
    import export
    from benchmark import runtimes
    from models import RELEASED_FOLDER, Given
    from pocketseg import api
    from pocketseg.core.manifest import read_manifest

    for target in export.targets():
        made = api.export(
            str(RELEASED_FOLDER / f"{NETWORK}.safetensors"), target=target, out=folder / target,
            given=Given(height_px=HEIGHT_PX, width_px=WIDTH_PX), name=NETWORK,
        )  # fmt: skip
        engine = export.facts(target, "RUNTIME")
        runtime, tool = runtimes.runtime(engine), runtimes.tool(engine)
        artifact, file = read_manifest(made.file)
        session = runtime.open_session(file, artifact, 1)
        for place in (0, 1):
            scores = file_output(session.run, artifact, photo(place))[_PART]
            source = Source(
                target=target, runtime=engine, tool=tool, version=importlib.metadata.version(tool),
                label=getattr(runtime, "LABEL", ""), network=NETWORK, photo=place,
            )  # fmt: skip
            yield f"{target}-{place}", source, np.ascontiguousarray(scores, np.float32), file.parent / "manifest.json"


def renewed() -> dict[str, tuple[Source, Scores]]:
    """Measure, and keep the stored scores where they still hold."""
    kept = stored()
    found: dict[str, tuple[Source, Scores]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, source, scores, _ in measured(Path(folder)):
            holds = name in kept and kept[name][0] == source and is_near(scores, kept[name][1])
            found[name] = kept[name] if holds else (source, scores)
    return found


def is_near(scores: Scores, other: Scores) -> bool:
    """Return whether the scores of two machines agree as those of one engine do."""
    return scores.shape == other.shape and float(np.abs(scores - other).max()) <= NEAR * float(np.ptp(other))
