"""The native libraries of the APK: from which archive each comes, and which runtime has none and why.

A library that two archives have under one name is taken once, and the build ends where the two differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pocketseg.core.errors import DataError
from scripts.android.fetch import sha256_bytes
from scripts.android.tools import Tools

ABI = "arm64-v8a"  # of every phone of the last years; an emulator's x86_64 says nothing of a phone's speed
RUNTIMES = {
    "TensorFlow Lite": ("libtensorflowlite_jni.so",),
    "TensorFlow Lite, GPU": ("libtensorflowlite_gpu_jni.so",),
    "ExecuTorch": ("libexecutorch.so", "libfbjni.so", "libc++_shared.so"),
    "PyTorch Mobile": ("libpytorch_jni_lite.so", "libfbjni.so", "libc++_shared.so"),
    "ONNX Runtime": ("libonnxruntime.so", "libonnxruntime4j_jni.so"),
}
ABSENT: dict[str, str] = {}  # runtime: why an APK of this build has no library of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Native:
    """One library in one archive."""

    name: str
    source: str
    data: bytes


def collect(tools: Tools, harness: Path) -> list[Native]:
    """Return every library for the ABI, from the runtimes' archives as Maven unpacked them and from npm packages."""
    folders = {path.name: path / "jni" / ABI for path in sorted((harness / "runtimes" / "target" / "aar").iterdir())}
    folders |= {folder.name: folder / ABI for folder in tools.libraries}
    return [
        Native(name=path.name, source=source, data=path.read_bytes())
        for source, folder in folders.items()
        for path in sorted(folder.glob("*.so"))
    ]


def merged(found: list[Native]) -> dict[str, bytes]:
    """Return one library a name. Raises DataError where two archives hold different ones: only one can be loaded."""
    chosen: dict[str, Native] = {}
    for each in found:
        first = chosen.setdefault(each.name, each)
        if first.data != each.data:
            raise DataError(
                f"{each.name} comes from {first.source} ({sha256_bytes(first.data)[:12]}) and from {each.source}"
                f" ({sha256_bytes(each.data)[:12]}), and they differ",
                hint="take versions of the runtimes that were built with the same one, or say here which is taken",
            )
    return {name: each.data for name, each in chosen.items()}
