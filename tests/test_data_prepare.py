"""`data prepare`, `data show` and `data split`: what they write, that they resume, and what they refuse."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from _commands import Call
from PIL import Image

from pocketseg.core.classes import colors
from pocketseg.core.errors import DataError, StorageError, UsageError
from pocketseg.core.files import write_json
from pocketseg.data import prepare as prepare_module
from pocketseg.data.check import check
from pocketseg.data.embedded import FOLDER, sample_ids
from pocketseg.data.formats import ccp, imaterialist
from pocketseg.data.make_split import make_split
from pocketseg.data.photos import PhotoSet, open_photos, read_image
from pocketseg.data.prepare import QUALITIES, prepare
from pocketseg.data.show import choose, sheet
from pocketseg.data.split import SPLITS, Split, check_bytes, find_split, read_split, to_json

DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).parents[1]
LONG_SIDE = 96


@pytest.fixture
def data_command(pocketseg: Call) -> Call:
    """Run `pocketseg data ...` in this process."""
    return lambda *arguments: pocketseg("data", *arguments)


def _folder(root: Path, count: int = 8, unlabelled: int = 2) -> PhotoSet:
    """Some embedded photos in a folder of their own, the last ones without a mask."""
    ids = sample_ids("train")[:count]
    for part, suffix in (("images", "jpg"), ("masks", "png")):
        (root / part).mkdir(parents=True, exist_ok=True)
        for photo_id in ids if part == "images" else ids[: count - unlabelled]:
            shutil.copy(FOLDER / part / f"{photo_id}.{suffix}", root / part)
    return open_photos(f"folder:{root}")


def _ccp(root: Path) -> PhotoSet:
    """The fixture's photos and label maps in CCP's layout, one photo without its map."""
    (root / "photos").mkdir(parents=True)
    (root / "annotations/pixel-level").mkdir(parents=True)
    for photo in sorted((DATA / "imaterialist/train").glob("*.jpg")):
        shutil.copy(photo, root / "photos")
        if photo.stem != "0942":
            shutil.copy(DATA / "ccp_masks" / f"{photo.stem}.mat", root / "annotations/pixel-level")
    return open_photos(f"ccp:{root}")


def _files(root: Path, *, but: Sequence[str] = ()) -> dict[str, bytes]:
    return {
        str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file() and p.name not in but
    }


def _split_of(photos: PhotoSet, seed: int = 3) -> Split:
    return make_split(photos, name="own", ratios=(0.4, 0.3, 0.3), seed=seed)


def _nearest(values: npt.NDArray[np.uint8], height: int, width: int) -> npt.NDArray[np.uint8]:
    """Take the pixel under the centre of each new one."""
    rows = ((np.arange(height) + 0.5) * values.shape[0] / height).astype(int)
    columns = ((np.arange(width) + 0.5) * values.shape[1] / width).astype(int)
    found: npt.NDArray[np.uint8] = values[rows][:, columns]
    return found


# ---- the compact copy ------------------------------------------------------------------------------------------------


def _check_copy(photos: PhotoSet, out: Path, *, finer: bool, long_side: int = LONG_SIDE) -> PhotoSet:
    copy = open_photos(f"folder:{out}")
    assert tuple(copy.ids) == tuple(i.replace("/", "-") for i in photos.ids)
    assert tuple(copy.unlabelled_ids) == tuple(photos.unlabelled_ids)
    assert copy.classes == photos.classes and (out / "classes.json").is_file() == (finer or not photos.assumption)
    if not copy.assumption:
        assert json.loads((out / "classes.json").read_text()) == list(photos.classes)
    for photo_id in (*photos.ids, *photos.unlabelled_ids):
        image = read_image(photos.image_path(photo_id))
        height, width = image.shape[:2]
        small = read_image(copy.image_path(photo_id.replace("/", "-")))
        scale = long_side / max(height, width)
        assert small.shape == (round(height * scale), round(width * scale), 3) and max(small.shape) == long_side
        box = np.asarray(Image.fromarray(image).resize(small.shape[1::-1], Image.Resampling.BOX), np.float64)
        assert np.abs(box - small).mean() < 12, "the copy shows another photo"
        if photo_id in photos.ids:
            want = _nearest(photos.mask(photo_id), *small.shape[:2])
            name = photo_id.replace("/", "-")
            with Image.open(out / "masks" / f"{name}.png") as stored:
                assert stored.mode == "P" and np.array_equal(np.asarray(stored), want)
            assert np.array_equal(copy.mask(name), want)
            if finer:
                labels = _nearest(photos.labels(photo_id), *small.shape[:2])
                assert np.array_equal(copy.labels(name), labels)
    assert (out / "labels.json").exists() == finer
    report = check(f"folder:{out}", None)
    assert report.clean and (report.labelled, report.unlabelled) == (len(photos.ids), len(photos.unlabelled_ids))
    return copy


def test_a_copy_of_a_folder_holds_scaled_photos_masks_and_names(tmp_path: Path) -> None:
    photos = _folder(tmp_path / "data")
    done = prepare(photos, tmp_path / "out", long_side_px=LONG_SIDE, split=None)
    assert (done.labelled, done.unlabelled, done.made, done.quality) == (6, 2, 8, QUALITIES[0])
    assert done.size_bytes == sum(len(b) for b in _files(tmp_path / "out").values())
    _check_copy(photos, tmp_path / "out", finer=False)


def test_a_copy_holds_no_file_that_the_report_does_not_know(tmp_path: Path) -> None:
    photos = _folder(tmp_path / "data", 3, 0)
    prepare(photos, tmp_path / "out", long_side_px=LONG_SIDE, split=_split_of(photos))
    assert not [n for n in check(f"folder:{tmp_path / 'out'}", None).notes if "unknown file" in n]


def test_a_copy_of_ccp_holds_its_59_labels_too(tmp_path: Path) -> None:
    photos = _ccp(tmp_path / "data")
    done = prepare(photos, tmp_path / "out", long_side_px=LONG_SIDE, split=None)
    assert (done.labelled, done.unlabelled) == (5, 1)
    _check_copy(photos, tmp_path / "out", finer=True)
    assert json.loads((tmp_path / "out/labels.json").read_text()) == list(ccp.LABELS)


def test_a_copy_of_imaterialist_holds_its_labels_too(tmp_path: Path) -> None:
    photos = open_photos(f"imaterialist:{DATA / 'imaterialist'}")
    done = prepare(photos, tmp_path / "out", long_side_px=LONG_SIDE, split=None)
    assert (done.labelled, done.unlabelled) == (6, 0)
    _check_copy(photos, tmp_path / "out", finer=True)
    assert json.loads((tmp_path / "out/labels.json").read_text()) == list(imaterialist.LABELS)


def test_a_copy_of_dress_code_joins_category_and_number(tmp_path: Path) -> None:
    photos = open_photos(f"dresscode:{DATA / 'dresscode'}")
    prepare(photos, tmp_path / "out", long_side_px=128, split=None)  # an eighth: no pixel's centre is on a border
    copy = _check_copy(photos, tmp_path / "out", finer=True, long_side=128)
    assert tuple(copy.ids) == ("dresses-000407", "lower_body-000253", "upper_body-000185")


def test_a_small_photo_is_never_enlarged(tmp_path: Path) -> None:
    for part in ("images", "masks"):
        (tmp_path / "data" / part).mkdir(parents=True)
    Image.new("RGB", (40, 1), (9, 9, 9)).save(tmp_path / "data/images/a.png")
    Image.new("L", (40, 1), 2).save(tmp_path / "data/masks/a.png")
    Image.new("RGB", (1000, 2), (9, 9, 9)).save(tmp_path / "data/images/b.png")
    Image.new("L", (1000, 2), 3).save(tmp_path / "data/masks/b.png")
    prepare(open_photos(f"folder:{tmp_path / 'data'}"), tmp_path / "out", long_side_px=LONG_SIDE, split=None)
    copy = open_photos(f"folder:{tmp_path / 'out'}")
    assert read_image(copy.image_path("a")).shape == (1, 40, 3) and copy.mask("a").tolist() == [[2] * 40]
    assert read_image(copy.image_path("b")).shape == (1, 96, 3) and copy.mask("b").tolist() == [[3] * 96]


def test_the_copys_split_has_the_same_photos_and_the_copies_digests(tmp_path: Path) -> None:
    photos = _ccp(tmp_path / "data")
    split = _split_of(photos)
    prepare(photos, tmp_path / "out", long_side_px=LONG_SIDE, split=split)
    copy = open_photos(f"folder:{tmp_path / 'out'}")
    moved = find_split(copy, None, SPLITS)
    assert moved == read_split(tmp_path / "out/split.json")
    assert [moved.ids(p) for p in SPLITS] == [split.ids(p) for p in SPLITS]
    for part in SPLITS:
        for photo_id, found in moved.photos[part].items():
            content = (tmp_path / "out/images" / f"{photo_id}.jpg").read_bytes()
            assert found == hashlib.sha256(content).hexdigest()[:32]
    check_bytes(moved, copy, SPLITS)
    assert moved.hash != split.hash and moved.made_with["prepared_from"] == split.hash


def test_unlabelled_copies_of_held_out_photos_stay_barred_in_the_copy(tmp_path: Path) -> None:
    photos = _folder(tmp_path / "data", 6, 0)
    for photo_id in photos.ids:
        with Image.open(photos.image_path(photo_id)) as image:
            image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "data/images" / f"m{photo_id}.jpg")
    photos = open_photos(f"folder:{tmp_path / 'data'}")
    split = _split_of(photos)
    assert split.never
    prepare(photos, tmp_path / "out", long_side_px=LONG_SIDE, split=split)
    moved = find_split(open_photos(f"folder:{tmp_path / 'out'}"), None, SPLITS)
    assert set(moved.never) == set(split.never)
    assert moved.never == {
        i: hashlib.sha256((tmp_path / "out/images" / f"{i}.jpg").read_bytes()).hexdigest()[:32] for i in split.never
    }


# ---- resuming --------------------------------------------------------------------------------------------------------


def _times(out: Path) -> dict[str, int]:
    return {str(p.relative_to(out)): p.stat().st_mtime_ns for p in out.rglob("*.*g") if p.is_file()}


def test_a_second_run_writes_nothing_and_a_removed_file_is_made_anew(tmp_path: Path) -> None:
    photos, out = _folder(tmp_path / "data"), tmp_path / "out"
    prepare(photos, out, long_side_px=LONG_SIDE, split=None)
    before, times = _files(out), _times(out)
    assert prepare(photos, out, long_side_px=LONG_SIDE, split=None).made == 0
    assert _files(out) == before and _times(out) == times
    lost = photos.ids[2]
    (out / "masks" / f"{lost}.png").unlink()
    assert prepare(photos, out, long_side_px=LONG_SIDE, split=None).made == 1
    assert _files(out, but=["prepared.jsonl"]) == {k: v for k, v in before.items() if k != "prepared.jsonl"}
    changed = {name for name, at in _times(out).items() if at != times[name]}
    assert changed == {f"images/{lost}.jpg", f"masks/{lost}.png"}


@pytest.mark.parametrize("part", ["images", "masks"])
def test_a_source_that_changed_is_copied_anew(part: str, tmp_path: Path) -> None:
    photos, out = _folder(tmp_path / "data"), tmp_path / "out"
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
    _check_copy(photos, out, finer=False)


def test_finer_labels_that_changed_are_copied_anew(tmp_path: Path) -> None:
    first, out = tmp_path / "first", tmp_path / "out"
    prepare(_ccp(tmp_path / "data"), first, long_side_px=LONG_SIDE, split=None)
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
    photos, out = _folder(tmp_path / "data"), tmp_path / "out"
    prepare(photos, out, long_side_px=LONG_SIDE, split=None)
    log, before = out / "prepared.jsonl", _files(out, but=["prepared.jsonl"])
    log.write_bytes(log.read_bytes()[:-cut])
    assert prepare(photos, out, long_side_px=LONG_SIDE, split=None).made <= 1
    assert prepare(photos, out, long_side_px=LONG_SIDE, split=None).made == 0, "the new line ran into the cut one"
    assert _files(out, but=["prepared.jsonl"]) == before


@pytest.mark.parametrize(
    "text", ["{}\n", "[]\n", "null\n", "\xff\xfe\n", "[" * 50_000 + "\n", '{"id": 1, "files": 3}\n']
)
def test_a_damaged_log_costs_time_and_nothing_else(text: str, tmp_path: Path) -> None:
    photos, out = _folder(tmp_path / "data", 3, 0), tmp_path / "out"
    prepare(photos, out, long_side_px=LONG_SIDE, split=None)
    before = _files(out, but=["prepared.jsonl"])
    (out / "prepared.jsonl").write_bytes(text.encode("latin-1"))
    assert prepare(photos, out, long_side_px=LONG_SIDE, split=None).made == 3
    assert _files(out, but=["prepared.jsonl"]) == before


def test_a_run_that_is_killed_is_finished_by_the_same_command(tmp_path: Path) -> None:
    photos = _folder(tmp_path / "data", 32, 4)
    split_file = write_json(tmp_path / "split.json", to_json(_split_of(photos)))
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
    want = _files(tmp_path / "whole", but=["prepared.jsonl"])
    found = {k: v for k, v in _files(killed, but=["prepared.jsonl"]).items() if not k.endswith(".tmp")}
    assert found == want
    logs = [set((d / "prepared.jsonl").read_text().splitlines()) for d in (tmp_path / "whole", killed)]
    assert logs[0] <= logs[1]
    assert check(f"folder:{killed}", read_split(killed / "split.json")).clean


def test_what_a_killed_run_left_half_written_is_cleared_away(tmp_path: Path) -> None:
    photos, out = _folder(tmp_path / "data", 3, 0), tmp_path / "out"
    prepare(photos, out, long_side_px=LONG_SIDE, split=None)
    before = set(_files(out))
    (out / "images" / f".{photos.ids[0]}.jpg.ab12cd34.tmp").write_bytes(b"\xff\xd8 half a photo")
    prepare(photos, out, long_side_px=LONG_SIDE, split=None)
    assert set(_files(out)) == before


def test_a_run_that_stopped_before_its_first_file_is_taken_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photos, out = _folder(tmp_path / "data", 3, 0), tmp_path / "out"

    def full(path: Path, value: Any) -> Path:
        raise StorageError(f"cannot write {path}: No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(prepare_module, "write_json", full)
        with pytest.raises(StorageError):
            prepare(photos, out, long_side_px=LONG_SIDE, split=None)
    assert prepare(photos, out, long_side_px=LONG_SIDE, split=None).made == 3


# ---- what is refused -------------------------------------------------------------------------------------------------


def _mib(folder: Path) -> float:
    return sum(len(b) for b in _files(folder).values()) / (1 << 20)


def test_max_mib_lowers_the_quality_until_the_copy_fits(tmp_path: Path) -> None:
    photos = _folder(tmp_path / "data")
    prepare(photos, tmp_path / "best", long_side_px=256, split=None)
    best = _mib(tmp_path / "best")
    done = prepare(photos, tmp_path / "small", long_side_px=256, split=None, max_mib=best * 0.7)
    assert done.quality in QUALITIES[1:] and _mib(tmp_path / "small") <= best * 0.7
    assert prepare(photos, tmp_path / "roomy", long_side_px=256, split=None, max_mib=best * 2).quality == QUALITIES[0]


def test_max_mib_that_no_quality_meets_is_refused_with_a_long_side_that_fits(tmp_path: Path) -> None:
    photos = _folder(tmp_path / "data")
    prepare(photos, tmp_path / "best", long_side_px=512, split=None)
    limit = _mib(tmp_path / "best") / 6
    long_side = 512
    for _ in range(3):  # its advice, taken at most three times, leads to a copy that fits
        try:
            prepare(photos, tmp_path / "out", long_side_px=long_side, split=None, max_mib=limit)
        except UsageError as error:
            assert "more than" in error.message and not (tmp_path / "out").exists()
            suggested = int(error.hint.split("--long-side ")[1])
            assert 64 <= suggested < long_side
            long_side = suggested
    assert 64 < long_side < 512 and _mib(tmp_path / "out") <= limit


def test_a_limit_below_the_smallest_copy_never_suggests_what_was_just_refused(tmp_path: Path) -> None:
    photos = _folder(tmp_path / "data", 4, 0)
    with pytest.raises(UsageError, match="more than") as caught:
        prepare(photos, tmp_path / "out", long_side_px=64, split=None, max_mib=0.001)
    assert "--long-side 64" not in caught.value.hint


@pytest.mark.parametrize("what", ["long side", "mapping", "split", "classes"])
def test_another_copy_in_the_same_folder_is_refused(what: str, tmp_path: Path) -> None:
    photos, out = _ccp(tmp_path / "data"), tmp_path / "out"
    prepare(photos, out, long_side_px=LONG_SIDE, split=None)
    before = _files(out)
    long_side, split = LONG_SIDE, None
    if what == "long side":
        long_side = 128
    elif what == "mapping":
        (tmp_path / "m.toml").write_text('ignore = ["bag"]\n[classes]\nbackground = []\nshoes = ["boots"]\n')
        photos = open_photos(f"ccp:{tmp_path / 'data'}@{tmp_path / 'm.toml'}")
    elif what == "split":
        split = _split_of(photos)
    else:
        photos = _folder(tmp_path / "other")
    with pytest.raises(UsageError, match="made otherwise") as caught:
        prepare(photos, out, long_side_px=long_side, split=split)
    assert "--out" in caught.value.hint and _files(out) == before


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    photos = _folder(tmp_path / "data", 3, 0)
    (tmp_path / "out").mkdir()
    prepare(photos, tmp_path / "out", long_side_px=LONG_SIDE, split=None)  # an empty one will do
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds other files"):
        prepare(photos, tmp_path / "mine", long_side_px=LONG_SIDE, split=None)
    assert _files(tmp_path / "mine") == {"thesis.txt": b"mine"}


def test_the_data_set_itself_is_no_place_for_its_copy(tmp_path: Path) -> None:
    photos = _folder(tmp_path / "data", 3, 0)
    before = _files(tmp_path / "data")
    for out in (tmp_path / "data", tmp_path / "x/../data"):
        with pytest.raises(UsageError, match="is the data set itself"):
            prepare(photos, out, long_side_px=LONG_SIDE, split=None)
    assert _files(tmp_path / "data") == before


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"settings": []}', '{"settings": null}', '{"settings": "x"}'])
def test_a_damaged_record_of_the_settings_is_named(text: str, tmp_path: Path) -> None:
    photos, out = _folder(tmp_path / "data", 3, 0), tmp_path / "out"
    prepare(photos, out, long_side_px=LONG_SIDE, split=None)
    (out / "provenance.json").write_text(text)
    with pytest.raises(DataError, match=r"provenance\.json"):
        prepare(photos, out, long_side_px=LONG_SIDE, split=None)


FAULTS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "photo cut": ("images/{}.jpg", lambda p: p.write_bytes(p.read_bytes()[:3000])),
    "photo text": ("images/{}.jpg", lambda p: p.write_text("no photo")),
    "mask cut": ("masks/{}.png", lambda p: p.write_bytes(p.read_bytes()[:200])),
    "mask of another size": ("masks/{}.png", lambda p: Image.new("L", (9, 9)).save(p)),
    "mask out of range": ("masks/{}.png", lambda p: Image.new("L", Image.open(p).size, 77).save(p)),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_one_photo_names_it_and_leaves_no_half_written_file(fault: str, tmp_path: Path) -> None:
    photos, out = _folder(tmp_path / "data"), tmp_path / "out"
    bad = photos.ids[3]
    place, spoil = FAULTS[fault]
    good = (tmp_path / "data" / place.format(bad)).read_bytes()
    spoil(tmp_path / "data" / place.format(bad))
    with pytest.raises(DataError, match=bad):
        prepare(photos, out, long_side_px=LONG_SIDE, split=None)
    assert not [p for p in _files(out) if bad in p or p.endswith(".tmp")] and not (out / "split.json").exists()
    for path in (*out.rglob("*.jpg"), *out.rglob("*.png")):
        with Image.open(path) as image:
            image.load()
    (tmp_path / "data" / place.format(bad)).write_bytes(good)
    prepare(photos, out, long_side_px=LONG_SIDE, split=None)
    prepare(photos, tmp_path / "whole", long_side_px=LONG_SIDE, split=None)
    assert _files(out, but=["prepared.jsonl"]) == _files(tmp_path / "whole", but=["prepared.jsonl"])


def test_the_command_says_what_it_made_and_that_there_is_no_split(data_command: Call, tmp_path: Path) -> None:
    _folder(tmp_path / "data", 4, 1)
    done = data_command("prepare", f"folder:{tmp_path / 'data'}", "--out", tmp_path / "out", "--long-side", 64)
    assert done.code == 0 and "3 labelled photos, 1 unlabelled, 4 made now" in done.out
    assert "note: the copy has no split" in done.err and "next: pocketseg data split folder:" in done.out
    wrong = data_command("prepare", f"folder:{tmp_path / 'data'}", "--out", tmp_path / "out", "--long-side", 63)
    assert wrong.code == 2 and "63" in wrong.err
    missing = data_command(
        "prepare", f"folder:{tmp_path / 'data'}", "--out", tmp_path / "o2", "--split-file", tmp_path / "no.json"
    )
    assert missing.code == 3 and "no.json does not exist" in missing.err and not (tmp_path / "o2").exists()


# ---- the contact sheet -----------------------------------------------------------------------------------------------


def _plain_photos(root: Path, count: int, classes: Sequence[str] = (), mask: int = 0) -> PhotoSet:
    """Photos of one colour each, and masks of one class."""
    for part in ("images", "masks"):
        (root / part).mkdir(parents=True)
    for k in range(count):
        Image.new("RGB", (30, 40), _rgb(k)).save(root / "images" / f"{k:04}.png")
        Image.new("L", (30, 40), mask).save(root / "masks" / f"{k:04}.png")
    if classes:
        (root / "classes.json").write_text(json.dumps(list(classes)))
    return open_photos(f"folder:{root}")


def _rgb(k: int) -> tuple[int, int, int]:
    return 11, 7 * k % 256, 13


def _areas(picture: Image.Image) -> dict[tuple[int, ...], int]:
    found = picture.getcolors(1 << 24)
    assert found is not None
    return {rgb: count for count, rgb in found if isinstance(rgb, tuple)}


@pytest.mark.parametrize("count", [1, 2, 7, 30])
def test_a_sheet_has_one_cell_a_photo_with_photo_and_overlay_of_equal_size(count: int, tmp_path: Path) -> None:
    photos = _plain_photos(tmp_path, count)
    picture = sheet(photos, photos.ids)
    areas = _areas(picture)
    cell = 2 * 260 * round(30 * 260 / 40)  # a photo, and its overlay, which leaves the first class as it is
    assert [areas[_rgb(k)] for k in range(count)] == [cell] * count
    rows = np.asarray(picture)
    for k in range(count):
        where = np.argwhere((rows == _rgb(k)).all(-1))
        assert np.ptp(where[:, 0]) + 1 == 260 and np.ptp(where[:, 1]) + 1 == 2 * 195 + 2, "cells overlap"


@pytest.mark.parametrize("count", [2, 4, 20, 60])
def test_the_legend_shows_every_class_and_the_ignored_pixels_whatever_their_number(count: int, tmp_path: Path) -> None:
    photos = _plain_photos(tmp_path, 2, [f"class {k}" for k in range(count)])
    picture = sheet(photos, photos.ids)
    areas = _areas(picture)
    palette = colors(count)
    assert len(set(palette)) == count
    for rgb in palette:
        assert areas.get(rgb, 0) >= 15 * 13, f"no swatch of {rgb}"
    one_more = _areas(sheet(_plain_photos(tmp_path / "x", 2, [f"class {k}" for k in range(count + 1)]), ["0000"]))
    assert colors(count + 1)[-1] not in areas and one_more[colors(count + 1)[-1]] >= 15 * 13


def test_the_overlay_has_the_colour_of_the_photos_class(tmp_path: Path) -> None:
    photos = _plain_photos(tmp_path, 1, [f"c{k}" for k in range(20)], mask=17)
    areas = _areas(sheet(photos, photos.ids))
    half = 260 * 195
    blended = tuple(round(0.4 * sum(_rgb(0)) / 3 + 0.6 * b) for b in colors(20)[17])
    near = [n for rgb, n in areas.items() if max(abs(a - b) for a, b in zip(rgb, blended, strict=True)) <= 1]
    assert areas[_rgb(0)] == half and sum(near) == half


@pytest.mark.parametrize("names", [["nothing", "a\nb"], ["nothing", "\u7f9e\u7e4a", "👗"], ["n" * 500, "x" * 500]])
def test_class_names_of_any_kind_can_be_shown(names: list[str], tmp_path: Path) -> None:
    photos = _plain_photos(tmp_path, 2, names, mask=1)
    assert photos.classes == tuple(names)
    assert sheet(photos, photos.ids).width > 2 * 195


def test_a_dozen_classes_and_more_have_colours_apart() -> None:
    found = colors(18)
    near = min(sum((a - b) ** 2 for a, b in zip(p, q, strict=True)) for p, q in itertools.combinations(found, 2))
    assert near**0.5 > 50 and colors(4) == found[:4] and len(set(colors(255))) > 250


def test_a_sheet_never_takes_the_place_of_data_or_of_what_is_no_picture(data_command: Call, tmp_path: Path) -> None:
    _plain_photos(tmp_path / "data", 2)
    spec = f"folder:{tmp_path / 'data'}"
    before = _files(tmp_path / "data")
    assert data_command("show", spec, "--out", tmp_path / "data/masks/0000.png").code == 2
    assert data_command("show", spec, "--out", tmp_path / "sheet.txt").code == 2
    assert _files(tmp_path / "data") == before
    os.mkfifo(tmp_path / "pipe.png")
    assert data_command("show", spec, "--out", tmp_path / "pipe.png").code == 8
    assert stat.S_ISFIFO((tmp_path / "pipe.png").stat().st_mode)
    assert data_command("show", spec, "--out", tmp_path / "sheet.jpg").code == 0
    with Image.open(tmp_path / "sheet.jpg") as picture:
        assert picture.format == "JPEG"


def test_the_seed_decides_which_photos_are_shown(tmp_path: Path) -> None:
    ids = [f"{k:04}" for k in range(50)]
    chosen = {seed: choose(ids, 6, seed) for seed in range(8)}
    assert chosen == {seed: choose(ids, 6, seed) for seed in range(8)}
    assert len({tuple(c) for c in chosen.values()}) == 8
    for found in chosen.values():
        assert found == sorted(set(found)) and len(found) == 6 and set(found) <= set(ids)
    assert choose(ids[:3], 6, 1) == ids[:3]
    with pytest.raises(UsageError, match="0 photos"):
        choose(ids, 0, 1)


def test_the_command_draws_the_photos_it_is_given(data_command: Call, tmp_path: Path) -> None:
    _plain_photos(tmp_path / "data", 30)
    spec = f"folder:{tmp_path / 'data'}"
    done = data_command("show", spec, "--out", tmp_path / "s.png", "--id", "0003", "--id", "0029")
    assert done.code == 0 and "2 of 30 labelled photos" in done.out
    with Image.open(tmp_path / "s.png") as picture:
        areas = _areas(picture.convert("RGB"))
    assert [k for k in range(30) if areas.get(_rgb(k), 0) > 10_000] == [3, 29]
    assert data_command("show", spec, "--out", tmp_path / "a.png", "-n", 3, "--seed", 5).code == 0
    assert data_command("show", spec, "--out", tmp_path / "b.png", "-n", 3, "--seed", 5).code == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert data_command("show", spec, "--out", tmp_path / "c.png", "-n", 3, "--seed", 6).code == 0
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "c.png").read_bytes()


@pytest.mark.parametrize(("wrong", "near"), [("0003x", "0003"), ("0027x", "0027")])
def test_an_unknown_id_suggests_the_nearest_of_all_photos(
    wrong: str, near: str, data_command: Call, tmp_path: Path
) -> None:
    _plain_photos(tmp_path / "data", 30)
    done = data_command("show", f"folder:{tmp_path / 'data'}", "--out", tmp_path / "s.png", "--id", wrong)
    assert done.code == 2 and f"did you mean '{near}'" in done.err and not (tmp_path / "s.png").exists()


def test_a_folder_without_masks_has_nothing_to_show(data_command: Call, tmp_path: Path) -> None:
    _plain_photos(tmp_path / "data", 2)
    shutil.rmtree(tmp_path / "data/masks")
    done = data_command("show", f"folder:{tmp_path / 'data'}", "--out", tmp_path / "s.png")
    assert done.code == 2 and "no labelled photo" in done.err


# ---- data split ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve photos of noise, of which none looks like another."""
    root = tmp_path_factory.mktemp("twelve")
    rng = np.random.default_rng(4)
    for part in ("images", "masks"):
        (root / part).mkdir()
    for k in range(12):
        Image.fromarray(rng.integers(0, 256, (24, 16, 3)).astype(np.uint8)).save(root / "images" / f"p{k:02}.png")
        Image.fromarray(np.full((24, 16), k % 4, np.uint8)).save(root / "masks" / f"p{k:02}.png")
    return root


