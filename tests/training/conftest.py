"""Seven embedded photos, a run and a start on them that nothing interrupted, and the thread count put back."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from _once import Once
from _saliency import NETWORK, Saliency, pin, saliency
from _training import Data, tiny_job, train

from pocketseg.core.files import write_json
from pocketseg.data.embedded import FOLDER, sample_ids
from pocketseg.data.photos import digest
from pocketseg.data.split import Split, to_json
from pocketseg.training.pretrained import make_start


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    root = tmp_path_factory.mktemp("data")
    parts = {"train": sample_ids("train")[:5], "val": sample_ids("val")[:1], "test": sample_ids("test")[:1]}
    for folder, suffix in (("images", "jpg"), ("masks", "png")):
        (root / folder).mkdir()
        for photo_id in sum(parts.values(), ()):
            shutil.copy(FOLDER / folder / f"{photo_id}.{suffix}", root / folder)
    shutil.copy(FOLDER / "classes.json", root)
    photos = {p: {i: digest(root / "images" / f"{i}.jpg") for i in ids} for p, ids in parts.items()}
    split = Split(name="tiny", photos=photos, never={}, made_with={})
    return Data(f"folder:{root}", write_json(root / "split.json", to_json(split)))


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def finished(data: Data, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing interrupted."""
    out = tmp_path_factory.mktemp("finished") / "run"
    train(tiny_job(data, out))
    return out


@pytest.fixture(scope="session")
def small(once: Once) -> Saliency:
    return once("saliency", saliency)


@pytest.fixture
def pinned(small: Saliency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pin the small files, and give temporary folders a place of their own, which is empty in the end."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    pin(small, monkeypatch)
    yield
    assert list(place.glob("pocketseg*")) == []


@pytest.fixture(scope="session")
def made(small: Saliency, data: Data, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A start that nothing disturbed."""
    out = tmp_path_factory.mktemp("made") / "start.safetensors"
    with pytest.MonkeyPatch.context() as place:
        pin(small, place)
        return make_start(NETWORK, data.spec, out, split_file=data.split_file, source=small.file).path
