"""Checks of an APK before anybody installs it, made on the file itself and not on what it was made from."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError
from scripts.android import archive, manifest
from scripts.android.classes import Lookup, Type, missing_parents, unresolved
from scripts.android.classfile import jar_lookup
from scripts.android.dex import Dex
from scripts.android.elf import MACHINES, Library, read_library
from scripts.android.libraries import ABI, ABSENT, RUNTIMES
from scripts.android.maven import HARNESS, ClassPath, class_path
from scripts.android.poms import properties
from scripts.android.signature import read_signature
from scripts.android.tools import Tools, run

_ALLOWED = ("AndroidManifest.xml", "resources.arsc")
_SCHEMAS = "dev/pocketseg/harness/core/schema/"
_LIBRARY = f"lib/{ABI}/"
_SIGNATURE = ("META-INF/",)
_DEX = re.compile(r"classes\d*\.dex")
_BOUND = ("org/tensorflow/lite/", "org/pytorch/", "org/pytorch/executorch/", "ai/onnxruntime/", "com/facebook/jni/")
_MAY_BE_BOUND = ("com/facebook/soloader/",)
_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of one check: faults, none where it passed, and what was checked."""

    check: str
    said: str
    faults: tuple[str, ...] = ()


def check(tools: Tools, apk: Path, harness: Path = HARNESS) -> list[Finding]:
    """Check an APK, signed or not. Raises DataError where it cannot be read at all."""
    with zipfile.ZipFile(apk) as opened:
        content = {name: opened.read(name) for name in opened.namelist()}
    libraries = {
        name.removeprefix(_LIBRARY): read_library(data) for name, data in content.items() if name.startswith(_LIBRARY)
    }
    files = [Dex(data) for name, data in sorted(content.items()) if name.endswith(".dex")]
    named = manifest.read_manifest(tools, apk)
    return [
        _entries(content),
        _places(apk),
        _links(files, class_path(harness), harness),
        _java_names(files, libraries),
        _telemetry(files),
        *_natives(libraries),
        _schemas(content),
        _manifest(named, files),
        _signed(tools, apk, content),
    ]


def _entries(content: dict[str, bytes]) -> Finding:
    """Check that an archive holds only what an app consists of."""
    own = ("res/", _LIBRARY, _SCHEMAS, *_SIGNATURE)
    strange = [
        name for name in content if name not in _ALLOWED and not name.startswith(own) and not _DEX.fullmatch(name)
    ]
    size = sum(map(len, content.values()))
    return Finding(
        check="entries",
        said=f"{len(content)} entries, {size / 1e6:.1f} MB unpacked, no artifact among them",
        faults=tuple(f"{name} has no business in an APK" for name in strange),
    )


def _places(apk: Path) -> Finding:
    found = []
    counted = 0
    for entry in archive.entries(apk):
        alignment = archive.stored_alignment(entry.name)
        if not alignment:
            continue
        counted += 1
        if not entry.is_stored:
            found.append(f"{entry.name} is compressed, so Android cannot map it")
        if entry.offset % alignment:
            found.append(f"{entry.name} lies at {entry.offset}, no multiple of {alignment}")
    return Finding(
        check="places",
        said=f"{counted} entries stored: libraries at multiples of 16 KB, resources.arsc at one of 4",
        faults=tuple(found),
    )


def linked(files: list[Dex], android: Lookup, java: dict[str, Type]) -> tuple[list[str], int, int]:
    """Return what the byte code refers to that neither it nor Android has, and how many types and members it
    refers to.
    """
    own = {each.name: each for file in files for each in file.classes}

    def lookup(name: str) -> Type | None:
        return own.get(name) or android(name) or java.get(name)

    faults: list[str] = []
    types: set[str] = set()
    members: set[tuple[str, str]] = set()
    for file in files:
        references = file.references()
        faults += unresolved(references, lookup)
        types |= references.types
        members |= references.members
    return sorted({*faults, *missing_parents(own.values(), lookup)}), len(types), len(members)


def _links(files: list[Dex], classes: ClassPath, harness: Path) -> Finding:
    """Check that every class and member that is referenced exists in the byte code, in Android 15 or in Java
    of API 26.
    """
    known = properties(harness)
    repository = classes.android.parents[4]
    name, version = known["android.signature.artifact"], known["android.signature.version"]
    signature = repository / "com/toasttab/android" / name / version / f"{name}-{version}.signature"
    java = {each: kind for each, kind in read_signature(signature).items() if each.startswith(("java/", "javax/"))}
    faults, types, members = linked(files, jar_lookup([classes.android]), java)
    return Finding(
        check="links",
        said=f"{types} types and {members} members resolve in the dex, {classes.android.name} or Java of API 26",
        faults=tuple(faults),
    )


