"""An artifact is converted once, run, compared and kept whole; whatever goes wrong leaves nothing behind."""

from __future__ import annotations

import dataclasses
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import torch
from torch import nn

import models
from pocketseg.artifacts import parity
from pocketseg.artifacts.answers import answered
from pocketseg.artifacts.deliver import deliver, delivered, replaced
from pocketseg.artifacts.origin import find_reference
from pocketseg.artifacts.produce import Produced, produce
from pocketseg.artifacts.request import Request, check
from pocketseg.core import errors, manifest
from pocketseg.core.cache import ROOT, Cache
from pocketseg.core.errors import CheckpointError, ExportError, ParityError, RefusedError, UnknownNameError, UsageError
from pocketseg.core.files import sha256_path
from pocketseg.core.types import Recipe, Written
from pocketseg.data.calibration import PARITY_COUNT, Part, open_calibration, parity_photos
from pocketseg.data.embedded import FOLDER, sample_ids
from pocketseg.inference import class_maps

pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    network = models.build("topformer_tiny")
    nn.init.normal_(network.decode_head.conv_seg.weight, std=3.0)  # classes far apart, as in a trained network
    spec = dataclasses.replace(models.spec("topformer_tiny"), height_px=64, width_px=64)
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    models.save_weights(network, spec, path, dtype="fp32", metadata={"split_hash": "abc"})
    return path


def _request(checkpoint: Path) -> Request:
    return Request(model=str(checkpoint), target="onnx", recipe=Recipe(), calibration=open_calibration())


def _produce(checkpoint: Path, cache: Path) -> Produced:
    request = _request(checkpoint)
    return produce(request, Cache(cache), check(request))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def produced(checkpoint: Path, cache: Path) -> Produced:
    return _produce(checkpoint, cache)


def _nothing_kept(cache: Path) -> bool:
    """Return whether nothing of a file is in the cache; its network's own answers may be, which are finished work."""
    return not any(entries for kind, (entries, _) in Cache(cache).summary().items() if kind != "answers")


# ---- what is produced ------------------------------------------------------------------------------------------------


def test_an_artifact_lies_beside_a_manifest_with_measured_parity(produced: Produced, checkpoint: Path) -> None:
    artifact, file = manifest.read_manifest(produced.folder)
    assert (artifact, file) == (produced.artifact, produced.file) and not produced.reused
    assert sorted(p.name for p in produced.folder.iterdir()) == sorted([file.name, "manifest.json"])
    loaded = models.open_model(str(checkpoint))
    assert artifact.checkpoint_sha256 == loaded.sha256 and artifact.split_hash == "abc"
    assert (artifact.target, artifact.model, artifact.recipe, artifact.precision) == ("onnx", "tiny", "fp32", "fp32")
    assert (artifact.input_height_px, artifact.input_width_px) == (64, 64) and artifact.calibration == {}
    parity = artifact.parity
    assert parity.status == "measured" and parity.images == len(parity.digests) == PARITY_COUNT
    assert parity.max_abs_error is not None and 0 < parity.max_abs_error < 1e-2
    assert parity.argmax_agreement is not None and parity.argmax_agreement >= 0.999
    golden = artifact.golden
    assert sum(golden["class_pixels"]) == 64 * 64 and len(golden["output_values"]) == len(golden["output_indices"])
    assert set(artifact.tools) >= {"torch", "onnx", "onnxruntime"}


def test_the_second_call_gives_what_is_there(produced: Produced, checkpoint: Path, cache: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in produced.folder.iterdir()}
    again = _produce(checkpoint, cache)
    assert again == dataclasses.replace(produced, reused=True)
    assert before == {p: p.stat().st_mtime_ns for p in produced.folder.iterdir()}
    assert Cache(cache).summary()["unfinished"] == (0, 0)


# ---- what goes wrong -------------------------------------------------------------------------------------------------


def _written(produced: Produced) -> Written:
    return Written(inputs=produced.artifact.inputs, outputs=produced.artifact.outputs)


def test_calibration_photos_are_found_from_where_the_command_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own/images").mkdir(parents=True)
    for name in sample_ids("train")[:2]:
        shutil.copy(FOLDER / "images" / f"{name}.jpg", tmp_path / "own/images")
    monkeypatch.chdir(tmp_path)
    asked = Request(
        model="topformer_tiny", target="onnx", recipe=Recipe(precision="w8a8"),
        given=models.Given(height_px=64, width_px=64), calibration=open_calibration("folder:own"),
    )  # fmt: skip
    assert produce(asked, Cache(tmp_path / "cache"), check(asked)).artifact.calibration["photos"] == 2


