"""What set-up costs: seconds, bytes to fetch and bytes on disk, by `make setup` in a fresh clone of this checkout.

`python -m scripts.setup_cost` writes docs/setup-cost.json and its table in docs/troubleshooting.md. It measures the
build of torch that pip is configured to take, or else the CPU build; what is kept of the other stays. The clone holds
what is committed, and nothing else should run meanwhile.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmark.device import cpu_model
from pocketseg.core.cache import ROOT
from pocketseg.core.files import write_json
from scripts.readme import rewrite

PATH, PAGE, BLOCK = ROOT / "docs" / "setup-cost.json", ROOT / "docs" / "troubleshooting.md", "setup-cost"
_FETCHED = re.compile(r"Downloading (?P<name>\S+) \((?P<size>[\d.]+) (?P<unit>[kMG]?B)\)")
_BYTES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9}
_CUDA = re.compile(r"nvidia|cuda|triton", re.IGNORECASE)  # what torch's build with CUDA brings beside itself


def fetched(log: str) -> dict[str, int]:
    """Return the bytes that pip's log says it fetched: of CUDA's packages, and of all others."""
    sizes = {found["name"].rsplit("/")[-1]: found for found in _FETCHED.finditer(log)}
    counted = {"cuda": 0, "others": 0}
    for name, found in sizes.items():
        counted[_part(name)] += round(float(found["size"]) * _BYTES[found["unit"]])
    return counted


def on_disk(packages: Path) -> dict[str, int]:
    """Return the bytes of the files of a site-packages folder: of CUDA's packages, and of all others."""
    counted = {"cuda": 0, "others": 0}
    for file in packages.rglob("*"):
        if file.is_file() and not file.is_symlink():
            counted[_part(file.relative_to(packages).parts[0])] += file.stat().st_size
    return counted


def _part(name: str) -> str:
    return "cuda" if _CUDA.match(name) else "others"


def measure() -> dict[str, Any]:
    """Set up a clone of this checkout; return what it took. Raises CalledProcessError where set-up fails."""
    with tempfile.TemporaryDirectory() as folder:
        clone, log = Path(folder) / "clone", Path(folder) / "pip.log"
        subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
        began = time.perf_counter()
        subprocess.run([clone / "scripts" / "setup"], env=os.environ | {"PIP_LOG": str(log)}, check=True)
        seconds = time.perf_counter() - began
        packages = clone / ".venv" / "lib" / "python3.11" / "site-packages"
        return {
            "processor": cpu_model(),
            "cores": os.cpu_count(),
            "seconds": seconds,
            "fetched_bytes": fetched(log.read_text(encoding="utf-8", errors="replace")),
            "disk_bytes": on_disk(packages),
        }


def table() -> str:
    """Return the costs as Markdown; of a CPU build that was not measured, the most that they can be."""
    kept = json.loads(PATH.read_text(encoding="utf-8"))
    lines = ["| torch | to fetch | on disk | time |", "|---|---|---|---|"]
    for build, name in (("cpu", "CPU build"), ("cuda", "build with CUDA")):
        if row := kept.get(build):
            fetch, disk = (_gb(sum(row[key].values())) for key in ("fetched_bytes", "disk_bytes"))
            time_ = f"{row['seconds'] / 60:.1f} minutes: {row['cores']} cores, {row['processor']}, a fast line"
        else:  # the rest of the other build: its torch is larger
            fetch, disk = (f"less than {_gb(kept['cuda'][key]['others'])}" for key in ("fetched_bytes", "disk_bytes"))
            time_ = "not measured"
        lines.append(f"| {name} | {fetch} | {disk} | {time_} |")
    return "\n".join(lines)


def _gb(count: int) -> str:
    return f"{count / 1e9:.1f} GB"


def main() -> None:
    """Measure the build that set-up takes here, and keep it."""
    row = measure()
    kept = json.loads(PATH.read_text(encoding="utf-8")) if PATH.exists() else {}
    write_json(PATH, kept | {"cuda" if row["disk_bytes"]["cuda"] else "cpu": row})
    rewrite(PAGE, {BLOCK: table()})


if __name__ == "__main__":
    main()
