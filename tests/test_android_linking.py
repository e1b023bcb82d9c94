"""What an APK's byte code names is looked up: readers of dex, class files, signatures and native libraries."""

from __future__ import annotations

import gzip
import shutil
import struct
import subprocess
import zipfile
from pathlib import Path

import pytest
from _small_dex import dex

from pocketseg.core.errors import DataError
from scripts.android.classes import References, Type, missing_parents, unresolved
from scripts.android.classfile import jar_lookup, read_class
from scripts.android.dex import Dex
from scripts.android.elf import read_library
from scripts.android.signature import read_signature

OBJECT = Type(name="java/lang/Object", parents=(), members=frozenset({"hashCode()I"}))
DEBUG = Type(name="android/os/Debug", parents=("java/lang/Object",), members=frozenset({"pause(I)V"}))


def _known(*types: Type) -> dict[str, Type]:
    return {each.name: each for each in types}


def test_a_dex_file_says_what_it_defines_and_what_it_names() -> None:
    file = Dex(dex())
    (own,) = file.classes
    assert own.name == "dev/pocketseg/A" and own.parents == ("java/lang/Object",)
    assert own.members == {"count:I", "find()V"} and own.native == {"find()V"}
    named = file.references()
    assert named.types == {"dev/pocketseg/A", "java/lang/Object", "android/os/Debug"}
    assert ("android/os/Debug", "pause(I)V") in named.members


@pytest.mark.parametrize("own", ["a/A", "zz/Z"])  # before and after Android's in the table of methods
def test_members_are_found_wherever_a_class_stands_in_the_table(own: str) -> None:
    (found,) = Dex(dex(own=own)).classes
    assert found.native == {"find()V"}


def test_what_is_named_and_nowhere_is_said() -> None:
    file = Dex(dex())
    known = _known(OBJECT, DEBUG, *file.classes)
    assert unresolved(file.references(), known.get) == []
    older = _known(OBJECT, Type(name="android/os/Debug", parents=(), members=frozenset()), *file.classes)
    assert unresolved(file.references(), older.get) == ["android/os/Debug has no pause(I)V"]
    assert unresolved(file.references(), _known(OBJECT, *file.classes).get) == ["class android/os/Debug is nowhere"]
    assert missing_parents(file.classes, _known(DEBUG).get) == [
        "dev/pocketseg/A needs java/lang/Object, which is nowhere"
    ]


def test_members_are_looked_for_in_parents_and_interfaces_and_an_interface_has_an_objects() -> None:
    known = _known(
        OBJECT,
        Type(name="I", parents=(), members=frozenset({"run()V"})),
        Type(name="A", parents=("java/lang/Object", "I"), members=frozenset()),
        Type(name="B", parents=("A",), members=frozenset()),
    )
    asked = References(types=frozenset(), members=frozenset({("B", "run()V"), ("I", "hashCode()I"), ("B", "run(I)V")}))
    assert unresolved(asked, known.get) == ["B has no run(I)V"]


def test_a_type_that_inherits_from_itself_ends_the_search() -> None:
    known = _known(
        Type(name="A", parents=("B",), members=frozenset()), Type(name="B", parents=("A",), members=frozenset())
    )
    asked = References(types=frozenset(), members=frozenset({("A", "run()V")}))
    assert unresolved(asked, known.get) == ["A has no run()V"]


def test_a_cut_dex_file_is_refused_wherever_it_is_cut() -> None:
    whole = dex()
    for length in range(0, len(whole) - 1, 7):
        try:
            Dex(whole[:length]).references()
        except DataError:
            continue
        pytest.fail(f"{length} of {len(whole)} bytes were read as a whole file")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("javac") is None:
        pytest.skip("NOT VERIFIED: no javac on this machine")
    folder = tmp_path_factory.mktemp("java")
    (folder / "A.java").write_text(
        "class A implements Runnable { static final long N = 1L << 40; double d = 0.5; native int[] find(String s);"
        ' static final String Z = "\\0";'
        " public void run() {} <T> T id(T t) { return t; } }"
    )
    subprocess.run(["javac", "-d", str(folder), str(folder / "A.java")], check=True, timeout=120)
    return folder / "A.class"


