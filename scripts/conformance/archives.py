"""Cases of the canonical zip: archives with their files, and every other kind of zip with the error it must cause."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pocketseg.core._archive_form import CENTRAL, END, LOCAL
from pocketseg.core.archive import write_archive
from scripts.conformance.arrays import Store

ERRORS = {
    "truncated": "it is shorter than its end record says, or than an end record",
    "end-record": "its end record is not at the end, has a comment, or does not say where its directory is",
    "zip64": "it is zip64, or wants a later reader than 2.0",
    "compressed": "an entry is not stored",
    "encrypted": "an entry is encrypted",
    "data-descriptor": "an entry's sizes follow its bytes",
    "flags": "another flag is set, such as that of UTF-8 names",
    "two-sizes": "an entry is stored and has two sizes",
    "extra-field": "an entry has an extra field",
    "comment": "an entry has a comment",
    "made-by": "it was made by another system or version than 2.0 on host 0",
    "attributes": "an entry has attributes: a link, a folder, a mode",
    "time": "an entry's time is not 1980-01-01 0:00",
    "other-disk": "an entry lies on another disk",
    "local-header": "a local header does not say what the central directory says",
    "gap": "entries do not lie one after the other from the first byte to the directory",
    "not-sorted": "names are not ascending, or one is there twice",
    "same-name": "two names are one but for upper and lower case, or one is a file and a folder",
    "wrong-crc": "an entry's bytes have another CRC-32",
    "name-not-ascii": "", "name-backslash": "", "name-absolute": "", "name-folder": "it ends with a slash",
    "name-dots": "a part is empty, `.` or `..`", "name-too-long": "above 8 parts, 64 bytes a part, 200 in all",
    "name-characters": "a part is not [A-Za-z0-9_][A-Za-z0-9._-]*, or ends with a dot",
}  # fmt: skip
_FILES = {"bundle.json": b"{}\n", "inputs/5x3.rgb": bytes(range(45)), "labels/0.runs": b"PSCM\1\1\0\0\0\2\0\0\0\1\2"}
# of a local header and of a directory's entry: what may be changed, in order
_FIELDS = ("needed", "flags", "method", "time", "date", "crc", "packed", "size", "name_bytes", "extra_bytes")


def cases(store: Store) -> dict[str, Any]:
    """Return the cases."""
    valid: dict[str, Mapping[str, bytes]] = {
        "bundle": _FILES,
        "no-files": {},
        "one-empty-file": {"a": b""},
        "sorted-by-bytes": {"B": b"1", "_": b"2", "a": b"3"},
        "longest-name": {"/".join(["n" * 24] * 8): b"deep"},
        "a-name-that-begins-like-another": {"a.b": b"1", "a/b": b"2"},
    }
    return {
        "about": "docs/bundle.md, the zip; contents must be equal, and writing the files gives the same bytes",
        "errors": ERRORS,
        "cases": [*(_case(store, name, files) for name, files in valid.items()), _needs_20(store)],
        "refused": [
            {"name": name, "bytes": store.given(np.frombuffer(data, np.uint8), name), "error": error}
            for name, data, error in hostile()
        ],
    }


def _case(store: Store, name: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        data = write_archive(Path(folder) / "a.zip", files).read_bytes()
    found = {key: files[key].hex() for key in sorted(files)}
    return {"name": name, "files": found, "bytes": store.given(np.frombuffer(data, np.uint8), name), "written": True}


def _needs_20(store: Store) -> dict[str, Any]:
    """Return an archive that readers accept and nobody writes: it asks for version 2.0 where 1.0 would do."""
    data = np.frombuffer(made(_FILES, {name: {"needed": 20} for name in _FILES}), np.uint8)
    found = {key: _FILES[key].hex() for key in sorted(_FILES)}
    return {"name": "needs-2.0", "files": found, "bytes": store.given(data, "needs-2.0"), "written": False}


def hostile() -> list[tuple[str, bytes, str]]:
    """Return every other kind of zip, each with one thing wrong: name, bytes, error."""
    whole = made(_FILES)
    packed = zlib.compress(bytes(45), wbits=-15)
    deflated = {"a": {"method": 8, "needed": 20, "packed": len(packed), "size": 45, "crc": zlib.crc32(bytes(45))}}
    return [
        ("empty", b"", "truncated"),
        ("a-word", b"PK\3\4", "truncated"),
        ("cut-in-the-end-record", whole[:-1], "end-record"),
        ("without-its-end-record", whole[: -END.size], "end-record"),
        ("bytes-after", whole + b"\0", "end-record"),
        ("comment-of-the-archive", made(_FILES, comment=b"hello"), "end-record"),
        ("bytes-before", b"#!" + whole, "end-record"),
        ("fewer-entries-than-said", made(_FILES, count=2), "end-record"),
        ("more-entries-than-said", made(_FILES, count=4), "end-record"),
        ("two-disks", made(_FILES, disk=1), "end-record"),
        ("zip64-count", made(_FILES, count=0xFFFF), "zip64"),
        ("zip64-size", made({"a": b"1"}, {"a": {"packed": 0xFFFFFFFF, "size": 0xFFFFFFFF}}), "zip64"),
        ("zip64-version", made({"a": b"1"}, {"a": {"needed": 45}}), "zip64"),
        ("deflated", made({"a": packed}, deflated), "compressed"),
        ("bzip2", made({"a": b"1"}, {"a": {"method": 12}}), "compressed"),
        ("encrypted", made({"a": bytes(13)}, {"a": {"flags": 1}}), "encrypted"),
        ("data-descriptor", made({"a": b"1"}, {"a": {"flags": 8}}), "data-descriptor"),
        ("utf-8-flag", made({"a": b"1"}, {"a": {"flags": 0x800}}), "flags"),
        ("two-sizes", made({"a": b"123"}, {"a": {"size": 4}}), "two-sizes"),
        ("extra-field", made({"a": b"1"}, extra=b"\xca\xfe\0\0"), "extra-field"),
        ("comment-of-an-entry", made({"a": b"1"}, entry_comment=b"hello"), "comment"),
        ("unix-mode", made({"a": b"1"}, {"a": {"external": 0o100644 << 16}}), "attributes"),
        ("symbolic-link", made({"a": b"/etc/passwd"}, {"a": {"external": 0o120777 << 16}}), "attributes"),
        ("folder-by-attribute", made({"a": b""}, {"a": {"external": 0x10}}), "attributes"),
        ("text-attribute", made({"a": b"1"}, {"a": {"internal": 1}}), "attributes"),
        ("made-on-unix", made({"a": b"1"}, {"a": {"made_by": 3 << 8 | 20}}), "made-by"),
        ("a-time", made({"a": b"1"}, {"a": {"time": 0x6000, "date": 0x5A21}}), "time"),
        ("another-disk", made({"a": b"1"}, {"a": {"start_disk": 1}}), "other-disk"),
        ("two-names", made({"a": b"1"}, local_names={"a": "b"}), "local-header"),
        ("sizes-in-the-directory-alone", made({"a": b"123"}, local={"a": {"size": 0, "packed": 0}}), "local-header"),
        ("an-entry-in-no-directory", made({"a": b"1", "b": b"2"}, hidden=("b",)), "gap"),
        ("a-gap-before-an-entry", made({"a": b"1", "b": b"2"}, gap=("b", b"\0\0")), "gap"),
        ("one-place-twice", made({"a": b"1", "b": b"1"}, {"b": {"offset": 0}}), "gap"),
        ("not-sorted", made({"b": b"1", "a": b"2"}), "not-sorted"),
        ("a-name-twice", made({"a": b"1", "a\0": b"2"}, both_names={"a\0": "a"}), "not-sorted"),
        ("upper-and-lower-case", made({"A": b"1", "a": b"2"}), "same-name"),
        ("file-and-folder", made({"a": b"1", "a/b": b"2"}), "same-name"),
        ("wrong-crc", made({"a": b"123"}, {"a": {"crc": 0}}), "wrong-crc"),
        *((f"name-{k}", made({name: b"1", "z": b"2"}), error) for k, (name, error) in enumerate(_names())),
    ]


def _names() -> list[tuple[str, str]]:
    return [
        ("../a", "name-dots"),
        ("a/../../b", "name-dots"),
        ("./a", "name-dots"),
        ("a//b", "name-dots"),
        ("", "name-dots"),
        ("/a", "name-absolute"),
        ("a\\b", "name-backslash"),
        ("..\\a", "name-backslash"),
        ("a/", "name-folder"),
        ("C:a", "name-characters"),
        ("a b", "name-characters"),
        ("a\nb", "name-characters"),
        ("a\0b", "name-characters"),
        ("$(a)", "name-characters"),
        (".a", "name-characters"),
        ("-a", "name-characters"),
        ("a.", "name-characters"),
        ("a'b", "name-characters"),
        ("\u00fc", "name-not-ascii"),
        ("u\u0308", "name-not-ascii"),
        ("n" * 65, "name-too-long"),
        ("/".join("abcdefghi"), "name-too-long"),
        ("/".join(["n" * 40] * 5), "name-too-long"),
    ]


def made(
    files: Mapping[str, bytes],
    changes: Mapping[str, Mapping[str, int]] | None = None,
    *,
    local: Mapping[str, Mapping[str, int]] | None = None,
    local_names: Mapping[str, str] | None = None,
    both_names: Mapping[str, str] | None = None,
    hidden: tuple[str, ...] = (),
    gap: tuple[str, bytes] = ("", b""),
    extra: bytes = b"",
    entry_comment: bytes = b"",
    comment: bytes = b"",
    count: int | None = None,
    disk: int = 0,
) -> bytes:
    """Return a zip in the order of the files, with the requested defects. local: only in local headers."""
    body, directory, entries = b"", b"", 0
    for key, data in files.items():
        name = (both_names or {}).get(key, key).encode()
        said = {
            "needed": 10,
            "flags": 0,
            "method": 0,
            "time": 0,
            "date": 0x21,
            "crc": zlib.crc32(data),
            "packed": len(data),
            "size": len(data),
            "name_bytes": len(name),
            "extra_bytes": len(extra),
            "made_by": 20,
            "start_disk": 0,
            "internal": 0,
            "external": 0,
            **(changes or {}).get(key, {}),
        }
        body += gap[1] if key == gap[0] else b""
        offset = said.get("offset", len(body))
        own = {**said, **(local or {}).get(key, {})}
        local_name = (local_names or {}).get(key, name.decode()).encode()
        body += LOCAL.pack(b"PK\3\4", *(own[f] for f in _FIELDS)) + local_name + extra + data
        if key in hidden:
            continue
        entries += 1
        directory += (
            CENTRAL.pack(
                b"PK\1\2",
                said["made_by"],
                *(said[f] for f in _FIELDS),
                len(entry_comment),
                said["start_disk"],
                said["internal"],
                said["external"],
                offset,
            )
            + name
            + extra
            + entry_comment
        )
    entries = entries if count is None else count
    return body + directory + END.pack(
        b"PK\5\6", disk, disk, entries, entries, len(directory), len(body), len(comment)
    ) + comment  # fmt: skip