NAMES = [f"p{k:02}" for k in range(12)]


def _list(path: Path, ids: Sequence[str]) -> Path:
    path.write_text("".join(f"{i}\n" for i in ids))
    return path


def _parts(path: Path) -> dict[str, list[str]]:
    split = read_split(path)
    return {p: list(split.ids(p)) for p in SPLITS}


def test_three_lists_become_the_three_parts(data_command: Call, twelve: Path, tmp_path: Path) -> None:
    lists = [
        _list(tmp_path / "a.txt", NAMES[:6]), _list(tmp_path / "b.txt", [f"{i}.png" for i in NAMES[6:8]]),
        _list(tmp_path / "c.txt", NAMES[8:11]),
    ]  # fmt: skip
    done = data_command("split", f"folder:{twelve}", "--out", tmp_path / "s.json", "--ids", *lists)
    assert done.code == 0, done.err
    assert _parts(tmp_path / "s.json") == {"train": NAMES[:6], "val": NAMES[6:8], "test": NAMES[8:11]}
    assert "6 train, 2 val, 3 test" in done.out and "1 labelled photos are in no part" in done.out
    assert read_split(tmp_path / "s.json").hash in done.out and read_split(tmp_path / "s.json").name == "s"


def test_of_two_lists_val_is_dealt_out_of_the_first(data_command: Call, twelve: Path, tmp_path: Path) -> None:
    lists = [_list(tmp_path / "a.txt", NAMES[:9]), _list(tmp_path / "c.txt", NAMES[9:])]
    spec = f"folder:{twelve}"
    options = ["--ratios", 0.4, 0.2, 0.4, "--name", "mine"]
    assert data_command("split", spec, "--out", tmp_path / "s.json", *options, "--ids", *lists).code == 0
    parts = _parts(tmp_path / "s.json")
    assert parts["test"] == NAMES[9:] and sorted(parts["train"] + parts["val"]) == NAMES[:9]
    assert 2 <= len(parts["val"]) <= 4, "a third of the first list"
    assert read_split(tmp_path / "s.json").name == "mine"
    assert data_command("split", spec, "--out", tmp_path / "n.json", "--ratios", 0.6, 0, 0.4, "--ids", *lists).code == 0
    assert _parts(tmp_path / "n.json") == {"train": NAMES[:9], "val": [], "test": NAMES[9:]}


