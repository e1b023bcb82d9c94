"""Programs that drive phones and browsers: found by name, and only asked for their version."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pocketseg.api._checkup import Finding, Status

_ANSWER_S = 3.0
_VERSION = re.compile(r"\d+(?:\.\d+)+")
_SDK_VARIABLES = ("ANDROID_HOME", "ANDROID_SDK_ROOT")
_SDK_FOLDERS = {"Darwin": "Library/Android/sdk", "Linux": "Android/Sdk"}  # where Android Studio installs it


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program, or several equivalent ones: their names, how to ask for the version, and what it is needed for."""

    name: str
    commands: tuple[str, ...]
    wanted_for: str
    remedy: str
    arguments: tuple[str, ...] = ()
    system: str = ""  # the only system that has it


PROGRAMS = (
    Program(
        name="adb", commands=("adb",), wanted_for="Android phones",
        remedy="apt install adb, or brew install android-platform-tools",
    ),
    Program(
        name="java", commands=("java",), wanted_for="building the Android app",
        remedy="a JDK, 17 or newer: apt install openjdk-17-jdk-headless, or brew install openjdk@17",
    ),
    Program(
        name="devicectl", commands=("xcrun",), arguments=("devicectl",), system="Darwin", wanted_for="iPhones",
        remedy="Xcode 15 or newer, from the App Store",
    ),
    Program(
        name="node", commands=("node",), wanted_for="building and testing for browsers",
        remedy="apt install nodejs, or brew install node",
    ),
    Program(
        name="browser",
        commands=("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "firefox", "microsoft-edge"),
        wanted_for="running in browsers", remedy="apt install chromium, or brew install --cask chromium",
    ),
)  # fmt: skip


def drives() -> Iterator[Finding]:
    """Yield each program and the Android SDK: found, with its version, or how to get it."""
    with ThreadPoolExecutor(len(PROGRAMS)) as pool:
        found = list(pool.map(_program, PROGRAMS))
    yield from found[:1]
    yield android_sdk(os.environ)
    yield from found[1:]


def android_sdk(environment: Mapping[str, str]) -> Finding:
    """Report the Android SDK that the environment names, else the one where Android Studio installs it."""
    named = [Path(environment[name]) for name in _SDK_VARIABLES if environment.get(name)]
    home = environment.get("HOME", "")
    usual = [Path(home) / _SDK_FOLDERS[system] for system in [platform.system()] if home and system in _SDK_FOLDERS]
    for folder in named or usual:
        if (folder / "platforms").is_dir() or (folder / "platform-tools").is_dir():
            newest = max((p.name for p in (folder / "platforms").glob("android-*")), key=_number, default="no platform")
            return Finding(name="Android SDK", said=f"{newest}, in {folder}")
    return Finding(
        name="Android SDK", status=Status.OPTIONAL, said="for building the Android app",
        remedy="Android Studio, or its command-line tools, with $ANDROID_HOME",
    )  # fmt: skip


def version(command: str, *arguments: str) -> str:
    """Return a program's version; empty where it does not answer in time."""
    try:
        asked = subprocess.run(
            [command, *arguments, "--version"], stdin=subprocess.DEVNULL, capture_output=True, check=False,
            timeout=_ANSWER_S,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    found = _VERSION.search((asked.stdout + b"\n" + asked.stderr).decode("utf-8", "replace"))
    return found.group() if found and asked.returncode == 0 else ""


def _program(program: Program) -> Finding:
    if program.system and program.system != platform.system():
        where = {"Darwin": "a Mac"}.get(program.system, program.system)
        return Finding(name=program.name, status=Status.ELSEWHERE, said=f"{program.wanted_for}: only with {where}")
    said = []
    for command in program.commands:
        if path := shutil.which(command):
            found = version(path, *program.arguments)
            if found or not program.arguments:
                said.append(" ".join(filter(None, [command if len(program.commands) > 1 else "", found or "found"])))
    if said:
        return Finding(name=program.name, said=", ".join(said))
    return Finding(name=program.name, status=Status.OPTIONAL, said=f"for {program.wanted_for}", remedy=program.remedy)


def _number(name: str) -> tuple[int, ...]:
    return tuple(int(digits) for digits in re.findall(r"\d+", name))