def _java_names(files: list[Dex], libraries: dict[str, Library]) -> Finding:
    """Check that native methods keep the names by which libraries look for them."""
    symbols = {symbol for library in libraries.values() for symbol in library.defined}
    native = [(each.name, method) for file in files for each in file.classes for method in sorted(each.native)]
    bound = sum(any(symbol.startswith(_symbol(name, method)) for symbol in symbols) for name, method in native)
    kept = {name for name, _ in native}
    lost = [
        f"no native method of {package} is left" for package in _BOUND if not any(n.startswith(package) for n in kept)
    ]
    lost += [f"{name} was renamed" for name in sorted(kept) if not name.startswith((*_BOUND, *_MAY_BE_BOUND))]
    return Finding(
        check="native methods",
        said=f"{len(native)} kept by name; {bound} are exported by a library here, others are registered when it loads",
        faults=tuple(lost),
    )


def _telemetry(files: list[Dex]) -> Finding:
    """Check that no class is there that reports over the network, as in ONNX Runtime's Android archive."""
    own = [each.name for file in files for each in file.classes]
    return Finding(
        check="telemetry",
        said="no class that reports to anybody",
        faults=tuple(name for name in own if "/telemetry/" in name.lower()),
    )


def _symbol(owner: str, method: str) -> str:
    name = method.split("(")[0]
    return f"Java_{_mangled(owner)}_{_mangled(name)}"


def _mangled(text: str) -> str:
    return text.replace("_", "_1").replace("/", "_").replace("$", "_00024")


def _natives(libraries: dict[str, Library]) -> Iterator[Finding]:
    """Check that each runtime's libraries are there, or listed as absent, and find what they need in one another."""
    for runtime, names in RUNTIMES.items():
        missing = [name for name in names if name not in libraries]
        if missing and runtime in ABSENT:
            yield Finding(check=runtime, said=f"ABSENT for {ABI}: {ABSENT[runtime]}")
            continue
        said = "; ".join(f"{name} {_pages(libraries[name])}" for name in names if name in libraries)
        yield Finding(check=runtime, said=f"{ABI}: {said}", faults=tuple(f"{name} is not there" for name in missing))
    known = {name for names in RUNTIMES.values() for name in names}
    faults = [f"{name} belongs to no runtime" for name in libraries if name not in known]
    for name, library in libraries.items():
        given = {s for needed in library.needed if needed in libraries for s in libraries[needed].defined}
        lacks = sorted(symbol for symbol in library.wanted - given if symbol.startswith("_Z"))
        if lacks:
            faults.append(f"{name} wants {', '.join(lacks[:3])} of a library that is not here")
        if library.machine != MACHINES[ABI]:
            faults.append(f"{name} is for another processor")
        if (library.android_level or 0) > int(manifest.LEVELS["minSdkVersion"]):
            faults.append(f"{name} was built for API {library.android_level}")
    yield Finding(
        check="libraries",
        said=f"{len(libraries)} for {ABI} alone; each finds its C++ names in another one here",
        faults=tuple(faults),
    )


def _pages(library: Library) -> str:
    return "(16 KB pages)" if library.fits_16_kb_pages else f"({min(library.load_alignments) // 1024} KB pages alone)"


def _schemas(content: dict[str, bytes]) -> Finding:
    wanted = {path.name: path.read_bytes() for path in sorted((ROOT / "conformance" / "schema").glob("*.json"))}
    faults = [
        f"{name} differs, or is not there" for name, data in wanted.items() if content.get(_SCHEMAS + name) != data
    ]
    return Finding(check="schemas", said=f"{len(wanted)}, as conformance/schema has them", faults=tuple(faults))


def _manifest(named: manifest.Element, files: list[Dex]) -> Finding:
    classes = {each.name for file in files for each in file.classes}
    components = [
        each.component() for each in named.all("activity", "provider", "application") if "name" in each.attributes
    ]
    lost = [f"{name} is in no dex" for name in components if name.replace(".", "/") not in classes]
    levels = ", ".join(f"{name} {value}" for name, value in manifest.LEVELS.items())
    return Finding(
        check="manifest",
        said=f"{manifest.PACKAGE}, {levels}, asks for {', '.join(named.names('uses-permission')) or 'nothing'}",
        faults=(*manifest.faults(named), *lost),
    )


def _signed(tools: Tools, apk: Path, content: dict[str, bytes]) -> Finding:
    try:
        said = run([*tools.signer, "verify", "--verbose", "--min-sdk-version", manifest.LEVELS["minSdkVersion"], apk])
    except DataError as error:
        if apk.read_bytes().rfind(b"APK Sig Block 42") < 0:
            return Finding(check="signature", said="none: this is the unsigned archive")
        return Finding(check="signature", said="", faults=(error.hint or error.message,))
    schemes = re.findall(r"^Verified using (v[\d.]+) scheme .*: true$", said, re.MULTILINE)
    return Finding(check="signature", said=f"verified, schemes {' and '.join(schemes)}, by a throw-away key")


def lines(findings: list[Finding]) -> Iterator[str]:
    """Yield a line for each check and, below it, its faults."""
    width = max(len(each.check) for each in findings)
    for each in findings:
        yield f"{'FAILED' if each.faults else 'ok':6}  {each.check:{width}}  {each.said}"
        yield from (f"        {fault}" for fault in each.faults[:_SHOWN])
        if len(each.faults) > _SHOWN:
            yield f"        and {len(each.faults) - _SHOWN} more"
