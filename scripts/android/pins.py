"""The SHA-256 of every Maven artifact that a build uses: requirements/android-maven.sha256, in `sha256sum`'s format.

Maven has no lock file. What a build uses is found by giving it an empty repository, and the existing one as the only
place to fetch from; so what is pinned is what was used, including plugins and poms.
"""

from __future__ import annotations

import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError
from pocketseg.core.files import sha256_file, write_text
from scripts.android.maven import BUILD_S, HARNESS, arguments, copy_harness
from scripts.android.tools import Tools, run

PINNED = ROOT / "requirements" / "android-maven.sha256"
KINDS = (".jar", ".aar", ".pom", ".signature")
KTLINT = "com.pinterest.ktlint:ktlint-cli:1.8.0:jar:all"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
_OWN = "dev/pocketseg/"
_SETTINGS = """<settings>
  <mirrors><mirror><id>here</id><mirrorOf>*</mirrorOf><url>{url}</url></mirror></mirrors>
</settings>
"""


def repository() -> Path:
    """Return the folder in which Maven keeps what it fetched, from its settings or by default."""
    settings = Path.home() / ".m2" / "settings.xml"
    if settings.is_file():
        for each in ET.parse(settings).getroot().iter():
            if each.tag.rpartition("}")[2] == "localRepository" and each.text:
                return Path(each.text.strip().replace("${user.home}", str(Path.home())))
    return Path.home() / ".m2" / "repository"


def used(tools: Tools, folder: Path, source: Path, harness: Path = HARNESS) -> list[Path]:
    """Build and test with an empty repository in `folder`; return its artifacts, relative to it."""
    copied = copy_harness(folder / "android_harness", harness)
    settings = folder / "settings.xml"
    write_text(settings, _SETTINGS.format(url=escape(source.absolute().as_uri())))
    fresh = folder / "repository"
    begin = [word for word in arguments(tools, copied) if word != "-C"]  # a repository of this kind has no checksums
    places: list[str | Path] = [
        "-s",
        settings,
        f"-Dmaven.repo.local={fresh}",
        "-Daether.enhancedLocalRepository.trackingFilename=none",
    ]
    run([*begin, *places, "test", "-Dtest=LevelsTest,MomentTest", "-Dsurefire.failIfNoSpecifiedTests=false"],
        timeout_s=BUILD_S, folder=copied)  # fmt: skip
    run([*begin, *places, COPY, "-N", f"-Dartifact={KTLINT}", f"-DoutputDirectory={folder / 'ktlint'}"],
        timeout_s=BUILD_S, folder=copied)  # fmt: skip
    return sorted(path.relative_to(fresh) for path in fresh.rglob("*") if path.suffix in KINDS and path.is_file())


def write(tools: Tools, harness: Path = HARNESS) -> Path:
    """Rewrite the list from what a build takes from the existing repository."""
    source = repository()
    with tempfile.TemporaryDirectory(prefix="pocketseg-pins-") as folder:
        names = used(tools, Path(folder), source, harness)
    kept = [name.as_posix() for name in names if not name.as_posix().startswith(_OWN)]
    return write_text(PINNED, "".join(f"{sha256_file(source / name)}  {name}\n" for name in kept))


def read(path: Path = PINNED) -> dict[str, str]:
    """Return the hash of each artifact. Raises DataError for a malformed line."""
    found = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        digest, gap, name = line[:64], line[64:66], line[66:]
        if gap != "  " or not name or set(digest) - set("0123456789abcdef"):
            raise DataError(f"{path.name}, line {number}: not a hash and a name", path=path, line=number)
        found[name] = digest
    return found


def faults(folder: Path, pinned: dict[str, str]) -> Iterator[str]:
    """Yield a sentence on each pinned artifact that exists with other bytes."""
    for name, digest in pinned.items():
        path = folder / name
        if path.is_file() and sha256_file(path) != digest:
            yield f"{name} is not the one that is pinned"


def absent(folder: Path, pinned: Iterable[str]) -> list[str]:
    """Return the pinned artifacts that are missing; before a first build most of them are."""
    return [name for name in pinned if not (folder / name).is_file()]


def unpinned(folder: Path, taken: Iterable[Path], pinned: dict[str, str]) -> list[str]:
    """Return which of the files that a build took from the repository are not pinned."""
    names = [path.relative_to(folder).as_posix() for path in taken if path.is_relative_to(folder)]
    return sorted(name for name in names if name not in pinned)
