"""The record: one JSON document for one file's run on one device, sealed when written and checked when read.

docs/record.md says what each field means and how another language seals it. records.jsonl holds one record per line.
"""

from __future__ import annotations

import codecs
import hashlib
import io
import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pocketseg.core._record_checks import MAJOR, SCHEMA_VERSION, check
from pocketseg.core._schema import printable, version_of
from pocketseg.core.errors import RecordError
from pocketseg.core.files import disk_faults, make_folder, write_text
from pocketseg.core.outside import open_regular, parse_json

__all__ = [
    "MOST_BYTES", "RECORDS", "SCHEMA_VERSION", "append_record", "kept_ids", "printable", "read_record", "read_records",
    "record_id", "sealed", "write_records",
]  # fmt: skip

RECORDS = "records.jsonl"
MOST_BYTES = 64 << 20  # of one record; a hundred thousand runs take a tenth of it
_MOST_FILE_BYTES = 1 << 30
_OPEN = "0" * 64  # stands in place of the seal while it is computed
_SEAL = re.compile(r"[0-9a-f]{64}")
_BLOCK_BYTES = 1 << 16
_checked: set[str] = set()  # seals of the records that this process has found to be valid
_DAMAGED = "copy it again from its source, or measure again"


def record_id(document: dict[str, Any]) -> str:
    """Return a record's id, `RUNID/PLACE`."""
    return f"{document['run']['id']}/{document['run']['place']}"


