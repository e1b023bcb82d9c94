"""Which photos each command really opens, children included: no test photo before the last score, no validation photo
where ranges, shapes or parity are taken. What a manifest says of itself is no proof."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from _newcomer import Ran, make_photos, run

SMALL = (
    "--set", "stages=[]", "--set", "height_px=96", "--set", "width_px=64", "--set", "fine_weight=0.0",
)  # fmt: skip
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("photos_opened")]


@dataclass(frozen=True)
class Shop:
    """A data set, its prepared copy, and a network trained on it."""

    folder: Path
    cache: Path
    train: Ran

    @property
    def parts(self) -> dict[str, str]:
        photos = json.loads((self.folder / "split.json").read_text())["photos"]
        return {photo_id: part for part, ids in photos.items() for photo_id in ids}

    def run(self, *arguments: object) -> Ran:
        ran = run(self.folder, *arguments, cache=self.cache)
        assert ran.code == 0, (ran.out, ran.err)
        return ran

    def opened(self, ran: Ran, folder: str = "shop") -> set[str]:
        """Return the parts of the photos that were opened in a folder."""
        return {self.parts[photo_id] for photo_id in ran.photos(self.folder / folder)}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("newcomer")
    cache = folder / "cache"
    make_photos(folder / "shop")
    own = ("--data", "folder:shop", "--split-file", "split.json")
    assert run(folder, "data", "split", "folder:shop", "--out", "split.json", cache=cache).code == 0
    prepare = ("data", "prepare", "folder:shop", "--out", "copy", "--long-side", "160", "--split-file", "split.json")
    assert run(folder, *prepare, cache=cache).code == 0
    train = run(
        folder, "train", "topformer_tiny", "--recipe", "garments", "--init", "topformer_tiny", *own, "--out",
        "runs/shop", "--epochs", "2", *SMALL, cache=cache,
    )  # fmt: skip
    assert train.code == 0, train.err
    return Shop(folder=folder, cache=cache, train=train)


OWN = ("--data", "folder:shop", "--split-file", "split.json")
BEST = "runs/shop/best.safetensors"


def test_training_opens_training_and_validation_photos_alone(shop: Shop) -> None:
    assert shop.opened(shop.train) == {"train", "val"}


def test_training_on_a_prepared_copy_opens_no_copy_of_a_test_photo(shop: Shop) -> None:
    ran = shop.run(
        "train", "topformer_tiny", "--recipe", "garments", "--data", "folder:copy", "--out", "runs/copy", "--epochs",
        "1", *SMALL,
    )  # fmt: skip
    assert shop.opened(ran, "copy") == {"train", "val"} and shop.opened(ran) == set()


@pytest.mark.parametrize(
    ("options", "folder"),
    [
        (("--data", "folder:shop", "--split-file", "split.json"), "shop"),
        (("--calibration", "folder:shop", "--split-file", "split.json"), "shop"),
        (("--calibration", "folder:copy"), "copy"),
        (("--calibration", "folder:copy", "--split-file", "split.json"), "copy"),
        (("--calibration", "folder:copy", *OWN), "copy"),
    ],
)
def test_static_int8_looks_at_training_photos_alone(
    shop: Shop, options: tuple[str, ...], folder: str, tmp_path: Path
) -> None:
    ran = shop.run("export", BEST, "--target", "onnx", "--precision", "w8a8", *options, "--out", tmp_path / "out")
    assert shop.opened(ran, folder) == {"train"} and shop.opened(ran) <= {"train"}
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert len(manifest["calibration"]["digests"]) == 32 and len(manifest["parity"]["digests"]) == 8


def test_the_embedded_photos_that_calibrate_are_training_photos(shop: Shop, tmp_path: Path) -> None:
    from pocketseg.data.embedded import FOLDER, sample_ids

    size = ("--height", "96", "--width", "64")
    ran = shop.run(
        "export", "topformer_tiny", "--target", "onnx", "--precision", "w8a8", *size, "--out", tmp_path / "o"
    )
    assert set(ran.photos(FOLDER)) == set(sample_ids("train"))


@pytest.mark.parametrize("recipe", ["prune:0.3+w8a8", "w8a8:qat", "w8a8:mixed"])
def test_steps_and_choices_open_no_test_photo(shop: Shop, recipe: str, tmp_path: Path) -> None:
    epochs = () if recipe == "w8a8:mixed" else ("--epochs", "1")
    ran = shop.run("export", BEST, "--target", "onnx", "--recipe", recipe, *OWN, *epochs, "--out", tmp_path / "out")
    assert shop.opened(ran) == {"train", "val"}


def test_compressing_opens_no_test_photo(shop: Shop, tmp_path: Path) -> None:
    out = tmp_path / "small.safetensors"
    ran = shop.run("compress", BEST, "--recipe", "prune:0.3", *OWN, "--epochs", "1", "--out", out)
    assert shop.opened(ran) == {"train", "val"}


@pytest.mark.parametrize("part", ["val", "test"])
def test_scores_open_the_photos_of_their_part_alone(shop: Shop, part: str, tmp_path: Path) -> None:
    assert shop.opened(shop.run("evaluate", BEST, *OWN, "--split", part)) == {part}
    shop.run("export", BEST, "--target", "onnx", "--out", tmp_path / "out")
    ran = shop.run("benchmark", tmp_path / "out", "--model", BEST, *OWN, "--split", part)
    assert shop.opened(ran) == {part}


def test_a_comparison_opens_the_photos_of_its_part_alone(shop: Shop, tmp_path: Path) -> None:
    copy = tmp_path / "copy.safetensors"
    shop.run("compress", BEST, "--recipe", "prune:0.2", *OWN, "--epochs", "0", "--out", copy)
    ran = shop.run("compare", BEST, copy, *OWN, "--split", "val", "--no-latency", "--out", tmp_path / "compare")
    assert shop.opened(ran) == {"val"}


def test_a_release_scores_held_out_photos_and_opens_no_other(shop: Shop, tmp_path: Path) -> None:
    ran = shop.run("release", "runs/shop", *OWN, "--name", "shop", "--out", tmp_path / "released")
    assert shop.opened(ran) == {"val", "test"}


def test_a_sweep_opens_test_photos_only_after_all_else_is_measured(shop: Shop, tmp_path: Path) -> None:
    ran = shop.run(
        "sweep", "--models", BEST, "--recipes", "fp32,w8,w8a8", "--targets", "onnx", *OWN, "--out", tmp_path / "sweep"
    )
    _test_comes_last(shop, ran)


def test_a_search_opens_test_photos_only_after_the_choice(shop: Shop, tmp_path: Path) -> None:
    ran = run(
        shop.folder, "tune", "--model", BEST, "--target", "onnx", "--goal", "size", "--max-drop", "0.2", "--trials",
        "4", "--epochs", "1", *OWN, "--out", tmp_path / "tune", cache=shop.cache,
    )  # fmt: skip
    assert ran.code in (0, 1), ran.err
    _test_comes_last(shop, ran)


def _test_comes_last(shop: Shop, ran: Ran) -> None:
    """Every validation photo was opened before the first test photo, and masks of validation photos never after it."""
    opened = [p for p in ran.opened if p.is_relative_to((shop.folder / "shop").resolve())]
    parts = [shop.parts[p.stem] for p in opened]
    assert {"train", "val"} <= set(parts)
    if "test" not in parts:
        return
    first = parts.index("test")
    assert {p.stem for p, part in zip(opened[:first], parts, strict=False) if part == "val"} == {
        i for i, part in shop.parts.items() if part == "val"
    }
    scored = [p for p, part in zip(opened[first:], parts[first:], strict=True) if part == "val"]
    assert not [p for p in scored if p.parent.name == "masks"], "validation photos were scored after test photos"
