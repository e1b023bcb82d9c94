"""The folder of a run: one training at a time, only its own files, and none left by a training that never began."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pocketseg.core.alone import alone_in
from pocketseg.core.errors import UsageError
from pocketseg.core.files import write_text
from pocketseg.core.outside import parse_json, read_json
from pocketseg.training.run_record import RUN_KEYS

CONFIG = "config.json"
START = "start.safetensors"  # made for this run before it begins
_BEFORE_THE_FIRST_STEP = {CONFIG, "environment.json", "data.json", "initial.json", ".lock"}


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Keep other trainings out of a run's folder until the end of the block; a new folder without a step is removed.

    Of several processes of one training, only the first claims it. Raises UsageError where another training is at
    work, or where the folder holds files but no run.
    """
    if not is_first():
        yield
        return
    if folder.is_dir() and not _holds_run(folder) and (others := [n for n in _files_in(folder) if n != START]):
        raise UsageError(f"{folder} holds other files, e.g. {others[0]}", hint="name a new or empty folder: --out DIR")
    new = not folder.exists()
    with alone_in(folder, who="another training", hint="wait for it, or give another --out"):
        try:
            yield
        finally:
            if new:
                _remove_unbegun(folder)


def is_first() -> bool:
    """Return whether this is the first process of its training; torchrun and Fabric tell the others their numbers."""
    return os.environ.get("RANK" if "LOCAL_WORLD_SIZE" in os.environ else "LOCAL_RANK", "0") == "0"


def check_same_run(folder: Path, config: str) -> None:
    """Refuse to continue in a folder whose run has begun with other settings; otherwise write the settings down."""
    path = folder / CONFIG
    if begun(folder) and path.exists() and (found := path.read_text(encoding="utf-8", errors="replace")) != config:
        raise UsageError(
            f"{folder} holds a run with other settings: {_differing(found, config)}",
            hint="give the same settings to resume it, or another --out",
        )
    if is_first():
        write_text(path, config)


def begun(folder: Path) -> bool:
    """Return whether a run has made a step there."""
    return any((folder / name).exists() for name in ("last.ckpt", "log.csv"))


def _holds_run(folder: Path) -> bool:
    """Return whether a training has begun there; a config.json counts only with a run's settings."""
    if (folder / "last.ckpt").is_file():
        return True
    try:
        config = read_json(folder / CONFIG)
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and all(key in config for key in RUN_KEYS)


def _files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def _remove_unbegun(folder: Path) -> None:
    """Remove a folder with nothing but what is written before the first step."""
    with suppress(OSError):
        found = [path.name for path in folder.iterdir()]
        if set(found) <= _BEFORE_THE_FIRST_STEP:
            for name in found:
                (folder / name).unlink()
            folder.rmdir()


def _differing(found: str, asked: str) -> str:
    """Return the settings in which two configurations differ."""
    try:
        there, now = parse_json(found), parse_json(asked)
        pairs = [
            (name, there[part].get(name), now[part].get(name))
            if isinstance(now[part], dict)
            else (name, there[part], now[part])
            for part in now
            for name in (now[part] if isinstance(now[part], dict) else (part,))
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"its {CONFIG} is from another version"
    return ", ".join(f"{name} {a} there, {b} now" for name, a, b in pairs if a != b)[:400] or "their order"
