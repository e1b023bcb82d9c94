"""The app's Xcode project as objects: every file by name, so that what is built is what is in the folder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pocketseg

NAME = "PocketSegHarness"
TESTS = "PerformanceTests"
BUNDLE_ID = "dev.pocketseg.harness"
OBJECT_VERSION = 60  # Xcode 15, the first that keeps a package beside the project as a reference of its own
PACKAGE = ".."  # from the app's folder
PRODUCTS = ("HarnessCore", "HarnessCoreML")
TEST_PRODUCTS = ("HarnessCore", "HarnessCoreML")
_KINDS = {
    ".swift": "sourcecode.swift",
    ".plist": "text.plist.xml",
    ".xcprivacy": "text.xml",
    ".xcassets": "folder.assetcatalog",
}
_SHARED = {
    "ALWAYS_SEARCH_USER_PATHS": "NO",
    "CLANG_ENABLE_MODULES": "YES",
    "CLANG_ENABLE_OBJC_ARC": "YES",
    "CURRENT_PROJECT_VERSION": "1",
    "ENABLE_USER_SCRIPT_SANDBOXING": "YES",
    "GENERATE_INFOPLIST_FILE": "NO",
    "IPHONEOS_DEPLOYMENT_TARGET": "17.0",
    "MARKETING_VERSION": pocketseg.__version__,
    "SDKROOT": "iphoneos",
    "SUPPORTED_PLATFORMS": "iphoneos iphonesimulator",
    # No times of a Mac or a headset under an iPhone's name: the app would call either "iOS".
    "SUPPORTS_MACCATALYST": "NO",
    "SUPPORTS_MAC_DESIGNED_FOR_IPHONE_IPAD": "NO",
    "SUPPORTS_XR_DESIGNED_FOR_IPHONE_IPAD": "NO",
    "SWIFT_VERSION": "5.0",
    "TARGETED_DEVICE_FAMILY": "1,2",
}
_BY_BUILD = {
    "Debug": {
        "DEBUG_INFORMATION_FORMAT": "dwarf",
        "ENABLE_TESTABILITY": "YES",
        "ONLY_ACTIVE_ARCH": "YES",
        "SWIFT_ACTIVE_COMPILATION_CONDITIONS": "DEBUG",
        "SWIFT_OPTIMIZATION_LEVEL": "-Onone",
    },
    "Release": {
        "DEBUG_INFORMATION_FORMAT": "dwarf-with-dsym",
        "ENABLE_NS_ASSERTIONS": "NO",
        "SWIFT_COMPILATION_MODE": "wholemodule",
        "SWIFT_OPTIMIZATION_LEVEL": "-O",
        "VALIDATE_PRODUCT": "YES",
    },
}
_APP = {
    "ASSETCATALOG_COMPILER_APPICON_NAME": "AppIcon",
    "ASSETCATALOG_COMPILER_GLOBAL_ACCENT_COLOR_NAME": "AccentColor",
    "CODE_SIGN_STYLE": "Automatic",
    "INFOPLIST_FILE": "Info.plist",
    "LD_RUNPATH_SEARCH_PATHS": ["$(inherited)", "@executable_path/Frameworks"],
    # ExecuTorch's kernels register themselves in code that nothing calls, which a linker would leave out.
    "OTHER_LDFLAGS": ["$(inherited)", "-all_load"],
    "PRODUCT_BUNDLE_IDENTIFIER": BUNDLE_ID,
    "PRODUCT_NAME": "$(TARGET_NAME)",
}
_OF_TESTS = {
    "BUNDLE_LOADER": "$(TEST_HOST)",
    "CODE_SIGN_STYLE": "Automatic",
    "GENERATE_INFOPLIST_FILE": "YES",
    "PRODUCT_BUNDLE_IDENTIFIER": f"{BUNDLE_ID}.performance",
    "PRODUCT_NAME": "$(TARGET_NAME)",
    "TEST_HOST": f"$(BUILT_PRODUCTS_DIR)/{NAME}.app/{NAME}",
}


@dataclass(slots=True)
class Project:
    """Objects by id, and the comments behind the ids."""

    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    root: str = ""

    def add(self, place: str, kind: str, name: str, fields: dict[str, Any]) -> str:
        """Keep an object; return its id, which is always the same for the same `place`."""
        key = id_of(place)
        self.objects[key] = {"isa": kind, **fields}
        self.names[key] = name
        return key


def id_of(place: str) -> str:
    """Return the 24 hex digits that identify `place`."""
    return hashlib.sha256(f"{NAME}/{place}".encode()).hexdigest()[:24].upper()


def build(app: Path) -> Project:
    """Return the project of the files in the app's folder."""
    made = Project()
    sources = [_file(made, f"Sources/{path.name}", path.name) for path in sorted((app / "Sources").glob("*.swift"))]
    tests = [_file(made, f"{TESTS}/{path.name}", path.name) for path in sorted((app / TESTS).glob("*.swift"))]
    privacy, assets = (_file(made, name, name) for name in ("PrivacyInfo.xcprivacy", "Assets.xcassets"))
    info = _file(made, "Info.plist", "Info.plist")
    program = _product(made, f"{NAME}.app", "wrapper.application")
    test_bundle = _product(made, f"{TESTS}.xctest", "wrapper.cfbundle")
    groups = [
        _group(made, "Sources", sources),
        _group(made, TESTS, tests),
        assets,
        info,
        privacy,
        _group(made, "Products", [program, test_bundle], has_folder=False),
    ]
    main = made.add("group", "PBXGroup", NAME, {"children": groups, "sourceTree": "<group>"})
    package = made.add(
        "package",
        "XCLocalSwiftPackageReference",
        f'XCLocalSwiftPackageReference "{PACKAGE}"',
        {"relativePath": PACKAGE},
    )
    app_target = _target(made, NAME, sources, [assets, privacy], PRODUCTS, program, _APP, [])
    waits = _waits(made, app_target)
    test_target = _target(made, TESTS, tests, [], TEST_PRODUCTS, test_bundle, _OF_TESTS, [waits])
    made.root = id_of("project")
    made.objects[waits]["targetProxy"] = _proxy(made, app_target)
    made.add(
        "project",
        "PBXProject",
        "Project object",
        {
            "attributes": {
                "BuildIndependentTargetsInParallel": "1",
                "LastUpgradeCheck": "1500",
                "TargetAttributes": {test_target: {"TestTargetID": app_target}},
            },
            "buildConfigurationList": _builds(made, "project", f'PBXProject "{NAME}"', _SHARED, _BY_BUILD),
            "compatibilityVersion": "Xcode 15.0",
            "developmentRegion": "en",
            "hasScannedForEncodings": "0",
            "knownRegions": ["en", "Base"],
            "mainGroup": main,
            "packageReferences": [package],
            "productRefGroup": id_of("group/Products"),
            "projectDirPath": "",
            "projectRoot": "",
            "targets": [app_target, test_target],
        },
    )
    return made