def test_a_manifest_names_no_folder_of_this_computer(tmp_path: Path, checkpoint: Path) -> None:
    photos = tmp_path / "home of ada/own"
    shutil.copytree(FOLDER / "images", photos / "images")
    loaded = models.open_model(str(checkpoint))
    steps = [
        {"step": f"distil:{tmp_path}/teacher.safetensors", "parent": "0" * 64, "data": f"folder:{photos}", "epochs": 1},
        {"step": "prune:0.4", "parent": "1" * 64, "data": f"folder:{photos}@{tmp_path}/my.toml"},
    ]
    weights = tmp_path / "learnt.safetensors"
    metadata = {**models.carried(loaded), "lineage": json.dumps(steps)}
    models.save_weights(loaded.module, loaded.spec, weights, dtype="fp32", metadata=metadata)
    asked = Request(model=str(weights), target="onnx", recipe=Recipe(precision="w8a8"),
                    calibration=open_calibration(f"folder:{photos}", part=Part.ALL))  # fmt: skip
    made = produce(asked, Cache(tmp_path / "cache"), check(asked))
    assert made.artifact.calibration["source"] == made.artifact.parity.source == "folder:own"
    said = [(step["step"], step["data"]) for step in made.artifact.facts["steps"]]
    assert said == [("distil:teacher.safetensors", "folder:own"), ("prune:0.4", "folder:own@my.toml")]
    assert made.artifact.lineage[1].startswith("distil:teacher.safetensors@")
    text = (made.folder / "manifest.json").read_text()
    assert not [
        name for name in (str(tmp_path), "home of ada", str(ROOT), str(Path.home()), sys.prefix) if name in text
    ]


