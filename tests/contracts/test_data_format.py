"""What every data format promises: photos, labels and masks of one size, and a table of faults, each of them named."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from _commands import Call
from _data_faults import FAULTS
from _data_folders import BUILD
from _data_report import expected_of, messages, spoiled, use
from contracts._promises import Fact, Promises, changed, lacking, sentence, texts

from pocketseg.core.errors import DataError
from pocketseg.data.check import check
from pocketseg.data.faults import refuse
from pocketseg.data.formats import DataFormat
from pocketseg.data.mapping import ClassMapping, to_toml
from pocketseg.data.photos import PhotoSet, open_photos, read_image
from pocketseg.data.spec import FORMATS_FOLDER, format_module, formats

FORMATS = formats()
SOURCES = [FORMATS_FOLDER / f"{name}.py" for name in FORMATS]
TABLES = "tests/_data_folders.py and tests/_data_faults.py"
IDS = ("11", "12", "13")


def table_faults(name: str) -> list[str]:
    """Return what the tests lack to try a format: a good folder of it, and a table of faults."""
    found = [] if name in BUILD else ["BUILD makes no good folder of it"]
    some = FAULTS.get(name, {})
    found += [] if len(some) >= 5 else [f"FAULTS has {len(some)} faults of it; it needs at least 5"]
    used = [fault for fault in some.values() if fault.used]
    return found + ([] if used else ["no fault of it is one that using the data meets"])


def _more(name: str, own: dict[str, Any]) -> list[str]:
    return [f"{fault} ({TABLES})" for fault in table_faults(name)]


PROMISES = Promises(
    facts=[
        Fact(name="HELP", says="how the folder looks, in a sentence", fits=sentence),
        Fact(name="EXPECTED", says="a tuple of patterns of its files", fits=lambda value: texts(value) and value),
        Fact(name="MAPPING", says="its table to the garment classes, or None", literal=False,
             fits=lambda value: value is None),
        Fact(name="FIRST_ID", says="the number of the first label", needed=lambda own: False,
             fits=lambda value: isinstance(value, int)),
        Fact(name="SAME_SCENE", says="groups of ids", needed=lambda own: False,
             fits=lambda value: all(texts(group) and len(group) > 1 for group in value)),
    ],
    protocol=DataFormat,
    more=_more,
)  # fmt: skip


# ---- what its file says ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_format_holds_what_every_format_promises(path: Path) -> None:
    PROMISES.hold(path)


@pytest.mark.parametrize("name", PROMISES.names)
def test_a_format_that_lacks_a_part_is_named_with_it(name: str, tmp_path: Path) -> None:
    (fault,) = PROMISES.faults(lacking(FORMATS_FOLDER / "folder.py", name, tmp_path))
    assert re.match(rf"formats/folder\.py: {name}\b.* is missing", fault)


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("HELP", "'mine'", "HELP is 'mine', not how the folder looks, in a sentence"),
        ("EXPECTED", "['*.jpg']", "EXPECTED is ['*.jpg'], not a tuple of patterns of its files"),
        ("MAPPING", "{}", "MAPPING is {}, not its table to the garment classes, or None"),
        ("open_folder", "None", "open_folder(root, mapping_file, report) is missing"),
    ],
)
def test_a_format_whose_facts_do_not_fit_is_named_with_what_does_not(
    name: str, value: str, fault: str, tmp_path: Path
) -> None:
    copy = changed(FORMATS_FOLDER / "folder.py", name, value, tmp_path)
    assert PROMISES.faults(copy) == [f"formats/folder.py: {fault}"]


def test_a_new_format_without_a_folder_and_a_table_of_faults_is_named(tmp_path: Path) -> None:
    copy = tmp_path / "formats/fifth.py"
    copy.parent.mkdir()
    shutil.copy(FORMATS_FOLDER / "folder.py", copy)
    assert PROMISES.faults(copy) == [
        f"formats/fifth.py: BUILD makes no good folder of it ({TABLES})",
        f"formats/fifth.py: FAULTS has 0 faults of it; it needs at least 5 ({TABLES})",
        f"formats/fifth.py: no fault of it is one that using the data meets ({TABLES})",
    ]


# ---- what it gives ---------------------------------------------------------------------------------------------------


def set_faults(photos: Any, name: str, root: Path) -> list[str]:
    """Return in what a set of photos is not what the protocol says."""
    members = [part for part in vars(PhotoSet) if not part.startswith("_")]
    if lost := [part for part in members if not hasattr(photos, part)]:
        return [f"it has no {part}" for part in lost]
    ids, others = list(photos.ids), list(photos.unlabelled_ids)
    found = [] if (photos.format, photos.root) == (name, root) else [f"it says {photos.format}:{photos.root}"]
    found += [f"{what} are not sorted, each once" for what, own in (("ids", ids), ("unlabelled ids", others))
              if own != sorted(set(own))]  # fmt: skip
    found += [f"{i} is labelled and not" for i in ids if i in others]
    found += [] if photos.classes == photos.mapping.classes else ["its classes are not its mapping's"]
    for photo_id in ids:
        height, width = read_image(photos.image_path(photo_id)).shape[:2]
        labels, mask = photos.labels(photo_id), photos.mask(photo_id)
        for what, pixels in (("labels", labels), ("mask", mask)):
            if (pixels.shape, str(pixels.dtype)) != ((height, width), "uint8"):
                found.append(f"{what} of {photo_id} are {pixels.dtype} {pixels.shape}, not uint8 {(height, width)}")
        found += [] if set(np.unique(mask)) <= {*range(len(photos.classes)), 255} else [f"{photo_id} holds no class"]
        path, line = photos.labelled_at(photo_id)
        there = path.is_file() and photos.mask_path(photo_id).is_file() and (line is None or line > 0)
        found += [] if there else [f"the labels of {photo_id} are said to be at {path} line {line}"]
        joints, pose = photos.keypoints(photo_id), photos.dense_pose(photo_id)
        found += [] if joints is None or joints.shape == (18, 3) else [f"joints of {photo_id} are {joints.shape}"]
        if pose is not None and (pose.parts.shape, pose.uv.shape) != ((height, width), (2, height, width)):
            found.append(f"dense pose of {photo_id} is {pose.parts.shape}, {pose.uv.shape}")
    return found


@pytest.mark.parametrize("name", FORMATS)
def test_a_good_folder_gives_what_the_protocol_says(name: str, tmp_path: Path) -> None:
    BUILD[name](tmp_path, IDS)
    photos = open_photos(f"{name}:{tmp_path}")
    assert set_faults(photos, name, tmp_path) == []
    assert {i.rpartition("/")[2] for i in photos.ids} >= set(IDS)
    assert not photos.unlabelled_ids and len({photos.image_path(i) for i in photos.ids}) == len(photos.ids)
    assert photos.classes[0] == "background"


@pytest.mark.parametrize("name", FORMATS)
def test_every_file_of_a_good_folder_is_expected(name: str, tmp_path: Path) -> None:
    BUILD[name](tmp_path, IDS)
    assert [note for note in check(f"{name}:{tmp_path}", None).notes if "unknown" in note] == []


@pytest.mark.parametrize("name", FORMATS)
def test_ids_are_the_same_wherever_the_folder_lies(name: str, tmp_path: Path) -> None:
    for place in ("here", "there/deeper"):
        BUILD[name](tmp_path / place, IDS)
    here, there = (open_photos(f"{name}:{tmp_path / place}") for place in ("here", "there/deeper"))
    assert tuple(here.ids) == tuple(there.ids)


@pytest.mark.parametrize("name", FORMATS)
def test_a_folder_of_something_else_is_refused_with_where_and_what_to_do(name: str, tmp_path: Path) -> None:
    for place in ("empty", "other"):
        (tmp_path / place).mkdir()
    (tmp_path / "other/letter.txt").write_text("no photo")
    for place in ("empty", "other", "absent"):
        with pytest.raises(DataError) as caught:
            open_photos(f"{name}:{tmp_path / place}")
        error = caught.value
        assert str(tmp_path / place) in error.message and error.path is not None and error.hint
        assert error.exit_code == 3


@pytest.mark.parametrize("name", FORMATS)
def test_a_formats_table_is_of_its_labels_and_a_file_may_stand_in_for_it(name: str, tmp_path: Path) -> None:
    mapping = format_module(name).MAPPING
    BUILD[name](tmp_path / "data", IDS)
    photos = open_photos(f"{name}:{tmp_path / 'data'}")
    if mapping is None:
        assert isinstance(photos.mapping, ClassMapping)
        return
    assert photos.mapping == mapping
    members = [label for labels in mapping.members.values() for label in labels]
    assert len(members) == len(set(members)) and set(members) <= set(mapping.labels)
    (tmp_path / "own.toml").write_text(to_toml(mapping), encoding="utf-8")
    own = open_photos(f"{name}:{tmp_path / 'data'}@{tmp_path / 'own.toml'}")
    assert all(np.array_equal(own.mask(i), photos.mask(i)) for i in photos.ids)


def test_a_set_that_keeps_no_promise_is_found_out(tmp_path: Path) -> None:
    BUILD["folder"](tmp_path, IDS)
    good = format_module("folder").open_folder(tmp_path, None, refuse)
    members = {part: getattr(good, part) for part in vars(PhotoSet) if not part.startswith("_")}

    def broken(**changes: Any) -> list[str]:
        return set_faults(SimpleNamespace(**{**members, **changes}), "folder", tmp_path)

    assert broken() == []
    assert broken(ids=("12", "11")) == ["ids are not sorted, each once"]
    assert broken(unlabelled_ids=("11",)) == ["11 is labelled and not"]
    assert broken(format="mine") == [f"it says mine:{tmp_path}"]
    assert broken(mask=lambda photo_id: good.mask(photo_id) + 7)[0] == "11 holds no class"
    assert "labels of 11 are int64 (20, 14)" in broken(labels=lambda i: good.labels(i).astype(np.int64))[0]
    assert "mask of 11 are uint8 (14, 20)" in broken(mask=lambda i: good.mask(i).T)[0]
    assert broken(labelled_at=lambda i: (tmp_path / "none.png", None))[0].startswith("the labels of 11 are said to be")
    assert broken(keypoints=lambda i: np.zeros((17, 3), np.float32))[0] == "joints of 11 are (17, 3)"
    assert set_faults(SimpleNamespace(), "folder", tmp_path)[:2] == ["it has no format", "it has no root"]


# ---- its table of faults ---------------------------------------------------------------------------------------------

EVERY_FAULT = [(name, fault) for name in FORMATS for fault in FAULTS.get(name, ())]


@pytest.mark.parametrize("name", FORMATS)
def test_a_good_folder_of_each_format_has_no_fault(name: str, tmp_path: Path) -> None:
    BUILD[name](tmp_path, ("11", "12", "13"))
    use(f"{name}:{tmp_path}")
    result = check(f"{name}:{tmp_path}", None)
    assert messages(result) == [] and result.clean and result.labelled == 3 + (name == "dresscode")


@pytest.mark.parametrize(("name", "fault"), EVERY_FAULT)
def test_each_fault_is_raised_when_the_data_is_used(name: str, fault: str, tmp_path: Path) -> None:
    BUILD[name](tmp_path, ("11", "12", "13"))
    given = FAULTS[name][fault]
    given.spoil(tmp_path, "12")
    if not given.used:
        use(f"{name}:{tmp_path}")
        return
    want = expected_of(name, given, tmp_path, "12", 1)
    with pytest.raises(DataError, match=want.what) as caught:
        use(f"{name}:{tmp_path}")
    assert (caught.value.path, caught.value.line) == (want.path, want.line)
    assert caught.value.hint and caught.value.exit_code == 3


@pytest.mark.parametrize(("name", "fault"), EVERY_FAULT)
def test_each_fault_is_named_by_the_check_with_file_line_and_hint_and_no_other(
    name: str, fault: str, tmp_path: Path
) -> None:
    BUILD[name](tmp_path, ("11", "12", "13"))
    FAULTS[name][fault].spoil(tmp_path, "12")
    want = expected_of(name, FAULTS[name][fault], tmp_path, "12", 1)
    result = check(f"{name}:{tmp_path}", None)
    assert any(want.named_by(f) for f in result.faults), [(f.message, f.path, f.line) for f in result.faults]
    assert not result.clean
    for found in result.faults:
        assert want.what.search(found.message) and found.hint


# ---- all faults at once ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
def test_one_report_names_all_faults_of_a_folder(name: str, tmp_path: Path) -> None:
    expected = spoiled(name, tmp_path)
    result = check(f"{name}:{tmp_path}", None)
    lost = [want for want in expected if not any(want.named_by(f) for f in result.faults)]
    assert lost == []


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_of_many_faults_makes_none_up(name: str, tmp_path: Path) -> None:
    expected = spoiled(name, tmp_path)
    result = check(f"{name}:{tmp_path}", None)
    extra = [f.message for f in result.faults if not any(want.what.search(f.message) for want in expected)]
    assert extra == [] and len(result.faults) >= len(expected)
    assert len(set(messages(result))) == len(result.faults)


@pytest.mark.parametrize("name", FORMATS)
def test_the_command_line_prints_each_fault_on_one_line_of_any_length(
    name: str, tmp_path: Path, pocketseg: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    root = tmp_path / ("a long name " * 20) / ("longer" * 40)
    expected = spoiled(name, root)
    answer = pocketseg("data", "check", f"{name}:{root}")
    assert answer.code == 3 and "Traceback" not in answer.err
    lines = answer.out.split("\n")
    printed = [line for line in lines if line.startswith("fault: ")]
    result = check(f"{name}:{root}", None)
    assert printed == [f"fault: {f.message} -> {f.hint.splitlines()[0]}" for f in result.faults]
    assert all(sum(want.what.search(line) is not None for line in printed) >= 1 for want in expected)
    assert f"{len(result.faults)} faults" in lines


@pytest.mark.parametrize("name", FORMATS)
def test_the_command_line_gives_all_faults_as_json(name: str, tmp_path: Path, pocketseg: Call) -> None:
    expected = spoiled(name, tmp_path)
    answer = pocketseg("data", "check", f"{name}:{tmp_path}", "--json")
    assert answer.code == 3
    content = json.loads(answer.out)
    assert content["clean"] is False and content["data"] == f"{name}:{tmp_path}"
    for entry in content["faults"]:
        assert entry.keys() == {"file", "line", "what", "mend"} and entry["what"] and entry["mend"]
    for want in expected:
        entries = [e for e in content["faults"] if want.what.search(e["what"])]
        assert (str(want.path), want.line) in {(e["file"], e["line"]) for e in entries}
