"""A bundle is made whole, is the same twice, names no computer, and is refused where anything in it is damaged."""

from __future__ import annotations

import copy
import dataclasses
import getpass
import hashlib
import json
import re
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _bundles import ONCE, SIZES, bundle, entry, network, photos

from pocketseg.core import bundle as bundles
from pocketseg.core import runs
from pocketseg.core._schema import schema
from pocketseg.core.archive import write_archive
from pocketseg.core.bundle import open_bundle
from pocketseg.core.cache import ROOT
from pocketseg.core.errors import BundleError, ParityError, StorageError, UsageError
from pocketseg.core.manifest import read_manifest
from pocketseg.data.photos import read_image
from pocketseg.devices.job import Job
from pocketseg.devices.make import Made, make
from pocketseg.inference import model_input

Converted = Callable[..., Any]


@pytest.fixture(scope="module")
def made(converted: Converted, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return bundle(converted, tmp_path_factory.mktemp("made"))


@pytest.fixture
def copied(made: Made, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made.folder, tmp_path / "copied"))


def test_folder_and_zip_hold_the_same(made: Made) -> None:
    with open_bundle(made.folder) as folder, open_bundle(made.archive) as archive:
        assert folder.sha256 == archive.sha256 == made.sha256
        assert folder.content == archive.content
        folder.verify()
        archive.verify()
        for name in (entry["name"] for entry in folder.content["files"]):
            assert folder.read(name) == archive.read(name)


def test_inputs_labels_and_photos_are_those_of_the_data(made: Made, tmp_path: Path) -> None:
    with open_bundle(made.archive) as opened:
        inputs = opened.inputs(0)
        assert inputs.shape == (len(SIZES), 64, 96, 3)
        for number, photo in enumerate(opened.content["photos"]):
            file = tmp_path / Path(photo["file"]).name
            opened.extract(photo["file"], file)
            image = read_image(file)
            assert image.shape[:2] == (photo["height_px"], photo["width_px"]) == SIZES[number]
            assert (inputs[number] == model_input(image, 64, 96)).all()
            label = opened.class_map(photo["label"], number)
            assert (label[:2] == 255).all() and label[2:].max() < 4
            golden = opened.class_map(opened.content["golden"][0]["maps"][number], number)
            assert golden.shape == SIZES[number] and len(np.unique(golden)) > 1


def test_a_bundle_is_the_same_twice(converted: Converted, made: Made, tmp_path: Path) -> None:
    again = bundle(converted, tmp_path)
    assert again.sha256 == made.sha256
    assert again.archive.read_bytes() == made.archive.read_bytes()


def test_nothing_names_this_computer(converted: Converted, tmp_path: Path) -> None:
    secret = tmp_path / "ann smith" / "street"
    one = entry(converted, tmp_path / "file")
    manifest = json.loads((one.path.parent / "manifest.json").read_text())
    manifest["calibration"] = {"source": f"folder:{secret}"}
    (one.path.parent / "manifest.json").write_text(json.dumps(manifest))
    one = dataclasses.replace(one, artifact=read_manifest(one.path)[0])
    made = make([one], photos(secret), lambda artifact: None, tmp_path / "bundle", ONCE)
    names = {str(tmp_path), "ann smith", str(ROOT), str(Path.home()), socket.gethostname(), getpass.getuser()}
    names -= {name for name in names if len(name) < 5}  # letters that stand in any photo
    for file in (made.archive, *(path for path in made.folder.rglob("*") if path.is_file())):
        data = file.read_bytes()
        assert not [name for name in names if name.encode() in data], file
    with open_bundle(made.archive) as opened:
        assert opened.content["data"]["name"] == "folder:street"
        assert opened.artifact(0).calibration == {"source": "folder:street"}


def test_a_network_that_is_at_hand_gives_maps_too(converted: Converted, made: Made, tmp_path: Path) -> None:
    with open_bundle(made.folder) as opened:
        maps = [opened.class_map(name, n) for n, name in enumerate(opened.content["golden"][0]["maps"])]
    made = make([entry(converted, tmp_path / "a"), entry(converted, tmp_path / "b")], photos(tmp_path / "photos"),
                network(maps), tmp_path / "bundle", ONCE)  # fmt: skip
    with open_bundle(made.archive) as opened:
        content = opened.content
        assert len(content["networks"]) == 1 and [a["network"] for a in content["artifacts"]] == [0, 0]
        for golden in content["golden"]:
            assert (opened.class_map(golden["network_maps"][2], 2) == maps[2]).all()


