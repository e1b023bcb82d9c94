"""Tells whether the app's runtime opens each file, before a phone is given one that could only fail there."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pocketseg.core._schema import printable
from pocketseg.core.bundle import open_bundle
from pocketseg.core.errors import RefusedError, RuntimeFailedError
from pocketseg.devices.places import KINDS
from pocketseg.inspect.needs import ANDROID, IOS_LEAST, openings

Note = Callable[[str], None]
_LONGEST = 80
# What the app's runtimes compute on, by target; a file of another target has no runtime there.
ACCELERATORS = {
    "tflite": ("cpu", "gpu"),
    "onnx": ("cpu", "npu"),
    "torchmobile": ("cpu",),
    "executorch": ("cpu",),  # a file runs on what it was made for, and ours are made for XNNPACK
}
IOS_ACCELERATORS = {
    "coreml": ("cpu", "gpu", "npu"),
    "executorch": ("cpu",),  # where the app was built with it
}
BROWSER_ACCELERATORS = {
    "tflite": ("cpu", "gpu"),
    "onnx": ("cpu", "gpu"),
}
_RUNS: dict[str, Mapping[str, tuple[str, ...]]] = {
    "android": ACCELERATORS,
    "ios": IOS_ACCELERATORS,
    "browser": BROWSER_ACCELERATORS,
}
_READ = {"android": ANDROID, "ios": ("coreml",)}  # targets whose files say themselves what they need
_APPS = {"android": "the Android app", "ios": "the iOS app", "browser": "the page in a browser"}
_OPTIONAL = {("ios", "executorch"): "the iOS app runs it only where it was built with ExecuTorch"}


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that is to go to a phone. name: what the user calls it."""

    name: str
    path: Path
    target: str


def unopenable(files: Sequence[File], kind: str, note: Note) -> list[tuple[str, str]]:
    """Return a sentence and a way out for each file that the app on such phones cannot open; note what is not known.

    Whether a Core ML file opens depends on the iPhone's iOS release: a file that needs a newer one than the app does is
    noted.
    """
    asked = [file for file in files if file.target in _READ[kind]]
    found = []
    for file, opening in zip(asked, openings([(file.path, file.target) for file in asked]), strict=True):
        if isinstance(opening, RuntimeFailedError):
            note(f"it is not known whether {_APPS[kind]} opens {file.name}: {opening.message}")
        elif opening.app_opens is False:
            found.append((f"{file.name}: {opening.sentence}", opening.way_out))
        elif opening.least_ios is not None and opening.least_ios > IOS_LEAST:
            note(f"{file.name} needs iOS {opening.least_ios}: an iPhone with an older one refuses to run it")
    return found


def refused_there(files: Sequence[File], accelerators: Sequence[str], kind: str) -> list[str]:
    """Return a sentence for each file with runs that the app refuses, or may refuse, whatever the file holds."""
    app, found = _APPS[kind], []
    for file in files:
        own = _RUNS[kind].get(file.target, ())
        refused = [name for name in accelerators if name not in own]
        if not own:
            found.append(f"{file.name}: {app} has no runtime for {file.target} files and refuses to run it")
        elif refused:
            has = f"runs {file.target} files on {' or '.join(own)} alone"
            found.append(f"{file.name}: {app} {has} and refuses to run it on {' or '.join(refused)}")
        elif (optional := _OPTIONAL.get((kind, file.target))) is not None:
            found.append(f"{file.name}: {optional}, and refuses to elsewhere")
    return found


def any_runs(files: Sequence[File], accelerators: Sequence[str], kind: str) -> bool:
    """Return whether the app accepts at least one of these runs."""
    return any(name in _RUNS[kind].get(file.target, ()) for file in files for name in accelerators)


def kinds_with_runtimes(files: Sequence[File]) -> list[str]:
    """Return the kinds of phones whose app has a runtime for one of these files; Android where none has."""
    return [kind for kind in KINDS if any(file.target in _RUNS[kind] for file in files)] or ["android"]


def check_openable(files: Sequence[File], kind: str, note: Note, hint: str) -> None:
    """Refuse files that the app on such phones cannot open, and a set of files of which it can run none.

    hint: how to continue without them. Raises RefusedError.
    """
    if files and all(file.target not in _RUNS[kind] for file in files):
        targets = " and ".join(sorted({file.target for file in files}))
        raise RefusedError(
            f"{_APPS[kind]} has no runtime for {targets} files, and the bundle has no others",
            hint=f"export for it: `pocketseg export NETWORK --target {next(iter(_RUNS[kind]))}`",
        )
    if not (found := unopenable(files, kind, note)):
        return
    ways = dict.fromkeys(way for _, way in found)
    raise RefusedError("\n".join(sentence for sentence, _ in found), hint="\n".join([*ways, hint]))


def check_bundle(zip_path: Path, kind: str, note: Note) -> None:
    """Refuse a bundle with a file that the app cannot open, or of which it can run none.

    Raises RefusedError, BundleError, StorageError.
    """
    with open_bundle(zip_path) as bundle, tempfile.TemporaryDirectory(prefix="pocketseg-openable-") as folder:
        files = []
        for place in range(len(bundle.content["artifacts"])):
            artifact = bundle.artifact(place)
            name = f"{printable(artifact.file, _LONGEST)} in {zip_path}"
            path = zip_path
            if artifact.target in _READ[kind]:
                path = bundle.extract_artifact(place, Path(folder) / str(place))
            files.append(File(name=name, path=path, target=artifact.target))
        job = bundle.content["job"]
        if kind == "ios":
            accelerators = list(dict.fromkeys(run["accelerator"] for run in job["runs"]))
            for sentence in refused_there(files, accelerators, kind):
                note(sentence)
            if job["limits"]["max_temp_c"] is not None:
                note(
                    "the bundle's --max-temp-c has no effect on an iPhone: the app waits while iOS reports serious heat"
                )
        check_openable(files, kind, note, "then make the bundle again; without this file the others can be run")
