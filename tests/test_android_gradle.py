"""Gradle's description of the app, which is never run here, says what Maven's says."""

from __future__ import annotations

import re
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.android import apk, libraries, manifest, tools
from scripts.android.maven import HARNESS
from scripts.android.poms import dependencies, properties

CATALOG = tomllib.loads((HARNESS / "gradle" / "libs.versions.toml").read_text(encoding="utf-8"))
APP = (HARNESS / "app" / "build.gradle.kts").read_text(encoding="utf-8")
CORE = (HARNESS / "core" / "build.gradle.kts").read_text(encoding="utf-8")
SETTINGS = (HARNESS / "settings.gradle.kts").read_text(encoding="utf-8")
KNOWN = properties()
# What a Kotlin needs at least: of the Android Gradle plugin and of R8, by https://developer.android.com/build/kotlin-support
# (2.4: "8.5.2+" and 9.1.29).
NEEDED_BY_KOTLIN = {"2.4": {"agp": "8.5.2", "r8": "9.1.29"}}
# The least Gradle of a plugin: https://developer.android.com/build/releases/gradle-plugin ("8.13: 8.13").
GRADLE_OF_PLUGIN = {"8.13": "8.13"}
WRAPPER = HARNESS / "gradle" / "wrapper" / "gradle-wrapper.properties"
# For tests or for Maven alone; ExecuTorch comes as files, and Gradle has an SDK of its own.
MAVENS_OWN = {
    "android-all",
    "robolectric",
    "junit",
    "tflite-engine",
    "tflite-native-cpu",
    "core",
    "runtimes",
}


def _value(script: str, name: str) -> str:
    found = re.findall(rf"\b{name} = (.+)$", script, re.MULTILINE)
    assert len(found) == 1, f"{name}: {found}"
    return str(found[0]).strip('"')


def _catalog() -> Iterator[tuple[str, str, str]]:
    """Yield each library that Gradle may take: its name in a script, its coordinates, its version."""
    for name, said in CATALOG["libraries"].items():
        yield "libs." + name.replace("-", "."), said["module"], CATALOG["versions"][said["version"]["ref"]]


def _maven(module: str, scopes: tuple[str, ...]) -> dict[str, str]:
    return {
        f"{each['groupId']}:{each['artifactId']}": each["version"]
        for each in dependencies(module)
        if each.get("scope", "compile") in scopes and each["artifactId"] not in MAVENS_OWN
    }


def _gradle(script: str, configuration: str) -> dict[str, str]:
    names = set(re.findall(rf"\b{configuration}\((libs\.[\w.]+)\)", script))
    return {module: version for name, module, version in _catalog() if name in names}


def test_the_app_takes_the_same_libraries_in_the_same_versions() -> None:
    of_maven = _maven("app", ("compile",)) | _maven("runtimes", ("provided",))
    assert _gradle(APP, "implementation") == of_maven
    assert re.findall(r'files\("\$cache/(.+?)"\)', APP) == ["executorch-classes.jar"]


def test_both_take_the_libraries_that_the_tools_keep_and_no_others() -> None:
    folders = re.findall(r'jniLibs\.srcDir\("\$cache/(\w+)"\)', APP)
    assert folders == list(tools.RUNTIMES)
    assert 'resources.excludes += "ai/onnxruntime/native/**"' in APP


def test_the_core_takes_the_same_libraries_in_the_same_versions() -> None:
    assert _gradle(CORE, "implementation") == _maven("core", ("compile",))
    assert _gradle(CORE, "testImplementation") == _maven("core", ("test",))
    assert 'testRuntimeOnly("org.junit.platform:junit-platform-launcher")' in CORE, "Gradle 9 brings none of its own"


def test_archives_bring_no_libraries_of_their_own_in_either_build() -> None:
    archives = {each["artifactId"] for each in dependencies("runtimes")}
    for name, module, _ in _catalog():
        if module.split(":")[1] in archives:
            assert f"implementation({name}) {{ isTransitive = false }}" in APP, name


def test_compilers_have_the_same_versions_and_arguments() -> None:
    versions = CATALOG["versions"]
    assert versions["kotlin"] == KNOWN["kotlin.version"]
    assert versions["r8"] == KNOWN["r8.version"] and f"com.android.tools:r8:{versions['r8']}" in SETTINGS
    pom = (HARNESS / "pom.xml").read_text(encoding="utf-8")
    arguments = set(re.findall(r"<arg>(.*?)</arg>", pom))
    warnings = "-Werror"  # allWarningsAsErrors there
    assert set(re.findall(r'"(-X[^"]+)"', CORE)) == arguments - {warnings}
    # Gradle compiles the app against Android's own Java, so that no release of it is to be chosen.
    assert set(re.findall(r'"(-X[^"]+)"', APP)) == arguments - {warnings, "-Xjdk-release=1.8"}
    for script in (APP, CORE):
        assert "JvmTarget.JVM_1_8" in script
    # The SDK's android.jar has other annotations than what Maven compiles the app against, so other warnings.
    assert "allWarningsAsErrors.set(true)" in CORE and "allWarningsAsErrors" not in APP
    assert KNOWN["kotlin.compiler.jvmTarget"] == "1.8"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def test_the_plugin_and_r8_are_no_older_than_kotlin_wants_them() -> None:
    versions = CATALOG["versions"]
    needed = NEEDED_BY_KOTLIN[_minor(versions["kotlin"])]  # of a newer Kotlin: look it up
    for name, least in needed.items():
        assert _numbers(versions[name]) >= _numbers(least), name


