"""w8a8:qat and w8a8:mixed: rounding is imitated faithfully, the right layers stay float, and files are read back."""

from __future__ import annotations

import csv
import dataclasses
import json
import math
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from _commands import Call
from torch import Tensor, nn

import compress
import export
import models
from compress._sensitivity import Judge, fewest_floats, sensitivities, smaller
from compress._sensitivity_files import write_files
from export._float_layers import without_floats
from export._readback import Contents, Weight, broken_promise
from pocketseg.artifacts.deliver import put
from pocketseg.artifacts.produce import produce
from pocketseg.artifacts.request import Request, check
from pocketseg.core.cache import Cache
from pocketseg.core.errors import ExportError, RefusedError, UnknownNameError, UsageError
from pocketseg.core.files import write_json
from pocketseg.core.manifest import SENSITIVITY_FILES, read_manifest
from pocketseg.core.types import ModelSpec, OutputKind, Recipe
from pocketseg.data.calibration import open_calibration
from pocketseg.data.embedded import FOLDER, sample_ids
from pocketseg.data.photos import digest
from pocketseg.data.split import Split, to_json
from pocketseg.inference import network_input
from pocketseg.training.distil import Adapted, scored, unwrapped
from pocketseg.training.fake_quant import FakeQuantized, calibrated, folded_weight, for_training, layers
from pocketseg.training.fine_head import FineHead
from pocketseg.training.recipe import load_recipe

PX = 64
SPEC = ModelSpec(
    name="tiny", height_px=PX, width_px=32, mean_rgb=(0.5, 0.4, 0.3), std_rgb=(0.2, 0.3, 0.25),
    classes=("background", "upper", "lower", "full"),
)  # fmt: skip
pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning")


def tiny() -> nn.Sequential:
    """Four convolutions: 0 with a batch norm and a ReLU, 3 and 5 with a ReLU, 7 alone."""
    torch.manual_seed(0)
    norm = nn.BatchNorm2d(16)
    nn.init.uniform_(norm.weight, 0.5, 1.5)
    nn.init.uniform_(norm.running_var, 0.5, 1.5)  # type: ignore[arg-type]
    body = (nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU(), nn.Conv2d(32, 32, 3, 1, 1), nn.ReLU(), nn.Conv2d(32, 4, 1))
    stem = (nn.Conv2d(3, 16, 3, 2, 1), norm, nn.ReLU())
    return nn.Sequential(*stem, *body, nn.Upsample(scale_factor=4, mode="bilinear")).eval()


def photos(count: int = 4) -> list[np.ndarray[Any, Any]]:
    """Return smooth made-up photos, H,W,3 uint8."""
    rows, columns = np.mgrid[0:PX, 0:32] / 15
    waves = [[np.sin(rows + n + c) * np.cos(columns * (c + 1) - n) for c in range(3)] for n in range(count)]
    return [np.round(127.5 + 127.5 * np.stack(wave, -1)).astype(np.uint8) for wave in waves]


def batches() -> Iterator[Tensor]:
    torch.manual_seed(1)
    return iter([torch.rand(1, 3, PX, 32) * 2 - 1 for _ in range(2)])


# ---- the recipe ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["w8a8:qat", "w8a8:mixed", "prune:0.3+w8a8:qat", "prune:0.3+w8a8:mixed"])
def test_the_int8_precisions_round_trip_and_hold_w8a8(text: str) -> None:
    recipe = Recipe.parse(text)
    assert str(recipe) == text and recipe.numbers == "w8a8"
    assert recipe.steps == (("prune:0.3",) if text.startswith("prune") else ())
    assert recipe.all_steps == (*recipe.steps, *(("qat:w8a8",) if text.endswith("qat") else ()))


def test_a_misspelt_int8_precision_is_named() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'w8a8:qat'"):
        Recipe.parse("prune:0.3+w8a8:qad")


