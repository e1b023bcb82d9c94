"""Files of one network and target share a process; an error costs its file only; what must stop everything does."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
from torch import nn

import models
from pocketseg.artifacts import side_by_side
from pocketseg.artifacts.converter import STARTING, Converter
from pocketseg.artifacts.produce import Produced, produce, produce_group
from pocketseg.artifacts.request import Request
from pocketseg.artifacts.side_by_side import produce_all
from pocketseg.core.cache import Cache
from pocketseg.core.errors import DataError, ExportError, PocketSegError, StorageError
from pocketseg.core.types import Recipe
from pocketseg.data.calibration import open_calibration

pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning")
SMALL = models.Given(height_px=64, width_px=64)
STAGES = ["opening", "converting", "reading back", "comparing"]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> models.Loaded:
    """Return a small network whose classes are far apart, as in a trained one."""
    torch.manual_seed(0)
    network = models.build("topformer_tiny")
    nn.init.normal_(network.decode_head.conv_seg.weight, std=3.0)
    spec = dataclasses.replace(models.spec("topformer_tiny"), height_px=64, width_px=64)
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    models.save_weights(network, spec, path, dtype="fp32", metadata={})
    return models.open_model(str(path))


def _request(loaded: models.Loaded, precision: str, target: str = "onnx", **changes: Any) -> Request:
    values = {"calibration": open_calibration(count=2), **changes}
    return Request(model=str(loaded.source), target=target, recipe=Recipe(precision=precision), **values)


def _wait(condition: Any, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


# ---- one process for one network and target --------------------------------------------------------------------------

# Run at the start of every process: the conversion process notes its number at each file, and dies at w8dyn.
DYING = """
import os, signal, sys
if "pocketseg.artifacts._process" in sys.orig_argv:
    import export.onnx
    writes = export.onnx.write
    def write(job, path):
        with open(os.environ["NOTED"], "a") as noted:
            print(os.getpid(), file=noted)
        if job.recipe.precision == "w8dyn":
            print("the converter's last word", flush=True)
            os.kill(os.getpid(), signal.SIGSEGV)
        return writes(job, path)
    export.onnx.write = write
"""


def test_an_error_or_a_crash_costs_its_file_only_and_the_others_share_a_process(
    loaded: models.Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(DYING)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("NOTED", str(tmp_path / "noted"))
    photos = open_calibration(count=2)
    changed = dataclasses.replace(photos, digests=("0" * 64, *photos.digests[1:]))
    requests = [
        _request(loaded, "fp32"), _request(loaded, "w8a8", calibration=changed), _request(loaded, "w8"),
        _request(loaded, "w8dyn"), _request(loaded, "w4"),
    ]  # fmt: skip
    cache, heard = Cache(tmp_path / "cache"), []

    def done(place: int, outcome: Produced | PocketSegError) -> None:
        kept = isinstance(outcome, Produced) and (outcome.folder / "manifest.json").is_file()
        heard.append((place, outcome, kept))

    outcomes = produce_group(requests, cache, loaded, done=done)
    assert [(place, outcome) for place, outcome, _ in heard] == list(enumerate(outcomes))
    assert [kept for *_, kept in heard] == [True, False, True, False, True], "in the cache as soon as it is finished"
    floats, photo, small, crash, last = outcomes
    assert isinstance(photo, DataError) and "changed while it was in use" in photo.message
    assert isinstance(crash, ExportError) and crash.hint == "the converter's last word"
    assert crash.message.startswith("the conversion to onnx w8dyn of ")
    assert crash.message.endswith(" was ended by signal SIGSEGV")
    assert isinstance(floats, Produced) and isinstance(small, Produced) and isinstance(last, Produced)
    assert [list(made.seconds) for made in (floats, small, last)] == [[STARTING, *STAGES], STAGES, [STARTING, *STAGES]]
    assert all(seconds >= 0 for made in (floats, small, last) for seconds in made.seconds.values())
    one, same, dying, other = (tmp_path / "noted").read_text().split()
    assert one == same == dying != other
    assert not any(psutil.pid_exists(int(number)) for number in (one, other))
    assert Cache(tmp_path / "cache").summary()["unfinished"] == (0, 0)
    again = produce_group(requests[:1], cache, loaded)
    assert again == [dataclasses.replace(floats, reused=True)] and not again[0].seconds  # type: ignore[union-attr]
    assert len((tmp_path / "noted").read_text().split()) == 4, "what is in the cache needs no process"


# The conversion process answers at once; what it says names its process.
ANSWERING = """
import json, os, sys
if "pocketseg.artifacts._process" in sys.orig_argv:
    from pocketseg.core.dialogue import answers, requests
    asked = requests()
    answer, _ = answers(int(sys.orig_argv[-1]))
    for count, request in enumerate(asked):
        wrong = {"type": "ExportError", "message": str(os.getpid()), "hint": request["conversion"]["target"]}
        spoilt = request["conversion"]["recipe"] == "spoils"
        answer({"error": wrong, "spoilt": spoilt, "first": count == 0})
