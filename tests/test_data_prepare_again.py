"""A copy made again: resumed, repaired, made anew where its source changed."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _copies import LONG_SIDE, ROOT, check_copy, files_of, small_ccp, small_folder, split_of
from PIL import Image

from pocketseg.core.errors import StorageError
from pocketseg.core.files import write_json
from pocketseg.data import prepare as prepare_module
from pocketseg.data.check import check
from pocketseg.data.photos import open_photos
from pocketseg.data.prepare import prepare
from pocketseg.data.split import read_split, to_json


def _times(out: Path) -> dict[str, int]:
    return {str(p.relative_to(out)): p.stat().st_mtime_ns for p in out.rglob("*.*g") if p.is_file()}


def test_a_second_run_writes_nothing_and_a_removed_file_is_made_anew(tmp_path: Path) -> None:
    photos, out = small_folder(tmp_path / "data"), tmp_path / "out"
    prepare(photos, out, long_side_px=LONG_SIDE, split=None)
    before, times = files_of(out), _times(out)
    assert prepare(photos, out, long_side_px=LONG_SIDE, split=None).made == 0
    assert files_of(out) == before and _times(out) == times
    lost = photos.ids[2]
    (out / "masks" / f"{lost}.png").unlink()
    assert prepare(photos, out, long_side_px=LONG_SIDE, split=None).made == 1
    assert files_of(out, but=["prepared.jsonl"]) == {k: v for k, v in before.items() if k != "prepared.jsonl"}
    changed = {name for name, at in _times(out).items() if at != times[name]}
    assert changed == {f"images/{lost}.jpg", f"masks/{lost}.png"}


@pytest.mark.parametrize("part", ["images", "masks"])
def test_a_source_that_changed_is_copied_anew(part: str, tmp_path: Path) -> None:
    photos, out = small_folder(tmp_path / "data"), tmp_path / "out"
    prepare(photos, out, long_side_px=LONG_SIDE, split=None)
    a, b = photos.ids[:2]
    suffix = "jpg" if part == "images" else "png"
    shutil.copy(tmp_path / "data" / part / f"{b}.{suffix}", tmp_path / "data" / part / f"{a}.{suffix}")
    if part == "masks":  # a mask has its photo's size
        with Image.open(tmp_path / "data/masks" / f"{a}.png") as mask, Image.open(photos.image_path(a)) as image:
            mask.resize(image.size, Image.Resampling.NEAREST).save(tmp_path / "data/masks" / f"{a}.png")
    else:
        shutil.copy(tmp_path / "data/masks" / f"{b}.png", tmp_path / "data/masks" / f"{a}.png")
    photos = open_photos(f"folder:{tmp_path / 'data'}")
    assert prepare(photos, out, long_side_px=LONG_SIDE, split=None).made == 1
    check_copy(photos, out, finer=False)


def test_finer_labels_that_changed_are_copied_anew(tmp_path: Path) -> None:
    first, out = tmp_path / "first", tmp_path / "out"
    prepare(small_ccp(tmp_path / "data"), first, long_side_px=LONG_SIDE, split=None)
    photos = open_photos(f"folder:{first}")
    prepare(photos, out, long_side_px=64, split=None)
    path = first / "labels" / f"{photos.ids[0]}.png"
    with Image.open(path) as image:
        changed = Image.fromarray((np.asarray(image) + 1) % 59).convert("L")
    changed.save(path)
    prepare(open_photos(f"folder:{first}"), out, long_side_px=64, split=None)
    with Image.open(out / "labels" / f"{photos.ids[0]}.png") as image:
        found = np.asarray(image)
    assert np.array_equal(found, np.asarray(changed.resize((found.shape[1], found.shape[0]), Image.Resampling.NEAREST)))


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_log_cut_in_the_middle_of_a_line_is_survived(cut: int, tmp_path: Path) -> None:
    photos, out = small_folder(tmp_path / "data"), tmp_path / "out"
    prepare(photos, out, long_side_px=LONG_SIDE, split=None)
    log, before = out / "prepared.jsonl", files_of(out, but=["prepared.jsonl"])
    log.write_bytes(log.read_bytes()[:-cut])
    assert prepare(photos, out, long_side_px=LONG_SIDE, split=None).made <= 1
    assert prepare(photos, out, long_side_px=LONG_SIDE, split=None).made == 0, "the new line ran into the cut one"
    assert files_of(out, but=["prepared.jsonl"]) == before


@pytest.mark.parametrize(
    "text", ["{}\n", "[]\n", "null\n", "\xff\xfe\n", "[" * 50_000 + "\n", '{"id": 1, "files": 3}\n']
)
def test_a_damaged_log_costs_time_and_nothing_else(text: str, tmp_path: Path) -> None:
    photos, out = small_folder(tmp_path / "data", 3, 0), tmp_path / "out"
    prepare(photos, out, long_side_px=LONG_SIDE, split=None)
    before = files_of(out, but=["prepared.jsonl"])
    (out / "prepared.jsonl").write_bytes(text.encode("latin-1"))
    assert prepare(photos, out, long_side_px=LONG_SIDE, split=None).made == 3
    assert files_of(out, but=["prepared.jsonl"]) == before


def test_a_run_that_is_killed_is_finished_by_the_same_command(tmp_path: Path) -> None:
    photos = small_folder(tmp_path / "data", 32, 4)
    split_file = write_json(tmp_path / "split.json", to_json(split_of(photos)))
    command = [
        sys.executable, "-m", "pocketseg.cli.main", "data", "prepare", f"folder:{tmp_path / 'data'}", "--long-side",
        "640", "--split-file", str(split_file), "--out",
    ]  # fmt: skip
    subprocess.run([*command, str(tmp_path / "whole")], cwd=ROOT, check=True, capture_output=True, timeout=120)
    killed = tmp_path / "killed"
    run = subprocess.Popen([*command, str(killed)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while len(list((killed / "images").glob("*.jpg")) if killed.exists() else ()) < 4 and run.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.002)
    run.kill()
    run.wait(timeout=20)
    there = len(list((killed / "images").glob("*.jpg")))
    assert run.returncode == -signal.SIGKILL and 4 <= there < 32, "it was not killed midway"
    assert not (killed / "split.json").exists()
    done = subprocess.run([*command, str(killed)], cwd=ROOT, check=True, capture_output=True, text=True, timeout=120)
    made = int(done.stdout.split(" made now")[0].rsplit(" ", 1)[-1])
    assert 0 < made <= 32 - there + 3, "what was finished was made again"
    want = files_of(tmp_path / "whole", but=["prepared.jsonl"])
    found = {k: v for k, v in files_of(killed, but=["prepared.jsonl"]).items() if not k.endswith(".tmp")}
    assert found == want
    logs = [set((d / "prepared.jsonl").read_text().splitlines()) for d in (tmp_path / "whole", killed)]
    assert logs[0] <= logs[1]
    assert check(f"folder:{killed}", read_split(killed / "split.json")).clean


def test_what_a_killed_run_left_half_written_is_cleared_away(tmp_path: Path) -> None:
    photos, out = small_folder(tmp_path / "data", 3, 0), tmp_path / "out"
    prepare(photos, out, long_side_px=LONG_SIDE, split=None)
    before = set(files_of(out))
    (out / "images" / f".{photos.ids[0]}.jpg.ab12cd34.tmp").write_bytes(b"\xff\xd8 half a photo")
    prepare(photos, out, long_side_px=LONG_SIDE, split=None)
    assert set(files_of(out)) == before


def test_a_run_that_stopped_before_its_first_file_is_taken_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photos, out = small_folder(tmp_path / "data", 3, 0), tmp_path / "out"

    def full(path: Path, value: Any) -> Path:
        raise StorageError(f"cannot write {path}: No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(prepare_module, "write_json", full)
        with pytest.raises(StorageError):
            prepare(photos, out, long_side_px=LONG_SIDE, split=None)
    assert prepare(photos, out, long_side_px=LONG_SIDE, split=None).made == 3
