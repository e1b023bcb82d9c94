"""Files that are whole or absent: atomic writes, hashes, and disk errors in plain words."""

from __future__ import annotations

import errno
import glob
import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from pocketseg.core.errors import StorageError, UsageError

_CHUNK_BYTES = 1 << 20
FULL_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DISK_ERRNOS = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EACCES,
    errno.EROFS,
    errno.EPERM,
    errno.EFBIG,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EEXIST,
    errno.ENAMETOOLONG,
    errno.EIO,
}


def storage_error(error: OSError, path: Path) -> StorageError:
    """Return the StorageError that says what an OSError on writing `path` means and what to do."""
    hints = {
        errno.ENOSPC: "The disk is full: free some space, or write elsewhere (--out, --cache-dir).",
        errno.EDQUOT: "Your disk quota is used up: free some space, or write elsewhere (--out, --cache-dir).",
        errno.EACCES: "You may not write there: choose another folder.",
        errno.EPERM: "You may not write there: choose another folder.",
        errno.EROFS: "That file system is read-only: choose another folder.",
        errno.ENOTDIR: "A part of that path is a file, not a folder: choose another folder.",
        errno.EEXIST: "A file of that name is in the way: choose another folder.",
        errno.EISDIR: "A folder of that name is in the way: choose another name.",
    }
    reason = error.strerror or str(error)
    return StorageError(f"cannot write {path}: {reason}", hint=hints.get(error.errno or 0, ""), path=path)


def expanded(path: str | Path) -> Path:
    """Return the path with a leading `~` or `~NAME` replaced by that home folder.

    Raises UsageError where that home folder cannot be found.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:  # no HOME and no entry in the user database, or no such user
        raise UsageError(
            f"{path} begins with a home folder that cannot be found", hint="write out the whole path"
        ) from error


@contextmanager
def disk_faults(path: Path) -> Iterator[None]:
    """Raise a full disk, a missing permission and the like as a StorageError on `path`."""
    try:
        yield
    except OSError as error:
        if error.errno in _DISK_ERRNOS:
            raise storage_error(error, path) from error
        raise


def make_folder(path: Path) -> Path:
    """Create a folder and its parents. Raises StorageError."""
    with disk_faults(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yield a temporary name beside `path`; on success that file is synced and renamed onto `path`, else removed.

    A `path` that exists and is not a regular file (a device, a socket, a folder) is left alone. Raises StorageError.
    """
    if path.exists() and not path.is_file():
        kind = "a folder" if path.is_dir() else "no regular file"
        raise StorageError(f"cannot write {path}: it is {kind}", hint="choose another name", path=path)
    make_folder(path.parent)
    with disk_faults(path):
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        os.close(handle)
    temporary = Path(name)
    try:
        with disk_faults(path):
            yield temporary
            with temporary.open("rb") as stream:
                os.fsync(stream.fileno())
            temporary.chmod(0o644)
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder beside `path`; on success it takes the place of `path`, else it is removed."""
    make_folder(path.parent)
    with disk_faults(path):
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent))
    try:
        with disk_faults(path):
            yield temporary
            temporary.chmod(0o755)
            replace_folder(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def replace_folder(source: Path, path: Path) -> None:
    """Rename `source` onto `path`; an older `path` is moved aside first and removed last."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.old"):  # left by a process that was killed in between
        shutil.rmtree(left, ignore_errors=True)
    old = path.with_name(f".{path.name}.{os.getpid()}.old")
    if path.is_symlink() or path.is_file():
        path.unlink()
    if path.exists():
        path.replace(old)
    source.replace(path)
    shutil.rmtree(old, ignore_errors=True)


def write_text(path: Path, text: str) -> Path:
    """Write UTF-8 text atomically."""
    return write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes | memoryview) -> Path:
    """Write bytes atomically. Raises StorageError, also where the disk cuts the write short."""
    with atomic_file(path) as temporary:
        temporary.write_bytes(data)
        if temporary.stat().st_size != len(data):
            raise OSError(errno.EIO, "the disk kept only part of it")
    return path


def write_chunks(path: Path, chunks: Iterable[bytes]) -> Path:
    """Write bytes atomically as they are produced; an error while producing them leaves nothing behind."""
    with atomic_file(path) as temporary, temporary.open("wb") as stream:
        for chunk in chunks:
            stream.write(chunk)
    return path


def write_encoded(path: Path, encode: Callable[[IO[bytes]], object]) -> Path:
    """Let a library encode into memory, then write that atomically: a picture, an array, an archive.

    Libraries that write to a name or a file bypass Python's checks and may report success on a full disk.
    """
    stream = io.BytesIO()
    encode(stream)
    return write_bytes(path, stream.getbuffer())


def copy_file(source: Path, path: Path) -> Path:
    """Copy a file's bytes atomically."""
    with atomic_file(path) as temporary:
        shutil.copyfile(source, temporary)
    return path


def copy_folder(source: Path, path: Path) -> Path:
    """Copy a folder's files, each atomically; existing files of the same names are replaced."""
    make_folder(path)
    for file in sorted(p for p in source.rglob("*") if p.is_file()):
        copy_file(file, path / file.relative_to(source))
    return path


def write_json(path: Path, value: Any) -> Path:
    """Write JSON atomically, indented, with keys in the order given."""
    return write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def sha256_file(path: Path) -> str:
    """Return a file's SHA-256 in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def sha256_path(path: Path) -> str:
    """Return the SHA-256 of a file, or of a folder (a Core ML package): relative names and bytes, in sorted order."""
    if path.is_file():
        return sha256_file(path)
    digest = hashlib.sha256()
    for child in sorted(p for p in path.rglob("*") if p.is_file()):
        digest.update(child.relative_to(path).as_posix().encode() + b"\0" + bytes.fromhex(sha256_file(child)))
    return digest.hexdigest()


def sha256_json(value: Any) -> str:
    """Return the SHA-256 of a JSON value in canonical form (sorted keys, no blanks)."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def size_bytes(path: Path) -> int:
    """Return the size of a file, or of all files in a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(p.stat().st_size for p in path.rglob("*") if p.is_file())
