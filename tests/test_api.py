"""pocketseg.api: what it offers, and that it does what the commands of the same names do."""

from __future__ import annotations

import inspect as reflection
import re
import shutil
import subprocess
import sys
import typing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import models
from pocketseg import api
from pocketseg.core._imports import PACKAGES
from pocketseg.core.errors import DataError, UnknownNameError, UsageError
from pocketseg.data.embedded import FOLDER, sample_ids

ROOT = Path(__file__).parents[1]
PHOTO = FOLDER / "images" / f"{sample_ids('test')[0]}.jpg"
TINY = models.Given(height_px=64, width_px=32)


def test_the_exported_names_are_all_of_the_public_ones() -> None:
    defined = {
        name for name, value in vars(api).items()
        if getattr(value, "__module__", "").startswith(f"{api.__name__}.") and not name.startswith("_")
    }  # fmt: skip
    assert set(api.__all__) == defined
    assert {"export", "benchmark", "evaluate", "segment", "inspect", "doctor"} <= defined


@pytest.mark.parametrize("name", ["export", "benchmark", "evaluate", "segment", "inspect", "doctor"])
def test_each_function_is_typed_and_says_what_it_raises(name: str) -> None:
    function = getattr(api, name)
    signature = reflection.signature(function)
    assert signature.return_annotation is not signature.empty
    assert all(p.annotation is not p.empty for p in signature.parameters.values())
    assert "Raises" in function.__doc__
    told = function.__doc__ + str(api.__doc__)
    assert [p for p in signature.parameters if not re.search(rf"\b{p}\b", told)] == [], "every parameter is described"


def test_type_checkers_of_its_users_read_its_types() -> None:
    for package in PACKAGES:
        assert (ROOT / package / "py.typed").is_file(), package


def test_importing_it_loads_no_framework() -> None:
    code = "import sys, pocketseg.api; print(sorted({'torch', 'onnx', 'numpy', 'coremltools'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_segment_yields_class_maps_and_writes_only_where_asked(tmp_path: Path) -> None:
    (kept,) = api.segment([PHOTO], model="topformer_tiny", given=TINY, threads=1)
    with Image.open(PHOTO) as photo:
        assert kept.mask.shape == (photo.height, photo.width) and kept.mask.dtype == np.uint8
    assert kept.file is None and set(kept.shares) == set(models.spec("topformer_tiny").classes[1:])
    (written,) = api.segment([str(PHOTO)], model="topformer_tiny", out=tmp_path, given=TINY, threads=1)
    assert written.file == tmp_path / f"{PHOTO.stem}-mask.png"
    assert np.array_equal(np.asarray(Image.open(written.file)), kept.mask)


def test_segment_goes_on_after_an_unreadable_photo_where_somebody_listens(tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no photo")
    with pytest.raises(DataError):
        list(api.segment([broken, PHOTO], model="topformer_tiny", given=TINY, threads=1))
    heard: list[DataError] = []
    found = list(api.segment([broken, PHOTO], model="topformer_tiny", given=TINY, threads=1, unreadable=heard.append))
    assert [f.photo for f in found] == [PHOTO] and len(heard) == 1


def test_wrong_names_are_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="target"):
        api.export("topformer_tiny", target="tensorrt", out=tmp_path)
    with pytest.raises(UnknownNameError, match="output"):
        api.export("topformer_tiny", target="onnx", output="boxes", out=tmp_path)
    with pytest.raises(UsageError):
        api.benchmark([], model=None, given=TINY)
    with pytest.raises(UnknownNameError, match="model"):
        api.evaluate("nobody", f"folder:{FOLDER}")
    with pytest.raises(UsageError, match="does not exist"):
        api.inspect(tmp_path / "none.onnx")
    assert not list(tmp_path.iterdir())


def test_evaluate_gives_what_the_command_prints(tmp_path: Path) -> None:
    for photo_id in sample_ids("train")[:3]:  # the released networks have learnt from these
        for place in (f"images/{photo_id}.jpg", f"masks/{photo_id}.png"):
            (tmp_path / "data" / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(FOLDER / place, tmp_path / "data" / place)
    shutil.copyfile(FOLDER / "classes.json", tmp_path / "data" / "classes.json")
    data = f"folder:{tmp_path / 'data'}"
    found = api.evaluate("topformer_tiny", data, split="all", given=TINY, out=tmp_path)
    said = found.to_json()
    assert said["miou"] == pytest.approx(found.scores.miou()) and said["height_px"] == 64
    assert any("was trained on these 3 photos" in sentence for sentence in found.notes), found.notes
    assert (tmp_path / "summary.json").is_file() and (tmp_path / "metrics.csv").is_file()


@pytest.mark.documents
@pytest.mark.slow
def test_the_example_in_readme_runs_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POCKETSEG_CACHE_DIR", str(tmp_path / "cache"))
    names: dict[str, typing.Any] = {}
    exec(compile(example, "README.md", "exec"), names)
    assert names["exported"].artifact.parity.argmax_agreement > 0.95
    assert names["row"].status == "ok" and names["row"].miou > 0.5 and names["row"].p50_ms > 0
