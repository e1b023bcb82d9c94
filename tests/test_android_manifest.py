"""The manifest of the app, as aapt2 shows it: what it may say, and what of it is a fault."""

from __future__ import annotations

import re

import pytest

from pocketseg.core.errors import DataError
from scripts.android.manifest import faults, parse

NAME = "http://schemas.android.com/apk/res/android:name(0x01010003)"
RIGHT = f"""N: android=http://schemas.android.com/apk/res/android (line=2)
  E: manifest (line=2)
    A: http://schemas.android.com/apk/res/android:versionCode(0x0101021b)=1
    A: package="dev.pocketseg.harness" (Raw: "dev.pocketseg.harness")
      E: uses-sdk (line=3)
        A: http://schemas.android.com/apk/res/android:minSdkVersion(0x0101020c)=26
        A: http://schemas.android.com/apk/res/android:targetSdkVersion(0x01010270)=35
      E: uses-permission (line=4)
        A: {NAME}="android.permission.CAMERA" (Raw: "android.permission.CAMERA")
      E: application (line=5)
        A: http://schemas.android.com/apk/res/android:allowBackup(0x01010280)=false
        A: http://schemas.android.com/apk/res/android:extractNativeLibs(0x010104ea)=false
          E: uses-native-library (line=6)
            A: {NAME}="libOpenCL.so" (Raw: "libOpenCL.so")
            A: http://schemas.android.com/apk/res/android:required(0x0101028e)=false
          E: uses-native-library (line=7)
            A: {NAME}="libOpenCL-pixel.so" (Raw: "libOpenCL-pixel.so")
            A: http://schemas.android.com/apk/res/android:required(0x0101028e)=false
          E: uses-native-library (line=8)
            A: {NAME}="libOpenCL-car.so" (Raw: "libOpenCL-car.so")
            A: http://schemas.android.com/apk/res/android:required(0x0101028e)=false
          E: activity (line=9)
            A: {NAME}="dev.pocketseg.harness.screens.BundlesActivity" (Raw: "x")
            A: http://schemas.android.com/apk/res/android:exported(0x01010010)=true
              E: intent-filter (line=10)
                  E: action (line=11)
                    A: {NAME}="android.intent.action.MAIN" (Raw: "android.intent.action.MAIN")
          E: activity (line=12)
            A: {NAME}="dev.pocketseg.harness.RunActivity" (Raw: "x")
            A: http://schemas.android.com/apk/res/android:permission(0x01010006)="android.permission.DUMP" (Raw: "d")
            A: http://schemas.android.com/apk/res/android:exported(0x01010010)=true
          E: activity (line=13)
            A: {NAME}=".TurnActivity" (Raw: "x")
            A: http://schemas.android.com/apk/res/android:exported(0x01010010)=false
            A: http://schemas.android.com/apk/res/android:theme(0x01010000)=@0x7f09000b
            A: http://schemas.android.com/apk/res/android:process(0x01010011)=":turn" (Raw: ":turn")
            A: android:taskAffinity(0x01010012)="dev.pocketseg.harness.turn" (Raw: "t")
            A: http://schemas.android.com/apk/res/android:configChanges(0x0101001f)=0x50007fff
            A: http://schemas.android.com/apk/res/android:noHistory(0x0101022d)=true
          E: provider (line=14)
            A: {NAME}="dev.pocketseg.harness.RecordsProvider" (Raw: "x")
            A: http://schemas.android.com/apk/res/android:exported(0x01010010)=true
            A: http://schemas.android.com/apk/res/android:readPermission(0x01010007)="android.permission.DUMP" (Raw: "")
"""
INTERNET = f'      E: uses-permission (line=4)\n        A: {NAME}="android.permission.INTERNET" (Raw: "i")\n'
SERVICE = f'          E: service (line=6)\n            A: {NAME}="a.Runner" (Raw: "a.Runner")\n'
APPLICATION = "      E: application (line=5)\n"


