"""The machine that measures: what latencies depend on, and whether it is quiet."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

QUIET_CORES = 0.3
_LOOK_S = 1.0
_GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")


def device_facts() -> dict[str, Any]:
    """Collect processor, cores usable, memory, system, Python, frequency governor and the cores at work just now."""
    return {
        "cpu": cpu_model(),
        "machine": platform.machine(),
        "cores": usable_cores(),
        "memory_bytes": int(psutil.virtual_memory().total),
        "os": platform.platform(),
        "python": platform.python_version(),
        "governor": _read(_GOVERNOR),
        "busy_cores": round(psutil.cpu_percent(interval=_LOOK_S) / 100 * (psutil.cpu_count() or 1), 2),
    }


def noise(device: dict[str, Any]) -> str | None:
    """Say in a sentence what makes latencies doubtful, None on a quiet machine."""
    busy = float(device["busy_cores"])
    if busy <= QUIET_CORES:
        return None
    return f"other work is running ({busy:.2f} cores busy before the measurement); latencies may be high"


def processor(device: Mapping[str, Any]) -> str:
    """Name the processor of a device's facts, and what of it was left out."""
    tiles = " without its matrix tiles (AMX)" if device.get("matrix_tiles") == "left" else ""
    return f"{device.get('cpu') or 'an unnamed processor'}{tiles}"


def usable_cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cpu_model() -> str:
    """Give the processor's name."""
    for line in _read(Path("/proc/cpuinfo")).splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("model name", "Hardware", "Model"):
            return value.strip()
    if platform.system() == "Darwin":
        asked = subprocess.run(
            ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True, check=False
        )
        return asked.stdout.strip()
    return platform.processor() or platform.machine()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
