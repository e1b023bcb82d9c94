"""The loops that scripts/training_speed.py times: the product's own with its parts, a plain one, and bare steps."""

from __future__ import annotations

import dataclasses
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

if TYPE_CHECKING:
    from torch import Tensor

    from pocketseg.data.photos import PhotoSet
    from pocketseg.training.recipe import TrainingRecipe

# Parts of a step, by what the loop calls them; the rest of a step is the forward pass and the checks.
_CALLED = {
    "moved": "augmentation",
    "normalise": "normalisation",
    "objective": "loss",
    "update_ema": "running average",
}


class Clock:
    """The time that our loop has taken since the start of its turn."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.began = time.perf_counter()

    def lap(self) -> float:
        return time.perf_counter() - self.began


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that a call took, and its result."""
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


@contextmanager
def parts_of_ours() -> Iterator[dict[str, float]]:
    """Yield the seconds of each part of our loop, counted as long as the block lasts."""
    import torch
    from lightning_fabric import Fabric

    from pocketseg.training import loop

    found: dict[str, float] = defaultdict(float)

    def counted(part: str, called: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            taken, result = timed(lambda: called(*arguments, **named))
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


def train_ours(
    arrays: Any, name: str, recipe: TrainingRecipe, spec: Any, precision: str, folder: Path, steps: int, turns: int,
    others: Callable[[], None],
) -> None:  # fmt: skip
    """Train by the product's loop, `turns` turns of `steps` steps; after each the others have theirs."""
    import torch
    from lightning_fabric import Fabric

    import models
    from pocketseg.training.loop import Run, train

    def report(state: Any, *_: int) -> None:
        if state.step % steps == 0:
            others()

    total = steps * turns  # an epoch is as long: it ends, and writes its checkpoint, after the last turn
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
    train(run, network, Fabric(accelerator="cpu", devices=1, precision=precision))


def bare_step(arrays: Any, name: str, recipe: TrainingRecipe, spec: Any) -> Callable[[], None]:
    """Return a step on a batch that lies ready."""
    import torch

    import models
    from pocketseg.inference import normalise
    from pocketseg.training.augment import augment
    from pocketseg.training.loop import optimizer_for
    from pocketseg.training.losses import loss_of
    from pocketseg.training.weight_gradients import faster

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
        with faster(network, inputs.device, "32-true"):
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(network(inputs), masks[:, 0], recipe)
            loss.backward()
            optimizer.step()
            float(loss)

    return step


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


def plain_step(photos: PhotoSet, ids: Sequence[str], name: str, recipe: TrainingRecipe) -> Callable[[], None]:
    """Return a step of a loop in the style of the published U2Net script."""
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
