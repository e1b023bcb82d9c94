"""The training loop. Every step is determined by (seed, step), so a killed run resumes to the same weights."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from pocketseg.core.errors import PocketSegError
from pocketseg.core.types import ModelSpec
from pocketseg.inference import normalise
from pocketseg.training.arrays import PhotoArrays
from pocketseg.training.augment import moved, placements
from pocketseg.training.curves import draw, log_events
from pocketseg.training.distil import Guide
from pocketseg.training.objective import objective
from pocketseg.training.recipe import TrainingRecipe, load_recipe
from pocketseg.training.schedule import counted, steps_per_epoch
from pocketseg.training.signal_arrays import PlacedSignals, place_signals
from pocketseg.training.signal_maps import input_maps, joined
from pocketseg.training.state import Progress, resume, save_state, write_log
from pocketseg.training.weight_gradients import faster

if TYPE_CHECKING:
    from lightning_fabric import Fabric

SAVE_EVERY_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Run:
    """The parts of a run that do not change.

    validate: None where no epoch has to be chosen. wait: called before each step; its time does not count.
    """

    folder: Path
    spec: ModelSpec
    recipe: TrainingRecipe
    seed: int
    arrays: PhotoArrays
    validate: Callable[[nn.Module, int, int], float] | None
    save_best: Callable[[nn.Module, Progress], None]
    report: Callable[[Progress, int, int], None]
    say: Callable[[str], None] = lambda sentence: None
    wait: Callable[[], None] = lambda: None
    half_precision: bool = False
    guides: tuple[Guide, ...] = ()
    zeros: Mapping[str, torch.Tensor] = field(default_factory=dict)  # where a weight stays 0
    steps: int = 0  # 0: as many as the recipe's epochs take

    @property
    def steps_per_epoch(self) -> int:
        return steps_per_epoch(self.recipe, self.arrays.labelled)

    @property
    def photos_a_step(self) -> int:
        """Return how many photos a step sees."""
        return self.recipe.photos_a_step(self.arrays.labelled)

    @property
    def total_steps(self) -> int:
        return self.steps or self.steps_per_epoch * self.recipe.epochs

    def size_at(self, step: int) -> tuple[int, int]:
        """Return height and width of the stage to which `step` belongs."""
        done = 0.0
        for share, height, width in self.recipe.sizes():
            done += share
            if step < round(done * self.total_steps):
                return height, width
        return self.recipe.sizes()[-1][1:]

    def lr_at(self, step: int) -> float:
        """Return the learning rate: a linear warm-up from almost zero, then polynomial decay."""
        warm = min(1.0, (step + 1) / max(1, self.recipe.warmup_steps))
        left = max(0.0, 1 - step / self.total_steps)
        return float(self.recipe.lr * warm * left**self.recipe.poly_power)

    def batch_ids(self, step: int) -> torch.Tensor:
        """Return the photos of a step.

        An epoch is one shuffle of the labelled photos by (seed, epoch), with as many of the others as it needs from an
        endless sequence of shuffles.
        """
        epoch, place = divmod(step, self.steps_per_epoch)
        few = self.recipe.batch_size - self.recipe.unlabelled_a_step
        order = torch.randperm(self.arrays.labelled, generator=_generator(self.seed, epoch, 1))
        chosen = order[place * few : (place + 1) * few]
        others = self.arrays.images.shape[0] - self.arrays.labelled
        more = self.recipe.unlabelled_a_step
        if more == 0 or others == 0:
            return chosen
        wanted = range(step * more, (step + 1) * more)
        rounds = {n // others for n in wanted}
        shuffles = {r: torch.randperm(others, generator=_generator(self.seed, r, 3)) for r in rounds}
        extra = [self.arrays.labelled + int(shuffles[n // others][n % others]) for n in wanted]
        return torch.cat((chosen, torch.tensor(extra)))


def _generator(seed: int, index: int, salt: int) -> torch.Generator:
    return torch.Generator().manual_seed((seed * 1_000_003 + index) * 7 + salt)


def optimizer_for(network: nn.Module, recipe: TrainingRecipe) -> torch.optim.Optimizer:
    """Return an optimizer with two groups of learning rates: the head
    (`decode_head.*`, wrapped or not) may learn faster.

    Biases and norms have no weight decay.
    """
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        factor = recipe.head_lr_factor if "decode_head" in name.split(".") else 1.0
        decay = recipe.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((factor, decay), []).append(parameter)
    options = [{"params": p, "weight_decay": decay, "factor": factor} for (factor, decay), p in groups.items()]
    kind = torch.optim.AdamW if recipe.optimizer == "adamw" else torch.optim.Adam
    return kind(options, lr=recipe.lr, betas=recipe.betas)


def _learn(run: Run, module: nn.Module) -> None:
    """Put a network into training mode; frozen batch norms keep their statistics and learn the rest."""
    module.train()
    for part in module.modules():
        if run.recipe.norm_statistics == "frozen" and isinstance(part, nn.BatchNorm2d):
            part.eval()


def update_ema(average: dict[str, torch.Tensor], network: nn.Module, decay: float, step: int) -> None:
    """Move the running average towards the network, in place; young averages move faster."""
    keep = min(decay, (1 + step) / (10 + step))
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                average[name].lerp_(value, 1 - keep)
            else:
                average[name].copy_(value)


def keep_zeros(zeros: Mapping[str, torch.Tensor], network: nn.Module) -> None:
    """Set those weights to 0 again, in place, that were 0 before training: a sparse network stays sparse."""
    with torch.no_grad():
        for name, places in zeros.items():
            weight = network.get_parameter(name)
            weight.masked_fill_(places.to(weight.device), 0.0)


def train(run: Run, network: nn.Module, fabric: Fabric) -> Progress:
    """Train to the end of the recipe, from the last checkpoint where there is one.

    Raises PocketSegError where the loss is not finite, CheckpointError for a damaged last.ckpt.
    """
    with faster(network, fabric.device, fabric.strategy.precision.precision):
        return _train(run, network, fabric)


def _train(run: Run, network: nn.Module, fabric: Fabric) -> Progress:
    """Do all steps that are left."""
    optimizer = optimizer_for(network, run.recipe)
    average = {k: v.detach().clone() for k, v in network.state_dict().items()}
    state = Progress()
    last = run.folder / "last.ckpt"
    if last.exists():
        state = resume(last, network, optimizer, average)
        if fabric.is_global_zero:
            run.say(_where(run, state))
    module, optimizer = fabric.setup(network, optimizer)
    average = {k: v.to(fabric.device) for k, v in average.items()}
    _learn(run, module)
    saved = began = time.monotonic()
    while state.step < run.total_steps:
        began += _waited(run)
        loss = step(run, module, optimizer, fabric, state.step)
        if fabric.world_size > 1:
            loss = fabric.all_reduce(loss, reduce_op="mean")
        if not torch.isfinite(loss):
            raise PocketSegError(
                f"the loss or its gradients are not finite at step {state.step}",
                hint=f"lower the learning rate and start again: --set lr={_lower_rate(run):.1e} and another --out",
            )
        keep_zeros(run.zeros, network)
        update_ema(average, network, run.recipe.ema_decay, state.step)
        state.step += 1
        state.loss_sum += float(loss)
        state.loss_count += 1
        now = time.monotonic()
        state.epoch_seconds += now - began
        state.seconds += now - began
        began = now
        end_of_epoch = state.step % run.steps_per_epoch == 0
        if end_of_epoch:
            _end_epoch(run, network, average, state, fabric)
            _learn(run, module)
            began = time.monotonic()
        run.report(state, run.steps_per_epoch, run.total_steps)
        if fabric.is_global_zero and (end_of_epoch or state.step == run.total_steps or now - saved > SAVE_EVERY_S):
            save_state(last, network, optimizer, average, state)
            saved = time.monotonic()
    return state


def _waited(run: Run) -> float:
    """Wait as long as the run asks for; return the seconds."""
    began = time.monotonic()
    run.wait()
    return time.monotonic() - began


def _where(run: Run, state: Progress) -> str:
    """Return a sentence on where a resumed run stands."""
    if state.step >= run.total_steps:
        done = "its epoch is" if run.recipe.epochs == 1 else f"all {run.recipe.epochs} epochs are"
        return f"{run.folder} is finished: {done} done"
    epoch, place = divmod(state.step, run.steps_per_epoch)
    return (
        f"{run.folder} holds an unfinished run; resuming it in epoch {epoch + 1} of {run.recipe.epochs}, "
        f"after {place} of its {counted(run.steps_per_epoch, 'step')}"
    )


def _lower_rate(run: Run) -> float:
    """Return a third of the learning rate, but at most the published one: a third of an absurd rate is absurd too."""
    return min(run.recipe.lr / 3, load_recipe(run.spec.name, {}).lr)


def step(run: Run, module: nn.Module, optimizer: Any, fabric: Fabric, number: int) -> torch.Tensor:
    """Do the optimizer step with this number on this process's share of the batch; return its loss."""
    height, width = run.size_at(number)
    ids = run.batch_ids(number)
    placed = placements(len(ids), run.recipe.scale, run.recipe.flip, generator := _generator(run.seed, number, 2))
    images, masks, soft = moved(
        run.arrays.images[ids],
        run.arrays.masks[ids],
        None if run.arrays.soft is None else run.arrays.soft[ids],
        placed,
        height_px=height,
        width_px=width,
        color=run.recipe.color,
        generator=generator,
    )
    mine = slice(fabric.global_rank, None, fabric.world_size)
    images, masks = images[mine].to(fabric.device), masks[mine].to(fabric.device)
    signals = None
    if run.arrays.signals is not None:
        signals = place_signals(run.arrays.signals.of(ids), placed, height, width)
    torch.manual_seed(run.seed * 1_000_003 + number)  # dropout and drop path, the same after a resume
    for group in optimizer.param_groups:
        group["lr"] = run.lr_at(number) * group["factor"]
    batch = normalise(images, run.spec)
    if signals is not None and run.recipe.input_signals:
        more = _signal_inputs(run, signals, number, height, width)[mine].to(fabric.device)
        batch = torch.cat((batch, more), 1)
    batch = batch.contiguous(memory_format=torch.channels_last)
    said = None if soft is None else soft[mine].to(fabric.device)
    wanted = signals.of(mine, fabric.device) if signals is not None and run.recipe.target_signals else None
    loss = objective(module(batch), images, masks, said, run.recipe, run.guides, fabric, wanted)
    optimizer.zero_grad(set_to_none=True)
    fabric.backward(loss)
    limit = run.recipe.clip_norm if run.recipe.clip_norm > 0 else math.inf
    norm = fabric.clip_gradients(module, optimizer, max_norm=limit, error_if_nonfinite=False)
    if run.half_precision:  # its loss scaler skips steps whose gradients overflow, and lowers the scale
        optimizer.step()
        return loss.detach()
    if torch.isfinite(loss) and torch.isfinite(norm):
        optimizer.step()
        return loss.detach()
    return loss.detach() * math.nan  # a finite loss whose gradients are not would spoil the weights


