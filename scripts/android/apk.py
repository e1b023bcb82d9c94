"""The APK from what Maven compiled: R8 to Android's byte code, one sorted archive, aligned, and signed."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from pocketseg.core.errors import DataError
from pocketseg.core.files import make_folder
from scripts.android.archive import write_archive
from scripts.android.libraries import ABI, collect, merged
from scripts.android.maven import HARNESS, ClassPath, class_path, compile_app
from scripts.android.tools import Tools, run

MIN_LEVEL = 26
UNSIGNED, SIGNED = "pocketseg-harness.apk", "pocketseg-harness-signed.apk"
_R8_S = 900.0
_PASSWORD = "pocketseg"  # of a key that proves nothing
_OURS = "dev/pocketseg/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Apk:
    """The two files of a build."""

    unsigned: Path
    signed: Path


def build(tools: Tools, harness: Path = HARNESS) -> Apk:
    """Compile and pack the app, from scratch: the Kotlin plugin keeps classes whose sources are gone."""
    for module in ("core", "runtimes", "app"):
        shutil.rmtree(harness / module / "target", ignore_errors=True)
    compile_app(tools, harness)
    return pack(tools, harness)


def pack(tools: Tools, harness: Path = HARNESS) -> Apk:
    """Pack what Maven has compiled; the unsigned archive depends on nothing else. Raises DataError."""
    classes = class_path(harness)
    with tempfile.TemporaryDirectory(prefix="pocketseg-dex-") as folder:
        content = _resources(harness) | _schemas(classes) | _dex(classes, harness, Path(folder))
    natives = merged(collect(tools, harness))
    content |= {f"lib/{ABI}/{name}": data for name, data in natives.items()}
    unsigned = write_archive(make_folder(harness / "target") / UNSIGNED, content)
    run([tools.zipalign, "-c", "-p", "4", unsigned])
    return Apk(unsigned=unsigned, signed=_sign(tools, unsigned))


def _resources(harness: Path) -> dict[str, bytes]:
    """Return the manifest and resources as aapt2 linked them."""
    with zipfile.ZipFile(harness / "app" / "target" / "res" / "res.apk") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _schemas(classes: ClassPath) -> dict[str, bytes]:
    """Return our own files that are not classes: the contract's schemas, which the core reads at run time."""
    folders = [path for path in classes.program if path.is_dir()]
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for folder in folders
        for file in sorted((folder / _OURS).rglob("*"))
        if file.is_file() and file.suffix != ".class"
    }


def _dex(classes: ClassPath, harness: Path, folder: Path) -> dict[str, bytes]:
    """Run R8, which also fails where a class is referenced that does not exist."""
    inputs = [_classes_only(path, folder / f"{index:02}.jar") for index, path in enumerate(classes.program)]
    javac = shutil.which("javac")
    assert javac is not None
    app, out = harness / "app", folder / "dex.zip"
    rules = (app / "proguard-rules.pro", app / "target" / "res" / "kept.pro")
    run(
        [
            "java", "-Xmx2g", "-XX:+UseSerialGC", "-cp", app / "target" / "dexer" / "r8.jar", "com.android.tools.r8.R8",
            "--release", "--min-api", str(MIN_LEVEL), "--lib", classes.android,
            "--lib", Path(javac).resolve().parents[1],  # android-all has all but java.*
            *(word for rule in rules for word in ("--pg-conf", rule)), "--output", out, *inputs,
        ],
        timeout_s=_R8_S,
    )  # fmt: skip
    with zipfile.ZipFile(out) as archive:
        found = {name: archive.read(name) for name in archive.namelist() if name.endswith(".dex")}
    if not found:
        raise DataError("R8 made no byte code")
    return found


def _classes_only(path: Path, jar: Path) -> Path:
    """Pack the classes of a folder or jar; a runtime's jar for computers has 50 MB of their native libraries."""
    with zipfile.ZipFile(jar, "w") as archive:
        if path.is_dir():
            for file in sorted(path.rglob("*.class")):
                archive.write(file, file.relative_to(path).as_posix())
            return jar
        with zipfile.ZipFile(path) as source:
            for name in sorted(source.namelist()):
                if name.endswith(".class") and not name.startswith("META-INF/") and name != "module-info.class":
                    archive.writestr(name, source.read(name))
    return jar


def _sign(tools: Tools, unsigned: Path) -> Path:
    """Sign with a key made here, once: with it the app can be installed, but it says nothing of who made it."""
    key = tools.cache / "throw-away.keystore"
    secret = ["--ks-pass", f"pass:{_PASSWORD}"]
    if not key.is_file():
        run(
            [
                "keytool", "-genkeypair", "-keystore", key, "-storepass", _PASSWORD, "-keypass", _PASSWORD,
                "-alias", "throw-away", "-keyalg", "RSA", "-keysize", "3072", "-validity", "10000",
                "-dname", "CN=PocketSeg throw-away key",
            ]
        )  # fmt: skip
        key.chmod(0o600)
    signed = unsigned.with_name(SIGNED)
    level = ["--min-sdk-version", str(MIN_LEVEL)]
    run([*tools.signer, "sign", "--ks", key, *secret, *level, "--alignment-preserved", "true", "--v4-signing-enabled",
         "false", "--out", signed, unsigned])  # fmt: skip
    run([*tools.signer, "verify", *level, signed])
    return signed
