"""What a file needs of the runtime that opens it on a phone: the oldest release that has it, and whether the app's has.

One file a target, each with `read(path)`, in a process of its own, and `needs(facts, table)`, which holds what was read
against the releases that `table.py` knows.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pocketseg.core import child
from pocketseg.core.errors import RuntimeFailedError
from pocketseg.core.files import size_bytes
from pocketseg.inspect.needs import table

IMPORTS = ("pocketseg.inspect.needs.*",)
ANSWER = "answer.json"  # what the reading process leaves
ANDROID = ("tflite", "onnx", "torchmobile", "executorch")  # targets whose files the Android app opens
_MOST_BYTES = 4 << 30
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing that a file needs. since: the first release that has it, None where none looked at has."""

    what: str
    since: str | None
    in_app: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Which runtimes open a file. oldest: the first release that has all it needs, None where `oldest_reason` says why.

    app: the release in the Android app, empty where the app has no runtime for it; app_opens: None where it is not
    known. app_reason: what the app's lacks; way_out: how to get a file that it opens.
    """

    target: str
    runtime: str
    oldest: str | None
    oldest_reason: str
    app: str
    app_opens: bool | None
    app_reason: str = ""
    way_out: str = ""

    @property
    def sentence(self) -> str:
        """Say it in one line."""
        known = f"{self.runtime} {self.oldest}" if self.oldest else f"oldest {self.runtime} unknown: {self.oldest_reason}"
        if self.oldest and not self.oldest.endswith("or older"):
            known += " or newer"
        if not self.app:
            return f"{known}; the Android app has no runtime for it"
        if self.app_opens:
            return f"{known}; the app's {self.app} opens it"
        return f"{known}; the app's {self.app} cannot open it: {self.app_reason}"


def opening(path: Path, target: str) -> Opening:
    """Say which runtimes open a file, read in a process of its own. Raises RuntimeFailedError for a damaged one."""
    if target != "coreml" and path.stat().st_size > _MOST_BYTES:
        raise RuntimeFailedError(f"{path} has {size_bytes(path):,} bytes, and at most {_MOST_BYTES:,} are read")
    facts = _facts(path, target)
    if target not in ANDROID:
        return Opening(
            target=target, runtime="Core ML of", oldest=str(facts["least_os"]), oldest_reason="", app="", app_opens=None
        )
    return judged(facts, target)


def judged(facts: dict[str, Any], target: str) -> Opening:
    """Hold what a file needs against what the releases have."""
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
        oldest=None if nowhere else table.text(releases[newest], releases),
        oldest_reason=f"no release looked at has {_some(nowhere)}" if nowhere else "",
        app=known["app"],
        app_opens=not lacking,
        app_reason=f"it lacks {_some(lacking)}" if lacking else "",
        way_out=module.WAY_OUT if lacking else "",
    )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _facts(path: Path, target: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="pocketseg-needs-") as folder:
        child.run(
            "pocketseg.inspect.needs._worker",
            {"file": str(path.resolve()), "shown": str(path), "target": target},
            Path(folder),
            result=ANSWER,
            what=f"{path} cannot be read: what reads {path.suffix} files",
            default=RuntimeFailedError,
            environment=child.environment(),
            hint="the file is damaged, or not what its suffix says",
        )
        content: dict[str, Any] = json.loads((Path(folder) / ANSWER).read_text(encoding="utf-8"))
    if "error" in content:
        raise child.rebuilt(content["error"], RuntimeFailedError)
    return content


def as_dict(found: Opening) -> dict[str, Any]:
    """Return it for JSON."""
    return {**dataclasses.asdict(found), "sentence": found.sentence}
