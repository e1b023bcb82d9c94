"""Is each file one that the app's runtime opens? Asked before a phone is given it: there it could only fail."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pocketseg.core._schema import printable
from pocketseg.core.bundle import open_bundle
from pocketseg.core.errors import RefusedError, RuntimeFailedError
from pocketseg.inspect.needs import ANDROID, openings

Note = Callable[[str], None]
_LONGEST = 80
# What the app's runtimes compute on, by target; a file of another target has no runtime there.
ACCELERATORS = {
    "tflite": ("cpu", "gpu"),
    "onnx": ("cpu", "npu"),
    "torchmobile": ("cpu",),
    "executorch": ("cpu",),  # a file runs on what it was made for, and ours are made for XNNPACK
}


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that is to go to a phone. name: what its user knows it by."""

    name: str
    path: Path
    target: str


def unopenable(files: Sequence[File], note: Note) -> list[tuple[str, str]]:
    """Return a sentence and a way out for each file that the Android app cannot open; note what cannot be read."""
    asked = [file for file in files if file.target in ANDROID]
    found = []
    for file, opening in zip(asked, openings([(file.path, file.target) for file in asked]), strict=True):
        if isinstance(opening, RuntimeFailedError):
            note(f"whether the Android app opens {file.name} is not known: {opening.message}")
        elif opening.app_opens is False:
            found.append((f"{file.name}: {opening.sentence}", opening.way_out))
    return found


def refused_there(files: Sequence[File], accelerators: Sequence[str]) -> list[str]:
    """Return a sentence for each file with runs that the Android app refuses, whatever is in the file."""
    found = []
    for file in files:
        own = ACCELERATORS.get(file.target, ())
        refused = [name for name in accelerators if name not in own]
        if not own:
            found.append(f"{file.name}: the Android app has no runtime for {file.target} files and refuses to run it")
        elif refused:
            has = f"runs {file.target} files on {' or '.join(own)} alone"
            found.append(f"{file.name}: the Android app {has} and refuses to run it on {' or '.join(refused)}")
    return found


def any_runs(files: Sequence[File], accelerators: Sequence[str]) -> bool:
    """Say whether there is a run of these that the Android app does not refuse."""
    return any(name in ACCELERATORS.get(file.target, ()) for file in files for name in accelerators)


def check_openable(files: Sequence[File], note: Note, hint: str) -> None:
    """Refuse files that the Android app cannot open. hint: how to go on without them. Raises RefusedError."""
    if not (found := unopenable(files, note)):
        return
    ways = dict.fromkeys(way for _, way in found)
    raise RefusedError("\n".join(sentence for sentence, _ in found), hint="\n".join([*ways, hint]))


def check_bundle(zip_path: Path, note: Note) -> None:
    """Refuse a bundle with a file that the Android app cannot open. Raises RefusedError, BundleError, StorageError."""
    with open_bundle(zip_path) as bundle, tempfile.TemporaryDirectory(prefix="pocketseg-openable-") as folder:
        files = []
        for place in range(len(bundle.content["artifacts"])):
            artifact = bundle.artifact(place)
            if artifact.target in ANDROID:
                name = f"{printable(artifact.file, _LONGEST)} in {zip_path}"
                path = bundle.extract_artifact(place, Path(folder) / str(place))
                files.append(File(name=name, path=path, target=artifact.target))
        check_openable(files, note, "then make the bundle anew; without it the others can be run")
