"""The Xcode project: what its writer writes, read alike by two parsers; it builds every source that lies there."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError
from scripts.ios import graph, openstep, parsers, project, scheme, xcode

APP = project.APP


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The project as objects, as its writer has them before they are written."""
    made = xcode.build(APP)
    return {"objects": made.objects, "rootObject": made.root}


def _of_kind(document: Mapping[str, Any], kind: str) -> list[tuple[str, dict[str, Any]]]:
    return [(key, found) for key, found in document["objects"].items() if found["isa"] == kind]


def test_the_committed_project_is_what_its_writer_writes() -> None:
    assert project.stale() == [], "run `python -m scripts.ios project`"


def test_the_project_hangs_together(document: dict[str, Any]) -> None:
    assert graph.faults(document, APP) == []


def test_ids_are_the_same_each_time_and_no_two_are_one() -> None:
    one, other = xcode.build(APP), xcode.build(APP)
    assert one.objects == other.objects
    assert all(len(key) == 24 for key in one.objects)
    assert xcode.id_of("file/Sources/A.swift") != xcode.id_of("file/Sources/B.swift")


def test_an_object_that_is_named_and_missing_is_found(document: dict[str, Any]) -> None:
    for kind in sorted({found["isa"] for found in document["objects"].values()} - {"PBXProject"}):
        spoilt = copy.deepcopy(document)
        key = _of_kind(spoilt, kind)[0][0]
        del spoilt["objects"][key]
        assert any(key in fault for fault in graph.faults(spoilt, APP)), kind


def test_an_object_that_nothing_leads_to_is_found(document: dict[str, Any]) -> None:
    spoilt = copy.deepcopy(document)
    spoilt["objects"]["A" * 24] = {"isa": "PBXFileReference", "path": "Old.swift", "sourceTree": "<group>"}
    assert graph.faults(spoilt, APP) == [f"nothing leads to {'A' * 24} (PBXFileReference)"]


def test_a_source_that_is_not_built_and_one_that_is_not_there_are_found(tmp_path: Path) -> None:
    app = _copied(tmp_path)
    made = xcode.build(app)
    (app / "Sources" / "New.swift").write_text("let new = 1\n", encoding="utf-8")
    (app / "Sources" / "Places.swift").unlink()
    found = graph.faults({"objects": made.objects, "rootObject": made.root}, app)
    assert found == ["Sources/Places.swift does not lie there", "Sources/New.swift is not built"]
    again = xcode.build(app)
    assert graph.faults({"objects": again.objects, "rootObject": again.root}, app) == []


def test_a_library_of_the_package_that_the_app_lacks_is_found(tmp_path: Path) -> None:
    app = _copied(tmp_path)
    (app.parent / "Sources" / "HarnessNew").mkdir()
    made = xcode.build(app)
    found = graph.faults({"objects": made.objects, "rootObject": made.root}, app)
    assert found == ["HarnessNew of the package is not in the app"]


def _copied(folder: Path) -> Path:
    """Copy the app, and of the package the names."""
    app = folder / "App"
    shutil.copytree(APP, app)
    shutil.copy(APP.parent / "Package.swift", folder)
    for path in (APP.parent / "Sources").iterdir():
        (folder / "Sources" / path.name).mkdir(parents=True)
    return app


def test_what_is_measured_is_an_optimised_build_without_a_debugger(document: dict[str, Any]) -> None:
    root = ET.fromstring(scheme.text())
    for action in ("LaunchAction", "TestAction"):
        found = root.find(action)
        assert found is not None
        assert found.get("buildConfiguration") == "Release"
        assert found.get("selectedDebuggerIdentifier") == ""
        assert found.get("selectedLauncherIdentifier") == "Xcode.IDEFoundation.Launcher.PosixSpawn"
    assert {each.get("buildConfiguration") for each in root if each.get("buildConfiguration")} == {"Release"}
    settings = document["objects"][xcode.id_of("project/Release")]["buildSettings"]
    assert settings["SWIFT_OPTIMIZATION_LEVEL"] == "-O"
    assert "SWIFT_ACTIVE_COMPILATION_CONDITIONS" not in settings
    assert "DEBUG" in document["objects"][xcode.id_of("project/Debug")]["buildSettings"].values()


def test_the_scheme_names_targets_that_there_are(document: dict[str, Any]) -> None:
    targets = {key: found for key, found in document["objects"].items() if found["isa"] == "PBXNativeTarget"}
    named = list(ET.fromstring(scheme.text()).iter("BuildableReference"))
    assert len(named) == 4
    for each in named:
        assert targets[each.attrib["BlueprintIdentifier"]]["name"] == each.get("BlueprintName")
        assert each.get("ReferencedContainer") == f"container:{project.BUNDLE}"
    assert ET.fromstring(scheme.workspace()).find("FileRef").get("location") == "self:"  # type: ignore[union-attr]


