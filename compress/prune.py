"""`prune:R`: cut channels until a share R of the multiply-adds is gone, in steps, with training between them.

Li et al., "Pruning Filters for Efficient ConvNets", arXiv:1608.08710 (norms, sensitivity); cutting a little and
training a little, again and again, harms less than one large cut (Han et al., arXiv:1506.02626).
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import models
from compress._structured import Harm, harms, prune_
from compress._work import Work, share_of_text, train_on
from pocketseg.core.errors import UsageError
from pocketseg.core.files import make_folder, write_json
from pocketseg.data.photos import open_photos, read_image
from pocketseg.data.split import find_split
from pocketseg.training.evaluate import network_input

HELP = "prune:R cuts channels until a share R (0 to 0.9) of the multiply-adds is gone, training in between"
TRAINS = True
_LARGEST_CUT = 0.3  # of the multiply-adds that are left, in one step
_PHOTOS = 8  # that harm is measured on


def check(value: str) -> None:
    """Refuse a value that is no share. Raises UsageError."""
    if not 0 < share_of_text("prune", value) <= 0.9:
        raise UsageError(f"prune:{value} must cut a share above 0, at most 0.9", hint="e.g. prune:0.3")


def apply(work: Work) -> Path:
    """Cut and train step by step; return the last step's weights. What an earlier call finished is not done again."""
    share = share_of_text("prune", work.value)
    weights = work.weights
    cuts = _cuts(share)
    for number, cut in enumerate(cuts, start=1):
        pruned = work.folder / f"cut-{number}" / "pruned.safetensors"
        if not pruned.is_file():
            _cut(work, weights, pruned, cut)
        weights = train_on(work, pruned, work.folder / f"cut-{number}", share=1 / len(cuts), what=f"cut {number}")
    return weights


def _cuts(share: float) -> list[float]:
    """Split a share into equal steps, each of what the one before left, none above the largest cut."""
    count = 1
    while 1 - (1 - share) ** (1 / count) > _LARGEST_CUT:
        count += 1
    return [1 - (1 - share) ** (1 / count)] * count


def _cut(work: Work, weights: Path, out: Path, share: float) -> None:
    loaded = models.open_model(str(weights))
    make_folder(out.parent)
    table = out.parent / "sensitivity.json"
    found = _kept(table)
    if found is None:
        photos = open_photos(work.data)
        ids = find_split(photos, work.split_file, ("train",)).ids("train")
        step = max(1, len(ids) // _PHOTOS)
        images = [read_image(photos.image_path(i)) for i in ids[::step][:_PHOTOS]]
        found = harms(loaded.module, loaded.spec, network_input(images, loaded.spec), work.progress("measuring harm"))
        write_json(table, [dataclasses.asdict(h) for h in found])
    prune_(loaded.module, loaded.spec, found, share)
    kept = {k: v for k, v in loaded.metadata.items() if k in ("split_hash", "recipe")}
    models.save_weights(loaded.module, loaded.spec, out, dtype="fp32", metadata=kept)


def _kept(table: Path) -> list[Harm] | None:
    try:
        return [Harm(**entry) for entry in json.loads(table.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return None