# ---- imitated rounding -----------------------------------------------------------------------------------------------


def test_each_convolution_is_found_with_what_belongs_to_it() -> None:
    found = [(layer.name, layer.norm, layer.last) for layer in layers(tiny())]
    assert found == [("0", "1", "2"), ("3", None, "4"), ("5", None, "6"), ("7", None, "7")]
    for name in ("topformer_tiny", "u2netp"):
        network = models.build(name)
        whole = {n for n, m in network.named_modules() if isinstance(m, nn.Conv2d)}
        norms = {n for n, m in network.named_modules() if isinstance(m, nn.BatchNorm2d)}
        listed = layers(network)
        assert {layer.name for layer in listed} == whole and {x.norm for x in listed} - {None} == norms


def test_weights_round_on_the_grid_that_the_folded_ones_have() -> None:
    """What the quantizer of a target makes of folded weights is what training made of them, scaled by channel."""
    network = tiny()
    folded = folded_weight(network, layers(network)[0])
    wrapped = FakeQuantized(network).eval()
    rounded = wrapped.roundings[0].weight(network.get_parameter("0.weight")).detach()  # type: ignore[operator, union-attr]
    step = folded.abs().amax((1, 2, 3), keepdim=True) / 127
    scale = folded / network.get_parameter("0.weight").detach()
    assert torch.allclose(rounded * scale, (folded / step).round() * step, atol=1e-5)
    assert not torch.allclose(rounded, network.get_parameter("0.weight"))


def test_rounding_lets_gradients_through_and_ranges_move_only_in_train_mode() -> None:
    wrapped = for_training(tiny(), SPEC, torch.from_numpy(np.stack(photos()))).train()
    state = {k: v.clone() for k, v in wrapped.state_dict().items() if "taken.scale" in k}
    wrapped(torch.randn(2, 3, PX, 32) * 9).sum().backward()
    assert all(p.grad is not None and bool(p.grad.abs().sum() > 0) for p in wrapped.network.parameters())
    moved = {k: v.clone() for k, v in wrapped.state_dict().items() if k in state}
    assert any(not torch.equal(moved[k], state[k]) for k in state)
    wrapped.eval()(torch.randn(2, 3, PX, 32) * 99)
    assert all(torch.equal(v, wrapped.state_dict()[k]) for k, v in moved.items())


def test_only_the_layers_that_were_named_are_rounded() -> None:
    network, x = tiny(), next(batches())
    with torch.no_grad():
        floats = network(x)
        wrapped = calibrated(network, batches())
        whole = wrapped(x)
        wrapped.round_only(())
        assert torch.equal(wrapped(x), floats)
        wrapped.round_only(("5",))
        alone = wrapped(x)
    assert 0 < float((alone - floats).abs().mean()) < float((whole - floats).abs().mean())


def test_what_is_saved_is_the_plain_network_and_what_is_scored_the_rounded_one() -> None:
    student = models.build("topformer_tiny")
    names = set(student.state_dict())
    wrapped = for_training(student, models.spec("topformer_tiny"), torch.zeros(1, 64, 64, 3))
    whole = Adapted(FineHead(wrapped, "topformer_tiny", 9), "topformer_tiny", [8]).train()
    (outputs, fine), adapted = whole(torch.zeros(2, 3, 64, 64))
    assert outputs.shape[1] == 4 and fine.shape[1] == 9 and adapted[0].shape[1] == 8
    assert unwrapped(whole) is student and set(student.state_dict()) == names and scored(whole) is wrapped


# ---- which layers stay float -----------------------------------------------------------------------------------------


