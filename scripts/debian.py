"""Debian packages that this computer's apt resolves, verifies and downloads, unpacked into a folder.

Root is not needed: apt gets its own lists, archives and (empty) record of what is installed, so the system's are
neither read nor changed; dpkg-deb unpacks, and no maintainer script runs.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from pocketseg.core.errors import DataError
from pocketseg.core.files import make_folder, size_bytes, write_text

KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
ARCHITECTURES = ("amd64", "arm64")
PUBLIC_MIRROR = "http://deb.debian.org/debian"  # apt checks signatures, so plain HTTP is as good
_LISTS_S = 180.0
_DOWNLOAD_S = 1800.0
_UNPACK_S = 600.0
_POLL_S = 0.2
_SAY_EVERY_S = 10.0
# Hooks of the system's apt write outside our folder; its proxies and the like stay.
_SETTINGS = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Invoke;
#clear DPkg::Pre-Install-Pkgs;
#clear DPkg::Post-Invoke;
APT::Sandbox::User "root";
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::http::Timeout "60";
Acquire::https::Timeout "60";
"""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """An archive that apt chose: `file` is its name among the downloads."""

    name: str
    version: str
    file: str
    size_bytes: int


def lacks() -> str:
    """Return, as a sentence, what this computer lacks for Debian's packages; empty where it lacks nothing."""
    for program in ("apt-get", "dpkg-deb", "dpkg"):
        if shutil.which(program) is None:
            return f"there is no `{program}`: this needs Debian, Ubuntu or a derivative"
    if not KEYS.is_file():
        return (
            f"there is no {KEYS}, with which Debian's signatures are verified: apt-get install debian-archive-keyring"
        )
    found = subprocess.run(["dpkg", "--print-architecture"], check=False, capture_output=True, text=True).stdout.strip()
    if found not in ARCHITECTURES:
        return f"this computer's packages are for {found or 'no known machine'}, not for {' or '.join(ARCHITECTURES)}"
    return ""


def mirror() -> str:
    """Return the server of Debian's packages that this computer's apt already uses, else the public one."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    said = subprocess.run(command, check=False, capture_output=True, text=True).stdout.split()
    return next((address for address in said if address.rstrip("/").endswith("/debian")), PUBLIC_MIRROR)


def prepare(folder: Path, suite: str) -> None:
    """Write apt's own configuration into `folder`, and fetch the list of packages. Raises DataError."""
    for name in ("state/lists/partial", "archives/partial", "none/partial"):
        make_folder(folder / name)
    write_text(folder / "state" / "status", "")
    write_text(folder / "apt.conf", _SETTINGS)
    source = {"Types": "deb", "URIs": mirror(), "Suites": suite, "Components": "main", "Targets": "Packages"}
    lines = [f"{key}: {value}" for key, value in {**source, "Signed-By": str(KEYS)}.items()]
    write_text(folder / "debian.sources", "\n".join(lines) + "\n")
    _run([*_apt(folder), "update"], _LISTS_S)


def choose(folder: Path, names: Sequence[str]) -> list[Package]:
    """Return all packages that `names` resolve to, with their dependencies. Raises DataError."""
    nowhere = f"Dir::Cache::archives={folder / 'none'}"  # what is there already would not be listed
    said = _run([*_apt(folder), "-o", nowhere, "--print-uris", "install", *names], _LISTS_S)
    lines = [shlex.split(line) for line in said.splitlines() if line.startswith("'")]
    found = [_package(file, size) for _, file, size, *_ in lines]
    if not found:
        raise DataError(f"apt named no package for {', '.join(names)}", hint=said[-2000:])
    return found


def _package(file: str, size: str) -> Package:
    name, version, _ = file.split("_")
    return Package(name=name, version=unquote(version), file=file, size_bytes=int(size))


def download(folder: Path, packages: Sequence[Package], names: Sequence[str], say: Say) -> None:
    """Fetch the archives; what an earlier try fetched is kept, and only the rest is requested. Raises DataError."""
    total = sum(package.size_bytes for package in packages)
    archives = folder / "archives"
    wanted = {package.file for package in packages}
    for old in archives.glob("*.deb"):
        if old.name not in wanted:
            old.unlink()

    def progress() -> None:
        say(f"fetched {min(size_bytes(archives), total) / 1e6:.0f} of {total / 1e6:.0f} MB")

    _run([*_apt(folder), "--download-only", "install", *names], _DOWNLOAD_S, progress)
    for package in packages:
        path = archives / package.file
        if not path.is_file() or path.stat().st_size != package.size_bytes:
            raise DataError(
                f"apt did not fetch {package.file} completely", hint="run it again to continue where it stopped"
            )


def unpack(folder: Path, packages: Sequence[Package], tree: Path, say: Say) -> None:
    """Unpack the archives into `tree`, base-files first, since its links stand for /bin and /lib. Raises DataError."""
    make_folder(tree)
    order = sorted(packages, key=lambda package: (package.name != "base-files", package.name))
    said = time.monotonic()
    for done, package in enumerate(order):
        _run(["dpkg-deb", "--extract", str(folder / "archives" / package.file), str(tree)], _UNPACK_S)
        if time.monotonic() - said > _SAY_EVERY_S:
            said = time.monotonic()
            say(f"unpacked {done + 1} of {len(order)} packages")


def _apt(folder: Path) -> list[str]:
    """Return the apt-get command with everything that it reads and writes in `folder`, except its network settings."""
    places = {
        "Dir::State": folder / "state", "Dir::State::status": folder / "state" / "status", "Dir::Cache": folder,
        "Dir::Cache::archives": folder / "archives", "Dir::Etc::sourcelist": folder / "debian.sources",
        "Dir::Etc::sourceparts": "/dev/null", "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null", "Debug::NoLocking": "true",
    }  # fmt: skip
    options = [word for key, value in places.items() for word in ("-o", f"{key}={value}")]
    return ["apt-get", "-y", "-q", "-c", str(folder / "apt.conf"), *options]


def _run(command: Sequence[str], limit_s: float, progress: Callable[[], None] | None = None) -> str:
    """Run a program of Debian's to its end, reporting progress from time to time; it ends with us. Raises DataError."""
    began = said = time.monotonic()
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    try:
        while True:
            try:
                output, _ = process.communicate(timeout=_POLL_S)
                break
            except subprocess.TimeoutExpired:
                now = time.monotonic()
                if now - began > limit_s:
                    raise DataError(f"{command[0]} did not end within {limit_s:.0f} s", hint=_AGAIN) from None
                if progress is not None and now - said > _SAY_EVERY_S:
                    said = now
                    progress()
    finally:
        if process.poll() is None:
            process.terminate()  # apt ends its own children
            process.wait()
    if process.returncode != 0:
        raise DataError(f"{command[0]} failed ({process.returncode}): {_reason(output)}", hint=_AGAIN)
    return output


_AGAIN = "run it again to continue where it stopped; it needs the network, and apt's message is above"


def _reason(output: str) -> str:
    """Return the errors in the output of apt or dpkg-deb, or its end."""
    lines = output.strip().splitlines()
    errors = [line for line in lines if line.startswith(("E:", "W:", "Err:", "dpkg-deb:"))]
    return "; ".join(dict.fromkeys(errors or lines))[-1500:] or "no error message"
