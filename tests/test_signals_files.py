"""Files of signals: three orders of joints in common, one person a photo, and every damage said in a sentence."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _data_folders import dresscode_folder
from PIL import Image

from pocketseg.core.errors import DataError, UnknownNameError, UsageError
from pocketseg.data.embedded import sample_ids
from pocketseg.data.photos import open_photos
from pocketseg.data.signals.joints import JOINTS, ORDERS, common
from pocketseg.data.signals.persons_file import PersonsFile
from pocketseg.data.signals.poses_file import read_poses
from pocketseg.data.signals.source import open_signals

OPENPOSE = [
    "nose",
    "neck",
    "right_shoulder",
    "right_elbow",
    "right_wrist",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "right_hip",
    "right_knee",
    "right_ankle",
    "left_hip",
    "left_knee",
    "left_ankle",
    "right_eye",
    "left_eye",
    "right_ear",
    "left_ear",
]
BLAZEPOSE = [
    "nose",
    "left_eye_inner",
    "left_eye",
    "left_eye_outer",
    "right_eye_inner",
    "right_eye",
    "right_eye_outer",
    "left_ear",
    "right_ear",
    "mouth_left",
    "mouth_right",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_pinky",
    "right_pinky",
    "left_index",
    "right_index",
    "left_thumb",
    "right_thumb",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
    "left_heel",
    "right_heel",
    "left_foot_index",
    "right_foot_index",
]


def _poses(path: Path, ids: list[str], keypoints: Any, **more: Any) -> Path:
    np.savez(path, ids=np.array(ids), keypoints=keypoints, **more)
    return path


@pytest.mark.parametrize("names", [OPENPOSE, BLAZEPOSE, list(JOINTS)], ids=["OpenPose", "BlazePose", "COCO"])
def test_the_common_joints_are_those_of_their_names_in_every_order(names: list[str]) -> None:
    assert [names[k] for k in ORDERS[len(names)]] == list(JOINTS)
    rows = np.array([[len(name), 0.5] for name in names], np.float32) / 50
    assert common(rows)[:, 0].tolist() == pytest.approx([len(name) / 50 for name in JOINTS])


def test_a_joint_that_is_nan_unsure_or_far_away_is_not_found(tmp_path: Path) -> None:
    rows = np.full((1, 17, 4), 0.5, np.float16)
    rows[0, 1, 0], rows[0, 2, 3], rows[0, 3, 3], rows[0, 4, 1], rows[0, 5, 0] = np.nan, 0.49, np.nan, 50, np.inf
    found = read_poses(_poses(tmp_path / "p.npz", ["a"], rows))["a"]
    assert np.isnan(found).any(1).nonzero()[0].tolist() == [1, 2, 3, 4, 5]


def test_without_scores_every_point_counts(tmp_path: Path) -> None:
    found = read_poses(_poses(tmp_path / "p.npz", ["a"], np.full((1, 18, 2), 0.1)))
    assert found["a"].shape == (17, 2) and not np.isnan(found["a"]).any()


def test_of_two_people_the_one_who_spans_most_counts(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    small, large = 0.4 + generator.random((17, 2)) * 0.1, generator.random((17, 2))
    for order in ((small, large), (large, small)):
        found = read_poses(_poses(tmp_path / "p.npz", ["a", "a"], np.stack(order)))
        assert np.allclose(found["a"], large, atol=1e-6)


def test_a_photo_without_signals_shows_nobody(tmp_path: Path) -> None:
    path = _poses(tmp_path / "p.npz", ["a", "b"], np.stack([np.full((17, 3), np.nan), np.ones((17, 3))]))
    source = open_signals([f"poses={path}"], open_photos_of_nothing())
    assert np.isnan(source.points("a")).all() and np.isnan(source.points("c")).all()
    assert not np.isnan(source.points("b")).any() and source.person("b") is None


def open_photos_of_nothing() -> Any:
    return None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"ids": np.array(["a"])}, "not hold the array `keypoints`"),
        ({"ids": np.array(["a"]), "keypoints": np.zeros((1, 5, 3))}, "1 x 5 x 3"),
        ({"ids": np.array(["a"]), "keypoints": np.zeros((1, 17, 3), int)}, "int64"),
        ({"ids": np.array([1]), "keypoints": np.zeros((1, 17, 3))}, "not a list of texts"),
        ({"ids": np.array(["a", "b"]), "keypoints": np.zeros((1, 17, 3))}, "2 ids and 1 rows"),
        ({"ids": np.array(["a"], object), "keypoints": np.zeros((1, 17, 3))}, "not a readable npz"),
    ],
)
def test_poses_in_another_layout_are_refused(content: dict[str, Any], said: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "p.npz", **content)
    with pytest.raises(DataError, match=said):
        read_poses(tmp_path / "p.npz")


def test_damaged_poses_are_a_data_error(tmp_path: Path) -> None:
    whole = _poses(tmp_path / "p.npz", ["a"], np.zeros((1, 17, 3))).read_bytes()
    for place in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        (tmp_path / "d.npz").write_bytes(damaged)
        try:
            read_poses(tmp_path / "d.npz")
        except DataError as error:
            assert "d.npz" in error.message
    for part in (0, 10, len(whole) // 2):
        (tmp_path / "d.npz").write_bytes(whole[:part])
        with pytest.raises(DataError):
            read_poses(tmp_path / "d.npz")
    with pytest.raises(DataError, match="does not exist"):
        read_poses(tmp_path / "none.npz")


def _zip(path: Path, **pictures: Image.Image | bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, picture in pictures.items():
            if not isinstance(picture, bytes):
                stream = io.BytesIO()
                picture.save(stream, "PNG")
                picture = stream.getvalue()
            archive.writestr(f"{name}.png", picture)
    return path


def test_a_silhouette_is_read_when_asked_for_and_absent_where_there_is_none(tmp_path: Path) -> None:
    grey = Image.fromarray(np.arange(12, dtype=np.uint8).reshape(3, 4))
    persons = PersonsFile(_zip(tmp_path / "p.zip", a=grey, black=Image.new("1", (2, 2), 1)))
    found = persons.person("a")
    assert found is not None and found.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    ones = persons.person("black")
    assert ones is not None and set(ones.flat) == {255}
    assert persons.person("b") is None and persons.person("../a") is None


@pytest.mark.parametrize(("size_px", "score"), [((640, 480), None), ((192, 192), 0.9), ((8, 8), 0.6)])
def test_keypoints_in_pixels_are_refused_whatever_the_photos_size(
    tmp_path: Path, size_px: tuple[int, int], score: float | None
) -> None:
    points = np.random.default_rng(1).uniform(0.1, 0.9, (3, 17, 2)).astype(np.float32)
    columns = [points * np.array(size_px, np.float32), *([] if score is None else [np.full((3, 17, 1), score)])]
    np.savez(tmp_path / "p.npz", ids=np.array(["a", "b", "c"]), keypoints=np.concatenate(columns, 2).astype(np.float32))
    with pytest.raises(DataError, match="are no shares of the photo's width and height") as caught:
        read_poses(tmp_path / "p.npz")
    assert caught.value.hint.startswith("divide x by the width")
    np.savez(tmp_path / "ok.npz", ids=np.array(["a", "b", "c"]), keypoints=points * 1.4)  # some lie outside
    assert set(read_poses(tmp_path / "ok.npz")) == {"a", "b", "c"}


def test_pictures_that_are_no_silhouettes_are_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    Image.new("L", (8, 8)).save(stream, "PNG")
    path = _zip(tmp_path / "p.zip", red=Image.new("RGB", (2, 2)), cut=stream.getvalue()[:40], text=b"no picture")
    persons = PersonsFile(path)
    for name, said in (("red", "RGB pixels"), ("cut", "not a readable picture"), ("text", "not a readable picture")):
        with pytest.raises(DataError, match=said):
            persons.person(name)
    (tmp_path / "no.zip").write_bytes(b"no archive")
    with pytest.raises(DataError, match="not a readable zip"):
        PersonsFile(tmp_path / "no.zip")


@pytest.mark.parametrize(
    ("named", "kind", "said"),
    [
        (["pose=x.npz"], UnknownNameError, "did you mean 'poses'"),
        (["poses"], UsageError, "does not name a file"),
        (["poses="], UsageError, "does not name a file"),
        (["data", "poses=x.npz"], UsageError, "leave the others out"),
        (["poses=none.npz"], DataError, "does not exist"),
    ],
)
def test_signals_that_are_named_wrongly_are_refused(named: list[str], kind: type[Exception], said: str) -> None:
    with pytest.raises(kind) as error:
        open_signals(named, open_photos_of_nothing())
    assert said in str(error.value)


def test_dress_code_has_its_signals_in_its_own_folders(tmp_path: Path) -> None:
    dresscode_folder(tmp_path, sample_ids("train")[:2])
    photos = open_photos(f"dresscode:{tmp_path}")
    source = open_signals(["data"], photos)
    for photo_id in photos.ids:
        points, joints = source.points(photo_id), photos.keypoints(photo_id)
        if joints is None:
            assert np.isnan(points).all()
        else:
            right = points[JOINTS.index("right_wrist")]
            from pocketseg.data.photos import read_image

            height, width = read_image(photos.image_path(photo_id)).shape[:2]
            assert np.allclose(right * [width, height], joints[4, :2], atol=1e-2, equal_nan=True)
        dense, person = photos.dense_pose(photo_id), source.person(photo_id)
        assert (person is None) == (dense is None or not dense.parts.any())
        if dense is not None and person is not None:
            assert np.array_equal(person > 0, dense.parts > 0)
