"""The processor's features that change the speed of inference: vectors, dot products, matrices, half floats."""

from __future__ import annotations

import platform
import re
from pathlib import Path

from benchmark._system import SYSTEM, read_text, sysctl

_X86 = re.compile(r"sse4_1|avx\w*|amx_\w+|fma|f16c")
_ARM = {
    "neon": "neon",
    "asimd": "neon",
    "asimddp": "dotprod",
    "asimdhp": "fp16",
    "i8mm": "i8mm",
    "bf16": "bf16",
    "sve": "sve",
    "sve2": "sve2",
    "sme": "sme",
    "sme2": "sme2",
}  # Linux's names (Documentation/arch/arm64/elf_hwcaps.rst) and Arm's
_APPLE = {
    "neon": "neon",
    "AdvSIMD": "neon",
    "arm.FEAT_DotProd": "dotprod",
    "arm.FEAT_FP16": "fp16",
    "arm.FEAT_I8MM": "i8mm",
    "arm.FEAT_BF16": "bf16",
    "arm.FEAT_SME": "sme",
    "arm.FEAT_SME2": "sme2",
    "avx1_0": "avx",
    "avx2_0": "avx2",
    "avx512f": "avx512f",
    "fma": "fma",
    "f16c": "f16c",
}  # below hw.optional


def cpu_features(system: Path = SYSTEM) -> list[str] | None:
    """Return the names of the features, sorted; None if the system does not list them.

    system: the folder that contains /proc.
    """
    if platform.system() == "Darwin":
        said = sysctl("hw.optional")
        return sorted(of_sysctl(said)) if said else None
    for line in read_text(system / "proc/cpuinfo").splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("flags", "Features"):
            return sorted(of_flags(value.split()))
    return None


def of_flags(flags: list[str]) -> set[str]:
    """Return the features among the flags of /proc/cpuinfo."""
    return {flag for flag in flags if _X86.fullmatch(flag)} | {_ARM[flag] for flag in flags if flag in _ARM}


def of_sysctl(said: str) -> set[str]:
    """Return the features in the output of `sysctl hw.optional`."""
    pairs = (line.removeprefix("hw.optional.").partition(":") for line in said.splitlines())
    return {_APPLE[name] for name, _, value in pairs if name in _APPLE and value.strip() not in ("", "0")}
