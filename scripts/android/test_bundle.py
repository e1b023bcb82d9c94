"""Make the bundle that the Android app's tests run on this computer's JVM, and recordings for where it cannot run them.

`python -m scripts.android.test_bundle [OUT [EXPORTS]]` writes `OUT/bundle.zip`: both networks for four targets, in fp32
and w8a8, and 8 photos; and `OUT/recordings/SHA256.bin`: what the desktop's runtimes answered, by the hash of
file and input, for a computer on which the phone's libraries do not run (scripts/android/natives). EXPORTS: a folder of
exported files; without it they come out of the cache, into which `pocketseg quickstart` puts the same, or are made.
Without OUT it prints the one in the cache, made where these files have none there yet; recordings are left out of it
where the phone's libraries run.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pocketseg import api
from pocketseg.artifacts.deliver import put
from pocketseg.artifacts.produce import produce
from pocketseg.artifacts.request import Request
from pocketseg.core.cache import ROOT, Cache, default_folder
from pocketseg.core.errors import UsageError
from pocketseg.core.files import atomic_folder, sha256_file, sha256_json, write_bytes
from pocketseg.core.manifest import read_manifest
from pocketseg.core.types import Recipe
from pocketseg.data.calibration import COUNT, calibration_for
from scripts.android.tools import cache_folder

NETWORKS = ("u2netp", "topformer_tiny")
RECORDED = ("tflite", "executorch", "torchmobile")
TARGETS = ("onnx", *RECORDED)  # ONNX Runtime has a build for the JVM
RECIPES = ("fp32", "w8a8")
PHOTOS = 8
_DECIDE = ("benchmark", "conformance/schema", "pocketseg/core", "pocketseg/data", "pocketseg/devices", "requirements")
_KINDS = (".py", ".json", ".txt")


def kept(cache: Path, files: Sequence[Path], recorded: Sequence[str]) -> Path:
    """Return the bundle of these files in a cache, made where there is none yet."""
    folder = cache / f"test-bundle-{key([Path(__file__)], files, *recorded)}"
    return folder / "bundle.zip" if folder.is_dir() else make(folder, files, recorded)


def exported(folder: Path, targets: Sequence[str] = TARGETS) -> list[Path]:
    """Export both networks for targets into `folder`, from the cache where possible; return the files."""
    wanted = itertools.product(NETWORKS, targets, RECIPES)
    return [
        put(produce(_request(*words), Cache(default_folder())), to)
        for words, to in zip(wanted, _folders(folder, targets), strict=True)
    ]


def _request(network: str, target: str, recipe: str) -> Request:
    """Return the request that `pocketseg export` makes by default, without checking which phones open the file."""
    return Request(
        model=network, target=target, recipe=Recipe.parse(recipe), calibration=calibration_for("", "", None, COUNT)
    )


def _folders(parent: Path, targets: Sequence[str] = TARGETS) -> list[Path]:
    return [parent / "-".join(words) for words in itertools.product(NETWORKS, targets, RECIPES)]


def make(out: Path, files: Sequence[Path], recorded: Sequence[str] = RECORDED) -> Path:
    """Write bundle, and recordings of these targets, into `out`, which is there once it is whole; return the bundle."""
    from pocketseg.devices.job import Job

    with atomic_folder(out) as folder:
        made = api.bundle(files, folder / "bundle", photos=PHOTOS, job=Job(passes=1))
        _record(made.folder, files, recorded, folder / "recordings")
    return out / "bundle.zip"


def key(makers: Sequence[Path], files: Sequence[Path], *words: str) -> str:
    """Return the hash of everything that a bundle depends on: the files, their manifests, the sources of its makers,
    and words.
    """
    sources = [*makers]
    for name in _DECIDE:
        sources += [path for path in sorted((ROOT / name).rglob("*")) if path.suffix in _KINDS and path.is_file()]
    decides = [*files, *(file.parent / "manifest.json" for file in files), *sources]
    return sha256_json([*words, *(sha256_file(path) for path in decides)])[:16]


def _record(bundle: Path, files: Sequence[Path], recorded: Sequence[str], to: Path) -> None:
    """Keep what the desktop's runtimes answer to each photo, by the hash of the file and of its input."""
    import export
    from benchmark import runtimes

    content = json.loads((bundle / "bundle.json").read_text("utf-8"))
    for place, file in enumerate(files):
        artifact, _ = read_manifest(file)
        if artifact.target not in recorded:
            continue
        session = runtimes.runtime(str(export.facts(artifact.target, "RUNTIME"))).open_session(file, artifact, 1)
        for image in _inputs(bundle, content, place, artifact.inputs[0].layout):
            answer = session.run(image)
            name = hashlib.sha256(artifact.sha256.encode() + image.tobytes()).hexdigest()
            write_bytes(to / f"{name}.bin", answer.tobytes())


def _inputs(bundle: Path, content: dict[str, Any], place: int, layout: str) -> Iterator[Any]:
    """Yield every photo as a float input of its file."""
    import numpy as np

    given = content["inputs"][content["artifacts"][place]["input"]]
    pixels = np.fromfile(bundle / given["file"], np.uint8)
    for photo in pixels.reshape(len(content["photos"]), 1, given["height_px"], given["width_px"], 3):
        yield np.ascontiguousarray(photo if layout == "NHWC" else photo.transpose(0, 3, 1, 2), np.float32)


def main() -> None:
    """Make it, and print its path."""
    if len(sys.argv) > 3:
        raise SystemExit(__doc__)
    with tempfile.TemporaryDirectory() as scratch:
        if len(sys.argv) == 3:
            files = [read_manifest(folder)[1] for folder in _folders(Path(sys.argv[2]))]
        else:
            files = exported(Path(scratch))
        if len(sys.argv) > 1:
            print(make(Path(sys.argv[1]), files))
        else:
            print(kept(cache_folder(), files, () if _runs_natives() else RECORDED))


def _runs_natives() -> bool:
    """Return whether the phone's libraries run on this computer."""
    from scripts.android.natives.__main__ import folder

    try:
        folder()
    except UsageError:
        return False
    return True


if __name__ == "__main__":
    main()