def test_a_file_that_is_not_its_networks_is_refused_by_photo_and_agreement(
    converted: Converted, tmp_path: Path
) -> None:
    wrong = network([np.zeros(size, np.uint8) for size in SIZES])
    with pytest.raises(ParityError, match=r"photo \d on \d+\.\d\d%.* exported wrong"):
        make([entry(converted, tmp_path / "a")], photos(tmp_path / "photos"), wrong, tmp_path / "bundle", ONCE)
    assert not (tmp_path / "bundle").exists() and not (tmp_path / "bundle.zip").exists()


def test_each_accelerator_is_a_run_of_every_file(converted: Converted, tmp_path: Path) -> None:
    made = bundle(converted, tmp_path, job=Job(accelerators=("cpu", "gpu"), threads=2, max_temp_c=35.5))
    with open_bundle(made.folder) as opened:
        job = opened.content["job"]
    assert job["runs"] == [{"artifact": 0, "accelerator": name, "threads": 2} for name in ("cpu", "gpu")]
    assert job["limits"]["max_temp_c"] == 35.5


def test_a_folder_that_is_no_bundle_is_left_alone(converted: Converted, tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "thesis.txt").write_text("three years")
    with pytest.raises(UsageError, match="exists and is not a bundle"):
        bundle(converted, tmp_path)
    assert (tmp_path / "bundle" / "thesis.txt").read_text() == "three years"


@pytest.mark.parametrize(
    "there",
    [
        {"bundle.zip": b"holiday photos"},
        {"bundle/bundle.json": b"{}", "bundle/main.js": b"code"},
        {"bundle/bundle.json": b'{"schema_version": "1.0", "files": []}', "bundle/main.js": b"code"},
        {"bundle": b"a file"},
    ],
)
def test_nothing_but_a_bundle_is_replaced(converted: Converted, tmp_path: Path, there: dict[str, bytes]) -> None:
    for name, data in there.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    with pytest.raises(UsageError, match="not a bundle"):
        bundle(converted, tmp_path)
    assert all((tmp_path / name).read_bytes() == data for name, data in there.items())


def test_a_link_and_a_name_that_is_none_are_refused(converted: Converted, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "bundle").symlink_to(tmp_path / "elsewhere")
    one, data = entry(converted, tmp_path / "a"), photos(tmp_path / "photos")
    for out, said in ((tmp_path / "bundle", "is a link"), (Path("/"), "the name"), (tmp_path / "b.zip", "the name")):
        with pytest.raises(UsageError, match=said):
            make([one], data, lambda artifact: None, out, ONCE)


