"""Swift for Linux, out of Debian's packages and kept in the cache; and its commands, run on a checkout without network.

Debian's own release may be older, or Ubuntu: the compiler runs in the tree of the packages that it was built for.
"""

from __future__ import annotations

import fcntl
import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pocketseg.core.cache import default_folder
from pocketseg.core.errors import DataError, PocketSegError
from pocketseg.core.files import disk_faults, make_folder, sha256_json, write_json, write_text
from scripts.ios import debian, inside

VERSION = "6.0.3"
SUITE = "trixie"
PACKAGES = (
    "swiftlang", "libc6-dev", "libstdc++-14-dev", "libgcc-14-dev", "binutils", "base-files", "dash", "coreutils",
    "libc-bin",
)  # fmt: skip
PLACE = "/pkg"  # where the checkout lies for Swift: a build stays good when the checkout moves
HOME = f"{PLACE}/ios_harness/.build/home"
_PATH = "/usr/libexec/swift/bin:/usr/bin"
_NEEDED_BYTES = 4_000_000_000  # archives and tree, while it is made
_CHECK_S = 180.0
_STAMP = "toolchain.json"
# Debuggers, editors' servers and texts: a third of the tree, and no build reads them.
_UNUSED = (
    "usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "usr/libexec/swift/bin/clangd",
    "usr/libexec/swift/bin/lldb*", "usr/libexec/swift/bin/repl_swift", "usr/libexec/swift/bin/sourcekit-lsp",
    "usr/libexec/swift/lib/liblldb*", "usr/libexec/swift/lib/libLTO*", "usr/libexec/swift/lib/libsourcekitd*",
)  # fmt: skip
_PROBE = 'import Foundation\nprint("swift", ProcessInfo.processInfo.arguments.count, String(6 * 7))\n'


