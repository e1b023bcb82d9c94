"""The study as a process of its own, killed at random moments without warning: it ends with the same table."""

from __future__ import annotations

import json
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
from pocketseg.core.files import write_json
from pocketseg.study import records
from pocketseg.study.plan import ARMS, FOLDS
from pocketseg.study.prepared import open_plan
from pocketseg.study.published import publish

KILLS = int(os.environ.get("POCKETSEG_TEST_KILLS", "20"))
STEPS, RUNS = 2, len(ARMS) * FOLDS
pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]


def _started(data: Data, poses: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "pocketseg", "study", "annotations", "--data", data.spec, "--split-file",
               str(data.split_file), "--signals", f"poses={poses}", "--plan", str(out.parent / "plan.json"),
               "--records", str(out / "records"), "--work", str(out / "work"), "--steps", str(STEPS),
               "--threads", "1"]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=out, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def _ended(process: subprocess.Popen[bytes]) -> None:
    """Wait until a study is done."""
    output = process.communicate()[0].decode()
    assert process.returncode == 0, output


def _lasting(out: Path) -> dict[str, Any]:
    found = {}
    for path in sorted((out / "records").glob("*.json")):
        found[path.name] = {k: v for k, v in records.read(path).items() if k not in ("seconds", "processor_s_a_step")}
        maps = np.load(path.with_suffix(".maps.npz"))["maps"]
        found[path.name]["maps"] = maps.tobytes()
    return found


def _published(out: Path, plan: dict[str, Any]) -> tuple[Any, ...]:
    """Return the study's page without its hours, its values and its figure."""
    publish(out / "records", plan, out / "page")
    page, kept, figure = (out / "page" / f"annotations.{suffix}" for suffix in ("md", "json", "svg"))
    values = {key: value for key, value in json.loads(kept.read_bytes()).items() if key != "time"}
    return page.read_text(encoding="utf-8").partition("## Time")[0], values, figure.read_bytes()


def test_killed_at_random_moments_it_ends_with_the_same_table(data: Data, tmp_path: Path) -> None:
    ids = [i for part in ("train", "val") for i in data.split.ids(part)]
    poses = tmp_path / "poses.npz"
    np.savez(poses, ids=np.array(ids), keypoints=np.random.default_rng(1).random((len(ids), 17, 2)))
    of_data, *_ = open_plan(data.spec, [f"poses={poses}"], data.split_file, lambda *said: None, STEPS)
    plan = {"hash": of_data.hash, **of_data.to_json()}
    write_json(tmp_path / "plan.json", plan)
    whole = tmp_path / "whole"
    whole.mkdir()
    began = time.time()
    _ended(_started(data, poses, whole))
    opening_s = min(p.stat().st_mtime for p in (whole / "records").glob("*.json")) - began
    latest_s = opening_s + (time.time() - began - opening_s) / 10  # so that most kills find much of it undone
    expected = (_lasting(whole), _published(whole, plan))
    assert len(expected[0]) == RUNS
    chance, kills, studies = random.Random(1), 0, [tmp_path / "killed-1"]
    studies[0].mkdir()
    while kills < KILLS:
        process = _started(data, poses, studies[-1])
        try:
            process.communicate(timeout=chance.uniform(0, latest_s))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            kills += 1
        else:  # it was done before the moment came: the remaining kills are another study's
            studies.append(tmp_path / f"killed-{len(studies) + 1}")
            studies[-1].mkdir()
    for killed in studies:
        _ended(_started(data, poses, killed))
        assert (_lasting(killed), _published(killed, plan)) == expected
