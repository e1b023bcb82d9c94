"""Damaged packages give a named error, quickly, and nothing outside the package is read."""

from __future__ import annotations

import json
import os
import random
import shutil
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from _mlprograms import converted
from torch import nn

from pocketseg.core.errors import RuntimeFailedError
from pocketseg.mlprogram.loading import load_program
from pocketseg.mlprogram.package import model_class

DATA = Path("Data") / "com.apple.CoreML"
MODEL, WEIGHTS, MANIFEST = DATA / "model.mlmodel", DATA / "weights" / "weight.bin", Path("Manifest.json")
DAMAGED = 300
LONGEST_S = 20.0  # of one; on a busy host

Damage = Callable[[Path, random.Random], bool]  # whether an error must follow


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 8, 3, padding=1),
        nn.Upsample(scale_factor=4), nn.Softmax(1),
    )  # fmt: skip
    path = tmp_path_factory.mktemp("whole") / "whole.mlpackage"
    converted(path, network, [torch.zeros(1, 3, 16, 8)])
    return path


def evaluate(path: Path) -> np.ndarray:
    program = load_program(path)
    return program.run({port.name: np.ones(port.type.shape, np.float32) for port in program.inputs})["result"]


def edited(path: Path, change: Callable[[Any], None]) -> None:
    """Change the model's protobuf."""
    model = model_class()()
    model.ParseFromString((path / MODEL).read_bytes())
    change(model)
    (path / MODEL).write_bytes(model.SerializeToString())


def operations(model: Any) -> Any:
    function = model.mlProgram.functions["main"]
    return function.block_specializations[function.opset].operations


def truncate_weights(path: Path, rng: random.Random) -> bool:
    content = (path / WEIGHTS).read_bytes()
    (path / WEIGHTS).write_bytes(content[: rng.randrange(len(content) - 64)])
    return True


def flip_record(path: Path, rng: random.Random) -> bool:
    """Flip a bit of a record's sentinel, type or size."""
    content = bytearray((path / WEIGHTS).read_bytes())
    records = [i for i in range(64, len(content), 64) if content[i : i + 4] == struct.pack("<I", 0xDEADBEEF)]
    content[rng.choice(records) + rng.randrange(16)] ^= 1 << rng.randrange(8)
    (path / WEIGHTS).write_bytes(content)
    return True


def flip(file: Path, times: int) -> Damage:
    def damage(path: Path, rng: random.Random) -> bool:
        content = bytearray((path / file).read_bytes())
        for _ in range(times):
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        (path / file).write_bytes(content)
        return False  # a flip may fall into a weight, a name or a description

    return damage


def truncate_model(path: Path, rng: random.Random) -> bool:
    content = (path / MODEL).read_bytes()
    (path / MODEL).write_bytes(content[: rng.randrange(len(content) // 2)])
    return True


def lose_a_file(path: Path, rng: random.Random) -> bool:
    (path / rng.choice([MODEL, WEIGHTS, MANIFEST])).unlink()
    return True


def foreign_operation(path: Path, rng: random.Random) -> bool:
    def change(model: Any) -> None:
        found = [op for op in operations(model) if op.type not in ("const", "identity")]
        rng.choice(found).type = rng.choice(["custom_layer", "while_loop", "make_list", "conv9", "constexpr_zip", ""])

    edited(path, change)
    return True


def huge_shape(path: Path, rng: random.Random) -> bool:
    def change(model: Any) -> None:
        found = [op for op in operations(model) if op.outputs[0].type.tensorType.dimensions]
        dimension = rng.choice(rng.choice(found).outputs[0].type.tensorType.dimensions)
        dimension.constant.size = rng.choice([1 << 20, 1 << 31, (1 << 64) - 1])

    edited(path, change)
    return True


def path_that_leaves(path: Path, rng: random.Random) -> bool:
    """Name a whole model or weight file outside: only a refusal keeps it from being read."""
    outside = path.parent / "outside"
    shutil.rmtree(outside, ignore_errors=True)
    shutil.copytree(path / DATA, outside)
    kind = rng.randrange(5)
    if kind < 2:
        manifest = json.loads((path / MANIFEST).read_text())
        name = "../../outside/model.mlmodel" if kind == 0 else str(outside / "model.mlmodel")
        manifest["itemInfoEntries"][manifest["rootModelIdentifier"]]["path"] = name
        (path / MANIFEST).write_text(json.dumps(manifest))
    elif kind == 2:

        def change(model: Any) -> None:
            for op in operations(model):
                if op.type == "const" and op.attributes["val"].WhichOneof("value") == "blobFileValue":
                    op.attributes["val"].blobFileValue.fileName = "@model_path/../../../outside/weights/weight.bin"

        edited(path, change)
    else:
        file, target = (WEIGHTS, "weights/weight.bin") if kind == 3 else (MODEL, "model.mlmodel")
        (path / file).unlink()
        (path / file).symlink_to(outside / target)
    return True


DAMAGES: dict[str, Damage] = {
    "truncated weights": truncate_weights,
    "flipped record": flip_record,
    "flipped weights": flip(WEIGHTS, 4),
    "flipped model": flip(MODEL, 1),
    "scrambled model": flip(MODEL, 20),
    "flipped manifest": flip(MANIFEST, 2),
    "truncated model": truncate_model,
    "lost file": lose_a_file,
    "foreign operation": foreign_operation,
    "huge shape": huge_shape,
    "path that leaves": path_that_leaves,
}  # fmt: skip


@pytest.mark.parametrize("kind", DAMAGES)
def test_damaged_packages_give_a_named_error_or_a_result_of_the_right_shape(
    kind: str, whole: Path, tmp_path: Path
) -> None:
    rng = random.Random(kind)
    path = tmp_path / "damaged.mlpackage"
    good = evaluate(whole)
    refused = 0
    for _ in range(DAMAGED // len(DAMAGES) + 1):
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(whole, path)
        must_fail = DAMAGES[kind](path, rng)
        start = time.monotonic()
        try:
            result = evaluate(path)
        except RuntimeFailedError as error:
            refused += 1
            assert len(str(error)) < 1500 and str(path) in str(error)
        except KeyError as error:  # the output's own name was hit: the program is another one
            assert kind in ("flipped model", "scrambled model") and error.args == ("result",)
        else:
            assert not must_fail
            assert kind in ("flipped model", "scrambled model") or result.shape == good.shape
        assert time.monotonic() - start < LONGEST_S
    assert refused or kind == "flipped weights"


def test_what_is_no_regular_file_is_not_waited_for(whole: Path, tmp_path: Path) -> None:
    for file in (MANIFEST, MODEL, WEIGHTS):
        path = tmp_path / f"{file.name}.mlpackage"
        shutil.copytree(whole, path)
        (path / file).unlink()
        os.mkfifo(path / file)
        with pytest.raises(RuntimeFailedError, match="not a regular file"):
            evaluate(path)


def test_error_names_the_foreign_operation(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "foreign.mlpackage"
    shutil.copytree(whole, path)
    edited(path, lambda model: setattr(next(op for op in operations(model) if op.type == "conv"), "type", "conv_9d"))
    with pytest.raises(RuntimeFailedError, match="does not know 'conv_9d'"):
        evaluate(path)


def test_a_model_that_is_no_program_is_named(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "other.mlpackage"
    shutil.copytree(whole, path)
    edited(path, lambda model: model.neuralNetwork.SetInParent())
    with pytest.raises(RuntimeFailedError, match="holds neuralNetwork"):
        evaluate(path)
    edited(path, lambda model: model.Clear())
    with pytest.raises(RuntimeFailedError, match="holds nothing"):
        evaluate(path)
