"""What lies beside the iOS app's sources: Info.plist, the privacy manifest, the assets; and what its screens say."""

from __future__ import annotations

import json
import plistlib
import re
from pathlib import Path

import pytest

from scripts.ios import project

APP = project.APP
HARNESS = APP.parent
SOURCES = sorted((APP / "Sources").glob("*.swift"))
SHIPPED = [*SOURCES, *sorted((HARNESS / "Sources").glob("Harness*/**/*.swift"))]

# Apple's categories of API whose use a privacy manifest must explain, and by which reason this app does.
_ASKED = {
    "NSPrivacyAccessedAPICategoryFileTimestamp": (
        r"\bf?stat\(|\blstat\(|creationDate|modificationDate|contentModificationDateKey|getattrlist",
        {"C617.1", "3B52.1"},  # its own files, and those that a person picked
    ),
    "NSPrivacyAccessedAPICategorySystemBootTime": (
        # Apple lists the first two alone; the others say the same by another name
        r"\bsystemUptime\b|\bmach_absolute_time\b|\bKERN_BOOTTIME\b|\bCLOCK_UPTIME_RAW\b|\bCLOCK_MONOTONIC_RAW\b"
        r"|\buptimeNanoseconds\b",
        {"35F9.1"},  # what passed between two moments in the app; when it was started stays on the device
    ),
    "NSPrivacyAccessedAPICategoryDiskSpace": (
        r"volumeAvailableCapacity|systemFreeSize|volumeTotalCapacity|\bf?statv?fs\(",
        {"E174.1"},  # whether there is room for what is about to be written
    ),
    "NSPrivacyAccessedAPICategoryUserDefaults": (r"\bUserDefaults\b|@AppStorage|@SceneStorage", {"CA92.1"}),
    "NSPrivacyAccessedAPICategoryActiveKeyboards": (r"\bactiveInputModes\b", {"3EC4.1"}),
}


def _code(path: Path) -> str:
    return re.sub(r"//[^\n]*", "", path.read_text(encoding="utf-8"))


def _privacy() -> dict[str, set[str]]:
    said = plistlib.loads((APP / "PrivacyInfo.xcprivacy").read_bytes())
    return {
        each["NSPrivacyAccessedAPIType"]: set(each["NSPrivacyAccessedAPITypeReasons"])
        for each in said["NSPrivacyAccessedAPITypes"]
    }


@pytest.mark.parametrize("category", sorted(_ASKED))
def test_the_privacy_manifest_explains_what_is_used_and_nothing_else(category: str) -> None:
    pattern, reasons = _ASKED[category]
    users = [path.name for path in SHIPPED if re.search(pattern, _code(path))]
    assert _privacy().get(category, set()) == (reasons if users else set()), users


def test_the_privacy_manifest_says_that_nothing_is_collected() -> None:
    said = plistlib.loads((APP / "PrivacyInfo.xcprivacy").read_bytes())
    assert said["NSPrivacyTracking"] is False
    assert said["NSPrivacyTrackingDomains"] == said["NSPrivacyCollectedDataTypes"] == []
    assert set(_privacy()) <= set(_ASKED)


def test_the_app_asks_for_the_camera_alone_and_works_in_front_alone() -> None:
    info = plistlib.loads((APP / "Info.plist").read_bytes())
    asked = {name for name in info if name.endswith("UsageDescription")}
    assert asked == {"NSCameraUsageDescription"}
    assert "UIBackgroundModes" not in info
    assert "NSAppTransportSecurity" not in info


def test_a_bundle_opens_in_place_and_results_can_be_taken_from_the_files_app() -> None:
    info = plistlib.loads((APP / "Info.plist").read_bytes())
    kinds = [kind for each in info["CFBundleDocumentTypes"] for kind in each["LSItemContentTypes"]]
    assert kinds == ["public.zip-archive"]
    assert info["CFBundleDocumentTypes"][0]["LSHandlerRank"] == "Alternate"  # zips are other apps' first
    assert info["UIFileSharingEnabled"] is True
    assert info["LSSupportsOpeningDocumentsInPlace"] is True
    assert info["UIApplicationSceneManifest"]["UIApplicationSupportsMultipleScenes"] is False


def test_no_app_talks_to_a_network() -> None:
    pattern = r"\bURLSession\b|\bNWConnection\b|import Network\b|\bCFSocket|\bsocket\("
    assert [path.name for path in SHIPPED if re.search(pattern, _code(path))] == []


def test_every_asset_is_there_and_every_colour_has_a_dark_one() -> None:
    catalog = APP / "Assets.xcassets"
    for contents in catalog.rglob("Contents.json"):
        said = json.loads(contents.read_text(encoding="utf-8"))
        for image in said.get("images", []):
            assert (contents.parent / image["filename"]).is_file()
        if contents.parent.suffix == ".colorset":
            assert [each.get("appearances", [{}])[0].get("value") for each in said["colors"]] == [None, "dark"]
    named = {name for path in SOURCES for name in re.findall(r'Color\("(\w+)"\)', path.read_text(encoding="utf-8"))}
    assert named
    assert {f"{name}.colorset" for name in named | {"AccentColor"}} == {
        path.name for path in catalog.glob("*.colorset")
    }


def test_the_icon_is_of_the_size_that_is_asked_for_and_not_transparent() -> None:
    from PIL import Image

    with Image.open(APP / "Assets.xcassets" / "AppIcon.appiconset" / "icon.png") as icon:
        assert (icon.size, icon.mode) == ((1024, 1024), "RGB")


def test_colours_of_texts_stand_out_from_their_backgrounds() -> None:
    for contents in (APP / "Assets.xcassets").glob("*.colorset/Contents.json"):
        light, dark = json.loads(contents.read_text(encoding="utf-8"))["colors"]
        for said, back in ((light, 1.0), (dark, _light((0x1C, 0x1C, 0x1E)))):  # a list's row on iOS
            parts = said["color"]["components"]
            front = _light(tuple(int(parts[name], 16) for name in ("red", "green", "blue")))
            assert (max(front, back) + 0.05) / (min(front, back) + 0.05) >= 4.5, contents


def _light(rgb: tuple[int, ...]) -> float:
    """Return the relative luminance of WCAG."""
    parts = [value / 255 for value in rgb]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_stand_in_of_a_module_of_swift_alone_cites_its_page() -> None:
    """Those of Objective-C are held against declarations; these have only their pages."""
    declared = re.compile(r"^\s*(?:@\S+ )*(?:public|nonisolated public|case) ")
    for folder in ("SwiftUI", "PhotosUI"):
        for path in (HARNESS / "Stubs" / folder).glob("*.swift"):
            lines = path.read_text(encoding="utf-8").splitlines()
            for place, line in enumerate(lines):
                if declared.match(line):
                    before = next(
                        each.strip()
                        for each in reversed(lines[:place])
                        if not each.strip().startswith(("@", "// swift-format-ignore"))
                    )
                    assert before.startswith(("// doc: https://developer.apple.com/documentation/", "// harness: ")), (
                        line
                    )
