"""What pocketseg consists of and depends on here: Python, torch, networks, targets, runtimes, disk space."""

from __future__ import annotations

import errno
import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from pocketseg.api._checkup import Finding, Status
from pocketseg.core.cache import ELSEWHERE, KINDS, ROOT, Cache, versions
from pocketseg.core.errors import PocketSegError
from pocketseg.core.folder_registry import literal
from pocketseg.core.installation import complete_environment, in_checkout, python, repair
from pocketseg.core.outside import read_toml

READS = ()  # a checkup is never cached
SCORING = ("numpy", "pillow", "scipy", "torch", "torchmetrics")  # what turns photos into class maps and compares them
LEAST_MEMORY_BYTES = 2 << 30  # for a conversion
LEAST_DISK_BYTES = 2 << 30  # for the quick start's files, with room for a conversion
EXTRAS = {
    "tune": "searching recipes, `pocketseg tune`",
    "tls": "https for phones, `pocketseg serve --tls`",
    "cluster": "sweeps on a Dask cluster, `pocketseg sweep --scheduler`",
    "heic": "iPhones' photos (HEIC)",
    "onnx2tf": "the second route to TFLite, `pocketseg export --converter onnx2tf`",
}
_REQUIREMENT = re.compile(r"([\w.-]+)(==[^\s;]+)?.*?(?:extra == ['\"]([\w-]+)['\"])?")


def installed(cache: Cache | None) -> Iterator[Finding]:
    """Yield Python, torch, memory, the released networks, the cache and the disk that it is on."""
    import models

    yield Finding(name="Python", said=platform.python_version())
    yield _torch()
    yield _memory()
    if names := models.released():
        yield Finding(name="networks", said=f"released: {', '.join(names)}")
    else:
        yield Finding(name="networks", status=Status.MISSING, said="there is no released network", remedy=repair())
    yield from _cache(cache)


def exports() -> Iterator[Finding]:
    """Yield each target and whether its exporter is installed."""
    import export

    of_extras = {name for name, extra, _ in _requirements() if extra}
    optional = of_extras - {name for name, extra, _ in _requirements() if not extra}
    for target in export.targets():
        wanted = [tool for tool in export.facts(target, "TOOLS") if tool not in optional]
        yield _needs(target, wanted)


def runs() -> Iterator[Finding]:
    """Yield each runtime and whether it runs here."""
    from benchmark import runtimes

    for name in runtimes.names():
        runtime = runtimes.runtime(name)
        reason = runtime.refusal()
        if reason is None:
            yield Finding(name=name, said=str(getattr(runtime, "LABEL", "")))
        elif absent(runtimes.tool(name), "torch"):
            yield Finding(name=name, status=Status.MISSING, said=reason, remedy=complete_environment())
        else:
            yield Finding(name=name, status=Status.ELSEWHERE, said=reason)


def scores() -> Iterator[Finding]:
    """Yield whether files can be scored, and which photos are available for it."""
    yield _needs("mIoU and agreement", SCORING)
    try:
        from pocketseg.data.embedded import sample_ids

        count = len(sample_ids("test"))
    except (PocketSegError, ImportError) as error:
        said = f"the embedded photos cannot be read: {str(error).splitlines()[0]}"
        yield Finding(name="photos", status=Status.MISSING, said=said, remedy=repair())
    else:
        yield Finding(name="photos", said=f"{count} embedded test photos")


def extras() -> Iterator[Finding]:
    """Yield what is needed for one purpose only."""
    for extra, what in EXTRAS.items():
        wanted = {name: pin for name, of, pin in _requirements() if of == extra}
        lacks = [f"{name}{wanted[name]}" for name in absent(*wanted)]
        if lacks:
            yield Finding(name=extra, status=Status.OPTIONAL, said=f"for {what}", remedy=_get(extra, lacks))
        else:
            yield Finding(name=extra)


def absent(*distributions: str) -> list[str]:
    """Return those of the distributions that are not installed."""
    return [name for name, version in versions(distributions).items() if version == "absent"]


