"""IoU against latency of exported files, each on the runtime that it ships to."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pocketseg.api._common import Note, PathLike, Progress, say_assumed, silent, still

if TYPE_CHECKING:
    import models
    from benchmark.entry import Entry
    from benchmark.photos import ScoredPhotos
    from models import Given
    from pocketseg.core.types import Artifact, BenchmarkRow
    from pocketseg.data.photos import Pixels

    Reader = Callable[[Path], tuple[Artifact, Path]]


def benchmark(
    files: Sequence[PathLike],
    *,
    data: str = "",
    split: str = "test",
    split_file: PathLike | None = None,
    model: str | Sequence[str] | None = None,
    given: Given | None = None,
    signals: Sequence[str] = (),
    threads: int = 1,
    wait_s: float = 0.0,
    out: PathLike | None = None,
    cache: PathLike | None = None,
    note: Note = silent,
    progress: Progress = still,
) -> list[BenchmarkRow]:
    """Measure exported files side by side, each in a separate process; return one row per file, in order.

    A file that cannot run here has a `refused` row, one that fails a `failed` row, with the reason.

    Args:
        files: exported files or their folders.
        data: `FORMAT:PATH` of photos with masks; empty: the embedded ones.
        split: train, val, test or all, of split_file, else of the data's own or committed split.
        split_file: a split of data.
        model: the networks that the files were made from, where they are not released ones.
        given: what the file of `model` does not say itself.
        signals: `poses=FILE`, `persons=FILE` or `data`, for files that take signals beside the photo.
        threads: for each runtime.
        wait_s: how long to wait for a quiet computer before timing, at most.
        out: folder for rows.jsonl, records.jsonl, results.csv, results.json and the report; those of an earlier run are
            replaced.
        cache: where the best known speed of this computer is kept, and the scores of files, so that an interrupted run
            loses none.
        note: takes sentences for the user.
        progress: takes (what, done, total).

    Raises:
        ManifestError, UsageError, UnknownNameError, DataError, SplitError: before any work.
    """
    import models
    from benchmark.accuracy import reference_key
    from benchmark.engine import measure
    from benchmark.entry import check_photos, check_threads
    from benchmark.photos import scored_photos
    from benchmark.scoring import Scorer
    from pocketseg.core.cache import Cache, default_folder
    from pocketseg.core.files import disk_faults, make_folder
    from pocketseg.core.manifest import read_any_manifest
    from pocketseg.core.record import RECORDS
    from pocketseg.inference import class_maps
    from pocketseg.training.signal_inputs import inputs_for, open_scored, unfound

    entries = entries_of([Path(file) for file in files], read_any_manifest)
    scored = scored_photos(data, split, Path(split_file) if split_file else None)
    taken = [entry.artifact.signals for entry in entries]
    source = open_scored(signals, scored.photos, taken)
    for sentence in unfound(source, scored.ids, taken):
        note(sentence)
    scored = dataclasses.replace(scored, signals=source)
    networks = networks_of(entries, model, given or models.Given(), note)
    for sentence in seen(entries, networks, scored):
        note(sentence)

    def reference(artifact: Artifact) -> Iterator[Pixels] | None:
        loaded = networks[reference_key(artifact)]
        if loaded is None:
            return None
        inputs = inputs_for(loaded.name, loaded.input_signals, source)
        if inputs is None:
            return class_maps(loaded, scored.photos, scored.ids)
        size = loaded.spec.height_px, loaded.spec.width_px
        return class_maps(loaded, scored.photos, scored.ids, lambda photo_id: inputs.maps(photo_id, *size))

    folder = None if out is None else make_folder(Path(out))
    check_threads(threads)
    kept = Cache(Path(cache) if cache else default_folder())
    check_photos(entries, scored, progress, note)
    with Scorer(scored, kept, threads=threads, reference=reference) as scorer:
        scores = scorer.known(entries, progress)
    if reused := sum(score is not None and score.reused for score in scores):
        note(
            f"{reused} of {len(entries)} files were scored before: same file, photos, threads, code and machine; "
            f"`{kept.cleaning('scores')}` removes all kept scores"
        )
    log = None
    if folder is not None:  # an earlier run's rows stay until the first of this one can come
        log = folder / "rows.jsonl"
        for earlier in (log, folder / RECORDS):
            with disk_faults(earlier):
                earlier.unlink(missing_ok=True)
    rows = measure(
        entries,
        data=scored,
        reference=reference,
        scores=[None if score is None else score.score for score in scores],
        are_checked=True,
        threads=threads,
        cache=kept,
        wait_s=wait_s,
        progress=progress,
        warn=note,
        log=log,
    )
    if folder is not None:
        from pocketseg.report import write_all

        write_all(rows, folder)
    return rows


def entries_of(files: Sequence[Path], read: Reader | None = None) -> list[Entry]:
    """Return each file's entry with its manifest; a bad manifest, or a file named twice, is an error before any work.

    read: of a manifest; without it, a file that takes more than the photo is refused.
    """
    import export
    from benchmark.entry import Entry
    from pocketseg.core.errors import UsageError
    from pocketseg.core.manifest import read_manifest

    entries: dict[Path, Entry] = {}
    for where in files:
        artifact, file = (read or read_manifest)(where)
        if file.resolve() in entries:
            raise UsageError(f"{file} is named twice", hint="name each file once")
        runtime = str(export.facts(artifact.target, "RUNTIME"))
        entries[file.resolve()] = Entry(artifact=artifact, path=file, runtime=runtime)
    return list(entries.values())


def networks_of(
    entries: Sequence[Entry], model: str | Sequence[str] | None, given: Given, note: Note
) -> dict[str, models.Loaded | None]:
    """Return the network of each file by reference_key, so that a bad `model` is reported before any work."""
    also = (model,) if isinstance(model, str) else tuple(model or ())
    import models
    from benchmark.accuracy import reference_key
    from pocketseg.artifacts.origin import find_reference
    from pocketseg.core.errors import UsageError

    if not also and given != models.Given():
        raise UsageError(
            "--network, --classes, --mean and --std describe the file of --model, which is not given",
            hint="give --model, or leave them out",
        )
    artifacts = {reference_key(entry.artifact): entry.artifact for entry in entries}
    found = {key: find_reference(artifact, also, given) for key, artifact in artifacts.items()}
    for key, artifact in artifacts.items():
        say_assumed(artifact.model, artifact.facts.get("assumed", {}), note)
        if found[key] is None:
            others = f"{' and '.join(also)} {'has' if len(also) == 1 else 'have'} other weights"
            where = others if also else "it is not among the released models: give --model"
            note(f"there is no fp32 {artifact.model} to compare with ({where})")
    return found


def seen(entries: Sequence[Entry], found: Mapping[str, models.Loaded | None], data: ScoredPhotos) -> list[str]:
    """Return one sentence per network on which of the scored photos it was trained on."""
    from benchmark.accuracy import reference_key
    from pocketseg.data.seen import overlap

    notes: dict[str, None] = {}
    for entry in entries:
        loaded = found[reference_key(entry.artifact)]
        metadata = loaded.metadata if loaded else {"split_hash": entry.artifact.split_hash}
        if said := overlap(metadata, data.photos, data.ids, data.chosen_by).note:
            notes[f"{entry.artifact.model}: {said}"] = None
    return list(notes)
