"""Where the time of a command goes: what it printed, and when, as seconds a stage."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from scripts.speed.watched import Line

START = "start"
PAINTING = "painting masks"  # stands for a line that is not printed: when the first mask was written
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
        (r"exporting \d+ files", "conversions"),
        (r"checking that the photos|opening\.\.\.", "opening files"),
        (r"measuring the best speed", "the computer's best speed"),
        (r"timing until enough", "timing until enough turns were undisturbed"),
        (r"timing\.\.\.", "timing, the planned passes"),
        (r"scoring\.\.\.", "scoring"),
        (PAINTING, "masks and page"),
    ),
    "sweep": (
        (r"measuring ", "measuring"),
        (r"timing \d+ files of ", "timing again, side by side"),
        (r"scoring \d+ files of ", "scoring on test photos"),
        (r"\d+ cells, \d+ done before", "conversions"),
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
        name = next((name for pattern, name in _BEGINS.get(task, ()) if re.match(pattern, text)), None)
        if name is not None:
            began.append((at_s, name))
    found: dict[str, float] = {}
    for (at_s, name), (next_s, _) in itertools.pairwise([*began, (end_s, "")]):
        found[name] = found.get(name, 0.0) + next_s - at_s
    return found


def marks(lines: Sequence[Line]) -> Marks:
    """Return when the first file and the first mIoU were shown, in a line of its own or in the table."""
    files = [(at_s, text) for at_s, text in lines if _FILE.match(text)]
    scored = [at_s for at_s, text in files if "mIoU" in text] or [at_s for at_s, text in lines if _TABLE.match(text)]
    return Marks(first_file_s=min((at_s for at_s, _ in files), default=None), first_score_s=min(scored, default=None))
