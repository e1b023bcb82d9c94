"""Full disks: whatever a command writes is whole or absent, and the status says so."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from _commands import Call
from PIL import Image

from pocketseg.core import files
from pocketseg.core.cache import ROOT
from pocketseg.core.errors import StorageError
from pocketseg.core.npy import write_npy
from pocketseg.data.embedded import sample_photos

PAGE_BYTES = 4096
PICTURE = Image.fromarray(np.random.default_rng(0).integers(0, 255, (100, 100, 3), np.uint8))
PACKAGES = ("models", "compress", "export", "benchmark", "pocketseg")


def _leave(disk: Path, room_bytes: int) -> None:
    """Fill a disk but for so much."""
    import shutil

    (disk / "filler").write_bytes(b"x" * max(0, shutil.disk_usage(disk).free - room_bytes))


WRITERS: dict[str, Callable[[Path], object]] = {
    "a picture": lambda p: files.write_encoded(p, lambda stream: PICTURE.save(stream, format="PNG")),
    "an array": lambda p: write_npy(p, np.zeros((120, 100), np.float32)),
    "an archive": lambda p: files.write_encoded(p, lambda s: np.savez(s, a=np.zeros((120, 100), np.float32))),
    "a copy": lambda p: files.copy_file(ROOT / "LICENSE", p),
    "a text": lambda p: files.write_text(p, "x" * 30_000),
}


@pytest.mark.parametrize("what", WRITERS)
def test_a_disk_with_room_for_all_but_the_last_page_keeps_nothing_of_a_file(
    what: str, tmp_path: Path, full_disk: Path
) -> None:
    if not full_disk.is_mount():
        pytest.skip("no file system may be mounted here")
    WRITERS[what](tmp_path / "whole")
    pages = -(-(tmp_path / "whole").stat().st_size // PAGE_BYTES)
    _leave(full_disk, (pages - 1) * PAGE_BYTES)
    with pytest.raises(StorageError, match="No space left"):
        WRITERS[what](full_disk / "cut")
    assert [p.name for p in full_disk.iterdir()] == ["filler"]


def test_a_segmented_photo_that_does_not_fit_the_disk_ends_with_8_and_leaves_nothing_half_written(
    pocketseg: Call, full_disk: Path
) -> None:
    photos = sample_photos()
    answer = pocketseg(
        "segment", photos.image_path(photos.ids[0]), "--model", "topformer_tiny", "--out", full_disk / "out"
    )
    assert answer.code == 8 and "No space left" in answer.err and "free some space" in answer.err
    for file in (full_disk / "out").iterdir():
        Image.open(file).load()


def test_tensorboards_events_on_a_full_disk_are_an_error_and_no_wait(full_disk: Path) -> None:
    from pocketseg.training.curves import log_events

    row = {"loss": 1.0, "val_miou": 0.5, "lr": 0.1, "images_per_s": 1.0, "height_px": 64}
    with pytest.raises(StorageError, match="No space left"):
        log_events(full_disk / "events", [{**row, "epoch": epoch} for epoch in range(300)])
    assert list((full_disk / "events").iterdir()) == []


def test_a_file_size_limit_of_the_system_is_a_full_disk_too(tmp_path: Path) -> None:
    code = "from pocketseg.core.files import write_bytes; from pathlib import Path; import sys;"
    code += "write_bytes(Path(sys.argv[1]), b'x' * 100_000)"
    limited = ["bash", "-c", 'ulimit -f 50; exec "$@"', "bash"]  # in kB
    done = subprocess.run(
        [*limited, sys.executable, "-c", code, str(tmp_path / "x")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "StorageError" in done.stderr and "File too large" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_conversion_on_a_full_disk_says_so_whatever_its_converter_says(
    full_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from export._shared import Shared
    from pocketseg.artifacts import _process, convert

    def fails(conversion: dict[str, object], out: Path, shared: Shared) -> None:
        (out / "part").touch()
        _leave(full_disk, 0)
        raise RuntimeError("native code says nothing of disks")

    if not full_disk.is_mount():
        pytest.skip("no file system may be mounted here")
    monkeypatch.setattr(convert, "convert", fails)
    answer = _process.attempt({}, full_disk, Shared())
    assert answer["error"]["type"] == StorageError.__name__ and "No space left" in answer["error"]["message"]
    assert answer["spoilt"] and not (full_disk / "out").exists()


def _faulty_calls(path: Path) -> list[str]:
    """List calls that let a library write a file by name, or open one for writing, past core/files.py."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        whose, name = ast.unparse(node.func.value), node.func.attr
        given = [ast.unparse(a) for a in node.args]
        into_memory = given[:1] in (["stream"], ["text"]) or given[1:2] == ["stream"] or whose == "safetensors.torch"
        modes = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        past = {
            "save": not into_memory,
            **dict.fromkeys(("savez", "savez_compressed", "tofile", "savefig"), not into_memory),
            **dict.fromkeys(("copyfile", "copy", "copy2", "copytree"), whose == "shutil"),
            "open": any(set(mode) & set("wax") for mode in modes),
        }
        if past.get(name):
            found.append(ast.unparse(node))
    return found


# locks, logs of child processes, and appended lines that are synced; coremltools writes into a temporary folder
KNOWN = {
    "benchmark/rows.py": 1,
    "compress/_alone.py": 1,
    "export/coreml.py": 1,
    "pocketseg/core/child.py": 1,
    "pocketseg/core/files.py": 2,
    "pocketseg/core/npy.py": 1,
    "pocketseg/core/record.py": 1,
    "pocketseg/data/prepare.py": 2,
}


def test_files_are_written_in_one_way() -> None:
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            calls = _faulty_calls(path)
            if calls:
                found[path.relative_to(ROOT).as_posix()] = calls
    more = {name: calls for name, calls in found.items() if len(calls) > KNOWN.get(name, 0)}
    assert not more, "write with pocketseg.core.files: encode into memory, then write_bytes"
    assert set(KNOWN) == set(found)


def test_the_check_sees_what_it_is_for(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("picture.save(path)\nnp.save(path, a)\npath.open('w')\nshutil.copyfile(a, b)\n")
    assert len(_faulty_calls(tmp_path / "x.py")) == 4
