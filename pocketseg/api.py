"""The toolchain from Python: export, benchmark, evaluate, segment and inspect, as the commands of those names do them.

    from pocketseg import api

    exported = api.export("u2netp", target="tflite", recipe="w8a8", out="runs/exported")
    (row,) = api.benchmark([exported.file])
    print(exported.artifact.parity.argmax_agreement, row.miou, row.p50_ms)

Paths are texts or Paths. Errors are those of pocketseg.core.errors; nothing is printed: `note` takes sentences that a
user should read, `progress` takes (what, done, total). Importing this module loads no framework.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import models
    from benchmark.engine import Entry
    from benchmark.photos import ScoredPhotos
    from compress import Budget
    from models import Given
    from pocketseg.core.errors import DataError
    from pocketseg.core.types import Artifact, BenchmarkRow
    from pocketseg.data.photos import Pixels
    from pocketseg.data.seen import Overlap
    from pocketseg.inference import Segmenter
    from pocketseg.inspect import Inspection
    from pocketseg.training.scores import Scores

__all__ = [
    "Evaluation",
    "Exported",
    "Segmented",
    "benchmark",
    "evaluate",
    "export",
    "inspect",
    "segment",
]

PathLike = str | os.PathLike[str]
Note = Callable[[str], None]
Progress = Callable[[str, int, int], None]


def _silent(sentence: str) -> None:
    pass


def _still(what: str, done: int, total: int) -> None:
    pass


# ---- export ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """An exported file. file: its path. artifact: its manifest. reused: made by an earlier export.

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
    note: Note = _silent,
    progress: Progress = _still,
) -> Exported:
    """Convert a model for a target, run the file, compare it with its network, and put it with its manifest into `out`.

    model: a released name or a weights file. recipe: steps and a precision, `prune:0.3+w8a8`. output: `logits` or
    `classmap`. name: what the file calls its network. budget: what steps train and choose on. calibration:
    `FORMAT:PATH` of photos for number ranges and parity; empty: the training photos of the budget's data, else the
    embedded ones. calibration_split: `train`, or `all` where none of them will be scored; calibration_count: at most
    so many (default: 32); calibration_method, converter: the target's first where empty; split_file: of those photos,
    where it is not the budget's. given: what a weights file does not say itself. cache: the folder of finished work.

    Raises UnknownNameError, UsageError and RefusedError before any work; ExportError, ParityError, StorageError.
    """
    import compress
    import export as exporters
    import models
    from pocketseg.artifacts.deliver import put
    from pocketseg.artifacts.produce import produce
    from pocketseg.artifacts.request import Request, check
    from pocketseg.core.cache import Cache, default_folder
    from pocketseg.core.errors import UnknownNameError
    from pocketseg.core.types import OutputKind, Recipe
    from pocketseg.data.calibration import COUNT, Part, calibration_for

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
        note(f"note: {sentence}")
    request = Request(
        model=model, target=target, recipe=parsed, output=OutputKind(output), converter=converter, calibration=photos,
        calibration_method=calibration_method, given=given or models.Given(), budget=budget,
    )  # fmt: skip
    loaded = check(request)
    if name is not None:
        loaded = dataclasses.replace(loaded, name=models.check_name(name))
    _say_assumed(loaded.name, loaded.assumed, note)
    produced = produce(request, Cache(Path(cache) if cache else default_folder()), loaded, progress)
    file = put(produced, Path(out))
    return Exported(file=file, artifact=produced.artifact, reused=produced.reused, network=loaded)


# ---- benchmark -------------------------------------------------------------------------------------------------------


