"""Tools, pins and the archive of the Android build: what is fetched is what is pinned, what is packed is aligned."""

from __future__ import annotations

import hashlib
import http.server
import io
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pocketseg.core.errors import DataError
from scripts.android import archive, libraries, pins, testing
from scripts.android.deb import unpack
from scripts.android.fetch import Pinned, fetch

CONTENT = bytes(range(256)) * 40


class _Server(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT, or what is left of it from where it is asked; /cut ends early, /none is not there."""

    asked: list[str | None] = []  # noqa: RUF012 - one list for the requests of a test

    def do_GET(self) -> None:
        span = self.headers.get("Range")
        self.asked.append(span)
        if "none" in self.path:
            self.send_error(404)
            return
        first = int(span.removeprefix("bytes=").rstrip("-")) if span else 0
        self.send_response(206 if span else 200)
        self.send_header("Content-Length", str(len(CONTENT) - first))
        self.end_headers()
        last = 5000 if "cut" in self.path else len(CONTENT)
        self.wfile.write(CONTENT[first:last])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    _Server.asked.clear()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Server) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{found.server_address[1]}"
        found.shutdown()


PINNED = Pinned(file="a/file.bin", size_bytes=len(CONTENT), sha256=hashlib.sha256(CONTENT).hexdigest())


def test_a_download_goes_on_where_it_was_cut(server: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="early"):
        fetch(PINNED, [f"{server}/cut"], tmp_path)
    assert fetch(PINNED, [server], tmp_path).read_bytes() == CONTENT
    assert _Server.asked == [None, "bytes=5000-"]
    fetch(PINNED, [], tmp_path)  # it is there: nobody is asked


def test_the_next_server_is_asked_where_one_has_nothing(server: str, tmp_path: Path) -> None:
    assert fetch(PINNED, [f"{server}/none", server], tmp_path).read_bytes() == CONTENT


def test_other_bytes_than_the_pinned_ones_are_thrown_away(server: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not those that are pinned"):
        fetch(replace(PINNED, sha256="0" * 64), [server], tmp_path)
    assert list(tmp_path.iterdir()) == []
    longer = replace(PINNED, size_bytes=100, sha256=hashlib.sha256(CONTENT[:100]).hexdigest())
    assert fetch(longer, [server], tmp_path / "cut").read_bytes() == CONTENT[:100]  # never more than it may have


def _deb(path: Path, names: dict[str, bytes]) -> Path:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:xz") as data:
        for name, content in names.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), 0o755
            data.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("./usr/lib/libb.so")
        link.type, link.linkname = tarfile.SYMTYPE, "liba.so"
        data.addfile(link)
    members = {"debian-binary": b"2.0\n", "control.tar.xz": b"odd", "data.tar.xz": stream.getvalue()}
    text = b"!<arch>\n"
    for name, content in members.items():
        text += (
            f"{name:16}{0:<12}{0:<6}{0:<6}{'100644':8}{len(content):<10}`\n".encode()
            + content
            + b"\n" * (len(content) % 2)
        )
    path.write_bytes(text)
    return path


def test_a_debian_package_is_unpacked_without_debians_tools(tmp_path: Path) -> None:
    unpack(_deb(tmp_path / "a.deb", {"./usr/lib/liba.so": b"library"}), tmp_path / "out")
    assert (tmp_path / "out/usr/lib/libb.so").read_bytes() == b"library"


@pytest.mark.parametrize("name", ["../outside", "/outside", "a/../../outside"])
def test_a_package_writes_nothing_outside_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="may not write"):
        unpack(_deb(tmp_path / "a.deb", {name: b"x"}), tmp_path / "out")
    (tmp_path / "b.deb").write_bytes(b"no package")
    with pytest.raises(DataError, match=r"b\.deb is not a Debian package"):
        unpack(tmp_path / "b.deb", tmp_path / "out")
    assert {path.name for path in tmp_path.iterdir()} <= {"a.deb", "b.deb", "out"}


ENTRIES = {
    "classes.dex": b"dex" * 3000, "AndroidManifest.xml": b"<m/>", "resources.arsc": b"table" * 11,
    "lib/arm64-v8a/liba.so": b"a" * 5000, "lib/arm64-v8a/libb.so": b"b" * 17000,
}  # fmt: skip


def test_what_android_maps_is_stored_and_aligned_and_the_rest_compressed(tmp_path: Path) -> None:
    path = archive.write_archive(tmp_path / "a.apk", ENTRIES)
    found = {entry.name: entry for entry in archive.entries(path)}
    assert list(found) == sorted(ENTRIES)
    for name in ENTRIES:
        is_mapped = name.endswith((".so", ".arsc"))
        assert found[name].is_stored == is_mapped
        assert not is_mapped or found[name].offset % (16384 if name.endswith(".so") else 4) == 0
    data = path.read_bytes()
    so = found["lib/arm64-v8a/libb.so"]
    assert data[so.offset : so.offset + so.size_bytes] == ENTRIES[so.name]
    with zipfile.ZipFile(path) as opened:
        assert opened.testzip() is None and {name: opened.read(name) for name in opened.namelist()} == ENTRIES


def test_the_same_entries_give_the_same_bytes_whatever_their_order(tmp_path: Path) -> None:
    one = archive.write_archive(tmp_path / "a.apk", ENTRIES).read_bytes()
    two = archive.write_archive(tmp_path / "b.apk", dict(reversed(ENTRIES.items()))).read_bytes()
    assert one == two


def test_two_archives_with_one_library_agree_or_the_build_ends() -> None:
    same = [libraries.Native(name="libc++_shared.so", source=source, data=b"1") for source in ("a", "b")]
    assert libraries.merged(same) == {"libc++_shared.so": b"1"}
    with pytest.raises(DataError, match=r"libc\+\+_shared\.so comes from a .* and from b .* differ"):
        libraries.merged([same[0], replace(same[1], data=b"2")])


def test_pins_are_compared_with_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    jar = tmp_path / "a" / "a.jar"
    jar.write_bytes(b"jar")
    listed = tmp_path / "list"
    listed.write_text(f"{hashlib.sha256(b'jar').hexdigest()}  a/a.jar\n{'0' * 64}  a/b.jar\n")
    pinned = pins.read(listed)
    assert list(pins.faults(tmp_path, pinned)) == [] and pins.absent(tmp_path, pinned) == ["a/b.jar"]
    jar.write_bytes(b"other")
    assert list(pins.faults(tmp_path, pinned)) == ["a/a.jar is not the one that is pinned"]
    taken = [jar, tmp_path / "a" / "c.jar", Path("/elsewhere/classes")]
    assert pins.unpinned(tmp_path, taken, pinned) == ["a/c.jar"]
    listed.write_text("abc  a/a.jar\n")
    with pytest.raises(DataError, match="line 1"):
        pins.read(listed)


def test_the_kept_list_of_artifacts_names_what_the_build_stands_on() -> None:
    names = "\n".join(pins.read())
    for part in (
        "kotlin-compiler",
        "r8-",
        "android-all-15",
        "onnxruntime-",
        "tensorflow-lite-",
        "robolectric-",
        "ktlint",
    ):
        assert part in names, part


def test_tests_are_counted_by_mavens_reports(tmp_path: Path) -> None:
    folder = tmp_path / "target" / "surefire-reports"
    folder.mkdir(parents=True)
    (folder / "TEST-a.xml").write_text(
        '<testsuite tests="5" failures="1" errors="0" skipped="2"><testcase><skipped message="a phone\'s"/></testcase>'
        '<testcase><skipped message="NOT VERIFIED: no natives here"/></testcase></testsuite>'
    )
    (folder / "TEST-b.xml").write_text('<testsuite tests="3" failures="0" errors="0" skipped="0"/>')
    outcome = testing.Outcome(part="core")
    testing._count(tmp_path, outcome)
    assert (outcome.tests, outcome.skipped, outcome.not_verified) == (5, 2, ["no natives here"])
    assert outcome.said == "5 passed, 2 skipped, 1 failed"
