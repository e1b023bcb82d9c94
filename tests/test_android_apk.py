"""The APK that `make test-android` built: it passes every check, and each thing spoilt in it is found."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pocketseg.core.errors import DataError
from scripts.android import apk
from scripts.android.archive import write_archive
from scripts.android.check import Finding, check
from scripts.android.maven import HARNESS
from scripts.android.tools import Tools, missing, tools

pytestmark = [pytest.mark.android, pytest.mark.timeout(900)]
LIBRARY = "lib/arm64-v8a/"
Content = dict[str, bytes]


@pytest.fixture(scope="module")
def found() -> Tools:
    if missing():
        pytest.skip(f"NOT VERIFIED: {missing()}")
    if not (HARNESS / "target" / apk.SIGNED).is_file():
        pytest.skip("NOT VERIFIED: no APK has been built here: make android-apk")
    return tools()


@pytest.fixture(scope="module")
def content(found: Tools) -> Content:
    with zipfile.ZipFile(HARNESS / "target" / apk.UNSIGNED) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def _failed(findings: list[Finding]) -> set[str]:
    return {each.check for each in findings if each.faults}


def test_the_signed_apk_passes_every_check(found: Tools) -> None:
    findings = check(found, HARNESS / "target" / apk.SIGNED)
    assert _failed(findings) == set(), [each.faults for each in findings]
    assert any("schemes v2 and v3" in each.said for each in findings)


def _without(name: str) -> Callable[[Content], Content]:
    return lambda content: {each: data for each, data in content.items() if each != name}


def _with(name: str, data: bytes) -> Callable[[Content], Content]:
    return lambda content: content | {name: data}


def _renamed(old: bytes, new: bytes) -> Callable[[Content], Content]:
    assert len(old) == len(new)
    return lambda content: content | {"classes.dex": content["classes.dex"].replace(old, new)}


@pytest.mark.parametrize(
    ("spoil", "check_name"),
    [
        (_with("assets/net.tflite", b"TFL3"), "entries"),
        (_with("lib/x86_64/libextra.so", b"\x7fELF"), "entries"),
        (_without(LIBRARY + "libtensorflowlite_jni.so"), "TensorFlow Lite"),
        (_without(LIBRARY + "libexecutorch.so"), "ExecuTorch"),
        (_without(LIBRARY + "libfbjni.so"), "libraries"),
        (_without("dev/pocketseg/harness/core/schema/record.schema.json"), "schemas"),
        (_with("dev/pocketseg/harness/core/schema/record.schema.json", b"{}"), "schemas"),
        (_renamed(b"Landroid/app/Activity;", b"Landroid/app/Activitz;"), "links"),
        (_renamed(b"\x10getSystemService\0", b"\x10getSystemServicf\0"), "links"),
        (_renamed(b"Ljava/lang/Runnable;", b"Ljava/lang/Runnablf;"), "links"),
    ],
)
def test_what_is_spoilt_in_an_apk_is_found(
    found: Tools, content: Content, tmp_path: Path, spoil: Callable[[Content], Content], check_name: str
) -> None:
    changed = spoil(content)
    assert changed != content
    assert check_name in _failed(check(found, write_archive(tmp_path / "spoilt.apk", changed)))


def test_a_library_that_is_compressed_is_found(found: Tools, content: Content, tmp_path: Path) -> None:
    path = tmp_path / "spoilt.apk"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    assert "places" in _failed(check(found, path))


def test_an_apk_that_was_changed_after_it_was_signed_is_found(found: Tools, tmp_path: Path) -> None:
    data = bytearray((HARNESS / "target" / apk.SIGNED).read_bytes())
    place = data.find(b"\x7fELF")
    data[place + 4096] ^= 1
    path = tmp_path / "spoilt.apk"
    path.write_bytes(data)
    with contextlib.suppress(DataError, zipfile.BadZipFile):  # the zip's own checksum may speak first
        assert "signature" in _failed(check(found, path))
