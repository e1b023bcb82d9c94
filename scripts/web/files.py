"""Files for the tests in browsers: both networks, .onnx and .tflite, fp32 and w8a8, a bundle of each, a small one.

They are kept in the cache, and made again where the files, or the sources that a bundle depends on, have changed.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pocketseg import api
from pocketseg.core.errors import PocketSegError
from pocketseg.core.files import atomic_folder, copy_file
from pocketseg.devices.job import Job
from scripts.android.test_bundle import exported, key
from scripts.web.browsers import cache_folder

TARGETS = ("onnx", "tflite")
PHOTOS = {"topformer_tiny": 32, "u2netp": 8}
SMALL = "small"  # a bundle of two files and few photos, for what goes wrong on the way
_SMALL_FILES, _SMALL_PHOTOS = ("topformer_tiny-onnx-fp32", "topformer_tiny-tflite-fp32"), 4
PASSES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Exported files and bundles, by network."""

    folder: Path

    def exported(self, network: str) -> list[Path]:
        """Return a network's files."""
        found = sorted((self.folder / "files").glob(f"{network}-*/*"))
        return [path for path in found if path.suffix in (".onnx", ".tflite")]

    def bundle(self, network: str) -> Path:
        """Return the folder of a network's bundle; its zip is beside it."""
        return self.folder / "bundles" / network


def ready() -> Files:
    """Return them, made where needed from the quick start's cache: a minute. Raises PocketSegError."""
    with tempfile.TemporaryDirectory(prefix="pocketseg-web-") as scratch:
        files = exported(Path(scratch), TARGETS)
        place = cache_folder() / f"files-{key([Path(__file__)], files)}"
        if not place.is_dir():
            _make(place, files)
        for old in cache_folder().glob("files-*"):
            if old != place:
                shutil.rmtree(old, ignore_errors=True)
    return Files(folder=place)


def _make(place: Path, files: Sequence[Path]) -> None:
    with atomic_folder(place) as folder:
        for file in files:
            for path in (file, file.parent / "manifest.json"):
                copy_file(path, folder / "files" / file.parent.name / path.name)
        made = Files(folder=folder)
        for network, photos in PHOTOS.items():
            api.bundle(made.exported(network), made.bundle(network), photos=photos, job=Job(passes=PASSES))
        small = [file for file in made.exported("topformer_tiny") if file.parent.name in _SMALL_FILES]
        api.bundle(small, made.bundle(SMALL), photos=_SMALL_PHOTOS, job=Job(passes=PASSES))


def main(arguments: list[str]) -> int:
    """Make them, and print their paths."""
    if arguments:
        print("usage: python -m scripts.web files", file=sys.stderr)
        return 2
    try:
        print(ready().folder)
    except PocketSegError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0
