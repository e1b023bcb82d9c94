"""Recipes that cannot be trained on this machine or with this data, refused before any work."""

from __future__ import annotations

import torch

from pocketseg.core.errors import UsageError
from pocketseg.training.recipe import TrainingRecipe

LAST_SEED = 2**32 - 1


def check_seed(seed: int) -> None:
    """Refuse a seed that not every random generator accepts. Raises UsageError."""
    if not 0 <= seed <= LAST_SEED:
        raise UsageError(f"seed must be from 0 to {LAST_SEED}, not {seed}")


def check_machine(accelerator: str, precision: str) -> None:
    """Refuse an accelerator that is not there, or arithmetic that it does not have. Raises UsageError."""
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if accelerator == "cuda" and not cuda:
        raise UsageError("this machine has no CUDA GPU that torch can use", hint="leave out --accelerator, or give cpu")
    if accelerator == "mps" and not mps:
        raise UsageError("this machine has no Apple GPU that torch can use", hint="leave out --accelerator")
    on_gpu = accelerator in ("cuda", "mps") or (accelerator == "auto" and (cuda or mps))
    if precision == "16-mixed" and not on_gpu:
        raise UsageError(
            "16-mixed needs a GPU: torch has no fp16 training on a CPU",
            hint="give --precision bf16-mixed, or leave it out",
        )


def check_batch(recipe: TrainingRecipe, labelled: int, processes: int) -> None:
    """Refuse steps in which a process has a single photo: batch norm cannot compute statistics of it.

    Raises UsageError.

    labelled: the number of labelled training photos.
    """
    seen = recipe.photos_a_step(labelled)
    if labelled and recipe.norm_statistics == "batch" and seen // processes < 2:
        photos, of = "photo" if seen == 1 else "photos", "process" if processes == 1 else "processes"
        raise UsageError(
            f"a step has {seen} {photos} for {processes} {of} (batch_size {recipe.batch_size}, {labelled} training "
            "photos), but batch norm needs 2 or more per process",
            hint="give a larger --batch-size or more photos, or, with --init, --set norm_statistics=frozen",
        )