def fragile() -> nn.Sequential:
    """`tiny`, whose third convolution has a weight in each channel that leaves 8 bits nothing for the others.

    It meets zeros, so in floats it does nothing; the last layer's bias makes every class win somewhere.
    """
    network = tiny()
    with torch.no_grad():
        network.get_parameter("5.weight")[:, 0, 0, 0] = 3e3 * network.get_parameter("5.weight").abs().amax()
        network.get_parameter("3.weight")[0] = 0
        network.get_parameter("3.bias")[0] = -1.0
        network.get_parameter("7.bias").sub_(network(network_input(photos(2), SPEC)).mean((0, 2, 3)))
    return network


def _judge(network: nn.Module) -> Judge:
    with torch.no_grad():
        pairs = []
        for photo in photos(2):
            batch = torch.from_numpy(photo).permute(2, 0, 1)[None] / 255 - torch.tensor(SPEC.mean_rgb).view(1, 3, 1, 1)
            said = network(batch / torch.tensor(SPEC.std_rgb).view(1, 3, 1, 1))
            pairs.append((photo, said[0].argmax(0).numpy().astype(np.uint8)))  # right is what it says in floats
    return Judge(network, SPEC, photos(), pairs)


def _silent(what: str, done: int, total: int) -> None:
    pass


def test_the_layer_that_bears_rounding_worst_comes_first_and_stays_float() -> None:
    judge = _judge(fragile())
    found = sensitivities(judge, _silent)
    assert judge.miou == 1.0 and found[0].layer == "5" and found[0].weights == 32 * 32 * 9
    assert found[0].divergence > 3 * found[1].divergence and found[0].miou_drop > 0
    order = [s.layer for s in found]
    tried, count = fewest_floats(judge, order, tried_drop(judge, order, 1), _silent)
    assert count == 1 and {t.float_layers for t in tried} >= {0, 1}


def tried_drop(judge: Judge, order: Sequence[str], count: int) -> float:
    """Give the drop that is left with the first `count` layers in floats."""
    return judge.miou - judge.trial(order[count:])[1]


@pytest.mark.parametrize(("drops", "limit", "wanted"), [
    ([0.1, 0.05, 0.02, 0.01, 0.0], 0.2, 0), ([0.1, 0.05, 0.02, 0.01, 0.0], 0.021, 2),
    ([0.1, 0.05, 0.02, 0.01, 0.0], 0.005, 4), ([0.1, 0.05, 0.02, 0.01, 0.0], 0.0, 4),
])  # fmt: skip
def test_as_few_layers_stay_float_as_hold_the_limit(drops: list[float], limit: float, wanted: int) -> None:
    class Made:
        miou = 0.75

        def trial(self, names: Sequence[str]) -> tuple[float, float]:
            return 0.0, self.miou - drops[4 - len(names)]

    tried, count = fewest_floats(Made(), ["a", "b", "c", "d"], limit, _silent)  # type: ignore[arg-type]
    assert count == wanted and [t.float_layers for t in tried] == sorted({t.float_layers for t in tried})


def test_a_smaller_size_is_one_that_networks_take() -> None:
    spec = smaller(dataclasses.replace(SPEC, height_px=320, width_px=192))
    assert (spec.height_px, spec.width_px) == (160, 96)


def test_the_table_names_every_layer_and_the_picture_draws_it(tmp_path: Path) -> None:
    rows = [
        {"layer": "a<b", "weights": 3, "divergence": 0.5, "miou_drop": 0.1},
        {"layer": "c", "weights": 4, "divergence": 0.0, "miou_drop": -0.01},
    ]
    write_files(tmp_path, {"model": "m", "float_layers": ["a<b"], "layers": rows})
    lines = list(csv.DictReader((tmp_path / SENSITIVITY_FILES[1]).read_text().splitlines()))
    assert [(r["layer"], r["stays_float"]) for r in lines] == [("a<b", "yes"), ("c", "no")]
    drawn = (tmp_path / SENSITIVITY_FILES[2]).read_text()
    assert "a&lt;b" in drawn and drawn.count("<rect") == 3 and drawn.endswith("</svg>\n")


# ---- files -----------------------------------------------------------------------------------------------------------