def test_a_class_file_says_what_it_declares(compiled: Path, tmp_path: Path) -> None:
    found = read_class(compiled.read_bytes())
    assert found.name == "A" and found.parents == ("java/lang/Object", "java/lang/Runnable")
    assert found.members == {
        "<init>()V", "N:J", "Z:Ljava/lang/String;", "d:D", "find(Ljava/lang/String;)[I", "run()V",
        "id(Ljava/lang/Object;)Ljava/lang/Object;",
    }  # fmt: skip
    assert found.native == {"find(Ljava/lang/String;)[I"}
    with zipfile.ZipFile(tmp_path / "a.jar", "w") as jar:
        jar.write(compiled, "A.class")
    lookup = jar_lookup([tmp_path / "a.jar"])
    assert lookup("A") == found and lookup("B") is None
    with pytest.raises(DataError, match="class file"):
        read_class(compiled.read_bytes()[:40])


def _utf(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode()


def _signature() -> bytes:
    """Return what Java writes of one class with a method and a field, and of the end."""
    set_class = b"\x72" + _utf("java.util.HashSet") + bytes(8) + b"\x03\0\0\x78\x70"
    members = b"\x73" + set_class + b"\x77\x0c" + bytes(12) + b"\x74" + _utf("run()V") + b"\x74" + _utf("N#I") + b"\x78"
    string, many = b"\x74" + _utf("Ljava/lang/String;"), b"\x74" + _utf("[Ljava/lang/String;")
    fields = b"L" + _utf("name") + string + b"L" + _utf("signatures") + b"\x74" + _utf("Ljava/util/Set;")
    fields += b"L" + _utf("superClass") + b"\x71" + struct.pack(">I", 0x7E0001) + b"[" + _utf("superInterfaces") + many
    clazz = b"\x72" + _utf("Clazz") + bytes(8) + b"\x02\0\x04" + fields + b"\x78\x70"
    parents = b"\x75\x72" + _utf("[Ljava.lang.String;") + bytes(8) + b"\x02\0\0\x78\x70" + struct.pack(">I", 1)
    values = b"\x74" + _utf("a/A") + members + b"\x74" + _utf("a/B") + parents + b"\x74" + _utf("a/I")
    return b"\xac\xed\0\5\x73" + clazz + values + b"\x70"


def test_a_signature_of_animal_sniffer_is_read(tmp_path: Path) -> None:
    path = tmp_path / "level.signature"
    path.write_bytes(gzip.compress(_signature()))
    assert read_signature(path) == {
        "a/A": Type(name="a/A", parents=("a/B", "a/I"), members=frozenset({"run()V", "N:I"}))
    }
    path.write_bytes(gzip.compress(_signature()[:-20]))
    with pytest.raises(DataError, match=r"level\.signature"):
        read_signature(path)


def test_a_library_says_what_it_needs_and_gives(tmp_path: Path) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("NOT VERIFIED: no gcc on this machine")
    (tmp_path / "a.c").write_text(
        "int given(void) { return 1; } extern int asked(void); int more(void) { return asked(); }"
    )
    command = ["gcc", "-shared", "-fPIC", "-nostdlib", "-Wl,-soname,liba.so", "-Wl,-z,max-page-size=16384"]
    subprocess.run([*command, "-o", str(tmp_path / "a.so"), str(tmp_path / "a.c")], check=True, timeout=60)
    found = read_library((tmp_path / "a.so").read_bytes())
    assert found.soname == "liba.so" and found.machine in (62, 183) and found.android_level is None
    assert {"given", "more"} <= found.defined and found.wanted == {"asked"}
    assert found.fits_16_kb_pages and set(found.load_alignments) == {16384}
    with pytest.raises(DataError, match="library"):
        read_library((tmp_path / "a.so").read_bytes()[:200])
    with pytest.raises(DataError, match="64-bit library"):
        read_library(b"\x7fELF\1\1\1" + bytes(60))
