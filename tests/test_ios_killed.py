"""A run on an iPhone goes on where the program was killed in the middle; devicectl is a program here, too."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from _adb_faults import bundle_in
from _fake_adb import steps
from _fake_xcrun import FakeIphone

from pocketseg.core.cache import ROOT
from pocketseg.devices.job_file import job_file, kept_job

_RUN = """
import sys
from pocketseg.devices import ios, measuring, openable
ios._POLL_S = 0.1
openable.check_bundle = lambda *_: None
measuring.secrets.token_hex = lambda n: "0" * 31 + "1"
from pocketseg.cli.main import main
sys.exit(main())
"""
_JOB = "0" * 31 + "1"
_LOOKS = 3


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_with_the_same_job(tmp_path: Path) -> None:
    phone = FakeIphone(tmp_path / "phone")
    zip_path, bundle = bundle_in(tmp_path)
    first, second, last = steps(_JOB, bundle)
    phone.app(_JOB, first, second)
    out = tmp_path / "results of mine"
    words = ["device", "run", str(zip_path), "--on", "ios", "--out", str(out)]
    environment = {**os.environ, "PATH": phone.path, "PYTHONPATH": str(ROOT)}

    def started(*more: str) -> subprocess.Popen[str]:
        program = [sys.executable, "-c", _RUN, *words, *more]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(program, env=environment, text=True, cwd=tmp_path, **pipes)  # type: ignore[call-overload]

    running = started()
    until = time.monotonic() + 60
    while sum("progress.json" in " ".join(call) for call in phone.calls("device", "copy", "from")) < _LOOKS:
        assert time.monotonic() < until and running.poll() is None, running.communicate()
        time.sleep(0.05)
    running.kill()
    running.communicate()
    kept = kept_job(out)
    assert kept is not None and kept.job == _JOB and kept.kind == "ios"
    (phone.folder / "alive").unlink()  # and iOS ended the app
    phone.app(_JOB, last)
    again = started("--resume", _JOB)
    said, err = again.communicate(timeout=120)
    assert again.returncode == 0, err
    assert "2 of 2 records" in said and len(phone.calls("device", "process", "launch")) == 2
    assert sorted(path.name for path in out.iterdir()) == ["0.json", "1.json", "maps", "progress.json"]
    assert not job_file(out).exists() and len(phone.calls("device", "copy", "to")) == 2, "the bundle was copied once"