def _write(target: str, floats: Sequence[str], folder: Path, converter: str = "") -> tuple[Path, Contents]:
    exporter = export.exporter(target)
    path = folder / f"tiny{exporter.SUFFIX}"
    job = export.ExportJob(
        network=tiny(), spec=SPEC, recipe=Recipe(precision="w8a8:mixed"), output=OutputKind.LOGITS,
        calibration=photos(), float_layers=floats, converter=converter,
    )  # fmt: skip
    written = exporter.write(job, path)
    return path, exporter.read_back(path, written)


def _folded(names: Sequence[str]) -> dict[str, np.ndarray[Any, Any]]:
    network = tiny()
    return {x.name: folded_weight(network, x).numpy() for x in layers(network) if x.name in names}


@pytest.mark.parametrize(
    "target",
    ["onnx", "torchmobile", "coreml", *(pytest.param(t, marks=pytest.mark.slow) for t in ("executorch", "tflite"))],
)
def test_a_file_keeps_the_named_layers_in_floats_and_no_other(target: str, tmp_path: Path) -> None:
    _, contents = _write(target, ("0", "5"), tmp_path)
    rest = without_floats(contents, _folded(("0", "5")))
    assert len(contents.weights) == 4 and len(rest.weights) == 2
    assert broken_promise("w8a8:mixed", rest) is None and broken_promise("w8a8:mixed", contents) is not None
    with pytest.raises(ExportError, match="1 of 2 layers that must stay float are not in the file as floats: 3"):
        without_floats(contents, _folded(("0", "3")))


@pytest.mark.parametrize("target", ["onnx", pytest.param("executorch", marks=pytest.mark.slow)])
def test_without_float_layers_the_file_is_that_of_w8a8(target: str, tmp_path: Path) -> None:
    exporter = export.exporter(target)
    (tmp_path / "plain").mkdir()
    job = export.ExportJob(
        network=tiny(), spec=SPEC, recipe=Recipe(precision="w8a8"), output=OutputKind.LOGITS, calibration=photos()
    )
    path, _ = _write(target, (), tmp_path)
    exporter.write(job, tmp_path / "plain" / path.name)
    assert path.read_bytes() == (tmp_path / "plain" / path.name).read_bytes()


def test_a_layer_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="no convolution 1 to keep in floats"):
        _write("onnx", ("1",), tmp_path)


def test_a_converter_that_forgets_paths_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="renames tensors"):
        _write("tflite", ("0",), tmp_path, "onnx2tf")


def test_weights_of_one_size_are_told_apart_by_their_values() -> None:
    values = np.arange(6.0, dtype=np.float32)
    other = Weight(name="x", kind="float32", bits=32, codes=values + 1)
    own = Weight(name="y", kind="float32", bits=32, codes=values.reshape(3, 2).T.copy())
    whole = Contents(weights=(other, own), multiply_adds=0)
    assert without_floats(whole, {"a": values}).weights == (other,)
    with pytest.raises(ExportError, match="not in the file as floats: b"):
        without_floats(whole, {"a": values, "b": values})


# ---- the whole way ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def budget(tmp_path_factory: pytest.TempPathFactory) -> compress.Budget:
    """Four embedded photos to train on, one to choose on, one for the test that nothing may read."""
    root = tmp_path_factory.mktemp("data")
    parts = {"train": sample_ids("train")[:4], "val": sample_ids("val")[:1], "test": sample_ids("test")[:1]}
    for folder, suffix in (("images", "jpg"), ("masks", "png")):
        (root / folder).mkdir()
        for photo_id in sum(parts.values(), ()):
            shutil.copy(FOLDER / folder / f"{photo_id}.{suffix}", root / folder)
    shutil.copy(FOLDER / "classes.json", root)
    held = {p: {i: digest(root / "images" / f"{i}.jpg") for i in ids} for p, ids in parts.items()}
    split = Split(name="tiny", photos=held, never={}, made_with={})
    return compress.Budget(
        data=f"folder:{root}", split_file=write_json(root / "split.json", to_json(split)), epochs=1,
        accelerator="cpu", threads=1, settings={"batch_size": 2, "warmup_steps": 2},
    )  # fmt: skip


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> models.Loaded:
    """The released weights at 64 px: random ones bear no int8."""
    released = models.open_model("topformer_tiny", models.Given(height_px=PX, width_px=PX))
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    models.save_weights(released.module, released.spec, path, dtype="fp32", metadata={})
    return models.open_model(str(path))


