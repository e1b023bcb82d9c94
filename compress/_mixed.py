"""`w8a8:mixed`: the layers that stay float, determined once for all targets and cached by content."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import models
from compress._alone import alone
from compress._budget import Budget, Photos, check_fits, open_budget
from compress._measure import COSTLY, multiply_adds
from compress._sensitivity import Judge, Pair, fewest_floats, sensitivities, smaller
from compress._sensitivity_files import write_files
from pocketseg.core.cache import Cache, host, versions
from pocketseg.core.errors import UsageError
from pocketseg.core.files import atomic_folder, make_folder, sha256_file, write_json
from pocketseg.core.keys import Code, code_hash
from pocketseg.core.manifest import SENSITIVITY_FILES
from pocketseg.core.outside import read_json
from pocketseg.data.calibration import Calibration, evenly
from pocketseg.data.photos import read_pair
from pocketseg.data.spec import without_folders
from pocketseg.inference import TOOLS, calibration_inputs

_ALONE, _COSTLY_ALONE = 8, 4  # validation photos on which each layer alone is measured
_WHOLE = 32  # most validation photos on which the whole network is measured
_TABLE = "layers.json"

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixed:
    """The choice of layers.

    Attributes:
        layers: paths of the convolutions that stay float.
        folder: of the table and its picture.
        hash: of the table.
    """

    float_layers: tuple[str, ...]
    folder: Path
    hash: str


def check_mixed(loaded: models.Loaded, budget: Budget) -> None:
    """Refuse, before any work, photos on which a network's layers cannot be chosen. Raises DataError, UsageError."""
    check_fits(loaded, open_budget(budget))


def mixed(
    loaded: models.Loaded,
    budget: Budget,
    calibration: Calibration,
    cache: Cache,
    progress: Progress = lambda what, done, total: None,
) -> Mixed:
    """Return a network's float layers, chosen now or taken from the cache. Raises DataError, UsageError."""
    check_mixed(loaded, budget)
    photos = open_budget(budget)
    facts = _key_facts(loaded, photos, calibration)
    place = cache.place("sensitivity", {**facts, "max_drop": budget.max_drop})
    if (found := _kept(place)) is not None:
        return found
    table = cache.place("sensitivity", facts)  # the table does not depend on the drop
    with alone(make_folder(cache.workspace() / f"sensitivity-{table.name}")):
        if (found := _kept(place)) is None:
            found = _measured(loaded, budget, photos, calibration, table, place, progress)
    shutil.rmtree(cache.workspace() / f"sensitivity-{table.name}", ignore_errors=True)
    return found


def code(loaded: models.Loaded, photos: Photos) -> Code:
    """Return the code that measures the table."""
    return Code(
        modules=("compress._mixed",),
        used={
            "compress": (),  # steps are applied before
            "models": models.families(loaded.metadata.get("network", "")),
            "models/released": (),  # `weights` in the key is a hash
            "pocketseg/data/formats": (photos.photos.format,),
        },
    )


def _key_facts(loaded: models.Loaded, photos: Photos, calibration: Calibration) -> dict[str, Any]:
    """Return everything that decides the table."""
    return {
        "weights": loaded.sha256,
        "name": loaded.name,
        "spec": dataclasses.asdict(loaded.spec),
        "photos": photos.hash,
        "calibration": calibration.hash,
        "code": code_hash(code(loaded, photos)),
        "tools": versions([*TOOLS, "torchmetrics"]),
        "host": host(),
    }


def _measured(
    loaded: models.Loaded,
    budget: Budget,
    photos: Photos,
    calibration: Calibration,
    table: Path,
    place: Path,
    progress: Progress,
) -> Mixed:
    spec, network = loaded.spec, loaded.module

    def show(what: str, done: int, total: int) -> None:
        progress(f"w8a8:mixed: {what}", done, total)

    show("finding ranges", 0, 1)
    costly = multiply_adds(network, spec) > COSTLY
    alone_ = _table_in(table)
    if alone_ is None:
        less = smaller(spec) if costly else spec
        pairs = _pairs(photos, _COSTLY_ALONE if costly else _ALONE)
        judge = Judge(network, less, calibration_inputs(calibration, less.height_px, less.width_px), pairs)
        with atomic_folder(table) as out:
            rows = [dataclasses.asdict(s) for s in sensitivities(judge, show)]
            size = {"height_px": less.height_px, "width_px": less.width_px}
            write_json(out / _TABLE, {"photos": len(pairs), "miou": judge.miou, **size, "layers": rows})
        alone_ = read_json(table / _TABLE)
    order = [row["layer"] for row in alone_["layers"]]
    pairs = _pairs(photos, _WHOLE)
    judge = Judge(network, spec, calibration_inputs(calibration, spec.height_px, spec.width_px), pairs)
    tried, count = fewest_floats(judge, order, budget.max_drop, show)
    if count == len(order):
        raise UsageError(
            f"w8a8:mixed of {loaded.name}: with any single layer in int8 it loses more than {budget.max_drop:g} of "
            "mIoU",
            hint="use fp32, or a larger --max-drop",
        )
    content = {
        "model": loaded.name,
        "network": spec.name,
        "weights_sha256": loaded.sha256,
        "max_drop": budget.max_drop,
        "float_layers": order[:count],
        "float_miou": judge.miou,
        "photos": len(pairs),
        "data": without_folders(photos.name),
        "split_hash": photos.split.hash,
        "calibration_hash": calibration.hash,
        "tried": [dataclasses.asdict(t) for t in tried],
        "alone": {k: v for k, v in alone_.items() if k != "layers"},
        "layers": alone_["layers"],
    }
    with atomic_folder(place) as out:
        write_files(out, content)
    kept = _kept(place)
    assert kept is not None
    return kept


def _table_in(table: Path) -> dict[str, Any] | None:
    """Return the table of single layers; None where there is none yet, or where it is damaged and must be made
    again."""
    try:
        found = read_json(table / _TABLE)
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("layers"), list) else None


def _pairs(photos: Photos, count: int) -> list[Pair]:
    """Return at most `count` validation photos with masks, evenly spaced over the ids."""
    return [read_pair(photos.photos, photo_id) for photo_id in evenly(photos.split.ids("val"), count)]


def _kept(place: Path) -> Mixed | None:
    """Return an earlier choice; a damaged one is made again."""
    try:
        layers = read_json(place / SENSITIVITY_FILES[0])["float_layers"]
        if not all((place / name).is_file() for name in SENSITIVITY_FILES):
            raise ValueError("a file is missing")
    except (OSError, ValueError, KeyError, TypeError):
        shutil.rmtree(place, ignore_errors=True)
        return None
    return Mixed(float_layers=tuple(layers), folder=place, hash=sha256_file(place / SENSITIVITY_FILES[0]))
