"""Builds the stand-in for Android's C library: what given libraries need of it, from bionic.c or as a jump into glibc.

The libraries name each function with its version, as in `memcpy@LIBC`. The stand-in exports that name, and the linker
binds the plain `memcpy` behind it to glibc's, whose versions have other names. libm, libdl, liblog and libandroid are
empty libraries that need libc.so: the loader asks for them by name, and then finds everything there.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from pocketseg.core.errors import UsageError

SOURCE = Path(__file__).with_name("bionic.c")
EMPTY = ("libm.so", "libdl.so", "liblog.so", "libandroid.so")
VERSIONS = "LIBC { };\nLIBC_N { } LIBC;\n"
_UNVERSIONED = re.compile(r"__android_log_\w+|AAsset\w+")  # bionic's, by names that only Android has
_OWN = re.compile(r"^(?![ /#]).*?\bown_(\w+)(?=[(\[;,])", re.MULTILINE)
_COMPILE_S = 120.0


def build(folder: Path, libraries: Iterable[Path]) -> None:
    """Write libc.so and the empty libraries into folder, for these libraries."""
    for tool in ("gcc", "nm"):
        if shutil.which(tool) is None:
            raise UsageError(f"{tool} is not on this computer.", hint="Install gcc and binutils, and run it again.")
    asked: dict[str, str] = {}
    for library in libraries:
        asked |= asked_of(_run("nm", "-D", "--undefined-only", str(library)))
    versions = folder / "versions.map"
    versions.write_text(VERSIONS, encoding="ascii")
    compiled = folder / "bionic.s"
    _run("gcc", "-O2", "-fPIC", "-S", "-o", str(compiled), str(SOURCE))
    own = own_names(SOURCE.read_text(encoding="utf-8"))
    compiled.write_text(compiled.read_text(encoding="utf-8") + exports(asked, own), encoding="utf-8")
    shared = ("gcc", "-shared", "-Wl,-z,now,-z,noexecstack", f"-Wl,--version-script={versions}")
    libc = folder / "libc.so"
    _run(*shared, "-Wl,-soname,libc.so", "-o", str(libc), str(compiled), "-lm")
    for name in EMPTY:
        _run(*shared, "-nostdlib", f"-Wl,-soname,{name}", "-Wl,--no-as-needed", "-o", str(folder / name), str(libc))
    versions.unlink()
    compiled.unlink()


def asked_of(symbols: str) -> dict[str, str]:
    """Return what a library needs of Android, from nm's list: each name with its version."""
    asked = {}
    for line in symbols.splitlines():
        name, _, version = line.split()[-1].partition("@")
        if version.startswith("LIBC"):
            asked[name] = version
        elif not version and _UNVERSIONED.fullmatch(name):
            asked[name] = "LIBC"
    return asked


def own_names(source: str) -> frozenset[str]:
    """Return the names that bionic.c defines."""
    return frozenset(_OWN.findall(source)) | {"stdin", "stdout", "stderr"}


def exports(asked: Mapping[str, str], own: frozenset[str]) -> str:
    """Return the assembly that exports what is needed; what bionic.c does not define jumps to glibc's function."""
    lines = ["\t.text"]
    for name in sorted(asked.keys() - own):
        lines += [f"\t.globl own_{name}", f"\t.type own_{name},@function", f"own_{name}:\tjmp *{name}@GOTPCREL(%rip)"]
    lines += [f"\t.symver own_{name}, {name}@{version}" for name, version in sorted(asked.items())]
    return "\n".join(lines) + "\n"


def _run(*command: str) -> str:
    ended = subprocess.run(command, capture_output=True, text=True, timeout=_COMPILE_S, check=False)
    if ended.returncode:
        raise UsageError(f"{command[0]} did not do its part of the stand-in: {ended.stderr.strip()[-2000:]}")
    return ended.stdout