def _file(made: Project, place: str, name: str) -> str:
    kind = _KINDS[Path(name).suffix]
    said = {"lastKnownFileType": kind, "path": name, "sourceTree": "<group>"}
    return made.add(f"file/{place}", "PBXFileReference", name, said)


def _product(made: Project, name: str, kind: str) -> str:
    said = {"explicitFileType": kind, "includeInIndex": "0", "path": name, "sourceTree": "BUILT_PRODUCTS_DIR"}
    return made.add(f"product/{name}", "PBXFileReference", name, said)


def _group(made: Project, name: str, children: list[str], *, has_folder: bool = True) -> str:
    place = {"path": name} if has_folder else {"name": name}
    return made.add(f"group/{name}", "PBXGroup", name, {"children": children, **place, "sourceTree": "<group>"})


def _target(
    made: Project,
    name: str,
    sources: list[str],
    resources: list[str],
    products: tuple[str, ...],
    product: str,
    settings: dict[str, Any],
    dependencies: list[str],
) -> str:
    packages = [
        made.add(f"{name}/package/{each}", "XCSwiftPackageProductDependency", each, {"productName": each})
        for each in products
    ]
    kind = "application" if name == NAME else "bundle.unit-test"
    phases = [
        _phase(made, name, "Sources", [("fileRef", key) for key in sources]),
        _phase(made, name, "Frameworks", [("productRef", key) for key in packages]),
        _phase(made, name, "Resources", [("fileRef", key) for key in resources]),
    ]
    said = {
        "buildConfigurationList": _builds(
            made, f"target/{name}", f'PBXNativeTarget "{name}"', settings, {"Debug": {}, "Release": {}}
        ),
        "buildPhases": phases,
        "buildRules": [],
        "dependencies": dependencies,
        "name": name,
        "packageProductDependencies": packages,
        "productName": name,
        "productReference": product,
        "productType": f"com.apple.product-type.{kind}",
    }
    return made.add(f"target/{name}", "PBXNativeTarget", name, said)


def _phase(made: Project, target: str, kind: str, files: list[tuple[str, str]]) -> str:
    built = [
        made.add(f"{target}/{kind}/{key}", "PBXBuildFile", f"{made.names[key]} in {kind}", {how: key})
        for how, key in files
    ]
    said = {"buildActionMask": "2147483647", "files": built, "runOnlyForDeploymentPostprocessing": "0"}
    return made.add(f"{target}/{kind}", f"PBX{kind}BuildPhase", kind, said)


def _waits(made: Project, target: str) -> str:
    return made.add(f"{TESTS}/waits", "PBXTargetDependency", "PBXTargetDependency", {"target": target})


def _proxy(made: Project, target: str) -> str:
    said = {
        "containerPortal": made.root,
        "proxyType": "1",
        "remoteGlobalIDString": target,
        "remoteInfo": NAME,
    }
    return made.add(f"{TESTS}/proxy", "PBXContainerItemProxy", "PBXContainerItemProxy", said)


def _builds(made: Project, place: str, name: str, settings: dict[str, Any], by_build: dict[str, dict[str, Any]]) -> str:
    builds = [
        made.add(
            f"{place}/{build}",
            "XCBuildConfiguration",
            build,
            {"buildSettings": dict(sorted({**settings, **own}.items())), "name": build},
        )
        for build, own in by_build.items()
    ]
    said = {
        "buildConfigurations": builds,
        "defaultConfigurationIsVisible": "0",
        "defaultConfigurationName": "Release",
    }
    return made.add(f"{place}/builds", "XCConfigurationList", f"Build configuration list for {name}", said)