def test_the_wrapper_names_a_gradle_that_the_plugin_takes_and_its_hash() -> None:
    said = dict(line.split("=", 1) for line in WRAPPER.read_text(encoding="utf-8").splitlines() if "=" in line)
    url = said["distributionUrl"].replace("\\:", ":")
    found = re.fullmatch(r"https://services\.gradle\.org/distributions/gradle-([\d.]+)-bin\.zip", url)
    assert found and _numbers(found[1]) >= _numbers(GRADLE_OF_PLUGIN[_minor(CATALOG["versions"]["agp"])])
    assert re.fullmatch(r"[0-9a-f]{64}", said["distributionSha256Sum"])


def test_levels_names_and_versions_of_the_app_are_the_same() -> None:
    assert _value(APP, "minSdk") == KNOWN["android.min"] == manifest.LEVELS["minSdkVersion"] == str(apk.MIN_LEVEL)
    assert _value(APP, "targetSdk") == KNOWN["android.target"] == manifest.LEVELS["targetSdkVersion"]
    level = {"15": "35"}[KNOWN["android.all.version"].split("-")[0]]
    assert _value(APP, "compileSdk") == level
    assert _value(APP, "applicationId") == _value(APP, "namespace") == manifest.PACKAGE
    pom = (HARNESS / "app" / "pom.xml").read_text(encoding="utf-8")
    assert f"--version-code {_value(APP, 'versionCode')} --version-name ${{project.version}}" in pom
    space = "{http://maven.apache.org/POM/4.0.0}"
    version = ET.parse(HARNESS / "pom.xml").getroot().findtext(f"{space}version")
    assert _value(APP, "versionName") == version
    assert f'token="&lt;manifest " value="&lt;manifest package=&quot;{manifest.PACKAGE}&quot; "' in pom
    assert re.findall(r'abiFilters \+= "([\w-]+)"', APP) == [libraries.ABI]
    assert _value(APP, "useLegacyPackaging") == "false" and "extractNativeLibs=&quot;false&quot;" in pom


def test_both_builds_have_the_same_sources_resources_and_manifest() -> None:
    """Gradle is told of no folder but its usual ones, which the poms name."""
    for module, script in (("core", CORE), ("app", APP)):
        pom = (HARNESS / module / "pom.xml").read_text(encoding="utf-8")
        assert "<sourceDirectory>src/main/kotlin</sourceDirectory>" in pom
        assert not re.search(r"\b(kotlin|java|res|assets|manifest)\.(srcDirs?|srcFile|setSrcDirs)\b", script)
        assert not list((HARNESS / module / "src").glob("main/java")), "Maven compiles Kotlin alone"
    pom = (HARNESS / "app" / "pom.xml").read_text(encoding="utf-8")
    assert "src/main/AndroidManifest.xml" in pom and "--dir src/main/res " in pom
    assert {path.name for path in (HARNESS / "app" / "src").iterdir()} <= {"main", "test"}, (
        "no debug or release of its own"
    )
    assert {path.name for path in (HARNESS / "app" / "src" / "main").iterdir()} <= {
        "AndroidManifest.xml",
        "kotlin",
        "res",
    }
    assert 'include(":core", ":app")' in SETTINGS


def test_the_schemas_lie_where_the_core_looks_for_them_in_both_builds() -> None:
    place = "dev/pocketseg/harness/core/schema"
    assert f'into("{place}")' in CORE and 'from("../../conformance/schema")' in CORE
    assert f"<targetPath>{place}</targetPath>" in (HARNESS / "core" / "pom.xml").read_text(encoding="utf-8")


def test_what_is_measured_is_a_release_that_is_shrunk_by_the_rules_of_both_builds() -> None:
    release = APP[APP.index("release {") : APP.index("compileOptions")]
    assert "isDebuggable = false" in release and "isMinifyEnabled = true" in release
    assert re.findall(r"proguardFiles\((.*)\)", release) == ['"proguard-rules.pro"']
    rules = (HARNESS / "app" / "proguard-rules.pro").read_text(encoding="utf-8")
    assert "-dontobfuscate" in rules and "-dontoptimize" in rules
    for package in ("org.tensorflow.lite", "ai.onnxruntime", "org.pytorch", "com.facebook.jni"):
        assert f"-keep class {package}.** {{ *; }}" in rules


def test_the_manifest_leaves_to_the_builds_what_gradle_refuses_in_it() -> None:
    text = (HARNESS / "app" / "src" / "main" / "AndroidManifest.xml").read_text(encoding="utf-8")
    assert "package=" not in text and "uses-sdk" not in text and "extractNativeLibs" not in text
    assert "debuggable" not in text


@pytest.mark.parametrize("name", ["gradle-wrapper.jar", "gradlew", "local.properties"])
def test_nothing_binary_and_nothing_of_one_computer_lies_beside_it(name: str) -> None:
    assert not [path for path in HARNESS.rglob(name) if "target" not in path.parts]


def test_every_file_of_the_catalog_is_used() -> None:
    scripts = "".join(path.read_text(encoding="utf-8") for path in _scripts())
    for name, _, _ in _catalog():
        assert re.search(rf"{re.escape(name)}\)", scripts), name
    used = {said["version"]["ref"] for kind in ("libraries", "plugins") for said in CATALOG[kind].values()}
    assert set(CATALOG["versions"]) - used <= {"r8"}


def _scripts() -> list[Path]:
    return [path for path in HARNESS.rglob("*.kts") if "target" not in path.parts]
