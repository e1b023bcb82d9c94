"""A package's specification version and the systems that have it: they skip from iOS 18 to iOS 26."""

from __future__ import annotations

import pytest

from pocketseg.mlprogram.systems import least_ios, least_systems


@pytest.mark.parametrize(
    ("version", "ios", "systems"),
    [
        (7, 16, "iOS 16, macOS 13"), (8, 17, "iOS 17, macOS 14"), (9, 18, "iOS 18, macOS 15"),
        (10, 26, "iOS 26, macOS 26"), (11, 27, "iOS 27, macOS 27"),
    ],
)  # fmt: skip
def test_a_version_names_its_systems(version: int, ios: int, systems: str) -> None:
    assert (least_ios(version), least_systems(version)) == (ios, systems)


def test_the_converters_versions_are_those_of_its_systems() -> None:
    coremltools = pytest.importorskip("coremltools")
    for ios in (16, 17, 18, 26):
        assert least_ios(getattr(coremltools, f"_SPECIFICATION_VERSION_IOS_{ios}")) == ios