class Unavailable(DataError):
    """This computer cannot have the toolchain, at least not now; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """Swift as it lies in the cache; `way` names the program that commands are run by."""

    folder: Path
    version: str
    packages: Mapping[str, str]
    way: str


def cache_folder() -> Path:
    """Say where the toolchain is kept: `ios` in the cache that everything else uses."""
    return default_folder() / "ios"


def lacks() -> str:
    """Say in a sentence what this computer lacks; empty where it lacks nothing."""
    if sys.platform != "linux":
        return f"this is the toolchain for Linux, and this is {platform.system()}: with Xcode, run `swift test` itself"
    return debian.lacks()


_found: dict[Path, Toolchain] = {}


def ready() -> Toolchain:
    """Return the toolchain, made where it is not there yet: minutes, 550 MB to fetch. Raises Unavailable."""
    base = cache_folder()
    if base not in _found:
        missing = lacks()
        if missing:
            raise Unavailable(f"there is no Swift toolchain here: {missing}")
        try:
            _found[base] = _ready(base)
        except Unavailable:
            raise
        except PocketSegError as error:
            raise Unavailable(f"the Swift toolchain cannot be made: {error.message}", hint=error.hint) from error
    return _found[base]


def _ready(base: Path) -> Toolchain:
    facts = {"suite": SUITE, "packages": PACKAGES, "unused": _UNUSED, "machine": platform.machine()}
    key = sha256_json(facts)[:12]
    place = base / f"swift-{VERSION}-{key}"
    stamp = _read(place / _STAMP)
    if stamp is None:
        make_folder(base)
        with _alone(base):
            stamp = _read(place / _STAMP) or _make(place, base / f"making-{key}")
            for old in base.glob("swift-*"):
                if old != place:
                    shutil.rmtree(old, ignore_errors=True)
    way, reason = inside.choose(_setting(place, {}, "/", {}))
    if not way:
        raise Unavailable(f"Swift cannot run here, where no namespace can be made: {reason}")
    return Toolchain(folder=place, version=stamp["version"], packages=stamp["packages"], way=way)


@contextmanager
def _alone(base: Path) -> Iterator[None]:
    """Let one process make it, and the others wait for that."""
    with disk_faults(base), (base / "lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _read(stamp: Path) -> dict[str, Any] | None:
    """Return what a whole toolchain says of itself; None where it is not there or not whole."""
    try:
        said = json.loads(stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    good = isinstance(said, dict) and said.get("version") == VERSION and isinstance(said.get("packages"), dict)
    return said if good else None


def _make(place: Path, work: Path) -> dict[str, Any]:
    """Fetch, unpack, check, then name it: a toolchain that bears its name is whole."""
    for leftover in (place, work / "tree"):  # no stamp in it, or half unpacked
        shutil.rmtree(leftover, ignore_errors=True)
    make_folder(work)
    free = shutil.disk_usage(work).free
    if free < _NEEDED_BYTES:
        raise Unavailable(
            f"{work} has {free / 1e9:.1f} GB free, and Swift needs {_NEEDED_BYTES / 1e9:.0f} GB while it is unpacked",
            hint="free some, or set $POCKETSEG_CACHE_DIR to a folder elsewhere",
        )
    say(f"Swift {VERSION} for {work.parent}, once: asking apt for Debian {SUITE}'s packages")
    debian.prepare(work, SUITE)
    packages = debian.choose(work, PACKAGES)
    say(f"fetching {len(packages)} packages, {sum(package.size_bytes for package in packages) / 1e6:.0f} MB")
    debian.download(work, packages, PACKAGES, say)
    say("unpacking them, about a minute")
    made = make_folder(work / "tree")
    with disk_faults(made):
        debian.unpack(work, packages, made, say)
        for pattern in _UNUSED:
            for path in made.glob(pattern):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        make_folder(made / "inside")
    _check(made, work / "probe")
    stamp = {"version": VERSION, "suite": SUITE, "packages": {each.name: each.version for each in packages}}
    write_json(made / _STAMP, stamp)
    with disk_faults(place):
        made.rename(place)
    shutil.rmtree(work, ignore_errors=True)
    say(f"Swift {VERSION} is ready")
    return stamp


def _check(tree: Path, probe: Path) -> None:
    """Assert the version, and that a program compiles, links and runs. Raises Unavailable."""
    write_text(make_folder(probe) / "main.swift", _PROBE)
    setting = _setting(tree, {PLACE: probe}, PLACE, {"HOME": "/tmp", "PATH": _PATH, "LANG": "C.UTF-8"})
    way, reason = inside.choose(setting)
    if not way:
        raise Unavailable(f"Swift cannot run here, where no namespace can be made: {reason}")
    words = {"swiftc --version": f"Swift version {VERSION} ", "swiftc main.swift -o main": "", "./main": "swift 1 42"}
    for command, expected in words.items():
        done = _ended(inside.WAYS[way](setting, command.split()), command, _CHECK_S, subprocess.PIPE)
        if done.returncode != 0 or expected not in done.stdout:
            said = f"{done.stdout}\n{done.stderr}".strip()[-1500:]
            raise Unavailable(f"Swift {VERSION} was unpacked and does not work: `{command}` said: {said}")


def _setting(folder: Path, seen: Mapping[str, Path], where: str, environment: Mapping[str, str]) -> inside.Setting:
    return inside.Setting(tree=folder, empty=folder / "inside", seen=seen, folder=where, environment=environment)


def run(
    command: Sequence[str],
    *,
    checkout: Path,
    folder: str = "ios_harness",
    limit_s: float,
    environment: Mapping[str, str] | None = None,
    writable: Sequence[Path] = (),
) -> subprocess.CompletedProcess[str]:
    """Run a command on a checkout, which lies at /pkg in there; return what it said, whatever its exit status.

    `folder` is where it starts, below the checkout; `writable` folders lie where they do outside. There is no network.
    Raises DataError where it takes longer than `limit_s` (it is ended then, with all its children), and Unavailable.
    """
    return _ended(_words(command, checkout, folder, environment, writable), command[0], limit_s, subprocess.PIPE)


def show(command: Sequence[str], *, checkout: Path, folder: str = "ios_harness", limit_s: float) -> int:
    """Run a command as `run` does, its output passed on as it comes; return its exit status."""
    return _ended(_words(command, checkout, folder, None, ()), command[0], limit_s, None).returncode


def _words(
    command: Sequence[str],
    checkout: Path,
    folder: str,
    environment: Mapping[str, str] | None,
    writable: Sequence[Path],
) -> list[str]:
    found = ready()
    make_folder(checkout / "ios_harness" / ".build" / "home")
    seen = {PLACE: checkout.resolve(), **{str(path.absolute()): path.resolve() for path in writable}}
    told = {"HOME": HOME, "PATH": _PATH, "LANG": "C.UTF-8", **(environment or {})}
    setting = _setting(found.folder, seen, f"{PLACE}/{folder}", told)
    return inside.WAYS[found.way](setting, command)


def _ended(
    words: Sequence[str], name: str, limit_s: float, output: int | IO[str] | None
) -> subprocess.CompletedProcess[str]:
    """Run to the end or to the limit; killing the outermost process ends the namespace, and all that is in it."""
    try:
        return subprocess.run(
            words, check=False, stdin=subprocess.DEVNULL, stdout=output, stderr=output, text=True, errors="replace",
            timeout=limit_s,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        said = "".join(part.decode(errors="replace") for part in (error.stdout, error.stderr) if part)
        raise DataError(f"{name} took longer than {limit_s:.0f} s and was ended", hint=said[-2000:]) from None
    except OSError as error:
        raise DataError(f"{words[0]} cannot run: {error}") from error


def say(text: str) -> None:
    """Print progress where it does not mix with what a command prints."""
    print(f"toolchain: {text}", file=sys.stderr, flush=True)


def main(arguments: list[str]) -> int:
    """Make it where it is not there, and print where it is and what it is made of."""
    if arguments:
        print("usage: python -m scripts.ios toolchain", file=sys.stderr)
        return 2
    try:
        found = ready()
    except Unavailable as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    print(f"{found.folder}\nSwift {found.version}, {len(found.packages)} packages, run by {found.way}")
    return 0