def test_the_manifest_that_the_app_should_have_is_without_fault() -> None:
    assert faults(parse(RIGHT)) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('package="dev', 'package="com', "the package is com.pocketseg.harness"),
        ("(0x0101020c)=26", "(0x0101020c)=24", "minSdkVersion is 24, not 26"),
        ("(0x01010270)=35", "(0x01010270)=34", "targetSdkVersion is 34, not 35"),
        (APPLICATION, INTERNET + APPLICATION, "android.permission.INTERNET, and may ask for android.permission.CAMERA"),
        (APPLICATION, INTERNET.replace("uses-permission", "uses-permission-sdk-23") + APPLICATION, "INTERNET"),
        ("permission.CAMERA", "permission.READ_MEDIA_IMAGES", "it asks for android.permission.READ_MEDIA_IMAGES"),
        (APPLICATION, APPLICATION + "        A: android:debuggable(0x0101000f)=true\n", "it is debuggable"),
        (APPLICATION, APPLICATION + "        A: android:testOnly(0x01010272)=true\n", "it is testOnly"),
        ("allowBackup(0x01010280)=false", "allowBackup(0x01010280)=true", "backed up"),
        ("extractNativeLibs(0x010104ea)=false", "extractNativeLibs(0x010104ea)=true", "unpacked"),
        ("libOpenCL-car.so", "libOpenCL-bus.so", "cannot open libOpenCL-car.so"),
        ("required(0x0101028e)=false", "required(0x0101028e)=true", "libOpenCL.so is required"),
        ("permission(0x01010006)", "label(0x01010001)", "RunActivity is open to every app"),
        ("readPermission(0x01010007)", "label(0x01010001)", "RecordsProvider is open to every app"),
        ("action.MAIN", "action.RUN", "BundlesActivity is open to every app"),
        ("harness.RunActivity", "harness.RunsActivity", "there is no RunActivity"),
        ('":turn"', '":run"', "TurnActivity has no process of its own"),
        ('"dev.pocketseg.harness.turn"', '"dev.pocketseg.harness"', "TurnActivity has no task of its own"),
        ("taskAffinity(0x01010012)", "label(0x01010001)", "TurnActivity has no task of its own"),
        ("configChanges(0x0101001f)=0x50007fff", "configChanges(0x0101001f)=0x50007f7f", "when the device is turned"),
        ("configChanges(0x0101001f)", "label(0x01010001)", "when the device is turned"),
        ("noHistory(0x0101022d)=true", "noHistory(0x0101022d)=false", "TurnActivity stays when it is left"),
        ("theme(0x01010000)=@0x7f09000b", "label(0x01010001)=@0x7f09000b", "one cannot see through"),
        (APPLICATION, APPLICATION + SERVICE, "a.Runner is a service"),
    ],
)
def test_what_the_manifest_may_not_say_is_a_fault(old: str, new: str, said: str) -> None:
    assert old in RIGHT
    found = faults(parse(RIGHT.replace(old, new, 1)))
    assert any(re.search(re.escape(said), fault) for fault in found), found


def test_the_screen_of_a_job_is_guarded_whatever_its_filters() -> None:
    guard = 'A: http://schemas.android.com/apk/res/android:permission(0x01010006)="android.permission.DUMP" (Raw: "d")'
    action = f'E: action (line=11)\n                    A: {NAME}="android.intent.action.MAIN" (Raw: "m")'
    open_to_all = RIGHT.replace(guard, f"E: intent-filter (line=10)\n                  {action}", 1)
    assert open_to_all != RIGHT
    assert any("RunActivity can be started by every app" in fault for fault in faults(parse(open_to_all)))


def test_a_turn_may_not_share_its_task_with_another_screen() -> None:
    own = (
        'A: http://schemas.android.com/apk/res/android:taskAffinity(0x01010012)="dev.pocketseg.harness.turn" (Raw: "")'
    )
    screen = "          E: activity (line=12)\n"
    shared = RIGHT.replace(screen, f"{screen}            {own}\n", 1)
    assert any("TurnActivity has no task of its own" in fault for fault in faults(parse(shared)))


def test_an_activity_with_a_filter_says_whether_it_is_exported() -> None:
    exported = "            A: http://schemas.android.com/apk/res/android:exported(0x01010010)=true\n"
    assert any("cannot be installed on Android 12" in fault for fault in faults(parse(RIGHT.replace(exported, "", 1))))


def test_what_is_no_manifest_is_refused() -> None:
    for text in ("", "  E: resources (line=1)\n", "error: no such file"):
        with pytest.raises(DataError, match="no manifest"):
            parse(text)