def test_it_runs_on_no_mac_and_no_headset_under_a_phone_s_name(document: dict[str, Any]) -> None:
    for build in ("Debug", "Release"):
        settings = document["objects"][xcode.id_of(f"project/{build}")]["buildSettings"]
        others = ("MACCATALYST", "MAC_DESIGNED_FOR_IPHONE_IPAD", "XR_DESIGNED_FOR_IPHONE_IPAD")
        assert {settings[f"SUPPORTS_{other}"] for other in others} == {"NO"}


def test_the_linker_keeps_code_that_registers_itself(document: dict[str, Any]) -> None:
    """ExecuTorch's backends and kernels are dropped without it, and a file then fails as if it were wrong."""
    for build in ("Debug", "Release"):
        settings = document["objects"][xcode.id_of(f"target/{xcode.NAME}/{build}")]["buildSettings"]
        assert "-all_load" in settings["OTHER_LDFLAGS"]


def test_it_has_no_entitlements_and_no_team_of_anybody(document: dict[str, Any]) -> None:
    names = {name for _, found in _of_kind(document, "XCBuildConfiguration") for name in found["buildSettings"]}
    assert not {name for name in names if "ENTITLEMENTS" in name or "TEAM" in name or "PROVISIONING" in name}
    assert not list(APP.rglob("*.entitlements"))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a.b/c_1", "a.b/c_1"),
        ("", '""'),
        ("<group>", '"<group>"'),
        ('a"b', '"a\\"b"'),
        ("a b", '"a b"'),
        ("-O", '"-O"'),
    ],
)
def test_a_text_is_quoted_where_it_must_be(value: str, written: str) -> None:
    assert openstep.text(value) == written


@pytest.fixture(scope="module")
def _parsers() -> None:
    """Have both parsers in the cache: by a process of its own, since a test reaches no network."""
    subprocess.run([sys.executable, "-m", "scripts.ios.parsers"], check=True, cwd=ROOT, timeout=300)


@pytest.mark.ios
@pytest.mark.usefixtures("_parsers")
def test_two_parsers_read_what_the_writer_meant(document: dict[str, Any]) -> None:
    first, second = (read(APP / project.PROJECT) for read in (parsers.openstep, parsers.npm_xcode))
    assert first == second
    assert first["objects"] == document["objects"]
    assert first["rootObject"] == document["rootObject"]
    assert graph.faults(first, APP) == graph.faults(second, APP) == []


@pytest.mark.ios
@pytest.mark.usefixtures("_parsers")
@pytest.mark.parametrize("spoil", ["};", ");", "=", '"'])
def test_a_sign_that_is_missing_is_seen_by_each_parser(spoil: str, tmp_path: Path) -> None:
    whole = APP / project.PROJECT
    path = tmp_path / "project.pbxproj"
    path.write_text(whole.read_text(encoding="utf-8").replace(spoil, " ", 1), encoding="utf-8")
    for read in (parsers.openstep, parsers.npm_xcode):
        try:
            found = read(path)
        except DataError:
            continue
        assert found != read(whole)  # it takes more than Xcode does, and reads another project


def test_pins_of_the_parsers_are_hashes() -> None:
    pinned = json.loads(parsers.PINNED.read_text(encoding="utf-8"))
    assert all(len(pinned[each]["sha256"]) == 64 for each in ("pypi", "npm"))


def test_a_project_that_is_not_up_to_date_is_said_and_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = _copied(tmp_path)
    monkeypatch.setattr(project, "APP", app)
    assert project.main(["--check"]) == 0
    (app / "Sources" / "New.swift").write_text("let new = 1\n", encoding="utf-8")
    assert project.main(["--check"]) == 1
    assert "python -m scripts.ios project" in capsys.readouterr().err
    assert project.main([]) == 0
    assert project.main(["--check"]) == 0
    assert "New.swift in Sources" in (app / project.PROJECT).read_text(encoding="utf-8")
    assert project.main(["--write"]) == 2


def test_the_icon_is_drawn_again_as_it_is(tmp_path: Path) -> None:
    from PIL import Image, ImageChops

    from scripts.ios import icon

    icon.draw(tmp_path / "icon.png")
    with Image.open(tmp_path / "icon.png") as drawn, Image.open(icon.ICON) as kept:
        difference = ImageChops.difference(drawn, kept).getextrema()
    assert all(most <= 2 for _, most in difference)  # another version of the drawing library may round otherwise
