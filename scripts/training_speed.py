"""Training throughput: the loop of `pocketseg train` against a plain PyTorch loop, in images per second.

    python -m scripts.training_speed --data ccp:PATH            prints what is measured
    python -m scripts.training_speed --data ccp:PATH --write    keeps it in docs/training-speed.json, with its table

Three loops train the same network at the same size, batch and loss on the cores that are asked for, in turns, so that
other work on the machine affects all of them:

- ours: `pocketseg.training.loop.train` as it is, with its running average, its checks and its checkpoints;
- plain: reads, decodes and scales each batch's photos from disk in one loader process, mirrors them, and trains in
  float32 with ordinary memory layout (github.com/xuebinqin/U-2-Net, u2net_train.py);
- bare: one batch that lies ready, forward, loss, backward and optimizer alone, channels-last like ours. What ours is
  short of it is what everything else takes: photos, augmentation, checks.

Then where our loop's time goes, by part, and what lies outside of its steps: photos per second of reading them all,
once a run, and of validating, once an epoch.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import click

from benchmark.device import cpu_model
from pocketseg.core.cache import ROOT
from pocketseg.core.files import write_json
from pocketseg.training.schedule import counted
from scripts.readme import rewrite

if TYPE_CHECKING:
    from torch import Tensor

    from pocketseg.data.photos import PhotoSet
    from pocketseg.training.recipe import TrainingRecipe

_ROUNDS = 5
_PHOTOS = 64
_TURN_S = 5.0  # as many steps a turn as the bare loop takes in this time
PATH, PAGE, BLOCK = ROOT / "docs" / "training-speed.json", ROOT / "docs" / "training.md", "speed"
KINDS = ("ours", "plain", "bare")
# Parts of a step, by what the loop calls them; the rest of a step is the forward pass and the checks.
_CALLED = {
    "moved": "augmentation",
    "normalise": "normalisation",
    "objective": "loss",
    "update_ema": "running average",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Throughput:
    """What was measured of a network on a number of cores.

    Attributes:
        per_s: images per second of each loop, the median of its rounds.
        rounds: images per second of each loop in each round.
        parts: shares of our loop's time, 0 to 1.
        read_per_s, validate_per_s: photos per second of reading at the start, and of validation.
    """

    network: str
    height_px: int
    width_px: int
    batch_size: int
    cores: int
    precision: str
    per_s: dict[str, float]
    rounds: dict[str, tuple[float, ...]]
    parts: dict[str, float]
    read_per_s: float
    validate_per_s: float


class _Disk:
    """A torch data set that reads, scales and mirrors one photo, as the published script does."""

    def __init__(self, photos: PhotoSet, ids: Sequence[str], height_px: int, width_px: int, spec: Any) -> None:
        self.photos, self.ids, self.size, self.spec = photos, ids, (height_px, width_px), spec

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        import numpy as np
        import torch
        from PIL import Image

        from pocketseg.data.photos import read_pair
        from pocketseg.inference import model_input

        image, mask = read_pair(self.photos, self.ids[index])
        small = model_input(image, *self.size).astype(np.float32) / 255
        small = (small - np.array(self.spec.mean_rgb, np.float32)) / np.array(self.spec.std_rgb, np.float32)
        label = np.asarray(Image.fromarray(mask).resize(self.size[::-1], Image.Resampling.NEAREST)).astype(np.int64)
        if torch.rand(()) < 0.5:
            small, label = small[:, ::-1], label[:, ::-1]
        return torch.from_numpy(small.transpose(2, 0, 1).copy()), torch.from_numpy(label.copy())


def measure(spec: str, name: str, *, cores: int, precision: str) -> Throughput:
    """Train by all three loops in turns on a data set's photos, on the cores that this process may use."""
    import torch

    import models
    from pocketseg.data.photos import open_photos
    from pocketseg.training.arrays import load_arrays
    from pocketseg.training.evaluate import evaluate
    from pocketseg.training.recipe import load_recipe

    torch.set_num_threads(cores)
    photos = open_photos(spec)
    recipe = load_recipe(name, {"stages": [], "fine_weight": 0.0}, "garments")
    height, width = recipe.height_px, recipe.width_px
    ids = tuple(photos.ids[:_PHOTOS])
    read_s, arrays = _timed(lambda: load_arrays(photos, ids, height, width))
    own = dataclasses.replace(models.spec(name), height_px=height, width_px=width, classes=photos.classes)
    validated = models.build(name, len(photos.classes))
    evaluate(validated, own, photos, ids[:2])  # the first call allocates
    validate_s, _ = _timed(lambda: evaluate(validated, own, photos, ids))

    plain, bare = _plain(photos, ids, name, recipe), _bare(arrays, name, recipe, own)
    bare()
    steps = max(1, round(_TURN_S / _timed(bare)[0]))
    seconds: dict[str, list[float]] = {kind: [] for kind in KINDS}
    clock = _Clock()

    def others() -> None:
        """Close our turn after `steps` steps, and let the others have theirs."""
        seconds["ours"].append(clock.lap())
        for kind, step in (("plain", plain), ("bare", bare)):
            seconds[kind].append(_timed(functools.partial(_often, step, steps))[0])
        clock.start()

    with tempfile.TemporaryDirectory() as folder, _parts(clock) as parts:
        _ours(arrays, name, recipe, own, precision, Path(folder), steps, clock, others)
    images = steps * recipe.batch_size
    rounds = {kind: tuple(images / s for s in seconds[kind][1:]) for kind in KINDS}  # the first fills the loader
    whole = sum(seconds["ours"])
    shares = {part: value / whole for part, value in sorted(parts.items(), key=lambda item: -item[1])}
    return Throughput(
        network=name,
        height_px=height,
        width_px=width,
        batch_size=recipe.batch_size,
        cores=cores,
        precision=precision,
        per_s={kind: sorted(rounds[kind])[_ROUNDS // 2] for kind in KINDS},
        rounds=rounds,
        parts=shares | {"the rest": 1 - sum(shares.values())},
        read_per_s=len(ids) / read_s,
        validate_per_s=len(ids) / validate_s,
    )


class _Clock:
    """The time that our loop has taken since the start of its turn."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.began = time.perf_counter()

    def lap(self) -> float:
        return time.perf_counter() - self.began


def _often(step: Callable[[], None], count: int) -> None:
    for _ in range(count):
        step()


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


@contextmanager
def _parts(clock: _Clock) -> Iterator[dict[str, float]]:
    """Yield the seconds of each part of our loop, counted as long as the block lasts."""
    import torch
    from lightning_fabric import Fabric

    from pocketseg.training import loop

    found: dict[str, float] = defaultdict(float)

    def counted(part: str, called: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            taken, result = _timed(lambda: called(*arguments, **named))
            found[part] += taken
            return result

        return call

    def with_hooks(*arguments: Any) -> torch.optim.Optimizer:
        optimizer = make_optimizer(*arguments)
        optimizer.step = counted("optimizer", optimizer.step)  # type: ignore[method-assign]
        return optimizer

    make_optimizer = loop.optimizer_for
    with ExitStack() as stack:
        for name, part in _CALLED.items():
            stack.enter_context(mock.patch.object(loop, name, counted(part, getattr(loop, name))))
        for name, part in (("backward", "backward"), ("clip_gradients", "norm of the gradients")):
            stack.enter_context(mock.patch.object(Fabric, name, counted(part, getattr(Fabric, name))))
        stack.enter_context(mock.patch.object(loop, "optimizer_for", with_hooks))
        stack.enter_context(mock.patch.object(loop, "SAVE_EVERY_S", math.inf))
        yield found


def _ours(
    arrays: Any,
    name: str,
    recipe: TrainingRecipe,
    spec: Any,
    precision: str,
    folder: Path,
    steps: int,
    clock: _Clock,
    others: Callable[[], None],
) -> None:
    """Train by the product's loop; after each turn of `steps` steps the others have theirs."""
    import torch
    from lightning_fabric import Fabric

    import models
    from pocketseg.training.loop import Run, train

    def report(state: Any, *_: int) -> None:
        if state.step % steps == 0:
            others()

    total = steps * (_ROUNDS + 1)  # an epoch is as long: it ends, and writes its checkpoint, after the last turn
    again = math.ceil(total * recipe.batch_size / arrays.labelled)
    many = dataclasses.replace(
        arrays, images=arrays.images.repeat(again, 1, 1, 1), masks=arrays.masks.repeat(again, 1, 1, 1),
        labelled=arrays.labelled * again,
    )  # fmt: skip
    run = Run(
        folder=folder, spec=spec, recipe=recipe, seed=1, arrays=many, validate=None, save_best=lambda *_: None,
        report=report, steps=total,
    )  # fmt: skip
    network = models.build(name, len(spec.classes)).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    clock.start()
    train(run, network, Fabric(accelerator="cpu", devices=1, precision=precision))


def _bare(arrays: Any, name: str, recipe: TrainingRecipe, spec: Any) -> Callable[[], None]:
    """Return a step on a batch that lies ready."""
    import torch

    import models
    from pocketseg.inference import normalise
    from pocketseg.training.augment import augment
    from pocketseg.training.loop import optimizer_for
    from pocketseg.training.losses import loss_of

    network = models.build(name, len(spec.classes)).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    network.train()
    optimizer = optimizer_for(network, recipe)
    images, masks, _ = augment(
        arrays.images[: recipe.batch_size], arrays.masks[: recipe.batch_size], height_px=recipe.height_px,
        width_px=recipe.width_px, scale=recipe.scale, flip=recipe.flip, color=recipe.color,
        generator=torch.Generator().manual_seed(1),
    )  # fmt: skip
    inputs = normalise(images, spec).contiguous(memory_format=torch.channels_last)

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(network(inputs), masks[:, 0], recipe)
        loss.backward()
        optimizer.step()
        float(loss)

    return step


def _plain(photos: PhotoSet, ids: Sequence[str], name: str, recipe: TrainingRecipe) -> Callable[[], None]:
    import torch
    from torch.utils.data import DataLoader

    import models
    from pocketseg.training.losses import loss_of

    data: Any = _Disk(photos, ids, recipe.height_px, recipe.width_px, models.spec(name))
    loader = DataLoader(
        data, batch_size=recipe.batch_size, shuffle=True, num_workers=1, drop_last=True, persistent_workers=True
    )
    network = models.build(name, len(photos.classes)).train()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        while True:
            yield from loader

    endless = batches()

    def step() -> None:
        images, labels = next(endless)
        optimizer.zero_grad()
        loss = loss_of(network(images), labels, recipe)
        loss.backward()
        optimizer.step()
        float(loss)

    return step


def said(found: Throughput) -> str:
    """Return what was measured in four lines."""
    ours, plain, bare = (found.per_s[kind] for kind in KINDS)
    parts = ", ".join(f"{part} {share:.1%}" for part, share in found.parts.items())
    return (
        f"{found.network} {found.height_px} x {found.width_px}, batch {found.batch_size}, "
        f"{counted(found.cores, 'core')}, {found.precision}:\n"
        f"  ours {ours:.2f}, plain {plain:.2f}, bare {bare:.2f} images/s: {ours / plain:.2f} times plain, "
        f"{ours / bare:.1%} of bare\n"
        f"  our loop: {parts}\n"
        f"  outside of it: reading {found.read_per_s:.1f}, validating {found.validate_per_s:.1f} photos/s"
    )


def table() -> str:
    """Return what is kept as Markdown."""
    kept = json.loads(PATH.read_text(encoding="utf-8"))
    lines = [
        "| network, input, batch | cores | `pocketseg train` | plain loop | bare steps | augmentation's share "
        "| validation |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in kept["rows"]:
        ours, plain, bare = (row["per_s"][kind] for kind in KINDS)
        photos = sum(row["parts"].get(part, 0.0) for part in ("augmentation", "normalisation"))
        lines.append(
            f"| {row['network']} {row['height_px']} x {row['width_px']}, {row['batch_size']} | {row['cores']} "
            f"| {ours:.1f} ({ours / plain:.2f} x plain, {100 * ours / bare:.0f} % of bare) | {plain:.1f} | {bare:.1f} "
            f"| {100 * photos:.1f} % | {row['validate_per_s']:.1f} |"
        )
    return "\n".join([*lines, "", f"Images per second on {kept['processor']}, torch {kept['torch']}."])


@click.command(help=__doc__)
@click.option("--data", "spec", required=True, metavar="FORMAT:PATH")
@click.option("--network", "networks", multiple=True, default=("topformer_tiny", "u2netp"), show_default=True)
@click.option("--cores", "counts", multiple=True, type=click.IntRange(min=1), default=(1, 2), show_default=True)
@click.option("--precision", default="32-true", show_default=True, help="Precision of our loop: 32-true or bf16-mixed.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object a line.")
@click.option("--write", is_flag=True, help="Write docs/training-speed.json and its table in docs/training.md.")
def main(
    spec: str, networks: tuple[str, ...], counts: tuple[int, ...], precision: str, as_json: bool, write: bool
) -> None:
    """Print images per second of all loops."""
    if not write and len(networks) == len(counts) == 1:
        there = sorted(os.sched_getaffinity(0))
        if len(there) < counts[0]:
            raise click.UsageError(f"this computer lends {counted(len(there), 'core')}, not {counts[0]}")
        os.sched_setaffinity(0, there[: counts[0]])
        found = measure(spec, networks[0], cores=counts[0], precision=precision)
        click.echo(json.dumps(asdict(found)) if as_json else said(found))
        return
    rows = []
    for network in networks:
        for cores in counts:  # each in a process of its own: torch starts its threads once
            command = [sys.executable, "-m", "scripts.training_speed", "--data", spec, "--network", network, "--json"]
            command += ["--cores", str(cores), "--precision", precision]
            line = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            rows.append(json.loads(line))
            click.echo(line.strip() if as_json else said(Throughput(**rows[-1])))
    if write:
        import torch

        write_json(PATH, {"processor": cpu_model(), "torch": torch.__version__, "rows": rows})
        rewrite(PAGE, {BLOCK: table()})


if __name__ == "__main__":
    main()
