"""Atomic writes: an old file or folder stays whole, whatever the disk does."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from pocketseg.core import files
from pocketseg.core.cache import ROOT
from pocketseg.core.errors import StorageError
from pocketseg.core.npy import read_npy


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = files.write_text(tmp_path / "new/a.txt", "old")

    def fail() -> None:
        with files.atomic_file(path) as temporary:
            temporary.write_text("half of the n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_text() == "old" and list(path.parent.iterdir()) == [path]
    files.write_text(path, "new")
    assert path.read_text() == "new" and list(path.parent.iterdir()) == [path]


def test_a_failed_folder_leaves_the_old_folder_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "new/out"
    with files.atomic_folder(path) as folder:
        (folder / "a").write_text("old")

    def fail() -> None:
        with files.atomic_folder(path) as folder:
            (folder / "b").write_text("half")
            raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        fail()
    assert [p.name for p in path.iterdir()] == ["a"] and list(path.parent.iterdir()) == [path]
    with files.atomic_folder(path) as folder:
        (folder / "b").write_text("new")
    assert [p.name for p in path.iterdir()] == ["b"] and list(path.parent.iterdir()) == [path]


def test_values_that_json_cannot_hold_leave_no_file(tmp_path: Path) -> None:
    for value in (float("nan"), {"a": object()}):
        with pytest.raises((ValueError, TypeError)):
            files.write_json(tmp_path / "a.json", value)
    assert not list(tmp_path.iterdir())


def test_a_killed_write_leaves_the_old_file_whole(tmp_path: Path) -> None:
    path = files.write_text(tmp_path / "a.txt", "old")
    code = (
        "import os, sys; from pathlib import Path; from pocketseg.core.files import atomic_file\n"
        "with atomic_file(Path(sys.argv[1])) as t: t.write_text('half'); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, check=False).returncode == -9
    assert path.read_text() == "old"


def test_a_full_disk_is_a_storage_error_that_leaves_the_old_file_and_no_rest(full_disk: Path) -> None:
    path = files.write_text(full_disk / "a.bin", "old")
    with pytest.raises(StorageError, match=r"cannot write .*a\.bin: No space left") as caught:
        files.write_bytes(path, b"x" * 200_000)
    assert "free some space" in caught.value.hint
    assert path.read_text() == "old" and list(full_disk.iterdir()) == [path]


def test_a_checkpoint_on_a_full_disk_is_a_storage_error_that_keeps_the_last_one(full_disk: Path) -> None:
    import torch

    from pocketseg.training.state import Progress, save_state

    path = files.write_text(full_disk / "last.ckpt", "the last good one")
    network = torch.nn.Linear(300, 300)
    optimizer = torch.optim.SGD(network.parameters())
    with pytest.raises(StorageError, match=r"last\.ckpt: No space left"):
        save_state(path, network, optimizer, dict(network.state_dict()), Progress())
    assert path.read_text() == "the last good one" and list(full_disk.iterdir()) == [path]


Writer = Callable[[Path], AbstractContextManager[Path]]


@pytest.mark.parametrize("write", [files.atomic_file, files.atomic_folder])
def test_a_file_in_the_place_of_a_folder_is_a_storage_error(write: Writer, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file")
    for path in (tmp_path / "a/b", tmp_path / "a/b/c"):
        with pytest.raises(StorageError) as caught, write(path):
            pass
        assert "choose another folder" in caught.value.hint


def test_a_folder_in_the_place_of_a_file_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "a/inside").mkdir(parents=True)
    with pytest.raises(StorageError, match="cannot write"):
        files.write_text(tmp_path / "a", "x")
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("number", sorted(files._DISK_ERRNOS))
def test_every_disk_fault_becomes_one_sentence_with_the_path(number: int, tmp_path: Path) -> None:
    message = re.escape(f"cannot write {tmp_path}: {os.strerror(number)}")
    with pytest.raises(StorageError, match=message), files.disk_faults(tmp_path):
        raise OSError(number, os.strerror(number))


def test_a_fault_that_is_not_the_disks_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), files.disk_faults(tmp_path):
        (tmp_path / "none").read_text()


def test_a_folders_hash_depends_on_names_and_bytes_alone(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name / "sub").mkdir(parents=True)
        for file in ("x", "sub/y")[:: 1 if name == "a" else -1]:
            (tmp_path / name / file).write_text(file)
    first = files.sha256_path(tmp_path / "a")
    assert first == files.sha256_path(tmp_path / "b")
    assert files.size_bytes(tmp_path / "a") == 6
    (tmp_path / "b/x").rename(tmp_path / "b/z")
    assert files.sha256_path(tmp_path / "b") != first


def test_threads_read_arrays_one_header_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = io.BytesIO()
    np.save(stored, np.arange(6.0))
    inside, most = 0, 0
    read_array = np.lib.format.read_array

    def watched(stream: io.BytesIO, **settings: bool) -> npt.NDArray[np.float64]:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.002)
        found: npt.NDArray[np.float64] = read_array(stream, **settings)
        inside -= 1
        return found

    monkeypatch.setattr(np.lib.format, "read_array", watched)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: read_npy(io.BytesIO(stored.getvalue())), range(20)))
    assert all(np.array_equal(a, np.arange(6.0)) for a in found)
    assert most == 1