def _request(loaded: models.Loaded, text: str, budget: compress.Budget) -> Request:
    return Request(
        model=str(loaded.source), target="onnx", recipe=Recipe.parse(text), calibration=open_calibration(count=4),
        budget=budget,
    )  # fmt: skip


@pytest.mark.slow
def test_quantization_aware_training_is_a_step_of_the_lineage(
    loaded: models.Loaded, budget: compress.Budget, tmp_path: Path
) -> None:
    cache, request = Cache(tmp_path), _request(loaded, "w8a8:qat", budget)
    made = produce(request, cache, check(request))
    (step,) = made.artifact.facts["steps"]
    assert (step["step"], step["epochs"], step["data"]) == ("qat:w8a8", 1, "folder") and step["steps"] == 2
    assert made.artifact.recipe == made.artifact.precision == "w8a8:qat"
    assert made.artifact.lineage[1].startswith("qat:w8a8@") and made.artifact.calibration["photos"] == 4
    after = compress.shrink(loaded, ("qat:w8a8",), budget, cache)
    assert set(after.module.state_dict()) == set(loaded.module.state_dict()) and after.sha256 != loaded.sha256
    changed = any(
        not torch.equal(a, b) for a, b in zip(after.module.parameters(), loaded.module.parameters(), strict=True)
    )
    assert changed != bool(step.get("notes"))  # it stays as it was only where that is said
    assert made.artifact.checkpoint_sha256 == after.sha256
    plain = compress._chain.key_facts(loaded, "qat:w8a8", budget, compress._budget.open_budget(budget))  # type: ignore[attr-defined]
    assert plain["step"] == ["qat", "w8a8"]


