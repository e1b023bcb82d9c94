"""scripts/setup changes the environment of its own checkout alone."""

from __future__ import annotations

import platform
import shutil
import subprocess
from pathlib import Path

import pytest

from pocketseg.core.cache import ROOT

pytestmark = pytest.mark.skipif(
    (platform.system(), platform.machine()) not in (("Linux", "x86_64"), ("Darwin", "arm64")),
    reason="there is no environment for this system",
)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_linked_environment_is_refused_and_what_it_leads_to_stays(is_there: bool, tmp_path: Path) -> None:
    other, checkout = tmp_path / "other", tmp_path / "checkout"
    (checkout / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "setup", checkout / "scripts" / "setup")
    if is_there:
        other.mkdir()
        (other / ".setup-done").write_text("of the other checkout")
    (checkout / ".venv").symlink_to(other)
    ran = subprocess.run([checkout / "scripts" / "setup"], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 1 and f".venv is a symbolic link, to {other}" in ran.stderr and "rm .venv" in ran.stderr
    assert (checkout / ".venv").is_symlink()
    assert [path.name for path in tmp_path.rglob(".setup-done")] == ([".setup-done"] if is_there else [])
