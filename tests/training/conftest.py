"""Seven embedded photos, a run on them that nothing interrupted, and the thread count put back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from _training import Data, tiny_job, train

from pocketseg.core.files import write_json
from pocketseg.data.embedded import FOLDER, sample_ids
from pocketseg.data.photos import digest
from pocketseg.data.split import Split, to_json


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