"""


def test_another_network_or_target_and_what_follows_a_converters_error_get_a_process_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(ANSWERING)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def number(converter: Converter, model: str, target: str, recipe: str = "fp32") -> int:
        with pytest.raises(ExportError) as caught:
            converter.convert({"model": {"name": model}, "target": target, "recipe": recipe}, tmp_path, "it")
        assert caught.value.hint == target
        return int(caught.value.message)

    with Converter(Cache(tmp_path / "cache")) as converter:
        first = number(converter, "a", "onnx")
        assert number(converter, "a", "onnx") == number(converter, "a", "onnx", "spoils") == first
        second = number(converter, "a", "onnx")
        third = number(converter, "b", "onnx")
        fourth = number(converter, "b", "tflite")
        assert number(converter, "b", "tflite") == fourth
        assert len({first, second, third, fourth}) == 4
        assert [psutil.pid_exists(n) for n in (first, second, third, fourth)] == [False, False, False, True]
        psutil.Process(fourth).kill()
        assert converter._running is not None
        died = converter._running.asked.process
        assert _wait(
            lambda: died.poll() is not None, 30
        )  # its last thread, too: a zombie's may outlive it for a moment
        fifth = number(converter, "b", "tflite")  # one that died while it waited costs nothing
    assert fifth != fourth and not psutil.pid_exists(fifth)
    assert not list((tmp_path / "cache/unfinished").iterdir())


# ---- side by side ----------------------------------------------------------------------------------------------------


class _Made:
    """Stands in for the production of a file: notes what is begun, and what works at a time."""

    def __init__(self, seconds: float = 0.05) -> None:
        self.begun: list[tuple[str, str]] = []
        self.most = self._working = 0
        self._seconds, self._lock = seconds, threading.Lock()

    def __call__(self, request: Request, *rest: object) -> Any:
        with self._lock:
            self.begun.append((request.target, str(request.recipe)))
        return self.work(request)

    def work(self, value: Any) -> Any:
        with self._lock:
            self._working += 1
            self.most = max(self.most, self._working)
        time.sleep(self._seconds)
        with self._lock:
            self._working -= 1
        return value


def test_groups_begin_with_the_slowest_beside_the_one_with_an_early_file_and_no_more_than_asked_for_are_at_work(
    loaded: models.Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _Made()
    monkeypatch.setattr(side_by_side, "attempt", made)
    pairs = [(t, p) for p in ("fp32", "w8a8") for t in ("onnx", "executorch", "torchmobile", "tflite", "coreml")]
    requests = [_request(loaded, precision, target) for target, precision in pairs]
    heard: list[int] = []

    def done(place: int, outcome: Any) -> None:
        assert outcome is requests[place]
        made.work(None)
        heard.append(place)

    found = produce_all(requests, Cache(tmp_path), [loaded] * len(requests), done=done)
    assert found == requests and sorted(heard) == list(range(len(requests))) and made.most == 2
    order = list(dict.fromkeys(target for target, _ in made.begun))
    assert set(order[:2]) == {"executorch", "torchmobile"} and order[2:] == ["tflite", "coreml", "onnx"]
    for target in order:
        assert [p for t, p in made.begun if t == target] == ["fp32", "w8a8"]
    assert produce_all([], Cache(tmp_path), []) == []


def test_of_two_networks_the_larger_is_begun_first(
    loaded: models.Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(side_by_side, "attempt", made := _Made())
    larger = models.open_model("u2netp")
    requests = [_request(loaded, "fp32"), _request(loaded, "fp32", "tflite"), _request(larger, "w8", "tflite")]
    produce_all(requests, Cache(tmp_path), [loaded, loaded, larger], at_once=1)
    assert made.begun == [("tflite", "w8"), ("onnx", "fp32"), ("tflite", "fp32")]


@pytest.mark.parametrize("where", ["attempt", "done"])
def test_a_full_disk_stops_everything_and_is_raised(
    where: str, loaded: models.Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, stopped = _Made(), []

    def attempt(request: Request, *rest: object) -> Any:
        made(request)
        if where == "attempt":
            raise StorageError("full")
        return request

    def done(place: int, outcome: Any) -> None:
        raise StorageError("full")

    monkeypatch.setattr(side_by_side, "attempt", attempt)
    targets = ("onnx", "executorch", "torchmobile", "tflite", "coreml")
    requests = [_request(loaded, p, t) for t in targets for p in ("fp32", "w8a8")]
    with pytest.raises(StorageError, match="full"):
        produce_all(requests, Cache(tmp_path), [loaded] * len(requests), done=done, stop=lambda: stopped.append(1))
    assert len(made.begun) <= 4, "a group that had begun ends after its file, and no other begins"


def test_ctrl_c_ends_every_conversion_and_leaves_nothing(
    loaded: models.Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python, started = tmp_path / "python", tmp_path / "started"
    python.write_text(f"#!/bin/sh\ntrap '' INT\necho $$ >> {started}\nexec sleep 600\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    requests = [_request(loaded, p, t) for t in ("onnx", "torchmobile", "tflite") for p in ("fp32", "w8")]

    def interrupt() -> None:
        _wait(lambda: started.exists() and len(started.read_text().split()) == 2, 60)
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            produce_all(requests, Cache(tmp_path / "cache"), [loaded] * len(requests))
    finally:
        signal.signal(signal.SIGINT, before)
        thread.join()
    numbers = [int(number) for number in started.read_text().split()]
    assert len(numbers) == 2, "no conversion began after it"
    assert not any(psutil.pid_exists(number) for number in numbers)
    assert not list((tmp_path / "cache/unfinished").iterdir())


def test_a_file_that_is_made_beside_others_is_the_one_that_is_made_alone(loaded: models.Loaded, tmp_path: Path) -> None:
    requests = [_request(loaded, "fp32"), _request(loaded, "w8"), _request(loaded, "fp32", "torchmobile")]
    found = produce_all(requests, Cache(tmp_path / "beside"), [loaded] * len(requests))
    alone = produce(requests[1], Cache(tmp_path / "alone"))
    beside = found[1]
    assert isinstance(beside, Produced) and beside.folder.name == alone.folder.name
    for name in ("manifest.json", alone.artifact.file):
        assert (beside.folder / name).read_bytes() == (alone.folder / name).read_bytes()
