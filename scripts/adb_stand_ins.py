"""STAND-INS, not a phone: the output of `am`, `dumpsys`, `getprop`, `pm`, `pidof` and `content` behind adb on loopback.

scripts/adb_loopback.py runs this under each of these names on the far side of a real adbd. `am` starts a program of
this computer in the app's place, whose command is in /data/local/tmp/stand-in-app.json. Standard library only.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

LABEL = "STAND-IN on a computer, no phone"
TEMPORARY = Path("/data/local/tmp")
APP = TEMPORARY / "stand-in-app.json"  # a list of words, with {bundle}, {job} and {folder} in them
PID = TEMPORARY / "stand-in-app.pid"
LOG = TEMPORARY / "stand-in-app.log"
JOBS = Path("/sdcard/Android/media/dev.pocketseg.harness/jobs")
PROPERTIES = {
    "ro.product.manufacturer": LABEL,
    "ro.product.model": "adbd on loopback",
    "ro.build.version.release": "of no version",
}
DUMPS = {
    "battery": "  level: 100\n  temperature: 250\n",
    "package": "    versionName=stand-in\n",
    "power": "  mWakefulness=Awake\n",
    "window": "    showing=false\n",
}


def am(words: list[str]) -> int:
    """Start the program that stands in for the app, without waiting for it."""
    extras = dict(re.findall(r"--es (\w+) (\w+)", " ".join(words)))
    folder = JOBS / extras["job"]
    folder.mkdir(parents=True)
    names = {"bundle": f"{TEMPORARY}/pocketseg/{extras['bundle']}.zip", "job": extras["job"], "folder": str(folder)}
    command = [word.format(**names) for word in json.loads(APP.read_text())]
    with LOG.open("ab") as log:
        app = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    PID.write_text(f"{app.pid}\n")
    print(f"# {LABEL}\nStarting: Intent {{ cmp=dev.pocketseg.harness/.RunActivity }}\nStatus: ok\nComplete")
    return 0


def dumpsys(words: list[str]) -> int:
    """Print what a cool, unlocked phone would print."""
    print(f"# {LABEL}\n{DUMPS.get(words[0], '')}", end="")
    return 0


def getprop(words: list[str]) -> int:
    """Print a property."""
    print(PROPERTIES.get(words[0], ""))
    return 0


def pm(words: list[str]) -> int:
    """Report that the app is installed."""
    print(f"package:/of/the/stand-in/{words[-1]}.apk")
    return 0


def pidof(words: list[str]) -> int:
    """Print the app's process, while it runs."""
    try:
        state = Path(f"/proc/{int(PID.read_text())}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (OSError, ValueError):
        return 1
    if state == "Z":
        return 1
    print(PID.read_text(), end="")
    return 0


def content(words: list[str]) -> int:
    """Write a file of the app's to stdout, as its provider would."""
    name = words[-1].removeprefix("content://dev.pocketseg.harness.records/")
    sys.stdout.buffer.write((JOBS / name).read_bytes())
    return 0


PROGRAMS = {"am": am, "dumpsys": dumpsys, "getprop": getprop, "pm": pm, "pidof": pidof, "content": content}

if __name__ == "__main__":
    sys.exit(PROGRAMS[os.path.basename(sys.argv[1])](sys.argv[2:]))  # noqa: PTH119
