"""What maintainers measure of set-up and of training is read rightly, and told as it is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts import setup_cost, training_speed

LOG = """\
01:00 Collecting torch==2.13.0
02:00   Downloading torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl (530.6 MB)
03:00   Downloading https://index.invalid/x/nvidia_cublas-13.1.1.3-py3-none-manylinux_2_27_x86_64.whl (1.5 GB)
04:00   Downloading nvidia_cublas-13.1.1.3-py3-none-manylinux_2_27_x86_64.whl (1.5 GB)
05:00   Downloading zipp-4.1.2-py3-none-any.whl (10 kB)
"""


def test_what_pip_fetched_is_counted_once_and_cudas_part_by_itself() -> None:
    assert setup_cost.fetched(LOG) == {"cuda": 1_500_000_000, "others": 530_610_000}


def test_files_on_disk_are_counted_by_their_package(tmp_path: Path) -> None:
    for name, size in (("nvidia/lib/a.so", 5), ("triton/b.py", 2), ("torch/c.py", 11), ("d.py", 1)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(bytes(size))
    assert setup_cost.on_disk(tmp_path) == {"cuda": 7, "others": 12}


def test_a_build_that_was_not_measured_is_told_by_the_most_it_can_cost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {
        "processor": "a chip",
        "cores": 2,
        "seconds": 90.0,
        "fetched_bytes": {"cuda": 2_000_000_000, "others": 1_000_000_000},
        "disk_bytes": {"cuda": 4_000_000_000, "others": 3_000_000_000},
    }
    monkeypatch.setattr(setup_cost, "PATH", tmp_path / "cost.json")
    setup_cost.PATH.write_text(json.dumps({"cuda": row}), encoding="utf-8")
    cpu, cuda = setup_cost.table().splitlines()[2:]
    assert cpu == "| CPU build | less than 1.0 GB | less than 3.0 GB | not measured |"
    assert cuda == "| build with CUDA | 3.0 GB | 7.0 GB | 1.5 minutes: 2 cores, a chip, a fast line |"
    setup_cost.PATH.write_text(json.dumps({"cuda": row, "cpu": row | {"seconds": 60.0}}), encoding="utf-8")
    assert "| CPU build | 3.0 GB | 7.0 GB | 1.0 minutes" in setup_cost.table()


def test_training_is_told_beside_a_plain_loop_and_bare_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = {
        "network": "u2netp", "height_px": 320, "width_px": 192, "batch_size": 12, "cores": 2, "precision": "32-true",
        "per_s": {"ours": 3.0, "plain": 2.0, "bare": 4.0}, "rounds": {},
        "parts": {"augmentation": 0.03, "normalisation": 0.01, "the rest": 0.96}, "read_per_s": 9.0,
        "validate_per_s": 5.0,
    }  # fmt: skip
    monkeypatch.setattr(training_speed, "PATH", tmp_path / "speed.json")
    content = {"processor": "a chip", "torch": "2", "rows": [row]}
    training_speed.PATH.write_text(json.dumps(content), encoding="utf-8")
    told = training_speed.table()
    assert "| u2netp 320 x 192, 12 | 2 | 3.0 (1.50 x plain, 75 % of bare) | 2.0 | 4.0 | 4.0 % | 5.0 |" in told
    assert "1.50 times plain, 75.0% of bare" in training_speed.said(training_speed.Throughput(**row))
