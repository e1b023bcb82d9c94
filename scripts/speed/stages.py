"""Where the time of a command goes: what it printed, and when, as seconds a stage."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scripts.speed.watched import Line

START = "start"
PAINTING = "writing the page..."  # stands for a line that is not printed: when the first mask was written
# By task: what a line looks like that begins a stage, and the stage's name. The first that fits counts.
_BEGINS: dict[str, tuple[tuple[str, str], ...]] = {
    "setup": (
        (r"setup: making \.venv", "making .venv"),
        (r"setup: \d/\d pip\b", "pip itself"),
        (r"setup: \d/\d torch\b", "torch"),
        (r"setup: \d/\d \d+ packages", "the other packages"),
        (r"setup: \d/\d pocketseg", "pocketseg itself"),
    ),
    "quickstart": (
        (r"exporting \d+ files.* scored\)", "converting and scoring"),
        (r"exporting \d+ files", "converting"),
        (r"(?!.*: )(.+)\.\.\.$", r"\1"),  # a phase says its own name
    ),
    "sweep": (
        (r"\d+ cells, \d+ done before", "converting"),
        (r"measuring ", "measuring"),
        (r"timing \d+ files of ", "timing again, side by side"),
        (r"scoring \d+ files of ", "scoring on test photos"),
    ),
}
_FILE = re.compile(r"\S+ (coreml|executorch|onnx|tflite|torchmobile) \S+: ")
_TABLE = re.compile(r"\s*model\b.*\btarget\b.*\bmIoU\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """When a quick start showed its first file, and the first mIoU, in seconds; None where it did not."""

    first_file_s: float | None
    first_score_s: float | None


def stages(task: str, lines: Sequence[Line], end_s: float) -> dict[str, float]:
    """Return the seconds of each stage, in the order in which they began; together they are all of the run."""
    began: list[tuple[float, str]] = [(0.0, START)]
    for at_s, text in lines:
        matches = ((re.match(pattern, text), name) for pattern, name in _BEGINS.get(task, ()))
        name = next((match.expand(name) for match, name in matches if match), None)
        if name is not None:
            began.append((at_s, name))
    found: dict[str, float] = {}
    for (at_s, name), (next_s, _) in itertools.pairwise([*began, (end_s, "")]):
        found[name] = found.get(name, 0.0) + next_s - at_s
    return found


def told(content: Mapping[str, Any], end_s: float) -> tuple[dict[str, float], dict[str, float]]:
    """Return the seconds of each stage as a run itself wrote them, and those of the stages of its files, summed.

    content: of its stages.json. What came before and after it is `start`.
    """
    phases = {str(phase["name"]): float(phase["seconds"]) for phase in content["phases"]}
    files: dict[str, float] = {}
    for file in content["files"]:
        for name, seconds in file["stages"].items():
            files[name] = files.get(name, 0.0) + float(seconds)
    return {START: end_s - sum(phases.values()), **phases}, files


def marks(lines: Sequence[Line]) -> Marks:
    """Return when the first file and the first mIoU were shown, in a line of its own or in the table."""
    files = [(at_s, text) for at_s, text in lines if _FILE.match(text)]
    scored = [at_s for at_s, text in files if "mIoU" in text] or [at_s for at_s, text in lines if _TABLE.match(text)]
    return Marks(first_file_s=min((at_s for at_s, _ in files), default=None), first_score_s=min(scored, default=None))
