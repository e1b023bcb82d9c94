"""One model to one file for one platform, run and compared."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pocketseg.api._common import Note, PathLike, Progress, say_assumed, silent, still

if TYPE_CHECKING:
    import models
    from compress import Budget
    from models import Given
    from pocketseg.core.types import Artifact


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """An exported file.

    Attributes:
        file: its path.
        artifact: its manifest.
        reused: whether an earlier export made it.
        network: what it was made from, before the recipe's steps.
    """

    file: Path
    artifact: Artifact
    reused: bool
    network: models.Loaded


def export(
    model: str,
    *,
    target: str,
    out: PathLike,
    recipe: str = "fp32",
    output: str = "logits",
    name: str | None = None,
    calibration: str = "",
    calibration_split: str = "train",
    calibration_count: int | None = None,
    calibration_method: str = "",
    converter: str = "",
    split_file: PathLike | None = None,
    budget: Budget | None = None,
    given: Given | None = None,
    cache: PathLike | None = None,
    note: Note = silent,
    progress: Progress = still,
) -> Exported:
    """Convert a model for a target, run the file, compare it with its network, and write it with its manifest to `out`.

    A file that the app on phones cannot open, or that only newer phones can open, is noted. `out` holds one export: an
    earlier one there is replaced, which is noted if it was of another model, target, recipe or output.

    Args:
        model: a released name or a weights file.
        target: one of `pocketseg targets`.
        out: the folder for the file and its manifest.
        recipe: steps and a precision, `prune:0.3+w8a8`.
        output: `logits` or `classmap`.
        name: of the network in the file.
        calibration: `FORMAT:PATH` of photos for number ranges and parity; empty: the training photos of the budget's
            data, else the embedded ones.
        calibration_split: `train`, or `all` where none of them will be scored.
        calibration_count: most photos for calibration (default: 32).
        calibration_method, converter: empty: the target's first.
        split_file: of the calibration photos, where it is not the budget's.
        budget: photos and settings with which steps train and choose.
        given: what a weights file does not say itself.
        cache: the folder of finished work.
        note, progress: as in `benchmark`.

    Raises:
        UnknownNameError, UsageError, RefusedError: before any work.
        ExportError, ParityError, StorageError: where the conversion fails, or its file is not what it must be.
    """
    import compress
    import export as exporters
    import models
    from pocketseg.artifacts.deliver import put, replaced
    from pocketseg.artifacts.produce import produce
    from pocketseg.artifacts.request import Request, check
    from pocketseg.core.cache import Cache, default_folder
    from pocketseg.core.errors import UnknownNameError
    from pocketseg.core.types import OutputKind, Recipe
    from pocketseg.data.calibration import COUNT, Part, calibration_for
    from pocketseg.devices.openable import File, kinds_with_runtimes, unopenable

    if target not in exporters.targets():
        raise UnknownNameError("target", target, exporters.targets())
    parsed = Recipe.parse(recipe)
    kinds = [kind.value for kind in OutputKind]
    if output not in kinds:
        raise UnknownNameError("output", output, kinds)
    parts = [part.value for part in Part]
    if calibration_split not in parts:
        raise UnknownNameError("calibration split", calibration_split, parts)
    budget = budget or compress.Budget()
    if parsed.all_steps:
        compress.need_training(parsed.all_steps, budget)
    count = COUNT if calibration_count is None else calibration_count
    file_of_split = Path(split_file) if split_file else budget.split_file
    photos = calibration_for(calibration, budget.data, file_of_split, count, Part(calibration_split))
    for sentence in photos.notes:
        note(sentence)
    request = Request(
        model=model, target=target, recipe=parsed, output=OutputKind(output), converter=converter, calibration=photos,
        calibration_method=calibration_method, given=given or models.Given(), budget=budget,
    )  # fmt: skip
    loaded = check(request)
    if name is not None:
        loaded = dataclasses.replace(loaded, name=models.check_name(name))
    say_assumed(loaded.name, loaded.assumed, note)
    produced = produce(request, Cache(Path(cache) if cache else default_folder()), loaded, progress)
    before = replaced(produced, Path(out))
    file = put(produced, Path(out))
    if before:
        note(f"replaces {before} that was in {out}; name another --out to keep both")
    asked = [File(name=file.name, path=file, target=target)]
    for sentence, way_out in (found for kind in kinds_with_runtimes(asked) for found in unopenable(asked, kind, note)):
        note(f"{sentence}; {way_out}")
    return Exported(file=file, artifact=produced.artifact, reused=produced.reused, network=loaded)