def test_a_file_that_agrees_too_little_is_a_parity_error(
    produced: Produced, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = models.open_model(str(checkpoint))
    photos, threads = parity_photos(open_calibration()), torch.get_num_threads()
    torch.set_num_threads(1)  # as in the conversion process: on some processors sums of two threads differ in a bit
    arguments = (produced.artifact, produced.file, answered(loaded, photos), "ort", photos)
    measured, golden = parity.compared(*arguments)
    torch.set_num_threads(threads)
    assert (measured, golden) == (produced.artifact.parity, produced.artifact.golden)
    monkeypatch.setitem(parity.LEAST_AGREEMENT, "fp32", 1.5)
    with pytest.raises(ParityError, match=r"fp32 needs 150\.0%"):
        parity.compared(*arguments)


def test_a_file_of_another_network_is_a_parity_error(produced: Produced, checkpoint: Path) -> None:
    loaded = models.open_model(str(checkpoint))
    with torch.no_grad():
        loaded.module.decode_head.conv_seg.weight.neg_()
    with pytest.raises(ParityError, match=r"agrees with its network on \d"):
        photos = parity_photos(open_calibration())
        parity.compared(produced.artifact, produced.file, answered(loaded, photos), "ort", photos)


def _child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Let the conversion process be a shell script; $4 is the file descriptor that it answers through."""
    path = tmp_path / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(path))


def test_a_conversion_without_parity_leaves_no_file(
    produced: Produced, checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = f"""
import shutil, sys
from pathlib import Path
import export.onnx
from pocketseg.artifacts import _process, parity
from pocketseg.core.manifest import read_manifest
from pocketseg.core.types import Written

artifact, file = read_manifest(Path({str(produced.folder)!r}))
def write(job, path):  # what was converted before: the comparison is what counts here
    shutil.copyfile(file, path)
    return Written(inputs=artifact.inputs, outputs=artifact.outputs)
export.onnx.write = write
parity.LEAST_AGREEMENT["fp32"] = 1.5
_process.main(int(sys.argv[1]))
"""
    _child(tmp_path, monkeypatch, f'exec {shlex.quote(sys.executable)} -c {shlex.quote(code)} "$4"')
    with pytest.raises(ParityError, match=r"fp32 needs 150\.0%") as caught:
        _produce(checkpoint, tmp_path / "cache")
    assert "the file is not kept" in caught.value.hint
    assert _nothing_kept(tmp_path / "cache")


def test_a_checkpoint_that_changes_meanwhile_is_an_error_of_the_checkpoint(checkpoint: Path, tmp_path: Path) -> None:
    own = Path(shutil.copy(checkpoint, tmp_path / "own.safetensors"))
    request = _request(own)
    loaded = check(request)
    torch.manual_seed(1)
    models.save_weights(models.build("topformer_tiny"), loaded.spec, own, dtype="fp32", metadata={})
    with pytest.raises(CheckpointError, match="changed while it was being exported"):
        produce(request, Cache(tmp_path / "cache"), loaded)
    assert _nothing_kept(tmp_path / "cache")


def _says(kind: str) -> str:
    """Return the script of a process that answers with an error."""
    said = {"error": {"type": kind, "message": "what was wrong", "hint": "what to do"}, "spoilt": False, "first": True}
    return f"read -r asked; echo {shlex.quote(json.dumps({'found': said}))} > /dev/fd/$4; read -r more"


KINDS = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, errors.PocketSegError)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_the_conversion_says_was_wrong_keeps_its_kind(
    kind: type[errors.PocketSegError], checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _child(tmp_path, monkeypatch, _says(kind.__name__))
    with pytest.raises(errors.PocketSegError) as caught:
        _produce(checkpoint, tmp_path / "cache")
    assert (caught.value.message, caught.value.hint) == ("what was wrong", "what to do")
    assert caught.value.exit_code == kind.exit_code
    assert type(caught.value) is (UsageError if kind is UnknownNameError else kind)
    assert _nothing_kept(tmp_path / "cache")


@pytest.mark.parametrize(
    ("script", "message", "hint"),
    [
        ("echo first; echo last >&2; exit 3", "ended with status 3", "first\nlast"),
        ("kill -9 $$", "was ended by signal SIGKILL", ""),
        ("exit 0", "ended with status 0", ""),
        ("printf '{' > /dev/fd/$4; exit 1", "ended with status 1", ""),
        (_says("SystemExit"), "what was wrong", "what to do"),
    ],
)
def test_a_conversion_that_ends_without_a_word_is_an_export_error(
    script: str, message: str, hint: str, checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _child(tmp_path, monkeypatch, script)
    with pytest.raises(ExportError, match=message) as caught:
        _produce(checkpoint, tmp_path / "cache")
    assert caught.value.hint == hint and _nothing_kept(tmp_path / "cache")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"target": "onxx"}, UnknownNameError, "did you mean 'onnx'"),
        (
            {"recipe": Recipe(precision="pal8")},
            RefusedError,
            "onnx does not have precision pal8: ONNX Runtime has no kernel",
        ),
        ({"recipe": Recipe(steps=("blur:3",))}, (RefusedError, UnknownNameError), "blur"),
        ({"converter": "onnx2tf"}, UsageError, "has only one converter"),
        ({"target": "tflite", "converter": "onnx2tff"}, UnknownNameError, "did you mean 'onnx2tf'"),
        ({"model": "none.pth"}, CheckpointError, r"none\.pth"),
    ],
)
def test_what_cannot_be_done_is_said_before_any_work(
    change: dict[str, object], error: type[Exception], message: str, checkpoint: Path
) -> None:
    with pytest.raises(error, match=message):
        check(dataclasses.replace(_request(checkpoint), **change))


PRODUCE = """
import sys
from pathlib import Path
from pocketseg.core.cache import Cache
from pocketseg.core.types import Recipe
from pocketseg.data.calibration import PARITY_COUNT, Part, open_calibration, parity_photos
from pocketseg.artifacts.deliver import deliver
from pocketseg.artifacts.request import Request, check
from pocketseg.artifacts.produce import produce

request = Request(model=sys.argv[1], target="onnx", recipe=Recipe(), calibration=open_calibration())
deliver(produce(request, Cache(Path(sys.argv[2])), check(request)), Path(sys.argv[3]))
"""


def _wait(condition: object, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


@pytest.mark.slow
def test_a_kill_in_the_midst_leaves_nothing_and_the_next_run_gives_the_same_bytes(
    produced: Produced, checkpoint: Path, tmp_path: Path
) -> None:
    cache, out = tmp_path / "cache", tmp_path / "out"
    damaged = cache / "artifacts" / produced.folder.name  # an entry whose file has changed since: to be made again
    shutil.copytree(produced.folder, damaged)
    data = bytearray(produced.file.read_bytes())
    data[len(data) // 2] ^= 1
    (damaged / produced.file.name).write_bytes(data)
    arguments = [sys.executable, "-c", PRODUCE, str(checkpoint), str(cache), str(out)]
    with subprocess.Popen(arguments, cwd=ROOT) as parent:
        assert _wait(lambda: any(cache.glob("unfinished/*/out")), 120), "the conversion never began"
        children = psutil.Process(parent.pid).children(recursive=True)
        assert children and parent.poll() is None
        os.kill(parent.pid, signal.SIGKILL)
    assert _wait(lambda: not any(c.is_running() and c.status() != "zombie" for c in children), 30)
    assert Cache(cache).summary()["artifacts"] == (0, 0) and not out.exists()
    again = _produce(checkpoint, cache)
    assert not again.reused and again.folder == damaged
    assert sha256_path(again.file) == produced.artifact.sha256
    assert again.artifact == produced.artifact, "the same inputs give the same manifest"


# ---- where it goes ---------------------------------------------------------------------------------------------------


def test_a_delivered_artifact_is_whole_and_known_again(produced: Produced, tmp_path: Path) -> None:
    out = tmp_path / "new/out"
    assert not delivered(produced, out)
    path = deliver(produced, out)
    assert manifest.read_manifest(out) == (produced.artifact, path) and delivered(produced, out)
    assert [p.name for p in out.parent.iterdir()] == ["out"]
    path.write_bytes(b"damaged")
    assert not delivered(produced, out)
    deliver(produced, out)
    assert delivered(produced, out)


def test_an_empty_folder_or_an_earlier_export_is_replaced(produced: Produced, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    earlier = dataclasses.replace(produced.artifact, file="earlier.onnx")
    (out / "earlier.onnx").write_bytes(b"an earlier export")
    manifest.write_manifest(out, earlier)
    path = deliver(produced, out)
    assert sorted(p.name for p in out.iterdir()) == sorted([path.name, "manifest.json"])


@pytest.mark.parametrize(
    "changed", [{"target": "tflite"}, {"recipe": "w8a8"}, {"model": "u2netp"}, {"output": "classmap"}]
)
def test_an_export_of_something_else_is_known_before_it_is_replaced(
    changed: dict[str, str], produced: Produced, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert not replaced(produced, out)
    deliver(produced, out)
    assert not replaced(produced, out), "the same export again"
    other = dataclasses.replace(produced.artifact, **changed)  # type: ignore[arg-type]
    manifest.write_manifest(out, other)
    assert replaced(produced, out) == f"{produced.file.name} ({other.target} {other.recipe})"
    manifest.write_manifest(out, dataclasses.replace(other, checkpoint_sha256="0" * 64, schema_version=1))
    assert replaced(produced, out) == "an earlier export"
    manifest.write_manifest(out, other)
    produced_file = out / produced.file.name
    produced_file.unlink()
    assert not replaced(produced, out), "no file is lost"


@pytest.mark.parametrize("manifest_text", [None, "{", '{"file": "net.onnx"}', "[]"])
def test_a_folder_with_other_files_is_refused_and_left_alone(
    manifest_text: str | None, produced: Produced, tmp_path: Path
) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    if manifest_text is not None:
        (tmp_path / "manifest.json").write_text(manifest_text)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises(UsageError, match=r"holds other files, e\.g\. (thesis\.txt|manifest\.json)"):
        deliver(produced, tmp_path)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_a_file_in_the_place_of_the_folder_is_refused(produced: Produced, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UsageError, match="is a file, not a folder"):
        deliver(produced, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


# ---- the network it was made from ------------------------------------------------------------------------------------


def test_the_reference_is_the_network_with_the_manifests_weights(
    produced: Produced, checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pocketseg.data.embedded import sample_photos

    other = str(models.RELEASED_FOLDER / "u2netp.safetensors")
    monkeypatch.setattr(models, "RELEASED_FOLDER", tmp_path)
    assert find_reference(produced.artifact) is None, "nothing is released"
    found = find_reference(produced.artifact, [str(checkpoint)])
    assert found is not None and found.sha256 == produced.artifact.checkpoint_sha256
    shutil.copy(checkpoint, tmp_path / "other_name.safetensors")
    released = find_reference(produced.artifact)
    assert released is not None and released.name == "other_name"
    with_others = find_reference(produced.artifact, [other], models.Given(network="u2netp"))
    assert with_others is not None and with_others.name == "other_name", "what is said of others is not said of it"
    changed = dataclasses.replace(produced.artifact, checkpoint_sha256="0" * 64)
    assert find_reference(changed, [str(checkpoint)]) is None
    photos = sample_photos()
    (classes,) = class_maps(found, photos, photos.ids[:1])
    assert classes.shape == photos.mask(photos.ids[0]).shape and int(classes.max()) < 4