def test_an_earlier_bundle_is_replaced_whole_or_not_at_all(
    converted: Converted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = bundle(converted, tmp_path)
    zipped = first.archive.read_bytes()
    data = photos(tmp_path / "more")
    two = [entry(converted, tmp_path / "x"), entry(converted, tmp_path / "y")]
    with monkeypatch.context() as patch:
        patch.setattr("pocketseg.devices.make.write_archive", full_disk)
        with pytest.raises(StorageError):
            make(two, data, lambda artifact: None, tmp_path / "bundle", ONCE)
    with open_bundle(first.folder) as opened:
        assert opened.sha256 == first.sha256 and first.archive.read_bytes() == zipped
    second = make(two, data, lambda artifact: None, tmp_path / "bundle", ONCE)
    with open_bundle(first.folder) as folder, open_bundle(first.archive) as archive:
        assert folder.sha256 == archive.sha256 == second.sha256 != first.sha256


def full_disk(*given: Any) -> None:
    raise StorageError("cannot write: No space left on device")


@pytest.mark.parametrize("value", [float("nan"), -1.0, 101.0])
def test_a_temperature_that_is_none_is_refused(value: float) -> None:
    with pytest.raises(UsageError, match="max_temp_c"):
        Job(max_temp_c=value)


def test_more_photos_than_a_file_holds_are_refused_before_any_work(
    converted: Converted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundles, "MOST_PART_BYTES", 64 * 96 * 3 * 3)
    with pytest.raises(UsageError, match="4 photos at 64 x 96"):
        bundle(converted, tmp_path)
    assert not (tmp_path / "bundle").exists()


def test_what_a_file_manager_left_is_no_part_of_a_bundle(copied: Path) -> None:
    (copied / ".DS_Store").write_bytes(b"\0")
    (copied / "labels/Thumbs.db").write_bytes(b"\0")
    with open_bundle(copied) as opened:
        opened.verify()


@pytest.mark.documents
def test_each_field_of_the_schema_stands_in_the_page_and_no_other() -> None:
    page = (ROOT / "docs" / "bundle.md").read_text(encoding="utf-8")
    rows = [line.split(" | ")[0] for line in page.splitlines() if line.startswith("| `/")]
    named = [pointer for row in rows for pointer in re.findall(r"`(/[^`]+)`", row)]
    assert len(named) == len(set(named)) and set(named) == set(_leaves(schema("bundle"), ""))


def _leaves(part: dict[str, Any], at: str) -> list[str]:
    if "properties" in part:
        return [leaf for name, inside in part["properties"].items() for leaf in _leaves(inside, f"{at}/{name}")]
    return _leaves(part["items"], f"{at}/*") if "items" in part else [at]


def test_the_wheels_schema_is_the_published_one() -> None:
    own = Path(bundles.__file__).with_name("schema") / "bundle.schema.json"
    assert own.read_bytes() == (ROOT / "conformance" / "schema" / "bundle.schema.json").read_bytes()


# ---- damage ----------------------------------------------------------------------------------------------------------


def set_(*path: str | int, to: Any) -> Callable[[dict[str, Any]], None]:
    """Return what puts a value into a bundle.json."""

    def change(content: dict[str, Any]) -> None:
        *way, last = path
        place: Any = content
        for step in way:
            place = place[step]
        place[last] = to

    return change


def drop(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda content: content.pop(name)


DAMAGES: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "a newer version": (set_("schema_version", to="2.0"), "version 2.0"),
    "an older version": (set_("schema_version", to="0.9"), "version 0.9"),
    "no version": (drop("schema_version"), "no schema_version"),
    "a field that there is not": (set_("surprise", to=1), "surprise"),
    "no photos": (set_("photos", to=[]), "photos"),
    "a name with a line's end": (set_("name", to="a\nb"), "/name"),
    "a name that turns the direction of text": (set_("name", to="a\u202eb"), "/name"),
    "a class of half a character": (set_("classes", 1, to="a\ud800"), "/classes/1"),
    "a separator of lines": (set_("data", "name", to="a\u2028b"), "/data/name"),
    "a path that leaves": (set_("photos", 0, "file", to="../0.jpg"), "/photos/0/file"),
    "a path from the root": (set_("photos", 0, "file", to="/etc/passwd"), "/photos/0/file"),
    "a path with a backslash": (set_("artifacts", 0, "manifest", to="a\\b"), "/artifacts/0/manifest"),
    "a file that is not listed": (set_("photos", 0, "file", to="photos/9.jpg"), "photos/9.jpg"),
    "an artifact that there is not": (set_("job", "runs", 0, "artifact", to=7), "/job/runs/0/artifact"),
    "an input that there is not": (set_("artifacts", 0, "input", to=7), "/artifacts/0/input"),
    "a network that there is not": (set_("artifacts", 0, "network", to=0), "/artifacts/0/network"),
    "an accelerator of no device": (set_("job", "runs", 0, "accelerator", to="tpu; reboot"), "/job/runs/0"),
    "no thread": (set_("job", "runs", 0, "threads", to=0), "less than the minimum"),
    "a run twice": (lambda c: c["job"]["runs"].append(dict(c["job"]["runs"][0])), "same run twice"),
    "a colour too few": (lambda c: c["colors_rgb"].pop(), "colours"),
    "a class twice": (set_("classes", 1, to="background"), "name twice"),
    "a golden map too few": (lambda c: c["golden"][0]["maps"].pop(), "/golden/0/maps"),
    "a share too few": (lambda c: c["golden"][0]["allowed"]["int8"].pop(), "allowed/int8"),
    "a share above one": (set_("golden", 0, "allowed", "int8", 0, to=1.5), "greater than the maximum"),
    "golden maps of no artifact": (lambda c: c["golden"].append(copy.deepcopy(c["golden"][0])), "golden maps of 2"),
    "another size of an input": (set_("inputs", 0, "height_px", to=65), "/inputs/0"),
    "an artifact of another size": (set_("artifacts", 0, "size_bytes", to=5), "/artifacts/0/size_bytes"),
    "an artifact of another hash": (set_("artifacts", 0, "sha256", to="0" * 64), "/artifacts/0/sha256"),
    "a photo of another hash": (set_("photos", 1, "bundled_sha256", to="0" * 64), "/photos/1/bundled_sha256"),
    "a photo of a gigapixel": (lambda c: c["photos"][0].update(height_px=65535, width_px=65535), "pixels"),
    "a label without its hash": (set_("photos", 0, "label_sha256", to=None), "/photos/0"),
    "files that are not sorted": (lambda c: c["files"].reverse(), "not sorted"),
    "a file of another size": (lambda c: c["files"][0].update(size_bytes=1), "bytes"),
    "a number that is none": (set_("job", "seed", to=float("nan")), "NaN"),
    "depth": (set_("name", to=json.loads("[" * 80 + "]" * 80)), "deeper"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_bundle_json_is_refused_and_says_what_is_wrong(copied: Path, name: str) -> None:
    change, said = DAMAGES[name]
    content = json.loads((copied / "bundle.json").read_text())
    change(content)
    (copied / "bundle.json").write_text(json.dumps(content))
    with pytest.raises(BundleError) as caught, open_bundle(copied):
        pass
    assert said in caught.value.message and caught.value.hint


def test_a_newer_minor_version_is_read_without_what_is_new(copied: Path) -> None:
    content = json.loads((copied / "bundle.json").read_text())
    with open_bundle(copied) as opened:
        before = opened.content
    content |= {"schema_version": "1.7", "surprise": [1]}
    content["job"]["mood"] = "good"
    (copied / "bundle.json").write_text(json.dumps(content))
    with open_bundle(copied) as opened:
        assert {**opened.content, "schema_version": "1.0"} == before


def test_each_file_that_is_changed_is_named(copied: Path) -> None:
    names = [path.relative_to(copied).as_posix() for path in copied.rglob("*") if path.is_file()]
    for name in set(names) - {"bundle.json"}:
        data = bytearray((copied / name).read_bytes())
        data[len(data) // 2] ^= 1
        (copied / name).write_bytes(data)
        with pytest.raises(BundleError, match=f"{name} is damaged"), open_bundle(copied) as opened:
            opened.verify()
        data[len(data) // 2] ^= 1
        (copied / name).write_bytes(data)


def test_a_file_too_many_too_few_too_long_or_a_link_is_refused(copied: Path, tmp_path: Path) -> None:
    (copied / "labels/extra.runs").write_bytes(b"x")
    with pytest.raises(BundleError, match=r"holds labels/extra\.runs"), open_bundle(copied):
        pass
    (copied / "labels/extra.runs").unlink()
    label = (copied / "labels/0.runs").read_bytes()
    (copied / "labels/0.runs").write_bytes(label + b"x")
    with pytest.raises(BundleError, match=r"labels/0\.runs has"), open_bundle(copied):
        pass
    (copied / "labels/0.runs").unlink()
    with pytest.raises(BundleError, match=r"lacks labels/0\.runs"), open_bundle(copied):
        pass
    (tmp_path / "elsewhere.runs").write_bytes(label)
    (copied / "labels/0.runs").symlink_to(tmp_path / "elsewhere.runs")
    with pytest.raises(BundleError, match="link"), open_bundle(copied):
        pass


@pytest.mark.parametrize("kind", ["nothing", "text", "an empty folder", "a zip of something else"])
def test_what_is_no_bundle_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "given"
    if kind == "text":
        path.write_text("hello")
    elif kind == "an empty folder":
        path.mkdir()
    elif kind == "a zip of something else":
        write_archive(path, {"a.txt": b"hello"})
    with pytest.raises(BundleError), open_bundle(path):
        pass


def test_a_map_of_another_size_or_class_is_refused(made: Made, copied: Path) -> None:
    def replaced(name: str, data: bytes) -> None:
        content = json.loads((made.folder / "bundle.json").read_text())
        listed = next(entry for entry in content["files"] if entry["name"] == name)
        listed |= {"size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        (copied / name).write_bytes(data)
        (copied / "bundle.json").write_text(json.dumps(content))

    height, width = SIZES[0]
    for wrong, said in ((np.zeros((width, height), np.uint8), "its photo"), (np.full(SIZES[0], 4, np.uint8), "class 4"),
                        (np.full(SIZES[0], 255, np.uint8), "class 255")):  # fmt: skip
        replaced("golden/0/0.runs", runs.encode(wrong))
        with open_bundle(copied) as opened, pytest.raises(BundleError, match=said):
            opened.class_map("golden/0/0.runs", 0)
    replaced("golden/0/0.runs", b"PSCM\x01 but no more")
    with open_bundle(copied) as opened, pytest.raises(BundleError, match=r"golden/0/0\.runs"):
        opened.class_map("golden/0/0.runs", 0)
