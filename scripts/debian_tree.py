"""A tree of Debian's packages for one purpose, kept in the cache: complete or absent, and tried before it is used."""

from __future__ import annotations

import fcntl
import json
import platform
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pocketseg.core.errors import DataError
from pocketseg.core.files import disk_faults, make_folder, sha256_json, write_json
from scripts import debian, inside

SUITE = "trixie"


class Unavailable(DataError):
    """This computer cannot have what is asked for, at least not now; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a tree is to hold. `name` and `version` give its folder's name; `finish` completes and tries a new tree.

    `finish` is passed the tree and a folder of its own, and raises Unavailable where the tree does not work.
    """

    what: str  # to people
    name: str
    version: str
    packages: tuple[str, ...]
    unused: tuple[str, ...]  # patterns of what nobody reads
    stamp: str
    needed_bytes: int
    finish: Callable[[Path, Path], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A complete tree, and the versions of the packages in it."""

    folder: Path
    packages: Mapping[str, str]


def made(base: Path, wanted: Wanted) -> Tree:
    """Return the tree of this name in `base`, made where it does not exist yet. Raises DataError."""
    facts = {"suite": SUITE, "packages": wanted.packages, "unused": wanted.unused, "machine": platform.machine()}
    key = sha256_json(facts)[:12]
    place = base / f"{wanted.name}-{wanted.version}-{key}"
    stamp = _read(place, wanted)
    if stamp is None:
        make_folder(base)
        with _alone(base):
            stamp = _read(place, wanted) or _make(place, base / f"making-{key}", wanted)
            for old in base.glob(f"{wanted.name}-*"):
                if old != place:
                    shutil.rmtree(old, ignore_errors=True)
    return Tree(folder=place, packages=stamp["packages"])


@contextmanager
def _alone(base: Path) -> Iterator[None]:
    """Let one process make it while the others wait."""
    with disk_faults(base), (base / "lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _read(place: Path, wanted: Wanted) -> dict[str, Any] | None:
    """Return what a complete tree says of itself; None where it is absent or incomplete."""
    try:
        said = json.loads((place / wanted.stamp).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    good = isinstance(said, dict) and said.get("version") == wanted.version and isinstance(said.get("packages"), dict)
    return said if good else None


def _make(place: Path, work: Path, wanted: Wanted) -> dict[str, Any]:
    """Fetch, unpack, try, then rename: a tree with its final name is complete."""
    for leftover in (place, work / "tree"):  # no stamp in it, or half unpacked
        shutil.rmtree(leftover, ignore_errors=True)
    make_folder(work)
    free = shutil.disk_usage(work).free
    if free < wanted.needed_bytes:
        raise Unavailable(
            f"{work} has {free / 1e9:.1f} GB free, but {wanted.what} needs {wanted.needed_bytes / 1e9:.0f} GB while it"
            " is unpacked",
            hint="free some space, or set $POCKETSEG_CACHE_DIR to a folder elsewhere",
        )

    def say(text: str) -> None:
        print(f"{wanted.name}: {text}", file=sys.stderr, flush=True)  # where it mixes with no output

    say(f"{wanted.what} for {work.parent}, once: asking apt for Debian {SUITE}'s packages")
    debian.prepare(work, SUITE)
    packages = debian.choose(work, wanted.packages)
    say(f"fetching {len(packages)} packages, {sum(package.size_bytes for package in packages) / 1e6:.0f} MB")
    debian.download(work, packages, wanted.packages, say)
    say("unpacking them, about a minute")
    tree = make_folder(work / "tree")
    with disk_faults(tree):
        debian.unpack(work, packages, tree, say)
        for pattern in wanted.unused:
            for path in tree.glob(pattern):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        make_folder(tree / "inside")
    wanted.finish(tree, make_folder(work / "probe"))
    stamp = {"version": wanted.version, "suite": SUITE, "packages": {each.name: each.version for each in packages}}
    write_json(tree / wanted.stamp, stamp)
    with disk_faults(place):
        tree.rename(place)
    shutil.rmtree(work, ignore_errors=True)
    say(f"{wanted.what} is ready")
    return stamp


def setting(
    tree: Path,
    seen: Mapping[str, Path],
    where: str,
    environment: Mapping[str, str],
    own: tuple[str, ...] = inside.ALL,
) -> inside.Setting:
    """Return the setting of a command that runs in a tree."""
    return inside.Setting(tree=tree, empty=tree / "inside", seen=seen, folder=where, environment=environment, own=own)
