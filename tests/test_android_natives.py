"""The stand-in for Android's C library: libraries find what they ask for under Android's names, bound to glibc's."""

from __future__ import annotations

import ctypes
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.android.natives import stand_in

CALLER = """
#include <dlfcn.h>
#include <stddef.h>
extern long sysconf(int name);
extern size_t strlen(const char *text);
extern int __system_property_get(const char *name, char *value);
extern int *__errno(void);
int cores(void) { return (int)sysconf(0x61); }
int unknown(void) { return (int)sysconf(0x7777) == -1 ? *__errno() : 0; }
int length(const char *text) { return (int)strlen(text); }
int level(void) { char value[92]; return __system_property_get("ro.build.version.sdk", value); }
int is_seen(void) { return dlsym(NULL, "level") != NULL; }
"""
needs_tools = pytest.mark.skipif(
    (platform.system(), platform.machine()) != ("Linux", "x86_64") or not (shutil.which("gcc") and shutil.which("nm")),
    reason="needs gcc and nm on Linux on x86-64",
)


def test_versions_of_android_are_read_and_those_of_others_are_left() -> None:
    symbols = " U memcpy@LIBC\n U __write_chk@LIBC_N\n w __gcov_dump\n U AAsset_close\n U OrtGet@VERS_1.29.0\n"
    assert stand_in.asked_of(symbols) == {"memcpy": "LIBC", "__write_chk": "LIBC_N", "AAsset_close": "LIBC"}


def test_what_differs_is_our_own_and_the_rest_jumps_to_glibc() -> None:
    text = stand_in.exports({"memcpy": "LIBC", "sysconf": "LIBC"}, frozenset({"sysconf"}))
    assert "jmp *memcpy@GOTPCREL(%rip)" in text
    assert "jmp *sysconf" not in text
    assert ".symver own_sysconf, sysconf@LIBC\n" in text


def test_our_own_names_are_those_that_the_source_defines() -> None:
    own = stand_in.own_names(stand_in.SOURCE.read_text(encoding="utf-8"))
    assert {"sysconf", "__sF", "stderr", "__errno", "pthread_sigmask", "dlsym"} <= own
    assert "memcpy" not in own


@needs_tools
def test_a_library_that_asks_for_androids_functions_gets_them_here(tmp_path: Path) -> None:
    """Linked against a libc.so of Android's version, as a phone's library is, then loaded in a process of glibc."""
    library = _library(tmp_path)
    folder = tmp_path / "stand-in"
    folder.mkdir()
    stand_in.build(folder, [library])
    assert sorted(path.name for path in folder.iterdir()) == sorted(["libc.so", *stand_in.EMPTY])
    script = (
        "import ctypes, sys\n"
        "called = ctypes.CDLL(sys.argv[1])\n"
        "print(called.cores(), called.unknown(), called.length(b'four'), called.level(), called.is_seen())\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, str(library)],
        env={"LD_LIBRARY_PATH": str(folder)}, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    cores = ctypes.CDLL(None).sysconf(84)  # glibc's _SC_NPROCESSORS_ONLN, which is 0x61 on Android
    assert ended.stdout.split() == [str(cores), "22", "4", "2", "1"]


def _library(folder: Path) -> Path:
    """Build a library that names its functions by Android's versions, against a stub made for that alone."""
    stub, source, library = folder / "libc.so", folder / "caller.c", folder / "libcaller.so"
    names = ("sysconf", "strlen", "__system_property_get", "__errno", "dlsym")
    (folder / "stub.c").write_text("".join(f"void {name}(void) {{}}\n" for name in names))
    (folder / "v.map").write_text(f"LIBC {{ global: {'; '.join(names)}; }};\n")
    source.write_text(CALLER)
    gcc = ("gcc", "-shared", "-fPIC", "-fno-builtin", "-nostdlib", "-w")
    stubbed = (*gcc, "-Wl,-soname,libc.so", f"-Wl,--version-script={folder / 'v.map'}")
    subprocess.run([*stubbed, "-o", stub, folder / "stub.c"], check=True, timeout=60)
    subprocess.run([*gcc, "-o", library, source, stub], check=True, timeout=60)
    return library
