"""Puts the runtimes' WebAssembly beside the page, from pinned npm packages, without npm.

`python -m scripts.web runtimes`, which is `make setup-web`; building the wheel does the same into the wheel. The pins
are in pocketseg/web/runtimes.json: of each package that is fetched, and of each file that is taken from it.
"""

from __future__ import annotations

import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

from pocketseg.core.errors import DataError, PocketSegError
from pocketseg.core.files import copy_file, sha256_file, write_bytes
from pocketseg.web.page import RUNTIMES, Archive, registry, runtimes
from scripts.android.fetch import Pinned, fetch, sha256_bytes
from scripts.android.tools import npm_registries

Say = Callable[[str], None]


def put(folder: Path, downloads: Path, say: Say, *, servers: list[str] | None = None) -> None:
    """Put the runtimes' files into `folder`: copied from this checkout where it has them, else fetched.

    Raises DataError, StorageError.

    Args:
        downloads: where a package is kept until its files are taken; an interrupted fetch is resumed there.
        servers: npm registries to ask, in this order; None: this computer's, and the public one.
    """
    for archive in runtimes():
        if all(_is_there(folder, archive, name) for name in archive.names):
            continue
        if folder != RUNTIMES and all(_is_there(RUNTIMES, archive, name) for name in archive.names):
            for name in archive.names:
                copy_file(RUNTIMES / archive.folder / name, folder / archive.folder / name)
            continue
        say(f"fetching {archive.package} {archive.version} ({archive.size_bytes / 1e6:.0f} MB)")
        asked = Pinned(file=archive.file, size_bytes=archive.size_bytes, sha256=archive.sha256)
        path = fetch(asked, npm_registries(registry()) if servers is None else servers, downloads)
        _take(path, archive, folder)
        path.unlink()


def _is_there(folder: Path, archive: Archive, name: str) -> bool:
    path = folder / archive.folder / name
    return path.is_file() and sha256_file(path) == archive.files[name].sha256


def _take(path: Path, archive: Archive, folder: Path) -> None:
    """Write the requested files of an npm package. Raises DataError where one differs from its pin."""
    with tarfile.open(path) as opened:
        for name, pinned in archive.files.items():
            stream = opened.extractfile(pinned.member)
            data = b"" if stream is None else stream.read(pinned.size_bytes + 1)
            if sha256_bytes(data) != pinned.sha256:
                raise DataError(f"{pinned.member} in {path.name} is not the one that is pinned")
            write_bytes(folder / archive.folder / name, data)


def main(arguments: list[str]) -> int:
    """Put the runtimes into the checkout; return the exit code."""
    from pocketseg.core.cache import default_folder

    if arguments:
        print("python -m scripts.web runtimes takes no arguments", file=sys.stderr)
        return 2
    try:
        put(RUNTIMES, default_folder() / "web", print)
    except PocketSegError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    print(f"the runtimes are in {RUNTIMES}")
    return 0
