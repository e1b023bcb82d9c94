"""npm's packages of web_harness as locked, and their programs, run in that folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pocketseg.core.cache import ROOT, default_folder
from pocketseg.core.errors import DataError
from pocketseg.core.files import disk_faults, sha256_file, write_text
from pocketseg.core.outside import read_json

HARNESS = ROOT / "web_harness"
NODE_AT_LEAST = (20, 19)
_INSTALL_S = 600.0
_STAMP = ".pocketseg-lock"  # in node_modules: of which lock they are


def lacks() -> str:
    """Return, as a sentence, what this computer lacks to build the page; empty where it lacks nothing."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            return f"there is no `{program}`: it comes with Node.js {_version(NODE_AT_LEAST)} or newer, of nodejs.org"
    said = subprocess.run(["node", "--version"], check=False, capture_output=True, text=True).stdout.strip()
    found = tuple(int(part) for part in said.removeprefix("v").split(".")[:2] if part.isdigit())
    if found < NODE_AT_LEAST:
        return f"Node.js {_version(NODE_AT_LEAST)} or newer is needed, and `node` is {said or 'of unknown version'}"
    return ""


def _version(parts: tuple[int, ...]) -> str:
    return ".".join(map(str, parts))


def ready(folder: Path = HARNESS) -> str:
    """Install the locked packages, unless they are there; return how that was done. Raises DataError.

    Install scripts of packages do not run. What was fetched once stays in the cache, and is not requested again. `npm
    ci` would also request a package for Windows, which not every registry has; so `npm install` is used, and its result
    is compared with the lock.
    """
    missing = lacks()
    if missing:
        raise DataError(f"the page cannot be built here: {missing}")
    modules, lock = folder / "node_modules", folder / "package-lock.json"
    wanted = sha256_file(lock)
    stamp = modules / _STAMP
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return "as they were"
    with disk_faults(modules):
        shutil.rmtree(modules, ignore_errors=True)
    cache = default_folder() / "web" / "npm"
    words = ["npm", "install", "--no-save", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"]
    run([*words, f"--cache={cache}"], limit_s=_INSTALL_S, folder=folder)
    found = faults(read_json(lock), read_json(modules / ".package-lock.json"))
    if sha256_file(lock) != wanted:
        found.append(f"npm wrote another {lock.name}")
    if found:
        raise DataError(f"what npm installed is not what {lock.name} says: {'; '.join(found[:8])}")
    write_text(stamp, wanted)
    return "installed anew"


def faults(lock: Any, installed: Any) -> list[str]:
    """Return how what npm installed differs from the lock; optional packages may be absent."""
    locked, there = lock["packages"], installed["packages"]
    found = [f"{name} is not in it" for name in there.keys() - locked.keys()]
    for name, said in locked.items():
        if name not in there:
            continue
        for fact in ("version", "integrity"):
            if there[name].get(fact) != said.get(fact):
                found.append(f"{name} has {fact} {there[name].get(fact)}, but {said.get(fact)} is locked")
    found += [
        f"{name} is not there"
        for name, said in locked.items()
        if name and name not in there and not (said.get("optional") or said.get("peer") or said.get("devOptional"))
    ]
    return sorted(found)


def run(
    command: Sequence[str],
    *,
    limit_s: float,
    folder: Path = HARNESS,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run a program in `folder` with node_modules' programs on the PATH; return its output. Raises DataError.

    A command that takes too long is ended with everything that it started.
    """
    programs = f"{folder / 'node_modules' / '.bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    told = {**os.environ, "PATH": programs, "NO_COLOR": "1", "CI": "1", **(environment or {})}
    try:
        process = subprocess.Popen(
            command, cwd=folder, env=told, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise DataError(f"{command[0]} cannot run: {error}") from error
    try:
        said, _ = process.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        _end(process)
        said, _ = process.communicate()
        message = f"`{' '.join(command[:3])}` took longer than {limit_s:.0f} s and was ended"
        raise DataError(message, hint=said[-4000:]) from None
    except BaseException:
        _end(process)
        raise
    if process.returncode != 0:
        raise DataError(f"`{' '.join(command[:3])}` failed ({process.returncode})", hint=said.strip()[-6000:])
    return said


def _end(process: subprocess.Popen[str]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
