"""Browsers to test the page in: installed ones, else Debian's, unpacked into the cache; root is not needed.

$POCKETSEG_WEB_BROWSERS chooses: `installed` uses only those on this computer, `packages` only Debian's packages.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pocketseg.core.cache import default_folder
from pocketseg.core.errors import PocketSegError, UsageError
from pocketseg.core.files import write_text
from scripts import debian, debian_tree, inside
from scripts.debian_tree import Unavailable as Unavailable
from scripts.debian_tree import Wanted

CHOICE = "POCKETSEG_WEB_BROWSERS"
_AT_LEAST = 115
_TRIAL_S = 60.0
_BASE = ("base-files", "dash", "coreutils", "libc-bin", "fonts-dejavu-core")
_OWN = ("pid", "ipc")  # the network is this computer's: the page lies on it
_UNUSED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info")
_MAC = "/Applications/{0}.app/Contents/MacOS/{1}"
# A screen in memory, and WebKit's driver on it, at the port that is the only argument.
_ON_A_SCREEN = """\
words=$(mktemp -d)
mkfifo "$words/display"
Xvfb -displayfd 3 -screen 0 1400x1000x24 -nolisten tcp 3>"$words/display" >/dev/null 2>&1 &
read -r number <"$words/display"
rm -r "$words"
DISPLAY=:$number GDK_BACKEND=x11 NO_AT_BRIDGE=1 exec WebKitWebDriver --host=local --port="$1"
"""
# What Debian's packages write by scripts when they are installed, of the tree at /made: GTK ends without it.
_INDICES = """\
/usr/lib/*/glib-2.0/glib-compile-schemas /made/usr/share/glib-2.0/schemas
/usr/bin/update-mime-database /made/usr/share/mime
for loaders in /made/usr/lib/*/gdk-pixbuf-2.0/2.10.0; do
  /usr/lib/*/gdk-pixbuf-2.0/gdk-pixbuf-query-loaders >"$loaders/loaders.cache"
done
echo complete
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of browser: its program names where installed, and Debian's packages and program of it."""

    name: str
    programs: tuple[str, ...]
    packages: tuple[str, ...]
    inside: tuple[str, ...]  # the command in the tree
    trial: tuple[str, ...]  # a command in the tree that says something where the browser starts
    needed_bytes: int
    completion: str = "echo complete"  # a script that is run in the new tree, which it sees at /made, to write


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """A browser that runs on this host. `program` takes the browser's
    arguments; WebKit's takes the port of its driver.
    """

    name: str
    program: Path
    version: str
    origin: str


CHROMIUM = Kind(
    name="chromium",
    programs=("chromium", "google-chrome-stable", "google-chrome", _MAC.format("Google Chrome", "Google Chrome")),
    packages=("chromium", *_BASE),
    inside=("/usr/lib/chromium/chromium",),
    trial=("/usr/lib/chromium/chromium", "--version"),
    needed_bytes=2_000_000_000,
)
FIREFOX = Kind(
    name="firefox",
    programs=("firefox-esr", "firefox", _MAC.format("Firefox", "firefox")),
    packages=("firefox-esr", *_BASE),
    inside=("/usr/lib/firefox-esr/firefox-esr",),
    trial=("/usr/lib/firefox-esr/firefox-esr", "--version"),
    needed_bytes=1_500_000_000,
)
WEBKIT = Kind(
    name="webkit",
    programs=("WebKitWebDriver",),
    packages=("webkit2gtk-driver", "xvfb", "xauth", *_BASE),
    inside=("/usr/bin/sh", "-ec", _ON_A_SCREEN, "sh"),
    trial=("/usr/bin/WebKitWebDriver", "--help"),  # which says no version
    needed_bytes=2_000_000_000,
    completion=_INDICES,
)
KINDS = (CHROMIUM, FIREFOX, WEBKIT)


def cache_folder() -> Path:
    """Return where browsers are kept: `web` in the cache that everything else uses."""
    return default_folder() / "web"


def ready(kind: Kind) -> Browser:
    """Return a browser that runs on this host, fetched where none is installed: half a minute. Raises Unavailable."""
    choice = os.environ.get(CHOICE, "")
    if choice not in ("", "installed", "packages"):
        raise UsageError(f"${CHOICE} is {choice!r}", hint="installed, packages, or nothing for whichever is there")
    found = None if choice == "packages" else installed(kind)
    if found is not None:
        return found
    if choice == "installed":
        raise Unavailable(
            f"there is no {kind.name} here: none of {', '.join(kind.programs)} is installed and new enough"
        )
    return packaged(kind)


def installed(kind: Kind) -> Browser | None:
    """Return the browser on this computer, if it starts and is new enough."""
    for name in kind.programs:
        program = shutil.which(name)
        if program is None or (kind is WEBKIT and shutil.which("Xvfb") is None):
            continue
        if kind is WEBKIT:
            if _said([program, "--help"]):
                launcher = _launcher(kind, ["sh", *kind.inside[1:]], "installed")
                return Browser(name=kind.name, program=launcher, version=_debians(kind.packages[0]), origin="installed")
            continue
        found = re.search(r"\b(\d+)(\.\d+)+", _said([program, "--version"]))
        if found and int(found[1]) >= _AT_LEAST:
            return Browser(name=kind.name, program=Path(program), version=found[0], origin="installed")
    return None


def _debians(package: str) -> str:
    """Return the version of an installed Debian package, or a phrase where there is none."""
    return _said(["dpkg-query", "--showformat=${Version}", "--show", package]) or "of unknown version"


def packaged(kind: Kind) -> Browser:
    """Return the browser from Debian's packages, as a program that runs it in their tree. Raises Unavailable."""
    lacks = "this is not Linux" if sys.platform != "linux" else debian.lacks()
    if lacks:
        raise Unavailable(f"there is no {kind.name} here, and Debian's cannot be installed: {lacks}")
    wanted = Wanted(
        what=kind.name, name=kind.name, version=debian_tree.SUITE, packages=kind.packages, unused=_UNUSED,
        stamp="browser.json", needed_bytes=kind.needed_bytes, finish=lambda tree, _: _finish(kind, tree),
    )  # fmt: skip
    try:
        tree = debian_tree.made(cache_folder(), wanted)
        words, version = _words(kind, tree.folder), tree.packages[kind.packages[0]]
    except Unavailable:
        raise
    except PocketSegError as error:
        raise Unavailable(f"{kind.name} cannot be made of packages: {error.message}", hint=error.hint) from error
    origin = f"{len(tree.packages)} packages of Debian's"
    return Browser(name=kind.name, program=_launcher(kind, words, "packaged"), version=version, origin=origin)


def _finish(kind: Kind, tree: Path) -> None:
    """Complete a tree with what the packages' own scripts would write, and check that the program starts in it."""
    write_text(tree / "etc" / "passwd", "root:x:0:0:root:/root:/usr/bin/sh\n")
    write_text(tree / "etc" / "hosts", "127.0.0.1 localhost\n")
    seen = {"/made": tree}
    if not _said(_in_tree(kind, tree, ("/usr/bin/sh", "-ec", kind.completion), seen)).endswith("complete"):
        raise Unavailable(f"{kind.name} was unpacked, and what its packages write when installed could not be written")
    if not _said(_in_tree(kind, tree, kind.trial, seen)):
        raise Unavailable(f"{kind.name} was unpacked and does not start: `{shlex.join(kind.trial)}` said nothing")


def _words(kind: Kind, tree: Path) -> list[str]:
    """Return the command that runs a browser in its tree; profiles and uploads are in /tmp, as outside."""
    return _in_tree(kind, tree, kind.inside, {} if kind is WEBKIT else {"/tmp": Path("/tmp")})


def _in_tree(kind: Kind, tree: Path, command: Sequence[str], seen: Mapping[str, Path]) -> list[str]:
    told = {"HOME": "/tmp", "PATH": "/usr/bin", "LANG": "C.UTF-8"}
    setting = debian_tree.setting(tree, seen, "/tmp", told, _OWN)
    way, reason = inside.choose(setting)
    if not way:
        raise Unavailable(f"{kind.name} cannot run here, where no namespace can be made: {reason}")
    return inside.WAYS[way](setting, command)


def _launcher(kind: Kind, words: Sequence[str], origin: str) -> Path:
    """Write the program that runs it, for callers that want a single path."""
    path = cache_folder() / "bin" / f"{kind.name}-{origin}"
    text = f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n'
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        write_text(path, text)
    path.chmod(0o755)
    return path


def _said(command: Sequence[str]) -> str:
    """Return a program's output, or an empty text where it fails."""
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, errors="replace", timeout=_TRIAL_S,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def main(arguments: list[str]) -> int:
    """Print which browsers are there and where they come from; return 1 where one is not available."""
    if arguments:
        print("usage: python -m scripts.web browsers", file=sys.stderr)
        return 2
    status = 0
    for kind in KINDS:
        try:
            found = ready(kind)
        except PocketSegError as error:
            print(f"error: {error}", file=sys.stderr)
            status = 1
        else:
            print(f"{found.name} {found.version}, {found.origin}: {found.program}")
    return status
