"""What a checkpoint does not say, as options of every command; what is assumed is in the result."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from _commands import Call

import models
from benchmark.photos import sample_part
from models import Given, _checkpoints
from pocketseg.artifacts.key import key_facts
from pocketseg.artifacts.origin import find_reference
from pocketseg.artifacts.produce import produce
from pocketseg.artifacts.request import Request, check
from pocketseg.core.cache import Cache
from pocketseg.core.errors import ManifestError, UsageError
from pocketseg.core.types import Artifact, Recipe
from pocketseg.data.calibration import open_calibration
from pocketseg.data.embedded import FOLDER, sample_ids
from pocketseg.sweep.jobs import _cell
from pocketseg.sweep.plan import Sweep, assumptions, cells, read_toml, request
from pocketseg.sweep.todo import _plain
from pocketseg.training.recipe import at_size, load_recipe
from pocketseg.workflows.compare import open_candidates

HALF = (0.5, 0.5, 0.5)
GIVEN = Given(height_px=64, width_px=32, mean_rgb=HALF, std_rgb=HALF)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Save a checkpoint that its tensors name, without metadata."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "bare.pth"
    torch.save(models.build("topformer_tiny", 4).state_dict(), path)
    return str(path)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    photo = sample_ids("test")[0]
    for part, suffix in (("images", "jpg"), ("masks", "png")):
        (folder / part).mkdir()
        shutil.copy(FOLDER / part / f"{photo}.{suffix}", folder / part)
    return folder


@pytest.fixture
def cloth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Save a checkpoint that fits two networks: u2netp, and a u2net_cloth made as small."""
    from models import u2net

    shapes = _checkpoints._template
    monkeypatch.setitem(u2net.STAGES, "u2net_cloth", u2net.SMALL)
    monkeypatch.setattr(_checkpoints, "_template", lambda n, c: shapes("u2netp" if n == "u2net_cloth" else n, c))
    torch.manual_seed(0)
    network = models.build("u2netp")
    torch.nn.init.normal_(network.get_submodule("outconv").weight, std=30.0)  # masks that hang on the input
    torch.save({f"module.{k}": v for k, v in network.state_dict().items()}, tmp_path / "cloth.pth")
    return str(tmp_path / "cloth.pth")


# ---- one model -------------------------------------------------------------------------------------------------------


def test_evaluate_takes_what_is_said_and_names_what_is_assumed(cloth: str, data: Path, pocketseg: Call) -> None:
    where = ("--data", f"folder:{data}", "--split", "all", "--json")
    refused = pocketseg("evaluate", cloth, *where)
    assert refused.code == 4 and "--network u2netp or --network u2net_cloth" in refused.err and not refused.out
    answer = pocketseg("evaluate", cloth, *where, "--network", "u2net_cloth", "--size", "64x32")
    said = json.loads(answer.out)
    assert (said["network"], said["height_px"], said["width_px"]) == ("u2net_cloth", 64, 32)
    assert said["mean_rgb"] == said["std_rgb"] == [0.5, 0.5, 0.5] and "fit" not in said
    assert set(said["assumed"]) == {"normalisation", "classes"}
    (line,) = [text for text in answer.err.splitlines() if text.startswith("note: assumed of cloth: ")]
    assert "mean 0.5,0.5,0.5" in line and "upper_body" in line
    other = json.loads(pocketseg("evaluate", cloth, *where, "--network", "u2netp", "--size", "64x32").out)
    assert other["mean_rgb"] != said["mean_rgb"] and other["confusion"] != said["confusion"]
    own = pocketseg("evaluate", "topformer_tiny", *where, "--size", "64x32")
    assert json.loads(own.out)["assumed"] == {} and "assumed" not in own.err


def test_segment_takes_what_is_said(cloth: str, tmp_path: Path, pocketseg: Call) -> None:
    photo = FOLDER / "images" / f"{sample_ids('test')[0]}.jpg"
    common = ("segment", photo, "--model", cloth, "--size", "64x64")
    assert pocketseg(*common, "--out", tmp_path / "no").code == 4 and not (tmp_path / "no").exists()
    masks = []
    for name in ("u2netp", "u2net_cloth"):
        answer = pocketseg(*common, "--network", name, "--out", tmp_path / name)
        assert answer.code == 0 and "assumed of cloth: " in answer.err
        masks.append(next((tmp_path / name).glob("*-mask.png")).read_bytes())
    given = pocketseg(*common, "--network", "u2netp", "--mean", "0.5,0.5,0.5", "--std", "0.5,0.5,0.5",
                      "--out", tmp_path / "given")  # fmt: skip
    assert given.code == 0 and "normalisation" not in given.err
    assert next((tmp_path / "given").glob("*-mask.png")).read_bytes() == masks[1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--size", "64x64", "--height", "64"), "cannot be combined"),
        (("--size", "64x64", "--width", "64"), "cannot be combined"),
        (("--size", "64"), "HEIGHTxWIDTH"),
        (("--size", "16x64"), "within 32 to 4096"),
        (("--mean", "0.5"), "not three numbers"),
        (("--std", "0,0.5,0.5"), "must be positive"),
        (("--mean", "123.675,116.28,103.53"), "--mean 0.485,0.456,0.406"),
        (("--network", "u2net_clth"), "did you mean 'u2net_cloth'"),
    ],
)
def test_options_that_cannot_be_are_named(options: tuple[str, ...], message: str, bare: str, pocketseg: Call) -> None:
    answer = pocketseg("evaluate", bare, "--data", f"folder:{FOLDER}", *options)
    assert answer.code == 2 and message in answer.err


