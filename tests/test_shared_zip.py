"""The zip that the app shares is taken as the folder of results that it holds, and nothing else in it is."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from pocketseg.core.errors import RecordError
from pocketseg.devices import shared_zip
from pocketseg.devices.shared_zip import is_zip, unpacked

JOB = "0123456789abcdef" * 2
MAP = f"maps/{'a' * 64}.runs"
FILES = {"progress.json": b"{}", "0.json": b"0" * 5000, "12.json": b"12", MAP: b"map" * 999}


def _zip(path: Path, files: Mapping[str, bytes], how: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> Path:
    with zipfile.ZipFile(path, "w", how) as archive:
        archive.comment = comment
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def _below(folder: str, files: Mapping[str, bytes] = FILES) -> dict[str, bytes]:
    return {folder + name: data for name, data in files.items()}


def _read(path: Path) -> dict[str, bytes]:
    with unpacked(path) as folder:
        found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert not folder.exists()
    return found


@pytest.mark.parametrize("folder", [f"{JOB}/", "", "my phone/results/"])
@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_jobs_folder_comes_out_as_it_was_packed(folder: str, how: int, tmp_path: Path) -> None:
    path = _zip(tmp_path / "shared.bin", _below(folder), how, b"a comment")
    assert is_zip(path) and _read(path) == FILES


def test_what_computers_add_of_their_own_is_left_out(tmp_path: Path) -> None:
    more = {f"__MACOSX/{JOB}/._0.json": b"x", f"{JOB}/.DS_Store": b"x", f"{JOB}/0.json.part": b"x", f"{JOB}/maps/": b""}
    assert _read(_zip(tmp_path / "a.zip", {**_below(f"{JOB}/"), **more})) == FILES


HOSTILE = {
    "a path out": ({**FILES, "../0.json": b"x"}, "not a valid file name"),
    "a path out further in": ({**FILES, f"{JOB}/../../1.json": b"x"}, "not a valid file name"),
    "an absolute path": ({**FILES, "/1.json": b"x"}, "not a valid file name"),
    "a path of Windows": ({**FILES, "..\\1.json": b"x"}, "not a valid file name"),
    "two jobs": ({**_below("a/"), **_below("b/")}, "more than one job"),
    "no record": ({"progress.json": b"{}", MAP: b"x"}, "no records"),
    "nothing": ({}, "no records"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_zip_that_is_no_jobs_results_is_refused(name: str, tmp_path: Path) -> None:
    files, reason = HOSTILE[name]
    before = sorted(tmp_path.parent.rglob("*.json"))
    with pytest.raises(RecordError, match=reason) as caught:
        _read(_zip(tmp_path / "a.zip", files))
    assert "a.zip" in caught.value.message and caught.value.hint
    assert sorted(tmp_path.parent.rglob("*.json")) == before


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", FILES)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("0.json", b"another")
    with pytest.raises(RecordError, match="twice"):
        _read(path)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _zip(tmp_path / "a.zip", FILES)
    monkeypatch.setattr(shared_zip, "_unpack", lambda *_: pytest.fail("it was unpacked"))
    with monkeypatch.context() as small:
        small.setattr(shared_zip, "MOST_RECORD_BYTES", 4999)
        with pytest.raises(RecordError, match=r"0\.json' of 5,000 bytes"):
            _read(path)
    with monkeypatch.context() as small:
        small.setattr(shared_zip, "MOST_ALL_BYTES", 7000)
        with pytest.raises(RecordError, match="would unpack to"):
            _read(path)
    monkeypatch.setattr(shared_zip, "_MOST_DIRECTORY_BYTES", 100)
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("its list was read"))
    with pytest.raises(RecordError, match="more files than are read"):
        _read(path)


def test_a_file_that_is_larger_than_its_header_says_is_not_written_on(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", {"0.json": b"0" * 5000})
    path.write_bytes(path.read_bytes().replace((5000).to_bytes(4, "little"), (50).to_bytes(4, "little")))
    with pytest.raises(RecordError, match="is damaged"):
        _read(path)


def test_a_zip_that_is_cut_or_changed_anywhere_is_refused_or_whole(tmp_path: Path) -> None:
    whole = _zip(tmp_path / "whole.zip", _below(f"{JOB}/")).read_bytes()
    path = tmp_path / "a.zip"
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at])
        with pytest.raises(RecordError):
            _read(path)
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            found = _read(path)
        except RecordError:
            continue
        assert found.items() <= FILES.items()


def test_another_file_is_no_zip(tmp_path: Path) -> None:
    (tmp_path / "0.json").write_text("{}")
    assert not is_zip(tmp_path / "0.json") and not is_zip(tmp_path) and not is_zip(tmp_path / "none")