def benchmark(
    files: Sequence[PathLike],
    *,
    data: str = "",
    split: str = "test",
    split_file: PathLike | None = None,
    model: str | None = None,
    given: Given | None = None,
    threads: int = 1,
    out: PathLike | None = None,
    note: Note = _silent,
    progress: Progress = _still,
) -> list[BenchmarkRow]:
    """Measure exported files side by side, each in a process of its own; return one row a file, in order.

    files: exported files or their folders. data: `FORMAT:PATH` of photos with masks; empty: the embedded ones. split:
    train, val, test or all, of split_file, else of the data's own or committed split. model, given: the network that
    they were made from, where it is not a released one. threads: of each runtime. out: folder for rows.jsonl,
    results.csv, results.json and the report.

    A file that cannot run here has a `refused` row, one that fails a `failed` row, with the reason. Raises
    ManifestError, UsageError, UnknownNameError, DataError, SplitError before any work.
    """
    import models
    from benchmark.accuracy import reference_key
    from benchmark.engine import measure
    from benchmark.photos import scored_photos
    from pocketseg.core.files import disk_faults, make_folder
    from pocketseg.inference import class_maps

    entries = _entries([Path(file) for file in files])
    scored = scored_photos(data, split, Path(split_file) if split_file else None)
    networks = _networks(entries, model, given or models.Given(), note)
    for sentence in _seen(entries, networks, scored):
        note(f"note: {sentence}")

    def reference(artifact: Artifact) -> Iterator[Pixels] | None:
        loaded = networks[reference_key(artifact)]
        return None if loaded is None else class_maps(loaded, scored.photos, scored.ids)

    log = None
    if out is not None:
        log = make_folder(Path(out)) / "rows.jsonl"
        with disk_faults(log):
            log.unlink(missing_ok=True)
    rows = measure(
        entries,
        data=scored,
        reference=reference,
        threads=threads,
        progress=progress,
        warn=lambda sentence: note(f"note: {sentence}"),
        log=log,
    )
    if out is not None:
        from pocketseg.report import write_all

        write_all(rows, Path(out))
    return rows


def _entries(files: Sequence[Path]) -> list[Entry]:
    """Read every manifest; a bad one, or a file named twice, is an error before any work."""
    import export
    from benchmark.engine import Entry
    from pocketseg.core.errors import UsageError
    from pocketseg.core.manifest import read_manifest

    entries: dict[Path, Entry] = {}
    for where in files:
        artifact, file = read_manifest(where)
        if file.resolve() in entries:
            raise UsageError(f"{file} is named twice", hint="name each file once")
        runtime = str(export.facts(artifact.target, "RUNTIME"))
        entries[file.resolve()] = Entry(artifact=artifact, path=file, runtime=runtime)
    return list(entries.values())


def _networks(entries: Sequence[Entry], model: str | None, given: Given, note: Note) -> dict[str, models.Loaded | None]:
    """Find the network of each file by reference_key, so that a bad `model` is named before any work."""
    import models
    from benchmark.accuracy import reference_key
    from pocketseg.artifacts.origin import find_reference
    from pocketseg.core.errors import UsageError

    if model is None and given != models.Given():
        raise UsageError("--network, --classes, --mean and --std are of --model", hint="give it, or leave them out")
    artifacts = {reference_key(entry.artifact): entry.artifact for entry in entries}
    found = {key: find_reference(artifact, model, given) for key, artifact in artifacts.items()}
    for key, artifact in artifacts.items():
        _say_assumed(artifact.model, artifact.facts.get("assumed", {}), note)
        if found[key] is None:
            where = f"{model} has other weights" if model else "it is not among the released: give --model"
            note(f"note: no fp32 {artifact.model} to compare with ({where})")
    return found


def _seen(entries: Sequence[Entry], found: Mapping[str, models.Loaded | None], data: ScoredPhotos) -> list[str]:
    """Say which of the photos that are scored the files' networks have learnt from, a sentence a network."""
    from benchmark.accuracy import reference_key
    from pocketseg.data.seen import overlap

    notes: dict[str, None] = {}
    for entry in entries:
        loaded = found[reference_key(entry.artifact)]
        metadata = loaded.metadata if loaded else {"split_hash": entry.artifact.split_hash}
        if said := overlap(metadata, data.photos, data.ids, data.chosen_by).note:
            notes[f"{entry.artifact.model}: {said}"] = None
    return list(notes)


# ---- evaluate --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A network's scores on photos, photo by photo. seen: what of the photos it has learnt from."""

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
    out: PathLike | None = None,
    note: Note = _silent,
    progress: Progress = _still,
) -> Evaluation:
    """Score a network in torch on photos with masks, at each photo's own size.

    model: a released name or a weights file; given: what the file does not say itself. data: `FORMAT:PATH`. split:
    train, val, test or all, of split_file, else of the data's own or committed split. out: folder for metrics.csv, one
    row a photo, and summary.json. Raises UnknownNameError, CheckpointError, UsageError, DataError,
    SplitError.
    """
    import models
    from benchmark.photos import part_of
    from pocketseg.core.files import make_folder, write_json, write_text
    from pocketseg.data.labelled import check_labelled, part_name
    from pocketseg.data.mapping import check_classes
    from pocketseg.data.seen import overlap
    from pocketseg.training.scores import score

    loaded = models.open_model(model, given or models.Given())
    _say_assumed(loaded.name, loaded.assumed, note)
    scored = part_of(data, split, Path(split_file) if split_file else None)
    check_classes(model, loaded.spec.classes, data, scored.photos.classes)
    found = overlap(loaded.metadata, scored.photos, scored.ids, scored.chosen_by)
    notes = [*check_labelled(scored.photos, scored.ids, part_name(split)), *([found.note] if found.note else [])]
    for sentence in notes:
        note(f"note: {sentence}")
    folder = None if out is None else make_folder(Path(out))
    what = f"scoring {loaded.name} on {len(scored.ids)} photos"
    scores = score(
        loaded.module, loaded.spec, scored.photos, scored.ids, lambda done, total: progress(what, done, total)
    )
    evaluation = Evaluation(
        network=loaded, scores=scores, split=split, split_hash=scored.hash, seen=found, notes=tuple(notes)
    )
    if folder is not None:
        write_text(folder / "metrics.csv", scores.table())
        write_json(folder / "summary.json", evaluation.to_json())
    return evaluation


