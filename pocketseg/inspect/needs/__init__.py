"""What a file needs from the runtime that opens it on a phone: the oldest suitable release, and whether the app's
suffices.

One module per target, each with `read(path)`, which runs in a separate process, and `needs(facts, table)`, which
compares the result with the releases that `table.py` knows.
"""

from __future__ import annotations

import importlib
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pocketseg.core import child
from pocketseg.core.errors import RuntimeFailedError
from pocketseg.inspect.needs import table

IMPORTS = ("pocketseg.inspect.needs.*",)
ANSWER = "answer.json"  # what the reading process leaves
IOS_LEAST = 17  # for the iOS app
ANDROID = ("tflite", "onnx", "torchmobile", "executorch")  # targets whose files the Android app opens
_MOST_NAMED = 3
_FIRST = "older releases were not examined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing that a file needs. since: the first release that has it, None where no examined release does."""

    what: str
    since: str | None
    in_app: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Which runtimes open a file, judged by what they contain: only a run shows that one completes it.

    Attributes:
        oldest: the first examined release that has all it needs, None where none has.
        oldest_reason: details of either.
        app: the release in the Android app, empty where the app has none; then app_opens is None.
        app_reason: what the app's release lacks.
        way_out: how to get a file that it opens.
        least_ios, computes_in: of a Core ML package, the iOS that has its operations, and the floating-point types that
            they return; None and empty for other files.
    """

    target: str
    runtime: str
    oldest: str | None
    oldest_reason: str
    app: str
    app_opens: bool | None
    app_reason: str = ""
    way_out: str = ""
    least_ios: int | None = None
    computes_in: str = ""

    @property
    def on_iphones(self) -> str:
        """Return one line on what the iOS app does with it; empty where it has no runtime for it."""
        if self.target == "executorch":
            return "on iPhones: runs where the iOS app was built with ExecuTorch, which is optional"
        if self.least_ios is None:
            return ""
        whole = f"on iPhones: computes in {self.computes_in}; the iOS app, of iOS {IOS_LEAST} or newer, opens it"
        return whole if self.least_ios <= IOS_LEAST else f"{whole} only on iOS {self.least_ios} or newer"

    @property
    def sentence(self) -> str:
        """Return it as one line."""
        if not self.app:
            return f"opened by {self.runtime} or newer; the Android app has no runtime for it"
        known = f"opened by {self.runtime} {self.oldest} or newer"
        known += f" ({self.oldest_reason})" if self.oldest_reason else ""
        if self.oldest is None:
            known = f"the oldest {self.runtime} that opens it is not known: {self.oldest_reason}"
        if self.app_opens:
            return f"{known}; the Android app's {self.app} opens it"
        return f"{known}; the Android app's {self.app} cannot open it: {self.app_reason}"


def on_iphones(target: str) -> tuple[str, ...]:
    """Return what the iOS app does with files of a target; empty where it has no runtime for them."""
    if target == "coreml":
        return (f"on iPhones: the iOS app runs it, of iOS {IOS_LEAST} or newer",)
    return ("on iPhones: runs where the iOS app was built with ExecuTorch",) if target == "executorch" else ()


def opening(path: Path, target: str) -> Opening:
    """Return which runtimes open a file, read in a separate process. Raises RuntimeFailedError for a damaged one."""
    (found,) = openings([(path, target)])
    if isinstance(found, RuntimeFailedError):
        raise found
    return found


def openings(files: Sequence[tuple[Path, str]]) -> list[Opening | RuntimeFailedError]:
    """Return which runtimes open several files, given with their targets; for an unreadable one, why.

    Files of one target share a process.
    """
    found: dict[int, Opening | RuntimeFailedError] = {}
    for target in sorted({target for _, target in files}):
        places = [place for place, (_, its) in enumerate(files) if its == target]
        try:
            read = _facts([files[place][0] for place in places], target)
        except RuntimeFailedError as error:  # one of them crashed the engine
            alone = len(places) == 1
            read = [error] if alone else [_facts_of_one(files[place][0], target) for place in places]
        for place, facts in zip(places, read, strict=True):
            found[place] = facts if isinstance(facts, RuntimeFailedError) else judged(facts, target)
    return [found[place] for place in range(len(files))]


def judged(facts: dict[str, Any], target: str) -> Opening:
    """Compare what a file needs with what the releases have."""
    if target not in ANDROID:
        least = str(facts["least_os"])
        return Opening(
            target=target, runtime=least, oldest=least, oldest_reason="", app="", app_opens=None,
            least_ios=facts.get("least_ios"), computes_in=facts.get("computes_in", ""),
        )  # fmt: skip
    known = table.releases_of(target)
    module = importlib.import_module(f"pocketseg.inspect.needs.{target}")
    found: list[Need] = module.needs(facts, known)
    releases = list(known["releases"])
    nowhere = [need.what for need in found if need.since is None]
    newest = max((releases.index(need.since) for need in found if need.since is not None), default=0)
    lacking = [need.what for need in found if not need.in_app]
    return Opening(
        target=target,
        runtime=known["name"],
        oldest=None if nowhere else releases[newest],
        oldest_reason=f"no release examined has {_some(nowhere)}" if nowhere else "" if newest else _FIRST,
        app=known["app"],
        app_opens=not lacking,
        app_reason=f"it lacks {_some(lacking)}" if lacking else "",
        way_out=module.WAY_OUT if lacking else "",
    )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _facts_of_one(path: Path, target: str) -> dict[str, Any] | RuntimeFailedError:
    try:
        return _facts([path], target)[0]
    except RuntimeFailedError as error:
        return error


def _facts(paths: Sequence[Path], target: str) -> list[dict[str, Any] | RuntimeFailedError]:
    """Read files in one process. Raises RuntimeFailedError where that process ended early."""
    with tempfile.TemporaryDirectory(prefix="pocketseg-needs-") as folder:
        child.run(
            "pocketseg.inspect.needs._worker",
            {"files": [[str(path.resolve()), str(path)] for path in paths], "target": target},
            Path(folder),
            result=ANSWER,
            what=f"{paths[0]} cannot be read: what reads {paths[0].suffix} files",
            default=RuntimeFailedError,
            environment=child.environment(),
            hint="the file is damaged, or is not what its suffix says",
        )
        content: list[dict[str, Any]] = json.loads((Path(folder) / ANSWER).read_text(encoding="utf-8"))
    return [_error(facts["error"]) if "error" in facts else facts for facts in content]


def _error(told: dict[str, Any]) -> RuntimeFailedError:
    error = child.rebuilt(told, RuntimeFailedError)
    return error if isinstance(error, RuntimeFailedError) else RuntimeFailedError(error.message, hint=error.hint)
