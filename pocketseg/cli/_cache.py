"""The cache folder for commands that keep their work, and what to do where it cannot be used."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pocketseg.core.cache import ELSEWHERE, default_folder
from pocketseg.core.errors import StorageError
from pocketseg.core.files import storage_error


def pass_cache_dir(command: Callable[..., Any]) -> Callable[..., Any]:
    """Pass the cache folder to a command as its first argument; it is looked up only when such a command runs.

    A disk error in that folder names --cache-dir.
    """

    @functools.wraps(command)
    def with_cache(asked: Path | None, /, *args: Any, **options: Any) -> Any:
        folder = asked or default_folder()
        try:
            return command(folder, *args, **options)
        except StorageError as error:
            if error.path is None or not _is_within(error.path, folder):
                raise
            raise _elsewhere(error) from error
        except OSError as error:
            if error.errno is None or not isinstance(error.filename, str) or not _is_within(error.filename, folder):
                raise
            raise _elsewhere(storage_error(error, Path(error.filename))) from error

    return click.pass_obj(with_cache)


def _is_within(path: str | Path, folder: Path) -> bool:
    """Return whether a path is the cache folder, lies in it, or is above it: missing parents are created first."""
    place, cache = Path(path).absolute(), folder.absolute()
    return place.is_relative_to(cache) or cache.is_relative_to(place)


def _elsewhere(error: StorageError) -> StorageError:
    hint = error.hint if "--cache-dir" in error.hint else "\n".join(filter(None, [error.hint, ELSEWHERE]))
    return StorageError(error.message, hint=hint, path=error.path)