def sealed(document: dict[str, Any]) -> str:
    """Return the document as one line of JSON with its seal; an existing seal is computed anew.

    Raises RecordError for a document that could not be read back.
    """
    first = {"schema_version": document.get("schema_version"), "seal": _OPEN}
    try:
        whole = {**first, **document, **first}
        text = json.dumps(whole, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        place = text.index(f'"seal":"{_OPEN}"') + len('"seal":"')
        seal = hashlib.sha256(text.encode()).hexdigest()
    except (ValueError, TypeError, RecursionError) as error:
        raise _refused("a record that was made here", str(error)) from error
    text = text[:place] + seal + text[place + len(seal) :]
    read_record(text, "a record that was made here")
    return text


def read_record(text: str | bytes, where: str = "this record") -> dict[str, Any]:
    """Return the document in a text, with its seal, fields and reasons checked.

    Fields of a newer minor version are kept unchecked.

    Args:
        text: the record's JSON.
        where: how messages refer to it.

    Raises:
        RecordError: where it is damaged or of a newer version.
    """
    try:
        data = (text.encode() if isinstance(text, str) else text).removeprefix(codecs.BOM_UTF8).strip()
        if len(data) > MOST_BYTES:
            raise ValueError(f"it is larger than {MOST_BYTES:,} bytes")
        found = parse_json(data)
        if not isinstance(found, dict):
            raise ValueError("it is no table")
        major, _ = version = version_of(found)
        if major > MAJOR:
            raise RecordError(
                f"{where} is of version {found['schema_version']}, and this program reads {MAJOR}.x",
                hint="update pocketseg: `git pull`, then `make setup`; or install its newest wheel",
            )
        if major < MAJOR:
            raise ValueError(f"it is of version {found['schema_version']}, and this program reads {MAJOR}.x")
        _check_seal(data, found.get("seal"))
        if found["seal"] not in _checked:  # the hash of all its bytes
            check(found, version)
            _checked.add(found["seal"])
    except ValueError as error:
        raise _refused(where, str(error)) from error
    return found


def read_records(path: Path) -> list[dict[str, Any]]:
    """Return the records of a JSON Lines file; none where the file does not exist.

    A last line without a line end that is not JSON was cut off by a kill or a full disk, and is skipped. Every other
    line is a record or an error. Raises RecordError, which names the line.
    """
    return [_read_line(path, number, line) for number, line in _lines(path)]


def _read_line(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        return read_record(line, f"line {number} of {path}")
    except RecordError as error:
        raise RecordError(error.message, hint=error.hint, path=path, line=number) from error


def kept_ids(path: Path) -> set[str]:
    """Return the ids of the records in a file after a quick look: nothing is checked, and damaged lines have no id."""
    found = set()
    for _, line in _lines(path):
        try:
            found.add(record_id(parse_json(line)))
        except (ValueError, KeyError, TypeError):
            continue
    return found


def append_record(path: Path, document: dict[str, Any]) -> None:
    """Append a record as a line and sync it; an incomplete last line, left by a killed process, is removed.

    Raises RecordError for a record that could not be read back, StorageError.
    """
    line = sealed(document).encode() + b"\n"
    make_folder(path.parent)
    with disk_faults(path), path.open("ab+") as stream:
        torn = _torn_bytes(stream)
        if torn:
            stream.truncate(stream.tell() - torn)
        elif not _ends_a_line(stream):
            line = b"\n" + line
        stream.write(line)
        stream.flush()
        os.fsync(stream.fileno())


def write_records(path: Path, documents: Iterable[dict[str, Any]]) -> Path:
    """Write a file of records atomically; of several records with one id, the last is kept."""
    by_id = {record_id(document): document for document in documents}
    return write_text(path, "".join(f"{sealed(document)}\n" for document in by_id.values()))


def _refused(where: str, what: str) -> RecordError:
    return RecordError(f"{where} is not a valid record: {printable(what)}", hint=_DAMAGED)


def _check_seal(data: bytes, seal: Any) -> None:
    """Compare the seal with the bytes that it was computed from. Raises ValueError."""
    if not isinstance(seal, str) or not _SEAL.fullmatch(seal):
        raise ValueError("it has no seal")
    quoted = f'"{seal}"'.encode()
    if data.count(quoted) != 1:
        raise ValueError("its seal does not occur in it exactly once")
    if hashlib.sha256(data.replace(quoted, f'"{_OPEN}"'.encode())).hexdigest() != seal:
        raise ValueError("its seal does not fit: it was changed or cut after it was written")


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file that are not blank, with their numbers from 1, without an incomplete last one.

    Raises RecordError where the file cannot be read.
    """
    try:
        handle = open_regular(path)
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise RecordError(f"{path} cannot be read ({error})", hint="give another folder", path=path) from error
    with os.fdopen(handle, "rb") as stream:
        if os.fstat(handle).st_size > _MOST_FILE_BYTES:
            raise RecordError(
                f"{path} is larger than {_MOST_FILE_BYTES:,} bytes", hint="give another folder", path=path
            )
        number = 0
        while line := stream.readline(MOST_BYTES + 2):
            number += 1
            too_long = len(line) == MOST_BYTES + 2
            if line.strip() and (too_long or line.endswith(b"\n") or _is_json(line)):
                yield number, line
            if too_long:
                return  # the caller reports it; the rest is not a line


def _is_json(line: bytes) -> bool:
    try:
        parse_json(line)
    except ValueError:
        return False
    return True


def _ends_a_line(stream: io.BufferedRandom) -> bool:
    """Return whether a file is empty or ends with a line end; leaves the stream at its end."""
    size = stream.seek(0, os.SEEK_END)
    if size == 0:
        return True
    stream.seek(size - 1)
    return stream.read(1) == b"\n"


def _torn_bytes(stream: io.BufferedRandom) -> int:
    """Return the length of an incomplete last line, left by a kill, 0 where there is none; leaves the stream at its
    end."""
    if _ends_a_line(stream):
        return 0
    size = start = stream.seek(0, os.SEEK_END)
    tail = b""
    while start and b"\n" not in tail:
        step = min(_BLOCK_BYTES, start)
        start -= step
        stream.seek(start)
        tail = stream.read(step) + tail
    stream.seek(size)
    last = tail.rpartition(b"\n")[2]
    return 0 if _is_json(last) else len(last)
