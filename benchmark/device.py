"""The measuring machine: what latencies depend on, and whether it is quiet. Nothing that identifies its owner."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from benchmark._system import SYSTEM, read_text, sysctl
from benchmark.cpu_features import cpu_features

QUIET_CORES = 0.3
_LOOK_S = 1.0
_GOVERNOR = Path("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
_DMI = Path("sys/class/dmi/id")
_NO_NAMES = {
    "", "none", "unknown", "not specified", "default string", "o.e.m.", "to be filled by o.e.m.",
    "system manufacturer", "system product name",
}  # fmt: skip
_UNKNOWN = {
    "maker": "this system does not say who made it",
    "model": "this system does not say its model",
    "soc": "this system names no system on a chip",
    "cpu": "this system does not name its processor",
    "cpu_features": "this system does not list its processor's features",
    "matrix_tiles": "a measuring process says it, and none did",
}


def device_document(system: Path = SYSTEM) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the record's "device", and the reason for each null, by JSON pointer.

    It contains no serial number, host name, user or address: files with such contents are not opened, and only the
    numbers of the kernel's name are kept. system: the folder that contains /proc and /sys.
    """
    features = cpu_features(system)
    has_tiles = features is not None and "amx_tile" in features
    device = {
        "maker": _maker(system),
        "model": _model(system),
        "soc": _soc(system),
        "cpu": cpu_model(system) or None,
        "cpu_features": features,
        "cores": usable_cores(),
        "memory_bytes": int(psutil.virtual_memory().total),
        "os": _os(),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "matrix_tiles": None if has_tiles else "none",
    }
    return device, {f"/device/{name}": _UNKNOWN[name] for name, value in device.items() if value is None}


def device_facts() -> dict[str, Any]:
    """Return processor, usable cores, memory, system, Python, frequency governor and the cores that are busy now."""
    return {
        "cpu": cpu_model(),
        "machine": platform.machine(),
        "cores": usable_cores(),
        "memory_bytes": int(psutil.virtual_memory().total),
        "os": platform.platform(),
        "python": platform.python_version(),
        "governor": governor(),
        "busy_cores": round(psutil.cpu_percent(interval=_LOOK_S) / 100 * (psutil.cpu_count() or 1), 2),
    }


def noise(device: dict[str, Any]) -> str | None:
    """Return a sentence on what makes latencies doubtful; None on a quiet machine."""
    busy = float(device["busy_cores"])
    if busy <= QUIET_CORES:
        return None
    return f"other work is running ({busy:.2f} cores busy before the measurement); latencies may be high"


def processor(device: Mapping[str, Any]) -> str:
    """Return the name of the processor in a device's facts, and which of its units were not used."""
    tiles = " without its matrix tiles (AMX)" if device.get("matrix_tiles") == "left" else ""
    return f"{device.get('cpu') or 'an unnamed processor'}{tiles}"


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cpu_model(system: Path = SYSTEM) -> str:
    """Return the processor's name."""
    for line in read_text(system / "proc/cpuinfo").splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("model name", "Hardware", "Model"):
            return value.strip()
    if platform.system() == "Darwin":
        return sysctl("-n", "machdep.cpu.brand_string")
    return platform.processor() or platform.machine()


def governor(system: Path = SYSTEM) -> str:
    """Return the name of the frequency governor; empty if the system has none."""
    return read_text(system / _GOVERNOR)


def _maker(system: Path) -> str | None:
    if platform.system() == "Darwin":
        return "Apple"
    return _name(system / _DMI / "sys_vendor")


def _model(system: Path) -> str | None:
    if platform.system() == "Darwin":
        return sysctl("-n", "hw.model") or None
    return _name(system / _DMI / "product_name") or _name(system / "proc/device-tree/model")


def _soc(system: Path) -> str | None:
    """Return the name of the system on a chip, for Apple's computers and for boards whose kernel knows it."""
    if platform.system() == "Darwin":
        return sysctl("-n", "machdep.cpu.brand_string") or None if platform.machine() == "arm64" else None
    chip = system / "sys/devices/soc0"
    parts = (_name(chip / "family"), _name(chip / "soc_id"))
    return " ".join(part for part in parts if part) or None


def _name(path: Path) -> str | None:
    text = read_text(path)
    return None if text.lower() in _NO_NAMES else text


def _os() -> str:
    if platform.system() == "Darwin":
        return f"macOS {platform.mac_ver()[0]}"
    version = re.match(r"[0-9.]*[0-9]", platform.release())  # what follows may be anyone's own
    name = f"{platform.system()} {version.group() if version else ''}".strip()
    try:
        distribution = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except (OSError, AttributeError):
        distribution = ""
    return f"{name} ({distribution})" if distribution else name