def test_a_copy_that_says_what_it_is_can_be_written(cloth: str, tmp_path: Path, pocketseg: Call) -> None:
    copy = tmp_path / "cloth.safetensors"
    answer = pocketseg("compress", cloth, "--network", "u2net_cloth", "--recipe", "fp32", "--out", copy)
    assert answer.code == 0
    again, first = models.open_model(str(copy)), models.open_model(cloth, Given(network="u2net_cloth"))
    assert again.spec == first.spec and again.assumed == first.assumed
    mine, theirs = again.module.state_dict(), first.module.state_dict()
    assert all(torch.equal(mine[name], value) for name, value in theirs.items())
    once_more = pocketseg("compress", copy, "--recipe", "fp32", "--out", tmp_path / "more.safetensors")
    assert once_more.code == 2 and "has no steps" in once_more.err


# ---- files and their manifests ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def artifact(bare: str, tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    wanted = Request(model=bare, target="onnx", recipe=Recipe(), calibration=open_calibration(), given=GIVEN)
    return produce(wanted, Cache(tmp_path_factory.mktemp("cache"))).artifact


def test_a_manifest_says_what_the_network_was_and_what_was_assumed(artifact: Artifact) -> None:
    assert artifact.facts["network"] == "topformer_tiny" and artifact.preprocessing.mean_rgb == HALF
    assert artifact.preprocessing.std_rgb == HALF and set(artifact.facts["assumed"]) == {"classes"}
    assert (artifact.input_height_px, artifact.input_width_px) == (64, 32)


def test_the_reference_is_opened_as_the_manifest_says(artifact: Artifact, bare: str, cloth: str) -> None:
    found = find_reference(artifact, [bare])
    assert found is not None and found.spec.mean_rgb == HALF == found.spec.std_rgb and found.spec.height_px == 64
    facts = {"network": "u2net_cloth"}
    sha256 = models.open_model(cloth, Given(network="u2netp")).sha256
    of_cloth = dataclasses.replace(artifact, checkpoint_sha256=sha256, facts=facts)
    named = find_reference(of_cloth, [cloth])
    assert named is not None and (named.spec.name, named.spec.mean_rgb) == ("u2net_cloth", HALF)
    old = dataclasses.replace(of_cloth, facts={})
    again = find_reference(old, [cloth], Given(network="u2net_cloth"))
    assert again is not None and again.spec == named.spec
    assert find_reference(artifact, [cloth]) is None, "other weights, of whatever network"
    for given, option in ((Given(network="u2netp"), "--network u2net_cloth"),):
        with pytest.raises(UsageError, match=option):
            find_reference(of_cloth, [cloth], given)
    with pytest.raises(UsageError, match=r"made with --mean 0\.5,0\.5,0\.5"):
        find_reference(artifact, [bare], Given(mean_rgb=(0.4, 0.4, 0.4)))


@pytest.mark.parametrize(
    "wrong", [{"mean_rgb": (9.0, 9.0, 9.0)}, {"std_rgb": (3.0, 3.0, 3.0)}, {"mean_rgb": (float("nan"), 0.5, 0.5)}]
)
def test_a_manifest_that_describes_no_network_is_named(wrong: dict[str, Any], artifact: Artifact, bare: str) -> None:
    rule = dataclasses.replace(artifact.preprocessing, **wrong)
    with pytest.raises(ManifestError, match="does not describe a network"):
        find_reference(dataclasses.replace(artifact, preprocessing=rule), [bare])


def test_options_of_a_network_need_one_to_be_of(tmp_path: Path, pocketseg: Call, artifact: Artifact) -> None:
    from pocketseg.core.manifest import write_manifest

    (tmp_path / artifact.file).write_bytes(b"x")
    import hashlib

    sha256 = hashlib.sha256(b"x").hexdigest()
    write_manifest(tmp_path, dataclasses.replace(artifact, sha256=sha256))
    answer = pocketseg("benchmark", tmp_path, "--network", "u2net_cloth")
    assert answer.code == 2 and "which is not given" in answer.err
    photo = FOLDER / "images" / f"{sample_ids('test')[0]}.jpg"
    answer = pocketseg("segment", photo, "--model", tmp_path, "--mean", "0.5,0.5,0.5", "--out", tmp_path / "o")
    assert answer.code == 2 and "its manifest already describes it" in answer.err


