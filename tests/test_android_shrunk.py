"""The Kotlin core after R8 has renamed, merged and dropped its classes, as in a release: it writes the same record."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from _android_core import ROOT, core_target, maven

from pocketseg.core.record import read_record

pytestmark = [pytest.mark.android, pytest.mark.timeout(1500), pytest.mark.xdist_group("android-core")]
R8 = "com.android.tools:r8:9.5.28"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
PACKAGE = "dev/pocketseg/harness/core"
NEEDED = ("Made", "Cases", "CaseArray", "Shrunk")  # of the tests' classes: a program that makes a record
RULES = """
-keep class dev.pocketseg.harness.core.ShrunkKt { public static void main(java.lang.String[]); }
-repackageclasses a
-dontwarn org.junit.**,org.opentest4j.**,org.apiguardian.**,org.jetbrains.annotations.**,javax.annotation.**
"""


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return core_target(tmp_path_factory.getbasetemp())


def _jar(path: Path, folder: Path, needed: tuple[str, ...]) -> Path:
    """Pack the files of a folder whose names begin as asked."""
    with zipfile.ZipFile(path, "w") as jar:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and file.suffix in (".class", ".json") and file.name.startswith(needed):
                jar.write(file, file.relative_to(folder).as_posix())
    return path


def test_a_shrunk_core_writes_the_same_record_to_the_last_byte(target: Path, tmp_path: Path) -> None:
    harness, libraries = target.parents[1], tmp_path / "libraries"
    maven(harness, f"{COPY}:copy", f"-Dartifact={R8}", f"-DoutputDirectory={tmp_path}")
    maven(harness, "-pl", "core", f"{COPY}:copy-dependencies", f"-DoutputDirectory={libraries}")
    java = shutil.which("java")
    assert java is not None
    (tmp_path / "rules.pro").write_text(RULES)
    shrunk = tmp_path / "shrunk.jar"
    programs = [
        _jar(tmp_path / "core.jar", target / "classes", ("",)),
        _jar(tmp_path / "tests.jar", target / "test-classes", NEEDED),
        *libraries.glob("kotlin-stdlib-*.jar"),
    ]
    r8 = next(tmp_path.glob("r8-*.jar"))
    shrink = [java, "-Xmx1g", "-cp", str(r8), "com.android.tools.r8.R8", "--release", "--classfile", "--lib",
              str(Path(java).resolve().parents[1]), "--pg-conf", str(tmp_path / "rules.pro"), "--output",
              str(shrunk), *map(str, programs)]  # fmt: skip
    done = subprocess.run(shrink, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    names = zipfile.ZipFile(shrunk).namelist()
    left = [name for name in names if name.startswith(PACKAGE) and name.endswith(".class")]
    assert left == [f"{PACKAGE}/ShrunkKt.class"] and f"{PACKAGE}/schema/record.schema.json" in names
    tests = ":".join(str(path) for path in libraries.glob("*.jar") if "kotlin" not in path.name)
    run = [java, f"-Dpocketseg.checkout={ROOT}", "-cp", f"{shrunk}:{tests}",
           "dev.pocketseg.harness.core.ShrunkKt", str(tmp_path / "record.json")]  # fmt: skip
    done = subprocess.run(run, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    written = (tmp_path / "record.json").read_bytes()
    assert read_record(written)["kind"] == "android"
    assert written + b"\n" == (target / "records" / "ok.json").read_bytes()
