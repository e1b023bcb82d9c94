"""Ten thousand photos in iMaterialist's format: checked with little memory, the rate printed."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pocketseg.core.cache import ROOT
from pocketseg.data.rle import encode

COUNT = 10_000
LIMIT_BYTES = 1 << 30
_CHILD = """
import pathlib, re, sys
from pocketseg.cli.main import main
try:
    main(sys.argv[1:])
finally:  # of this process alone: getrusage counts what the one that started it held, too
    print(int(re.search(r"VmHWM:\\s*(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]) * 1024, file=sys.stderr)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads a process's peak memory from /proc")
def test_ten_thousand_photos_are_checked_below_one_gibibyte(tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    (tmp_path / "train").mkdir()
    lines = ["ImageId,EncodedPixels,Height,Width,ClassId"]
    for index in range(COUNT):
        height, width = int(random.integers(380, 420)), int(random.integers(260, 300))
        coarse = random.integers(0, 256, (12, 8, 3), np.uint8)
        name = f"{index:032x}.jpg"
        Image.fromarray(coarse).resize((width, height)).save(tmp_path / "train" / name, quality=70)
        for kind in ("1", "6_20", "23", "31"):
            mask = np.zeros((height, width), bool)
            top, left = random.integers(0, 200, 2)
            mask[top : top + 150, left : left + 60] = True
            lines.append(f"{name},{encode(mask)},{height},{width},{kind}")
    (tmp_path / "train.csv").write_text("\n".join(lines) + "\n")
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, "data", "check", f"imaterialist:{tmp_path}", "--json"],
        check=False, cwd=ROOT, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    seconds = time.monotonic() - began
    report = json.loads(done.stdout)
    peak = int(done.stderr.split()[-1])
    print(f"\n{COUNT} photos in {seconds:.1f} s, {COUNT / seconds:.0f} a second, peak {peak / 2**20:.0f} MiB")  # noqa: T201 the rate is the result
    assert done.returncode == 0 and report["clean"] and report["photos"]["labelled"] == COUNT
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 >= peak > 50 << 20
    assert peak < LIMIT_BYTES
