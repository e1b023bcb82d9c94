"""`prune:R`: cut channels until a share R of the multiply-adds is gone, in rounds with training between them.

Li et al., "Pruning Filters for Efficient ConvNets", arXiv:1608.08710 (norms, sensitivity); repeated small cuts with
training in between do less harm than one large cut (Han et al., arXiv:1506.02626). The network before the step is the
teacher.
"""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path

import models
from compress._structured import Harm, harms, measure_norms_, prune_
from compress._work import Work, in_rounds, share
from pocketseg.core.files import write_json
from pocketseg.core.outside import read_json
from pocketseg.data.photos import read_image
from pocketseg.data.seen import PHOTOS
from pocketseg.inference import network_input

SUMMARY = "cut channels and heads until a share R of the multiply-adds is gone, training in between"
VALUE = "R, the share removed, above 0, at most 0.9"
TRAINS = True
TOOLS = ("torch-pruning", "lightning-fabric", "torchmetrics")
MOST = 0.9
LOSSES = {"distil_logit": 1.0, "temperature": 2.0}  # relative to the network before the step
_LARGEST_CUT = 0.34  # of the remaining multiply-adds, in one round
_PHOTOS = 32  # for the norms' statistics; harm is measured on a batch of them
_BATCH = 8


def check(value: str) -> None:
    """Refuse a value that is not a share. Raises UsageError."""
    share("prune", value, MOST)


def teachers(value: str) -> tuple[str, ...]:
    """Return no further networks."""
    return ()


def apply(work: Work) -> Path:
    """Cut and train round by round; return the last round's weights."""
    removed = share("prune", work.value, MOST)
    return in_rounds(work, removed, _LARGEST_CUT, "pruned", functools.partial(_cut, work), LOSSES)


def _cut(work: Work, weights: Path, out: Path, removed: float, what: str) -> None:
    """Cut until `removed` of the multiply-adds that the network had before the step are gone."""
    assert work.photos is not None
    loaded, first = models.open_model(str(weights)), models.open_model(str(work.weights))
    ids = work.photos.split.ids("train")
    chosen = ids[:: max(1, len(ids) // _PHOTOS)][:_PHOTOS]
    images = [read_image(work.photos.photos.image_path(i)) for i in chosen]
    table = out.with_name("sensitivity.json")
    found = _kept(table)
    if found is None:

        def show(done: int, total: int) -> None:
            work.progress(f"{what}: measuring harm", done, total)

        some = network_input(images[:: _PHOTOS // _BATCH], loaded.spec)
        found = harms(loaded.module, loaded.spec, some, show)
        write_json(table, [dataclasses.asdict(h) for h in found])
    prune_(loaded.module, loaded.spec, found, removed, of=first.module)
    batches = (images[start : start + _BATCH] for start in range(0, len(images), _BATCH))
    measure_norms_(loaded.module, (network_input(b, loaded.spec) for b in batches if len(b) > 1 or len(images) == 1))
    kept = {k: v for k, v in loaded.metadata.items() if k in ("split_hash", PHOTOS)}
    models.save_weights(loaded.module, loaded.spec, out, dtype="fp32", metadata=kept)


def _kept(table: Path) -> list[Harm] | None:
    try:
        return [Harm(**entry) for entry in read_json(table)]
    except (OSError, ValueError, TypeError):
        return None
