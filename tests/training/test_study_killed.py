"""The study as a process of its own, killed at random moments without warning: it ends with the same records."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _training import Data

from pocketseg.core.cache import ROOT
from pocketseg.study import records

KILLS = int(os.environ.get("POCKETSEG_TEST_KILLS", "20"))
ARMS, FOLDS = ("photo", "skeleton_in", "keypoints_target"), (1, 2)
pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]


def _started(data: Data, poses: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "pocketseg", "study", "annotations", "--data", data.spec, "--split-file",
               str(data.split_file), "--signals", f"poses={poses}", "--records", str(out / "records"), "--work",
               str(out / "work"), "--arms", ",".join(ARMS), "--steps", "3", "--threads", "1"]  # fmt: skip
    for fold in FOLDS:
        command += ["--folds", str(fold)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=out, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def _lasting(out: Path) -> dict[str, Any]:
    found = {}
    for path in sorted((out / "records").glob("*.json")):
        found[path.name] = {k: v for k, v in records.read(path).items() if k not in ("seconds", "processor_s_a_step")}
        maps = np.load(path.with_suffix(".maps.npz"))["maps"]
        found[path.name]["maps"] = maps.tobytes()
    return found


def test_killed_at_random_moments_it_ends_with_the_same_records(data: Data, tmp_path: Path) -> None:
    ids = [i for part in ("train", "val") for i in data.split.ids(part)]
    poses = tmp_path / "poses.npz"
    np.savez(poses, ids=np.array(ids), keypoints=np.random.default_rng(1).random((len(ids), 17, 2)))
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir(), killed.mkdir()
    began = time.monotonic()
    process = _started(data, poses, whole)
    output = process.communicate()[0].decode()
    assert process.returncode == 0, output
    took = time.monotonic() - began
    chance = random.Random(1)
    for _ in range(KILLS):
        process = _started(data, poses, killed)
        try:
            process.communicate(timeout=chance.uniform(0, took))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
    process = _started(data, poses, killed)
    output = process.communicate()[0].decode()
    assert process.returncode == 0, output
    assert _lasting(killed) == _lasting(whole) and len(_lasting(whole)) == len(ARMS) * len(FOLDS)
