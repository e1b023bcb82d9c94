"""Release a run: its best weights as fp16 safetensors, with a model card made from the run's own files."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import models
from pocketseg.core.errors import CheckpointError, SplitError, UsageError
from pocketseg.core.files import disk_faults, make_folder, sha256_file, write_json, write_text
from pocketseg.core.outside import read_json
from pocketseg.data.labelled import check_parts
from pocketseg.data.photos import PhotoSet, open_photos
from pocketseg.data.seen import PHOTOS
from pocketseg.data.split import Split, find_split
from pocketseg.training.card import card_text
from pocketseg.training.photo_scores import write_released
from pocketseg.training.scores import Scores, score
from pocketseg.training.signal_inputs import SignalInputs, inputs_for, open_scored, unfound
from pocketseg.training.strict_scores import on_strict_subset

_CONFIG_KEYS = ("split_hash", "recipe", "seed", "precision", "pocketseg", "torch", "python")
_RECIPE_KEYS = (
    "optimizer", "lr", "batch_size", "epochs", "weight_decay", "scale", "color", "ema_decay", "stages",
)  # fmt: skip


def release(
    run: Path,
    data: str,
    split_file: Path | None,
    name: str | None,
    out: Path,
    progress: Callable[[int, int], None],
    *,
    signals: Sequence[str] = (),
    replace: bool = False,
) -> Path:
    """Write NAME.safetensors (fp16), NAME.json, NAME.md and NAME.scores.json, the scores photo by photo.

    The fp16 weights are scored on validation and test photos. The files appear together, when all
    are ready. signals: those of the photos, where the network takes them beside the photo. replace: overwrite a release
    of that name.

    Raises:
        CheckpointError: where the run is unfinished or incomplete.
        SplitError: where the data has another split.
        UsageError: for a name that is not plain, or is taken; for signals that are lacking or that nothing takes.
    """
    if name is not None:
        models.check_name(name)
    config, result, log = _read(run)
    best = models.open_any_model(str(run / "best.safetensors"))
    name = name or best.metadata.get("name") or best.spec.name
    photos = open_photos(data)
    split = find_split(photos, split_file, ("val", "test"))
    if split.hash != config["split_hash"]:
        raise SplitError(f"{run} was trained on split {config['split_hash']}, but {data} has split {split.hash}")
    taken = [file.name for file in _files(out, name) if file.exists()]
    if taken and not replace:
        raise UsageError(
            f"{out} already holds {', '.join(taken)}", hint="give another --name or --out, or --replace to overwrite"
        )
    source = open_scored(signals, photos, [best.input_signals])
    inputs = inputs_for(name, best.input_signals, source)
    for part in ("val", "test"):
        if lacking := unfound(source, split.ids(part), [best.input_signals]):
            raise UsageError(lacking[0], hint=f"a card says what signals give: name files that hold the {part} photos'")
    check_parts(photos, {part: split.ids(part) for part in ("val", "test")})
    make_folder(out)
    with tempfile.TemporaryDirectory(prefix=f".{name}.", dir=out) as folder:
        ready = _files(Path(folder), name)
        card, scores = _scored(run, best, ready[0], photos, split, inputs, (config, result, log), progress)
        write_json(ready[1], card)
        write_text(ready[2], card_text(card))
        write_released(ready[3], card, split.hash, scores)
        with disk_faults(out):
            for file in ready:  # a card names its weights' sha256: in between, the old one counts for nothing
                file.replace(out / file.name)
    return out / f"{name}.safetensors"


def _files(folder: Path, name: str) -> list[Path]:
    return [folder / f"{name}.{suffix}" for suffix in ("safetensors", "json", "md", "scores.json")]


def _scored(
    run: Path,
    best: models.Loaded,
    weights: Path,
    photos: PhotoSet,
    split: Split,
    inputs: SignalInputs | None,
    read: tuple[dict[str, Any], dict[str, Any], list[dict[str, str]]],
    progress: Callable[[int, int], None],
) -> tuple[dict[str, Any], dict[str, Scores]]:
    """Write the weights as fp16, score what was written, and return the card and both parts' scores."""
    config, result, log = read
    told = ("split_hash", "recipe", "val_miou", "epoch", "lineage", PHOTOS)
    kept = {k: v for k, v in best.metadata.items() if k in told}
    kept |= models.signals_entry(best.input_signals)
    models.save_weights(best.module, best.spec, weights, dtype="fp16", metadata=kept)
    released = models.open_any_model(str(weights))
    total = len(split.ids("val")) + len(split.ids("test"))
    scores, summaries, done = {}, {}, 0
    for part in ("val", "test"):
        ids = split.ids(part)
        scores[part] = score(released.module, released.spec, photos, ids, _shifted(progress, done, total), inputs)
        summaries[part] = scores[part].summary(part, split.hash)
        done += len(ids)
    card = {
        "name": released.name,
        "network": released.spec.name,
        "classes": list(released.spec.classes),
        "height_px": released.spec.height_px,
        "width_px": released.spec.width_px,
        **({} if inputs is None else {"input_signals": list(inputs.names), "signals": dict(inputs.source.sha256)}),
        "parameters": sum(p.numel() for p in released.module.parameters()),
        "sha256": sha256_file(weights),
        "size_bytes": weights.stat().st_size,
        "data": {"format": photos.format, "split": split.name, "split_hash": split.hash,
                 "photos": {p: len(split.photos[p]) for p in ("train", "val", "test")}},
        "val": summaries["val"],
        "test": summaries["test"],
        "test_strict": on_strict_subset(scores["test"], split),
        "recipe": {**config["recipe"], **config.get("fitted", {})},  # as the run's length had it
        "seed": config["seed"],
        "teachers": config.get("teachers", []),
        "unlabelled_photos": config.get("unlabelled", 0),
        "initial": config.get("initial"),
        "arithmetic": config["precision"],
        "training_seconds": result["seconds"],
        "epoch_of_best": int(kept.get("epoch", 0)),
        "log": log,
        "tools": {k: config[k] for k in ("pocketseg", "torch", "python")},
        "notes": _notes(run),
    }  # fmt: skip
    return card, scores


def _notes(run: Path) -> str:
    """Return RUN/notes.txt, which the user may write for the card; empty where there is none."""
    path = run / "notes.txt"
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""


def _shifted(progress: Callable[[int, int], None], before: int, total: int) -> Callable[[int, int], None]:
    return lambda done, _: progress(before + done, total)


def _read(run: Path) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, str]]]:
    if run.is_file():
        raise CheckpointError(f"{run} is a file", hint=f"give the run's folder: {run.parent}")
    try:
        config = read_json(run / "config.json")
        result = read_json(run / "result.json")
        with (run / "log.csv").open(newline="", encoding="utf-8") as stream:
            log = list(csv.DictReader(stream))
    except FileNotFoundError as error:
        raise CheckpointError(
            f"{run} is not a finished run: it has no {Path(error.filename).name}", hint="train it to the end first"
        ) from error
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{run} is damaged ({error})") from error
    settings = config.get("recipe") if isinstance(config, dict) else None
    for file, content, wanted in (
        ("config.json", config, _CONFIG_KEYS),
        ("config.json's recipe", settings, _RECIPE_KEYS),
        ("result.json", result, ("seconds",)),
    ):
        lacking = [key for key in wanted if not isinstance(content, dict) or key not in content]
        if lacking:
            raise CheckpointError(
                f"{run} is damaged: {file} lacks {', '.join(lacking)}",
                hint="give a folder that `pocketseg train` wrote",
            )
    return config, result, log
