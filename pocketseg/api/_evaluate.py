"""The scores of a network itself on a data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketseg.api._common import Note, PathLike, Progress, say_assumed, silent, still

if TYPE_CHECKING:
    import models
    from models import Given
    from pocketseg.data.seen import Overlap
    from pocketseg.training.scores import Scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A network's scores, photo by photo. seen: which of the photos it was trained on."""

    network: models.Loaded
    scores: Scores
    split: str
    split_hash: str
    seen: Overlap
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return every figure as plain values: miou, iou, intervals (95 %), boundary_iou, confusion..."""
        spec = self.network.spec
        return {
            **self.scores.summary(self.split, self.split_hash),
            "model": self.network.name,
            "sha256": self.network.sha256,
            "network": spec.name,
            "height_px": spec.height_px,
            "width_px": spec.width_px,
            "mean_rgb": list(spec.mean_rgb),
            "std_rgb": list(spec.std_rgb),
            "assumed": self.network.assumed,
            **({"input_signals": list(taken)} if (taken := self.network.input_signals) else {}),
            "seen_photos": self.seen.to_json(),
            "notes": list(self.notes),
        }


def evaluate(
    model: str,
    data: str,
    *,
    split: str = "test",
    split_file: PathLike | None = None,
    given: Given | None = None,
    signals: Sequence[str] = (),
    out: PathLike | None = None,
    note: Note = silent,
    progress: Progress = still,
) -> Evaluation:
    """Score a network in torch on photos with masks, at each photo's own size.

    Args:
        model: a released name or a weights file.
        data: `FORMAT:PATH`.
        split: train, val, test or all, of split_file, else of the data's own or committed split.
        split_file: a split of data.
        given: what the file does not say itself.
        signals: `poses=FILE`, `persons=FILE` or `data`, for a network that takes signals beside the photo.
        out: folder for metrics.csv, one row per photo, and summary.json.
        note, progress: as in `benchmark`.

    Raises:
        UnknownNameError, CheckpointError, UsageError, DataError, SplitError: before any work.
    """
    import models
    from benchmark.photos import part_of
    from pocketseg.core.files import make_folder, write_json, write_text
    from pocketseg.data.labelled import check_labelled, part_name
    from pocketseg.data.mapping import check_classes
    from pocketseg.data.seen import overlap
    from pocketseg.training.scores import score
    from pocketseg.training.signal_inputs import inputs_for, open_scored, unfound

    loaded = models.open_any_model(model, given or models.Given())
    say_assumed(loaded.name, loaded.assumed, note)
    scored = part_of(data, split, Path(split_file) if split_file else None)
    check_classes(model, loaded.spec.classes, data, scored.photos.classes)
    source = open_scored(signals, scored.photos, [loaded.input_signals])
    inputs = inputs_for(loaded.name, loaded.input_signals, source)
    found = overlap(loaded.metadata, scored.photos, scored.ids, scored.chosen_by)
    notes = [*check_labelled(scored.photos, scored.ids, part_name(split)), *([found.note] if found.note else [])]
    for sentence in [*notes, *unfound(source, scored.ids, [loaded.input_signals])]:
        note(sentence)
    folder = None if out is None else make_folder(Path(out))
    what = f"scoring {loaded.name} on {len(scored.ids)} photos"
    scores = score(
        loaded.module, loaded.spec, scored.photos, scored.ids, lambda done, total: progress(what, done, total), inputs
    )
    evaluation = Evaluation(
        network=loaded, scores=scores, split=split, split_hash=scored.hash, seen=found, notes=tuple(notes)
    )
    if folder is not None:
        write_text(folder / "metrics.csv", scores.table())
        write_json(folder / "summary.json", evaluation.to_json())
    return evaluation
