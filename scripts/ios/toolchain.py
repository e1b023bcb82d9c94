"""Swift for Linux, from Debian's packages in the cache; and its commands, run on a checkout without network.

This system may be an older Debian, or Ubuntu: the compiler runs in the tree of the packages that it was built for.
"""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pocketseg.core.cache import default_folder
from pocketseg.core.errors import DataError, PocketSegError
from pocketseg.core.files import make_folder, write_text
from scripts import debian, debian_tree, inside
from scripts.debian_tree import Unavailable as Unavailable

VERSION = "6.0.3"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """Swift in the cache; `way` names the program that runs commands."""

    folder: Path
    version: str
    packages: Mapping[str, str]
    way: str


def cache_folder() -> Path:
    """Return where the toolchain is kept: `ios` in the cache that everything else uses."""
    return default_folder() / "ios"


def lacks() -> str:
    """Return, as a sentence, what this computer lacks; empty where it lacks nothing."""
    if sys.platform != "linux":
        return f"this is the toolchain for Linux, and this is {platform.system()}: with Xcode, run `swift test` itself"
    return debian.lacks()


_found: dict[Path, Toolchain] = {}


def ready() -> Toolchain:
    """Return the toolchain, made where it does not exist yet: minutes, 550 MB to fetch. Raises Unavailable."""
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
    wanted = debian_tree.Wanted(
        what=f"Swift {VERSION}", name="swift", version=VERSION, packages=PACKAGES, unused=_UNUSED, stamp=_STAMP,
        needed_bytes=_NEEDED_BYTES, finish=_check,
    )  # fmt: skip
    found = debian_tree.made(base, wanted)
    way, reason = inside.choose(debian_tree.setting(found.folder, {}, "/", {}))
    if not way:
        raise Unavailable(f"Swift cannot run here, where no namespace can be made: {reason}")
    return Toolchain(folder=found.folder, version=VERSION, packages=found.packages, way=way)


def _check(tree: Path, probe: Path) -> None:
    """Check the version, and that a program compiles, links and runs. Raises Unavailable."""
    write_text(probe / "main.swift", _PROBE)
    setting = debian_tree.setting(tree, {PLACE: probe}, PLACE, {"HOME": "/tmp", "PATH": _PATH, "LANG": "C.UTF-8"})
    way, reason = inside.choose(setting)
    if not way:
        raise Unavailable(f"Swift cannot run here, where no namespace can be made: {reason}")
    words = {"swiftc --version": f"Swift version {VERSION} ", "swiftc main.swift -o main": "", "./main": "swift 1 42"}
    for command, expected in words.items():
        done = _ended(inside.WAYS[way](setting, command.split()), command, _CHECK_S, subprocess.PIPE)
        if done.returncode != 0 or expected not in done.stdout:
            said = f"{done.stdout}\n{done.stderr}".strip()[-1500:]
            raise Unavailable(f"Swift {VERSION} was unpacked and does not work: `{command}` said: {said}")


def run(
    command: Sequence[str],
    *,
    checkout: Path,
    folder: str = "ios_harness",
    limit_s: float,
    environment: Mapping[str, str] | None = None,
    writable: Sequence[Path] = (),
) -> subprocess.CompletedProcess[str]:
    """Run a command on a checkout, which is mounted at /pkg; return its output, whatever its exit status.

    There is no network. Raises DataError where it takes longer than `limit_s` (it is then ended with all its children),
    and Unavailable.

    Args:
        folder: where it starts, below the checkout.
        writable: folders that keep their paths.
    """
    return _ended(_words(command, checkout, folder, environment, writable), command[0], limit_s, subprocess.PIPE)


def show(command: Sequence[str], *, checkout: Path, folder: str = "ios_harness", limit_s: float) -> int:
    """Run a command as `run` does, passing its output on as it comes; return its exit status."""
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
    setting = debian_tree.setting(found.folder, seen, f"{PLACE}/{folder}", told)
    return inside.WAYS[found.way](setting, command)


def _ended(
    words: Sequence[str], name: str, limit_s: float, output: int | IO[str] | None
) -> subprocess.CompletedProcess[str]:
    """Run to the end or to the limit; killing the outermost process ends the namespace with everything in it."""
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


def main(arguments: list[str]) -> int:
    """Make the toolchain where it does not exist, and print its path and parts."""
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
