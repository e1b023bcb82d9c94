"""Training throughput: this project's loop against a plain one in the style of the published U2Net script.

    python -m scripts.training_speed --data ccp:PATH --network topformer_tiny --threads 2

Both train the same network on the same photos at the same size, batch and loss. The plain loop reads, decodes and
scales each batch's photos from disk in one loader process, mirrors them, and trains in float32 with ordinary memory
layout (github.com/xuebinqin/U-2-Net, u2net_train.py). Ours keeps the photos in memory, moves a whole batch at once and
trains channels-last, in the requested arithmetic. Turns alternate, so other work on the machine affects both.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from torch import Tensor

    from pocketseg.data.photos import PhotoSet

_ROUNDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Throughput:
    """Images per second, the median of the rounds, and each round's."""

    network: str
    height_px: int
    width_px: int
    batch_size: int
    threads: int
    precision: str
    ours_per_s: float
    plain_per_s: float
    ours_rounds: tuple[float, ...]
    plain_rounds: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Return how many times faster ours is."""
        return self.ours_per_s / self.plain_per_s


class _Disk:
    """A torch data set that reads, scales and mirrors one photo, as the published script does."""

    def __init__(self, photos: PhotoSet, ids: tuple[str, ...], height_px: int, width_px: int, spec: Any) -> None:
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


def measure(spec: str, name: str, *, steps: int, threads: int, precision: str) -> Throughput:
    """Train both loops in turns on a data set's photos, `steps` steps a turn."""
    import torch

    from pocketseg.data.photos import open_photos
    from pocketseg.training.recipe import load_recipe

    torch.set_num_threads(threads)
    photos = open_photos(spec)
    recipe = load_recipe(name, {"stages": [], "fine_weight": 0.0}, "garments")
    ids = tuple(photos.ids[: max(recipe.batch_size * 4, 64)])
    with tempfile.TemporaryDirectory() as folder:
        ours = _ours(photos, ids, name, recipe, precision, Path(folder))
        plain = _plain(photos, ids, name, recipe)
        turns: dict[str, list[float]] = {"ours": [], "plain": []}
        for number in range(_ROUNDS + 1):
            for kind, step in (("ours", ours), ("plain", plain)):
                began = time.perf_counter()
                for _ in range(steps):
                    step()
                if number > 0:  # the first turn allocates and fills the loader
                    turns[kind].append(steps * recipe.batch_size / (time.perf_counter() - began))
    height, width = recipe.height_px, recipe.width_px
    return Throughput(
        network=name,
        height_px=height,
        width_px=width,
        batch_size=recipe.batch_size,
        threads=threads,
        precision=precision,
        ours_per_s=sorted(turns["ours"])[_ROUNDS // 2],
        plain_per_s=sorted(turns["plain"])[_ROUNDS // 2],
        ours_rounds=tuple(turns["ours"]),
        plain_rounds=tuple(turns["plain"]),
    )


def _ours(
    photos: PhotoSet, ids: tuple[str, ...], name: str, recipe: Any, precision: str, folder: Path
) -> Callable[[], None]:
    import dataclasses
    import itertools

    import torch
    from lightning_fabric import Fabric

    import models
    from pocketseg.training.arrays import load_arrays
    from pocketseg.training.loop import Run, optimizer_for, step

    fabric = Fabric(accelerator="cpu", devices=1, precision=precision)
    spec = dataclasses.replace(models.spec(name), height_px=recipe.height_px, width_px=recipe.width_px)
    run = Run(
        folder=folder, spec=spec, recipe=recipe, seed=1,
        arrays=load_arrays(photos, ids, recipe.height_px, recipe.width_px), validate=lambda *_: 0.0,
        save_best=lambda *_: None, report=lambda *_: None,
    )  # fmt: skip
    network = models.build(name, len(photos.classes)).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    module, optimizer = fabric.setup(network, optimizer_for(network, recipe))
    module.train()
    numbers = itertools.count()

    def once() -> None:
        float(step(run, module, optimizer, fabric, next(numbers)))

    return once


def _plain(photos: PhotoSet, ids: tuple[str, ...], name: str, recipe: Any) -> Callable[[], None]:
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


@click.command(help=__doc__)
@click.option("--data", "spec", required=True, metavar="FORMAT:PATH")
@click.option("--network", "networks", multiple=True, default=("topformer_tiny", "u2netp"), show_default=True)
@click.option("--steps", type=click.IntRange(min=1), default=6, show_default=True, help="Number of steps in each turn.")
@click.option("--threads", type=click.IntRange(min=1), default=2, show_default=True)
@click.option("--precision", default="32-true", show_default=True, help="Precision of our loop: 32-true or bf16-mixed.")
@click.option("--json", "as_json", is_flag=True)
def main(spec: str, networks: tuple[str, ...], steps: int, threads: int, precision: str, as_json: bool) -> None:
    """Print images per second of both loops."""
    for network in networks:
        found = measure(spec, network, steps=steps, threads=threads, precision=precision)
        if as_json:
            click.echo(json.dumps({**asdict(found), "ratio": found.ratio}))
            continue
        size = f"{found.height_px} x {found.width_px}"
        click.echo(
            f"{network} {size}, batch {found.batch_size}, {threads} threads, {precision}: "
            f"ours {found.ours_per_s:.1f}, plain {found.plain_per_s:.1f} images/s, {found.ratio:.2f} times"
        )


if __name__ == "__main__":
    main()
