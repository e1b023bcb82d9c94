"""Damaged files end in a named error or in what their bytes say, by an independent decoder."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _damage import COUNT, _damaged, _others, limit
from _decoders import read_csv, read_joints, read_names, read_npz, read_png, resealed, same_photo
from _small_files import (
    DATA,
    _npy,
    dresscode_data,
    folder_data,
    imaterialist_data,
    npz,
    palette_png,
    small_indices,
    small_uv,
)

from pocketseg.core.errors import DataError
from pocketseg.data.check import check
from pocketseg.data.photos import PhotoSet, open_photos, read_image


@dataclass(frozen=True)
class Kind:
    """build: writes a data set. file: the one to damage. read: by the product. same: does it fit the bytes?"""

    build: Callable[[Path], None]
    format: str
    file: str
    read: Callable[[PhotoSet], Any]
    same: Callable[[Any, bytes], bool]
    content: Callable[[bytes], bytes] = bytes  # what is damaged: the file, or what is packed in it
    seal: Callable[[bytes], bytes] = bytes  # and how that becomes a file
    accepted: int = 1  # how many must be read, of COUNT, for the comparison to mean something


def _as(decode: Callable[[bytes], Any]) -> Callable[[Any, bytes], bool]:
    """Compare with what an independent decoder reads."""

    def same(found: Any, data: bytes) -> bool:
        want = decode(data)
        if want is None:
            return False
        if not isinstance(found, np.ndarray):
            return bool(found == want)
        fits = found.shape == np.shape(want)
        return bool(fits and np.allclose(found, np.asarray(want, np.float64), rtol=1e-5, atol=1e-5, equal_nan=True))

    return same


def _labels(photo_id: str) -> Callable[[PhotoSet], Any]:
    return lambda photos: photos.labels(photo_id)


def _uv(photos: PhotoSet) -> Any:
    dense = photos.dense_pose("dresses/000407")
    assert dense is not None
    return dense.uv


def _parts(photos: PhotoSet) -> Any:
    dense = photos.dense_pose("dresses/000407")
    assert dense is not None
    return dense.parts


def _bits(bits: int) -> Callable[[Path], None]:
    def build(root: Path) -> None:
        folder_data(root)
        mask = small_indices(DATA / "dresscode/dresses/label_maps/000407_4.png") % min(4, 1 << bits)
        (root / "masks/a.png").write_bytes(palette_png(mask, bits))
        if bits > 2:
            (root / "classes.json").write_text(json.dumps([f"c{k}" for k in range(1 << bits)][:255]))

    return build


def _all_labels(photos: PhotoSet) -> dict[str, Any]:
    return {i: photos.labels(i).tolist() for i in photos.ids}


JOINTS, UV = "dresses/keypoints/000407_2.json", "dresses/dense/000407_5_uv.npz"
LABEL_MAP, DENSE = "dresses/label_maps/000407_4.png", "dresses/dense/000407_5.png"
KINDS = {
    "photo.jpg": Kind(folder_data, "folder", "images/a.jpg", lambda p: read_image(p.image_path("a")), same_photo,
                      accepted=20),
    "photo.png": Kind(folder_data, "folder", "images/b.png", lambda p: read_image(p.image_path("b")), same_photo),
    "resealed photo.png": Kind(folder_data, "folder", "images/b.png", lambda p: read_image(p.image_path("b")),
                               same_photo, seal=resealed, accepted=3),
    "mask.png": Kind(folder_data, "folder", "masks/a.png", _labels("a"), _as(read_png)),
    **{
        f"resealed mask.png of {bits} bits": Kind(
            _bits(bits), "folder", "masks/a.png", _labels("a"), _as(read_png), seal=resealed, accepted=3)
        for bits in (1, 2, 4, 8)
    },
    "label map": Kind(dresscode_data, "dresscode", LABEL_MAP, _labels("dresses/000407"), _as(read_png),
                      seal=resealed),
    "dense pose": Kind(dresscode_data, "dresscode", DENSE, _parts, _as(read_png), seal=resealed),
    "train.csv": Kind(imaterialist_data, "imaterialist", "train.csv", _all_labels, _as(read_csv), accepted=5),
    "keypoints": Kind(dresscode_data, "dresscode", JOINTS, lambda p: p.keypoints("dresses/000407"), _as(read_joints),
                      accepted=5),
    "classes.json": Kind(folder_data, "folder", "classes.json", lambda p: p.classes, _as(read_names), accepted=5),
    "uv.npz": Kind(dresscode_data, "dresscode", UV, _uv, _as(read_npz)),
    "uv.npy in a whole npz": Kind(
        dresscode_data, "dresscode", UV, _uv, _as(read_npz), content=lambda data: _npy(small_uv()), seal=npz),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_damage_ends_in_a_named_error_or_in_what_the_bytes_say(name: str, tmp_path: Path) -> None:
    kind = KINDS[name]
    kind.build(tmp_path)
    file, spec, others = tmp_path / kind.file, f"{kind.format}:{tmp_path}", _others()
    good = kind.content(file.read_bytes())
    assert kind.same(kind.read(open_photos(spec)), file.read_bytes()), "the undamaged file is misread"
    assert check(spec, None).clean
    rng, accepted, wrong = random.Random(name), 0, []
    for number in range(COUNT):
        damaged = kind.seal(_damaged(good, rng, others))
        file.write_bytes(damaged)
        refused = False
        try:
            with limit():
                found = kind.read(open_photos(spec))
        except DataError as error:
            refused = True
            if file.name not in error.message or not error.hint:
                wrong.append(f"{number}: the error does not name {file.name} or what to do: {error}")
        except Exception as error:  # noqa: BLE001 - that is what must not come
            wrong.append(f"{number}: {type(error).__name__}: {error}")
        else:
            accepted += 1
            if not kind.same(found, damaged):
                wrong.append(f"{number}: read as {np.shape(found)}, which the bytes do not say")
        try:
            with limit():
                report = check(spec, None)
            if refused and report.clean:
                wrong.append(f"{number}: refused, but clean in the report")
        except Exception as error:  # noqa: BLE001 - a report has no faults of its own
            wrong.append(f"{number}: check: {type(error).__name__}: {error}")
    assert not wrong, "\n".join(wrong)
    assert kind.accepted <= accepted <= COUNT - 20, f"{accepted} of {COUNT} read: nothing was compared, or nothing hit"