@pytest.mark.parametrize(("scores", "stays"), [((0.50, 0.49), True), ((0.50, 0.50), False), ((0.49, 0.50), False)])
def test_training_that_rounds_worse_is_not_kept(
    scores: tuple[float, float], stays: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from compress import qat
    from compress._work import Work

    work = Work(
        weights=tmp_path / "before.safetensors", value="w8a8", budget=compress.Budget(), photos=None, folder=tmp_path
    )
    trained, given = tmp_path / "trained.safetensors", iter(scores)
    monkeypatch.setattr(qat, "train_on", lambda *a, **k: trained)
    monkeypatch.setattr(qat, "_rounded_miou", lambda *a: next(given))
    assert qat.apply(work) == (work.weights if stays else trained)
    assert [("0.5000" in note and "0.4900 after" in note) for note in work.notes] == [True] * stays


@pytest.mark.slow
def test_a_killed_quantization_aware_training_goes_on_to_the_same_weights(
    loaded: models.Loaded, budget: compress.Budget, tmp_path: Path
) -> None:
    class Killed(BaseException):
        """Stands for a kill."""

    def kill(what: str, done: int, total: int) -> None:
        if "training" in what and done == 3:
            raise Killed

    longer = dataclasses.replace(budget, epochs=2)
    whole = compress.shrink(loaded, ("qat:w8a8",), longer, Cache(tmp_path / "one"))
    with pytest.raises(Killed):
        compress.shrink(loaded, ("qat:w8a8",), longer, Cache(tmp_path / "other"), kill)
    assert compress.shrink(loaded, ("qat:w8a8",), longer, Cache(tmp_path / "other")).sha256 == whole.sha256


def test_a_rounding_that_training_does_not_know_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'w8a8'"):
        load_recipe("topformer_tiny", {"fake_quant": "w8a9"})


def test_quantization_aware_training_without_training_is_refused(
    loaded: models.Loaded, budget: compress.Budget, tmp_path: Path
) -> None:
    for change, match in (({"epochs": 0}, "has no epochs"), ({"settings": {"fake_quant": "none"}}, "fake_quant")):
        with pytest.raises(UsageError, match=match):
            compress.shrink(loaded, ("qat:w8a8",), dataclasses.replace(budget, **change), Cache(tmp_path))
    with pytest.raises(UsageError, match="qat:w4 is unknown"):
        compress.parsed("qat:w4")


@pytest.mark.slow
def test_mixed_precision_is_measured_once_and_travels_with_the_file(
    loaded: models.Loaded, budget: compress.Budget, tmp_path: Path
) -> None:
    cache, strict = Cache(tmp_path / "cache"), dataclasses.replace(budget, max_drop=0.0)
    said: list[str] = []
    found = compress.mixed(
        loaded, strict, open_calibration(count=4), cache, lambda what, done, total: said.append(what)
    )
    table = json.loads((found.folder / SENSITIVITY_FILES[0]).read_text())
    harm = [row["divergence"] for row in table["layers"]]
    assert len(harm) == 66 and harm == sorted(harm, reverse=True) and all(math.isfinite(h) and h >= 0 for h in harm)
    assert (
        table["photos"] == 1
        and list(found.float_layers) == [r["layer"] for r in table["layers"]][: len(found.float_layers)]
    )
    said.clear()
    loose = dataclasses.replace(budget, max_drop=0.9)
    compress.mixed(loaded, strict, open_calibration(count=4), cache, lambda what, done, total: said.append(what))
    assert not said, "what is known is not measured again"
    free = compress.mixed(loaded, loose, open_calibration(count=4), cache, lambda what, *_: said.append(what))
    assert free.float_layers == () and not any("alone" in what for what in said), "the table is shared"

    request = _request(loaded, "w8a8:mixed", strict)
    made = produce(request, cache, check(request))
    kept = made.artifact.facts["sensitivity"]
    assert tuple(kept["float_layers"]) == found.float_layers and kept["files"] == list(SENSITIVITY_FILES)
    out = tmp_path / "out"
    put(made, out)
    assert {p.name for p in out.iterdir()} == {"manifest.json", made.artifact.file, *SENSITIVITY_FILES}
    (out / SENSITIVITY_FILES[1]).unlink()
    put(made, out)
    assert (out / SENSITIVITY_FILES[1]).is_file() and read_manifest(out)[0] == made.artifact
    request = _request(loaded, "w8a8:mixed", loose)
    made = produce(request, cache, check(request))
    assert (
        made.artifact.facts["sensitivity"]["sentence"] == "no layer has to stay float: the file is the same as for w8a8"
    )
    plain = _request(loaded, "w8a8", budget)
    assert produce(plain, cache, check(plain)).artifact.sha256 == made.artifact.sha256


def test_options_of_the_int8_precisions_are_checked(pocketseg: Call, tmp_path: Path) -> None:
    base = ("export", "topformer_tiny", "--target", "onnx", "--out", str(tmp_path / "x"))
    for options, said in (
        (("--recipe", "w8a8", "--max-drop", "0.1"), "--max-drop applies only to w8a8:mixed"),
        (("--recipe", "w8a8:mixed", "--max-drop", "2"), "from 0 to below 1"),
        (("--recipe", "w8a8:mixed", "--epochs", "2"), "apply to a recipe's steps"),
        (("--recipe", "w8a8:mixd"), "did you mean 'w8a8:mixed'"),
    ):
        answer = pocketseg(*base, *options)
        assert answer.code == 2 and said in answer.err, options
