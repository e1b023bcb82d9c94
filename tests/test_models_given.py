"""A checkpoint that does not say what it is: what the caller says holds, what nobody says is named, nothing guessed."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

import models
from models import Given, _checkpoints
from models._checkpoints import fitting
from models._given import sides, triple
from models._spec import spec_of
from pocketseg.core.errors import CheckpointError, UsageError

HALF = (0.5, 0.5, 0.5)


def _meta(name: str, classes: int) -> dict[str, torch.Tensor]:
    with torch.device("meta"):
        return dict(models.build(name, classes).state_dict())


def _saved(path: Path, name: str, classes: int = 4) -> str:
    torch.save(models.build(name, classes).state_dict(), path)
    return str(path)


@pytest.fixture
def twins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make u2net_cloth as small as u2netp, so that small files fit two networks."""
    from models import u2net

    shapes = _checkpoints._template  # kept by name: those of u2net_cloth must not stay
    monkeypatch.setitem(u2net.STAGES, "u2net_cloth", u2net.SMALL)
    monkeypatch.setattr(_checkpoints, "_template", lambda n, c: shapes("u2netp" if n == "u2net_cloth" else n, c))


# ---- which network ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("classes", [2, 4, 7])
@pytest.mark.parametrize("name", models.names())
def test_weights_that_fit_several_networks_are_refused_until_one_is_named(name: str, classes: int) -> None:
    state = _meta(name, classes)
    fit = [network for network, _ in fitting(state)]
    others = {dataclasses.replace(models.spec(network), name="") for network in fit}
    if len(others) == 1:
        assert spec_of({}, state, Given(), Path("mine.pth"))[0].name == fit[0]
        return
    with pytest.raises(CheckpointError) as caught:
        spec_of({}, state, Given(), Path("mine.pth"))
    for network in fit:
        spec = models.spec(network)
        assert f"--network {network}" in caught.value.hint and models.about(network), "say what it stands for"
        for words in (network, f"{spec.height_px} x {spec.width_px} px", models.about(network)):
            assert words in caught.value.message
        assert spec_of({}, state, Given(network=network), Path("mine.pth"))[0].name == network


def test_the_published_cloth_checkpoint_is_one_of_two() -> None:
    state = {f"module.{k}": v for k, v in _meta("u2net_cloth", 4).items()}
    bare = {k.removeprefix("module."): v for k, v in state.items()}
    with pytest.raises(CheckpointError, match=r"768 x 768 px, mean 0\.5,0\.5,0\.5, std 0\.5,0\.5,0\.5"):
        spec_of({}, bare, Given(), Path("cloth_segm.pth"))
    spec, assumed = spec_of({}, bare, Given(network="u2net_cloth"), Path("cloth_segm.pth"))
    assert (spec.height_px, spec.width_px, spec.mean_rgb, spec.std_rgb) == (768, 768, HALF, HALF)
    assert assumed["size"] == "768 x 768 px, as u2net_cloth is published"


@pytest.mark.usefixtures("twins")
@pytest.mark.parametrize("kind", ["bare", "wrapped", "parallel", "safetensors", "safetensors_format"])
def test_no_wrapping_makes_a_file_say_what_it_is(kind: str, tmp_path: Path) -> None:
    state = {k: v.contiguous() for k, v in models.build("u2netp", 4).state_dict().items()}
    path = tmp_path / "weights"
    if kind.startswith("safetensors"):
        safetensors.torch.save_file(state, path, metadata={"format": "pt"} if kind.endswith("format") else None)
    else:
        held = {f"module.{k}": v for k, v in state.items()} if kind == "parallel" else state
        torch.save({"state_dict": held, "epoch": 3} if kind == "wrapped" else held, path)
    with pytest.raises(CheckpointError, match="fits 2 networks"):
        models.open_model(str(path))
    assert models.open_model(str(path), Given(network="u2net_cloth")).spec.mean_rgb == HALF


@pytest.mark.usefixtures("twins")
def test_a_copy_that_says_what_it_is_needs_nothing_said(tmp_path: Path) -> None:
    loaded = models.open_model(_saved(tmp_path / "w.pth", "u2netp"), Given(network="u2net_cloth", height_px=64))
    models.save_weights(loaded.module, loaded.spec, tmp_path / "c.safetensors", dtype="fp32",
                        metadata=models.carried(loaded))  # fmt: skip
    again = models.open_model(str(tmp_path / "c.safetensors"))
    assert again.spec == loaded.spec and again.assumed == loaded.assumed and set(again.assumed) >= {"normalisation"}
    at = models.open_model(str(tmp_path / "c.safetensors"), Given(height_px=96, width_px=64))
    assert "size" not in at.assumed and "normalisation" in at.assumed
    text = json.dumps({"size": 3})
    models.save_weights(loaded.module, loaded.spec, tmp_path / "d.safetensors", dtype="fp32",
                        metadata={"assumed": text})  # fmt: skip
    with pytest.raises(CheckpointError, match="damaged"):
        models.open_model(str(tmp_path / "d.safetensors"))


# ---- what is given ---------------------------------------------------------------------------------------------------