# ---- segment ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Segmented:
    """A photo's class map, H,W uint8, at its own size.

    shares: of the photo, 0 to 1, that each class but the first covers. file: the mask that was written, None without
    `out`. overlay_px: height and width of the overlay, smaller than the photo's where memory asks for it.
    """

    photo: Path
    mask: Pixels
    shares: dict[str, float]
    file: Path | None = None
    overlay_px: tuple[int, int] | None = None


def segment(
    photos: Sequence[PathLike],
    *,
    model: str,
    out: PathLike | None = None,
    given: Given | None = None,
    threads: int = 2,
    unreadable: Callable[[DataError], None] | None = None,
    note: Note = _silent,
    progress: Progress = _still,
) -> Iterator[Segmented]:
    """Yield the class map of each photo, one at a time.

    photos: files, folders of photos, patterns. model: a released name, a weights file (given: what it does not say
    itself), an exported file or its folder. threads: of torch or of the runtime. out: folder for NAME-mask.png and
    NAME-overlay.jpg. unreadable: takes the error of a photo that cannot be read, and the others go on; without it that
    error ends the rest. Raises UsageError, DataError, UnknownNameError, CheckpointError, ManifestError, RefusedError
    before the first photo.
    """
    import models
    from pocketseg.artifacts.segmenter import open_segmenter
    from pocketseg.data.find_photos import check_names, find_photos
    from pocketseg.report.masks import MASK_END, OVERLAY_END

    ends, folder = (MASK_END, OVERLAY_END), None if out is None else Path(out)
    found = find_photos([Path(photo) for photo in photos], folder or Path(), ends if folder else ())
    if folder is not None:
        check_names(found.paths, folder, ends)
    for sentence in found.notes:
        note(f"note: {sentence}")
    segmenter = open_segmenter(model, threads, given or models.Given())
    _say_assumed(segmenter.name, segmenter.assumed, note)
    return _segmented(segmenter, found.paths, folder, unreadable, progress)


def _segmented(
    segmenter: Segmenter,
    paths: Sequence[Path],
    out: Path | None,
    unreadable: Callable[[DataError], None] | None,
    progress: Progress,
) -> Iterator[Segmented]:
    from pocketseg.core.errors import DataError
    from pocketseg.data.decode import read_photo
    from pocketseg.report.masks import shares, write_masks

    for done, path in enumerate(paths):
        try:
            photo = read_photo(path)
        except DataError as error:
            if unreadable is None:
                raise
            unreadable(error)
            continue
        mask = segmenter.segment_photo(photo)
        file = None if out is None else write_masks(out, path.stem, photo.pixels, mask, segmenter.classes)
        yield Segmented(
            photo=path,
            mask=mask,
            shares=shares(mask, segmenter.classes),
            file=file,
            overlay_px=(photo.pixels.shape[0], photo.pixels.shape[1]) if photo.is_smaller else None,
        )
        progress(f"segmenting with {segmenter.name}", done + 1, len(paths))


# ---- inspect ---------------------------------------------------------------------------------------------------------


def inspect(file: PathLike) -> Inspection:
    """Say what an exported file holds: operations, weights by layer, inputs, what its delegate takes.

    file: an exported file, or the folder of an export. It is read in a process of its own. Raises UsageError for what
    is no exported file, RuntimeFailedError for a damaged one.
    """
    from pocketseg.inspect import inspect_file

    return inspect_file(Path(file))


def _say_assumed(name: str, assumed: Mapping[str, str], note: Note) -> None:
    import models

    if line := models.assumed_line(name, assumed):
        note(line)
