"""A newcomer's data set and commands: photos that no committed split knows, and every photo that a command opens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from pocketseg.data.embedded import sample_ids
from scripts.promises.fixtures import cuts

ROOT = Path(__file__).resolve().parents[1]
CLASSES = ("background", "clothes")


def make_photos(root: Path, count: int = 60, height_px: int = 192) -> Path:
    """Write `count` crops of embedded photos, mirrored and encoded
    again, with masks of two classes; return the root.
    """
    for part in ("images", "masks"):
        (root / part).mkdir(parents=True)
    ids = [i for part in ("train", "val", "test") for i in sample_ids(part)][:count]
    for number, (image, labels) in enumerate(cuts(ids, seed=7, height=height_px)):
        image.save(root / f"images/shop_{number:02}.jpg", quality=90)
        Image.fromarray((labels > 0).astype(np.uint8)).save(root / f"masks/shop_{number:02}.png")
    (root / "classes.json").write_text(json.dumps(CLASSES))
    return root


@dataclass
class Ran:
    """A command that ran: its arguments, exit code, output, and the files that it and its children opened, in order."""

    arguments: tuple[str, ...]
    code: int
    out: str
    err: str
    opened: list[Path] = field(repr=False)

    def photos(self, root: Path) -> list[str]:
        """Return the ids of a folder's photos and masks that were opened, in order."""
        inside = [p for p in self.opened if p.is_relative_to(root.resolve()) and p.parent.name in ("images", "masks")]
        return [p.stem for p in inside]

    def next_lines(self) -> list[str]:
        """Return the commands that the output proposes."""
        found, lines = [], self.out.splitlines()
        for place, line in enumerate(lines):
            begins = line.startswith("next:")
            goes_on = line.startswith("  ") and any(other.startswith("next") for other in lines[:place])
            if "pocketseg " in line and (begins or goes_on):
                found.append(line[line.index("pocketseg ") :].partition("  #")[0].strip())
        return found


def run(folder: Path, *arguments: object, cache: Path) -> Ran:
    """Run a command in `folder` as its user would, under an audit hook that children inherit."""
    log = folder / "opened.txt"
    log.unlink(missing_ok=True)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(Path(__file__).parent / "_audit"), str(ROOT))),
        "POCKETSEG_AUDIT_LOG": str(log),
        "POCKETSEG_CACHE_DIR": str(cache),
        "COLUMNS": "200",
    }
    texts = tuple(map(str, arguments))
    done = subprocess.run(
        [sys.executable, "-m", "pocketseg.cli.main", *texts],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    lines = log.read_text().splitlines() if log.exists() else []
    opened = [Path(line.partition(" ")[2]) for line in lines]
    return Ran(arguments=texts, code=done.returncode, out=done.stdout, err=done.stderr, opened=opened)