def test_an_unknown_id_names_its_file_and_line(data_command: Call, twelve: Path, tmp_path: Path) -> None:
    lists = [_list(tmp_path / "a.txt", NAMES[:6]), _list(tmp_path / "c.txt", [NAMES[7], "", "p99", NAMES[8]])]
    done = data_command("split", f"folder:{twelve}", "--out", tmp_path / "s.json", "--ids", *lists)
    assert done.code == 3 and f"{tmp_path / 'c.txt'} line 3" in done.err and "'p99'" in done.err
    assert not (tmp_path / "s.json").exists()


def test_an_id_in_two_lists_names_both(data_command: Call, twelve: Path, tmp_path: Path) -> None:
    lists = [_list(tmp_path / "a.txt", NAMES[:6]), _list(tmp_path / "c.txt", NAMES[5:])]
    done = data_command("split", f"folder:{twelve}", "--out", tmp_path / "s.json", "--ids", *lists)
    assert done.code == 3 and "photo p05" in done.err and "a.txt" in done.err and "c.txt" in done.err


@pytest.mark.parametrize("count", [0, 1, 4])
def test_other_numbers_of_lists_are_refused(count: int, data_command: Call, twelve: Path, tmp_path: Path) -> None:
    lists = [_list(tmp_path / f"{k}.txt", [NAMES[k]]) for k in range(count)]
    done = data_command("split", f"folder:{twelve}", "--out", tmp_path / "s.json", "--ids", *lists)
    assert done.code == 2 and f"{count} lists" in done.err and "TRAIN.txt" in done.err
    if count:
        bare = data_command("split", f"folder:{twelve}", "--out", tmp_path / "s.json", *lists)
        assert bare.code == 2 and "0.txt" in bare.err
    assert not (tmp_path / "s.json").exists()


