"""Which tiers of `.ci/run` passed before, and what must be unchanged for that to remain valid. Standard
library only.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

_VERSIONS = (
    (".venv/bin/python", "-VV"),
    (".venv/bin/python", "-c", "from importlib.metadata import distributions as all\n"
     "print(sorted(d.name + '==' + d.version for d in all()))"),
    ("node", "--version"),
    ("java", "-version"),
    ("swift", "--version"),
)  # fmt: skip


def is_document(path: str) -> bool:
    """Return whether a path is prose, or a record behind it: pages at the root, the harnesses' pages, docs/.

    A test that opens one is marked `documents` (tests/conftest.py enforces it), so that it runs whatever changed.
    """
    return path.startswith("docs/") or (
        path.endswith(".md") and not path.startswith(("models/", "pocketseg/", "tests/"))
    )


@dataclass(frozen=True)
class Passes:
    """The last full pass of each tier, a file each in `folder`. state: what `state_of` returns now, "" if unknown."""

    folder: Path
    state: str

    def date(self, name: str, command: str) -> str | None:
        """Return when a tier passed in exactly this state, or None."""
        try:
            said = json.loads((self.folder / f"{name}.json").read_text())
        except (OSError, ValueError):
            return None
        same = isinstance(said, dict) and self.state and said.get("of") == self._of(command)
        return str(said["date"]) if same else None

    def write(self, name: str, command: str) -> None:
        """Record that a tier has passed in full, now."""
        if not self.state:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        said = {"of": self._of(command), "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())}
        new = self.folder / f"{name}.json.new"
        new.write_text(json.dumps(said))
        new.replace(self.folder / f"{name}.json")

    def _of(self, command: str) -> str:
        return hashlib.sha256(f"{command}\n{self.state}".encode()).hexdigest()


def state_of(root: Path, *, documents: bool = False) -> str:
    """Return a hash of everything that decides whether a tier passes, "" where git cannot list the tree.

    That is every file of the working tree except ignored ones and, unless asked for, documents; the versions of the
    tools and of what is installed; and the machine.
    """
    listed = _output(root, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed is None:
        return ""
    digest = hashlib.sha256()
    for name in sorted(set(listed.split("\0")) - {""}):
        if documents or not is_document(name):
            digest.update(f"{name}\0{_content(root / name)}\n".encode())
    for command in _VERSIONS:
        digest.update(f"{command}: {_output(root, *command)}\n".encode())
    digest.update(json.dumps(_machine(root)).encode())
    return digest.hexdigest()


def _content(path: Path) -> str:
    if path.is_symlink():
        return f"-> {path.readlink()}"
    if not path.is_file():
        return "not there"
    mode = "x" if os.access(path, os.X_OK) else "-"
    return mode + hashlib.sha256(path.read_bytes()).hexdigest()


def _machine(root: Path) -> list[str | int | None]:
    """Return the system, the processor, and how many cores and how much memory there are."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        model = next((line for line in info.read_text().splitlines() if line.startswith("model name")), None)
    else:
        model = _output(root, "sysctl", "-n", "machdep.cpu.brand_string")
    return [platform.system(), platform.release(), platform.machine(), model, os.cpu_count()]


def _output(root: Path, *command: str) -> str | None:
    """Return a program's output, None where it does not exist or fails."""
    try:
        ran = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return ran.stdout + ran.stderr
