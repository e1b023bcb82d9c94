"""Target and runtime executorch: attention and int8 on the delegate, and exactly the threads asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import export
from benchmark.runtimes import runtime
from export._deploy import deployed
from models._shapes import JoinHeads, PoolTogether, ResizeLike, SplitHeads
from pocketseg.core.tensors import encode_input
from pocketseg.core.types import ModelSpec, OutputKind, Recipe, Written

HEIGHT, WIDTH = 64, 32
SPEC = ModelSpec(
    name="small", height_px=HEIGHT, width_px=WIDTH, mean_rgb=(0.5, 0.4, 0.3), std_rgb=(0.2, 0.3, 0.25),
    classes=("background", "one", "two"),
)  # fmt: skip
PHOTO = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
NO_ARTIFACT: Any = None  # these runtimes read the file alone


class Small(nn.Module):
    """TopFormer in small: pooled pyramid, split tokens, attention, ReLU6, resizing."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU())
        self.down = nn.Sequential(nn.Conv2d(8, 8, 3, 2, 1), nn.ReLU6())
        self.pool, self.resize, self.back = PoolTogether(2), ResizeLike(), ResizeLike()
        self.split, self.join = SplitHeads(2), JoinHeads()
        self.depthwise = nn.Sequential(nn.Conv2d(16, 16, 3, 1, 1, groups=16), nn.ReLU6())
        self.head = nn.Conv2d(8, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        first = self.stem(x)
        second = self.down(first)
        tokens = self.pool(first, second)
        heads = self.split(tokens)
        mixed = torch.matmul(torch.matmul(heads.transpose(2, 3), heads).softmax(-1), heads.transpose(2, 3))
        tokens = tokens + self.depthwise(self.join(mixed.transpose(2, 3), tokens))
        local, token = tokens.split([8, 8], dim=1)
        return self.back(self.head(first * self.resize(local, first) + self.resize(token, first)), x)


def convert(folder: Path, precision: str, output: OutputKind) -> tuple[Path, Written, np.ndarray[Any, Any]]:
    torch.manual_seed(0)
    network = Small().eval()
    job = export.ExportJob(
        network=network, spec=SPEC, recipe=Recipe(precision=precision), output=output, calibration=[PHOTO] * 2
    )
    path = folder / "small.pte"
    written = export.exporter("executorch").write(job, path)
    with torch.no_grad():
        wanted = deployed(network, SPEC, OutputKind.LOGITS, "NCHW")(torch.from_numpy(encode(written))).numpy()
    return path, written, wanted


def encode(written: Written) -> np.ndarray[Any, Any]:
    return encode_input(PHOTO, written.inputs[0])


@pytest.fixture(scope="module")
def logits_file(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Written, np.ndarray[Any, Any]]:
    return convert(tmp_path_factory.mktemp("fp32"), "fp32", OutputKind.LOGITS)


def test_float_file_computes_the_networks_logits_wholly_on_its_delegate(logits_file: Any) -> None:
    path, written, wanted = logits_file
    got = runtime("executorch").open_session(path, NO_ARTIFACT, 1).run(encode(written))
    assert got.dtype == np.float32 and got.shape == written.outputs[0].shape
    np.testing.assert_allclose(got, wanted, atol=1e-5)
    assert (written.facts["partitions"], written.facts["undelegated_nodes"]) == (1, 0)
    assert written.facts["delegated_nodes"] > 10


def test_int8_file_stays_near_the_network_and_on_its_delegate(tmp_path: Path) -> None:
    path, written, wanted = convert(tmp_path, "w8a8", OutputKind.LOGITS)
    got = runtime("executorch").open_session(path, NO_ARTIFACT, 1).run(encode(written))
    error = float(np.abs(got - wanted).max())
    assert 1e-5 < error < 0.1 * float(np.abs(wanted).max())
    assert written.facts["undelegated_nodes"] == 0


WORKERS = """
import os, sys, pathlib, numpy
from benchmark.runtimes import executorch
threads = int(sys.argv[2])
session = executorch.open_session(pathlib.Path(sys.argv[1]), None, threads)
before = len(os.listdir("/proc/self/task"))
for _ in range(20):
    session.run(numpy.zeros((1, 3, 64, 32), numpy.float32))
print(session.threads, before, len(os.listdir("/proc/self/task")), any("exir" in m for m in sys.modules))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts threads in /proc")
@pytest.mark.parametrize("threads", [1, 3])
def test_engine_runs_on_exactly_the_threads_asked_for(threads: int, logits_file: Any) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    command = [sys.executable, "-c", WORKERS, str(logits_file[0]), str(threads)]
    root = Path(export.__file__).parent.parent
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root, env=environment)
    assert done.stdout.split() == [str(threads), str(threads), str(threads), "False"]
    assert done.stderr == ""
