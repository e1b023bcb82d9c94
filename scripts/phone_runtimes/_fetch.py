"""Fetches published builds of the runtimes with the registries' own clients, once, into a folder outside the
checkout.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pocketseg.core.files import sha256_file

CACHE = Path.home() / ".cache" / "pocketseg-phone-runtimes"
_PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux2014_x86_64", "manylinux1_x86_64")
_PYTHON = "3.11"
_LIMIT_S = 900.0
_MAVEN_GET = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:get"


def aar(group: str, name: str, version: str) -> Path:
    """Return an Android library of Maven's central repository."""
    folder = CACHE / "m2"
    path = folder / group.replace(".", "/") / name / version / f"{name}-{version}.aar"
    if not path.is_file():
        coordinate = f"{group}:{name}:{version}:aar"
        words = ["mvn", "-B", "-q", _MAVEN_GET, f"-Dmaven.repo.local={folder}", "-Dtransitive=false"]
        _run([*words, f"-Dartifact={coordinate}"])
    return path


def wheel(name: str, version: str) -> Path:
    """Return a package's wheel for this processor and the Python that the project runs on."""
    folder = CACHE / "wheels"
    if not (found := sorted(folder.glob(f"{name}-{version}-*.whl"))):
        words = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            "--only-binary",
            ":all:",
            "-d",
            str(folder),
        ]
        words += ["--python-version", _PYTHON]
        for platform in _PLATFORMS:
            words += ["--platform", platform]
        _run([*words, f"{name}=={version}"])
        found = sorted(folder.glob(f"{name}-{version}-*.whl"))
    return found[0]


def npm(name: str, version: str) -> Path:
    """Return a package of npm."""
    folder = CACHE / "npm"
    path = folder / f"{name}-{version}.tgz"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        _run(["npm", "pack", f"{name}@{version}", "--pack-destination", str(folder)])
    return path


def source(path: Path, name: str) -> dict[str, str]:
    """Return a description of what was read, so that it can be read again."""
    return {"from": name, "file": path.name, "sha256": sha256_file(path)}


def _run(words: list[str]) -> None:
    subprocess.run(words, check=True, timeout=_LIMIT_S)