def _needs(name: str, distributions: Sequence[str]) -> Finding:
    if lacks := absent(*distributions):
        said = f"not installed: {', '.join(lacks)}"
        return Finding(name=name, status=Status.MISSING, said=said, remedy=complete_environment())
    return Finding(name=name)


def _get(extra: str, lacks: list[str]) -> str:
    if extra == "onnx2tf":
        return "make setup-onnx2tf" if in_checkout() else "needs a checkout of the project"
    return f"{python()} -m pip install {' '.join(lacks)}"


def _requirements() -> list[tuple[str, str, str]]:
    """Return what pocketseg requires: the distribution, the extra that needs it (or empty), and its pin.

    In a checkout its own list is read: the installed metadata may come from an earlier version.
    """
    if in_checkout():
        project = read_toml(ROOT / "pyproject.toml")["project"]
        lines = list(project["dependencies"])
        for extra, wanted in project["optional-dependencies"].items():
            lines += [f"{line}; extra == '{extra}'" for line in wanted]
    else:
        try:
            lines = importlib.metadata.requires("pocketseg") or []
        except importlib.metadata.PackageNotFoundError:  # neither a checkout nor installed
            return []
    matches = (_REQUIREMENT.fullmatch(line.strip()) for line in lines)
    return [(match[1], match[3] or "", match[2] or "") for match in matches if match]


def _torch() -> Finding:
    found = versions(["torch"])["torch"]
    if found == "absent":
        return Finding(name="torch", status=Status.MISSING, said="not installed", remedy=complete_environment())
    spec = importlib.util.find_spec("torch")  # not imported: that takes seconds
    cuda = None
    if spec is not None and spec.origin is not None:
        try:
            cuda = literal(Path(spec.origin).with_name("version.py"), "cuda")
        except (OSError, ValueError, SyntaxError):
            cuda = None
    return Finding(name="torch", said=f"{found}, {f'CUDA {cuda} build' if cuda else 'CPU build'}")


def _memory() -> Finding:
    import psutil

    memory = psutil.virtual_memory()
    said = f"{memory.available / 1e9:.1f} of {memory.total / 1e9:.1f} GB free"
    if memory.available >= LEAST_MEMORY_BYTES:
        return Finding(name="memory", said=said)
    remedy = f"close programs: a conversion needs {LEAST_MEMORY_BYTES / 1000000000.0:.0f} GB"
    return Finding(name="memory", status=Status.DOUBT, said=said, remedy=remedy)


def _cache(cache: Cache | None) -> Iterator[Finding]:
    if cache is None:
        yield Finding(name="cache", status=Status.MISSING, said="your home folder cannot be found", remedy=ELSEWHERE)
        return
    whole = cache.folder.absolute()
    there = next(folder for folder in (whole, *whole.parents) if os.path.lexists(folder))
    inside = [folder for kind in KINDS if (folder := cache.folder / kind).is_dir()] if there == whole else []
    if not all(_can_write(folder) for folder in (there, *inside)):
        said = f"{cache.folder} cannot be written"
        yield Finding(name="cache", status=Status.MISSING, said=said, remedy=ELSEWHERE)
        return
    summary = cache.summary().values()
    kept, size = sum(entries for entries, _ in summary), sum(size for _, size in summary)
    yield Finding(name="cache", said=f"{cache.folder}, {kept} results, {size / 1e9:.1f} GB")
    free = shutil.disk_usage(there).free
    said = f"{free / 1e9:.0f} GB free where the cache is"
    if free >= LEAST_DISK_BYTES:
        yield Finding(name="disk", said=said)
    else:
        yield Finding(name="disk", status=Status.MISSING, said=said, remedy=f"free some, or `{cache.cleaning()}`")


def _can_write(folder: Path) -> bool:
    """Return whether a file can be written, by trying.

    Permissions do not tell for the superuser, nor on read-only or kernel file systems. A full disk is another fault.
    """
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
            file.flush()
    except OSError as error:
        return error.errno == errno.ENOSPC
    return True
