"""Keep what is known of a release whose weights are not in the repository: its card and scores, in its run's record.

    python -m scripts.kept_scores RUN NAME.json

RUN is the run's folder, NAME.json the card that `pocketseg release RUN` wrote, with NAME.scores.json and
NAME.safetensors beside it. The record, docs/runs/RUN.json, then has the card (with the sha256 and size of the weights)
and the counts of each validation and test photo, so that documents are made without the weights, and
`pocketseg train --again` makes the weights again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pocketseg.core.errors import DataError, PocketSegError
from pocketseg.core.files import make_folder, sha256_file
from pocketseg.core.outside import read_json
from pocketseg.training.origin import facts
from pocketseg.training.photo_scores import TABLES, scores_of, write_scored
from pocketseg.training.run_record import record
from scripts import training_log
from scripts.sentences import said


def keep(run: Path, card_file: Path) -> Path:
    """Write the record with card and scores; return its path. Raises DataError where they do not belong together."""
    card, scores = _read(card_file), _read(card_file.with_suffix(".scores.json"))
    item = record(run) | facts(run)
    weights = card_file.with_suffix(".safetensors")
    epoch = item["best"]["epoch"] if "best" in item else None
    told = {
        "weights": (card["sha256"], sha256_file(weights) if weights.is_file() else "no file"),
        "scores": (card["sha256"], scores.get("sha256")),
        "network": (card["network"], item["network"]),
        "split": (card["data"]["split_hash"], item["split_hash"]),
        "recipe": (card["recipe"], item["recipe"]),
        "seed": (card["seed"], item["seed"]),
        "epoch of the best weights": (card["epoch_of_best"], epoch),
    }
    if other := [name for name, (one, two) in told.items() if one != two]:
        raise DataError(
            f"{card_file} is not the card of {run}, or was changed: {', '.join(other)} differ", hint="release it again"
        )
    for part, found in scores_of(scores, card_file).items():
        if abs(found.miou() - card[part]["miou"]) > 1e-12:
            raise DataError(f"the scores beside {card_file} do not give the card's mIoU of {part}")
    make_folder(training_log.RECORDS)
    own = {k: v for k, v in card.items() if k != "log"}  # the record has the epochs
    return write_scored(
        training_log.RECORDS / f"{item['name']}.json",
        item | {"card": own, "classes": card["classes"]} | {name: scores[name] for name in TABLES},
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = read_json(path)
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path} cannot be read ({error})", hint="give the card that `pocketseg release` wrote"
        ) from error
    return found


@click.command(help=__doc__)
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("card", type=click.Path(path_type=Path))
def main(run: Path, card: Path) -> None:
    """Keep them, and make the training log's page again."""
    try:
        click.echo(keep(run, card))
        click.echo(training_log.keep([]))
    except PocketSegError as error:
        raise SystemExit(said(error)) from None


if __name__ == "__main__":
    main()
