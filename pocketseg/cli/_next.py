"""What to do next: command lines that work exactly as printed, for any photos and classes."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pocketseg.data.split import Split

TRAIN = ("train", "topformer_tiny", "--init", "topformer_tiny", "--recipe", "garments", "--epochs", "40")
Data = tuple[str, Path | None]  # `FORMAT:PATH`, and its split file where one was named


def line(*words: object) -> str:
    """Return a command as typed in a shell; a path that begins with a dash is written so that it is not read as an
    option."""
    return shlex.join(["pocketseg", *(_typed(word) for word in words)])


def _typed(word: object) -> str:
    return f"./{word}" if isinstance(word, Path) and str(word).startswith("-") else str(word)


def say(*lines: str) -> None:
    """Print each line as a next step."""
    for text in lines:
        click.echo(f"next: {text}")


def data_words(data: str, split_file: Path | None) -> list[str]:
    """Return the options that name photos and their split."""
    return [*(["--data", data] if data else []), *(["--split-file", _typed(split_file)] if split_file else [])]


def unused(folder: Path) -> Path:
    """Return a folder or file like this one that does not exist yet: runs/mine, else runs/mine-2..."""
    suffix = folder.suffix if folder.suffix == ".json" else ""  # elsewhere a dot is part of a folder's name
    found, number = folder, 2
    while found.exists():
        found, number = folder.with_name(f"{folder.name.removesuffix(suffix)}-{number}{suffix}"), number + 1
    return found


def scoring_words(candidates: Sequence[Data], classes: Sequence[str]) -> list[str] | None:
    """Return the options with which a benchmark scores a file of these classes.

    They name the first photos that fit; they are empty for the embedded photos, and None where no known photos fit.
    """
    from pocketseg.core.errors import PocketSegError
    from pocketseg.data.embedded import sample_photos
    from pocketseg.data.mapping import check_classes
    from pocketseg.data.photos import open_photos
    from pocketseg.data.split import find_split

    for data, split_file in candidates:
        try:
            photos = open_photos(data)
            check_classes("the file", classes, data, photos.classes)
            split = find_split(photos, split_file, ("train",))  # no held-out photo is opened to suggest a command
        except PocketSegError:
            continue
        if part := next((p for p in ("test", "val") if split.ids(p)), ""):
            return [*data_words(data, split_file), *(["--split", part] if part != "test" else [])]
    try:
        check_classes("the file", classes, "the embedded photos", sample_photos().classes)
    except PocketSegError:
        return None
    return []


def say_benchmark(folder: Path, candidates: Sequence[Data], classes: Sequence[str], model: str = "") -> None:
    """Suggest the benchmark of an export, or say what it needs. model: the network's own file, where it has one."""
    words = scoring_words(candidates, classes)
    if words is None:
        named = ", ".join(classes)
        click.echo(f"`pocketseg benchmark` needs photos with masks of its classes ({named}): --data FORMAT:PATH")
        return
    say(line("benchmark", folder, *words, *(["--model", model] if model else [])))


def say_train(data: str, split_file: Path | None, split: Split) -> None:
    """Suggest training a small network on photos from the garment weights, or say what the photos lack."""
    for part in ("train", "val"):
        if not split.photos[part]:
            click.echo(f"training needs train and val photos, but split {split.name} has no {part} photos")
            return
    from pocketseg.data.photos import open_photos

    photos = open_photos(data)
    words = (*TRAIN, *data_words(data, split_file), "--out", unused(Path("runs/mine")))
    names = photos.root / "classes.json"
    if photos.assumption:
        click.echo(f'first name the classes of the masks, in order, in {names}: e.g. ["background", "mug"]; then')
        click.echo(f"      {line(*words)}")
    else:
        say(line(*words))
    click.echo("--init topformer_tiny starts from the released garment weights, which helps where there are few photos")
