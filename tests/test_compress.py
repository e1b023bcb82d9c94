"""Steps: what they make is narrower or sparser as asked, opens again, says where it came from, and is made once."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from _commands import Call
from torch import nn

import compress
import models
from compress._budget import open_budget
from compress._chain import key_facts
from compress._channels import Cut, Group, each, keep
from compress._multiply_adds import cost
from compress._sparse import zero_
from compress._structured import Harm, _cut, channel_groups, measure_norms_, prune_
from compress._work import rounds
from pocketseg.artifacts.produce import produce
from pocketseg.artifacts.request import Request, check
from pocketseg.core.cache import ROOT, Cache
from pocketseg.core.errors import CheckpointError, RefusedError, UnknownNameError, UsageError
from pocketseg.core.files import sha256_file, write_json
from pocketseg.core.types import Recipe
from pocketseg.data.calibration import open_calibration
from pocketseg.data.embedded import FOLDER, sample_ids
from pocketseg.data.photos import digest
from pocketseg.data.split import Split, to_json

PX = 64
SETTINGS = {"batch_size": 2, "warmup_steps": 2}


@pytest.fixture(scope="module")
def budget(tmp_path_factory: pytest.TempPathFactory) -> compress.Budget:
    """Eight embedded photos: four to train on, one to choose on, one to test on, two without masks."""
    root = tmp_path_factory.mktemp("data")
    parts = {"train": sample_ids("train")[:4], "val": sample_ids("val")[:1], "test": sample_ids("test")[:1]}
    for folder, suffix, ids in (
        ("images", "jpg", [*sum(parts.values(), ()), *sample_ids("train")[4:6]]),
        ("masks", "png", sum(parts.values(), ())),
    ):
        (root / folder).mkdir()
        for photo_id in ids:
            shutil.copy(FOLDER / folder / f"{photo_id}.{suffix}", root / folder)
    shutil.copy(FOLDER / "classes.json", root)
    photos = {p: {i: digest(root / "images" / f"{i}.jpg") for i in ids} for p, ids in parts.items()}
    split = Split(name="tiny", photos=photos, never={}, made_with={})
    return compress.Budget(
        data=f"folder:{root}",
        split_file=write_json(root / "split.json", to_json(split)),
        epochs=2,
        accelerator="cpu",
        threads=1,
        settings=SETTINGS,
    )


def _save(path: Path, name: str = "topformer_tiny", **metadata: str) -> models.Loaded:
    torch.manual_seed(0)
    network = models.build(name)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):  # as in a trained network: no scale is 1, no mean 0
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.running_mean, std=0.1)
    spec = dataclasses.replace(models.spec(name), height_px=PX, width_px=PX)
    models.save_weights(network, spec, path, dtype="fp32", metadata=metadata)
    return models.open_model(str(path))


@pytest.fixture
def loaded(tmp_path: Path) -> models.Loaded:
    return _save(tmp_path / "tiny.safetensors")


def _output(loaded: models.Loaded) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = loaded.module(torch.linspace(-1, 1, 3 * PX * PX).view(1, 3, PX, PX))
    return found


# ---- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "match"),
    [
        ("prun:0.3", UnknownNameError, "did you mean 'prune'"),
        ("prune", UsageError, "has no value"),
        ("prune:much", UsageError, "does not hold a number"),
        ("prune:0", UsageError, "above 0"),
        ("prune:0.95", UsageError, "at most 0.9"),
        ("sparse:-0.1", UsageError, "above 0"),
        ("sparse_random:1", UsageError, "at most 0.95"),
        ("sparse_nm:half", UsageError, "not a pattern"),
        ("sparse_nm:2-4", RefusedError, "no target here has a runtime"),
        ("distil:topformer_tin", UnknownNameError, "did you mean 'topformer_tiny'"),
    ],
)
def test_what_no_step_takes_is_refused_before_any_work(
    text: str, kind: type[Exception], match: str, loaded: models.Loaded, tmp_path: Path
) -> None:
    request = Request(
        model=str(loaded.source), target="onnx", recipe=Recipe(steps=(text,)), calibration=open_calibration()
    )
    with pytest.raises(kind, match=match):
        check(request)
    if kind is UnknownNameError and text.startswith("prun:"):
        with pytest.raises(kind) as caught:
            compress.parsed(text)
        assert all(name in caught.value.hint for name in compress.steps())  # type: ignore[attr-defined]


def test_a_teachers_path_and_the_older_spelling_are_recipe_text() -> None:
    text = "distill:runs/best.safetensors+prune:0.3+fp32"
    assert str(Recipe.parse(text)) == text
    assert compress.parsed("distill:topformer_tiny") == ("distil", "topformer_tiny")


def test_epochs_are_shared_out_whole() -> None:
    assert [rounds(e, 3) for e in (0, 1, 2, 3, 8)] == [[0], [1], [1, 1], [1, 1, 1], [2, 2, 4]]


# ---- channels --------------------------------------------------------------------------------------------------------


def _alike(loaded: models.Loaded) -> list[Harm]:
    groups = channel_groups(loaded.module, loaded.spec)
    return [Harm(group=g.name, units=g.units, divergence=0.01, saved=0.02) for g in groups]


@pytest.mark.parametrize("name", ["topformer_tiny", pytest.param("u2netp", marks=pytest.mark.slow)])
def test_a_pruned_network_has_fewer_multiply_adds_and_opens_again(name: str, tmp_path: Path) -> None:
    loaded = _save(tmp_path / "whole.safetensors", name)
    before = compress.measured(loaded.module, loaded.spec)
    prune_(loaded.module, loaded.spec, _alike(loaded), 0.4)
    measure_norms_(loaded.module, [torch.rand(4, 3, PX, PX)])
    after = compress.measured(loaded.module, loaded.spec)
    assert (
        0.56 < after["multiply_adds"] / before["multiply_adds"] <= 0.601 and after["parameters"] < before["parameters"]
    )
    models.save_weights(loaded.module, loaded.spec, tmp_path / "narrow.safetensors", dtype="fp32", metadata={})
    again = models.open_model(str(tmp_path / "narrow.safetensors"))
    assert again.spec == loaded.spec and _output(again).shape == (1, 4, PX, PX)
    assert torch.equal(_output(again), _output(loaded)) and compress.measured(again.module, again.spec) == after
    names = {n for n, _ in models.build(name).named_parameters()}
    kept = {n for n, _ in again.module.named_parameters()}
    assert kept <= names and all(".attn." in n or ".layer1." in n for n in names - kept)  # these may go whole


@pytest.mark.documents  # the pruned weights beside their page
@pytest.mark.parametrize(("share", "stays"), [(0.05, True), (0.1, True), (0.14, False), (0.25, False)])
def test_a_row_that_is_much_more_than_was_asked_for_stays(share: float, stays: bool) -> None:
    loaded = models.open_model(str(ROOT / "docs/compression/topformer_tiny-prune0.59.safetensors"))
    before = compress.measured(loaded.module, loaded.spec)["multiply_adds"]  # a seventh of them in the first row
    harmless = [dataclasses.replace(h, divergence=1e-4) if h.group == "tpm.layer1" else h for h in _alike(loaded)]
    prune_(loaded.module, loaded.spec, harmless, share)
    gone = 1 - compress.measured(loaded.module, loaded.spec)["multiply_adds"] / before
    assert share - 1e-3 <= gone <= share + 0.021
    assert stays == any(n.startswith("backbone.tpm.layer1.") for n, _ in loaded.module.named_parameters())


def test_cutting_channels_that_do_nothing_changes_nothing(tmp_path: Path) -> None:
    loaded = _save(tmp_path / "whole.safetensors")
    groups = channel_groups(loaded.module, loaded.spec)
    for group in (g for g in groups if g.name.endswith("heads")):  # the last half of each network's heads is mute
        mute = group.cuts[-1]
        with torch.no_grad():
            mute.module.weight[:, mute.channels[group.units // 2 :].flatten()] = 0  # type: ignore[index, operator]
    before = _output(loaded)
    keep([(g, range(g.units // 2)) for g in groups if g.name.endswith("heads")])
    models.settle(loaded.module, "topformer_tiny")
    assert torch.allclose(_output(loaded), before, atol=1e-5)


def test_every_group_holds_all_that_a_channel_goes_through(tmp_path: Path) -> None:
    loaded = _save(tmp_path / "whole.safetensors")
    groups = [g for g in channel_groups(loaded.module, loaded.spec) if g.least > 0]
    assert {"width", "tpm.layer9 hidden", "block 3 mlp"} <= {g.name for g in groups}
    for group in groups:  # what every other unit puts out is 0 after its norms, so nothing that stays hears of it
        for cut in group.cuts:
            bias = cut.module.bias
            if isinstance(cut.module, nn.BatchNorm2d):
                nn.init.uniform_(cut.module.running_mean), nn.init.uniform_(cut.module.bias)  # type: ignore[arg-type]
                cut.module.weight.detach()[cut.channels[1::2].flatten()] = 0
            if bias is not None and (cut.side == "out" or cut.module.groups > 1):  # type: ignore[operator]
                bias.detach()[cut.channels[1::2].flatten()] = 0  # type: ignore[index, operator]
    before = _output(loaded)
    keep([(g, range(0, g.units, 2)) for g in groups])
    models.settle(loaded.module, "topformer_tiny")
    assert torch.allclose(_output(loaded), before, atol=1e-5)


def test_cost_counts_what_is_moved_but_not_what_a_file_fuses() -> None:
    conv = nn.Conv2d(3, 4, 1)
    alone = cost(conv, 8, 6)
    moved = 48 * 3 + 48 * (3 + 4) + 3 * 4 + 4  # the photo is written, then read; results, weights and biases
    assert alone == 48 * 3 * 4 + 8 * moved
    fused = nn.Sequential(conv, nn.BatchNorm2d(4), nn.ReLU6(), nn.Dropout2d(0.1), nn.Flatten(2))
    assert cost(fused, 8, 6) == alone
    assert cost(nn.Sequential(conv, nn.AvgPool2d(2)), 8, 6) == alone + 8 * (48 + 12) * 4


def test_attention_without_heads_goes_whole_and_the_file_opens_again(tmp_path: Path) -> None:
    loaded = _save(tmp_path / "whole.safetensors")
    groups = channel_groups(loaded.module, loaded.spec)
    heads = [g for g in groups if g.name in ("block 1 heads", "block 3 heads")]
    for number in (1, 3):  # their branches add nothing, so the network without them is the same
        norm = loaded.module.get_submodule(f"backbone.trans.transformer_blocks.{number}.attn.proj.1.bn")
        nn.init.zeros_(norm.weight), nn.init.zeros_(norm.bias)
    before = _output(loaded)
    keep([(g, ()) for g in heads])
    models.settle(loaded.module, "topformer_tiny")
    models.save_weights(loaded.module, loaded.spec, tmp_path / "less.safetensors", dtype="fp32", metadata={})
    again = models.open_model(str(tmp_path / "less.safetensors"))
    left = {n.split(".")[3] for n, _ in again.module.named_parameters() if ".attn." in n}
    assert left == {"0", "2"} and torch.allclose(_output(again), before, atol=1e-5)
    remaining = [g.name for g in channel_groups(again.module, again.spec)]
    assert remaining == [g.name for g in groups if g not in heads]
    new = models.build("topformer_tiny")
    models.narrow_like(new, "topformer_tiny", tmp_path / "less.safetensors")
    assert set(new.state_dict()) == set(again.module.state_dict())


def test_a_row_that_adds_to_its_input_goes_whole_and_the_file_opens_again(tmp_path: Path) -> None:
    loaded = _save(tmp_path / "whole.safetensors")
    groups = channel_groups(loaded.module, loaded.spec)
    (row,) = (g for g in groups if g.name == "tpm.layer1")
    for what in ("weight", "bias"):  # it adds nothing: without it all is the same
        nn.init.zeros_(loaded.module.get_parameter(f"backbone.tpm.layer1.conv.2.bn.{what}"))
    before, costly = _output(loaded), compress.measured(loaded.module, loaded.spec)["multiply_adds"]
    keep([(row, ())])
    models.settle(loaded.module, "topformer_tiny")
    gone = (9 + 16) * 16 * (PX // 2) ** 2
    assert compress.measured(loaded.module, loaded.spec)["multiply_adds"] == costly - gone
    models.save_weights(loaded.module, loaded.spec, tmp_path / "less.safetensors", dtype="fp32", metadata={})
    again = models.open_model(str(tmp_path / "less.safetensors"))
    assert torch.allclose(_output(again), before, atol=1e-5)
    assert [g.name for g in channel_groups(again.module, again.spec)] == [g.name for g in groups if g is not row]


@pytest.mark.parametrize("row", ["layer2", "layer3"])  # one changes the size, the other could be left out
def test_a_narrow_file_that_lacks_a_row_that_must_stay_is_an_error(row: str, tmp_path: Path) -> None:
    loaded = _save(tmp_path / "whole.safetensors")
    loaded.module.set_submodule(f"backbone.tpm.{row}", nn.Identity())
    models.save_weights(loaded.module, loaded.spec, tmp_path / "torn.safetensors", dtype="fp32", metadata={})
    with pytest.raises(CheckpointError, match=row):
        models.open_model(str(tmp_path / "torn.safetensors"))


def test_a_narrow_file_whose_layers_do_not_fit_together_is_an_error(tmp_path: Path) -> None:
    loaded = _save(tmp_path / "whole.safetensors")
    part = loaded.module.get_submodule("backbone.trans.transformer_blocks.1.attn.to_v")
    for module in part.children():  # one part of an attention alone loses heads
        lost = [(Group(name="x", units=128, cuts=(Cut(module=module, side="out", channels=each(128)),)), range(64))]
        keep(lost)
    models.save_weights(loaded.module, loaded.spec, tmp_path / "torn.safetensors", dtype="fp32", metadata={})
    with pytest.raises(CheckpointError, match="do not fit together"):
        models.open_model(str(tmp_path / "torn.safetensors"))


@pytest.mark.parametrize(("units", "share", "left"), [
    (40, 0.0, 40), (36, 0.0, 36), (36, 0.05, 32), (32, 0.8, 16), (32, 1.0, 16), (20, 0.3, 16), (16, 0.2, 16),
    (16, 0.9, 8), (72, 0.1, 64), (416, 0.8, 80), (4, 0.5, 4),
])  # fmt: skip
def test_cuts_leave_what_kernels_fill_their_registers_with(units: int, share: float, left: int) -> None:
    assert _cut(Group(name="x", units=units, cuts=()), share) == left
    assert _cut(Group(name="heads", units=4, cuts=(), least=0), 1.0) == 0
    assert [_cut(Group(name="row", units=1, cuts=(), least=0), share) for share in (0.0, 0.28, 0.3)] == [1, 1, 0]


def test_norms_have_the_statistics_of_the_photos() -> None:
    network = nn.Sequential(nn.Conv2d(3, 5, 1), nn.BatchNorm2d(5), nn.Dropout2d(0.5))
    batches = [torch.randn(3, 3, 8, 8) for _ in range(2)]
    measure_norms_(network, batches)
    found = network[0](torch.cat(batches)).mean((0, 2, 3))
    norm = network[1]
    assert isinstance(norm, nn.BatchNorm2d) and torch.allclose(norm.running_mean, found, atol=1e-5)  # type: ignore[arg-type]
    assert norm.momentum == 0.1 and not network.training and not norm.training


def test_more_than_can_be_cut_is_refused_with_what_can(loaded: models.Loaded) -> None:
    with pytest.raises(UsageError, match="cannot be reached"):
        prune_(loaded.module, loaded.spec, _alike(loaded), 0.9)


# ---- zeros -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scores", [torch.abs, torch.rand_like])
def test_as_many_weights_are_zero_as_was_asked(scores: Callable[..., torch.Tensor], loaded: models.Loaded) -> None:
    for wanted in (0.3, 0.7):  # what is zero already counts
        zero_(loaded.module, wanted, scores)
        assert compress.measured(loaded.module, loaded.spec)["sparsity"] == pytest.approx(wanted, abs=1e-5)
    assert not any("weight_orig" in name for name in loaded.module.state_dict())


# ---- chains ----------------------------------------------------------------------------------------------------------


def _shrink(
    loaded: models.Loaded, recipe: str, budget: compress.Budget, cache: Path
) -> tuple[models.Loaded, list[str]]:
    said: list[str] = []
    steps = Recipe.parse(recipe).steps
    after = compress.shrink(loaded, steps, budget, Cache(cache), lambda what, done, total: said.append(what))
    return after, said


@pytest.mark.slow
def test_steps_chain_keep_shapes_classes_and_lineage_and_run_once(
    loaded: models.Loaded, budget: compress.Budget, tmp_path: Path
) -> None:
    teacher = _save(tmp_path / "small.safetensors", "topformer_small")
    recipe, cache = f"prune:0.4+sparse:0.4+distil:{teacher.source}", tmp_path / "cache"
    weights = sha256_file(teacher.source), sha256_file(loaded.source)
    after, _ = _shrink(loaded, recipe, budget, cache)
    assert after.name == "tiny" and after.spec == loaded.spec and _output(after).shape == (1, 4, PX, PX)
    assert (sha256_file(teacher.source), sha256_file(loaded.source)) == weights
    whole, counted = (compress.measured(m.module, loaded.spec) for m in (loaded, after))
    assert counted["multiply_adds"] <= 0.61 * whole["multiply_adds"]
    assert counted["sparsity"] == pytest.approx(0.4, abs=1e-4), "later steps keep the zeros"
    first, second, third = compress.lineage(after)
    assert [e["step"] for e in (first, second, third)] == recipe.split("+")
    assert first["parent"] == loaded.sha256 and third["teachers"] == [teacher.sha256]
    assert all(e["epochs"] == 2 and e["steps"] > 0 and e["photos_hash"] for e in (first, second, third))
    assert after.metadata["split_hash"] == open_budget(budget).split.hash
    again, said = _shrink(loaded, recipe, budget, cache)
    assert again.sha256 == after.sha256 and not said
    shorter, said = _shrink(loaded, "prune:0.4+sparse:0.4", budget, cache)
    assert shorter.sha256 == third["parent"] and not said, "shared stages run once"
    assert Cache(cache).summary()["steps"][0] == 3 and Cache(cache).summary()["unfinished"] == (0, 0)


@pytest.mark.slow
def test_a_second_teacher_teaches_and_decides_the_result(
    loaded: models.Loaded, budget: compress.Budget, tmp_path: Path
) -> None:
    teacher = _save(tmp_path / "small.safetensors", "topformer_small")
    one = dataclasses.replace(budget, epochs=1)
    two = dataclasses.replace(one, teachers=(str(teacher.source),))
    alone, _ = _shrink(loaded, "prune:0.3", one, tmp_path / "cache")
    taught, _ = _shrink(loaded, "prune:0.3", two, tmp_path / "cache")
    assert taught.sha256 != alone.sha256
    assert [compress.lineage(n)[0]["teachers"] for n in (alone, taught)] == [[], [teacher.sha256]]
    for steps, idle in (((), two), (("prune:0.3",), dataclasses.replace(two, epochs=0))):
        with pytest.raises(UsageError, match="--teacher applies to steps that train"):
            compress.need_training(steps, idle)
    foreign = _save(tmp_path / "foreign.safetensors", "topformer_small", split_hash="0123456789abcdef")
    with pytest.raises(UsageError, match="was trained on split"):
        compress.check(loaded, ("prune:0.3",), dataclasses.replace(one, teachers=(str(foreign.source),)))


def test_compressed_weights_can_be_kept_trained_on_and_exported(
    loaded: models.Loaded, budget: compress.Budget, pocketseg: Call, tmp_path: Path
) -> None:
    out = tmp_path / "less.safetensors"
    said = pocketseg("compress", str(loaded.source), "--recipe", "prune:0.4", "--epochs", "0", "--out", str(out))
    assert said.code == 0 and "multiply-adds: " in said.out and "--init" in said.out
    less = models.open_model(str(out))
    before, after = (compress.measured(m.module, loaded.spec) for m in (loaded, less))
    assert after["multiply_adds"] <= 0.61 * before["multiply_adds"] and compress.lineage(less)[0]["step"] == "prune:0.4"
    settings = ("batch_size=2", "height_px=64", "width_px=64", "stages=[]", "fine_weight=0", "epochs=1")
    said = pocketseg(
        "train", "topformer_tiny", "--recipe", "garments", "--init", str(out), "--data", budget.data, "--split-file",
        str(budget.split_file), "--out", str(tmp_path / "run"), *(x for s in settings for x in ("--set", s)),
    )  # fmt: skip
    trained = models.open_model(str(tmp_path / "run" / "best.safetensors"))
    assert said.code == 0 and compress.measured(trained.module, loaded.spec) == after
    first, second = compress.lineage(trained)
    assert first == compress.lineage(less)[0] and second["step"] == "train" and second["parent"] == less.sha256
    kept = out.read_bytes()
    for options, wanted in (
        (("--recipe", "prune:0.4", "--out", str(out)), "exists already"),
        (
            ("--recipe", "prune:0.4+w8a8", "--out", str(tmp_path / "x.safetensors")),
            "w8a8 is the precision of an exported file",
        ),
        (("--recipe", "fp32", "--out", str(tmp_path / "x.safetensors")), "has no steps"),
        (("--recipe", "prune:0.4", "--out", str(tmp_path / "x.pt")), "does not end in .safetensors"),
    ):
        answer = pocketseg("compress", str(loaded.source), *options)
        assert answer.code == 2 and wanted in answer.err, options
    assert out.read_bytes() == kept and not (tmp_path / "x.safetensors").exists()


def _with(budget: compress.Budget, **settings: float) -> compress.Budget:
    return dataclasses.replace(budget, settings={**SETTINGS, **settings})


class Killed(BaseException):
    """Stands for a kill."""


@pytest.mark.slow
def test_a_killed_step_goes_on_where_it_stopped(loaded: models.Loaded, budget: compress.Budget, tmp_path: Path) -> None:
    whole, _ = _shrink(loaded, "prune:0.4", budget, tmp_path / "one")

    def kill(what: str, done: int, total: int) -> None:
        if what.startswith("prune:0.4: round 2: training"):
            raise Killed

    cache = tmp_path / "other"
    with pytest.raises(Killed):
        compress.shrink(loaded, ("prune:0.4",), budget, Cache(cache), kill)
    assert Cache(cache).summary()["steps"] == (0, 0) and Cache(cache).summary()["unfinished"][0] == 1
    resumed, said = _shrink(loaded, "prune:0.4", budget, cache)
    assert not any("harm" in what or "round 1: training" in what for what in said), "what was finished is used"
    assert resumed.sha256 == whole.sha256 and Cache(cache).summary()["unfinished"] == (0, 0)


def test_what_decides_a_result_decides_its_key(loaded: models.Loaded, budget: compress.Budget) -> None:
    photos = open_budget(budget)
    key = key_facts(loaded, "prune:0.4", budget, photos)
    for text, change in (("prune:0.5", {}), ("prune:0.4", {"epochs": 3}), ("prune:0.4", {"settings": {"lr": 1e-4}})):
        assert key_facts(loaded, text, dataclasses.replace(budget, **change), photos) != key
    assert key_facts(loaded, "prune:0.4", dataclasses.replace(budget, threads=2), photos) == key


def test_photos_of_another_split_or_other_classes_are_refused(budget: compress.Budget, tmp_path: Path) -> None:
    seen = _save(tmp_path / "seen.safetensors", split_hash="0" * 16)
    with pytest.raises(UsageError, match=r"trained on split 0+, but its steps would train on"):
        compress.check(seen, ("sparse:0.5",), budget)
    other = dataclasses.replace(seen, spec=dataclasses.replace(seen.spec, classes=("background", "a", "b", "c")))
    with pytest.raises(UsageError, match="has the classes"):
        compress.check(other, ("sparse:0.5",), budget)
    with pytest.raises(UsageError, match="has the classes"):
        compress.check(other, ("distil:topformer_tiny",), budget)
    with pytest.raises(UsageError, match="did you mean 'lr'"):
        compress.check(_save(tmp_path / "own.safetensors"), ("sparse:0.5",), _with(budget, lrr=1.0))
    with pytest.raises(UsageError, match="needs --data"):
        compress.Budget(split_file=tmp_path / "split.json")


def test_distillation_without_passes_is_refused(loaded: models.Loaded, budget: compress.Budget, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no epochs"):
        _shrink(loaded, "distil:topformer_tiny", dataclasses.replace(budget, epochs=0), tmp_path / "cache")


def test_the_manifest_says_which_steps_made_the_network(
    loaded: models.Loaded, budget: compress.Budget, tmp_path: Path
) -> None:
    untrained = dataclasses.replace(budget, epochs=0)
    request = Request(
        model=str(loaded.source), target="onnx", recipe=Recipe.parse("sparse:0.5"), calibration=open_calibration(),
        budget=untrained,
    )  # fmt: skip
    made = produce(request, Cache(tmp_path / "cache"))
    facts: dict[str, Any] = made.artifact.facts
    assert made.artifact.recipe == "sparse:0.5+fp32" and made.artifact.model == "tiny"
    assert made.artifact.file == "tiny-sparse0.5-fp32-64x64.onnx"
    assert facts["sparsity"] == pytest.approx(0.5, abs=1e-4)
    assert facts["parameters"] == sum(p.numel() for p in loaded.module.parameters()) and facts["multiply_adds"] > 0
    (entry,) = facts["steps"]
    assert entry["parent"] == loaded.sha256 and entry["epochs"] == 0
    root, step, target = made.artifact.lineage
    assert root == f"topformer_tiny@{loaded.sha256[:16]}" and target == "onnx:fp32"
    assert step == f"sparse:0.5@{made.artifact.checkpoint_sha256[:16]}"
    assert produce(request, Cache(tmp_path / "cache")).reused
    kept = json.loads(next((tmp_path / "cache" / "steps").glob("*/step.json")).read_text())
    assert kept["before"]["sparsity"] == 0 and kept["after"]["sparsity"] == pytest.approx(0.5, abs=1e-4)


@pytest.mark.parametrize("notes", [3, "abc", [1], None])
def test_notes_of_a_lineage_that_are_no_texts_are_an_error(notes: object, tmp_path: Path) -> None:
    entry = json.dumps([{"step": "prune:0.2", "parent": "x", "notes": notes}])
    loaded = dataclasses.replace(_save(tmp_path / "w.safetensors"), metadata={"lineage": entry})
    with pytest.raises(CheckpointError, match="lineage"):
        compress.lineage(loaded)