def test_what_is_given_is_taken_and_the_rest_is_named(tmp_path: Path) -> None:
    path = _saved(tmp_path / "p.pth", "u2netp", 7)
    loaded = models.open_model(path, Given(mean_rgb=HALF, width_px=192))
    assert loaded.spec.mean_rgb == HALF and loaded.spec.std_rgb == models.spec("u2netp").std_rgb
    assert loaded.assumed["size"] == "height 320 px, as u2netp is published"
    assert loaded.assumed["normalisation"] == "std 0.229,0.224,0.225, as u2netp is published"
    whole = models.open_model(path, Given(mean_rgb=HALF, std_rgb=HALF, height_px=64, width_px=64))
    assert set(whole.assumed) == {"classes"}
    assert models.open_model("topformer_tiny").assumed == {}
    assert models.read_spec(path, Given(mean_rgb=HALF, width_px=192)) == (loaded.spec, loaded.assumed)


@pytest.mark.parametrize(("name", "option"), [("mean_rgb", "mean"), ("std_rgb", "std")])
def test_a_normalisation_that_the_file_contradicts_is_refused(name: str, option: str) -> None:
    with pytest.raises(CheckpointError, match=f"says that its {option} is 0"):
        models.open_model("topformer_tiny", Given(**{name: HALF}))
    own = getattr(models.spec("topformer_tiny"), name)
    assert models.open_model("topformer_tiny", Given(**{name: own})).assumed == {}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"std_rgb": (0.5, 0.0, 0.5)}, "must be positive"),
        ({"std_rgb": (0.5, -0.2, 0.5)}, "must be positive"),
        ({"mean_rgb": (0.5, math.nan, 0.5)}, "three finite numbers"),
        ({"mean_rgb": (0.5, math.inf, 0.5)}, "three finite numbers"),
        ({"mean_rgb": (0.5, 0.5)}, "three finite numbers"),
        ({"mean_rgb": (-1.0, 0.5, 0.5)}, r"scaled to 0\.\.1"),
        ({"mean_rgb": (0.5, 300.0, 0.5)}, r"scaled to 0\.\.1"),
        ({"classes": 1}, "at least 2"),
        ({"height_px": 31}, "within 32 to 4096"),
        ({"width_px": 10**9}, "within 32 to 4096"),
    ],
)
def test_what_cannot_be_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Given(**values)


@pytest.mark.parametrize(
    ("mean", "std", "hint"),
    [
        ((123.675, 116.28, 103.53), (58.395, 57.12, 57.375), "--mean 0.485,0.456,0.406 --std 0.229,0.224,0.225"),
        ((103.53, 116.28, 123.675), None, "blue, green, red: if so, write --mean 0.485,0.456,0.406"),
        ((103.53, 116.28, 123.675), (1.0, 1.0, 1.0), "--std 0.00392157,0.00392157,0.00392157"),
        (None, (127.5, 127.5, 127.5), "--std 0.5,0.5,0.5"),
    ],
)
def test_numbers_of_colours_up_to_255_are_refused_with_what_they_would_be(mean: Any, std: Any, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        Given(mean_rgb=mean, std_rgb=std)
    assert hint in caught.value.hint


def test_sizes_and_triples_are_read_as_the_command_line_writes_them() -> None:
    assert sides("224x160") == (224, 160) == sides("224X160") and triple("0.5,0.25, 1") == (0.5, 0.25, 1)
    for text in ("224", "224x", "x160", "224x160x3", "-224x160", "22.4x160", "", "9" * 5000 + "x64"):
        with pytest.raises(UsageError, match="is not a size"):
            sides(text)
    for text in ("0.5", "0.5,0.5", "0.5,0.5,0.5,0.5", "a,b,c", "[0.5,0.5,0.5]", ""):
        with pytest.raises(UsageError, match="not three numbers"):
            triple(text)


def test_what_is_given_survives_json() -> None:
    for given in (Given(), Given(network="u2net", classes=3, height_px=64, width_px=96, mean_rgb=HALF, std_rgb=HALF)):
        assert Given.from_json(json.loads(json.dumps(given.to_json()))) == given


# ---- several models --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("twins")
def test_options_hold_for_the_files_that_do_not_say_it_themselves(tmp_path: Path) -> None:
    cloth, bare = _saved(tmp_path / "cloth.pth", "u2netp"), _saved(tmp_path / "t.pth", "topformer_tiny")
    given = Given(network="u2net_cloth", mean_rgb=HALF, height_px=64, width_px=64)
    each = models.given_each([cloth, "topformer_tiny", bare], given)
    assert each[0] == given and each[1] == Given(height_px=64, width_px=64)
    assert each[2] == dataclasses.replace(given, network=None), "its tensors fit one network alone"
    for ref, own in zip([cloth, "topformer_tiny", bare], each, strict=True):
        models.open_model(ref, own)
    for refs in itertools.permutations(["topformer_tiny", "topformer_small"]):
        assert models.given_each(refs, given) == [given, given], "what nobody needs is left, and so is an error"
        with pytest.raises(CheckpointError, match="not u2net_cloth"):
            models.open_model(refs[0], given)


# ---- letterbox -------------------------------------------------------------------------------------------------------


def test_a_file_that_wants_its_photos_otherwise_than_stretched_is_refused(tmp_path: Path) -> None:
    own = models.open_model("topformer_tiny")
    for fit in ("letterbox", "crop", "", "stretch"):
        path = str(tmp_path / f"{fit}.safetensors")
        models.save_weights(own.module, own.spec, path, dtype="fp16", metadata={"fit": fit})
        if fit == "stretch":
            assert models.open_model(path).spec == own.spec
            continue
        for read in (models.open_model, models.read_spec):
            with pytest.raises(CheckpointError, match=f"(?s)fit '{fit}'.*would give wrong masks"):
                read(path)
