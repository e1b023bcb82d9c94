"""Keeps a process from using the matrix tiles of a server's processor (Intel AMX), which no phone has.

Engines that find them run small int8 networks slower than in floats, but results here should carry over to phones.
Linux grants the tiles on request (arch_prctl(ARCH_REQ_XCOMP_PERM), Documentation/arch/x86/xstate.rst in the kernel's
sources). A seccomp filter refuses that one request, and engines use the kernels they have for other processors.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys
from pathlib import Path

_ARCH_PRCTL, _ASK_FOR_TILES = 158, 0x1023
_X86_64 = 0xC000003E  # as the kernel audits calls
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in what a filter sees
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 317, 1
_ALL_THREADS_AND_NO_SLOWER = 1 | 4  # without the second, older kernels turn speculation off


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def leave_tiles() -> str:
    """Keep this process from using the tiles.

    Returns `none` if the processor has none, `left`, or `used` if the system accepts no filter.
    """
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return "none"
    try:
        if "amx_tile" not in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace"):
            return "none"
    except OSError:
        return "none"
    return "left" if refuse_question() else "used"


def refuse_question() -> bool:
    """Make the kernel refuse requests for tiles, on Linux on x86-64; return False if it accepts no filter."""
    steps = (
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 0, 5, _X86_64),
        (_LOAD, 0, 0, _NUMBER),
        (_EQUAL, 0, 3, _ARCH_PRCTL),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_EQUAL, 0, 1, _ASK_FOR_TILES),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    )
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = _Program(length=len(steps), instructions=ctypes.cast(code, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    return bool(libc.syscall(_SECCOMP, _FILTER, _ALL_THREADS_AND_NO_SLOWER, ctypes.byref(program)) == 0)