def test_ids_given_as_together_are_never_torn_apart(data_command: Call, twelve: Path, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("p00 p07 p11\n\np01 p02\n")
    torn = 0
    for seed in range(6):
        for name, options in (("t", ["--together", tmp_path / "t.txt"]), ("f", [])):
            done = data_command(
                "split", f"folder:{twelve}", "--out", tmp_path / f"{name}{seed}.json", "--ratios", 0.4, 0.3, 0.3,
                "--seed", seed, *options,
            )  # fmt: skip
            assert done.code == 0, done.err
            part = {i: p for p, ids in _parts(tmp_path / f"{name}{seed}.json").items() for i in ids}
            whole = part["p00"] == part["p07"] == part["p11"] and part["p01"] == part["p02"]
            assert whole or name == "f"
            torn += not whole
    assert torn, "without the file they were together as well"


def test_an_unknown_id_given_as_together_names_file_and_line(data_command: Call, twelve: Path, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("p00 p07\np01 p77\n")
    done = data_command("split", f"folder:{twelve}", "--out", tmp_path / "s.json", "--together", tmp_path / "t.txt")
    assert done.code == 3 and "t.txt line 2" in done.err and "'p77'" in done.err


def test_together_with_two_lists_is_kept_or_refused(data_command: Call, twelve: Path, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("p00 p04 p08\np01 p05\np02 p06\n")
    lists = [_list(tmp_path / "a.txt", NAMES[:9]), _list(tmp_path / "c.txt", NAMES[9:])]
    for seed in range(6):
        out = tmp_path / f"{seed}.json"
        done = data_command(
            "split", f"folder:{twelve}", "--out", out, "--seed", seed, "--ratios", 0.4, 0.2, 0.4, "--together",
            tmp_path / "t.txt", "--ids", *lists,
        )  # fmt: skip
        if done.code == 2:
            assert "together" in done.err
            continue
        part = {i: p for p, ids in _parts(out).items() for i in ids}
        assert part["p00"] == part["p04"] == part["p08"] and part["p01"] == part["p05"] and part["p02"] == part["p06"]


def test_a_split_is_never_overwritten(data_command: Call, twelve: Path, tmp_path: Path) -> None:
    assert data_command("split", f"folder:{twelve}", "--out", tmp_path / "s.json").code == 0
    before = (tmp_path / "s.json").read_bytes()
    done = data_command("split", f"folder:{twelve}", "--out", tmp_path / "s.json", "--seed", 2)
    assert done.code == 2 and "frozen" in done.err and (tmp_path / "s.json").read_bytes() == before


@pytest.mark.parametrize(
    "ratios", [(0.5, 0.5, 0.5), (1.2, -0.1, -0.1), (0, 0, 0), ("nan", 0.5, 0.5), ("inf", 0, 0), (0.5, 0.5), ("x", 0, 1)]
)
def test_bad_ratios_are_refused(ratios: tuple[object, ...], data_command: Call, twelve: Path, tmp_path: Path) -> None:
    done = data_command("split", f"folder:{twelve}", "--out", tmp_path / "s.json", "--ratios", *ratios)
    assert done.code in (2, 3) and done.out == "" and not (tmp_path / "s.json").exists()


def test_two_lists_and_ratios_that_leave_nothing_to_train_on_are_refused(
    data_command: Call, twelve: Path, tmp_path: Path
) -> None:
    lists = [_list(tmp_path / "a.txt", NAMES[:9]), _list(tmp_path / "c.txt", NAMES[9:])]
    done = data_command("split", f"folder:{twelve}", "--out", tmp_path / "s.json", "--ratios", 0, 0, 1, "--ids", *lists)
    assert done.code == 2 and "nothing to train on" in done.err


def test_near_duplicates_on_two_sides_of_given_lists_are_said(data_command: Call, twelve: Path, tmp_path: Path) -> None:
    shutil.copytree(twelve, tmp_path / "data")
    with Image.open(twelve / "images/p00.png") as image:
        image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "data/images/p11.png")
    lists = [_list(tmp_path / "a.txt", NAMES[:6]), _list(tmp_path / "c.txt", NAMES[6:])]
    done = data_command("split", f"folder:{tmp_path / 'data'}", "--out", tmp_path / "s.json", "--ids", *lists)
    assert done.code == 0 and "near-duplicates on two sides" in done.err and "p00, p11" in done.err
    checked = data_command("check", f"folder:{tmp_path / 'data'}", "--split-file", tmp_path / "s.json")
    assert checked.code == 3 and "near-duplicates are in different parts" in checked.out