def test_files_of_other_given_facts_are_other_files(bare: str) -> None:
    keys = []
    for given in (Given(), Given(height_px=64, width_px=64), GIVEN, dataclasses.replace(GIVEN, std_rgb=(0.4, 0.4, 0.4)),
                  Given(mean_rgb=models.spec("topformer_tiny").mean_rgb)):  # fmt: skip
        wanted = Request(model=bare, target="onnx", recipe=Recipe(), calibration=open_calibration(), given=given)
        keys.append(json.dumps(key_facts(wanted, check(wanted))))
    assert len(set(keys)) == len(keys), "what is assumed is in the manifest, so in the key, too"


# ---- several models --------------------------------------------------------------------------------------------------


def test_compare_takes_what_is_said_for_the_files_that_do_not_say_it(cloth: str) -> None:
    found = open_candidates([cloth, "topformer_tiny"], sample_part("val"), Given(network="u2net_cloth", width_px=96))
    assert [c.loaded.spec.name for c in found] == ["u2net_cloth", "topformer_tiny"]
    assert [c.loaded.spec.width_px for c in found] == [96, 96]
    assert found[0].loaded.assumed and not found[1].loaded.assumed


def test_a_sweeps_cells_are_named_by_what_is_given(bare: str, cloth: str) -> None:
    plain = Sweep(models=(bare, "topformer_tiny"), recipes=("fp32",), targets=("onnx",))
    sized = dataclasses.replace(plain, given=GIVEN)
    first, second = cells(plain), cells(sized)
    assert not {c.key for c in first} & {c.key for c in second}
    assert second[0].given == GIVEN and second[1].given == Given(height_px=64, width_px=32)
    assert request(second[0], sized).given == GIVEN and _cell(_plain(second[0])) == second[0]
    assert len(assumptions(second)) == 1 and assumptions(second)[0].startswith("assumed of bare: classes")
    assert Sweep.from_json(json.loads(json.dumps(sized.to_json()))) == sized
    named = dataclasses.replace(plain, models=(cloth,), given=Given(network="u2net_cloth"))
    other = dataclasses.replace(plain, models=(cloth,), given=Given(network="u2netp"))
    assert cells(named)[0].key != cells(other)[0].key


def test_a_sweep_of_a_checkpoint_that_fits_two_networks_begins_nothing(
    cloth: str, tmp_path: Path, pocketseg: Call
) -> None:
    common = ("sweep", "--models", f"topformer_tiny,{cloth}", "--recipes", "fp32", "--targets", "onnx")
    answer = pocketseg(*common, "--out", tmp_path / "out")
    assert answer.code == 4 and "fits 2 networks" in answer.err and not (tmp_path / "out").exists()


def test_a_sweeps_file_says_what_its_models_are(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(
        'network = "u2net_cloth"\nclasses = 4\nsize = "64x32"\nmean = [0.5, 0.5, 0.5]\nstd = [0.5, 0.5, 1]\n'
    )
    assert read_toml(path)["given"] == dataclasses.replace(
        GIVEN, network="u2net_cloth", classes=4, std_rgb=(0.5, 0.5, 1.0)
    )
    faults = {'size = "64"': "is not a size", "size = [64, 32]": "must be a str", "mean = [0.5]": "must be [red",
              'mean = ["a", "b", "c"]': "must be [red", "std = [true, 1, 1]": "must be [red",
              "mean = [123.0, 116.0, 103.0]": "scaled to 0..1"}  # fmt: skip
    for text, message in faults.items():
        path.write_text(text)
        with pytest.raises(UsageError) as caught:
            read_toml(path)
        assert message in caught.value.message


# ---- training at another size ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(224, 160), (320, 320), (64, 64), (1024, 768)])
@pytest.mark.parametrize("network", ["topformer_tiny", "u2netp"])
def test_a_recipe_ends_at_the_size_that_is_asked_for(network: str, size: tuple[int, int]) -> None:
    for variant in ("published", "garments"):
        base = load_recipe(network, {}, variant)
        recipe = load_recipe(network, at_size(base, *size), variant)
        assert (recipe.height_px, recipe.width_px) == size == recipe.sizes()[-1][1:]
        assert [s for s, _, _ in recipe.stages] == [s for s, _, _ in base.stages]
        for (_, h, w), (_, old_h, old_w) in zip(recipe.stages, base.stages, strict=True):
            assert not h % 32 and not w % 32 and min(h, w) >= 64
            assert abs(h - old_h * size[0] / base.height_px) <= 48 and abs(w - old_w * size[1] / base.width_px) <= 48


def test_train_takes_a_size_once(pocketseg: Call, tmp_path: Path) -> None:
    common = ("train", "u2netp", "--data", f"folder:{tmp_path}", "--out", tmp_path / "run", "--recipe", "garments")
    twice = pocketseg(*common, "--size", "224x160", "--set", "height_px=64")
    assert twice.code == 2 and "cannot be combined" in twice.err
    odd = pocketseg(*common, "--size", "230x160")
    assert odd.code == 2 and "multiples of 32" in odd.err
    answer = pocketseg(*common, "--size", "224x160")
    assert answer.code == 3, "the folder holds no data: the size was taken"
    if load_recipe("u2netp", {}, "garments").stages:
        assert "stages end at --size" in answer.err and "224 x 160" in answer.err