def _signal_inputs(run: Run, signals: PlacedSignals, number: int, height: int, width: int) -> torch.Tensor:
    """Return the whole batch's signals as input channels; which photos' are dropped depends on (seed, step)."""
    names = run.recipe.input_signals
    drawn = torch.rand(len(signals.points), len(names), generator=_generator(run.seed, number, 4))
    return joined(input_maps(signals, names, height, width), (drawn >= run.recipe.signal_dropout).float())


def _end_epoch(run: Run, network: nn.Module, average: dict[str, torch.Tensor], state: Progress, fabric: Fabric) -> None:
    """Validate the averaged weights at the stage's size, keep the best, and write the log."""
    if not fabric.is_global_zero:
        return
    height, width = run.size_at(state.step - 1)
    miou = None
    if run.validate is not None:
        own = {k: v.clone() for k, v in network.state_dict().items()}
        network.load_state_dict(average)
        miou = run.validate(network, height, width)
    if state.rows and (state.rows[-1]["height_px"], state.rows[-1]["width_px"]) != (height, width):
        state.best_miou = -1.0  # scores at another input size do not compare; the last stage's best is the run's
    row = {
        "epoch": state.step // run.steps_per_epoch,
        "step": state.step,
        "height_px": height,
        "width_px": width,
        "lr": run.lr_at(state.step - 1),
        "loss": state.loss_sum / max(1, state.loss_count),
        "val_miou": miou,
        "seconds": state.seconds,
        "images_per_s": run.steps_per_epoch * run.photos_a_step / max(state.epoch_seconds, 1e-9),
    }
    state.rows.append(row)
    if miou is not None and miou > state.best_miou:
        state.best_miou = miou
        run.save_best(network, state)
    if run.validate is not None:
        network.load_state_dict(own)
    state.loss_sum, state.loss_count, state.epoch_seconds = 0.0, 0, 0.0
    write_log(run.folder / "log.csv", state.rows)
    if miou is None:
        return
    draw(run.folder / "curves.svg", f"{run.spec.name}, seed {run.seed}", state.rows)
    log_events(run.folder / "tensorboard", state.rows)
