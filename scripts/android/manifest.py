"""The manifest as it is in the APK, read back by aapt2, and the rules for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pocketseg.core.errors import DataError
from scripts.android.tools import Tools, run

PACKAGE = "dev.pocketseg.harness"
LEVELS = {"minSdkVersion": "26", "targetSdkVersion": "35"}
PERMISSIONS = ("android.permission.CAMERA",)
DUMP = "android.permission.DUMP"  # which the shell and the system have, and no app can get
NATIVE_LIBRARIES = ("libOpenCL.so", "libOpenCL-pixel.so", "libOpenCL-car.so")
CONFIGURATION = 0x50007FFF  # ActivityInfo.CONFIG_*: all that Android 12 knows of
_LINE = re.compile(r"^( *)(E|A): (.*)$")
_ATTRIBUTE = re.compile(r'^(?:[^"=]*:)?(\w+)(?:\(0x[0-9a-f]+\))?=(?:"(.*)" \(Raw: ".*"\)|(\S+).*)$')
_COMPONENTS = ("activity", "activity-alias", "service", "receiver", "provider")


@dataclass(slots=True, kw_only=True)
class Element:
    """An element of the manifest; attributes without their namespace."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)

    def all(self, *names: str) -> Iterator[Element]:
        """Yield the elements below, at any depth, that have one of the names."""
        for child in self.children:
            if child.name in names:
                yield child
            yield from child.all(*names)

    def component(self) -> str:
        """Return the class that the element names; a name with a leading dot, or without any, is in the package."""
        name = self.attributes.get("name", "")
        return PACKAGE + name if name.startswith(".") else name if "." in name else f"{PACKAGE}.{name}"

    def names(self, kind: str) -> list[str]:
        """Return the names of elements of a kind."""
        return [each.attributes.get("name", "") for each in self.all(kind)]


def read_manifest(tools: Tools, apk: Path) -> Element:
    """Return the manifest of an APK. Raises DataError."""
    return parse(run([tools.aapt2, "dump", "xmltree", "--file", "AndroidManifest.xml", apk]))


def parse(text: str) -> Element:
    """Return the manifest in the output of `aapt2 dump xmltree`. Raises DataError where there is none."""
    root = Element(name="")
    open_elements = [(-1, root)]
    for line in text.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        indent, kind, said = len(found[1]), found[2], found[3]
        while open_elements[-1][0] >= indent:
            open_elements.pop()
        above = open_elements[-1][1]
        if kind == "E":
            element = Element(name=said.split(" ")[0])
            above.children.append(element)
            open_elements.append((indent, element))
        elif attribute := _ATTRIBUTE.match(said):
            above.attributes[attribute[1]] = attribute[2] if attribute[3] is None else attribute[3]
    if [child.name for child in root.children] != ["manifest"]:
        raise DataError("aapt2 shows no manifest")
    return root.children[0]


def faults(manifest: Element) -> list[str]:
    """Return, as sentences, what the manifest says that it must not, or leaves out."""
    found = []
    if manifest.attributes.get("package") != PACKAGE:
        found.append(f"the package is {manifest.attributes.get('package')}, not {PACKAGE}")
    levels = next(manifest.all("uses-sdk"), Element(name="uses-sdk")).attributes
    found += [
        f"{name} is {levels.get(name)}, not {value}" for name, value in LEVELS.items() if levels.get(name) != value
    ]
    permissions = [*manifest.names("uses-permission"), *manifest.names("uses-permission-sdk-23")]
    if sorted(permissions) != sorted(PERMISSIONS):
        found.append(
            f"it asks for {', '.join(permissions) or 'no permission'}, and may ask for {', '.join(PERMISSIONS)}"
        )
    application = next(manifest.all("application"), Element(name="application")).attributes
    found += [f"it is {name}" for name in ("debuggable", "testOnly") if application.get(name, "false") != "false"]
    if application.get("allowBackup") != "false":
        found.append("its results may be backed up elsewhere: allowBackup is not false")
    if application.get("extractNativeLibs") != "false":
        found.append("its libraries would be unpacked: extractNativeLibs is not false")
    missing = [name for name in NATIVE_LIBRARIES if name not in manifest.names("uses-native-library")]
    if missing:
        found.append(f"the GPU delegate cannot open {', '.join(missing)}: no uses-native-library")
    found += [
        f"{each.attributes.get('name')} is required: a phone without it cannot install the app"
        for each in manifest.all("uses-native-library")
        if each.attributes.get("required") != "false"
    ]
    return found + _component_faults(manifest)


def _component_faults(manifest: Element) -> list[str]:
    """Return which components are open to apps that must not use them."""
    found = []
    components = {each.component(): each for each in manifest.all(*_COMPONENTS)}
    for name in ("RunActivity", "TurnActivity", "RecordsProvider"):
        if f"{PACKAGE}.{name}" not in components:
            found.append(f"there is no {name}")
    for name, each in components.items():
        said = each.attributes
        if each.name in ("service", "receiver"):
            found.append(f"{name} is a {each.name}: what is measured runs in an activity that is seen")
        if said.get("exported") == "true" and not _is_guarded(each):
            found.append(f"{name} is open to every app")
        if each.name != "provider" and list(each.all("intent-filter")) and "exported" not in said:
            found.append(f"{name} does not say whether it is exported, so it cannot be installed on Android 12")
    if (job := components.get(f"{PACKAGE}.RunActivity")) is not None and job.attributes.get("permission") != DUMP:
        found.append("RunActivity can be started by every app, whatever its filters: its permission is not DUMP")
    if (turn := components.get(f"{PACKAGE}.TurnActivity")) is not None:
        found += _turn_faults(turn, [each for each in components.values() if each is not turn])
    return found


def _turn_faults(turn: Element, others: list[Element]) -> list[str]:
    """Return what in the activity of a turn would end or hide that of the job, or outlast its launch."""
    said = turn.attributes
    found = []
    if said.get("process") != ":turn":
        found.append("TurnActivity has no process of its own")
    tasks = {each.attributes.get("taskAffinity", PACKAGE) for each in others if each.name == "activity"}
    if said.get("taskAffinity", PACKAGE) in {PACKAGE, *tasks}:
        found.append("TurnActivity has no task of its own: Android ends the job's screen with one that crashes")
    if "theme" not in said:
        found.append("TurnActivity has the theme of the others, which one cannot see through")
    if said.get("noHistory") != "true":
        found.append("TurnActivity stays when it is left: noHistory is not true")
    if not _is_all_of(said.get("configChanges", "0"), CONFIGURATION):
        found.append("TurnActivity is made anew when the device is turned: configChanges leaves something out")
    return found


def _is_all_of(number: str, flags: int) -> bool:
    """Return whether a number printed by aapt2 has all of the flags."""
    try:
        return int(number, 0) & flags == flags
    except ValueError:
        return False


def _is_guarded(component: Element) -> bool:
    said = component.attributes
    if component.name == "provider":
        return said.get("readPermission", said.get("permission")) == DUMP and said.get("writePermission", DUMP) == DUMP
    opens = {"android.intent.action.MAIN", "android.intent.action.VIEW", "android.intent.action.SEND"}
    filters = list(component.all("intent-filter"))
    is_for_people = bool(filters) and all(set(each.names("action")) <= opens for each in filters)
    return said.get("permission") == DUMP or is_for_people
