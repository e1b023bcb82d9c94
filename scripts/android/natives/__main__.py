"""Prints the folder that holds the phone's libraries, and makes it first where it is not in the cache."""

from __future__ import annotations

import hashlib
import io
import platform
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import IO

from pocketseg.core.cache import default_folder
from pocketseg.core.errors import DataError, PocketSegError, UsageError
from pocketseg.core.files import atomic_folder, sha256_json
from scripts.android.natives import pins, stand_in

_FETCH_S = 600.0
_LIBRARY_BYTES = 100 << 20
_MAVEN_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"


def main() -> None:
    """Print the folder."""
    try:
        print(folder())
    except PocketSegError as error:
        sys.exit(str(error))


def folder() -> Path:
    """Return the folder of the libraries, made once for each set of pins and version of the stand-in."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise UsageError("The phone's libraries for x86-64 run on Linux on x86-64 alone.")
    hashes = {name: digest for archive in pins.ARCHIVES for name, digest in archive.libraries.items()}
    sources = [Path(file).read_text(encoding="utf-8") for file in (stand_in.SOURCE, stand_in.__file__)]
    made = default_folder() / "android" / f"natives-{sha256_json([hashes, sources])[:16]}"
    if made.is_dir():
        return made
    with atomic_folder(made) as unfinished:
        unfinished.mkdir(parents=True, exist_ok=True)
        for archive in pins.ARCHIVES:
            for name, data in _libraries(archive).items():
                (unfinished / name).write_bytes(data)
        stand_in.build(unfinished, sorted(unfinished.glob("lib*.so")))
    return made


def _libraries(archive: pins.Archive) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as scratch:
        packed = _fetch(archive, Path(scratch))
        found = {name: _member(packed, f"{archive.folder}/{name}") for name in archive.libraries}
    for name, digest in archive.libraries.items():
        if hashlib.sha256(found[name]).hexdigest() != digest:
            raise DataError(
                f"{name} of {archive.name} {archive.version} is not the one that is pinned.",
                hint="Compare the archive with its publisher's, then change scripts/android/natives/pins.py.",
            )
    return found


def _fetch(archive: pins.Archive, scratch: Path) -> Path:
    if archive.maven:
        command = ["mvn", "-B", "-q", _MAVEN_COPY, f"-Dartifact={archive.maven}", f"-DoutputDirectory={scratch}"]
    else:
        command = ["npm", "pack", "--silent", "--pack-destination", str(scratch), str(archive.npm)]
    try:
        ended = subprocess.run(command, cwd=scratch, capture_output=True, text=True, timeout=_FETCH_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"{command[0]} did not fetch {archive.name} {archive.version}: {error}") from error
    files = [path for path in scratch.iterdir() if path.suffix in {".aar", ".tgz"}]
    if ended.returncode or len(files) != 1:
        said = (ended.stderr or ended.stdout).strip()[-1000:]
        raise UsageError(f"{command[0]} did not fetch {archive.name} {archive.version}: {said}")
    return files[0]


def _member(packed: Path, name: str) -> bytes:
    """Return one file of an archive, or of an archive in it (OUTER!INNER), with a limit on its unpacked size."""
    outer, _, inner = name.partition("!")
    try:
        if packed.suffix == ".tgz":
            with tarfile.open(packed) as opened:
                data = _bounded(opened.extractfile(outer), name)
        else:
            with zipfile.ZipFile(packed) as zipped, zipped.open(outer) as member:
                data = _bounded(member, name)
        if inner:
            with zipfile.ZipFile(io.BytesIO(data)) as zipped, zipped.open(inner) as member:
                data = _bounded(member, name)
    except (KeyError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise DataError(f"{packed.name} holds no {name}: {error}") from error
    return data


def _bounded(stream: IO[bytes] | None, name: str) -> bytes:
    data = stream.read(_LIBRARY_BYTES + 1) if stream else b""
    if len(data) > _LIBRARY_BYTES:
        raise DataError(f"{name} is larger than {_LIBRARY_BYTES} bytes.")
    return data


if __name__ == "__main__":
    main()
