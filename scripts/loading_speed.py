"""Measures whether training waits for its photos: images per second of reading, augmenting and the training step.

    python -m scripts.loading_speed --data ccp:PATH --network topformer_tiny --threads 2

Reading happens once a run (the photos are then kept in memory at a little over the input size). Augmenting happens once
a step, so its share of a step is what counts. Each is measured alone, in this order, three times; the best of three is
shown, as other work on the machine only makes things slower.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TypeVar

import click

Result = TypeVar("Result")
_ROUNDS = 3
_STEPS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """Images per second of each part, and the share of a step's time that augmenting takes."""

    network: str
    height_px: int
    width_px: int
    batch_size: int
    threads: int
    photos: int
    read_per_s: float
    augment_per_s: float
    step_per_s: float

    @property
    def augment_share(self) -> float:
        """Return the share of a training step's time that augmenting takes, 0 to 1."""
        return self.step_per_s / (self.step_per_s + self.augment_per_s)

    @property
    def read_epochs(self) -> float:
        """Return how many epochs of training take as long as reading all photos once."""
        return self.step_per_s / self.read_per_s


def measure(spec: str, network_name: str, *, photos: int, threads: int) -> Loading:
    """Measure with a recipe's size and batch on `photos` photos of a data set."""
    import torch

    import models
    from pocketseg.data.photos import open_photos
    from pocketseg.inference import normalise
    from pocketseg.training.arrays import load_arrays
    from pocketseg.training.augment import augment
    from pocketseg.training.loop import optimizer_for
    from pocketseg.training.losses import loss_of
    from pocketseg.training.recipe import load_recipe

    torch.set_num_threads(threads)
    opened = open_photos(spec)
    recipe = load_recipe(network_name, {})
    height, width, batch = recipe.height_px, recipe.width_px, recipe.batch_size
    ids = opened.ids[: max(photos, batch)]
    read_s, arrays = _best(lambda: load_arrays(opened, ids, height, width), 1)
    batch = min(batch, len(ids))
    chosen = slice(0, batch)

    def augmented() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
        return augment(
            arrays.images[chosen],
            arrays.masks[chosen],
            height_px=height,
            width_px=width,
            scale=recipe.scale,
            flip=recipe.flip,
            color=recipe.color,
            generator=torch.Generator().manual_seed(1),
        )

    augment_s, (images, masks, _) = _best(augmented, _STEPS)
    network = models.build(network_name, len(opened.classes))
    network = network.to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    optimizer = optimizer_for(network, recipe)
    inputs = normalise(images, models.spec(network_name)).contiguous(memory_format=torch.channels_last)

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        loss_of(network(inputs), masks[:, 0], recipe).backward()
        optimizer.step()

    step_s, _ = _best(step, _STEPS)
    return Loading(
        network=network_name,
        height_px=height,
        width_px=width,
        batch_size=batch,
        threads=threads,
        photos=len(ids),
        read_per_s=len(ids) / read_s,
        augment_per_s=batch / augment_s,
        step_per_s=batch / step_s,
    )


def _best(work: Callable[[], Result], repeats: int) -> tuple[float, Result]:
    """Return the seconds a call took in the fastest of three rounds, and the result of the last call."""
    result = work()  # the first call allocates
    seconds = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        for _ in range(repeats):
            result = work()
        seconds.append((time.perf_counter() - began) / repeats)
    return min(seconds), result


@click.command(help=__doc__)
@click.option("--data", "spec", required=True, metavar="FORMAT:PATH")
@click.option("--network", "networks", multiple=True, default=("topformer_tiny", "u2netp"), show_default=True)
@click.option("--photos", type=click.IntRange(min=1), default=128, show_default=True, help="Number of photos to read.")
@click.option("--threads", type=click.IntRange(min=1), default=2, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(spec: str, networks: tuple[str, ...], photos: int, threads: int, as_json: bool) -> None:
    """Print images per second."""
    for network in networks:
        found = measure(spec, network, photos=photos, threads=threads)
        if as_json:
            click.echo(json.dumps({**asdict(found), "augment_share": found.augment_share}))
            continue
        click.echo(
            f"{network} {found.height_px} x {found.width_px}, batch {found.batch_size}, {threads} threads: "
            f"read {found.read_per_s:.0f}, augment {found.augment_per_s:.0f}, step {found.step_per_s:.1f} images/s; "
            f"augmenting is {found.augment_share:.1%} of a step, reading all photos once is "
            f"{found.read_epochs:.2f} epochs"
        )


if __name__ == "__main__":
    main()
