"""The canonical zip: ordinary tools read it, the same files give the same bytes, and every other zip is refused."""

from __future__ import annotations

import io
import os
import random
import stat
import struct
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pocketseg.core import archive as module
from pocketseg.core.archive import Archive, check_name, check_names, write_archive
from pocketseg.core.errors import BundleError, PocketSegError, StorageError

FILES = {"bundle.json": b"{}\n", "labels/0.runs": b"PSCM" * 5, "empty": b"", "inputs/320x192.rgb": bytes(range(256))}
LOCAL, CENTRAL, END = 30, 46, 22  # bytes of the headers without names


def written(folder: Path, files: dict[str, bytes] | None = None) -> Path:
    return write_archive(folder / "bundle.zip", FILES if files is None else files)  # type: ignore[arg-type]


def opened(folder: Path, data: bytes) -> dict[str, bytes]:
    path = folder / "given.zip"
    path.write_bytes(data)
    with Archive(path) as found:
        return {name: found.read(name, 1 << 20) for name in found.names}


def test_files_come_back_from_bytes_and_from_paths(tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(random.Random(1).randbytes(3_000_000))
    path = write_archive(tmp_path / "deep" / "bundle.zip", {**FILES, "large": large})
    with Archive(path) as found:
        assert found.names == tuple(sorted([*FILES, "large"]))
        assert [found.size_bytes(name) for name in FILES] == [len(data) for data in FILES.values()]
        assert {name: found.read(name, 256) for name in FILES} == FILES
        assert found.extract("large", tmp_path / "out" / "model").read_bytes() == large.read_bytes()
        assert found.extract("empty", tmp_path / "out" / "empty").read_bytes() == b""


def test_ordinary_tools_read_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(written(tmp_path)) as found:
        assert found.testzip() is None
        assert {name: found.read(name) for name in found.namelist()} == FILES
        assert {info.date_time for info in found.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {info.external_attr for info in found.infolist()} == {0}


def test_the_same_files_give_the_same_bytes_in_any_order_and_place(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for number, data in enumerate(FILES.values()):
        file = tmp_path / str(number)
        file.write_bytes(data)
        os.utime(file, (number, number))
        file.chmod(0o600)
    paths = {name: tmp_path / str(number) for number, name in enumerate(FILES)}
    first = write_archive(tmp_path / "a.zip", dict(reversed(paths.items()))).read_bytes()
    assert written(tmp_path / "b").read_bytes() == first


def test_no_files_make_an_archive_too(tmp_path: Path) -> None:
    assert opened(tmp_path, written(tmp_path, {}).read_bytes()) == {}


def test_a_file_larger_than_asked_for_is_not_read(tmp_path: Path) -> None:
    with Archive(written(tmp_path)) as found, pytest.raises(BundleError, match="larger than 255 bytes"):
        found.read("inputs/320x192.rgb", 255)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with Archive(written(tmp_path)) as found:
        for use in (found.size_bytes, lambda name: found.read(name, 9), lambda n: found.extract(n, tmp_path / "x")):
            with pytest.raises(BundleError, match=r"it holds no labels/1\.runs"):
                use("labels/1.runs")
    assert not (tmp_path / "x").exists()


GOOD_NAMES = ["a", "0.runs", "_", "a.b-c_d", "artifacts/0/model.mlpackage/Data/com.apple.CoreML/weights/weight.bin",
              "x" * 64, "/".join("abcdefgh"), "/".join(["y" * 64] * 3)]  # fmt: skip
BAD_NAMES = {
    "": "empty part", "/": "absolute", "/a": "absolute", "a/": "folder", "a//b": "empty part", ".": "`.`",
    "..": "`..`", "../a": "`..`", "a/../b": "`..`", "a/./b": "`.`", "a\\b": "backslash", "..\\a": "backslash",
    "C:\\a": "backslash", "C:a": "letters", "é": "ASCII", "a\u202eb": "ASCII", "ａ": "ASCII", "a b": "letters",
    "a\nb": "letters", "a\n": "letters", "a\0": "letters", "-a": "letters", ".a": "letters", "a/.b": "letters",
    "a.": "ends with", "a./b": "ends with", "a;b": "letters", "$(a)": "letters", "a'b": "letters", "~": "letters",
    "a*": "letters", "x" * 65: "longer than", "/".join("abcdefghi"): "longer than",
    "/".join(["y" * 60] * 4): "longer than", "z" * 100_000: "longer than",
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD_NAMES, ids=range(len(GOOD_NAMES)))
def test_a_plain_name_is_taken(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(("name", "why"), BAD_NAMES.items(), ids=range(len(BAD_NAMES)))
def test_every_other_name_is_refused_when_written_and_when_read(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(BundleError, match=why) as caught:
        check_name(name)
    assert len(caught.value.message) < 400
    with pytest.raises(BundleError, match=why):
        written(tmp_path, {name: b""})
    if len(name) < 65_536 and all(ord(letter) < 256 for letter in name):
        with pytest.raises(BundleError):
            opened(tmp_path, made([(name.encode("latin-1"), b"1")]))


@pytest.mark.parametrize(
    ("names", "why"),
    [(["a", "A"], "twice"), (["x/a", "X/a"], "twice"), (["a", "a/b"], "file and a folder"),
     (["A", "a/b"], "file and a folder"), (["a", "a-b", "a/b/c"], "file and a folder"),
     (["A/b", "a"], "file and a folder")],
)  # fmt: skip
def test_names_that_are_one_on_some_system_are_refused(tmp_path: Path, names: list[str], why: str) -> None:
    with pytest.raises(BundleError, match=why):
        check_names(names)
    with pytest.raises(BundleError, match=why):
        written(tmp_path, dict.fromkeys(names, b""))
    with pytest.raises(BundleError, match=why):
        opened(tmp_path, made([(name.encode(), b"1") for name in sorted(names)]))


def made(entries: list[tuple[bytes, bytes]]) -> bytes:
    """Write a zip of any names in the canonical form, by nothing but the format's description."""
    data, directory = b"", b""
    for name, content in entries:
        crc, size = module.zlib.crc32(content), len(content)
        both = struct.pack("<5H3I2H", 10, 0, 0, 0, 0x21, crc, size, size, len(name), 0)
        directory += b"PK\1\2\x14\0" + both + struct.pack("<3H2I", 0, 0, 0, 0, len(data)) + name
        data += b"PK\3\4" + both + name + content
    return (
        data
        + directory
        + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, len(entries), len(entries), len(directory), len(data), 0)
    )


def test_the_description_alone_gives_the_same_bytes(tmp_path: Path) -> None:
    assert made([(n.encode(), FILES[n]) for n in sorted(FILES)]) == written(tmp_path).read_bytes()


def by_zipfile(change: Callable[[zipfile.ZipInfo], None], name: str = "a.txt", **options: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", **options) as archive:  # type: ignore[call-overload]
        info = zipfile.ZipInfo(name)
        info.create_system = 0
        change(info)
        archive.writestr(info, b"hello " * 20)
    return stream.getvalue()


def mode(value: int) -> Callable[[zipfile.ZipInfo], None]:
    def change(info: zipfile.ZipInfo) -> None:
        info.create_system, info.external_attr = 3, value << 16

    return change


def setting(**fields: object) -> Callable[[zipfile.ZipInfo], None]:
    def change(info: zipfile.ZipInfo) -> None:
        for name, value in fields.items():
            setattr(info, name, value)

    return change


def streamed() -> bytes:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.data += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:
        archive.writestr("a.txt", b"hello")
    return pipe.data


def large_form() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, archive.open("a.txt", "w", force_zip64=True) as file:
        file.write(b"hello")
    return stream.getvalue()


def commented() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.comment = b"hello"
    return stream.getvalue()


GOOD = made([(b"a", b"first"), (b"b", b"second")])
END_AT = len(GOOD) - END
FIRST_CENTRAL = END_AT - 2 * (CENTRAL + 1)
SECOND_LOCAL = LOCAL + 1 + 5


def patched(at: int, form: str, value: int | bytes, data: bytes = GOOD) -> bytes:
    changed = bytearray(data)
    struct.pack_into("<" + form, changed, at, value)
    return bytes(changed)


def both(at: int, form: str, value: int, data: bytes = GOOD) -> bytes:
    """Change a field of the first entry in the central directory and in the local header: they agree still."""
    return patched(FIRST_CENTRAL + at, form, value, patched(at - 2, form, value, data))


def sized(value: int) -> bytes:
    """Change the size of the first entry wherever it stands."""
    return both(20, "I", value, both(24, "I", value))


def shifted(by: int) -> bytes:
    """Move all offsets, as tools do that put a program before an archive."""
    changed = GOOD
    for at in (FIRST_CENTRAL + 42, FIRST_CENTRAL + CENTRAL + 1 + 42, END_AT + 16):
        changed = patched(at, "I", struct.unpack_from("<I", GOOD, at)[0] + by, changed)
    return changed


def gap() -> bytes:
    """Put bytes that nothing speaks of before the central directory."""
    return patched(END_AT + 3 + 16, "I", FIRST_CENTRAL + 3, GOOD[:FIRST_CENTRAL] + b"gap" + GOOD[FIRST_CENTRAL:])


HOSTILE = {
    "deflate": (by_zipfile(setting(compress_type=zipfile.ZIP_DEFLATED)), "is compressed"),
    "bzip2": (by_zipfile(setting(compress_type=zipfile.ZIP_BZIP2)), "is compressed"),
    "lzma": (by_zipfile(setting(compress_type=zipfile.ZIP_LZMA)), "has flags"),
    "encrypted": (both(8, "H", 1), "is encrypted"),
    "a data descriptor": (streamed(), "has a data descriptor"),
    "a name in UTF-8": (both(8, "H", 0x800), "has flags"),
    "patched data": (both(8, "H", 0x20), "has flags"),
    "zip64 by a field": (large_form(), "is zip64"),
    "zip64 by its version": (both(6, "H", 45), "is zip64"),
    "zip64 by a size": (both(24, "I", 0xFFFFFFFF), "is zip64"),
    "zip64 by its count": (patched(END_AT + 8, "I", 0xFFFFFFFF), "is zip64"),
    "zip64 by its offset": (patched(END_AT + 16, "I", 0xFFFFFFFF), "is zip64"),
    "an extra field": (by_zipfile(setting(extra=b"UT\0\0", external_attr=0)), "has an extra field"),
    "a comment of an entry": (by_zipfile(setting(comment=b"hi")), "has a comment"),
    "a comment of the archive": (commented(), "comment"),
    "a unix mode": (by_zipfile(mode(stat.S_IFREG | 0o644)), "another system"),
    "a link": (by_zipfile(mode(stat.S_IFLNK | 0o777)), "another system"),
    "a link that says it is of this system": (patched(FIRST_CENTRAL + 38, "I", 0xA1FF0000), "has attributes"),
    "text": (patched(FIRST_CENTRAL + 36, "H", 1), "has attributes"),
    "a folder": (made([(b"a/", b"")]), "is a folder"),
    "a folder by its attribute": (patched(FIRST_CENTRAL + 38, "I", 0x10), "has attributes"),
    "a time": (both(12, "H", 1), "has a time"),
    "a date": (by_zipfile(setting(date_time=(2026, 1, 2, 3, 4, 6), external_attr=0x20)), "has attributes|has a time"),
    "an absolute name": (made([(b"/etc/passwd", b"")]), "is absolute"),
    "a name above": (made([(b"../a", b"")]), "`..`"),
    "a backslash": (made([(b"..\\a", b"")]), "backslash"),
    "a name beyond ASCII": (made([("é".encode(), b"")]), "ASCII"),
    "no name": (made([(b"", b"")]), "empty part"),
    "a name twice": (made([(b"a", b"1"), (b"a", b"2")]), "is there twice"),
    "names not sorted": (made([(b"b", b"1"), (b"a", b"2")]), "not sorted"),
    "names in the order of a language": (made([(b"a", b"1"), (b"B", b"2")]), "not sorted"),
    "bytes before": (b"MZ" + GOOD, "bytes before"),
    "bytes after": (GOOD + b"\n", "does not end with its end record"),
    "bytes before that it knows of": (b"#!" + shifted(2), "a gap or an overlap"),
    "a gap before the directory": (gap(), "a gap before its central directory"),
    "another archive after": (GOOD + GOOD, "bytes before"),
    "a wrong offset": (patched(FIRST_CENTRAL + 42, "I", 1), "a gap or an overlap"),
    "an offset far away": (patched(FIRST_CENTRAL + CENTRAL + 1 + 42, "I", 0xFFFFFFF0), "a gap or an overlap"),
    "two entries of one": (patched(FIRST_CENTRAL + CENTRAL + 1 + 42, "I", 0), "a gap or an overlap"),
    "a size into the next": (sized(6), "a gap or an overlap"),
    "a size too small": (sized(4), "a gap or an overlap"),
    "a size beyond": (sized(0x7FFFFFFF), "overlaps the central directory"),
    "two sizes": (both(24, "I", 4), "has two sizes"),
    "another local name": (patched(LOCAL, "c", b"x"), "is not what the central directory says"),
    "another local method": (patched(8, "H", 8), "is not what the central directory says"),
    "another local size": (patched(22, "I", 4), "is not what the central directory says"),
    "another local CRC": (patched(14, "I", 0), "is not what the central directory says"),
    "another local version": (patched(4, "H", 20), "is not what the central directory says"),
    "another local flag": (patched(6, "H", 8), "is not what the central directory says"),
    "no local header": (patched(SECOND_LOCAL, "4s", b"PK\7\x08"), "is not what the central directory says"),
    "no central header": (patched(FIRST_CENTRAL, "4s", b"PK\3\4"), "is not an entry of a central directory"),
    "a wrong CRC": (both(16, "I", 0), "the CRC of a is wrong"),
    "other bytes": (patched(LOCAL + 1, "5s", b"fir5t"), "the CRC of a is wrong"),
    "another disk": (patched(FIRST_CENTRAL + 34, "H", 1), "another disk"),
    "several disks": (patched(END_AT + 4, "H", 1), "several disks"),
    "two counts": (patched(END_AT + 8, "H", 1), "several disks"),
    "one entry fewer": (patched(END_AT + 8, "I", 0x00010001), "bytes left over"),
    "one entry more": (patched(END_AT + 8, "I", 0x00030003), "central directory is truncated"),
    "no entries": (patched(END_AT + 8, "I", 0), "larger than its entries can need"),
    "a comment length": (patched(END_AT + 20, "H", 1), "a comment"),
    "a directory elsewhere": (patched(END_AT + 16, "I", FIRST_CENTRAL - 1), "bytes before or between"),
    "a large directory": (patched(END_AT + 12, "I", 0x7FFFFFFF), "bytes before or between"),
    "nothing": (b"", "has 0 bytes"),
    "an end alone, cut": (GOOD[END_AT + 1 :], "has 21 bytes"),
    "no zip": (b"\x89PNG" * 50, "does not end with its end record"),
}


@pytest.mark.parametrize(("data", "why"), HOSTILE.values(), ids=HOSTILE.keys())
def test_every_other_zip_is_refused_by_the_rule_it_breaks(tmp_path: Path, data: bytes, why: str) -> None:
    with pytest.raises(BundleError, match=why) as caught:
        opened(tmp_path, data)
    assert caught.value.path == tmp_path / "given.zip"
    assert caught.value.hint


def test_it_is_refused_wherever_it_is_cut(tmp_path: Path) -> None:
    for length in range(len(GOOD)):
        with pytest.raises(BundleError):
            opened(tmp_path, GOOD[:length])


def test_no_byte_can_be_another(tmp_path: Path) -> None:
    expected = opened(tmp_path, GOOD)
    assert expected == {"a": b"first", "b": b"second"}
    for at in range(len(GOOD)):
        for bit in range(8):
            with pytest.raises(BundleError):
                opened(tmp_path, patched(at, "B", GOOD[at] ^ 1 << bit))


def test_a_version_that_needs_no_more_is_read(tmp_path: Path) -> None:
    assert opened(tmp_path, both(6, "H", 20)) == {"a": b"first", "b": b"second"}


def test_a_wrong_crc_leaves_no_file_behind(tmp_path: Path) -> None:
    path = tmp_path / "given.zip"
    path.write_bytes(both(16, "I", 0))
    with Archive(path) as found, pytest.raises(BundleError, match="CRC"):
        found.extract("a", tmp_path / "out")
    assert [left.name for left in tmp_path.iterdir()] == ["given.zip"]


def test_a_large_directory_that_is_not_there_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "given.zip"
    with path.open("wb") as stream:  # a file of holes: 3 GiB that take no disk
        stream.truncate(3 << 30)
        stream.seek(0, os.SEEK_END)
        size = (3 << 30) - 100
        stream.write(struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 9, 9, size, 100, 0))
    tracemalloc.start()
    try:
        with pytest.raises(BundleError, match="larger than its entries can need"):
            Archive(path)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("how", ["longer", "shorter", "other"])
def test_a_file_that_changes_while_it_is_written_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"before")
    unchanged = module._unchanged

    def changed_first(*given: object) -> Iterator[bytes]:
        file.write_bytes({"longer": b"before!", "shorter": b"befor", "other": b"behind"}[how])
        return unchanged(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_unchanged", changed_first)
    with pytest.raises(BundleError, match="the source of a changed"):
        write_archive(tmp_path / "bundle.zip", {"a": file})
    assert [left.name for left in tmp_path.iterdir()] == ["file"]


def test_an_archive_that_the_format_cannot_hold_is_refused_before_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BundleError, match="65,534 files"):
        written(tmp_path, {str(number): b"" for number in range(65_535)})
    monkeypatch.setattr(module, "MOST_BYTES", len(GOOD))
    assert written(tmp_path, {"a": b"first", "b": b"second"}).read_bytes() == GOOD
    with pytest.raises(BundleError, match="an archive holds"):
        written(tmp_path, {"a": b"first", "b": b"second!"})


@pytest.mark.parametrize("source", ["missing", "folder", "pipe"])
def test_what_is_no_file_is_neither_written_nor_read(tmp_path: Path, source: str) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for use in (Archive, lambda path: write_archive(tmp_path / "bundle.zip", {"a": path})):
        with pytest.raises(BundleError, match="cannot read"):
            use(tmp_path / source)
    assert not (tmp_path / "bundle.zip").exists()


def test_a_folder_in_the_way_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "bundle.zip").mkdir()
    with pytest.raises(StorageError):
        written(tmp_path)


def test_an_archive_cut_while_it_is_open_is_truncated(tmp_path: Path) -> None:
    path = written(tmp_path, {"a": bytes(1 << 20), "b": bytes(9)})
    with Archive(path) as found:
        os.truncate(path, 100)
        with pytest.raises(PocketSegError, match="truncated"):
            found.read("a", 1 << 20)
